// The PID file of a service (`PIDFile=` of systemd.service(5)): which process it names, and whether that may be believed.
// The file is written by the service, which may be anybody: a lie in it must not make us watch, and in the end kill, a
// process that is not the service's.
import CLinux
import Glibc

/// What stood in the PID file of a service.
public struct ServicePIDFile: Equatable, Sendable {
    /// The file, as it was named.
    public let path: String
    /// The process that it names, which was alive when it was read.
    public let process: ProcessIdentity
    /// Whether what the file says is the word of an administrator: the file is root's or our own, it has one name, and
    /// nobody else could have put another file in its place.
    public let isAdministrators: Bool

    /// More than any PID file has; a longer one is none.
    static let limit = 4096

    /// Reads the file.
    /// - Parameter path: absolute. Links among its folders are followed, as in /var/run; the file itself is no link.
    /// - Returns: which living process it names.
    /// - Throws: the errno of open(2), ELOOP for a link; a refusal for what is no regular file, does not hold a pid (yet),
    ///   or names a process that is not there. All of these may be different a moment later.
    public static func read(_ path: String) throws(SystemError) -> ServicePIDFile {
        // O_NONBLOCK: opening a FIFO that somebody put there must not hang.
        let file = try OwnedDescriptor.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW)
        var status = stat()
        guard fstat(file.rawValue, &status) == 0 else { throw SystemError("look at", path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .refused("read the PID file", path, because: "it is not a regular file")
        }
        let content: [UInt8]
        do throws(SystemError) {
            content = try file.readAll(limit: limit)
        } catch {
            throw SystemError("read", path, errno: error.errno, advice: error.advice)
        }
        guard let pid = pid(in: content) else {
            throw .refused("read the PID file", path, because: "its first line is not the id of a process")
        }
        // The identity now, and not only the number: whoever has the number later is somebody else.
        guard let process = ProcessStatus(of: pid), !process.isDead else {
            throw .refused("use the PID file", path, because: "there is no process \(pid)")
        }
        let isOne = status.st_nlink == 1
        return ServicePIDFile(
            path: path, process: process.identity,
            isAdministrators: isTrusted(status.st_uid) && isOne && !isReplaceable(path, file.rawValue))
    }

    /// Whether the file's word is taken for the main process.
    /// - Parameters:
    ///   - belongs: whether that process is one of the service's own.
    ///   - controls: the control processes of the service: each of them ends, and is not the main process.
    /// - Returns: nil to believe it, or the reason against it, for the log.
    public func refusal(belongs: Bool, controls: [pid_t]) -> String? {
        let pid = process.pid
        if pid == 1 || pid == getpid() {
            return "\(path) names process \(pid), which is the supervisor itself; refused"
        }
        if controls.contains(pid) {
            return "\(path) names process \(pid), which is a control process of the service; refused"
        }
        if belongs || isAdministrators { return nil }
        return "\(path) names process \(pid), which is not of this service, and somebody else than root may have"
            + " written that; refused"
    }

    /// The pid on the first line; blanks around it are allowed, as systemd does. nil for anything else.
    static func pid(in content: [UInt8]) -> pid_t? {
        let line = content.prefix { $0 != UInt8(ascii: "\n") && $0 != 0 }
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0d).contains($0) }
        guard let first = line.firstIndex(where: { !isBlank($0) }), let last = line.lastIndex(where: { !isBlank($0) })
        else { return nil }
        let digits = line[first...last]
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        guard let pid = pid_t(String(decoding: digits, as: UTF8.self)), pid > 0 else { return nil }
        return pid
    }

    // MARK: - Who could have put it there

    private static func isTrusted(_ user: uid_t) -> Bool { user == 0 || user == geteuid() }

    /// Whether somebody else could have led the path to this file, which is another than the path seems to mean. Without a
    /// link on the way nobody can: the file is where it is said to be.
    private static func isReplaceable(_ path: String, _ file: CInt) -> Bool {
        guard let real = realPath(of: file) else { return true }
        if real == path { return false }
        // Through links: each folder and each link of both paths must be safe from others. (A race is not possible then:
        // nobody else could have changed any of them in between.)
        return !isGuarded(path) || !isGuarded(real)
    }

    private static func realPath(of file: CInt) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/fd/\(file)", &buffer, buffer.count)
        guard length > 0, length < buffer.count else { return nil }
        return String(decoding: buffer[0..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether everything on the way to the last name is root's or ours, and not for others to write to.
    private static func isGuarded(_ path: String) -> Bool {
        var prefix = ""
        for name in path.split(separator: "/").dropLast() {
            prefix += "/" + String(name)
            var status = stat()
            guard lstat(prefix, &status) == 0, isTrusted(status.st_uid) else { return false }
            switch status.st_mode & S_IFMT {
            case S_IFLNK: continue  // its mode says nothing
            default:
                // In a sticky folder such as /tmp others cannot replace what is not theirs.
                let isOpenToOthers = status.st_mode & (S_IWGRP | S_IWOTH) != 0 && status.st_mode & S_ISVTX == 0
                if isOpenToOthers { return false }
            }
        }
        return true
    }
}
