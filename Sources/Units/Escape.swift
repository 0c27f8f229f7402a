// One C escape of a word (systemd.syntax(7), "Supported escapes").

/// What follows a backslash, undone.
struct Escape {
    /// What it stands for.
    let bytes: [UInt8]
    /// Its length without the backslash.
    let length: Int

    /// Reads the escape at the beginning of some bytes; nil when it is not a known escape, or stands for NUL, which no
    /// argument can hold.
    /// - Parameter text: what follows the backslash.
    init?(_ text: ArraySlice<UInt8>) {
        guard let first = text.first else { return nil }
        switch first {
        case UInt8(ascii: "a"): self.init(7)
        case UInt8(ascii: "b"): self.init(8)
        case UInt8(ascii: "f"): self.init(12)
        case UInt8(ascii: "n"): self.init(10)
        case UInt8(ascii: "r"): self.init(13)
        case UInt8(ascii: "t"): self.init(9)
        case UInt8(ascii: "v"): self.init(11)
        case UInt8(ascii: "s"): self.init(32)
        case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"): self.init(first)
        case UInt8(ascii: "x"): self.init(byte: Self.value(text.dropFirst(), count: 2, radix: 16), length: 3)
        case UInt8(ascii: "u"): self.init(scalar: Self.value(text.dropFirst(), count: 4, radix: 16), length: 5)
        case UInt8(ascii: "U"):
            // Only here systemd looks whether the character may be exchanged between programs at all.
            guard let value = Self.value(text.dropFirst(), count: 8, radix: 16), Unicode.Scalar(value) != nil,
                !Bytes.isNoncharacter(value)
            else { return nil }
            self.init(scalar: value, length: 9)
        case UInt8(ascii: "0")...UInt8(ascii: "7"): self.init(byte: Self.value(text, count: 3, radix: 8), length: 3)
        default: return nil
        }
    }

    private init(_ byte: UInt8) {
        bytes = [byte]
        length = 1
    }

    private init?(byte value: UInt32?, length: Int) {
        guard let value, value != 0, let byte = UInt8(exactly: value) else { return nil }
        bytes = [byte]
        self.length = length
    }

    private init?(scalar value: UInt32?, length: Int) {
        guard let value, value != 0 else { return nil }
        if let scalar = Unicode.Scalar(value) {
            bytes = Array(String(Character(scalar)).utf8)
        } else {
            // Half of a pair: systemd writes its three bytes, which are not UTF-8, and who reads the word sees that.
            bytes = [
                0xe0 | UInt8(truncatingIfNeeded: value >> 12 & 0x0f),
                0x80 | UInt8(truncatingIfNeeded: value >> 6 & 0x3f), 0x80 | UInt8(truncatingIfNeeded: value & 0x3f),
            ]
        }
        self.length = length
    }

    private static func value(_ digits: ArraySlice<UInt8>, count: Int, radix: UInt64) -> UInt32? {
        guard digits.count >= count else { return nil }
        // Eight hexadecimal digits fit exactly.
        return Numbers.unsigned(digits: digits.prefix(count), radix: radix).map { UInt32(truncatingIfNeeded: $0) }
    }
}

extension Bytes {
    /// Whether a code point is one of the 66 that Unicode keeps for internal use. systemd takes text with one of them
    /// for damaged, as if it were no UTF-8.
    static func isNoncharacter(_ value: UInt32) -> Bool {
        (0xfdd0...0xfdef).contains(value) || value & 0xfffe == 0xfffe
    }

    /// Whether bytes are text as systemd takes it: UTF-8 without noncharacters and NUL.
    static func isText(_ text: String) -> Bool {
        var text = text
        return text.withUTF8(isPlainASCII) || isText(Array(text.utf8))
    }

    /// The same of bytes, which may be no text at all.
    static func isText(_ bytes: [UInt8]) -> Bool {
        if bytes.withUnsafeBufferPointer(isPlainASCII) { return true }
        if bytes.contains(0) { return false }
        guard let text = validText(bytes) else { return false }
        // All noncharacters begin with a byte of 0xef or above.
        return !bytes.contains { $0 >= 0xef } || !text.unicodeScalars.contains { isNoncharacter($0.value) }
    }
}
