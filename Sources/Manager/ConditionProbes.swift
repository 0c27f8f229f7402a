// What conditions ask of the machine, answered: the effects behind the pure evaluation in Units (systemd.unit(5), "CONDITIONS
// AND ASSERTIONS"; systemd's src/shared/condition.c is the model for what each asks). Paths are in ConditionProbes+Paths.swift,
// virtualization in +Virtualization, the rest in +Machine and +Resources.
import CLinux
import Engine
import Glibc
import Linux
import Units

/// Evaluates the conditions and assertions of a unit on this machine.
package enum ConditionProbes {
    /// Looks at what a unit asks for before it is started.
    /// - Parameters:
    ///   - conditions: `Condition…=`.
    ///   - assertions: `Assert…=`; looked at only when the conditions hold, as in systemd.
    ///   - facts: the machine.
    /// - Returns: what they came to.
    package static func check(
        _ conditions: [Condition], _ assertions: [Condition], _ facts: ConditionFacts = facts()
    ) -> UnitCheck {
        let first = Condition.evaluate(conditions, facts)
        guard first.hold else { return UnitCheck(conditions: first) }
        return UnitCheck(conditions: first, assertions: Condition.evaluate(assertions, facts))
    }

    /// This machine. Nothing is read before a condition asks for it, and nothing is kept.
    /// - Returns: the facts.
    package static func facts() -> ConditionFacts {
        var facts = ConditionFacts()
        facts.path = path
        facts.architecture = { known(uname(\.machine)).map(SystemFacts.architecture) }
        facts.nativeArchitecture = { SystemFacts.architecture(machine: builtFor) }
        facts.isEFI = { exists("/sys/firmware/efi") }
        facts.hasDeviceTree = { exists("/sys/firmware/devicetree/") }
        facts.deviceTreeCompatible = { strings("/proc/device-tree/compatible") ?? [] }
        facts.smbiosField = { .some(line("/sys/class/dmi/id/\($0)")) }
        facts.virtualization = virtualization
        facts.isInUserNamespace = isInUserNamespace
        facts.hostName = { uname(\.nodename) }
        facts.machineIdentifiers = machineIdentifiers
        facts.kernelCommandLine = kernelCommandLine
        facts.version = version
        facts.osRelease = { .some(osRelease($0)) }
        facts.environment = environment
        facts.hasCredential = hasCredential
        facts.security = security
        facts.capabilityBoundingSet = { status("CapBnd:").flatMap { UInt64($0, radix: 16) } }
        facts.isOnACPower = isOnACPower
        facts.isFirstBoot = isFirstBoot
        facts.memory = memory
        facts.cpus = cpus
        facts.cpuFeature = hasCPUFeature
        facts.users = { (getuid(), geteuid()) }
        facts.userID = userID
        facts.groupID = groupID
        facts.isInGroup = isInGroup
        facts.isCgroupUnified = { daimon_is_cgroup2("/sys/fs/cgroup") == 1 }
        facts.cgroupControllers = cgroupControllers
        facts.isKernelModuleLoaded = isKernelModuleLoaded
        facts.pressure = pressure
        return facts
    }

    // MARK: - Reading

    /// The most bytes of a file that is looked at; those of the kernel are smaller.
    private static let sizeLimit = 1 << 20

    /// The content of a file; nil where it cannot be read, which to most conditions is an answer like any other.
    static func bytes(_ path: String) -> [UInt8]? {
        do throws(SystemError) { return try Files.read(path, limit: sizeLimit) } catch { return nil }
    }

    static func text(_ path: String) -> String? { bytes(path).map { String(decoding: $0, as: UTF8.self) } }

    /// The first line of a file.
    static func line(_ path: String) -> String? {
        text(path).map { String($0.prefix { !$0.isNewline }) }
    }

    /// The strings of a file that ends each with a zero byte.
    static func strings(_ path: String) -> [String]? {
        bytes(path).map { $0.split(separator: 0).map { String(decoding: $0, as: UTF8.self) } }
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    static func names(in directory: String) -> [String] {
        do throws(SystemError) { return try Files.list(directory) } catch { return [] }
    }

    static func known(_ text: String) -> String? { text.isEmpty ? nil : text }

    static func uname<Field>(_ field: KeyPath<utsname, Field>) -> String {
        var names = utsname()
        guard Glibc.uname(&names) == 0 else { return "" }
        return withUnsafeBytes(of: names[keyPath: field]) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// A field of /proc/self/status.
    static func status(_ name: String) -> String? {
        guard let content = text("/proc/self/status") else { return nil }
        for line in content.split(separator: "\n" as Character) where line.hasPrefix(name) {
            let value = line.dropFirst(name.count).drop { $0 == " " || $0 == "\t" }
            return String(value)
        }
        return nil
    }

    /// Words between blanks.
    static func words(_ text: some StringProtocol) -> [String] {
        text.split(whereSeparator: \.isWhitespace).map { String($0) }
    }
}
