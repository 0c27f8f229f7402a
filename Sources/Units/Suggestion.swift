// The nearest known name to a mistyped one.

enum Suggestion {
    /// The candidate that a person most likely meant.
    /// - Parameters:
    ///   - typed: what was typed.
    ///   - candidates: every name that would have been right.
    /// - Returns: nil when none is near enough to be more help than confusion.
    static func nearest(to typed: some StringProtocol, among candidates: some Sequence<String>) -> String? {
        let wanted = lowercased(typed.utf8)
        // Longer than any name there is: the distance to it would only cost time.
        guard !wanted.isEmpty, wanted.count <= 64 else { return nil }
        var best: (name: String, distance: Int)?
        for name in candidates {
            let candidate = lowercased(name.utf8)
            guard abs(candidate.count - wanted.count) <= limit(wanted.count) || candidate.starts(with: wanted) else {
                continue
            }
            var distance = distance(wanted, candidate)
            // What was typed is the beginning of a name: "warn" for "warning", "error" is further than "err".
            if wanted.count >= 3, candidate.starts(with: wanted) { distance = min(distance, 1) }
            if distance <= limit(wanted.count), distance < best?.distance ?? .max { best = (name, distance) }
        }
        return best?.name
    }

    /// How many slips a name of that length may have: one in three letters, at least one.
    private static func limit(_ count: Int) -> Int {
        max(1, min(count / 3, 4))
    }

    /// Case is a slip that people do not see, so it costs nothing.
    private static func lowercased(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        bytes.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
    }

    /// Edit distance with transposition of neighbours as one edit (optimal string alignment).
    static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
        var before: [Int] = []
        var previous = Array(0...right.count)
        for row in 1...left.count {
            var current = [row] + Array(repeating: 0, count: right.count)
            for column in 1...right.count {
                let same = left[row - 1] == right[column - 1]
                var value = min(previous[column] + 1, current[column - 1] + 1, previous[column - 1] + (same ? 0 : 1))
                if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                    value = min(value, before[column - 2] + 1)
                }
                current[column] = value
            }
            before = previous
            previous = current
        }
        return previous[right.count]
    }
}
