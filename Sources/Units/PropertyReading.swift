// One assignment of a directive as a value of its kind: what `verify` checks of directives that nothing acts on, and what
// `show` prints of all.

/// Reads the value of one assignment by the kind that the table gives its directive.
struct PropertyReading {
    /// The directive.
    let directive: Directive
    /// Read out of the table once: it is asked for several times a value.
    let kind: Directive.ValueKind
    /// Replaces `%`.
    var specifiers: Specifiers
    /// Words of the value that are refused while the rest of it counts.
    var problems: [InvalidValue] = []
    /// What is worth knowing of a value that counts.
    var notes: [InvalidValue] = []

    init(_ directive: Directive, specifiers: Specifiers) {
        self.directive = directive
        kind = directive.kind
        self.specifiers = specifiers
    }

    /// The value.
    /// - Parameter text: what stands behind `=`, not empty.
    /// - Returns: the value; nil for a kind that is not looked into.
    /// - Throws: why systemd would not take it.
    mutating func value(_ text: String) throws(InvalidValue) -> PropertyValue? {
        noteOldName()
        switch kind {
        // The older spelling of a mode of jobs.
        case .boolean where directive.name == "OnFailureIsolate":
            return .text(try Numbers.boolean(text) ? "isolate" : "replace")
        case .boolean, .toggle: return .boolean(try Numbers.boolean(text))
        case .timeSpan where directive.firstProperty == "TimersMonotonic":
            return .labelled([.init(try TimeSpan(parsing: text).description, directive.name)])
        case .timeSpan: return .span(effective(try TimeSpan(parsing: text)))
        case .nanoseconds: return .nanoseconds(try TimeSpan.nanoseconds(parsing: text))
        case .mode: return .mode(try Numbers.mode(text))
        case .signal: return .signed(Int64(try Signal(parsing: text).number))
        case .unsignedOr where directive.name == "IPTOS": return .signed(try typeOfService(text))
        case .integer, .integerOr, .unsigned, .unsignedOr, .exitStatus: return try number(text)
        case .errorNumber: return .signed(try Self.errorNumber(text))
        case .bytes: return .unsigned(try ByteSize.bytes(parsing: text))
        case .oneOf where directive.name == "SocketProtocol": return .text(try Self.socketProtocol(text))
        case .oneOf, .booleanOr, .toggleOr, .serviceType, .restartPolicy, .notifyAccess, .killMode, .action, .jobMode:
            return .text(try word(text))
        case .syslogFacility: return .signed(Int64(try SyslogNames.facility(text)))
        case .syslogLevel: return .signed(Int64(try SyslogNames.level(text)))
        case .commandLine: return .commands(try commands(text))
        case .environment where directive.name == "LogExtraFields":
            return .bareList(try words(text, checked: Self.journalField))
        case .environment: return .list(try environment(text))
        case .environmentFile: return .environmentFiles([try environmentFile(text)])
        case .exitStatuses: return .exitStatuses(try exitStatuses(text))
        case .documentation: return .list(try words(text, checked: DocumentationURI.check))
        case .units: return .list(try units(text))
        case .deviceAllow: return .list([try deviceAllow(text)])
        case .credential: return .list([try credential(text)])
        case .bindPaths: return .bareList(try bindMounts(text))
        case .mountPoints:
            return .bareList(
                try words(
                    text,
                    reading: { reading, word, at throws(InvalidValue) in
                        try reading.mountPoint(word, at: at)
                    }))
        case .ipAddresses:
            return .list(try words(text, checked: IPPrefixes.networks).flatMap { $0 })
        case .unit where directive.section == .socket && directive.name == "Service":
            return .text(try service(text))
        case .words where directive.name == "SupplementaryGroups":
            return .list(try words(text, checked: Self.account))
        case .words where directive.name == "RestrictFileSystems":
            let names = try filter(text, checked: Self.fileSystem)
            // Here, unlike elsewhere, the sign alone says nothing.
            return .list(names == ["~"] ? [] : names)
        case .unit: return .text(try unit(text))
        case .words where directive.name == "PassEnvironment":
            return .list(
                try words(text) { word, at throws(InvalidValue) in
                    try Self.variable(word, at: at, mayAssign: false)
                })
        case .words where directive.name == "UnsetEnvironment":
            return .list(
                try words(text) { word, at throws(InvalidValue) in
                    try Self.variable(word, at: at, mayAssign: true)
                })
        case .architectures: return .list(try words(text, checked: Self.architecture))
        // Alone it is a word for an empty list; elsewhere it is no family.
        case .addressFamilies where text == "none": return .list([text])
        case .addressFamilies: return .list(try filter(text, checked: Self.addressFamily))
        case .systemCalls: return .list(try systemCalls(text))
        case .namespaces: return .list(try namespaces(text))
        case .delegate: return try delegate(text)
        case .controllers: return .list(try words(text, checked: Self.controller))
        case .searchPath: return .list(try searchPath(text))
        case .words, .someOf: return .list(try words(text, checked: Self.anything))
        case .path where directive.firstProperty == "Listen" || directive.firstProperty == "Paths":
            let path = try path(text)
            return .labelled([.init(directive.name == "ListenFIFO" ? current(path) : path, label)])
        case .path: return .text(try path(text))
        case .paths where directive.section == .unit || directive.name == "Symlinks":
            return .list(try words(text, checked: Self.plainPath))
        // One path, in spite of what lists of them look like.
        case .paths where directive.name.hasPrefix("IP"): return .list([try path(text)])
        case .paths: return .list(try words(text, checked: Self.prefixedPath))
        case .directories: return .list(try directories(text))
        case .capabilities: return .list(try filter(text, checked: Self.capability))
        case .condition: return .conditions([try condition(text)])
        case .socketAddress: return .labelled([try listen(text)])
        case .standardInput, .standardOutput: return .text(try stream(text, isInput: kind == .standardInput))
        case .busName: return .text(try Self.busName(try specifiers.expand(text)))
        case .name where directive.name == "LogNamespace":
            return .text(try Self.logNamespace(try specifiers.expand(text)))
        case .name where directive.name.hasPrefix("Socket"):
            return .text(try Self.account(try specifiers.expand(text), at: 0))
        case .text where directive.name == "TCPCongestion": return .text(text)
        case .name where directive.name == "DelegateSubgroup": return .text(try Self.subgroup(text))
        case .text where directive.name == "StandardInputText":
            return .list([Base64.encode(Array(try Self.lineOfInput(text, &specifiers).utf8))])
        case .text where directive.name.hasSuffix("RebootArgument"):
            return .text(try Self.rebootArgument(try specifiers.expand(text)))
        case .interface: return .text(try Self.boundDevice(text))
        case .interfaces: return .list(try interfaces(text))
        case .descriptorName: return .text(try Self.descriptorName(try specifiers.expand(text)))
        case .text, .name, .securityLabel: return .text(try specifiers.expand(text))
        case .percentage: return try percentage(text)
        case .cpuSet: return .text(try processors(text))
        case .coredumpFilter: return .unsigned(try coredumpFilter(text))
        case .hash: return try hash(text)
        case .calendar:
            return .labelled([.init(try calendarEvent(text).description, directive.name)])
        case .netlinkAddress:
            let address = try SocketAddress.parseNetlink(try specifiers.expand(text))
            return .labelled([.init(address.text { _ in nil }, label)])
        case .messageQueue: return .labelled([.init(try path(text), label)])
        case .memory: return shown(try memoryLimit.parse(text), whenInfinite: "infinity")
        case .tasks: return shown(try ResourceAmount.tasks(parsing: text), whenInfinite: "infinity")
        case .limit:
            // What is no limit leaves the one before it.
            if let limit = ResourceLimit(rawValue: String(directive.name.dropFirst("Limit".count))) {
                _ = try limit.parse(text)
            }
            return .text(text)
        case .base64 where directive.name == "StandardInputData":
            return .list([Base64.encode(try Base64.decode(text))])
        case .base64:
            _ = try Base64.decode(text)
            return .text(text)
        case .mountImages: return try images(text)
        case .openFile: return try Self.openFile(text)
        case .deviceWeight: return try deviceWeight(text)
        case .deviceBandwidth: return try bandwidth(text)
        case .deviceLatency: return try deviceLatency(text)
        case .socketBind: return try Self.socketBind(text)
        case .bpfProgram: return try attachedProgram(text)
        case .nftSet: return try sets(text)
        case .mountOptions: return try mountOptions(text)
        case .imagePolicy, .quota, .other: return .text(text)
        }
    }

