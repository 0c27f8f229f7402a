// The units of one instance as one machine: their states, their jobs, their definitions. Pure: no I/O, no clock, no chance.
//
//     for action in units.handle(event, at: now) { … }
//
// The queue of jobs (JobQueue) decides what is to be done with which unit; each unit has a machine of its own, which says what
// that means. Here the one is told of the other: +Jobs carries out what the queue wants, +Services, +Timers tell the queue
// what becomes of units, +Definitions takes in what was read again, +Status says how things are.
import Units

/// Many units, run as one instance.
public struct UnitSet: Sendable {
    /// What runs a unit.
    enum Machine: Sendable {
        case service(ServiceMachine)
        // Rare, and large.
        indirect case timer(TimerMachine)
        case passive(PassiveMachine)
    }

    /// A unit.
    struct Record: Sendable {
        var definition: UnitDefinition
        var machine: Machine
        /// Its files are gone: so is the unit, as soon as it is down.
        var isRemoved = false
        /// The state that the queue and the manager were told last.
        var told: ActiveState = .inactive
        var toldSubState = "dead"
        var activeEntered: Instant?
        /// When it last left the states inactive and failed, and when it last came to one of them.
        var inactiveLeft: Instant?
        var inactiveEntered: Instant?
        var stateEntered: Moment?
        /// What was found when it was last to be started.
        var check: UnitCheck?
        /// The timer that this life is owed to.
        var trigger: UnitTrigger?
    }

    /// The jobs.
    public internal(set) var queue: JobQueue
    /// Every unit by its own name.
    var records: [String: Record] = [:]
    /// When the instance began.
    let startup: Instant
    let bootIsStartup: Bool
    private(set) var endsWhenFirstStartFails: Bool
    /// Chance: each use makes the next number of it.
    private var chance: UInt64
    /// What stays the same on this machine.
    let machineSeed: UInt64
    var localZone: TimeZoneRules
    /// All is to be stopped, and nothing started.
    public internal(set) var isStopping = false
    var stopIsTold = false
    /// The job whose `.check` is not answered yet: until then no other runs.
    var checking: JobID?
    /// Units that are neither inactive nor failed, but for those that are always there.
    var up: Set<String> = []
    /// Definitions that wait until their unit is down.
    var next: [String: UnitDefinition] = [:]
    /// Units whose files are gone.
    var removed: Set<String> = []
    var actions: [UnitAction] = []
    var now = Moment(Instant(microseconds: 0), realtime: 0)

    /// A set without units.
    /// - Parameters:
    ///   - startup: when the instance began: `OnStartupSec=` counts from it.
    ///   - bootIsStartup: whether `OnBootSec=` counts from it too, as in a container.
    ///   - chance: a random number, for `RandomizedDelaySec=`.
    ///   - machineSeed: a number that is always the same on this machine, for `FixedRandomDelay=`.
    ///   - localZone: the rules of the local time.
    ///   - endsWhenFirstStartFails: see `ServiceMachine`; false is systemd's way.
    public init(
        startup: Instant, bootIsStartup: Bool = false, chance: UInt64 = 0, machineSeed: UInt64 = 0,
        localZone: TimeZoneRules = .utc, endsWhenFirstStartFails: Bool = false
    ) {
        queue = JobQueue(UnitGraph())
        self.startup = startup
        self.bootIsStartup = bootIsStartup
        self.chance = chance
        self.machineSeed = machineSeed
        self.localZone = localZone
        self.endsWhenFirstStartFails = endsWhenFirstStartFails
    }

