// Base64 (RFC 4648) as StandardInputData= has it.

enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The text of bytes, filled up with `=`.
    static func encode(_ bytes: [UInt8]) -> String {
        var result: [UInt8] = []
        result.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.enumerated().reduce(UInt32(0)) { $0 | UInt32($1.element) << UInt32(16 - 8 * $1.offset) }
            for index in 0..<4 {
                result.append(
                    index <= group.count ? digits[Int(bits >> UInt32(18 - 6 * index) & 63)] : UInt8(ascii: "="))
            }
        }
        return Bytes.text(result)
    }

    /// The bytes of a text.
    /// - Parameters:
    ///   - text: with whitespace anywhere, and filled up with `=`.
    ///   - start: where it stands in the value.
    /// - Returns: the bytes.
    /// - Throws: a refusal of other characters, of a last group that is not filled up, and of bits that no byte has.
    static func decode(_ text: String, at start: Int = 0) throws(InvalidValue) -> [UInt8] {
        func refusal(_ offset: Int) -> InvalidValue {
            InvalidValue(
                "the value is not Base64; expected groups of four of A-Z a-z 0-9 + /, the last filled up with =",
                offset: start + offset)
        }
        var result: [UInt8] = []
        var bits: UInt32 = 0
        var (count, fill) = (0, 0)
        for (offset, byte) in text.utf8.enumerated() where !Bytes.isWhitespace(byte) {
            if byte == UInt8(ascii: "=") {
                fill += 1
                guard count >= 2, count + fill <= 4 else { throw refusal(offset) }
                continue
            }
            guard fill == 0, let digit = value(of: byte) else { throw refusal(offset) }
            bits = bits << 6 | digit
            count += 1
            if count == 4 {
                result += [UInt8(bits >> 16 & 0xff), UInt8(bits >> 8 & 0xff), UInt8(bits & 0xff)]
                (bits, count) = (0, 0)
            }
        }
        switch (count, fill) {
        case (0, 0): break
        case (2, 2) where bits & 15 == 0: result.append(UInt8(bits >> 4 & 0xff))
        case (3, 1) where bits & 3 == 0: result += [UInt8(bits >> 10 & 0xff), UInt8(bits >> 2 & 0xff)]
        default: throw refusal(text.utf8.count)
        }
        return result
    }

    private static func value(of byte: UInt8) -> UInt32? {
        switch byte {
        case 0x41...0x5a: UInt32(byte - 0x41)
        case 0x61...0x7a: UInt32(byte - 0x61 + 26)
        case 0x30...0x39: UInt32(byte - 0x30 + 52)
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
