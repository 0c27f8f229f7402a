// The service's control group: how its processes are found and killed together where a cgroup v2 is writable
// (cgroups(7)). Where systemd runs, only a delegated subtree is ours to divide (systemd's "single writer" rule).
import CLinux
import Glibc
import Linux

/// A cgroup made for one run of an instance.
package struct Cgroup: ~Copyable {
    /// The directory in the cgroup file system.
    package let path: String
    /// For clone3(2), CLONE_INTO_CGROUP.
    package let directory: OwnedDescriptor
    /// For a kernel or container that refuses clone3(2): a process writes itself in here.
    package let procs: OwnedDescriptor

    /// Makes a cgroup below our own.
    /// - Parameters:
    ///   - name: the directory's name, unique to this run.
    ///   - systemdIsBooted: whether systemd owns the hierarchy (sd_booted(3)): then only what it delegated is divided.
    ///   - reason: set to one line for the log when there is no cgroup.
    /// - Returns: nil where that cannot or must not be done; `reason` says why.
    package static func make(name: String, systemdIsBooted: Bool, reason: inout String) -> Cgroup? {
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
        do {
            return Cgroup(
                path: path,
                directory: try OwnedDescriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW),
                procs: try OwnedDescriptor.open("\(path)/cgroup.procs", O_WRONLY | O_NOFOLLOW))
        } catch {
            rmdir(path)
            reason = "\(error)"
            return nil
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
        guard let mount = mountPoint(), let relative = relativePath(of: String(pid)) else { return false }
        let directory = mount + (relative == "/" ? "" : relative)
        return directory == path || directory.hasPrefix(path + "/")
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
