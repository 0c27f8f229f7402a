// Calendar events, "Mon..Fri *-*-* 08:00", the values of OnCalendar= (systemd.time(7), "CALENDAR EVENTS").

/// A set of points in time that recur by the calendar.
public struct CalendarEvent: Equatable, Hashable, Sendable {
    /// One part of a list: a value, `START..STOP`, or either repeated with `/INTERVAL`.
    public struct Component: Equatable, Hashable, Sendable {
        /// The first value.
        public var start: Int
        /// The last value; nil without a range.
        public var stop: Int?
        /// The distance of the values after the first; 0 when there are none.
        public var interval: Int
    }

    /// The clock that the event is read on.
    public enum TimeZone: Equatable, Hashable, Sendable {
        /// That of the system.
        case local
        /// That of the system, only while its standard or daylight saving time is in force: `CET`, `CEST`.
        case localVariant(abbreviation: String, isDaylight: Bool)
        /// UTC.
        case utc
        /// A name of the time zone database: `Europe/Berlin`.
        case named(String)
    }

    /// Days of the week, Monday is bit 0; 0 for any day.
    public internal(set) var weekdays: UInt8 = 0
    /// Years, 1970 to 2199; empty for any, as in the lists below.
    public internal(set) var years: [Component] = []
    /// Months, 1 to 12.
    public internal(set) var months: [Component] = []
    /// Days of the month, 1 to 31; with `isFromEndOfMonth` 1 is the last.
    public internal(set) var days: [Component] = []
    /// Whether days count from the end of the month: `*-02~01`.
    public internal(set) var isFromEndOfMonth = false
    /// Hours, 0 to 23.
    public internal(set) var hours: [Component] = []
    /// Minutes, 0 to 59.
    public internal(set) var minutes: [Component] = []
    /// Seconds in µs, below one minute.
    public internal(set) var seconds: [Component] = []
    /// The clock.
    public internal(set) var timeZone = TimeZone.local

    init() {}

    /// The years in which an event can elapse; systemd's limits.
    static let yearRange = 1970...2199
    /// µs in a second: the unit of `seconds`.
    static let second = 1_000_000

    static let weekdayNames = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
}

// MARK: - The normalized form

extension CalendarEvent: CustomStringConvertible {
    /// The normalized form, as `systemd-analyze calendar` prints it: `Mon..Fri *-*-* 08:00:00`.
    public var description: String {
        var text = weekdays == 0 ? "" : Self.weekdayList(weekdays) + " "
        text += Self.list(years, width: 4) + "-" + Self.list(months, width: 2)
        text += (isFromEndOfMonth ? "~" : "-") + Self.list(days, width: 2)
        text += " " + Self.list(hours, width: 2) + ":" + Self.list(minutes, width: 2)
        text += ":" + Self.list(seconds, width: 2, unit: Self.second)
        switch timeZone {
        case .local: break
        case .localVariant(let abbreviation, _): text += " " + abbreviation
        case .utc: text += " UTC"
        case .named(let name): text += " " + name
        }
        return text
    }

    private static func list(_ components: [Component], width: Int, unit: Int = 1) -> String {
        // A list with every full second in it is written as every second, whatever else it has; systemd does so.
        let everySecond = Component(start: 0, stop: nil, interval: second)
        if components.isEmpty || (unit == second && components.contains(everySecond)) {
            return "*"
        }
        return components.map { component in
            var text = number(component.start, width: width, unit: unit)
            if let stop = component.stop { text += ".." + number(stop, width: width, unit: unit) }
            if component.interval > 0, component.stop == nil || component.interval != unit {
                text += "/" + number(component.interval, width: 1, unit: unit)
            }
            return text
        }.joined(separator: ",")
    }

    private static func number(_ value: Int, width: Int, unit: Int) -> String {
        let fraction = value % unit
        return padded(value / unit, width) + (fraction > 0 ? "." + padded(fraction, 6) : "")
    }

    private static func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    /// Two days in a row are listed, three and more are a range.
    private static func weekdayList(_ bits: UInt8) -> String {
        var parts: [String] = []
        var day = 0
        while day < 7 {
            guard bits & (1 << day) != 0 else {
                day += 1
                continue
            }
            var last = day
            while last < 6, bits & (1 << (last + 1)) != 0 { last += 1 }
            let names = weekdayNames[day...last].map { String($0.prefix(3)) }
            parts += names.count > 2 ? [names[0] + ".." + names[names.count - 1]] : names
            day = last + 1
        }
        return parts.joined(separator: ",")
    }
}
