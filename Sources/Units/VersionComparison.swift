// Comparison of versions and numbers in conditions: the order of the UAPI version format (systemd-analyze(1),
// "compare-versions"), the operators before a value, and shell patterns beside them.

/// Versions as strings.
enum VersionOrder {
    /// Compares two versions, older first: `1~rc1`, `1`, `1-a`, `1-1`, `1^post1`, `1.1`, `1a`, `2`.
    /// - Returns: a negative number when the left one is older, 0 when they are equal, else a positive one.
    static func compare(_ left: String, _ right: String) -> Int {
        var (left, right) = (Array(left.utf8)[...], Array(right.utf8)[...])
        while true {
            // Anything else than these only separates segments.
            left = left.drop { !isVersionByte($0) }
            right = right.drop { !isVersionByte($0) }
            if let order = separator(UInt8(ascii: "~"), &left, &right) { return order }
            // What goes on is newer; what goes on with a tilde was older already.
            if left.isEmpty || right.isEmpty { return order(left.isEmpty ? 0 : 1, right.isEmpty ? 0 : 1) }
            for mark in "-^.".utf8 {
                if let order = separator(mark, &left, &right) { return order }
            }
            let isNumeric = left.first.map(Bytes.isDigit) ?? false || right.first.map(Bytes.isDigit) ?? false
            let matches = isNumeric ? Bytes.isDigit : isLetter
            let (one, other) = (left.prefix(while: matches), right.prefix(while: matches))
            let result = isNumeric ? numbers(one, other) : words(one, other)
            if result != 0 { return result }
            left = left[one.endIndex...]
            right = right[other.endIndex...]
        }
    }

    /// A mark at the beginning makes a version older than one without it. Where both have it, it is stepped over.
    private static func separator(
        _ mark: UInt8, _ left: inout ArraySlice<UInt8>, _ right: inout ArraySlice<UInt8>
    ) -> Int? {
        let (one, other) = (left.first == mark, right.first == mark)
        if one, other {
            left.removeFirst()
            right.removeFirst()
            return nil
        }
        return one ? -1 : other ? 1 : nil
    }

    private static func numbers(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Int {
        // A number is newer than a word.
        if left.isEmpty || right.isEmpty { return order(left.isEmpty ? 0 : 1, right.isEmpty ? 0 : 1) }
        // Not as integers: they may have any number of digits.
        let (one, other) = (left.drop { $0 == 0x30 }, right.drop { $0 == 0x30 })
        return one.count == other.count ? words(one, other) : order(one.count, other.count)
    }

    private static func words(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Int {
        if left.elementsEqual(right) { return 0 }
        return left.lexicographicallyPrecedes(right) ? -1 : 1
    }

    private static func order(_ left: Int, _ right: Int) -> Int {
        left == right ? 0 : left < right ? -1 : 1
    }

    private static func isLetter(_ byte: UInt8) -> Bool { Bytes.isAlphanumeric(byte) && !Bytes.isDigit(byte) }

    private static func isVersionByte(_ byte: UInt8) -> Bool {
        Bytes.isAlphanumeric(byte) || "~-^.".utf8.contains(byte)
    }
}

/// An operator before a value in a condition.
enum ComparisonOperator: Equatable {
    case less, lessOrEqual, equal, unequal, greaterOrEqual, greater
    /// `=` and `!=` where they compare strings, not versions.
    case sameText, otherText
    /// `$=` and `!$=`: shell patterns.
    case matches, matchesNot

    /// Which spellings a condition knows.
    enum Dialect {
        /// Numbers: `=` is `==`.
        case numbers
        /// Versions: `=` and `!=` compare strings, and there are patterns.
        case versions
    }

    /// Reads the operator at the beginning of a text, and steps over it.
    /// - Returns: nil, and nothing read, when there is none.
    static func read(_ text: inout ArraySlice<UInt8>, _ dialect: Dialect) -> ComparisonOperator? {
        // Longer ones before those they begin with.
        let known: [(spelling: StaticString, versions: ComparisonOperator, numbers: ComparisonOperator?)] = [
            ("$=", .matches, nil), ("!$=", .matchesNot, nil), ("<>", .unequal, .unequal),
            ("<=", .lessOrEqual, .lessOrEqual), (">=", .greaterOrEqual, .greaterOrEqual), ("<", .less, .less),
            (">", .greater, .greater), ("==", .equal, .equal), ("=", .sameText, .equal), ("!=", .otherText, .unequal),
        ]
        for candidate in known {
            guard candidate.spelling.withUTF8Buffer({ text.starts(with: $0) }) else { continue }
            let meaning: ComparisonOperator? =
                switch dialect {
                case .versions: candidate.versions
                case .numbers: candidate.numbers
                }
            guard let meaning else { continue }
            text = text.dropFirst(candidate.spelling.utf8CodeUnitCount)
            return meaning
        }
        return nil
    }

    /// Whether an order, negative, 0 or positive, is what is asked for.
    func holds(for order: Int) -> Bool {
        switch self {
        case .less: order < 0
        case .lessOrEqual: order <= 0
        case .equal, .sameText, .matches: order == 0
        case .unequal, .otherText, .matchesNot: order != 0
        case .greaterOrEqual: order >= 0
        case .greater: order > 0
        }
    }

    /// Whether a text stands so to the wanted one: as versions, as strings, or as a pattern.
    func holds(_ actual: String, _ wanted: String) -> Bool {
        switch self {
        case .sameText: actual.utf8.elementsEqual(wanted.utf8)
        case .otherText: !actual.utf8.elementsEqual(wanted.utf8)
        case .matches: ShellPattern(wanted).matches(actual)
        case .matchesNot: !ShellPattern(wanted).matches(actual)
        case .less, .lessOrEqual, .equal, .unequal, .greaterOrEqual, .greater:
            holds(for: VersionOrder.compare(actual, wanted))
        }
    }
}
