// Limit*= values: `soft:hard` or one for both, in the unit of each limit (systemd.exec(5), "PROCESS PROPERTIES").

extension ResourceLimit {
    /// What a value of the limit is.
    enum Measure {
        case bytes, count, seconds, microseconds, nice
    }

    var measure: Measure {
        switch self {
        case .cpu: .seconds
        case .realTimeTime: .microseconds
        case .nice: .nice
        case .fileSize, .data, .stack, .core, .residentSet, .addressSpace, .lockedMemory, .messageQueue: .bytes
        case .openFiles, .processes, .locks, .pendingSignals, .realTimePriority: .count
        }
    }

    /// Reads a value of this limit.
    /// - Parameter text: `1024`, `1024:4096`, `512M`, `infinity`, `5min:1h`, `+5`.
    /// - Returns: the limits in the unit of setrlimit(2).
    /// - Throws: a refusal of what is no limit of this sort, and of a soft limit above the hard one.
    func parse(_ text: String) throws(InvalidValue) -> ResourceLimitValue {
        // A backslash makes the next byte literal. Hardly any limit has one.
        if text.utf8.contains(UInt8(ascii: "\\")) {
            var reader = WordReader(text, [.keepEmptyWords], separators: [UInt8(ascii: ":")])
            var words: [String] = []
            while let word = try reader.next() { words.append(try String(word: word.bytes, at: word.offset)) }
            if words.contains(where: { $0.utf8.contains { ":\\".utf8.contains($0) } }) {
                throw InvalidValue(expectation(text))
            }
            return try parse(words.joined(separator: ":"))
        }
        guard let colon = text.firstIndex(of: ":") else {
            let value = try single(text[...], of: text)
            return ResourceLimitValue(soft: value, hard: value)
        }
        let soft = try single(text[..<colon], of: text)
        let hard = try single(text[text.index(after: colon)...], of: text)
        guard soft <= hard else {
            throw InvalidValue("the soft limit \(soft) is above the hard limit \(hard); expected SOFT:HARD")
        }
        return ResourceLimitValue(soft: soft, hard: hard)
    }

    private func single(_ part: Substring, of whole: String) throws(InvalidValue) -> UInt64 {
        guard let value = value(part) else { throw InvalidValue(expectation(whole)) }
        return value
    }

    private func value(_ text: Substring) -> UInt64? {
        switch measure {
        case .nice: return niceCeiling(text)
        case .bytes:
            if text == "infinity" { return .max }
            // The greatest number is infinity's; it must be asked for by name.
            return size(text).flatMap { $0 == .max ? nil : $0 }
        case .count:
            if text == "infinity" { return .max }
            return Numbers.unsigned(text).flatMap { $0 == .max ? nil : $0 }
        case .seconds:
            guard let span = span(text, bareUnit: 1_000_000) else { return nil }
            // Rounded up: half a second of processor time is one second, not none.
            return span == .infinity
                ? .max : span.microseconds / 1_000_000 + (span.microseconds % 1_000_000 > 0 ? 1 : 0)
        case .microseconds: return span(text, bareUnit: 1)?.microseconds
        }
    }

    private func size(_ text: Substring) -> UInt64? {
        do throws(InvalidValue) { return try ByteSize.bytes(parsing: text) } catch { return nil }
    }

    private func span(_ text: Substring, bareUnit: UInt64) -> TimeSpan? {
        do throws(InvalidValue) { return try TimeSpan(parsing: text, bareUnit: bareUnit) } catch { return nil }
    }

    /// RLIMIT_NICE counts the other way round (getrlimit(2)): nice value n is 20 - n. With a sign it is a nice value.
    private func niceCeiling(_ text: Substring) -> UInt64? {
        if text.hasPrefix("+") || text.hasPrefix("-") {
            guard let nice = Numbers.integer(text), (-20...19).contains(nice) else { return nil }
            return UInt64(20 - nice)
        }
        return Numbers.unsigned(text).flatMap { $0 <= 40 ? $0 : nil }
    }

    private func expectation(_ text: String) -> String {
        let shown = Quoting.quoted(text)
        switch measure {
        case .bytes:
            return
                "\(shown) is not a limit in bytes; expected for example 512M, 1G:2G or infinity (K, M, G, T, P, E to the base 1024)"
        case .count: return "\(shown) is not a limit; expected a number, SOFT:HARD, or infinity"
        case .seconds, .microseconds:
            return "\(shown) is not a limit in time; expected for example 30s, 1min:5min or infinity"
        case .nice: return "\(shown) is not a limit of the nice value; expected -20 to +19 with its sign, or 0 to 40"
        }
    }
}
