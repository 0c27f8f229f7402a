// The launch of an instance, pure: what was asked for, what became of it, whether somebody can be told that all is ready, and
// whether there is anything left to live for.
import Engine

/// Follows the jobs of what was asked for.
struct LaunchProgress {
    /// What the launch has come to.
    enum Verdict: Equatable {
        /// Jobs are under way.
        case pending
        /// Everything that was asked for is up, or has done its work.
        case ready
        /// Something could not be started.
        case failed
    }

    /// Why one of the units is not up.
    struct Failure: Equatable {
        var unit: String
        var reason: Reason
    }

    enum Reason: Equatable {
        /// The job was not taken, with the reason in words.
        case refused(String)
        case job(JobResult)
    }

    /// What was asked for, by full names, in this order.
    let asked: [String]
    let isAsked: Set<String>
    /// The jobs of the launch that are not finished, to the place in `asked`.
    private var jobs: [JobID: Int] = [:]
    private(set) var failures: [Failure] = []
    /// All requests are answered.
    private var isAnswered = false
    private var answers = 0
    /// What follows when one of the units has failed or has done its work (`OnFailure=`, `OnSuccess=`): it has its turn,
    /// though what was asked for has ended.
    var successors: Set<String> = []
    /// What is up: of what was asked for and what follows it, and of services and timers.
    private var upAsked: Set<String> = []
    private var upWorkers: Set<String> = []
    /// Something was asked for that does nothing by itself, such as a target: it lives as long as what it leads to.
    private let leadsToOthers: Bool

    init(asked: [String]) {
        self.asked = asked
        isAsked = Set(asked)
        leadsToOthers = asked.contains { !$0.hasSuffix(".service") && !$0.hasSuffix(".timer") }
    }

    /// Whether anything that was asked for is up, or what follows it.
    var isHeld: Bool { leadsToOthers ? !upWorkers.isEmpty : !upAsked.isEmpty }

    var verdict: Verdict {
        guard answers == asked.count, jobs.isEmpty else { return .pending }
        return failures.isEmpty ? .ready : .failed
    }

    /// A request is a job now.
    mutating func isQueued(_ tag: UInt64, _ job: JobID) {
        guard tag < UInt64(asked.count) else { return }
        answers += 1
        jobs[job] = Int(tag)
    }

    /// A request was refused.
    mutating func isRefused(_ tag: UInt64, _ words: String) {
        guard tag < UInt64(asked.count) else { return }
        answers += 1
        failures.append(Failure(unit: asked[Int(tag)], reason: .refused(words)))
    }

    /// A job is over.
    mutating func isFinished(_ job: JobID, _ result: JobResult) {
        guard let place = jobs.removeValue(forKey: job) else { return }
        switch result {
        case .done, .skipped: break
        case .canceled, .timeout, .failed, .dependency, .invalid, .assert, .unsupported, .collected, .once:
            failures.append(Failure(unit: asked[place], reason: .job(result)))
        }
    }

    /// A unit has come up, or gone down.
    /// - Parameters:
    ///   - unit: which, by its own name.
    ///   - isUp: whether it is up, or on the way there.
    ///   - isWorker: whether it is a service or a timer.
    mutating func isUp(_ unit: String, _ isUp: Bool, isWorker: Bool) {
        if isUp {
            if isWorker { upWorkers.insert(unit) }
            if isAsked.contains(unit) || successors.contains(unit) { upAsked.insert(unit) }
        } else {
            upWorkers.remove(unit)
            upAsked.remove(unit)
        }
    }
}
