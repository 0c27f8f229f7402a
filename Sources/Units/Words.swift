// Words of a value: separators, quotes and escapes, as systemd.syntax(7) "QUOTING" defines them. Directives differ in
// which of these they know, so each is an option.

/// Splits a value into words.
struct WordReader {
    /// What is special in the value. Without any: words end at separators, and a backslash makes the next byte literal.
    struct Options: OptionSet, Sendable {
        let rawValue: UInt16

        /// Quotes group, and are removed.
        static let unquote = Options(rawValue: 1 << 0)
        /// Quotes group, and stay.
        static let keepQuotes = Options(rawValue: 1 << 1)
        /// A backslash begins a C escape; an unknown one is an error.
        static let unescape = Options(rawValue: 1 << 2)
        /// An unknown escape, or a backslash at the end, stays as it is and is remembered in `unknownEscapes`.
        static let keepUnknownEscapes = Options(rawValue: 1 << 3)
        /// A backslash makes a separator and a backslash literal; any other escape is an error.
        static let unescapeSeparators = Options(rawValue: 1 << 4)
        /// A backslash is a byte like any other.
        static let keepEscapes = Options(rawValue: 1 << 5)
        /// A quotation mark may stay open and a backslash may stand at the end.
        static let relaxed = Options(rawValue: 1 << 6)
        /// Every separator ends a word, so that words may be empty.
        static let keepEmptyWords = Options(rawValue: 1 << 7)
        /// The separator after a word is not stepped over.
        static let keepSeparators = Options(rawValue: 1 << 8)
    }

    /// A word and where it began.
    struct Word: Equatable {
        var bytes: [UInt8]
        /// Bytes from the beginning of the value.
        var offset: Int
    }

    /// systemd's WHITESPACE.
    static let whitespace: [UInt8] = [0x20, 0x09, 0x0a, 0x0d]

    let bytes: [UInt8]
    var separators: [UInt8] { didSet { separatorBits = Self.bits(of: separators) } }
    /// The separators below 128 as bits: each byte of each value is looked up.
    private var separatorBits: (low: UInt64, high: UInt64)
    var options: Options
    /// The next byte to read; after a refusal the first byte that could not be read.
    private(set) var position = 0
    /// Whether the end was reached. Not the same as `position` at the end: with `keepEmptyWords` a separator at the
    /// very end is followed by one more, empty, word.
    private(set) var isFinished = false
    /// Escapes that are not known, and where they stood; only with `keepUnknownEscapes`.
    private(set) var unknownEscapes: [(text: String, offset: Int)] = []

    init(_ text: String, _ options: Options, separators: [UInt8] = Self.whitespace) {
        bytes = Array(text.utf8)
        self.options = options
        self.separators = separators
        separatorBits = Self.bits(of: separators)
    }

    /// All separators are ASCII.
    private static func bits(of separators: [UInt8]) -> (low: UInt64, high: UInt64) {
        var bits: (low: UInt64, high: UInt64) = (0, 0)
        for byte in separators {
            if byte < 64 { bits.low |= 1 << UInt64(byte) } else { bits.high |= 1 << UInt64(byte & 63) }
        }
        return bits
    }

    private func isSeparator(_ byte: UInt8) -> Bool {
        byte < 128 && (byte < 64 ? separatorBits.low : separatorBits.high) >> UInt64(byte & 63) & 1 != 0
    }

    /// Whether this was the separator behind the last word; only with `keepEmptyWords`.
    func hasPassed(_ separator: UInt8) -> Bool {
        !isFinished && position > 0 && bytes[position - 1] == separator
    }

    /// Reads no more.
    mutating func stop() {
        isFinished = true
    }

    /// Skips separators.
    /// - Returns: whether anything is left.
    mutating func skipSeparators() -> Bool {
        while position < bytes.count, isSeparator(bytes[position]) { position += 1 }
        return position < bytes.count
    }

    /// Whether the reader stands at these bytes as a word of their own, unquoted; if so it steps over them.
    mutating func skipLone(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        let matches = word.withUTF8Buffer { bytes[position...].starts(with: $0) }
        let end = position + count
        guard matches, end == bytes.count || isSeparator(bytes[end]) else { return false }
        position = end
        return true
    }

