// A unit of any type as properties: every directive of the table with its value or its default, under the names of
// systemd's D-Bus interface. What `daimon show` prints; derived values are in UnitProperties+Derived.swift.

/// The properties of a unit.
public struct UnitProperties: Sendable {
    /// A property with its value.
    public struct Entry: Equatable, Sendable {
        /// The name, for example `RestartUSec`.
        public var name: String
        /// The D-Bus signature, for example `t`.
        public var signature: String
        /// What a number counts; nil for none.
        public var unit: Directive.Property.Unit?
        /// The value.
        public var value: PropertyValue
        /// Whether nothing in the files of the unit sets it.
        public var isDefault: Bool
    }

    /// The unit.
    public let name: UnitName
    /// Its type.
    public let type: UnitType
    /// The time zones of calendar events.
    let timeZones: TimeZones
    /// What is wrong with the assignments.
    public private(set) var diagnostics: [Diagnostic] = []
    /// The valid values of each directive in the order of their assignments, since the last that reset it; by the name
    /// of the directive that is current where it was assigned under an older one.
    private(set) var assigned: [Key: [PropertyValue]] = [:]
    /// The raw text of each last assignment, for kinds that are not typed.
    private(set) var texts: [Key: [String]] = [:]
    /// The values of directives that share a property, in order across directives: addresses, timers, conditions.
    private(set) var shared: [String: [PropertyValue.Labelled]] = [:]
    /// `Conditions` and `Asserts`, in order across directives.
    private(set) var conditions: [String: [PropertyValue.NamedCondition]] = [:]

    /// A directive.
    struct Key: Hashable, Sendable {
        var section: Directive.Section
        var name: String
    }

    /// Reads the assignments of a unit.
    /// - Parameters:
    ///   - name: the unit's full name.
    ///   - type: its type.
    ///   - assignments: those of its fragment and its drop-ins, in order.
    ///   - specifiers: replaces `%`.
    init(name: UnitName, type: UnitType, assignments: [ResolvedAssignment], specifiers: Specifiers) {
        self.name = name
        self.type = type
        timeZones = specifiers.timeZones
        // One for all: what they may produce is bounded for the unit, and each fact is asked for once.
        var specifiers = specifiers
        for assignment in assignments { apply(assignment, &specifiers) }
    }

    /// What is wrong with the assignments of a unit, without keeping their values.
    /// - Parameters:
    ///   - type: the unit's type.
    ///   - assignments: those of its fragment and its drop-ins, in order.
    ///   - specifiers: replaces `%`.
    ///   - isWanted: which directives are looked into, nil being one that is not known.
    /// - Returns: the problems, in the order of the assignments.
    static func problems(
        type: UnitType, assignments: [ResolvedAssignment], specifiers: Specifiers, where isWanted: (Directive?) -> Bool
    ) -> [Diagnostic] {
        var specifiers = specifiers
        var diagnostics: [Diagnostic] = []
        for resolved in assignments where isWanted(resolved.directive) {
            guard let directive = resolved.directive else {
                report(unknown: resolved, of: type, to: &diagnostics)
                continue
            }
            if isReset(resolved.assignment, of: directive) {
                report(reset: resolved.assignment, of: directive, to: &diagnostics)
            } else {
                _ = read(resolved.assignment, directive, &specifiers, &diagnostics)
            }
        }
        return diagnostics
    }

    // MARK: - Assignments

    private static func report(unknown: ResolvedAssignment, of type: UnitType, to diagnostics: inout [Diagnostic]) {
        let assignment = unknown.assignment
        // systemd skips names with X- everywhere: they are for other programs.
        guard let section = unknown.section, !assignment.key.hasPrefix("X-"),
            diagnostics.count < UnitFile.diagnosticLimit
        else { return }
        diagnostics.append(
            Directives.unknown(
                assignment, in: section, of: type, severity: .warning,
                suggests: diagnostics.count < Interpreter.suggestionLimit))
    }

