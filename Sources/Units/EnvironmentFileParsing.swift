// The content of an EnvironmentFile=: assignments line by line, with a shell's quoting and nothing else of a shell
// (systemd.exec(5), "EnvironmentFile=").

extension EnvironmentFile {
    /// What a file contains.
    public struct Content: Equatable, Sendable {
        /// Each name once, in the order of first assignment, with the value of the last.
        public var variables: [EnvironmentVariable] = []
        /// Names that are none, such as `export PATH`: they are left out, which is worth a warning.
        public var invalidNames: [String] = []
    }

    /// Reads a file.
    /// - Parameter bytes: its content.
    /// - Returns: the variables, and the names that are none.
    /// - Throws: a refusal of the whole file when it contains NUL, or a name or value is not UTF-8, as systemd does;
    ///   its `offset` is the byte at which the assignment begins.
    public static func content(of bytes: [UInt8]) throws(InvalidValue) -> Content {
        if let nul = bytes.firstIndex(of: 0) {
            throw InvalidValue("the file contains a NUL byte; expected text", offset: nul)
        }
        var content = Content()
        for assignment in assignments(in: bytes) {
            guard Bytes.isText(assignment.name), Bytes.isText(assignment.value) else {
                throw InvalidValue(
                    "the variable \(Quoting.quoted(Bytes.text(assignment.name))) is not valid UTF-8; expected text",
                    offset: assignment.offset)
            }
            let name = Bytes.text(assignment.name)
            if EnvironmentVariable.isValidName(name) {
                content.variables.append(EnvironmentVariable(name: name, value: Bytes.text(assignment.value)))
            } else {
                content.invalidNames.append(name)
            }
        }
        content.variables = EnvironmentVariable.merged(content.variables)
        return content
    }

    /// The variables of a file's text, in order; lines that are no assignment, and names that are none, are skipped.
    /// - Parameter text: the file's content.
    /// - Returns: the assignments; a name that is assigned twice is there twice.
    public static func variables(in text: String) -> [EnvironmentVariable] {
        var variables: [EnvironmentVariable] = []
        for assignment in assignments(in: Array(text.utf8)) {
            let name = Bytes.text(assignment.name)
            guard EnvironmentVariable.isValidName(name) else { continue }
            variables.append(EnvironmentVariable(name: name, value: Bytes.text(assignment.value)))
        }
        return variables
    }

    /// An assignment as it stands in the file, its name not yet looked at.
    struct Assignment {
        /// Where it begins, in bytes from the beginning of the file.
        var offset = 0
        var name: [UInt8] = []
        var value: [UInt8] = []
    }

    private enum State {
        case beforeName, name, beforeValue, value, valueEscape, single, double, doubleEscape, comment, commentEscape
    }

    /// The assignments of a file, in order.
    /// - Parameter bytes: its content.
    /// - Returns: names and values as they are, repeated and invalid ones too.
    static func assignments(in bytes: [UInt8]) -> [Assignment] {
        var result: [Assignment] = []
        var state = State.beforeName
        var current = Assignment()
        // Blanks at the end of a name and of an unquoted value do not belong to it; escaped ones do.
        var valueEnd = 0

        func finish() {
            while let last = current.name.last, Bytes.isWhitespace(last) { current.name.removeLast() }
            if state == .value { current.value.removeLast(current.value.count - valueEnd) }
            result.append(current)
            current = Assignment()
            valueEnd = 0
        }
        func append(_ byte: UInt8) {
            current.value.append(byte)
            valueEnd = current.value.count
        }

        for (offset, byte) in bytes.enumerated() {
            switch state {
            case .beforeName:
                if byte == UInt8(ascii: "#") || byte == UInt8(ascii: ";") {
                    state = .comment
                } else if !Bytes.isWhitespace(byte) {
                    state = .name
                    current.offset = offset
                    current.name.append(byte)
                }
            case .name:
                if isNewline(byte) {
                    current.name.removeAll(keepingCapacity: true)
                    state = .beforeName
                } else if byte == UInt8(ascii: "=") {
                    state = .beforeValue
                } else {
                    current.name.append(byte)
                }
            // Also between two quoted parts: blanks there vanish, and quotes open again.
            case .beforeValue:
                if isNewline(byte) {
                    finish()
                    state = .beforeName
                } else if byte == UInt8(ascii: "'") {
                    state = .single
                } else if byte == UInt8(ascii: "\"") {
                    state = .double
                } else if byte == UInt8(ascii: "\\") {
                    state = .valueEscape
                } else if !Bytes.isWhitespace(byte) {
                    state = .value
                    append(byte)
                }
            // In a value that began without quotes they are bytes like any other.
            case .value:
                if isNewline(byte) {
                    finish()
                    state = .beforeName
                } else if byte == UInt8(ascii: "\\") {
                    state = .valueEscape
                    valueEnd = current.value.count
                } else if Bytes.isWhitespace(byte) {
                    current.value.append(byte)
                } else {
                    append(byte)
                }
            case .valueEscape:
                state = .value
                if !isNewline(byte) { append(byte) }
            case .single:
                if byte == UInt8(ascii: "'") { state = .beforeValue } else { append(byte) }
            case .double:
                if byte == UInt8(ascii: "\"") {
                    state = .beforeValue
                } else if byte == UInt8(ascii: "\\") {
                    state = .doubleEscape
                } else {
                    append(byte)
                }
            case .doubleEscape:
                state = .double
                if "\"\\`$".utf8.contains(byte) {
                    append(byte)
                } else if byte != UInt8(ascii: "\n") {
                    append(UInt8(ascii: "\\"))
                    append(byte)
                }
            case .comment:
                if byte == UInt8(ascii: "\\") { state = .commentEscape } else if isNewline(byte) { state = .beforeName }
            // Since systemd 254 a backslash does not continue a comment.
            case .commentEscape:
                state = isNewline(byte) ? .beforeName : .comment
            }
        }
        switch state {
        case .beforeValue, .value, .valueEscape, .single, .double, .doubleEscape: finish()
        case .beforeName, .name, .comment, .commentEscape: break
        }
        return result
    }

    private static func isNewline(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
}
