// The jobs of all units: what is queued, what may run, what comes of it. Pure: no I/O and no clock. The manager asks for
// jobs, tells what happens, and carries out one action after the other, in this way:
//
//     while let action = queue.next(at: now) { … }
//
// What an action brings about at once is told before the next one is taken, so that no action is out of date. Running is in
// JobQueue+Running.swift, ends are in JobQueue+Results.swift, what units do to each other in JobQueue+States.swift.
import Units

/// The units of an instance, their states and their jobs.
public struct JobQueue: Sendable {
    /// What is known of a unit beside its definition.
    struct Record: Sendable {
        var state: ActiveState = .inactive
        var willRestart = false
        var job: JobID?
        /// A job that does nothing, which is in nobody's way.
        var nop: JobID?
        /// How many jobs its job waits for.
        var waitsFor: Int32 = 0
        var checks: UnitChecks = []
    }

    /// The units.
    public internal(set) var graph: UnitGraph
    var records: [Record]
    var installedJobs: [JobID: Job] = [:]
    var lastNumber: UInt32 = 0
    var ready = JobHeap()
    /// Units to be looked at: is it upheld, is what it is bound to gone, is it still needed.
    var pendingChecks: [UnitChecks.Kind: [Int]] = [:]
    /// How often a unit was started or stopped by itself of late.
    var automatic: [Int: RateLimit] = [:]
    /// How often jobs of a unit failed of late without the unit's doing.
    var failures: [Int: RateLimit] = [:]
    /// Units that were to be started or stopped by themselves, against a job that no other may replace: looked at again when
    /// such a job has ended.
    var refused: Set<Int> = []
    private var actions: [JobAction] = []
    private var actionsTaken = 0

    /// A queue without jobs; all units are inactive.
    /// - Parameter graph: the units.
    public init(_ graph: UnitGraph) {
        self.graph = graph
        records = Array(repeating: Record(), count: graph.units.count)
    }

    // MARK: - Units

    /// Adds units, or gives those that are there a new definition. Jobs and states stay.
    /// - Parameter units: their definitions.
    public mutating func define(_ units: [UnitGraph.Unit]) {
        graph.define(units)
        graphChanged()
    }

    /// Forgets the definitions of units. Their jobs and states stay, so that what still runs can be stopped.
    /// - Parameter names: the units.
    public mutating func remove(_ names: [String]) {
        graph.remove(names)
        graphChanged()
    }

    private mutating func graphChanged() {
        while records.count < graph.units.count { records.append(Record()) }
        for unit in records.indices where records[unit].job != nil {
            countWaits(unit)
            makeReady(unit)
        }
    }

    /// The state of a unit.
    /// - Parameter name: its name.
    /// - Returns: what was told last; inactive for what is not known.
    public func activeState(of name: String) -> ActiveState {
        graph.find(name).map { records[$0].state } ?? .inactive
    }

    /// Says what state a unit is in without any consequence: for what is known from the time before.
    /// - Parameters:
    ///   - state: its state.
    ///   - name: its name.
    public mutating func adopt(_ state: ActiveState, of name: String) {
        if let unit = graph.find(name) { records[unit].state = state }
    }

    func state(_ unit: Int) -> ActiveState { records[unit].state }

    func hasJob(_ unit: Int) -> Bool { records[unit].job != nil }

    func installed(_ unit: Int) -> Job? { records[unit].job.flatMap { installedJobs[$0] } }

    func name(_ unit: Int) -> String { graph.units[unit].name }

    /// Whether a job makes sense for a unit of its type.
    func isApplicable(_ type: JobType, to unit: Int) -> Bool {
        let unit = (definition: graph.units[unit], place: unit)
        switch type {
        // Also of what cannot be started by us: it may come by itself, and can be waited for.
        case .start, .verifyActive, .nop: return true
        case .stop: return !unit.definition.isPerpetual
        case .restart, .tryRestart: return !unit.definition.isPerpetual && canStart(unit.definition)
        case .reload, .tryReload: return canReload(unit.place)
        case .reloadOrStart: return canReload(unit.place) && canStart(unit.definition)
        }
    }

    private func canStart(_ unit: UnitGraph.Unit) -> Bool { unit.canStart && unit.loadState == .loaded }

    func canReload(_ unit: Int) -> Bool {
        graph.units[unit].canReload ?? graph.edges[unit].contains { $0.atoms.contains(.propagateReload) }
    }

    // MARK: - Jobs

