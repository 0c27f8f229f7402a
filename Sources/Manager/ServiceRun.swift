// One service of an instance, as far as it touches the world: its processes, timers, streams and folders. What is to be done
// decides its machine in the engine; here it is carried out. Starting a process is in +Launch, finding and signalling
// processes in +Processes, the main process of a forking service in +MainProcess.
import CLinux
import Engine
import Glibc
import Instances
import Linux
import Systemd
import Units

/// The effects of one service. Lives from its first action to the end of the instance.
final class ServiceRun {
    /// The unit's own name.
    let name: String
    unowned let supervisor: Supervisor
    /// What it has on the machine; nil between two lives, in which its definition may change.
    var resources: UnitResources?
    var cgroup: Cgroup?
    /// `cgroup.kill` was used, or somebody removed it: the next start needs a new one.
    var cgroupMustBeMade = true
    var cgroupWatch: EventSource?
    /// The mark in the environment of its processes: another one for each life.
    var invocationID = ""
    /// The next process begins a life of its own.
    var isOver = true
    /// Processes that the engine knows by their role. They are not reaped yet, so their pids are not taken for others'.
    var roles: [pid_t: ProcessRole] = [:]
    /// The main process as it was last noted, and who watches it where it is not our child.
    var notedMain: pid_t?
    var knownIdentity: ProcessIdentity?
    var mainWatch: EventSource?
    var pidFileWatch: PathWatch?
    var busWatch: BusNameWatch?
    /// Its three timers.
    private var stateTimer: EventSource?
    private var watchdogTimer: EventSource?
    private var runtimeTimer: EventSource?
    /// Of what is wrong with notifications, as journald limits a unit's messages by default, but less.
    var complaints = RateLimit(interval: 30_000_000, burst: 10)
    /// What it has asked for by `NOTIFYACCESS=` in this life.
    var notifyAccessOverride: NotifyAccess?
    /// What it has stored; it outlives its lives.
    var descriptors: DescriptorStore?
    /// How many of its processes the kernel has killed for want of memory.
    var memoryEvents: MemoryEvents?
    /// Where its output of this life begins in its file, in bytes.
    var logStart: UInt64 = 0

    init(_ name: String, of supervisor: Supervisor) {
        self.name = name
        self.supervisor = supervisor
    }

    /// Its machine; a service whose definition is gone has none.
    var machine: ServiceMachine? { supervisor.units.service(name) }
    var log: ManagerLog { supervisor.log }

    func warn(_ text: String) { log.write(.warning, "\(name): \(text)", unit: name) }

    // MARK: - What the machine wants

    func carryOut(_ action: ServiceAction) {
        switch action {
        case .spawn(let role, let command): spawn(role, command)
        case .kill(let request): kill(request)
        case .signalMain(let signal): signalMain(signal)
        case .signalControl(let signal):
            for (pid, role) in roles where role != .main { send(signal, to: pid) }
        case .abandonControl: roles = roles.filter { $0.value == .main }
        case .findMainPID(let source): findMain(source)
        case .watchBusName(let name): watchBus(name)
        case .setTimer(let timer, let deadline): set(timer, deadline)
        case .log(let level, let message): log.write(level, message, unit: name)
        case .started: supervisor.serviceStarted(self)
        case .reloaded(let isGood): supervisor.serviceReloaded(self, isGood)
        case .finished: ended()
        // The set has dealt with them.
        case .passed, .restartDue: break
        }
    }

    /// Feeds an event about this service.
    func feed(_ event: ServiceEvent) { supervisor.feed(.service(name, event)) }

    /// The answer to what the machine asked for: it comes before all that is queued, since the machine is still in the
    /// state that asked.
    func answer(_ event: ServiceEvent) { supervisor.answer(.service(name, event)) }

