// Where we run: systemd-detect-virt(1) by what files tell.
import Glibc
import Linux
import Units

extension ConditionProbes {
    /// The container's id before the machine's, as the innermost counts.
    static func virtualization() -> String? { container() ?? machine() ?? "none" }

    /// The id of the container; nil outside of one.
    static func container() -> String? {
        if exists("/proc/vz"), !exists("/proc/bc") { return "openvz" }
        if let release = line("/proc/sys/kernel/osrelease") {
            if has(release, "Microsoft") || has(release, "WSL") { return "wsl" }
        }
        if let tracer = status("TracerPid:"), tracer != "0", line("/proc/\(tracer)/comm")?.hasPrefix("proot") == true {
            return "proot"
        }
        // Whoever makes a container says so to its PID 1, and systemd writes that down for others.
        var told = line("/run/host/container-manager") ?? line("/run/systemd/container")
        if told == nil, let variables = strings("/proc/1/environ") {
            for variable in variables where variable.hasPrefix("container=") { told = String(variable.dropFirst(10)) }
        }
        if let told, !told.isEmpty {
            switch told {
            case "oci": return byFiles() ?? "container-other"
            case "systemd-nspawn", "lxc-libvirt", "lxc", "openvz", "docker", "podman", "rkt", "wsl", "proot", "pouch":
                return told
            default: return "container-other"
            }
        }
        return byFiles()
    }

    private static func byFiles() -> String? {
        if exists("/run/.containerenv") { return "podman" }
        if exists("/.dockerenv") { return "docker" }
        return nil
    }

    /// The id of the virtual machine; nil where there is none.
    private static func machine() -> String? {
        // As systemd: what the firmware says first for those that run nested in others' names.
        let firmware = byFirmware()
        if let firmware, ["oracle", "xen", "amazon", "parallels", "google"].contains(firmware) { return firmware }
        if exists("/proc/sysinfo"), let text = text("/proc/sysinfo"), has(text, "VM00") {
            return has(text, "z/VM") ? "zvm" : "kvm"
        }
        let isGuest = text("/proc/cpuinfo").map { has($0, " hypervisor") } ?? false
        if line("/sys/hypervisor/type") == "xen" { return "xen" }
        if let firmware { return firmware }
        if let text = text("/proc/cpuinfo"), has(text, "User Mode Linux") { return "uml" }
        if exists("/proc/device-tree/hypervisor/compatible") {
            return strings("/proc/device-tree/hypervisor/compatible")?.first == "linux,kvm" ? "kvm" : "vm-other"
        }
        return isGuest ? "vm-other" : nil
    }

    private static func byFirmware() -> String? {
        let vendors: [(prefix: String, id: String)] = [
            ("KVM", "kvm"), ("OpenStack", "kvm"), ("KubeVirt", "kvm"), ("Amazon EC2", "amazon"), ("QEMU", "qemu"),
            ("VMware", "vmware"), ("VMW", "vmware"), ("innotek GmbH", "oracle"), ("VirtualBox", "oracle"),
            ("Oracle Corporation", "oracle"), ("Xen", "xen"), ("Bochs", "bochs"), ("Parallels", "parallels"),
            ("BHYVE", "bhyve"), ("Hyper-V", "microsoft"), ("Apple Virtualization", "apple"),
            ("Google Compute Engine", "google"),
        ]
        for file in ["product_name", "sys_vendor", "board_vendor", "bios_vendor", "product_version"] {
            guard let value = line("/sys/class/dmi/id/" + file) else { continue }
            if let found = vendors.first(where: { value.hasPrefix($0.prefix) }) { return found.id }
        }
        return nil
    }

    /// Whether a text contains another, by bytes.
    static func has(_ text: String, _ part: String) -> Bool {
        let bytes = Array(text.utf8)
        let wanted = Array(part.utf8)
        guard bytes.count >= wanted.count else { return false }
        return (0...(bytes.count - wanted.count)).contains { bytes[$0...].starts(with: wanted) }
    }
}
