// The PID file (daemon(7), step 12): one holder at a time by a lock, and no link is followed to it.
import CLinux
import Glibc

/// A PID file that could not be held, read or removed.
public enum PIDFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Another process holds it. The pid is nil when the file does not name its holder.
    case held(pid: pid_t?, path: String)
    /// The path cannot be one of a PID file.
    case invalid(reason: String)
    /// A system call failed, or what stands at the path is refused.
    case system(SystemError)

    /// One line for a person.
    public var description: String {
        switch self {
        case .held(let pid?, _): "already running (pid \(pid))"
        case .held(nil, let path): "already running: \(path) is locked by a process it does not name"
        case .invalid(let reason): "PID file: \(reason)"
        case .system(let error): error.description
        }
    }
}

/// A PID file that this process holds. The lock ends with the process, however it ends, so a leftover file is never
/// mistaken for a running daemon.
public struct PIDFile: ~Copyable {
    /// The file, as it was named.
    public let path: String
    private let name: String
    private let directory: OwnedDescriptor
    private let file: OwnedDescriptor

    /// The longest file that is read: a record has about 80 bytes.
    static let contentLimit = 4096
    /// How often a file that vanishes between opening and locking is opened again.
    private static let attempts = 1000
    /// How long the holder of the lock may take to write its pid, in µs: it needs microseconds, unless it is not ours.
    private static let writingTime: UInt64 = 200_000

    /// Creates the file or takes over a leftover one, locks it and writes who we are. Mode 0644 whatever the umask.
    ///
    /// The lock is flock(2) on the open file. A lock on a file that was meanwhile unlinked protects nothing, so after
    /// locking the path is looked at again, and all is repeated when it names another file.
    /// - Parameter path: absolute, since a daemon changes its working directory.
    /// - Returns: the held file.
    /// - Throws: `.held` when another process holds it; `.system` for a symbolic link, something that is not a
    ///   file, a file of another user, with several names or with a content that is not a PID file's: such a file is
    ///   never written to.
    public static func acquire(path: String) throws(PIDFileError) -> PIDFile {
        let (parent, name) = try split(path)
        do throws(SystemError) {
            let directory = try OwnedDescriptor.open(parent, O_RDONLY | O_DIRECTORY)
            var deadline: UInt64?
            var vanished = 0
            while vanished < attempts {
                guard let file = try openLocked(name, in: directory.rawValue, path: path, create: true) else {
                    let holder = try content(name, in: directory.rawValue)
                    switch holder?.state() {
                    case .running(let identity): throw Held.by(identity.pid)
                    case .unidentified(let pid): throw Held.by(pid)
                    case .stale, nil: break
                    }
                    // The holder has not written its pid yet, or is about to let go.
                    let now = Clock.monotonic()
                    let end = deadline ?? now + writingTime
                    deadline = end
                    guard now < end else { throw Held.by(0) }
                    usleep(2000)
                    continue
                }
                guard try isLinked(file.rawValue, name, in: directory.rawValue) else {
                    vanished += 1
                    continue
                }
                try check(file.rawValue, path)
                do throws(SystemError) {
                    try write(PIDFileRecord.current(), to: file, path)
                } catch {
                    _ = unlinkat(directory.rawValue, name, 0)  // a full disk: no half of a file stays
                    throw error
                }
                return PIDFile(path: path, name: name, directory: directory, file: file)
            }
            throw .refused("hold the PID file", path, because: "it is removed again and again by somebody else")
        } catch {
            if let pid = Held.pid(error) { throw .held(pid: pid > 0 ? pid : nil, path: path) }
            throw .system(error)
        }
    }

