// Random units with random dependencies, and a random history of what is asked for and of what happens to them. After each
// step it is checked that the queue keeps its promises, by rules that are written down here once more, in the plainest way.
import Testing
import Units

@testable import Engine

struct JobFailure: Error, CustomStringConvertible {
    let description: String
}

struct JobSimulation {
    private static let kinds: [DependencyKind] = [
        .requires, .requisite, .wants, .wants, .bindsTo, .partOf, .upholds, .conflicts, .before, .after, .after, .after,
        .onFailure, .onSuccess, .triggers, .propagatesReloadTo, .propagatesStopTo, .stopPropagatedFrom,
        .reloadPropagatedFrom,
    ]

    let seed: UInt64
    private var random: SplitMix64
    private(set) var queue: JobQueue
    private var now = seconds(1)
    private var timers: [JobTimer: Instant] = [:]
    private let units: [UnitGraph.Unit]
    private(set) var trace: [String] = []
    private(set) var ends: [JobResult: Int] = [:]
    private(set) var errors: [JobError.Kind: Int] = [:]

    init(seed: UInt64) {
        self.seed = seed
        var random = SplitMix64(state: seed)
        let count = Int.random(in: 2...12, using: &random)
        let names = (0..<count).map { "u\($0).service" }
        let density = Double.random(in: 0.5...3, using: &random)
        units = names.map { name in
            var unit = UnitGraph.Unit(name)
            let number = Int.random(in: 0...Int(density * 2), using: &random)
            for _ in 0..<number {
                guard let kind = Self.kinds.randomElement(using: &random),
                    let other = names.randomElement(using: &random)
                else { continue }
                unit.dependencies.append(.init(kind, other))
                // Requirements mostly go with an order.
                if kind.atoms.contains(.pullInStart), Bool.random(using: &random) {
                    unit.dependencies.append(.init(.after, other))
                }
            }
            unit.canReload = Bool.random(using: &random)
            unit.stopsWhenUnneeded = Int.random(in: 0..<6, using: &random) == 0
            if Int.random(in: 0..<12, using: &random) == 0 { unit.loadState = .masked }
            if Int.random(in: 0..<5, using: &random) == 0 { unit.jobTimeout = .seconds(20) }
            if Int.random(in: 0..<5, using: &random) == 0 { unit.jobRunningTimeout = .seconds(10) }
            return unit
        }
        self.random = random
        queue = JobQueue(UnitGraph(units))
    }

    // MARK: - A history

    mutating func run() throws(JobFailure) {
        let steps = Int.random(in: 5...60, using: &random)
        for _ in 0..<steps {
            step()
            try settle()
        }
        trace.append("now everything comes to its end")
        for _ in 0..<5000 {
            guard !queue.jobs.isEmpty else { return }
            let moving = units.filter { isMoving($0.name) }
            guard let unit = moving.randomElement(using: &random) else {
                throw failure("jobs that never end: \(describeJobs())")
            }
            move(unit.name, mayFail: false)
            try settle()
        }
        throw failure("jobs that come again and again: \(describeJobs())")
    }

