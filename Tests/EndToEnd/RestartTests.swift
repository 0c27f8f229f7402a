// Item 8: Restart= no, on-failure and always, RestartSec=, the start limit, and what status shows of it.
import Foundation
import Linux
import Testing

@Suite(.enabled(if: isRoot, "skipped: needs root")) struct RestartTests {
    @Test(arguments: [
        ("no", "1", false), ("no", "0", false), ("on-failure", "1", true), ("on-failure", "0", false),
        ("always", "1", true), ("always", "0", true),
    ])
    func thePolicyDecides(policy: String, status: String, restarts: Bool) throws {
        let instance = try TemporaryInstance()
        // Ready first, so that the start succeeds; StartLimitBurst=3 ends the loop.
        let start = try instance.start(
            "policy", ["Type=notify", "Restart=\(policy)", "RestartSec=20ms", "StartLimitBurst=3"], "pid",
            instance.path("pids"), "ready", "exit", status, "after", "100")
        #expect(start.status == 0, "\(start)")
        try waitUntil("daimond has given up") { instance.survivors.isEmpty }
        #expect(instance.notedPids("pids").count == (restarts ? 3 : 1))
    }

    @Test func killedServicesComeBackAndStatusSaysSo() throws {
        let instance = try TemporaryInstance()
        try #require(
            try instance.start(
                "phoenix", ["Type=notify", "Restart=on-failure", "RestartSec=50ms"], "pid", instance.path("pids"),
                "ready"
            )
            .status == 0)
        let daimond = instance.daimondPid("phoenix")
        for round in 1...3 {
            let pid = try #require(instance.notedPids("pids").last)
            kill(pid, SIGKILL)
            try waitUntil("restart \(round)") { instance.notedPids("pids").count == round + 1 }
        }
        try waitUntil("it is running") { try instance.daimon("status", "phoenix").output.contains("active (running)") }
        let status = try instance.daimon("status", "phoenix")
        #expect(status.status == 0)
        let pid = try #require(instance.notedPids("pids").last)
        #expect(status.output.contains("\(pid)"))
        let json = try instance.daimon("status", "phoenix", "--json").output
        #expect(json.contains("\"NRestarts\"") && json.contains("3"), "\(json)")
        #expect(instance.daimondPid("phoenix") == daimond)
        #expect(try instance.daimon("stop", "phoenix").status == 0)
    }

    @Test func theStateBetweenIsVisible() throws {
        let instance = try TemporaryInstance()
        try #require(
            try instance.start(
                "waiting", ["Type=notify", "Restart=always", "RestartSec=1h"], "ready", "exit", "0", "after", "50"
            ).status == 0)
        try waitUntil("status shows activating (auto-restart)") {
            try instance.daimon("status", "waiting").output.contains("activating (auto-restart)")
        }
        // A stop does not wait for the hour to pass.
        #expect(try instance.daimon("stop", "waiting", timeout: .seconds(10)).status == 0)
    }

    @Test func theStartLimitIsNamed() throws {
        let instance = try TemporaryInstance()
        try #require(
            try instance.start(
                "limit", ["Type=notify", "Restart=always", "RestartSec=0"], "pid", instance.path("pids"), "ready",
                "exit", "1", "after", "20"
            ).status == 0)
        try waitUntil("daimond has given up") { instance.survivors.isEmpty }
        #expect(instance.notedPids("pids").count == 5)
        let status = try instance.daimon("status", "limit")
        #expect(status.status == 3)
        #expect((status.output + instance.read("log/limit.log")).contains("repeated too quickly"), "\(status)")
        // How it failed is kept (as in systemd).
        #expect(status.output.contains("failed (Result: exit-code)"), "\(status)")
    }

    @Test func restartOnDemand() throws {
        let instance = try TemporaryInstance()
        try #require(try instance.start("demand", ["Type=notify"], "pid", instance.path("pids"), "ready").status == 0)
        #expect(try instance.daimon("restart", "demand").status == 0)
        let pids = instance.notedPids("pids")
        #expect(pids.count == 2 && !isAlive(pids[0]))
        #expect(pids.last.map(isAlive) == true)
        #expect(try instance.daimon("stop", "demand").status == 0)
    }
}
