// What others are told: the state file, the status text, readiness, the watchdog above us, and the end.
import Instances
import CLinux
import Daemon
import Engine
import Glibc
import Linux
import Systemd
import Units

extension Supervisor {
    // MARK: - To whoever started us

    func reportStarted() {
        upstream.send([.ready, .status(Upstream.words(for: machine))])
        // Somebody waits for that message: what can wait comes after it.
        keepUnit()
        // Reading the unit took more memory than supervising it ever will.
        daimon_release_free_memory()
    }

    func reportReloaded(_ isGood: Bool) {
        guard reloadIsAnnounced else { return }
        reloadIsAnnounced = false
        upstream.send([.ready, .status(Upstream.words(for: machine) + (isGood ? "" : " (reload failed)"))])
    }

    /// Feeds the watchdog above us at half its interval, as sd_watchdog_enabled(3) advises, and only while the
    /// service is as it should be.
    func armUpstreamWatchdog() throws(SystemError) {
        guard let watchdogInterval else { return }
        upstreamWatchdog = try loop.at(Clock.monotonic() + watchdogInterval / 2) { [unowned self] in
            if machine.isHealthy(at: now) { upstream.send([.watchdog]) }
            do throws(SystemError) {
                try armUpstreamWatchdog()
            } catch {
                log.write(.error, "\(error)")
            }
        }
    }

    /// The service's own timeouts count, not those of the unit that runs daimond: the manager above is asked to wait
    /// as long, and a little longer (sd_notify(3), EXTEND_TIMEOUT_USEC=).
    func extendUpstreamTimeout(_ deadline: Instant?) {
        guard configuration.mode.kind == .supervised else { return }
        let isWaiting: Bool =
            switch machine.state {
            case .start: !machine.hasBeenActive
            case .stopWatchdog, .stopSigterm, .stopSigkill, .finalSigterm, .finalSigkill: true
            case .dead, .running, .reload, .reloadSignal, .reloadNotify, .failed, .autoRestart: false
            }
        guard isWaiting else { return }
        let margin: UInt64 = 5_000_000
        let year: UInt64 = 365 * 24 * 3600 * 1_000_000
        let remaining = deadline.map { $0.microseconds - min($0.microseconds, now.microseconds) } ?? year
        upstream.send([.extendTimeout(microseconds: min(remaining, year) + margin)])
    }

    /// The exit status for whoever runs daimond.
    var exitStatus: CInt {
        // A container's status is that of its service, whatever ended it.
        if configuration.isInit, let end = machine.mainEnd { return end.shellStatus }
        return machine.exitStatus
    }

    func report(end status: CInt) {
        guard configuration.mode.kind == .detach, !machine.hasBeenActive else {
            upstream.send([.stopping, .status(Upstream.words(for: machine))])
            return
        }
        upstream.failure(failureLines, exitStatus: status == 0 ? 1 : status)
    }

    private var failureLines: [String] {
        let name = configuration.paths.name
        var lines = ["\(name): failed to start (\(machine.result.rawValue))"]
        if machine.stopWanted { lines = ["\(name): stopped before it was ready"] }
        if machine.result == .success && !machine.stopWanted {
            lines = ["\(name): the program ended with status 0 before it counted as started"]
        }
        lines += log.problems.map { "\(name): \($0)" }
        do throws(SystemError) {
            let output = try OutputFile.lastLines(configuration.paths.logFile, from: logStart, count: 20)
                .filter { !ManagerLog.isOwnLine($0) }.suffix(10)
            if !output.isEmpty { lines += ["the last lines that it wrote:"] + output.map { "  \($0)" } }
        } catch {
            if error.errno != ENOENT { lines.append("\(error)") }
        }
        return lines
    }

    /// A reload that the service began by itself is one of ours as well, for the manager above.
    private func announceOwnReload() {
        guard machine.state.active == .reloading, !reloadIsAnnounced else { return }
        reloadIsAnnounced = true
        upstream.send([.reloading, .status("reloading")])
    }

    // MARK: - The state file

    /// Writes down and tells what an event has changed: a new state at once, new words of the service a little later and
    /// together, however fast it talks.
    func publishChanges() {
        guard machine.state == lastState, machine.mainPID == lastMainPID else { return publish() }
        guard machine.statusText != lastStatusText, statusTimer == nil else { return }
        do throws(SystemError) {
            statusTimer = try loop.at(Clock.monotonic() + 100_000) { [unowned self] in
                statusTimer = nil
                publish()
            }
        } catch {
            publish()
        }
    }

    /// Writes down and tells the present state.
    func publish() {
        lastMainPID = machine.mainPID
        lastStatusText = machine.statusText
        if machine.state != lastState {
            lastState = machine.state
            announceOwnReload()
            stateChanged = Clock.realtime()
            if machine.state == .running && activeEntered == 0 { activeEntered = stateChanged }
            if machine.state.active == .activating || machine.state.active == .inactive { activeEntered = 0 }
        }
        // A launcher waits for READY=1 or a failure alone; waking it for less would cost every start some time.
        if configuration.mode.kind != .detach && !reloadIsAnnounced { upstream.status(Upstream.words(for: machine)) }
        let text = state.encoded
        guard text != lastStored, let directory = claim.directoryNumber else { return }
        do throws(SystemError) {
            try Files.replace("state", with: text, in: directory, mode: 0o644)
            lastStored = text
            storeFailed = false
        } catch {
            // A full disk, a deleted directory: said once; supervision goes on, and the next change tries again.
            if !storeFailed { log.write(.warning, "\(error); the state shown to others is older than the truth") }
            storeFailed = true
        }
    }

