// What is written down about the instance and its units, for those who look at it from outside.
import Engine
import Glibc
import Instances
import Linux
import Systemd
import Units

/// When a unit came to its state.
struct UnitTimes {
    /// µs since 1970; 0 is never.
    var stateChanged: UInt64 = 0
    var inactiveExit: UInt64 = 0
    var activeEnter: UInt64 = 0
    var activeExit: UInt64 = 0
    var inactiveEnter: UInt64 = 0
    private var state = ActiveState.inactive

    /// It is in another state, coarse or fine (org.freedesktop.systemd1(5), "ActiveEnterTimestamp").
    mutating func enter(_ new: ActiveState, at now: UInt64) {
        stateChanged = now
        let (wasUp, isUp) = (state == .active || state == .reloading, new == .active || new == .reloading)
        if state.isInactiveOrFailed, !new.isInactiveOrFailed { inactiveExit = now }
        if !state.isInactiveOrFailed, new.isInactiveOrFailed { inactiveEnter = now }
        if !wasUp, isUp { activeEnter = now }
        if wasUp, !isUp { activeExit = now }
        state = new
    }

    /// What was written down last, where a change is not told by an event.
    var mainPID: Int32?
    var statusText: String?
}

extension Supervisor {
    /// A unit is in another state, to be written down.
    func noteState(of unit: String, _ state: ActiveState) {
        var times = times[unit] ?? UnitTimes()
        times.enter(state, at: Clock.realtime())
        self.times[unit] = times
        changed.insert(unit)
    }

    /// What a service has changed about itself without another state: its main process at once, its words a little later and
    /// together, however fast it talks.
    func noteService(_ name: String, _ machine: ServiceMachine) {
        let known = times[name] ?? UnitTimes()
        if known.mainPID != machine.mainPID {
            times[name, default: known].mainPID = machine.mainPID
            changed.insert(name)
        }
        guard known.statusText != machine.statusText else { return }
        times[name, default: known].statusText = machine.statusText
        talking.insert(name)
    }

    /// What a service has stored is other than before.
    func noteDescriptors(of name: String) {
        guard times[name] != nil else { return }
        changed.insert(name)
        publishSoon()
    }

    /// Sees to it that what has changed is written down when nothing more urgent waits.
    func publishSoon() {
        guard !hasFinished else { return }
        do throws(SystemError) {
            if !changed.isEmpty, stateTimer == nil {
                stateTimer = try loop.later(priority: 50) { [unowned self] in publish() }
            }
            if !talking.isEmpty, statusTimer == nil {
                statusTimer = try loop.at(Clock.monotonic() + 100_000) { [unowned self] in publish() }
            }
        } catch {
            publish()
        }
    }

    /// Before the first process of the instance is there: were we killed in between, the state of the run before ("inactive")
    /// would hide it, and a second copy would be started beside it.
    func willStart() {
        if !headIsWritten { publish() }
    }

    /// Writes down and tells what has changed.
    func publish() {
        stateTimer = nil
        statusTimer = nil
        changed.formUnion(talking)
        talking.removeAll(keepingCapacity: true)
        // A launcher waits for READY=1 or a failure alone; waking it for less would cost every start some time.
        if configuration.mode.kind != .detach && !reloadIsAnnounced && phase != .stopping {
            upstream.status(upstreamStatus)
        }
        write(changed)
        changed.removeAll(keepingCapacity: true)
    }

    private func write(_ names: Set<String>) {
        guard let directory = claim.directoryNumber else { return }
        var blocks = headIsWritten ? "" : head.encodedHead
        for name in names.sorted() { blocks += state(of: name).encoded }
        guard !blocks.isEmpty else { return }
        headIsWritten = true
        do throws(SystemError) {
            try state.write(blocks, in: directory) { whole.encoded }
        } catch {
            // A full disk, a deleted directory: said once; supervision goes on, and the next change tries again.
            log.write(.warning, "\(error); the state shown to others is older than the truth")
        }
    }

    /// The last that is written.
    func publishEnd() {
        guard let directory = claim.directoryNumber else { return }
        hasEnded = true
        // A state that says "active" without a daimond would read as one that was killed. None is better, and its removal
        // may make the room for the last.
        for _ in 0..<2 {
            if state.hasFailed { _ = unlinkat(directory, "state", 0) }
            headIsWritten = false
            write(changed)
            if !state.hasFailed { return }
        }
    }

    // MARK: - The values

    private var head: InstanceState {
        var head = InstanceState()
        head.asked = configuration.asked
        head.given = configuration.given
        head.isUp = !hasEnded
        head.launchMode =
            switch configuration.mode.kind {
            case .supervised: "supervised"
            case .foreground: "foreground"
            case .detach: "background"
            }
        head.bootID = bootID
        head.daimond = ownIdentity
        head.controlGroup = cgroup
        head.extraPIDFile = configuration.extraPIDFile
        head.serviceReloads = serviceReloads
        head.serviceReloadFailed = serviceReloadFailed
        head.reloads = reloads
        head.reloadProblems = reloadProblems
        return head
    }

    private var whole: InstanceState {
        var state = head
        let others = times.keys.filter { !launch.isAsked.contains($0) }.sorted()
        state.units = (configuration.asked + others).map { self.state(of: $0) }
        return state
    }

    private func state(of name: String) -> UnitState {
        var state = UnitState()
        state.id = name
        guard let status = units.status(of: name) else {
            state.isGone = true
            return state
        }
        // Bounded, as everything in the file is: a reader must never find it too long to be read.
        state.description = OneLine.text(status.description, limit: 1024)
        state.fragmentPath = fragments[name]
        state.loadState = status.loadState.rawValue
        state.activeState = status.activeState
        state.subState = status.subState
        state.result = status.result
        state.job = status.job?.type.rawValue
        if let times = times[name] {
            state.stateChanged = times.stateChanged
            state.inactiveExit = times.inactiveExit
            state.activeEnter = times.activeEnter
            state.activeExit = times.activeExit
            state.inactiveEnter = times.inactiveEnter
        }
        if let machine = status.service { add(machine, to: &state) }
        return state
    }

    private func add(_ machine: ServiceMachine, to state: inout UnitState) {
        let unit = machine.unit
        state.fragmentPath = unit.fragmentPath
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
        state.killMode = unit.killMode
        state.killSignal = unit.killSignal.number
        state.sendSIGKILL = unit.sendSIGKILL
        state.timeoutStop = unit.timeoutStop
        state.canReload = machine.canReload
        guard let run = runs[state.id] else { return }
        state.storedDescriptors = run.descriptors?.count ?? 0
        let isPinned = state.storedDescriptors > 0 && unit.fileDescriptorStorePreserve == .yes
        // systemd's name for a service that is down and yet has something (systemd.service(5)).
        if isPinned, machine.state == .dead { state.subState = "dead-resources-pinned" }
        state.invocationID = run.invocationID
        state.main = machine.mainPID.flatMap { pid in run.mainIdentity.flatMap { $0.pid == pid ? $0 : nil } }
        state.controlGroup = run.cgroup?.path
        if (unit.execution.standardOutput ?? Streams.standard(configuration, run.logFile)) == .append(run.logFile) {
            state.logFile = run.logFile
            state.logStart = run.logStart
        }
    }
}