    // MARK: - Numbers and words

    private func number(_ text: String) throws(InvalidValue) -> PropertyValue {
        try directive.check(text)
        return Numbers.integer(text).flatMap { Int64(exactly: $0) }.map { .signed($0) } ?? .text(text)
    }

    /// What the directive takes of memory: the least that is protected may be none, the most that is allowed may not.
    private var memoryLimit: MemoryLimit {
        let name = directive.name
        if name.hasSuffix("Min") || name.hasSuffix("Low") { return .protection }
        return name.hasSuffix("SwapMax") ? .ceilingOrNone : .ceiling
    }

    private func shown(_ amount: ResourceAmount, whenInfinite word: String) -> PropertyValue {
        switch amount {
        case .amount(let amount): .unsignedOr(amount, word)
        // The share is the machine's to resolve.
        case .share(let share): .text(share.description)
        case .infinity: .unsignedOr(nil, word)
        }
    }

    private func word(_ text: String) throws(InvalidValue) -> String {
        if [.serviceType, .restartPolicy, .notifyAccess, .killMode].contains(kind) {
            // What systemd knows and the typed units do not run yet.
            let words =
                directive.allowedValues
                + (kind == .serviceType ? ["forking", "oneshot", "dbus", "idle"] : [])
            if words.contains(text) { return text }
            throw InvalidValue(
                "\(Quoting.quoted(text)) is not allowed here; allowed: \(Quoting.list(words))",
                suggestion: Suggestion.nearest(to: text, among: words))
        }
        // The full name of what yes means.
        if directive.name == "PrivateTmp", text == "connected" { return "yes" }
        let boolean = Numbers.booleanOrNothing(text)
        // Older unit files have a boolean here.
        if directive.name == "BindIPv6Only", let boolean { return boolean ? "ipv6-only" : "both" }
        if directive.name == "Timestamping" {
            if let boolean { return boolean ? "ns" : "off" }
            let names = ["usec": "us", "µs": "us", "μs": "us", "nsec": "ns"]
            if let name = names[text] { return name }
        }
        try directive.check(text)
        if let boolean, kind != .oneOf { return boolean ? "yes" : "no" }
        return text
    }

