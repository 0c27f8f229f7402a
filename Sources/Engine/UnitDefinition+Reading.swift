// From what the files of a unit say to its definition, and what stands for units that have no files, or are of a type that is
// not run. Who runs services in a container, or beside another service manager, finds the machine as it is: mounts are
// mounted, slices are cut, devices are plugged, by somebody else, or are not.
import Units

extension UnitDefinition {
    /// What the machine has without our doing. Asked when a unit is loaded.
    public struct Machine: Sendable {
        /// Whether something is mounted at a path.
        public var isMounted: @Sendable (String) -> Bool
        /// Whether there is a file, such as a device node.
        public var exists: @Sendable (String) -> Bool

        /// A machine.
        /// - Parameters:
        ///   - isMounted: whether something is mounted at a path.
        ///   - exists: whether there is a file.
        public init(isMounted: @escaping @Sendable (String) -> Bool, exists: @escaping @Sendable (String) -> Bool) {
            self.isMounted = isMounted
            self.exists = exists
        }
    }

    /// Where distributions keep what a machine boots by.
    private static let vendorFolders = ["/lib/systemd/", "/usr/lib/systemd/"]

    /// Targets that are steps of the boot of a machine (systemd.special(7)). The files that systemd brings along for them
    /// pull in udev, the journal, network managers: what boots a machine, not what a set of services asks for.
    static let bootTargets: Set<String> = [
        "basic.target", "cryptsetup-pre.target", "cryptsetup.target", "getty-pre.target", "getty.target",
        "initrd.target", "integritysetup-pre.target", "integritysetup.target", "local-fs-pre.target", "local-fs.target",
        "network-online.target", "network-pre.target", "network.target", "nss-lookup.target", "nss-user-lookup.target",
        "remote-cryptsetup.target", "remote-fs-pre.target", "remote-fs.target", "remote-veritysetup.target",
        "rpcbind.target", "shutdown.target", "slices.target", "sound.target", "ssh-access.target", "swap.target",
        "sysinit.target", "time-set.target", "time-sync.target", "umount.target", "veritysetup-pre.target",
        "veritysetup.target",
    ]

    /// Sockets that others serve, or nobody: a service that requires one runs, and says what it misses itself.
    private static let knownSockets: Set<String> = [
        "dbus.socket", "syslog.socket", "systemd-journald-dev-log.socket", "systemd-journald.socket",
        "systemd-udevd-control.socket", "systemd-udevd-kernel.socket",
    ]

    /// The definition of a unit from its files.
    /// - Parameters:
    ///   - description: what its files say.
    ///   - machine: what is there without our doing.
    public init(_ description: UnitDescription, on machine: Machine) {
        let name = description.name.description
        let path = description.files.fragmentPath
        if Self.bootTargets.contains(name), Self.isVendor(path) {
            self = Self.withoutFile(name, on: machine)
            return
        }
        if case .notFound = description.files.fragment {
            self = Self.withoutFile(name, on: machine)
            return
        }
        var loadState = description.loadState
        let properties = description.properties
        let head = UnitHead(properties)
        var canReload: Bool?
        var notices = description.support.compactMap(Self.notice)
        let kind: Kind
        let typed = description.typed
        switch typed {
        case .service(let unit)?:
            // Sections that are refused leave no command: then there is nothing to run.
            if !unit.isRunnable, loadState == .loaded { loadState = .badSetting }
            canReload = unit.canReload
            kind = .service(unit)
        case .timer(let unit)?:
            var zones: [String: TimeZoneRules] = [:]
            for event in unit.calendar {
                if case .named(let zone) = event.timeZone { zones[zone] = TimeZoneRules.named(zone) }
            }
            if unit.wakeSystem { notices.append("WakeSystem= is not honoured: the machine is not woken up.") }
            kind = .timer(unit, zones: zones)
        case .target?: kind = .passive(.target)
        case .socket?:
            kind = .passive(.present(notice: "\(name): sockets are not listened on yet; it counts as being there."))
        case .path?:
            kind = .passive(.present(notice: "\(name): paths are not watched yet; it counts as being there."))
        case nil:
            kind = .passive(Self.role(name, on: machine))
            // systemd would not run what it refuses; of what is not run here only the name counts.
            if loadState == .badSetting { loadState = .loaded }
        }
        graph = UnitGraph.Unit(
            head, properties.jobSettings, files: description.files, loadState: loadState, canReload: canReload)
        graph.canStart = true
        // A mount or a device is told by the machine whether it is there: its own files say how to make it.
        if typed == nil { graph.dependencies = [] }
        self.kind = kind
        conditions = head.conditions
        assertions = head.assertions
        if typed != nil {
            requiredMounts = head.dependencies[.requiresMountsFor] ?? []
            wantedMounts = head.dependencies[.wantsMountsFor] ?? []
        }
        self.notices = notices
    }

