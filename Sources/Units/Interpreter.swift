// Applies assignments to a unit, one after the other, by the table of directives; then checks the whole.

struct Interpreter {
    private(set) var unit: ServiceUnit
    private(set) var diagnostics: [Diagnostic] = []
    private var specifiers: Specifiers
    /// Where ExecStart= was last assigned, for complaints about the whole.
    private var execStartLocation: SourceLocation?

    init(name: UnitName) {
        unit = ServiceUnit(name: name)
        specifiers = Specifiers(name: name)
    }

    // MARK: - One assignment

    mutating func apply(_ assignment: UnitFile.Assignment) {
        guard diagnostics.count < UnitFile.diagnosticLimit,
            let section = Directive.Section(rawValue: assignment.section)
        else { return }
        guard let directive = Directives.find(assignment.key, in: section) else {
            // systemd skips such names everywhere: they are for other programs.
            if !assignment.key.hasPrefix("X-") { reportUnknown(assignment, in: section) }
            return
        }
        switch directive.support {
        case .notHonoured(let reason):
            if !Self.isWithoutEffect(assignment.value, of: directive) {
                report(.warning, .notHonoured, directive, at: assignment.keyLocation, "not honoured: \(reason)")
            }
        case .honoured, .partly, .informational: break
        }
        guard let set = directive.set else { return }
        if section == .service, directive.name == "ExecStart" { execStartLocation = assignment.location(ofByte: 0) }

        var value = AssignedValue(assignment.value, specifiers: specifiers)
        do throws(InvalidValue) {
            try set(&value, &unit)
        } catch {
            value.errors.append(error)
        }
        specifiers = value.specifiers
        for problem in value.errors { report(.error, directive, assignment, problem) }
        for problem in value.warnings { report(.warning, directive, assignment, problem) }
    }

    /// Whether an assignment of a directive that is not honoured asks for nothing: an empty value resets, and "no" is
    /// the default of what can only be switched on.
    private static func isWithoutEffect(_ value: String, of directive: Directive) -> Bool {
        if value.isEmpty { return true }
        guard directive.kind == .toggle else { return false }
        do throws(InvalidValue) {
            return try !Numbers.boolean(value)
        } catch {
            // The name of a mode: not "no".
            return false
        }
    }

    private mutating func reportUnknown(_ assignment: UnitFile.Assignment, in section: Directive.Section) {
        let elsewhere = Directive.Section.allCases.filter { Directives.find(assignment.key, in: $0) != nil }
        let message: String
        var suggestion: String?
        if elsewhere.isEmpty {
            message = "there is no such directive in [\(section.rawValue)]"
            suggestion =
                Directives.nearest(to: assignment.key, in: section) ?? Directives.nearest(to: assignment.key)
        } else {
            message =
                "belongs in section [\(Quoting.list(elsewhere.map(\.rawValue)))], not in [\(section.rawValue)]"
        }
        diagnostics.append(
            Diagnostic(
                .error, .unknown, at: assignment.keyLocation, directive: assignment.key, message: message,
                suggestion: suggestion))
    }

    private mutating func report(
        _ severity: Diagnostic.Severity, _ directive: Directive, _ assignment: UnitFile.Assignment,
        _ problem: InvalidValue
    ) {
        diagnostics.append(
            Diagnostic(
                severity, problem.kind, at: assignment.location(ofByte: problem.offset), directive: directive.name,
                message: problem.message, suggestion: problem.suggestion))
    }

    private mutating func report(
        _ severity: Diagnostic.Severity, _ kind: Diagnostic.Kind, _ directive: Directive, at location: SourceLocation,
        _ message: String
    ) {
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
        if let problem = problemOfCommands(at: whole), !execStartIsRefused { all.append(problem) }
        if let problem = problemOfName(at: whole) { all.append(problem) }
        return LoadedUnit(unit: unit, diagnostics: all)
    }

    private func problemOfCommands(at whole: SourceLocation) -> Diagnostic? {
        switch unit.type {
        case .simple, .exec, .notify, .notifyReload: break
        }
        if unit.execStart.count == 1 { return nil }
        let message =
            unit.execStart.isEmpty
            ? "the unit has no command to run; expected ExecStart=/path/to/program in [Service]"
            : "\(unit.execStart.count) commands, and Type=\(unit.type.rawValue) runs exactly one; "
                + "an empty ExecStart= above the last one resets the list"
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
