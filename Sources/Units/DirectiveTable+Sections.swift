// Which sections a unit of each type has, and which directives each section (systemd.unit(5)).

/// A type of unit; the raw value is the suffix of its name without the dot.
public enum UnitType: String, CaseIterable, Sendable {
    case service, socket, target, timer, path, mount, automount, swap, slice, scope, device

    /// The sections that systemd reads in a file of this type, in the order they are written in.
    public var sections: [Directive.Section] {
        switch self {
        case .service: [.unit, .service, .install, .daimon]
        case .socket: [.unit, .socket, .install, .daimon]
        case .target: [.unit, .target, .install, .daimon]
        case .timer: [.unit, .timer, .install, .daimon]
        case .path: [.unit, .path, .install, .daimon]
        case .mount: [.unit, .mount, .install, .daimon]
        case .automount: [.unit, .automount, .install, .daimon]
        case .swap: [.unit, .swap, .install, .daimon]
        case .slice: [.unit, .slice, .install, .daimon]
        case .scope: [.unit, .scope, .install, .daimon]
        case .device: [.unit, .device, .install, .daimon]
        }
    }
}

extension Directive {
    /// A section of a unit file.
    public enum Section: String, CaseIterable, Sendable {
        case unit = "Unit"
        case service = "Service"
        case socket = "Socket"
        /// Read, and without a directive of its own.
        case target = "Target"
        case timer = "Timer"
        case path = "Path"
        case mount = "Mount"
        case automount = "Automount"
        case swap = "Swap"
        case slice = "Slice"
        case scope = "Scope"
        /// Read, and without a directive of its own.
        case device = "Device"
        case install = "Install"
        /// What systemd does not have; it ignores sections that begin with `X-`.
        case daimon = "X-Daimon"

        /// Where its directives are; the group of the section itself before those it shares with others.
        var groups: [DirectiveTable.Group] {
            switch self {
            case .unit: [.unit]
            case .service: [.service, .execution, .killing, .resources]
            case .socket: [.socket, .execution, .killing, .resources]
            case .target, .device: []
            case .timer: [.timer]
            case .path: [.path]
            case .mount: [.mount, .execution, .killing, .resources]
            case .automount: [.automount]
            case .swap: [.swap, .execution, .killing, .resources]
            case .slice: [.resources]
            case .scope: [.scope, .killing, .resources]
            case .install: [.install]
            case .daimon: [.daimon]
            }
        }

        /// Whether units with this section are run. The shared groups say what is honoured of a service; of a unit that
        /// is not run, nothing is.
        var isRun: Bool {
            switch self {
            case .unit, .service, .target, .timer, .install, .daimon: true
            case .socket, .path, .mount, .automount, .swap, .slice, .scope, .device: false
            }
        }
    }
}
