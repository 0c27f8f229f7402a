// Claiming an instance: the lock, the directory, the PID file, and the check that nothing of an earlier run survives.
// After this exactly one daimond has the name, whatever files are deleted.
import Instances
import Daemon
import Engine
import Glibc
import Linux

/// An instance that is ours until this value ends.
struct InstanceClaim: ~Copyable {
    let lock: InstanceLock?
    /// The runtime directory; nil where there is none that can be written to.
    let directory: OwnedDescriptor?
    var pidFile: PIDFile?
    var extraPIDFile: PIDFile?

    /// Why an instance cannot be had.
    enum Refusal: Error {
        case alreadyRunning(pid: pid_t?)
        case failed(String, exitStatus: CInt)

        /// One line for the person who wanted to start it.
        var message: String {
            switch self {
            case .alreadyRunning(let pid?): "already running (pid \(pid))"
            case .alreadyRunning(nil): "already running"
            case .failed(let text, _): text
            }
        }

        var exitStatus: CInt {
            switch self {
            case .alreadyRunning: 1
            case .failed(_, let status): status
            }
        }
    }

    /// Claims the instance.
    /// - Parameters:
    ///   - configuration: which.
    ///   - warn: told what is missing but not needed.
    /// - Returns: the claim. In the foreground, where nobody named the paths and the runtime directory cannot be made,
    ///   it holds neither lock nor directory nor PID file.
    /// - Throws: `.alreadyRunning` when another daimond has the name or one of the PID files; `.failed` when processes
    ///   of an earlier run survive, or when a directory, the lock or a PID file cannot be had.
    static func take(
        _ configuration: InstanceConfiguration, warn: (String) -> Void
    ) throws(Refusal) -> InstanceClaim {
        let paths = configuration.paths
        let isOptional = configuration.mode.kind == .foreground && !configuration.pathsAreExplicit
        do throws(SystemError) {
            _ = try InstanceDirectory.make(paths.base, mode: 0o755)
        } catch {
            guard isOptional else { throw .failed("\(error)", exitStatus: 1) }
            warn("\(error); going on without status and without a PID file")
            return InstanceClaim(lock: nil, directory: nil, pidFile: nil, extraPIDFile: nil)
        }
        if configuration.mode.kind == .detach {
            // Before the lock: what is said while it is taken goes into the log.
            do throws(SystemError) {
                _ = try InstanceDirectory.make(paths.logs, mode: 0o755)
            } catch {
                throw .failed("\(error)", exitStatus: 1)
            }
        }
        let lock = try takeLock(paths, warn: warn)
        if !configuration.nameIsChosen, let other = OtherInstances.holder(of: configuration.asked, besides: paths) {
            throw .failed(
                "\(other.unit) runs already, in the instance \(other.instance) (pid \(other.daimond)); a second copy of it"
                    + " needs a --name", exitStatus: 1)
        }
        do throws(DaemonError) {
            let directory: OwnedDescriptor
            do throws(SystemError) {
                directory = try InstanceDirectory.make(paths.directory, mode: 0o755)
            } catch {
                throw .system(error)
            }
            let pidFile = try pidFileStep { () throws(PIDFileError) in try PIDFile.acquire(path: paths.pidFile) }
            if let survivors = survivors(of: paths) {
                try removeAgain(pidFile)
                throw .system(.refused("start", paths.name, because: survivors))
            }
            var extra: PIDFile?
            if let path = configuration.extraPIDFile {
                do throws(DaemonError) {
                    extra = try pidFileStep { () throws(PIDFileError) in try PIDFile.acquire(path: path) }
                } catch {
                    try removeAgain(pidFile)
                    throw error
                }
            }
            return InstanceClaim(lock: lock, directory: directory, pidFile: pidFile, extraPIDFile: extra)
        } catch {
            if case .alreadyRunning(let pid, _) = error { throw .alreadyRunning(pid: pid) }
            throw .failed("\(error)", exitStatus: error.exitStatus)
        }
    }

    private static func takeLock(_ paths: InstancePaths, warn: (String) -> Void) throws(Refusal) -> InstanceLock {
        let outcome: InstanceLock.Outcome
        do throws(SystemError) {
            outcome = try InstanceLock.acquire(name: paths.name, base: paths.base, warn: warn)
        } catch {
            throw .failed("\(error)", exitStatus: 1)
        }
        switch consume outcome {
        case .acquired(let lock): return lock
        case .held(let pid): throw .alreadyRunning(pid: pid > 0 ? pid : nil)
        }
    }

    private static func removeAgain(_ pidFile: consuming PIDFile) throws(DaemonError) {
        do throws(SystemError) { try pidFile.remove() } catch { throw .system(error) }
    }

    /// Takes back what was claimed.
    /// - Parameter report: told what could not be removed.
    mutating func release(_ report: (String) -> Void) {
        do throws(SystemError) {
            if let file = pidFile.take() { try file.remove() }
            if let file = extraPIDFile.take() { try file.remove() }
        } catch {
            report("\(error)")
        }
    }

    /// The open runtime directory, for the length of a call.
    var directoryNumber: CInt? {
        switch directory {
        case .some(let folder): folder.rawValue
        case .none: nil
        }
    }

    /// The socket of the lock, for the length of a call; nil when nobody can ask it.
    var lockNumber: CInt? {
        switch lock {
        case .some(let lock): lock.isListening ? lock.socket.rawValue : nil
        case .none: nil
        }
    }

    /// Answers those who ask who holds the lock.
    func answerAskers() {
        switch lock {
        case .some(let lock): lock.answerAskers()
        case .none: break
        }
    }

    // MARK: - Survivors

    /// Whether processes of an earlier run are alive whose daimond was killed: nil when there are none.
    private static func survivors(of paths: InstancePaths) -> String? {
        let processes = Survivors.find(paths)
        guard !processes.isEmpty else { return nil }
        let shown = processes.prefix(5).map { "\($0.pid) (\(ProcessStatus(of: $0.pid)?.name ?? "?"))" }
        let more = processes.count > 5 ? " and \(processes.count - 5) more" : ""
        return "its daimond was killed, but processes of it survive: pid \(shown.joined(separator: ", "))\(more);"
            + " stop them with 'daimon stop \(paths.name)'"
    }
}
