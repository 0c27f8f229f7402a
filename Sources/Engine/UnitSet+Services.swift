// Services within the set: what their machines say goes to the queue, and a restart by Restart= goes through a job.
import Units

extension UnitSet {
    /// Something happened to a service.
    mutating func serviceEvent(_ name: String, _ event: ServiceEvent) {
        guard let unit = resolve(name) else { return }
        feed(unit, event)
    }

    /// Hands an event to the machine of a service, and what follows to the queue and the manager.
    mutating func feed(_ unit: String, _ event: ServiceEvent, queuesRestart: Bool = true) {
        guard let index = records.index(forKey: unit) else { return }
        let stopIsQueued = queue.job(of: unit)?.type == .stop
        guard
            let (done, before, after) = records.values[index].handle(
                event, stopIsQueued: stopIsQueued, at: now.monotonic)
        else { return }
        var reloaded: Bool?
        var isRestartDue = false
        for action in done {
            switch action {
            case .passed(let state):
                // Whoever depends on the unit sees that it went down, also when it comes back.
                tell(unit, state.active, state.rawValue, force: false, reloadSucceeded: true, willRestart: true)
            case .restartDue: isRestartDue = true
            case .reloaded(let succeeded):
                reloaded = succeeded
                actions.append(.service(unit, action))
            case .spawn, .kill, .signalMain, .signalControl, .abandonControl, .findMainPID, .watchBusName, .setTimer,
                .started, .finished, .log:
                actions.append(.service(unit, action))
            }
        }
        // A reload that ends because the service does is canceled by the state, and has not failed.
        let isStillUp = after.active == .active
        tellState(
            unit, force: Self.isRequest(event) || reloaded != nil && isStillUp,
            reloadSucceeded: isStillUp ? reloaded ?? true : true)
        if Self.reloadsByItself(event, before, after) { queue.propagateReload(of: unit, at: now.monotonic) }
        if isRestartDue, queuesRestart { queueRestart(unit) }
    }

    /// Whether a service has told that it reloads without being asked to: what `PropagatesReloadTo=` names reloads with it.
    private static func reloadsByItself(_ event: ServiceEvent, _ before: ServiceState, _ after: ServiceState) -> Bool {
        if after == .reloadNotify, before.active != .reloading { return true }
        // Both in one datagram: it is over already.
        if case .notified(let message) = event { return message.reloading && before == .running && after == .running }
        return false
    }

    /// What is asked for may come to the state that there was, such as a failure to one more: the job waits to hear it.
    private static func isRequest(_ event: ServiceEvent) -> Bool {
        switch event {
        case .startRequested, .stopRequested, .stopForRestartRequested, .reloadRequested: true
        case .resetFailed, .startRefused, .spawned, .spawnFailed, .processEnded, .signalled, .treeEmpty, .notified,
            .mainPIDFound, .busName, .oomKilled, .timerElapsed:
            false
        }
    }

    // MARK: - Start

    /// Starts a service for a job. One that waits for its restart does not wait any longer, and that counts as a restart
    /// (as systemd 257 does it, also with `RestartSec=infinity`).
    mutating func startService(_ unit: String) {
        if next[unit] != nil { takeNext(unit) }
        if case .service(let machine)? = records[unit]?.machine, machine.state == .autoRestart {
            feed(unit, .timerElapsed(.state), queuesRestart: false)
        }
        feed(unit, .startRequested)
    }

    // MARK: - Restart=

    /// `RestartSec=` has passed: the restart becomes a job, so that all that belongs to the unit restarts with it.
    private mutating func queueRestart(_ unit: String) {
        if queue.job(of: unit)?.type == .stop {
            log(.info, unit, "Stop job pending for unit, skipping automatic restart.")
            return
        }
        guard !isStopping else {
            giveUpRestart(unit)
            return
        }
        do throws(JobError) {
            _ = try queue.enqueue(.start, unit, mode: .restartDependencies, isManual: false, at: now.monotonic)
        } catch {
            log(.warning, unit, "Failed to schedule restart job: \(error.message)")
            giveUpRestart(unit)
        }
    }

    /// The restart is not to be: the service is down.
    mutating func giveUpRestart(_ unit: String) {
        guard case .service(var machine)? = records[unit]?.machine, machine.state == .autoRestartQueued else { return }
        for action in machine.endWithoutRestart(at: now.monotonic) { actions.append(.service(unit, action)) }
        records[unit]?.machine = .service(machine)
        tellState(unit)
    }
}

extension UnitSet.Record {
    /// Hands an event to the machine of a service.
    /// - Returns: what it wants, and the states before and after; nil for what is no service.
    mutating func handle(
        _ event: ServiceEvent, stopIsQueued: Bool, at now: Instant
    ) -> (actions: [ServiceAction], before: ServiceState, after: ServiceState)? {
        guard case .service(var service) = machine else { return nil }
        // Only one owner, or every event copied what the machine holds.
        machine = .passive(PassiveMachine(.target))
        service.stopIsQueued = stopIsQueued
        let before = service.state
        let actions = service.handle(event, at: now)
        let after = service.state
        machine = .service(service)
        return (actions, before, after)
    }
}

extension ServiceMachine {
    /// A restart that was due cannot be: it is over.
    mutating func endWithoutRestart(at now: Instant) -> [ServiceAction] {
        if result.isGood { result = .resources }
        enterEnded(mayRestart: false, at: now)
        return takeActions()
    }

    /// Takes a new definition; only of a service that is down, since a list of commands may be under way in any other.
    mutating func redefine(_ new: ServiceUnit) {
        if new.startLimitInterval != startLimit.interval || new.startLimitBurst != startLimit.burst {
            startLimit = StartLimit(interval: new.startLimitInterval, burst: new.startLimitBurst)
        }
        unit = new
    }
}
