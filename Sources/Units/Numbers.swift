// Booleans, integers and octal modes, in the spellings that systemd takes.

package enum Numbers {
    /// The value of a digit in bases up to 36.
    static func digit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte - 0x30)
        case 0x41...0x5a: UInt32(byte - 0x41 + 10)
        case 0x61...0x7a: UInt32(byte - 0x61 + 10)
        default: nil
        }
    }

    /// A boolean (systemd.syntax(7)): 1 yes y true t on, 0 no n false f off, in any case.
    /// - Parameter text: the trimmed value.
    /// - Returns: whether it says yes.
    /// - Throws: a refusal of anything else, the empty text too.
    package static func boolean(_ text: String) throws(InvalidValue) -> Bool {
        if let value = booleanOrNothing(text) { return value }
        throw InvalidValue(
            "\(Quoting.quoted(text)) is not a boolean; allowed: yes, no, true, false, on, off, 1, 0",
            suggestion: Suggestion.nearest(to: text, among: ["yes", "no", "true", "false"]))
    }

    /// The same where something else is allowed too: nil for what is no boolean.
    static func booleanOrNothing(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "1", "yes", "y", "true", "t", "on": true
        case "0", "no", "n", "false", "f", "off": false
        default: nil
        }
    }

    /// Digits as an unsigned number.
    /// - Parameters:
    ///   - digits: at least one, and nothing else.
    ///   - radix: 2 to 16.
    /// - Returns: nil for anything else, and for what does not fit.
    static func unsigned(digits: some Collection<UInt8>, radix: UInt64) -> UInt64? {
        guard !digits.isEmpty else { return nil }
        var value: UInt64 = 0
        for byte in digits {
            guard let digit = digit(byte).map(UInt64.init), digit < radix else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: radix)
            let (sum, carry) = product.addingReportingOverflow(digit)
            if overflow || carry { return nil }
            value = sum
        }
        return value
    }

    /// An integer with an optional sign and prefix: 0x, 0b, 0o, or 0 for octal, as strtol(3) with base 0.
    /// - Parameter text: leading whitespace is allowed, as by strtol(3).
    /// - Returns: nil for what is no integer, and for what does not fit.
    static func integer(_ text: some StringProtocol) -> Int64? {
        let bytes = Array(text.utf8)
        var digits = bytes.drop(while: Bytes.isWhitespace)
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
        guard let magnitude = prefixed(digits, isWhole: digits.count == bytes.count) else { return nil }
        if isNegative {
            return magnitude <= UInt64(Int64.max) + 1 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil
        }
        return Int64(exactly: magnitude)
    }

    /// An unsigned integer, spelled as for `integer`.
    /// - Parameter text: leading whitespace is allowed.
    /// - Returns: nil for what is no integer or has a minus sign, and for what does not fit.
    static func unsigned(_ text: some StringProtocol) -> UInt64? {
        let bytes = Array(text.utf8)
        var digits = bytes.drop(while: Bytes.isWhitespace)
        if digits.first == UInt8(ascii: "+") { digits.removeFirst() }
        return prefixed(digits, isWhole: digits.count == bytes.count)
    }

    /// Digits behind a prefix, if there is one. systemd takes 0b and 0o at the very beginning of a number only, which
    /// `isWhole` says, while strtol(3) takes 0x and 0 behind a sign too.
    private static func prefixed(_ digits: ArraySlice<UInt8>, isWhole: Bool) -> UInt64? {
        guard digits.count > 1, digits.first == UInt8(ascii: "0"), let mark = digits.dropFirst().first else {
            return unsigned(digits: digits, radix: 10)
        }
        switch mark {
        case UInt8(ascii: "x"), UInt8(ascii: "X"): return unsigned(digits: digits.dropFirst(2), radix: 16)
        case UInt8(ascii: "b"), UInt8(ascii: "B"):
            return isWhole ? unsigned(digits: digits.dropFirst(2), radix: 2) : nil
        case UInt8(ascii: "o"), UInt8(ascii: "O"):
            return isWhole ? unsigned(digits: digits.dropFirst(2), radix: 8) : nil
        default: return unsigned(digits: digits.dropFirst(), radix: 8)
        }
    }

    /// An integer in a range.
    /// - Parameters:
    ///   - text: the trimmed value.
    ///   - range: what is allowed.
    /// - Returns: the integer.
    /// - Throws: a refusal of what is no integer or out of range.
    static func integer(_ text: String, in range: ClosedRange<Int64>) throws(InvalidValue) -> Int64 {
        guard let value = integer(text), range.contains(value) else {
            throw InvalidValue(
                "\(Quoting.quoted(text)) is not a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// An octal file mode.
    /// - Parameter text: digits 0 to 7, at most 07777; leading whitespace is allowed, a sign is not.
    /// - Returns: the bits of the mode.
    /// - Throws: a refusal of anything else.
    static func mode(_ text: String) throws(InvalidValue) -> UInt32 {
        let digits = Array(text.utf8).drop(while: Bytes.isWhitespace)
        guard let value = unsigned(digits: digits, radix: 8), value <= 0o7777 else {
            throw InvalidValue(
                "\(Quoting.quoted(text)) is not an octal mode; expected a number such as 0022, at most 7777")
        }
        return UInt32(value)
    }
}
