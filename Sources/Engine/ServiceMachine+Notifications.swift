// What a service says through its notify socket (sd_notify(3)), and its timers.
import Units

extension ServiceMachine {
    // MARK: - Notifications

    mutating func notified(_ message: ServiceNotification, at now: Instant) {
        if let pid = message.mainPID, pid != mainPID { takeMainPID(pid, at: now) }
        // Before the rest, as in systemd: what EXTEND_TIMEOUT_USEC= lengthens is the state that the same datagram leads to.
        hear(message, at: now)
        if let text = message.status { statusText = text.isEmpty ? nil : text }
        if let number = message.errno { statusErrno = number }
        if let extra = message.extendTimeout { extendTimeout(by: extra, at: now) }
        if message.watchdogPing && isAlive { feedWatchdog(at: now) }
        if message.watchdogTrigger { watchdogExpired("it asked for that by WATCHDOG=trigger", at: now) }
        if let interval = message.watchdogInterval {
            watchdog = interval
            // The old interval may be shorter: it must not end a service that asked for more.
            if lastPing != nil && isAlive { feedWatchdog(at: now) }
        }
    }

    /// A main process is there, or being started, and is to stay.
    private var isAlive: Bool {
        switch state {
        case .start, .startPost, .running, .reload, .reloadSignal, .reloadNotify: true
        case .dead, .condition, .startPre, .exited, .stop, .stopWatchdog, .stopSigterm, .stopSigkill, .stopPost,
            .finalWatchdog, .finalSigterm, .finalSigkill, .failed, .deadBeforeAutoRestart, .failedBeforeAutoRestart,
            .autoRestart, .autoRestartQueued:
            false
        }
    }

    private mutating func takeMainPID(_ pid: Int32, at now: Instant) {
        switch state {
        // Also while it stops: the old one may have handed its work over.
        case .start, .startPost, .running, .reload, .reloadSignal, .reloadNotify, .stop, .stopSigterm: break
        // Later it is too late to watch another process.
        case .dead, .condition, .startPre, .exited, .stopWatchdog, .stopSigkill, .stopPost, .finalWatchdog,
            .finalSigterm,
            .finalSigkill, .failed, .deadBeforeAutoRestart, .failedBeforeAutoRestart, .autoRestart, .autoRestartQueued:
            return
        }
        log(.info, "\(unit.name): the main process is \(pid) now.")
        mainPID = pid
        mainEnd = nil
        treeIsEmpty = false
        // With that the service has said what its PID file would have said.
        if search != nil { mainPIDFound(pid, treeIsEmpty: false, at: now) }
    }

    /// READY=1, RELOADING=1 and STOPPING=1. What comes at a time that cannot use it is remembered until `enterRunning`.
    private mutating func hear(_ message: ServiceNotification, at now: Instant) {
        if message.stopping {
            announced = .stopping
            switch state {
            case .running, .reloadSignal, .reloadNotify: enterStopByNotify(at: now)
            // A start that says so has not succeeded, and a command that runs is awaited.
            case .start, .startPost, .reload, .dead, .condition, .startPre, .exited, .stop, .stopWatchdog, .stopSigterm,
                .stopSigkill, .stopPost, .finalWatchdog, .finalSigterm, .finalSigkill, .failed,
                .deadBeforeAutoRestart, .failedBeforeAutoRestart, .autoRestart, .autoRestartQueued:
                break
            }
            return
        }
        // What has said that it ends does not come back.
        guard announced != .stopping else { return }
        // Without MONOTONIC_USEC= it may have been said before the signal arrived (sd_notify(3)).
        let answersSignal =
            state == .reloadSignal && message.reloading && (message.reloadingSince ?? .never) >= reloadBegan
        if message.ready {
            announced = announced == .reloading ? .reloaded : .ready
            if answersSignal || state == .reloadNotify {
                finishReload(at: now)
            } else if state == .start {
                switch unit.type {
                case .notify, .notifyReload: enterStartPost(at: now)
                // These are started when they run, or have run, whatever they say.
                case .simple, .exec, .forking, .oneshot, .dbus, .idle: break
                }
            }
        } else if message.reloading {
            announced = .reloading
            if answersSignal {
                setState(.reloadNotify)
            } else if state == .running {
                enterReloadByNotify(at: now)
            }
        }
    }

    /// It reloads by itself.
    mutating func enterReloadByNotify(at now: Instant) {
        reloadFailed = false
        setState(.reloadNotify)
        armState(unit.timeoutStart, at: now)
    }

    /// It ends by itself: no signal, but it has only so much time.
    mutating func enterStopByNotify(at now: Instant) {
        search = nil
        setState(.stopSigterm)
        stopAnnounced = true
        stopWatching()
        armState(unit.timeoutStop, at: now)
    }

    private mutating func extendTimeout(by extra: TimeSpan, at now: Instant) {
        // "For ever" is no time, in systemd neither.
        guard extra != .infinity else { return }
        let wanted = now.advanced(by: extra)
        switch state.phase {
        case .rest, .waiting: return
        case .starting, .up, .stopping, .ending: break
        }
        // It may only get longer: a short extension must not cut the timeout that the unit grants.
        func later(_ present: Instant) -> Instant? { wanted.map { max($0, present) } }
        if let present = stateDeadline {
            stateDeadline = later(present)
            setTimer(.state, stateDeadline)
        }
        if let present = watchdogDeadline { setWatchdog(later(present)) }
        if let present = runtimeDeadline { setRuntime(later(present)) }
    }

    // MARK: - Timers

    mutating func timerElapsed(_ timer: ServiceTimer, at now: Instant) {
        switch timer {
        case .state: stateTimerElapsed(at: now)
        case .watchdog: watchdogExpired("no ping within WatchdogSec=", at: now)
        case .runtime:
            guard state.phase == .up else { return }
            log(.warning, "\(unit.name) has run for RuntimeMaxSec=; stopping it.")
            fail(.timeout)
            enterStop(at: now)
        }
    }

    private mutating func stateTimerElapsed(at now: Instant) {
        switch state {
        case .start where isSettling: enterStartPost(at: now)
        case .condition, .startPre, .start, .startPost: startTimedOut(at: now)
        case .reload, .reloadSignal, .reloadNotify:
            log(.warning, "\(unit.name): reload timed out.")
            reloadFailed = true
            abandonControl()
            search = nil
            finishReload(at: now)
        case .autoRestart: restartDue(at: now)
        case .stop, .stopWatchdog, .stopSigterm, .stopSigkill, .stopPost, .finalWatchdog, .finalSigterm,
            .finalSigkill:
            stopTimedOut(at: now)
        case .dead, .running, .exited, .failed, .deadBeforeAutoRestart, .failedBeforeAutoRestart, .autoRestartQueued:
            break
        }
    }

    private mutating func watchdogExpired(_ why: String, at now: Instant) {
        guard isAlive else { return }
        log(.error, "\(unit.name): watchdog: \(why).")
        fail(.watchdog)
        enterSignal(.stopWatchdog, at: now)
    }
}
