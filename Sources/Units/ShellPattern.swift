// Shell patterns in conditions: fnmatch(3) without flags, so that * and ? match slashes and leading dots too.

/// A pattern of `*`, `?`, `[…]` and backslash escapes.
struct ShellPattern {
    private enum Element {
        case literal(Unicode.Scalar)
        case anything
        case any
        case bracket(negated: Bool, ranges: [ClosedRange<Unicode.Scalar>], classes: [(Unicode.Scalar) -> Bool])
        /// A backslash at the end: matches nothing.
        case never
    }

    private let elements: [Element]
    private let ignoresCase: Bool

    /// - Parameters:
    ///   - pattern: the pattern; an unclosed `[` is a character like any other.
    ///   - ignoresCase: whether letters of ASCII match in either case, as for host names.
    init(_ pattern: String, ignoresCase: Bool = false) {
        var elements: [Element] = []
        var rest = Array(pattern.unicodeScalars)[...]
        // Once one is unclosed, all that follow it are: the end is not searched for each anew.
        var closes = true
        while let scalar = rest.popFirst() {
            switch scalar {
            case "*": elements.append(.anything)
            case "?": elements.append(.any)
            case "\\": elements.append(rest.popFirst().map(Element.literal) ?? .never)
            case "[":
                if closes, let bracket = Self.bracket(&rest) {
                    elements.append(bracket)
                } else {
                    closes = false
                    elements.append(.literal("["))
                }
            default: elements.append(.literal(scalar))
            }
        }
        self.elements = elements
        self.ignoresCase = ignoresCase
    }

    /// Whether the whole of a text matches. Time is at most the product of both lengths.
    func matches(_ text: String) -> Bool {
        let text = Array(text.unicodeScalars)
        var (position, element) = (0, 0)
        // Where the last "*" stands, and where the text went on after it: only the last one has to be tried again.
        var star: (element: Int, position: Int)?
        while position < text.count {
            if element < elements.count, case .anything = elements[element] {
                star = (element, position)
                element += 1
            } else if element < elements.count, isMatch(elements[element], text[position]) {
                element += 1
                position += 1
            } else if let last = star {
                star = (last.element, last.position + 1)
                element = last.element + 1
                position = last.position + 1
            } else {
                return false
            }
        }
        return elements[element...].allSatisfy { if case .anything = $0 { true } else { false } }
    }

    private func isMatch(_ element: Element, _ scalar: Unicode.Scalar) -> Bool {
        switch element {
        case .anything, .any: return true
        case .never: return false
        case .literal(let wanted): return folded(wanted) == folded(scalar)
        case .bracket(let negated, let ranges, let classes):
            let candidates = ignoresCase ? [scalar, folded(scalar), Self.raised(scalar)] : [scalar]
            let isIn = candidates.contains { candidate in
                ranges.contains { $0.contains(candidate) } || classes.contains { $0(candidate) }
            }
            return isIn != negated
        }
    }

    private func folded(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        guard ignoresCase, ("A"..."Z").contains(scalar) else { return scalar }
        return Unicode.Scalar(UInt8(truncatingIfNeeded: scalar.value) | 0x20)
    }

    private static func raised(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        ("a"..."z").contains(scalar) ? Unicode.Scalar(UInt8(truncatingIfNeeded: scalar.value) & 0xdf) : scalar
    }

    /// A bracket expression after its `[`; nil, and nothing read, when it is never closed.
    private static func bracket(_ rest: inout ArraySlice<Unicode.Scalar>) -> Element? {
        var text = rest
        let negated = text.first == "!" || text.first == "^"
        if negated { text.removeFirst() }
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        var classes: [(Unicode.Scalar) -> Bool] = []
        var isFirst = true
        while var scalar = text.popFirst() {
            if scalar == "]", !isFirst {
                rest = text
                return .bracket(negated: negated, ranges: ranges, classes: classes)
            }
            isFirst = false
            if scalar == "[", text.first == ":", let end = text.dropFirst().firstIndex(of: ":"),
                text[(end + 1)...].first == "]", let known = characterClass(text[(text.startIndex + 1)..<end])
            {
                classes.append(known)
                text = text[(end + 2)...]
                continue
            }
            if scalar == "\\" {
                guard let escaped = text.popFirst() else { return nil }
                scalar = escaped
            }
            var upper = scalar
            // A dash before the closing bracket is itself.
            if text.first == "-", let next = text.dropFirst().first, next != "]" {
                text = text.dropFirst(2)
                upper = next
                if next == "\\" {
                    guard let escaped = text.popFirst() else { return nil }
                    upper = escaped
                }
            }
            if scalar <= upper { ranges.append(scalar...upper) }
        }
        return nil
    }

    /// The classes of POSIX, for ASCII: what is compared are versions, fields and host names.
    private static func characterClass(_ name: ArraySlice<Unicode.Scalar>) -> ((Unicode.Scalar) -> Bool)? {
        // The longest name has six letters; what is longer is not worth making text of.
        guard name.count <= 6 else { return nil }
        var text = ""
        for scalar in name { text.unicodeScalars.append(scalar) }
        func isLetter(_ scalar: Unicode.Scalar) -> Bool {
            ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
        }
        func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
        switch text {
        case "alpha": return isLetter
        case "digit": return isDigit
        case "alnum": return { isLetter($0) || isDigit($0) }
        case "upper": return { ("A"..."Z").contains($0) }
        case "lower": return { ("a"..."z").contains($0) }
        case "space": return { $0 == " " || (0x09...0x0d).contains($0.value) }
        case "blank": return { $0 == " " || $0 == "\t" }
        case "punct": return { (0x21...0x7e).contains($0.value) && !isLetter($0) && !isDigit($0) }
        case "print": return { (0x20...0x7e).contains($0.value) }
        case "graph": return { (0x21...0x7e).contains($0.value) }
        case "cntrl": return { $0.value < 0x20 || $0.value == 0x7f }
        case "xdigit": return { isDigit($0) || ("a"..."f").contains($0) || ("A"..."F").contains($0) }
        default: return nil
        }
    }
}
