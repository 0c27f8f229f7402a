// One seed makes one history of a set of units: random units with random dependencies, a world of processes that end, hang and
// talk, commands, timeouts, clocks that jump, effects that fail. After each step the promises of the set are checked
// (SetHistory+Checks.swift); the world is in SetHistory+World.swift, the units in SetHistory+Units.swift.
import Engine
import Units

/// A promise that was not kept, and how it came to that.
public struct HistoryFailure: Error, CustomStringConvertible {
    /// Replays exactly.
    public let seed: UInt64
    /// What is wrong.
    public let message: String
    /// What happened, where it was written down.
    public let trace: [String]

    /// Everything, to be printed.
    public var description: String {
        "seed \(seed): \(message)\n  " + trace.joined(separator: "\n  ")
    }
}

/// What histories came to: shows that they met everything.
public struct HistorySummary: Sendable {
    /// Events handled.
    public var events = 0
    /// Main processes started.
    public var starts = 0
    /// Ends of jobs by result.
    public var results: [String: Int] = [:]
    /// States by name.
    public var states: [String: Int] = [:]

    /// Nothing so far.
    public init() {}

    /// Adds another.
    public mutating func add(_ other: HistorySummary) {
        events += other.events
        starts += other.starts
        results.merge(other.results, uniquingKeysWith: +)
        states.merge(other.states, uniquingKeysWith: +)
    }
}

/// A process of the world.
struct SimulatedProcess {
    let pid: Int32
    let unit: String
    /// nil for what a service started by itself.
    var role: ProcessRole?
    /// Ignores every signal but SIGKILL.
    let ignoresSignals: Bool
    /// Not even SIGKILL ends it.
    let isStuck: Bool
}

/// The lines of a history that is replayed.
final class Trace {
    var lines: [String] = []
}

/// What the world is about to do.
enum SimulatedDeed {
    case end(Int32, ProcessEnd)
    case say(Int32, ServiceNotification)
    case event(UnitEvent)
    case findAgain(String)
    case command
}

/// A timer that is set.
enum SimulatedTimer: Equatable {
    case service(String, ServiceTimer)
    case unit(UnitTimer)
}

/// One history.
public struct SetHistory {
    let seed: UInt64
    var chance: Chance
    var units: UnitSet
    var definitions: [UnitDefinition]
    /// Whether modes are used that leave order or requirements out.
    let keepsOrder: Bool
    /// Whether the world is a hostile one: PID files lie, memory runs out, nothing may be killed. Seeds up to 20,000 are left as
    /// they were but for every fourth, since some of them are kept for what they have found.
    let isHostile: Bool
    /// Services that have said READY=1 since their main process was started.
    var saidReady: Set<String> = []
    var now: UInt64 = 1_000_000_000
    /// What the wall clock shows beyond the other.
    var clockOffset: UInt64 = 1_700_000_000_000_000
    var agenda: [(at: UInt64, deed: SimulatedDeed)] = []
    var timers: [(timer: SimulatedTimer, deadline: Deadline)] = []
    /// What follows the event that is fed; and what became of actions, which goes before everything else.
    var queue: [UnitEvent] = []
    var answers: [UnitEvent] = []
    var processes: [SimulatedProcess] = []
    var nextPID: Int32 = 100
    /// What the actions have told so far.
    var told: [String: ActiveState] = [:]
    var toldSubState: [String: String] = [:]
    var openJobs: [JobID: (unit: String, type: JobType)] = [:]
    /// When a service may be restarted at the earliest that waits for it.
    var restartsDue: [String: UInt64] = [:]
    var allStopped = false
    /// What has happened, where it is to be written down.
    let trace: Trace?
    var summary = HistorySummary()

    /// A history.
    /// - Parameters:
    ///   - seed: makes it.
    ///   - isTraced: whether everything that happens is written down, which takes much longer.
    public init(seed: UInt64, isTraced: Bool = false) {
        self.seed = seed
        trace = isTraced ? Trace() : nil
        var chance = Chance(seed: seed)
        keepsOrder = !chance.once(in: 4)
        isHostile = seed > 20_000 || seed % 4 == 0
        definitions = SetHistory.randomDefinitions(&chance)
        if isHostile { for index in definitions.indices { SetHistory.harden(&definitions[index], &chance) } }
        units = UnitSet(
            startup: Instant(microseconds: now), bootIsStartup: chance.once(in: 2), chance: chance.next(),
            machineSeed: chance.next())
        self.chance = chance
    }

    /// Runs a seed; when it fails, once more with everything written down.
    /// - Parameter seed: makes the history.
    /// - Returns: what it came to.
    /// - Throws: the promise that was not kept.
    public static func run(seed: UInt64) throws(HistoryFailure) -> HistorySummary {
        do throws(HistoryFailure) {
            var history = SetHistory(seed: seed)
            return try history.run()
        } catch {
            var history = SetHistory(seed: seed, isTraced: true)
            _ = try history.run()
            throw HistoryFailure(seed: seed, message: "\(error.message); but not when it is run again", trace: [])
        }
    }

