// Facilities and levels of syslog(3) by the names that systemd.exec(5) takes.

/// Names of syslog facilities and levels.
public enum SyslogNames {
    /// Facilities with their numbers, unshifted.
    public static let facilities: [(name: String, number: Int32)] = [
        ("kern", 0), ("user", 1), ("mail", 2), ("daemon", 3), ("auth", 4), ("syslog", 5), ("lpr", 6), ("news", 7),
        ("uucp", 8), ("cron", 9), ("authpriv", 10), ("ftp", 11), ("local0", 16), ("local1", 17), ("local2", 18),
        ("local3", 19), ("local4", 20), ("local5", 21), ("local6", 22), ("local7", 23),
    ]

    /// Levels, most urgent first; the index is the number.
    public static let levels = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"]

    static func facility(_ text: String) throws(InvalidValue) -> Int32 {
        if let known = facilities.first(where: { $0.name == text }) { return known.number }
        // LOG_FACMASK of syslog.h leaves seven bits for the number.
        if let number = Numbers.unsigned(text), number <= 127 { return Int32(number) }
        throw InvalidValue(
            "\(Quoting.quoted(text)) is not a syslog facility; allowed: \(Quoting.list(facilities.map(\.name)))",
            suggestion: Suggestion.nearest(to: text, among: facilities.map(\.name)))
    }

    static func level(_ text: String) throws(InvalidValue) -> Int32 {
        if let index = levels.firstIndex(of: text) { return Int32(index) }
        if let number = Numbers.unsigned(text), number < 8 { return Int32(number) }
        throw InvalidValue(
            "\(Quoting.quoted(text)) is not a syslog level; allowed: \(Quoting.list(levels)), or 0 to 7",
            suggestion: Suggestion.nearest(to: text, among: levels))
    }
}
