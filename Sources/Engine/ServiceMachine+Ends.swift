// What the world tells: processes that are there, that end, that are all gone; the kernel out of memory.
import Units

extension ServiceMachine {
    mutating func spawned(_ role: ProcessRole, pid: Int32, at now: Instant) {
        switch role {
        case .main: mainSpawned(pid: pid, at: now)
        case .control(let list, let index): controlSpawned(ControlCommand(list: list, index: index))
        }
    }

    mutating func spawnFailed(_ role: ProcessRole, _ failure: SpawnFailure, at now: Instant) {
        log(.error, failure.message)
        switch role {
        case .main: mainFailed(failure, at: now)
        case .control(let list, let index): controlFailed(ControlCommand(list: list, index: index), failure, at: now)
        }
    }

    mutating func processEnded(_ role: ProcessRole, _ end: ProcessEnd, at now: Instant) {
        switch role {
        case .main: mainEnded(end, at: now)
        case .control(let list, let index): controlEnded(ControlCommand(list: list, index: index), end, at: now)
        }
    }

    private mutating func mainEnded(_ end: ProcessEnd, at now: Instant) {
        // A process that was given up on has ended at last: that changes nothing of the result.
        guard let pid = mainPID else { return }
        mainPID = nil
        // A daemon that replaces itself writes the PID file anew before its old process ends.
        if let path = unit.pidFile, search == nil {
            search = MainSearch(purpose: .successor(of: pid, end), isDemanded: false)
            actions.append(.findMainPID(.file(path, isDemanded: false)))
            return
        }
        mainIsGone(end, at: now)
    }

    /// The main process has ended, and there is no other.
    mutating func mainIsGone(_ end: ProcessEnd, at now: Instant) {
        mainEnd = end
        setWatchdog(nil)
        let isClean =
            end.isClean(success: unit.successExitStatus, asCommand: unit.type == .oneshot)
            || unit.execStart[mainIndex].ignoreFailure
        log(isClean ? .info : .warning, "Main process of \(unit.name) ended: \(describe(end)).")
        if !isClean { fail(end.failure) }
        switch state {
        case .condition, .startPre, .start, .startPost, .running, .exited, .reload, .reloadSignal, .reloadNotify:
            // The end of the tree is awaited instead.
            if unit.exitType == .cgroup && !treeIsEmpty { return }
            mainEndedWhileUp(isClean: isClean, at: now)
        case .stop: break  // ExecStop= is awaited
        case .stopWatchdog, .stopSigterm, .stopSigkill: if control == nil { leaveStop(at: now) }
        case .stopPost: if control == nil { enterSignal(.finalSigterm, at: now) }
        case .finalWatchdog, .finalSigterm, .finalSigkill: break  // the tree is awaited
        case .dead, .failed, .deadBeforeAutoRestart, .failedBeforeAutoRestart, .autoRestart, .autoRestartQueued: break
        }
    }

    private mutating func mainEndedWhileUp(isClean: Bool, at now: Instant) {
        switch state {
        case .start: if control == nil { mainEndedInStart(isClean: isClean, at: now) }
        case .running: enterRunning(at: now)
        case .startPost, .reload, .reloadSignal, .reloadNotify:
            // Otherwise the command is awaited, and sees then that nothing is left.
            if control == nil { enterStop(at: now) }
        case .condition, .startPre, .exited, .dead, .failed, .stop, .stopWatchdog, .stopSigterm, .stopSigkill,
            .stopPost, .finalWatchdog, .finalSigterm, .finalSigkill, .deadBeforeAutoRestart,
            .failedBeforeAutoRestart, .autoRestart, .autoRestartQueued:
            break
        }
    }

    mutating func treeEmpty(at now: Instant) {
        treeIsEmpty = true
        leftAlive = false
        switch state {
        case .stopPost: if mainPID == nil && control == nil { enterEnded(mayRestart: true, at: now) }
        case .finalWatchdog, .finalSigterm, .finalSigkill: enterEnded(mayRestart: true, at: now)
        case .stopWatchdog, .stopSigterm, .stopSigkill:
            // The ends of the main process and of a command come as events of their own, and lead on.
            if mainPID == nil && control == nil { leaveStop(at: now) }
        case .start: if mainPID == nil && control == nil { treeEmptyInStart(at: now) }
        case .startPost: if mainPID == nil && awaitsPIDFile { pidFileNeverCame(at: now) }
        case .running: if mainPID == nil { enterRunning(at: now) }
        // Nobody is left who could end the reload. (systemd waits for its timeout.)
        case .reload, .reloadSignal, .reloadNotify: if mainPID == nil && control == nil { enterStop(at: now) }
        case .condition, .startPre, .exited, .stop: break
        case .dead, .failed, .deadBeforeAutoRestart, .failedBeforeAutoRestart, .autoRestart, .autoRestartQueued: break
        }
    }

    private mutating func treeEmptyInStart(at now: Instant) {
        if awaitsPIDFile { return pidFileNeverCame(at: now) }
        // A main process that was asked for and is not there yet, or one of a list.
        guard mainEnd != nil else { return }
        switch unit.type {
        case .notify, .notifyReload:
            log(.error, "\(unit.name): all its processes have ended and none said READY=1.")
            startFailed(.protocol, at: now)
        case .simple, .exec, .idle, .dbus, .forking, .oneshot:
            if unit.exitType == .cgroup { beginSignals(at: now) }
        }
    }

    /// `OOMPolicy=` (systemd.service(5)).
    mutating func oomKilled(at now: Instant) {
        switch state.phase {
        case .rest, .waiting: return
        case .starting, .up, .stopping, .ending: break
        }
        log(.warning, "\(unit.name): a process was killed by the kernel for want of memory.")
        let first: ServiceState
        switch unit.oomPolicy {
        case .continue: return
        case .stop: first = .stopSigterm
        case .kill: first = .stopSigkill
        }
        fail(.oomKill)
        switch state {
        case .condition, .startPre, .start, .startPost, .stop: enterSignal(first, at: now)
        case .running, .exited, .reload, .reloadSignal, .reloadNotify:
            if unit.oomPolicy == .stop { enterStop(at: now) } else { enterSignal(first, at: now) }
        // There is no memory for an orderly end.
        case .stopWatchdog, .stopSigterm: enterSignal(.stopSigkill, at: now)
        case .stopPost, .finalWatchdog, .finalSigterm: enterSignal(.finalSigkill, at: now)
        case .stopSigkill, .finalSigkill, .dead, .failed, .deadBeforeAutoRestart, .failedBeforeAutoRestart,
            .autoRestart,
            .autoRestartQueued:
            break
        }
    }
}
