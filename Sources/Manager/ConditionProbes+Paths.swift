// What conditions ask about paths.
import CLinux
import Glibc
import Linux
import Units

extension ConditionProbes {
    static func path(_ kind: Condition.Kind, _ path: String) -> Bool? {
        switch kind {
        case .pathExists: exists(path)
        case .pathExistsGlob: matches(path)
        case .pathIsDirectory: type(of: path) == S_IFDIR
        case .pathIsSymbolicLink: type(of: path, followsLinks: false) == S_IFLNK
        case .pathIsMountPoint: isMountPoint(path)
        case .pathIsReadWrite: isReadWrite(path)
        case .pathIsEncrypted: isEncrypted(path)
        case .pathIsSocket: type(of: path) == S_IFSOCK
        case .directoryNotEmpty: isNotEmpty(path)
        case .fileNotEmpty: status(of: path).map { $0.st_mode & S_IFMT == S_IFREG && $0.st_size > 0 } ?? false
        case .fileIsExecutable:
            status(of: path).map { $0.st_mode & S_IFMT == S_IFREG && $0.st_mode & 0o111 != 0 } ?? false
        case .needsUpdate: needsUpdate(path)
        case .architecture, .firmware, .virtualization, .host, .kernelCommandLine, .kernelVersion, .version,
            .credential, .environment, .security, .capability, .acPower, .firstBoot, .user, .group,
            .controlGroupController, .memory, .cpus, .cpuFeature, .osRelease, .memoryPressure, .cpuPressure,
            .ioPressure, .kernelModuleLoaded:
            nil
        }
    }

    private static func status(of path: String, followsLinks: Bool = true) -> stat? {
        var status = stat()
        let result = followsLinks ? stat(path, &status) : lstat(path, &status)
        return result == 0 ? status : nil
    }

    private static func type(of path: String, followsLinks: Bool = true) -> mode_t? {
        status(of: path, followsLinks: followsLinks).map { $0.st_mode & S_IFMT }
    }

    private static func matches(_ pattern: String) -> Bool {
        var found = glob_t()
        defer { globfree(&found) }
        return glob(pattern, GLOB_NOSORT | GLOB_BRACE, nil, &found) == 0 && found.gl_pathc > 0
    }

    /// Whether something is mounted at a path, by what the kernel tells of its mounts; links are followed.
    static func isMountPoint(_ path: String) -> Bool {
        guard let resolved = realpath(path, nil) else { return false }
        defer { free(resolved) }
        let path = String(cString: resolved)
        if path == "/" { return true }
        guard let mounts = text("/proc/self/mountinfo") else { return false }
        for line in mounts.split(separator: "\n" as Character) {
            let fields = line.split(separator: " " as Character, maxSplits: 5)
            if fields.count > 4, unescaped(fields[4]) == path { return true }
        }
        return false
    }

    /// proc_pid_mountinfo(5): blanks and backslashes are there as `\040`.
    private static func unescaped(_ text: Substring) -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let digits = bytes.dropFirst(index + 1).prefix(3)
            if bytes[index] == UInt8(ascii: "\\"), digits.count == 3, digits.allSatisfy({ (0x30...0x37).contains($0) })
            {
                let value = digits.reduce(0) { $0 * 8 + Int($1 - 0x30) }
                result.append(UInt8(truncatingIfNeeded: value))
                index += 4
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func isReadWrite(_ path: String) -> Bool {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return errno != ENOENT }
        if status.f_flag & UInt(ST_RDONLY) != 0 { return false }
        // Access knows what a file system says only when it is asked, such as one of the network.
        return access(path, W_OK) == 0 || errno != EROFS
    }

    /// Whether a file lies on a device of dm-crypt, or on one that lies on such.
    private static func isEncrypted(_ path: String) -> Bool {
        guard let status = status(of: path) else { return false }
        let device = status.st_mode & S_IFMT == S_IFBLK ? status.st_rdev : status.st_dev
        let major = (device >> 8) & 0xfff | (device >> 32) & ~0xfff
        let minor = device & 0xff | (device >> 12) & ~0xff
        // No block device: a file system of memory, of the network, of layers.
        guard major != 0 else { return false }
        return isEncrypted(device: "/sys/dev/block/\(major):\(minor)", depth: 0)
    }

    private static func isEncrypted(device: String, depth: Int) -> Bool {
        if depth > 16 { return false }
        if line(device + "/dm/uuid")?.hasPrefix("CRYPT-") == true { return true }
        let below = names(in: device + "/slaves")
        return !below.isEmpty && below.allSatisfy { isEncrypted(device: "\(device)/slaves/\($0)", depth: depth + 1) }
    }

    /// Hidden files, and what editors and package managers leave beside others, do not count.
    private static func isNotEmpty(_ path: String) -> Bool {
        let suffixes = [
            ".rpmnew", ".rpmsave", ".rpmorig", ".dpkg-old", ".dpkg-new", ".dpkg-tmp", ".dpkg-dist", ".dpkg-bak",
            ".dpkg-backup", ".dpkg-remove", ".ucf-new", ".ucf-old", ".ucf-dist", ".swp", ".bak", ".old", ".new", "~",
        ]
        do throws(SystemError) {
            return try Files.list(path).contains { name in
                !name.hasPrefix(".") && !["lost+found", "aquota.user", "aquota.group"].contains(name)
                    && !suffixes.contains { name.hasSuffix($0) }
            }
        } catch {
            // As systemd: what cannot be looked into is not known to be empty.
            return ![ENOENT, ENOTDIR].contains(error.errno)
        }
    }

    /// Whether /usr is newer than what /etc or /var was made for (systemd-update-done.service(8)).
    private static func needsUpdate(_ path: String) -> Bool {
        let option = commandLineOption("systemd.condition_needs_update")
        if let option { return option.isEmpty || boolean(option) ?? true }
        guard isReadWrite(path), let usr = status(of: "/usr", followsLinks: false) else { return false }
        let stamp = path + "/.updated"
        guard let updated = status(of: stamp, followsLinks: false) else { return true }
        if usr.st_mtim.tv_sec != updated.st_mtim.tv_sec { return usr.st_mtim.tv_sec > updated.st_mtim.tv_sec }
        // A file system that keeps whole seconds: the file itself has the rest.
        var fraction = updated.st_mtim.tv_nsec
        if fraction == 0, let content = text(stamp) {
            for line in content.split(separator: "\n" as Character) where line.hasPrefix("TIMESTAMP_NSEC=") {
                if let stamp = UInt64(line.dropFirst(15)) { fraction = Int(stamp % 1_000_000_000) }
            }
        }
        return usr.st_mtim.tv_nsec > fraction
    }
}
