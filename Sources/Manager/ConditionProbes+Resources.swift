// What conditions ask about processors, memory and control groups.
import CLinux
import Glibc
import Linux
import Units

extension ConditionProbes {
    /// The memory that may be used: what the machine has, or what a control group leaves of it.
    static func memory() -> UInt64? {
        let pages = sysconf(CInt(_SC_PHYS_PAGES))
        let size = sysconf(CInt(_SC_PAGESIZE))
        guard pages > 0, size > 0 else { return nil }
        let (all, overflow) = UInt64(pages).multipliedReportingOverflow(by: UInt64(size))
        guard !overflow else { return nil }
        // "max", or no file at the root of the hierarchy: no limit.
        let files = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        return files.compactMap { line($0).flatMap { UInt64($0) } }.reduce(all) { min($0, $1) }
    }

    /// The processors that this process may run on.
    static func cpus() -> UInt64? {
        status("Cpus_allowed:").map { mask in
            mask.utf8.reduce(into: 0) { sum, byte in
                sum += UInt64((Int(UnicodeScalar(byte).value) == 0x2c ? 0 : digit(byte)).nonzeroBitCount)
            }
        }
    }

    private static func digit(_ byte: UInt8) -> UInt8 {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x61...0x66: byte - 0x61 + 10
        case 0x41...0x46: byte - 0x41 + 10
        default: 0
        }
    }

    /// A flag of the processor in the names of systemd.unit(5), which are those of /proc/cpuinfo but for a few.
    static func hasCPUFeature(_ name: String) -> Bool? {
        #if arch(x86_64) || arch(i386)
            let kernelNames = ["sse3": "pni", "pclmul": "pclmulqdq", "fma3": "fma"]
            // The kernel switches it on wherever there is XSAVE, and does not show it.
            let wanted = name == "osxsave" ? "xsave" : kernelNames[name] ?? name
            guard cpuFeatures.contains(name), let content = text("/proc/cpuinfo") else { return false }
            for line in content.split(separator: "\n" as Character) where line.hasPrefix("flags") {
                return words(line).contains(wanted)
            }
            return false
        #else
            return false
        #endif
    }

    private static let cpuFeatures: Set<String> = [
        "fpu", "vme", "de", "pse", "tsc", "msr", "pae", "mce", "cx8", "apic", "sep", "mtrr", "pge", "mca", "cmov",
        "pat",
        "pse36", "clflush", "mmx", "fxsr", "sse", "sse2", "ht", "pni", "pclmul", "monitor", "ssse3", "fma3", "cx16",
        "sse4_1", "sse4_2", "movbe", "popcnt", "aes", "xsave", "osxsave", "avx", "f16c", "rdrand", "bmi1", "avx2",
        "bmi2",
        "rdseed", "adx", "sha_ni", "syscall", "rdtscp", "lm", "lahf_lm", "abm", "constant_tsc",
    ]

    // MARK: - Control groups

    /// The controllers of the unified hierarchy, or all that are mounted; with those that systemd makes of BPF, which it can
    /// do as root on any kernel of today.
    static func cgroupControllers() -> [String]? {
        var result: [String]
        if let unified = line("/sys/fs/cgroup/cgroup.controllers") {
            result = words(unified).filter { ["cpu", "cpuset", "io", "memory", "pids"].contains($0) }
            if result.contains("cpu") { result.append("cpuacct") }
        } else {
            // Of the old hierarchies systemd uses these.
            result = names(in: "/sys/fs/cgroup").flatMap { $0.split(separator: "," as Character).map { String($0) } }
                .filter { ["cpu", "cpuacct", "blkio", "memory", "devices", "pids"].contains($0) }
        }
        if result.isEmpty { return nil }
        if geteuid() == 0, daimon_is_cgroup2("/sys/fs/cgroup") == 1 {
            result += [
                "bpf-firewall", "bpf-devices", "bpf-foreign", "bpf-socket-bind", "bpf-restrict-network-interfaces",
            ]
        }
        return result
    }

    /// The pressure of the machine, or of a slice.
    static func pressure(
        _ resource: ConditionFacts.Resource, _ window: ConditionFacts.PressureWindow, _ slice: String?
    ) -> ConditionFacts.Pressure {
        var path = "/proc/pressure/\(resource.rawValue)"
        guard exists("/proc/pressure") else { return .untold }
        if let slice {
            guard let folder = folder(of: slice) else { return .unreadable }
            path = "/sys/fs/cgroup\(folder)/\(resource.rawValue).pressure"
            guard exists(path) else { return .untold }
        }
        // Switched off at the boot, reading fails although the file is there.
        guard let content = text(path) else { return .untold }
        let lines = content.split(separator: "\n" as Character).map { words($0) }
        // That no task at all can run is never true of all processors: there it is "some" that counts.
        let share = resource == .cpu ? "some" : "full"
        guard let line = lines.first(where: { $0.first == share }) else { return .unreadable }
        let key =
            switch window {
            case .tenSeconds: "avg10="
            case .oneMinute: "avg60="
            case .fiveMinutes: "avg300="
            }
        guard let word = line.first(where: { $0.hasPrefix(key) }) else { return .unreadable }
        let digits = word.dropFirst(key.count).filter { $0 != "." }
        return UInt64(digits).map { .share($0) } ?? .unreadable
    }

    /// `a-b.slice` is `/a.slice/a-b.slice`.
    private static func folder(of slice: String) -> String? {
        let name = slice.hasSuffix(".slice") ? String(slice.dropLast(6)) : slice
        guard Paths.isFileName(name) else { return nil }
        if name == "-" { return "" }
        var path = ""
        var prefix = ""
        for part in name.split(separator: "-" as Character, omittingEmptySubsequences: false) {
            if part.isEmpty { return nil }
            prefix += (prefix.isEmpty ? "" : "-") + part
            path += "/\(prefix).slice"
        }
        return path
    }
}
