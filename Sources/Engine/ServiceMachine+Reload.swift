// What a service says and what is said to it while it runs: reloads, notifications, timers.
import Units

extension ServiceMachine {
    // MARK: - Reload

    mutating func reloadRequested(at now: Instant) {
        switch state {
        case .running:
            if controlRunning {
                log(.warning, "\(unit.name): the command of the last reload has been killed and has not ended yet.")
                actions.append(.reloaded(false))
                return
            }
            reloadFailed = false
            reloadAnnounced = false
            if !unit.execReload.isEmpty {
                log(.info, "Reloading \(unit.description)...")
                setState(.reload)
                armState(unit.timeoutStart, at: now)
                actions.append(.spawn(.reload(0), unit.execReload[0]))
            } else if unit.type == .notifyReload {
                log(.info, "Reloading \(unit.description)...")
                setState(.reloadSignal)
                armState(unit.timeoutStart, at: now)
                actions.append(.signalMain(unit.reloadSignal))
            } else if unit.reloadSignalIsSet {
                log(.info, "Reloading \(unit.description): sending \(unit.reloadSignal.name).")
                actions.append(.signalMain(unit.reloadSignal))
                actions.append(.reloaded(true))
            } else {
                log(
                    .warning, "\(unit.name) has no way to reload: set ExecReload=, ReloadSignal= or Type=notify-reload."
                )
                actions.append(.reloaded(false))
            }
        case .reload, .reloadSignal, .reloadNotify:
            break  // one is under way
        case .dead, .start, .stopWatchdog, .stopSigterm, .stopSigkill, .finalSigterm, .finalSigkill, .failed,
            .autoRestart:
            log(.warning, "\(unit.name) is not running (\(state.rawValue)), so there is nothing to reload.")
            actions.append(.reloaded(false))
        }
    }

    mutating func reloadCommandEnded(_ index: Int, _ end: ProcessEnd, at now: Instant) {
        controlRunning = false
        guard state == .reload else { return }
        let command = unit.execReload[index]
        if !end.isClean(success: ExitStatusSet()) && !command.ignoreFailure {
            log(.warning, "\(unit.name): reload command \(command.path) \(describe(end)).")
            reloadFailed = true
        } else if index + 1 < unit.execReload.count {
            actions.append(.spawn(.reload(index + 1), unit.execReload[index + 1]))
            return
        }
        endReload(at: now)
    }

    /// The command is done; a service that announced its reload is waited for (as systemd 257 does).
    mutating func endReload(at now: Instant) {
        if reloadAnnounced && !reloadFailed {
            setState(.reloadNotify)
            return
        }
        finishReload(at: now)
    }

    private mutating func finishReload(at now: Instant) {
        enterRunning(at: now)
        if !reloadFailed { log(.info, "Reloaded \(unit.description).") }
        actions.append(.reloaded(!reloadFailed))
        reloadAnnounced = false
    }

    // MARK: - Notifications

    mutating func notified(_ message: ServiceNotification, at now: Instant) {
        if let pid = message.mainPID, pid != mainPID { takeMainPID(pid) }
        if let text = message.status { statusText = text.isEmpty ? nil : text }
        if let number = message.errno { statusErrno = number }
        if let interval = message.watchdogInterval {
            watchdog = interval
            switch state {
            // The old interval may be shorter: it must not end a service that asked for more.
            case .running, .reload, .reloadSignal, .reloadNotify: feedWatchdog(at: now)
            case .start: if lastPing != nil { feedWatchdog(at: now) }
            case .dead, .failed, .autoRestart, .stopWatchdog, .stopSigterm, .stopSigkill, .finalSigterm, .finalSigkill:
                break
            }
        }
        if let extra = message.extendTimeout { extendTimeout(by: extra, at: now) }
        // STOPPING=1 rules out the other two, as RELOADING=1 goes before READY=1 of the same datagram.
        if message.stopping {
            announceStop(at: now)
        } else {
            if message.reloading { announceReload(message.reloadingSince, at: now) }
            if message.ready { announceReady(at: now) }
        }
        if message.watchdogPing {
            switch state {
            case .start, .running, .reload, .reloadSignal, .reloadNotify: feedWatchdog(at: now)
            case .dead, .failed, .autoRestart, .stopWatchdog, .stopSigterm, .stopSigkill, .finalSigterm, .finalSigkill:
                break
            }
        }
        if message.watchdogTrigger { watchdogExpired("it asked for that by WATCHDOG=trigger", at: now) }
    }

