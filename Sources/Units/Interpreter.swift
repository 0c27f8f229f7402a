// Applies assignments to a unit, one after the other, by the table of directives; then checks the whole.

struct Interpreter {
    /// Who wrote the assignments.
    enum Origin {
        /// A unit file. What is wrong in it has no effect, as in systemd: the default stays, and the unit runs, unless
        /// the directive decides who or what would run.
        case file
        /// An option that a person has just typed, and can type again: what is wrong in it is refused.
        case commandLine
    }

    /// How many problems come with a name that may have been meant: a hostile file has a thousand that are like none.
    static let suggestionLimit = 50

    private let origin: Origin
    private(set) var unit: ServiceUnit
    private(set) var diagnostics: [Diagnostic] = []
    /// The value that is being applied. Kept from one assignment to the next: the specifiers in it remember what they
    /// were told, and are not copied.
    private var value: AssignedValue
    /// Where ExecStart= was last assigned, for complaints about the whole.
    private var execStartLocation: SourceLocation?
    /// Directives that were told to be not honoured, by their names.
    private var notHonoured: [String: Directive] = [:]

    init(name: UnitName, origin: Origin) {
        self.init(specifiers: Specifiers(name: name), origin: origin)
    }

    init(specifiers: Specifiers, origin: Origin) {
        self.origin = origin
        unit = ServiceUnit(name: specifiers.name)
        value = AssignedValue(specifiers)
    }

    // MARK: - One assignment

    mutating func apply(_ assignment: UnitFile.Assignment) { apply(ResolvedAssignment(assignment)) }

    mutating func apply(_ resolved: ResolvedAssignment) {
        let assignment = resolved.assignment
        guard diagnostics.count < UnitFile.diagnosticLimit, let section = resolved.section else { return }
        guard let directive = resolved.directive else {
            // systemd skips such names everywhere: they are for other programs.
            if !assignment.key.hasPrefix("X-") {
                diagnostics.append(
                    Directives.unknown(
                        assignment, in: section, of: .service, severity: origin == .commandLine ? .error : .warning,
                        suggests: diagnostics.count < Self.suggestionLimit))
            }
            return
        }
        withdraw(assignment, of: directive)
        guard directive.isActedOn else {
            switch directive.support {
            case .notHonoured(let reason):
                if !Self.isWithoutEffect(assignment.value, of: directive) {
                    report(.warning, .notHonoured, directive, at: assignment.keyLocation, "not honoured: \(reason)")
                }
            case .honoured, .partly, .informational: break
            }
            return
        }
        guard let set = directive.set else { return }
        if section == .service, directive.name == "ExecStart" { execStartLocation = assignment.location(ofByte: 0) }

        value.replace(by: assignment.value, of: directive)
        do throws(InvalidValue) {
            try set(&value, &unit)
        } catch {
            value.errors.append(error)
        }
        for problem in value.errors {
            report(severity(of: problem, in: assignment, directive), directive, assignment, problem)
        }
        for problem in value.warnings { report(.warning, directive, assignment, problem) }
        for problem in value.notes { report(.note, directive, assignment, problem) }
    }

    /// Takes back that a directive is not honoured where the assignment takes back what asked for it: a drop-in that
    /// switches something off leaves nothing to be honoured.
    private mutating func withdraw(_ assignment: UnitFile.Assignment, of directive: Directive) {
        // What has a value takes back no more than itself: for nearly all assignments that is the end of it.
        guard !notHonoured.isEmpty, assignment.value.isEmpty || notHonoured[directive.name] != nil else { return }
        var names: Set<String> = []
        switch directive.resets(by: assignment.value) {
        case .nothing: return
        case .directive: break
        case .property:
            let property = directive.firstProperty
            names = Set(notHonoured.filter { $0.value.firstProperty == property }.keys)
        }
        names.insert(directive.name)
        diagnostics.removeAll { $0.kind == .notHonoured && $0.directive.map(names.contains) ?? false }
        for name in names { notHonoured[name] = nil }
    }

    /// Directives with which systemd refuses the whole unit when it cannot read their value ("bad-setting"): the service
    /// would run as somebody else, or somewhere else. (Seen with systemd 257. Command lines say so themselves.)
    private static let refusing = [
        "User", "Group", "SupplementaryGroups", "DynamicUser", "WorkingDirectory", "RootDirectory", "RootImage",
        "RootVerity", "SELinuxContext", "AppArmorProfile", "SmackProcessLabel", "SocketUser", "SocketGroup",
    ]

