// What is wrong with a unit, where, and what to do about it: one line for a person, typed parts for a program.

/// Where a text was read: a place in a file, a whole file, or a command-line option.
public struct SourceLocation: Equatable, Sendable, CustomStringConvertible {
    /// The file as it was named, or an option such as `-p Restart=alway`.
    public var source: String
    /// The line, from 1; 0 when the problem is about the whole source.
    public var line: Int
    /// The column in bytes, from 1, as compilers count; 0 when the problem is about the whole source.
    public var column: Int

    /// A place.
    /// - Parameters:
    ///   - source: the file or the option.
    ///   - line: from 1, or 0 for the whole source.
    ///   - column: in bytes from 1, or 0 for the whole source.
    public init(source: String, line: Int = 0, column: Int = 0) {
        self.source = source
        self.line = line
        self.column = column
    }

    /// `file:line:column`, or the source alone.
    public var description: String {
        let name = Quoting.printable(source, limit: 4096)
        guard line > 0 else { return name }
        // By appending to what is large enough: interpolation costs several times more, and a list of problems is made
        // of these.
        var text = ""
        text.reserveCapacity(name.utf8.count + 16)
        text += name
        text += ":"
        text += String(line)
        text += ":"
        text += String(column)
        return text
    }
}

/// One problem of a unit.
public struct Diagnostic: Equatable, Sendable, CustomStringConvertible {
    /// How bad it is.
    public enum Severity: String, Sendable {
        /// The unit cannot be run: systemd's "bad-setting", or something typed on a command line.
        case error
        /// The unit runs, but not all of it is as written: systemd too ignores the assignment and keeps the default.
        case warning
        /// Worth knowing.
        case note
    }

    /// What sort of problem it is, for those who act on it.
    public enum Kind: Sendable {
        /// The file could not be read.
        case unreadable
        /// The text is not unit-file syntax.
        case syntax
        /// A directive or section that does not exist.
        case unknown
        /// A value that the directive does not take.
        case invalidValue
        /// Something that the unit lacks, or that contradicts itself.
        case inconsistent
        /// A directive or value of systemd that is understood and not acted on; `--strict` refuses these.
        case notHonoured
    }

    /// How bad it is.
    public var severity: Severity
    /// What sort of problem it is.
    public var kind: Kind
    /// Where it is.
    public var location: SourceLocation
    /// The directive without `=`, when there is one.
    public var directive: String?
    /// What is wrong and what was expected.
    public var message: String
    /// The nearest known name.
    public var suggestion: String?

    /// A problem.
    /// - Parameters:
    ///   - severity: how bad.
    ///   - kind: what sort.
    ///   - location: where.
    ///   - directive: the directive without `=`.
    ///   - message: what is wrong and what was expected; a person's text in it went through `Quoting`.
    ///   - suggestion: the nearest known name.
    public init(
        _ severity: Severity, _ kind: Kind, at location: SourceLocation, directive: String? = nil,
        message: String, suggestion: String? = nil
    ) {
        self.severity = severity
        self.kind = kind
        self.location = location
        self.directive = directive
        self.message = message
        self.suggestion = suggestion
    }

    /// One line: `web.service:3:9: error: Restart=: "alway" is not …; did you mean "always"?`
    public var description: String {
        var line = "\(location): \(severity.rawValue): "
        if let directive { line += "\(Quoting.printable(directive))=: " }
        line += message
        if let suggestion { line += "; did you mean \"\(suggestion)\"?" }
        return line
    }
}

/// A value that a directive does not take. The loader adds where it stands and for which directive.
public struct InvalidValue: Error, Equatable, Sendable {
    /// What is wrong and what was expected.
    public var message: String
    /// The nearest value that would be taken.
    public var suggestion: String?
    /// Where in the value, in bytes from 0.
    public var offset: Int
    /// `.notHonoured` where the value is one of systemd's that is not acted on yet.
    public var kind: Diagnostic.Kind
    /// Whether the whole unit is refused, load state `bad-setting`. Otherwise systemd tells it and goes on as if the
    /// assignment, or the part of it that is wrong, were not there.
    public var refusesUnit: Bool

    /// A refusal.
    /// - Parameters:
    ///   - message: what is wrong and what was expected.
    ///   - suggestion: the nearest value that would be taken.
    ///   - offset: where in the value, in bytes from 0.
    ///   - kind: the sort of problem.
    ///   - refusesUnit: whether the whole unit is refused.
    public init(
        _ message: String, suggestion: String? = nil, offset: Int = 0, kind: Diagnostic.Kind = .invalidValue,
        refusesUnit: Bool = false
    ) {
        self.message = message
        self.suggestion = suggestion
        self.offset = offset
        self.kind = kind
        self.refusesUnit = refusesUnit
    }
}

/// Showing a person's text in a message.
enum Quoting {
    /// Text in quotation marks: on one line, without control characters, not longer than a line of a terminal.
    static func quoted(_ text: some StringProtocol) -> String {
        "\"\(printable(String(text)))\""
    }

    /// Text that cannot break the line or drive the terminal it is shown on: log injection ends here.
    /// - Parameters:
    ///   - text: anything.
    ///   - limit: the most bytes shown; the rest becomes `…`.
    /// - Returns: the text, control characters and those that change the direction of writing as `\u{…}`.
    static func printable(_ text: String, limit: Int = 100) -> String {
        // Nearly all text is plain, and needs no look at each of its characters.
        if text.utf8.count <= limit, text.utf8.allSatisfy({ (0x20..<0x7f).contains($0) }) { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if result.utf8.count >= limit { return result + "…" }
            switch scalar.value {
            case 0..<0x20, 0x7f..<0xa0, 0x2028, 0x2029, 0x202a...0x202e, 0x2066...0x2069:
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default:
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// `a, b, c`.
    static func list(_ names: some Sequence<String>) -> String {
        names.joined(separator: ", ")
    }
}
