// The value of one assignment, and how the setters of the table read it.

/// A value on its way into the unit, with what is found wrong with it.
struct AssignedValue {
    /// The trimmed text after `=`.
    let text: String
    /// Replaces `%`.
    var specifiers: Specifiers
    /// Problems beside the one that is thrown.
    var errors: [InvalidValue] = []
    /// What does not prevent the start.
    var warnings: [InvalidValue] = []

    init(_ text: String, specifiers: Specifiers) {
        self.text = text
        self.specifiers = specifiers
    }

    var isEmpty: Bool { text.isEmpty }

    /// The most problems told of one value; a hostile one has 100 000 bad words.
    private static let errorLimit = 100

    private mutating func add(_ error: InvalidValue) throws(InvalidValue) {
        errors.append(error)
        if errors.count >= Self.errorLimit {
            throw InvalidValue("too many problems; the rest of the value was not read", offset: error.offset)
        }
    }

    // MARK: - Single values

    /// The text with its specifiers replaced; nil when it is empty, which resets.
    mutating func expandedText() throws(InvalidValue) -> String? {
        isEmpty ? nil : try specifiers.expand(text)
    }

    func boolean() throws(InvalidValue) -> Bool {
        try Numbers.boolean(text)
    }

    /// A time span as it is written.
    func timeSpan() throws(InvalidValue) -> TimeSpan {
        try TimeSpan(parsing: text)
    }

    /// A timeout: where systemd.service(5) says so, 0 means that there is none.
    func timeout() throws(InvalidValue) -> TimeSpan {
        let span = try timeSpan()
        return span == .zero ? .infinity : span
    }

    func integer(in range: ClosedRange<Int64>) throws(InvalidValue) -> Int32? {
        isEmpty ? nil : Int32(try Numbers.integer(text, in: range))
    }

    func unsigned() throws(InvalidValue) -> UInt32 {
        UInt32(try Numbers.integer(text, in: 0...Int64(UInt32.max)))
    }

    func signal() throws(InvalidValue) -> Signal {
        try Signal(parsing: text)
    }

