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
        /// Where each piece of a continued value stands: the offset in `value` it begins at, and the place.
        /// The first piece is the value's beginning.
        var pieces: [Piece]

        /// Where a byte of the value stands in the source.
        /// - Parameter offset: bytes from the beginning of `value`.
        /// - Returns: the place in the file, or the option where there are no lines.
        public func location(ofByte offset: Int) -> SourceLocation {
            // The last piece that begins at or before it, by bisection: a hostile value has 100 000 pieces.
            var (low, high) = (0, pieces.count)
            while low < high {
                let middle = (low + high) / 2
                if pieces[middle].offset <= offset { low = middle + 1 } else { high = middle }
            }
            // An option of a command line has no lines and columns to count.
            guard low > 0, keyLocation.line > 0 else { return keyLocation }
            let piece = pieces[low - 1]
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
        read(Array(bytes))
    }

    private mutating func read(_ bytes: [UInt8]) {
        // Checked once for the whole, line by line only when there is something to find.
        let isText = Bytes.validText(bytes) != nil && !bytes.contains(0)
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
            readLine(bytes[start..<end], line: line, firstColumn: 1 - start, isText: isText)
            // CR LF is one end of line; CR alone is one too, as systemd reads it.
            let isPair = end + 1 < bytes.count && bytes[end] == 0x0d && bytes[end + 1] == 0x0a
            start = end + (isPair ? 2 : 1)
        }
        if let rest = continued {
            // The file ends in a backslash: systemd takes what is there.
            continued = nil
            readLogicalLine(rest.text[...], pieces: rest.pieces)
        }
        if diagnostics.count >= Self.diagnosticLimit {
            report(.error, .syntax, line: line, column: 1, "too many problems; the rest of the file was not read")
        }
    }

    /// One physical line.
    private mutating func readLine(_ line: ArraySlice<UInt8>, line number: Int, firstColumn: Int, isText: Bool) {
        let column = line.startIndex + firstColumn
        // Comments are skipped before anything else, so they may stand between continued lines.
        if let first = line.first(where: { !Bytes.isWhitespace($0) }),
            first == UInt8(ascii: "#") || first == UInt8(ascii: ";")
        {
            return
        }
        if !isText, let problem = Self.badByte(in: line) {
            report(.error, .syntax, line: number, column: column + problem.offset, problem.message)
            continued = nil
            return
        }
        // An odd number of backslashes at the end: the last one is not itself escaped, so the line goes on.
        var end = line.endIndex
        while end > line.startIndex, line[end - 1] == UInt8(ascii: "\\") { end -= 1 }
        let isContinued = (line.endIndex - end) % 2 == 1
        // Nearly all lines stand alone, and are read where they are.
        if !isContinued, continued == nil {
            readLogicalLine(line, pieces: [Piece(offset: line.startIndex, line: number, column: column)])
            return
        }
        // Taken out, not copied: appending to the only reference is cheap however long the line has become.
        var whole = continued ?? Continued()
        continued = nil
        whole.pieces.append(Piece(offset: whole.text.count, line: number, column: column))
        whole.text += isContinued ? line.dropLast() : line
        if isContinued {
            whole.text.append(UInt8(ascii: " "))
            continued = whole
        } else {
            readLogicalLine(whole.text[...], pieces: whole.pieces)
        }
    }

    /// What is wrong with a line that is not text.
    private static func badByte(in line: ArraySlice<UInt8>) -> (offset: Int, message: String)? {
        if let nul = line.firstIndex(of: 0) { return (nul - line.startIndex, "a NUL byte; a unit file is text") }
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
    ///   - pieces: its physical lines, by the indices of `text`.
    private mutating func readLogicalLine(_ text: ArraySlice<UInt8>, pieces: [Piece]) {
        let content = Bytes.trimmed(text)
        guard let first = content.first else { return }
        let start = pieces.last { $0.offset <= content.startIndex }
        let place = SourceLocation(
            source: path, line: start?.line ?? 0,
            column: start.map { $0.column + content.startIndex - $0.offset } ?? 0)
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
        let key = Bytes.text(Bytes.trimmed(content[..<equals]))
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
        let value = Bytes.trimmed(content[(equals + 1)...])
        // An empty value begins where it would stand.
        let valueStart = value.isEmpty ? equals + 1 : value.startIndex
        assignments.append(
            Assignment(
                section: section, key: key, value: Bytes.text(value), keyLocation: place,
                pieces: Self.pieces(pieces, from: valueStart)))
    }

    /// The pieces of a value that begins at an offset of its line, with offsets from the value's beginning.
    private static func pieces(_ pieces: [Piece], from start: Int) -> [Piece] {
        if pieces.count == 1, let piece = pieces.first {
            return [Piece(offset: 0, line: piece.line, column: piece.column + start - piece.offset)]
        }
        var result: [Piece] = []
        for piece in pieces {
            if piece.offset <= start {
                result = [Piece(offset: 0, line: piece.line, column: piece.column + start - piece.offset)]
            } else {
                result.append(Piece(offset: piece.offset - start, line: piece.line, column: piece.column))
            }
        }
        return result
    }

    private mutating func readHeader(_ text: ArraySlice<UInt8>, at place: SourceLocation) {
        guard text.last == UInt8(ascii: "]"), text.count > 2 else {
            // What follows belongs to no section we know: reading on would report nonsense.
            sectionIsIgnored = true
            report(
                .error, .syntax, line: place.line, column: place.column,
                "\(Quoting.quoted(Bytes.text(text))) is not a section header; expected a line such as [Service]")
            return
        }
        let name = Bytes.text(text.dropFirst().dropLast())
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

    /// Without whitespace at either end.
    static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var slice = bytes.drop(while: isWhitespace)
        while let last = slice.last, isWhitespace(last) { slice.removeLast() }
        return slice
    }

    /// Bytes as text; nil when they are not valid UTF-8.
    static func validText(_ bytes: [UInt8]) -> String? {
        // ASCII needs no validation, whose first use costs the runtime more than reading the unit.
        bytes.allSatisfy { $0 < 0x80 } ? text(bytes) : String(validating: bytes, as: UTF8.self)
    }

    /// Bytes that are known to be valid UTF-8, as text.
    static func text(_ bytes: some Collection<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }
}