    var state: InstanceState {
        var state = InstanceState()
        state.id = unit.name.description
        // Bounded, as everything in the file is: a reader must never find it too long to be read.
        state.description = OneLine.text(unit.description, limit: 1024)
        state.fragmentPath = unit.fragmentPath
        state.launchMode =
            switch configuration.mode.kind {
            case .supervised: "supervised"
            case .foreground: "foreground"
            case .detach: "background"
            }
        state.bootID = bootID
        state.invocationID = invocationID
        state.activeState = machine.state.active
        state.subState = machine.state
        state.result = machine.result
        state.daimond = ownIdentity
        state.main = machine.mainPID.flatMap { pid in mainIdentity.flatMap { $0.pid == pid ? $0 : nil } }
        state.controlGroup = cgroup?.path
        state.restarts = machine.restarts
        state.statusText = machine.statusText
        if let end = machine.mainEnd {
            switch end {
            case .exited(let status): (state.mainCode, state.mainStatus) = ("exited", Int32(status))
            case .killed(let signal): (state.mainCode, state.mainStatus) = ("killed", signal.number)
            case .dumped(let signal): (state.mainCode, state.mainStatus) = ("dumped", signal.number)
            case .unknown: state.mainCode = "unknown"
            }
        }
        state.failure = machine.spawnFailure.map { OneLine.text($0.message, limit: 4096) }
        state.stateChanged = stateChanged
        state.activeEntered = activeEntered
        if (unit.execution.standardOutput ?? Streams.standard(configuration)) == .append(configuration.paths.logFile) {
            state.logFile = configuration.paths.logFile
            state.logStart = logStart
        }
        state.killMode = unit.killMode
        state.killSignal = unit.killSignal.number
        state.sendSIGKILL = unit.sendSIGKILL
        state.timeoutStop = unit.timeoutStop
        state.extraPIDFile = configuration.extraPIDFile
        state.canReload = machine.canReload
        return state
    }

    // MARK: - Beginning and end

    func openNotifySocket() throws(SystemError) {
        guard unit.effectiveNotifyAccess != .none else { return }
        guard let directory = claim.directoryNumber else {
            receiver = try NotificationReceiver()
            return
        }
        let path = configuration.paths.notifySocket
        // The address of a socket holds 107 bytes (unix(7)). A long name gets one from the kernel, without a file.
        guard path.utf8.count <= 107 else {
            receiver = try NotificationReceiver()
            return
        }
        _ = unlinkat(directory, "notify", 0)
        receiver = try NotificationReceiver(path: path)
        // Whatever the umask: the service may run as another user. Who may speak is checked for each message.
        guard fchmodat(directory, "notify", 0o666, 0) == 0 else { throw SystemError("set the mode of", path) }
    }

    func makeCgroup() {
        var reason = ""
        // The same name at every start, and another for an instance of that name in another runtime directory.
        let mark = String(UInt32(truncatingIfNeeded: InstanceLock.hash(configuration.paths.directory)), radix: 16)
        let name = "daimon-\(configuration.paths.name)-\(mark).service"
        cgroup = Cgroup.make(name: name, systemdIsBooted: Supervisor.systemdIsBooted(), reason: &reason)
        tree.cgroup = cgroup?.path
        cgroupMustBeMade = false
        cgroupWatch = nil
        if cgroup == nil {
            log.write(
                .debug,
                "\(configuration.paths.name): no cgroup of its own (\(reason)); processes are found by parentage")
        }
    }

    /// Keeps the unit beside the state, readable by us alone: its variables may be secrets.
    func keepUnit() {
        guard !unitIsKept, let directory = claim.directoryNumber else { return }
        unitIsKept = true
        do throws(SystemError) {
            try Files.replace(
                "\(configuration.paths.name).service", with: configuration.unitText, in: directory, mode: 0o600)
        } catch {
            log.write(.warning, "\(error)")
        }
    }

    func cleanUp() {
        statusTimer = nil
        sources.removeAll()
        timers.removeAll()
        mainWatch = nil
        cgroupWatch = nil
        if let path = tree.cgroup { Cgroup.remove(path) }
        if storeFailed, let directory = claim.directoryNumber {
            // A state that says "active" without a daimond would read as one that was killed. None is better, and its
            // removal may make the room for the last.
            _ = unlinkat(directory, "state", 0)
            publish()
        }
        if receiver != nil, let directory = claim.directoryNumber { _ = unlinkat(directory, "notify", 0) }
        claim.release { log.write(.warning, $0) }
        if configuration.collects, let directory = claim.directoryNumber {
            _ = unlinkat(directory, "state", 0)
            _ = unlinkat(directory, "\(configuration.paths.name).service", 0)
            _ = rmdir(configuration.paths.directory)
        }
    }
}

extension Supervisor {
    /// Whether systemd is the system's manager (sd_booted(3)); where that cannot be learned, it is taken not to be.
    static func systemdIsBooted() -> Bool {
        do throws(SystemError) { return try SystemdHost.booted() } catch { return false }
    }
}
