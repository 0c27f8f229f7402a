// How a service ends: signal, wait, signal harder, then over, or again after RestartSec= (systemd.kill(5)).
import Units

extension ServiceMachine {
    /// Sends the signals of a stopping state and waits; where nobody is left to wait for, goes on at once.
    mutating func enterSignal(_ target: ServiceState, at now: Instant) {
        setState(target)
        setTimer(.watchdog, nil)
        setTimer(.runtime, nil)
        armState(timeout(of: target), at: now)
        actions.append(.kill(killRequest(for: target)))
        killAnswersDue += 1
    }

    private func timeout(of state: ServiceState) -> TimeSpan {
        switch state {
        case .stopWatchdog: unit.timeoutAbort ?? unit.timeoutStop
        case .dead, .start, .running, .reload, .reloadSignal, .reloadNotify, .stopSigterm, .stopSigkill,
            .finalSigterm, .finalSigkill, .failed, .autoRestart:
            unit.timeoutStop
        }
    }

    private func killRequest(for state: ServiceState) -> KillRequest {
        let isLast = state == .stopSigkill || state == .finalSigkill
        let signal: Signal =
            switch state {
            case .stopWatchdog: unit.watchdogSignal
            case .stopSigkill, .finalSigkill: unit.finalKillSignal
            case .dead, .start, .running, .reload, .reloadSignal, .reloadNotify, .stopSigterm, .finalSigterm, .failed,
                .autoRestart:
                unit.killSignal
            }
        let rest: Bool =
            switch unit.killMode {
            case .controlGroup: true
            case .mixed: isLast
            case .process, .none: false
            }
        return KillRequest(
            // As systemd does: beside the signal that asks for the end, and not when that is SIGHUP itself.
            signal: signal,
            hangup: unit.sendSIGHUP && !isLast && state != .stopWatchdog && signal != .hangup,
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
                enterSignal(.finalSigterm, at: now)
            }
        case .stopSigkill: enterSignal(.finalSigterm, at: now)
        case .finalSigterm:
            // Under `mixed` the rest of the tree gets SIGKILL alone, so that step is never left out.
            if unit.sendSIGKILL { enterSignal(.finalSigkill, at: now) } else { enterEnded(mayRestart: true, at: now) }
        case .finalSigkill: enterEnded(mayRestart: true, at: now)
        case .dead, .start, .running, .reload, .reloadSignal, .reloadNotify, .failed, .autoRestart: break
        }
    }

    mutating func treeEmpty(at now: Instant) {
        switch state {
        case .finalSigterm, .finalSigkill: enterEnded(mayRestart: true, at: now)
        case .stopWatchdog, .stopSigterm, .stopSigkill:
            // The end of the main process comes as an event of its own, and leads on.
            if mainPID == nil { enterSignal(.finalSigterm, at: now) }
        case .dead, .start, .running, .reload, .reloadSignal, .reloadNotify, .failed, .autoRestart: break
        }
    }

    /// The timeout of a stopping state has passed.
    mutating func stopTimedOut(at now: Instant) {
        switch state {
        case .stopWatchdog, .stopSigterm:
            fail(.timeout)
            if unit.sendSIGKILL {
                log(
                    .warning,
                    "\(unit.name): the main process did not end in time, so it gets \(unit.finalKillSignal.name).")
                enterSignal(.stopSigkill, at: now)
            } else {
                log(.warning, "\(unit.name): the main process did not end in time; SendSIGKILL=no leaves it alive.")
                enterEnded(mayRestart: false, at: now)
            }
        case .stopSigkill:
            fail(.timeout)
            log(.error, "\(unit.name): the main process is still there after \(unit.finalKillSignal.name).")
            enterSignal(.finalSigterm, at: now)
        case .finalSigterm:
            fail(.timeout)
            if unit.sendSIGKILL {
                log(.warning, "\(unit.name): processes are left, so they get \(unit.finalKillSignal.name).")
                enterSignal(.finalSigkill, at: now)
            } else {
                log(.warning, "\(unit.name): processes are left; SendSIGKILL=no leaves them alive.")
                enterEnded(mayRestart: false, at: now)
            }
        case .finalSigkill:
            fail(.timeout)
            log(.error, "\(unit.name): processes are left even after \(unit.finalKillSignal.name); giving up on them.")
            enterEnded(mayRestart: false, at: now)
        case .dead, .start, .running, .reload, .reloadSignal, .reloadNotify, .failed, .autoRestart: break
        }
    }

    // MARK: - Over, or again

    /// Nothing runs any more (or what runs was given up on).
    mutating func enterEnded(mayRestart: Bool, at now: Instant) {
        mainPID = nil
        if mayRestart && shouldRestart {
            setState(.autoRestart)
            armState(unit.restartDelay, at: now)
            log(.info, "\(unit.name): scheduled restart, number \(restarts.addingReportingOverflow(1).partialValue).")
            if stateDeadline == nil {
                // RestartSec=infinity: wait until somebody stops or starts it.
                log(.warning, "\(unit.name): RestartSec=infinity, so it is never restarted by itself.")
            }
            return
        }
        setState(result == .success ? .dead : .failed)
        armState(nil, at: now)
        finish()
    }

    mutating func finish() {
        switch result {
        case .success: log(.info, "\(unit.name): ended.")
        case .resources, .protocol, .timeout, .exitCode, .signal, .coreDump, .watchdog, .startLimitHit:
            log(.error, "\(unit.name): failed with result '\(result.rawValue)'.")
        }
        actions.append(.finished(result))
    }

    /// The table of systemd.service(5), "Exit causes and the effect of the Restart= settings".
    var shouldRestart: Bool {
        if stopWanted || (endsWhenFirstStartFails && !hasBeenActive) { return false }
        if let mainEnd {
            if mainEnd.isIn(unit.restartPreventExitStatus) { return false }
            if mainEnd.isIn(unit.restartForceExitStatus) { return true }
        }
        switch unit.restart {
        case .no: return false
        case .always: return true
        case .onSuccess: return result == .success
        case .onFailure: return result != .success
        case .onAbnormal: return result != .success && result != .exitCode
        case .onWatchdog: return result == .watchdog
        case .onAbort: return result == .signal || result == .coreDump
        }
    }

    mutating func restartNow(at now: Instant) {
        let (count, overflow) = restarts.addingReportingOverflow(1)
        restarts = overflow ? .max : count
        enterStart(at: now)
    }
}
