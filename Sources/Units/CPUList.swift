// Lists of small numbers with ranges: "0-3,7 9" of CPUAffinity=, AllowedCPUs=, NUMAMask= (systemd.exec(5)).

/// A set of processors or memory nodes, kept as ranges.
public struct CPUList: Equatable, Hashable, Sendable {
    /// The ranges: sorted, apart from each other by at least one number.
    public private(set) var ranges: [ClosedRange<UInt32>] = []

    /// The greatest number that is taken; systemd's limit too.
    public static let greatest: UInt32 = 8191

    /// The empty set.
    public init() {}

    /// Whether no number is in the set.
    public var isEmpty: Bool { ranges.isEmpty }

    /// Reads a list.
    /// - Parameters:
    ///   - text: numbers and ranges `2-5`, separated by whitespace and commas; words may be quoted.
    ///   - ignored: gets a refusal for each range that ends before it begins; systemd leaves these out and goes on.
    /// - Throws: a refusal of the whole list, for a word that is neither, and for a number above `greatest`.
    public init(parsing text: String, ignored: inout [InvalidValue]) throws(InvalidValue) {
        var ranges: [ClosedRange<UInt32>] = []
        for (word, offset) in try Self.words(text) {
            guard let (lower, upper) = Self.bounds(word) else {
                throw InvalidValue(
                    "\(Quoting.quoted(Bytes.text(word))) is neither a number nor a range; expected for example 0-3,7",
                    offset: offset)
            }
            if lower > upper {
                ignored.append(
                    InvalidValue("the range \(lower)-\(upper) ends before it begins and is left out", offset: offset))
                continue
            }
            guard upper <= Self.greatest else {
                throw InvalidValue("\(upper) is too large; expected 0 to \(Self.greatest)", offset: offset)
            }
            ranges.append(lower...upper)
        }
        self.ranges = Self.merged(ranges)
    }

    /// Adds all numbers of another set: a later assignment of the same directive extends the list.
    /// - Parameter other: the set to add.
    public mutating func formUnion(_ other: CPUList) {
        ranges = Self.merged(ranges + other.ranges)
    }

    /// Whether a number is in the set.
    /// - Parameter number: of a processor or a node.
    /// - Returns: whether it is.
    public func contains(_ number: UInt32) -> Bool {
        ranges.contains { $0.contains(number) }
    }

    /// Sorted, overlapping and adjacent ranges joined: at most 4096 of them are left, however long the text was.
    private static func merged(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var result: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = result.last, range.lowerBound <= last.upperBound + 1 {
                result[result.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return result
    }

    /// Words between whitespace and commas.
    private static func words(_ text: String) throws(InvalidValue) -> [(bytes: [UInt8], offset: Int)] {
        var words: [(bytes: [UInt8], offset: Int)] = []
        var word: [UInt8] = []
        var start: Int?
        var quote: (mark: UInt8, offset: Int)?
        for (offset, byte) in text.utf8.enumerated() {
            if let open = quote {
                if byte == open.mark { quote = nil } else { word.append(byte) }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = (byte, offset)
                start = start ?? offset
            } else if Bytes.isWhitespace(byte) || byte == UInt8(ascii: ",") {
                if let begin = start { words.append((word, begin)) }
                word.removeAll(keepingCapacity: true)
                start = nil
            } else {
                word.append(byte)
                start = start ?? offset
            }
        }
        if let quote { throw InvalidValue("the quotation mark is never closed", offset: quote.offset) }
        if let start { words.append((word, start)) }
        return words
    }

    /// Both ends of `2-5`, or a number twice; nil for anything else.
    private static func bounds(_ word: [UInt8]) -> (UInt32, UInt32)? {
        guard let dash = word.firstIndex(of: UInt8(ascii: "-")) else { return number(word[...]).map { ($0, $0) } }
        guard let lower = number(word[..<dash]), let upper = number(word[(dash + 1)...]) else { return nil }
        return (lower, upper)
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32? {
        Numbers.unsigned(Bytes.text(bytes)).flatMap(UInt32.init(exactly:))
    }
}

extension CPUList: CustomStringConvertible {
    /// As systemd shows it: `0-3 7`.
    public var description: String {
        ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: " ")
    }
}
