// Reads calendar events (systemd.time(7), "CALENDAR EVENTS"): time zone, a word such as "daily", or weekdays, date, time.

extension CalendarEvent {
    /// A calendar event from text.
    /// - Parameters:
    ///   - text: such as `Mon..Fri 08:00`, `*-*~01 12:00 Europe/Berlin`, `weekly`, `@1395716396`.
    ///   - local: the system's clock, whose abbreviations (`CET`, `CEST`) may stand at the end.
    ///   - isTimeZone: whether a name is one of the time zone database.
    /// - Throws: a refusal of what is no calendar event, and of one with a value that its field cannot have.
    public init(
        parsing text: some StringProtocol, local: TimeZoneRules = .utc,
        isTimeZone: (String) -> Bool = TimeZoneRules.exists(named:)
    ) throws(InvalidValue) {
        let bytes = Array(text.utf8)
        var parser = CalendarParser(bytes: bytes, end: bytes.count)
        parser.takeTimeZone(local: local, isTimeZone: isTimeZone)
        do throws(InvalidValue) {
            try parser.parse()
        } catch {
            throw CalendarParser.unknownTimeZone(bytes) ?? error
        }
        self = parser.event
    }
}

struct CalendarParser {
    let bytes: [UInt8]
    /// Where the part before the time zone ends.
    var end: Int
    var position = 0
    var event = CalendarEvent()

    private static let names = [
        "minutely", "hourly", "daily", "weekly", "monthly", "quarterly", "semiannually", "yearly", "annually",
    ]

    var next: UInt8? { position < end ? bytes[position] : nil }

    func isNext(_ character: Unicode.Scalar) -> Bool {
        next == UInt8(ascii: character)
    }

    func refusal(_ what: String, suggestion: String? = nil) -> InvalidValue {
        InvalidValue(
            "\(Quoting.quoted(Bytes.text(bytes))) is not a calendar event: \(what)", suggestion: suggestion,
            offset: position)
    }

    // MARK: Time zone

    mutating func takeTimeZone(local: TimeZoneRules, isTimeZone: (String) -> Bool) {
        guard let space = bytes.lastIndex(of: UInt8(ascii: " ")) else { return }
        let word = bytes[(space + 1)...]
        let names = local.abbreviations
        if isWord(word, "UTC") {
            event.timeZone = .utc
        } else if let name = names.standard, isWord(word, name) {
            event.timeZone = .localVariant(abbreviation: name, isDaylight: false)
        } else if let name = names.daylight, isWord(word, name) {
            event.timeZone = .localVariant(abbreviation: name, isDaylight: true)
        } else if TimeZoneRules.isName(word), isTimeZone(Bytes.text(word)) {
            event.timeZone = .named(Bytes.text(word))
        } else {
            return
        }
        end = space
    }

    private func isWord(_ word: ArraySlice<UInt8>, _ name: String) -> Bool {
        word.map(Self.lower).elementsEqual(name.utf8.map(Self.lower))
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        (0x41...0x5a).contains(byte) ? byte | 0x20 : byte
    }

    /// The refusal of an event of which all but the last word can be read; nil of any other. A digit alone is no name of
    /// a zone that anybody meant.
    static func unknownTimeZone(_ bytes: [UInt8]) -> InvalidValue? {
        guard let space = bytes.lastIndex(of: UInt8(ascii: " ")), space > 0,
            bytes[(space + 1)...].contains(where: { Bytes.isAlphanumeric($0) && !Bytes.isDigit($0) })
        else { return nil }
        var parser = CalendarParser(bytes: bytes, end: space)
        do throws(InvalidValue) { try parser.parse() } catch { return nil }
        parser.position = space + 1
        return parser.refusal(
            "\(Quoting.quoted(Bytes.text(bytes[(space + 1)...]))) is not a time zone known here; "
                + "expected a name as Europe/Berlin")
    }

    // MARK: The whole

