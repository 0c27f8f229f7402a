// Rules of time zones: which offset from UTC holds when, and which points in time a local time means.
import Glibc

/// The rules of one time zone.
public struct TimeZoneRules: Equatable, Sendable {
    /// One of its local times, such as CET and CEST.
    struct LocalTime: Equatable {
        /// Seconds east of UTC.
        var offset: Int
        var isDaylight: Bool
        var abbreviation: String
    }

    /// A point in time at which another local time begins.
    struct Change: Equatable {
        /// Seconds since the epoch.
        var instant: Int
        /// Index into `localTimes`.
        var localTime: Int
    }

    /// Before the first change the first one holds. Never empty.
    private let localTimes: [LocalTime]
    /// In ascending order.
    private let changes: [Change]

    /// UTC.
    public static let utc = TimeZoneRules(
        localTimes: LocalTime(offset: 0, isDaylight: false, abbreviation: "UTC"), [], changes: [])

    /// Rules.
    /// - Parameters:
    ///   - first: what holds before the first change.
    ///   - others: further local times.
    ///   - changes: in ascending order; indexes count `first` as 0.
    init(localTimes first: LocalTime, _ others: [LocalTime], changes: [Change]) {
        localTimes = [first] + others
        self.changes = changes
    }

    // MARK: - From UTC to local time

    private func localTime(at instant: Int) -> LocalTime {
        let following = firstIndex(after: instant)
        return localTimes[following == 0 ? 0 : changes[following - 1].localTime]
    }

    /// The index of the first change later than a point in time.
    private func firstIndex(after instant: Int) -> Int {
        var low = 0
        var high = changes.count
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].instant <= instant { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The offset that holds.
    /// - Parameter instant: seconds since the epoch.
    /// - Returns: seconds east of UTC.
    func offset(at instant: Int) -> Int {
        localTime(at: instant).offset
    }

    /// Whether daylight saving time holds.
    /// - Parameter instant: seconds since the epoch.
    /// - Returns: whether it does.
    func isDaylight(at instant: Int) -> Bool {
        localTime(at: instant).isDaylight
    }

    /// The first change of the clock.
    /// - Parameter instant: seconds since the epoch.
    /// - Returns: later than `instant`; nil when the clock does not change any more.
    func firstChange(after instant: Int) -> Int? {
        let index = firstIndex(after: instant)
        return index < changes.count ? changes[index].instant : nil
    }

    /// What standard and daylight saving time are called, latest first come; nil where there is none.
    var abbreviations: (standard: String?, daylight: String?) {
        let latest = changes.suffix(2).reversed().map { localTimes[$0.localTime] }
        let all = latest.isEmpty ? localTimes : latest
        return (
            all.first { !$0.isDaylight }?.abbreviation, all.first { $0.isDaylight }?.abbreviation
        )
    }

    // MARK: - From local time to UTC

    /// What a local time means.
    enum Meaning: Equatable {
        /// Points in time in ascending order; two when the clock was put back over it.
        case instants([Int])
        /// None: the clock was put forward over it, to this local time.
        case skipped(to: Int)
    }

    /// The points in time at which the clock shows a local time.
    /// - Parameter local: seconds since 1970-01-01 00:00:00 of that clock.
    /// - Returns: the points in time, or where the clock goes on.
    func instants(ofLocal local: Int) -> Meaning {
        // No clock is further from UTC than this (RFC 8536, section 3.2), so no other change can matter.
        let reach = 26 * 3600
        var index = firstIndex(after: local - reach)
        var current = index == 0 ? 0 : changes[index - 1].localTime
        var start = Int.min
        var instants: [Int] = []
        var end: Int?
        while true {
            let next = index < changes.count ? changes[index] : nil
            let instant = local - localTimes[current].offset
            if instant >= start, instant < next?.instant ?? .max { instants.append(instant) }
            guard let next, next.instant <= local + reach else { break }
            let shown = next.instant + localTimes[next.localTime].offset
            if shown > local { end = end ?? shown }
            start = next.instant
            current = next.localTime
            index += 1
        }
        if instants.isEmpty, let end { return .skipped(to: end) }
        return .instants(instants)
    }
}

// MARK: - The time zone database

extension TimeZoneRules {
    private static let folder = "/usr/share/zoneinfo/"

    /// Files of the database have at most a few kilobytes.
    private static let sizeLimit = 65_536

    /// The rules of a name of the time zone database.
    /// - Parameter name: such as `Europe/Berlin`.
    /// - Returns: nil for a name that is none, and when the system has no readable file of it.
    public static func named(_ name: String) -> TimeZoneRules? {
        guard isName(Array(name.utf8)[...]) else { return nil }
        return read(folder + name).flatMap(TimeZoneRules.init(file:))
    }

    /// Whether the system knows a name of the time zone database.
    /// - Parameter name: such as `Europe/Berlin`.
    /// - Returns: whether there is a readable file of it.
    public static func exists(named name: String) -> Bool { exists(named: name, root: "") }

    /// The same, of a system below another root.
    /// - Parameters:
    ///   - name: such as `Europe/Berlin`.
    ///   - root: put before the paths that are read.
    /// - Returns: whether it is a regular file that begins as tzfile(5) has it.
    static func exists(named name: String, root: String) -> Bool {
        guard isName(Array(name.utf8)[...]) else { return false }
        return read(root + folder + name, upTo: 4)?.elementsEqual("TZif".utf8) ?? false
    }

    /// The rules of the system's own clock: those of /etc/localtime, UTC without it (localtime(5)).
    /// - Parameter root: put before the path that is read.
    /// - Returns: the rules.
    public static func system(root: String = "") -> TimeZoneRules {
        read(root + "/etc/localtime").flatMap(TimeZoneRules.init(file:)) ?? .utc
    }

    /// Whether a text can be a name: without dots, so that it cannot lead out of the folder.
    static func isName(_ name: ArraySlice<UInt8>) -> Bool {
        let slash = UInt8(ascii: "/")
        guard let first = name.first, let last = name.last, name.count <= 255, first != slash, last != slash else {
            return false
        }
        var previous: UInt8 = 0
        for byte in name {
            let isAllowed =
                Bytes.isAlphanumeric(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: "+") || (byte == slash && previous != slash)
            if !isAllowed { return false }
            previous = byte
        }
        return true
    }

    /// The content of a regular file; nil when there is none, it is not readable, or it is too large to be of the database.
    /// - Parameters:
    ///   - path: the file.
    ///   - wanted: how many bytes of its beginning; nil for all.
    /// - Returns: the bytes.
    private static func read(_ path: String, upTo wanted: Int? = nil) -> [UInt8]? {
        // O_NONBLOCK: opening a FIFO that somebody put there must not hang.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= sizeLimit else {
            return nil
        }
        do throws(ReadFailure) {
            let content = try FileReading.bytes(
                of: descriptor, most: wanted ?? sizeLimit + 1, size: Int(status.st_size))
            return content.count <= sizeLimit ? content : nil
        } catch {
            // As a zone that is not there: whoever asks says which one it is.
            return nil
        }
    }
}
