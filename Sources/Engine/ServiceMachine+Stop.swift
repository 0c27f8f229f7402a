// How a service ends: ExecStop=, signal, wait, signal harder, ExecStopPost=, the rest of the tree (systemd.kill(5)).
import Units

extension ServiceMachine {
    mutating func stopRequested(forRestart: Bool, at now: Instant) {
        stopWanted = true
        stopsForRestart = forRestart
        switch state {
        case .dead, .failed: break
        case .autoRestart, .autoRestartQueued, .deadBeforeAutoRestart, .failedBeforeAutoRestart:
            setState(.dead)
            armState(nil, at: now)
            finish()
        case .running, .exited:
            log(.info, "Stopping \(unit.description)...")
            enterStop(at: now)
        case .condition, .startPre, .start, .startPost, .reload, .reloadSignal, .reloadNotify, .stopWatchdog:
            // What is half done is interrupted, without ExecStop=, as in systemd; so is a dump of the memory for the watchdog,
            // which may take any time.
            log(.info, "Stopping \(unit.description)...")
            enterSignal(.stopSigterm, at: now)
        case .stopSigterm where stopAnnounced:
            // It said that it stops, and nobody has told it to: it may take, or extend, its time for ever.
            stopAnnounced = false
            log(.info, "Stopping \(unit.description)...")
            enterSignal(.stopSigterm, at: now)
        case .stop, .stopSigterm, .stopSigkill, .stopPost, .finalWatchdog, .finalSigterm, .finalSigkill:
            break  // already on its way; `stopWanted` keeps it from being restarted
        }
    }

    /// The main process is alive but it, or we, decided that it is over.
    mutating func fail(_ cause: ServiceResult) {
        // The first cause is the one to tell: SIGKILL after a timeout ends in "signal", but it was the timeout.
        if result == .success { result = cause }
    }

    /// The end of what was up: ExecStop= first.
    mutating func enterStop(at now: Instant) {
        guard !unit.execStop.isEmpty else { return beginSignals(at: now) }
        // A reload command that still runs would be taken for the one of ExecStop=.
        abandonControl()
        search = nil
        stopWatching()
        runCommands(.stop, at: now)
    }

    /// The first signal, or none where the main process is gone and nothing comes between it and the rest.
    mutating func beginSignals(at now: Instant) {
        let mayBeUnknown = unit.type == .forking && mainEnd == nil && isAnnounced
        if mainPID == nil, control == nil, unit.execStopPost.isEmpty, !mayBeUnknown, !stopWanted {
            enterSignal(.finalSigterm, at: now)
        } else {
            enterSignal(.stopSigterm, at: now)
        }
    }

    /// The main process is gone, or was given up on.
    mutating func leaveStop(at now: Instant) {
        guard !unit.execStopPost.isEmpty else { return enterSignal(.finalSigterm, at: now) }
        abandonControl(kills: unit.sendSIGKILL && unit.killMode != .none)
        runCommands(.stopPost, at: now)
    }

    mutating func stopWatching() {
        setWatchdog(nil)
        setRuntime(nil)
    }

    /// Sends the signals of a stopping state and waits; where nobody is left to wait for, goes on at once.
    mutating func enterSignal(_ target: ServiceState, at now: Instant) {
        setState(target)
        search = nil
        stopWatching()
        armState(timeout(of: target), at: now)
        actions.append(.kill(killRequest(for: target)))
        killAnswersDue += 1
    }

    private func timeout(of state: ServiceState) -> TimeSpan {
        let isAbort = state == .stopWatchdog || state == .finalWatchdog
        return isAbort ? unit.timeoutAbort ?? unit.timeoutStop : unit.timeoutStop
    }

    private func killRequest(for state: ServiceState) -> KillRequest {
        let isLast = state == .stopSigkill || state == .finalSigkill
        let isAbort = state == .stopWatchdog || state == .finalWatchdog
        // RestartKillSignal= asks the main process; what it leaves behind is cleared away as ever.
        let asked =
            stopsForRestart && state == .stopSigterm ? unit.restartKillSignal ?? unit.killSignal : unit.killSignal
        let signal = isAbort ? unit.watchdogSignal : isLast ? unit.finalKillSignal : asked
        let rest: Bool =
            switch unit.killMode {
            case .controlGroup: true
            case .mixed: isLast
            case .process, .none: false
            }
        return KillRequest(
            // As systemd does: beside the signal that asks for the end, and not when that is SIGHUP itself.
            signal: signal, hangup: unit.sendSIGHUP && !isLast && !isAbort && signal != .hangup,
            main: unit.killMode != .none, rest: rest)
    }

