// The content of an EnvironmentFile=: assignments line by line, with a shell's quoting and nothing else of a shell
// (systemd.exec(5), "EnvironmentFile=").

extension EnvironmentFile {
    private enum State {
        case beforeName, name, beforeValue, value, valueEscape, single, double, doubleEscape, comment, commentEscape
    }

    /// The variables of a file's text, in order; lines that are no assignment, and names that are none, are skipped.
    /// - Parameter text: the file's content.
    /// - Returns: the assignments; a name that is assigned twice is there twice.
    public static func variables(in text: String) -> [EnvironmentVariable] {
        var variables: [EnvironmentVariable] = []
        var state = State.beforeName
        var name: [UInt8] = []
        var value: [UInt8] = []
        // White space after the last quoted or visible byte of a value does not belong to it.
        var kept = 0

        func finish() {
            while let last = name.last, isBlank(last) { name.removeLast() }
            let text = String(decoding: name, as: UTF8.self)
            if EnvironmentVariable.isValidName(text) {
                variables.append(
                    EnvironmentVariable(name: text, value: String(decoding: value.prefix(kept), as: UTF8.self)))
            }
            name.removeAll(keepingCapacity: true)
            value.removeAll(keepingCapacity: true)
            kept = 0
        }
        func append(_ byte: UInt8) {
            value.append(byte)
            kept = value.count
        }

        for byte in text.utf8 {
            switch state {
            case .beforeName:
                if byte == UInt8(ascii: "#") || byte == UInt8(ascii: ";") {
                    state = .comment
                } else if !isBlank(byte) && !isNewline(byte) {
                    state = .name
                    name.append(byte)
                }
            case .name:
                if isNewline(byte) {
                    name.removeAll(keepingCapacity: true)
                    state = .beforeName
                } else if byte == UInt8(ascii: "=") {
                    state = .beforeValue
                } else {
                    name.append(byte)
                }
            case .beforeValue, .value:
                if isNewline(byte) {
                    finish()
                    state = .beforeName
                } else if byte == UInt8(ascii: "'") && (state == .beforeValue || value.count == kept) {
                    state = .single
                } else if byte == UInt8(ascii: "\"") && (state == .beforeValue || value.count == kept) {
                    state = .double
                } else if byte == UInt8(ascii: "\\") {
                    state = .valueEscape
                } else if isBlank(byte) {
                    if state == .value { value.append(byte) }
                } else {
                    state = .value
                    append(byte)
                }
            case .valueEscape:
                state = .value
                if !isNewline(byte) { append(byte) }
            case .single:
                if byte == UInt8(ascii: "'") { state = .value } else { append(byte) }
                kept = value.count
            case .double:
                if byte == UInt8(ascii: "\"") {
                    state = .value
                } else if byte == UInt8(ascii: "\\") {
                    state = .doubleEscape
                } else {
                    append(byte)
                }
            case .doubleEscape:
                state = .double
                if [UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "`"), UInt8(ascii: "$")].contains(byte) {
                    append(byte)
                } else if !isNewline(byte) {
                    append(UInt8(ascii: "\\"))
                    append(byte)
                }
            case .comment:
                if byte == UInt8(ascii: "\\") { state = .commentEscape } else if isNewline(byte) { state = .beforeName }
            case .commentEscape:
                state = .comment
            }
        }
        switch state {
        case .beforeValue, .value, .valueEscape, .single, .double, .doubleEscape: finish()
        case .beforeName, .name, .comment, .commentEscape: break
        }
        return variables
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    private static func isNewline(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
}
