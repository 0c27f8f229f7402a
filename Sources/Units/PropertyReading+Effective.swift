// What systemd makes of values that are good as they are written: another name of a path, a limit that is none, and old
// names of directives, which it tells of.

extension PropertyReading {
    // MARK: - Old names

    /// Dependencies that a later job could override: systemd reads the plain ones instead, and says so.
    mutating func noteOldName() {
        guard directive.section == .unit, directive.name.hasSuffix("Overridable"),
            let replacement = directive.replacement
        else { return }
        notes.append(
            InvalidValue("obsolete, and read as \(replacement.name)=; write \(replacement.name)=", kind: .inconsistent))
    }

    /// /var/run is an old name of /run, and systemd uses the new one where something is made or read there.
    static func withoutLegacy(_ path: String) -> String {
        let old = "/var/run"
        guard path.utf8.starts(with: old.utf8) else { return path }
        let rest = path.utf8.dropFirst(old.utf8.count)
        if rest.isEmpty { return "/run/" }
        return rest.first == UInt8(ascii: "/") ? "/run" + Bytes.text(rest) : path
    }

    /// Tells that a path begins with an old name.
    mutating func noteLegacy(_ path: String) {
        let new = Self.withoutLegacy(path)
        guard new != path else { return }
        notes.append(
            InvalidValue(
                "/var/run is an old name of /run; \(Quoting.quoted(new)) is used, write that", kind: .inconsistent))
    }

    /// A path by its current name, with a note where it was written by the old one.
    mutating func current(_ path: String) -> String {
        noteLegacy(path)
        return Self.withoutLegacy(path)
    }

    /// A folder and its link without `.` and double slashes; flags stay.
    static func simplifiedDirectory(_ word: String) -> String {
        let parts = word.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        return parts.enumerated().map { index, part in
            index < 2 && !part.isEmpty ? Paths.simplified(Bytes.text(part)) : Bytes.text(part)
        }.joined(separator: ":")
    }

    // MARK: - Times

    /// The span that counts where systemd.socket(5) and systemd.path(5) give a written one another meaning.
    func effective(_ span: TimeSpan) -> TimeSpan {
        switch directive.section {
        case .socket, .path: break
        case .unit, .install, .daimon, .service, .target, .timer, .mount, .automount, .swap, .slice, .scope, .device:
            return span
        }
        // No time at all is no limit.
        if directive.section == .socket, directive.name == "TimeoutSec", span == .zero { return .infinity }
        // No interval is none of one's own: the default.
        let isLimit = directive.name == "TriggerLimitIntervalSec" || directive.name == "PollLimitIntervalSec"
        return isLimit && span == .infinity ? .seconds(2) : span
    }

    /// `OnCalendar=`; whether there is such a time zone is the machine's to say.
    mutating func calendarEvent(_ text: String) throws(InvalidValue) -> CalendarEvent {
        let expanded = try specifiers.expand(text)
        let hasZone = expanded.utf8.contains(0x20)
        return try CalendarEvent(
            parsing: expanded, local: hasZone ? specifiers.localClock() : .utc,
            isTimeZone: specifiers.timeZones.isKnown)
    }
}
