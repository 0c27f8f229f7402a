// From the text of a datagram to what it means for the engine, with systemd's precedence (sd_notify(3)).
import Linux
import Engine
import Systemd
import Units

enum NotificationReading {
    /// What a datagram says, as far as the engine is concerned.
    /// - Parameters:
    ///   - fields: its assignments; the first of a name counts.
    ///   - isOurs: whether a pid is a process of the service, asked for `MAINPID=`.
    ///   - complain: told what is malformed and therefore ignored.
    /// - Returns: what is left of it; what is missing or malformed stays unsaid.
    static func read(
        _ fields: [ReceivedNotification.Field], isOurs: (Int32) -> Bool, complain: (String) -> Void
    ) -> ServiceNotification {
        var message = ServiceNotification()
        var seen: Set<String> = []
        for field in fields where seen.insert(field.name).inserted {
            switch field.name {
            case "READY": message.ready = field.value == "1"
            case "RELOADING": message.reloading = field.value == "1"
            case "STOPPING": message.stopping = field.value == "1"
            case "STATUS": message.status = OneLine.text(field.value, limit: Notification.statusLimit)
            case "MONOTONIC_USEC":
                message.reloadingSince = UInt64(field.value).map { Instant(microseconds: $0) }
                if message.reloadingSince == nil { complain("MONOTONIC_USEC=\(field.value) is not a time") }
            case "ERRNO":
                message.errno = Int32(field.value).flatMap { (0...4095).contains($0) ? $0 : nil }
                if message.errno == nil { complain("ERRNO=\(field.value) is not an error number") }
            case "MAINPID":
                if let pid = Int32(field.value), pid > 0, isOurs(pid) {
                    message.mainPID = pid
                } else {
                    complain("MAINPID=\(field.value) is no process of this service; ignored")
                }
            case "WATCHDOG":
                if field.value == "1" {
                    message.watchdogPing = true
                } else if field.value == "trigger" {
                    message.watchdogTrigger = true
                } else {
                    complain("WATCHDOG=\(field.value) is neither 1 nor trigger")
                }
            case "WATCHDOG_USEC":
                message.watchdogInterval = span(field, complain)
            case "EXTEND_TIMEOUT_USEC":
                message.extendTimeout = span(field, complain)
            case "FDSTORE", "FDSTOREREMOVE":
                // As with systemd's FileDescriptorStoreMax=0, its default.
                complain("\(field.name)=1: descriptors are not stored; they are closed")
            default: break  // BARRIER=1 is answered by closing its descriptor; X_ fields are not for us
            }
        }
        return message
    }

    private static func span(_ field: ReceivedNotification.Field, _ complain: (String) -> Void) -> TimeSpan? {
        guard let value = UInt64(field.value) else {
            complain("\(field.name)=\(OneLine.text(field.value, limit: 64)) is not a number of microseconds")
            return nil
        }
        return TimeSpan(microseconds: value)
    }
}
