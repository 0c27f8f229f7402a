// The facts of specifiers as this machine has them: a few small files, uname(2), the environment, the user database.
import Glibc

extension SpecifierFacts {
    /// The facts of this machine, each read when it is asked for.
    /// - Parameters:
    ///   - scope: `.system` has the folders of systemd's system manager, `.user` those of the XDG variables.
    ///   - root: put before the paths of the files that are read; for tests, and for the units of another system.
    ///   - environment: the manager's environment.
    /// - Returns: the facts. Nothing is read yet.
    public static func system(
        scope: RuntimeScope = .ofThisProcess, root: String = "",
        environment: @escaping @Sendable (String) -> String? = SystemFacts.environmentVariable
    ) -> SpecifierFacts {
        let facts = SystemFacts(scope: scope, root: root, environment: environment)
        return SpecifierFacts(scope: scope, timeZones: .system(root: root)) { fact throws(InvalidValue) in
            try facts.value(of: fact)
        }
    }
}

/// Reads facts. Every file is read up to a limit, whatever it is.
public struct SystemFacts: Sendable {
    let scope: RuntimeScope
    let root: String
    let environment: @Sendable (String) -> String?

    /// The most bytes of one of these files; os-release has some five hundred.
    private static let sizeLimit = 64 << 10

    /// A variable of this process's environment.
    /// - Parameter name: without `=`.
    /// - Returns: nil where it is not set.
    @Sendable public static func environmentVariable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    func value(of fact: SpecifierFact) throws(InvalidValue) -> String {
        switch fact {
        case .architecture: Self.architecture(machine: Self.uname { $0.machine })
        case .kernelRelease: Self.uname { $0.release }
        case .bootId: try identifier("/proc/sys/kernel/random/boot_id", "the boot id")
        case .machineId: try identifier("/etc/machine-id", "the machine id")
        case .hostName: Self.hostName
        case .shortHostName: Self.shortHostName
        case .prettyHostName: prettyHostName
        case .osId: try osRelease("ID")
        case .osVersionId: try osRelease("VERSION_ID")
        case .osVariantId: try osRelease("VARIANT_ID")
        case .osBuildId: try osRelease("BUILD_ID")
        case .osImageId: try osRelease("IMAGE_ID")
        case .osImageVersion: try osRelease("IMAGE_VERSION")
        case .userId: String(uid)
        case .groupId: String(uid == 0 ? 0 : getegid())
        case .userName: try userName
        case .groupName: try groupName
        case .home: try home
        case .shell: try shell
        case .cacheDirectory: try folder("/var/cache", "XDG_CACHE_HOME", ".cache")
        case .configurationDirectory: try folder("/etc", "XDG_CONFIG_HOME", ".config")
        case .dataDirectory: try folder("/usr/share", "XDG_DATA_HOME", ".local/share")
        case .logDirectory: try logDirectory
        case .stateDirectory: try folder("/var/lib", "XDG_STATE_HOME", ".local/state")
        case .runtimeDirectory: try runtimeDirectory
        case .credentialsDirectory: try runtimeDirectory + "/credentials"
        case .temporaryDirectory: temporaryDirectory ?? "/tmp"
        case .persistentTemporaryDirectory: temporaryDirectory ?? "/var/tmp"
        case .controlGroupRoot: throw InvalidValue("the control group of the manager is not known here")
        }
    }

    // MARK: - Kernel

    /// `uname -m` in the words of ConditionArchitecture= (systemd.unit(5)).
    package static func architecture(machine: String) -> String {
        switch machine {
        case "x86_64": "x86-64"
        case "i686", "i586", "i486", "i386": "x86"
        case "aarch64": "arm64"
        case "aarch64_be": "arm64-be"
        case "riscv32", "riscv64", "s390", "s390x", "alpha", "sparc", "sparc64", "ia64", "loongarch64", "m68k",
            "parisc", "parisc64", "mips", "mips64", "arc", "cris":
            machine
        case "ppc64": "ppc64"
        case "ppc64le": "ppc64-le"
        case "ppc": "ppc"
        case "ppcle": "ppc-le"
        case "sh3", "sh4", "sh4a", "sh5", "sh64": "sh"
        case "tilegx": "tilegx"
        default:
            if machine.hasPrefix("arm") { machine.hasSuffix("b") ? "arm-be" : "arm" } else { machine }
        }
    }

    private static func uname<Field>(_ field: (utsname) -> Field) -> String {
        var names = utsname()
        guard Glibc.uname(&names) == 0 else { return "" }
        return withUnsafeBytes(of: field(names)) { Bytes.text($0.prefix { $0 != 0 }) }
    }

    private static var hostName: String {
        let name = uname { $0.nodename }
        // What the kernel says before anybody named the machine.
        return name.isEmpty || name == "(none)" ? "localhost" : name
    }

