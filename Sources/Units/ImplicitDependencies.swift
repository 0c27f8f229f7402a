// The dependencies of a unit: those that it names, those that follow from its other directives, and those that
// DefaultDependencies= brings (systemd.unit(5), systemd.service(5), systemd.exec(5), each "Automatic Dependencies").
// What depends on other units, mounts or devices of the machine is not known here.

/// A kind of dependency; the raw value is its D-Bus property.
public enum DependencyKind: String, CaseIterable, Sendable {
    case requires = "Requires"
    case requisite = "Requisite"
    case wants = "Wants"
    case bindsTo = "BindsTo"
    case partOf = "PartOf"
    case upholds = "Upholds"
    case conflicts = "Conflicts"
    case before = "Before"
    case after = "After"
    case onFailure = "OnFailure"
    case onSuccess = "OnSuccess"
    case triggers = "Triggers"
    case propagatesReloadTo = "PropagatesReloadTo"
    case reloadPropagatedFrom = "ReloadPropagatedFrom"
    case propagatesStopTo = "PropagatesStopTo"
    case stopPropagatedFrom = "StopPropagatedFrom"
    case joinsNamespaceOf = "JoinsNamespaceOf"
    case requiresMountsFor = "RequiresMountsFor"
    case wantsMountsFor = "WantsMountsFor"
}

extension UnitProperties {
    /// The dependencies of each kind; a kind without any has an empty set.
    public var dependencies: [DependencyKind: Set<String>] {
        var set = Dictionary(uniqueKeysWithValues: DependencyKind.allCases.map { ($0, Set<String>()) })
        for kind in DependencyKind.allCases where kind != .triggers {
            set[kind] = Set(
                list(kind.rawValue, in: .unit).map { unit in
                    // A template stands for the instance that goes with this unit.
                    name.resolving(template: UnitName(unchecked: unit))?.description ?? unit
                })
        }
        func add(_ kinds: [DependencyKind], _ units: String...) {
            for kind in kinds { set[kind, default: []].formUnion(units) }
        }
        let hasDefaults = boolean("DefaultDependencies", in: .unit, default: true)
        switch type {
        case .service: addForService(&set, hasDefaults)
        case .socket:
            if hasDefaults {
                add([.before], "sockets.target")
                add([.after, .requires], "sysinit.target")
            }
            addSlice(&set)
            let commands = ["ExecStartPre", "ExecStartPost", "ExecStopPre", "ExecStopPost"]
            // A command that was left out is none.
            let runsSomething = commands.contains { name in
                (assigned[Key(section: .socket, name: name)] ?? []).contains { value in
                    if case .commands(let list) = value { return !list.isEmpty }
                    return false
                }
            }
            if runsSomething { addExecution(&set) }
            for pair in shared["Listen"] ?? [] where pair.value.hasPrefix("/") && pair.label != "MessageQueue" {
                add([.requiresMountsFor], Paths.simplified(pair.value))
            }
            if let device = text("BindToDevice"), !device.isEmpty, device != "lo" {
                add([.bindsTo, .after], "sys-subsystem-net-devices-\(UnitName.escape(device)).device")
            }
        case .timer:
            if hasDefaults {
                add([.before], "timers.target")
                add([.after, .requires], "sysinit.target")
                if !(shared["TimersCalendar"] ?? []).isEmpty { add([.after], "time-sync.target", "time-set.target") }
            }
            if boolean("Persistent", default: false) { add([.requiresMountsFor], "/var/lib/systemd/timers") }
        case .path:
            if hasDefaults {
                add([.before], "paths.target")
                add([.after, .requires], "sysinit.target")
            }
            // A pattern is taken as it stands, too.
            for pair in shared["Paths"] ?? [] { add([.requiresMountsFor], pair.value) }
        case .target:
            if hasDefaults {
                // A target is reached when what it pulls in has started.
                let pulled = [.requires, .requisite, .wants, .bindsTo, .upholds].flatMap {
                    (kind: DependencyKind) -> [String] in Array(set[kind] ?? [])
                }
                let before = set[.before] ?? []
                for unit in pulled where !before.contains(unit) { add([.after], unit) }
            }
        case .mount, .automount, .swap, .slice, .scope, .device: break
        }
        if let triggered { add([.triggers, .before], triggered.description) }
        switch type {
        case .service, .socket, .timer, .path, .target:
            if hasDefaults { add([.conflicts, .before], "shutdown.target") }
        case .mount, .automount, .swap, .slice, .scope, .device: break
        }
        // A device comes when it comes: it cannot be told to wait.
        set[.before] = set[.before]?.filter { !$0.hasSuffix(".device") }
        // No unit depends on itself.
        for kind in DependencyKind.allCases { set[kind]?.remove(name.description) }
        return set
    }

