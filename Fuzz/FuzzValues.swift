// Values: times, amounts, addresses, conditions, words, versions.

func fuzzTimeSpans(_ input: FuzzInput) {
    let text = input.text
    if let span = accepted({ () throws(InvalidValue) in try TimeSpan(parsing: text) }) {
        // What is printed for a span means the same span.
        precondition(accepted { () throws(InvalidValue) in try TimeSpan(parsing: span.description) } == span)
    }
    _ = accepted { () throws(InvalidValue) in try TimeSpan(parsing: text, bareUnit: 1) }
    _ = accepted { () throws(InvalidValue) in try TimeSpan(parsing: text, bareUnit: 60_000_000) }
    _ = accepted { () throws(InvalidValue) in try TimeSpan(parsingWithZeroAsInfinity: text) }
    _ = accepted { () throws(InvalidValue) in try TimeSpan(parsingWithEmptyAsInfinity: text) }
    _ = accepted { () throws(InvalidValue) in try TimeSpan.nanoseconds(parsing: text) }
    _ = accepted { () throws(InvalidValue) in try Signal(parsing: text) }
    _ = accepted { () throws(InvalidValue) in try Numbers.boolean(text) }
    _ = accepted { () throws(InvalidValue) in try Numbers.mode(text) }
}

private let berlin = TimeZoneRules.named("Europe/Berlin") ?? .utc

func fuzzCalendarEvent(_ input: FuzzInput) {
    let text = input.text
    guard
        let event = accepted({ () throws(InvalidValue) in
            try CalendarEvent(parsing: text, local: berlin, isTimeZone: { _ in true })
        })
    else { return }
    // The normal form is its own normal form. (Its value may differ: a list with every second in it is written `*`.)
    let again = accepted { () throws(InvalidValue) in
        try CalendarEvent(parsing: event.description, local: berlin, isTimeZone: { _ in true })
    }
    precondition(again.map { isSame($0.description, event.description) } ?? false)
    // From now on, and from anywhere up to the last year.
    for start in [1_750_000_000_000_000, input.number % 7_300_000_000_000_000] {
        for rules in [TimeZoneRules.utc, berlin] {
            guard let next = event.next(after: start, in: rules) else { continue }
            precondition(next > start)
            // Nothing elapses between.
            precondition(event.next(after: next - 1, in: rules) == next)
            precondition(again?.next(after: start, in: rules) == next)
        }
    }
}

private let events = ["*-*-* 02:30", "hourly", "*-02~01 23:59:59.999999", "2000-01-01", "*:0/7"].compactMap { text in
    accepted { () throws(InvalidValue) in try CalendarEvent(parsing: text) }
}

/// A file of the time zone database, or its footer alone.
func fuzzTimeZone(_ input: FuzzInput) {
    let rules: TimeZoneRules?
    if input.bytes.first == UInt8(ascii: "<") || !input.bytes.starts(with: Array("TZif".utf8)) {
        var file = Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
        // Both headers have one local time: no leap seconds, no changes, four bytes of its name.
        let counts: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 4]
        let one: [UInt8] = [0, 0, 0, 0, 0, 0] + Array("UTC".utf8) + [0]
        file += counts + one
        file += Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15) + counts + one
        rules = TimeZoneRules(file: file + [10] + input.bytes + [10])
    } else {
        rules = TimeZoneRules(file: input.bytes)
    }
    guard let rules else { return }
    let event = events[input.bytes.count % events.count]
    if let next = event.next(after: 1_750_000_000_000_000, in: rules) { precondition(next > 1_750_000_000_000_000) }
}

func fuzzSocketAddress(_ input: FuzzInput) {
    let surroundings = SocketAddress.Surroundings(hasIPv6: true) { $0 == "lo" ? 1 : nil }
    if let address = accepted({ () throws(InvalidValue) in try SocketAddress.parse(input.text, in: surroundings) }) {
        let again = accepted { () throws(InvalidValue) in
            try SocketAddress.parse(address.text { _ in nil }, in: surroundings)
        }
        switch (address, again) {
        // The type of a vsock is not in the text.
        case (.vsock(let cid, let port, _), .vsock(let cidAgain, let portAgain, _)?):
            precondition(cid == cidAgain && port == portAgain)
        default: precondition(again == address)
        }
    }
    if let address = accepted({ () throws(InvalidValue) in try SocketAddress.parseNetlink(input.text) }) {
        precondition(
            accepted { () throws(InvalidValue) in try SocketAddress.parseNetlink(address.text { _ in nil }) } == address
        )
    }
}