    /// Whether a problem with a value of a directive in a unit file makes systemd refuse the unit.
    static func isRefusal(_ problem: InvalidValue, of directive: String, value: String) -> Bool {
        if problem.refusesUnit { return true }
        guard refusing.contains(directive) else { return false }
        // "-" asks to go on without the directory.
        return directive != "WorkingDirectory" || value.utf8.first != UInt8(ascii: "-")
    }

    private func severity(
        of problem: InvalidValue, in assignment: UnitFile.Assignment, _ directive: Directive
    ) -> Diagnostic.Severity {
        switch origin {
        case .commandLine: return .error
        case .file:
            // Running a unit of a type that is not run yet as if it were another is no default.
            if problem.kind == .notHonoured { return .error }
            return Self.isRefusal(problem, of: directive.name, value: assignment.value) ? .error : .warning
        }
    }

    /// Whether an assignment of a directive that is not honoured asks for nothing: an empty value resets, and "no" is
    /// the default of what can only be switched on.
    private static func isWithoutEffect(_ value: String, of directive: Directive) -> Bool {
        if value.isEmpty { return true }
        guard directive.kind.isOffByDefault else { return false }
        do throws(InvalidValue) {
            return try !Numbers.boolean(value)
        } catch {
            // The name of a mode: not "no".
            return false
        }
    }

    private mutating func report(
        _ severity: Diagnostic.Severity, _ directive: Directive, _ assignment: UnitFile.Assignment,
        _ problem: InvalidValue
    ) {
        if problem.kind == .notHonoured { notHonoured[directive.name] = directive }
        diagnostics.append(
            Diagnostic(
                severity, problem.kind, at: assignment.location(ofByte: problem.offset), directive: directive.name,
                message: problem.message, suggestion: problem.suggestion))
    }

    private mutating func report(
        _ severity: Diagnostic.Severity, _ kind: Diagnostic.Kind, _ directive: Directive, at location: SourceLocation,
        _ message: String
    ) {
        if kind == .notHonoured { notHonoured[directive.name] = directive }
        diagnostics.append(Diagnostic(severity, kind, at: location, directive: directive.name, message: message))
    }

    // MARK: - The whole

    /// The unit with all its diagnostics.
    /// - Parameters:
    ///   - syntax: what was found before the assignments were looked at.
    ///   - whole: the place for what is about the unit as a whole.
    /// - Returns: the unit; not to be run when one of the diagnostics is an error.
    consuming func finish(with syntax: [Diagnostic], at whole: SourceLocation) -> LoadedUnit {
        var all = diagnostics + syntax
        // In the order of the file; those of one place in the order they were found.
        if !syntax.isEmpty {
            all = all.enumerated().sorted { left, right in
                (left.element.location.line, left.element.location.column, left.offset)
                    < (right.element.location.line, right.element.location.column, right.offset)
            }.map(\.element)
        }
        // A refused ExecStart= is one problem, not two.
        let execStartIsRefused = all.contains { $0.directive == "ExecStart" && $0.severity == .error }
        // Nor is there one to count for where the file was not read, or for a type that is not run.
        let typeIsNotRun = all.contains { $0.directive == "Type" && $0.kind == .notHonoured }
        let isUnread = syntax.contains { $0.severity == .error }
        if !execStartIsRefused, !typeIsNotRun, !isUnread, let problem = problemOfCommands(at: whole) {
            all.append(problem)
        }
        if let problem = problemOfName(at: whole) { all.append(problem) }
        return LoadedUnit(unit: unit, diagnostics: all)
    }

    private func problemOfCommands(at whole: SourceLocation) -> Diagnostic? {
        guard let message = unit.contradiction else { return nil }
        return Diagnostic(
            .error, .inconsistent, at: execStartLocation ?? whole, directive: "ExecStart", message: message)
    }

    private func problemOfName(at whole: SourceLocation) -> Diagnostic? {
        guard unit.name.isTemplate else { return nil }
        return Diagnostic(
            .error, .inconsistent, at: whole,
            message: "\(unit.name) is a template and cannot be run itself; name an instance, for example "
                + "\(unit.name.prefix)@NAME\(unit.name.suffix)")
    }
}
