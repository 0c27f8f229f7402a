// Services in a set: when their starts count as done, what goes on beside their jobs, and that a thousand of them are as quick,
// each, as one.
import Testing
import Units

@testable import Engine

@Suite struct UnitSetServiceTests {
    private func oneshot(_ more: String = "") -> String {
        "[Service]\nType=oneshot\nExecStart=/bin/once\n\(more)"
    }

    /// A oneshot is down again when it has done its work, and its start has succeeded all the same: who waits is told so, by the
    /// job and by `.started`.
    @Test(arguments: [false, true])
    func aOneshotThatSucceeds(_ remains: Bool) {
        var harness = SetHarness([
            "once.service": oneshot(remains ? "RemainAfterExit=yes" : ""),
            "after.service": "[Unit]\nAfter=once.service\nRequires=once.service",
        ])
        harness.ask("start after")
        #expect(!harness.happened().contains("spawn after"))
        harness.exit("once", .exited(0))
        let happened = harness.happened()
        #expect(happened.contains("once/start done") && happened.contains("after/start done"))
        #expect(harness.state("once") == (remains ? .active : .inactive))
        #expect(harness.started == ["once", "after"])
        #expect(harness.set.status(of: "once.service")?.result == "success")
    }

    @Test func aOneshotThatFails() {
        var harness = SetHarness(["once.service": oneshot()])
        harness.ask("start once")
        harness.exit("once", .exited(3))
        #expect(harness.happened().contains("once/start failed") && harness.started.isEmpty)
        #expect(harness.set.service("once.service")?.exitStatus == 3)
        // Its work is done, and then a command after it fails: a start that failed, as in systemd.
        harness = SetHarness(["once.service": oneshot("ExecStopPost=/bin/post")])
        harness.ask("start once")
        harness.exit("once", .exited(0))
        #expect(harness.started == ["once"] && !harness.happened().contains("once/start done"))
        harness.feed(.service("once.service", .processEnded(.control(.stopPost, 0), .exited(1))))
        harness.feed(.service("once.service", .treeEmpty))
        #expect(harness.happened().contains("once/start failed"))
    }

    @Test func aSkippedOneshotIsDoneToo() {
        var harness = SetHarness(["once.service": oneshot("ExecCondition=/bin/condition")])
        harness.ask("start once")
        harness.feed(.service("once.service", .processEnded(.control(.condition, 0), .exited(1))))
        harness.feed(.service("once.service", .treeEmpty))
        #expect(harness.happened().contains("once/start done") && harness.started.isEmpty)
        #expect(harness.set.status(of: "once.service")?.result == "exec-condition")
    }

    /// A stop that waits for another unit's: what ends by itself meanwhile is not restarted.
    @Test func noRestartBeforeAStopThatWaits() {
        var harness = SetHarness([
            "a.service": "[Service]\nExecStart=/bin/a\nRestart=always\nRestartSec=0",
            "b.service": "[Unit]\nAfter=a.service\n[Service]\nExecStart=/bin/b\nExecStop=/bin/stop",
        ])
        harness.ask("start a")
        harness.ask("start b")
        harness.ask("stop b")
        harness.ask("stop a")
        _ = harness.happened()
        #expect(harness.state("a") == .active)
        harness.crash("a")
        #expect(harness.subState("a") == "failed" && harness.happened().contains("a/stop done"))
    }

    @Test func aReloadOfItsOwnIsPassedOn() {
        var harness = SetHarness([
            "a.service": "[Unit]\nPropagatesReloadTo=b.service\n[Service]\nType=notify\nExecStart=/bin/a",
            "b.service": "[Service]\nExecStart=/bin/b\nExecReload=/bin/reload",
        ])
        harness.ask("start a")
        harness.feed(.service("a.service", .notified(.readySent)))
        harness.ask("start b")
        harness.feed(.service("a.service", .notified(.reloadingSent)))
        #expect(harness.subState("a") == "reload-notify" && harness.subState("b") == "reload")
    }

    // MARK: - Many

    /// What a service takes beside the values of its own, in bytes: the bar is 4 KB for everything.
    @Test func sizes() {
        #expect(MemoryLayout<ServiceUnit>.size == 8)
        #expect(MemoryLayout<ServiceSettings>.size <= 900)
        #expect(MemoryLayout<ServiceMachine>.size <= 320)
        #expect(MemoryLayout<UnitSet.Record>.size <= 640)
        #expect(MemoryLayout<JobQueue.Record>.size <= 40)
        #expect(MemoryLayout<UnitGraph.Edge>.size <= 8)
    }

    /// A copy shares until it is changed, and then both have their own.
    @Test func copiesOfAUnit() {
        let one = makeUnit(.notify) { $0.timeoutStop = .seconds(5) }
        var other = one
        #expect(one == other)
        other.timeoutStop = .seconds(6)
        other.execution.user = "www"
        #expect(one.timeoutStop == .seconds(5) && one.execution.user == nil && other.execution.user == "www")
        #expect(one != other)
        other.timeoutStop = .seconds(5)
        other.execution.user = nil
        #expect(one == other)
    }

    @Test func aThousandServices() {
        var units: [String: String] = [:]
        for number in 0..<1000 { units["s\(number).service"] = "" }
        var harness = SetHarness(units)
        for number in 0..<1000 { harness.ask("start s\(number)") }
        #expect(harness.set.isQuiet && harness.set.up.count > 1000)
        #expect(harness.state("s999") == .active)
        harness.feed(.stopAll)
        #expect(harness.happened().last == "all stopped" && harness.set.up.isEmpty)
    }
}
