// Sizes in bytes, "512K", "1.5G", "1G 500M", to the base 1024 or 1000 (systemd.exec(5), systemd.resource-control(5)).

enum ByteSize {
    /// What the suffixes mean.
    enum Base {
        /// K is 1024: sizes of memory and files.
        case binary
        /// K is 1000: bandwidths and counts.
        case decimal
    }

    private enum Refusal: Error {
        case syntax, negative, overflow
    }

    /// A size.
    /// - Parameters:
    ///   - text: numbers with E, P, T, G, M, K or B, with a fraction or without, added up, larger units first.
    ///   - base: what the suffixes mean.
    /// - Returns: bytes, or what else is counted.
    /// - Throws: a refusal of what is no size, of a negative one, and of one that does not fit.
    static func bytes(parsing text: some StringProtocol, base: Base = .binary) throws(InvalidValue) -> UInt64 {
        do throws(Refusal) {
            return try sum(Array(text.utf8)[...], factors: factors(base))
        } catch {
            let shown = Quoting.quoted(text)
            switch error {
            case .syntax:
                let meaning =
                    switch base {
                    case .binary: "K, M, G, T, P, E to the base 1024"
                    case .decimal: "K, M, G, T, P, E to the base 1000"
                    }
                throw InvalidValue("\(shown) is not a size; expected for example 512K, 1.5G or 1G 500M (\(meaning))")
            case .negative: throw InvalidValue("\(shown) is negative; a size is not")
            case .overflow: throw InvalidValue("\(shown) is too large; expected less than 16E")
            }
        }
    }

    private static func factors(_ base: Base) -> [(suffix: UInt8, factor: UInt64)] {
        switch base {
        case .binary:
            [
                (UInt8(ascii: "E"), 1 << 60), (UInt8(ascii: "P"), 1 << 50), (UInt8(ascii: "T"), 1 << 40),
                (UInt8(ascii: "G"), 1 << 30), (UInt8(ascii: "M"), 1 << 20), (UInt8(ascii: "K"), 1 << 10),
                (UInt8(ascii: "B"), 1),
            ]
        case .decimal:
            [
                (UInt8(ascii: "E"), 1_000_000_000_000_000_000), (UInt8(ascii: "P"), 1_000_000_000_000_000),
                (UInt8(ascii: "T"), 1_000_000_000_000), (UInt8(ascii: "G"), 1_000_000_000),
                (UInt8(ascii: "M"), 1_000_000), (UInt8(ascii: "K"), 1000), (UInt8(ascii: "B"), 1),
            ]
        }
    }

    private static func sum(
        _ text: ArraySlice<UInt8>, factors: [(suffix: UInt8, factor: UInt64)]
    ) throws(Refusal) -> UInt64 {
        var rest = text
        var total: UInt64 = 0
        // Units only get smaller, a number without one is the last: "1M 1G" is more likely a mistake than a sum.
        var remaining = factors[...]
        var mayContinue = true
        repeat {
            rest = rest.drop(while: Bytes.isWhitespace)
            let isNegative = rest.first == UInt8(ascii: "-")
            if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
            let digits = rest.prefix(while: Bytes.isDigit)
            guard mayContinue, !digits.isEmpty else { throw .syntax }
            if isNegative { throw .negative }
            guard let whole = Numbers.unsigned(digits: digits, radix: 10) else { throw .overflow }
            rest = rest.dropFirst(digits.count)
            let fraction = try takeFraction(&rest)
            rest = rest.drop(while: Bytes.isWhitespace)

            var factor: UInt64 = 1
            if let index = remaining.firstIndex(where: { $0.suffix == rest.first }) {
                factor = remaining[index].factor
                remaining = remaining[(index + 1)...]
                rest.removeFirst()
            } else {
                mayContinue = false
            }
            let (product, overflow) = whole.multipliedReportingOverflow(by: factor)
            // The fraction is at most 1 (0.9999999999999999999 rounds to it), so its part is at most 2^60.
            let (part, carry) = product.addingReportingOverflow(UInt64(fraction * Double(factor)))
            let (newTotal, carryAgain) = total.addingReportingOverflow(part)
            if overflow || carry || carryAgain { throw .overflow }
            total = newTotal
        } while !rest.isEmpty
        return total
    }

    /// The digits after a point as a number below 1. "3." is a number; computed as systemd does, to the last bit.
    private static func takeFraction(_ rest: inout ArraySlice<UInt8>) throws(Refusal) -> Double {
        guard rest.first == UInt8(ascii: ".") else { return 0 }
        rest.removeFirst()
        let digits = rest.prefix(while: Bytes.isDigit)
        rest = rest.dropFirst(digits.count)
        if digits.isEmpty { return 0 }
        guard let number = Numbers.unsigned(digits: digits, radix: 10) else { throw .overflow }
        var fraction = Double(number)
        for _ in digits { fraction /= 10 }
        return fraction
    }
}