    private mutating func step() {
        guard let unit = units.randomElement(using: &random)?.name else { return }
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<8: ask(unit)
        case 8..<15:
            if let moving = units.filter({ isMoving($0.name) }).randomElement(using: &random) {
                move(moving.name, mayFail: true)
            }
        case 15:
            // It ends, or starts, by itself.
            let states: [ActiveState] = [.active, .activating, .inactive, .failed, .deactivating]
            if let state = states.randomElement(using: &random) { tell(unit, state) }
        case 16:
            if let job = queue.jobs.randomElement(using: &random) {
                trace.append("cancel \(job.id.number)")
                queue.cancel(job.id, at: now)
            }
        case 17...18:
            if let first = timers.min(by: { ($0.value, "\($0.key)") < ($1.value, "\($1.key)") }) {
                now = max(now, first.value)
                timers[first.key] = nil
                trace.append("elapsed \(first.key)")
                queue.handle(.timerElapsed(first.key), at: now)
            }
        default: now = Instant(microseconds: now.microseconds + UInt64.random(in: 0..<5_000_000, using: &random))
        }
    }

    private mutating func ask(_ unit: String) {
        let types: [JobType] = [
            .start, .start, .start, .stop, .stop, .restart, .reload, .tryRestart, .reloadOrStart, .verifyActive,
        ]
        let modes: [JobMode] = [
            .replace, .replace, .replace, .fail, .replaceIrreversibly, .flush, .ignoreDependencies, .ignoreRequirements,
            .triggering, .restartDependencies,
        ]
        guard let type = types.randomElement(using: &random), let mode = modes.randomElement(using: &random) else {
            return
        }
        trace.append("ask \(type.rawValue) \(unit) \(mode.rawValue)")
        let before = queue.jobs
        do throws(JobError) {
            _ = try queue.enqueue(type, unit, mode: mode, at: now)
        } catch {
            trace.append("  refused: \(error.kind)")
            errors[error.kind, default: 0] += 1
            if queue.jobs != before { trace.append("BUG: a refused job changed something") }
        }
    }

    private func isMoving(_ unit: String) -> Bool {
        switch queue.activeState(of: unit) {
        case .activating, .deactivating, .reloading: true
        case .active, .inactive, .failed: false
        }
    }

    private mutating func move(_ unit: String, mayFail: Bool) {
        let fails = mayFail && Int.random(in: 0..<4, using: &random) == 0
        switch queue.activeState(of: unit) {
        case .activating: tell(unit, fails ? .failed : Int.random(in: 0..<8, using: &random) == 0 ? .inactive : .active)
        case .deactivating: tell(unit, fails ? .failed : .inactive)
        case .reloading: tell(unit, .active, reloadSucceeded: !fails)
        case .active, .inactive, .failed: break
        }
    }

    private mutating func tell(_ unit: String, _ state: ActiveState, reloadSucceeded: Bool = true) {
        trace.append("\(unit) is \(state)")
        queue.handle(.stateChanged(unit: unit, state, reloadSucceeded: reloadSucceeded), at: now)
    }

    // MARK: - Checks

    private mutating func settle() throws(JobFailure) {
        try check()
        var count = 0
        while let action = queue.next(at: now) {
            count += 1
            if count > 20_000 { throw failure("actions without end") }
            try perform(action)
            try check()
        }
        if let bug = trace.first(where: { $0.hasPrefix("BUG") }) { throw failure(bug) }
    }

    private mutating func perform(_ action: JobAction) throws(JobFailure) {
        switch action {
        case .check(let id, let unit):
            let answers: [JobAnswer] = [.fit, .fit, .fit, .fit, .fit, .fit, .conditionUnmet, .assertionFailed]
            let answer = answers.randomElement(using: &random) ?? .fit
            trace.append("  check \(unit): \(answer)")
            queue.handle(.answered(id, answer), at: now)
        case .start(let id, let unit):
            try checkTurn(id, unit, "start")
            if queue.activeState(of: unit) != .activating { tell(unit, .activating) }
        case .stop(let id, let unit):
            try checkTurn(id, unit, "stop")
            if queue.activeState(of: unit) != .deactivating { tell(unit, .deactivating) }
        case .reload(let id, let unit):
            try checkTurn(id, unit, "reload")
            tell(unit, .reloading)
        case .queued(let id, let unit, let type): trace.append("  job \(id.number): \(type.rawValue) \(unit)")
        case .finished(let id, let unit, let type, let result):
            trace.append("  job \(id.number): \(type.rawValue) \(unit) \(result.rawValue)")
            ends[result, default: 0] += 1
            if timers[.job(id)] != nil { throw failure("job \(id.number) has left its timer behind") }
        case .setTimer(let timer, let instant): timers[timer] = instant
        case .log(_, let unit, let text): trace.append("    \(unit): \(text)")
        case .triggeredChanged: break
        }
    }

    private func types() -> [String: Job] {
        var result: [String: Job] = [:]
        for job in queue.jobs where job.type != .nop { result[queue.unit(of: job)] = job }
        return result
    }

    /// What a job must wait for, from the words of the units alone.
    private func held(_ unit: String, _ job: Job, by jobs: [String: Job]) -> String? {
        for one in units {
            for dependency in one.dependencies where dependency.kind == .after || dependency.kind == .before {
                // first is before second.
                let (first, second) =
                    dependency.kind == .after ? (dependency.unit, one.name) : (one.name, dependency.unit)
                guard first != second, unit == first || unit == second else { continue }
                guard let other = jobs[unit == first ? second : first], !other.ignoresOrder, !job.ignoresOrder else {
                    continue
                }
                let later = unit == second ? job.type : other.type
                let isDownFirst = later == .stop || later == .restart
                if (unit == second) != isDownFirst { return unit == first ? second : first }
            }
        }
        return nil
    }

    private func checkTurn(_ id: JobID, _ unit: String, _ what: String) throws(JobFailure) {
        guard let job = queue[id], queue.unit(of: job) == unit, job.state == .running else {
            throw failure("\(what) \(unit) for a job that does not run")
        }
        // A stop for a restart that has been done is a start by now.
        let all = types().filter { $0.key != unit }
        if let other = held(unit, job, by: all) { throw failure("\(what) \(unit) although \(other) goes first") }
    }

    private func check() throws(JobFailure) {
        let jobs = queue.jobs.filter { $0.type != .nop }
        if Set(jobs.map(\.unit)).count != jobs.count { throw failure("two jobs of one unit") }
        // The counts of what is waited for, counted once more.
        for job in jobs {
            let count = queue.waits(of: job).count
            if queue.records[job.unit].waitsFor != Int32(count) { throw failure("job \(job.id.number): a wrong count") }
            if job.state == .waiting, !job.isHeldBack, count == 0 || job.ignoresOrder, !job.isQueued {
                throw failure("job \(job.id.number) is forgotten")
            }
            let name = queue.unit(of: job)
            let others = types().filter { $0.key != name }
            if (held(name, job, by: others) != nil) != (count > 0) {
                throw failure("job \(job.id.number) of \(name) waits for the wrong ones")
            }
        }
    }

    private func describeJobs() -> String {
        queue.jobs.map { "\($0.id.number) \($0.type.rawValue) \(queue.unit(of: $0)) \($0.state.rawValue)" }
            .joined(separator: ", ")
    }

    private func failure(_ text: String) -> JobFailure {
        let definitions = units.map { unit in
            "\(unit.name): " + unit.dependencies.map { "\($0.kind.rawValue)=\($0.unit)" }.joined(separator: " ")
        }
        return JobFailure(
            description: "seed \(seed) (replay with DAIMON_JOB_SEED=\(seed)): \(text)\n"
                + (definitions + trace).joined(separator: "\n"))
    }
}
