// Whether all that was asked for is up: tables of what the engine tells, and what follows.
import Testing

@testable import Engine
@testable import Manager

@Suite struct LaunchProgressTests {
    private func id(_ number: UInt32) -> JobID { JobID(number: number) }

    /// Two services, the jobs 1 and 2.
    private func launched() -> LaunchProgress {
        var launch = LaunchProgress(asked: ["a.service", "b.service"])
        launch.isQueued(0, id(1))
        launch.isQueued(1, id(2))
        return launch
    }

    @Test func nothingIsDecidedBeforeAllIsAnswered() {
        var launch = LaunchProgress(asked: ["a.service", "b.service"])
        #expect(launch.verdict == .pending)
        launch.isQueued(0, id(1))
        launch.isFinished(id(1), .done)
        #expect(launch.verdict == .pending, "the second is not even answered")
        launch.isRefused(1, "b.service is masked.")
        #expect(launch.verdict == .failed)
        #expect(launch.failures == [.init(unit: "b.service", reason: .refused("b.service is masked."))])
    }

    @Test(arguments: JobResult.allCases)
    func aResultIsGoodOrBad(_ result: JobResult) {
        var launch = launched()
        launch.isFinished(id(2), result)
        #expect(launch.verdict == .pending)
        launch.isFinished(id(1), .done)
        // A start that finds nothing to do, as of a unit whose condition does not hold, is none that failed.
        let isGood = result == .done || result == .skipped
        #expect(launch.verdict == (isGood ? .ready : .failed))
        #expect(launch.failures == (isGood ? [] : [.init(unit: "b.service", reason: .job(result))]))
    }

    @Test func jobsOfOthersDoNotCount() {
        var launch = launched()
        launch.isFinished(id(3), .failed)
        // A tag of somebody else's request.
        launch.isQueued(2, id(4))
        launch.isRefused(.max, "no")
        #expect(launch.verdict == .pending && launch.failures.isEmpty)
        launch.isFinished(id(1), .done)
        launch.isFinished(id(2), .done)
        #expect(launch.verdict == .ready)
        // A later job of the same unit changes nothing any more.
        launch.isFinished(id(1), .failed)
        #expect(launch.verdict == .ready)
    }

    /// One unit by two of its names has one job (systemd merges them).
    @Test func oneJobForTwoRequests() {
        var launch = LaunchProgress(asked: ["a.service", "alias.service"])
        launch.isQueued(0, id(1))
        launch.isQueued(1, id(1))
        #expect(launch.verdict == .pending)
        launch.isFinished(id(1), .failed)
        #expect(launch.verdict == .failed && launch.failures.count == 1)
    }

    // MARK: - What it lives for

    @Test func servicesAreHeldByThoseAskedFor() {
        var launch = launched()
        #expect(!launch.isHeld)
        launch.isUp("helper.service", true, isWorker: true)
        #expect(!launch.isHeld, "a helper alone is nothing to live for")
        launch.isUp("a.service", true, isWorker: true)
        launch.isUp("b.service", true, isWorker: true)
        launch.isUp("a.service", false, isWorker: true)
        #expect(launch.isHeld)
        launch.isUp("b.service", false, isWorker: true)
        #expect(!launch.isHeld)
    }

    /// OnFailure= and OnSuccess= have their turn when what was asked for has ended.
    @Test func whatFollowsHoldsToo() {
        var launch = LaunchProgress(asked: ["a.service"])
        launch.successors = ["alarm.service"]
        launch.isUp("a.service", true, isWorker: true)
        launch.isUp("alarm.service", true, isWorker: true)
        launch.isUp("a.service", false, isWorker: true)
        #expect(launch.isHeld)
        launch.isUp("alarm.service", false, isWorker: true)
        #expect(!launch.isHeld)
    }

    @Test func aTargetIsHeldByWhatItLeadsTo() {
        var launch = LaunchProgress(asked: ["site.target"])
        launch.isUp("site.target", true, isWorker: false)
        #expect(!launch.isHeld)
        launch.isUp("a.service", true, isWorker: true)
        launch.isUp("job.timer", true, isWorker: true)
        launch.isUp("a.service", false, isWorker: true)
        #expect(launch.isHeld)
        launch.isUp("job.timer", false, isWorker: true)
        #expect(!launch.isHeld)
    }

    @Test func aTimerIsHeldByItself() {
        var launch = LaunchProgress(asked: ["job.timer"])
        launch.isUp("job.timer", true, isWorker: true)
        launch.isUp("job.service", true, isWorker: true)
        launch.isUp("job.service", false, isWorker: true)
        #expect(launch.isHeld)
        launch.isUp("job.timer", false, isWorker: true)
        #expect(!launch.isHeld)
    }
}
