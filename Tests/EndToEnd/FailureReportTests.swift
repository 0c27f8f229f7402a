// Item 3: a start that fails says so: exit status, the step, the service's last lines; nothing is left running.
import Foundation
import Linux
import Testing

@Suite(.enabled(if: isRoot, "skipped: needs root")) struct FailureReportTests {
    /// Starts a command that must fail.
    private func expectFailure(
        _ command: [String], properties: [String] = [], status: Int32, says expected: String...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let instance = try TemporaryInstance()
        let result = try Command.run(
            [Binaries.daimon, "start", "--name", "failing"] + properties.flatMap { ["-p", $0] } + ["--"] + command,
            environment: instance.environment)
        #expect(result.status == status, "\(result)", sourceLocation: sourceLocation)
        for text in expected {
            #expect(
                result.errors.contains(text), "'\(text)' is not in <\(result.errors)>", sourceLocation: sourceLocation)
        }
        #expect(instance.survivors.isEmpty, sourceLocation: sourceLocation)
        #expect(!instance.exists(instance.pidFile("failing")), sourceLocation: sourceLocation)
        #expect(try instance.daimon("status", "failing").status != 0, sourceLocation: sourceLocation)
    }

    @Test(arguments: ["simple", "exec", "notify"]) func aMissingProgram(type: String) throws {
        try expectFailure(
            ["/nonexistent/program"], properties: ["Type=\(type)"], status: 203, says: "203/EXEC",
            "/nonexistent/program", "No such file")
    }

    @Test(arguments: ["simple", "exec", "notify"]) func aFileThatIsNotExecutable(type: String) throws {
        try expectFailure(
            ["/etc/passwd"], properties: ["Type=\(type)"], status: 203, says: "203/EXEC", "Permission denied")
    }

    @Test func aBadInterpreter() throws {
        let files = try TemporaryInstance()
        let script = try files.write("script", "#!/nonexistent/interpreter\n", mode: 0o755)
        try expectFailure([script], properties: ["Type=exec"], status: 203, says: "203/EXEC", "script")
    }

    @Test func anUnknownUser() throws {
        try expectFailure(
            [Binaries.probe, "ready"], properties: ["Type=notify", "User=no-such-user"], status: 217, says: "217/USER",
            "no-such-user")
    }

    @Test func aMissingWorkingDirectory() throws {
        try expectFailure(
            [Binaries.probe, "ready"], properties: ["Type=notify", "WorkingDirectory=/nonexistent"], status: 200,
            says: "200/CHDIR", "/nonexistent")
    }

    @Test func aWorkingDirectoryThatTheUserMayNotEnter() throws {
        let files = try TemporaryInstance()
        let directory = files.path("locked")
        try #require(mkdir(directory, 0o700) == 0)
        try expectFailure(
            ["/bin/true"], properties: ["Type=exec", "User=nobody", "WorkingDirectory=\(directory)"], status: 200,
            says: "200/CHDIR", "Permission denied")
    }

    @Test(arguments: ["exec", "notify"]) func exitOneAtOnce(type: String) throws {
        try expectFailure(
            [Binaries.probe, "complain", "no such table: users", "exit", "1"], properties: ["Type=\(type)"], status: 1,
            says: "no such table: users")
    }

    @Test(arguments: ["exec", "notify"]) func exitOneAfterAWhile(type: String) throws {
        try expectFailure(
            [Binaries.probe, "say", "first", "complain", "second", "exit", "1", "after", "50"],
            properties: ["Type=\(type)"], status: 1, says: "first", "second")
    }

    @Test func deathByASignalBeforeReady() throws {
        try expectFailure(
            [Binaries.probe, "signal", "11", "after", "20"], properties: ["Type=notify"], status: 128 + 11, says: "SEGV"
        )
        try expectFailure([Binaries.probe, "signal", "9"], properties: ["Type=notify"], status: 128 + 9, says: "KILL")
    }

    /// Exit 0 without READY=1 is a broken promise: systemd calls it Result=protocol.
    @Test func exitZeroBeforeReady() throws {
        let instance = try TemporaryInstance()
        let result = try instance.start("quiet", ["Type=notify"], "exit", "0")
        #expect(result.status != 0)
        #expect(result.errors.contains("protocol"), "\(result)")
        #expect(instance.survivors.isEmpty)
    }

    /// What it left running goes as well.
    @Test func childrenOfAServiceThatFailedAreStopped() throws {
        let instance = try TemporaryInstance()
        let result = try instance.start(
            "litter", ["Type=notify"], "grandchildren", "3", instance.path("pids"), "exit", "5")
        #expect(result.status == 5)
        #expect(instance.notedPids("pids").count == 3)
        #expect(!instance.notedPids("pids").contains(where: isAlive))
        #expect(instance.survivors.isEmpty)
    }

    @Test func aStartThatSucceedsSaysNothingWrong() throws {
        let instance = try TemporaryInstance()
        let result = try instance.start("fine", ["Type=notify"], "say", "hello", "sleep", "50", "ready")
        #expect(result.status == 0)
        #expect(result.errors.isEmpty, "\(result)")
        #expect(try instance.daimon("status", "fine").status == 0)
        #expect(try instance.daimon("stop", "fine").status == 0)
    }
}
