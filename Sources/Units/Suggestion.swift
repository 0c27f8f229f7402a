// The nearest known name to a mistyped one.

/// A search for the name that a person most likely meant, one candidate after the other.
package struct Suggestion {
    /// The nearest candidate so far; of several equally near ones the first.
    private(set) var name: String?
    /// Its distance.
    private(set) var distance = Int.max
    /// What was typed, in lower case.
    private let wanted: [UInt8]
    /// Which letters it has.
    private let letters: UInt64
    private let limit: Int

    /// Begins a search.
    /// - Parameter typed: what was typed; nil for nothing, and for what is longer than any name there is: the distance
    ///   to it would only cost time.
    init?(to typed: some StringProtocol) {
        guard typed.utf8.count <= 64 else { return nil }
        wanted = typed.utf8.map(Self.lowercased)
        guard !wanted.isEmpty else { return nil }
        letters = Self.letters(wanted)
        limit = Self.limit(wanted.count)
    }

    /// Whether a candidate may be near enough, by what is cheap to look at: its length and its letters.
    func isPossible(_ candidate: UnsafeBufferPointer<UInt8>) -> Bool {
        let difference = candidate.count - wanted.count
        // What is much longer may still begin with what was typed.
        guard difference >= -limit, difference <= limit || candidate.first.map(Self.lowercased) == wanted.first else {
            return false
        }
        // Each slip brings and takes away one letter at most. (Letters that share a bit only make this let more through.)
        let others = Self.letters(candidate)
        guard (letters & ~others).nonzeroBitCount <= limit else { return false }
        return difference > limit || (others & ~letters).nonzeroBitCount <= limit || letters & ~others == 0
    }

    /// Looks at a candidate.
    mutating func consider(_ candidate: UnsafeBufferPointer<UInt8>) {
        guard isPossible(candidate) else { return }
        let lower = candidate.map(Self.lowercased)
        let begins = lower.starts(with: wanted)
        guard abs(lower.count - wanted.count) <= limit || begins else { return }
        // What was typed is the beginning of a name: "warn" for "warning", "error" is further than "err".
        let isBeginning = wanted.count >= 3 && begins
        let most = min(limit, distance - 1)
        let measured = Self.distance(wanted, lower, atMost: most)
        guard let found = isBeginning ? min(measured ?? 1, 1) : measured, found <= most else { return }
        name = Bytes.text(candidate)
        distance = found
    }

    /// The candidate that a person most likely meant.
    /// - Parameters:
    ///   - typed: what was typed.
    ///   - candidates: every name that would have been right.
    /// - Returns: nil when none is near enough to be more help than confusion.
    package static func nearest(to typed: some StringProtocol, among candidates: some Sequence<String>) -> String? {
        guard var search = Suggestion(to: typed) else { return nil }
        for var candidate in candidates { candidate.withUTF8 { search.consider($0) } }
        return search.name
    }

    /// How many slips a name of that length may have: one in three letters, at least one.
    private static func limit(_ count: Int) -> Int {
        max(1, min(count / 3, 4))
    }

    /// Case is a slip that people do not see, so it costs nothing.
    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (0x41...0x5a).contains(byte) ? byte | 0x20 : byte
    }

    /// A bit for each letter.
    private static func letters(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 | 1 << UInt64(lowercased($1) & 63) }
    }

    /// Edit distance with transposition of neighbours as one edit (optimal string alignment).
    /// - Parameters:
    ///   - left: a text.
    ///   - right: another.
    ///   - most: the greatest distance that is of interest: a hostile file has a thousand names that are like none.
    /// - Returns: the distance; nil when it is greater than `most`.
    static func distance(_ left: [UInt8], _ right: [UInt8], atMost most: Int = .max) -> Int? {
        // Three rows of the table: this one, the one above it, and the one above that.
        let width = right.count + 1
        return withUnsafeTemporaryAllocation(of: Int.self, capacity: 3 * width) { table in
            for column in 0..<width { table[column] = column }
            for row in stride(from: 1, through: left.count, by: 1) {
                let (current, previous, before) = (row % 3 * width, (row + 2) % 3 * width, (row + 1) % 3 * width)
                table[current] = row
                var least = row
                for column in stride(from: 1, through: right.count, by: 1) {
                    let same = left[row - 1] == right[column - 1]
                    var value = min(
                        table[previous + column] + 1, table[current + column - 1] + 1,
                        table[previous + column - 1] + (same ? 0 : 1))
                    if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                        value = min(value, table[before + column - 2] + 1)
                    }
                    table[current + column] = value
                    least = min(least, value)
                }
                // No later row can come below the least of this one, a transposition apart.
                if least > most, least - 1 > most || row == left.count { return nil }
            }
            let distance = table[left.count % 3 * width + right.count]
            return distance <= most ? distance : nil
        }
    }
}