    /// The value of an assignment; nil where systemd would not take it, and for a kind that is not looked into.
    private static func read(
        _ assignment: UnitFile.Assignment, _ directive: Directive, _ specifiers: inout Specifiers,
        _ diagnostics: inout [Diagnostic]
    ) -> PropertyValue? {
        var reading = PropertyReading(directive, specifiers: specifiers)
        var value: PropertyValue?
        do throws(InvalidValue) {
            value = try reading.value(assignment.value)
        } catch {
            reading.problems.append(error)
        }
        specifiers = reading.specifiers
        for problem in reading.problems { report(problem, assignment, to: &diagnostics) }
        for note in reading.notes { report(note, assignment, as: .note, to: &diagnostics) }
        return value
    }

    private static func report(
        _ problem: InvalidValue, _ assignment: UnitFile.Assignment, as severity: Diagnostic.Severity? = nil,
        to diagnostics: inout [Diagnostic]
    ) {
        guard diagnostics.count < UnitFile.diagnosticLimit else { return }
        let isRefusal = Interpreter.isRefusal(problem, of: assignment.key, value: assignment.value)
        diagnostics.append(
            Diagnostic(
                severity ?? (isRefusal ? .error : .warning), problem.kind,
                at: assignment.location(ofByte: problem.offset),
                directive: assignment.key, message: problem.message, suggestion: problem.suggestion))
    }

    /// Whether an assignment takes back those before it. A boolean is never empty, and with DynamicUser= systemd does
    /// not go on.
    private static func isReset(_ assignment: UnitFile.Assignment, of directive: Directive) -> Bool {
        assignment.value.isEmpty && directive.name != "DynamicUser"
    }

    /// What is wrong with an empty assignment: some directives have no empty value.
    private static func report(
        reset assignment: UnitFile.Assignment, of directive: Directive, to diagnostics: inout [Diagnostic]
    ) {
        do throws(InvalidValue) {
            try directive.check("")
        } catch {
            report(error, assignment, to: &diagnostics)
        }
    }

    private mutating func apply(_ resolved: ResolvedAssignment, _ specifiers: inout Specifiers) {
        let assignment = resolved.assignment
        guard let written = resolved.directive else {
            Self.report(unknown: resolved, of: type, to: &diagnostics)
            return
        }
        let directive = written.replacement ?? written
        let key = Key(section: directive.section, name: Self.nameOfBuffer(directive))
        let property = directive.firstProperty
        if Self.isReset(assignment, of: directive) {
            reset(directive, key, property)
            Self.report(reset: assignment, of: written, to: &diagnostics)
            return
        }
        if let value = Self.read(assignment, written, &specifiers, &diagnostics) {
            add(value, of: directive, key, property, text: assignment.value)
        }
    }

    /// Both directives for standard input add to one buffer, in the order of the file, and each of them empties it.
    private static func nameOfBuffer(_ directive: Directive) -> String {
        directive.kind == .text && directive.name == "StandardInputText" ? "StandardInputData" : directive.name
    }

    private mutating func add(
        _ value: PropertyValue, of directive: Directive, _ key: Key, _ property: String?, text: String
    ) {
        if case .labelled(let pairs) = value, let property { shared[property, default: []] += pairs }
        if case .conditions(let list) = value, let property { conditions[property, default: []] += list }
        switch directive.merge {
        case .scalar, .scalarReset:
            assigned[key] = [value]
            texts[key] = [text]
            if directive.name == "CPUSchedulingPolicy" { fitPriority(to: value, in: key.section) }
            // TimeoutSec= is two directives in one.
            if directive.name == "TimeoutSec" {
                for name in ["TimeoutStartSec", "TimeoutStopSec"] {
                    assigned[Key(section: key.section, name: name)] = [value]
                }
            }
        case .first:
            if assigned[key] == nil {
                assigned[key] = [value]
                texts[key] = [text]
            }
        case .list, .listReset, .listResetAll:
            assigned[key, default: []].append(value)
            texts[key, default: []].append(text)
        }
    }

    /// A policy brings the priority that was set before it into its own range: 1 to 99 in real time, else 0 (sched(7)).
    private mutating func fitPriority(to policy: PropertyValue, in section: Directive.Section) {
        let key = Key(section: section, name: "CPUSchedulingPriority")
        var priority: Int64 = 0
        if case .signed(let number)? = assigned[key]?.last { priority = number }
        let isRealTime = policy == .text("fifo") || policy == .text("rr")
        assigned[key] = [.signed(isRealTime ? max(1, priority) : 0)]
    }

