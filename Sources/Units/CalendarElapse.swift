// When a calendar event elapses next: a search by the fields of the local clock, then the point in time it means.

extension CalendarEvent {
    /// The next time that the event elapses.
    ///
    /// As in systemd a local time that the clock skips (daylight saving time begins) does not elapse, and one that it shows
    /// twice elapses once, at the first. An event bound to one variant of the local time (`12:00 CET`) waits for it, where
    /// systemd gives up. Where a repetition without an end (`0/10`) runs over the end of its field, systemd may leave out
    /// the first values of the next hour, day or month; here they elapse.
    /// - Parameters:
    ///   - microseconds: µs since the epoch; the result is later than this.
    ///   - rules: the rules of the event's `timeZone`; ignored for UTC.
    /// - Returns: µs since the epoch; nil when the event does not elapse again before the year 2200.
    public func next(after microseconds: UInt64, in rules: TimeZoneRules) -> UInt64? {
        let rules = timeZone == .utc ? .utc : rules
        let second = UInt64(Self.second)
        guard microseconds < CalendarDate.searchLimit * second else { return nil }
        let first = microseconds + 1
        let firstSecond = Int(first / second)
        var local = (firstSecond + rules.offset(at: firstSecond)) * Self.second + Int(first % second)
        // Each turn that finds nothing goes on behind a change of the clock, and of these there are only so many.
        while let candidate = firstLocal(notBefore: local) {
            let (localSecond, fraction) = candidate.quotientAndRemainder(dividingBy: Self.second)
            switch rules.instants(ofLocal: localSecond) {
            case .skipped(let end): local = end * Self.second
            case .instants(let instants):
                let isWanted: (Int) -> Bool = { instant in
                    guard instant >= firstSecond else { return false }
                    switch timeZone {
                    case .localVariant(_, let isDaylight): return rules.isDaylight(at: instant) == isDaylight
                    case .local, .utc, .named: return true
                    }
                }
                if let instant = instants.first(where: isWanted), instant >= 0 {
                    return UInt64(instant) * second + UInt64(fraction)
                }
                guard let last = instants.last, let change = rules.firstChange(after: last) else { return nil }
                local = max((change + rules.offset(at: change)) * Self.second, candidate + 1)
            }
        }
        return nil
    }

    // MARK: - The search by fields

    /// The first time of the local clock that the fields allow.
    /// - Parameter local: µs since 1970-01-01 00:00:00 of that clock.
    /// - Returns: the same unit, not before `local`; nil when there is none before the year 2200.
    private func firstLocal(notBefore local: Int) -> Int? {
        let dayLength = 86_400 * Self.second
        // A clock behind UTC begins before its epoch; no event is that early.
        let (firstDay, timeOfDay) = max(0, local).quotientAndRemainder(dividingBy: dayLength)
        guard let day = nextDay(notBefore: firstDay) else { return nil }
        if day == firstDay, let time = nextTime(notBefore: timeOfDay) { return day * dayLength + time }
        guard let later = day > firstDay ? day : nextDay(notBefore: firstDay + 1), let time = nextTime(notBefore: 0)
        else { return nil }
        return later * dayLength + time
    }

    /// The first day that years, months, days and weekdays allow, in days since the epoch.
    private func nextDay(notBefore day: Int) -> Int? {
        let first = CalendarDate(day: day)
        var year = first.year
        while let matched = Self.next(years, notBefore: year), Self.yearRange.contains(matched) {
            year = matched
            var month = year == first.year ? first.month : 1
            while let matched = Self.next(months, notBefore: month), matched <= 12 {
                month = matched
                let isFirst = year == first.year && month == first.month
                if let day = nextDay(year: year, month: month, notBefore: isFirst ? first.dayOfMonth : 1) { return day }
                month += 1
            }
            year += 1
        }
        return nil
    }

    private func nextDay(year: Int, month: Int, notBefore first: Int) -> Int? {
        let length = CalendarDate.length(year: year, month: month)
        let days = isFromEndOfMonth ? days.map { $0.counted(fromEnd: length) } : days
        let firstDay = CalendarDate.day(year: year, month: month, dayOfMonth: 1)
        var day = first
        while let matched = Self.next(days, notBefore: day), matched <= length {
            let number = firstDay + matched - 1
            if weekdays == 0 || weekdays & (1 << UInt8(CalendarDate.weekday(day: number))) != 0 { return number }
            day = matched + 1
        }
        return nil
    }

    /// The first time of day that hours, minutes and seconds allow, in µs; nil when it is the next day.
    private func nextTime(notBefore time: Int) -> Int? {
        let minuteLength = 60 * Self.second
        let firstHour = time / (60 * minuteLength)
        var hour = firstHour
        while let matched = Self.next(hours, notBefore: hour), matched <= 23 {
            hour = matched
            let firstMinute = hour == firstHour ? time / minuteLength % 60 : 0
            var minute = firstMinute
            while let matched = Self.next(minutes, notBefore: minute), matched <= 59 {
                minute = matched
                let isFirst = hour == firstHour && minute == firstMinute
                let firstSecond = isFirst ? time % minuteLength : 0
                if let second = Self.next(seconds, notBefore: firstSecond), second < minuteLength {
                    return (hour * 60 + minute) * minuteLength + second
                }
                minute += 1
            }
            hour += 1
        }
        return nil
    }

    /// The least value of a list; without a list any value is one.
    private static func next(_ components: [Component], notBefore value: Int) -> Int? {
        components.isEmpty ? value : components.lazy.compactMap { $0.next(notBefore: value) }.min()
    }
}

extension CalendarEvent.Component {
    /// The first of its values that is not below another; it may lie beyond what the field can have.
    fileprivate func next(notBefore value: Int) -> Int? {
        if start >= value { return start }
        guard interval > 0 else { return nil }
        let steps = (value - start + interval - 1) / interval
        let next = start + steps * interval
        return stop.map { next <= $0 } ?? true ? next : nil
    }

    /// Days counted from the end of a month, 1 being the last, as days of it.
    fileprivate func counted(fromEnd length: Int) -> Self {
        // The range turns round: what is last from the end comes first.
        Self(start: length + 1 - (stop ?? start), stop: stop == nil ? nil : length + 1 - start, interval: interval)
    }
}
