// Stopping an instance from outside: through its daimond when there is one, else the survivors of a killed one.
import Engine
import Glibc
import Linux
import Units

/// Stops an instance and waits until every process of it is gone.
package enum InstanceStopper {
    /// What a stop came to.
    package enum Outcome: Equatable, Sendable {
        case stopped
        case wasNotRunning
        /// It ended, but processes are left: on purpose (`KillMode=process`) or because nothing ends them.
        case left([ProcessIdentity])
        /// daimond did not end in the time that the unit gives it.
        case stillRunning(pid_t)
    }

    /// Stops an instance.
    /// - Parameters:
    ///   - paths: which.
    ///   - report: told what happens on the way, a line each.
    /// - Returns: what it came to, after at most four times `TimeoutStopSec=` and 10 s where a daimond runs;
    ///   a `TimeoutStopSec=infinity` is waited for without end.
    /// - Throws: `SystemError` when the state cannot be read, a process cannot be signalled (EPERM), or the files that
    ///   a killed daimond left cannot be cleared away.
    package static func stop(_ paths: InstancePaths, report: (String) -> Void) throws(SystemError) -> Outcome {
        let view = try InstanceView.look(at: paths)
        if let daimond = view.daimond { return try stop(daimond, view) }
        guard view.wasKilled else { return .wasNotRunning }
        if view.processes.isEmpty {
            try tidy(view)
            return .wasNotRunning
        }
        report(
            "\(paths.name): its daimond was killed; stopping what survives it: pid \(view.processes.map { String($0.pid) }.joined(separator: ", "))"
        )
        let left = try stopSurvivors(view, report: report)
        try tidy(view)
        return left.isEmpty ? .stopped : .left(left)
    }

    private static func stop(_ daimond: ProcessIdentity, _ view: InstanceView) throws(SystemError) -> Outcome {
        // Each of its four stopping states may take TimeoutStopSec=; what lasts longer is no orderly stop.
        let timeout = view.state?.timeoutStop ?? .seconds(90)
        let budget = timeout + timeout + timeout + timeout + .seconds(10)
        let deadline = Instant(microseconds: Clock.monotonic()).advanced(by: budget)?.microseconds
        do throws(SystemError) {
            let handle = try ProcessHandle(daimond)
            if try handle.send(SIGTERM) {
                // A daimond that somebody has stopped (SIGSTOP, a debugger that left) acts on nothing before it goes on.
                try handle.send(SIGCONT)
                if try !handle.waitForEnd(until: deadline) { return .stillRunning(daimond.pid) }
            }
        } catch {
            guard error.errno == ESRCH else { throw error }  // it ended by itself meanwhile
        }
        let left = view.processes.filter(\.isAlive)
        return left.isEmpty ? .stopped : .left(left)
    }

    /// As the engine would: the signal, the timeout, SIGKILL.
    private static func stopSurvivors(
        _ view: InstanceView, report: (String) -> Void
    ) throws(SystemError) -> [ProcessIdentity] {
        let state = view.state ?? InstanceState()
        let find = { Survivors.find(view.paths) }
        let mode = state.killMode
        var seen = Set(view.processes)
        for (signal, wait) in [
            (Signal(number: state.killSignal) ?? .terminate, state.timeoutStop), (.kill, TimeSpan.seconds(10)),
        ] {
            if signal == .kill && !state.sendSIGKILL { break }
            let deadline = Instant(microseconds: Clock.monotonic()).advanced(by: wait)?.microseconds
            var targets = find().filter { identity in
                switch mode {
                case .controlGroup: true
                case .mixed: signal == .kill || identity == state.main || state.main == nil
                case .process: identity == state.main || state.main == nil
                case .none: false
                }
            }
            while !targets.isEmpty {
                for identity in targets { try send(signal, to: identity) }
                for identity in targets {
                    do throws(SystemError) {
                        _ = try ProcessHandle(identity).waitForEnd(until: deadline)
                    } catch {
                        if error.errno != ESRCH { throw error }
                    }
                }
                if let deadline, Clock.monotonic() >= deadline { break }
                // Whoever was forked meanwhile is meant as well.
                targets = mode == .controlGroup || signal == .kill ? find().filter { !seen.contains($0) } : []
                seen.formUnion(targets)
            }
            let left = find()
            if left.isEmpty { return [] }
            if signal != .kill && mode != .process && mode != .none {
                report(
                    "\(view.paths.name): pid \(left.map { String($0.pid) }.joined(separator: ", ")) did not end, so SIGKILL follows"
                )
            }
        }
        return find()
    }

    private static func send(_ signal: Signal, to identity: ProcessIdentity) throws(SystemError) {
        do throws(SystemError) {
            let handle = try ProcessHandle(identity)
            try handle.send(signal.number)
            if signal != .kill { try handle.send(SIGCONT) }
        } catch {
            if error.errno != ESRCH { throw error }
        }
    }

    /// Clears away what a killed daimond left, and writes down that it is over.
    private static func tidy(_ view: InstanceView) throws(SystemError) {
        if let cgroup = view.state?.controlGroup { Cgroup.remove(cgroup) }
        guard let directory = try InstanceDirectory.open(view.paths.directory) else { return }
        _ = unlinkat(directory.rawValue, "notify", 0)
        if let dead = view.state?.daimond?.pid {
            do throws(PIDFileError) {
                try PIDFile.removeLeftover(path: view.paths.pidFile, of: dead)
                if let extra = view.state?.extraPIDFile { try PIDFile.removeLeftover(path: extra, of: dead) }
            } catch {
                throw .refused("tidy up", view.paths.name, because: "\(error)")
            }
        }
        guard var state = view.state else { return }
        (state.activeState, state.subState, state.result) = (.failed, .failed, .signal)
        state.daimond = nil
        state.main = nil
        state.controlGroup = nil
        state.failure = "its daimond was killed"
        state.stateChanged = Clock.realtime()
        try Files.replace("state", with: state.encoded, in: directory.rawValue, mode: 0o644)
    }
}