    /// Removes the file, if the path still names the file that we hold, and lets go of it. Where the directory may no
    /// longer be written to (privileges were dropped) the file is emptied instead, which every reader takes for stale.
    public consuming func remove() throws(SystemError) {
        guard try PIDFile.isLinked(file.rawValue, name, in: directory.rawValue) else { return }
        // Nobody can put another file there between the look and this: whoever would must hold our lock first.
        guard unlinkat(directory.rawValue, name, 0) != 0 else { return }
        guard errno == EACCES || errno == EPERM || errno == EROFS else {
            throw SystemError("remove the PID file", path)
        }
        guard ftruncate(file.rawValue, 0) == 0 else { throw SystemError("empty the PID file", path) }
    }

    /// Writes the identity of the calling process anew. Needed in a child of the process that acquired it.
    public borrowing func update() throws(SystemError) {
        try PIDFile.write(PIDFileRecord.current(), to: file, path)
    }

    /// Reads a PID file. No symbolic link is followed as its last component.
    /// - Parameter path: the file.
    /// - Returns: nil when there is none, or an empty one; `state()` of the record tells whether that process lives.
    /// - Throws: `.system` when it cannot be read or holds something else.
    public static func read(path: String) throws(PIDFileError) -> PIDFileRecord? {
        do throws(SystemError) {
            return try content(path, in: AT_FDCWD, strict: true)
        } catch {
            throw .system(error)
        }
    }

    /// Removes what a dead holder left behind: only when nobody holds the file and it names that pid.
    /// - Parameters:
    ///   - path: the file.
    ///   - pid: the process that is known to have ended.
    /// - Returns: whether it was removed.
    /// - Throws: `.system` when it cannot be looked at or removed.
    @discardableResult
    public static func removeLeftover(path: String, of pid: pid_t) throws(PIDFileError) -> Bool {
        let (parent, name) = try split(path)
        do throws(SystemError) {
            // What cannot be opened like this was never acquired, and what another daemon holds is no leftover.
            guard
                let directory = opened({ () throws(SystemError) in
                    try OwnedDescriptor.open(parent, O_RDONLY | O_DIRECTORY)
                }),
                let file = opened({ () throws(SystemError) in
                    try openLocked(name, in: directory.rawValue, path: path, create: false)
                })
            else { return false }
            guard try isLinked(file.rawValue, name, in: directory.rawValue),
                try content(name, in: directory.rawValue)?.pid == pid
            else { return false }
            guard unlinkat(directory.rawValue, name, 0) == 0 else { throw SystemError("remove the PID file", path) }
            return true
        } catch {
            throw .system(error)
        }
    }

    // MARK: - Pieces

    /// "Somebody else holds the lock", carried through typed throws as a SystemError that no system call makes.
    private enum Held {
        static func by(_ pid: pid_t) -> SystemError { SystemError("held", String(pid), errno: -1) }
        static func pid(_ error: SystemError) -> pid_t? {
            error.errno == -1 ? error.subject.flatMap { pid_t($0) } : nil
        }
    }

    /// The directory and the name in it.
    package static func split(_ path: String) throws(PIDFileError) -> (parent: String, name: String) {
        guard path.hasPrefix("/") else {
            throw .invalid(reason: "\(path) is not absolute, and a daemon changes its directory")
        }
        guard !path.utf8.contains(0), path.utf8.count < Int(PATH_MAX), let slash = path.lastIndex(of: "/") else {
            throw .invalid(reason: "the path is not one")
        }
        let name = String(path[path.index(after: slash)...])
        guard !name.isEmpty, name != ".", name != ".." else {
            throw .invalid(reason: "\(path) names a directory")
        }
        return (slash == path.startIndex ? "/" : String(path[..<slash]), name)
    }

    /// The open and locked file; nil when another process holds the lock.
    private static func openLocked(
        _ name: String, in directory: CInt, path: String, create: Bool
    ) throws(SystemError) -> OwnedDescriptor? {
        // O_NONBLOCK and O_NOCTTY: a FIFO or a terminal put there must neither hang us nor become ours.
        let flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | (create ? O_CREAT : 0)
        let file: OwnedDescriptor
        do throws(SystemError) {
            file = try OwnedDescriptor.open(name, flags, mode: 0o644, in: directory)
        } catch {
            let advice = error.errno == ELOOP ? "it is a symbolic link, which is not followed; remove it" : nil
            throw SystemError("open the PID file", path, errno: error.errno, advice: advice)
        }
        if daimon_flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 { return file }
        guard errno == EWOULDBLOCK else { throw SystemError("lock the PID file", path) }
        return nil
    }

