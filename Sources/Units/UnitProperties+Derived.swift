// Properties that follow from several directives together, and dependencies with the implicit and default ones.

extension UnitProperties {
    /// What is not the value of one directive alone.
    var derived: [Entry] {
        var result = dependencies.map { kind, units in
            Entry(kind.rawValue, "as", .list(units.sorted()), isDefault: !isAssigned(kind.rawValue, in: .unit))
        }
        result.append(Entry("Id", "s", .text(name.description)))
        result.append(
            Entry(
                "Description", "s", .text(text("Description", in: .unit) ?? name.description),
                isDefault: text("Description", in: .unit) == nil))
        for name in ["JobTimeoutSec", "JobRunningTimeoutSec"] where scalar(name, in: .unit) == .span(.zero) {
            result.append(
                Entry(
                    name: "\(name.dropLast("Sec".count))USec", signature: "t", unit: .microseconds,
                    value: .span(.infinity), isDefault: false))
        }
        // A job that runs is one that waits no longer.
        if let limit = scalar("JobTimeoutSec", in: .unit), limit != .span(.zero),
            !isAssigned("JobRunningTimeoutSec", in: .unit)
        {
            result.append(
                Entry(name: "JobRunningTimeoutUSec", signature: "t", unit: .microseconds, value: limit, isDefault: true)
            )
        }
        switch type {
        case .service: result += service
        case .timer, .path:
            result.append(Entry("Unit", "s", .text(triggered?.description ?? "")))
            if type == .path { result += unlimited(bursts: ["TriggerLimitBurst": 200]) }
        case .socket: result += socket
        case .target, .mount, .automount, .swap, .slice, .scope, .device: break
        }
        return result
    }

    // MARK: - Services

    /// `Type=`, with the default that follows from the rest.
    var serviceType: String {
        if let type = text("Type") { return type }
        if text("BusName") != nil { return "dbus" }
        guard isAssigned("ExecStart") else { return "oneshot" }
        // Credentials are there once the process executes its program.
        let credentials = [
            "LoadCredential", "LoadCredentialEncrypted", "SetCredential", "SetCredentialEncrypted", "ImportCredential",
        ]
        return credentials.contains { isAssigned($0) } ? "exec" : "simple"
    }

    private var service: [Entry] {
        let kind = serviceType
        let stop = timeout("TimeoutStopSec") ?? .seconds(90)
        let start = timeout("TimeoutStartSec") ?? (kind == "oneshot" ? .infinity : .seconds(90))
        let watchdog = span("WatchdogSec")
        var notifyAccess = text("NotifyAccess") ?? "none"
        let stores = scalar("FileDescriptorStoreMax").map { $0 != .signed(0) } ?? false
        if notifyAccess == "none", kind.hasPrefix("notify") || (watchdog ?? .zero) != .zero || stores {
            notifyAccess = "main"
        }
        func entry(_ name: String, _ span: TimeSpan, _ directive: String) -> Entry {
            Entry(
                name: name, signature: "t", unit: .microseconds, value: .span(span), isDefault: !isAssigned(directive))
        }
        var result = [
            Entry("Type", "s", .text(kind), isDefault: text("Type") == nil),
            Entry("NotifyAccess", "s", .text(notifyAccess), isDefault: text("NotifyAccess") == nil),
            entry("TimeoutStartUSec", start, "TimeoutStartSec"), entry("TimeoutStopUSec", stop, "TimeoutStopSec"),
            entry("TimeoutAbortUSec", span("TimeoutAbortSec") ?? stop, "TimeoutAbortSec"),
            entry("WatchdogUSec", watchdog ?? .infinity, "WatchdogSec"),
        ]
        let greatestDelay = span("RestartMaxDelaySec") ?? .infinity
        if greatestDelay < span("RestartSec") ?? TimeSpan(microseconds: 100_000) {
            result.append(entry("RestartUSec", greatestDelay, "RestartSec"))
        }
        if let delegation {
            if !isAssigned("OOMPolicy"), delegation.isOn { result.append(Entry("OOMPolicy", "s", .text("continue"))) }
            result.append(Entry("Delegate", "b", .boolean(delegation.isOn), isDefault: false))
            result.append(Entry("DelegateControllers", "as", .list(delegation.controllers), isDefault: false))
        }
        if let path = text("PIDFile") {
            result.append(Entry("PIDFile", "s", .text(PropertyReading.withoutLegacy(path)), isDefault: false))
        }
        return result + execution
    }

