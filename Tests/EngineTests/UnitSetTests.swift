// Many units as one machine: what becomes of all when one is asked for, crashes, is stopped, is read again.
import Testing
import Units

@testable import Engine

@Suite struct UnitSetTests {
    private let web = """
        [Unit]
        Requires=db.service
        After=db.service
        [Service]
        ExecStart=/bin/web
        """

    @Test func aStartBringsWhatIsRequiredInOrder() {
        var harness = SetHarness(["web.service": web, "db.service": ""])
        guard case .job? = harness.ask("start web") else { return #expect(Bool(false), "it is refused") }
        #expect(harness.happened().filter { $0.hasPrefix("spawn") } == ["spawn db", "spawn web"])
        #expect(harness.state("web") == .active)
        // What DefaultDependencies= asks for is there without files.
        #expect(harness.state("sysinit.target") == .active)
        #expect(harness.state("system.slice") == .active)
        #expect(harness.set.isQuiet)
    }

    @Test func aFailureEndsWhatRequiresIt() {
        var harness = SetHarness(["web.service": web, "db.service": ""])
        harness.broken = ["db"]
        harness.ask("start web")
        let happened = harness.happened()
        #expect(happened.contains("db/start failed"))
        #expect(happened.contains("web/start dependency"))
        #expect(!happened.contains("spawn web"))
        #expect(harness.state("db") == .failed)
    }

    @Test func aSecondFailureEndsItsJobToo() {
        var harness = SetHarness(["a.service": "[Unit]\nStartLimitBurst=1\n[Service]\nExecStart=/bin/a"])
        harness.broken = ["a"]
        harness.ask("start a")
        _ = harness.happened()
        // The start limit: from failed to failed.
        harness.ask("start a")
        #expect(harness.happened() == ["a/start failed"])
        // How it failed the first time is kept.
        #expect(harness.set.status(of: "a.service")?.result == "exit-code")
        harness.feed(.resetFailed("a.service"))
        #expect(harness.state("a") == .inactive)
        harness.broken = []
        harness.ask("start a")
        #expect(harness.state("a") == .active)
    }

    @Test func aRestartIsAJobAndTakesAlongWhatIsBound() {
        let units = [
            "a.service": "[Service]\nExecStart=/bin/a\nRestart=always\nRestartSec=1s",
            "b.service": "[Unit]\nBindsTo=a.service\nAfter=a.service\n[Service]\nExecStart=/bin/b",
        ]
        var harness = SetHarness(units)
        harness.ask("start b")
        _ = harness.happened()
        harness.crash("a")
        #expect(harness.subState("a") == "auto-restart")
        #expect(harness.state("b") == .inactive, "it cannot be there without a")
        harness.elapse("a")
        #expect(harness.state("a") == .active)
        let happened = harness.happened()
        #expect(happened.contains("a/start done"))
        #expect(happened.contains("a failed"), "whoever watches sees that it was down")
        #expect(harness.set.service("a.service")?.restarts == 1)
    }

    /// As systemd 257 does it: seen in a booted one.
    @Test(arguments: ["5s", "infinity"])
    func aStartDoesNotWaitForTheRestartThatIsDue(delay: String) {
        var harness = SetHarness(["a.service": "[Service]\nExecStart=/bin/a\nRestart=always\nRestartSec=\(delay)"])
        harness.ask("start a")
        harness.crash("a")
        #expect(harness.subState("a") == "auto-restart")
        _ = harness.happened()
        harness.ask("start a")
        #expect(harness.happened().contains("a/start done"))
        #expect(harness.state("a") == .active)
        #expect(harness.set.service("a.service")?.restarts == 1, "it counts")
        harness.crash("a")
        harness.ask("restart a")
        #expect(harness.state("a") == .active)
    }

    @Test func aBoundUnitIsStoppedWhereTheOtherWasSkipped() {
        let units = [
            "a.service": "[Unit]\nBindsTo=b.service",
            "b.service": "[Unit]\nConditionPathExists=/x\n[Service]\nExecStart=/bin/b",
        ]
        var harness = SetHarness(units)
        harness.unmet = ["b"]
        harness.ask("start a")
        #expect(harness.state("a") == .inactive)
    }

    @Test func aStopEndsAnAutomaticRestart() {
        var harness = SetHarness(["a.service": "[Service]\nExecStart=/bin/a\nRestart=always\nRestartSec=5s"])
        harness.ask("start a")
        harness.crash("a")
        harness.ask("stop a")
        #expect(harness.state("a") == .inactive)
        #expect(harness.serviceTimers["a.service"]?[.state] == nil)
        #expect(harness.set.isQuiet)
    }

    @Test func conditionsSkipAndAssertionsFail() {
        let condition = "[Unit]\nConditionPathExists=/x\n[Service]\nExecStart=/bin/a"
        let assertion = "[Unit]\nAssertPathExists=/x\n[Service]\nExecStart=/bin/b"
        var harness = SetHarness(["a.service": condition, "b.service": assertion])
        harness.unmet = ["a"]
        harness.unasserted = ["b"]
        harness.ask("start a")
        #expect(harness.happened().contains("a/start done"))
        #expect(harness.state("a") == .inactive)
        harness.ask("start b")
        #expect(harness.happened().contains("b/start assert"))
        #expect(harness.state("b") == .inactive)
        harness.unmet = []
        harness.ask("start a")
        #expect(harness.state("a") == .active)
    }

    @Test func theConditionThatFailedIsNamed() {
        let text =
            "[Unit]\nDescription=The A\nDefaultDependencies=no\nConditionPathExists=!/x\n[Service]\nExecStart=/bin/a"
        var harness = SetHarness(["a.service": text, "b.service": "[Unit]\nDefaultDependencies=no"])
        harness.unmet = ["system.slice"]
        harness.ask("start system.slice")
        var actions = harness.set.handle(.request(UnitRequest(.start, "a.service")), at: harness.now)
        guard let job = harness.set.queue.job(of: "a.service")?.id else { return #expect(Bool(false), "no job") }
        #expect(actions.contains(.check(job, unit: "a.service")))
        // Until the answer no other job runs: one that goes before this one may have come meanwhile.
        actions = harness.set.handle(.request(UnitRequest(.start, "b.service")), at: harness.now)
        #expect(!actions.contains { if case .service("b.service", .spawn) = $0 { true } else { false } })
        let check = UnitCheck(conditions: (false, [.failed]))
        actions = harness.set.handle(.checked(job, check), at: harness.now)
        #expect(
            actions.contains(
                .log(
                    .info, unit: "a.service",
                    "The A was skipped because of an unmet condition check (ConditionPathExists=!/x).")))
        #expect(actions.contains { if case .service("b.service", .spawn) = $0 { true } else { false } })
    }

    @Test func aDirectRestartIsSeenByNobody() {
        let units = [
            "a.service": "[Service]\nExecStart=/bin/a\nRestart=always\nRestartSec=1s\nRestartMode=direct",
            "b.service": "[Unit]\nOnFailure=c.service\nBindsTo=a.service\nAfter=a.service",
            "c.service": "",
        ]
        var harness = SetHarness(units)
        harness.ask("start b")
        _ = harness.happened()
        harness.crash("a")
        #expect(!harness.happened().contains("a failed"))
        #expect(harness.subState("a") == "auto-restart")
    }

    @Test func aBoundUnitIsStoppedWhenARestartComesToNothing() {
        let units = [
            "a.service": "[Unit]\nAssertPathExists=/x\n[Service]\nExecStart=/bin/a",
            "b.service": "[Unit]\nBindsTo=a.service",
        ]
        var harness = SetHarness(units)
        harness.ask("start b")
        #expect(harness.state("a") == .active)
        harness.unasserted = ["a"]
        harness.ask("restart a", .ignoreDependencies)
        #expect(harness.state("a") == .inactive)
        #expect(harness.state("b") == .inactive)
    }

    @Test func aCircleCanBeStopped() {
        let units = [
            "a.service": "[Unit]\nDefaultDependencies=no\nRequires=b.service\nAfter=b.service",
            "b.service": "[Unit]\nDefaultDependencies=no\nRequires=a.service\nAfter=a.service",
        ]
        var harness = SetHarness(units)
        harness.ask("start a", .ignoreDependencies)
        harness.ask("start b", .ignoreDependencies)
        #expect(harness.state("a") == .active && harness.state("b") == .active)
        harness.feed(.stopAll)
        #expect(harness.happened().last == "all stopped")
    }

    @Test func everythingIsStoppedInOrder() {
        let units = [
            "web.service": web, "db.service": "[Unit]\nOnSuccess=mail.service", "mail.service": "",
        ]
        var harness = SetHarness(units)
        harness.ask("start web")
        _ = harness.happened()
        harness.feed(.stopAll)
        let happened = harness.happened()
        let stops = happened.filter { $0.hasSuffix("inactive") && !$0.contains(".") }
        #expect(stops == ["web inactive", "db inactive"])
        #expect(!happened.contains("spawn mail"), "nothing is started any more")
        #expect(happened.last == "all stopped")
        #expect(harness.timers.isEmpty)
        guard case .refused? = harness.ask("start web") else { return #expect(Bool(false), "it starts again") }
    }

    @Test func aTimeoutOfAJobIsItsEnd() {
        let slow = "[Unit]\nJobRunningTimeoutSec=3s\n[Service]\nType=notify\nExecStart=/bin/a"
        var harness = SetHarness(["a.service": slow])
        harness.ask("start a")
        #expect(harness.state("a") == .activating)
        let set = harness.timers.filter {
            if case .job(.job) = $0.key { $0.value != .monotonic(seconds(0)) } else { false }
        }
        guard let timer = set.keys.first else { return #expect(Bool(false), "no timer") }
        #expect(set[timer] == .monotonic(seconds(1003)))
        harness.pass(3_000_000)
        harness.feed(.timerElapsed(timer))
        #expect(harness.happened().contains("a/start timeout"))
        #expect(harness.state("a") == .activating, "the service goes on, as under systemd")
    }

    // MARK: - Read again

    @Test func whatRunsKeepsItsDefinitionUntilItIsDown() {
        var harness = SetHarness(["a.service": "[Service]\nExecStart=/bin/old"])
        harness.ask("start a")
        _ = harness.happened()
        harness.feed(.define([SetHarness.unit("a.service", "[Service]\nExecStart=/bin/new")]))
        #expect(harness.happened().isEmpty)
        #expect(harness.set.service("a.service")?.unit.execStart.first?.path == "/bin/old")
        harness.ask("restart a")
        #expect(harness.set.service("a.service")?.unit.execStart.first?.path == "/bin/new")
        #expect(harness.state("a") == .active)
    }

    @Test func aFileThatWentBadKeepsTheOldDefinition() {
        var harness = SetHarness(["a.service": "[Service]\nExecStart=/bin/old"])
        harness.feed(.define([SetHarness.unit("a.service", "[Service]\nExecStart=\n")]))
        #expect(harness.lines.contains { $0.contains("the old one stays in force") })
        harness.ask("start a")
        #expect(harness.state("a") == .active)
    }

    @Test func aRemovedUnitStaysUntilItIsDown() {
        var harness = SetHarness(["a.service": ""])
        harness.ask("start a")
        harness.feed(.remove(["a.service"]))
        #expect(harness.state("a") == .active)
        harness.ask("stop a")
        #expect(harness.state("a") == nil)
        guard case .refused(let error)? = harness.ask("start a") else { return #expect(Bool(false), "it starts") }
        #expect(error.kind == .noSuchUnit)
    }

    @Test func ExecReloadAndPropagation() {
        let units = [
            "a.service": "[Unit]\nPropagatesReloadTo=b.service\n[Service]\nExecStart=/bin/a\nExecReload=/bin/r",
            "b.service": "[Service]\nExecStart=/bin/b\nReloadSignal=SIGUSR1\n",
        ]
        var harness = SetHarness(units)
        harness.ask("start a")
        harness.ask("start b")
        _ = harness.happened()
        harness.ask("reload a")
        harness.feed(.service("a.service", .processEnded(.control(.reload, 0), .exited(0))))
        let happened = harness.happened()
        #expect(happened.contains("a/reload done"))
        #expect(happened.contains("b/reload done"))
    }
}
