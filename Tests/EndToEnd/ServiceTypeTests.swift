// Every Type= from its start to its end, with the real daimond (systemd.service(5), "Type=").
import Foundation
import Linux
import Testing

@Suite(.enabled(if: isRoot, "skipped: needs root")) struct ServiceTypeTests {
    /// A script of the instance; returns its path.
    private func script(_ units: UnitFolder, _ lines: String..., name: String = "script") throws -> String {
        try units.instance.write(name, "#!/bin/sh\n" + lines.joined(separator: "\n") + "\n", mode: 0o755)
    }

    // MARK: - forking

    /// What the daemon does with its PID file, before it is right.
    @Test(arguments: [
        "sleep 0.2", ": >$1; sleep 0.1", "echo 99999999 >$1; sleep 0.1", "echo $PPID of course >$1; sleep 0.1",
    ])
    func aPIDFileThatComesLate(prelude: String) throws {
        let units = try UnitFolder()
        let file = units.instance.path("pid")
        let daemon = try script(units, prelude, "echo $$ >$1", "exec sleep 1000", name: "daemon")
        let parent = try script(units, "\(daemon) \(file) &")
        try units.define("fork.service", "[Service]", "Type=forking", "PIDFile=\(file)", "ExecStart=\(parent)")
        let start = try units.daimon("start", "fork")
        #expect(start.status == 0, "\(start)")
        let main = try #require(pid_t(units.instance.lines("pid").first ?? ""))
        let status = try units.status("fork.service")
        #expect(status.main == main && status.state == "active (running)")
        #expect(try units.daimon("stop", "fork").status == 0)
        #expect(!isAlive(main))
        // A file that outlives its service names a stranger.
        #expect(!units.instance.exists("pid"))
    }

    /// A service of another user that names somebody else in its PID file is not to have him killed.
    @Test func aPIDFileThatLies() throws {
        let units = try UnitFolder()
        let stranger = try BackgroundCommand([Binaries.probe, "never-ready"])
        try FileManager.default.createDirectory(atPath: units.instance.path("open"), withIntermediateDirectories: true)
        try #require(chmod(units.instance.path("open"), 0o777) == 0)
        let file = units.instance.path("open/pid")
        let parent = try script(units, "echo \(stranger.pid) >\(file)", "sleep 1000 &")
        try units.define(
            "liar.service", "[Service]", "Type=forking", "PIDFile=\(file)", "User=nobody", "TimeoutStartSec=500ms",
            "ExecStart=\(parent)")
        let start = try units.daimon("start", "liar")
        #expect(start.status != 0, "\(start)")
        #expect(start.errors.contains("timeout"), "\(start)")
        #expect(start.errors.contains("names process \(stranger.pid)"), "\(start)")
        #expect(isAlive(stranger.pid))
        #expect(units.instance.nothingIsLeft)
    }

    /// Two services with one PID file: the process that it names is that of one of them.
    @Test func aPIDFileOfAnother() throws {
        let units = try UnitFolder()
        let file = units.instance.path("pid")
        let parent = try script(units, "sleep 1000 &", "[ -e \(file) ] || echo $! >\(file)")
        for (name, unit) in [("one", ""), ("two", "After=one.service")] {
            try units.define(
                "\(name).service", "[Unit]", unit, "[Service]", "Type=forking", "PIDFile=\(file)",
                "TimeoutStartSec=300ms",
                "TimeoutStopSec=20s", "ExecStart=\(parent)")
        }
        let start = try units.daimon("start", "--name", "both", "one", "two", timeout: .seconds(15))
        #expect(start.status != 0 && start.errors.contains("which is of one.service"), "\(start)")
        #expect(units.instance.nothingIsLeft)
    }

    @Test func theMainProcessIsGuessed() throws {
        let units = try UnitFolder()
        let parent = try script(units, "sleep 1000 &", "echo $! >>\(units.pids("fork"))")
        try units.define(
            "fork.service", "[Service]", "Type=forking", "Restart=on-failure", "RestartSec=10ms", "ExecStart=\(parent)")
        try #require(try units.daimon("start", "fork").status == 0)
        #expect(try units.status("fork.service").main == units.mains("fork").first)
        kill(try #require(units.mains("fork").first), SIGKILL)
        try waitUntil("it is back") {
            try units.mains("fork").count == 2 && units.status("fork.service").main == units.mains("fork").last
        }
        #expect(try units.status("fork.service")["NRestarts"] == "1")
        #expect(try units.daimon("stop", "fork").status == 0)
        #expect(units.instance.survivors.isEmpty)
    }

    /// With several processes there is nothing to guess: it lives as long as any of them.
    @Test func withoutAMainProcess() throws {
        let units = try UnitFolder()
        let parent = try script(
            units, "sleep 1000 &", "echo $! >>\(units.pids("fork"))", "sleep 1000 &", "echo $! >>\(units.pids("fork"))")
        try units.define("fork.service", "[Service]", "Type=forking", "GuessMainPID=no", "ExecStart=\(parent)")
        try #require(try units.daimon("start", "fork").status == 0)
        let status = try units.status("fork.service")
        #expect(status.state == "active (running)" && status.main == 0)
        let both = units.mains("fork")
        kill(both[0], SIGKILL)
        try waitUntil("it is gone") { !isAlive(both[0]) }
        #expect(try units.status("fork.service").state == "active (running)")
        kill(both[1], SIGKILL)
        try waitUntil("the instance has ended") { units.instance.survivors.isEmpty }
        #expect(try units.status("fork.service").state == "inactive (dead)")
    }

    @Test func aParentThatFailsIsAFailedStart() throws {
        let units = try UnitFolder()
        let parent = try script(units, "sleep 1000 &", "echo 'no licence' >&2", "exit 3")
        try units.define("fork.service", "[Service]", "Type=forking", "ExecStart=\(parent)")
        let start = try units.daimon("start", "fork")
        #expect(start.status == 3 && start.errors.contains("no licence"), "\(start)")
        #expect(units.instance.nothingIsLeft)
    }

    // MARK: - oneshot, idle

    @Test func oneshotRunsItsCommandsInOrderAndStays() throws {
        let units = try UnitFolder()
        let note = "\(Binaries.probe) sleep 20 append \(units.order)"
        try units.define(
            "shot.service", "[Service]", "Type=oneshot", "RemainAfterExit=yes", "ExecStart=\(note) 1 exit 0",
            "ExecStart=-\(note) 2 exit 1", "ExecStart=\(note) 3 exit 0", "ExecStop=\(note) stop exit 0")
        let start = try units.daimon("start", "shot")
        #expect(start.status == 0, "\(start)")
        #expect(units.events == ["1", "2", "3"])
        let status = try units.status("shot.service")
        #expect(status.state == "active (exited)" && status.main == 0)
        #expect(try units.daimon("status", "shot").status == 0)
        #expect(try units.daimon("stop", "shot").status == 0)
        #expect(units.events.last == "stop")
    }

    @Test func oneshotThatDoesNotStayIsOver() throws {
        let units = try UnitFolder()
        try units.define(
            "shot.service", "[Service]", "Type=oneshot",
            "ExecStart=\(Binaries.probe) sleep 50 append \(units.order) done exit 0")
        let start = try units.daimon("start", "shot")
        #expect(start.status == 0, "\(start)")
        #expect(units.events == ["done"], "the start did not wait for the end")
        try waitUntil("the instance is gone") { units.instance.survivors.isEmpty }
        #expect(try units.status("shot.service").state == "inactive (dead)")
    }

    @Test func oneshotThatFailsStopsThere() throws {
        let units = try UnitFolder()
        let note = "\(Binaries.probe) append \(units.order)"
        try units.define(
            "shot.service", "[Service]", "Type=oneshot", "RemainAfterExit=yes", "ExecStart=\(note) 1 exit 4",
            "ExecStart=\(note) 2 exit 0", "ExecStop=\(note) stop exit 0", "ExecStopPost=\(note) post exit 0")
        let start = try units.daimon("start", "shot")
        #expect(start.status == 4, "\(start)")
        #expect(units.events == ["1", "post"])
        #expect(units.instance.nothingIsLeft)
    }

    @Test func aServiceCanWaitForAOneshot() throws {
        let units = try UnitFolder()
        try units.define(
            "setup.service", "[Service]", "Type=oneshot",
            "ExecStart=\(Binaries.probe) sleep 100 append \(units.order) set-up exit 0")
        try units.probe("a", ["Requires=setup.service", "After=setup.service"])
        let start = try units.daimon("start", "a")
        #expect(start.status == 0, "\(start)")
        #expect(units.events == ["set-up", "+a"])
        #expect(try units.status("setup.service").state == "inactive (dead)")
        #expect(try units.daimon("stop", "a").status == 0)
    }

    @Test func remainAfterExitOfASimpleService() throws {
        let units = try UnitFolder()
        try units.probe("stays", service: ["Type=simple", "RemainAfterExit=yes"], "exit 0")
        try #require(try units.daimon("start", "stays").status == 0)
        try units.wait(for: "stays.service", "active (exited)")
        #expect(try units.daimon("stop", "stays").status == 0)
        #expect(units.events == ["+stays", "-stays"])
    }

    @Test func idleIsSimple() throws {
        let units = try UnitFolder()
        try units.probe("lazy", ["After=a.service", "Requires=a.service"], service: ["Type=idle"], "never-ready")
        try units.probe("a")
        let start = try units.daimon("start", "lazy")
        #expect(start.status == 0, "\(start)")
        try waitUntil("both run") { units.events == ["+a", "+lazy"] }
        #expect(try units.daimon("stop", "lazy").status == 0)
    }

    // MARK: - dbus

    /// Takes a name on the bus, says so, and waits; no library is needed for three messages.
    private static let owner = """
        import os, socket, struct, sys, time
        time.sleep(0.1)
        bus = socket.socket(socket.AF_UNIX)
        bus.connect(os.environ["DBUS_SYSTEM_BUS_ADDRESS"].split("=", 1)[1].split(",")[0])
        bus.sendall(b"\\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\\r\\n")
        bus.recv(4096); bus.sendall(b"BEGIN\\r\\n")
        def text(value): return struct.pack("<I", len(value)) + value.encode() + b"\\0"
        def pad(data, size): return data + b"\\0" * (-len(data) % size)
        def call(serial, member, signature="", body=b""):
            fields = b""
            for code, kind, value in ((1, "o", "/org/freedesktop/DBus"), (2, "s", "org.freedesktop.DBus"),
                    (3, "s", member), (6, "s", "org.freedesktop.DBus")):
                fields = pad(fields, 8) + bytes([code, 1]) + kind.encode() + b"\\0" + text(value)
            if signature:
                fields = pad(fields, 8) + bytes([8, 1]) + b"g\\0" + bytes([len(signature)]) + signature.encode() + b"\\0"
            head = b"l" + bytes([1, 0, 1]) + struct.pack("<II", len(body), serial)
            bus.sendall(pad(head + struct.pack("<I", len(fields)) + fields, 8) + body)
        call(1, "Hello")
        name = pad(text(sys.argv[1]), 4) + struct.pack("<I", 0)
        call(2, "RequestName", "su", name)
        open(sys.argv[2], "w").close()
        while bus.recv(4096): pass
        """

    @Test(.enabled(if: access("/usr/bin/dbus-daemon", X_OK) == 0 && access("/usr/bin/python3", X_OK) == 0))
    func dbusIsUpWhenItHasItsName() throws {
        let units = try UnitFolder()
        let bus = try BackgroundCommand([
            "dbus-daemon", "--session", "--nofork", "--nopidfile", "--address=unix:path=\(units.instance.path("bus"))",
        ])
        defer { kill(bus.pid, SIGKILL) }
        try waitUntil("there is a bus") { units.instance.exists("bus") }
        let owner = try units.instance.write("owner.py", Self.owner)
        let asked = units.instance.path("asked")
        try units.define(
            "named.service", "[Service]", "Type=dbus", "BusName=org.example.Named",
            "PassEnvironment=DBUS_SYSTEM_BUS_ADDRESS",
            "ExecStart=/usr/bin/python3 \(owner) org.example.Named \(asked)")
        var environment = units.environment
        environment["DBUS_SYSTEM_BUS_ADDRESS"] = "unix:path=\(units.instance.path("bus"))"
        let start = try Command.run([Binaries.daimon, "start", "named"], environment: environment)
        #expect(start.status == 0, "\(start)")
        #expect(units.instance.exists("asked"), "the start did not wait for the name")
        #expect(try units.status("named.service").state == "active (running)")
        #expect(!units.log("named").contains("no bus"), "\(units.log("named"))")
        #expect(try units.daimon("stop", "named").status == 0)

        // One that never takes it is not up.
        try units.define(
            "nameless.service", "[Service]", "Type=dbus", "BusName=org.example.Nameless", "TimeoutStartSec=300ms",
            "ExecStart=\(Binaries.probe) never-ready")
        let nameless = try Command.run([Binaries.daimon, "start", "nameless"], environment: environment)
        #expect(nameless.status != 0 && nameless.errors.contains("timeout"), "\(nameless)")
        #expect(units.instance.survivors.filter { $0 != bus.pid }.isEmpty)
    }

    @Test func withoutABusTypeDbusIsTypeExec() throws {
        let units = try UnitFolder()
        try units.probe("named", service: ["Type=dbus", "BusName=org.example.Named"], "never-ready")
        var environment = units.environment
        environment["DBUS_SYSTEM_BUS_ADDRESS"] = "unix:path=\(units.instance.path("none"))"
        let start = try Command.run([Binaries.daimon, "start", "named"], environment: environment)
        #expect(start.status == 0, "\(start)")
        #expect(units.log("named").contains("Type=exec"), "\(units.log("named"))")
        #expect(try units.daimon("stop", "named").status == 0)
    }
}
