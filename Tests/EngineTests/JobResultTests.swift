// What becomes of queued jobs: their order, their ends, and what an end does to other jobs.
import Testing
import Units

@testable import Engine

struct JobResultTests {
    // MARK: - Order

    @Test func startsInOrderAndStopsInTheOpposite() {
        var harness = JobHarness("a Requires=b,c After=b; b Requires=c After=c; c")
        harness.ask("start a")
        harness.run()
        #expect(
            harness.happened() == ["start c", "c/start done", "start b", "b/start done", "start a", "a/start done"])
        harness.ask("stop c")
        harness.run()
        #expect(harness.happened() == ["stop a", "a/stop done", "stop b", "b/stop done", "stop c", "c/stop done"])
    }

    @Test func aStopGoesBeforeAStart() {
        for order in ["After", "Before"] {
            var harness = JobHarness("a Conflicts=b \(order)=b; b", active: ["b"])
            harness.slow = ["b"]
            harness.ask("start a")
            harness.run()
            #expect(harness.happened() == ["stop b"])
            harness.tell("b", .inactive)
            harness.run()
            #expect(harness.happened() == ["b/stop done", "start a", "a/start done"])
        }
    }

    @Test func restartsGoDownInOrderAndUpAgain() {
        var harness = JobHarness("a Requires=b After=b; b", active: ["a", "b"])
        harness.ask("restart b")
        harness.run()
        #expect(
            harness.happened() == ["stop a", "stop b", "start b", "b/start done", "start a", "a/start done"])
    }

    @Test func withoutOrderAllRunAtOnce() {
        var harness = JobHarness("a Requires=b,c; b; c")
        harness.slow = ["a", "b", "c"]
        harness.ask("start a")
        harness.run()
        #expect(harness.happened() == ["start a", "start b", "start c"])
        #expect(harness.queue.jobs.allSatisfy { $0.state == .running })
    }

    @Test func whatAJobWaitsFor() throws {
        var harness = JobHarness("a Wants=b,c After=b,c; b; c")
        harness.slow = ["b", "c"]
        harness.ask("start a")
        harness.run()
        let job = try #require(harness.queue.job(of: "a.service"))
        #expect(
            harness.queue.waits(of: job).compactMap { harness.queue[$0].map { harness.queue.unit(of: $0) } } == [
                "b.service", "c.service",
            ])
        harness.tell("b", .active)
        harness.run()
        #expect(harness.queue.waits(of: job).count == 1)
        harness.tell("c", .failed)
        harness.run()
        #expect(harness.happened().suffix(2) == ["start a", "a/start done"])
    }

    @Test func aJobThatIgnoresOrderDoesNotWait() {
        var harness = JobHarness("a After=b; b")
        harness.slow = ["b"]
        harness.ask("start b")
        harness.ask("start a", .ignoreDependencies)
        harness.run()
        #expect(harness.happened() == ["start b", "start a", "a/start done"])
    }

    // MARK: - Ends

    @Test func aFailedStartFailsItsDependents() {
        var harness = JobHarness(
            "a Requires=b After=b; b Requires=c After=c; c; d BindsTo=c After=c; e Wants=c After=c; f Requisite=c After=c;"
                + "t.target Wants=a,d,e,f")
        harness.broken = ["c"]
        harness.ask("start t.target")
        harness.run()
        let happened = harness.happened()
        for line in ["c/start failed", "b/start dependency", "a/start dependency", "d/start dependency"] {
            #expect(happened.contains(line), "\(line)")
        }
        #expect(happened.contains("f/start dependency") && happened.contains("e/start done"))
        #expect(happened.last == "t.target/start done" || happened.contains("t.target/start done"))
        #expect(harness.lines.contains("b: Dependency failed for b.service."))
        #expect(harness.lines.contains("b: Job b.service/start failed with result 'dependency'."))
        #expect(harness.installed.isEmpty)
    }

    @Test func withoutOrderAFailureComesTooLate() {
        var harness = JobHarness("a Requires=b; b")
        harness.broken = ["b"]
        harness.ask("start a")
        harness.run()
        #expect(harness.happened() == ["start a", "a/start done", "start b", "b/start failed"])
        #expect(harness.state("a") == .active)
    }

    @Test func verifyActive() {
        var harness = JobHarness("a Requisite=b After=b; b")
        harness.ask("start a")
        harness.run()
        #expect(harness.happened() == ["b/verify-active skipped", "a/start dependency"])
        #expect(harness.lines.contains("b: b.service is inactive."))
        // What is on its way is waited for.
        harness.slow = ["b"]
        harness.ask("start b")
        harness.run()
        harness.ask("start a")
        harness.run()
        #expect(harness.happened() == ["start b"])
        harness.tell("b", .active)
        harness.run()
        #expect(harness.happened() == ["b/start done", "start a", "a/start done"])
    }

    @Test func requisiteWithoutAnOrderFailsAtOnce() {
        var harness = JobHarness("a Requisite=b; b")
        harness.ask("start a")
        harness.run()
        #expect(harness.happened() == ["b/verify-active skipped", "a/start dependency"])
    }

    @Test func requisiteOfWhatWasSkipped() {
        var harness = JobHarness("a Requisite=b After=b; c Requires=b Wants=a; b")
        harness.unmet = ["b"]
        harness.ask("start c")
        harness.run()
        // The verify-active has become part of the start, which was done and left b inactive.
        #expect(harness.happened().contains("a/start dependency"))
    }

    @Test func conditionsAndAssertions() {
        var harness = JobHarness("a Requires=b After=b; b; c Requires=d After=d; d")
        harness.unmet = ["b"]
        harness.unasserted = ["d"]
        harness.ask("start a")
        harness.ask("start c")
        harness.run()
        #expect(
            harness.happened() == ["b/start done", "start a", "a/start done", "d/start assert", "c/start dependency"])
    }

    @Test func boundToWhatIsNotThere() {
        var harness = JobHarness("a BindsTo=b After=b; b")
        harness.unmet = ["b"]
        harness.ask("start a")
        harness.run()
        #expect(harness.happened() == ["b/start done", "a/start dependency"])
        #expect(harness.lines.contains("a: Bound to unit b.service, but unit isn't active."))
    }

    @Test func reloads() {
        var harness = JobHarness(
            "a !reload; b !reload PropagatesReloadTo=a; x.target PropagatesReloadTo=a", active: ["a"])
        harness.ask("reload a")
        harness.run()
        #expect(harness.happened() == ["reload a", "a/reload done"])
        harness.broken = ["a"]
        harness.ask("reload a")
        harness.run()
        #expect(harness.happened() == ["reload a", "a/reload failed"])
        harness.ask("reload b")
        harness.run()
        #expect(harness.happened().contains("b/reload invalid"))
        // A target has nothing to reload itself.
        harness.queue.adopt(.active, of: "x.target")
        harness.broken = []
        harness.ask("reload x.target")
        harness.run()
        #expect(harness.happened() == ["x.target/reload done", "reload a", "a/reload done"])
    }

    @Test func aSecondReloadIsDoneAfterTheFirst() {
        var harness = JobHarness("a !reload", active: ["a"])
        harness.slow = ["a"]
        harness.ask("reload a")
        harness.run()
        harness.ask("reload a")
        harness.run()
        #expect(harness.happened() == ["reload a"])
        harness.tell("a", .active)
        harness.run()
        #expect(harness.happened() == ["reload a"])
        harness.tell("a", .active)
        harness.run()
        #expect(harness.happened() == ["a/reload done"])
    }

    @Test func mergingIntoInstalledJobs() {
        var harness = JobHarness("a !reload; b")
        harness.slow = ["a"]
        harness.ask("start a")
        harness.run()
        harness.ask("start a")
        #expect(harness.queue.jobs.count == 1 && harness.queue.jobs[0].state == .running)
        harness.ask("restart a")
        #expect(harness.installed == ["a/restart"] && harness.queue.jobs[0].state == .waiting)
        harness.run()
        #expect(harness.happened() == ["start a", "stop a"])
        harness.tell("a", .inactive)
        harness.run()
        harness.tell("a", .active)
        harness.run()
        #expect(harness.happened() == ["start a", "a/start done"])
    }

    @Test func aStartWaitsForTheEndOfAStop() {
        var harness = JobHarness("a", active: ["a"])
        harness.tell("a", .deactivating)
        harness.ask("start a")
        harness.run()
        #expect(harness.happened() == [] && harness.installed == ["a/start"])
        harness.tell("a", .inactive)
        harness.run()
        #expect(harness.happened() == ["start a", "a/start done"])
    }

    @Test func aUnitThatGoesAnotherWay() {
        var harness = JobHarness("a; b", active: ["b"])
        harness.slow = ["a", "b"]
        harness.ask("start a")
        harness.ask("stop b")
        harness.run()
        // It came to its end at once, as a oneshot does; and a stop that did not stop.
        harness.tell("a", .inactive)
        harness.tell("b", .active)
        harness.run()
        #expect(harness.happened() == ["start a", "stop b", "a/start done", "b/stop failed"])
    }

    @Test func cancelling() throws {
        var harness = JobHarness("a Requires=b After=b; b")
        harness.slow = ["b"]
        harness.ask("start a")
        harness.run()
        harness.queue.cancel(try #require(harness.queue.job(of: "b.service")).id, at: harness.now)
        harness.run()
        #expect(harness.happened() == ["start b", "b/start canceled", "a/start dependency"])
    }

    // MARK: - Time limits

    @Test func timeLimits() throws {
        var harness = JobHarness("a Requires=b After=b !timeout:10 OnFailure=c; b !running:5; c")
        harness.slow = ["b"]
        harness.ask("start a")
        harness.run()
        let a = try #require(harness.queue.job(of: "a.service")).id
        let b = try #require(harness.queue.job(of: "b.service")).id
        #expect(harness.timers == [.job(a): seconds(11), .job(b): seconds(6)])
        harness.now = seconds(6)
        harness.queue.handle(.timerElapsed(.job(b)), at: harness.now)
        harness.run()
        #expect(
            harness.happened() == ["start b", "b/start timeout", "a/start dependency", "start c", "c/start done"])
        #expect(harness.timers.isEmpty)
        #expect(harness.lines.contains("b: Job b.service/start timed out."))
        #expect(harness.lines.contains("b: Timed out starting b.service."))
        #expect(harness.lines.contains("a: Triggering OnFailure= dependencies."))
    }

    // MARK: - Many

    /// Nothing here takes time that grows with the square of the units, nor stack with the length of a chain.
    @Test(.timeLimit(.minutes(2)), arguments: ["chain", "star", "cycles", "hostile"])
    func tenThousandUnits(_ shape: String) {
        let count = 10_000
        var units: [String] = ["x0"]
        switch shape {
        case "chain": units += (1..<count).map { "x\($0) Requires=x\($0 - 1) After=x\($0 - 1)" }
        case "star":
            units.append("x\(count - 1) " + (0..<count - 1).map { "Wants=x\($0) After=x\($0)" }.joined(separator: " "))
        case "cycles":
            units += (1..<count).map { "x\($0) Wants=x\($0 - 1),b\($0) After=x\($0 - 1)" }
            units += (1..<count).map { "b\($0) After=x\($0 - 1) Before=x0" }
        default:
            // Each tries two others, and fails itself only then.
            units += (1..<count).map { "x\($0) Wants=x\($0 - 1),y\($0 - 1) Requisite=missing" }
            units += (0..<count).map { "y\($0) Wants=x\($0),y\(max($0, 1) - 1) Requisite=missing" }
        }
        if shape == "star" { units += (1..<count - 1).map { "x\($0)" } }
        var harness = JobHarness(units.joined(separator: "\n"))
        let error = harness.ask("start x\(count - 1)")
        harness.limit = 1_000_000
        harness.run()
        #expect(harness.installed.isEmpty)
        #expect((error == nil) == (shape != "hostile"))
        #expect((harness.state("x\(count - 1)") == .active) == (shape != "hostile"))
    }

    // MARK: - Definitions that change

    @Test func unitsCanBeReadAgain() throws {
        var harness = JobHarness("a After=b; b")
        harness.slow = ["b"]
        harness.ask("start b")
        harness.ask("start a")
        harness.run()
        #expect(harness.happened() == ["start b"])
        harness.queue.define([UnitGraph.Unit(line: "a Wants=d"), UnitGraph.Unit(line: "d !alias:delta")])
        harness.run()
        #expect(harness.happened() == ["start a", "a/start done"])
        harness.ask("start delta")
        harness.run()
        #expect(harness.happened() == ["start d", "d/start done"])
        harness.queue.remove(["a.service"])
        // It is still up, and can be stopped, but nothing else.
        #expect(harness.ask("start a")?.kind == .noSuchUnit && harness.ask("restart a")?.kind == .noSuchUnit)
        harness.ask("stop a")
        harness.run()
        #expect(harness.ask("start a")?.kind == .noSuchUnit)
    }
}
