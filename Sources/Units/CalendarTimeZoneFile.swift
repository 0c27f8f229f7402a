// The content of a file of the time zone database (tzfile(5), RFC 8536), and the rule at its end for years to come
// (tzset(3)). Nothing in it is trusted: every count is checked against the size, every index against its table.

extension TimeZoneRules {
    /// Rules from a file; nil for what is no such file.
    /// - Parameter file: the whole content.
    init?(file: [UInt8]) {
        var reader = Reader(bytes: file)
        guard var header = Header(&reader) else { return nil }
        var timeSize = 4
        if header.version > 0 {
            // The first part is for old readers, 32 bits wide; the same follows in 64 bits.
            guard reader.skip(header.length(timeSize: 4)), let second = Header(&reader) else { return nil }
            header = second
            timeSize = 8
        }
        guard header.types > 0, header.types <= 256, reader.left >= header.length(timeSize: timeSize) else {
            return nil
        }

        var changes: [Change] = []
        for _ in 0..<header.times {
            guard let instant = reader.integer(timeSize) else { return nil }
            if let last = changes.last, last.instant >= instant { return nil }
            // Far beyond the age of the universe, where sums would no longer fit.
            guard (-1 << 60...1 << 60).contains(instant) else { return nil }
            changes.append(Change(instant: instant, localTime: 0))
        }
        for index in changes.indices {
            guard let type = reader.byte(), type < header.types else { return nil }
            changes[index].localTime = Int(type)
        }
        var types: [(offset: Int, isDaylight: Bool, name: Int)] = []
        for _ in 0..<header.types {
            // RFC 8536, section 3.2: from 25 hours behind UTC to 26 ahead.
            guard let offset = reader.integer(4), (-25 * 3600...26 * 3600).contains(offset),
                let isDaylight = reader.byte(), let name = reader.byte(), name < header.characters
            else { return nil }
            types.append((offset, isDaylight != 0, Int(name)))
        }
        let names = reader.take(header.characters)
        var localTimes = types.map { type in
            LocalTime(
                offset: type.offset, isDaylight: type.isDaylight,
                abbreviation: Self.abbreviation(names.dropFirst(type.name).prefix { $0 != 0 }))
        }
        _ = reader.skip(header.length(timeSize: timeSize) - header.lengthOfTables(timeSize: timeSize))
        if timeSize == 8, let rule = PosixTimeZone(footer: reader.rest) {
            rule.extend(&changes, localTimes: &localTimes)
        }
        guard let first = localTimes.first else { return nil }
        self.init(localTimes: first, Array(localTimes.dropFirst()), changes: changes)
    }

