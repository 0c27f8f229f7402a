// Time spans as systemd.time(7) "PARSING TIME SPANS" defines them: "5min 20s", "1.5h", "90".

extension TimeSpan {
    /// Units and their length in µs. Tried in this order, so a longer spelling stands before its own beginning.
    private static let units: Units = [
        ("seconds", 1_000_000), ("second", 1_000_000), ("sec", 1_000_000), ("s", 1_000_000),
        ("minutes", 60_000_000), ("minute", 60_000_000), ("min", 60_000_000),
        ("months", month), ("month", month), ("M", month),
        ("msec", 1000), ("ms", 1000), ("m", 60_000_000),
        ("hours", hour), ("hour", hour), ("hr", hour), ("h", hour),
        ("days", day), ("day", day), ("d", day),
        ("weeks", 7 * day), ("week", 7 * day), ("w", 7 * day),
        ("years", year), ("year", year), ("y", year),
        ("usec", 1), ("us", 1), ("µs", 1), ("μs", 1),
    ]
    private static let hour: UInt64 = 3_600_000_000
    private static let day: UInt64 = 86_400_000_000
    /// 30.4375 days and 365.25 days, as systemd.time(7) has them.
    private static let month: UInt64 = 2_629_800_000_000
    private static let year: UInt64 = 31_557_600_000_000

    /// A time span from text.
    /// - Parameters:
    ///   - text: numbers with units, added up; `infinity`.
    ///   - bareUnit: the unit in µs of a number without one; seconds for nearly all directives.
    /// - Throws: a refusal of what is no time span, of a negative one, and of one that does not fit.
    public init(parsing text: some StringProtocol, bareUnit: UInt64 = 1_000_000) throws(InvalidValue) {
        self.init(microseconds: try Self.parse(text, units: Self.units, bareUnit: bareUnit))
    }

    /// A time span of a directive that takes 0 as "no limit": JobTimeoutSec=, TimeoutStartSec=, TimeoutStopSec= and more.
    /// - Parameter text: as for a time span.
    /// - Throws: a refusal as of a time span.
    public init(parsingWithZeroAsInfinity text: some StringProtocol) throws(InvalidValue) {
        try self.init(parsing: text)
        if self == .zero { self = .infinity }
    }

    /// A time span of a directive that takes nothing as "no limit": CPUQuotaPeriodSec= and its like.
    /// - Parameter text: as for a time span, or nothing but whitespace.
    /// - Throws: a refusal as of a time span.
    public init(parsingWithEmptyAsInfinity text: some StringProtocol) throws(InvalidValue) {
        if text.utf8.allSatisfy(Bytes.isWhitespace) {
            self = .infinity
        } else {
            try self.init(parsing: text)
        }
    }

    /// A span in nanoseconds: TimerSlackNSec= and its like.
    /// - Parameter text: as for a time span, with `ns` and `nsec` too; a number without unit is ns.
    /// - Returns: ns; `UInt64.max` is infinity.
    /// - Throws: a refusal as of a time span.
    public static func nanoseconds(parsing text: some StringProtocol) throws(InvalidValue) -> UInt64 {
        // The longest unit is a year, 3.2e16 ns.
        try parse(text, units: units.map { ($0.name, $0.length * 1000) } + [("nsec", 1), ("ns", 1)], bareUnit: 1)
    }

    /// Units with their length in what the result counts.
    private typealias Units = [(name: String, length: UInt64)]

    private static func parse(
        _ text: some StringProtocol, units: Units, bareUnit: UInt64
    ) throws(InvalidValue) -> UInt64 {
        let trimmed = Bytes.trimmed(Array(text.utf8)[...])
        if trimmed.elementsEqual("infinity".utf8) { return .max }
        do throws(Refusal) {
            return try sum(trimmed, units: units, bareUnit: bareUnit)
        } catch {
            let shown = Quoting.quoted(text)
            switch error {
            case .syntax:
                throw InvalidValue(
                    "\(shown) is not a time span; expected for example 90, 90s, 5min 20s, 100ms or infinity")
            case .negative:
                throw InvalidValue("\(shown) is negative; a time span is not")
            case .overflow:
                throw InvalidValue("\(shown) is too long; for no limit write infinity")
            }
        }
    }

    private enum Refusal: Error {
        case syntax, negative, overflow
    }

    private static func sum(
        _ text: ArraySlice<UInt8>, units: Units, bareUnit: UInt64
    ) throws(Refusal) -> UInt64 {
        var rest = text
        var total: UInt64 = 0
        guard !rest.isEmpty else { throw .syntax }
        while !rest.isEmpty {
            if rest.first == UInt8(ascii: "-") { throw .negative }
            if rest.first == UInt8(ascii: "+") { rest.removeFirst() }
            let whole = rest.prefix(while: Bytes.isDigit)
            rest = rest.dropFirst(whole.count)
            var fraction: ArraySlice<UInt8> = []
            if rest.first == UInt8(ascii: ".") {
                fraction = rest.dropFirst().prefix(while: Bytes.isDigit)
                rest = rest.dropFirst(1 + fraction.count)
                if fraction.isEmpty { throw .syntax }
            } else if whole.isEmpty {
                throw .syntax
            }
            let afterSpace = rest.drop(while: Bytes.isWhitespace)
            let unit = units.first { afterSpace.starts(with: $0.name.utf8) }
            // "12.34.56" is a slip; "12.34 .56" is a sum.
            if unit == nil, afterSpace.startIndex == rest.startIndex, !rest.isEmpty { throw .syntax }
            rest = afterSpace.dropFirst(unit?.name.utf8.count ?? 0).drop(while: Bytes.isWhitespace)

            let factor = unit?.length ?? bareUnit
            // Numbers are read as strtoll(3) does, so 2^63 and above do not fit, whatever the unit.
            guard let number = whole.isEmpty ? 0 : Numbers.unsigned(digits: whole, radix: 10), number <= Int64.max,
                number < UInt64.max / factor
            else { throw .overflow }
            var span = number * factor
            var overflow = false
            var weight = factor / 10
            for digit in fraction.prefix(20) where weight > 0 {
                let (sum, carry) = span.addingReportingOverflow(UInt64(digit - 0x30) * weight)
                span = sum
                overflow = overflow || carry
                weight /= 10
            }
            let (sum, carry) = total.addingReportingOverflow(span)
            // The greatest value means infinity; a sum must not become it by accident.
            if overflow || carry || sum == .max { throw .overflow }
            total = sum
        }
        return total
    }
}

extension TimeSpan: CustomStringConvertible {
    /// As systemd shows it: `1min 30s`, `100ms`, `infinity`, `0`.
    public var description: String {
        if self == .infinity { return "infinity" }
        let table: [(name: String, microseconds: UInt64)] = [
            ("y", Self.year), ("month", Self.month), ("w", 7 * Self.day), ("d", Self.day), ("h", Self.hour),
            ("min", 60_000_000), ("s", 1_000_000), ("ms", 1000), ("us", 1),
        ]
        var rest = microseconds
        var parts: [String] = []
        for (name, length) in table where rest >= length {
            parts.append("\(rest / length)\(name)")
            rest %= length
        }
        return parts.isEmpty ? "0" : parts.joined(separator: " ")
    }
}
