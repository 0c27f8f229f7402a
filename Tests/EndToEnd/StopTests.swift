// Item 6: `daimon stop` returns when every process of the service is gone, and touches nobody else.
import Foundation
import Linux
import Testing

@Suite(.enabled(if: isRoot, "skipped: needs root")) struct StopTests {
    @Test func stopWaitsForTheSlowest() throws {
        let instance = try TemporaryInstance()
        try #require(
            try instance.start("slow", ["Type=notify"], "pid", instance.path("pid"), "term-delay", "400", "ready")
                .status == 0)
        let daimond = try #require(instance.daimondPid("slow"))
        let pid = try #require(instance.notedPids("pid").first)
        #expect(try instance.daimon("stop", "slow").status == 0)
        #expect(!isAlive(pid) && !isAlive(daimond))
        #expect(!instance.exists(instance.pidFile("slow")))
        #expect(try instance.daimon("status", "slow").status == 3 || instance.daimon("status", "slow").status == 4)
    }

    @Test func grandchildrenThatIgnoreSIGTERMAreKilled() throws {
        let instance = try TemporaryInstance()
        try #require(
            try instance.start(
                "tree", ["Type=notify", "TimeoutStopSec=300ms"], "ignore-term", "grandchildren", "5",
                instance.path("pids"),
                "ready"
            ).status == 0)
        let pids = instance.notedPids("pids")
        #expect(pids.count == 5 && pids.allSatisfy(isAlive))
        #expect(try instance.daimon("stop", "tree").status == 0)
        #expect(!pids.contains(where: isAlive))
        #expect(instance.survivors.isEmpty)
    }

    @Test func zombiesAreDead() throws {
        let instance = try TemporaryInstance()
        try #require(try instance.start("zombies", ["Type=notify"], "zombie-maker", "3", "ready").status == 0)
        #expect(try instance.daimon("stop", "zombies", timeout: .seconds(10)).status == 0)
    }

    @Test func theKillSignalIsTheUnits() throws {
        let instance = try TemporaryInstance()
        let script =
            "trap 'echo usr1 >\(instance.path("note")); exit 0' USR1; trap '' TERM; systemd-notify --ready; while :; do sleep 0.02; done"
        try #require(
            try instance.daimon(
                "start", "--name", "signal", "-p", "Type=exec", "-p", "KillSignal=SIGUSR1", "-p", "KillMode=mixed",
                "--",
                "/bin/sh", "-c", script
            ).status == 0)
        #expect(try instance.daimon("stop", "signal").status == 0)
        #expect(instance.lines("note") == ["usr1"])
    }

    @Test func strangersAreSpared() throws {
        let instance = try TemporaryInstance()
        let stranger = try BackgroundCommand([Binaries.probe, "never-ready"])
        try #require(try instance.start("own", ["Type=notify"], "ready").status == 0)
        try #require(try instance.start("other", ["Type=notify"], "pid", instance.path("other"), "ready").status == 0)
        #expect(try instance.daimon("stop", "own").status == 0)
        #expect(isAlive(stranger.pid))
        let other = try #require(instance.notedPids("other").first)
        #expect(isAlive(other))
        #expect(try instance.daimon("stop", "other").status == 0)
    }

    @Test func anImmediateStartAfterwardsWorks() throws {
        let instance = try TemporaryInstance()
        for round in 1...20 {
            #expect(try instance.start("again", ["Type=notify"], "ready").status == 0, "round \(round)")
            #expect(try instance.daimon("stop", "again").status == 0, "round \(round)")
        }
        #expect(instance.survivors.isEmpty)
    }

    /// KillMode=process: the children live on, and what they write goes on being taken.
    @Test func childrenThatAreToStayAreUnharmed() throws {
        let instance = try TemporaryInstance()
        try #require(
            try instance.start(
                "parent", ["Type=notify", "KillMode=process"], "write-forever", instance.path("child"), "ready"
            ).status == 0)
        try waitUntil("the child runs") { !instance.lines("child").isEmpty }
        let child = try #require(instance.notedPids("child").first)
        #expect(try instance.daimon("stop", "parent").status == 0)
        // Two hundred lines later it has met no error, neither EPIPE nor a pipe that is full.
        func written() throws -> UInt64 {
            let text = try Files.readText("/proc/\(child)/io", limit: 4096)
            return text.split(separator: "\n").first { $0.hasPrefix("syscw:") }
                .flatMap { UInt64($0.split(separator: " ")[1]) } ?? 0
        }
        let before = try written()
        try waitUntil("it has written on") { try written() > before + 200 }
        #expect(isAlive(child))
        #expect(instance.lines("child") == ["\(child)"], "the child met an error")
    }

    @Test func stoppingWhatDoesNotRunIsNoCrash() throws {
        let instance = try TemporaryInstance()
        let result = try instance.daimon("stop", "nobody")
        #expect(result.status != 0 || result.errors.contains("not running") || result.output.contains("not running"))
    }
}