    private static func notice(_ support: UnitDescription.Support) -> String? {
        guard case .notHonoured(let reason) = support.support else { return nil }
        return "\(support.directive)= is not honoured: \(reason)"
    }

    private static func isVendor(_ path: String?) -> Bool {
        guard let path else { return true }
        return vendorFolders.contains { path.hasPrefix($0) }
    }

    /// What is known of a unit without files.
    /// - Parameters:
    ///   - name: its full name.
    ///   - machine: what is there without our doing.
    /// - Returns: the standard targets, slices, and what the machine has; for all others, not found.
    public static func withoutFile(_ name: String, on machine: Machine) -> UnitDefinition {
        var graph = UnitGraph.Unit.unknown(name)
        graph.canStart = true
        switch type(of: name) {
        case "target":
            if bootTargets.contains(name) { graph.loadState = .loaded }
            return UnitDefinition(graph, .passive(.target))
        case "mount", "device", "swap", "automount", "slice", "scope":
            let role = role(name, on: machine)
            // As in systemd a mount without a file is there as long as it is mounted; and a device that is not there cannot
            // be had, where nobody tells of devices.
            if case .present = role { graph.loadState = .loaded }
            if type(of: name) == "device" { graph.loadState = .loaded }
            return UnitDefinition(graph, .passive(role))
        case "socket":
            if knownSockets.contains(name) { graph.loadState = .loaded }
            return UnitDefinition(graph, .passive(.present(notice: nil)))
        default:
            return UnitDefinition(graph, .passive(.unsupported("there is no such unit")))
        }
    }

    /// What stands for a unit of a type that is not run.
    private static func role(_ name: String, on machine: Machine) -> PassiveMachine.Role {
        let stem = UnitName(unchecked: name).withoutSuffix
        let path = UnitName.unescape(path: stem)
        switch type(of: name) {
        case "slice": return .present(notice: nil)
        case "scope":
            return name == "init.scope" ? .present(notice: nil) : .unsupported("scopes are made by who starts them")
        case "mount":
            if name == "-.mount" { return .present(notice: nil) }
            if let path, machine.isMounted(path) { return .present(notice: nil) }
            return .unsupported("nothing is mounted at \(path ?? stem), and mounting is left to the machine")
        case "device":
            if let path, machine.exists(path) { return .present(notice: nil) }
            return .unsupported("there is no \(path ?? stem), and devices are not waited for")
        case "swap": return .unsupported("swapping is left to the machine")
        case "automount": return .unsupported("mounting is left to the machine")
        default: return .unsupported("units of this type are not run")
        }
    }
}

extension ServiceUnit {
    /// Whether there is a way to reload the service (CanReload of org.freedesktop.systemd1(5)).
    var canReload: Bool {
        !self.execReload.isEmpty || self.type == .notifyReload || self.reloadSignalIsSet
    }

    /// Whether there is anything to run: a oneshot may have an `ExecStop=` alone.
    var isRunnable: Bool { !self.execStart.isEmpty || self.type == .oneshot }
}