    /// Where systemd.service(5) says so, 0 means that there is no timeout.
    private func timeout(_ name: String) -> TimeSpan? { span(name).map { $0 == .zero ? .infinity : $0 } }

    /// What follows from directives of systemd.exec(5) together: what `DynamicUser=` brings along, and more.
    private var execution: [Entry] {
        var result = [Entry("Slice", "s", .text(slice), isDefault: !isAssigned("Slice"))]
        if !isAssigned("RestartKillSignal") {
            result.append(Entry("RestartKillSignal", "i", scalar("KillSignal") ?? .signed(15)))
        }
        if case .signed(let level) = scalar("SyslogLevel") ?? .signed(6),
            case .signed(let facility) = scalar("SyslogFacility") ?? .signed(3)
        {
            result.append(Entry("SyslogPriority", "i", .signed(facility << 3 | level)))
        }
        func imply(_ name: String, _ value: PropertyValue, _ signature: String) {
            result.append(Entry(name, signature, value))
        }
        if boolean("DynamicUser", default: false) {
            let user = text("User") ?? DynamicUser.name(for: name)
            imply("User", .text(user), "s")
            if text("Group") == nil { imply("Group", .text(user), "s") }
            imply("RemoveIPC", .boolean(true), "b")
            imply("NoNewPrivileges", .boolean(true), "b")
            imply("RestrictSUIDSGID", .boolean(true), "b")
            if (text("ProtectSystem") ?? "no") == "no" { imply("ProtectSystem", .text("strict"), "s") }
            if (text("ProtectHome") ?? "no") == "no" { imply("ProtectHome", .text("read-only"), "s") }
            if text("PrivateTmp") == nil || text("PrivateTmp") == "no" || text("PrivateTmp") == "yes" {
                imply("PrivateTmp", .boolean(true), "b")
                imply("PrivateTmpEx", .text(text("PrivateTmp") == "yes" ? "connected" : "disconnected"), "s")
            }
        }
        if boolean("PrivateDevices", default: false), (text("DevicePolicy") ?? "auto") == "auto" {
            imply("DevicePolicy", .text("closed"), "s")
        }
        if !isAssigned("SetLoginEnvironment"),
            text("User") != nil || text("PAMName") != nil || boolean("DynamicUser", default: false)
        {
            imply("SetLoginEnvironment", .boolean(true), "b")
        }
        let hasRoot = text("RootImage") != nil || (text("RootDirectory") ?? "/") != "/"
        let mounts = boolean("MountAPIVFS", default: hasRoot)
        imply("MountAPIVFS", .boolean(mounts), "b")
        // A log namespace has its own sockets, which are mounted over those of the machine whatever else is said.
        let bindsLogs = text("LogNamespace") != nil || boolean("BindLogSockets", default: mounts)
        imply("BindLogSockets", .boolean(bindsLogs), "b")
        imply("SecureBits", .signed(secureBits), "i")
        // Nodes without a policy are preferred ones.
        if !isAssigned("NUMAPolicy") { imply("NUMAPolicy", .text(isAssigned("NUMAMask") ? "preferred" : "n/a"), "i") }
        // What else the unit needs is added to its devices, but only where not all are allowed anyway.
        if restrictsDevices {
            let clock = boolean("ProtectClock", default: false) ? ["char-rtc r"] : []
            let image =
                text("RootImage") == nil
                ? []
                : [
                    "block-device-mapper rwm", "block-blkext rwm", "block-loop rwm", "/dev/mapper/control rw",
                    "/dev/loop-control rw",
                ]
            imply("DeviceAllow", .texts(clock + image + devices), "a(ss)")
        }
        if !isAssigned("SystemCallErrorNumber") {
            imply("SystemCallErrorNumber", .signed(PropertyReading.killAction), "i")
        }
        if !isAssigned("CPUAffinity") { imply("CPUAffinityFromNUMA", .boolean(false), "b") }
        imply("SameProcessGroup", .boolean(false), "b")
        for name in ["RootImagePolicy", "MountImagePolicy", "ExtensionImagePolicy"] where !isAssigned(name) {
            imply(name, .text(Self.imagePolicy), "s")
        }
        if (text("StandardInput") ?? "null") == "null",
            isAssigned("StandardInputData")
        {
            imply("StandardInput", .text("data"), "s")
        }
        if (text("StandardOutput") ?? "inherit") == "inherit" {
            imply("StandardOutput", .text(inputIsTwoWay ? "inherit" : "journal"), "s")
        }
        return result
    }

