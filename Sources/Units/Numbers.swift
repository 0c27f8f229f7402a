// Booleans, integers, octal modes and sizes, in the spellings that systemd takes.

enum Numbers {
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
    static func boolean(_ text: String) throws(InvalidValue) -> Bool {
        switch text.lowercased() {
        case "1", "yes", "y", "true", "t", "on": return true
        case "0", "no", "n", "false", "f", "off": return false
        default:
            throw InvalidValue(
                "\(Quoting.quoted(text)) is not a boolean; allowed: yes, no, true, false, on, off, 1, 0",
                suggestion: Suggestion.nearest(to: text, among: ["yes", "no", "true", "false"]))
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
        var digits = Array(text.utf8).drop(while: Bytes.isWhitespace)
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
        guard let magnitude = prefixed(digits) else { return nil }
        if isNegative {
            return magnitude <= UInt64(Int64.max) + 1 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil
        }
        return Int64(exactly: magnitude)
    }

    /// An unsigned integer, spelled as for `integer`.
    /// - Parameter text: leading whitespace is allowed.
    /// - Returns: nil for what is no integer or has a minus sign, and for what does not fit.
    static func unsigned(_ text: some StringProtocol) -> UInt64? {
        var digits = Array(text.utf8).drop(while: Bytes.isWhitespace)
        if digits.first == UInt8(ascii: "+") { digits.removeFirst() }
        return prefixed(digits)
    }

    private static func prefixed(_ digits: ArraySlice<UInt8>) -> UInt64? {
        guard digits.count > 1, digits.first == UInt8(ascii: "0"), let mark = digits.dropFirst().first else {
            return unsigned(digits: digits, radix: 10)
        }
        switch mark {
        case UInt8(ascii: "x"), UInt8(ascii: "X"): return unsigned(digits: digits.dropFirst(2), radix: 16)
        case UInt8(ascii: "b"), UInt8(ascii: "B"): return unsigned(digits: digits.dropFirst(2), radix: 2)
        case UInt8(ascii: "o"), UInt8(ascii: "O"): return unsigned(digits: digits.dropFirst(2), radix: 8)
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
    /// - Parameter text: digits 0 to 7, at most 07777.
    /// - Returns: the bits of the mode.
    /// - Throws: a refusal of anything else.
    static func mode(_ text: String) throws(InvalidValue) -> UInt32 {
        guard let value = unsigned(digits: Array(text.utf8), radix: 8), value <= 0o7777 else {
            throw InvalidValue(
                "\(Quoting.quoted(text)) is not an octal mode; expected a number such as 0022, at most 7777")
        }
        return UInt32(value)
    }

    /// A size in bytes: numbers with K, M, G, T, P, E to the base 1024, fractions, and sums from large to small.
    /// - Parameter text: such as `512K`, `1.5G`, `1G 500M`.
    /// - Returns: bytes; nil for what is no size, and for what does not fit.
    static func size(_ text: some StringProtocol) -> UInt64? {
        let factors: [(suffix: UInt8?, factor: UInt64)] = [
            (UInt8(ascii: "E"), 1 << 60), (UInt8(ascii: "P"), 1 << 50), (UInt8(ascii: "T"), 1 << 40),
            (UInt8(ascii: "G"), 1 << 30), (UInt8(ascii: "M"), 1 << 20), (UInt8(ascii: "K"), 1 << 10),
            (UInt8(ascii: "B"), 1), (nil, 1),
        ]
        var rest = Array(text.utf8)[...]
        var next = 0
        var total: UInt64 = 0
        repeat {
            rest = rest.drop(while: Bytes.isWhitespace)
            if rest.first == UInt8(ascii: "+") { rest.removeFirst() }
            let digits = rest.prefix(while: Bytes.isDigit)
            guard let whole = unsigned(digits: digits, radix: 10) else { return nil }
            rest = rest.dropFirst(digits.count)
            var fraction = 0.0
            if rest.first == UInt8(ascii: ".") {
                rest.removeFirst()
                var weight = 0.1
                for digit in rest.prefix(while: Bytes.isDigit) {
                    fraction += Double(digit - 0x30) * weight
                    weight /= 10
                }
                rest = rest.drop(while: Bytes.isDigit)
            }
            rest = rest.drop(while: Bytes.isWhitespace)
            // Units only get smaller: "1M 1G" is more likely a mistake than a sum.
            guard let index = factors[next...].firstIndex(where: { $0.suffix == nil || $0.suffix == rest.first }) else {
                return nil
            }
            let (suffix, factor) = factors[index]
            if suffix != nil { rest.removeFirst() }
            next = index + 1
            let (product, overflow) = whole.multipliedReportingOverflow(by: factor)
            let part = UInt64(fraction * Double(factor))
            let (sum, carry) = product.addingReportingOverflow(part)
            let (newTotal, carryAgain) = total.addingReportingOverflow(sum)
            if overflow || carry || carryAgain { return nil }
            total = newTotal
        } while !rest.isEmpty
        return total
    }
}
