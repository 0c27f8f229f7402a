// What follows when nothing runs any more: over, or again after RestartSec= (systemd.service(5), "Restart=").
import Glibc
import Units

extension ServiceMachine {
    /// Nothing runs any more (or what runs was given up on).
    mutating func enterEnded(mayRestart: Bool, at now: Instant) {
        mainPID = nil
        search = nil
        abandonControl(kills: false)
        if mayRestart && !stopIsQueued && shouldRestart {
            if unit.restartMode != .direct {
                actions.append(.passed(result.isGood ? .deadBeforeAutoRestart : .failedBeforeAutoRestart))
            }
            setState(.autoRestart)
            armState(restartDelay, at: now)
            log(.info, "\(unit.name): scheduled restart, number \(restarts.addingReportingOverflow(1).partialValue).")
            if stateDeadline == nil {
                // RestartSec=infinity: wait until somebody stops or starts it.
                log(.warning, "\(unit.name): RestartSec=infinity, so it is never restarted by itself.")
            }
            return
        }
        setState(result.isGood ? .dead : .failed)
        armState(nil, at: now)
        finish()
    }

    mutating func finish() {
        if result.isGood {
            log(.info, "\(unit.name): ended.")
        } else {
            log(.error, "\(unit.name): failed with result '\(result.rawValue)'.")
        }
        actions.append(.finished(result))
    }

    /// The table of systemd.service(5), "Exit causes and the effect of the Restart= settings".
    var shouldRestart: Bool {
        if stopWanted || (endsWhenFirstStartFails && !hasBeenActive) { return false }
        // It was not to run: to try again after RestartSec= would not be what the condition means.
        if result == .execCondition || result == .condition || result == .assertion { return false }
        if let mainEnd {
            if mainEnd.isIn(unit.restartPreventExitStatus) { return false }
            // A oneshot that has done its work is done, whatever its status.
            if mainEnd.isIn(unit.restartForceExitStatus) { return unit.type != .oneshot || result != .success }
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

    /// `RestartSec=`, growing to `RestartMaxDelaySec=` in `RestartSteps=` restarts.
    var restartDelay: TimeSpan {
        let first = unit.restartDelay
        let last = unit.restartMaxDelay
        guard restarts > 0, unit.restartSteps > 0, first != .zero, last != .infinity, first < last else { return first }
        guard restarts < unit.restartSteps else { return last }
        let growth = Double(last.microseconds) / Double(first.microseconds)
        let delay = Double(first.microseconds) * pow(growth, Double(restarts) / Double(unit.restartSteps))
        return TimeSpan(microseconds: UInt64(exactly: delay.rounded(.down)) ?? last.microseconds)
    }

    /// `RestartSec=` has passed.
    mutating func restartDue(at now: Instant) {
        guard asksBeforeRestart else { return restartNow(at: now) }
        setState(.autoRestartQueued)
        actions.append(.restartDue)
    }

    mutating func restartNow(at now: Instant) {
        let (count, overflow) = restarts.addingReportingOverflow(1)
        restarts = overflow ? .max : count
        beginStart(at: now)
    }
}
