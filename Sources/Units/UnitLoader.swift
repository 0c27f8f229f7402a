// From a unit file to a typed unit with everything that is wrong with it, in one go.

/// A unit and what was found on the way.
public struct LoadedUnit: Sendable {
    /// The unit; where a directive was refused, its default. Not to be run when `hasErrors`.
    public var unit: ServiceUnit
    /// Every problem, in the order of the files; those of the unit as a whole at the end.
    public var diagnostics: [Diagnostic]
    /// The files it was read from; nil where it was read from bytes.
    public var files: UnitFiles?

    /// Whether the unit cannot be run.
    public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
    /// What the unit asks for and does not get, a name that does not exist included; `--strict` refuses to start a unit
    /// that has any.
    public var notHonoured: [Diagnostic] {
        diagnostics.filter { problem in
            switch problem.kind {
            case .notHonoured, .unknown: true
            case .unreadable, .syntax, .invalidValue, .inconsistent: false
            }
        }
    }
}

/// Reads units.
public enum UnitLoader {
    // MARK: - From bytes

    /// Reads a unit from its text.
    /// - Parameters:
    ///   - text: the content of a unit file.
    ///   - path: its name, for places in messages.
    ///   - name: the unit's name, for specifiers and the default description.
    /// - Returns: the unit with its diagnostics.
    public static func parse(text: String, path: String, name: UnitName) -> LoadedUnit {
        parse(bytes: Array(text.utf8), path: path, name: name)
    }

    /// Reads a unit from the bytes of its file.
    /// - Parameters:
    ///   - bytes: the content of a unit file; what is not UTF-8 text is a diagnostic.
    ///   - path: its name, for places in messages; where it is absolute, also for the specifiers `%y` and `%Y`.
    ///   - name: the unit's name, for specifiers and the default description.
    ///   - facts: what specifiers tell of the machine.
    /// - Returns: the unit with its diagnostics.
    public static func parse(
        bytes: [UInt8], path: String, name: UnitName, facts: SpecifierFacts = .system()
    ) -> LoadedUnit {
        let file = UnitFile(bytes: bytes, path: path, knownSections: Directives.sectionNames)
        let fragmentPath = path.utf8.first == UInt8(ascii: "/") ? path : nil
        var interpreter = Interpreter(
            specifiers: Specifiers(name: name, facts: facts, fragmentPath: fragmentPath), origin: .file)
        for assignment in file.assignments { interpreter.apply(assignment) }
        return interpreter.finish(
            with: file.diagnostics, at: SourceLocation(source: path))
    }

    // MARK: - From files

    /// Reads a unit file and the drop-ins for it. An error of reading is a diagnostic too.
    /// - Parameters:
    ///   - path: the file; its last component is the unit's name unless one is given.
    ///   - name: the unit's name where the file's is another: `web@blue.service` from `web@.service`.
    ///   - store: where else drop-ins are looked for; nil looks only beside the file.
    ///   - facts: what specifiers tell of the machine.
    /// - Returns: the unit with its diagnostics; only defaults and an error when the file cannot be read.
    public static func load(
        path: String, name: UnitName? = nil, in store: UnitStore? = nil, facts: SpecifierFacts = .system()
    ) -> LoadedUnit {
        let base = Bytes.text(path.utf8.split(separator: UInt8(ascii: "/")).last ?? path[...].utf8)
        guard let name = name ?? (base.hasSuffix(".service") ? UnitName(parsing: base) : nil),
            let files = (store ?? UnitStore(UnitSearchPath([]))).files(atPath: path, name: name)
        else {
            return failed(
                UnitName(unchecked: "invalid.service"),
                Diagnostic(
                    .error, .unreadable, at: SourceLocation(source: path),
                    message:
                        "\(Quoting.quoted(base)) is not the name of a service unit; expected letters, digits and :-_.\\@, "
                        + "ending in .service, at most \(UnitName.lengthLimit) bytes"))
        }
        return load(files, facts: facts)
    }

    /// Finds a unit by its name and reads it with its drop-ins.
    /// - Parameters:
    ///   - name: of the unit or of an alias.
    ///   - store: where it is looked for.
    ///   - facts: what specifiers tell of the machine.
    /// - Returns: the unit with its diagnostics; only defaults and an error where there is none or it is masked.
    public static func load(
        name: UnitName, in store: UnitStore, facts: SpecifierFacts = .system()
    ) -> LoadedUnit {
        load(store.files(of: name), facts: facts)
    }

    /// Reads the files of a unit, each with its own places in messages.
    /// - Parameters:
    ///   - files: as a store found them.
    ///   - facts: what specifiers tell of the machine.
    /// - Returns: the unit with its diagnostics; only defaults and an error where there is none or it is masked.
    public static func load(_ files: UnitFiles, facts: SpecifierFacts = .system()) -> LoadedUnit {
        load(files, UnitSources(files, sections: Directives.sectionNames), facts: facts)
    }

    /// Applies the assignments of a unit's files.
    /// - Parameters:
    ///   - files: as a store found them.
    ///   - sources: what they say.
    ///   - facts: what specifiers tell of the machine.
    /// - Returns: the unit with its diagnostics.
    static func load(_ files: UnitFiles, _ sources: UnitSources, facts: SpecifierFacts) -> LoadedUnit {
        guard case .file(let fragment) = files.fragment, fragment.isReadable else {
            // Without its main file there is no unit to say anything about.
            return LoadedUnit(unit: ServiceUnit(name: files.id), diagnostics: sources.problems, files: files)
        }
        var interpreter = Interpreter(
            specifiers: Specifiers(name: files.id, facts: facts, fragmentPath: fragment.path), origin: .file)
        for assignment in sources.assignments { interpreter.apply(assignment) }
        var loaded = interpreter.finish(with: sources.problems, at: SourceLocation(source: fragment.path))
        loaded.diagnostics = sources.sortedByFile(loaded.diagnostics)
        // A command line is no file.
        if fragment.path.utf8.first == UInt8(ascii: "/") { loaded.unit.fragmentPath = fragment.path }
        loaded.files = files
        return loaded
    }

    private static func failed(_ name: UnitName, _ diagnostic: Diagnostic) -> LoadedUnit {
        LoadedUnit(unit: ServiceUnit(name: name), diagnostics: [diagnostic])
    }
}
