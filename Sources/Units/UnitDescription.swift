// A unit of any type as its files describe it: properties, and everything that is worth saying about them. What `verify`
// and `show` are made of.
import Glibc

/// A unit with its properties and its problems.
public struct UnitDescription: Sendable {
    /// The unit's name.
    public let name: UnitName
    /// Its type.
    public let type: UnitType
    /// What is wrong, in the order of the files.
    public var diagnostics: [Diagnostic]
    /// What the unit asks for and gets only in part, or not at all, a line for each directive.
    public var support: [Support]
    /// The files it was read from.
    public var files: UnitFiles
    /// Whether a file of it could not be read to its end.
    public let isUnread: Bool
    /// The unit as it is run, where it is a service, with the problems of what is acted on; without its files.
    public let service: LoadedUnit?
    let assignments: [ResolvedAssignment]
    let specifiers: Specifiers

    /// The properties, dependencies included. Worked out anew each time: what only looks for problems does without.
    public var properties: UnitProperties {
        UnitProperties(name: name, type: type, assignments: assignments, specifiers: specifiers)
    }

    /// What becomes of a directive that the unit sets.
    public struct Support: Equatable, Sendable {
        /// The section.
        public var section: Directive.Section
        /// The directive without `=`.
        public var directive: String
        /// What becomes of it.
        public var support: Directive.Support
        /// The first place where it is set.
        public var location: SourceLocation
    }

    /// What is worth saying when the unit is run: what is wrong with what is acted on, and what is not honoured. (Whether the
    /// values of what is not acted on are good ones is for `verify`.)
    public var problemsOfRun: [Diagnostic] {
        guard let service else { return diagnostics }
        return diagnostics.filter { problem in
            if service.diagnostics.contains(problem) { return true }
            guard let name = problem.directive, let directive = Directives.find(name, in: .unit) else { return false }
            return directive.support == .honoured
        }
    }

    /// Whether systemd would refuse the unit, or it cannot be read.
    public var isRefused: Bool { diagnostics.contains { $0.severity == .error && $0.kind != .notHonoured } }

    /// Whether something in it is wrong: not only what is not honoured yet, or out of date.
    public var hasProblems: Bool {
        // To mask a unit is a decision, not a mistake.
        if case .masked = files.fragment { return false }
        return diagnostics.contains { $0.severity != .note && $0.kind != .notHonoured }
    }

    /// Describes a unit from its files.
    /// - Parameters:
    ///   - files: as a store found them.
    ///   - facts: what specifiers tell of the machine.
    public init(_ files: UnitFiles, facts: SpecifierFacts = .system()) {
        self.files = files
        name = files.id
        type = UnitType(rawValue: files.id.type) ?? .service
        let source = UnitSources(files, sections: type.sections.map(\.rawValue))
        assignments = source.assignments
        isUnread = source.problems.contains { $0.severity == .error }
        specifiers = Specifiers(name: files.id, facts: facts, fragmentPath: files.fragmentPath)
        diagnostics = []
        support = Self.support(of: source.assignments)
        var loaded = type == .service ? UnitLoader.load(files, source, facts: facts) : nil
        // Their bytes are here once already.
        loaded?.files = nil
        service = loaded
        switch type {
        case .service:
            guard let loaded else { break }
            // What the typed unit says of the directives that it has; of the others, what their kind says.
            let typed = loaded.diagnostics
            let others = problems { directive in directive.map { !$0.isActedOn } ?? false }
            let consistent = isPlainlyConsistent(loaded) ? typed : withConsistency(typed)
            diagnostics = source.sorted(consistent + others + doubts)
        case .socket, .target, .timer, .path:
            diagnostics = source.sorted(withConsistency(source.problems) + problems { _ in true } + doubts)
        case .mount, .automount, .swap, .slice, .scope, .device:
            let problem = Diagnostic(
                .error, .notHonoured, at: SourceLocation(source: files.fragmentPath ?? files.id.description),
                message: "units of type .\(type.rawValue) are not run; those that are: .service, .target and"
                    + " .timer, and with later versions .socket and .path")
            diagnostics = source.sorted(source.problems + problems { _ in true }) + [problem]
        }
    }

    /// Whether the typed unit alone tells that nothing contradicts itself: one command, of a type that is run.
    private func isPlainlyConsistent(_ loaded: LoadedUnit) -> Bool {
        loaded.unit.execStart.count == 1
            && !loaded.diagnostics.contains { $0.directive == "Type" || $0.directive == "ExecStart" }
            && !assignments.contains { ["PAMName", "BusName"].contains($0.assignment.key) }
    }