    // MARK: - Lists

    /// The words of a value, split as the directive has it; a word that is refused is a problem and is left out.
    /// - Parameters:
    ///   - text: the words.
    ///   - start: where they stand in the value, in bytes.
    ///   - check: makes an element of a word, its specifiers replaced.
    /// - Returns: the elements.
    /// - Throws: what loses the whole value, for the directives that read all words or none.
    mutating func words<Checked>(
        _ text: String, from start: Int = 0, checked check: (String, Int) throws(InvalidValue) -> Checked
    ) throws(InvalidValue) -> [Checked] {
        let syntax = directive.listSyntax(of: kind)
        let (replaces, isAllOrNothing) = (syntax.expandsSpecifiers, syntax.isAllOrNothing)
        var failure: InvalidValue?
        let result = try words(text, from: start) { reading, word, offset throws(InvalidValue) -> Checked? in
            var expanded = word
            do throws(InvalidValue) {
                if replaces { expanded = try reading.specifiers.expand(word, at: offset) }
            } catch {
                if isAllOrNothing, failure == nil { failure = error }
                throw error
            }
            return try check(expanded, offset)
        }
        if let failure { throw failure }
        return result.compactMap { $0 }
    }

    /// The words of a value as they are written, for those that have parts with specifiers of their own.
    mutating func words<Read>(
        _ text: String, from start: Int = 0,
        reading read: (inout PropertyReading, String, Int) throws(InvalidValue) -> Read
    ) throws(InvalidValue) -> [Read] {
        let syntax = directive.listSyntax(of: kind)
        var reader = WordReader(text, syntax.options)
        var result: [Read] = []
        var refused = 0
        while true {
            let word: WordReader.Word
            do throws(InvalidValue) {
                guard let next = try reader.next() else { return result }
                word = next
            } catch {
                var error = error
                error.offset += start
                if syntax.isAllOrNothing { throw error }
                // What cannot be read ends the value; the words before it count.
                note(error)
                return result
            }
            let offset = start + word.offset
            do throws(InvalidValue) {
                result.append(try read(&self, try String(word: word.bytes, at: offset), offset))
            } catch {
                note(error)
                if syntax.endsAtRefusal { return result }
                refused += 1
                // To find out for each of a million words which name may have been meant takes seconds.
                if refused == Self.refusalLimit {
                    problems.append(
                        InvalidValue("\(refused) words are refused; the rest of the value was not read", offset: offset)
                    )
                    return result
                }
            }
        }
    }

    /// After how many refused words a value is not read further.
    static let refusalLimit = 1000

    /// Remembers what is wrong with a part of the value. A hostile one has 100 000 bad words: the first are told.
    mutating func note(_ problem: InvalidValue) {
        if problems.count < 100 { problems.append(problem) }
    }

