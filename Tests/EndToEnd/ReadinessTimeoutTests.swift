// Item 4: a service that never gets ready is stopped with all that it started, and the start fails.
import Foundation
import Linux
import Testing

@Suite(.enabled(if: isRoot, "skipped: needs root")) struct ReadinessTimeoutTests {
    @Test func theTreeIsStoppedAndTheStartFails() throws {
        let instance = try TemporaryInstance()
        let result = try instance.start(
            "late", ["Type=notify", "TimeoutStartSec=300ms", "TimeoutStopSec=300ms"], "pid", instance.path("pid"),
            "grandchildren", "2", instance.path("pids"), "never-ready")
        #expect(result.status != 0)
        #expect(result.errors.contains("timeout") || result.errors.contains("timed out"), "\(result)")
        let pids = instance.notedPids("pid") + instance.notedPids("pids")
        #expect(pids.count == 3)
        #expect(!pids.contains(where: isAlive))
        #expect(instance.survivors.isEmpty)
        #expect(!instance.exists(instance.pidFile("late")))
    }

    @Test func notEvenThoseThatIgnoreSIGTERMStay() throws {
        let instance = try TemporaryInstance()
        let result = try instance.start(
            "stubborn", ["Type=notify", "TimeoutStartSec=200ms", "TimeoutStopSec=200ms"], "ignore-term",
            "grandchildren", "2", instance.path("pids"), "never-ready")
        #expect(result.status != 0)
        #expect(!instance.notedPids("pids").contains(where: isAlive))
        #expect(instance.survivors.isEmpty)
    }

    /// EXTEND_TIMEOUT_USEC of sd_notify(3): one second from the message on.
    @Test func aServiceMayAskForMoreTime() throws {
        let instance = try TemporaryInstance()
        let result = try instance.start(
            "slow", ["Type=notify", "TimeoutStartSec=300ms"], "notify", "EXTEND_TIMEOUT_USEC=20000000", "sleep", "600",
            "ready")
        #expect(result.status == 0, "\(result)")
        try instance.daimon("stop", "slow")
    }

    /// Ctrl-C while it waits: the launch is given up, and nothing is left.
    @Test func anInterruptedStartLeavesNothing() throws {
        let instance = try TemporaryInstance()
        let start = try BackgroundCommand(
            instance.startCommand("interrupted", ["Type=notify"], ["pid", instance.path("pid"), "never-ready"]),
            environment: instance.environment)
        try waitUntil("the service runs") { !instance.notedPids("pid").isEmpty }
        start.send(SIGINT)
        #expect(try start.wait().status != 0)
        try waitUntil("nothing is left") { instance.survivors.isEmpty }
        #expect(!instance.exists(instance.pidFile("interrupted")))
    }
}
