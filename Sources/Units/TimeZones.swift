// What calendar events ask of the machine: its own clock, and which names are time zones.

/// The time zones that a calendar event may name. A value, so that tests and other machines' units can have their own.
public struct TimeZones: Sendable {
    /// The rules of the local clock, whose abbreviations (`CET`, `CEST`) may stand behind an event.
    public let local: @Sendable () -> TimeZoneRules
    /// Whether a name is one of the time zone database.
    public let isKnown: @Sendable (String) -> Bool

    /// Time zones from functions.
    /// - Parameters:
    ///   - local: the rules of the local clock.
    ///   - isKnown: whether a name, which may be any text, is one of the time zone database.
    public init(local: @escaping @Sendable () -> TimeZoneRules, isKnown: @escaping @Sendable (String) -> Bool) {
        self.local = local
        self.isKnown = isKnown
    }

    /// Whatever can be a name is one, and the local clock shows UTC: nothing of the machine is read.
    public static let any = TimeZones(local: { .utc }, isKnown: { _ in true })

    /// Those of this machine, read when they are asked for.
    /// - Parameter root: put before the paths that are read.
    /// - Returns: the zones. Nothing is read yet.
    public static func system(root: String = "") -> TimeZones {
        TimeZones(
            local: { TimeZoneRules.system(root: root) }, isKnown: { TimeZoneRules.exists(named: $0, root: root) })
    }
}