    private mutating func takeMainPID(_ pid: Int32) {
        switch state {
        case .start, .running, .reload, .reloadSignal, .reloadNotify:
            log(.info, "\(unit.name): the main process is \(pid) now.")
            mainPID = pid
        case .dead, .failed, .autoRestart, .stopWatchdog, .stopSigterm, .stopSigkill, .finalSigterm, .finalSigkill:
            break  // too late to watch another process
        }
    }

    private mutating func announceReady(at now: Instant) {
        switch state {
        case .start:
            switch unit.type {
            case .notify, .notifyReload: enterRunning(at: now)
            case .simple, .exec: break  // these are started when they run, whatever they say
            }
        case .reload: reloadAnnounced = false
        case .reloadNotify: finishReload(at: now)
        case .dead, .running, .reloadSignal, .stopWatchdog, .stopSigterm, .stopSigkill, .finalSigterm, .finalSigkill,
            .failed, .autoRestart:
            break
        }
    }

    private mutating func announceReload(_ since: Instant?, at now: Instant) {
        switch state {
        case .running:
            reloadFailed = false
            setState(.reloadNotify)
            armState(unit.timeoutStart, at: now)
        case .reloadSignal:
            // Without MONOTONIC_USEC= it may have been said before the signal arrived (sd_notify(3)).
            if since != nil { setState(.reloadNotify) }
        case .reload: reloadAnnounced = true
        case .dead, .start, .reloadNotify, .stopWatchdog, .stopSigterm, .stopSigkill, .finalSigterm, .finalSigkill,
            .failed, .autoRestart:
            break
        }
    }

    private mutating func announceStop(at now: Instant) {
        switch state {
        case .start, .running, .reload, .reloadSignal, .reloadNotify:
            // It goes by itself: no signal, but it has only so much time.
            setState(.stopSigterm)
            stopAnnounced = true
            setTimer(.watchdog, nil)
            setTimer(.runtime, nil)
            armState(unit.timeoutStop, at: now)
        case .dead, .failed, .autoRestart, .stopWatchdog, .stopSigterm, .stopSigkill, .finalSigterm, .finalSigkill:
            break
        }
    }

    private mutating func extendTimeout(by extra: TimeSpan, at now: Instant) {
        switch state {
        case .start, .reload, .reloadSignal, .reloadNotify, .stopWatchdog, .stopSigterm, .stopSigkill, .finalSigterm,
            .finalSigkill:
            guard let present = stateDeadline else { return }
            let wanted = now.advanced(by: extra)
            // It may only get longer: a short extension must not cut the timeout that the unit grants.
            stateDeadline = wanted.map { max($0, present) }
            setTimer(.state, stateDeadline)
        case .dead, .running, .failed, .autoRestart: break
        }
    }

    // MARK: - Timers

    mutating func timerElapsed(_ timer: ServiceTimer, at now: Instant) {
        switch timer {
        case .state: stateTimerElapsed(at: now)
        case .watchdog: watchdogExpired("no ping within WatchdogSec=", at: now)
        case .runtime:
            switch state {
            case .running, .reload, .reloadSignal, .reloadNotify:
                log(.warning, "\(unit.name) has run for RuntimeMaxSec=; stopping it.")
                fail(.timeout)
                enterSignal(.stopSigterm, at: now)
            case .dead, .start, .failed, .autoRestart, .stopWatchdog, .stopSigterm, .stopSigkill, .finalSigterm,
                .finalSigkill:
                break
            }
        }
    }

    private mutating func stateTimerElapsed(at now: Instant) {
        switch state {
        case .start:
            if unit.type == .exec && mainPID != nil && unit.startSettle <= unit.timeoutStart {
                enterRunning(at: now)
                return
            }
            log(.error, "\(unit.name): start timed out: no READY=1 within TimeoutStartSec=.")
            fail(.timeout)
            enterSignal(.stopSigterm, at: now)
        case .reload, .reloadSignal, .reloadNotify:
            log(.warning, "\(unit.name): reload timed out.")
            reloadFailed = true
            if controlRunning { actions.append(.signalControl(.kill)) }
            finishReload(at: now)
        case .autoRestart: restartNow(at: now)
        case .stopWatchdog, .stopSigterm, .stopSigkill, .finalSigterm, .finalSigkill: stopTimedOut(at: now)
        case .dead, .running, .failed: break
        }
    }

    private mutating func watchdogExpired(_ why: String, at now: Instant) {
        switch state {
        case .start, .running, .reload, .reloadSignal, .reloadNotify:
            log(.error, "\(unit.name): watchdog: \(why); sending \(unit.watchdogSignal.name).")
            fail(.watchdog)
            enterSignal(.stopWatchdog, at: now)
        case .dead, .failed, .autoRestart, .stopWatchdog, .stopSigterm, .stopSigkill, .finalSigterm, .finalSigkill:
            break
        }
    }
}
