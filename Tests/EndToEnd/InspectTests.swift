// `daimon verify`, `show` and `cat`, and units found by name with their drop-ins: what a person sees of them.
import Foundation
import Linux
import Testing

@Suite struct InspectTests {
    /// A folder of units that is the whole search path.
    private func units(_ instance: borrowing TemporaryInstance) throws -> [String: String] {
        let folder = instance.path("units")
        try FileManager.default.createDirectory(atPath: folder + "/web.service.d", withIntermediateDirectories: true)
        try """
        [Unit]
        Description=The web
        [Service]
        Type=notify
        ExecStart=\(Binaries.probe) state \(instance.path("state"))
        Environment=A=1 B=2
        RestartSec=5
        """.write(toFile: folder + "/web.service", atomically: true, encoding: .utf8)
        try "[Service]\nEnvironment=B=3\nRestrat=always\n".write(
            toFile: folder + "/web.service.d/10-more.conf", atomically: true, encoding: .utf8)
        try FileManager.default.createSymbolicLink(
            atPath: folder + "/masked.service", withDestinationPath: "/dev/null")
        try FileManager.default.createSymbolicLink(
            atPath: folder + "/alias.service", withDestinationPath: "web.service")
        var environment = instance.environment
        environment["SYSTEMD_UNIT_PATH"] = folder
        return environment
    }

