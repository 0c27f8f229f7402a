// `daimon reload-units`: what runs goes on, what is new counts from the next start on, and what became bad is said.
import Foundation
import Linux
import Testing

@Suite(.enabled(if: isRoot, "skipped: needs root")) struct ReloadUnitsTests {
    /// A service that notes a word at each start, and comes back when it is killed.
    private func define(_ units: UnitFolder, _ word: String, _ lines: String...) throws {
        try units.define(
            "a.service",
            ([
                "[Service]", "Type=notify", "Restart=always", "RestartSec=10ms",
                "ExecStart=\(Binaries.probe) append \(units.order) \(word) pid \(units.pids("a")) ready",
            ] + lines)
            .joined(separator: "\n"))
    }

    private func killMain(_ units: UnitFolder) throws {
        let count = units.mains("a").count
        kill(try #require(units.mains("a").last), SIGKILL)
        try waitUntil("it is back") { units.mains("a").count == count + 1 }
        try units.wait(for: "a.service", "active (running)")
    }

    @Test func aChangedFileCountsFromTheNextStartOn() throws {
        let units = try UnitFolder()
        try define(units, "old", "[Unit]", "Description=The old one")
        try units.probe("b")
        try #require(try units.daimon("start", "--name", "site", "a", "b").status == 0)
        let main = units.mains("a")[0]
        try define(units, "new", "[Unit]", "Description=The new one")
        let reload = try units.daimon("reload-units", "site")
        #expect(reload.status == 0 && reload.errors == "", "\(reload)")
        #expect(isAlive(main) && units.events.filter { $0 == "new" }.isEmpty)
        try killMain(units)
        #expect(units.events.last == "new")
        #expect(try units.status("a.service")["Description"] == "The new one")
        #expect(try units.status("a.service")["NRestarts"] == "1")
        #expect(units.mains("b").count == 1)
        #expect(try units.daimon("stop", "site").status == 0)
    }

    @Test(arguments: ["Type=nonsense", "ExecStart=relative words", "ExecStart="])
    func aBadFileKeepsTheOldDefinition(line: String) throws {
        let units = try UnitFolder()
        try define(units, "old")
        try units.probe("b")
        try #require(try units.daimon("start", "--name", "site", "a", "b").status == 0)
        try define(units, "new", line)
        let reload = try units.daimon("reload-units", "site")
        if line != "Type=nonsense" {
            #expect(reload.status == 1, "\(reload)")
            #expect(reload.errors.contains("a.service") && reload.errors.contains("old definition"), "\(reload)")
            try killMain(units)
            #expect(units.events.last == "old")
        } else {
            // systemd ignores a line that it cannot read, and says so; so the rest of the file counts.
            try killMain(units)
            #expect(reload.errors.contains("nonsense") || units.log("site").contains("nonsense"), "\(reload)")
        }
        // Made good it is taken.
        try define(units, "newer")
        #expect(try units.daimon("reload-units", "site").status == 0)
        try killMain(units)
        #expect(units.events.last == "newer")
        #expect(try units.daimon("stop", "site").status == 0)
    }

    @Test func unitsThatAreNewAndUnitsThatAreGone() throws {
        let units = try UnitFolder()
        try units.probe("a", ["Wants=old.service", "OnFailure=old-alarm.service"])
        try units.probe("old")
        try units.probe("old-alarm")
        try units.probe("b")
        try #require(try units.daimon("start", "--name", "site", "a", "b").status == 0)
        try units.wait(for: "old.service", "active (running)")
        // Another one is led to, and one is led to no more.
        try units.probe("a", ["OnFailure=new-alarm.service"])
        try units.probe("new-alarm")
        try units.remove("old-alarm.service")
        let reload = try units.daimon("reload-units", "site")
        #expect(reload.status == 0, "\(reload)")
        // What runs goes on, though nobody leads to it.
        #expect(try units.status("old.service").state == "active (running)")
        kill(units.mains("a")[0], SIGKILL)
        try units.wait(for: "new-alarm.service", "active (running)")
        #expect(units.mains("old-alarm").isEmpty)
        kill(units.mains("old")[0], SIGTERM)
        try waitUntil("what nobody leads to is gone when it is down") {
            try units.daimon("status", "old.service").status == 4
        }
        #expect(try units.daimon("stop", "site").status == 0)
        #expect(units.instance.survivors.isEmpty)
    }

    @Test func aFileThatIsGoneIsSaid() throws {
        let units = try UnitFolder()
        try define(units, "old")
        try units.probe("b")
        try #require(try units.daimon("start", "--name", "site", "a", "b").status == 0)
        try units.remove("a.service")
        let reload = try units.daimon("reload-units", "site")
        #expect(reload.status == 1 && reload.errors.contains("a.service"), "\(reload)")
        #expect(try units.status("a.service").state == "active (running)")
        #expect(try units.daimon("stop", "site").status == 0)
        #expect(units.instance.survivors.isEmpty)
    }

    @Test func aDropInAndAnInstanceThatDoesNotRun() throws {
        let units = try UnitFolder()
        try define(units, "old")
        try #require(try units.daimon("start", "a").status == 0)
        try #require(mkdir(units.instance.path("units/a.service.d"), 0o755) == 0)
        try units.define(
            "a.service.d/word.conf", "[Service]", "ExecStart=",
            "ExecStart=\(Binaries.probe) append \(units.order) dropped pid \(units.pids("a")) ready")
        #expect(try units.daimon("reload-units", "a").status == 0)
        try killMain(units)
        #expect(units.events.last == "dropped")
        #expect(try units.daimon("stop", "a").status == 0)
        let none = try units.daimon("reload-units", "a")
        #expect(none.status == 7 && none.errors.contains("not running"), "\(none)")
    }
}
