// What is said of a name that no directive of its section has: a slip, or a directive of another section.

extension Directives {
    /// The problem of an assignment whose name is not known where it stands.
    /// - Parameters:
    ///   - assignment: the assignment.
    ///   - section: where it stands.
    ///   - type: the type of the unit.
    ///   - severity: how bad that is.
    ///   - suggests: whether the nearest known name is looked for.
    /// - Returns: the problem, with the section it belongs in, or the name that was most likely meant.
    static func unknown(
        _ assignment: UnitFile.Assignment, in section: Directive.Section, of type: UnitType,
        severity: Diagnostic.Severity, suggests: Bool
    ) -> Diagnostic {
        let elsewhere = type.sections.filter { find(assignment.key, in: $0) != nil }
        if !elsewhere.isEmpty {
            return Diagnostic(
                severity, .unknown, at: assignment.keyLocation, directive: assignment.key,
                message:
                    "belongs in section [\(Quoting.list(elsewhere.map(\.rawValue)))], not in [\(section.rawValue)]")
        }
        let suggestion =
            suggests
            ? nearest(to: assignment.key, in: section, of: type) ?? nearest(to: assignment.key, of: type) : nil
        return Diagnostic(
            severity, .unknown, at: assignment.keyLocation, directive: assignment.key,
            message: "there is no such directive in [\(section.rawValue)]", suggestion: suggestion)
    }
}