    /// Problems of the typed unit, with what does not fit together in the unit as a whole. A type that is not run yet is
    /// held to its own rules, and not to those of the types that are.
    private func withConsistency(_ typed: [Diagnostic]) -> [Diagnostic] {
        // Of a file that was not read nobody knows what is missing in it.
        guard let fragment = files.fragmentPath, !isUnread else { return typed }
        let isOfCommands = { (problem: Diagnostic) in
            problem.kind == .inconsistent && problem.directive == "ExecStart"
        }
        let relevant = UnitProperties(
            name: name, type: type,
            assignments: assignments.filter { UnitProperties.inContradictions.contains($0.assignment.key) },
            specifiers: specifiers)
        let contradiction = relevant.contradiction
        var problems = typed.filter { !isOfCommands($0) }
        if let contradiction {
            // Told once, and not where a command that was refused is the reason.
            let hasBadCommand = problems.contains {
                $0.directive == "ExecStart" && $0.severity == .error && $0.kind != .notHonoured
            }
            if !hasBadCommand {
                let last = assignments.last { $0.assignment.key == "ExecStart" && !$0.assignment.value.isEmpty }
                problems.append(
                    Diagnostic(
                        .error, contradiction.kind,
                        at: last?.assignment.keyLocation ?? SourceLocation(source: fragment),
                        directive: type == .service ? "ExecStart" : nil,
                        message: contradiction.message))
            }
        } else if !relevant.isAssigned("Type"), var notRun = typed.first(where: isOfCommands) {
            notRun.kind = .notHonoured
            notRun.message = "Type=\(relevant.serviceType), which follows from the commands, is not honoured yet"
            problems.append(notRun)
        }
        return problems
    }

    private func problems(where isWanted: (Directive?) -> Bool) -> [Diagnostic] {
        UnitProperties.problems(type: type, assignments: assignments, specifiers: specifiers, where: isWanted)
    }

    /// Each directive that asks for something after all assignments, at the place where it is first set since it was last
    /// taken back.
    private static func support(of assignments: [ResolvedAssignment]) -> [Support] {
        var rows: [Int: (order: Int, directive: Directive, location: SourceLocation)] = [:]
        for (order, resolved) in assignments.enumerated() {
            guard let directive = resolved.directive else { continue }
            let value = resolved.assignment.value
            switch directive.resets(by: value) {
            case .nothing: break
            case .directive: rows[directive.number] = nil
            case .property:
                let property = directive.firstProperty
                rows = rows.filter { $0.value.directive.firstProperty != property }
            }
            if value.isEmpty || rows[directive.number] != nil { continue }
            rows[directive.number] = (order, directive, resolved.assignment.keyLocation)
        }
        return rows.values.sorted { $0.order < $1.order }.map { row in
            Support(
                section: row.directive.section, directive: row.directive.name, support: row.directive.support,
                location: row.location)
        }
    }

    /// Directives of which no assignment has an effect, because each is refused.
    public var withoutEffect: Set<String> {
        var places: Set<Place> = []
        for problem in diagnostics where problem.severity != .note && problem.kind != .notHonoured {
            places.insert(Place(source: problem.location.source, line: problem.location.line))
        }
        if places.isEmpty { return [] }
        var names: Set<String> = []
        var effective: Set<String> = []
        for resolved in assignments {
            guard let directive = resolved.directive, !resolved.assignment.value.isEmpty else { continue }
            let start = resolved.assignment.keyLocation
            // Of a list only a word or two may be refused; a command line is refused as a whole.
            let isWhole = directive.kind == .commandLine || directive.resets(by: "x") == .directive
            if isWhole, places.contains(Place(source: start.source, line: start.line)) {
                names.insert(directive.name)
            } else {
                effective.insert(directive.name)
            }
        }
        return names.subtracting(effective)
    }

    private struct Place: Hashable {
        let source: String
        let line: Int
    }

    // MARK: - Load state

    /// systemd's load state of the unit, as far as its files decide it.
    public enum LoadState: String, Sendable {
        /// It can be run.
        case loaded
        /// There is no such unit.
        case notFound = "not-found"
        /// A setting makes it unfit to be run.
        case badSetting = "bad-setting"
        /// A file of it cannot be read.
        case error
        /// It is masked.
        case masked
    }

    /// The load state (org.freedesktop.systemd1(5), "LoadState").
    public var loadState: LoadState {
        switch files.fragment {
        case .masked: return .masked
        case .notFound: return .notFound
        case .file: break
        }
        if isUnread { return .error }
        return isRefused ? .badSetting : .loaded
    }

    /// Every property of the unit, sorted by name: what its directives say, and what its files are. A masked unit has
    /// nothing but the latter.
    public var entries: [UnitProperties.Entry] {
        switch loadState {
        case .masked: entriesOfFiles
        case .loaded, .notFound, .badSetting, .error: properties.completeEntries(with: entriesOfFiles)
        }
    }