    // MARK: - The history

    mutating func run() throws(HistoryFailure) -> HistorySummary {
        for definition in definitions { note(SetHistory.describe(definition)) }
        try feed(.define(definitions))
        for _ in 0..<chance.pick([1, 3, 10, 30]) { plan(.command, within: chance.pick([0, 5_000_000, 100_000_000])) }
        for _ in 0..<chance.pick([20, 100, 300]) {
            guard try step() else { break }
        }
        note("now everything is stopped")
        try feed(.stopAll)
        // Whatever is under way: it comes to its end, by virtual time.
        var steps = 0
        while !allStopped {
            guard try step() else { throw failure("nothing happens any more, and not all is stopped: \(whatIsUp)") }
            steps += 1
            if steps > 20_000 { throw failure("a stop that never ends: \(whatIsUp)") }
        }
        try checkEnd()
        return summary
    }

    /// The next thing that happens, whichever is first; false when nothing ever will.
    private mutating func step() throws(HistoryFailure) -> Bool {
        var first: Int?
        for index in agenda.indices where first.map({ agenda[index].at < agenda[$0].at }) ?? true { first = index }
        var due: Int?
        for index in timers.indices where due.map({ time(timers[index]) < time(timers[$0]) }) ?? true { due = index }
        let deedTime = first.map { agenda[$0].at } ?? .max
        let timerTime = due.map { time(timers[$0]) } ?? .max
        if let due, timerTime < deedTime || timerTime == deedTime && chance.once(in: 2) {
            guard timerTime != .max else { return false }
            now = max(now, timerTime)
            let timer = timers.remove(at: due).timer
            switch timer {
            case .service(let unit, let timer): try feed(.service(unit, .timerElapsed(timer)))
            case .unit(let timer): try feed(.timerElapsed(timer))
            }
            return true
        }
        guard let first else { return false }
        now = max(now, deedTime)
        switch agenda.remove(at: first).deed {
        case .end(let pid, let end): try die(pid, end)
        case .say(let pid, let message): try say(pid, message)
        case .event(let event): try feed(event)
        case .findAgain(let unit): try findAgain(unit)
        case .command: try command()
        }
        return true
    }

    func time(_ entry: (timer: SimulatedTimer, deadline: Deadline)) -> UInt64 {
        switch entry.deadline {
        case .monotonic(let instant): instant.microseconds
        case .realtime(let time): time > clockOffset ? time - clockOffset : 0
        }
    }

    mutating func plan(_ deed: SimulatedDeed, within span: UInt64) {
        agenda.append((now + (span == 0 ? 0 : chance.next() % span), deed))
    }

    var moment: Moment { Moment(Instant(microseconds: now), realtime: now &+ clockOffset) }

    /// Hands an event to the set and carries out what follows, until nothing follows any more.
    mutating func feed(_ event: UnitEvent) throws(HistoryFailure) {
        queue.insert(event, at: 0)
        var count = 0
        while !queue.isEmpty || !answers.isEmpty {
            let next = answers.isEmpty ? queue.removeFirst() : answers.removeFirst()
            if case .service(let unit, .treeEmpty) = next, processes.contains(where: { $0.unit == unit }) { continue }
            note("\(now) \(SetHistory.describe(next))")
            summary.events += 1
            count += 1
            if count > 20_000 { throw failure("events without end") }
            let actions = units.handle(next, at: moment)
            // One event asks for a bounded number of things, and what is queued is bounded, however long it all goes on.
            if actions.count > 100 + 60 * definitions.count { throw failure("\(actions.count) actions at once") }
            for action in actions { try carryOut(action) }
        }
        try checkRest()
    }

    // MARK: - Words

    func note(_ text: @autoclosure () -> String) {
        trace?.lines.append(text())
    }

    func failure(_ message: String) -> HistoryFailure {
        HistoryFailure(seed: seed, message: message, trace: trace?.lines ?? [])
    }

    private var whatIsUp: String {
        let states = told.filter { $0.value != .inactive && $0.value != .failed }.keys.sorted()
            .map { "\($0) \(units.status(of: $0)?.subState ?? "gone")" }
        let jobs = units.queue.jobs.map { "\(units.queue.unit(of: $0))/\($0.type.rawValue)" }
        return "up: \(states), jobs: \(jobs)"
    }

    private static func describe(_ event: UnitEvent) -> String {
        switch event {
        case .define(let definitions): "define \(definitions.map(\.name))"
        case .service(let unit, let event): "\(unit): \(event)"
        case .request(let request): "\(request.type.rawValue) \(request.unit) \(request.mode.rawValue)"
        case .requests(let requests): requests.map { describe(.request($0)) }.joined(separator: ", ")
        case .cancel, .stopAll, .resetFailed, .checked, .timerElapsed, .clockChanged, .timeZoneChanged, .remove,
            .launchIsOver:
            "\(event)"
        }
    }
}
