// Signals by number, with the names of signal(7).

/// A signal number that is valid for kill(2): 1 to 64.
public struct Signal: Equatable, Hashable, Sendable {
    /// The number.
    public let number: Int32

    /// A signal.
    /// - Parameter number: 1 to 64.
    public init?(number: Int32) {
        guard (1...64).contains(number) else { return nil }
        self.number = number
    }

    private init(known number: Int32) {
        self.number = number
    }

    /// SIGHUP.
    public static let hangup = Signal(known: 1)
    /// SIGINT.
    public static let interrupt = Signal(known: 2)
    /// SIGABRT.
    public static let abort = Signal(known: 6)
    /// SIGKILL.
    public static let kill = Signal(known: 9)
    /// SIGPIPE.
    public static let pipe = Signal(known: 13)
    /// SIGTERM.
    public static let terminate = Signal(known: 15)
    /// SIGCONT.
    public static let resume = Signal(known: 18)
}

// MARK: - Names

extension Signal: CustomStringConvertible {
    /// The names of signals 1 to 31 without `SIG`, by number. These are systemd's: SIGPOLL is SIGIO, SIGIOT is SIGABRT.
    /// The numbers are those of x86, ARM, RISC-V, POWER and S/390.
    private static let names = [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
        "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
        "WINCH", "IO", "PWR", "SYS",
    ]

    /// The first and last real-time signal for programs; glibc keeps 32 and 33 for itself (nptl(7)).
    private static let realTime: ClosedRange<Int32> = 34...64

    /// The name as signal(7) and systemd write it: `SIGTERM`, `SIGRTMIN+3`.
    public var name: String {
        if number <= 31 { return "SIG" + Self.names[Int(number) - 1] }
        if Self.realTime.contains(number) { return "SIGRTMIN+\(number - Self.realTime.lowerBound)" }
        return "SIG\(number)"
    }

    /// The name.
    public var description: String { name }

    /// A signal from text.
    /// - Parameter text: `SIGTERM`, `TERM`, `15`, `RTMIN+3`, `SIGRTMAX-1`; upper case, as systemd has it.
    /// - Throws: a refusal of anything else, with the nearest name.
    public init(parsing text: some StringProtocol) throws(InvalidValue) {
        guard let number = Self.number(String(text)) else {
            let wanted = text.uppercased()
            let stem = wanted.hasPrefix("SIG") ? String(wanted.dropFirst(3)) : wanted
            throw InvalidValue(
                "\(Quoting.quoted(text)) is not a signal; expected a name such as SIGTERM, SIGRTMIN+3, or a number from 1 to 64",
                suggestion: Suggestion.nearest(to: stem, among: Self.names).map { "SIG" + $0 })
        }
        self.number = number
    }

    private static func number(_ text: String) -> Int32? {
        if let number = Numbers.integer(text) { return Signal(number: Int32(clamping: number))?.number }
        let stem = text.hasPrefix("SIG") ? text.dropFirst(3) : text[...]
        if let index = names.firstIndex(where: { $0 == stem }) { return Int32(index) + 1 }
        if stem == "RTMIN" { return realTime.lowerBound }
        if stem == "RTMAX" { return realTime.upperBound }
        let number: Int64? =
            if stem.hasPrefix("RTMIN+") {
                offset(stem.dropFirst(6)).map { Int64(realTime.lowerBound) + $0 }
            } else if stem.hasPrefix("RTMAX-") {
                offset(stem.dropFirst(6)).map { Int64(realTime.upperBound) - $0 }
            } else {
                nil
            }
        return number.flatMap(Int32.init(exactly:)).flatMap { realTime.contains($0) ? $0 : nil }
    }

    private static func offset(_ text: Substring) -> Int64? {
        // A second sign or a space is refused; 0x and 0 are prefixes here too.
        guard let first = text.utf8.first, Bytes.isDigit(first), let value = Numbers.unsigned("+" + text) else {
            return nil
        }
        return Int64(clamping: min(value, 64))
    }
}
