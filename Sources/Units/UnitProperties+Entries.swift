// The properties of a unit in full: each directive of the table under its D-Bus names, defaults included, and what follows
// from several directives together (systemd.service(5), systemd.exec(5)).

extension UnitProperties {
    /// Every property of the unit's type, sorted by name. Those whose default the machine decides (resource limits,
    /// `TasksMax=`) are there only when the unit sets them.
    public var entries: [Entry] {
        var result: [String: Entry] = [:]
        for section in type.sections where section != .install && section != .daimon {
            for directive in Directives.all(in: section) where !directive.isDeprecated {
                for entry in entries(of: directive) where result[entry.name] == nil || !entry.isDefault {
                    result[entry.name] = entry
                }
            }
        }
        for entry in derived { result[entry.name] = entry }
        return result.values.sorted { $0.name < $1.name }
    }

    /// The same with every property that the unit's type has: those that are not set and have no value of their own are
    /// empty, and those whose default the machine decides are not set. The same names for every unit of a type.
    /// - Parameter others: properties that are not in the table.
    /// - Returns: the properties, sorted by name.
    public func completeEntries(with others: [Entry]) -> [Entry] {
        var result: [String: Entry] = [:]
        for section in type.sections where section != .install && section != .daimon {
            for directive in Directives.all(in: section) where !directive.isDeprecated {
                for property in directive.properties where result[property.name] == nil {
                    result[property.name] = Entry(property, value: Self.empty(property.signature), isDefault: true)
                }
            }
        }
        for entry in entries + others { result[entry.name] = entry }
        return result.values.sorted { $0.name < $1.name }
    }

    private static func empty(_ signature: String) -> PropertyValue {
        switch signature {
        case "s": .text("")
        case "b": .boolean(false)
        case _ where signature.utf8.first == UInt8(ascii: "a"): .list([])
        // A number that nothing decides, or a structure without content.
        default: .unset
        }
    }

    // MARK: - One directive

    /// The properties that one directive has of itself.
    func entries(of directive: Directive) -> [Entry] {
        let properties = directive.properties
        guard let first = properties.first else { return [] }
        let isDefault = !isAssigned(directive.name, in: directive.section)
        if let entries = combined(directive) { return entries }
        if let pairs = shared[first.name] {
            // systemd keeps the last timer first, the last path, and the last condition.
            switch first.name {
            case "TimersCalendar", "TimersMonotonic":
                return [Entry(first, value: .timers(pairs.reversed()), isDefault: false)]
            case "Paths": return [Entry(first, value: .labelled(pairs.reversed()), isDefault: false)]
            default: return [Entry(first, value: .labelled(pairs), isDefault: false)]
            }
        }
        if let list = conditions[first.name] {
            return [Entry(first, value: .conditions(list.reversed()), isDefault: false)]
        }
        if ["Listen", "Paths", "TimersCalendar", "TimersMonotonic", "Conditions", "Asserts"].contains(first.name) {
            return []
        }
        guard let value = merged(directive) ?? defaultValue(of: directive) else { return [] }
        switch directive.kind {
        case .limit:
            guard let texts = texts[Key(section: directive.section, name: directive.name)], let text = texts.last,
                let limit = ResourceLimit(rawValue: String(directive.name.dropFirst("Limit".count)))
            else { return [] }
            do throws(InvalidValue) {
                let pair = try limit.parse(text)
                return zip(properties, [pair.hard, pair.soft]).map { property, number in
                    Entry(property, value: .unsignedOr(number == .max ? nil : number, "infinity"), isDefault: false)
                }
            } catch { return [] }
        case .commandLine: return commands(value, properties, isDefault)
        // Where nothing is mounted there is nothing to show.
        case .mountPoints where value.isEmpty: return []
        case .deviceAllow, .credential: return texts(value, first, directive, isDefault)
        case .directories: return directories(value, properties, isDefault)
        case .toggleOr where properties.count == 2: return toggles(value, properties, isDefault)
        default: return [Entry(first, value: shown(value, as: first, of: directive), isDefault: isDefault)]
        }
    }

