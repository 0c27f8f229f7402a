// The service's control group: how its processes are found and killed together where a cgroup v2 is writable
// (cgroups(7)). Where systemd runs, only a delegated subtree is ours to divide (systemd's "single writer" rule).
import CLinux
import Glibc
import Linux

/// The cgroup of one unit.
package struct Cgroup: ~Copyable {
    /// The directory in the cgroup file system.
    package let path: String
    /// For clone3(2), CLONE_INTO_CGROUP; where that is refused, a process enters by itself.
    package let directory: OwnedDescriptor

    /// Makes the directory for the cgroups of an instance's units, below our own.
    /// - Parameters:
    ///   - name: the directory's name, unique to this instance.
    ///   - systemdIsBooted: whether systemd owns the hierarchy (sd_booted(3)): then only what it delegated is divided.
    ///   - reason: set to one line for the log when there is no cgroup.
    /// - Returns: its path; nil where that cannot or must not be done; `reason` says why.
    package static func makeParent(name: String, systemdIsBooted: Bool, reason: inout String) -> String? {
        guard let own = ownDirectory() else {
            reason = "no cgroup v2 is mounted"
            return nil
        }
        if systemdIsBooted && !isDelegated(own) {
            reason = "systemd has not delegated \(own) (Delegate=yes)"
            return nil
        }
        let path = "\(own)/\(name)"
        // The name is this instance's alone, and the instance is ours: what is there is left over from a run that
        // was killed, or holds what KillMode=process left alive. The former goes.
        remove(path)
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
            reason = "cannot make \(path): \(SystemError.words(errno))"
            return nil
        }
        // Whatever our umask: others may see in `daimon status` which processes there are, as they may in ps(1).
        _ = chmod(path, 0o755)
        // Where it is to be had, so that each unit's kills for want of memory are counted.
        set("cgroup.subtree_control", to: "+memory", in: path)
        return path
    }

    /// Writes an attribute, where the kernel has it and lets us.
    /// - Parameters:
    ///   - attribute: the file.
    ///   - value: what is written.
    ///   - path: the directory.
    package static func set(_ attribute: String, to value: String, in path: String) {
        do {
            let file = try OwnedDescriptor.open("\(path)/\(attribute)", O_WRONLY | O_NOFOLLOW)
            try file.writeAll(value.utf8)
        } catch {
            return  // a controller that is not there
        }
    }

    /// Makes the cgroup of a unit.
    /// - Parameters:
    ///   - name: the unit's.
    ///   - parent: what `makeParent` gave.
    /// - Returns: the cgroup, open.
    /// - Throws: the errno of mkdir(2) or open(2).
    package static func make(_ name: String, in parent: String) throws(SystemError) -> Cgroup {
        let path = "\(parent)/\(name)"
        // Others may see in `daimon status` which processes there are: whatever our umask is, which one thread may change.
        let mask = umask(0o022)
        let made = mkdir(path, 0o755)
        let number = errno
        _ = umask(mask)
        guard made == 0 || number == EEXIST else { throw SystemError("make the control group", path, errno: number) }
        do throws(SystemError) {
            return Cgroup(
                path: path, directory: try OwnedDescriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW))
        } catch {
            rmdir(path)
            throw error
        }
    }

    /// Removes a cgroup and those below it, as far as they are empty.
    /// - Parameter path: the directory.
    package static func remove(_ path: String) {
        for child in subdirectories(of: path) { remove(child) }
        // EBUSY: processes were left alive in it (KillMode=process). It stays as long as they do.
        _ = rmdir(path)
    }

    /// The processes in a cgroup and in those below it, without zombies.
    /// - Parameter path: the directory.
    /// - Returns: their pids; none when the cgroup is gone.
    package static func processes(in path: String) -> [pid_t] {
        var pids: [pid_t] = []
        do {
            let text = try Files.readText("\(path)/cgroup.procs", limit: 16 << 20)
            pids = text.split(separator: "\n").compactMap { pid_t($0) }.filter { $0 > 0 }
        } catch {
            return []  // the cgroup is gone, and its processes with it
        }
        for child in subdirectories(of: path) { pids += processes(in: child) }
        return pids
    }

    /// Kills everything in a cgroup at once, also what forks faster than it can be listed. Afterwards kernels of 2025
    /// kill whatever clone3(2) puts there at its birth, so a cgroup is not used again after this.
    /// - Returns: false on a kernel before 5.14, which has no `cgroup.kill`.
    package static func killAll(in path: String) -> Bool {
        do {
            let file = try OwnedDescriptor.open("\(path)/cgroup.kill", O_WRONLY | O_NOFOLLOW)
            try file.writeAll("1".utf8)
            return true
        } catch {
            return false
        }
    }

    /// Whether a process is in a cgroup or below it.
    /// - Parameters:
    ///   - pid: the process.
    ///   - path: the directory.
    /// - Returns: false also when the process is gone or lies outside of our cgroup namespace.
    package static func contains(_ pid: pid_t, in path: String) -> Bool {
        guard let directory = directory(of: pid) else { return false }
        return directory == path || directory.hasPrefix(path + "/")
    }

    /// The cgroup of a process.
    /// - Parameter pid: the process.
    /// - Returns: its directory; nil when the process is gone or lies outside of our cgroup namespace.
    package static func directory(of pid: pid_t) -> String? {
        guard let mount = mountPoint(), let relative = relativePath(of: String(pid)) else { return nil }
        return mount + (relative == "/" ? "" : relative)
    }

    // MARK: - Where we are

    package static func ownDirectory() -> String? {
        guard let mount = mountPoint(), let relative = relativePath(of: "self") else { return nil }
        return mount + (relative == "/" ? "" : relative)
    }

    private static func relativePath(of process: String) -> String? {
        let text: String
        do { text = try Files.readText("/proc/\(process)/cgroup", limit: 64 << 10) } catch { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix("0::") {
            let path = String(line.dropFirst(3))
            // "/../…" is outside of our cgroup namespace: there is no path to it.
            return path.hasPrefix("/") && !path.hasPrefix("/..") ? path : nil
        }
        return nil
    }

    private static func mountPoint() -> String? {
        // Where it always is, on a unified and on a hybrid host; the mount table decides otherwise.
        for path in ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] {
            if daimon_is_cgroup2(path) == 1 { return path }
        }
        let text: String
        do { text = try Files.readText("/proc/self/mountinfo", limit: 4 << 20) } catch { return nil }
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count, fields.count > 4 else { continue }
            if fields[dash + 1] == "cgroup2" && fields[3] == "/" { return String(fields[4]) }
        }
        return nil
    }

    private static func isDelegated(_ directory: String) -> Bool {
        var path = directory[...]
        while path.contains("/") && path != "/sys/fs/cgroup" {
            // systemd marks what it delegates; the attribute stands at the top of the delegated tree.
            if daimon_xattr_is_one(String(path), "user.delegate") == 1
                || daimon_xattr_is_one(String(path), "trusted.delegate") == 1
            {
                return true
            }
            path = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
        }
        return false
    }

    private static func subdirectories(of path: String) -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            guard entry.pointee.d_type == UInt8(DT_DIR) else { continue }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append("\(path)/\(name)") }
        }
        return names
    }
}
