// One instance, supervised: the event loop that feeds the set of units and carries out what it says. What a service does to
// the world is in ServiceRun; what is told to others in +Upstream and +State; children and messages in +Children; beginning
// and end in +Life.
import CLinux
import Daemon
import Engine
import Glibc
import Instances
import Linux
import Systemd
import Units

/// Runs one instance from its claim to its end, on the calling thread.
package final class Supervisor {
    let configuration: InstanceConfiguration
    let log: ManagerLog
    let upstream: Upstream
    let loop: EventLoop
    var claim: InstanceClaim
    /// The decisions.
    var units: UnitSet
    /// The effects, by the service's own name.
    var runs: [String: ServiceRun] = [:]
    /// Where the cgroups of the units are made; nil where there are none.
    var cgroup: String?
    /// Children that we had before anything was started (`helper & exec daimond …`).
    var strangers: Set<ProcessIdentity> = []
    /// Whose the processes are that the engine knows, by pid: not reaped, or watched, so that pids are not taken for others'.
    var owners: [pid_t: ServiceRun] = [:]
    /// Whose the orphans are that became our children, where there is no cgroup to tell.
    var orphans: [ProcessIdentity: String] = [:]
    var receiver: NotificationReceiver?
    /// How many messages can wait to be received.
    var notificationBacklog = 0
    var timers: [UnitTimer: EventSource] = [:]
    var clockWatch: ClockWatch?
    var zoneWatch: PathWatch?
    var sources: [EventSource] = []
    var launch: LaunchProgress
    var state: StateStore
    /// What waits to be handled, and the answers to what is being carried out, which come before it.
    private var events: [UnitEvent] = []
    private var answers: [UnitEvent] = []
    private var isHandling = false
    var phase = InstancePhase.starting
    var hasFinished = false
    /// What was last said about each unit that was asked for, while somebody waits for all to be ready.
    var lastWords: [String: String] = [:]
    /// A stop was asked for before all was ready.
    var isStoppedEarly = false
    /// Services that are to be told when no process of theirs is left.
    var watching: Set<String> = []
    /// Kills for want of memory in our own control group.
    var memoryEvents: MemoryEvents?
    /// A service had to do without a cgroup, while others may have one.
    var lacksCgroup = false
    /// Of messages that are no service's.
    var complaints = RateLimit(interval: 30_000_000, burst: 10)
    var unitIsKept = false
    /// Services that reload, and jobs for that which are not finished.
    var reloading: Set<String> = []
    var reloadJobs: Set<JobID> = []
    var reloadIsAnnounced = false
    var reloadIsAsked = false
    var reloadFailed = false
    /// The latest time that the manager above was asked to wait for.
    var upstreamDeadline: UInt64 = 0
    var statusTimer: EventSource?
    var stateTimer: EventSource?
    /// What is written down about units, which of them have changed since, and which have only said something else.
    var times: [String: UnitTimes] = [:]
    var changed: Set<String> = []
    var talking: Set<String> = []
    var headIsWritten = false
    var hasEnded = false
    /// How often services were asked to reload and have done so, and whether that failed the last time.
    var serviceReloads: UInt64 = 0
    var serviceReloadFailed = false
    /// How often units were read again, and what was wrong the last time.
    var reloads: UInt64 = 0
    var reloadProblems: [String] = []
    /// The files of targets and timers.
    var fragments: [String: String]
    /// What was said about lines of units.
    var said: Set<String> = []
    var localZone = TimeZoneRules.utc
    let descriptors = DescriptorLimit.raise()
    let watchdogInterval: UInt64?
    var upstreamWatchdog: EventSource?
    let bootID: String
    let hadTerminal: Bool
    /// Under systemd the one service of an instance has the mark of the unit that runs us.
    let fixedInvocationID: String?
    let ownIdentity = ProcessIdentity.current()
    /// Our own environment and the language of services: what every start asks for, and what does not change.
    lazy var ownVariables = OwnEnvironment.variables()
    lazy var locale = ServiceLocale.variables { log.write(.warning, "\(configuration.paths.name): \($0)") }

    init(
        _ configuration: InstanceConfiguration, log: ManagerLog, upstream: Upstream, claim: consuming InstanceClaim,
        loop: EventLoop, bootID: String, invocationID: String?
    ) {
        self.configuration = configuration
        self.log = log
        self.upstream = upstream
        self.claim = claim
        self.loop = loop
        self.bootID = bootID
        fixedInvocationID = invocationID
        watchdogInterval = Supervisor.watchdogInterval(log)
        hadTerminal = configuration.mode.kind == .foreground && !configuration.isInit && Supervisor.hasTerminal()
        units = UnitSet(
            startup: Instant(microseconds: Clock.monotonic()), bootIsStartup: configuration.isInit,
            chance: .random(in: .min ... .max), machineSeed: Supervisor.machineSeed,
            // In the foreground nobody waits for an answer, so Restart= holds from the first start on.
            endsWhenFirstStartFails: configuration.mode.kind != .foreground)
        launch = LaunchProgress(asked: configuration.asked)
        fragments = configuration.fragments
        state = StateStore(name: "state")
    }

    var now: Moment { Moment(Instant(microseconds: Clock.monotonic()), realtime: Clock.realtime()) }

    // MARK: - Events and actions

    /// Hands an event to the set of units and carries out what follows, until nothing follows any more.
    func feed(_ event: UnitEvent) {
        events.append(event)
        // An effect that happens at once feeds from within: its event takes its turn.
        guard !isHandling else { return }
        isHandling = true
        while !events.isEmpty {
            let next = events.removeFirst()
            for action in units.handle(next, at: now) { carryOut(action) }
            if case .service(let name, _) = next { runs[name]?.settle() }
            // The engine is still in the state that asked: what was asked for comes before all that waits.
            if !answers.isEmpty {
                events.insert(contentsOf: answers, at: 0)
                answers.removeAll(keepingCapacity: true)
            }
        }
        isHandling = false
        followLaunch()
        publishSoon()
    }

    /// What became of an action that the engine waits for.
    func answer(_ event: UnitEvent) {
        precondition(isHandling, "an answer belongs to an action, and actions are carried out by feed")
        answers.append(event)
    }

    /// An event that takes its turn, and is not handled before the present ones are.
    func enqueue(_ event: UnitEvent) { events.append(event) }

    private func carryOut(_ action: UnitAction) {
        switch action {
        case .service(let name, let action): run(of: name).carryOut(action)
        case .check(let job, let unit): answer(.checked(job, check(unit)))
        case .setTimer(let timer, let deadline, let accuracy): set(timer, deadline, accuracy)
        case .writeStamp(let unit, let time): writeStamp(of: unit, time)
        case .answered(let tag, .job(let job)):
            launch.isQueued(tag, job)
            otherIsQueued(tag, job)
        case .answered(let tag, .refused(let error)): refused(tag, error)
        case .jobQueued: break
        case .jobFinished(let job, let unit, let type, let result): jobFinished(job, unit, type, result)
        case .stateChanged(let unit, let active, _): stateChanged(unit, active)
        case .allStopped: finish()
        case .log(let level, let unit, let text): write(level, unit, text)
        }
    }

    /// The effects of a service.
    func run(of name: String) -> ServiceRun {
        if let known = runs[name] { return known }
        let new = ServiceRun(name, of: self)
        runs[name] = new
        return new
    }

    /// That a step of a machine's boot was reached tells nobody anything where no machine boots.
    private func write(_ level: LogLevel, _ unit: String, _ text: String) {
        let isStep = unit.hasSuffix(".target") && !configuration.asked.contains(unit) && level > .warning
        let hasName = text.hasPrefix(unit) || isStep || level > .warning
        let line = hasName ? text : "\(unit): \(text)"
        if phase == .starting, launch.isAsked.contains(unit) { lastWords[unit] = line }
        log.write(isStep ? .debug : level, line, unit: unit)
    }

    /// The units are known from now on.
    func define(_ definitions: [UnitDefinition]) {
        prepareTimers(definitions)
        feed(.define(definitions))
        for definition in definitions {
            for other in definition.graph.dependencies where other.kind == .onFailure || other.kind == .onSuccess {
                launch.successors.insert(units.resolve(other.unit) ?? other.unit)
            }
        }
    }

    // MARK: - Conditions

    private func check(_ unit: String) -> UnitCheck {
        guard let definition = units.definition(of: unit) else { return UnitCheck() }
        var check = UnitCheck()
        if !definition.conditions.isEmpty || !definition.assertions.isEmpty {
            check = ConditionProbes.check(definition.conditions, definition.assertions)
        }
        check.stamp = stamp(of: definition)
        return check
    }

    // MARK: - Once

    static func newInvocationID() -> String {
        // As sd_id128_randomize(3) makes them: a random UUID without its hyphens.
        var halves = [UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max)]
        halves[0] = halves[0] & ~0xf000 | 0x4000
        halves[1] = halves[1] & ~(0b11 << 62) | 1 << 63
        return String(unsafeUninitializedCapacity: 32) { bytes in
            for place in 0..<32 {
                let digit = UInt8(truncatingIfNeeded: halves[place / 16] >> UInt64(60 - place % 16 * 4)) & 0xf
                bytes[place] = digit < 10 ? 0x30 + digit : 0x57 + digit
            }
            return 32
        }
    }

    private static func watchdogInterval(_ log: ManagerLog) -> UInt64? {
        do throws(SystemError) {
            return try Watchdog.interval()
        } catch {
            // Inherited nonsense is no reason not to run.
            log.write(.warning, "\(error); no watchdog is fed")
            return nil
        }
    }

    static func hasTerminal() -> Bool {
        let terminal = daimon_open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC, 0)
        guard terminal >= 0 else { return false }
        close(terminal)
        return true
    }
}
