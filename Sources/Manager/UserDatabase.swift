// Names of users and groups to numbers, through the C library's name service switch (getpwnam_r(3), getgrouplist(3)).
import Engine
import Glibc
import Linux
import Units

enum UserDatabase {
    /// What the unit asks for, in numbers; nil when it asks for no change.
    static func resolve(_ context: ExecutionContext) throws(SpawnError) -> Credentials? {
        guard context.user != nil || context.group != nil || !context.supplementaryGroups.isEmpty else { return nil }
        var credentials = Credentials(uid: getuid(), gid: getgid(), groups: [])
        if let user = context.user { credentials = try self.user(user) }
        if let group = context.group { credentials.gid = try self.group(group) }
        credentials.groups = credentials.name.map { groups(of: $0, primary: credentials.gid) } ?? []
        for name in context.supplementaryGroups {
            let id = try group(name)
            if !credentials.groups.contains(id) { credentials.groups.append(id) }
        }
        return credentials
    }

    private static func user(_ name: String) throws(SpawnError) -> Credentials {
        if let entry = try passwordEntry(name) { return entry }
        // A number needs no entry: containers run under ids that nobody has written down.
        if let id = uid_t(name), id != uid_t.max { return Credentials(uid: id, gid: gid_t(id), groups: []) }
        throw .before(
            exitStatus: 217,
            .refused("find the user", name, because: "there is no such user; create it, or correct User="))
    }

    private static func passwordEntry(_ name: String) throws(SpawnError) -> Credentials? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        // The entry points into the buffer, which therefore lives until all is copied: no array, whose storage Swift may
        // free after its last use.
        let capacity = 64 * 1024
        let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: capacity)
        defer { buffer.deallocate() }
        let result: CInt
        if let id = uid_t(name) {
            result = getpwuid_r(id, &entry, buffer, capacity, &found)
        } else {
            result = getpwnam_r(name, &entry, buffer, capacity, &found)
        }
        guard result == 0 || result == ENOENT || result == ESRCH else {
            throw .before(exitStatus: 217, SystemError("look up the user", name, errno: result))
        }
        guard found != nil else { return nil }
        return Credentials(
            uid: entry.pw_uid, gid: entry.pw_gid, groups: [], name: String(cString: entry.pw_name),
            home: String(cString: entry.pw_dir), shell: String(cString: entry.pw_shell))
    }

    private static func group(_ name: String) throws(SpawnError) -> gid_t {
        if let id = gid_t(name), id != gid_t.max { return id }
        var entry = Glibc.group()
        var found: UnsafeMutablePointer<Glibc.group>?
        var buffer = [CChar](repeating: 0, count: 64 * 1024)
        let result = getgrnam_r(name, &entry, &buffer, buffer.count, &found)
        guard result == 0, found != nil else {
            throw .before(
                exitStatus: 216,
                SystemError(
                    "find the group", name, errno: result,
                    advice: "there is no such group; create it, or correct Group="))
        }
        return entry.gr_gid
    }

    private static func groups(of name: String, primary: gid_t) -> [gid_t] {
        var count: CInt = 64
        while true {
            var groups = [gid_t](repeating: 0, count: Int(count))
            let capacity = count
            if getgrouplist(name, primary, &groups, &count) >= 0 { return Array(groups.prefix(Int(count))) }
            // It says how many there are; should it not ask for more, its answer is taken as it is.
            guard count > capacity else { return Array(groups.prefix(Int(min(count, capacity)))) }
        }
    }
}
