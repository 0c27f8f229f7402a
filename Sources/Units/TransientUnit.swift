// A unit from the command line: what `daimon start -p KEY=VALUE -- COMMAND` becomes.

/// A unit that is put together from properties and a command, and can be written down as a unit file.
public struct TransientUnit: Sendable {
    /// The full unit name.
    public let name: UnitName
    private var assignments: [UnitFile.Assignment] = []

    /// An empty unit.
    /// - Parameter name: its full name.
    public init(name: UnitName) {
        self.name = name
    }

    // MARK: - Properties

    /// Adds a property, as one line of a unit file would.
    /// - Parameter property: `KEY=VALUE` in systemd's names; the section is found by the table of directives.
    /// - Returns: the first problem. After an error nothing was added; after a warning the property was added, and the
    ///   warning comes again from `loaded()`.
    public mutating func set(property: String) -> Diagnostic? {
        let location = SourceLocation(source: "-p \(property)")
        guard let equals = property.utf8.firstIndex(of: UInt8(ascii: "=")) else {
            return Diagnostic(
                .error, .syntax, at: location, message: "not a property; expected KEY=VALUE, for example Restart=always"
            )
        }
        let key = Bytes.text(Bytes.trimmed(Array(property.utf8[..<equals])[...]))
        guard let directive = Directives.find(key) else {
            return Diagnostic(
                .error, .unknown, at: location, directive: key, message: "there is no such property",
                suggestion: Directives.nearest(to: key))
        }
        let value = Bytes.trimmed(Array(property.utf8[property.utf8.index(after: equals)...])[...])
        return add(directive, Bytes.text(value), at: location)
    }

    private mutating func add(_ directive: Directive, _ value: String, at location: SourceLocation) -> Diagnostic? {
        func refusal(_ message: String) -> Diagnostic {
            Diagnostic(.error, .syntax, at: location, directive: directive.name, message: message)
        }
        // Each of these would end the line, or join it with the next, when the unit is written down: a value could
        // then become a directive of its own.
        if value.utf8.contains(where: { $0 == 0 || $0 == 0x0a || $0 == 0x0d }) {
            return refusal("the value contains a line break or NUL; in quotation marks write a line break as \\n")
        }
        if value.utf8.reversed().prefix(while: { $0 == UInt8(ascii: "\\") }).count % 2 == 1 {
            return refusal("the value ends in a backslash; for one as the last character write two")
        }
        if text.utf8.count + value.utf8.count > UnitFile.sizeLimit - 256 {
            return refusal("the unit becomes larger than \(UnitFile.sizeLimit) bytes")
        }
        let assignment = UnitFile.Assignment(
            section: directive.section.rawValue, key: directive.name, value: value, keyLocation: location)
        var trial = Interpreter(name: name, origin: .commandLine)
        trial.apply(assignment)
        let problem = trial.diagnostics.first { $0.severity == .error } ?? trial.diagnostics.first
        if problem?.severity != .error { assignments.append(assignment) }
        return problem
    }

    // MARK: - The command

    /// Sets the command, in place of one that was there, so that the service gets these arguments byte for byte.
    /// - Parameter arguments: the absolute path of the program, or its bare name, and its arguments.
    /// - Returns: why it cannot be, for example that the path is relative.
    public mutating func setCommand(_ arguments: [String]) -> Diagnostic? {
        let location = SourceLocation(source: "the command")
        func refusal(_ message: String) -> Diagnostic {
            Diagnostic(.error, .invalidValue, at: location, message: message)
        }
        guard let program = arguments.first else { return refusal("no program; expected a program and its arguments") }
        // A bare name is looked up in the service's PATH when it is started (systemd.service(5), "COMMAND LINES").
        guard program.utf8.first == UInt8(ascii: "/") || !program.isEmpty && !program.utf8.contains(UInt8(ascii: "/"))
        else {
            return refusal("\(Quoting.quoted(program)) is neither an absolute path nor a bare name")
        }
        if arguments.contains(where: { $0.utf8.contains(0) }) {
            return refusal("an argument contains a NUL byte, which execve(2) cannot pass on")
        }
        guard let directive = Directives.find("ExecStart", in: .service) else {
            preconditionFailure("ExecStart= is in the table of directives")
        }
        assignments.removeAll { $0.key == directive.name }
        return add(directive, Self.commandLine(arguments), at: location)
    }

