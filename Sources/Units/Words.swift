// Words of a value: quotes and C escapes, as systemd.syntax(7) "QUOTING" defines them.

/// Splits a value into words.
struct WordReader {
    /// What a backslash means.
    enum Escapes {
        /// C escapes; an unknown one is an error.
        case strict
        /// C escapes; an unknown one stays as it is, with its backslash, and is remembered in `unknownEscapes`.
        case lenient
        /// The next byte stands for itself, as when a variable's value is split.
        case nextByte
    }

    /// A word and where it began.
    struct Word: Equatable {
        var bytes: [UInt8]
        /// Bytes from the beginning of the value.
        var offset: Int
    }

    let bytes: [UInt8]
    var position = 0
    let escapes: Escapes
    /// Whether a quotation mark may stay open until the end.
    let toleratesOpenQuotes: Bool
    /// Escapes that are not known, and where they stood; only with `.lenient`.
    private(set) var unknownEscapes: [(text: String, offset: Int)] = []

    init(_ text: String, escapes: Escapes, toleratesOpenQuotes: Bool = false) {
        bytes = Array(text.utf8)
        self.escapes = escapes
        self.toleratesOpenQuotes = toleratesOpenQuotes
    }

    /// Skips whitespace.
    /// - Returns: whether anything is left.
    mutating func skipWhitespace() -> Bool {
        while position < bytes.count, Bytes.isWhitespace(bytes[position]) { position += 1 }
        return position < bytes.count
    }

    /// Whether the reader stands at these bytes as a word of their own, unquoted; if so it steps over them.
    mutating func skipLone(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        let matches = word.withUTF8Buffer { bytes[position...].starts(with: $0) }
        let end = position + count
        guard matches, end == bytes.count || Bytes.isWhitespace(bytes[end]) else { return false }
        position = end
        return true
    }

    /// The next word, without its quotation marks and escapes; nil at the end.
    mutating func next() throws(InvalidValue) -> Word? {
        guard skipWhitespace() else { return nil }
        var word = Word(bytes: [], offset: position)
        var quote: UInt8?
        var quoteOffset = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\\") {
                try readEscape(into: &word.bytes)
            } else if let open = quote {
                if byte == open { quote = nil } else { word.bytes.append(byte) }
                position += 1
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
                quoteOffset = position
                position += 1
            } else if Bytes.isWhitespace(byte) {
                break
            } else {
                word.bytes.append(byte)
                position += 1
            }
        }
        if quote != nil, !toleratesOpenQuotes {
            throw InvalidValue("the quotation mark is never closed", offset: quoteOffset)
        }
        return word
    }

    private mutating func readEscape(into word: inout [UInt8]) throws(InvalidValue) {
        let start = position
        let rest = bytes[(start + 1)...]
        guard let first = rest.first else {
            position = bytes.count
            switch escapes {
            // A backslash at the very end escapes nothing.
            case .lenient: word.append(UInt8(ascii: "\\"))
            case .nextByte: break
            case .strict:
                throw InvalidValue("a backslash at the end escapes nothing; write \"\\\\\" for one", offset: start)
            }
            return
        }
        if escapes == .nextByte {
            word.append(first)
            position += 2
            return
        }
        if let escape = Escape(rest) {
            word += escape.bytes
            position += 1 + escape.length
            return
        }
        // Show the whole character, not the first byte of it.
        let shown = String(Bytes.text(rest.prefix(5)).prefix(first == UInt8(ascii: "x") ? 3 : 1))
        guard escapes == .lenient else {
            throw InvalidValue(
                "\(Quoting.quoted("\\" + shown)) is not a known escape; write \"\\\\\" for a backslash", offset: start)
        }
        unknownEscapes.append((shown, start))
        word += [UInt8(ascii: "\\"), first]
        position += 2
    }
}

/// One C escape (systemd.syntax(7), "Supported escapes").
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
        case UInt8(ascii: "x"): self.init(digits: text.dropFirst(), count: 2, radix: 16, lead: 1, isByte: true)
        case UInt8(ascii: "u"): self.init(digits: text.dropFirst(), count: 4, radix: 16, lead: 1, isByte: false)
        case UInt8(ascii: "U"): self.init(digits: text.dropFirst(), count: 8, radix: 16, lead: 1, isByte: false)
        case UInt8(ascii: "0")...UInt8(ascii: "7"): self.init(digits: text, count: 3, radix: 8, lead: 0, isByte: true)
        default: return nil
        }
    }

    private init(_ byte: UInt8) {
        bytes = [byte]
        length = 1
    }

    private init?(digits: ArraySlice<UInt8>, count: Int, radix: UInt32, lead: Int, isByte: Bool) {
        guard digits.count >= count else { return nil }
        var value: UInt32 = 0
        for digit in digits.prefix(count) {
            guard let number = Numbers.digit(digit), number < radix else { return nil }
            let (shifted, overflow) = value.multipliedReportingOverflow(by: radix)
            if overflow { return nil }
            value = shifted + number
        }
        guard value != 0 else { return nil }
        length = lead + count
        if isByte {
            guard let byte = UInt8(exactly: value) else { return nil }
            bytes = [byte]
        } else {
            guard let scalar = Unicode.Scalar(value) else { return nil }
            bytes = Array(String(Character(scalar)).utf8)
        }
    }
}

extension String {
    /// Text from bytes that a person's escapes may have made invalid.
    /// - Parameters:
    ///   - bytes: the bytes of a word.
    ///   - offset: where the word stands in the value.
    /// - Throws: a refusal of what is not UTF-8.
    init(word bytes: [UInt8], at offset: Int) throws(InvalidValue) {
        guard let text = Bytes.validText(bytes) else {
            throw InvalidValue(
                "the word is not valid UTF-8 after its escapes; only text is supported so far", offset: offset)
        }
        self = text
    }
}

/// The words of a value with their places: quotes and escapes undone, specifiers not yet.
func words(of text: String) throws(InvalidValue) -> [(text: String, offset: Int)] {
    var reader = WordReader(text, escapes: .strict)
    var result: [(text: String, offset: Int)] = []
    while let word = try reader.next() {
        result.append((try String(word: word.bytes, at: word.offset), word.offset))
    }
    return result
}
