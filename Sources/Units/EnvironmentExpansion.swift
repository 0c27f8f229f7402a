// `$NAME` and `${NAME}` in command lines, replaced just before execve (systemd.service(5), "COMMAND LINES").

extension ExecCommand {
    /// More than execve(2) takes in all (6 MiB): a command line that grows beyond is cut there and fails with E2BIG,
    /// instead of filling the memory.
    private static let totalLimit = 8 << 20

    /// An argument vector with its variables replaced.
    public struct Expansion: Equatable, Sendable {
        /// argv for execve(2); beyond 8 MiB it is cut, which execve(2) then refuses with E2BIG.
        public var arguments: [String] = []
        /// Variables that are not set and became empty, sorted. Worth a warning: it is mostly a typo.
        public var unset: [String] = []
        /// What stood after a dollar sign and cannot be a name, sorted; it became empty too.
        public var bad: [String] = []
    }

    /// The argument vector with its variables replaced.
    /// - Parameter environment: what the process will be given; of two of one name the later counts.
    /// - Returns: argv for execve(2), as of `expansion(environment:)`.
    public func expanded(environment: [EnvironmentVariable]) -> [String] {
        expansion(environment: environment).arguments
    }

    /// The argument vector with its variables replaced, and what could not be.
    ///
    /// `$NAME` as a whole word becomes the words of its value, none when it is unset or empty. `${NAME}` within a word
    /// becomes the value itself. `$$` becomes `$`. With the prefix `:` nothing is replaced.
    /// - Parameter environment: what the process will be given; of two of one name the later counts.
    /// - Returns: argv for execve(2), and the names without a value.
    public func expansion(environment: [EnvironmentVariable]) -> Expansion {
        var result = Expansion()
        if noEnvironmentExpansion || !arguments.contains(where: Self.hasDollar) {
            result.arguments = arguments
            return result
        }
        var replacement = VariableReplacement(environment)
        var total = 0
        for argument in arguments {
            let words = Self.words(of: argument, &replacement)
            for word in words { total += word.utf8.count + 1 }
            result.arguments += words
            if total > Self.totalLimit { break }
        }
        result.unset = replacement.unset.sorted()
        result.bad = replacement.bad.sorted()
        return result
    }

    private static func hasDollar(_ text: String) -> Bool { text.utf8.contains(UInt8(ascii: "$")) }

    private static func words(of argument: String, _ replacement: inout VariableReplacement) -> [String] {
        guard hasDollar(argument) else { return [argument] }
        let bytes = Array(argument.utf8)
        let second = bytes.dropFirst().first
        if bytes.first == UInt8(ascii: "$"), second != UInt8(ascii: "{"), second != UInt8(ascii: "$") {
            return replacement.value(of: bytes.dropFirst()).map(split) ?? []
        }
        return [Bytes.text(replacement.replaced(bytes[...]))]
    }

    /// The words of a variable's value: quotes group and vanish, a backslash makes the next byte literal, and nothing
    /// is an error, because the value may come from anywhere.
    private static func split(_ value: String) -> [String] {
        var reader = WordReader(value, [.unquote, .relaxed])
        var result: [String] = []
        do throws(InvalidValue) {
            while let word = try reader.next() { result.append(Bytes.text(word.bytes)) }
        } catch {
            preconditionFailure("words read with .relaxed and without .unescape cannot fail: \(error.message)")
        }
        return result
    }
}
