// A transaction: one job that somebody asks for, with all that it brings along, made consistent before any of it is
// queued (systemd(1), "CONCEPTS"; src/core/transaction.c is the model). Building is in Transaction+Building.swift,
// cycles in Transaction+Ordering.swift, the rest of making it consistent in Transaction+Consistency.swift.
import Units

/// Jobs that are to be queued together, or not at all.
struct Transaction: Sendable {
    /// A job that is planned.
    struct Candidate: Sendable {
        let unit: Int
        var type: JobType
        var ignoresOrder = false
        /// Whether the anchor fails without it.
        var matters = false
        var isDeleted = false
        /// The links to what it pulled in.
        var needs: [Int] = []
        /// The links to what pulled it in, and how many of them are left.
        var neededBy: [Int] = []
        var needCount = 0
    }

    /// Why a job is there: another pulled it in.
    struct Link: Sendable {
        var subject: Int
        var object: Int
        /// Whether the subject is nothing without the object.
        let matters: Bool
        /// Whether the object is a stop because of `Conflicts=`.
        let conflicts: Bool
        var isDropped = false
    }

    struct Message: Sendable {
        let level: LogLevel
        let unit: Int
        let text: String
    }

    let mode: JobMode
    var jobs: [Candidate] = []
    var links: [Link] = []
    /// The jobs of each unit that has any, the newest last.
    var ofUnit: [Int: [Int]] = [:]
    /// The job that was asked for.
    var anchor = 0
    /// What to write to the log, also when there is an error.
    var messages: [Message] = []
    /// How many more lines may be spent on what cycles are made of.
    var cycleLines = 1000
    /// Jobs that cannot be, each with the reason: nothing is tried twice, or hostile units took exponential time.
    var failures: [Key: JobError] = [:]
    /// Jobs that may be of no use since the last time that was looked into.
    var orphans: [Int] = []

    struct Key: Hashable, Sendable {
        let unit: Int
        let type: JobType
    }

    init(mode: JobMode) {
        self.mode = mode
    }

    /// The jobs that are left, in the order in which they were pulled in: the anchor is the first.
    var planned: [Candidate] {
        var result = jobs.indices.filter { !jobs[$0].isDeleted && $0 != anchor }.map { jobs[$0] }
        if !jobs.isEmpty, !jobs[anchor].isDeleted { result.insert(jobs[anchor], at: 0) }
        return result
    }

    /// Makes the transaction consistent.
    /// - Parameter queue: what is installed, and the states of the units.
    /// - Throws: why it cannot be.
    mutating func activate(in queue: JobQueue) throws(JobError) {
        findWhatMatters()
        if mode == .fail { minimizeImpact(in: queue) }
        dropRedundant(in: queue)
        orphans = Array(jobs.indices)
        collectGarbage()
        try breakAllCycles(restartsAsStarts: false, in: queue)
        do throws(JobError) {
            try mergeJobs(in: queue)
        } catch {
            note(.warning, jobs[anchor].unit, "Requested transaction contains unmergeable jobs: \(error.message)")
            throw error
        }
        // What several jobs have become together may have another place in the order; and so has a restart once its unit
        // is down. systemd looks at neither, and such jobs wait for each other for ever.
        try breakAllCycles(restartsAsStarts: false, in: queue)
        try breakAllCycles(restartsAsStarts: true, in: queue)
        dropRedundant(in: queue)
        do throws(JobError) {
            try checkInstalled(in: queue)
        } catch {
            note(.notice, jobs[anchor].unit, "Requested transaction contradicts existing jobs: \(error.message)")
            throw error
        }
    }

    private mutating func breakAllCycles(restartsAsStarts: Bool, in queue: JobQueue) throws(JobError) {
        do throws(JobError) {
            try breakCycles(restartsAsStarts: restartsAsStarts, in: queue)
        } catch {
            note(
                .warning, jobs[anchor].unit,
                "Requested transaction contains an unfixable cyclic ordering dependency: \(error.message)")
            throw error
        }
    }

    mutating func note(_ level: LogLevel, _ unit: Int, _ text: String) {
        messages.append(Message(level: level, unit: unit, text: text))
    }

    // MARK: - Jobs and links

    mutating func link(_ subject: Int, _ object: Int, matters: Bool, conflicts: Bool) {
        links.append(Link(subject: subject, object: object, matters: matters, conflicts: conflicts))
        jobs[subject].needs.append(links.count - 1)
        jobs[object].neededBy.append(links.count - 1)
        jobs[object].needCount += 1
    }

    private mutating func drop(_ link: Int) {
        links[link].isDropped = true
        let object = links[link].object
        jobs[object].needCount -= 1
        if jobs[object].needCount == 0 { orphans.append(object) }
    }

    /// Deletes a job.
    /// - Parameters:
    ///   - job: the job.
    ///   - dependents: whether those that are nothing without it go too.
    /// - Returns: the units of the jobs that are gone.
    @discardableResult
    mutating func delete(_ job: Int, dependents: Bool) -> [Int] {
        var units: [Int] = []
        var pending = [job]
        while let next = pending.popLast() {
            guard !jobs[next].isDeleted else { continue }
            jobs[next].isDeleted = true
            let unit = jobs[next].unit
            units.append(unit)
            ofUnit[unit]?.removeAll { $0 == next }
            if ofUnit[unit]?.isEmpty == true { ofUnit[unit] = nil }
            for link in jobs[next].needs where !links[link].isDropped { drop(link) }
            for link in jobs[next].neededBy where !links[link].isDropped {
                if dependents, links[link].matters { pending.append(links[link].subject) }
                drop(link)
            }
        }
        return units
    }

    /// Deletes jobs that nothing needs any more. What `isolate` stops is needed by nothing.
    /// - Returns: the units of the jobs that are gone.
    @discardableResult
    mutating func collectGarbage() -> [Int] {
        var units: [Int] = []
        while let job = orphans.popLast() {
            guard mode != .isolate, job != anchor, !jobs[job].isDeleted, jobs[job].needCount == 0 else { continue }
            units += delete(job, dependents: true)
        }
        return units
    }

    /// Marks what the anchor cannot do without.
    private mutating func findWhatMatters() {
        var pending = [anchor]
        jobs[anchor].matters = true
        while let job = pending.popLast() {
            for link in jobs[job].needs where !links[link].isDropped && links[link].matters {
                let object = links[link].object
                guard !jobs[object].matters else { continue }
                jobs[object].matters = true
                pending.append(object)
            }
        }
    }

    func describe(_ job: Int, in queue: JobQueue) -> String {
        "\(queue.graph.units[jobs[job].unit].name)/\(jobs[job].type.rawValue)"
    }
}
