// Unit-file syntax (systemd.syntax(7)): sections, comments, continuation lines, assignments with their places.
// Knows nothing of what directives mean.

/// The assignments of a unit file, in order.
public struct UnitFile: Sendable {
    /// A `Key=value` of a section.
    public struct Assignment: Equatable, Sendable {
        /// The section's name without brackets.
        public var section: String
        /// What stands before `=`.
        public var key: String
        /// What stands after it, trimmed; continued lines are joined by a space.
        public var value: String
        /// Where the key stands.
        public var keyLocation: SourceLocation
        /// Where the value begins; nil where there are no lines and columns, as on a command line.
        var start: Piece?
        /// Where each further piece of a continued value stands: the offset in `value` it begins at, and the place.
        /// Apart from the first, so that the many values of one line need no array.
        var continuations: [Piece] = []

        /// Where a byte of the value stands in the source.
        /// - Parameter offset: bytes from the beginning of `value`.
        /// - Returns: the place in the file, or the option where there are no lines.
        public func location(ofByte offset: Int) -> SourceLocation {
            // The last piece that begins at or before it, by bisection: a hostile value has 100 000 pieces.
            var (low, high) = (0, continuations.count)
            while low < high {
                let middle = (low + high) / 2
                if continuations[middle].offset <= offset { low = middle + 1 } else { high = middle }
            }
            guard let start, keyLocation.line > 0 else { return keyLocation }
            let piece = low > 0 ? continuations[low - 1] : start
            return SourceLocation(
                source: keyLocation.source, line: piece.line, column: piece.column + offset - piece.offset)
        }
    }

    /// A piece of a value: one physical line of it.
    struct Piece: Equatable, Sendable {
        var offset: Int
        var line: Int
        var column: Int
    }

    /// The most bytes of a file; systemd's LONG_LINE_MAX is the same 1 MiB, so no line can exceed that either.
    public static let sizeLimit = 1 << 20

    /// The most assignments of a file; the largest unit that anybody wrote has some hundreds.
    static let assignmentLimit = 1 << 16

    /// The most problems listed; a hostile file could have one for every two bytes.
    static let diagnosticLimit = 1000

    /// Every assignment outside ignored sections, in order.
    public private(set) var assignments: [Assignment] = []
    /// Every problem of the syntax.
    public private(set) var diagnostics: [Diagnostic] = []

    private let path: String
    private let knownSections: [String]
    /// The section we are in; nil before the first header.
    private var section: String?
    private var sectionIsIgnored = false
    private var continued: Continued?

    /// A line that ended in a backslash, and those that followed it.
    private struct Continued {
        var text: [UInt8] = []
        var pieces: [Piece] = []
    }

    /// Reads the syntax of a file.
    /// - Parameters:
    ///   - bytes: the file's content.
    ///   - path: its name, for the places.
    ///   - knownSections: the sections that are read. Others are named in a warning and skipped; those that begin
    ///     with `X-` are skipped in silence (systemd.unit(5): they are for other programs).
    public init(bytes: some Collection<UInt8>, path: String, knownSections: [String]) {
        self.path = path
        self.knownSections = knownSections
        guard bytes.count <= Self.sizeLimit else {
            diagnostics.append(
                Diagnostic(
                    .error, .syntax, at: SourceLocation(source: path),
                    message: "the file is larger than \(Self.sizeLimit) bytes; a unit file is smaller"))
            return
        }
        Array(bytes).withUnsafeBufferPointer { read($0) }
    }