    /// The next word, without its quotation marks and escapes as far as the options say so.
    /// - Returns: nil at the end.
    /// - Throws: a refusal of an open quotation mark, of a backslash at the end and of an unknown escape.
    mutating func next() throws(InvalidValue) -> Word? {
        if isFinished { return nil }
        while position < bytes.count, isSeparator(bytes[position]) {
            if options.contains(.keepEmptyWords) {
                let word = Word(bytes: [], offset: position)
                if !options.contains(.keepSeparators) { position += 1 }
                return word
            }
            position += 1
        }
        var word = Word(bytes: [], offset: position)
        if position == bytes.count {
            isFinished = true
            return options.contains(.keepEmptyWords) ? word : nil
        }
        try read(into: &word.bytes)
        return word
    }

    /// The next word; an escape that is not known stays in it and is remembered. A word that can be read strictly is
    /// read so: what `relaxed` allows at the end differs between the two.
    mutating func nextKeepingUnknownEscapes() throws(InvalidValue) -> Word? {
        let start = position
        do throws(InvalidValue) {
            return try next()
        } catch {
            position = start
            isFinished = false
            options.insert(.keepUnknownEscapes)
            defer { options.remove(.keepUnknownEscapes) }
            return try next()
        }
    }

    private mutating func read(into word: inout [UInt8]) throws(InvalidValue) {
        let quotesGroup = !options.isDisjoint(with: [.unquote, .keepQuotes])
        let keepsQuotes = options.contains(.keepQuotes)
        var quote: UInt8?
        var quoteOffset = position
        while position < bytes.count, !isFinished {
            let byte = bytes[position]
            let isQuote = byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
            if byte == UInt8(ascii: "\\"), !options.contains(.keepEscapes) {
                try readEscape(into: &word)
                continue
            } else if let open = quote {
                if byte == open { quote = nil }
                if byte != open || keepsQuotes { word.append(byte) }
            } else if isQuote, quotesGroup {
                quote = byte
                quoteOffset = position
                if keepsQuotes { word.append(byte) }
            } else if isSeparator(byte) {
                endWord()
                return
            } else {
                word.append(byte)
            }
            position += 1
        }
        if quote != nil, !options.contains(.relaxed) {
            throw InvalidValue("the quotation mark is never closed", offset: quoteOffset)
        }
        isFinished = true
    }

    /// Steps over the separator after a word, and over all of them where they are not counted.
    private mutating func endWord() {
        if options.contains(.keepSeparators) { return }
        if options.contains(.keepEmptyWords) {
            position += 1
        } else if !skipSeparators() {
            isFinished = true
        }
    }

    private mutating func readEscape(into word: inout [UInt8]) throws(InvalidValue) {
        let start = position
        let rest = bytes[(start + 1)...]
        guard let first = rest.first else {
            position = bytes.count
            if options.contains(.keepUnknownEscapes) {
                word.append(UInt8(ascii: "\\"))
            } else if !options.contains(.relaxed) {
                throw InvalidValue("a backslash at the end escapes nothing; write \"\\\\\" for one", offset: start)
            }
            return
        }
        guard !options.isDisjoint(with: [.unescape, .unescapeSeparators]) else {
            word.append(first)
            position += 2
            return
        }
        if options.contains(.unescape), let escape = Escape(rest) {
            word += escape.bytes
            position += 1 + escape.length
            return
        }
        if options.contains(.unescapeSeparators), first == UInt8(ascii: "\\") || isSeparator(first) {
            word.append(first)
            position += 2
            return
        }
        // Show the whole character, not the first byte of it.
        let shown = String(Bytes.text(rest.prefix(5)).prefix(first == UInt8(ascii: "x") ? 3 : 1))
        guard options.contains(.keepUnknownEscapes) else {
            position += 1
            throw InvalidValue(
                "\(Quoting.quoted("\\" + shown)) is not a known escape; write \"\\\\\" for a backslash", offset: start)
        }
        unknownEscapes.append((shown, start))
        word += [UInt8(ascii: "\\"), first]
        position += 2
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
