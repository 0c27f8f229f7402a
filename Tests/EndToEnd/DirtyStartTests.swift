// Item 1: whatever state `daimon start` was typed in, the service gets a clean one.
import Foundation
import Linux
import Testing

@Suite(.enabled(if: isRoot, "skipped: needs root")) struct DirtyStartTests {
    /// Starts `probe state` from a dirty terminal; returns what it saw.
    private func stateAfterDirtyStart(_ instance: TemporaryInstance, _ properties: [String]) throws -> RecordedState {
        let command = instance.startCommand("dirty", ["Type=notify"] + properties, ["state", instance.path("state")])
        let result = try Command.run(
            [Binaries.probe, "dirty", "--cwd", "/usr", "--"] + command, environment: instance.environment)
        try #require(result.status == 0, "\(result)")
        return RecordedState(instance.read("state"))
    }

    @Test func theServiceStartsClean() throws {
        let instance = try TemporaryInstance()
        let state = try stateAfterDirtyStart(instance, [])
        #expect(Set(state.descriptors.keys) == [0, 1, 2], "\(state.descriptors)")
        #expect(state.descriptors[0] == "/dev/null")
        #expect(state.descriptors.values.allSatisfy { !$0.contains("pts") })
        #expect(state["controlling-terminal"] == "no")
        #expect(state["acquires-terminal"] == "no")
        // As systemd's IgnoreSIGPIPE=yes, which is its default: SIGPIPE alone is ignored.
        #expect(state.signals("signals-ignored") == [Int(SIGPIPE)])
        #expect(state.signals("signals-blocked") == [])
        #expect(state["cwd"] == "/")
        #expect(state["umask"] == "027" || state["umask"] == "022", "umask \(state["umask"] ?? "")")
        #expect(state["parent-death-signal-set"] == "0")
        #expect(!state.environment.keys.contains { $0.hasPrefix("DIRTY_") })
        #expect(state.environment["TERM"] == nil)
        #expect(state.environment["PATH"] != nil)
        let pid = try #require(state["pid"].flatMap { pid_t($0) })
        let daimond = try #require(instance.daimondPid("dirty"))
        #expect(state["ppid"] == String(daimond))
        let parent = try #require(ProcessStatus(of: daimond))
        let service = try #require(ProcessStatus(of: pid))
        #expect(service.session != getsid(0))
        // Reparented: to init, or to whoever is the subreaper of the machine; never to what the test started.
        #expect(parent.parent != getpid())
        #expect(parent.session != parent.identity.pid, "a session leader could acquire a terminal")
        try instance.daimon("stop", "dirty")
    }

    /// In the foreground daimond keeps what it was given; the service does not get it.
    @Test func inTheForegroundDescriptorsStayWithDaimond() throws {
        let instance = try TemporaryInstance()
        let command = try BackgroundCommand(
            [
                "sh", "-c", "exec 7</dev/null 9>/dev/null; exec \"$@\"", "sh", Binaries.daimon, "run", "--name", "open",
                "-p", "Type=notify", "--", Binaries.probe, "state", instance.path("state"),
            ], environment: instance.environment)
        try waitUntil("the service has looked around") {
            try instance.daimon("status", "open").output.contains("active (running)")
        }
        #expect(Set(RecordedState(instance.read("state")).descriptors.keys) == [0, 1, 2])
        kill(command.pid, SIGTERM)
        #expect(try command.wait().status == 0)
    }

    @Test func daimondItselfIsCleanToo() throws {
        let instance = try TemporaryInstance()
        _ = try stateAfterDirtyStart(instance, [])
        let daimond = try #require(instance.daimondPid("dirty"))
        for descriptor in try Files.list("/proc/\(daimond)/fd") {
            var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
            let length = readlink("/proc/\(daimond)/fd/\(descriptor)", &buffer, buffer.count)
            let target = length > 0 ? String(decoding: buffer[..<length], as: UTF8.self) : ""
            #expect(!target.hasPrefix("/dev/pts"), "daimond keeps descriptor \(descriptor), \(target)")
            #expect(descriptor != "200" && !(descriptor == "7" && target == "/dev/null"))
        }
        let directory = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(daimond)/cwd")
        #expect(directory == "/")
        try instance.daimon("stop", "dirty")
    }

    @Test func whatTheUnitAsksForIsGiven() throws {
        let instance = try TemporaryInstance()
        let state = try stateAfterDirtyStart(
            instance,
            [
                "UMask=0077", "WorkingDirectory=\(instance.directory)", "Environment=ONE=1 TWO=2", "User=nobody",
                "IgnoreSIGPIPE=no", "LimitNOFILE=512", "NoNewPrivileges=yes",
            ])
        #expect(state["umask"] == "077")
        #expect(state["cwd"] == instance.directory)
        #expect(state.environment["ONE"] == "1" && state.environment["TWO"] == "2")
        #expect(state.environment["USER"] == "nobody")
        #expect(state["uid"] == "65534" && state["euid"] == "65534" && state["gid"] == "65534")
        #expect(state["groups"]?.split(separator: ",").contains("0") == false)
        #expect(state.signals("signals-ignored") == [])
        #expect(state["limit.NOFILE"] == "512:512")
        #expect(state["no-new-privileges"] == "1")
        try instance.daimon("stop", "dirty")
    }
}
