// Cycles in the order of the jobs of a transaction, and of those that are installed: found by a walk along "runs before",
// and broken by leaving out a job that the anchor can do without.
import Units

extension Transaction {
    /// A unit on the way, with how far its edges are followed.
    private struct Step {
        let unit: Int
        var edge = 0
    }

    private enum Mark {
        /// On the way from the root to here, at this place of it: to meet it again is a cycle.
        case open(Int)
        /// Nothing that runs after it is in a cycle.
        case closed
    }

    /// Finds cycles and breaks them.
    /// - Parameters:
    ///   - restartsAsStarts: whether restarts are seen as what they become.
    ///   - queue: what is installed.
    /// - Throws: when all jobs of a cycle matter.
    mutating func breakCycles(restartsAsStarts: Bool, in queue: JobQueue) throws(JobError) {
        // Of a thousand edges of a target one or two lead to a job.
        var isPlanned = [Bool](repeating: false, count: queue.graph.units.count)
        for job in jobs { isPlanned[job.unit] = true }
        var marks: [Int: Mark] = [:]
        var root = 0
        var path: [Step] = []
        while root < jobs.count || !path.isEmpty {
            guard let top = path.indices.last else {
                let unit = jobs[root].unit
                if !jobs[root].isDeleted, marks[unit] == nil {
                    marks[unit] = .open(0)
                    path.append(Step(unit: unit))
                } else {
                    root += 1
                }
                continue
            }
            let edges = queue.graph.edges[path[top].unit]
            guard path[top].edge < edges.count else {
                marks[path[top].unit] = .closed
                path.removeLast()
                continue
            }
            let edge = edges[path[top].edge]
            path[top].edge += 1
            guard isPlanned[edge.unit] || queue.hasJob(edge.unit) else { continue }
            guard runs(path[top].unit, before: edge, restartsAsStarts, in: queue) else { continue }
            switch marks[edge.unit] {
            case .closed: break
            case nil:
                marks[edge.unit] = .open(path.count)
                path.append(Step(unit: edge.unit))
            case .open(let begin):
                let changed = try breakCycle(path[begin...], in: queue)
                // A unit that still has a job, another one or one that is installed, has other edges now.
                if changed.contains(where: { job(of: $0, in: queue) != nil }) {
                    marks = [:]
                    path = []
                    root = 0
                } else {
                    // Back to what is left of the way.
                    var first = path.count
                    for unit in changed {
                        if case .open(let place)? = marks[unit] { first = min(first, place) }
                    }
                    for step in path[first...] { marks[step.unit] = nil }
                    path.removeSubrange(first...)
                }
            }
        }
    }

    /// Leaves out a job of a cycle.
    /// - Parameters:
    ///   - cycle: the way from the unit at which the cycle closes; each runs before the next, and the last before the first.
    ///   - queue: what is installed.
    /// - Returns: the units that lost jobs.
    /// - Throws: when all jobs of the cycle matter.
    private mutating func breakCycle(_ cycle: ArraySlice<Step>, in queue: JobQueue) throws(JobError) -> [Int] {
        guard let start = cycle.first?.unit else { return [] }
        let cycle = cycle.lazy.map(\.unit).reversed()
        // Thousands of cycles of thousands of units are millions of lines: after the first thousand only what is left out is
        // named.
        for (position, unit) in cycle.prefix(cycleLines).enumerated() {
            let found = position == 0 ? "ordering cycle" : "dependency"
            note(.warning, start, "Found \(found) on \(name(of: unit, in: queue))")
        }
        cycleLines -= min(cycleLines, cycle.count)
        let victim = cycle.first { unit in
            guard let own = ofUnit[unit] else { return false }
            return !own.contains { jobs[$0].matters }
        }
        guard let victim, let own = ofUnit[victim] else {
            note(.error, start, "Unable to break cycle starting with \(name(of: start, in: queue))")
            throw JobError(.transactionOrderIsCyclic, "Transaction order is cyclic. See system logs for details.")
        }
        note(
            .error, start,
            "Job \(name(of: victim, in: queue)) deleted to break ordering cycle starting with"
                + " \(name(of: start, in: queue))")
        var changed: [Int] = []
        for job in own { changed += delete(job, dependents: true) }
        return changed + collectGarbage()
    }

    /// The job that decides about the order of a unit: the newest planned one, as part of the installed one where it will be
    /// that; or else the installed one.
    private func job(of unit: Int, in queue: JobQueue) -> (type: JobType, ignoresOrder: Bool)? {
        let installed = queue.installed(unit)
        guard let newest = ofUnit[unit]?.last else { return installed.map { ($0.type, $0.ignoresOrder) } }
        let planned = jobs[newest]
        guard let installed, let merged = installed.type.merged(with: planned.type) else {
            return (planned.type, planned.ignoresOrder)
        }
        return (merged.collapsed(in: queue.state(unit)), planned.ignoresOrder || installed.ignoresOrder)
    }

    private func name(of unit: Int, in queue: JobQueue) -> String {
        "\(queue.graph.units[unit].name)/\(job(of: unit, in: queue)?.type.rawValue ?? JobType.nop.rawValue)"
    }

    /// Whether the job of a unit runs before that of another.
    private func runs(
        _ unit: Int, before edge: UnitGraph.Edge, _ restartsAsStarts: Bool, in queue: JobQueue
    ) -> Bool {
        guard !edge.atoms.isDisjoint(with: [.before, .after]), let one = job(of: unit, in: queue),
            let other = job(of: edge.unit, in: queue)
        else { return false }
        func seen(_ type: JobType) -> JobType { restartsAsStarts && type == .restart ? .start : type }
        return JobOrder.waits(
            seen(other.type), other.ignoresOrder, edge.atoms.inverseOrder, seen(one.type), one.ignoresOrder)
    }
}

/// The order of two jobs.
enum JobOrder {
    /// Whether a job runs only after another.
    ///
    /// Of `a` before `b`: when `b` stops, that goes first, whatever `a` does; otherwise `a` goes first. So starts go in
    /// order, stops in the opposite one, and a stop goes before a start.
    /// - Parameters:
    ///   - waiter: the job.
    ///   - waiterIgnores: whether it ignores the order.
    ///   - atoms: the order of its unit to the other.
    ///   - holder: the other job.
    ///   - holderIgnores: whether that ignores the order.
    /// - Returns: whether it has to wait.
    static func waits(
        _ waiter: JobType, _ waiterIgnores: Bool, _ atoms: DependencyAtoms, _ holder: JobType, _ holderIgnores: Bool
    ) -> Bool {
        if waiterIgnores || holderIgnores || waiter == .nop || holder == .nop { return false }
        if atoms.contains(.after), !waiter.stops { return true }
        return atoms.contains(.before) && holder.stops
    }
}
