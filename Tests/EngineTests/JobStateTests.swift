// What the state of a unit does to others that no job asked for.
import Testing
import Units

@testable import Engine

struct JobStateTests {
    @Test func onFailureAndOnSuccess() {
        var harness = JobHarness("a OnFailure=b OnSuccess=c; b; c", active: ["a"])
        harness.tell("a", .failed)
        harness.run()
        #expect(harness.happened() == ["start b", "b/start done"])
        harness.ask("start a")
        harness.run()
        harness.ask("stop a")
        harness.run()
        #expect(harness.happened().suffix(2) == ["start c", "c/start done"])
    }

    @Test func onFailureThatCannotBe() {
        var harness = JobHarness("a OnFailure=missing,b; b", active: ["a"])
        harness.tell("a", .failed)
        harness.run()
        #expect(harness.happened() == ["start b", "b/start done"])
        #expect(
            harness.lines.contains(
                "a: Failed to enqueue OnFailure=missing.service job, ignoring: Unit missing.service not found."))
    }

    @Test func whatIsBoundGoesToo() {
        var harness = JobHarness(
            "a BindsTo=b; b; c Requires=b; d PartOf=b; e StopPropagatedFrom=b", active: ["a", "b", "c", "d", "e"])
        harness.tell("b", .failed)
        harness.run()
        #expect(Set(harness.happened()) == ["stop a", "a/stop done", "stop e", "e/stop done"])
        #expect(harness.state("c") == .active && harness.state("d") == .active)
    }

    @Test func aOneshotThatOthersAreBoundTo() {
        // It goes from activating to inactive: no state of it ever contradicts a job.
        var harness = JobHarness("a BindsTo=b; b")
        harness.slow = ["b"]
        harness.ask("start a")
        harness.run()
        harness.tell("b", .inactive)
        harness.run()
        #expect(harness.happened().suffix(2) == ["stop a", "a/stop done"])
    }

    @Test func whatStartsByItselfBringsItsDependencies() {
        var harness = JobHarness("a Requires=b Wants=c,d After=d Conflicts=e; b; c; d; e", active: ["e"])
        harness.tell("a", .active)
        harness.run()
        #expect(harness.installed.isEmpty)
        #expect(
            Set(harness.happened()) == ["start b", "b/start done", "start c", "c/start done", "stop e", "e/stop done"])
    }

    @Test func stopWhenUnneeded() {
        var harness = JobHarness("a Requires=c; b Wants=c; c !unneeded")
        harness.ask("start a")
        harness.ask("start b")
        harness.run()
        harness.ask("stop a")
        harness.run()
        #expect(harness.state("c") == .active)
        _ = harness.happened()
        harness.tell("b", .failed, willRestart: true)
        harness.run()
        #expect(harness.state("c") == .active)
        harness.tell("b", .inactive)
        harness.run()
        #expect(harness.happened() == ["stop c", "c/stop done"])
        // Started by itself it is not needed either.
        harness.ask("start c")
        harness.run()
        #expect(harness.state("c") == .inactive)
    }

    @Test func upholding() {
        var harness = JobHarness("a Upholds=b; b")
        harness.ask("start a")
        harness.run()
        _ = harness.happened()
        harness.tell("b", .failed)
        harness.run()
        #expect(harness.happened() == ["start b", "b/start done"])
        #expect(harness.lines.contains("b: Unit is started because upheld by active unit a.service."))
        harness.ask("stop a")
        harness.run()
        harness.tell("b", .inactive)
        harness.run()
        #expect(harness.state("b") == .inactive)
    }

    @Test func upholdingHasALimit() {
        var harness = JobHarness("a Upholds=b; b", active: ["a"])
        harness.broken = ["b"]
        harness.tell("b", .failed)
        harness.run()
        #expect(harness.happened().filter { $0 == "start b" }.count == 16)
        #expect(harness.timers == [.recheck(unit: "b.service"): seconds(11)])
        harness.broken = []
        harness.now = Instant(microseconds: 11_000_001)
        harness.queue.handle(.timerElapsed(.recheck(unit: "b.service")), at: harness.now)
        harness.run()
        #expect(harness.state("b") == .active)
    }

    @Test func triggersAreTold() {
        var queue = JobQueue(graph("t.timer Triggers=a; a"))
        queue.handle(.stateChanged(unit: "a.service", .active), at: seconds(1))
        #expect(queue.next(at: seconds(1)) == .triggeredChanged(unit: "a.service", triggeredBy: "t.timer"))
    }
}
