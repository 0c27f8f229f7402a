// Directives of which several assignments together make one value by rules of their own: what the later ones add, take
// away, or turn round (systemd.exec(5), systemd.resource-control(5)).

extension UnitProperties {
    /// The property of such a directive; nil for a directive of another sort, and where nothing is to be shown.
    func combined(_ directive: Directive) -> [Entry]? {
        let values = assigned[Key(section: directive.section, name: directive.name)] ?? []
        guard let first = directive.properties.first, !values.isEmpty else { return nil }
        func entry(_ value: PropertyValue) -> [Entry] { [Entry(first, value: value, isDefault: false)] }
        let words = values.compactMap { value -> [String]? in
            if case .list(let words) = value { return words }
            return nil
        }
        if let value = Self.structures(values, of: directive.kind) { return entry(value) }
        if directive.kind == .interfaces { return entry(Self.interfaces(words)) }
        // A list of what is allowed has the calls that are always there, also where all of its own words are refused.
        if directive.name == "SystemCallFilter", words.first == [] {
            return entry(.list(["@default"] + words.joined()))
        }
        if directive.kind == .cpuSet {
            return processors(values, directive)
        }
        if directive.kind == .addressFamilies {
            let (isAllowList, names) = Self.addressFamilies(words, mayBeNone: true)
            return entry(.filter(isAllowList: isAllowList, names))
        }
        if directive.kind == .words, directive.name.hasPrefix("Restrict") {
            // What a group of file systems has is systemd's to know: then each word is shown.
            if words.joined().contains(where: { $0.hasPrefix("@") || $0.hasPrefix("~@") }) { return nil }
            let (isAllowList, names) = Self.addressFamilies(words.filter { !$0.isEmpty })
            return entry(.filter(isAllowList: isAllowList, names))
        }
        if directive.kind == .namespaces, first.signature == "t" { return entry(.text(Self.namespaces(words))) }
        if directive.kind == .controllers {
            let names = Set(words.joined())
            return entry(.list(Self.controllerNames.filter { names.contains($0) }))
        }
        if directive.name == "StandardInputData" {
            // Each of them is whole: what was refused is not among them.
            let bytes = words.joined().flatMap { text -> [UInt8] in
                do throws(InvalidValue) { return try Base64.decode(text) } catch { return [] }
            }
            return entry(.text(Base64.encode(bytes)))
        }
        if directive.name == "ImportCredential" {
            // What it is called in the unit stands behind the colon.
            let names = words.joined().map { Bytes.text($0.utf8.prefix { $0 != UInt8(ascii: ":") }) }
            return entry(.list(Self.unique(names).sorted()))
        }
        if directive.kind == .credential { return entry(.texts(Self.lastOfEachCredential(words.joined()))) }
        if directive.kind == .architectures { return entry(.list(Set(words.joined()).sorted())) }
        if directive.kind == .ipAddresses { return entry(.list(Self.unique(words.joined()))) }
        if directive.kind == .words, directive.name.hasSuffix("Environment") {
            return entry(.list(Self.unique(words.joined())))
        }
        if directive.kind == .coredumpFilter {
            let bits = values.reduce(UInt64(0)) { sum, value in
                if case .unsigned(let bits) = value { return sum | bits }
                return sum
            }
            return entry(.text("0x" + String(bits, radix: 16)))
        }
        if directive.kind == .standardInput || directive.kind == .standardOutput, case .text(let text)? = values.last {
            return stream(text, directive)
        }
        // No slack is none of one's own: the default.
        if directive.kind == .nanoseconds, values.last == .nanoseconds(.max) { return entry(.nanoseconds(50_000)) }
        return nil
    }

    static func unique(_ words: some Sequence<String>) -> [String] {
        var seen: Set<String> = []
        return words.filter { seen.insert($0).inserted }
    }

    /// A stream by its kind, and the name of the descriptor.
    private func stream(_ text: String, _ directive: Directive) -> [Entry] {
        let word = Bytes.text(text.utf8.prefix { $0 != UInt8(ascii: ":") })
        var result = [Entry(directive.properties[0], value: .text(word), isDefault: false)]
        if word == "fd", directive.properties.count > 1 {
            let standard = ["StandardInput": "stdin", "StandardOutput": "stdout", "StandardError": "stderr"]
            let name = text.utf8.count > 3 ? Bytes.text(text.utf8.dropFirst(3)) : standard[directive.name] ?? ""
            result.append(Entry(directive.properties[1], value: .text(name), isDefault: false))
        }
        return result
    }

