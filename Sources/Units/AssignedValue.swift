// The value of one assignment, and how the setters of the table read it.

/// A value on its way into the unit, with what is found wrong with it.
struct AssignedValue {
    /// What it was assigned to; nil before the first assignment.
    private var directive: Directive?
    /// The trimmed text after `=`.
    private(set) var text = ""
    /// Replaces `%`.
    var specifiers: Specifiers
    /// Problems beside the one that is thrown.
    var errors: [InvalidValue] = []
    /// What does not prevent the start.
    var warnings: [InvalidValue] = []
    /// What is understood, and should be written in another way.
    var notes: [InvalidValue] = []

    /// No value yet.
    init(_ specifiers: Specifiers) {
        self.specifiers = specifiers
    }

    /// Takes the next value; the specifiers stay.
    mutating func replace(by text: String, of directive: Directive) {
        self.directive = directive
        self.text = text
        if !errors.isEmpty { errors = [] }
        if !warnings.isEmpty { warnings = [] }
        if !notes.isEmpty { notes = [] }
    }

    var isEmpty: Bool { text.isEmpty }

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
    /// - Parameter noun: what it is, for the message: "a restart policy".
    /// - Returns: the choice; upper and lower case differ, as in systemd.
    /// - Throws: a refusal that lists what is allowed.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ noun: String
    ) throws(InvalidValue) -> Choice where Choice.RawValue == String {
        if let choice = Choice(rawValue: text) { return choice }
        let allowed = Choice.allCases.map(\.rawValue)
        throw InvalidValue(
            "\(Quoting.quoted(text)) is not \(noun); allowed: \(Quoting.list(allowed))",
            suggestion: Suggestion.nearest(to: text, among: allowed))
    }

    /// The user or group of a name or number, or nil for an empty value.
    mutating func account() throws(InvalidValue) -> String? {
        guard let name = try expandedText() else {
            return nil
        }
        return try PropertyReading.account(name, at: 0)
    }

    // MARK: - Lists

    /// The value as its directive's kind has it, which is what `show` prints: what runs cannot be another value.
    /// - Throws: what loses the whole value. What is refused of it otherwise is in `errors`.
    mutating func typed() throws(InvalidValue) -> PropertyValue? {
        try reading { reading, text throws(InvalidValue) in try reading.value(text) }
    }

    private mutating func reading<Value>(
        _ read: (inout PropertyReading, String) throws(InvalidValue) -> Value
    ) throws(InvalidValue) -> Value {
        guard let directive else { preconditionFailure("a value is read after it was assigned") }
        var reading = PropertyReading(directive, specifiers: specifiers)
        defer {
            specifiers = reading.specifiers
            if !reading.problems.isEmpty { errors += reading.problems }
            if !reading.notes.isEmpty { notes += reading.notes }
        }
        return try read(&reading, text)
    }

    /// Adds the words of the value to a list, or empties it when there is no value.
    /// - Parameter list: what the words are added to.
    /// - Throws: what loses the whole value.
    mutating func addWords(to list: inout [String]) throws(InvalidValue) {
        if isEmpty {
            list = []
        } else if case .list(let words)? = try typed() {
            list += words
        }
    }

    /// Adds the assignments of `Environment=`, or empties the list. A quotation mark or an escape that cannot be read
    /// ends the value; the assignments before it count, as in systemd.
    mutating func addEnvironment(to list: inout [EnvironmentVariable]) throws(InvalidValue) {
        if isEmpty {
            list = []
            return
        }
        list += try reading { reading, text throws(InvalidValue) in
            try reading.words(text, checked: EnvironmentVariable.init(parsing:at:))
        }
    }

    mutating func addCommands(to list: inout [ExecCommand]) throws(InvalidValue) {
        if isEmpty {
            list = []
            return
        }
        let parsed = try ExecCommand.parse(text, specifiers: &specifiers)
        warnings += parsed.warnings
        for (command, offset) in zip(parsed.commands, parsed.offsets) {
            if let problem = command.notHonouredPrefix(in: text, at: offset) { throw problem }
        }
        list += parsed.commands
    }

    mutating func addExitStatuses(to set: inout ExitStatusSet) throws(InvalidValue) {
        if isEmpty {
            set = ExitStatusSet()
            return
        }
        if case .exitStatuses(let more)? = try typed() {
            set.statuses.formUnion(more.statuses)
            set.signals.formUnion(more.signals)
        }
    }

    func setLimit(_ limit: ResourceLimit, in unit: inout ServiceUnit) throws(InvalidValue) {
        unit.execution.limits[limit] = try limit.parse(text)
    }

    // MARK: - Paths and streams

    mutating func workingDirectory() throws(InvalidValue) -> WorkingDirectory? {
        if isEmpty { return nil }
        guard case .text(let value)? = try typed() else { return nil }
        // As on the bus, "!" is in front of one that may be missing.
        let mayBeMissing = value.utf8.first == UInt8(ascii: "!")
        let path = mayBeMissing ? String(value.dropFirst()) : value
        return WorkingDirectory(path: path == "~" ? nil : path, missingIsAllowed: mayBeMissing)
    }

    mutating func addEnvironmentFile(to list: inout [EnvironmentFile]) throws(InvalidValue) {
        if isEmpty {
            list = []
            return
        }
        if case .environmentFiles(let files)? = try typed() { list += files }
    }

    /// `StandardInput=`.
    /// - Throws: also for what sockets alone have: without it the service would read nothing, and say nothing of it.
    mutating func standardInput() throws(InvalidValue) -> StandardInput? {
        guard case .text(let stream)? = try typed() else { return nil }
        switch stream {
        case "null": return .null
        case "tty", "tty-fail": return .terminal(force: false)
        case "tty-force": return .terminal(force: true)
        case "data": return .data
        default: break
        }
        if let path = Self.path(after: "file:", in: stream) { return .file(path) }
        throw descriptorStream()
    }

    /// `StandardOutput=` and `StandardError=`.
    /// - Throws: also for what sockets alone have.
    mutating func standardOutput() throws(InvalidValue) -> StandardOutput? {
        guard case .text(let stream)? = try typed() else { return nil }
        if text.utf8.starts(with: "syslog".utf8) {
            warnings.append(
                InvalidValue("\(Quoting.quoted(text)) is obsolete and means the same as \"\(stream)\"; write \(stream)")
            )
        }
        switch stream {
        case "inherit": return .inherit
        case "null": return .null
        case "journal": return .journal
        case "kmsg": return .kmsg
        case "journal+console": return .journalAndConsole
        case "kmsg+console": return .kmsgAndConsole
        case "tty": return .terminal
        default: break
        }
        if let path = Self.path(after: "file:", in: stream) { return .file(path) }
        if let path = Self.path(after: "append:", in: stream) { return .append(path) }
        if let path = Self.path(after: "truncate:", in: stream) { return .truncate(path) }
        throw descriptorStream()
    }

    private static func path(after prefix: String, in stream: String) -> String? {
        guard stream.utf8.starts(with: prefix.utf8) else { return nil }
        return Bytes.text(stream.utf8.dropFirst(prefix.utf8.count))
    }

    private func descriptorStream() -> InvalidValue {
        InvalidValue(
            "\(Quoting.quoted(text)) is not honoured: no sockets or descriptors are passed to a service so far",
            kind: .notHonoured)
    }
}