    mutating func parse() throws(InvalidValue) {
        guard end > 0 else { throw refusal("it is empty; expected for example daily or Mon..Fri 08:00") }
        if !takeName() {
            try takeWeekdays()
            if try !takeDate() { try takeTime() }
            guard position == end else { throw unexpected() }
        }
        if event.days.isEmpty { event.isFromEndOfMonth = false }
        if event.weekdays == 0x7f { event.weekdays = 0 }
        event.years = event.years.map {
            CalendarEvent.Component(
                start: Self.century($0.start), stop: $0.stop.map(Self.century), interval: $0.interval)
        }
        event.years = try checked(event.years, CalendarEvent.yearRange, "a year")
        event.months = try checked(event.months, 1...12, "a month")
        // Counted from the end only those days can be meant that every month has. (systemd refuses some lists of these
        // too, "*~11,27": its limit falls with each part of the list.)
        event.days = try checked(
            event.days, event.isFromEndOfMonth ? 1...28 : 1...31, "a day", isFromEnd: event.isFromEndOfMonth)
        event.hours = try checked(event.hours, 0...23, "an hour")
        event.minutes = try checked(event.minutes, 0...59, "a minute")
        event.seconds = try checked(
            event.seconds, 0...(60 * CalendarEvent.second - 1), "a second", unit: CalendarEvent.second)
    }

    /// Two digits are 1970 to 2069.
    private static func century(_ year: Int) -> Int {
        year < 70 ? year + 2000 : year < 100 ? year + 1900 : year
    }

    /// What stands here is not what the grammar has here.
    func unexpected() -> InvalidValue {
        let word = bytes[position..<end].drop { $0 == UInt8(ascii: " ") }.prefix { $0 != UInt8(ascii: " ") }
        guard let first = word.first else { return refusal("it ends too early; expected for example *-*-* 08:00:00") }
        let shown = Quoting.quoted(Bytes.text(word))
        let isLetter = Bytes.isAlphanumeric(first) && !Bytes.isDigit(first)
        if isLetter, word.startIndex > position, word.endIndex == bytes.count, position > 0 {
            return refusal("\(shown) is not a time zone known here; expected a name as Europe/Berlin")
        }
        if isLetter, position == 0 {
            let weekdays = CalendarEvent.weekdayNames
            return refusal(
                "\(shown) is neither a weekday nor a word as daily",
                suggestion: Suggestion.nearest(to: Bytes.text(word), among: Self.names + weekdays))
        }
        return refusal("\(shown) does not belong here; expected WEEKDAYS YEAR-MONTH-DAY HOUR:MINUTE:SECOND")
    }

    /// `daily` and its like.
    /// - Returns: whether it was one.
    private mutating func takeName() -> Bool {
        func only(_ values: Int...) -> [CalendarEvent.Component] {
            values.map { CalendarEvent.Component(start: $0, stop: nil, interval: 0) }
        }
        event.seconds = only(0)
        switch Bytes.text(bytes[..<end].prefix(20).map(Self.lower)) {
        case "minutely": return true
        case "hourly":
            event.minutes = only(0)
            return true
        case "daily": break
        case "weekly": event.weekdays = 1
        case "monthly": event.days = only(1)
        case "quarterly":
            event.months = only(1, 4, 7, 10)
            event.days = only(1)
        // The spellings besides semiannually are read as half-yearly too.
        case "semiannually", "semi-annually", "biannually", "bi-annually":
            event.months = only(1, 7)
            event.days = only(1)
        // A slip that systemd once shipped and has read ever since.
        case "yearly", "annually", "anually":
            event.months = only(1)
            event.days = only(1)
        default:
            event.seconds = []
            return false
        }
        event.minutes = only(0)
        event.hours = only(0)
        return true
    }

    // MARK: Weekdays

    private mutating func takeWeekdays() throws(InvalidValue) {
        var rangeStart: Int?
        var isFirst = true
        while true {
            guard let (day, length) = weekday() else {
                if isFirst { return }
                throw unexpected()
            }
            let after = position + length
            if after < end, ![0x2d, 0x2e, 0x2c, 0x20].contains(bytes[after]) { throw unexpected() }
            if let start = rangeStart, start > day {
                throw refusal("the range of weekdays ends before it begins; expected as Mon..Fri, or two: Sat..Sun,Mon")
            }
            for bit in (rangeStart ?? day)...day { event.weekdays |= 1 << UInt8(bit) }
            position = after
            let isRange = isNext("-") || isNext(".")
            if isRange, rangeStart != nil { throw refusal("a range of weekdays has two ends") }
            if isNext(".") {
                guard position + 1 < end, bytes[position + 1] == UInt8(ascii: ".") else { throw unexpected() }
                position += 2
            } else if isNext("-") || isNext(",") {
                position += 1
            }
            rangeStart = isRange ? day : nil
            // A comma may trail, an open range may not.
            if next == nil || isNext(" ") {
                if isRange { throw refusal("the range of weekdays has no end") }
                skipSpaces()
                return
            }
            isFirst = false
        }
    }

