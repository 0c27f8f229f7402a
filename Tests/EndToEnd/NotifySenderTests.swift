// The notify socket against the world: who may speak, messages that are none, and a stranger that never stops talking.
import Foundation
import Linux
import Testing

@Suite(.enabled(if: isRoot, "skipped: needs root")) struct NotifySenderTests {
    private func statusText(_ instance: TemporaryInstance, _ name: String) throws -> String {
        let output = try instance.daimon("status", name, "--json").output
        let object = try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]
        return object?["StatusText"] as? String ?? ""
    }

    /// Which command of a service speaks, with what access, and whether it is heard.
    static let speakers: [(String, String, Bool)] = [
        ("ExecStartPre", "none", false), ("ExecStartPre", "main", false), ("ExecStartPre", "exec", true),
        ("ExecStartPre", "all", true), ("ExecStartPost", "main", false), ("ExecStartPost", "exec", true),
        ("ExecStartPost", "all", true), ("ExecReload", "main", false), ("ExecReload", "exec", true),
        ("ExecStop", "main", false), ("ExecStop", "exec", true),
    ]

    @Test(arguments: speakers) func commandsBesideTheMainProcess(
        directive: String, access: String, isHeard: Bool
    ) throws {
        let instance = try TemporaryInstance()
        // The address is given to it, for a command that may not speak is not told.
        let talk =
            "\(Binaries.probe) pid \(instance.path("said")) status told barrier sleep 300 exit 0"
        let unit = try instance.write(
            "talk.service",
            "[Service]\nType=exec\nNotifyAccess=\(access)\nExecStart=\(Binaries.probe) never-ready\n"
                + "\(directive)=/usr/bin/env NOTIFY_SOCKET=\(instance.path("run/talk/notify")) \(talk)\n")
        let start = try BackgroundCommand([Binaries.daimon, "start", unit], environment: instance.environment)
        var after: BackgroundCommand?
        if directive == "ExecReload" || directive == "ExecStop" {
            #expect(try start.wait().status == 0)
            let verb = directive == "ExecReload" ? "reload" : "stop"
            after = try BackgroundCommand([Binaries.daimon, verb, "talk"], environment: instance.environment)
        }
        var wasHeard = false
        if isHeard {
            try waitUntil("it was heard") {
                wasHeard = try statusText(instance, "talk") == "told"
                return wasHeard
            }
        }
        _ = try after?.wait()
        if after == nil { _ = try start.wait() }
        #expect(!instance.notedPids("said").isEmpty || access == "none")
        #expect(try wasHeard || statusText(instance, "talk") != "told")
        _ = try instance.daimon("stop", "talk")
        #expect(instance.survivors.isEmpty)
    }

    /// Sends from the service itself, and waits until all of it was dealt with.
    private func status(after messages: [String]) throws -> (text: String, log: String) {
        let instance = try TemporaryInstance()
        let arguments = messages.flatMap { ["notify", $0] } + ["barrier", "pid", instance.path("pids")]
        let command = instance.startCommand("talk", ["Type=notify"], ["ready"] + arguments)
        let start = try Command.run(command, environment: instance.environment)
        #expect(start.status == 0, "\(start)")
        try waitUntil("all is said") { !instance.notedPids("pids").isEmpty }
        var text = ""
        // What was said is written down a little later.
        try waitUntil("the last is shown") {
            text = try statusText(instance, "talk")
            return text.hasPrefix("end")
        }
        #expect(try instance.daimon("stop", "talk").status == 0)
        return (text, instance.read("log/talk.log"))
    }

    @Test func theFirstOfEqualAssignmentsCounts() throws {
        #expect(try status(after: ["STATUS=end one\nSTATUS=end two"]).text == "end one")
    }

    @Test func linesEndWithCarriageReturnsToo() throws {
        #expect(try status(after: ["X_A=1\r\nSTATUS=end here\r\nX_B=2"]).text == "end here")
    }

    @Test func whatIsNoMessageChangesNothing() throws {
        let found = try status(after: [
            "STATUS=end good", "", "\n\n\n", "=", "STATUS", String(repeating: "STATUS=end long\n", count: 400),
            "BARRIER=1\nSTATUS=end barrier", "BARRIER=1", "MAINPID=1", "STATUS\u{1}=end", " STATUS=end space",
        ])
        #expect(found.text == "end good", "\(found.text)")
        #expect(found.log.contains("too long") && found.log.contains("BARRIER=1"), "\(found.log)")
    }

    @Test func binaryMessagesChangeNothing() throws {
        let instance = try TemporaryInstance()
        let script = """
            import os, socket, sys, time
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.connect(os.environ["NOTIFY_SOCKET"])
            s.send(b"READY=1\\0")
            for bad in [b"\\0", b"STATUS=a\\0b", b"\\0STATUS=c", bytes(range(256)) * 16, b"STATUS=" + b"x" * 4089]: s.send(bad)
            import random
            random.seed(7)
            for _ in range(2000): s.send(bytes(random.randrange(256) for _ in range(random.randrange(1, 200))))
            s.send(b"STATUS=end \\xff\\n")
            open(sys.argv[1], "w").close()
            time.sleep(1000)
            """
        let start = try Command.run(
            [
                Binaries.daimon, "start", "--name", "binary", "-p", "Type=notify", "--", "/usr/bin/python3", "-c",
                script,
                instance.path("done"),
            ], environment: instance.environment)
        #expect(start.status == 0, "\(start)")
        try waitUntil("all is sent") { instance.exists("done") }
        try waitUntil("the last is shown") {
            try statusText(instance, "binary") == "end \u{fffd}"
        }
        #expect(try instance.daimon("status", "binary").output.contains("active (running)"))
        #expect(try instance.daimon("stop", "binary").status == 0)
    }

    @Test func theServiceSaysWhoMaySpeak() throws {
        let instance = try TemporaryInstance()
        // The child is not the main process.
        let script = """
            \(Binaries.probe) notify 'STATUS=too early' barrier exit 0
            \(Binaries.probe) append \(instance.path("told")) x exit 0
            while [ ! -e \(instance.path("go")) ]; do sleep 0.02; done
            \(Binaries.probe) notify 'STATUS=in time' barrier exit 0
            """
        try instance.write("child", script)
        let main = """
            import os, socket, subprocess, sys, time
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.connect(os.environ["NOTIFY_SOCKET"])
            child = subprocess.Popen(["/bin/sh", sys.argv[1]])
            while not os.path.exists(sys.argv[2]): time.sleep(0.02)
            s.send(b"NOTIFYACCESS=all\\nREADY=1")
            child.wait()
            time.sleep(1000)
            """
        let start = try BackgroundCommand(
            [
                Binaries.daimon, "start", "--name", "access", "-p", "Type=notify", "--", "/usr/bin/python3", "-c", main,
                instance.path("child"), instance.path("told"),
            ], environment: instance.environment)
        #expect(try start.wait().status == 0)
        #expect(try statusText(instance, "access") == "")
        try instance.write("go", "")
        try waitUntil("the child is heard") {
            try statusText(instance, "access") == "in time"
        }
        #expect(instance.read("log/access.log").contains("NotifyAccess=main"))
        #expect(try instance.daimon("stop", "access").status == 0)
    }

    /// Memory in use, in KiB.
    private func memory(of pid: pid_t) throws -> Int {
        let text = try Files.readText("/proc/\(pid)/status", limit: 65536)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
        return try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) })
    }

    /// How long a restart takes, in µs from the kill to the next life.
    private func restart(_ instance: TemporaryInstance) throws -> Int {
        let lives = instance.lines("stamps").count
        let main = try #require(instance.notedPids("pids").last)
        let began = Int(Clock.monotonic())
        kill(main, SIGKILL)
        try waitUntil("it is back") { instance.lines("stamps").count > lives }
        return try #require(instance.lines("stamps").last.flatMap { Int($0) }) - began
    }

    /// Strangers keep the queue full. Everything else goes on: restarts, messages of the service, commands.
    @Test func aStormDoesNotKeepServicesFromComingBack() throws {
        let instance = try TemporaryInstance()
        try #require(
            try instance.start(
                "calm",
                [
                    "Type=notify", "NotifyAccess=all", "Restart=always", "RestartSec=50ms", "StartLimitBurst=100",
                    "WatchdogSec=20s",
                ], "pid", instance.path("pids"), "ready", "stamp", instance.path("stamps")
            ).status == 0)
        try waitUntil("it runs") { instance.lines("stamps").count == 1 }
        let daimond = try #require(instance.daimondPid("calm"))
        _ = try restart(instance)
        let quiet = try (0..<3).map { _ in try restart(instance) }.max() ?? 0
        let before = try memory(of: daimond)
        let strangers = try (0..<8).map { _ in
            try BackgroundCommand(
                [
                    "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", Binaries.probe, "storm",
                    instance.path("run/calm/notify"), "READY=1\nSTATUS=from a stranger\nWATCHDOG=trigger",
                ], environment: instance.environment)
        }
        defer { for stranger in strangers { kill(stranger.pid, SIGKILL) } }
        try waitUntil("they are complained of") { instance.read("log/calm.log").contains("notification from pid") }
        let loud = try (0..<5).map { _ in try restart(instance) }.max() ?? 0
        // The delay of the restart itself is 50 ms, and the rest of the machine is busy with the storm.
        #expect(loud < quiet * 5 + 1_000_000, "\(quiet) µs without, \(loud) µs with the storm")
        #expect(try memory(of: daimond) < before + 8192, "\(before) KiB before")
        let shown = try instance.daimon("status", "calm", "--json").output
        #expect(!shown.contains("from a stranger"))
        #expect(instance.read("log/calm.log").utf8.count < 65536)
        #expect(strangers.allSatisfy { isAlive($0.pid) })
        #expect(try instance.daimon("stop", "calm", timeout: .seconds(20)).status == 0)
    }
}