    /// Takes in what happened and says what to do now, in order.
    /// - Parameters:
    ///   - event: what happened; what is about a unit or job that is not there changes nothing.
    ///   - now: when.
    /// - Returns: the actions, to be carried out in this order. What they bring about at once is fed as the next event.
    public mutating func handle(_ event: UnitEvent, at now: Moment) -> [UnitAction] {
        self.now = now
        // The list is given away, so that it is not copied, and a burst of work does not stay in memory.
        actions = []
        switch event {
        case .request(let request): answer(request)
        case .requests(let requests): for request in requests { answerLaunch(request) }
        case .launchIsOver: endLaunch()
        case .cancel(let job): queue.cancel(job, at: now.monotonic)
        case .stopAll: stopAll()
        case .resetFailed(let unit): resetFailed(unit)
        case .service(let unit, let event): serviceEvent(unit, event)
        case .checked(let job, let check): checked(job, check)
        case .timerElapsed(.job(let timer)): queue.handle(.timerElapsed(timer), at: now.monotonic)
        case .timerElapsed(.timer(let unit, let clock)): timerElapsed(unit, clock)
        case .clockChanged: clockChanged()
        case .timeZoneChanged(let rules): timeZoneChanged(rules)
        case .define(let definitions): define(definitions)
        case .remove(let names): remove(names)
        }
        runJobs()
        dropRemoved()
        queue.settle()
        if isStopping { tellWhenStopped() }
        defer { actions = [] }
        return actions
    }

    // MARK: - Requests

    private mutating func answer(_ request: UnitRequest) {
        // Before a new start all that was read is to be in force.
        do throws(JobError) {
            if isStopping, request.type != .stop {
                throw JobError(.transactionIsDestructive, "Everything is being stopped; nothing is started any more.")
            }
            let job = try queue.enqueue(
                request.type, request.unit, mode: request.mode, isManual: request.isManual, at: now.monotonic)
            actions.append(.answered(tag: request.tag, .job(job)))
        } catch {
            actions.append(.answered(tag: request.tag, .refused(error)))
        }
    }

    /// One of several requests at once. Of what is asked for by a launch the first start has to succeed; what only comes along
    /// is restarted as its `Restart=` says.
    private mutating func answerLaunch(_ request: UnitRequest) {
        if endsWhenFirstStartFails, request.type == .start, let name = resolve(request.unit),
            case .service(var machine)? = records[name]?.machine
        {
            machine.endsWhenFirstStartFails = true
            records[name]?.machine = .service(machine)
        }
        answer(request)
    }

    private mutating func endLaunch() {
        guard endsWhenFirstStartFails else { return }
        endsWhenFirstStartFails = false
        for name in Array(records.keys) {
            guard case .service(var machine)? = records[name]?.machine else { continue }
            machine.endsWhenFirstStartFails = false
            records[name]?.machine = .service(machine)
        }
    }

    private mutating func stopAll() {
        isStopping = true
        queue.cancelAll(at: now.monotonic)
        stopWhatIsUp()
    }

    /// Stops what is up and not on its way down. In one go, so that the jobs wait for each other as the order asks.
    private mutating func stopWhatIsUp() {
        for name in up.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            guard records[name]?.told.isInactiveOrDeactivating == false else { continue }
            // What depends on each other in a circle is stopped all the same: then without an order.
            for mode in [JobMode.replace, .ignoreDependencies] {
                do throws(JobError) {
                    _ = try queue.enqueue(.stop, name, mode: mode, isManual: false, at: now.monotonic)
                    break
                } catch {
                    log(.error, name, "It cannot be stopped with mode '\(mode.rawValue)': \(error.message)")
                }
            }
        }
    }

    private mutating func tellWhenStopped() {
        guard queue.isEmpty else { return }
        if !up.isEmpty {
            // A stop may have come to nothing: its job timed out, or was canceled.
            stopWhatIsUp()
            runJobs()
        }
        if queue.isEmpty, up.isEmpty, !stopIsTold {
            stopIsTold = true
            actions.append(.allStopped)
        }
    }

    // MARK: - Small things

    mutating func log(_ level: LogLevel, _ unit: String, _ text: String) {
        actions.append(.log(level, unit: unit, text))
    }

    /// The next random number (SplitMix64).
    mutating func nextRandom() -> UInt64 {
        chance &+= 0x9e37_79b9_7f4a_7c15
        var value = chance
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    /// The own name of a unit that may be called by an alias.
    /// - Parameter name: one of its names.
    /// - Returns: nil for what is not there.
    public func resolve(_ name: String) -> String? { queue.graph.ownName(name) }
}
