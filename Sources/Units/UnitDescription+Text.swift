// A unit of any type from a text that is in no file: what was made up by a program, and tests.

extension UnitDescription {
    /// Describes a unit from its text, without drop-ins or folders.
    /// - Parameters:
    ///   - text: the content of a unit file.
    ///   - name: the unit's name.
    ///   - path: what the text is called in messages; where it is absolute, also for specifiers.
    ///   - facts: what specifiers tell of the machine.
    public init(text: String, name: UnitName, path: String? = nil, facts: SpecifierFacts = .system()) {
        let file = UnitSourceFile(path: path ?? name.description, content: .text(Array(text.utf8)))
        self.init(
            UnitFiles(id: name, names: [name], fragment: .file(file), searched: []), facts: facts)
    }
}