    static func anything(_ word: String, at offset: Int) throws(InvalidValue) -> String { word }

    static func unitName(_ word: String, at offset: Int) throws(InvalidValue) -> String {
        guard let name = UnitName(parsing: word), UnitName.suffixes.contains(where: { word.hasSuffix($0) }) else {
            throw InvalidValue(
                "\(Quoting.quoted(word)) is not the name of a unit; expected a name such as network.target",
                offset: offset)
        }
        return name.description
    }

    private static func capability(_ word: String, at offset: Int) throws(InvalidValue) -> String {
        guard Capabilities.anyNumber(of: word) == nil else { return word }
        throw InvalidValue(
            "\(Quoting.quoted(word)) is not a capability; expected a name of capabilities(7) such as CAP_NET_BIND_SERVICE",
            suggestion: Suggestion.nearest(to: word, among: Capabilities.names), offset: offset)
    }

    // MARK: - Structures

    private mutating func commands(_ text: String) throws(InvalidValue) -> [ExecCommand] {
        let parsed = try ExecCommand.parse(text, specifiers: &specifiers)
        problems += parsed.warnings
        return parsed.commands
    }

    private mutating func environment(_ text: String) throws(InvalidValue) -> [String] {
        try words(text) { word, offset throws(InvalidValue) in
            _ = try EnvironmentVariable(parsing: word, at: offset)
            return word
        }
    }

    private mutating func environmentFile(_ text: String) throws(InvalidValue) -> EnvironmentFile {
        let mayBeMissing = text.utf8.first == UInt8(ascii: "-")
        let offset = mayBeMissing ? 1 : 0
        let expanded = try specifiers.expand(mayBeMissing ? String(text.dropFirst()) : text, at: offset)
        return EnvironmentFile(path: try Paths.absolute(expanded, at: offset), missingIsAllowed: mayBeMissing)
    }

    private mutating func exitStatuses(_ text: String) throws(InvalidValue) -> ExitStatusSet {
        var set = ExitStatusSet()
        _ = try words(text) { word, offset throws(InvalidValue) in try set.insert(parsing: word, at: offset) }
        return set
    }

    private mutating func path(_ text: String) throws(InvalidValue) -> String {
        let name = directive.name
        if name == "PIDFile" {
            // A relative one is below /run; whether it is, is seen once specifiers are replaced. systemd gives up on the
            // whole unit where it leads upwards.
            let expanded = try specifiers.expand(text)
            do throws(InvalidValue) {
                let path = try Paths.absolute(
                    expanded.utf8.first == UInt8(ascii: "/") ? expanded : "/run/\(expanded)")
                noteLegacy(path)
                return path
            } catch {
                throw InvalidValue(error.message, refusesUnit: true)
            }
        }
        guard name == "WorkingDirectory" else { return try Paths.absolute(try specifiers.expand(text)) }
        // A user's home, and a prefix that makes it optional.
        let isOptional = text.utf8.first == UInt8(ascii: "-")
        let rest = isOptional ? String(text.dropFirst()) : text
        let prefix = isOptional ? "!" : ""
        if rest == "~" { return prefix + "~" }
        return prefix + (try Paths.absolute(try specifiers.expand(rest), at: isOptional ? 1 : 0))
    }

    private mutating func condition(_ text: String) throws(InvalidValue) -> PropertyValue.NamedCondition {
        let prefix = directive.name.hasPrefix("Assert") ? "Assert" : "Condition"
        guard let kind = Condition.Kind(rawValue: String(directive.name.dropFirst(prefix.count))) else {
            throw InvalidValue("there is no such condition")
        }
        return .init(directive: directive.name, condition: try Condition(parsing: text, kind, specifiers: &specifiers))
    }

    /// What is listened on is called by the rest of the directive's name.
    private var label: String {
        directive.name.hasPrefix("Listen") ? String(directive.name.dropFirst("Listen".count)) : directive.name
    }

    private mutating func listen(_ text: String) throws(InvalidValue) -> PropertyValue.Labelled {
        // Whether there is IPv6, and which interfaces, is the machine's where it is bound; here it is about the text.
        let address = try SocketAddress.parse(
            current(try specifiers.expand(text)), in: SocketAddress.Surroundings(hasIPv6: true) { _ in 1 })
        if label == "SequentialPacket" { try requireLocal(address, text) }
        return .init(address.text { _ in nil }, label)
    }
}
