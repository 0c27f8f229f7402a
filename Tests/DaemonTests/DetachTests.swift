// Detaching, from outside: a program is launched, and then what it became is looked at.
import CLinux
import Daemon
import Glibc
import Linux
import Testing

struct DetachTests {
    private func launch(
        _ scratch: Scratch, _ behaviour: String, _ arguments: [String] = [], environment: [String: String] = [:]
    ) throws -> Launch.Result {
        try Launch.run(
            "detach-probe", [behaviour, "--state", scratch.file("state")] + arguments, environment: environment)
    }

    @Test func aDirtyStartMakesACleanDaemon() throws {
        let scratch = try Scratch()
        let null = try OwnedDescriptor.open("/dev/zero", O_RDONLY)
        let program = try Launch.program("detach-probe")
        // The shell gives what posix_spawn cannot: ignored signals, a umask, another directory.
        let script =
            "trap '' HUP USR2 CHLD PIPE; umask 000; cd /tmp; exec \"$0\" ready --state \"$1\" --clean-environment"
        let run = try Launch.run(
            "/bin/sh", ["-c", script, program, scratch.file("state")],
            environment: [
                "SECRET": "1", "LC_ALL": "C", "LISTEN_FDS": "3", "KEPT": "yes", "NOTIFY_SOCKET": "/nonexistent",
            ],
            extra: [(null.rawValue, 7), (null.rawValue, 200)], blocked: [SIGUSR1, SIGTERM, SIGCHLD])
        #expect(run.status == 0, "\(run.output)")
        #expect(run.output == "")
        let state = scratch.state()
        let pid = try #require(state["pid"].flatMap { pid_t($0) })
        #expect(state["session"] != state["pid"])
        #expect(state["group"] == state["session"])
        #expect(state["terminal"] == "no")
        #expect(state["directory"] == "/")
        #expect(state["Umask"] == "0027")
        for key in ["SigBlk", "SigIgn", "SigCgt"] {
            #expect(state[key].flatMap { UInt64($0, radix: 16) } == 0, "\(key)")
        }
        #expect(
            state.filter { $0.key.hasPrefix("fd") } == ["fd0": "/dev/null", "fd1": "/dev/null", "fd2": "/dev/null"])
        #expect(state["env:NOTIFY_SOCKET"]?.hasPrefix("@") == true)
        // The middle process and the launcher are gone: whoever reaps orphans here is the parent.
        #expect(ProcessStatus(of: pid)?.parent != getpid())
        #expect(ProcessIdentity(of: pid_t(state["session"] ?? "") ?? 0) == nil)
        try scratch.stop()
        #expect(
            scratch.state("state-final").filter { $0.key.hasPrefix("env:") } == [
                "env:LC_ALL": "C", "env:KEPT": "yes", "env:PATH": "/usr/bin:/bin",
            ], "NOTIFY_SOCKET is gone after READY=1")
    }

    @Test func closedStandardDescriptorsDoNotHarm() throws {
        let scratch = try Scratch()
        let program = try Launch.program("detach-probe")
        let run = try Launch.run(
            "/bin/sh", ["-c", "exec \"$0\" ready --state \"$1\" <&- >&- 2>&-", program, scratch.file("state")])
        #expect(run.status == 0)
        #expect(scratch.state()["fd2"] == "/dev/null")
        try scratch.stop()
    }

    @Test func aKeptDescriptorStays() throws {
        let scratch = try Scratch()
        let zero = try OwnedDescriptor.open("/dev/zero", O_RDONLY)
        let run = try Launch.run(
            "detach-probe", ["ready", "--state", scratch.file("state"), "--keep", "200"],
            extra: [(zero.rawValue, 7), (zero.rawValue, 200)])
        #expect(run.status == 0, "\(run.output)")
        let fds = scratch.state().filter { $0.key.hasPrefix("fd") }
        #expect(fds.count == 4)
        #expect(fds["fd200"] == "/dev/zero")
        try scratch.stop()
        let closed = try Launch.run("detach-probe", ["ready", "--keep", "77"])
        #expect(closed.status == 202)
        #expect(closed.output.contains("cannot keep descriptor 77"))
    }

    @Test func thePIDFileNamesTheDaemonBeforeTheLauncherReturns() throws {
        let scratch = try Scratch()
        let path = scratch.file("a.pid")
        #expect(try launch(scratch, "ready", ["--pid-file", path]).status == 0)
        #expect(scratch.text("a.pid").split(separator: "\n").first.map(String.init) == scratch.state()["pid"])
        let second = try Launch.run("detach-probe", ["ready", "--pid-file", path])
        #expect(second.status == 1)
        #expect(second.output == "detach-probe: already running (pid \(scratch.state()["pid"] ?? "?"))\n")
        try scratch.stop()
        #expect(!scratch.exists("a.pid"))
    }

    @Test(.enabled(if: geteuid() == 0)) func privilegesAreDropped() throws {
        let scratch = try Scratch()
        chmod(scratch.path, 0o777)
        let run = try launch(scratch, "ready", ["--user", "nobody", "--pid-file", scratch.file("a.pid")])
        #expect(run.status == 0, "\(run.output)")
        #expect(scratch.state()["uid"] == "65534")
        #expect(scratch.state()["Groups"]?.split(separator: " ").map(String.init) == ["65534"])
        try scratch.stop()
        #expect(try Launch.run("detach-probe", ["ready", "--user", "no-such-user"]).status == 217)
    }

    @Test func stepsThatFailAreNamedAndNothingStays() throws {
        let scratch = try Scratch()
        let directory = try launch(
            scratch, "ready", ["--directory", "/nonexistent", "--pid-file", scratch.file("a.pid")])
        #expect(directory.status == 200)
        #expect(
            directory.output
                == "detach-probe: cannot change to the directory /nonexistent: No such file or directory (ENOENT)\n")
        #expect(try launch(scratch, "ready", ["--directory", "relative"]).status == 2)
        #expect(!scratch.exists("a.pid"))
        #expect(!scratch.exists("state"))
        let threads = try launch(scratch, "threads")
        #expect(threads.status == 1)
        #expect(threads.output.contains("the process has 2 threads"))
    }

    static let deaths: [([String], CInt, String)] = [
        (["exit", "--status", "0"], 1, "ended before it was ready, with exit status 0"),
        (["exit", "--status", "7"], 7, "ended before it was ready, with exit status 7"),
        (["signal", "--signal", "11"], 139, "killed by signal 11 (SIGSEGV"),
        (["signal", "--signal", "9"], 137, "killed by signal 9 (SIGKILL) before it was ready"),
        (["report"], 203, "first reason\ndetach-probe: second [31m reason\n"),
        (["report-much"], 42, "(744 more lines)"),
        (["status-exit"], 3, "its last status: half-way\ndetach-probe: its error: No space left on device (ENOSPC)\n"),
    ]

    @Test(arguments: deaths.indices) func aDeathBeforeReadyIsReported(_ index: Int) throws {
        let (arguments, status, words) = DetachTests.deaths[index]
        let scratch = try Scratch()
        let run = try launch(
            scratch, arguments[0], Array(arguments.dropFirst()) + ["--pid-file", scratch.file("a.pid")])
        #expect(run.status == status)
        #expect(run.output.contains(words), "\(run.output)")
        #expect(!scratch.isAlive())
        #expect(!scratch.exists("a.pid"))
    }

    @Test func readyAndGoneIsStillReady() throws {
        for _ in 0..<20 { #expect(try Launch.run("detach-probe", ["ready-exit"]).status == 0) }
    }

    @Test func theTimeoutEndsTheDaemon() throws {
        let scratch = try Scratch()
        let run = try launch(scratch, "hang", ["--timeout-ms", "200", "--pid-file", scratch.file("a.pid")])
        #expect(run.status == 1)
        #expect(run.output.contains("not ready within 200 ms: stopping it"))
        #expect(run.output.contains("its last status: waiting for godot"))
        #expect(!scratch.isAlive())
        #expect(!scratch.exists("a.pid"))
    }

    @Test func whoIgnoresSIGTERMIsKilled() throws {
        let scratch = try Scratch()
        let run = try launch(scratch, "ignore-term", ["--timeout-ms", "100", "--pid-file", scratch.file("a.pid")])
        #expect(run.status == 1)
        #expect(run.output.hasPrefix("detach-probe: ignoring\n"))
        #expect(run.output.contains("still there 5 s after SIGTERM: killing it"))
        #expect(!scratch.isAlive())
        #expect(!scratch.exists("a.pid"))
    }

    @Test func moreTimeMayBeAskedFor() throws {
        #expect(try Launch.run("detach-probe", ["extend", "--timeout-ms", "300"]).status == 0)
    }

    @Test func orphansOfAFailedStartEnd() throws {
        let scratch = try Scratch()
        let run = try launch(scratch, "orphan", ["--orphan", scratch.file("state-orphan")])
        #expect(run.status == 5)
        #expect(scratch.state("state-orphan")["pid"] != nil || !scratch.exists("state-orphan"))
        #expect(!scratch.isAlive("state-orphan"))
    }

    @Test func storedDescriptorsAndBarriersDoNotBlock() throws {
        let run = try Launch.run("detach-probe", ["store"])
        #expect(run.status == 0, "\(run.output)")
    }

    @Test(arguments: [(SIGINT, 1), (SIGTERM, 1), (SIGINT, 2)]) func aSignalToTheLauncherStopsTheDaemon(
        _ signal: CInt, _ count: Int
    ) throws {
        let scratch = try Scratch()
        var ends: [CInt] = [-1, -1]
        #expect(daimon_pipe2(&ends, O_CLOEXEC) == 0)
        let reading = OwnedDescriptor(owning: ends[0])
        let writing = OwnedDescriptor(owning: ends[1])
        let behaviour = count == 1 ? "hang" : "ignore-term"
        let run = try Launch.run(
            "detach-probe", [behaviour, "--state", scratch.file("state"), "--keep", "9", "--announce"],
            extra: [(writing.rawValue, 9)],
            whileRunning: { (launcher: pid_t) throws in
                let announced = try Descriptors.waitReadable(reading.rawValue, until: Clock.monotonic() + 10_000_000)
                #expect(announced)
                // Two signals of one kind would merge while they are pending.
                kill(launcher, signal)
                if count == 2 { kill(launcher, SIGTERM) }
            })
        // With two pending at once either may be read first.
        #expect(count == 1 ? run.status == 128 + signal : [130, 143].contains(run.status))
        #expect(run.output.contains("stopping it (pid"), "\(run.output)")
        #expect(!scratch.isAlive())
    }

    @Test func strangersCannotSpeakForTheDaemon() throws {
        let scratch = try Scratch()
        var ends: [CInt] = [-1, -1]
        #expect(daimon_pipe2(&ends, O_CLOEXEC) == 0)
        let reading = OwnedDescriptor(owning: ends[0])
        let writing = OwnedDescriptor(owning: ends[1])
        let run = try Launch.run(
            "detach-probe",
            ["hang", "--state", scratch.file("state"), "--keep", "9", "--announce", "--timeout-ms", "500"],
            extra: [(writing.rawValue, 9)],
            whileRunning: { (_: pid_t) throws in
                let announced = try Descriptors.waitReadable(reading.rawValue, until: Clock.monotonic() + 10_000_000)
                #expect(announced)
                let address = try #require(scratch.state()["env:NOTIFY_SOCKET"])
                let stranger = OwnedDescriptor(owning: socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0))
                let name = [0] + address.dropFirst().utf8.map { CChar(bitPattern: $0) }
                let connected = daimon_unix_connect(stranger.rawValue, name, name.count)
                #expect(connected == 0)
                let sent = daimon_send(stranger.rawValue, "READY=1", 7, nil, 0)
                #expect(sent == 7)
            })
        #expect(run.status == 1)
        #expect(run.output.contains("not ready within"))
    }

    @Test func aServiceManagerOfTheLauncherHearsOfIt() throws {
        let scratch = try Scratch()
        let manager = try NotificationReceiver()
        var said: [String] = []
        let run = try Launch.run(
            "detach-probe", ["ready", "--state", scratch.file("state")],
            environment: ["NOTIFY_SOCKET": manager.address],
            whileRunning: { (_: pid_t) throws in
                // READY=1, then the barrier, whose descriptor closes as soon as it is received.
                while !said.contains("BARRIER=1") {
                    guard try Descriptors.waitReadable(manager.rawValue, until: Clock.monotonic() + 10_000_000),
                        let message = try manager.receive()
                    else { throw Launch.Failure(description: "the manager heard only \(said)") }
                    said += message.fields.map { "\($0.name)=\($0.value)" }
                }
            })
        #expect(run.status == 0, "\(run.output)")
        #expect(said == ["READY=1", "MAINPID=\(scratch.state()["pid"] ?? "?")", "STATUS=up", "BARRIER=1"])
        try scratch.stop()
    }
}