    private func addForService(_ set: inout [DependencyKind: Set<String>], _ hasDefaults: Bool) {
        func add(_ kinds: [DependencyKind], _ units: String...) {
            for kind in kinds { set[kind, default: []].formUnion(units) }
        }
        if hasDefaults {
            add([.requires, .after], "sysinit.target")
            add([.after], "basic.target")
        }
        if serviceType == "dbus" { add([.requires, .after], "dbus.socket") }
        for socket in list("Sockets") { add([.wants, .after], socket) }
        addSlice(&set)
        addExecution(&set)
    }

    private func addSlice(_ set: inout [DependencyKind: Set<String>]) {
        for kind in [DependencyKind.requires, .after] { set[kind, default: []].insert(slice) }
    }

    /// systemd.exec(5), "Implicit Dependencies".
    private func addExecution(_ set: inout [DependencyKind: Set<String>]) {
        func add(_ kinds: [DependencyKind], _ units: String...) {
            for kind in kinds { set[kind, default: []].formUnion(units) }
        }
        if let directory = text("WorkingDirectory") {
            // "!" stands for the prefix "-": a directory that may be missing.
            if directory.hasPrefix("/") { add([.requiresMountsFor], directory) }
            if directory.hasPrefix("!/") { add([.wantsMountsFor], String(directory.dropFirst())) }
        }
        for name in ["RootDirectory", "RootImage"] {
            if let path = text(name) { add([.wantsMountsFor], path) }
        }
        // An image is a device, which the kernel and udev make.
        if text("RootImage") != nil {
            add([.after], "systemd-udevd.service")
            if restrictsDevices {
                for module in ["loop", "dm_mod", "dm_verity"] { add([.wants, .after], "modprobe@\(module).service") }
            }
        }
        let folders = [
            ("RuntimeDirectory", "/run"), ("StateDirectory", "/var/lib"), ("CacheDirectory", "/var/cache"),
            ("LogsDirectory", "/var/log"), ("ConfigurationDirectory", "/etc"),
        ]
        for (directive, folder) in folders {
            for word in list(directive) {
                let path = word.utf8.prefix { $0 != PropertyReading.linkMark }
                add([.requiresMountsFor], Paths.simplified("\(folder)/\(Bytes.text(path))"))
            }
        }
        // What they keep below /var must be writable, and /var may be on the root file system.
        if ["StateDirectory", "CacheDirectory", "LogsDirectory"].contains(where: { !list($0).isEmpty }) {
            add([.after], "systemd-remount-fs.service")
        }
        let privateTmp = text("PrivateTmp") ?? "no"
        if privateTmp == "yes" {
            add([.wantsMountsFor], "/tmp", "/var/tmp")
            add([.after], "systemd-tmpfiles-setup.service")
        }
        if let namespace = text("LogNamespace") {
            add([.requires, .after], "systemd-journald@\(namespace).socket")
            add([.requires, .after], "systemd-journald-varlink@\(namespace).socket")
            add([.requires, .after], "systemd-journald-sync@\(namespace).service")
        } else if usesJournal {
            add([.after], "systemd-journald.socket")
        }
    }

    /// Whether output goes to the journal.
    private var usesJournal: Bool {
        var output = text("StandardOutput") ?? "inherit"
        if output == "inherit", !inputIsTwoWay { output = "journal" }
        let error = text("StandardError") ?? "inherit"
        return [output, error].contains { word in
            ["journal", "journal+console", "kmsg", "kmsg+console"].contains(word)
        }
    }
}
