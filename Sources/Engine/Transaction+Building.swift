// What a job brings along: the rules by which dependencies pull in other jobs, followed without recursion, so that a
// chain of any length is walked in bounded stack.
import Units

extension Transaction {
    /// How a job is added.
    struct Flags: OptionSet, Sendable {
        let rawValue: UInt8
        static let matters = Flags(rawValue: 1 << 0)
        static let conflicts = Flags(rawValue: 1 << 1)
        static let ignoreRequirements = Flags(rawValue: 1 << 2)
        static let ignoreOrder = Flags(rawValue: 1 << 3)
        /// A start goes to dependents as a restart would.
        static let startAsRestart = Flags(rawValue: 1 << 4)
        /// Added by `PropagatesStopTo=`, which is looked at last, when all else is there.
        static let graceful = Flags(rawValue: 1 << 5)
    }

    /// A kind of dependency to follow.
    private struct Stage {
        let atom: DependencyAtoms
        let flags: Flags
        /// Whether the job fails when this cannot be added.
        let isRequired: Bool
    }

    private static let startStages = [
        Stage(atom: .pullInStart, flags: .matters, isRequired: true),
        Stage(atom: .pullInStartIgnored, flags: [], isRequired: false),
        Stage(atom: .pullInVerify, flags: .matters, isRequired: true),
        Stage(atom: .pullInStop, flags: [.matters, .conflicts], isRequired: true),
        Stage(atom: .pullInStopIgnored, flags: [], isRequired: false),
    ]
    private static let stopStage = Stage(atom: .propagateStop, flags: .matters, isRequired: true)
    private static let gracefulStage = Stage(
        atom: .propagateStopGraceful, flags: [.matters, .graceful], isRequired: true)
    private static let reloadStage = Stage(atom: .propagateReload, flags: [], isRequired: false)

    /// A job whose dependencies are being followed.
    private struct Frame {
        let job: Int
        let unit: Int
        let type: JobType
        let flags: Flags
        let stages: [Stage]
        var stage = 0
        var edge = 0
        /// Whether the job fails when what it asked for last cannot be added.
        var isRequired = true
    }

    private struct Request {
        let type: JobType
        let unit: Int
        let flags: Flags
    }

    /// Adds a job and everything that it brings along.
    /// - Parameters:
    ///   - type: the job, collapsed.
    ///   - unit: its unit.
    ///   - subject: the job that asks for it; nil makes it the anchor.
    ///   - flags: how it is added.
    ///   - queue: what is installed, and the states of the units.
    /// - Throws: why it cannot be added.
    mutating func add(
        _ type: JobType, _ unit: Int, by subject: Int?, flags: Flags, in queue: JobQueue
    ) throws(JobError) {
        guard let first = try enter(Request(type: type, unit: unit, flags: flags), by: subject, in: queue) else {
            return
        }
        var stack = [first]
        while let top = stack.indices.last {
            guard let request = next(&stack[top], in: queue) else {
                stack.removeLast()
                continue
            }
            do throws(JobError) {
                if let frame = try enter(request, by: stack[top].job, in: queue) { stack.append(frame) }
            } catch {
                try unwind(&stack, error, request.unit)
            }
        }
    }

    /// Something could not be added: takes back the jobs that are nothing without it.
    private mutating func unwind(_ stack: inout [Frame], _ error: JobError, _ unit: Int) throws(JobError) {
        // What does not apply to a unit is not missed.
        if error.kind == .jobTypeNotApplicable { return }
        var unit = unit
        while let frame = stack.last {
            guard frame.isRequired else {
                switch error.kind {
                // systemd takes no notice of these either.
                case .noSuchUnit, .unitMasked: break
                case .badUnitSetting, .loadFailed, .onlyByDependency, .jobTypeNotApplicable, .noIsolation,
                    .transactionJobsConflicting, .transactionOrderIsCyclic, .transactionIsDestructive,
                    .invalidArguments:
                    note(.warning, unit, "Cannot add dependency job, ignoring: \(error.message)")
                }
                return
            }
            failures[Key(unit: frame.unit, type: frame.type)] = error
            delete(frame.job, dependents: false)
            unit = frame.unit
            stack.removeLast()
        }
        throw error
    }

