// The typed sections of the units that start others at a time or when a path changes, and of targets, which only group
// (systemd.timer(5), systemd.path(5), systemd.target(5)).

/// A timer unit with every value typed and every default filled in.
public struct TimerUnit: Equatable, Sendable {
    /// What a monotonic timer counts from.
    public enum Base: String, CaseIterable, Sendable {
        case active = "OnActiveSec"
        case boot = "OnBootSec"
        case startup = "OnStartupSec"
        case unitActive = "OnUnitActiveSec"
        case unitInactive = "OnUnitInactiveSec"
    }

    /// A span after a moment.
    public struct Monotonic: Equatable, Sendable {
        /// The moment.
        public var base: Base
        /// How long after it.
        public var span: TimeSpan
    }

    /// The [Unit] section and the dependencies.
    public var head: UnitHead
    /// `OnCalendar=`.
    public var calendar: [CalendarEvent]
    /// `OnActiveSec=` and the others that count from a moment.
    public var monotonic: [Monotonic]
    /// `Unit=`, or the service of the same name.
    public var unit: UnitName
    /// `AccuracySec=`.
    public var accuracy: TimeSpan
    /// `RandomizedDelaySec=`.
    public var randomizedDelay: TimeSpan
    /// `FixedRandomDelay=`.
    public var fixedRandomDelay: Bool
    /// `Persistent=`: what was missed while the timer was off is made up for.
    public var persistent: Bool
    /// `WakeSystem=`.
    public var wakeSystem: Bool
    /// `RemainAfterElapse=`.
    public var remainAfterElapse: Bool
    /// `OnClockChange=`.
    public var onClockChange: Bool
    /// `OnTimezoneChange=`.
    public var onTimeZoneChange: Bool

    /// Reads a timer unit.
    /// - Parameter properties: the unit as properties, of type `.timer`.
    init(_ properties: UnitProperties) {
        head = UnitHead(properties)
        let events = properties.shared["TimersCalendar"] ?? []
        let local = events.isEmpty ? .utc : properties.timeZones.local()
        calendar = events.compactMap { pair in
            do throws(InvalidValue) {
                // Whether a zone is known was asked when the value was read.
                return try CalendarEvent(parsing: pair.value, local: local, isTimeZone: { _ in true })
            } catch { return nil }
        }
        monotonic = (properties.shared["TimersMonotonic"] ?? []).compactMap { pair in
            do throws(InvalidValue) {
                let span = try TimeSpan(parsing: pair.value)
                return Base(rawValue: pair.label).map { Monotonic(base: $0, span: span) }
            } catch { return nil }
        }
        unit = properties.triggered ?? properties.name
        accuracy = properties.span("AccuracySec") ?? .seconds(60)
        randomizedDelay = properties.span("RandomizedDelaySec") ?? .zero
        fixedRandomDelay = properties.boolean("FixedRandomDelay", default: false)
        persistent = properties.boolean("Persistent", default: false)
        wakeSystem = properties.boolean("WakeSystem", default: false)
        remainAfterElapse = properties.boolean("RemainAfterElapse", default: true)
        onClockChange = properties.boolean("OnClockChange", default: false)
        onTimeZoneChange = properties.boolean("OnTimezoneChange", default: false)
    }
}

/// A path unit with every value typed and every default filled in.
public struct PathUnit: Equatable, Sendable {
    /// What is waited for.
    public enum Kind: String, CaseIterable, Sendable {
        case exists = "PathExists"
        case existsGlob = "PathExistsGlob"
        case changed = "PathChanged"
        case modified = "PathModified"
        case directoryNotEmpty = "DirectoryNotEmpty"
    }

    /// A path that is watched.
    public struct Watch: Equatable, Sendable {
        /// What is waited for.
        public var kind: Kind
        /// The absolute path, or the pattern.
        public var path: String
    }

    /// The [Unit] section and the dependencies.
    public var head: UnitHead
    /// What is watched, in the order of the assignments.
    public var watches: [Watch]
    /// `Unit=`, or the service of the same name.
    public var unit: UnitName
    /// `MakeDirectory=`.
    public var makeDirectory: Bool
    /// `DirectoryMode=`.
    public var directoryMode: UInt32
    /// `TriggerLimitIntervalSec=`.
    public var triggerLimitInterval: TimeSpan
    /// `TriggerLimitBurst=`.
    public var triggerLimitBurst: UInt32

    /// Reads a path unit.
    /// - Parameter properties: the unit as properties, of type `.path`.
    init(_ properties: UnitProperties) {
        head = UnitHead(properties)
        watches = (properties.shared["Paths"] ?? []).compactMap { pair in
            Kind(rawValue: pair.label).map { Watch(kind: $0, path: pair.value) }
        }
        unit = properties.triggered ?? properties.name
        makeDirectory = properties.boolean("MakeDirectory", default: false)
        directoryMode = properties.mode("DirectoryMode") ?? 0o755
        triggerLimitInterval = properties.span("TriggerLimitIntervalSec") ?? .seconds(2)
        triggerLimitBurst = properties.unsigned("TriggerLimitBurst") ?? 200
    }
}

/// A target: a name for other units together.
public struct TargetUnit: Equatable, Sendable {
    /// The [Unit] section and the dependencies.
    public var head: UnitHead

    /// Reads a target.
    /// - Parameter properties: the unit as properties, of type `.target`.
    init(_ properties: UnitProperties) { head = UnitHead(properties) }
}

/// A typed unit of a type that is run, or will be.
public enum TypedUnit: Equatable, Sendable {
    case service(ServiceUnit)
    case socket(SocketUnit)
    case timer(TimerUnit)
    case path(PathUnit)
    case target(TargetUnit)
}

extension UnitDescription {
    /// The typed unit; nil for a type that is not run.
    public var typed: TypedUnit? {
        switch type {
        case .service: service.map { .service($0.unit) }
        case .socket: .socket(SocketUnit(properties))
        case .timer: .timer(TimerUnit(properties))
        case .path: .path(PathUnit(properties))
        case .target: .target(TargetUnit(properties))
        case .mount, .automount, .swap, .slice, .scope, .device: nil
        }
    }
}
