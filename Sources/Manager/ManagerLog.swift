// Where daimond's own messages go: the journal under systemd, the terminal in the foreground, the instance's log file
// in the background. A log that cannot be written never stops the supervision; it says so once, when it can again.
import Instances
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
    private let invocationID: String
    private var dropped = 0
    /// The errors and warnings of this run, for the launcher: the most recent, and no more than fit a screen.
    private(set) var problems: [String] = []
    private static let problemLimit = 10
    /// The most bytes of one message.
    private static let messageLimit = 2048

    init(target: Target, instance: String, invocationID: String) {
        self.target = target
        self.instance = instance
        self.invocationID = invocationID
    }

    private func fields(_ unit: String?) -> [Journal.Field] {
        [
            Journal.Field("SYSLOG_IDENTIFIER", "daimond"),
            Journal.Field("UNIT", unit ?? "\(instance).service"),
            Journal.Field("INVOCATION_ID", invocationID),
        ]
    }

    /// Writes a message.
    /// - Parameters:
    ///   - level: how severe it is.
    ///   - message: one line.
    ///   - unit: which unit it is about; nil for the instance.
    func write(_ level: LogLevel, _ message: String, unit: String? = nil) {
        // What a service or a file says is quoted in messages: no line of it may look like one of ours, drive a terminal,
        // or fill the disk.
        let message = OneLine.text(message, limit: ManagerLog.messageLimit)
        if level <= .warning {
            if problems.count == ManagerLog.problemLimit { problems.removeFirst() }
            problems.append(message)
        }
        // What explains a decision is for those who debug one: the journal keeps it apart, a file or terminal cannot.
        if level == .debug && target != .journal { return }
        let line = dropped == 0 ? message : "\(message) (\(dropped) messages before this one could not be written)"
        if deliver(level, line, unit) { dropped = 0 } else { dropped += 1 }
    }

    private func deliver(_ level: LogLevel, _ message: String, _ unit: String?) -> Bool {
        switch target {
        case .standardError: return put("daimond: \(message)\n", to: STDERR_FILENO)
        case .prefixedError: return put("<\(level.rawValue)>\(message)\n", to: STDERR_FILENO)
        case .journal:
            do throws(SystemError) {
                let priority = Journal.Priority(rawValue: level.rawValue) ?? .informational
                try Journal.send(message, priority: priority, fields: fields(unit))
                return true
            } catch {
                return put("<\(level.rawValue)>\(message)\n", to: STDERR_FILENO)
            }
        case .file(let path):
            // Opened anew each time: whoever rotates the file by renaming it is followed.
            do throws(SystemError) {
                let file = try OutputFile.open(path)
                try file.writeAll("\(ManagerLog.timestamp())\(ManagerLog.mark)\(message)\n".utf8)
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

    /// What stands between the time and the message in the log file that we share with the service.
    private static var mark: String { " daimond[\(getpid())]: " }

    /// Whether a line of that file is one of ours, not one of the service's.
    static func isOwnLine(_ line: String) -> Bool { line.dropFirst("2026-11-23 09:30:00".count).hasPrefix(mark) }

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
