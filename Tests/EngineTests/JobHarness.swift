// What the tests of jobs share: graphs in a few lines of text, and a manager that carries out actions at once.
import Testing
import Units

@testable import Engine

extension UnitGraph.Unit {
    /// A unit in a line: `web Requires=db,cache After=db !masked`. Names without a suffix are services.
    init(line: String) {
        var words = line.split(separator: " ").map(String.init)
        self.init(Self.full(words.removeFirst()))
        for word in words {
            if word.hasPrefix("!") {
                flag(String(word.dropFirst()))
                continue
            }
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let kind = DependencyKind(rawValue: parts[0]) else {
                Issue.record("not a dependency: \(word)")
                continue
            }
            dependencies += parts[1].split(separator: ",").map { .init(kind, Self.full(String($0))) }
        }
    }

    private mutating func flag(_ word: String) {
        let parts = word.split(separator: ":").map(String.init)
        switch parts[0] {
        case "masked": loadState = .masked
        case "bad": loadState = .badSetting
        case "notfound": loadState = .notFound
        case "unneeded": stopsWhenUnneeded = true
        case "nostart": refusesManualStart = true
        case "nostop": refusesManualStop = true
        case "isolate": allowsIsolate = true
        case "reload": canReload = true
        case "timeout": jobTimeout = .seconds(UInt64(parts[1]) ?? 0)
        case "running": jobRunningTimeout = .seconds(UInt64(parts[1]) ?? 0)
        case "alias": aliases.append(Self.full(parts[1]))
        case "onfailure": onFailureJobMode = JobMode(rawValue: parts[1]) ?? .replace
        default: Issue.record("not a flag: \(word)")
        }
    }

    static func full(_ name: String) -> String { name.contains(".") ? name : name + ".service" }

    static func short(_ name: String) -> String {
        name.hasSuffix(".service") ? String(name.dropLast(".service".count)) : name
    }
}

/// A graph of a line for each unit.
func graph(_ text: String) -> UnitGraph {
    UnitGraph(
        text.split(whereSeparator: { $0 == "\n" || $0 == ";" })
            .map { $0.trimmingPrefix(while: { $0 == " " }) }.filter { !$0.isEmpty }
            .map { UnitGraph.Unit(line: String($0)) })
}

/// A queue with a manager whose units do as they are told, at once or when the test says so.
struct JobHarness {
    var queue: JobQueue
    var now = seconds(1)
    /// What has been done, for example `start web`, `web/start done`; log lines are apart.
    var trace: [String] = []
    var lines: [String] = []
    var timers: [JobTimer: Instant] = [:]
    /// More actions at once are a loop without end.
    var limit = 100_000
    /// Units that stay in `activating` or `deactivating` until told otherwise.
    var slow: Set<String> = []
    /// Units whose start fails.
    var broken: Set<String> = []
    /// Units that come to their end as soon as they have started.
    var oneshots: Set<String> = []
    /// Units with a condition that does not hold, or an assertion.
    var unmet: Set<String> = []
    var unasserted: Set<String> = []

    init(_ text: String, active: [String] = []) {
        queue = JobQueue(graph(text))
        for name in active { queue.adopt(.active, of: UnitGraph.Unit.full(name)) }
    }

    /// `start web`, `stop db`.
    @discardableResult
    mutating func ask(_ request: String, _ mode: JobMode = .replace, isManual: Bool = false) -> JobError? {
        let words = request.split(separator: " ").map(String.init)
        guard words.count == 2, let type = JobType(rawValue: words[0]) else {
            Issue.record("not a request: \(request)")
            return nil
        }
        do throws(JobError) {
            _ = try queue.enqueue(type, UnitGraph.Unit.full(words[1]), mode: mode, isManual: isManual, at: now)
            return nil
        } catch {
            return error
        }
    }

    /// The installed jobs: `web/start`, sorted.
    var installed: [String] {
        queue.jobs.map { "\(UnitGraph.Unit.short(queue.unit(of: $0)))/\($0.type.rawValue)" }.sorted()
    }

    mutating func tell(
        _ name: String, _ state: ActiveState, reloadSucceeded: Bool = true, willRestart: Bool = false
    ) {
        queue.handle(
            .stateChanged(
                unit: UnitGraph.Unit.full(name), state, reloadSucceeded: reloadSucceeded, willRestart: willRestart),
            at: now)
    }

    func state(_ name: String) -> ActiveState { queue.activeState(of: UnitGraph.Unit.full(name)) }

    /// Carries out all that is to be done.
    mutating func run() {
        var count = 0
        while let action = queue.next(at: now) {
            count += 1
            if count > limit {
                Issue.record("it never ends")
                return
            }
            perform(action)
        }
    }

    private mutating func perform(_ action: JobAction) {
        func short(_ name: String) -> String { UnitGraph.Unit.short(name) }
        switch action {
        case .check(let id, let unit):
            let name = short(unit)
            let answer: JobAnswer =
                unmet.contains(name) ? .conditionUnmet : unasserted.contains(name) ? .assertionFailed : .fit
            queue.handle(.answered(id, answer), at: now)
        case .start(_, let unit):
            let name = short(unit)
            trace.append("start \(name)")
            tell(name, .activating)
            if !slow.contains(name) {
                tell(name, broken.contains(name) ? .failed : oneshots.contains(name) ? .inactive : .active)
            }
        case .stop(_, let unit):
            let name = short(unit)
            trace.append("stop \(name)")
            tell(name, .deactivating)
            if !slow.contains(name) { tell(name, .inactive) }
        case .reload(_, let unit):
            let name = short(unit)
            trace.append("reload \(name)")
            tell(name, .reloading)
            if !slow.contains(name) { tell(name, .active, reloadSucceeded: !broken.contains(name)) }
        case .queued: break
        case .finished(_, let unit, let type, let result):
            trace.append("\(short(unit))/\(type.rawValue) \(result.rawValue)")
        case .triggeredChanged: break
        case .setTimer(let timer, let instant): timers[timer] = instant
        case .log(_, let unit, let text): lines.append("\(short(unit)): \(text)")
        }
    }

    /// What has happened since the last time.
    mutating func happened() -> [String] {
        defer { trace = [] }
        return trace
    }
}
