// The user to run as: looked up before the first fork, so that an unknown one is an error at the terminal.
import CLinux
import Glibc
import Linux

/// A user of the user database, with all groups.
struct UserAccount: Equatable, Sendable {
    let name: String
    let uid: uid_t
    let gid: gid_t
    let groups: [gid_t]
    let home: String
    let shell: String

    /// Looks a user up (getpwnam_r(3), getgrouplist(3)).
    init(named name: String) throws(DaemonError) {
        var record = passwd()
        var found: UnsafeMutablePointer<passwd>?
        // The record points into the buffer, so the buffer's address must not change: no array.
        var capacity = 1024
        var buffer = UnsafeMutablePointer<CChar>.allocate(capacity: capacity)
        defer { buffer.deallocate() }
        while true {
            let result = getpwnam_r(name, &record, buffer, capacity, &found)
            if result == ERANGE && capacity < 1 << 20 {
                buffer.deallocate()
                capacity *= 4
                buffer = UnsafeMutablePointer<CChar>.allocate(capacity: capacity)
                continue
            }
            guard result == 0 || result == ENOENT || result == ESRCH else {
                throw .step(.dropPrivileges, SystemError("look up the user", name, errno: result))
            }
            break
        }
        guard found != nil, let directory = record.pw_dir, let shell = record.pw_shell else {
            throw .unknownUser(OneLine.text(name, limit: 64))
        }
        self.name = name
        self.uid = record.pw_uid
        self.gid = record.pw_gid
        self.home = String(cString: directory)
        self.shell = String(cString: shell)
        var groups = [gid_t](repeating: 0, count: 32)
        var count = CInt(groups.count)
        while getgrouplist(name, record.pw_gid, &groups, &count) < 0 {
            guard count > groups.count, count <= 65536 else {
                throw .step(.dropPrivileges, .refused("look up the groups of", name, because: "there are too many"))
            }
            groups = [gid_t](repeating: 0, count: Int(count))
        }
        self.groups = Array(groups.prefix(Int(count)))
    }

    /// Becomes this user for good: groups, then gid, then uid; the other way round the right to the first two is gone.
    func assume() throws(SystemError) {
        guard daimon_set_identity(uid, gid, groups, groups.count) == 0 else {
            throw SystemError("become the user", name, advice: errno == EPERM ? "only root may" : nil)
        }
        // Where it was root that gave up its rights, they must not come back.
        guard uid == 0 || setuid(0) != 0 else {
            throw .refused("give up root for the user", name, because: "the kernel would give root back")
        }
    }
}
