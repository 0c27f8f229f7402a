// What other users, and unlucky operators, do to daimon: none of it keeps an instance from starting or stopping, is
// taken for part of a service, or fills the disk.
import Foundation
import Linux
import Testing

@Suite(.enabled(if: isRoot, "skipped: needs root")) struct HostileTests {
    /// A command as another user, who owns nothing here.
    private func stranger(_ command: String...) -> [String] {
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] + command
    }

    @Test(arguments: ["bound", "full"])
    func aStrangerOnTheLockDoesNotKeepUsFromStarting(_ mode: String) throws {
        let instance = try TemporaryInstance()
        let name = "squatted-\(getpid())"
        try #require(try instance.start(name, ["Type=notify"], "ready").status == 0)
        let table = try Files.readText("/proc/net/unix", limit: 16 << 20)
        let line = try #require(table.split(separator: "\n").first { $0.hasSuffix("/\(name)") })
        let address = String(try #require(line.split(separator: " ").last))
        try #require(try instance.daimon("stop", name).status == 0)
        let script = """
            import socket, sys, time
            name = "\\0" + sys.argv[1][1:]
            s = socket.socket(socket.AF_UNIX); s.bind(name); kept = []
            if sys.argv[2] == "full":
                s.listen(0)
                while True:
                    c = socket.socket(socket.AF_UNIX); c.setblocking(False); kept.append(c)
                    try: c.connect(name)
                    except BlockingIOError: break
            open(sys.argv[3], "w").close()
            time.sleep(1000)
            """
        let squatter = try BackgroundCommand(
            stranger("/usr/bin/python3", "-c", script, address, mode, instance.path("squats")))
        defer { kill(squatter.pid, SIGKILL) }
        try waitUntil("the stranger has the address") { instance.exists("squats") }
        #expect(try instance.start(name, ["Type=notify"], "ready").status == 0)
        // Still one instance: the locked PID file guards it.
        let second = try instance.start(name, ["Type=notify"], "ready")
        #expect(second.status == 1 && second.errors.contains("already running (pid"), "\(second)")
        #expect(try instance.daimon("status", name).status == 0)
        #expect(try instance.daimon("stop", name).status == 0)
        #expect(instance.survivors.filter { $0 != squatter.pid }.isEmpty)
    }

    @Test func aStrangersMarkIsNoSurvivor() throws {
        let instance = try TemporaryInstance()
        let pretender = try BackgroundCommand(
            stranger("env", "DAIMON_INSTANCE=\(instance.runtimeDirectory)/marked", "sleep", "1000"))
        defer { kill(pretender.pid, SIGKILL) }
        try waitUntil("it carries the mark") {
            Processes.commandLine(of: pretender.pid).first == "sleep"
        }
        #expect(try instance.daimon("stop", "marked").status == 0)
        #expect(isAlive(pretender.pid), "stop signalled a stranger")
        #expect(try instance.start("marked", ["Type=notify"], "ready").status == 0)
        #expect(try instance.daimon("stop", "marked").status == 0)
        #expect(isAlive(pretender.pid))
    }

    @Test func aDaimondThatWasStoppedByASignalIsStillStopped() throws {
        let instance = try TemporaryInstance()
        try #require(try instance.start("frozen", ["Type=notify"], "ready").status == 0)
        let daimond = try #require(instance.daimondPid("frozen"))
        kill(daimond, SIGSTOP)
        try waitUntil("it stands still") { ProcessStatus(of: daimond)?.state == "T" }
        #expect(try instance.daimon("stop", "frozen", timeout: .seconds(10)).status == 0)
        #expect(instance.survivors.isEmpty)
    }

    @Test func aLongNameHasANotifySocket() throws {
        let instance = try TemporaryInstance()
        let name = String(repeating: "n", count: 200)
        #expect(try instance.start(name, ["Type=notify"], "ready").status == 0)
        #expect(try instance.daimon("stop", name).status == 0)
    }

    @Test func aLongArgumentLeavesTheStateReadable() throws {
        let instance = try TemporaryInstance()
        let long = String(repeating: "a", count: 100_000)
        #expect(try instance.daimon("start", "--name", "long", "--", "/bin/sh", "-c", "sleep 1000", long).status == 0)
        #expect(try instance.daimon("status", "long").status == 0)
        #expect(try instance.daimon("stop", "long").status == 0)
        #expect(instance.survivors.isEmpty)
    }

    @Test func argumentsArriveAsTheyAre() throws {
        let instance = try TemporaryInstance()
        let arguments = ["", "two\nlines", "$HOME", "%n", "100%", "\"", "'", ";", "back\\slash", "\\"]
        let script = "for a; do printf '<%s>' \"$a\"; done"
        let result = try Command.run(
            [Binaries.daimon, "run", "--name", "arguments", "--", "/bin/sh", "-c", script, "x"] + arguments,
            environment: instance.environment)
        #expect(result.status == 0, "\(result)")
        #expect(result.output == arguments.map { "<\($0)>" }.joined())
        // What cannot arrive as it is, is refused.
        let broken = try Command.run(
            ["/bin/sh", "-c", "exec \"$0\" run -- /bin/echo \"$(printf 'a\\377b')\"", Binaries.daimon],
            environment: instance.environment)
        #expect(broken.status == 2 && broken.errors.contains("UTF-8"), "\(broken)")
    }

    @Test func closedStreamsDoNotMatter() throws {
        let instance = try TemporaryInstance()
        let result = try Command.run(
            ["/bin/sh", "-c", "exec \"$0\" start --name closed -- /bin/sleep 1000 <&- >&- 2>&-", Binaries.daimon],
            environment: instance.environment)
        #expect(result.status == 0, "\(result)")
        #expect(try instance.daimon("stop", "closed").status == 0)
    }

    @Test func strangersCannotFillTheLog() throws {
        let instance = try TemporaryInstance()
        try #require(try instance.start("flooded", ["Type=notify"], "ready").status == 0)
        let script = """
            import socket, sys
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.connect(sys.argv[1])
            for _ in range(5000): s.send(b"STATUS=not mine\\nMAINPID=1\\nREADY=1")
            """
        let path = instance.path("run/flooded/notify")
        #expect(try Command.run(stranger("/usr/bin/python3", "-c", script, path), timeout: .seconds(60)).status == 0)
        #expect(try instance.daimon("stop", "flooded").status == 0)
        let ignored = instance.lines("log/flooded.log").filter { $0.contains("NotifyAccess") }
        #expect((1...20).contains(ignored.count), "\(ignored.count) lines")
        #expect(!instance.read("run/flooded/state").contains("not mine"))
    }

    @Test(arguments: ["StandardInput", "StandardOutput"])
    func aFifoThatNobodyHasOpenDoesNotHangTheStart(_ stream: String) throws {
        let instance = try TemporaryInstance()
        try #require(mkfifo(instance.path("fifo"), 0o600) == 0)
        let result = try instance.start(
            "fifo", ["\(stream)=file:\(instance.path("fifo"))"], "ready", timeout: .seconds(10))
        #expect(result.status == (stream == "StandardInput" ? 0 : 209), "\(result)")
        #expect(try instance.daimon("stop", "fifo", timeout: .seconds(10)).status == 0)
    }

    /// Without a control group, so as another user. Orphans that end faster than they are reaped must not put off the
    /// timers of daimond.
    @Test func orphansWithoutEndDoNotPutOffTheSIGKILL() throws {
        let instance = try TemporaryInstance()
        let script = """
            import os, signal, time
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            if os.fork() == 0:
                os.setsid()
                end = time.time() + 20
                while time.time() < end:
                    if os.fork(): os._exit(0)
                os._exit(0)
            time.sleep(1000)
            """
        let start = try Command.run(
            stranger(
                Binaries.daimon, "start", "--name", "orphans", "-p", "KillMode=mixed", "-p", "TimeoutStopSec=500ms",
                "--",
                "/usr/bin/python3", "-c", script), environment: instance.environment)
        try #require(start.status == 0, "\(start)")
        let began = ContinuousClock.now
        let stop = try Command.run(
            stranger(Binaries.daimon, "stop", "orphans"), environment: instance.environment, timeout: .seconds(60))
        #expect(stop.status == 0, "\(stop)")
        #expect(ContinuousClock.now - began < .seconds(8), "the timeout came late")
    }

    /// A service that says STOPPING=1, extends its time without end, and goes on.
    @Test func aStopThatWasOnlyAnnouncedIsEnforced() throws {
        let instance = try TemporaryInstance()
        let script = """
            systemd-notify --ready; systemd-notify STOPPING=1
            systemd-notify EXTEND_TIMEOUT_USEC=18446744073709551615; : >\(instance.path("said")); sleep 1000
            """
        try #require(
            try instance.daimon(
                "start", "--name", "announced", "-p", "Type=notify", "-p", "NotifyAccess=all", "-p",
                "TimeoutStopSec=2s",
                "--", "/bin/sh", "-c", script
            ).status == 0)
        try waitUntil("it has said that it stops") { instance.exists("said") }
        #expect(try instance.daimon("stop", "announced", timeout: .seconds(15)).status == 0)
        #expect(instance.survivors.isEmpty)
    }
}
