// Runs the programs that the tests detach: with a given environment, a deadline, and everything they print.
import CLinux
import Daemon
import Glibc
import Linux
import Testing

/// Running a program of this package to its end.
enum Launch {
    struct Result {
        let status: CInt
        let output: String
    }

    /// What a test cannot go on without.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The folder of the built programs: the one that holds the test bundle.
    static func program(_ name: String) throws -> String {
        if name.hasPrefix("/") { return name }
        var path = [CChar](repeating: 0, count: 4096)
        guard readlink("/proc/self/exe", &path, path.count - 1) > 0 else { throw Failure(description: "no /proc") }
        var candidates = [string(path)]
        // The test process may be a helper of the tool chain; the bundle is among its arguments then.
        candidates += Processes.commandLine(of: getpid())
        for candidate in candidates {
            guard let slash = candidate.lastIndex(of: "/") else { continue }
            let program = candidate[..<slash] + "/" + name
            if access(String(program), X_OK) == 0 { return String(program) }
        }
        throw Failure(description: "\(name) is not built beside the tests")
    }

    static func string(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Starts a program with standard input, output and error at the given descriptors and nothing else.
    static func spawn(
        _ path: String, _ arguments: [String], environment: [String: String] = [:], input: CInt, output: CInt,
        extra: [(from: CInt, to: CInt)] = [], blocked: [CInt] = []
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        for (from, to) in extra { posix_spawn_file_actions_adddup2(&actions, from, to) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var mask = sigset_t()
        sigemptyset(&mask)
        for signal in blocked { sigaddset(&mask, signal) }
        posix_spawnattr_setsigmask(&attributes, &mask)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var argv: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        var variables = environment
        variables["PATH"] = variables["PATH"] ?? "/usr/bin:/bin"
        var envp: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, path, &actions, &attributes, &argv, &envp)
        guard result == 0 else { throw SystemError("run", path, errno: result) }
        return pid
    }

    /// Runs a program of the package until it has exited *and* nothing holds its output any more. So a daemon that
    /// keeps the terminal's descriptors makes the test fail.
    static func run(
        _ name: String, _ arguments: [String], environment: [String: String] = [:], deadline seconds: UInt64 = 20,
        extra: [(from: CInt, to: CInt)] = [], blocked: [CInt] = [], whileRunning: (pid_t) throws -> Void = { _ in }
    ) throws -> Result {
        var ends: [CInt] = [-1, -1]
        guard daimon_pipe2(&ends, O_CLOEXEC) == 0 else { throw SystemError("make a pipe") }
        let reading = OwnedDescriptor(owning: ends[0])
        let writing = OwnedDescriptor(owning: ends[1])
        let null = try OwnedDescriptor.open("/dev/null", O_RDONLY)
        let pid = try spawn(
            try program(name), arguments, environment: environment, input: null.rawValue, output: writing.rawValue,
            extra: extra, blocked: blocked)
        writing.close()
        let handle = try ProcessHandle(pid: pid)
        let end = Clock.monotonic() + seconds * 1_000_000
        try whileRunning(pid)
        guard try handle.waitForEnd(until: end) else {
            kill(pid, SIGKILL)
            throw Failure(description: "\(name) \(arguments) did not end within \(seconds) s")
        }
        var exit = daimon_child_exit()
        guard daimon_wait_child(pid, 0, 1, &exit) == 0 else { throw SystemError("reap", String(pid)) }
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            guard try Descriptors.waitReadable(reading.rawValue, until: end) else {
                throw Failure(description: "\(name) \(arguments) left its output open")
            }
            let count = read(reading.rawValue, &chunk, chunk.count)
            if count <= 0 { break }
            output += chunk[0..<count]
        }
        let status = exit.code == CLD_EXITED ? exit.status : 128 + exit.status
        return Result(status: status, output: String(decoding: output, as: UTF8.self))
    }
}

/// A directory of its own that goes with the test, and the daemons whose state files are in it.
final class Scratch {
    let path: String

    init() throws {
        var template = Array("/tmp/daemon-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("make a directory") }
        path = Launch.string(template)
        chmod(path, 0o755)
    }

    deinit {
        let names: [String]
        do { names = try Files.list(path) } catch { names = [] }
        for name in names {
            let file = "\(path)/\(name)"
            if name.hasPrefix("state"), let pid = pid_t(state(name)["pid"] ?? "") { kill(pid, SIGKILL) }
            if unlink(file) != 0 { rmdir(file) }
        }
        rmdir(path)
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    func write(_ name: String, _ text: String, mode: mode_t = 0o644) throws {
        let file = try OwnedDescriptor.open(file(name), O_WRONLY | O_CREAT | O_TRUNC, mode: mode)
        try file.writeAll(Array(text.utf8))
    }

    func text(_ name: String) -> String {
        do { return try Files.readText(file(name), limit: 1 << 20) } catch { return "" }
    }

    func exists(_ name: String) -> Bool {
        var status = stat()
        return lstat(file(name), &status) == 0
    }

    /// The state that a detached probe wrote down.
    func state(_ name: String = "state") -> [String: String] {
        var values: [String: String] = [:]
        for line in text(name).split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { values[String(parts[0])] = String(parts[1]) }
        }
        return values
    }

    /// The process that wrote its state there, if it still runs.
    func isAlive(_ name: String = "state") -> Bool {
        guard let pid = pid_t(state(name)["pid"] ?? "") else { return false }
        return ProcessStatus(of: pid).map { !$0.isDead } ?? false
    }

    /// Stops the daemon that wrote its state there and waits for its end.
    func stop(_ name: String = "state") throws {
        guard let pid = pid_t(state(name)["pid"] ?? "") else { throw Launch.Failure(description: "no pid in \(name)") }
        let handle: ProcessHandle
        do { handle = try ProcessHandle(pid: pid) } catch { return }
        try handle.send(SIGTERM)
        #expect(try handle.waitForEnd(until: Clock.monotonic() + 10_000_000))
    }
}
