// Which process: a pid alone is recycled, a pid with its start time is not.
import CLinux
import Glibc

/// A process, told from any other that ever has the same pid during this boot.
public struct ProcessIdentity: Equatable, Hashable, Sendable {
    /// The process id.
    public let pid: pid_t
    /// When it started, in clock ticks since boot: field 22 of /proc/PID/stat (proc(5)).
    public let startTime: UInt64

    /// An identity that was written down earlier.
    /// - Parameters:
    ///   - pid: the process id.
    ///   - startTime: field 22 of /proc/PID/stat.
    public init(pid: pid_t, startTime: UInt64) {
        self.pid = pid
        self.startTime = startTime
    }

    /// The identity of a process that runs now; nil when there is none with that pid.
    /// - Parameter pid: the process id.
    public init?(of pid: pid_t) {
        guard let status = ProcessStatus(of: pid) else { return nil }
        self = status.identity
    }

    /// The identity of the calling process; nil where /proc is not mounted.
    public static func current() -> ProcessIdentity? {
        ProcessIdentity(of: getpid())
    }

    /// Whether this very process still runs. A zombie does not run.
    public var isAlive: Bool {
        guard let status = ProcessStatus(of: pid) else { return false }
        return status.identity == self && !status.isDead
    }
}

/// What /proc/PID/stat tells (proc(5)).
public struct ProcessStatus: Sendable {
    /// Who it is.
    public let identity: ProcessIdentity
    /// The command name, at most 15 bytes.
    public let name: String
    /// `R`, `S`, `D`, `Z`, `T`, …
    public let state: Character
    /// The parent's pid; 0 when the parent is in another namespace.
    public let parent: pid_t
    /// The process group.
    public let group: pid_t
    /// The session: the pid of its leader, even when that has ended (setsid(2)).
    public let session: pid_t
    /// How many threads it has.
    public let threads: Int

    /// Whether it is a zombie or on its way out: it will never run again.
    public var isDead: Bool { state == "Z" || state == "X" || state == "x" }

    /// Reads the status of a process; nil when there is none (or no /proc).
    /// - Parameter pid: the process id.
    public init?(of pid: pid_t) {
        let text: String
        do {
            text = try Files.readText("/proc/\(pid)/stat", limit: 4096)
        } catch {
            return nil  // ENOENT or ESRCH: it is gone, which is an answer
        }
        // The name stands in parentheses and may itself hold spaces and parentheses: the last ')' ends it.
        guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")"), open < close else { return nil }
        let fields = text[text.index(after: close)...].split(whereSeparator: { $0 == " " || $0 == "\n" })
        guard fields.count >= 20, let state = fields[0].first, let parent = pid_t(fields[1]),
            let group = pid_t(fields[2]), let session = pid_t(fields[3]), let threads = Int(fields[17]),
            let start = UInt64(fields[19])
        else { return nil }
        self.identity = ProcessIdentity(pid: pid, startTime: start)
        self.name = String(text[text.index(after: open)..<close])
        self.state = state
        self.parent = parent
        self.group = group
        self.session = session
        self.threads = threads
    }
}

/// What /proc tells of processes as a whole.
public enum Processes {
    /// The pids of all processes that /proc shows.
    public static func all() throws(SystemError) -> [pid_t] {
        try Files.list("/proc").compactMap { pid_t($0) }
    }

    /// The argument vector; empty for a zombie, a kernel thread or a process that is gone.
    /// - Parameter pid: the process id.
    /// - Returns: argv; invalid UTF-8 is replaced by U+FFFD.
    public static func commandLine(of pid: pid_t) -> [String] {
        strings(in: "/proc/\(pid)/cmdline")
    }

    /// The environment it was started with, as `NAME=VALUE`; empty when it may not be read.
    /// - Parameter pid: the process id.
    /// - Returns: what the memory holds where execve(2) put the environment: the process itself may have changed it.
    public static func environment(of pid: pid_t) -> [String] {
        strings(in: "/proc/\(pid)/environ")
    }

    /// Whether the environment it was started with has an assignment; asked of every process of the machine.
    /// - Parameters:
    ///   - pid: the process id.
    ///   - assignment: `NAME=VALUE`, byte by byte.
    /// - Returns: false too when the environment may not be read.
    public static func environment(of pid: pid_t, has assignment: String) -> Bool {
        find(assignment, isWhole: true, in: environmentBytes(of: pid)) != nil
    }

    /// A variable of the environment it was started with.
    /// - Parameters:
    ///   - name: the variable.
    ///   - pid: the process id.
    /// - Returns: nil when it has none of that name, and when the environment may not be read.
    public static func variable(_ name: String, of pid: pid_t) -> String? {
        find("\(name)=", isWhole: false, in: environmentBytes(of: pid))
    }

    private static func environmentBytes(of pid: pid_t) -> [UInt8] {
        do {
            return try Files.read("/proc/\(pid)/environ", limit: 4 << 20)
        } catch {
            return []  // gone, or another user's: both mean that nothing is known of it
        }
    }

    /// The rest of the first text that begins with some bytes, or is them.
    private static func find(_ beginning: String, isWhole: Bool, in content: [UInt8]) -> String? {
        var wanted = beginning
        return wanted.withUTF8 { wanted in
            content.withUnsafeBufferPointer { bytes in
                guard let mark = wanted.baseAddress, var place = bytes.baseAddress else { return nil }
                let end = place + bytes.count
                // Each text ends in a NUL byte; what follows the last one was cut off and is not looked at.
                while place < end, let stop = memchr(place, 0, end - place) {
                    let length = UnsafeRawPointer(stop) - UnsafeRawPointer(place)
                    let fits = isWhole ? length == wanted.count : length >= wanted.count
                    if fits, memcmp(place, mark, wanted.count) == 0 {
                        let rest = UnsafeBufferPointer(start: place + wanted.count, count: length - wanted.count)
                        return String(decoding: rest, as: UTF8.self)
                    }
                    place += length + 1
                }
                return nil
            }
        }
    }

    private static func strings(in path: String) -> [String] {
        do {
            return try Files.read(path, limit: 4 << 20).split(separator: 0, omittingEmptySubsequences: false)
                .dropLast().map { String(decoding: $0, as: UTF8.self) }
        } catch {
            return []  // gone, or another user's: both mean that nothing is known of it
        }
    }

    /// The id of this boot (random(4)); a pid and start time of another boot mean nothing in this one.
    /// - Returns: what the kernel said when it was asked for the first time: a process sees one boot.
    /// - Throws: the errno of open(2) or read(2), as where /proc is not mounted.
    public static func bootID() throws(SystemError) -> String { try knownBootID.get() }

    /// The children of this process's main thread, which is the one that starts any (proc(5), "children").
    /// - Returns: nil on a kernel that does not tell (CONFIG_PROC_CHILDREN).
    public static func ownChildren() -> [pid_t]? {
        let pid = getpid()
        do {
            return try Files.readText("/proc/self/task/\(pid)/children", limit: 16 << 20).utf8.split(separator: 0x20)
                .compactMap { pid_t(Substring($0)) }
        } catch {
            return nil
        }
    }

    private static let knownBootID = Result { () throws(SystemError) -> String in
        String(try Files.readText("/proc/sys/kernel/random/boot_id", limit: 64).prefix { $0 != "\n" })
    }
}