    private mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) {
        // Checked once for the whole, line by line only when there is something to find.
        let isText = Bytes.isPlainASCII(bytes) || (Bytes.validText(Array(bytes)) != nil && !bytes.contains(0))
        // A byte order mark is skipped, as systemd does.
        var start = bytes.count >= 3 && bytes[0] == 0xef && bytes[1] == 0xbb && bytes[2] == 0xbf ? 3 : 0
        var line = 0
        while start < bytes.count, diagnostics.count < Self.diagnosticLimit {
            line += 1
            guard assignments.count < Self.assignmentLimit else {
                continued = nil
                report(
                    .error, .syntax, line: line, column: 1,
                    "more than \(Self.assignmentLimit) assignments; the rest of the file was not read")
                return
            }
            var end = start
            while end < bytes.count, bytes[end] != 0x0a, bytes[end] != 0x0d { end += 1 }
            readLine(UnsafeBufferPointer(rebasing: bytes[start..<end]), line: line, isText: isText)
            // CR LF is one end of line; CR alone is one too, as systemd reads it.
            let isPair = end + 1 < bytes.count && bytes[end] == 0x0d && bytes[end + 1] == 0x0a
            start = end + (isPair ? 2 : 1)
        }
        if let rest = continued {
            // The file ends in a backslash: systemd takes what is there.
            continued = nil
            readContinued(rest)
        }
        if diagnostics.count >= Self.diagnosticLimit {
            report(.error, .syntax, line: line, column: 1, "too many problems; the rest of the file was not read")
        }
    }

    /// One physical line.
    private mutating func readLine(_ line: UnsafeBufferPointer<UInt8>, line number: Int, isText: Bool) {
        // Comments are skipped before anything else, so they may stand between continued lines.
        if let first = line.first(where: { !Bytes.isWhitespace($0) }),
            first == UInt8(ascii: "#") || first == UInt8(ascii: ";")
        {
            return
        }
        if !isText, let problem = Self.badByte(in: line) {
            report(.error, .syntax, line: number, column: 1 + problem.offset, problem.message)
            continued = nil
            return
        }
        // An odd number of backslashes at the end: the last one is not itself escaped, so the line goes on.
        var end = line.count
        while end > 0, line[end - 1] == UInt8(ascii: "\\") { end -= 1 }
        let isContinued = (line.count - end) % 2 == 1
        // Nearly all lines stand alone, and are read where they are.
        if !isContinued, continued == nil {
            readLogicalLine(line, start: Piece(offset: 0, line: number, column: 1), continuations: [])
            return
        }
        // Taken out, not copied: appending to the only reference is cheap however long the line has become.
        var whole = continued ?? Continued()
        continued = nil
        whole.pieces.append(Piece(offset: whole.text.count, line: number, column: 1))
        whole.text += isContinued ? line.dropLast()[...] : line[...]
        if isContinued {
            whole.text.append(UInt8(ascii: " "))
            continued = whole
        } else {
            readContinued(whole)
        }
    }

    private mutating func readContinued(_ whole: Continued) {
        guard let start = whole.pieces.first else { return }
        whole.text.withUnsafeBufferPointer {
            readLogicalLine($0, start: start, continuations: whole.pieces.dropFirst())
        }
    }

    /// What is wrong with a line that is not text.
    private static func badByte(in line: UnsafeBufferPointer<UInt8>) -> (offset: Int, message: String)? {
        if let nul = line.firstIndex(of: 0) { return (nul, "a NUL byte; a unit file is text") }
        guard String(validating: line, as: UTF8.self) == nil else { return nil }
        // The longest valid beginning ends where the damage is. Replacement characters mark it.
        var offset = 0
        for scalar in String(decoding: line, as: UTF8.self).unicodeScalars {
            let width = UTF8.width(scalar)
            if scalar == "\u{fffd}", !line.dropFirst(offset).starts(with: [0xef, 0xbf, 0xbd]) { break }
            offset += width
        }
        return (offset, "not valid UTF-8; a unit file is UTF-8 text")
    }

    /// A line with its continuations joined.
    /// - Parameters:
    ///   - text: the line.
    ///   - start: its first physical line.
    ///   - continuations: the others, by the indices of `text`.
    private mutating func readLogicalLine(
        _ text: UnsafeBufferPointer<UInt8>, start: Piece, continuations: ArraySlice<Piece>
    ) {
        let range = Bytes.trimmedRange(text, from: 0)
        if range.isEmpty { return }
        let content = UnsafeBufferPointer(rebasing: text[range])
        let first = content[0]
        let piece = continuations.last { $0.offset <= range.lowerBound } ?? start
        let place = SourceLocation(
            source: path, line: piece.line, column: piece.column + range.lowerBound - piece.offset)
        if first == UInt8(ascii: "[") {
            readHeader(content, at: place)
            return
        }
        if sectionIsIgnored { return }
        guard let equals = content.firstIndex(of: UInt8(ascii: "=")) else {
            report(
                .warning, .syntax, line: place.line, column: place.column,
                "\(Quoting.quoted(Bytes.text(content))) is neither a section, a comment nor an assignment; expected KEY=VALUE"
            )
            return
        }
        var keyEnd = equals
        while keyEnd > 0, Bytes.isWhitespace(content[keyEnd - 1]) { keyEnd -= 1 }
        let key = Bytes.text(UnsafeBufferPointer(rebasing: content[..<keyEnd]))
        guard let section else {
            report(
                .warning, .syntax, line: place.line, column: place.column,
                "\(Quoting.quoted(key)) is assigned before any section; expected a line such as [Service] above it")
            return
        }
        guard !key.isEmpty else {
            report(
                .warning, .syntax, line: place.line, column: place.column, "no name before \"=\"; expected KEY=VALUE")
            return
        }
        let value = Bytes.trimmedRange(content, from: equals + 1)
        // An empty value begins where it would stand.
        let valueStart = range.lowerBound + (value.isEmpty ? equals + 1 : value.lowerBound)
        var assignment = Assignment(
            section: section, key: key, value: Bytes.text(UnsafeBufferPointer(rebasing: content[value])),
            keyLocation: place)
        // With offsets from the value's beginning.
        let (line, column) = (start.line, start.column + valueStart - start.offset)
        assignment.start = Piece(offset: 0, line: line, column: column)
        for piece in continuations {
            if piece.offset <= valueStart {
                assignment.start = Piece(
                    offset: 0, line: piece.line, column: piece.column + valueStart - piece.offset)
            } else {
                assignment.continuations.append(
                    Piece(offset: piece.offset - valueStart, line: piece.line, column: piece.column))
            }
        }
        assignments.append(assignment)
    }

    private mutating func readHeader(_ text: UnsafeBufferPointer<UInt8>, at place: SourceLocation) {
        guard text.last == UInt8(ascii: "]"), text.count > 2 else {
            // What follows belongs to no section we know: reading on would report nonsense.
            sectionIsIgnored = true
            report(
                .error, .syntax, line: place.line, column: place.column,
                "\(Quoting.quoted(Bytes.text(text))) is not a section header; expected a line such as [Service]")
            return
        }
        let name = Bytes.text(UnsafeBufferPointer(rebasing: text[1..<(text.count - 1)]))
        section = name
        sectionIsIgnored = !knownSections.contains(name)
        guard sectionIsIgnored, !name.hasPrefix("X-") else { return }
        diagnostics.append(
            Diagnostic(
                .warning, .unknown, at: place,
                message: "section [\(Quoting.printable(name))] is not known and is skipped; known are "
                    + Quoting.list(knownSections.map { "[\($0)]" }),
                suggestion: Suggestion.nearest(to: name, among: knownSections).map { "[\($0)]" }))
    }

    private mutating func report(
        _ severity: Diagnostic.Severity, _ kind: Diagnostic.Kind, line: Int, column: Int, _ message: String
    ) {
        let location = SourceLocation(source: path, line: line, column: column)
        diagnostics.append(Diagnostic(severity, kind, at: location, message: message))
    }
}