    /// Names are shown to people, so only what tzset(3) allows in them is kept.
    private static func abbreviation(_ bytes: ArraySlice<UInt8>) -> String {
        Bytes.text(
            bytes.prefix(16).filter { Bytes.isAlphanumeric($0) || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") })
    }

    private struct Header {
        var version: UInt8
        var times: Int
        var types: Int
        var characters: Int
        private var others: Int
        private var leapSeconds: Int

        init?(_ reader: inout Reader) {
            guard reader.take(4).elementsEqual("TZif".utf8), let version = reader.byte(), reader.skip(15) else {
                return nil
            }
            var counts: [Int] = []
            for _ in 0..<6 {
                // At most the size of any file that is read, so that no product below overflows.
                guard let count = reader.integer(4), (0...1_000_000).contains(count) else { return nil }
                counts.append(count)
            }
            self.version = version
            others = counts[0] + counts[1]
            leapSeconds = counts[2]
            times = counts[3]
            types = counts[4]
            characters = counts[5]
        }

        func lengthOfTables(timeSize: Int) -> Int {
            times * (timeSize + 1) + types * 6 + characters
        }

        func length(timeSize: Int) -> Int {
            lengthOfTables(timeSize: timeSize) + leapSeconds * (timeSize + 4) + others
        }
    }

    /// Reads big-endian numbers, never beyond the end.
    private struct Reader {
        let bytes: [UInt8]
        private var position = 0

        init(bytes: [UInt8]) {
            self.bytes = bytes
        }

        var left: Int { bytes.count - position }
        var rest: ArraySlice<UInt8> { bytes[position...] }

        mutating func skip(_ count: Int) -> Bool {
            guard count >= 0, count <= left else { return false }
            position += count
            return true
        }

        mutating func take(_ count: Int) -> ArraySlice<UInt8> {
            let taken = bytes[position...].prefix(count)
            position += taken.count
            return taken
        }

        mutating func byte() -> UInt8? {
            take(1).first
        }

        mutating func integer(_ size: Int) -> Int? {
            let taken = take(size)
            guard taken.count == size, let first = taken.first else { return nil }
            // The first byte carries the sign.
            return taken.dropFirst().reduce(Int(Int8(bitPattern: first))) { $0 << 8 | Int($1) }
        }
    }
}

/// A rule such as `CET-1CEST,M3.5.0,M10.5.0/3` (tzset(3)).
struct PosixTimeZone {
    /// The day of a change.
    enum Day {
        /// 1 to 365, without the leap day.
        case julian(Int)
        /// 0 to 365, with the leap day.
        case zeroBased(Int)
        /// A weekday, 0 for Sunday, of a week of a month; week 5 is the last.
        case month(Int, week: Int, weekday: Int)
    }

    private var standard: TimeZoneRules.LocalTime
    /// Daylight saving time with the day and second of its beginning and end; nil without one.
    private var daylight: (time: TimeZoneRules.LocalTime, start: (Day, Int), end: (Day, Int))?

    private var text: ArraySlice<UInt8> = []

    /// A rule from the end of a file; nil when there is none, or none that is understood.
    /// - Parameter footer: the rule between two line feeds.
    init?(footer: ArraySlice<UInt8>) {
        standard = TimeZoneRules.LocalTime(offset: 0, isDaylight: false, abbreviation: "")
        guard footer.first == 0x0a else { return nil }
        text = footer.dropFirst().prefix { $0 != 0x0a }
        guard let name = takeName(), let west = takeTime() else { return nil }
        standard = TimeZoneRules.LocalTime(offset: -west, isDaylight: false, abbreviation: name)
        if text.isEmpty { return }
        guard let name = takeName() else { return nil }
        var offset = standard.offset + 3600
        if text.first != UInt8(ascii: ",") {
            guard let west = takeTime() else { return nil }
            offset = -west
        }
        guard let start = takeRule(), let end = takeRule(), text.isEmpty, abs(offset) <= 25 * 3600 else { return nil }
        let time = TimeZoneRules.LocalTime(offset: offset, isDaylight: true, abbreviation: name)
        daylight = (time, start, end)
    }

    /// Letters, or anything between `<` and `>`.
    private mutating func takeName() -> String? {
        let name: ArraySlice<UInt8>
        if take(UInt8(ascii: "<")) {
            name = text.prefix { $0 != UInt8(ascii: ">") }
            text = text.dropFirst(name.count)
            guard take(UInt8(ascii: ">")) else { return nil }
        } else {
            name = text.prefix { Bytes.isAlphanumeric($0) && !Bytes.isDigit($0) }
            text = text.dropFirst(name.count)
        }
        let isValid = name.allSatisfy {
            Bytes.isAlphanumeric($0) || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-")
        }
        return (3...16).contains(name.count) && isValid ? Bytes.text(name) : nil
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard text.first == byte else { return false }
        text.removeFirst()
        return true
    }

    private mutating func takeNumber(_ range: ClosedRange<Int>) -> Int? {
        let digits = text.prefix(4).prefix(while: Bytes.isDigit)
        guard let number = Numbers.unsigned(digits: digits, radix: 10), range.contains(Int(number)) else { return nil }
        text = text.dropFirst(digits.count)
        return Int(number)
    }

    /// `[+-]HH[:MM[:SS]]` in seconds; up to a week of hours, as RFC 8536 extends tzset(3).
    private mutating func takeTime() -> Int? {
        let isNegative = take(UInt8(ascii: "-"))
        if !isNegative { _ = take(UInt8(ascii: "+")) }
        guard var seconds = takeNumber(0...167).map({ $0 * 3600 }) else { return nil }
        for unit in [60, 1] {
            guard take(UInt8(ascii: ":")) else { break }
            guard let number = takeNumber(0...59) else { return nil }
            seconds += number * unit
        }
        return isNegative ? -seconds : seconds
    }

    /// `,DAY[/TIME]`
    private mutating func takeRule() -> (Day, Int)? {
        guard take(UInt8(ascii: ",")) else { return nil }
        let day: Day
        if take(UInt8(ascii: "M")) {
            guard let month = takeNumber(1...12), take(UInt8(ascii: ".")), let week = takeNumber(1...5),
                take(UInt8(ascii: ".")), let weekday = takeNumber(0...6)
            else { return nil }
            day = .month(month, week: week, weekday: weekday)
        } else if take(UInt8(ascii: "J")) {
            guard let number = takeNumber(1...365) else { return nil }
            day = .julian(number)
        } else {
            guard let number = takeNumber(0...365) else { return nil }
            day = .zeroBased(number)
        }
        guard take(UInt8(ascii: "/")) else { return (day, 2 * 3600) }
        return takeTime().map { (day, $0) }
    }

    /// Adds the changes of all years that an event can elapse in and that the file does not list.
    /// - Parameters:
    ///   - changes: in ascending order; gets further ones.
    ///   - localTimes: gets the rule's own where they are missing.
    func extend(_ changes: inout [TimeZoneRules.Change], localTimes: inout [TimeZoneRules.LocalTime]) {
        guard let (time, start, end) = daylight else { return }
        let standardIndex = Self.index(of: standard, in: &localTimes)
        let daylightIndex = Self.index(of: time, in: &localTimes)
        let listed = changes.last?.instant ?? .min
        let years = CalendarEvent.yearRange
        var added: [TimeZoneRules.Change] = []
        for year in years.lowerBound...(years.upperBound + 1) {
            added.append(.init(instant: instant(start, year: year, before: standard), localTime: daylightIndex))
            added.append(.init(instant: instant(end, year: year, before: time), localTime: standardIndex))
        }
        // South of the equator the end comes first. A change at the same second as another's replaces it.
        for change in added.sorted(by: { $0.instant < $1.instant }) where change.instant > listed {
            if changes.last?.instant == change.instant { changes.removeLast() }
            changes.append(change)
        }
    }

    private static func index(
        of time: TimeZoneRules.LocalTime, in localTimes: inout [TimeZoneRules.LocalTime]
    ) -> Int {
        if let index = localTimes.firstIndex(of: time) { return index }
        localTimes.append(time)
        return localTimes.count - 1
    }

    /// The point in time of a change, which is given in the local time before it.
    private func instant(_ rule: (Day, Int), year: Int, before: TimeZoneRules.LocalTime) -> Int {
        let newYear = CalendarDate.day(year: year, month: 1, dayOfMonth: 1)
        let day: Int
        switch rule.0 {
        case .julian(let number):
            day = newYear + number - (CalendarDate.isLeap(year) && number >= 60 ? 0 : 1)
        case .zeroBased(let number): day = newYear + number
        case .month(let month, let week, let weekday):
            let first = CalendarDate.day(year: year, month: month, dayOfMonth: 1)
            // CalendarDate's weeks begin on Monday, the rule's on Sunday.
            let toFirst = (weekday + 6 - CalendarDate.weekday(day: first) + 7) % 7
            let inMonth = toFirst + (week - 1) * 7
            day = first + (inMonth < CalendarDate.length(year: year, month: month) ? inMonth : inMonth - 7)
        }
        return day * 86_400 + rule.1 - before.offset
    }
}
