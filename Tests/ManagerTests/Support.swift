// What the tests of the manager share: directories that go away again, and children by our own spawner.
import CLinux
import Engine
import Glibc
import Linux
import Synchronization
import Testing
import Units

@testable import Instances
@testable import Manager

/// A fresh directory, removed with everything in it when its owner ends.
struct Scratch: ~Copyable {
    let path: String

    init() throws {
        var template = Array("/tmp/daimon-manager-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("make a directory") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Scratch.remove(path) }

    private static func remove(_ path: String) {
        do {
            for name in try Files.list(path) where unlink("\(path)/\(name)") != 0 { remove("\(path)/\(name)") }
        } catch { Issue.record("\(error)") }
        rmdir(path)
    }

    func write(_ name: String, _ content: String, mode: mode_t = 0o644) throws {
        let file = try OwnedDescriptor.open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, mode: mode)
        try file.writeAll(content.utf8)
        fchmod(file.rawValue, mode)
    }
}

/// The spawner has one stack for all its children: daimond has one thread. Tests have many, and take turns.
let oneAtATime = Mutex(())

/// A child with its output; killed and reaped at the latest when its owner ends.
struct Child: ~Copyable {
    let process: SpawnedProcess
    let output: OwnedDescriptor
    var pid: pid_t { process.pid }
    private var end: daimon_child_exit?

    init(
        _ program: String, _ arguments: [String] = [], environment: [EnvironmentVariable] = [],
        context: ExecutionContext = ExecutionContext(), cgroup: CInt? = nil, ownSession: Bool = true
    ) throws(SpawnError) {
        var ends: [CInt] = [-1, -1]
        guard daimon_pipe2(&ends, O_CLOEXEC) == 0 else { throw .noProcess(SystemError("make a pipe")) }
        let reader = OwnedDescriptor(owning: ends[0])
        let writer = OwnedDescriptor(owning: ends[1])
        let steps = ExecPlan.steps(
            for: context,
            in: ExecSurroundings(
                ownSession: ownSession, cgroupDirectory: nil, output: .descriptor(writer.rawValue), error: .inherit,
                credentials: nil, home: nil))
        let result: Result<SpawnedBox, SpawnError> = oneAtATime.withLock { _ in
            do throws(SpawnError) {
                return .success(
                    SpawnedBox(
                        try Spawner.spawn(
                            program: program, arguments: [program] + arguments, environment: environment, steps: steps,
                            cgroup: cgroup)))
            } catch {
                return .failure(error)
            }
        }
        guard let process = try result.get().take() else { preconditionFailure("it was put there just now") }
        self.process = process
        self.output = reader
    }

    /// Everything that it, and all who have its output, write until they end.
    func text() throws -> String { String(decoding: try output.readAll(limit: 1 << 20), as: UTF8.self) }

    /// One line, without waiting for the end.
    func line() throws -> String {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while try Descriptors.waitReadable(output.rawValue, until: Clock.monotonic() + 10_000_000) {
            guard read(output.rawValue, &byte, 1) == 1, byte != 10 else { break }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    func kill(_ signal: CInt) throws { try process.handle.send(signal) }

    /// Waits for its end, ten seconds at most, then kills it. Reaps it.
    mutating func wait() -> ProcessEnd {
        if end == nil {
            do {
                if try !process.handle.waitForEnd(until: Clock.monotonic() + 10_000_000) {
                    Issue.record("process \(pid) did not end by itself")
                    try kill(SIGKILL)
                }
            } catch { Issue.record("\(error)") }
            var exit = daimon_child_exit()
            #expect(daimon_wait_child(pid, 0, 1, &exit) == 0)
            end = exit
        }
        return end.map { Supervisor.end(of: $0) } ?? .unknown
    }

    deinit {
        guard end == nil else { return }
        Glibc.kill(process.pid, SIGKILL)
        var exit = daimon_child_exit()
        _ = daimon_wait_child(process.pid, 0, 1, &exit)
    }
}

/// Carries what cannot be copied out of a closure.
final class SpawnedBox: @unchecked Sendable {
    private var process: SpawnedProcess?
    init(_ process: consuming SpawnedProcess) { self.process = consume process }
    func take() -> SpawnedProcess? { process.take() }
}

/// Waits for something that is told by nothing that could be waited for. The bound is for a test that fails.
func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = Clock.monotonic() + 10_000_000
    while Clock.monotonic() < deadline {
        if try condition() { return true }
        usleep(2000)
    }
    return false
}

/// Whether a process is there and not a zombie.
func isAlive(_ pid: pid_t) -> Bool { ProcessIdentity(of: pid)?.isAlive ?? false }