    /// Adds one job.
    /// - Returns: nil when there is nothing to follow from it.
    private mutating func enter(_ request: Request, by subject: Int?, in queue: JobQueue) throws(JobError) -> Frame? {
        let type = request.type
        let unit = queue.graph.units[request.unit]
        if let error = failures[Key(unit: request.unit, type: type)] { throw error }
        // What is gone may still be stopped.
        if type != .stop, let error = unit.loadError { throw error }
        guard queue.isApplicable(type, to: request.unit) else {
            throw JobError(
                .jobTypeNotApplicable, "Job type \(type.rawValue) is not applicable for unit \(unit.name).")
        }
        var isNew = false
        let job: Int
        if let same = ofUnit[request.unit]?.first(where: { jobs[$0].type == type }) {
            job = same
        } else {
            isNew = true
            job = jobs.count
            jobs.append(Candidate(unit: request.unit, type: type))
            ofUnit[request.unit, default: []].append(job)
        }
        if request.flags.contains(.ignoreOrder) { jobs[job].ignoresOrder = true }
        if let subject {
            link(
                subject, job, matters: request.flags.contains(.matters),
                conflicts: request.flags.contains(.conflicts))
        } else {
            anchor = job
        }
        guard isNew, !request.flags.contains(.ignoreRequirements) else { return nil }
        var stages: [Stage] = []
        switch type {
        case .start, .restart: stages = Self.startStages
        case .reload: stages = [Self.reloadStage]
        case .stop: break
        case .verifyActive, .nop, .tryRestart, .tryReload, .reloadOrStart: return nil
        }
        if type.stops || type == .start && request.flags.contains(.startAsRestart) {
            stages.append(Self.stopStage)
            if subject == nil || request.flags.contains(.graceful) { stages.append(Self.gracefulStage) }
        }
        return Frame(job: job, unit: request.unit, type: type, flags: request.flags, stages: stages)
    }

    /// What a job asks for next.
    private func next(_ frame: inout Frame, in queue: JobQueue) -> Request? {
        let edges = queue.graph.edges[frame.unit]
        let all = queue.graph.atoms[frame.unit]
        while frame.stage < frame.stages.count {
            let stage = frame.stages[frame.stage]
            while all.contains(stage.atom), frame.edge < edges.count {
                let edge = edges[frame.edge]
                frame.edge += 1
                guard edge.atoms.contains(stage.atom) else { continue }
                let type = type(of: stage.atom, to: edge.unit, from: frame.type, in: queue)
                guard type != .nop else { continue }
                frame.isRequired = stage.isRequired
                return Request(
                    type: type, unit: edge.unit, flags: stage.flags.union(frame.flags.intersection(.ignoreOrder)))
            }
            frame.stage += 1
            frame.edge = 0
        }
        return nil
    }

    /// The job that a dependency asks for.
    private func type(of atom: DependencyAtoms, to unit: Int, from type: JobType, in queue: JobQueue) -> JobType {
        switch atom {
        case .pullInVerify: return .verifyActive
        case .pullInStop, .pullInStopIgnored: return .stop
        // A restart restarts what is up, and starts nothing.
        case .propagateStop: return type == .stop ? .stop : JobType.tryRestart.collapsed(in: queue.state(unit))
        case .propagateStopGraceful:
            let types = (ofUnit[unit] ?? []).map { jobs[$0].type }
            if types.contains(where: \.stops) { return .nop }
            // A stop would be in conflict with the start that is there.
            return types.contains(.start) ? .restart : .stop
        case .propagateReload: return JobType.tryReload.collapsed(in: queue.state(unit))
        default: return .start
        }
    }

    // MARK: - Modes

    /// For the mode `isolate`: stops all that the transaction does not start.
    mutating func addIsolation(in queue: JobQueue) {
        for unit in queue.graph.units.indices.sorted(by: { queue.graph.rank[$0] < queue.graph.rank[$1] }) {
            guard isUp(unit, in: queue), isStoppedByIsolation(unit, in: queue) else { continue }
            // What is triggered by something that stays, stays.
            let isKept = queue.graph.edges[unit].contains {
                $0.atoms.contains(.triggeredBy) && !isStoppedByIsolation($0.unit, in: queue)
            }
            if !isKept { addStop(unit, in: queue) }
        }
    }

    /// For the mode `triggering`: stops what would start the unit again.
    mutating func addTriggering(_ unit: Int, in queue: JobQueue) {
        for edge in queue.graph.edges[unit]
        where edge.atoms.contains(.triggeredBy) && isUp(edge.unit, in: queue) && ofUnit[edge.unit] == nil {
            addStop(edge.unit, in: queue)
        }
    }

    private func isUp(_ unit: Int, in queue: JobQueue) -> Bool {
        !queue.state(unit).isInactiveOrFailed || queue.installed(unit) != nil
    }

    private func isStoppedByIsolation(_ unit: Int, in queue: JobQueue) -> Bool {
        !queue.graph.units[unit].ignoresIsolate && ofUnit[unit] == nil
    }

    private mutating func addStop(_ unit: Int, in queue: JobQueue) {
        do throws(JobError) {
            try add(.stop, unit, by: anchor, flags: .matters, in: queue)
        } catch {
            note(.warning, unit, "Cannot add a stop, ignoring: \(error.message)")
        }
    }
}

extension UnitGraph.Unit {
    /// Why the unit cannot be run; nil when it can.
    var loadError: JobError? {
        switch loadState {
        case .loaded: nil
        case .notFound: JobError(.noSuchUnit, "Unit \(name) not found.")
        case .masked: JobError(.unitMasked, "Unit \(name) is masked.")
        case .badSetting: JobError(.badUnitSetting, "Unit \(name) has a bad unit file setting.")
        case .error: JobError(.loadFailed, "Unit \(name) failed to load properly: its file cannot be read.")
        }
    }
}