    /// The jobs that are queued or run, by their numbers.
    public var jobs: [Job] { installedJobs.values.sorted { $0.id < $1.id } }

    /// Whether there is no job at all.
    public var isEmpty: Bool { installedJobs.isEmpty }

    /// The job of a unit.
    /// - Parameter name: the unit.
    /// - Returns: nil when it has none.
    public func job(of name: String) -> Job? { graph.find(name).flatMap { installed($0) } }

    /// A job by its number.
    public subscript(id: JobID) -> Job? { installedJobs[id] }

    /// The unit of a job.
    /// - Parameter job: the job.
    /// - Returns: its full name.
    public func unit(of job: Job) -> String { name(job.unit) }

    /// Asks for a job.
    /// - Parameters:
    ///   - type: what is to be done.
    ///   - name: with which unit. The unit, and all that it leads to, must be defined.
    ///   - mode: how to deal with other jobs.
    ///   - isManual: whether a person or a program asks for it, which some units refuse.
    ///   - now: the present.
    /// - Returns: the job, which may be an older one that this one has become part of.
    /// - Throws: why it is refused; nothing has changed then.
    public mutating func enqueue(
        _ type: JobType, _ name: String, mode: JobMode = .replace, isManual: Bool = true, at now: Instant
    ) throws(JobError) -> JobID {
        guard let unit = graph.find(name) else { throw JobError(.noSuchUnit, "Unit \(name) not found.") }
        if isManual { try checkManual(type, unit) }
        return try request(type, unit, mode, at: now)
    }

    private func checkManual(_ type: JobType, _ unit: Int) throws(JobError) {
        let definition = graph.units[unit]
        let isThere = definition.loadState == .loaded || definition.loadState == .masked
        if type == .stop, !isThere, records[unit].state == .inactive {
            throw JobError(.noSuchUnit, "Unit \(definition.name) not loaded.")
        }
        let isRefused: Bool
        switch type {
        case .start: isRefused = definition.refusesManualStart
        case .stop: isRefused = definition.refusesManualStop
        case .restart, .tryRestart: isRefused = definition.refusesManualStart || definition.refusesManualStop
        case .reloadOrStart:
            isRefused = definition.refusesManualStart && type.collapsed(in: records[unit].state) == .start
        case .verifyActive, .reload, .tryReload, .nop: isRefused = false
        }
        guard isRefused else { return }
        throw JobError(
            .onlyByDependency,
            "Operation refused, unit \(definition.name) may be requested by dependency only (it is configured to"
                + " refuse manual start/stop).")
    }

    /// Plans a job with all that it brings along, and installs it.
    mutating func request(
        _ type: JobType, _ unit: Int, _ mode: JobMode, at now: Instant
    ) throws(JobError) -> JobID {
        if mode == .isolate {
            guard type == .start else { throw JobError(.invalidArguments, "Isolate is only valid for start.") }
            guard graph.units[unit].allowsIsolate else {
                throw JobError(.noIsolation, "Operation refused, unit \(name(unit)) may not be isolated.")
            }
        }
        if mode == .triggering, type != .stop {
            throw JobError(.invalidArguments, "The job mode 'triggering' is only valid for stop.")
        }
        if mode == .restartDependencies, type != .start {
            throw JobError(.invalidArguments, "The job mode 'restart-dependencies' is only valid for start.")
        }
        let (plan, problem) = plan(type.collapsed(in: records[unit].state), unit, mode)
        for message in plan.messages { log(message.level, message.unit, message.text) }
        if let problem { throw problem }
        return try apply(plan.jobs, mode, at: now)
    }

    private typealias Plan = (jobs: [Transaction.Candidate], messages: [Transaction.Message])

    private func plan(_ type: JobType, _ unit: Int, _ mode: JobMode) -> (Plan, JobError?) {
        var transaction = Transaction(mode: mode)
        var flags: Transaction.Flags = .matters
        switch mode {
        case .ignoreDependencies: flags.formUnion([.ignoreRequirements, .ignoreOrder])
        case .ignoreRequirements: flags.insert(.ignoreRequirements)
        case .restartDependencies: flags.insert(.startAsRestart)
        case .fail, .replace, .replaceIrreversibly, .isolate, .flush, .triggering: break
        }
        do throws(JobError) {
            try transaction.add(type, unit, by: nil, flags: flags, in: self)
            if mode == .isolate { transaction.addIsolation(in: self) }
            if mode == .triggering { transaction.addTriggering(unit, in: self) }
            try transaction.activate(in: self)
            return ((transaction.planned, transaction.messages), nil)
        } catch {
            return (([], transaction.messages), error)
        }
    }

