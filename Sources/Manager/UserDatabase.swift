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

    /// Whether a number belongs to a user or a group.
    /// - Parameter id: of a user, and of a group.
    /// - Returns: whether either is there.
    /// - Throws: the errno of getpwuid_r(3) and getgrgid_r(3).
    static func hasEntry(_ id: uid_t) throws(SystemError) -> Bool {
        var buffer = [CChar](repeating: 0, count: 64 * 1024)
        var user = passwd()
        var foundUser: UnsafeMutablePointer<passwd>?
        var group = Glibc.group()
        var foundGroup: UnsafeMutablePointer<Glibc.group>?
        for result in [
            getpwuid_r(id, &user, &buffer, buffer.count, &foundUser),
            getgrgid_r(id, &group, &buffer, buffer.count, &foundGroup),
        ] where ![0, ENOENT, ESRCH].contains(result) {
            throw SystemError("look up the user", String(id), errno: result)
        }
        return foundUser != nil || foundGroup != nil
    }

    /// The user of a unit with `DynamicUser=`.
    /// - Parameters:
    ///   - context: of the unit.
    ///   - name: of the user.
    ///   - number: makes its number, where there is no such user.
    /// - Returns: the user of the system, or the one that was made.
    /// - Throws: `.before` with status 217 or 216.
    static func resolveDynamic(
        _ context: ExecutionContext, name: String, number: () throws(SystemError) -> uid_t
    ) throws(SpawnError) -> Credentials {
        var credentials: Credentials
        if let entry = try passwordEntry(name) {
            credentials = entry
            credentials.groups = groups(of: entry.name ?? name, primary: entry.gid)
        } else {
            do throws(SystemError) {
                let id = try number()
                credentials = Credentials(uid: id, gid: id, groups: [], name: name)
            } catch {
                throw .before(exitStatus: 217, error)
            }
        }
        if let group = context.group, group != name { credentials.gid = try self.group(group) }
        for group in context.supplementaryGroups {
            let id = try self.group(group)
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
