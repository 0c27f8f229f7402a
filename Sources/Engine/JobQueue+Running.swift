// Which jobs may run, and what running them means.
import Units

extension JobQueue {
    /// What to do now.
    /// - Parameter now: the present.
    /// - Returns: one action; nil when all that can be done is under way.
    public mutating func next(at now: Instant) -> JobAction? {
        while true {
            if let action = takeAction() { return action }
            if dispatchCheck(at: now) { continue }
            guard let job = ready.pop() else { return nil }
            run(job, at: now)
        }
    }

    // MARK: - Order

    /// Counts anew what the job of a unit waits for.
    mutating func countWaits(_ unit: Int) {
        var count: Int32 = 0
        if let job = installed(unit) {
            for edge in graph.edges[unit] where waits(job, for: installed(edge.unit), edge.atoms) { count += 1 }
        }
        records[unit].waitsFor = count
    }

    /// The job of a unit has come, gone or become another.
    mutating func orderChanged(_ unit: Int, from old: Job?, to new: Job?) {
        countWaits(unit)
        for edge in graph.edges[unit] where !edge.atoms.isDisjoint(with: [.before, .after]) {
            guard let other = installed(edge.unit) else { continue }
            let atoms = edge.atoms.inverseOrder
            let waited = waits(other, for: old, atoms)
            let waits = waits(other, for: new, atoms)
            guard waited != waits else { continue }
            records[edge.unit].waitsFor += waits ? 1 : -1
            makeReady(edge.unit)
        }
    }

    private func waits(_ job: Job, for holder: Job?, _ atoms: DependencyAtoms) -> Bool {
        guard let holder else { return false }
        return JobOrder.waits(job.type, job.ignoresOrder, atoms, holder.type, holder.ignoresOrder)
    }

    /// Puts the job of a unit among those that may run, if it may.
    mutating func makeReady(_ unit: Int) {
        guard let job = installed(unit), isRunnable(job) else { return }
        push(job.id)
    }

    private func isRunnable(_ job: Job) -> Bool {
        job.state == .waiting && !job.isHeldBack
            && (job.ignoresOrder || job.type == .nop || records[job.unit].waitsFor == 0)
    }

    mutating func push(_ job: JobID) {
        guard installedJobs[job]?.isQueued == false else { return }
        installedJobs[job]?.isQueued = true
        ready.push(job)
    }

    /// The jobs that a job waits for.
    /// - Parameter job: the job.
    /// - Returns: their numbers, sorted.
    public func waits(of job: Job) -> [JobID] {
        graph.edges[job.unit].compactMap { edge in
            guard let other = installed(edge.unit), waits(job, for: other, edge.atoms) else { return nil }
            return other.id
        }.sorted()
    }

    // MARK: - Running

    private mutating func run(_ id: JobID, at now: Instant) {
        guard let job = installedJobs[id] else { return }
        installedJobs[id]?.isQueued = false
        guard isRunnable(job) else { return }
        let definition = graph.units[job.unit]
        let limit = now.advanced(by: definition.jobRunningTimeout)
        if let limit, job.deadline.map({ limit < $0 }) ?? true {
            installedJobs[id]?.deadline = limit
            act(.setTimer(.job(id), limit))
        }
        installedJobs[id]?.state = .running
        switch job.type {
        case .nop: finish(id, .done, isAlready: true, at: now)
        case .start: runStart(id, job.unit, at: now)
        case .verifyActive:
            switch records[job.unit].state {
            case .active, .reloading: finish(id, .done, isAlready: true, at: now)
            case .activating: holdBack(id)
            case .inactive, .failed, .deactivating: finish(id, .skipped, at: now)
            }
        case .stop, .restart:
            if records[job.unit].state.isInactiveOrFailed {
                finish(id, .done, isAlready: true, at: now)
            } else {
                act(.stop(id, unit: definition.name))
            }
        case .reload: runReload(id, job.unit, at: now)
        case .tryRestart, .tryReload, .reloadOrStart:
            // Collapsed when it was asked for.
            finish(id, .invalid, at: now)
        }
    }

    private mutating func runStart(_ id: JobID, _ unit: Int, at now: Instant) {
        let definition = graph.units[unit]
        switch records[unit].state {
        case .active, .reloading: finish(id, .done, isAlready: true, at: now)
        case .deactivating: holdBack(id)
        // It may wait for its restart: the start hurries it up, and nothing is asked again.
        case .activating: start(id, unit, at: now)
        case .inactive, .failed:
            if definition.loadState == .loaded {
                act(.check(id, unit: definition.name))
            } else {
                finish(id, .failed, at: now)
            }
        }
    }

