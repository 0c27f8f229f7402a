// Numbers for DynamicUser= (systemd.exec(5)): a lock file each, held as long as the service runs. Nobody else is told of
// the name: there is no service for the name service switch.
import CLinux
import Glibc
import Linux
import Units

/// A number that nobody else uses meanwhile.
struct DynamicUserLock: ~Copyable {
    let uid: uid_t
    private let folder: OpenedFolder
    /// flock(2) holds as long as this is open.
    private let file: OwnedDescriptor

    /// systemd gives up after as many.
    private static let attempts = 100

    /// Chooses a number and locks it.
    /// - Parameters:
    ///   - name: of the user.
    ///   - suggestions: tried first: the owners of folders that the service has already.
    ///   - directory: of the lock files; made where it is missing.
    /// - Returns: the lock.
    /// - Throws: a refusal where all that were tried are in use; the errno of making a lock file.
    static func acquire(
        for name: String, suggestions: [uid_t], in directory: String
    ) throws(SystemError) -> DynamicUserLock {
        guard geteuid() == 0 else {
            throw .refused("make the user", name, because: "DynamicUser= needs root")
        }
        let folder = try FolderTree.open("", below: directory, mode: 0o755)
        var candidates = suggestions.filter { DynamicUser.numbers.contains($0) }
        candidates.append(DynamicUser.candidate(for: name))
        for attempt in 0..<attempts {
            let uid = attempt < candidates.count ? candidates[attempt] : DynamicUser.clamped(.random(in: 0 ... .max))
            guard try !isUsed(uid), let file = try lock(uid, in: folder.descriptor) else { continue }
            try file.writeAll("\(name)\n".utf8)
            return DynamicUserLock(uid: uid, folder: folder, file: file)
        }
        throw .refused("make the user", name, because: "the \(attempts) numbers that were tried are all in use")
    }

    /// Gives the number back.
    /// - Throws: the errno of unlinkat(2).
    consuming func release() throws(SystemError) {
        // Before the lock goes: whoever takes it next finds the file gone and makes another.
        guard unlinkat(folder.descriptor.rawValue, String(uid), 0) == 0 || errno == ENOENT else {
            throw SystemError("remove the lock of uid", String(uid))
        }
    }

    /// Whether it is somebody's: of the user database, or a service's of a systemd beside us.
    private static func isUsed(_ uid: uid_t) throws(SystemError) -> Bool {
        if access("/run/systemd/dynamic-uid/\(uid)", F_OK) == 0 { return true }
        return try UserDatabase.hasEntry(uid)
    }

    /// nil where another holds it.
    private static func lock(
        _ uid: uid_t, in folder: borrowing OwnedDescriptor
    ) throws(SystemError) -> OwnedDescriptor? {
        // A file that its former holder removed between our opening and our locking is no lock any more.
        for _ in 0..<attempts {
            let file = try OwnedDescriptor.open(
                String(uid), O_RDWR | O_CREAT | O_NOFOLLOW | O_NOCTTY, mode: 0o600, in: folder.rawValue)
            guard daimon_flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 else {
                if errno == EWOULDBLOCK { return nil }
                throw SystemError("lock uid", String(uid))
            }
            var info = stat()
            guard fstat(file.rawValue, &info) == 0 else { throw SystemError("look at the lock of uid", String(uid)) }
            guard info.st_nlink > 0 else { continue }
            // Now that it is ours: left by a daimond that was killed, it names another.
            guard ftruncate(file.rawValue, 0) == 0 else { throw SystemError("empty the lock of uid", String(uid)) }
            return file
        }
        return nil
    }
}
