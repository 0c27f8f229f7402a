// Assignments of variables: Environment= and the environment block (systemd.exec(5), "Environment=").

extension EnvironmentVariable {
    /// Whether a name is one that systemd takes: letters, digits and underscores, not beginning with a digit.
    static func isValidName(_ name: some StringProtocol) -> Bool {
        guard let first = name.utf8.first, !Bytes.isDigit(first) else { return false }
        return name.utf8.allSatisfy { Bytes.isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
    }

    /// Whether bytes can be a value: text without NUL. Control characters are allowed; who shows a value escapes them.
    static func isValidValue(_ value: [UInt8]) -> Bool { Bytes.isText(value) }

    /// Reads one `NAME=VALUE`.
    /// - Parameters:
    ///   - text: the word, quotes and specifiers already undone.
    ///   - offset: where it stands in the value.
    /// - Throws: a refusal when there is no `=`, when the name is none, or of a value that is no text.
    init(parsing text: String, at offset: Int = 0) throws(InvalidValue) {
        // By bytes: as characters, "=" and a combining mark after it would be something else.
        guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) else {
            throw InvalidValue(
                "\(Quoting.quoted(text)) is not an assignment; expected NAME=VALUE, in quotation marks when it contains spaces",
                offset: offset)
        }
        let name = Bytes.text(text.utf8[..<equals])
        guard Self.isValidName(name) else {
            throw InvalidValue(
                "\(Quoting.quoted(name)) is not a variable's name; expected letters, digits and _, not beginning with a digit",
                offset: offset)
        }
        let value = String(text[text.utf8.index(after: equals)...])
        guard Bytes.isText(value) else {
            throw InvalidValue(
                "the value of \(name) contains NUL or a character that Unicode does not assign for exchange; "
                    + "expected text", offset: offset)
        }
        self.init(name: name, value: value)
    }

    /// Variables as `Environment=` collects them: of two of one name the place of the first and the value of the last.
    /// - Parameter variables: in the order of assignment.
    /// - Returns: each name once.
    static func merged(_ variables: [EnvironmentVariable]) -> [EnvironmentVariable] {
        var places: [String: Int] = [:]
        var result: [EnvironmentVariable] = []
        for variable in variables {
            if let place = places[variable.name] {
                result[place].value = variable.value
            } else {
                places[variable.name] = result.count
                result.append(variable)
            }
        }
        return result
    }

    /// An environment block as a process may be given it: what is no assignment left out, and of two of one name the
    /// last, in its place.
    /// - Parameter assignments: `NAME=VALUE` texts, also such as are none.
    /// - Returns: each name once.
    static func cleaned(_ assignments: [String]) -> [EnvironmentVariable] {
        var seen: Set<String> = []
        var result: [EnvironmentVariable] = []
        for assignment in assignments.reversed() {
            do throws(InvalidValue) {
                let variable = try EnvironmentVariable(parsing: assignment)
                if seen.insert(variable.name).inserted { result.append(variable) }
            } catch {
                // No assignment: what an execve(2) of somebody else passed on to us need not be one.
                continue
            }
        }
        return result.reversed()
    }
}