    /// What the files of the unit are, and the state in which they leave it: properties that systemd has too.
    private var entriesOfFiles: [UnitProperties.Entry] {
        func entry(_ name: String, _ signature: String, _ value: PropertyValue) -> UnitProperties.Entry {
            UnitProperties.Entry(name: name, signature: signature, unit: nil, value: value, isDefault: false)
        }
        return [
            entry("DropInPaths", "as", .list(files.dropIns.map(\.path))),
            entry("FragmentPath", "s", .text(files.fragmentPath ?? "")), entry("Id", "s", .text(name.description)),
            entry("LoadState", "s", .text(loadState.rawValue)),
            entry("Names", "as", .list(files.names.map(\.description))),
        ]
    }
}

/// The assignments of all files of a unit, in the order in which they count.
struct UnitSources {
    private(set) var assignments: [ResolvedAssignment] = []
    /// What is wrong with the files themselves.
    private(set) var problems: [Diagnostic]
    /// The files in their order.
    private var order: [String] = []

    /// Reads the syntax of the files.
    /// - Parameters:
    ///   - files: as a store found them.
    ///   - sections: the sections that are read.
    init(_ files: UnitFiles, sections: [String]) {
        problems = files.problems
        switch files.fragment {
        case .file(let fragment):
            add(fragment, sections)
            // Without its main file there is no unit to say anything about.
            if case .unreadable = fragment.content { return }
            for dependency in files.dependencies {
                order.append(dependency.path)
                assignments.append(
                    ResolvedAssignment(
                        UnitFile.Assignment(
                            section: Directive.Section.unit.rawValue, key: dependency.kind.rawValue,
                            value: dependency.unit.description, keyLocation: SourceLocation(source: dependency.path))))
            }
            for dropIn in files.dropIns { add(dropIn, sections) }
        case .masked(let path):
            problems.append(
                Diagnostic(
                    .error, .unreadable, at: SourceLocation(source: path),
                    message: "the unit is masked: the file is empty or a link to /dev/null, so that nobody starts it"))
        case .notFound:
            problems.append(
                Diagnostic(
                    .error, .unreadable, at: SourceLocation(source: files.id.description),
                    message: "there is no such unit; searched in \(Quoting.list(files.searched))"))
        }
    }

    private mutating func add(_ file: UnitSourceFile, _ sections: [String]) {
        order.append(file.path)
        switch file.content {
        case .masked: break
        case .unreadable(let failure):
            // A drop-in that is a link to nothing adds nothing; any other that cannot be read may be one that matters.
            let isHarmless = failure.code == ENOENT && order.count > 1
            problems.append(
                Diagnostic(
                    isHarmless ? .note : .error, .unreadable, at: SourceLocation(source: file.path),
                    message: failure.message))
        case .text(let bytes):
            let parsed = UnitFile(bytes: bytes, path: file.path, knownSections: sections)
            problems += parsed.diagnostics.prefix(max(0, UnitFile.diagnosticLimit - problems.count))
            assignments += ResolvedAssignment.all(of: parsed)
        }
    }

    /// Problems in the order of the files; those of one file stay in theirs.
    func sortedByFile(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
        guard order.count > 1, diagnostics.count > 1 else { return diagnostics }
        let places = places(of: diagnostics)
        // Assignments are applied in the order of the files, so nearly always all are in order already.
        if zip(places, places.dropFirst()).allSatisfy({ $0 <= $1 }) { return diagnostics }
        return diagnostics.indices.sorted { (places[$0], $0) < (places[$1], $1) }.map { diagnostics[$0] }
    }

    /// The place of each problem's file in the order; those of one file follow each other, and are looked up once.
    private func places(of diagnostics: [Diagnostic]) -> [Int] {
        // Only a unit with many drop-ins is worth a dictionary.
        let places = order.count > 16 ? Dictionary(order.enumerated().map { ($1, $0) }) { $1 } : nil
        var last = (source: "", place: Int.max)
        func place(_ source: String) -> Int? {
            if let places { return places[source] }
            return order.lastIndex(of: source)
        }
        return diagnostics.map { problem in
            if problem.location.source != last.source {
                last = (problem.location.source, place(problem.location.source) ?? .max)
            }
            return last.place
        }
    }

    /// Problems in the order of the files, and within a file by line.
    func sorted(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
        let places = places(of: diagnostics)
        return diagnostics.indices.sorted { left, right in
            let (a, b) = (diagnostics[left].location, diagnostics[right].location)
            // What is about a file as a whole comes after what is about its lines.
            let (first, second) = (a.line == 0 ? Int.max : a.line, b.line == 0 ? Int.max : b.line)
            return (places[left], first, a.column, left) < (places[right], second, b.column, right)
        }.map { diagnostics[$0] }
    }
}

extension UnitFiles {
    /// Where the main file lies; nil where there is none.
    public var fragmentPath: String? {
        switch fragment {
        case .file(let file): file.path
        case .masked, .notFound: nil
        }
    }
}