    private mutating func reset(_ directive: Directive, _ key: Key, _ property: String?) {
        if directive.name == "CPUSchedulingPolicy" {
            assigned[Key(section: key.section, name: "CPUSchedulingPriority")] = nil
        }
        switch directive.merge {
        case .scalar, .first, .list: break
        case .scalarReset:
            assigned[key] = nil
            texts[key] = nil
        case .listReset, .listResetAll:
            // The empty list is kept: for some directives "assigned and then emptied" is not the default.
            if directive.kind == .capabilities || directive.kind == .delegate {
                assigned[key] = [.list([])]
            } else if directive.name == "RestrictNetworkInterfaces" {
                let words = (assigned[key] ?? []).map { value -> [String] in
                    if case .list(let words) = value { return words }
                    return []
                }
                assigned[key] = Self.addressFamilies(words).isAllowList ? [.list(Self.emptied)] : nil
            } else {
                assigned[key] = nil
            }
            texts[key] = nil
            for property in Self.resetTogether(with: property) {
                shared[property] = nil
                conditions[property] = nil
            }
        }
    }

    /// The properties that an empty assignment empties: all timers are one list to systemd, whatever they count.
    private static func resetTogether(with property: String?) -> [String] {
        let timers = ["TimersCalendar", "TimersMonotonic"]
        return property.map { timers.contains($0) ? timers : [$0] } ?? []
    }

    // MARK: - Values

    /// The section of the type: `[Service]` for a service.
    var ownSection: Directive.Section { type.sections.count > 1 ? type.sections[1] : .unit }

    /// The last value of a scalar directive; nil where it has its default.
    func scalar(_ name: String, in section: Directive.Section? = nil) -> PropertyValue? {
        assigned[Key(section: section ?? ownSection, name: name)]?.last
    }

    /// The words of all assignments of a list.
    func list(_ name: String, in section: Directive.Section? = nil) -> [String] {
        (assigned[Key(section: section ?? ownSection, name: name)] ?? []).flatMap { value -> [String] in
            if case .list(let words) = value { return words }
            return []
        }
    }

    /// A text that was assigned.
    func text(_ name: String, in section: Directive.Section? = nil) -> String? {
        if case .text(let text)? = scalar(name, in: section) { return text }
        return nil
    }

    /// A boolean with its default.
    func boolean(_ name: String, in section: Directive.Section? = nil, default value: Bool) -> Bool {
        if case .boolean(let assigned)? = scalar(name, in: section) { return assigned }
        return value
    }

    /// Whether a directive was assigned.
    func isAssigned(_ name: String, in section: Directive.Section? = nil) -> Bool {
        assigned[Key(section: section ?? ownSection, name: name)] != nil
    }

    /// All values of one directive as one value.
    func merged(_ directive: Directive) -> PropertyValue? {
        let values = assigned[Key(section: directive.section, name: directive.name)] ?? []
        guard let last = values.last else { return nil }
        switch directive.merge {
        case .scalar, .scalarReset, .first: return last
        case .list, .listReset, .listResetAll: break
        }
        switch last {
        case .list:
            return .list(
                values.flatMap { value -> [String] in
                    if case .list(let words) = value { return words }
                    return []
                })
        case .bareList:
            return .bareList(
                values.flatMap { value -> [String] in
                    if case .bareList(let words) = value { return words }
                    return []
                })
        case .commands:
            return .commands(
                values.flatMap { value -> [ExecCommand] in
                    if case .commands(let commands) = value { return commands }
                    return []
                })
        case .environmentFiles:
            return .environmentFiles(
                values.flatMap { value -> [EnvironmentFile] in
                    if case .environmentFiles(let files) = value { return files }
                    return []
                })
        case .exitStatuses:
            var union = ExitStatusSet()
            for case .exitStatuses(let set) in values {
                union.statuses.formUnion(set.statuses)
                union.signals.formUnion(set.signals)
            }
            return .exitStatuses(union)
        case .text:
            return .list(
                values.flatMap { value -> [String] in
                    if case .text(let text) = value { return [text] }
                    return []
                })
        case .boolean, .signed, .unsigned, .unsignedOr, .span, .nanoseconds, .mode, .labelled, .filter, .texts, .timers,
            .conditions, .structures, .unset, .commandsWithFlags:
            return last
        }
    }
}