    /// Cancels a job, and those that fail without it.
    /// - Parameters:
    ///   - job: the job; one that is gone is none of it.
    ///   - now: the present.
    public mutating func cancel(_ job: JobID, at now: Instant) {
        finish(job, .canceled, at: now)
    }

    /// Cancels all jobs; nothing follows from that.
    /// - Parameter now: the present.
    public mutating func cancelAll(at now: Instant) {
        for job in jobs { finish(job.id, .canceled, isRecursive: false, at: now) }
    }

    // MARK: - Installing

    /// Installs what was planned.
    /// - Returns: the anchor's job.
    private mutating func apply(
        _ plan: [Transaction.Candidate], _ mode: JobMode, at now: Instant
    ) throws(JobError) -> JobID {
        guard lastNumber <= UInt32.max - UInt32(clamping: plan.count) - 1 else {
            throw JobError(.invalidArguments, "There are no more numbers for jobs.")
        }
        if mode == .isolate || mode == .flush {
            let units = Set(plan.map(\.unit))
            for job in jobs where !graph.units[job.unit].ignoresIsolate && !units.contains(job.unit) {
                finish(job.id, .canceled, isRecursive: false, at: now)
            }
        }
        // The anchor is the first. What only asks whether a unit is there is answered before anything is started, so that
        // Requisite= fails at once also without an order.
        var anchor = JobID(number: 0)
        let asking = plan.indices.filter { plan[$0].type == .verifyActive }
        for place in asking + plan.indices.filter({ plan[$0].type != .verifyActive }) {
            let job = install(plan[place], isIrreversible: mode == .replaceIrreversibly, at: now)
            if place == 0 { anchor = job }
        }
        return anchor
    }

    private mutating func install(
        _ candidate: Transaction.Candidate, isIrreversible: Bool, at now: Instant
    ) -> JobID {
        let unit = candidate.unit
        let isNop = candidate.type == .nop
        let present = isNop ? records[unit].nop : records[unit].job
        if let present, var job = installedJobs[present] {
            if job.type.conflicts(with: candidate.type) {
                finish(present, .canceled, isRecursive: false, at: now)
            } else {
                // What runs and does not do the new work too is done over again; a reload may have missed a change.
                let isCovered = candidate.type != .reload && job.type.includes(candidate.type)
                let old = job
                job.type = (job.type.merged(with: candidate.type) ?? job.type).collapsed(in: records[unit].state)
                job.isIrreversible = job.isIrreversible || isIrreversible
                job.ignoresOrder = job.ignoresOrder || candidate.ignoresOrder
                if job.state == .running, !isCovered { job.state = .waiting }
                job.isHeldBack = false
                installedJobs[present] = job
                if !isNop { orderChanged(unit, from: old, to: job) }
                makeReady(unit)
                return present
            }
        }
        lastNumber += 1
        var job = Job(
            id: JobID(number: lastNumber), type: candidate.type, isIrreversible: isIrreversible,
            ignoresOrder: candidate.ignoresOrder, unit: unit)
        job.deadline = now.advanced(by: graph.units[unit].jobTimeout)
        installedJobs[job.id] = job
        act(.queued(job.id, unit: name(unit), job.type))
        if let deadline = job.deadline { act(.setTimer(.job(job.id), deadline)) }
        if isNop {
            records[unit].nop = job.id
            push(job.id)
        } else {
            records[unit].job = job.id
            orderChanged(unit, from: nil, to: job)
            makeReady(unit)
        }
        return job.id
    }

    /// A burst of a thousand jobs does not stay in memory when it is over.
    mutating func settle() {
        guard installedJobs.isEmpty, installedJobs.capacity > 64 else { return }
        installedJobs = [:]
        ready = JobHeap()
        actions = []
        actionsTaken = 0
    }

    // MARK: - Actions

    mutating func act(_ action: JobAction) { actions.append(action) }

    mutating func log(_ level: LogLevel, _ unit: Int, _ text: String) {
        act(.log(level, unit: name(unit), text))
    }

    mutating func takeAction() -> JobAction? {
        guard actionsTaken < actions.count else {
            actions.removeAll(keepingCapacity: actions.count < 1024)
            actionsTaken = 0
            return nil
        }
        actionsTaken += 1
        return actions[actionsTaken - 1]
    }
}
