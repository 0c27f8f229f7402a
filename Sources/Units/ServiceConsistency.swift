// Whether the directives of a unit fit together: with what systemd refuses it (load state `bad-setting`), services of every
// type, sockets, timers and paths.

extension UnitProperties {
    /// The directives that `contradiction` looks at.
    static let inContradictions: Set<String> = [
        "BusName", "ExecStart", "ExecStop", "ExitType", "KillMode", "PAMName", "RemainAfterExit", "Restart",
        "SuccessAction", "Type",
        // Sockets.
        "ListenDatagram", "ListenFIFO", "ListenMessageQueue", "ListenNetlink", "ListenSequentialPacket",
        "ListenSpecial", "ListenStream", "ListenUSBFunction", "Accept", "MaxConnections", "Service", "Symlinks",
        // Timers and paths.
        "OnActiveSec", "OnBootSec", "OnCalendar", "OnClockChange", "OnStartupSec", "OnTimezoneChange",
        "OnUnitActiveSec", "OnUnitInactiveSec", "DirectoryNotEmpty", "PathChanged", "PathExists", "PathExistsGlob",
        "PathModified",
    ]

    /// Why systemd would not load the unit although every value alone is good; nil where it would.
    var contradiction: InvalidValue? {
        switch type {
        case .service: contradictionOfService
        case .socket: contradictionOfSocket
        case .timer: contradictionOfTimer
        case .path:
            (shared["Paths"] ?? []).isEmpty
                ? Self.refusal("the unit has no path to watch; expected for example PathExists=/path in [Path]") : nil
        case .target, .mount, .automount, .swap, .slice, .scope, .device: nil
        }
    }

    private static func refusal(_ message: String) -> InvalidValue {
        InvalidValue(message, kind: .inconsistent, refusesUnit: true)
    }

    /// systemd.timer(5).
    private var contradictionOfTimer: InvalidValue? {
        let times = (shared["TimersCalendar"] ?? []) + (shared["TimersMonotonic"] ?? [])
        guard times.isEmpty, !boolean("OnClockChange", default: false), !boolean("OnTimezoneChange", default: false)
        else { return nil }
        return Self.refusal("the timer has no time; expected for example OnCalendar=daily in [Timer]")
    }

    /// systemd.socket(5).
    private var contradictionOfSocket: InvalidValue? {
        let listens = shared["Listen"] ?? []
        if listens.isEmpty {
            return Self.refusal("there is nothing to listen on; expected for example ListenStream=80 in [Socket]")
        }
        if boolean("Accept", default: false) {
            if listens.contains(where: { $0.label != "Stream" && $0.label != "SequentialPacket" }) {
                return Self.refusal(
                    "Accept=yes needs connections; expected ListenStream= or ListenSequentialPacket= only")
            }
            if text("Service") != nil {
                return Self.refusal("with Accept=yes each connection has its own instance; expected no Service=")
            }
        }
        // Only control-group ends the helper of the session too.
        if text("PAMName") != nil, text("KillMode") ?? "control-group" != "control-group" {
            return Self.refusal("with PAMName= only KillMode=control-group ends the helper of the session too")
        }
        let nodes = listens.filter {
            $0.value.hasPrefix("/") && ["Stream", "Datagram", "SequentialPacket", "FIFO"].contains($0.label)
        }
        if !list("Symlinks").isEmpty, nodes.count != 1 {
            return Self.refusal(
                "Symlinks= lead to the one socket or FIFO in the file system, and there are \(nodes.count)")
        }
        return nil
    }

    /// systemd.service(5).
    private var contradictionOfService: InvalidValue? {
        func count(_ name: String) -> Int {
            (assigned[Key(section: .service, name: name)] ?? []).reduce(0) { sum, value in
                if case .commands(let commands) = value { return sum + commands.count }
                return sum
            }
        }
        let kind = serviceType
        let starts = count("ExecStart")
        let endsMachine = (text("SuccessAction", in: .unit) ?? "none") != "none"
        func refusal(_ message: String) -> InvalidValue { Self.refusal(message) }
        if starts == 0, count("ExecStop") == 0, !endsMachine {
            return refusal("the unit has no command to run; expected ExecStart=/path/to/program in [Service]")
        }
        if starts == 0, kind != "oneshot" {
            return refusal("a service without ExecStart= is possible with Type=oneshot only; this one is \(kind)")
        }
        if starts == 0, !boolean("RemainAfterExit", default: false), !endsMachine {
            return refusal("a service without ExecStart= needs RemainAfterExit=yes, or it ends when it starts")
        }
        if starts > 1, kind != "oneshot" {
            return refusal(
                "\(starts) commands, and Type=\(kind) runs exactly one; "
                    + "an empty ExecStart= above the last one resets the list")
        }
        if kind == "oneshot", let restart = text("Restart"), restart == "always" || restart == "on-success" {
            return refusal("Type=oneshot with Restart=\(restart) would start again for ever; expected on-failure or no")
        }
        if kind == "oneshot", text("ExitType") == "cgroup" {
            return refusal("Type=oneshot ends with its commands; expected ExitType=main")
        }
        if kind == "dbus", text("BusName") == nil {
            return refusal("Type=dbus needs the name that the service takes; expected BusName=org.example.Web")
        }
        let killMode = text("KillMode") ?? "control-group"
        if text("PAMName") != nil, killMode != "control-group", killMode != "mixed" {
            return refusal("with PAMName= only KillMode=control-group or mixed ends the helper of the session too")
        }
        return nil
    }
}
