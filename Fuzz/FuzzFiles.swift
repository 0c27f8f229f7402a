// Unit files, their directives and command lines: from bytes to a described unit.

private let unitName = UnitName(unchecked: "web-site@blue-\\x2d.service")

/// Constants: nothing of the machine is read, so that an input does the same everywhere.
private let facts = SpecifierFacts { fact throws(InvalidValue) in
    switch fact {
    case .controlGroupRoot: throw InvalidValue("not known")
    case .home: "/home/ann"
    case .prettyHostName: "Ann's \u{e9} machine"
    default: "fact"
    }
}

private func check(_ diagnostics: [Diagnostic]) {
    for diagnostic in diagnostics { precondition(isOneLine(diagnostic.description), "a diagnostic is one line") }
}

func fuzzUnitFile(_ input: FuzzInput) {
    if input.bytes.count < 64, let known = Directives.nearest(to: input.text) {
        precondition(Directives.all.contains { $0.name == known })
    }
    let loaded = UnitLoader.parse(bytes: input.bytes, path: "fuzz.service", name: unitName, facts: facts)
    check(loaded.diagnostics)
    precondition(loaded.diagnostics.count <= UnitFile.diagnosticLimit + 200)
}

/// The first byte is the type of the unit; the rest is its file and its drop-ins, with 0x01 between them.
func fuzzDescription(_ input: FuzzInput) {
    let (choice, rest) = input.choice
    let type = UnitType.allCases[Int(choice) % UnitType.allCases.count]
    let names = ["web.", "web-site@blue-\\x2d.", "web@."]
    let name = UnitName(unchecked: names[Int(choice >> 4) % names.count] + type.rawValue)
    let parts = rest.parts
    var files = UnitFiles(
        id: name, names: [name],
        fragment: .file(UnitSourceFile(path: "/etc/\(name)", content: .text(parts[0].bytes))), searched: [])
    for (index, part) in parts.dropFirst().prefix(4).enumerated() {
        files.dropIns.append(
            UnitSourceFile(
                path: "/etc/\(name).d/\(index).conf", content: part.bytes.isEmpty ? .masked : .text(part.bytes)))
    }
    let described = UnitDescription(files, facts: facts)
    check(described.diagnostics)
    precondition(described.diagnostics.count <= (UnitFile.diagnosticLimit + 200) * 3)
    // Hundreds of properties, most of them the same for all inputs: some of the inputs are enough.
    if input.bytes.reduce(0, &+) & 63 == 0 { check(entries: described.properties.entries) }
}

private func check(entries: [UnitProperties.Entry]) {
    var last = ""
    for entry in entries {
        precondition(last < entry.name, "each property once, in order")
        last = entry.name
        _ = entry.value.lines
        precondition(isOneLine(entry.value.json), "JSON has its control characters escaped")
    }
}

/// A section, a directive and its value, chosen by two bytes: every directive of the table is one step away.
func fuzzDirective(_ input: FuzzInput) {
    guard input.bytes.count > 2 else { return }
    let types: [UnitType] = [.service, .socket, .timer, .path, .target]
    let type = types[Int(input.bytes[0] >> 4) % types.count]
    let all = allDirectives[type] ?? []
    let directive = all[(Int(input.bytes[0] & 15) << 8 | Int(input.bytes[1])) % all.count]
    precondition(Directives.find(directive.name, in: directive.section)?.name == directive.name)
    let name = UnitName(unchecked: "web-site@blue-\\x2d.\(type.rawValue)")
    var lines = "[\(directive.section.rawValue)]\n"
    for part in FuzzInput(Array(input.bytes.dropFirst(2))).parts.prefix(4) {
        // In one line: other directives, and names that are none, are for the other cases.
        lines += "\(directive.name)=\(Bytes.text(part.text.utf8.map { $0 == UInt8(ascii: "\n") ? 0x20 : $0 }))\n"
    }
    let file = UnitSourceFile(path: "/etc/\(name)", content: .text(Array(lines.utf8)))
    let described = UnitDescription(
        UnitFiles(id: name, names: [name], fragment: .file(file), searched: []), facts: facts)
    check(described.diagnostics)
    check(entries: described.properties.entries(of: directive.replacement ?? directive).sorted { $0.name < $1.name })
    // All properties are the same for all directives but for this one: rarely is enough.
    if input.bytes.reduce(0, &+) == 0 { check(entries: described.properties.entries) }
}

private let allDirectives: [UnitType: [Directive]] = Dictionary(
    uniqueKeysWithValues: UnitType.allCases.map { ($0, Directives.all(of: $0)) })

func fuzzCommandLine(_ input: FuzzInput) {
    var specifiers = Specifiers(name: unitName, facts: facts)
    if let parsed = accepted({ () throws(InvalidValue) in
        try ExecCommand.parse(input.text, specifiers: &specifiers)
    }) {
        let environment = [
            EnvironmentVariable(name: "A", value: "b c"), EnvironmentVariable(name: "EMPTY", value: ""),
        ]
        for command in parsed.commands {
            precondition(!command.arguments.isEmpty && !command.path.isEmpty)
            // Only a word that is a variable can become no word at all; even the first one may be one.
            precondition(
                !command.expanded(environment: environment).isEmpty
                    || command.arguments.allSatisfy { $0.utf8.first == UInt8(ascii: "$") })
        }
    }
    // What is written down for a command is read as that command again, byte for byte.
    let words = input.text.utf8.split(separator: 0x20).map { Bytes.text($0) }.filter { !$0.utf8.contains(0) }
    var transient = TransientUnit(name: unitName)
    if !words.isEmpty, transient.setCommand(["/bin/program"] + words) == nil {
        let again = transient.loaded().unit.execStart.first?.expanded(environment: [])
        precondition(again == ["/bin/program"] + words)
    }
}

func fuzzProperty(_ input: FuzzInput) {
    var transient = TransientUnit(name: unitName)
    for part in input.parts.prefix(4) { _ = transient.set(property: part.text) }
    // Whatever was taken is written down as lines that are taken again.
    let written = UnitLoader.parse(bytes: Array(transient.text.utf8), path: "written", name: unitName, facts: facts)
    precondition(transient.loaded().hasErrors || !written.diagnostics.contains { $0.kind == .syntax })
}

func fuzzSpecifiers(_ input: FuzzInput) {
    let (choice, rest) = input.choice
    let names = [
        "web.service", "web-site@blue-\\x2d.service", "web@.service", "home-ann.mount", "-.slice", "a-b.slice",
    ]
    var specifiers = Specifiers(
        name: UnitName(unchecked: names[Int(choice) % names.count]), facts: facts,
        fragmentPath: choice & 0x80 == 0 ? "/etc/systemd/system/web.service" : nil)
    let budget = specifiers.budget
    if let text = accepted({ () throws(InvalidValue) in try specifiers.expand(rest.text) }) {
        precondition(text.utf8.count <= rest.text.utf8.count + budget - specifiers.budget)
    }
}