    /// A set of processors; `numa` in place of one.
    private func processors(_ values: [PropertyValue], _ directive: Directive) -> [Entry] {
        var set = CPUList()
        var followsMemory = false
        // Which nodes there are is for the machine to tell; none can be added to them.
        if values.contains(.text("all")) {
            return [Entry(directive.properties[0], value: .text("all"), isDefault: false)]
        }
        for case .text(let text) in values {
            followsMemory = text == "numa"
            if followsMemory { set = CPUList() }
            var ignored: [InvalidValue] = []
            do throws(InvalidValue) {
                if !followsMemory { set.formUnion(try CPUList(parsing: text, ignored: &ignored)) }
            } catch {
                // What is kept was read before without a refusal; were it refused now, it would name no processor.
                continue
            }
        }
        var result = [Entry(directive.properties[0], value: .text(set.description), isDefault: false)]
        if directive.properties.count > 1 {
            result.append(Entry(directive.properties[1], value: .boolean(followsMemory), isDefault: false))
        }
        return result
    }

    /// In place of the words that an empty `RestrictNetworkInterfaces=` took back: it stays a list of what is allowed.
    static let emptied = [""]

    /// `RestrictAddressFamilies=`: the first assignment decides whether it is a list of what is allowed; then each adds or
    /// takes away. `none` allows nothing.
    static func addressFamilies(_ assignments: [[String]], mayBeNone: Bool = false) -> (
        isAllowList: Bool, names: [String]
    ) {
        var isAllowList: Bool?
        var families: Set<String>?
        for words in assignments {
            if mayBeNone && words == ["none"] || words == emptied {
                isAllowList = true
                families = nil
                continue
            }
            let isInverted = words.first?.hasPrefix("~") == true
            // Where there is no list, after `none` too, one begins.
            var set = families ?? []
            let allows = families == nil ? !isInverted : isAllowList ?? !isInverted
            isAllowList = allows
            let names = words.map { $0.hasPrefix("~") ? String($0.dropFirst()) : $0 }.filter { !$0.isEmpty }
            if allows != isInverted { set.formUnion(names) } else { set.subtract(names) }
            families = set
        }
        return (isAllowList ?? false, (families ?? []).sorted())
    }

    /// The names of namespaces in the order in which systemd shows them.
    static let namespaceNames = ["cgroup", "ipc", "net", "mnt", "pid", "user", "uts"]

    /// `RestrictNamespaces=`: yes allows none, no all; a list allows its own, or, inverted, all others, and after another
    /// list it adds to it or takes away.
    private static func namespaces(_ assignments: [[String]]) -> String {
        var allowed: Set<String>?
        for words in assignments {
            if words.count == 1, let allowsNone = Numbers.booleanOrNothing(words[0]) {
                allowed = allowsNone ? [] : Set(namespaceNames)
                continue
            }
            let isInverted = words.first?.hasPrefix("~") == true
            let names = Set(words.map { $0.hasPrefix("~") ? String($0.dropFirst()) : $0 }.filter { !$0.isEmpty })
            if let before = allowed {
                allowed = isInverted ? before.subtracting(names) : before.union(names)
            } else {
                allowed = isInverted ? Set(namespaceNames).subtracting(names) : names
            }
        }
        guard let allowed, allowed.count < namespaceNames.count else { return "no" }
        return allowed.isEmpty ? "yes" : namespaceNames.filter { allowed.contains($0) }.joined(separator: " ")
    }

    /// The controllers of control groups in systemd's order.
    static let controllerNames = [
        "cpu", "cpuacct", "cpuset", "io", "blkio", "memory", "devices", "pids", "bpf-firewall", "bpf-devices",
        "bpf-foreign", "bpf-socket-bind", "bpf-restrict-network-interfaces",
    ]

    /// `Delegate=`: a boolean, or controllers, which add to those before. An empty one delegates, and no controller; yes
    /// delegates all, which the machine names.
    var delegation: (isOn: Bool, controllers: [String])? {
        guard let values = assigned[Key(section: ownSection, name: "Delegate")] else { return nil }
        var isOn = false
        var hasAll = false
        var controllers: Set<String> = []
        for value in values {
            if case .boolean(let given) = value {
                isOn = given
                hasAll = given
                controllers = []
            }
            if case .list(let names) = value {
                isOn = true
                controllers.formUnion(names)
            }
        }
        // To all of them nothing can be added.
        return (isOn, hasAll ? [] : Self.controllerNames.filter { controllers.contains($0) })
    }
}