    /// One of the words of an enumeration.
    /// - Parameters:
    ///   - noun: what it is, for the message: "a restart policy".
    ///   - known: words of systemd that are understood and not run.
    /// - Returns: the choice; upper and lower case differ, as in systemd.
    /// - Throws: a refusal that lists what is allowed, of kind `.notHonoured` for a known word.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ noun: String, notHonoured known: [String] = []
    ) throws(InvalidValue) -> Choice where Choice.RawValue == String {
        if let choice = Choice(rawValue: text) { return choice }
        let allowed = Choice.allCases.map(\.rawValue)
        if known.contains(text) {
            throw InvalidValue(
                "\(Quoting.quoted(text)) is not honoured yet; allowed: \(Quoting.list(allowed))", kind: .notHonoured)
        }
        throw InvalidValue(
            "\(Quoting.quoted(text)) is not \(noun); allowed: \(Quoting.list(allowed))",
            suggestion: Suggestion.nearest(to: text, among: allowed))
    }

    /// The user or group of a name or number, or nil for an empty value.
    mutating func account() throws(InvalidValue) -> String? {
        guard let name = try expandedText() else {
            return nil
        }
        try Self.checkAccount(name, at: 0)
        return name
    }

    /// A user's or group's name as systemd takes it: nearly anything that cannot break a passwd file, or an id.
    private static func checkAccount(_ name: String, at offset: Int) throws(InvalidValue) {
        let bytes = Array(name.utf8)
        let isNumber = !bytes.isEmpty && bytes.allSatisfy(Bytes.isDigit)
        let isId: Bool =
            if isNumber, let id = Numbers.unsigned(digits: bytes, radix: 10) {
                // 65535 and 4294967295 are (uid_t) -1 of 16 and 32 bits: "nobody in particular".
                id != 65535 && id < 4_294_967_295 && (bytes.count == 1 || bytes.first != UInt8(ascii: "0"))
            } else {
                false
            }
        let isName =
            !isNumber && !bytes.isEmpty && name != "." && name != ".."
            && !(bytes.first == UInt8(ascii: "-") && bytes.dropFirst().allSatisfy(Bytes.isDigit) && bytes.count > 1)
            && !bytes.contains { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "/") || $0 < 0x20 || $0 == 0x7f }
        guard isId || isName else {
            throw InvalidValue(
                "\(Quoting.quoted(name)) is neither a name of a user or group nor a numeric id", offset: offset)
        }
    }

    // MARK: - Lists

    /// Adds the words of the value to a list, or empties it when there is no value.
    /// - Parameters:
    ///   - list: what the words are added to.
    ///   - element: reads one word, specifiers replaced; every word it refuses is told, the others are added.
    /// - Throws: a quotation or an escape that cannot be read, at which no word is added; or too many refused words.
    mutating func addWords<Element>(
        to list: inout [Element], _ element: (String, Int) throws(InvalidValue) -> Element
    ) throws(InvalidValue) {
        if isEmpty {
            list = []
            return
        }
        for (word, offset) in try words(of: text) {
            do throws(InvalidValue) {
                list.append(try element(try specifiers.expand(word, at: offset), offset))
            } catch {
                try add(error)
            }
        }
    }

    mutating func addAccounts(to list: inout [String]) throws(InvalidValue) {
        if isEmpty {
            list = []
            return
        }
        // Not quoted: in systemd too a quotation mark is part of the name here.
        var offset = 0
        for part in text.utf8.split(omittingEmptySubsequences: false, whereSeparator: Bytes.isWhitespace) {
            defer { offset += part.count + 1 }
            if part.isEmpty { continue }
            do throws(InvalidValue) {
                let name = try specifiers.expand(Bytes.text(part), at: offset)
                try Self.checkAccount(name, at: offset)
                list.append(name)
            } catch {
                try add(error)
            }
        }
    }

    mutating func addCommands(to list: inout [ExecCommand]) throws(InvalidValue) {
        if isEmpty {
            list = []
            return
        }
        let parsed = try ExecCommand.parse(text, specifiers: &specifiers)
        warnings += parsed.warnings
        list += parsed.commands
    }

    mutating func addExitStatuses(to set: inout ExitStatusSet) throws(InvalidValue) {
        if isEmpty {
            set = ExitStatusSet()
            return
        }
        for (word, offset) in try words(of: text) {
            do throws(InvalidValue) {
                try set.insert(parsing: word, at: offset)
            } catch {
                try add(error)
            }
        }
    }

    func setLimit(_ limit: ResourceLimit, in unit: inout ServiceUnit) throws(InvalidValue) {
        unit.execution.limits[limit] = try limit.parse(text)
    }

    // MARK: - Paths and streams

    mutating func workingDirectory() throws(InvalidValue) -> WorkingDirectory? {
        if isEmpty { return nil }
        let mayBeMissing = text.utf8.first == UInt8(ascii: "-")
        let rest = mayBeMissing ? String(text.dropFirst()) : text
        if rest == "~" { return WorkingDirectory(path: nil, missingIsAllowed: mayBeMissing) }
        let offset = mayBeMissing ? 1 : 0
        let path = try Paths.absolute(try specifiers.expand(rest, at: offset), at: offset)
        return WorkingDirectory(path: path, missingIsAllowed: mayBeMissing)
    }

    mutating func addEnvironmentFile(to list: inout [EnvironmentFile]) throws(InvalidValue) {
        if isEmpty {
            list = []
            return
        }
        let mayBeMissing = text.utf8.first == UInt8(ascii: "-")
        let offset = mayBeMissing ? 1 : 0
        let expanded = try specifiers.expand(mayBeMissing ? String(text.dropFirst()) : text, at: offset)
        list.append(EnvironmentFile(path: try Paths.absolute(expanded, at: offset), missingIsAllowed: mayBeMissing))
    }

    /// `StandardInput=`; nil, with a warning, for a form that is not honoured yet.
    mutating func standardInput() throws(InvalidValue) -> StandardInput? {
        if text == "null" { return .null }
        if let path = try path(after: "file:") { return .file(path) }
        if try isForeignStream(["tty", "tty-force", "tty-fail", "data", "socket", "fd"]) { return nil }
        throw InvalidValue(
            "\(Quoting.quoted(text)) is not a source of standard input; allowed: null, file:/path",
            suggestion: Suggestion.nearest(to: text, among: ["null", "file:"]))
    }

    /// `StandardOutput=` and `StandardError=`; nil, with a warning, for a form that is not honoured yet.
    mutating func standardOutput() throws(InvalidValue) -> StandardOutput? {
        switch text {
        case "inherit": return .inherit
        case "null": return .null
        case "journal": return .journal
        case "syslog":
            warnings.append(InvalidValue("\"syslog\" is obsolete and means the same as \"journal\"; write journal"))
            return .journal
        default: break
        }
        if let path = try path(after: "file:") { return .file(path) }
        if let path = try path(after: "append:") { return .append(path) }
        if let path = try path(after: "truncate:") { return .truncate(path) }
        if try isForeignStream([
            "tty", "kmsg", "socket", "fd", "journal+console", "kmsg+console", "syslog+console",
        ]) {
            return nil
        }
        let allowed = ["inherit", "null", "journal", "file:/path", "append:/path", "truncate:/path"]
        throw InvalidValue(
            "\(Quoting.quoted(text)) is not a target of output; allowed: \(Quoting.list(allowed))",
            suggestion: Suggestion.nearest(to: text, among: allowed))
    }

    private mutating func path(after prefix: String) throws(InvalidValue) -> String? {
        guard text.utf8.starts(with: prefix.utf8) else { return nil }
        let rest = Bytes.text(text.utf8.dropFirst(prefix.utf8.count))
        return try Paths.absolute(try specifiers.expand(rest, at: prefix.utf8.count), at: prefix.utf8.count)
    }

    private mutating func isForeignStream(_ names: [String]) throws(InvalidValue) -> Bool {
        guard names.contains(text) || text.utf8.starts(with: "fd:".utf8) else { return false }
        warnings.append(
            InvalidValue(
                "not honoured: \(Quoting.quoted(text)) is not available yet; the default is used", kind: .notHonoured))
        return true
    }
}
