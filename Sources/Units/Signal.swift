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
