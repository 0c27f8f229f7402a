// The end of a job, and what it does to other jobs.
import Units

extension JobQueue {
    /// Ends a job.
    /// - Parameters:
    ///   - id: the job; one that is gone is none of it.
    ///   - result: how it ended.
    ///   - isRecursive: whether jobs that depend on it fail with it.
    ///   - isAlready: whether nothing was done, so that nothing is said.
    ///   - now: the present.
    mutating func finish(
        _ id: JobID, _ result: JobResult, isRecursive: Bool = true, isAlready: Bool = false, at now: Instant
    ) {
        var pending = [(id: id, result: result, isAlready: isAlready)]
        var failed: [Int] = []
        // Breadth first, without recursion: a chain of dependents may be as long as the file system allows.
        var position = 0
        while position < pending.count {
            let next = pending[position]
            position += 1
            guard let job = installedJobs[next.id] else { continue }
            for dependent in end(job, next.result, isRecursive: isRecursive, isAlready: next.isAlready) {
                pending.append((dependent, .dependency, false))
            }
            if next.result == .timeout || next.result == .dependency {
                log(
                    .notice, job.unit,
                    "Job \(name(job.unit))/\(job.type.rawValue) failed with result '\(next.result.rawValue)'.")
                failed.append(job.unit)
            }
        }
        // What failed by itself tells so by its state.
        for unit in failed where mayFail(unit, at: now) { startTermination(unit, .onFailure, at: now) }
    }

    /// Whether a job that failed may start others. A unit whose `OnFailure=` asks in the end for the unit itself fails again
    /// within the same breath, and neither its state nor its start limit, which it never comes to, put an end to it.
    private mutating func mayFail(_ unit: Int, at now: Instant) -> Bool {
        guard graph.edges[unit].contains(where: { $0.atoms.contains(.onFailure) }) else { return false }
        if failures[unit, default: RateLimit()].allows(at: now) { return true }
        log(.warning, unit, "Not triggering OnFailure= dependencies: its jobs failed too often recently.")
        return false
    }

    /// Ends one job.
    /// - Returns: the jobs that fail with it.
    private mutating func end(_ job: Job, _ result: JobResult, isRecursive: Bool, isAlready: Bool) -> [JobID] {
        let unit = job.unit
        if !isAlready, let message = result.message(job.type, graph.units[unit].description) {
            log(message.level, unit, message.text)
        }
        if result == .done, job.type == .restart {
            // Down: now up again.
            var start = job
            start.type = .start
            start.state = .waiting
            start.isHeldBack = false
            installedJobs[job.id] = start
            orderChanged(unit, from: job, to: start)
            makeReady(unit)
            submitAll(unit)
            return []
        }
        installedJobs[job.id] = nil
        if job.deadline != nil { act(.setTimer(.job(job.id), nil)) }
        act(.finished(job.id, unit: name(unit), job.type, result))
        if job.type == .nop {
            records[unit].nop = nil
            return []
        }
        records[unit].job = nil
        orderChanged(unit, from: job, to: nil)
        tellTriggers(unit)
        submitAll(unit)
        // While it had a job it was expected. systemd does not look again, and what was bound to it stays up without it.
        if state(unit).isInactiveOrFailed {
            for edge in graph.edges[unit] where edge.atoms.contains(.checksBound) { submit(edge.unit, .bound) }
        }
        if job.isIrreversible, !refused.isEmpty {
            for other in refused.sorted() { submitAll(other) }
            refused = []
        }
        guard isRecursive else { return [] }
        switch (result, job.type) {
        case (.done, .start), (.done, .reload):
            // A `verify-active` that became part of this job would have failed now.
            return state(unit).isActiveOrReloading ? [] : starts(unit, .propagateInactiveStartAsFailure)
        case (.done, _): return []
        case (_, .start), (_, .verifyActive): return starts(unit, .propagateStartFailure)
        case (_, .stop): return starts(unit, .propagateStopFailure)
        case (_, .reload), (_, .restart), (_, .tryRestart), (_, .tryReload), (_, .reloadOrStart), (_, .nop): return []
        }
    }

    /// The jobs that start what depends on a unit.
    private func starts(_ unit: Int, _ atom: DependencyAtoms) -> [JobID] {
        graph.edges[unit].compactMap { edge in
            guard edge.atoms.contains(atom), let job = installed(edge.unit) else { return nil }
            return job.type == .start || job.type == .verifyActive ? job.id : nil
        }
    }

    mutating func tellTriggers(_ unit: Int) {
        for edge in graph.edges[unit] where edge.atoms.contains(.triggeredBy) {
            act(.triggeredChanged(unit: name(unit), triggeredBy: name(edge.unit)))
        }
    }

    /// Starts what `OnFailure=` or `OnSuccess=` names.
    mutating func startTermination(_ unit: Int, _ atom: DependencyAtoms, at now: Instant) {
        let isFailure = atom == .onFailure
        let directive = isFailure ? "OnFailure=" : "OnSuccess="
        let mode = isFailure ? graph.units[unit].onFailureJobMode : graph.units[unit].onSuccessJobMode
        var isFirst = true
        for edge in graph.edges[unit] where edge.atoms.contains(atom) {
            if isFirst { log(.info, unit, "Triggering \(directive) dependencies.") }
            isFirst = false
            do throws(JobError) {
                _ = try request(.start, edge.unit, mode, at: now)
            } catch {
                log(
                    .warning, unit,
                    "Failed to enqueue \(directive)\(name(edge.unit)) job, ignoring: \(error.message)")
            }
        }
    }
}
