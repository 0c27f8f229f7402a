// What conditions ask of the machine. The module asks nothing by itself: whoever evaluates gives it these.

/// The machine, as conditions look at it. Each is asked only when a condition needs it. nil means that it cannot be
/// found out: then the condition is an error, which counts as failed.
public struct ConditionFacts {
    /// Whether a path is what a kind of condition asks: for every kind that takes a path, `NeedsUpdate` too. Symbolic
    /// links are followed except by `.pathIsSymbolicLink`. A missing path is false, not nil.
    public var path: (Condition.Kind, String) -> Bool? = { _, _ in nil }
    /// The architecture of uname(2), in systemd's spelling: `x86-64`, `arm64`.
    public var architecture: () -> String? = { nil }
    /// The architecture that programs are built for, in the same spelling: `native`.
    public var nativeArchitecture: () -> String? = { nil }
    /// Whether the machine was booted with EFI.
    public var isEFI: () -> Bool? = { nil }
    /// Whether there is a device tree.
    public var hasDeviceTree: () -> Bool? = { nil }
    /// The strings of the device tree's `compatible`; empty when there is none.
    public var deviceTreeCompatible: () -> [String]? = { nil }
    /// A field of /sys/class/dmi/id, without its final newline; "no such field" is `.some(nil)`.
    public var smbiosField: (String) -> String?? = { _ in nil }
    /// The id of systemd-detect-virt(1): `none`, `docker`, `kvm`. Nested ones count by the innermost.
    public var virtualization: () -> String? = { nil }
    /// Whether this is a user namespace other than the first.
    public var isInUserNamespace: () -> Bool? = { nil }
    /// The name of gethostname(2).
    public var hostName: () -> String? = { nil }
    /// The identifiers of the machine, the boot and the product that there are: 32 hexadecimal digits in lower case.
    public var machineIdentifiers: () -> [String]? = { nil }
    /// The kernel's command line, or that of PID 1 in a container.
    public var kernelCommandLine: () -> String? = { nil }
    /// The version of `kernel` (`uname -r`), `systemd` or `glibc`.
    public var version: (String) -> String? = { _ in nil }
    /// A field of os-release(5); "no such field" is `.some(nil)`.
    public var osRelease: (String) -> String?? = { _ in nil }
    /// The manager's own environment.
    public var environment: () -> [EnvironmentVariable] = { [] }
    /// Whether a credential was passed to the manager.
    public var hasCredential: (String) -> Bool? = { _ in nil }
    /// Whether a security technology is there: `selinux`, `tpm2` and so on. A name that is not known is false.
    public var security: (String) -> Bool? = { _ in nil }
    /// The manager's bounding set of capabilities, one bit each.
    public var capabilityBoundingSet: () -> UInt64? = { nil }
    /// Whether the machine runs on AC power; true when it has no battery.
    public var isOnACPower: () -> Bool? = { nil }
    /// Whether this is the first boot.
    public var isFirstBoot: () -> Bool? = { nil }
    /// The memory, in bytes.
    public var memory: () -> UInt64? = { nil }
    /// The processors that may be used.
    public var cpus: () -> UInt64? = { nil }
    /// Whether a processor has a feature, by its name in systemd.unit(5).
    public var cpuFeature: (String) -> Bool? = { _ in nil }
    /// The real and the effective user.
    public var users: () -> (real: UInt32, effective: UInt32)? = { nil }
    /// The id of a user by name; "no such user" is `.some(nil)`.
    public var userID: (String) -> UInt32?? = { _ in nil }
    /// The id of a group by name; "no such group" is `.some(nil)`.
    public var groupID: (String) -> UInt32?? = { _ in nil }
    /// Whether the manager is in a group.
    public var isInGroup: (UInt32) -> Bool? = { _ in nil }
    /// Whether only the unified hierarchy of control groups is mounted.
    public var isCgroupUnified: () -> Bool? = { nil }
    /// The controllers that may be used, those that systemd makes up with BPF included.
    public var cgroupControllers: () -> [String]? = { nil }
    /// Whether a kernel module is loaded.
    public var isKernelModuleLoaded: (String) -> Bool? = { _ in nil }
    /// The pressure on a resource.
    public var pressure: (Resource, PressureWindow, _ slice: String?) -> Pressure = { _, _, _ in .unreadable }

    /// A resource of which the kernel tells the pressure.
    public enum Resource: String, Sendable {
        case memory, cpu, io
    }

    /// Over how long it is averaged.
    public enum PressureWindow: Sendable {
        case tenSeconds, oneMinute, fiveMinutes
    }

    /// The share of time that tasks waited for a resource.
    public enum Pressure: Equatable, Sendable {
        /// In hundredths of a percent, 0 to 10 000.
        case share(UInt64)
        /// The kernel tells none, or there is no such slice: the condition holds.
        case untold
        /// It cannot be read.
        case unreadable
    }

    /// Facts of which nothing is known.
    public init() {}
}