    /// Sets the command from raw bytes, as `argv` has them.
    /// - Parameter arguments: the absolute path of the program, and its arguments.
    /// - Returns: why it cannot be, for example that an argument is not UTF-8.
    public mutating func setCommand(bytes arguments: [[UInt8]]) -> Diagnostic? {
        var texts: [String] = []
        for (index, bytes) in arguments.enumerated() {
            guard let text = String(validating: bytes, as: UTF8.self) else {
                return Diagnostic(
                    .error, .invalidValue, at: SourceLocation(source: "the command"),
                    message: "argument \(index) \(Quoting.quoted(Bytes.text(bytes))) is not valid UTF-8; "
                        + "a unit file is UTF-8 text, so it cannot be passed on byte for byte")
            }
            texts.append(text)
        }
        return setCommand(texts)
    }

    /// Adds one variable to the environment, whatever its value contains.
    /// - Parameters:
    ///   - name: letters, digits and underscores, not beginning with a digit.
    ///   - value: text without NUL.
    /// - Returns: why it cannot be.
    public mutating func setEnvironment(_ name: String, _ value: String) -> Diagnostic? {
        guard let directive = Directives.find("Environment", in: .service) else {
            preconditionFailure("Environment= is in the table of directives")
        }
        let word = Self.quoted("\(name)=\(value)", dollars: false)
        return add(directive, word, at: SourceLocation(source: "the variable \(name)"))
    }

    // MARK: - Escaping

    /// A command line that the parser, and systemd, read as exactly these arguments.
    /// - Parameter arguments: a program and its arguments, without NUL.
    /// - Returns: a value for `ExecStart=`; empty for no arguments.
    static func commandLine(_ arguments: [String]) -> String {
        guard let program = arguments.first else { return "" }
        var line = quoted(program, dollars: true)
        // Variables are replaced in arguments, argument zero included, but not in the path: where it has a dollar
        // sign, path and argument zero are spelled differently, and the prefix @ gives each its own word.
        if program.utf8.contains(UInt8(ascii: "$")) { line = quoted("@" + program, dollars: false) + " " + line }
        for argument in arguments.dropFirst() { line += " " + quoted(argument, dollars: true) }
        return line
    }

    /// A word in quotation marks when it needs them, its specials escaped.
    /// - Parameters:
    ///   - text: the word.
    ///   - dollars: whether variables would be replaced in it.
    /// - Returns: what reads as that word.
    private static func quoted(_ text: String, dollars: Bool) -> String {
        var result: [UInt8] = []
        var isPlain = !text.isEmpty
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "%"): result += [byte, byte]
            case UInt8(ascii: "$") where dollars: result += [byte, byte]
            case UInt8(ascii: "\\"), UInt8(ascii: "\""):
                isPlain = false
                result += [UInt8(ascii: "\\"), byte]
            case 0..<0x20, 0x7f:
                isPlain = false
                result += Array("\\x".utf8) + UnitName.hexadecimal(byte)
            default:
                // Anything that is not clearly harmless is quoted: spaces, ";", "'", "#".
                isPlain = isPlain && (Bytes.isAlphanumeric(byte) || "/._-+=:,@$".utf8.contains(byte) || byte >= 0x80)
                result.append(byte)
            }
        }
        let word = Bytes.text(result)
        return isPlain ? word : "\"\(word)\""
    }

    // MARK: - The result

    /// The unit as a unit file.
    public var text: String {
        var result = ""
        for section in Directive.Section.allCases {
            let lines = assignments.filter { $0.section == section.rawValue }
            if lines.isEmpty { continue }
            if !result.isEmpty { result += "\n" }
            result += "[\(section.rawValue)]\n"
            for line in lines { result += "\(line.key)=\(line.value)\n" }
        }
        return result
    }

    /// The unit as the parser reads it, with the options as places.
    public func loaded() -> LoadedUnit {
        var interpreter = Interpreter(name: name, origin: .commandLine)
        for assignment in assignments { interpreter.apply(assignment) }
        return interpreter.finish(with: [], at: SourceLocation(source: "the command line"))
    }
}
