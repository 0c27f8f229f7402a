// Where daimond's own messages go: the journal under systemd, the terminal in the foreground, the instance's log file
// in the background. A log that cannot be written never stops the supervision; it says so once, when it can again.
import CLinux
import Engine
import Glibc
import Linux
import Systemd

/// The sink of daimond's own messages.
final class ManagerLog {
    enum Target: Equatable {
        case standardError
        /// With the priority as `<N>`, for a journal or a syslog that reads it (sd-daemon(3)).
        case prefixedError
        case journal
        case file(String)
    }

    private let target: Target
    private let instance: String
    private let fields: [Journal.Field]
    private var dropped = 0
    /// The errors and warnings of this run, for the launcher: the most recent, and no more than fit a screen.
    private(set) var problems: [String] = []
    private static let problemLimit = 10
    /// The most bytes of one message.
    private static let messageLimit = 2048

    init(target: Target, instance: String, invocationID: String) {
        self.target = target
        self.instance = instance
        self.fields = [
            Journal.Field("SYSLOG_IDENTIFIER", "daimond"),
            Journal.Field("UNIT", "\(instance).service"),
            Journal.Field("INVOCATION_ID", invocationID),
        ]
    }

    /// Writes a message.
    /// - Parameters:
    ///   - level: how severe it is.
    ///   - message: one line.
    func write(_ level: LogLevel, _ message: String) {
        // What a service or a file says is quoted in messages: no line of it may look like one of ours, drive a terminal,
        // or fill the disk.
        let message = Notification.oneLine(message, limit: ManagerLog.messageLimit)
        if level <= .warning {
            if problems.count == ManagerLog.problemLimit { problems.removeFirst() }
            problems.append(message)
        }
        // What explains a decision is for those who debug one: the journal keeps it apart, a file or terminal cannot.
        if level == .debug && target != .journal { return }
        let line = dropped == 0 ? message : "\(message) (\(dropped) messages before this one could not be written)"
        if deliver(level, line) { dropped = 0 } else { dropped += 1 }
    }

    private func deliver(_ level: LogLevel, _ message: String) -> Bool {
        switch target {
        case .standardError: return put("daimond: \(message)\n", to: STDERR_FILENO)
        case .prefixedError: return put("<\(level.rawValue)>\(message)\n", to: STDERR_FILENO)
        case .journal:
            do throws(SystemError) {
                let priority = Journal.Priority(rawValue: level.rawValue) ?? .informational
                try Journal.send(message, priority: priority, fields: fields)
                return true
            } catch {
                return put("<\(level.rawValue)>\(message)\n", to: STDERR_FILENO)
            }
        case .file(let path):
            // Opened anew each time: whoever rotates the file by renaming it is followed.
            do throws(SystemError) {
                let file = try OutputFile.open(path)
                try file.writeAll("\(ManagerLog.timestamp()) daimond[\(getpid())]: \(message)\n".utf8)
                return true
            } catch {
                return false
            }
        }
    }

    private func put(_ text: String, to descriptor: CInt) -> Bool {
        let bytes = Array(text.utf8)
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done)
            }
            if count > 0 { done += count; continue }
            if count < 0 && errno == EINTR { continue }
            return false  // EIO: the terminal is gone; EPIPE: nobody reads
        }
        return true
    }

    /// The local time, as in "2026-11-23 09:30:00".
    static func timestamp(_ microseconds: UInt64 = Clock.realtime()) -> String {
        var seconds = time_t(microseconds / 1_000_000)
        var fields = tm()
        localtime_r(&seconds, &fields)
        var buffer = [CChar](repeating: 0, count: 64)
        let length = strftime(&buffer, buffer.count, "%Y-%m-%d %H:%M:%S", &fields)
        return String(decoding: buffer[0..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// The file that a service in the background writes to.
public enum OutputFile {
    /// Rotated at a start beyond this size; the one before is kept as `.1`.
    static let rotationSize: off_t = 10 << 20

    /// Opens it for appending, and makes it.
    /// - Parameter path: absolute.
    /// - Returns: the file, open for appending; mode 0640 less the umask when it is made.
    /// - Throws: the errno of open(2), ELOOP for a symbolic link; a refusal (errno 0) for anything but a regular file.
    static func open(_ path: String) throws(SystemError) -> OwnedDescriptor {
        let file = try OwnedDescriptor.open(
            path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, mode: 0o640)
        var info = stat()
        guard fstat(file.rawValue, &info) == 0 else { throw SystemError("look at", path) }
        guard info.st_mode & S_IFMT == S_IFREG else {
            throw .refused("write the log", path, because: "it is not a regular file")
        }
        return file
    }

    /// Puts a large file aside, which happens between two runs of a service.
    /// - Parameter path: absolute.
    /// - Throws: the errno of rename(2).
    static func rotateIfLarge(_ path: String) throws(SystemError) {
        var info = stat()
        guard lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG, info.st_size > rotationSize else { return }
        guard rename(path, path + ".1") == 0 else { throw SystemError("rotate the log", path) }
    }

    /// The size of the file now, where the output of a run begins.
    /// - Parameter path: absolute.
    /// - Returns: bytes; 0 when there is no file.
    static func size(_ path: String) -> UInt64 {
        var info = stat()
        return lstat(path, &info) == 0 ? UInt64(info.st_size) : 0
    }

    /// The last lines of a file.
    /// - Parameters:
    ///   - path: absolute.
    ///   - start: an offset in bytes that is not gone back beyond.
    ///   - count: how many lines at most.
    /// - Returns: lines without control characters, each cut to 500 bytes; of the last 64 KiB at most.
    /// - Throws: the errno of open(2) or pread(2); ENOENT when nothing was ever written.
    public static func lastLines(_ path: String, from start: UInt64, count: Int) throws(SystemError) -> [String] {
        let file = try OwnedDescriptor.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        var info = stat()
        guard fstat(file.rawValue, &info) == 0 else { throw SystemError("look at", path) }
        guard info.st_mode & S_IFMT == S_IFREG else { return [] }
        let window: off_t = 64 * 1024
        // A file that is shorter than where we began was truncated or replaced: then all of it is new.
        let first = UInt64(info.st_size) >= start ? off_t(clamping: start) : 0
        let begin = max(first, info.st_size - window)
        guard info.st_size > begin else { return [] }
        var bytes = [UInt8](repeating: 0, count: Int(info.st_size - begin))
        let length = pread(file.rawValue, &bytes, bytes.count, begin)
        guard length >= 0 else { throw SystemError("read the log", path) }
        var lines = bytes[0..<length].split(separator: 10, omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        // The first of the window may be the end of a line that began before it.
        if begin > first && lines.count > 1 { lines.removeFirst() }
        return lines.suffix(count).map { Systemd.Notification.oneLine(String(decoding: $0, as: UTF8.self), limit: 500) }
    }
}