    /// The signals are sent. If nobody must be waited for the state is over already.
    mutating func signalled(waiting: Bool, at now: Instant) {
        if killAnswersDue > 0 { killAnswersDue -= 1 }
        // Of an older request: it may not have meant all those that the present one waits for.
        guard killAnswersDue == 0, !waiting else { return }
        switch state {
        case .stopWatchdog, .stopSigterm:
            if unit.sendSIGKILL && unit.killMode != .none {
                enterSignal(.stopSigkill, at: now)
            } else {
                leaveStop(at: now)
            }
        case .stopSigkill: leaveStop(at: now)
        case .finalWatchdog, .finalSigterm:
            // Under `mixed` the rest of the tree gets SIGKILL alone, so that step is never left out.
            if unit.sendSIGKILL { enterSignal(.finalSigkill, at: now) } else { enterEnded(mayRestart: true, at: now) }
        case .finalSigkill: enterEnded(mayRestart: true, at: now)
        case .dead, .condition, .startPre, .start, .startPost, .running, .exited, .reload, .reloadSignal,
            .reloadNotify, .stop, .stopPost, .failed, .deadBeforeAutoRestart, .failedBeforeAutoRestart, .autoRestart,
            .autoRestartQueued:
            break
        }
    }

    // MARK: - Timeouts

    /// `TimeoutStartSec=` has passed: `TimeoutStartFailureMode=`.
    mutating func startTimedOut(at now: Instant) {
        log(.error, "\(unit.name): start timed out in the state \(state.rawValue) (TimeoutStartSec=).")
        fail(.timeout)
        abort(by: unit.timeoutStartFailureMode, at: now)
    }

    private mutating func abort(by mode: TimeoutFailureMode, at now: Instant) {
        switch mode {
        case .terminate: enterSignal(.stopSigterm, at: now)
        case .abort: enterSignal(.stopWatchdog, at: now)
        case .kill: if unit.sendSIGKILL { enterSignal(.stopSigkill, at: now) } else { leaveStop(at: now) }
        }
    }

    /// The timeout of a stopping state has passed.
    mutating func stopTimedOut(at now: Instant) {
        fail(.timeout)
        let aborts = unit.timeoutStopFailureMode == .abort
        switch state {
        case .stop:
            log(.warning, "\(unit.name): ExecStop= did not end in time.")
            abort(by: unit.timeoutStopFailureMode, at: now)
        case .stopSigterm where aborts: enterSignal(.stopWatchdog, at: now)
        case .stopWatchdog, .stopSigterm:
            // ExecStopPost= and the signals after it give it more time.
            guard unit.sendSIGKILL else { return leaveStop(at: now) }
            log(
                .warning,
                "\(unit.name): the main process did not end in time, so it gets \(unit.finalKillSignal.name).")
            enterSignal(.stopSigkill, at: now)
        case .stopSigkill:
            log(.error, "\(unit.name): the main process is still there after \(unit.finalKillSignal.name).")
            leaveStop(at: now)
        case .stopPost:
            log(.warning, "\(unit.name): ExecStopPost= did not end in time.")
            switch unit.timeoutStopFailureMode {
            case .terminate: enterSignal(.finalSigterm, at: now)
            case .abort: enterSignal(.finalWatchdog, at: now)
            case .kill: unit.sendSIGKILL ? enterSignal(.finalSigkill, at: now) : leaveAlive(at: now)
            }
        case .finalSigterm where aborts: enterSignal(.finalWatchdog, at: now)
        case .finalWatchdog, .finalSigterm:
            guard unit.sendSIGKILL else { return leaveAlive(at: now) }
            log(.warning, "\(unit.name): processes are left, so they get \(unit.finalKillSignal.name).")
            enterSignal(.finalSigkill, at: now)
        case .finalSigkill:
            log(.error, "\(unit.name): processes are left even after \(unit.finalKillSignal.name); giving up on them.")
            // As in systemd: what hangs in the kernel harms nobody, and a service that must run is to run.
            enterEnded(mayRestart: true, at: now)
        case .dead, .condition, .startPre, .start, .startPost, .running, .exited, .reload, .reloadSignal,
            .reloadNotify, .failed, .deadBeforeAutoRestart, .failedBeforeAutoRestart, .autoRestart,
            .autoRestartQueued:
            break
        }
    }

    private mutating func leaveAlive(at now: Instant) {
        log(.warning, "\(unit.name): processes did not end in time; SendSIGKILL=no leaves them alive.")
        leftAlive = true
        enterEnded(mayRestart: false, at: now)
    }
}
