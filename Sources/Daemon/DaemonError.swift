// Why a program could not become a daemon, and the exit status that says so.
import Glibc
import Linux
import Systemd

/// A start that failed.
public enum DaemonError: Error, Equatable, Sendable, CustomStringConvertible {
    /// fork(2) copies only the calling thread: locks that others hold would stay locked for ever.
    case severalThreads(Int)
    /// Another process holds the PID file. The pid is nil when the file does not name its holder.
    case alreadyRunning(pid: pid_t?, path: String)
    /// The user to run as is not in the user database.
    case unknownUser(String)
    /// An option that cannot be: which, and what is allowed.
    case invalid(option: String, reason: String)
    /// A system call failed while a step was carried out.
    case step(Detach.Step, SystemError)
    /// A system call failed.
    case system(SystemError)
    /// The launcher or the service manager could not be told.
    case notification(NotificationError)

    /// A PID file that could not be held or removed.
    init(_ error: PIDFileError) {
        switch error {
        case .held(let pid, let path): self = .alreadyRunning(pid: pid, path: path)
        case .invalid(let reason): self = .invalid(option: "PID file", reason: reason)
        case .system(let error): self = .step(.writePIDFile, error)
        }
    }

    /// One line for a person.
    public var description: String {
        switch self {
        case .severalThreads(let count):
            return "cannot detach: the process has \(count) threads, and fork(2) takes along only one; "
                + "detach before anything starts threads (the first `await`, a library's helper)"
        case .alreadyRunning(let pid?, _): return "already running (pid \(pid))"
        case .alreadyRunning(nil, let path): return "already running: \(path) is locked by a process it does not name"
        case .unknownUser(let name): return "cannot run as user \(name): there is no such user"
        case .invalid(let option, let reason): return "\(option): \(reason)"
        case .step(_, let error), .system(let error): return error.description
        case .notification(let error): return error.description
        }
    }

    /// The exit status that tells it: systemd's numbers (systemd.exec(5), "Process Exit Codes") where there is one.
    public var exitStatus: CInt {
        switch self {
        case .severalThreads, .alreadyRunning, .system, .notification: return 1
        case .invalid: return 2
        case .unknownUser: return 217
        case .step(let step, _): return step.exitStatus
        }
    }

    /// The errno(3) behind it, when there is one.
    public var errno: CInt? {
        switch self {
        case .step(_, let error), .system(let error), .notification(.delivery(let error)):
            return error.errno == 0 ? nil : error.errno
        case .severalThreads, .alreadyRunning, .unknownUser, .invalid, .notification: return nil
        }
    }
}

/// Carries out what concerns the PID file, step 12; its error becomes one of a start.
/// - Parameter body: what is to be done.
/// - Returns: what it returns.
/// - Throws: what went wrong, as `DaemonError(_:)` has it.
package func pidFileStep<Value: ~Copyable>(
    _ body: () throws(PIDFileError) -> Value
) throws(DaemonError) -> Value {
    do throws(PIDFileError) {
        return try body()
    } catch {
        throw DaemonError(error)
    }
}
