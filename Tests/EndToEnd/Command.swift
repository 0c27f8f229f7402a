// Runs a program to its end, with a deadline: status, standard output, standard error. Leaves nothing open or running.
import Foundation
import Linux
import Testing

/// A failure of the tests' own machinery, as opposed to one of the program under test.
struct HarnessError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// What a program did.
struct CommandResult: Sendable, CustomStringConvertible {
    /// The exit status; 128 + N when signal N ended it.
    let status: Int32
    let output: String
    let errors: String
    /// From start to end.
    let duration: Duration

    var description: String { "status \(status), output <\(output)>, errors <\(errors)>" }
}

/// A program that runs in the background of a test. `deinit` kills and reaps it.
final class BackgroundCommand: @unchecked Sendable {
    let pid: pid_t
    /// What it writes, as files: a pipe would be held open by daemons that outlive the program, and nobody would know
    /// when all is read. The files are unlinked, and live as long as their descriptors.
    private let outputFile: OwnedDescriptor
    private let errorFile: OwnedDescriptor
    private let started = ContinuousClock.now
    private let name: String
    private var ended: Int32?

    /// Starts a program in its own process group.
    /// `arguments`: argv; the first is a path or is looked up in PATH. Status 127: it cannot be executed.
    /// `environment`: the whole environment, or nil for the tests' own without notification and daimon's variables.
    /// `directory`: the working directory.
    /// `input`: what standard input reads; nil is /dev/null.
    init(
        _ arguments: [String], environment: [String: String]? = nil, directory: String? = nil, input: String? = nil
    ) throws {
        name = arguments.joined(separator: " ")
        outputFile = try BackgroundCommand.unlinkedFile()
        errorFile = try BackgroundCommand.unlinkedFile()
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        let inputFile: OwnedDescriptor
        if let input {
            inputFile = try BackgroundCommand.unlinkedFile()
            try inputFile.writeAll(input.utf8)
            lseek(inputFile.rawValue, 0, SEEK_SET)
        } else {
            inputFile = try OwnedDescriptor.open("/dev/null", O_RDONLY)
        }
        posix_spawn_file_actions_adddup2(&actions, inputFile.rawValue, 0)
        posix_spawn_file_actions_adddup2(&actions, outputFile.rawValue, 1)
        posix_spawn_file_actions_adddup2(&actions, errorFile.rawValue, 2)
        // The test runner's other descriptors must not get into what is tested (they would show up in `probe state`),
        // and posix_spawn's means for that are GNU extensions that Swift does not import: the probe closes them.
        let command = [Binaries.probe, "clean", directory ?? ".", "--"] + arguments
        var empty = sigset_t()
        var all = sigset_t()
        sigemptyset(&empty)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &empty)
        posix_spawnattr_setsigdefault(&attributes, &all)
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
        posix_spawnattr_setflags(&attributes, Int16(flags))

        let variables = environment ?? BackgroundCommand.cleanEnvironment
        var argumentVector: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        var environmentVector: [UnsafeMutablePointer<CChar>?] =
            variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (argumentVector + environmentVector).forEach { free($0) } }
        var child: pid_t = 0
        let error = posix_spawn(&child, command[0], &actions, &attributes, &argumentVector, &environmentVector)
        guard error == 0 else { throw SystemError("start", command[0], errno: error) }
        pid = child
    }

    deinit {
        guard ended == nil else { return }
        kill(-pid, SIGKILL)
        kill(pid, SIGKILL)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    }

    /// Sends it a signal.
    func send(_ signal: Int32) { if ended == nil { kill(pid, signal) } }

    /// Waits for its end.
    /// `timeout`: after it, the program is killed and the wait throws.
    func wait(timeout: Duration = .seconds(30)) throws -> CommandResult {
        if ended == nil {
            let handle = try ProcessHandle(pid: pid)
            let microseconds =
                UInt64(timeout.components.seconds) * 1_000_000
                + UInt64(timeout.components.attoseconds / 1_000_000_000_000)
            guard try handle.waitForEnd(until: Clock.monotonic() + microseconds) else {
                kill(-pid, SIGKILL)
                _ = try reap()
                throw HarnessError("'\(name)' did not end within \(timeout): output <\(output)>, errors <\(errors)>")
            }
        }
        let duration = ContinuousClock.now - started
        return CommandResult(status: try reap(), output: output, errors: errors, duration: duration)
    }

    /// What it has written so far.
    var output: String { BackgroundCommand.content(outputFile.rawValue) }
    var errors: String { BackgroundCommand.content(errorFile.rawValue) }

    private func reap() throws -> Int32 {
        if let ended { return ended }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 {
            guard errno == EINTR else { throw SystemError("wait for", name) }
        }
        let result = status & 0x7f == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f)
        ended = result
        return result
    }

    private static func unlinkedFile() throws -> OwnedDescriptor {
        try OwnedDescriptor.open("/tmp", O_TMPFILE_VALUE | O_RDWR, mode: 0o600)
    }

    /// From the start, whatever the writer's position is.
    private static func content(_ descriptor: CInt) -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while bytes.count < 16 << 20 {
            let count = pread(descriptor, &chunk, chunk.count, off_t(bytes.count))
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The tests' environment without what would change how a daemon starts.
    static let cleanEnvironment: [String: String] = ProcessInfo.processInfo.environment.filter { entry in
        !["NOTIFY_", "LISTEN_", "WATCHDOG_", "SYSTEMD_EXEC_PID", "INVOCATION_ID", "JOURNAL_STREAM", "DAIMON_"]
            .contains { entry.key.hasPrefix($0) }
    }
}

/// O_TMPFILE of open(2); a macro that Swift does not import.
private let O_TMPFILE_VALUE: CInt = 0o20000000 | O_DIRECTORY

enum Command {
    /// Runs a program to its end. Parameters are those of `BackgroundCommand`.
    @discardableResult
    static func run(
        _ arguments: [String], environment: [String: String]? = nil, directory: String? = nil, input: String? = nil,
        timeout: Duration = .seconds(30)
    ) throws -> CommandResult {
        try BackgroundCommand(arguments, environment: environment, directory: directory, input: input)
            .wait(timeout: timeout)
    }
}

/// Waits, by looking every 5 ms, for something that no event announces.
/// `what`: what is waited for, for the message.
/// `deadline`: generous: it is reached only when the test fails.
/// `condition`: looked at until it is true.
func waitUntil(
    _ what: String, deadline: Duration = .seconds(20), sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () throws -> Bool
) throws {
    let end = ContinuousClock.now + deadline
    while try !condition() {
        guard ContinuousClock.now < end else {
            Issue.record("it never came to be that \(what) (\(deadline))", sourceLocation: sourceLocation)
            throw HarnessError("waited in vain: \(what)")
        }
        usleep(5000)
    }
}
