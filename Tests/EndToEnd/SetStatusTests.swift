// What others see of a set, and do to it: status, stop of one unit, a daimond that is killed, restart, lost state files.
import Foundation
import Linux
import Testing

@Suite(.enabled(if: isRoot, "skipped: needs root")) struct SetStatusTests {
    @Test func everyUnitIsShown() throws {
        let units = try UnitFolder()
        try units.probe("a", ["Description=The first", "Wants=helper.service"], "status 'all is well' ready")
        try units.probe("b")
        try units.probe("helper", "exit 3 after 10")
        try #require(try units.daimon("start", "--name", "site", "a", "b").status == 0)
        try units.wait(for: "helper.service", "failed (failed)")
        let table = try units.daimon("status")
        #expect(table.status == 0)
        let rows = table.output.split(separator: "\n").map { $0.split(whereSeparator: \.isWhitespace).map(String.init) }
        #expect(rows[0].prefix(5) == ["INSTANCE", "UNIT", "LOAD", "ACTIVE", "SUB"])
        let first = try #require(rows.first { $0.contains("a.service") })
        #expect(first.prefix(7) == ["site", "a.service", "loaded", "active", "running", "\(units.mains("a")[0])", "0"])
        #expect(first.suffix(2) == ["The", "first"])
        let helper = try #require(rows.first { $0.contains("helper.service") })
        #expect(helper.prefix(6) == ["site", "helper.service", "loaded", "failed", "failed", "-"])
        #expect(rows.count == 4)

        let whole = try units.daimon("status", "site")
        #expect(whole.status == 0)
        #expect(whole.output.contains("3 units, 2 active, 1 failed"), "\(whole)")
        for name in ["a", "b", "helper"] { #expect(whole.output.contains("\(name).service"), "\(whole)") }
        #expect(whole.output.contains("all is well"))

        // A unit of an instance by its own name, with and without suffix.
        let one = try units.daimon("status", "a")
        #expect(one.status == 0 && one.output.contains("The first") && !one.output.contains("b.service"), "\(one)")
        #expect(try units.daimon("status", "helper.service").status == 3)
        #expect(try units.daimon("status", "nobody").status == 4)

        // The state of an instance shows all its units; a unit only itself.
        let json = try JSONSerialization.jsonObject(with: Data(try units.daimon("list", "--json").output.utf8))
        let objects = try #require(json as? [[String: Any]])
        #expect(objects.compactMap { $0["Id"] as? String } == ["a.service", "b.service", "helper.service"])
        #expect(objects.allSatisfy { $0["Instance"] as? String == "site" })
        let processes = try objects.map { try #require($0["Processes"] as? [Int]) }
        #expect(processes == [[Int(units.mains("a")[0])], [Int(units.mains("b")[0])], []])
        #expect(try units.status("helper.service")["ExecMainStatus"] == "3")
        #expect(try units.status("b.service")["ActiveEnterTimestamp"].count > 10)
        #expect(try units.daimon("stop", "site").status == 0)
    }

    /// What is not honoured, or unknown, in a unit that comes along is said as well, and refused with --strict.
    @Test func whatIsIgnoredInOthersIsSaid() throws {
        let units = try UnitFolder()
        try units.probe("a", ["Wants=b.service", "After=c.service"])
        try units.probe("b", service: ["Nonsense=yes"])
        try units.probe("c", service: ["Folly=yes"])
        let strict = try units.daimon("start", "--strict", "a")
        #expect(strict.status == 2 && strict.errors.contains("Nonsense="), "\(strict)")
        #expect(units.events == [])
        let start = try units.daimon("start", "a")
        #expect(
            start.status == 0 && start.errors.contains("b.service:") && start.errors.contains("Nonsense="), "\(start)")
        #expect(!start.errors.contains("Folly"), "c is there for the order alone")
        #expect(units.log("a").contains("Nonsense="))
        // Once, however often the files are read; what is new is said then.
        try units.probe("b", service: ["Nonsense=yes", "Rubbish=yes"])
        #expect(try units.daimon("reload-units", "a").status == 0)
        #expect(try units.daimon("reload-units", "a").status == 0)
        let lines = units.log("a").split(separator: "\n")
        #expect(
            lines.filter { $0.contains("Nonsense=") }.count == 1 && lines.filter { $0.contains("Rubbish=") }.count == 1)
        #expect(try units.daimon("stop", "a").status == 0)
        #expect(try units.daimon("start", "-p", "Nice=1", "a", "b").status == 2)
    }

    @Test func oneUnitOfASetIsNotStoppedAlone() throws {
        let units = try UnitFolder()
        try units.probe("a")
        try units.probe("b")
        try #require(try units.daimon("start", "--name", "site", "a", "b").status == 0)
        for name in ["b", "b.service"] {
            let stop = try units.daimon("stop", name)
            #expect(stop.status == 1 && stop.errors.contains("daimon stop site"), "\(stop)")
        }
        #expect(units.events.count == 2)
        // With the name of an instance of its own it is that which is meant.
        try #require(try units.daimon("start", "--name", "b", "b").status == 0)
        #expect(try units.daimon("stop", "b").status == 0)
        #expect(try units.status("a.service")["Instance"] == "site")
        #expect(units.mains("b").first.map(isAlive) == true)
        #expect(try units.daimon("stop", "site").status == 0)
    }

    @Test func aSetOutlivesItsDaimondAndIsStopped() throws {
        let units = try UnitFolder()
        let note = units.instance.path("note")
        for (name, signal) in [("a", "USR1"), ("b", "USR2"), ("c", "TERM")] {
            try units.instance.write(
                "\(name).sh",
                "#!/bin/sh\ntrap 'echo \(name) got USR1 >>\(note); exit' USR1\ntrap 'echo \(name) got USR2 >>\(note); exit' USR2\n"
                    + "trap 'echo \(name) got TERM >>\(note); exit' TERM\necho $$ >>\(units.pids(name))\n"
                    + "\(Binaries.probe) notify READY=1 barrier exit 0\nwhile :; do sleep 0.02; done\n", mode: 0o755)
            try units.define(
                "\(name).service", "[Service]", "Type=notify", "NotifyAccess=all", "KillSignal=SIG\(signal)",
                "KillMode=mixed", "ExecStart=\(units.instance.path("\(name).sh"))")
        }
        try #require(try units.daimon("start", "--name", "site", "a", "b", "c").status == 0)
        let daimond = try #require(units.instance.daimondPid("site"))
        kill(daimond, SIGKILL)
        try waitUntil("daimond is dead") { !isAlive(daimond) }
        let mains = ["a", "b", "c"].flatMap { units.mains($0) }
        #expect(mains.count == 3 && mains.allSatisfy(isAlive))
        let status = try units.daimon("status", "site")
        #expect(status.status == 1 && status.output.contains("daimond was killed"), "\(status)")
        #expect(try units.status("b.service")["ActiveState"] == "failed")
        #expect(try units.daimon("status", "b").status == 1)
        let again = try units.daimon("start", "--name", "site", "a", "b", "c")
        #expect(again.status == 1 && again.errors.contains("\(mains[1])"), "\(again)")
        let stop = try units.daimon("stop", "site")
        #expect(stop.status == 0, "\(stop)")
        #expect(!mains.contains(where: isAlive))
        #expect(Set(units.instance.lines("note")) == ["a got USR1", "b got USR2", "c got TERM"])
        #expect(units.instance.survivors.isEmpty)
        #expect(try units.daimon("status", "site").status == 3)
        #expect(try units.daimon("start", "--name", "site", "a", "b", "c").status == 0)
        #expect(try units.daimon("stop", "site").status == 0)
    }

    @Test func restartOfASet() throws {
        let units = try UnitFolder()
        try units.probe("a", ["After=b.service"])
        try units.probe("b")
        try #require(try units.daimon("start", "--name", "site", "a", "b").status == 0)
        let restart = try units.daimon("restart", "site")
        #expect(restart.status == 0, "\(restart)")
        #expect(units.events == ["+b", "+a", "-a", "-b", "+b", "+a"])
        #expect(try units.status("a.service").main == units.mains("a").last)
        #expect(try units.daimon("stop", "site").status == 0)
        // From where it stands, too: paths are kept as they were given.
        let path = units.instance.path("units/a.service")
        try #require(try units.daimon("start", "--name", "site", path, "b").status == 0)
        #expect(try units.instance.daimon("restart", "site").status != 0, "b is not in the standard folders")
        #expect(try units.daimon("start", "--name", "site", path, "b").status == 0)
        #expect(try units.daimon("stop", "site").status == 0)
    }

    /// The state file goes, then the whole folder: supervision goes on, and what is asked is answered.
    @Test func aLostStateFileComesBack() throws {
        let units = try UnitFolder()
        try units.probe("a", service: ["Restart=always", "RestartSec=10ms"])
        try units.probe("b")
        try #require(try units.daimon("start", "--name", "site", "a", "b").status == 0)
        try #require(unlink(units.instance.path("run/site/state")) == 0)
        #expect(try units.daimon("status", "site").status == 0)
        kill(try #require(units.mains("a").last), SIGKILL)
        // The next change brings all of it back, also of the unit that has not changed.
        try units.wait(for: "a.service", "active (running)")
        #expect(try units.status("b.service").state == "active (running)")
        #expect(try units.status("a.service")["NRestarts"] == "1")
        try FileManager.default.removeItem(atPath: units.instance.path("run/site"))
        kill(try #require(units.mains("a").last), SIGKILL)
        try waitUntil("it was restarted") { units.mains("a").count == 3 }
        #expect(try units.daimon("stop", "site", timeout: .seconds(10)).status == 0)
        #expect(units.instance.survivors.isEmpty)
    }

    @Test func aFullDiskDoesNotEndTheSupervision() throws {
        let units = try UnitFolder()
        try units.probe("a", service: ["Restart=always", "RestartSec=10ms"])
        try units.probe("b")
        // Room for some files, no more.
        let command = try BackgroundCommand(
            [
                "unshare", "--mount", "sh", "-c",
                "mkdir -p \(units.instance.runtimeDirectory) && mount -t tmpfs -o size=64k,mode=755 none"
                    + " \(units.instance.runtimeDirectory) && exec \"$@\"", "sh", Binaries.daimon, "run", "--name",
                "site", "a", "b",
            ], environment: units.environment)
        try waitUntil("both run") { units.events.count == 2 }
        let fill = try Command.run([
            "nsenter", "--target", "\(command.pid)", "--mount", "dd", "if=/dev/zero", "bs=4096",
            "of=\(units.instance.runtimeDirectory)/fill",
        ])
        #expect(fill.errors.contains("No space"), "\(fill)")
        for round in 2...4 {
            kill(try #require(units.mains("a").last), SIGKILL)
            try waitUntil("round \(round)") { units.mains("a").count == round }
        }
        command.send(SIGTERM)
        let result = try command.wait(timeout: .seconds(10))
        #expect(result.status == 0, "\(result)")
        #expect(units.events.suffix(2).sorted() == ["-a", "-b"])
    }
}
