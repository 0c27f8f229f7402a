// A daimon of a test's own: runtime, log and work directories that go with it, and every process that it started.
import Foundation
import Linux
import Testing

/// Directories for one test. `deinit` kills what still runs there, by pid, and removes everything.
final class TemporaryInstance: Sendable {
    /// The parent of the others, and a place for a test's own files.
    let directory: String
    let runtimeDirectory: String
    let logDirectory: String
    /// A value in the environment of everything that the test starts: what still has it at the end is ours to kill.
    private let mark: String

    init() throws {
        var template = Array("/tmp/daimon-test.XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw SystemError("make a directory in", "/tmp") }
        directory = String(cString: made)
        runtimeDirectory = directory + "/run"
        logDirectory = directory + "/log"
        mark = UUID().uuidString
        // Services of other users write their notes here.
        guard chmod(directory, 0o777) == 0 else { throw SystemError("open to all", directory) }
    }

    deinit {
        var groups = statedControlGroups
        for _ in 0..<200 {
            let left = survivors
            if left.isEmpty { break }
            groups.formUnion(left.compactMap(controlGroup))
            for pid in left { kill(pid, SIGKILL) }
            usleep(5000)
        }
        // A daimond that is killed cannot remove the control group of its service; whoever kills it must.
        for group in groups { TemporaryInstance.removeControlGroup(group) }
        do {
            try FileManager.default.removeItem(atPath: directory)
        } catch {
            Issue.record("\(directory) cannot be removed: \(error)")
        }
    }

    /// The pids of processes that have to do with this instance: by the mark in their environment, by its directory on
    /// their command line or among their open files (daimond cleans its environment and that of services), and all that descend
    /// from such.
    var survivors: [pid_t] {
        let all: [ProcessStatus]
        do { all = try Processes.all().compactMap { ProcessStatus(of: $0) }.filter { !$0.isDead } } catch {
            Issue.record("\(error)")
            return []
        }
        let own = getpid()
        var found = Set(all.map(\.identity.pid).filter { $0 != own && $0 != 1 && belongs($0) })
        while true {
            let more = all.filter { found.contains($0.parent) && !found.contains($0.identity.pid) }
            if more.isEmpty { return Array(found) }
            found.formUnion(more.map(\.identity.pid))
        }
    }

    /// Whether nothing is left, also of a launch that still goes on. A look at all processes misses one that is forked, or
    /// changes its program, while it looks, and its parent may have ended by then. A launch forks and executes fewer than
    /// ten times, so one of ten looks sees it.
    var nothingIsLeft: Bool { (0..<10).allSatisfy { _ in survivors.isEmpty } }

    /// The survivors for a message: pid, parent, state and command line of each.
    var remains: String {
        survivors.sorted().map { pid in
            let status = ProcessStatus(of: pid)
            let state = status.map { "child of \($0.parent)" } ?? "gone"
            return "\(pid) (\(state)): \(Processes.commandLine(of: pid).joined(separator: " "))"
        }
        .joined(separator: "\n")
    }

    private func belongs(_ pid: pid_t) -> Bool {
        Processes.commandLine(of: pid).contains { $0.contains(directory) }
            || Processes.environment(of: pid).contains { $0.contains(directory) || $0.contains(mark) }
            || openFiles(of: pid).contains { $0.contains(directory) }
    }

    private func openFiles(of pid: pid_t) -> [String] {
        let descriptors: [String]
        do { descriptors = try Files.list("/proc/\(pid)/fd") } catch { return [] }  // it has ended meanwhile
        return descriptors.map { descriptor in
            var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
            let length = readlink("/proc/\(pid)/fd/\(descriptor)", &buffer, buffer.count)
            return length > 0 ? String(decoding: buffer[..<length], as: UTF8.self) : ""
        }
    }

    /// The directory of the control groups that daimond made for the instance of a process; nil for any other.
    private func controlGroup(of pid: pid_t) -> String? {
        let text: String
        do { text = try Files.readText("/proc/\(pid)/cgroup", limit: 65536) } catch { return nil }
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("0::/") }) else { return nil }
        let names = line.dropFirst(3).split(separator: "/")
        guard let own = names.lastIndex(where: { $0.hasPrefix("daimon-") }) else { return nil }
        let path = names[...own].map { "/\($0)" }.joined()
        return ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].map { $0 + path }
            .first { access($0 + "/cgroup.procs", F_OK) == 0 }
    }

    /// The control groups of the instances that have been here, by their states: those without a process are found so.
    private var statedControlGroups: Set<String> {
        do {
            let states = try Files.list(runtimeDirectory).map { lines("run/\($0)/state") }
            let mark = "InstanceControlGroup="
            return Set(states.joined().filter { $0.hasPrefix(mark) }.map { String($0.dropFirst(mark.count)) })
        } catch { return [] }  // nothing was started
    }

    /// Removes a control group and those of the units below it, as soon as the last process has left them.
    private static func removeControlGroup(_ path: String) {
        do {
            for name in try Files.list(path) where rmdir("\(path)/\(name)") != 0 && errno == EBUSY {
                removeControlGroup("\(path)/\(name)")
            }
        } catch { return }  // it is gone
        for _ in 0..<200 where rmdir(path) != 0 && errno == EBUSY { usleep(5000) }
    }

    /// The environment for commands of this instance.
    var environment: [String: String] {
        var result = BackgroundCommand.cleanEnvironment
        result["DAIMON_RUNTIME_DIRECTORY"] = runtimeDirectory
        result["DAIMON_LOG_DIRECTORY"] = logDirectory
        result["DAIMON_TEST_MARK"] = mark
        return result
    }

    /// A path in the instance's directory.
    func path(_ name: String) -> String { "\(directory)/\(name)" }

    /// Writes a file; returns its path.
    @discardableResult
    func write(_ name: String, _ content: String, mode: mode_t = 0o644) throws -> String {
        let path = path(name)
        let file = try OwnedDescriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: mode)
        try file.writeAll(content.utf8)
        guard fchmod(file.rawValue, mode) == 0 else { throw SystemError("set the mode of", path) }
        return path
    }

    /// The content of a file in the instance's directory; empty when there is none.
    func read(_ name: String) -> String {
        do { return try Files.readText(path(name), limit: 16 << 20) } catch { return "" }
    }

    /// The lines of a file in the instance's directory.
    func lines(_ name: String) -> [String] { read(name).split(separator: "\n").map(String.init) }

    func exists(_ name: String) -> Bool {
        var information = stat()
        return lstat(path(name), &information) == 0
    }

    // MARK: - daimon

    /// Runs `daimon` to its end.
    @discardableResult
    func daimon(
        _ arguments: String..., directory: String? = nil, timeout: Duration = .seconds(30)
    ) throws -> CommandResult {
        try Command.run(
            [Binaries.daimon] + arguments, environment: environment, directory: directory, timeout: timeout)
    }

    /// `daimon start` of the probe.
    /// `name`: the instance's name.
    /// `properties`: `-p` options, as `KEY=VALUE`.
    /// `behaviours`: the probe's arguments.
    @discardableResult
    func start(
        _ name: String, _ properties: [String] = [], _ behaviours: String..., timeout: Duration = .seconds(30)
    ) throws -> CommandResult {
        try Command.run(
            startCommand(name, properties, behaviours), environment: environment, timeout: timeout)
    }

    /// The argv of `daimon start` of the probe.
    func startCommand(_ name: String, _ properties: [String] = [], _ behaviours: [String]) -> [String] {
        [Binaries.daimon, "start", "--name", name] + properties.flatMap { ["-p", $0] } + ["--", Binaries.probe]
            + behaviours
    }

    /// The pid file of a name.
    func pidFile(_ name: String) -> String { "run/\(name)/pid" }

    /// The daimond of a name, from its pid file.
    func daimondPid(_ name: String) -> pid_t? {
        // The first line, or word, is the pid; the start time may follow.
        read(pidFile(name)).split(whereSeparator: \.isWhitespace).first.flatMap { pid_t($0) }
    }

    /// A process that the probe noted in a file with `pid FILE`.
    func notedPids(_ file: String) -> [pid_t] { lines(file).compactMap { pid_t($0) } }
}

/// Whether a process runs; a zombie does not.
func isAlive(_ pid: pid_t) -> Bool {
    ProcessStatus(of: pid).map { !$0.isDead } ?? false
}

/// What `probe state` wrote.
struct RecordedState {
    private var values: [String: String] = [:]

    init(_ text: String) {
        for line in text.split(separator: "\n") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            values[String(line[..<equals])] = String(line[line.index(after: equals)...])
        }
    }

    subscript(key: String) -> String? { values[key] }

    /// Signals in a mask of /proc/PID/status.
    func signals(_ key: String) -> Set<Int> {
        guard let text = values[key], let mask = UInt64(text, radix: 16) else { return [-1] }
        return Set((1...64).filter { mask & (1 << UInt64($0 - 1)) != 0 })
    }

    var environment: [String: String] {
        var result: [String: String] = [:]
        for (key, value) in values where key.hasPrefix("environment.") {
            let parts = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            result[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
        }
        return result
    }

    var descriptors: [Int: String] {
        var result: [Int: String] = [:]
        for (key, value) in values where key.hasPrefix("descriptor.") {
            if let number = Int(key.dropFirst("descriptor.".count)) { result[number] = value }
        }
        return result
    }
}
