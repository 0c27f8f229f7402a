// What surrounds a daimond and is not of its making: inherited dispositions, squatters, FIFOs, processes that leave.
import Foundation
import Linux
import Testing

@Suite(.enabled(if: isRoot, "skipped: needs root")) struct HostileSurroundingsTests {
    /// SIG_IGN for SIGCHLD survives execve(2), and makes the kernel reap children unseen.
    @Test func theEndIsHeardOfThoughSIGCHLDWasIgnored() throws {
        let instance = try TemporaryInstance()
        let result = try Command.run(
            [
                "/bin/sh", "-c", "trap '' CHLD; exec \"$@\"", "sh", Binaries.daimon, "run", "--name", "deaf", "--",
                Binaries.probe, "exit", "7", "after", "50",
            ], environment: instance.environment, timeout: .seconds(10))
        #expect(result.status == 7)
    }

    /// The opening of a FIFO waits for its other end (fifo(7)), and daimond waits for the opening.
    @Test func aFIFOWithoutReaderIsAnErrorAndNoStandstill() throws {
        let instance = try TemporaryInstance()
        try #require(mkfifo(instance.path("fifo"), 0o600) == 0)
        let result = try instance.start(
            "fifo", ["StandardOutput=append:\(instance.path("fifo"))"], "ready", timeout: .seconds(10))
        #expect(result.status == 209)
        #expect(result.errors.contains("209/STDOUT") && result.errors.contains("ENXIO"))
        #expect(instance.survivors.isEmpty)
    }

    @Test func standardErrorInheritsStandardOutput() throws {
        let instance = try TemporaryInstance()
        try #require(
            try instance.start(
                "both", ["Type=notify", "StandardOutput=file:\(instance.path("out"))", "StandardError=inherit"],
                "complain", "a complaint", "ready"
            ).status == 0)
        #expect(instance.read("out").contains("a complaint"))
        #expect(try instance.daimon("stop", "both").status == 0)
    }

    /// systemd signals the main process wherever it is; `daimon stop` must not leave it alive for having moved.
    @Test func aMainProcessThatLeftTheCgroupIsStopped() throws {
        let instance = try TemporaryInstance()
        // One line: a description is made of the command.
        let leave =
            "group=$(sed -n 's/^0:://p' /proc/self/cgroup); for mount in /sys/fs/cgroup /sys/fs/cgroup/unified; do"
            + " case $group in */daimon-*.service) [ ! -d $mount$group ] || echo $$ >$mount${group%/*}/cgroup.procs;; esac;"
            + " done; exec \"$@\""
        let start = try Command.run(
            [
                Binaries.daimon, "start", "--name", "away", "-p", "Type=notify", "-p", "TimeoutStopSec=5", "--",
                "/bin/sh", "-c", leave, "sh", Binaries.probe, "pid", instance.path("pid"), "ready",
            ], environment: instance.environment)
        try #require(start.status == 0)
        let pid = try #require(instance.notedPids("pid").first)
        let stop = try instance.daimon("stop", "away")
        #expect(stop.status == 0 && stop.duration < .seconds(4))
        #expect(!isAlive(pid))
    }

    /// Anyone may bind any abstract name (unix(7)): the start works all the same, and the socket that is not ours is not
    /// waited for, which would spin.
    @Test(.enabled(if: access("/usr/bin/python3", X_OK) == 0, "skipped: the squatter is written in Python"))
    func aSquatterOnTheLockNeitherKeepsUsFromStartingNorMakesUsSpin() throws {
        let instance = try TemporaryInstance()
        var parent = stat()
        try #require(stat(instance.directory, &parent) == 0)
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in "run/squat".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let name = "daimon/0/\(parent.st_dev):\(parent.st_ino)/\(String(hash, radix: 16))/run/squat"
        let script = """
            import os, signal, socket
            os.setgid(65534); os.setuid(65534)
            s = socket.socket(socket.AF_UNIX); s.bind("\\0\(name)"); s.listen(64)
            print("bound", flush=True); signal.pause()
            """
        let squatter = try BackgroundCommand(["/usr/bin/python3", "-c", script], environment: instance.environment)
        try waitUntil("the name is taken") { squatter.output.contains("bound") }
        try #require(try instance.start("squat", ["Type=notify"], "ready").status == 0)
        #expect(instance.read("log/squat.log").contains("squats"))
        let daimond = try #require(instance.daimondPid("squat"))
        let before = try ticks(daimond)
        usleep(500_000)  // the time that is measured: spinning takes 50 ticks of it
        #expect(try ticks(daimond) - before < 10)
        #expect(try instance.daimon("stop", "squat").status == 0)
    }

    /// A daimond that was stopped for longer than WatchdogSec= finds pings that came in time.
    @Test func lateReadingIsNoMissedWatchdog() throws {
        let instance = try TemporaryInstance()
        try #require(
            try instance.start(
                "slow", ["Type=notify", "WatchdogSec=300ms"], "pid", instance.path("pid"), "ready", "watchdog", "0"
            ).status == 0)
        let daimond = try #require(instance.daimondPid("slow"))
        let main = try #require(instance.notedPids("pid").first)
        kill(daimond, SIGSTOP)
        usleep(700_000)  // what is tested: longer than the watchdog
        kill(daimond, SIGCONT)
        usleep(200_000)  // less than the watchdog, which is set anew by what was read
        #expect(isAlive(main))
        #expect(!instance.read("log/slow.log").contains("watchdog:"))
        #expect(try instance.daimon("stop", "slow").status == 0)
    }

    /// The CPU time of a process, in ticks of 10 ms (proc(5)).
    private func ticks(_ pid: pid_t) throws -> Int {
        let text = try Files.readText("/proc/\(pid)/stat", limit: 4096)
        let fields = try #require(text.split(separator: ")").last).split(separator: " ")
        return try #require(Int(fields[11])) + #require(Int(fields[12]))
    }
}
