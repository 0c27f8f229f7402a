// The life of a unit that does nothing by itself: a target, and what stands for units of types that are not run.
import Units

/// A unit that is active as soon as it is started, and inactive as soon as it is stopped.
public struct PassiveMachine: Sendable {
    /// What is special about it.
    public enum Role: Equatable, Sendable {
        /// A point in the order.
        case target
        /// It is there without our doing: a mounted path, a slice, the socket of a service that somebody else runs. The text
        /// says so in the log when it is started.
        case present(notice: String?)
        /// It cannot be had here; the text says why.
        case unsupported(String)
    }

    /// What it stands for.
    public internal(set) var role: Role
    /// Whether it is active.
    public internal(set) var isActive = false

    init(_ role: Role, isActive: Bool = false) {
        self.role = role
        self.isActive = isActive
    }

    /// The coarse state.
    public var state: ActiveState { isActive ? .active : .inactive }

    /// What it is doing: the sub-state of a unit of its type.
    /// - Parameter type: the suffix of its name, without the dot.
    /// - Returns: systemd's word.
    func subState(_ type: String) -> String {
        guard isActive else { return "dead" }
        switch type {
        case "mount": return "mounted"
        case "device": return "plugged"
        case "socket": return "listening"
        case "scope": return "running"
        case "path", "automount": return "waiting"
        default: return "active"
        }
    }
}
