// The lists in calendar events, "1,5..9/2": reading, normal form, and what a field can have.

extension CalendarParser {
    /// The most parts of a list; systemd's limit.
    private static let componentLimit = 241

    /// A list of one field, or `*`.
    /// - Parameter unit: what 1 is: 1, or µs for seconds, which then may have a fraction.
    /// - Returns: its parts as they are written.
    /// - Throws: a refusal of what is no list.
    mutating func list(unit: Int) throws(InvalidValue) -> [CalendarEvent.Component] {
        if isNext("*") {
            position += 1
            return unit == 1 ? [] : [CalendarEvent.Component(start: 0, stop: nil, interval: unit)]
        }
        var components: [CalendarEvent.Component] = []
        repeat {
            if !components.isEmpty { position += 1 }
            guard components.count < Self.componentLimit else {
                throw refusal("a list has more than \(Self.componentLimit) parts")
            }
            components.append(try component(unit: unit))
        } while isNext(",")
        return components
    }

    private mutating func component(unit: Int) throws(InvalidValue) -> CalendarEvent.Component {
        var component = CalendarEvent.Component(start: try number(unit: unit), stop: nil, interval: 0)
        if isNext("."), position + 1 < end, bytes[position + 1] == UInt8(ascii: ".") {
            position += 2
            component.stop = try number(unit: unit)
            component.interval = unit
        }
        if isNext("/") {
            position += 1
            component.interval = try number(unit: unit)
            if component.interval == 0 { throw refusal("a repetition of 0 never ends") }
        } else if unit > 1, let stop = component.stop, component.start + component.interval > stop {
            throw refusal("a range of less than a second needs a repetition, as 0..0.5/0.25")
        }
        guard next.map({ [0x20, 0x2c, 0x2d, 0x7e, 0x3a].contains($0) }) ?? true else { throw unexpected() }
        return component
    }

    private mutating func number(unit: Int) throws(InvalidValue) -> Int {
        let digits = bytes[position..<end].prefix(while: Bytes.isDigit)
        guard !digits.isEmpty else { throw unexpected() }
        let tooLarge = refusal("\(Quoting.quoted(Bytes.text(digits))) is too large")
        guard let value = Numbers.unsigned(digits: digits, radix: 10), value <= Int32.max else { throw tooLarge }
        position += digits.count
        var result = Int(value) * unit
        if unit > 1, isNext("."), position + 1 < end, bytes[position + 1] != UInt8(ascii: ".") {
            position += 1
            let fraction = bytes[position..<end].prefix(while: Bytes.isDigit)
            guard !fraction.isEmpty else { throw unexpected() }
            var weight = unit / 10
            for digit in fraction.prefix(6) {
                result += Int(digit - 0x30) * weight
                weight /= 10
            }
            // Rounded to µs by the seventh digit.
            if let seventh = fraction.dropFirst(6).first, seventh >= UInt8(ascii: "5") { result += 1 }
            position += fraction.count
        }
        guard result <= Int32.max else { throw tooLarge }
        return result
    }

    // MARK: Checks

    /// A list in its normal form, when its values are ones that the field can have.
    func checked(
        _ list: [CalendarEvent.Component], _ range: ClosedRange<Int>, _ name: String, unit: Int = 1,
        isFromEnd: Bool = false
    ) throws(InvalidValue) -> [CalendarEvent.Component] {
        var components = list.map { $0.normalized }
        components.sort { ($0.start, $0.stop ?? -1, $0.interval) < ($1.start, $1.stop ?? -1, $1.interval) }
        var unique: [CalendarEvent.Component] = []
        for component in components where component != unique.last { unique.append(component) }

        let shownRange = "\(range.lowerBound / unit) to \(range.upperBound / unit)"
        for component in unique {
            for value in [component.start, component.stop ?? component.start] where !range.contains(value) {
                throw refusal("\(value / unit) is not \(name); expected \(shownRange)")
            }
            if let stop = component.stop, stop < component.start {
                throw refusal(
                    "the range \(component.start / unit)..\(stop / unit) ends before it begins; write two, with a comma"
                )
            }
            let last = isFromEnd && component.stop == nil ? component.start - component.interval : component.start
            let reached = component.start + component.interval
            guard component.interval <= range.upperBound - range.lowerBound, last >= range.lowerBound,
                (isFromEnd && component.stop == nil) || reached <= component.stop ?? range.upperBound
            else {
                throw refusal(
                    "with /\(component.interval / unit) nothing after \(component.start / unit) repeats within \(shownRange)"
                )
            }
        }
        return unique
    }
}

extension CalendarEvent.Component {
    /// A range that ends with its last value, and is none when it has only one.
    fileprivate var normalized: Self {
        guard var stop, stop >= start else { return self }
        if interval > 0 { stop -= (stop - start) % interval }
        return stop == start
            ? Self(start: start, stop: nil, interval: 0) : Self(start: start, stop: stop, interval: interval)
    }
}