    @Test func verifyTellsWhatIsWrongAndWhatIsHonoured() throws {
        let instance = try TemporaryInstance()
        let environment = try units(instance)
        let bad = try Command.run([Binaries.daimon, "verify", "web"], environment: environment)
        #expect(bad.status == 1)
        #expect(bad.output.contains("10-more.conf:3:1: warning: Restrat=: there is no such directive in [Service]"))
        #expect(
            bad.output.contains("did you mean \"Restart\"?")
                && bad.output.contains("honoured: Description Type ExecStart Environment RestartSec"))
        let json = try Command.run([Binaries.daimon, "verify", "--json", "web"], environment: environment)
        let parsed = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]]
        let problems = parsed?.first?["problems"] as? [[String: Any]]
        #expect(problems?.first?["line"] as? Int == 3 && problems?.first?["suggestion"] as? String == "Restart")
        #expect(parsed?.first?["refused"] as? Bool == false && parsed?.first?["wrong"] as? Bool == true)
        // What is only not honoured yet is not wrong.
        let path = try instance.write("good.service", "[Service]\nExecStart=/bin/true\nMemoryMax=1G\n")
        let good = try Command.run([Binaries.daimon, "verify", path], environment: environment)
        #expect(good.status == 0 && good.output.contains("MemoryMax=: not honoured"))
    }

    @Test func showPrintsPropertiesWithDropInsAndDefaults() throws {
        let instance = try TemporaryInstance()
        let environment = try units(instance)
        let text = try Command.run([Binaries.daimon, "show", "alias"], environment: environment)
        #expect(text.status == 0)
        let lines = text.output.split(separator: "\n").map(String.init)
        for line in [
            "Id=web.service", "Environment=A=1 B=3", "RestartUSec=5s", "KillMode=control-group", "Description=The web",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
        let json = try Command.run([Binaries.daimon, "show", "--json", "web"], environment: environment)
        let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        let properties = object?["properties"] as? [String: [String: Any]]
        #expect(properties?["RestartUSec"]?["value"] as? Int == 5_000_000)
        #expect(
            properties?["RestartUSec"]?["unit"] as? String == "µs"
                && properties?["RestartUSec"]?["type"] as? String == "t")
        #expect(properties?["UMask"]?["default"] as? Bool == true && properties?["UMask"]?["value"] as? Int == 0o022)
        #expect((object?["dropInPaths"] as? [String])?.count == 1)
        let one = try Command.run([Binaries.daimon, "show", "-p", "Restart", "web"], environment: environment)
        #expect(one.output == "Restart=no\n")
        let none = try Command.run([Binaries.daimon, "show", "-p", "Nothing", "web"], environment: environment)
        #expect(none.status == 2)
    }

    @Test func catPrintsEachFileWithItsPath() throws {
        let instance = try TemporaryInstance()
        let environment = try units(instance)
        let result = try Command.run([Binaries.daimon, "cat", "web"], environment: environment)
        #expect(result.status == 0)
        #expect(result.output.hasPrefix("# \(instance.path("units"))/web.service\n[Unit]\nDescription=The web\n"))
        #expect(result.output.contains("\n# \(instance.path("units"))/web.service.d/10-more.conf\n[Service]\n"))
        let missing = try Command.run([Binaries.daimon, "cat", "nothing"], environment: environment)
        #expect(missing.status != 0 && missing.errors.contains("nothing"))
    }

    /// By name, from the search path, with its drop-ins; a masked unit is not started.
    @Test func aUnitStartsByNameWithItsDropIns() throws {
        let instance = try TemporaryInstance()
        let environment = try units(instance)
        let start = try Command.run([Binaries.daimon, "start", "web"], environment: environment)
        #expect(start.status == 0, "\(start)")
        let state = try String(contentsOfFile: instance.path("state"), encoding: .utf8)
        #expect(state.contains("B=3") && state.contains("A=1"))
        #expect(try Command.run([Binaries.daimon, "stop", "web"], environment: environment).status == 0)
        let masked = try Command.run([Binaries.daimon, "start", "masked"], environment: environment)
        #expect(masked.status == 2 && masked.errors.contains("masked"))
    }

    /// Properties of the command line are a last drop-in: the unit's own files stay as they are, places and all.
    @Test func propertiesAreAddedToAUnit() throws {
        let instance = try TemporaryInstance()
        let environment = try units(instance)
        for (unit, name) in [("web", "web"), (instance.path("units") + "/web.service", "other")] {
            let start = try Command.run(
                [Binaries.daimon, "start", "--name", name, "-p", "Environment=A=9 C=%N", unit], environment: environment
            )
            #expect(start.status == 0, "\(start)")
            let state = try String(contentsOfFile: instance.path("state"), encoding: .utf8)
            #expect(state.contains("A=9") && state.contains("B=3") && state.contains("C=web"))
            #expect(try Command.run([Binaries.daimon, "stop", name], environment: environment).status == 0)
        }
        let bad = try Command.run(
            [Binaries.daimon, "start", "-p", "Restrat=no", "web"], environment: environment)
        #expect(bad.status == 2 && bad.errors.contains("did you mean \"Restart\""))
        let masked = try Command.run([Binaries.daimon, "start", "-p", "Nice=1", "masked"], environment: environment)
        #expect(masked.status == 2 && masked.errors.contains("masked"))
    }

    /// What `show` says of a path is what `run` runs: drop-ins of the search path included.
    @Test func aPathHasTheDropInsOfItsName() throws {
        let instance = try TemporaryInstance()
        let environment = try units(instance)
        let path = try instance.write(
            "web.service", "[Service]\nType=exec\nExecStart=/bin/sh -c 'echo $$B >\(instance.path("b"))'\n")
        let show = try Command.run(
            [Binaries.daimon, "show", "--file", path, "-p", "Environment"], environment: environment)
        #expect(show.output == "Environment=B=3\n")
        let run = try Command.run([Binaries.daimon, "run", path], environment: environment)
        #expect(run.status == 0, "\(run)")
        #expect(try String(contentsOfFile: instance.path("b"), encoding: .utf8) == "3\n")
        let strict = try Command.run([Binaries.daimon, "run", "--strict", path], environment: environment)
        #expect(strict.status == 2 && strict.errors.contains("Restrat"), "a typo is not honoured either")
    }

    /// Specifiers are those of the user who runs it.
    @Test(.enabled(if: geteuid() == 0, "only root can become another user"))
    func specifiersAreTheUsersOwn() throws {
        let instance = try TemporaryInstance()
        let path = try instance.write(
            "who.service", "[Service]\nType=exec\nExecStart=/bin/sh -c 'echo %u %U %t >\(instance.path("who"))'\n")
        var environment = instance.environment
        environment["XDG_RUNTIME_DIR"] = instance.path("xdg")
        environment["DAIMON_RUNTIME_DIRECTORY"] = nil
        let folder = instance.path("mine")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder)
        let run = try Command.run(
            [
                "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", Binaries.daimon, "run",
                "--runtime-directory", folder + "/run", "--log-directory", folder + "/log", path,
            ], environment: environment)
        #expect(run.status == 0, "\(run)")
        #expect(
            try String(contentsOfFile: instance.path("who"), encoding: .utf8)
                == "nobody 65534 \(instance.path("xdg"))\n")
    }

    @Test func whatIsNoUnitIsOneProblemAmongOthers() throws {
        let instance = try TemporaryInstance()
        let environment = try units(instance)
        let both = try Command.run(
            [Binaries.daimon, "verify", "--json", "a b", "masked", "web"], environment: environment)
        let parsed = try JSONSerialization.jsonObject(with: Data(both.output.utf8)) as? [[String: Any]]
        #expect(both.status == 1)
        #expect(parsed?.map { $0["loadState"] as? String } == ["not-found", "masked", "loaded"])
        #expect(parsed.map { Set($0.map { Set($0.keys) }).count } == 1, "one shape")
        let cat = try Command.run([Binaries.daimon, "cat", "nothing", "web"], environment: environment)
        #expect(cat.status == 1 && cat.output.contains("Description=The web") && cat.errors.contains("nothing"))
        let masked = try Command.run([Binaries.daimon, "verify", "masked"], environment: environment)
        #expect(masked.status == 0 && masked.output.contains("masked"))
    }

    /// Nothing that could be taken for a unit where there is none; and every property, whatever the unit sets.
    @Test func showSaysWhatItCannotShow() throws {
        let instance = try TemporaryInstance()
        let environment = try units(instance)
        let large = try instance.write("large.service", String(repeating: "#\n", count: 1 << 20))
        let unread = try Command.run([Binaries.daimon, "show", "--file", large], environment: environment)
        #expect(unread.status == 1 && unread.output == "" && unread.errors.contains("larger than"))
        let bad = try instance.write("bad.service", "[Service]\nExecStart=foo/x\n")
        let refused = try Command.run(
            [Binaries.daimon, "show", "--file", bad, "-p", "LoadState,ExecStop"], environment: environment)
        #expect(refused.status == 0 && refused.output == "ExecStop=\nLoadState=bad-setting\n")
        #expect(refused.errors.contains("bad.service:2:11: error: ExecStart="))
        let typo = try Command.run([Binaries.daimon, "show", "-p", "RestartUsec", "web"], environment: environment)
        #expect(typo.status == 2 && typo.errors.contains("did you mean \"RestartUSec\""))
        func names(_ path: String) throws -> Set<String> {
            let json = try Command.run([Binaries.daimon, "show", "--json", "--file", path], environment: environment)
            let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
            return Set(try #require(object?["properties"] as? [String: Any]).keys)
        }
        #expect(try names(bad) == names(instance.path("units") + "/web.service"))
    }

    @Test func catOnATerminalShowsAllLinesAndDrivesNothing() throws {
        let instance = try TemporaryInstance()
        let path = try instance.write(
            "odd.service", "[Service]\r\nExecStart=/bin/echo \u{1b}[31mred\u{202e}\nNice=1")
        let result = try Command.run(
            [Binaries.probe, "terminal", "--", Binaries.daimon, "cat", path], environment: instance.environment)
        #expect(result.output.contains("[Service]") && result.output.contains("Nice=1"), "\(result)")
        #expect(result.output.contains("[31mred") && !result.output.contains("\u{1b}"))
    }

    /// A full disk is an error, for each command that prints.
    @Test(arguments: [["verify", "web"], ["show", "web"], ["cat", "web"], ["list"]])
    func aFullDiskIsSaid(_ arguments: [String]) throws {
        let instance = try TemporaryInstance()
        let environment = try units(instance)
        let result = try Command.run(
            ["sh", "-c", "exec \"$0\" \"$@\" >/dev/full", Binaries.daimon] + arguments, environment: environment)
        #expect(result.status == 1 && result.errors.contains("No space left on device"), "\(result)")
    }
}