    private func defaultValue(of directive: Directive) -> PropertyValue? {
        guard let text = directive.defaultValue else {
            switch directive.properties.first?.signature {
            case "t" where directive.kind == .unsigned || directive.kind == .unsignedOr || directive.kind == .timeSpan:
                return .unsignedOr(nil, "[not set]")
            case "t" where directive.kind == .percentage: return .span(.infinity)
            case "u" where directive.kind == .percentage: return .unsigned(0)
            case "i" where directive.kind == .syslogLevel: return .signed(-1)
            case "b": return .boolean(false)
            case "as": return .list([])
            case "s": return .text("")
            default: return nil
            }
        }
        if let number = Int64(text), directive.properties.first?.signature == "i" { return .signed(number) }
        var reading = PropertyReading(directive, specifiers: Specifiers(name: name))
        do throws(InvalidValue) { return try reading.value(text) } catch { return nil }
    }

    private func directories(_ value: PropertyValue, _ properties: [Directive.Property], _ isDefault: Bool) -> [Entry] {
        guard case .list(let words) = value else { return [] }
        var pairs: [(path: String, link: String)] = []
        // Each folder to its pair without a link, which is nil once it has one.
        var places: [String: Int?] = [:]
        for word in words {
            let path = Bytes.text(word.utf8.prefix { $0 != PropertyReading.linkMark })
            let plain = path.utf8.split(separator: UInt8(ascii: "/")).map { Bytes.text($0) }.joined(separator: "/")
            let link = Bytes.text(word.utf8.dropFirst(path.utf8.count + 1).prefix { $0 != PropertyReading.linkMark })
            // A folder that is named again counts once; each of its links stays.
            switch places[plain] {
            case .some(let place?):
                pairs[place].link = link
                if !link.isEmpty { places[plain] = .some(nil) }
            case .some(nil):
                if !link.isEmpty { pairs.append((plain, link)) }
            case nil:
                places[plain] = .some(link.isEmpty ? pairs.count : nil)
                pairs.append((plain, link))
            }
        }
        // Folder by folder: "a/b" comes before "a b".
        // (A byte that is in no path stands for the slash, and sorts before all others.)
        func key(_ path: String) -> [UInt8] { path.utf8.map { $0 == UInt8(ascii: "/") ? 0 : $0 } }
        pairs = pairs.map { (key: key($0.path), pair: $0) }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.pair)
        var result = [Entry(properties[0], value: .list(Self.unique(pairs.map(\.path))), isDefault: isDefault)]
        if properties.count > 1 {
            let links = pairs.map { "\($0.path):\($0.link)" }
            result.append(Entry(properties[1], value: .texts(links), isDefault: isDefault))
        }
        return result
    }

    private func commands(_ value: PropertyValue, _ properties: [Directive.Property], _ isDefault: Bool) -> [Entry] {
        guard case .commands(let commands) = value else { return [] }
        return properties.enumerated().map { index, property in
            Entry(property, value: index == 0 ? value : .commandsWithFlags(commands), isDefault: isDefault)
        }
    }

    /// Lists of structures, each on a line of its own.
    private func texts(
        _ value: PropertyValue, _ property: Directive.Property, _ directive: Directive, _ isDefault: Bool
    ) -> [Entry] {
        guard case .list(let texts) = value, !texts.isEmpty else { return [] }
        // systemd keeps the last device first.
        let shown = directive.kind == .deviceAllow ? texts.reversed() : texts
        return [Entry(property, value: .texts(shown), isDefault: isDefault)]
    }

    /// A property that was a boolean before it got more values, with the newer one that has them all.
    private func toggles(_ value: PropertyValue, _ properties: [Directive.Property], _ isDefault: Bool) -> [Entry] {
        guard case .text(let word) = value else { return [] }
        let whenOn = ["PrivateTmpEx": "connected", "PrivateUsersEx": "self", "ProtectControlGroupsEx": "yes"]
        let full = word == "yes" ? whenOn[properties[1].name] ?? word : word
        return [
            Entry(properties[0], value: .boolean(word != "no"), isDefault: isDefault),
            Entry(properties[1], value: .text(full), isDefault: isDefault),
        ]
    }

    // MARK: - From the value of a directive to that of a property

    private func shown(_ value: PropertyValue, as property: Directive.Property, of directive: Directive)
        -> PropertyValue
    {
        switch (directive.kind, value) {
        case (.integerOr, .signed(0)) where property.name == "IOSchedulingClass": return .signed(2)
        case (.oneOf, .text(let word)), (.integerOr, .text(let word)):
            if property.name == "IPTOS" { return Self.typesOfService[word].map { .signed($0) } ?? value }
            guard property.signature == "i", let numbers = Self.numbers[property.name] else { return value }
            // Without a class of their own, processes get the one that follows from Nice=.
            if property.name == "IOSchedulingClass", word == "none" { return .signed(2) }
            return numbers.firstIndex(of: word).map { .signed(Int64($0)) } ?? value
        case (.capabilities, .list): return capabilities(directive.name)
        case (.environment, .list(let words)) where directive.name == "Environment":
            return .list(Self.lastOfEachName(words))
        case (.namespaces, .list): return .text("no")
        case (.coredumpFilter, .unsigned(let bits)): return .text("0x" + String(bits, radix: 16))
        case (.boolean, .boolean(let isOn)) where property.signature == "s": return .text(isOn ? "yes" : "no")
        case (.percentage, .text(let text)) where property.unit == .microseconds:
            // CPUQuota=: per second of time.
            do throws(InvalidValue) {
                return .span(try ResourceAmount.processorTimePerSecond(parsing: text))
            } catch { return value }
        default: return value
        }
    }

    /// Assignments of which the later of one name counts, where the first of that name stands.
    private static func lastOfEachName(_ words: [String]) -> [String] {
        var result: [String] = []
        var places: [String: Int] = [:]
        for word in words {
            let name = Bytes.text(word.utf8.prefix { $0 != UInt8(ascii: "=") })
            if let place = places[name] {
                result[place] = word
            } else {
                places[name] = result.count
                result.append(word)
            }
        }
        return result
    }

    /// `IPTOS=` by name (ip(7)).
    private static let typesOfService: [String: Int64] = [
        "low-delay": 16, "throughput": 8, "reliability": 4, "low-cost": 2,
    ]

    /// Words that are numbers on the bus, by the number.
    private static let numbers: [String: [String]] = [
        "IOSchedulingClass": ["none", "realtime", "best-effort", "idle"],
        // sched(7); 4 is not used.
        "CPUSchedulingPolicy": ["other", "fifo", "rr", "batch", "", "idle", "", "ext"],
    ]

    /// A set of capabilities; what the sandbox takes away is not in the bounding set.
    private func capabilities(_ name: String) -> PropertyValue {
        let isBounding = name == "CapabilityBoundingSet"
        let lists = (assigned[Key(section: ownSection, name: name)] ?? []).compactMap { value -> [String]? in
            if case .list(let words) = value { return words }
            return nil
        }
        var set =
            Capabilities.merged(lists, full: isBounding) ?? Set(isBounding ? Array(Capabilities.names.indices) : [])
        if isBounding {
            for (directive, names) in Self.removedCapabilities where boolean(directive, default: false) {
                for name in names { if let number = Capabilities.number(of: name) { set.remove(number) } }
            }
        }
        return .list(Capabilities.shown(set))
    }

    /// What directives of the sandbox remove from the bounding set (systemd.exec(5)).
    private static let removedCapabilities = [
        ("PrivateDevices", ["CAP_MKNOD", "CAP_SYS_RAWIO"]), ("ProtectKernelModules", ["CAP_SYS_MODULE"]),
        ("ProtectKernelLogs", ["CAP_SYSLOG"]), ("ProtectClock", ["CAP_SYS_TIME", "CAP_WAKE_ALARM"]),
    ]
}

extension UnitProperties.Entry {
    init(_ property: Directive.Property, value: PropertyValue, isDefault: Bool) {
        self.init(
            name: property.name, signature: property.signature, unit: property.unit, value: value, isDefault: isDefault)
    }

    init(_ name: String, _ signature: String, _ value: PropertyValue, isDefault: Bool = true) {
        self.init(name: name, signature: signature, unit: nil, value: value, isDefault: isDefault)
    }
}