    /// The weekday that the text goes on with, 0 for Monday, and the length of its name.
    private func weekday() -> (day: Int, length: Int)? {
        let text = bytes[position..<end].prefix(9).map(Self.lower)
        for (day, name) in CalendarEvent.weekdayNames.enumerated() {
            let name = name.utf8.map(Self.lower)
            if text.starts(with: name) { return (day, name.count) }
            if text.starts(with: name.prefix(3)) { return (day, 3) }
        }
        return nil
    }

    private mutating func skipSpaces() {
        while isNext(" ") { position += 1 }
    }

    // MARK: Date and time

    /// - Returns: whether no time may follow.
    private mutating func takeDate() throws(InvalidValue) -> Bool {
        guard next != nil else { return false }
        if isNext("@") {
            try takeEpoch()
            return true
        }
        let start = position
        let first = try list(unit: 1)
        // With a colon, or nothing, after it this was the hour.
        if next == nil || isNext(":") {
            position = start
            return false
        }
        try takeDateSeparator()
        let second = try list(unit: 1)
        if next == nil || isNext(" ") {
            event.months = first
            event.days = second
        } else {
            if event.isFromEndOfMonth { throw refusal("~ stands before the day; expected as *-02~01") }
            try takeDateSeparator()
            let third = try list(unit: 1)
            guard next == nil || isNext(" ") else { throw unexpected() }
            event.years = first
            event.months = second
            event.days = third
        }
        skipSpaces()
        return false
    }

    private mutating func takeDateSeparator() throws(InvalidValue) {
        if isNext("~") {
            event.isFromEndOfMonth = true
        } else if !isNext("-") {
            throw unexpected()
        }
        position += 1
    }

    private mutating func takeTime() throws(InvalidValue) {
        let zero = [CalendarEvent.Component(start: 0, stop: nil, interval: 0)]
        event.minutes = zero
        event.seconds = zero
        guard next != nil else {
            event.hours = zero
            return
        }
        event.hours = try list(unit: 1)
        guard isNext(":") else { throw unexpected() }
        position += 1
        event.minutes = try list(unit: 1)
        guard next != nil else { return }
        guard isNext(":") else { throw unexpected() }
        position += 1
        event.seconds = try list(unit: CalendarEvent.second)
    }

    /// `@SECONDS` since the epoch: one point in time, in UTC whatever the time zone.
    private mutating func takeEpoch() throws(InvalidValue) {
        position += 1
        // As strtoul(3) reads it.
        while let byte = next, Bytes.isWhitespace(byte) { position += 1 }
        if isNext("+") { position += 1 }
        let digits = bytes[position..<end].prefix(while: Bytes.isDigit)
        guard !digits.isEmpty else { throw refusal("expected seconds since 1970 after @") }
        guard let number = Numbers.unsigned(digits: digits, radix: 10), number < CalendarDate.searchLimit else {
            throw refusal("\(Quoting.quoted("@" + Bytes.text(digits))) is after the year 2199")
        }
        position += digits.count
        let (day, second) = Int(number).quotientAndRemainder(dividingBy: 86_400)
        let date = CalendarDate(day: day)
        func only(_ value: Int) -> [CalendarEvent.Component] {
            [CalendarEvent.Component(start: value, stop: nil, interval: 0)]
        }
        event.years = only(date.year)
        event.months = only(date.month)
        event.days = only(date.dayOfMonth)
        event.hours = only(second / 3600)
        event.minutes = only(second / 60 % 60)
        event.seconds = only(second % 60 * CalendarEvent.second)
        event.timeZone = .utc
    }
}
