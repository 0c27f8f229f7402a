// `daimon start` of several units: in their order, all or nothing, and why not.
import Foundation
import Linux
import Testing

@Suite(.enabled(if: isRoot, "skipped: needs root")) struct SetStartTests {
    // MARK: - All are up

    @Test func theOrderIsThatOfAfterAndBefore() throws {
        let units = try UnitFolder()
        // Each is ready a while after its start: one that did not wait would be seen.
        try units.probe("a", ["After=b.service"], "sleep 50 append \(units.order) a-ready ready")
        try units.probe("b", ["After=c.service"], "sleep 50 append \(units.order) b-ready ready")
        try units.probe("c", "sleep 50 append \(units.order) c-ready ready")
        try units.probe("first", ["Before=c.service"], "sleep 50 append \(units.order) first-ready ready")
        let start = try units.daimon("start", "--name", "set", "a", "b", "c", "first")
        #expect(start.status == 0, "\(start)")
        #expect(start.errors == "" && start.output == "")
        #expect(
            units.events == ["+first", "first-ready", "+c", "c-ready", "+b", "b-ready", "+a", "a-ready"])
        for name in ["a", "b", "c", "first"] {
            let status = try units.status("\(name).service")
            #expect(status.state == "active (running)" && status.main == units.mains(name).last)
        }
        // The order of the stop is the reverse.
        #expect(try units.daimon("stop", "set").status == 0)
        #expect(Array(units.events.dropFirst(8)) == ["-a", "-b", "-c", "-first"])
        #expect(units.instance.survivors.isEmpty)
    }

    @Test func withoutAnOrderTheyStartAtOnce() throws {
        let units = try UnitFolder()
        // Each waits until it sees the others: one after the other none would ever be ready.
        for name in ["a", "b", "c"] {
            try units.define(
                "\(name).service", "[Service]", "Type=oneshot", "RemainAfterExit=yes", "TimeoutStartSec=10",
                "ExecStart=/bin/sh -c 'echo \(name) >>\(units.order); until [ $(wc -l <\(units.order)) = 3 ];"
                    + " do sleep 0.01; done'")
        }
        let start = try units.daimon("start", "--name", "set", "a", "b", "c")
        #expect(start.status == 0, "\(start)")
        #expect(try units.daimon("stop", "set").status == 0)
    }

    @Test func theInstanceHasTheNameOfTheFirst() throws {
        let units = try UnitFolder()
        try units.probe("a")
        try units.probe("b")
        try #require(try units.daimon("start", "b", "a.service").status == 0)
        let status = try units.status("a.service")
        #expect(status["Instance"] == "b" && status["Id"] == "a.service")
        #expect(try units.daimon("stop", "b").status == 0)
        #expect(Set(units.events) == ["+a", "+b", "-a", "-b"])
    }

    // MARK: - One is not

    @Test func oneThatFailsTakesAllDownInTheBackground() throws {
        let units = try UnitFolder()
        try units.probe("good")
        try units.probe("bad", ["After=good.service"], "complain 'the disk is made of cheese' exit 7 after 20")
        let start = try units.daimon("start", "--name", "set", "good", "bad")
        #expect(start.status == 7, "\(start)")
        #expect(start.errors.contains("bad.service"), "\(start)")
        #expect(start.errors.contains("exit-code"), "\(start)")
        #expect(start.errors.contains("the disk is made of cheese"), "\(start)")
        #expect(!start.errors.contains("good.service: "), "\(start)")
        #expect(units.events == ["+good", "+bad", "-bad", "-good"])
        #expect(units.instance.nothingIsLeft, "\(units.instance.remains)")
        #expect(try units.daimon("status", "set").status == 3)
        #expect(try units.status("bad.service").state == "failed (failed)")
        #expect(try units.status("good.service").state == "inactive (dead)")
    }

    @Test func inTheForegroundTheOthersGoOn() throws {
        let units = try UnitFolder()
        try units.probe("good")
        try units.probe("bad", "exit 7 after 20")
        let run = try units.run("--name", "set", "good", "bad")
        try waitUntil("the bad one has failed") { try units.status("bad.service").state == "failed (failed)" }
        #expect(try units.status("good.service").state == "active (running)")
        run.send(SIGTERM)
        let result = try run.wait()
        #expect(result.status == 7, "\(result)")
        #expect(result.errors.contains("bad.service"), "\(result)")
        #expect(units.instance.survivors.isEmpty)
    }

    @Test func aRequirementThatFailsIsNamed() throws {
        let units = try UnitFolder()
        try units.probe("a", ["Requires=b.service", "After=b.service"])
        try units.probe("b", "complain 'no route to anywhere' exit 9 after 20")
        let start = try units.daimon("start", "--name", "set", "a")
        #expect(start.status == 9, "\(start)")
        #expect(start.errors.contains("requires"), "\(start)")
        #expect(start.errors.contains("b.service") && start.errors.contains("no route to anywhere"), "\(start)")
        #expect(units.events == ["+b", "-b"], "a must not be started")
        #expect(units.instance.survivors.isEmpty)
    }

    @Test func aWishThatFailsIsNoFailure() throws {
        let units = try UnitFolder()
        try units.probe("a", ["Wants=b.service nowhere.service", "After=b.service"])
        try units.probe("b", "exit 9 after 20")
        let start = try units.daimon("start", "--name", "set", "a")
        #expect(start.status == 0, "\(start)")
        #expect(units.events == ["+b", "-b", "+a"])
        #expect(try units.status("b.service").state == "failed (failed)")
        #expect(try units.daimon("stop", "set").status == 0)
    }

    // MARK: - What is not even tried

    /// lines of [Unit], what the message must contain
    @Test(arguments: [
        (["Requires=nowhere.service"], ["nowhere.service", "not found"]),
        (["Requires=masked.service"], ["masked.service", "masked"]),
        (["Requires=bad.service"], ["bad.service"]),
        (["RefuseManualStart=yes"], ["a.service", "dependency only"]),
        (["AssertPathExists=/nonexistent"], ["a.service", "AssertPathExists=/nonexistent"]),
        (["Requisite=other.service"], ["requires"]),
    ])
    func whatCannotBeStartedIsRefused(unit: [String], words: [String]) throws {
        let units = try UnitFolder()
        try units.probe("a", unit)
        try units.probe("other")
        try units.define("bad.service", "[Service]", "Type=nonsense")
        try #require(symlink("/dev/null", units.instance.path("units/masked.service")) == 0)
        let start = try units.daimon("start", "--name", "set", "a")
        #expect(start.status != 0, "\(start)")
        for word in words { #expect(start.errors.contains(word), "\(word) in \(start)") }
        #expect(units.events == [])
        #expect(units.instance.nothingIsLeft)
    }

    @Test func whatIsMaskedOrNowhereIsBadInput() throws {
        let units = try UnitFolder()
        try #require(symlink("/dev/null", units.instance.path("units/masked.service")) == 0)
        try units.probe("a")
        for (name, word) in [("masked", "masked"), ("nowhere", "nowhere"), ("a.mount", "a.mount"), ("", "name")] {
            let start = try units.daimon("start", "--name", "set", "a", name)
            #expect(start.status == 2 && start.errors.contains(word), "\(start)")
        }
        #expect(units.events == [])
    }

    @Test func aConditionThatDoesNotHoldIsNoFailure() throws {
        let units = try UnitFolder()
        try units.probe("a", ["ConditionPathExists=/nonexistent"])
        let alone = try units.daimon("start", "--name", "alone", "a")
        #expect(alone.status == 0, "\(alone)")
        #expect(alone.errors.contains("ConditionPathExists=/nonexistent"), "\(alone)")
        #expect(units.instance.survivors.isEmpty, "nothing runs, so nothing stays")

        try units.probe("b")
        let set = try units.daimon("start", "--name", "set", "a", "b")
        #expect(set.status == 0, "\(set)")
        #expect(set.errors.contains("ConditionPathExists=/nonexistent"), "\(set)")
        #expect(units.events == ["+b"])
        #expect(try units.status("b.service").state == "active (running)")
        #expect(try units.daimon("stop", "set").status == 0)
    }

    @Test func aCycleIsBrokenWhereItCanBe() throws {
        let units = try UnitFolder()
        try units.probe("a", ["After=b.service"])
        try units.probe("b", ["Wants=a.service", "After=a.service"])
        // A wish can be left out, and is named.
        let wish = try units.daimon("start", "--name", "wish", "b")
        #expect(wish.status == 0, "\(wish)")
        #expect(units.events == ["+b"])
        #expect(units.log("wish").contains("ordering cycle"), "\(units.log("wish"))")
        #expect(try units.daimon("stop", "wish").status == 0)
        // What was asked for cannot.
        try units.probe("a", ["Requires=b.service", "After=b.service"])
        try units.probe("b", ["Requires=a.service", "After=a.service"])
        let both = try units.daimon("start", "--name", "both", "a", "b")
        #expect(both.status == 1, "\(both)")
        #expect(both.errors.contains("cycl"), "\(both)")
        #expect(units.instance.nothingIsLeft)
    }

    @Test func aJobThatTakesTooLong() throws {
        let units = try UnitFolder()
        try units.probe("a", ["After=b.service", "Requires=b.service", "JobTimeoutSec=200ms"])
        try units.probe("b", "never-ready")
        let start = try units.daimon("start", "a")
        #expect(start.status != 0 && start.errors.contains("timed out"), "\(start)")
        #expect(units.events == ["+b", "-b"])
        #expect(units.instance.nothingIsLeft)
    }

    /// Ctrl-C at the launching command, or `daimon stop` from elsewhere: what is up goes down, and nothing else is started.
    @Test(arguments: [true, false]) func aStopWhileItStarts(isInterrupt: Bool) throws {
        let units = try UnitFolder()
        try units.probe("a")
        try units.probe("b", ["After=a.service"], "never-ready")
        try units.probe("c", ["After=b.service"])
        let start = try BackgroundCommand(
            [Binaries.daimon, "start", "--name", "set", "a", "b", "c"], environment: units.environment)
        try waitUntil("b is starting") { units.events == ["+a", "+b"] }
        if isInterrupt { start.send(SIGINT) } else { #expect(try units.daimon("stop", "set").status == 0) }
        let result = try start.wait(timeout: .seconds(10))
        #expect(result.status != 0 && result.errors.contains("stopped before it was ready"), "\(result)")
        #expect(units.events == ["+a", "+b", "-b", "-a"])
        #expect(units.instance.nothingIsLeft)
    }

    @Test func aUnitThatIsNamedTwiceIsOne() throws {
        let units = try UnitFolder()
        try units.probe("a")
        let start = try units.daimon("start", "a", "a.service", units.instance.path("units/a.service"))
        #expect(start.status == 0, "\(start)")
        #expect(units.events == ["+a"])
        #expect(try units.daimon("start", "--name", "other", "a", "b").status == 2)
        let again = try units.daimon("start", "a")
        #expect(again.status == 1 && again.errors.contains("already running"), "\(again)")
        #expect(try units.daimon("stop", "a").status == 0)
    }

    @Test func aTemplateNeedsAnInstance() throws {
        let units = try UnitFolder()
        try units.probe("worker@")
        let start = try units.daimon("start", "worker@")
        #expect(start.status == 2 && start.errors.contains("worker@"), "\(start)")
        #expect(units.events == [] && units.instance.nothingIsLeft)
    }

    @Test func anAliasIsItsUnit() throws {
        let units = try UnitFolder()
        try units.probe("real")
        try #require(symlink("real.service", units.instance.path("units/alias.service")) == 0)
        try units.probe("a", ["Requires=alias.service", "After=alias.service"])
        let start = try units.daimon("start", "--name", "set", "a", "alias", "real")
        #expect(start.status == 0, "\(start)")
        #expect(units.events == ["+real", "+a"])
        #expect(try units.daimon("stop", "set").status == 0)
    }

    @Test func instancesOfOneTemplate() throws {
        let units = try UnitFolder()
        try units.probe("worker@", "append \(units.order) %i pid \(units.pids("%i")) ready")
        let start = try units.daimon("start", "--name", "pool", "worker@one", "worker@two")
        #expect(start.status == 0, "\(start)")
        #expect(Set(units.events).isSuperset(of: ["one", "two"]))
        #expect(try units.status("worker@two.service").main == units.mains("two").last)
        #expect(try units.daimon("stop", "pool").status == 0)
    }
}
