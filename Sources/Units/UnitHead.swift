// What units of every type have: the [Unit] section, typed (systemd.unit(5)).

/// The part that all types of units share.
public struct UnitHead: Equatable, Sendable {
    /// The full unit name.
    public var name: UnitName
    /// `Description=`; the name when the unit has none.
    public var description: String
    /// `Documentation=`.
    public var documentation: [String]
    /// All dependencies, the implicit and the default ones included.
    public var dependencies: [DependencyKind: Set<String>]
    /// `Condition…=`: what must hold, or the unit is skipped.
    public var conditions: [Condition]
    /// `Assert…=`: what must hold, or the start fails.
    public var assertions: [Condition]
    /// `DefaultDependencies=`.
    public var hasDefaultDependencies: Bool
    /// `RefuseManualStart=`.
    public var refusesManualStart: Bool
    /// `RefuseManualStop=`.
    public var refusesManualStop: Bool
    /// `StopWhenUnneeded=`.
    public var stopsWhenUnneeded: Bool
    /// `JobTimeoutSec=`.
    public var jobTimeout: TimeSpan
    /// `StartLimitIntervalSec=`.
    public var startLimitInterval: TimeSpan
    /// `StartLimitBurst=`.
    public var startLimitBurst: UInt32

    /// Reads the head of a unit.
    /// - Parameter properties: the unit as properties.
    public init(_ properties: UnitProperties) {
        name = properties.name
        description = properties.text("Description", in: .unit) ?? properties.name.description
        documentation = properties.list("Documentation", in: .unit)
        dependencies = properties.dependencies
        conditions = (properties.conditions["Conditions"] ?? []).map(\.condition)
        assertions = (properties.conditions["Asserts"] ?? []).map(\.condition)
        hasDefaultDependencies = properties.boolean("DefaultDependencies", in: .unit, default: true)
        refusesManualStart = properties.boolean("RefuseManualStart", in: .unit, default: false)
        refusesManualStop = properties.boolean("RefuseManualStop", in: .unit, default: false)
        stopsWhenUnneeded = properties.boolean("StopWhenUnneeded", in: .unit, default: false)
        jobTimeout = properties.span("JobTimeoutSec", in: .unit) ?? .infinity
        startLimitInterval = properties.span("StartLimitIntervalSec", in: .unit) ?? .seconds(10)
        startLimitBurst = properties.unsigned("StartLimitBurst", in: .unit) ?? 5
    }
}

extension UnitProperties {
    /// A span that was assigned.
    func span(_ name: String, in section: Directive.Section? = nil) -> TimeSpan? {
        if case .span(let span)? = scalar(name, in: section) { return span }
        return nil
    }

    /// A number that was assigned and that fits.
    func unsigned(_ name: String, in section: Directive.Section? = nil) -> UInt32? {
        let value = scalar(name, in: section)
        if case .signed(let number)? = value { return UInt32(exactly: number) }
        if case .unsigned(let number)? = value { return UInt32(exactly: number) }
        return nil
    }

    /// A number that was assigned, negative ones too.
    func signed(_ name: String) -> Int32? {
        if case .signed(let number)? = scalar(name) { return Int32(exactly: number) }
        return nil
    }

    /// A size in bytes that was assigned.
    func bytes(_ name: String) -> UInt64? {
        let value = scalar(name)
        if case .unsigned(let number)? = value { return number }
        if case .signed(let number)? = value { return UInt64(exactly: number) }
        return nil
    }

    /// A mode that was assigned.
    func mode(_ name: String) -> UInt32? {
        if case .mode(let mode)? = scalar(name) { return mode }
        return nil
    }

    /// The commands of a directive.
    func commands(_ name: String) -> [ExecCommand] {
        (assigned[Key(section: ownSection, name: name)] ?? []).flatMap { value -> [ExecCommand] in
            if case .commands(let commands) = value { return commands }
            return []
        }
    }
}