    private static var shortHostName: String {
        Bytes.text(hostName.utf8.prefix { $0 != UInt8(ascii: ".") })
    }

    // MARK: - Files

    private func read(_ path: String) throws(InvalidValue) -> String {
        do throws(ReadFailure) {
            switch try FileReading.read(root + path, limit: Self.sizeLimit) {
            case .masked: return ""
            case .text(let bytes): return Bytes.text(bytes.prefix(Self.sizeLimit))
            }
        } catch {
            throw InvalidValue("\(root + path): \(error.message)")
        }
    }

    /// 32 digits, whatever the dashes between them.
    private func identifier(_ path: String, _ noun: String) throws(InvalidValue) -> String {
        let text = try read(path)
        let digits = Bytes.trimmed(Array(text.utf8)[...]).filter { $0 != UInt8(ascii: "-") }
        guard digits.count == 32, digits.allSatisfy({ Numbers.digit($0).map { $0 < 16 } ?? false }) else {
            throw InvalidValue("\(root + path) does not hold \(noun): expected 32 hexadecimal digits")
        }
        return Bytes.text(digits.map { (0x41...0x46).contains($0) ? $0 | 0x20 : $0 })
    }

    /// A field of os-release(5); empty where it is not set.
    private func osRelease(_ name: String) throws(InvalidValue) -> String {
        // The second is for systems whose /etc was emptied.
        let path = access(root + "/etc/os-release", F_OK) == 0 ? "/etc/os-release" : "/usr/lib/os-release"
        return Self.field(name, of: try read(path)) ?? ""
    }

    private var prettyHostName: String {
        do throws(InvalidValue) {
            let name = Self.field("PRETTY_HOSTNAME", of: try read("/etc/machine-info")) ?? ""
            if !name.isEmpty { return name }
        } catch {
            // No such file on most machines: the short name is the answer then (systemd.unit(5), %q).
        }
        return Self.shortHostName
    }

    private static func field(_ name: String, of text: String) -> String? {
        EnvironmentFile.variables(in: text).last { $0.name == name }?.value
    }

    // MARK: - The user

    /// The system manager is root, whoever reads its units to check them.
    private var uid: uid_t { scope == .system ? 0 : geteuid() }

    private var userName: String {
        get throws(InvalidValue) { uid == 0 ? "root" : try account { $0.pw_name } }
    }

    private var groupName: String {
        get throws(InvalidValue) {
            let gid = uid == 0 ? 0 : getegid()
            if gid == 0 { return "root" }
            guard let entry = getgrgid(gid), let name = entry.pointee.gr_name else {
                throw InvalidValue("the group \(gid) has no name in the group database")
            }
            return String(cString: name)
        }
    }

    /// Root's own are fixed (systemd.unit(5)); those of others come from their environment, then from the database.
    private var home: String {
        get throws(InvalidValue) {
            if uid == 0 { return "/root" }
            if let given = absolute("HOME") { return given }
            return try account { $0.pw_dir }
        }
    }

    private var shell: String {
        get throws(InvalidValue) {
            if uid == 0 { return "/bin/sh" }
            if let given = absolute("SHELL") { return given }
            return try account { $0.pw_shell }
        }
    }

    private func account(_ field: (passwd) -> UnsafeMutablePointer<CChar>?) throws(InvalidValue) -> String {
        guard let entry = getpwuid(uid), let value = field(entry.pointee) else {
            throw InvalidValue("the user \(uid) is not in the user database")
        }
        return String(cString: value)
    }

    // MARK: - Folders

    /// The value of a variable that names a folder; nil where it is no absolute path.
    private func absolute(_ name: String) -> String? {
        guard let value = environment(name), value.utf8.first == UInt8(ascii: "/"),
            value.utf8.count < Paths.lengthLimit
        else { return nil }
        return Paths.simplified(value)
    }

    private func folder(_ system: String, _ variable: String, _ belowHome: String) throws(InvalidValue) -> String {
        if scope == .system { return system }
        if let given = absolute(variable) { return given }
        return try home + "/" + belowHome
    }

    private var logDirectory: String {
        get throws(InvalidValue) {
            scope == .system ? "/var/log" : try folder("", "XDG_STATE_HOME", ".local/state") + "/log"
        }
    }

    private var runtimeDirectory: String {
        get throws(InvalidValue) {
            if scope == .system { return "/run" }
            guard let path = absolute("XDG_RUNTIME_DIR") else {
                throw InvalidValue("XDG_RUNTIME_DIR is not set to an absolute path; it names the user's runtime folder")
            }
            return path
        }
    }

    private var temporaryDirectory: String? {
        for name in ["TMPDIR", "TEMP", "TMP"] {
            guard let path = absolute(name) else { continue }
            var status = stat()
            if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return path }
        }
        return nil
    }
}
