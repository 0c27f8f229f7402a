// Timers within a set: when they elapse, what they start, what a clock that jumps does to them.
import Testing
import Units

@testable import Engine

@Suite struct TimerMachineTests {
    private func harness(_ timer: String, service: String = "") -> SetHarness {
        var harness = SetHarness(["a.timer": "[Timer]\n" + timer, "a.service": service], bootIsStartup: true)
        harness.ask("start a.timer")
        return harness
    }

    private let monotonic = UnitTimer.timer(unit: "a.timer", .monotonic)
    private let realtime = UnitTimer.timer(unit: "a.timer", .realtime)

    /// Time passes until a timer is due, and it elapses.
    private func elapse(_ harness: inout SetHarness, _ timer: UnitTimer) {
        guard let deadline = harness.timers[timer] else {
            Issue.record("\(timer) is not set")
            return
        }
        switch deadline {
        case .monotonic(let instant): harness.pass(instant.microseconds - harness.now.monotonic.microseconds)
        case .realtime(let time): harness.pass(time - harness.now.realtime)
        }
        harness.timers[timer] = nil
        harness.feed(.timerElapsed(timer))
    }

    @Test func afterItsOwnStart() {
        var harness = harness("OnActiveSec=30s")
        #expect(harness.subState("a.timer") == "waiting")
        #expect(harness.timers[monotonic] == .monotonic(seconds(1030)))
        elapse(&harness, monotonic)
        #expect(harness.state("a") == .active)
        #expect(harness.subState("a.timer") == "running")
        harness.pass(1_000_000)
        harness.ask("stop a")
        // One time was all.
        #expect(harness.subState("a.timer") == "elapsed")
        #expect(harness.timers[monotonic] == nil)
    }

    @Test func againAndAgain() {
        var harness = harness("OnActiveSec=1s\nOnUnitInactiveSec=10s")
        elapse(&harness, monotonic)
        harness.pass(5_000_000)
        harness.ask("stop a")
        #expect(harness.timers[monotonic] == .monotonic(seconds(1016)))
        elapse(&harness, monotonic)
        #expect(harness.state("a") == .active)
    }

    @Test func whatIsOverIsGone() {
        var harness = harness("OnActiveSec=1s\nRemainAfterElapse=no")
        elapse(&harness, monotonic)
        harness.pass(1_000_000)
        harness.ask("stop a")
        #expect(harness.state("a.timer") == .inactive)
    }

    @Test func byTheCalendar() {
        // The wall clock is at 2023-11-14 22:13:20 UTC.
        var harness = harness("OnCalendar=*-*-* *:*:00/30 UTC")
        #expect(harness.timers[realtime] == .realtime(1_700_000_010_000_000))
        elapse(&harness, realtime)
        harness.ask("stop a")
        #expect(harness.timers[realtime] == .realtime(1_700_000_040_000_000))
    }

    @Test func aClockThatIsPutBack() {
        var harness = harness("OnCalendar=*-*-* *:*:00/30 UTC")
        elapse(&harness, realtime)
        harness.ask("stop a")
        harness.now.realtime -= 3_600_000_000
        harness.feed(.clockChanged)
        #expect(harness.timers[realtime] == .realtime(1_699_996_440_000_000))
    }

    @Test func aClockChangeMayBeTheTrigger() {
        var harness = harness("OnClockChange=yes")
        #expect(harness.subState("a.timer") == "waiting")
        harness.feed(.clockChanged)
        #expect(harness.state("a") == .active)
    }

    @Test func whatWasMissedIsMadeUpFor() {
        var harness = SetHarness(["a.timer": "[Timer]\nOnCalendar=hourly UTC\nPersistent=yes", "a.service": ""])
        harness.stamps["a.timer"] = 1_700_000_000_000_000 - 86_400_000_000
        harness.ask("start a.timer")
        guard case .realtime(let due)? = harness.timers[realtime] else { return #expect(Bool(false), "not set") }
        #expect(due <= harness.now.realtime, "it is due since yesterday")
        harness.feed(.timerElapsed(realtime))
        #expect(harness.state("a") == .active)
        #expect(harness.stamps["a.timer"] == harness.now.realtime)
    }

    @Test func theFirstStartLeavesAStamp() {
        var harness = SetHarness(["a.timer": "[Timer]\nOnCalendar=hourly UTC\nPersistent=yes", "a.service": ""])
        harness.ask("start a.timer")
        #expect(harness.stamps["a.timer"] == harness.now.realtime)
        guard case .realtime(let due)? = harness.timers[realtime] else { return #expect(Bool(false), "not set") }
        #expect(due > harness.now.realtime)
    }

    @Test func delaysAtRandom() {
        let free = harness("OnActiveSec=10s\nRandomizedDelaySec=60s")
        let fixed = [1, 2].map { _ in harness("OnActiveSec=10s\nRandomizedDelaySec=60s\nFixedRandomDelay=yes") }
        for one in [free] + fixed {
            guard case .monotonic(let due)? = one.timers[monotonic] else { return #expect(Bool(false), "not set") }
            #expect(due >= seconds(1010) && due < seconds(1070))
        }
        #expect(fixed[0].timers[monotonic] == fixed[1].timers[monotonic])
    }

    @Test func whatIsNeverDueIsWaitedFor() {
        let harness = harness("OnActiveSec=infinity")
        #expect(harness.subState("a.timer") == "waiting")
        #expect(harness.timers[monotonic] == nil)
    }

    @Test func withoutItsUnitATimerFails() {
        var harness = SetHarness(["a.timer": "[Timer]\nOnActiveSec=1s"])
        harness.ask("start a.timer")
        #expect(harness.state("a.timer") == .failed)
        #expect(harness.set.status(of: "a.timer")?.result == "resources")
    }

    @Test func aStoppedTimerIsSilent() {
        var harness = harness("OnActiveSec=30s")
        harness.ask("stop a.timer")
        #expect(harness.timers[monotonic] == nil)
        harness.feed(.timerElapsed(monotonic))
        #expect(harness.state("a") == .inactive)
    }
}