    /// A descriptor, or nil where it cannot be opened.
    private static func opened(_ open: () throws(SystemError) -> OwnedDescriptor?) -> OwnedDescriptor? {
        do throws(SystemError) { return try open() } catch { return nil }
    }

    /// Whether the name still leads to the open file.
    private static func isLinked(_ file: CInt, _ name: String, in directory: CInt) throws(SystemError) -> Bool {
        var ours = stat()
        var named = stat()
        guard fstat(file, &ours) == 0 else { throw SystemError("look at the PID file", name) }
        guard fstatat(directory, name, &named, AT_SYMLINK_NOFOLLOW) == 0 else {
            if errno == ENOENT { return false }
            throw SystemError("look at the PID file", name)
        }
        return ours.st_dev == named.st_dev && ours.st_ino == named.st_ino
    }

    /// Refuses what is not a PID file of ours.
    private static func check(_ file: CInt, _ path: String) throws(SystemError) {
        var status = stat()
        guard fstat(file, &status) == 0 else { throw SystemError("look at the PID file", path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .refused("hold the PID file", path, because: "it is not a regular file; remove it")
        }
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            throw .refused(
                "hold the PID file", path,
                because: "it belongs to user \(status.st_uid), who could change it; remove it")
        }
        guard status.st_nlink == 1 else {
            throw .refused("hold the PID file", path, because: "the file has other names too (hard links); remove it")
        }
        guard status.st_size <= contentLimit else {
            throw .refused("hold the PID file", path, because: "it holds something else; is the path right?")
        }
        var bytes = [UInt8](repeating: 0, count: contentLimit)
        let count = pread(file, &bytes, bytes.count, 0)
        guard count >= 0 else { throw SystemError("read the PID file", path) }
        let text = String(decoding: bytes[0..<count], as: UTF8.self)
        guard text.allSatisfy({ $0.isWhitespace }) || PIDFileRecord(parsing: text) != nil else {
            throw .refused("hold the PID file", path, because: "it holds something else; is the path right?")
        }
    }

    private static func write(
        _ record: PIDFileRecord, to file: borrowing OwnedDescriptor, _ path: String
    ) throws(SystemError) {
        guard fchmod(file.rawValue, 0o644) == 0 else { throw SystemError("set the mode of the PID file", path) }
        let bytes = Array(record.text.utf8)
        // One write, then the cut: a reader sees the old record or the new one, never an empty file in between.
        let written = pwrite(file.rawValue, bytes, bytes.count, 0)
        guard written == bytes.count else {
            throw SystemError("write the PID file", path, errno: written < 0 ? errno : ENOSPC)
        }
        guard ftruncate(file.rawValue, off_t(bytes.count)) == 0 else { throw SystemError("write the PID file", path) }
    }

    /// The record in a file; nil when there is no file, or nothing readable in it and `strict` is not set.
    private static func content(
        _ name: String, in directory: CInt, strict: Bool = false
    ) throws(SystemError) -> PIDFileRecord? {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.read(name, limit: contentLimit, in: directory, followLinks: false)
        } catch {
            if error.errno == ENOENT { return nil }
            throw SystemError(
                "read the PID file", name, errno: error.errno,
                advice: error.errno == ELOOP ? "it is a symbolic link, which is not followed" : error.advice)
        }
        let text = String(decoding: bytes, as: UTF8.self)
        if let record = PIDFileRecord(parsing: text) { return record }
        guard !strict || text.allSatisfy({ $0.isWhitespace }) else {
            throw .refused("read the PID file", name, because: "its first line is not a pid")
        }
        return nil
    }
}
