// What conditions ask about the kernel, the system and who we are.
import CLinux
import Glibc
import Linux
import Units

extension ConditionProbes {
    /// The architecture that this program was built for, as uname(2) would call it.
    static var builtFor: String {
        #if arch(x86_64)
            "x86_64"
        #elseif arch(arm64)
            "aarch64"
        #elseif arch(i386)
            "i686"
        #elseif arch(arm)
            "armv7l"
        #elseif arch(powerpc64le)
            "ppc64le"
        #elseif arch(s390x)
            "s390x"
        #elseif arch(riscv64)
            "riscv64"
        #else
            uname(\.machine)
        #endif
    }

    /// The kernel's command line; in a container that of its PID 1, which is what it was started with.
    static func kernelCommandLine() -> String? {
        guard container() == nil else {
            guard let words = strings("/proc/1/cmdline") else { return nil }
            return words.joined(separator: " ")
        }
        return line("/proc/cmdline")
    }

    /// The value of an option of the command line; empty where it is there without one.
    static func commandLineOption(_ name: String) -> String? {
        guard let content = kernelCommandLine() else { return nil }
        var value: String?
        for word in words(content) {
            if word == name { value = "" }
            if word.hasPrefix(name + "=") { value = String(word.dropFirst(name.count + 1)) }
        }
        return value
    }

    static func boolean(_ text: String) -> Bool? {
        do throws(InvalidValue) { return try Numbers.boolean(text) } catch { return nil }
    }

    static func isFirstBoot() -> Bool? {
        if let option = commandLineOption("systemd.condition_first_boot"), let value = boolean(option) { return value }
        return exists("/run/systemd/first-boot")
    }

    static func machineIdentifiers() -> [String]? {
        let files = [
            "/etc/machine-id", "/proc/sys/kernel/random/boot_id", "/sys/class/dmi/id/product_uuid",
            "/sys/firmware/devicetree/base/vm,uuid",
        ]
        return files.compactMap { file in
            guard let text = line(file) else { return nil }
            let digits = text.lowercased().filter { $0 != "-" && $0 != "\0" }
            return digits.utf8.count == 32 ? digits : nil
        }
    }

    /// As the release of systemd whose unit files these are.
    static func version(_ component: String) -> String? {
        switch component {
        case "kernel": known(uname(\.release))
        case "glibc": libraryVersion
        case "systemd": "257"
        default: nil
        }
    }

    private static var libraryVersion: String? {
        var buffer = [CChar](repeating: 0, count: 64)
        // "glibc 2.36"
        let length = confstr(CInt(_CS_GNU_LIBC_VERSION), &buffer, buffer.count)
        guard length > 1, length <= buffer.count else { return nil }
        let text = String(decoding: buffer.prefix(length - 1).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return words(text).last
    }

    static func osRelease(_ name: String) -> String? {
        let path = exists("/etc/os-release") ? "/etc/os-release" : "/usr/lib/os-release"
        return text(path).flatMap { content in
            EnvironmentFile.variables(in: content).last { $0.name == name }?.value
        }
    }

    static func environment() -> [EnvironmentVariable] {
        var result: [EnvironmentVariable] = []
        var index = 0
        while let entry = daimon_environment_entry(index) {
            index += 1
            let text = String(cString: entry)
            guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) else { continue }
            result.append(
                EnvironmentVariable(
                    name: String(text[..<equals]), value: String(text[text.utf8.index(after: equals)...])))
        }
        return result
    }

    static func hasCredential(_ name: String) -> Bool? {
        for variable in ["CREDENTIALS_DIRECTORY", "ENCRYPTED_CREDENTIALS_DIRECTORY"] {
            guard let value = getenv(variable) else { continue }
            if exists("\(String(cString: value))/\(name)") { return true }
        }
        return false
    }

    // MARK: - Security

    static func security(_ name: String) -> Bool? {
        switch name {
        case "selinux": exists("/sys/fs/selinux/enforce")
        case "smack": exists("/sys/fs/smackfs/")
        case "apparmor": line("/sys/module/apparmor/parameters/enabled") == "Y"
        case "tomoyo": exists("/sys/kernel/security/tomoyo/version")
        case "ima": exists("/sys/kernel/security/ima/")
        case "audit": hasAudit()
        case "uefi-secureboot": bytes(secureBoot).map { $0.count == 5 && $0[4] == 1 } ?? false
        case "tpm2": !names(in: "/sys/class/tpmrm").isEmpty
        // Both would have to be measured: nobody says yes who cannot know.
        case "cvm", "measured-uki": exists("/sys/firmware/efi") ? nil : false
        default: false
        }
    }

    private static let secureBoot = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

    private static func hasAudit() -> Bool {
        // A namespace may forbid what the kernel has.
        let descriptor = socket(AF_NETLINK, CInt(SOCK_RAW.rawValue) | O_CLOEXEC, 9)
        guard descriptor >= 0 else { return false }
        close(descriptor)
        return true
    }

    // MARK: - Power

    /// Whether a mains adapter is online; true where there is neither adapter nor battery in use.
    static func isOnACPower() -> Bool? {
        let folder = "/sys/class/power_supply"
        var isOffline = false
        var discharges = false
        for name in names(in: folder) {
            let path = "\(folder)/\(name)"
            // What is built into a mouse or a keyboard says nothing of the machine.
            if line(path + "/scope") == "Device" { continue }
            switch line(path + "/type") {
            case "Mains", "USB": if line(path + "/online") == "1" { return true } else { isOffline = true }
            case "Battery": if line(path + "/status") == "Discharging" { discharges = true }
            default: break
            }
        }
        return !(isOffline && discharges || discharges)
    }

    // MARK: - Users

    static func userID(_ name: String) -> UInt32?? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        let capacity = 64 * 1024
        let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: capacity)
        defer { buffer.deallocate() }
        let result = getpwnam_r(name, &entry, buffer, capacity, &found)
        guard result == 0 || result == ENOENT || result == ESRCH else { return nil }
        return .some(found == nil ? nil : entry.pw_uid)
    }

    static func groupID(_ name: String) -> UInt32?? {
        var entry = group()
        var found: UnsafeMutablePointer<group>?
        let capacity = 64 * 1024
        let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: capacity)
        defer { buffer.deallocate() }
        let result = getgrnam_r(name, &entry, buffer, capacity, &found)
        guard result == 0 || result == ENOENT || result == ESRCH else { return nil }
        return .some(found == nil ? nil : entry.gr_gid)
    }

    static func isInGroup(_ id: UInt32) -> Bool? {
        if getgid() == id || getegid() == id { return true }
        let count = getgroups(0, nil)
        guard count >= 0 else { return nil }
        var groups = [gid_t](repeating: 0, count: Int(count))
        let got = getgroups(count, &groups)
        guard got >= 0 else { return nil }
        return groups.prefix(Int(got)).contains(id)
    }

    /// A mapping other than that of everybody to himself.
    static func isInUserNamespace() -> Bool? {
        for file in ["/proc/self/uid_map", "/proc/self/gid_map"] {
            // Without the file the kernel has no such namespaces.
            guard let map = line(file) else { return exists(file) ? nil : false }
            if words(map) != ["0", "0", "4294967295"] { return true }
        }
        return line("/proc/self/setgroups") == "deny"
    }

    static func isKernelModuleLoaded(_ name: String) -> Bool? {
        guard Paths.isFileName(name) else { return false }
        let folder = "/sys/module/" + String(name.map { $0 == "-" ? "_" : $0 })
        guard exists(folder) else { return false }
        // What is built in has no state.
        return line(folder + "/initstate").map { $0 == "live" } ?? true
    }
}
