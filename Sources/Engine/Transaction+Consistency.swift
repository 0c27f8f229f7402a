// Makes the jobs of a transaction fit together, and fit what is installed: redundant jobs go, several jobs of a unit become
// one, and what would do harm is left out or refused.
import Units

extension Transaction {
    /// For the mode `fail`: leaves out what does not matter and would stop something, or replace a job.
    mutating func minimizeImpact(in queue: JobQueue) {
        for job in jobs.indices where !jobs[job].isDeleted && !jobs[job].matters {
            let type = jobs[job].type
            let stopsSomething = type == .stop && queue.state(jobs[job].unit).isActiveOrActivating
            let changesJob = queue.installed(jobs[job].unit).map { type.conflicts(with: $0.type) } ?? false
            if stopsSomething || changesJob { delete(job, dependents: true) }
        }
    }

    /// Leaves out the jobs of units that are already as all their jobs want them.
    mutating func dropRedundant(in queue: JobQueue) {
        for job in jobs.indices where !jobs[job].isDeleted {
            let unit = jobs[job].unit
            let all = ofUnit[unit] ?? []
            let isNeeded = all.contains { other in
                let type = jobs[other].type
                if other == anchor || !type.isRedundant(in: queue.state(unit)) { return true }
                // What is queued would change the state.
                return queue.installed(unit).map { type.conflicts(with: $0.type) } ?? false
            }
            if isNeeded { continue }
            for other in all { delete(other, dependents: false) }
        }
    }

    /// Makes one job of all jobs of a unit; where they contradict each other, one that does not matter goes.
    /// - Throws: when two that matter contradict each other.
    mutating func mergeJobs(in queue: JobQueue) throws(JobError) {
        for first in jobs.indices where !jobs[first].isDeleted {
            let unit = jobs[first].unit
            while let (one, other, sum) = contradiction(of: unit, in: queue) {
                guard let loser = loser(one, other) else {
                    throw JobError(
                        .transactionJobsConflicting,
                        "Transaction contains conflicting jobs '\(sum.rawValue)' and '\(jobs[other].type.rawValue)' for"
                            + " \(queue.graph.units[unit].name). Probably contradicting requirement dependencies"
                            + " configured.")
                }
                delete(loser, dependents: true)
                collectGarbage()
            }
        }
        for first in jobs.indices where !jobs[first].isDeleted { merge(jobs[first].unit, in: queue) }
    }

    /// Two jobs of a unit that cannot be one, and what the jobs before the second come to together.
    private func contradiction(of unit: Int, in queue: JobQueue) -> (one: Int, other: Int, sum: JobType)? {
        let all = (ofUnit[unit] ?? []).reversed()
        guard let newest = all.first else { return nil }
        var sum = jobs[newest].type
        for other in all.dropFirst() {
            if let merged = sum.merged(with: jobs[other].type) {
                sum = merged.collapsed(in: queue.state(unit))
                continue
            }
            // When a merged with b does not go with c, then a or b alone does not go with c either.
            let one = all.first { $0 != other && jobs[$0].type.merged(with: jobs[other].type) == nil } ?? newest
            return (one, other, sum)
        }
        return nil
    }

    /// Which of two contradicting jobs goes; nil when both matter.
    private func loser(_ one: Int, _ other: Int) -> Int? {
        switch (jobs[one].matters, jobs[other].matters) {
        case (true, true): return nil
        case (false, true): return one
        case (true, false): return other
        case (false, false): break
        }
        // Rather a stop than a start, except a stop that is there because another unit that starts wants it.
        if jobs[one].type == .stop { return isConflictedBy(one) ? other : one }
        if jobs[other].type == .stop { return isConflictedBy(other) ? one : other }
        return one
    }

    private func isConflictedBy(_ job: Int) -> Bool {
        jobs[job].neededBy.contains { !links[$0].isDropped && links[$0].conflicts }
    }

    private mutating func merge(_ unit: Int, in queue: JobQueue) {
        guard let all = ofUnit[unit], all.count > 1, let newest = all.last else { return }
        let keeper = all.contains(anchor) ? anchor : newest
        var type = jobs[newest].type
        for other in all.reversed().dropFirst() {
            type = (type.merged(with: jobs[other].type) ?? type).collapsed(in: queue.state(unit))
        }
        for other in all where other != keeper {
            for link in jobs[other].needs where !links[link].isDropped { links[link].subject = keeper }
            for link in jobs[other].neededBy where !links[link].isDropped { links[link].object = keeper }
            jobs[keeper].needs += jobs[other].needs
            jobs[keeper].neededBy += jobs[other].neededBy
            jobs[keeper].needCount += jobs[other].needCount
            jobs[keeper].matters = jobs[keeper].matters || jobs[other].matters
            jobs[other].isDeleted = true
        }
        jobs[keeper].type = type
        ofUnit[unit] = [keeper]
    }

    /// Checks that no job is replaced that must stay.
    /// - Throws: which one would be.
    func checkInstalled(in queue: JobQueue) throws(JobError) {
        for job in planned {
            guard let installed = queue.installed(job.unit), mode == .fail || installed.isIrreversible,
                installed.type.conflicts(with: job.type)
            else { continue }
            throw JobError(
                .transactionIsDestructive,
                "Transaction for \(describe(anchor, in: queue)) is destructive (\(queue.graph.units[job.unit].name) has"
                    + " '\(installed.type.rawValue)' job queued, but '\(job.type.rawValue)' is included in"
                    + " transaction).")
        }
    }
}
