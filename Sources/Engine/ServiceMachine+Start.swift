// How a service starts: conditions, preparations, the main process, and when it counts as ready (systemd.service(5)).
import Units

extension ServiceMachine {
    // MARK: - Requests

    mutating func startRequested(at now: Instant) {
        switch state.phase {
        case .rest:
            stopWanted = false
            restarts = 0
            beginStart(at: now)
        case .waiting:
            // Otherwise the timer will do; without one nobody else ever would.
            if state == .autoRestartQueued || stateDeadline == nil { restartNow(at: now) }
        case .starting, .up, .stopping, .ending: break
        }
    }

    /// A condition or assertion of the unit was looked at before the start, and does not hold.
    mutating func startRefused(_ cause: ServiceResult, at now: Instant) {
        switch state.phase {
        case .rest, .waiting:
            result = cause
            setState(.dead)
            armState(nil, at: now)
            finish()
        case .starting, .up, .stopping, .ending: break
        }
    }

    mutating func resetFailed() {
        startLimit = StartLimit(interval: unit.startLimitInterval, burst: unit.startLimitBurst)
        restarts = 0
        guard state.phase == .rest else { return }
        setState(.dead)
        result = .success
    }

    // MARK: - Steps

    mutating func beginStart(at now: Instant) {
        guard startLimit.allows(at: now) else {
            // How the run before it has failed is kept: it says more, and systemd does so.
            if result.isGood || result == .assertion { result = .startLimitHit }
            log(
                .error,
                "Start request repeated too quickly: \(unit.startLimitBurst) starts within the limit of"
                    + " StartLimitIntervalSec=. Not starting \(unit.name) again.")
            enterEnded(mayRestart: false, at: now)
            return
        }
        if isBesideLeftovers {
            log(
                .error,
                "\(unit.name): processes of its last run are still there, and SendSIGKILL=no; not starting beside them."
            )
            result = .resources
            enterEnded(mayRestart: true, at: now)
            return
        }
        result = .success
        mainPID = nil
        mainEnd = nil
        mainIndex = 0
        spawnFailure = nil
        controlEnd = nil
        controlFailure = nil
        search = nil
        busName = nil
        statusText = nil
        statusErrno = nil
        announced = nil
        stopAnnounced = false
        isAnnounced = false
        stopsForRestart = false
        leftAlive = false
        watchdog = unit.watchdog
        lastPing = nil
        watchdogDeadline = nil
        if unit.execCondition.isEmpty { enterStartPre(at: now) } else { runCommands(.condition, at: now) }
    }

    /// With `SendSIGKILL=no` a service is one that must end by itself, such as a database: two of them would be worse than none
    /// (as in systemd).
    private var isBesideLeftovers: Bool {
        guard leftAlive, !treeIsEmpty, !unit.sendSIGKILL else { return false }
        switch unit.killMode {
        case .controlGroup, .mixed: return true
        case .process, .none: return false
        }
    }

    mutating func enterStartPre(at now: Instant) {
        if unit.execStartPre.isEmpty { enterStart(at: now) } else { runCommands(.startPre, at: now) }
    }

    mutating func enterStart(at now: Instant) {
        if unit.type == .forking { return runCommands(.start, at: now) }
        setState(.start)
        // Type=oneshot without ExecStart= is possible: it does something when it is stopped.
        guard !unit.execStart.isEmpty else { return enterStartPost(at: now) }
        if unit.type == .dbus, let name = unit.busName { actions.append(.watchBusName(name)) }
        spawnMain(0, at: now)
    }

    private mutating func spawnMain(_ index: Int, at now: Instant) {
        mainIndex = index
        treeIsEmpty = false
        armState(unit.timeoutStart, at: now)
        actions.append(.spawn(.main, unit.execStart[index]))
    }

    mutating func mainSpawned(pid: Int32, at now: Instant) {
        // With SendSIGKILL=no it may be over before the answer has come: it is left alive, as the unit wants it.
        guard state.phase != .rest && state.phase != .waiting else { return }
        mainPID = pid
        treeIsEmpty = false
        // In any other state a timer that could not be set has elapsed before this answer came. The process was
        // signalled with the rest, and its end is awaited.
        if state == .start { mainIsThere(at: now) }
    }

    private mutating func mainIsThere(at now: Instant) {
        switch unit.type {
        // The owner delays the program of Type=idle; for everybody else it is as simple.
        case .simple, .idle: enterStartPost(at: now)
        case .exec: settle(at: now)
        case .dbus:
            switch busName {
            case .unavailable: settle(at: now)
            case .owned: enterStartPost(at: now)
            case .lost, nil: break
            }
        // READY=1 is awaited, or the end of the program.
        case .notify, .notifyReload, .oneshot, .forking: break
        }
    }

    private mutating func settle(at now: Instant) {
        if unit.startSettle == .zero { return enterStartPost(at: now) }
        armState(min(unit.startSettle, unit.timeoutStart), at: now)
    }