    private mutating func start(_ id: JobID, _ unit: Int, at now: Instant) {
        let definition = graph.units[unit]
        guard definition.loadState == .loaded else {
            finish(id, .failed, at: now)
            return
        }
        // The transaction has seen to it that they are started before, but they may be gone again, or been skipped.
        for edge in graph.edges[unit]
        where edge.atoms.isSuperset(of: [.cannotBeActiveWithout, .after]) && !state(edge.unit).isActiveOrReloading {
            log(.notice, unit, "Bound to unit \(name(edge.unit)), but unit isn't active.")
            finish(id, .dependency, at: now)
            return
        }
        // What cannot be started by us is waited for.
        if definition.canStart { act(.start(id, unit: definition.name)) }
    }

    private mutating func runReload(_ id: JobID, _ unit: Int, at now: Instant) {
        let definition = graph.units[unit]
        guard definition.loadState == .loaded else {
            finish(id, .failed, at: now)
            return
        }
        guard canReload(unit) else {
            finish(id, .skipped, at: now)
            return
        }
        switch records[unit].state {
        case .reloading: holdBack(id)
        case .active:
            // A unit that only passes a reload on has done so when the job was planned.
            if definition.canReload == nil {
                finish(id, .done, at: now)
            } else {
                act(.reload(id, unit: definition.name))
            }
        case .activating, .deactivating, .inactive, .failed:
            log(.warning, unit, "Unit cannot be reloaded because it is inactive.")
            finish(id, .invalid, at: now)
        }
    }

    /// Back to waiting, until the unit changes its state.
    private mutating func holdBack(_ id: JobID) {
        installedJobs[id]?.state = .waiting
        installedJobs[id]?.isHeldBack = true
    }

    // MARK: - Events

    /// Takes in what happened.
    /// - Parameters:
    ///   - event: what happened; what is about a unit or job that is not there changes nothing.
    ///   - now: when.
    public mutating func handle(_ event: JobEvent, at now: Instant) {
        switch event {
        case .stateChanged(let name, let state, let reloadSucceeded, let willRestart):
            guard let unit = graph.find(name) else { return }
            records[unit].willRestart = willRestart
            stateChanged(unit, state, reloadSucceeded, at: now)
        case .answered(let id, let answer): answered(id, answer, at: now)
        case .timerElapsed(.job(let id)):
            guard let job = installedJobs[id] else { return }
            log(.warning, job.unit, "Job \(name(job.unit))/\(job.type.rawValue) timed out.")
            finish(id, .timeout, at: now)
        case .timerElapsed(.recheck(let name)):
            guard let unit = graph.find(name) else { return }
            automatic[unit]?.timerIsSet = false
            for kind in UnitChecks.Kind.allCases { submit(unit, kind) }
        }
    }

    private mutating func answered(_ id: JobID, _ answer: JobAnswer, at now: Instant) {
        // The answer may come after the end, or after a merge that made the job wait once more.
        guard let job = installedJobs[id], job.state == .running else { return }
        switch answer {
        case .fit: if job.type == .start { start(id, job.unit, at: now) }
        case .conditionUnmet: finish(id, .done, at: now)
        case .assertionFailed: finish(id, .assert, at: now)
        case .already: finish(id, .done, isAlready: true, at: now)
        case .notNow: holdBack(id)
        case .once: finish(id, .once, at: now)
        case .unsupported: finish(id, .unsupported, at: now)
        case .failed: finish(id, .failed, at: now)
        }
    }
}

/// Jobs, the oldest first.
struct JobHeap: Sendable {
    private var items: [JobID] = []

    mutating func push(_ job: JobID) {
        items.append(job)
        var child = items.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard items[child] < items[parent] else { return }
            items.swapAt(child, parent)
            child = parent
        }
    }

    mutating func pop() -> JobID? {
        guard let first = items.first, let last = items.popLast() else { return nil }
        guard !items.isEmpty else { return first }
        items[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < items.count && items[child] < items[least] {
                least = child
            }
            if least == parent { return first }
            items.swapAt(parent, least)
            parent = least
        }
    }
}
