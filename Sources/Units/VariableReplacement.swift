// `$NAME` and `${NAME}` in a text replaced by their values.

/// Replaces the variables of texts, and remembers those that could not be.
struct VariableReplacement {
    /// What is replaced beside `${NAME}` and `$$`.
    struct Options: OptionSet, Sendable {
        let rawValue: UInt8

        /// `$NAME`, up to the first byte that no name has.
        static let withoutBraces = Options(rawValue: 1)
        /// `${NAME:-TEXT}`, the text when the variable is unset, and `${NAME:+TEXT}`, the text when it is set. Variables
        /// in the text are replaced too. Command lines do not have these (systemd.service(5)).
        static let alternatives = Options(rawValue: 2)
    }

    /// More than execve(2) takes in one string (MAX_ARG_STRLEN, 128 KiB): a text that grows beyond is cut there and
    /// fails with E2BIG, instead of filling the memory.
    static let lengthLimit = 1 << 20
    /// How deep alternatives may stand in alternatives; deeper ones stay as they are.
    private static let depthLimit = 32

    private let values: [String: String]
    private let options: Options
    /// Names of variables that are not set, each once.
    private(set) var unset: Set<String> = []
    /// What stood for a name and cannot be one.
    private(set) var bad: Set<String> = []

    /// - Parameters:
    ///   - environment: the variables; of two of one name the later counts.
    ///   - options: what is replaced.
    init(_ environment: [EnvironmentVariable], _ options: Options = []) {
        // By name once: a line of 500 000 variables must not search 100 000 of them each time.
        var values: [String: String] = [:]
        for variable in environment { values[variable.name] = variable.value }
        self.values = values
        self.options = options
    }

    /// The value of a variable; nil, and remembered, when there is none.
    mutating func value(of name: some Collection<UInt8>) -> String? {
        let text = Bytes.text(name)
        guard EnvironmentVariable.isValidName(text) else {
            bad.insert(text)
            return nil
        }
        if let value = values[text] { return value }
        unset.insert(text)
        return nil
    }

    /// A text with its variables replaced; one without a value vanishes. What is no variable stays as it is, an
    /// unclosed `${` with all that follows too.
    mutating func replaced(_ text: ArraySlice<UInt8>, depth: Int = 0) -> [UInt8] {
        var result: [UInt8] = []
        // What was read and not yet copied begins here.
        var pending = text.startIndex
        var index = text.startIndex
        while index < text.endIndex, result.count <= Self.lengthLimit {
            guard text[index] == UInt8(ascii: "$"), index + 1 < text.endIndex else {
                index += 1
                continue
            }
            let next = text[index + 1]
            if next == UInt8(ascii: "$") {
                result += text[pending...index]
                index += 2
                pending = index
            } else if next == UInt8(ascii: "{") {
                let end = braced(text[(index + 2)...], depth)
                if let value = end.value {
                    result += text[pending..<index]
                    result += value
                    pending = end.index
                }
                index = end.index
            } else if options.contains(.withoutBraces), Self.isNameByte(next) {
                let name = text[(index + 1)...].prefix(while: Self.isNameByte)
                result += text[pending..<index]
                if let value = value(of: name) { result += Array(value.utf8) }
                index = name.endIndex
                pending = index
            } else {
                index += 2
            }
        }
        result += text[pending...]
        return result
    }

    /// What `${` begins.
    /// - Parameters:
    ///   - text: all that follows it.
    ///   - depth: in how many alternatives it stands.
    /// - Returns: what to put in its place, nil for nothing that is known, and where to read on.
    private mutating func braced(_ text: ArraySlice<UInt8>, _ depth: Int) -> (value: [UInt8]?, index: Int) {
        guard let end = text.firstIndex(where: { $0 == UInt8(ascii: "}") || $0 == UInt8(ascii: ":") }) else {
            return (nil, text.endIndex)
        }
        let name = text[..<end]
        if text[end] == UInt8(ascii: "}") { return (value(of: name).map { Array($0.utf8) } ?? [], end + 1) }
        guard options.contains(.alternatives) else { return (nil, end + 1) }
        guard let sign = text[(end + 1)...].first else { return (nil, text.endIndex) }
        guard sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") else { return (nil, end + 2) }

        let alternative = text[(end + 2)...]
        var open = 1
        let close = alternative.firstIndex { byte in
            if byte == UInt8(ascii: "{") { open += 1 }
            if byte == UInt8(ascii: "}") { open -= 1 }
            return open == 0
        }
        guard let close, depth < Self.depthLimit else { return (nil, text.endIndex) }
        let value = value(of: name).map { Array($0.utf8) }
        let usesAlternative = sign == UInt8(ascii: "-") ? value == nil : value != nil
        return (usesAlternative ? replaced(alternative[..<close], depth: depth + 1) : value ?? [], close + 1)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        Bytes.isAlphanumeric(byte) || byte == UInt8(ascii: "_")
    }
}
