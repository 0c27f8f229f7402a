// Reloads: by commands, by a signal, or announced by the service (systemd.service(5), "ExecReload=").
import Units

extension ServiceMachine {
    // MARK: - Reload

    mutating func reloadRequested(at now: Instant) {
        switch state {
        // Also of what remains after its exit: what it has set up is set up anew by ExecReload=.
        case .running, .exited:
            reloadFailed = false
            reloadBegan = now
            // Of a reload before this one.
            if announced == .reloading || announced == .reloaded { announced = nil }
            if !unit.execReload.isEmpty {
                log(.info, "Reloading \(unit.description)...")
                runCommands(.reload, at: now)
            } else if unit.type == .notifyReload {
                log(.info, "Reloading \(unit.description)...")
                signalReload(at: now)
            } else if unit.reloadSignalIsSet, mainPID != nil {
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
        case .dead, .condition, .startPre, .start, .startPost, .stop, .stopWatchdog, .stopSigterm, .stopSigkill,
            .stopPost,
            .finalWatchdog, .finalSigterm, .finalSigkill, .failed, .deadBeforeAutoRestart, .failedBeforeAutoRestart,
            .autoRestart, .autoRestartQueued:
            log(.warning, "\(unit.name) is not running (\(state.rawValue)), so there is nothing to reload.")
            actions.append(.reloaded(false))
        }
    }

    /// `Type=notify-reload`: the signal, whose answer is awaited. With nobody to send it to there is nothing to wait for.
    private mutating func signalReload(at now: Instant) {
        guard mainPID != nil else { return finishReload(at: now) }
        setState(.reloadSignal)
        armState(unit.timeoutStart, at: now)
        actions.append(.signalMain(unit.reloadSignal))
    }

    /// The commands are done. The signal of `Type=notify-reload` follows, unless the service has said meanwhile that it
    /// reloads; and whatever its type, what said so is waited for (as systemd 257 does).
    mutating func endReload(at now: Instant) {
        if reloadFailed { return finishReload(at: now) }
        switch announced {
        case .reloading: setState(.reloadNotify)
        case .reloaded, .stopping: finishReload(at: now)
        case .ready, nil: if unit.type == .notifyReload { signalReload(at: now) } else { finishReload(at: now) }
        }
    }

    mutating func finishReload(at now: Instant) {
        // Or a reload that took too long would begin once more.
        if announced == .reloading { announced = nil }
        enterRunning(at: now)
        // Otherwise it has ended meanwhile, and `setState` has told those who wait.
        guard state.active == .active else { return }
        if !reloadFailed { log(.info, "Reloaded \(unit.description).") }
        actions.append(.reloaded(!reloadFailed))
    }
}
