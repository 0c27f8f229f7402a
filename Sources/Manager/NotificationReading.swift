// From the text of a datagram to what it means for the engine, with systemd's precedence (sd_notify(3)).
import Linux
import Engine
import Systemd
import Units

/// What a datagram says, as far as it is understood.
struct NotificationReading {
    /// What is to be done with the descriptors of the datagram.
    enum Descriptors: Equatable {
        /// By no name where none was given, or a bad one.
        case store(name: String?, isWatched: Bool)
        case remove(name: String)
    }

    /// What the engine is told.
    private(set) var message = ServiceNotification()
    /// `NOTIFYACCESS=`: who may speak from now on.
    private(set) var access: NotifyAccess?
    /// `FDSTORE=1` or `FDSTOREREMOVE=1`.
    private(set) var descriptors: Descriptors?

    /// Reads a datagram.
    /// - Parameters:
    ///   - fields: its assignments. Of `NAME=1` any counts, of what has other values the first.
    ///   - isOurs: whether a pid may be the main process, asked for `MAINPID=`.
    ///   - complain: told what is malformed and therefore ignored.
    init(_ fields: [ReceivedNotification.Field], isOurs: (Int32) -> Bool, complain: (String) -> Void) {
        func says(_ name: String) -> Bool { fields.contains { $0.name == name && $0.value == "1" } }
        message.ready = says("READY")
        message.reloading = says("RELOADING")
        message.stopping = says("STOPPING")
        var seen: Set<String> = []
        for field in fields where seen.insert(field.name).inserted {
            switch field.name {
            case "STATUS": message.status = OneLine.text(field.value, limit: Notification.statusLimit)
            case "MONOTONIC_USEC":
                message.reloadingSince = UInt64(field.value).map { Instant(microseconds: $0) }
                if message.reloadingSince == nil { complain("\(Self.shown(field)) is not a time") }
            case "ERRNO":
                message.errno = Int32(field.value).flatMap { (0...4095).contains($0) ? $0 : nil }
                if message.errno == nil { complain("\(Self.shown(field)) is not an error number") }
            case "MAINPID":
                if let pid = Int32(field.value), pid > 0, isOurs(pid) {
                    message.mainPID = pid
                } else {
                    complain("\(Self.shown(field)) is no process of this service; ignored")
                }
            case "WATCHDOG":
                if field.value == "1" {
                    message.watchdogPing = true
                } else if field.value == "trigger" {
                    message.watchdogTrigger = true
                } else {
                    complain("\(Self.shown(field)) is neither 1 nor trigger")
                }
            case "WATCHDOG_USEC":
                message.watchdogInterval = Self.span(field, complain)
            case "EXTEND_TIMEOUT_USEC":
                message.extendTimeout = Self.span(field, complain)
            case "NOTIFYACCESS":
                access = NotifyAccess(rawValue: field.value)
                if access == nil { complain("\(Self.shown(field)) is not who may notify; ignored") }
            default: break  // X_ fields are not for us
            }
        }
        let name = fields.first { $0.name == "FDNAME" }
        let isNameGood = name.map { Self.isDescriptorName($0.value) } ?? false
        if says("FDSTOREREMOVE") {
            if let name, isNameGood {
                descriptors = .remove(name: name.value)
            } else {
                complain("FDSTOREREMOVE=1 without a good FDNAME= removes nothing")
            }
        } else if says("FDSTORE") {
            if let name, !isNameGood { complain("\(Self.shown(name)) is no name of a descriptor; ignored") }
            let isUnwatched = fields.contains { $0.name == "FDPOLL" && $0.value == "0" }
            descriptors = .store(name: isNameGood ? name?.value : nil, isWatched: !isUnwatched)
        }
    }

    /// sd_notify(3), "FDNAME=": it stands in a list that colons divide.
    private static func isDescriptorName(_ name: String) -> Bool {
        name.utf8.count <= 255 && name.utf8.allSatisfy { (32...126).contains($0) && $0 != UInt8(ascii: ":") }
    }

    private static func shown(_ field: ReceivedNotification.Field) -> String {
        "\(field.name)=\(OneLine.text(field.value, limit: 64))"
    }

    private static func span(_ field: ReceivedNotification.Field, _ complain: (String) -> Void) -> TimeSpan? {
        guard let value = UInt64(field.value) else {
            complain("\(shown(field)) is not a number of microseconds")
            return nil
        }
        return TimeSpan(microseconds: value)
    }
}
