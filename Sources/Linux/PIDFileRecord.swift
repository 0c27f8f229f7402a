// What stands in a PID file, and whether it means a process that lives.
import Glibc

/// The content of a PID file: the pid on the first line, which is what `PIDFile=` of systemd and start-stop-daemon(8)
/// read; then who that is, so that another process with the same pid is not taken for it.
public struct PIDFileRecord: Equatable, Sendable {
    /// The first line.
    public let pid: pid_t
    /// Field 22 of /proc/PID/stat; nil when the file was written by other software.
    public let startTime: UInt64?
    /// The boot that the start time counts from.
    public let bootID: String?

    /// What a record says about the present.
    public enum State: Equatable, Sendable {
        /// That very process runs.
        case running(ProcessIdentity)
        /// It ended; whoever has the pid now is a stranger.
        case stale
        /// A process has the pid, but the record does not say who was meant.
        case unidentified(pid_t)
    }

    /// A record.
    /// - Parameters:
    ///   - pid: the process id.
    ///   - startTime: field 22 of /proc/PID/stat.
    ///   - bootID: the boot that the start time counts from.
    public init(pid: pid_t, startTime: UInt64?, bootID: String?) {
        self.pid = pid
        self.startTime = startTime
        self.bootID = bootID
    }

    /// The calling process. Without /proc there is only the pid.
    static func current() -> PIDFileRecord {
        let bootID: String?
        do { bootID = try Processes.bootID() } catch { bootID = nil }  // no /proc: the pid alone is all there is to say
        return PIDFileRecord(pid: getpid(), startTime: ProcessIdentity.current()?.startTime, bootID: bootID)
    }

    /// Reads the text of a PID file; nil when the first line is not a pid. Pure.
    /// - Parameter text: the whole file.
    public init?(parsing text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        // Other software pads the number with blanks.
        guard let first = lines.first, let pid = pid_t(first.filter { $0 != " " && $0 != "\t" }), pid > 0 else {
            return nil
        }
        func value(_ key: String) -> Substring? {
            lines.dropFirst().prefix(8).first { $0.hasPrefix("\(key)=") }?.dropFirst(key.utf8.count + 1)
        }
        self.pid = pid
        self.startTime = value("start-time").flatMap { UInt64($0) }
        self.bootID = value("boot-id").map { String($0) }
    }

    /// The text of the file.
    public var text: String {
        var text = "\(pid)\n"
        if let startTime { text += "start-time=\(startTime)\n" }
        if let bootID { text += "boot-id=\(bootID)\n" }
        return text
    }

    /// What the record says about the present, looked up in /proc.
    public func state() -> State {
        let boot: String?
        do { boot = try Processes.bootID() } catch { boot = nil }  // unknown: then the start time has to do
        let status = ProcessStatus(of: pid)
        return PIDFileRecord.state(
            of: self, bootID: boot, found: status.map { $0.isDead ? nil : $0.identity } ?? nil)
    }

    /// The same over facts. Pure.
    /// - Parameters:
    ///   - record: what the file says.
    ///   - bootID: this boot; nil when unknown.
    ///   - found: who has the pid now and is not a zombie.
    /// - Returns: what the record says.
    static func state(of record: PIDFileRecord, bootID: String?, found: ProcessIdentity?) -> State {
        guard let found else { return .stale }
        if let recorded = record.bootID, let bootID, recorded != bootID { return .stale }
        guard let startTime = record.startTime else { return .unidentified(record.pid) }
        return found == ProcessIdentity(pid: record.pid, startTime: startTime) ? .running(found) : .stale
    }
}
