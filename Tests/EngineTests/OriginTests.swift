// What a unit is told of who caused its start.
import Testing
import Units

@testable import Engine

@Suite struct OriginTests {
    private static func naming(_ line: String) -> String { "[Unit]\n\(line)\n[Service]\nExecStart=/bin/x\n" }

    static let candidates: [([String: String], String?)] = [
        (["a.service": "", "b.service": ""], nil),
        (["a.service": naming("OnFailure=b.service"), "b.service": ""], "a.service"),
        (["a.service": naming("OnSuccess=b.service"), "b.service": ""], "a.service"),
        // It is not known which one.
        (
            [
                "a.service": naming("OnFailure=b.service"), "c.service": naming("OnSuccess=b.service"),
                "b.service": "",
            ], nil
        ),
        (["a.service": naming("OnFailure=b.service\nOnSuccess=b.service"), "b.service": ""], nil),
        // Other dependencies are none of it.
        (["a.service": naming("Wants=b.service\nRequires=b.service"), "b.service": ""], nil),
        (
            ["a.service": naming("OnFailure=b.service"), "c.service": naming("Wants=b.service"), "b.service": ""],
            "a.service"
        ),
        // What has no result has none to tell.
        (["a.target": "[Unit]\nOnFailure=b.service", "b.service": ""], nil),
    ]

    @Test(arguments: candidates.indices) func theOneThatIsDealtWith(_ index: Int) {
        let (units, wanted) = Self.candidates[index]
        let harness = SetHarness(units)
        #expect(harness.set.monitored(by: "b.service") == wanted)
        #expect(harness.set.monitored(by: "a.service") == nil && harness.set.monitored(by: "nobody.service") == nil)
    }

    @Test func itIsForgottenWhenItIsReadAgainWithout() {
        var harness = SetHarness(["a.service": Self.naming("OnFailure=b.service"), "b.service": ""])
        harness.feed(.define([SetHarness.unit("a.service", Self.naming("Wants=b.service"))]))
        #expect(harness.set.monitored(by: "b.service") == nil)
    }

    @Test func aTimerIsKnownAsLongAsTheLifeThatItBegan() {
        let units = [
            "job.service": "[Service]\nExecStart=/bin/job\nRestart=on-failure\nRestartSec=1s",
            "job.timer": "[Timer]\nOnActiveSec=10s\nOnUnitInactiveSec=10s\nAccuracySec=1us",
        ]
        var harness = SetHarness(units)
        harness.ask("start job.timer")
        #expect(harness.set.trigger(of: "job.service") == nil)
        harness.pass(10_000_000)
        let first = harness.now
        harness.feed(.timerElapsed(.timer(unit: "job.timer", .monotonic)))
        #expect(harness.state("job") == .active)
        #expect(harness.set.trigger(of: "job.service") == UnitTrigger(unit: "job.timer", time: first))
        // Restart= goes on with the same life.
        harness.crash("job")
        #expect(harness.subState("job") == "auto-restart")
        #expect(harness.set.trigger(of: "job.service")?.unit == "job.timer")
        harness.ask("stop job.service")
        #expect(harness.state("job") == .inactive)
        #expect(harness.set.trigger(of: "job.service") == nil)
        harness.ask("start job.service")
        #expect(harness.state("job") == .active && harness.set.trigger(of: "job.service") == nil)
        harness.ask("stop job.service")
        harness.pass(10_000_000)
        harness.feed(.timerElapsed(.timer(unit: "job.timer", .monotonic)))
        #expect(harness.set.trigger(of: "job.service")?.time == harness.now)
    }

    @Test func aStartThatComesToNothingIsForgotten() {
        let units = [
            "job.service": "[Unit]\nConditionPathExists=/x\n[Service]\nExecStart=/bin/job",
            "job.timer": "[Timer]\nOnActiveSec=10s",
        ]
        var harness = SetHarness(units)
        harness.unmet = ["job"]
        harness.ask("start job.timer")
        harness.pass(10_000_000)
        harness.feed(.timerElapsed(.timer(unit: "job.timer", .monotonic)))
        #expect(harness.state("job") == .inactive && harness.set.trigger(of: "job.service") == nil)
    }
}
