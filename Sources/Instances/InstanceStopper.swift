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
        // Those of an ordered set may have to wait for each other, one after the other.
        let timeouts = view.state?.units.filter { !$0.isDown }.map(\.timeoutStop) ?? []
        var budget = TimeSpan.seconds(10)
        for timeout in timeouts.isEmpty ? [.seconds(90)] : timeouts {
            budget = budget + timeout + timeout + timeout + timeout
        }
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

    /// As the engine would: the signal, the timeout, SIGKILL. Of several services each process gets the signal of its own,
    /// and where it cannot be told whose it is, SIGTERM; the longest of their timeouts counts.
    private static func stopSurvivors(
        _ view: InstanceView, report: (String) -> Void
    ) throws(SystemError) -> [ProcessIdentity] {
        let state = view.state ?? InstanceState()
        let find = { Survivors.find(view.paths) }
        var seen = Set(view.processes)
        let timeout = state.units.map(\.timeoutStop).max() ?? .seconds(90)
        for (isKill, wait) in [(false, timeout), (true, TimeSpan.seconds(10))] {
            let deadline = Instant(microseconds: Clock.monotonic()).advanced(by: wait)?.microseconds
            var targets = find().compactMap { target($0, state, isKill: isKill) }
            while !targets.isEmpty {
                for target in targets { try send(target.signal, to: target.process) }
                for target in targets {
                    do throws(SystemError) {
                        _ = try ProcessHandle(target.process).waitForEnd(until: deadline)
                    } catch {
                        if error.errno != ESRCH { throw error }
                    }
                }
                if let deadline, Clock.monotonic() >= deadline { break }
                // Whoever was forked meanwhile is meant as well.
                targets = find().filter { !seen.contains($0) }.compactMap { target($0, state, isKill: isKill) }
                seen.formUnion(targets.map(\.process))
            }
            let left = find()
            if left.isEmpty { return [] }
            let stubborn = left.filter { target($0, state, isKill: true) != nil }
            if !isKill && !stubborn.isEmpty {
                report(
                    "\(view.paths.name): pid \(stubborn.map { String($0.pid) }.joined(separator: ", ")) did not end, so SIGKILL follows"
                )
            }
        }
        return find()
    }

    /// What a survivor is sent; nil where its unit leaves it alive (`KillMode=`, `SendSIGKILL=no`).
    private static func target(
        _ process: ProcessIdentity, _ state: InstanceState, isKill: Bool
    ) -> (process: ProcessIdentity, signal: Signal)? {
        let unit = unit(of: process, state)
        if isKill && !unit.sendSIGKILL { return nil }
        let isMain = process == unit.main || unit.main == nil
        let isMeant =
            switch unit.killMode {
            case .controlGroup: true
            case .mixed: isKill || isMain
            case .process: isMain
            case .none: false
            }
        guard isMeant else { return nil }
        return (process, isKill ? .kill : Signal(number: unit.killSignal) ?? .terminate)
    }

    /// Whose process it is: by its cgroup, or by the mark in its environment or in that of those it descends from.
    private static func unit(of process: ProcessIdentity, _ state: InstanceState) -> UnitState {
        let services = state.units.filter { !$0.invocationID.isEmpty }
        if services.count == 1 { return services[0] }
        if let found = services.first(where: { $0.main == process }) { return found }
        if let directory = Cgroup.directory(of: process.pid),
            let found = services.first(where: { $0.controlGroup.map { directory.hasPrefix($0) } ?? false })
        {
            return found
        }
        var pid = process.pid
        for _ in 0..<64 where pid > 1 {
            if let mark = Processes.variable("INVOCATION_ID", of: pid),
                let found = services.first(where: { $0.invocationID == mark })
            {
                return found
            }
            guard let status = ProcessStatus(of: pid) else { break }
            if let found = services.first(where: { $0.main == status.identity }) { return found }
            pid = status.parent
        }
        return UnitState()
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
        for index in state.units.indices where !state.units[index].isDown {
            state.units[index].failure = "its daimond was killed"
            state.units[index].stateChanged = Clock.realtime()
            state.units[index].inactiveEnter = Clock.realtime()
            (state.units[index].activeState, state.units[index].subState) = (.failed, "failed")
            state.units[index].result = "signal"
        }
        for index in state.units.indices {
            state.units[index].main = nil
            state.units[index].controlGroup = nil
        }
        state.daimond = nil
        state.controlGroup = nil
        state.isUp = false
        try Files.replace("state", with: state.encoded, in: directory.rawValue, mode: 0o644)
    }
}
