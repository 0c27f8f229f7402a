// Carrying out an exec plan: the Swift steps as C structures that live exactly as long as the call (CLinux/spawn.c).
import Instances
import CLinux
import Engine
import Glibc
import Linux
import Units

/// A process that runs its program.
struct SpawnedProcess: ~Copyable {
    let handle: ProcessHandle
    /// Why it has no mounts of its own where it was to have them; 0 when it has.
    let namespaceError: CInt
    /// Why its terminal is not as it was to be; 0 when it is.
    let terminalError: CInt
    var pid: pid_t { handle.pid }
}

enum Spawner {
    /// Starts a program.
    /// - Parameters:
    ///   - program: the file to execute.
    ///   - arguments: argv.
    ///   - environment: `NAME=VALUE` each; a value of `pidPlaceholder` becomes the child's own pid.
    ///   - steps: what the child does first.
    ///   - cgroup: a cgroup v2 directory to be born in.
    /// - Returns: the process, whose execve(2) has succeeded by now (CLONE_VFORK of clone(2) waits for that).
    /// - Throws: `.noProcess` when clone(2) fails; `.step` when a step fails in the child, which is reaped then.
    static func spawn(
        program: String, arguments: [String], environment: [EnvironmentVariable], steps: [ExecStep], cgroup: CInt?
    ) throws(SpawnError) -> SpawnedProcess {
        var arena = CArena()
        defer { arena.free() }
        let cSteps = steps.map { lower($0, in: &arena) }
        var argv = arguments.map { arena.string($0) as UnsafeMutablePointer<CChar>? }
        argv.append(nil)
        var places: [UnsafeMutablePointer<CChar>?] = []
        var envp: [UnsafeMutablePointer<CChar>?] = []
        for variable in environment {
            if variable.value == pidPlaceholder {
                let prefix = "\(variable.name)="
                let text = arena.string(prefix + "00000000000")
                places.append(text + prefix.utf8.count)
                envp.append(text)
            } else {
                envp.append(arena.string("\(variable.name)=\(variable.value)"))
            }
        }
        envp.append(nil)
        let path = arena.string(program)

        var result = daimon_spawn_result()
        let status = cSteps.withUnsafeBufferPointer { stepBuffer in
            argv.withUnsafeBufferPointer { argvBuffer in
                envp.withUnsafeBufferPointer { envpBuffer in
                    places.withUnsafeBufferPointer { placeBuffer in
                        var plan = daimon_spawn_plan(
                            steps: stepBuffer.baseAddress, step_count: stepBuffer.count, path: path,
                            arguments: argvBuffer.baseAddress, environment: envpBuffer.baseAddress,
                            pid_places: placeBuffer.baseAddress, pid_place_count: placeBuffer.count,
                            cgroup: cgroup ?? -1)
                        return daimon_spawn(&plan, &result)
                    }
                }
            }
        }
        guard status == 0 else { throw .noProcess(SystemError("make a process for", program)) }
        let handle = ProcessHandle(owning: OwnedDescriptor(owning: result.pidfd), pid: result.pid)
        if result.failed_step >= 0 {
            var exit = daimon_child_exit()
            // It has exited already; reaping it here keeps it out of the list of the service's processes.
            _ = daimon_wait_child(result.pid, 0, 1, &exit)
            throw .step(steps[Int(result.failed_step)], errno: result.error)
        }
        return SpawnedProcess(
            handle: handle, namespaceError: result.namespace_error, terminalError: result.terminal_error)
    }

    /// As the value of an environment variable: the pid of the process itself, which only it knows in time.
    static let pidPlaceholder = "\u{1}pid"
}

/// Why a program does not run.
enum SpawnError: Error {
    /// There is no process: clone(2) failed, for want of memory, of pids, of descriptors.
    case noProcess(SystemError)
    /// A step failed in the child.
    case step(ExecStep, errno: CInt)
    /// It could not even be tried: a user that does not exist, a program that is not found.
    case before(exitStatus: UInt8, SystemError)

    /// In systemd's terms, for the engine.
    /// - Parameter program: the file that was to be executed.
    /// - Returns: the exit status of the step, and the message with that status and its name before it.
    func failure(program: String) -> SpawnFailure {
        switch self {
        case .noProcess(let error): return SpawnFailure(exitStatus: 0, message: "\(error)")
        case .step(let step, let errno):
            var message = "cannot \(step.purpose(program: program)): \(SystemError.words(errno))"
            if step == .execute && errno == ENOENT && access(program, F_OK) == 0 {
                message += "; the file is there, so the interpreter that it names is missing"
            } else if step == .execute && errno == ENOEXEC {
                message += "; a script needs a first line such as #!/bin/sh"
            }
            return SpawnFailure(exitStatus: step.exitStatus, message: SpawnError.name(step.exitStatus) + message)
        case .before(let status, let error):
            return SpawnFailure(exitStatus: status, message: SpawnError.name(status) + "\(error)")
        }
    }

    private static func name(_ status: UInt8) -> String {
        ExitStatusNames.name(of: status).map { "\(status)/\($0): " } ?? ""
    }
}

/// C strings and arrays that live until they are freed together.
struct CArena: ~Copyable {
    private var blocks: [UnsafeMutableRawPointer] = []

    mutating func string(_ text: String) -> UnsafeMutablePointer<CChar> {
        var text = text
        let block = text.withUTF8 { bytes in
            let block = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count + 1)
            if let start = bytes.baseAddress { memcpy(block, start, bytes.count) }
            block[bytes.count] = 0
            return block
        }
        blocks.append(UnsafeMutableRawPointer(block))
        return block
    }

    mutating func array<T>(_ values: [T]) -> UnsafeMutablePointer<T> {
        let block = UnsafeMutablePointer<T>.allocate(capacity: max(values.count, 1))
        for (index, value) in values.enumerated() { (block + index).initialize(to: value) }
        blocks.append(UnsafeMutableRawPointer(block))
        return block
    }

    mutating func free() {
        for block in blocks { block.deallocate() }
        blocks.removeAll()
    }
}
