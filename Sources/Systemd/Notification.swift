// What a daemon tells whoever started it: the fields of sd_notify(3), and their one encoding.
import Linux
import Glibc

/// One statement to the service manager (sd_notify(3), "WELL-KNOWN ASSIGNMENTS").
public enum Notification: Equatable, Sendable {
    /// Startup, or a reload, is finished: `READY=1`.
    case ready
    /// One line for people: `STATUS=`. Line breaks and control characters become spaces; at most 2048 bytes are kept.
    case status(String)
    /// Why it failed, as an errno(3) number: `ERRNO=`.
    case errno(CInt)
    /// The shutdown has begun: `STOPPING=1`.
    case stopping
    /// A reload has begun: `RELOADING=1` with `MONOTONIC_USEC=`, which `Type=notify-reload` asks for. `ready` ends it.
    case reloading
    /// Another process is the main process now: `MAINPID=`.
    case mainPID(pid_t)
    /// More time for the phase in progress, in µs from now: `EXTEND_TIMEOUT_USEC=`.
    case extendTimeout(microseconds: UInt64)
    /// Alive: `WATCHDOG=1`.
    case watchdog
    /// Not healthy: treat it as if the watchdog had expired: `WATCHDOG=trigger`.
    case watchdogTrigger
    /// Another watchdog interval from now on, in µs: `WATCHDOG_USEC=`.
    case watchdogInterval(microseconds: UInt64)
    /// Keep duplicates of these descriptors for the next start: `FDSTORE=1` with `FDNAME=`. The name: 1 to 255
    /// printable ASCII characters without `:` (sd_notify(3)).
    case storeDescriptors(name: String, [CInt])
    /// Close the stored descriptors of that name: `FDSTOREREMOVE=1` with `FDNAME=`.
    case removeDescriptors(name: String)
    /// The exit status that is to come: `EXIT_STATUS=`.
    case exitStatus(CInt)
    /// A field of one's own. The name begins with `X_` and holds capital letters, digits and `_`.
    case custom(name: String, value: String)

    /// The longest datagram that systemd reads: a longer one is dropped as a whole (PIPE_BUF bytes).
    public static let datagramLimit = 4096
    /// The most bytes of a status text that are sent; systemd shows one line.
    public static let statusLimit = 2048
    /// The most descriptors that the kernel lets one datagram carry (SCM_MAX_FD, unix(7)).
    public static let descriptorLimit = 253

    /// A datagram, ready to be sent.
    public struct Datagram: Equatable, Sendable {
        /// The assignments, one a line.
        public let text: String
        /// The descriptors that travel with it.
        public let descriptors: [CInt]
    }

    /// Turns statements into one datagram. Pure: no clock, no environment.
    /// - Parameters:
    ///   - statements: at least one, each kind once (`custom` may repeat); systemd takes the first of equal fields,
    ///     which surprises, so a repetition is an error.
    ///   - monotonic: µs of CLOCK_MONOTONIC, for `reloading`.
    /// - Returns: the text and the descriptors of the datagram.
    /// - Throws: what the protocol cannot carry.
    public static func encode(
        _ statements: [Notification], monotonic: UInt64
    ) throws(NotificationError) -> Datagram {
        var lines: [String] = []
        var descriptors: [CInt] = []
        var seen: Set<String> = []
        for statement in statements {
            for (key, value) in try statement.assignments(monotonic: monotonic) {
                if !key.hasPrefix("X_") && !seen.insert(key).inserted {
                    throw .invalid(field: key, reason: "it is given twice in one message; send two messages")
                }
                lines.append("\(key)=\(value)")
            }
            if case .storeDescriptors(_, let stored) = statement { descriptors += stored }
        }
        guard !lines.isEmpty else { throw .invalid(field: "message", reason: "it says nothing") }
        let text = lines.joined(separator: "\n")
        guard text.utf8.count < datagramLimit else { throw .tooLong(bytes: text.utf8.count) }
        return Datagram(text: text, descriptors: descriptors)
    }

    private func assignments(monotonic: UInt64) throws(NotificationError) -> [(String, String)] {
        switch self {
        case .ready: return [("READY", "1")]
        case .status(let text):
            return [("STATUS", OneLine.text(text, limit: Notification.statusLimit))]
        case .errno(let number): return [("ERRNO", String(number))]
        case .stopping: return [("STOPPING", "1")]
        case .reloading: return [("RELOADING", "1"), ("MONOTONIC_USEC", String(monotonic))]
        case .mainPID(let pid):
            guard pid > 0 else { throw .invalid(field: "MAINPID", reason: "\(pid) is not a process") }
            return [("MAINPID", String(pid))]
        case .extendTimeout(let span): return [("EXTEND_TIMEOUT_USEC", String(span))]
        case .watchdog: return [("WATCHDOG", "1")]
        case .watchdogTrigger: return [("WATCHDOG", "trigger")]
        case .watchdogInterval(let span): return [("WATCHDOG_USEC", String(span))]
        case .storeDescriptors(let name, let stored):
            guard (1...Notification.descriptorLimit).contains(stored.count) else {
                throw .invalid(
                    field: "FDSTORE",
                    reason: "\(stored.count) descriptors; 1 to \(Notification.descriptorLimit) go with a message")
            }
            return [("FDSTORE", "1"), ("FDNAME", try Notification.descriptorName(name))]
        case .removeDescriptors(let name):
            return [("FDSTOREREMOVE", "1"), ("FDNAME", try Notification.descriptorName(name))]
        case .exitStatus(let status): return [("EXIT_STATUS", String(status))]
        case .custom(let name, let value):
            let allowed = name.utf8.allSatisfy { (65...90).contains($0) || (48...57).contains($0) || $0 == 95 }
            guard name.hasPrefix("X_"), (3...64).contains(name.utf8.count), allowed else {
                throw .invalid(
                    field: OneLine.text(name, limit: 64),
                    reason: "a field of one's own is named X_ and capital letters, digits or _, at most 64 of them")
            }
            return [(name, OneLine.text(value, limit: Notification.statusLimit))]
        }
    }

    private static func descriptorName(_ name: String) throws(NotificationError) -> String {
        let allowed = name.utf8.allSatisfy { (32...126).contains($0) && $0 != 58 }
        guard (1...255).contains(name.utf8.count), allowed else {
            throw .invalid(
                field: "FDNAME",
                reason: "\"\(OneLine.text(name, limit: 64))\": 1 to 255 printable ASCII characters without ':'")
        }
        return name
    }
}
