// `$NAME` and `${NAME}` in command lines, replaced just before execve (systemd.service(5), "COMMAND LINES").

extension ExecCommand {
    /// More than execve(2) takes in one string (MAX_ARG_STRLEN, 128 KiB) and in all (6 MiB): a command line that grows
    /// beyond is cut there and fails with E2BIG, instead of filling the memory.
    private static let wordLimit = 1 << 20
    private static let totalLimit = 8 << 20

    /// The argument vector with its variables replaced.
    ///
    /// `$NAME` as a whole word becomes the words of its value, none when it is unset or empty. `${NAME}` within a word
    /// becomes the value itself. `$$` becomes `$`. With the prefix `:` nothing is replaced.
    /// - Parameter environment: what the process will be given; of two of one name the later counts.
    /// - Returns: argv for execve(2); beyond 8 MiB it is cut, which execve(2) then refuses with E2BIG.
    public func expanded(environment: [EnvironmentVariable]) -> [String] {
        if noEnvironmentExpansion { return arguments }
        var result: [String] = []
        var total = 0
        for argument in arguments {
            let words = Self.words(of: argument, environment)
            for word in words { total += word.utf8.count + 1 }
            result += words
            if total > Self.totalLimit { break }
        }
        return result
    }

    private static func words(of argument: String, _ environment: [EnvironmentVariable]) -> [String] {
        let bytes = Array(argument.utf8)
        guard bytes.contains(UInt8(ascii: "$")) else { return [argument] }
        let second = bytes.dropFirst().first
        if bytes.first == UInt8(ascii: "$"), second != UInt8(ascii: "{"), second != UInt8(ascii: "$") {
            return value(of: Bytes.text(bytes.dropFirst()), environment).map(split) ?? []
        }
        return [replaced(bytes, environment)]
    }

    private static func value(of name: String, _ environment: [EnvironmentVariable]) -> String? {
        environment.last { $0.name == name }?.value
    }

    /// The words of a variable's value: quotes group and vanish, a backslash makes the next byte literal, and nothing
    /// is an error, because the value may come from anywhere.
    private static func split(_ value: String) -> [String] {
        var reader = WordReader(value, escapes: .nextByte, toleratesOpenQuotes: true)
        var result: [String] = []
        do throws(InvalidValue) {
            while let word = try reader.next() { result.append(Bytes.text(word.bytes)) }
        } catch {
            preconditionFailure("words with .nextByte and open quotes tolerated cannot fail: \(error.message)")
        }
        return result
    }

    /// `${NAME}` and `$$` replaced. What is neither stays as it is, an unclosed `${` too.
    private static func replaced(_ bytes: [UInt8], _ environment: [EnvironmentVariable]) -> String {
        var result: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.popFirst(), result.count <= wordLimit {
            guard byte == UInt8(ascii: "$") else {
                result.append(byte)
                continue
            }
            if rest.first == UInt8(ascii: "$") {
                rest.removeFirst()
                result.append(byte)
            } else if rest.first == UInt8(ascii: "{"), let name = braced(rest.dropFirst()) {
                rest = rest.dropFirst(name.count + 2)
                result += Array((value(of: Bytes.text(name), environment) ?? "").utf8)
            } else {
                result.append(byte)
            }
        }
        return Bytes.text(result)
    }

    /// The name up to `}`; nil when there is none, or for `${NAME:-default}`, which command lines do not have.
    private static func braced(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let end = text.firstIndex(where: { $0 == UInt8(ascii: "}") || $0 == UInt8(ascii: ":") }) else {
            return nil
        }
        return text[end] == UInt8(ascii: "}") ? text[..<end] : nil
    }
}

extension EnvironmentVariable {
    /// Whether a name is one that systemd takes: letters, digits and underscores, not beginning with a digit.
    static func isValidName(_ name: some StringProtocol) -> Bool {
        guard let first = name.utf8.first, !Bytes.isDigit(first) else { return false }
        return name.utf8.allSatisfy { Bytes.isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
    }

    /// Reads one `NAME=VALUE`.
    /// - Parameters:
    ///   - text: the word, quotes and specifiers already undone.
    ///   - offset: where it stands in the value.
    /// - Throws: a refusal when there is no `=`, when the name is none, or for control characters in the value.
    init(parsing text: String, at offset: Int = 0) throws(InvalidValue) {
        // By bytes: as characters, "=" and a combining mark after it would be something else.
        guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) else {
            throw InvalidValue(
                "\(Quoting.quoted(text)) is not an assignment; expected NAME=VALUE, in quotation marks when it contains spaces",
                offset: offset)
        }
        let name = String(text[..<equals])
        guard Self.isValidName(name) else {
            throw InvalidValue(
                "\(Quoting.quoted(name)) is not a variable's name; expected letters, digits and _, not beginning with a digit",
                offset: offset)
        }
        let value = String(text[text.utf8.index(after: equals)...])
        // As systemd: tab and newline are allowed in values, other control characters are not.
        guard !value.utf8.contains(where: { ($0 < 0x20 && $0 != 0x09 && $0 != 0x0a) || $0 == 0x7f }) else {
            throw InvalidValue(
                "the value of \(name) contains control characters; only tab and newline are allowed", offset: offset)
        }
        self.init(name: name, value: value)
    }
}
