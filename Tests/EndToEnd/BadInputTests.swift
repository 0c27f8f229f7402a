// Item 10: bad input gets one clear line that names the option and what is allowed, exit status 2, and nothing starts.
import Foundation
import Linux
import Testing

@Suite struct BadInputTests {
    private func expectRefusal(
        _ arguments: [String], names expected: String..., unit: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let instance = try TemporaryInstance()
        let path = try instance.write("bad.service", unit ?? "")
        let given = arguments.map {
            $0 == "UNIT" ? path : $0 == "PROBE" ? Binaries.probe : $0 == "NOTE" ? instance.path("note") : $0
        }
        let result = try Command.run([Binaries.daimon] + given, environment: instance.environment)
        #expect(result.status == 2, "\(result)", sourceLocation: sourceLocation)
        for text in expected {
            #expect(
                result.errors.contains(text), "'\(text)' is not in <\(result.errors)>", sourceLocation: sourceLocation)
        }
        #expect(!result.errors.isEmpty, sourceLocation: sourceLocation)
        #expect(!instance.exists("note"), "something was started", sourceLocation: sourceLocation)
        #expect(instance.survivors.isEmpty, sourceLocation: sourceLocation)
    }

    @Test func anUnknownProperty() throws {
        try expectRefusal(
            ["start", "--name", "x", "-p", "Restrat=always", "--", "PROBE", "pid", "NOTE"], names: "Restrat", "Restart")
    }

    @Test(arguments: [
        ("Restart=sometimes", "on-failure"), ("Type=thread", "notify"), ("RestartSec=soon", "RestartSec"),
        ("UMask=999", "UMask"), ("KillSignal=SIGNOTHING", "KillSignal"), ("LimitNOFILE=-5", "LimitNOFILE"),
        ("KillMode=all", "control-group"), ("NoNewPrivileges=perhaps", "NoNewPrivileges"),
    ])
    func aBadValue(property: String, named: String) throws {
        try expectRefusal(["start", "--name", "x", "-p", property, "--", "PROBE", "pid", "NOTE"], names: named)
    }

    @Test func aPropertyWithoutAValue() throws {
        try expectRefusal(
            ["start", "--name", "x", "-p", "Restart", "--", "PROBE", "pid", "NOTE"], names: "Restart", "KEY=VALUE")
    }

    @Test func noCommand() throws {
        try expectRefusal(["start", "--name", "x", "--"])
        try expectRefusal(["start"])
        try expectRefusal(["run"])
    }

    @Test func aUnitAndACommand() throws {
        try expectRefusal(["start", "UNIT", "--", "PROBE", "pid", "NOTE"], unit: "[Service]\nExecStart=/bin/true\n")
    }

    @Test(arguments: ["../x", "a/b", "", ".hidden/..", String(repeating: "n", count: 300), "a\nb"])
    func aBadName(name: String) throws {
        try expectRefusal(["start", "--name", name, "--", "PROBE", "pid", "NOTE"], names: "name")
    }

    @Test func aBadUnitFileIsToldByLine() throws {
        try expectRefusal(
            ["start", "UNIT"], names: "bad.service:3", "WorkingDirectory",
            unit: "[Service]\nExecStart=/bin/true\nWorkingDirectory=relative\n")
        try expectRefusal(["start", "UNIT"], names: "ExecStart", unit: "[Service]\nType=simple\n")
    }

    /// What systemd only warns of does not stop a unit file here either; on a command line it does.
    @Test func aBadValueInAFileIsToldAndTheDefaultStays() throws {
        let instance = try TemporaryInstance()
        let path = try instance.write(
            "lenient.service",
            "[Service]\nType=notify\nRestart=sometimes\nExecStart=\(Binaries.probe) pid \(instance.path("note")) ready\n"
        )
        let result = try Command.run([Binaries.daimon, "start", path], environment: instance.environment)
        #expect(result.status == 0, "\(result)")
        #expect(result.errors.contains("lenient.service:3") && result.errors.contains("on-failure"))
        let stop = try Command.run([Binaries.daimon, "stop", "lenient"], environment: instance.environment)
        #expect(stop.status == 0)
    }

    @Test func aMissingUnitFile() throws {
        try expectRefusal(["start", "/nonexistent/web.service"], names: "/nonexistent/web.service")
    }

    @Test func unknownOptionsOfDaimond() throws {
        let result = try Command.run([Binaries.daimond, "--no-such-option", "web"])
        #expect(result.status == 2)
        #expect(result.errors.contains("--no-such-option"))
        #expect(try Command.run([Binaries.daimond]).status == 2)
    }
}
