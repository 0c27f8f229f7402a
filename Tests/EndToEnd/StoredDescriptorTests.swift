// The descriptor store and OpenFile=, with a real daimond: what a service gives into keeping is there in its next life
// (sd_notify(3), systemd.service(5)).
import Foundation
import Linux
import Testing

@Suite(.enabled(if: isRoot, "skipped: needs root")) struct StoredDescriptorTests {
    private static let store = ["Type=notify", "FileDescriptorStoreMax=3", "Restart=always", "RestartSec=10ms"]

    /// The state of the probe in its latest life, once it has come to it.
    private func state(_ instance: TemporaryInstance, life: Int) throws -> RecordedState {
        try waitUntil("life \(life)") { instance.notedPids("pids").count >= life }
        return RecordedState(instance.read("state"))
    }

    private func kill(_ instance: TemporaryInstance) throws {
        Foundation.kill(try #require(instance.notedPids("pids").last), SIGKILL)
    }

    private func count(_ instance: TemporaryInstance, _ name: String) throws -> Int {
        let result = try instance.daimon("status", name, "--json")
        let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
        return (object?["NFileDescriptorStore"] as? NSNumber)?.intValue ?? 0
    }

    @Test func theNextLifeFindsWhatWasStored() throws {
        let instance = try TemporaryInstance()
        let start = try instance.start(
            "keeper", Self.store + ["OpenFile=/etc/hosts:hosts:read-only"], "state", instance.path("state"), "send",
            "FDSTORE=1\nFDNAME=one", "/etc/passwd", "send", "FDSTORE=1", "/etc/group", "send",
            "FDNAME=gone\nFDSTORE=1", "/etc/fstab", "send", "FDSTORE=1\nFDNAME=full", "/etc/hostname", "notify",
            "FDSTOREREMOVE=1\nFDNAME=gone", "barrier", "pid", instance.path("pids"))
        #expect(start.status == 0, "\(start)")
        let first = try state(instance, life: 1)
        #expect(first.environment["FDSTORE"] == "3")
        #expect(first.environment["LISTEN_FDNAMES"] == "hosts" && first.descriptors[3] == "/etc/hosts")
        try waitUntil("two are stored") { try count(instance, "keeper") == 2 }
        try kill(instance)
        let second = try state(instance, life: 2)
        #expect(second.environment["LISTEN_FDNAMES"] == "stored:one:hosts")
        #expect(second.environment["LISTEN_FDS"] == "3")
        #expect(second.environment["LISTEN_PID"] == instance.notedPids("pids").last.map(String.init))
        #expect(second.descriptors[3] == "/etc/group" && second.descriptors[4] == "/etc/passwd")
        #expect(second.descriptors[5] == "/etc/hosts" && second.descriptors[6] == nil)
        #expect(instance.read("log/keeper.log").contains("FileDescriptorStoreMax=3"))
        #expect(try instance.daimon("stop", "keeper").status == 0)
        #expect(instance.survivors.isEmpty)
    }

    @Test func withoutAStoreNothingIsKept() throws {
        let instance = try TemporaryInstance()
        try #require(
            try instance.start(
                "none", ["Type=notify", "Restart=always", "RestartSec=10ms"], "state", instance.path("state"), "send",
                "FDSTORE=1\nFDNAME=one", "/etc/passwd", "barrier", "pid", instance.path("pids")
            ).status == 0)
        _ = try state(instance, life: 1)
        try kill(instance)
        let second = try state(instance, life: 2)
        #expect(second.environment["LISTEN_FDS"] == nil && second.environment["FDSTORE"] == nil)
        #expect(try instance.daimon("stop", "none").status == 0)
    }

    @Test func aPreservationOfNoEndsWithTheLife() throws {
        let instance = try TemporaryInstance()
        try #require(
            try instance.start(
                "once", Self.store + ["FileDescriptorStorePreserve=no"], "state", instance.path("state"), "send",
                "FDSTORE=1\nFDNAME=one", "/etc/passwd", "barrier", "pid", instance.path("pids")
            ).status == 0)
        _ = try state(instance, life: 1)
        #expect(try count(instance, "once") == 1)
        try kill(instance)
        #expect(try state(instance, life: 2).environment["LISTEN_FDS"] == nil)
        #expect(try instance.daimon("stop", "once").status == 0)
    }

    @Test func whatHangsUpIsNotHandedBack() throws {
        let instance = try TemporaryInstance()
        try #require(
            try instance.start(
                "pipes", Self.store, "state", instance.path("state"), "send-pipe", "FDSTORE=1\nFDNAME=watched",
                "send-pipe", "FDSTORE=1\nFDPOLL=0\nFDNAME=unwatched", "send", "FDSTORE=1\nFDNAME=file", "/etc/passwd",
                "barrier", "pid", instance.path("pids")
            ).status == 0)
        _ = try state(instance, life: 1)
        #expect(try count(instance, "pipes") == 3)
        // The probe holds the other ends.
        try kill(instance)
        #expect(try state(instance, life: 2).environment["LISTEN_FDNAMES"] == "file:unwatched")
        #expect(try instance.daimon("stop", "pipes").status == 0)
    }

    /// A set of which one unit goes down while another is up, so that daimond goes on.
    @Test(arguments: ["restart", "yes"]) func aStopOfOneOfTwo(preservation: String) throws {
        let instance = try TemporaryInstance()
        try #require(mkdir(instance.path("units"), 0o755) == 0)
        try instance.write(
            "units/keeper.service",
            """
            [Service]
            Type=notify
            FileDescriptorStoreMax=3
            FileDescriptorStorePreserve=\(preservation)
            ExecStart=\(Binaries.probe) state \(instance.path("state")) send "FDSTORE=1\\nFDNAME=one" /etc/passwd \
            barrier pid \(instance.path("pids"))
            """)
        // Goes down by its own, with keeper, and starts it again some time later.
        try instance.write(
            "units/other.service",
            "[Unit]\nWants=again.timer\n[Service]\nExecStart=\(Binaries.probe) pid \(instance.path("others"))\n")
        try instance.write(
            "units/again.timer",
            "[Timer]\nUnit=keeper.service\nOnActiveSec=20ms\nOnUnitInactiveSec=300ms\nAccuracySec=1ms\n")
        var environment = instance.environment
        environment["SYSTEMD_UNIT_PATH"] = instance.path("units")
        let start = try Command.run([Binaries.daimon, "start", "other"], environment: environment)
        try #require(start.status == 0, "\(start)")
        _ = try state(instance, life: 1)
        Foundation.kill(try #require(instance.notedPids("pids").last), SIGTERM)
        let second = try state(instance, life: 2)
        #expect(second.environment["LISTEN_FDNAMES"] == (preservation == "yes" ? "one" : nil))
        #expect(second.environment["TRIGGER_UNIT"] == "again.timer")
        #expect(try instance.daimon("stop", "other").status == 0)
        #expect(instance.survivors.isEmpty)
    }

    @Test(arguments: ["no", "restart", "yes"]) func whatIsShownOfOneThatIsDown(preservation: String) throws {
        let instance = try TemporaryInstance()
        try #require(mkdir(instance.path("units"), 0o755) == 0)
        try instance.write(
            "units/keeper.service",
            "[Service]\nType=notify\nFileDescriptorStoreMax=3\nFileDescriptorStorePreserve=\(preservation)\n"
                + "ExecStart=\(Binaries.probe) ready send FDSTORE=1 /etc/passwd barrier pid \(instance.path("pids"))\n")
        try instance.write("units/other.service", "[Service]\nExecStart=\(Binaries.probe) never-ready\n")
        var environment = instance.environment
        environment["SYSTEMD_UNIT_PATH"] = instance.path("units")
        func daimon(_ arguments: String...) throws -> CommandResult {
            try Command.run([Binaries.daimon] + arguments, environment: environment)
        }
        try #require(try daimon("start", "--name", "set", "other", "keeper").status == 0)
        try waitUntil("it has stored something") { !instance.notedPids("pids").isEmpty }
        Foundation.kill(try #require(instance.notedPids("pids").last), SIGTERM)
        let isKept = preservation == "yes"
        try waitUntil("it is down") {
            let shown = try daimon("status", "--json", "keeper.service").output
            return shown.contains("\"SubState\":\"\(isKept ? "dead-resources-pinned" : "dead")\"")
                && shown.contains("\"NFileDescriptorStore\":\(isKept ? 1 : 0),")
        }
        #expect(try daimon("stop", "set").status == 0)
        #expect(instance.survivors.isEmpty)
    }

    @Test func aFileThatCannotBeOpened() throws {
        let instance = try TemporaryInstance()
        let failed = try instance.start("bad", ["Type=notify", "OpenFile=/nonexistent/file"], "ready")
        #expect(failed.status == 202, "\(failed)")
        #expect(failed.errors.contains("202/FDS") && failed.errors.contains("/nonexistent/file"), "\(failed)")
        let graceful = try instance.start(
            "good", ["Type=notify", "OpenFile=/nonexistent/file::graceful"], "state", instance.path("state"))
        #expect(graceful.status == 0, "\(graceful)")
        #expect(RecordedState(instance.read("state")).environment["LISTEN_FDS"] == nil)
        #expect(try instance.daimon("stop", "good").status == 0)
    }

    /// The rights are those of the manager, the service's own do not suffice.
    @Test func aFileThatTheServiceMayNotOpenItself() throws {
        let instance = try TemporaryInstance()
        try instance.write("secret", "secret", mode: 0o600)
        let start = try instance.start(
            "other", ["Type=notify", "User=nobody", "OpenFile=\(instance.path("secret")):key:read-only"], "state",
            instance.path("state"))
        #expect(start.status == 0, "\(start)")
        let state = RecordedState(instance.read("state"))
        #expect(state.environment["LISTEN_FDNAMES"] == "key" && state.descriptors[3] == instance.path("secret"))
        #expect(try instance.daimon("stop", "other").status == 0)
    }
}