    /// Nothing runs and nothing will: what is only watched while it lives is let go.
    private func ended() {
        cgroupWatch = nil
        mainWatch = nil
        pidFileWatch = nil
        busWatch = nil
        releaseDescriptors()
    }

    /// Gives back what belongs to a life when it is over, and watches for the main process what the engine has it for.
    func settle() {
        guard let machine else { return }
        if machine.mainPID != notedMain { noteMain(machine.mainPID) }
        supervisor.noteService(name, machine)
        if !machine.awaitsPIDFile, pidFileWatch != nil { pidFileWatch = nil }
        if machine.watchesTree { supervisor.watching.insert(name) } else { supervisor.watching.remove(name) }
        switch machine.state.phase {
        case .rest: release(machine, isRestarting: false)
        case .waiting: release(machine, isRestarting: true)
        // Its main process is gone, or was never known: the last process may be none of our children.
        case .up: if machine.watchesTree { watchCgroup() }
        case .starting, .stopping, .ending: break
        }
    }

    private func release(_ machine: ServiceMachine, isRestarting: Bool) {
        releaseDescriptors()
        guard !isOver || cgroup != nil else { return }
        // At every end and for every type: a PID file that outlives its service names a stranger (systemd.service(5)).
        if !isOver, let path = machine.unit.pidFile, unlink(path) != 0, errno != ENOENT {
            warn("\(SystemError("remove the PID file", path))")
        }
        resources?.release(isRestarting: isRestarting) { warn($0) }
        resources = nil
        isOver = true
        notifyAccessOverride = nil
        guard !isRestarting, let path = cgroup?.path else { return }
        // What KillMode=process left alive keeps it there.
        cgroup = nil
        cgroupMustBeMade = true
        Cgroup.remove(path)
    }

    // MARK: - Timers

    private func set(_ timer: ServiceTimer, _ deadline: Instant?) {
        put(timer, nil)
        guard let deadline else {
            if timer == .state { supervisor.extendUpstreamTimeout(nil, for: self) }
            return
        }
        do throws(SystemError) {
            let new = try supervisor.loop.at(deadline.microseconds) { [unowned self] in
                // What was said in time counts, also when we come late to read it. It may set this very timer anew.
                let passed = source(of: timer)
                supervisor.receiveNotifications(limit: 64)
                guard source(of: timer) === passed else { return }
                put(timer, nil)
                feed(.timerElapsed(timer))
            }
            // Before SIGCHLD: a service whose children end without pause must not put off its own SIGKILL for ever.
            try new.setPriority(-15)
            put(timer, new)
        } catch {
            // Without a timer a stop might never end: better to act at once than never.
            log.write(.error, "\(name): \(error)", unit: name)
            supervisor.enqueue(.service(name, .timerElapsed(timer)))
        }
        if timer == .state { supervisor.extendUpstreamTimeout(deadline, for: self) }
    }

    private func source(of timer: ServiceTimer) -> EventSource? {
        switch timer {
        case .state: stateTimer
        case .watchdog: watchdogTimer
        case .runtime: runtimeTimer
        }
    }

    private func put(_ timer: ServiceTimer, _ source: EventSource?) {
        switch timer {
        case .state: stateTimer = source
        case .watchdog: watchdogTimer = source
        case .runtime: runtimeTimer = source
        }
    }

    // MARK: - The bus

    private func watchBus(_ name: String) {
        do throws(SystemError) {
            busWatch = try BusNameWatch(name, on: supervisor.loop) { [unowned self] change in
                switch change {
                case .owned: feed(.busName(.owned))
                case .free: feed(.busName(.lost))
                case .lost(let error):
                    busWatch = nil
                    warn("\(error); whether it keeps its name \(name) is not known from here on")
                    feed(.busName(.unavailable))
                }
            }
        } catch {
            log.write(
                .notice, "\(self.name): no bus to ask for \(name) (\(error)): started as with Type=exec.",
                unit: self.name)
            answer(.busName(.unavailable))
        }
    }
}