    /// Whether the state timer of `start` is that of `StartSettleSec=`, and not of a start that takes too long.
    var isSettling: Bool {
        guard mainPID != nil || unit.exitType == .cgroup, unit.startSettle <= unit.timeoutStart else { return false }
        return unit.type == .exec || (unit.type == .dbus && busName == .unavailable)
    }

    mutating func busNameChanged(_ name: BusNameState, at now: Instant) {
        guard unit.type == .dbus else { return }
        busName = name
        switch state.phase {
        case .starting: if state == .start, mainPID != nil { mainIsThere(at: now) }
        case .up:
            if name == .lost, state == .running {
                log(.info, "\(unit.name) has given up its name on the bus.")
                enterRunning(at: now)
            }
        case .rest, .waiting, .stopping, .ending: break
        }
    }

    mutating func mainFailed(_ failure: SpawnFailure, at now: Instant) {
        spawnFailure = failure
        guard failure.exitStatus != 0 else {
            fail(.resources)
            if state.phase == .starting || state.phase == .stopping { beginSignals(at: now) }
            return
        }
        let isForgiven = unit.execStart[mainIndex].ignoreFailure
        mainEnd = .exited(failure.exitStatus)
        if !isForgiven { fail(.exitCode) }
        switch state.phase {
        case .starting: mainEndedInStart(isClean: isForgiven, at: now)
        case .stopping: if control == nil { leaveStop(at: now) }
        case .rest, .up, .ending, .waiting: break
        }
    }

    /// It failed before it was ready: no ExecStop=, for there is nothing to stop.
    mutating func startFailed(_ cause: ServiceResult, at now: Instant) {
        fail(cause)
        beginSignals(at: now)
    }

    mutating func mainEndedInStart(isClean: Bool, at now: Instant) {
        guard isClean else { return beginSignals(at: now) }
        switch unit.type {
        case .oneshot:
            if mainIndex + 1 < unit.execStart.count {
                spawnMain(mainIndex + 1, at: now)
            } else {
                enterStartPost(at: now)
            }
        case .notify, .notifyReload:
            // Another of its processes may still say READY=1, if it may.
            if unit.remainAfterExit && unit.effectiveNotifyAccess != .main { return }
            log(.error, "\(unit.name) ended before it said READY=1, which Type=\(unit.type.rawValue) asks of it.")
            startFailed(.protocol, at: now)
        case .simple, .exec, .idle, .dbus:
            if unit.remainAfterExit { enterRunning(at: now) } else { beginSignals(at: now) }
        case .forking: beginSignals(at: now)
        }
    }

    mutating func enterStartPost(at now: Instant) {
        feedWatchdog(at: now)
        if unit.execStartPost.isEmpty { enterRunning(at: now) } else { runCommands(.startPost, at: now) }
    }

    // MARK: - Ready

    /// Up, or up no longer: depends on what is left of it.
    mutating func enterRunning(at now: Instant) {
        if result != .success {
            // It failed while something else was under way. As in systemd, no ExecStop= for what has failed.
            beginSignals(at: now)
        } else if isGood {
            // What it has said meanwhile counts now.
            switch announced {
            case .stopping: enterStopByNotify(at: now)
            case .reloading:
                announce(at: now)
                enterReloadByNotify(at: now)
            case .ready, .reloaded, nil:
                setState(.running)
                armState(nil, at: now)
                announce(at: now)
            }
        } else if unit.remainAfterExit {
            setState(.exited)
            armState(nil, at: now)
            announce(at: now)
            stopWatching()
        } else {
            // A oneshot has done all it was asked to do.
            if unit.type == .oneshot { announce(at: now) }
            enterStop(at: now)
        }
    }

    private var isGood: Bool {
        if unit.type == .dbus, busName == .lost { return false }
        if mainPID != nil { return true }
        if unit.type == .oneshot || (mainEnd != nil && unit.exitType == .main) { return false }
        return !treeIsEmpty
    }

    private mutating func announce(at now: Instant) {
        guard !isAnnounced else { return }
        isAnnounced = true
        hasBeenActive = true
        log(.info, unit.type == .oneshot ? "Finished \(unit.description)." : "Started \(unit.description).")
        // A sum that does not fit is never, as infinity is.
        setRuntime(now.advanced(by: unit.runtimeMax).flatMap { $0.advanced(by: runtimeExtra) })
        actions.append(.started)
    }

    mutating func setRuntime(_ deadline: Instant?) {
        runtimeDeadline = deadline
        setTimer(.runtime, deadline)
    }

    mutating func feedWatchdog(at now: Instant) {
        lastPing = now
        setWatchdog(isWatched ? now.advanced(by: watchdog) : nil)
    }

    mutating func setWatchdog(_ deadline: Instant?) {
        watchdogDeadline = deadline
        setTimer(.watchdog, deadline)
    }
}