/// An assignment with the directive it is of: looked up once, however many look at it.
struct ResolvedAssignment: Sendable {
    let assignment: UnitFile.Assignment
    /// nil for a section that is none.
    let section: Directive.Section?
    /// nil for a name that the section does not have.
    let directive: Directive?

    init(_ assignment: UnitFile.Assignment) {
        self.init(assignment, in: Directive.Section(rawValue: assignment.section))
    }

    private init(_ assignment: UnitFile.Assignment, in section: Directive.Section?) {
        self.assignment = assignment
        self.section = section
        directive = section.flatMap { Directives.find(assignment.key, in: $0) }
    }

    /// The assignments of a file: those of one section follow each other, so that its name is looked up once.
    static func all(of file: UnitFile) -> [ResolvedAssignment] {
        var result: [ResolvedAssignment] = []
        result.reserveCapacity(file.assignments.count)
        var (name, section) = ("", Directive.Section?.none)
        for assignment in file.assignments {
            if assignment.section != name {
                (name, section) = (assignment.section, .init(rawValue: assignment.section))
            }
            result.append(ResolvedAssignment(assignment, in: section))
        }
        return result
    }
}

/// Bytes as the unit language sees them.
enum Bytes {
    /// systemd's WHITESPACE: space, tab, newline, carriage return.
    static func isWhitespace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d
    }

    static func isDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte)
    }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }

    /// Where a text is from a place on, without whitespace at either end.
    static func trimmedRange(_ bytes: UnsafeBufferPointer<UInt8>, from place: Int) -> Range<Int> {
        var (start, end) = (place, bytes.count)
        while start < end, isWhitespace(bytes[start]) { start += 1 }
        while end > start, isWhitespace(bytes[end - 1]) { end -= 1 }
        return start..<end
    }

    /// Whether these are ASCII without NUL, as nearly all unit files are.
    static func isPlainASCII(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        for byte in bytes where byte == 0 || byte >= 0x80 { return false }
        return true
    }

    /// Without whitespace at either end.
    static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var slice = bytes.drop(while: isWhitespace)
        while let last = slice.last, isWhitespace(last) { slice.removeLast() }
        return slice
    }

    /// Bytes as text; nil when they are not valid UTF-8.
    static func validText(_ bytes: [UInt8]) -> String? {
        // ASCII needs no validation, whose first use costs the runtime more than reading the unit.
        bytes.withUnsafeBufferPointer(isPlainASCII) ? text(bytes) : String(validating: bytes, as: UTF8.self)
    }

    /// Bytes that are known to be valid UTF-8, as text.
    static func text(_ bytes: some Collection<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }
}
