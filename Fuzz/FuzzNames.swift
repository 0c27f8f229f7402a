// Names of units and of variables, paths, and the files that have them.

func fuzzNames(_ input: FuzzInput) {
    let text = input.text
    let escaped = UnitName.escape(text)
    precondition(escaped.utf8.allSatisfy(UnitName.isPlain))
    if text.utf8.contains(0) {
        precondition(UnitName.unescape(escaped) == nil)
    } else {
        precondition(UnitName.unescape(escaped).map { isSame($0, text) } ?? false)
    }
    if let back = UnitName.unescape(text), let again = UnitName.unescape(UnitName.escape(back)) {
        precondition(isSame(again, back))
    }
    if let name = UnitName(parsing: text) { check(name) }
    if let name = UnitName(full: text) { check(name) }
    for allowGlobs in [false, true] {
        let mangled = accepted { () throws(InvalidValue) in try UnitName.mangle(text, allowGlobs: allowGlobs) }
        guard let mangled else { continue }
        if !allowGlobs { precondition(UnitName.kind(of: mangled.name) != nil) }
        if UnitName.kind(of: mangled.name) != nil {
            let again = accepted { () throws(InvalidValue) in try UnitName.mangle(mangled.name) }
            precondition(again.map { isSame($0.name, mangled.name) && !$0.isChanged } ?? false)
        }
    }
    let parts = input.parts
    if parts.count > 1 {
        do throws(UnitAlias.Refusal) {
            try UnitAlias.check(link: parts[0].text, target: parts[1].text)
        } catch { precondition(isOneLine(error.message)) }
    }
}

private func check(_ name: UnitName) {
    precondition(UnitName.kind(of: name.description) != nil)
    let middle = name.instance.map { "@\($0)" } ?? ""
    precondition(isSame(name.prefix + middle + name.suffix, name.description))
    precondition(isSame(name.withoutSuffix + name.suffix, name.description))
    let dropIns = name.dropInNames
    precondition(dropIns.first == name && Set(dropIns).count == dropIns.count)
    // Itself, its template, and both of each beginning that ends in a dash.
    precondition(dropIns.count <= 3 * UnitName.lengthLimit)
    if let path = name.path { precondition(path.utf8.first == UInt8(ascii: "/")) }
    if let template = name.template { precondition(template.isTemplate) }
}

func fuzzPaths(_ input: FuzzInput) {
    let text = input.text
    let simple = Paths.simplified(text)
    precondition(isSame(Paths.simplified(simple), simple))
    if let path = accepted({ () throws(InvalidValue) in try Paths.absolute(text) }) {
        precondition(isSame(path, simple))
        if !path.utf8.contains(0) {
            // A path and its unit: there and back.
            let escaped = UnitName.escape(path: text)
            precondition(escaped.flatMap { UnitName.unescape(path: $0) }.map { isSame($0, path) } ?? false)
            if let unit = UnitName(path: text, suffix: ".mount") {
                precondition(unit.isHashed || unit.path.map { isSame($0, path) } ?? false)
            }
        }
        if let instance = UnitName(prefix: "backup", path: text, suffix: ".service") { check(instance) }
    } else if let escaped = UnitName.escape(path: text) {
        precondition(escaped.utf8.allSatisfy(UnitName.isPlain))
    }
    if let path = UnitName.unescape(path: text) { precondition(isSame(Paths.simplified(path), path)) }
    _ = accepted { () throws(InvalidValue) in try DocumentationURI.check(text) }
    if let networks = accepted({ () throws(InvalidValue) in try IPPrefixes.networks(text, at: 0) }) {
        for network in networks {
            let again = accepted { () throws(InvalidValue) in try IPPrefixes.networks(network, at: 0) }
            precondition(again == [network], "a network without host bits stays as it is")
        }
    }
}

func fuzzEnvironmentFile(_ input: FuzzInput) {
    guard let content = accepted({ () throws(InvalidValue) in try EnvironmentFile.content(of: input.bytes) }) else {
        return
    }
    var seen: Set<String> = []
    for variable in content.variables {
        precondition(EnvironmentVariable.isValidName(variable.name) && seen.insert(variable.name).inserted)
        precondition(!variable.value.utf8.contains(0))
    }
    for variable in EnvironmentFile.variables(in: input.text) {
        precondition(EnvironmentVariable.isValidName(variable.name) && seen.contains(variable.name))
    }
    // Values with references to one another: replaced once, and not without bound.
    var replacement = VariableReplacement(content.variables, [.withoutBraces, .alternatives])
    for variable in content.variables.prefix(8) {
        let replaced = replacement.replaced(Array(variable.value.utf8)[...])
        precondition(replaced.count <= 2 * VariableReplacement.lengthLimit)
    }
}