    /// What images may be used, and how they must be protected, where nothing is said (systemd.image-policy(7)).
    private static let imagePolicy =
        "root=verity+signed+encrypted+unprotected+absent:usr=verity+signed+encrypted+unprotected+absent:"
        + ["home", "srv", "tmp", "var"].map { "\($0)=encrypted+unprotected+absent" }.joined(separator: ":")

    /// Whether only some devices are allowed.
    var restrictsDevices: Bool {
        (text("DevicePolicy") ?? "auto") != "auto" || boolean("PrivateDevices", default: false) || !devices.isEmpty
    }

    /// `DeviceAllow=`, the last first, as systemd keeps them.
    private var devices: [String] {
        (assigned[Key(section: ownSection, name: "DeviceAllow")] ?? []).reversed().flatMap { value -> [String] in
            if case .list(let texts) = value { return texts }
            return []
        }
    }

    // MARK: - Sockets

    private var socket: [Entry] {
        var result = execution
        let accepts = boolean("Accept", default: false)
        if accepts {
            // Each connection is a start: the limits are those of connections.
            if !isAssigned("TriggerLimitBurst") { result.append(Entry("TriggerLimitBurst", "u", .unsigned(200))) }
            if !isAssigned("PollLimitBurst") { result.append(Entry("PollLimitBurst", "u", .unsigned(150))) }
            if !isAssigned("FileDescriptorName") {
                result.append(Entry("FileDescriptorName", "s", .text("connection")))
            }
        }
        result += unlimited(bursts: ["TriggerLimitBurst": accepts ? 200 : 20, "PollLimitBurst": accepts ? 150 : 15])
        if !isAssigned("KeyringMode") { result.append(Entry("KeyringMode", "s", .text("shared"))) }
        result.append(Entry("NonBlocking", "b", .boolean(false)))
        let protocols: [String: Int64] = ["udplite": 136, "sctp": 132, "mptcp": 262]
        let number = text("SocketProtocol").flatMap { protocols[$0] } ?? 0
        result.append(Entry("SocketProtocol", "i", .signed(number), isDefault: !isAssigned("SocketProtocol")))
        for name in ["Priority", "Mark", "IPTTL", "IPTOS"] where !isAssigned(name) {
            result.append(Entry(name, "i", .signed(-1)))
        }
        return result
    }

    /// The limits of a unit that is triggered: what is infinite is not set to systemd, and is the default.
    func unlimited(bursts: [String: UInt64]) -> [Entry] {
        var result: [Entry] = []
        for (name, burst) in bursts {
            if scalar(name) == .signed(Int64(UInt32.max)) { result.append(Entry(name, "u", .unsigned(burst))) }
            let interval = Bytes.text(name.utf8.dropLast("Burst".utf8.count)) + "Interval"
            if scalar("\(interval)Sec") == .span(.infinity) {
                var entry = Entry("\(interval)USec", "t", .span(.seconds(2)))
                entry.unit = .microseconds
                result.append(entry)
            }
        }
        return result
    }

    /// Whether standard input is something that is written to as well: then output goes there unless it is said otherwise.
    var inputIsTwoWay: Bool {
        let input = text("StandardInput") ?? "null"
        return ["tty", "tty-force", "tty-fail", "socket"].contains(input) || input.hasPrefix("fd:") || input == "fd"
    }

    /// `SecureBits=` as prctl(2) has it.
    private var secureBits: Int64 {
        let bits: [String: Int64] = [
            "noroot": 1, "noroot-locked": 2, "no-setuid-fixup": 4, "no-setuid-fixup-locked": 8, "keep-caps": 16,
            "keep-caps-locked": 32,
        ]
        return list("SecureBits").reduce(0) { $0 | (bits[$1] ?? 0) }
    }

    /// `Slice=`; instances of a template have one of their own (systemd.special(7)).
    var slice: String {
        if let slice = text("Slice") { return slice }
        guard name.instance != nil else { return "system.slice" }
        return "system-\(UnitName.escape(name.prefix)).slice"
    }

    /// What a timer, a path or a socket starts.
    var triggered: UnitName? {
        switch type {
        case .timer, .path:
            // A template stands for the instance that goes with this unit.
            if let unit = text("Unit") { return name.resolving(template: UnitName(unchecked: unit)) }
        case .socket:
            if let unit = text("Service") { return UnitName(unchecked: unit) }
            if boolean("Accept", default: false) { return nil }
        case .service, .target, .mount, .automount, .swap, .slice, .scope, .device: return nil
        }
        return UnitName(unchecked: "\(name.withoutSuffix).service")
    }
}
