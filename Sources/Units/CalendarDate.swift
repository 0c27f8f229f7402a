// Days of the Gregorian calendar by number: the arithmetic under calendar events and time zones.

/// A date, and its number of days since 1970-01-01.
struct CalendarDate: Equatable {
    var year: Int
    /// 1 to 12.
    var month: Int
    /// 1 to 31.
    var dayOfMonth: Int

    /// Seconds since the epoch at which the search for an elapse ends: the year 2200 in UTC, a day later for clocks behind it.
    static let searchLimit: UInt64 = 7_258_118_400 + 86_400

    /// Days from 0000-03-01 to 1970-01-01.
    private static let epoch = 719_468
    /// Days of 400 years, after which the calendar repeats.
    private static let era = 146_097

    /// The date of a day.
    /// - Parameter day: since the epoch, within ±10^12, which the callers' limits ensure.
    init(day: Int) {
        // Years begin in March here, so that the leap day is the last of its year.
        let shifted = day + Self.epoch
        let era = (shifted >= 0 ? shifted : shifted - Self.era + 1) / Self.era
        let dayOfEra = shifted - era * Self.era
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        dayOfMonth = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// The number of a date.
    /// - Parameters:
    ///   - year: from 1, which the callers' limits ensure.
    ///   - month: 1 to 12.
    ///   - dayOfMonth: counted on past the end of the month.
    /// - Returns: days since the epoch.
    static func day(year: Int, month: Int, dayOfMonth: Int) -> Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let yearOfEra = shiftedYear % 400
        let shiftedMonth = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * shiftedMonth + 2) / 5 + dayOfMonth - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return shiftedYear / 400 * era + dayOfEra - epoch
    }

    /// The days of a month.
    static func length(year: Int, month: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    static func isLeap(_ year: Int) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    /// The day of the week, Monday is 0. The epoch was a Thursday.
    static func weekday(day: Int) -> Int {
        let remainder = (day + 3) % 7
        return remainder < 0 ? remainder + 7 : remainder
    }
}
