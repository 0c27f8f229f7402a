// Shares of a whole: percent, permille (‰) and permyriad (‱), and the limits that are either a share or a number
// (systemd.resource-control(5)). What a share is a share of is asked of the system later, not here.

/// A share in 1/10000, the finest that systemd takes: `12.34%` is 1234.
public struct Permyriad: Equatable, Hashable, Comparable, Sendable {
    /// Parts of 10000.
    public let parts: UInt32

    /// The whole.
    public static let whole = Permyriad(parts: 10_000)

    /// A share.
    /// - Parameter parts: parts of 10000.
    public init(parts: UInt32) {
        self.parts = parts
    }

    /// The smaller share is less.
    public static func < (left: Permyriad, right: Permyriad) -> Bool {
        left.parts < right.parts
    }

    /// This share of an amount, as systemd scales: rounded down.
    /// - Parameter amount: bytes, tasks, or what else is counted.
    /// - Returns: the share; the greatest number when it does not fit.
    public func of(_ amount: UInt64) -> UInt64 {
        // High and low part apart: the product with 10000 may not fit, the quotient does.
        let (quotient, remainder) = amount.quotientAndRemainder(dividingBy: 10_000)
        let (high, overflow) = quotient.multipliedReportingOverflow(by: UInt64(parts))
        let (sum, carry) = high.addingReportingOverflow(remainder * UInt64(parts) / 10_000)
        return overflow || carry ? .max : sum
    }

    /// A share from text.
    /// - Parameters:
    ///   - text: `40%`, `12.34%`, `123.4‰`, `1234‱`.
    ///   - isBounded: whether more than the whole is refused.
    /// - Throws: a refusal of what is no share, and of more than the whole where that is not allowed.
    public init(parsing text: some StringProtocol, isBounded: Bool = true) throws(InvalidValue) {
        guard let parts = Self.parts(Array(text.utf8)) else {
            throw InvalidValue(
                "\(Quoting.quoted(text)) is not a percentage; expected for example 40%, 12.5%, 125‰ or 1250‱")
        }
        if isBounded, parts > Self.whole.parts {
            throw InvalidValue("\(Quoting.quoted(text)) is more than the whole; expected at most 100%")
        }
        self.parts = parts
    }

    /// Parts of 10000; nil for what has no sign of a share at its end, or too many places after the point.
    static func parts(_ text: [UInt8]) -> UInt32? {
        number(text, before: "%", places: 2) ?? number(text, before: "‰", places: 1)
            ?? number(text, before: "‱", places: 0)
    }

    /// A number with a fixed count of places after the point, in units of the last place.
    /// - Parameters:
    ///   - text: the number and the mark.
    ///   - mark: what must stand at the end.
    ///   - places: how many digits are allowed after the point; missing ones are zeros.
    /// - Returns: nil for what is no such number.
    static func number(_ text: [UInt8], before mark: String, places: Int) -> UInt32? {
        let mark = Array(mark.utf8)
        guard text.count > mark.count, text.suffix(mark.count).elementsEqual(mark) else { return nil }
        var whole = text.dropLast(mark.count)
        var fraction: ArraySlice<UInt8> = []
        if let point = whole.firstIndex(of: UInt8(ascii: ".")) {
            fraction = whole[(point + 1)...]
            whole = whole[..<point]
            guard !fraction.isEmpty, fraction.count <= places, fraction.allSatisfy(Bytes.isDigit) else { return nil }
        }
        // The whole part is an int of C with base 0: 0x10% is 16 %.
        guard let value = Numbers.integer(Bytes.text(whole)), var result = Int32(exactly: value), result >= 0 else {
            return nil
        }
        var digits = fraction[...]
        for _ in 0..<places {
            let (product, overflow) = result.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int32((digits.popFirst() ?? 0x30) - 0x30))
            if overflow || carry { return nil }
            result = sum
        }
        return UInt32(result)
    }
}

extension Permyriad: CustomStringConvertible {
    /// In percent: `40%`, `12.5%`, `0.01%`.
    public var description: String {
        let (percent, hundredths) = parts.quotientAndRemainder(dividingBy: 100)
        if hundredths == 0 { return "\(percent)%" }
        if hundredths % 10 == 0 { return "\(percent).\(hundredths / 10)%" }
        return "\(percent).\(hundredths < 10 ? "0" : "")\(hundredths)%"
    }
}

// MARK: - Percent and permille alone

/// Shares in coarser units, for the few values that are stored in them.
enum Percentage {
    /// Whole percent.
    /// - Parameter text: `40%`, at most `100%`; no fraction.
    /// - Returns: 0 to 100.
    /// - Throws: a refusal of anything else.
    static func percent(_ text: String) throws(InvalidValue) -> UInt32 {
        guard let value = Permyriad.number(Array(text.utf8), before: "%", places: 0), value <= 100 else {
            throw InvalidValue("\(Quoting.quoted(text)) is not a percentage from 0% to 100% without fraction")
        }
        return value
    }

    /// Parts of 1000.
    /// - Parameter text: `40%`, `12.5%`, `125‰`.
    /// - Returns: 0 to 1000.
    /// - Throws: a refusal of anything else.
    static func permille(_ text: String) throws(InvalidValue) -> UInt32 {
        let bytes = Array(text.utf8)
        let value = Permyriad.number(bytes, before: "‰", places: 0) ?? Permyriad.number(bytes, before: "%", places: 1)
        guard let value, value <= 1000 else {
            throw InvalidValue("\(Quoting.quoted(text)) is not a share from 0% to 100%; expected as 12.5% or 125‰")
        }
        return value
    }
}