/// The first byte is the kind; the rest the value, and behind 0x01 what the machine says.
func fuzzCondition(_ input: FuzzInput) {
    let (choice, rest) = input.choice
    let kind = Condition.Kind.allCases[Int(choice) % Condition.Kind.allCases.count]
    let parts = rest.parts
    let value = Bytes.text(Bytes.trimmed(parts[0].bytes[...]).filter { $0 < 0x80 })
    var specifiers = Specifiers(
        name: UnitName(unchecked: "web.service"), facts: SpecifierFacts { _ throws(InvalidValue) in "fact" })
    guard !value.isEmpty,
        let condition = accepted({ () throws(InvalidValue) in
            try Condition(parsing: value, kind, specifiers: &specifiers)
        })
    else { return }
    if !value.utf8.contains(UInt8(ascii: "%")) {
        let again = accepted { () throws(InvalidValue) in
            try Condition(parsing: condition.assignment, kind, specifiers: &specifiers)
        }
        precondition(again == condition)
    }
    let said = parts.count > 1 ? parts[1].text : "systemd.unit=rescue.target 6.1.0-13-amd64"
    var machine = ConditionFacts()
    machine.path = { _, _ in true }
    machine.version = { _ in said }
    machine.osRelease = { _ in .some(said) }
    machine.smbiosField = { _ in .some(said) }
    machine.hostName = { said }
    machine.kernelCommandLine = { said }
    machine.machineIdentifiers = { [said] }
    machine.memory = { 1 << 30 }
    machine.cpus = { 2 }
    machine.capabilityBoundingSet = { .max }
    machine.users = { (0, 1000) }
    machine.userID = { _ in .some(7) }
    machine.groupID = { _ in .some(7) }
    machine.isInGroup = { $0 == 7 }
    machine.virtualization = { "docker" }
    machine.architecture = { "x86-64" }
    machine.cgroupControllers = { ["cpu", "memory"] }
    machine.isCgroupUnified = { true }
    machine.environment = { [EnvironmentVariable(name: "A", value: said)] }
    machine.pressure = { _, _, _ in .share(12) }
    var negated = condition
    negated.isNegated.toggle()
    switch (condition.evaluate(machine), negated.evaluate(machine)) {
    case (.succeeded, .failed), (.failed, .succeeded): break
    case (.error(let one), .error(let other)):
        precondition(!one.isEmpty && one == other && isOneLine(one))
    default: preconditionFailure("a condition and its negation")
    }
    _ = condition.evaluate(ConditionFacts())
}

func fuzzAmounts(_ input: FuzzInput) {
    let text = input.text
    for limit in ResourceLimit.allCases {
        if let pair = accepted({ () throws(InvalidValue) in try limit.parse(text) }) {
            precondition(pair.soft <= pair.hard)
        }
    }
    for limit in [MemoryLimit.protection, .ceiling, .ceilingOrNone] {
        guard let amount = accepted({ () throws(InvalidValue) in try limit.parse(text) }) else { continue }
        for (total, granule) in [(UInt64.max, UInt64(4096)), (1 << 34, 4096), (0, 1), (.max, .max), (7, 0)] {
            let resolved = amount.resolved(total: total, granule: granule)
            if case .share = amount { precondition(resolved.map { $0 <= total } ?? false) }
        }
    }
    _ = accepted { () throws(InvalidValue) in try ResourceAmount.tasks(parsing: text) }
    _ = accepted { () throws(InvalidValue) in try ResourceAmount.processorTimePerSecond(parsing: text) }
    if let weight = accepted({ () throws(InvalidValue) in try ResourceAmount.weight(parsing: text, mayBeIdle: true) }) {
        precondition(weight <= 10_000)
    }
    for base in [ByteSize.Base.binary, .decimal] {
        _ = accepted { () throws(InvalidValue) in try ByteSize.bytes(parsing: text, base: base) }
    }
    for isBounded in [true, false] {
        if let share = accepted({ () throws(InvalidValue) in try Permyriad(parsing: text, isBounded: isBounded) }) {
            let again = accepted { () throws(InvalidValue) in
                try Permyriad(parsing: share.description, isBounded: isBounded)
            }
            precondition(again == share)
        }
    }
    var ignored: [InvalidValue] = []
    if let list = accepted({ () throws(InvalidValue) in try CPUList(parsing: text, ignored: &ignored) }) {
        for (one, next) in zip(list.ranges, list.ranges.dropFirst()) {
            precondition(next.lowerBound > one.upperBound + 1 && next.upperBound <= CPUList.greatest)
        }
        precondition(
            accepted { () throws(InvalidValue) in try CPUList(parsing: list.description, ignored: &ignored) } == list)
    }
}

/// Two bytes are the options, the rest is the value. Whatever the options: it ends, and no word is made of nothing.
func fuzzWords(_ input: FuzzInput) {
    let options = WordReader.Options(rawValue: UInt16(truncatingIfNeeded: input.number >> 48) & 0x1ff)
    let value = FuzzInput(Array(input.bytes.dropFirst(2)))
    for keepsUnknown in [false, true] {
        var reader = WordReader(value.text, options)
        var last = 0
        var turns = 0
        words: while turns <= value.text.utf8.count + 1 {
            let word: WordReader.Word??
            word = accepted { () throws(InvalidValue) in
                keepsUnknown ? try reader.nextKeepingUnknownEscapes() : try reader.next()
            }
            precondition(reader.position >= last && reader.position <= reader.bytes.count)
            guard case .some(.some(let found)) = word else { break words }
            precondition(found.offset >= last && found.bytes.count <= 4 * (reader.position - found.offset) + 4)
            last = reader.position
            turns += 1
            // Who keeps separators and empty words steps over the separators.
            if options.isSuperset(of: [.keepEmptyWords, .keepSeparators]), !reader.skipSeparators() { break words }
        }
        precondition(turns <= value.text.utf8.count + 1, "every word takes a byte")
    }
}

/// Two versions with 0x01 between them; the first is a pattern too.
func fuzzVersions(_ input: FuzzInput) {
    let parts = input.parts
    let (left, right) = (parts[0].text, parts.count > 1 ? parts[1].text : parts[0].text)
    let order = VersionOrder.compare(left, right)
    precondition(order.signum() == -VersionOrder.compare(right, left).signum())
    precondition(VersionOrder.compare(left, left) == 0)
    for ignoresCase in [false, true] {
        let isMatch = ShellPattern(left, ignoresCase: ignoresCase).matches(right)
        // With stars around it a pattern matches more.
        if isMatch { precondition(ShellPattern("*\(left)", ignoresCase: ignoresCase).matches(right)) }
    }
    if let suggestion = Suggestion.nearest(to: left, among: [right]) { precondition(isSame(suggestion, right)) }
}
