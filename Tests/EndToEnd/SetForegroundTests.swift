// `daimon run` of several units: on a terminal, as PID 1 of a container, and how it ends. And what a set is given by name.
import Foundation
import Linux
import Testing

@Suite(.enabled(if: isRoot, "skipped: needs root")) struct SetForegroundTests {
    @Test func interruptStopsInOrder() throws {
        let units = try UnitFolder()
        try units.probe("a", ["After=b.service"], "say 'a speaks' ready")
        try units.probe("b", "term-delay 100 ready")
        let run = try units.run("--name", "site", "a", "b")
        try units.wait(for: "a.service", "active (running)")
        run.send(SIGINT)
        let result = try run.wait(timeout: .seconds(10))
        #expect(result.status == 0, "\(result)")
        #expect(units.events == ["+b", "+a", "-a", "-b"])
        #expect(result.output.contains("a speaks"), "\(result)")
        #expect(units.instance.survivors.isEmpty)
        #expect(!units.instance.exists("run/site/pid"))
    }

    /// Who asks for the end before all is up gets it, and nothing has failed.
    @Test func anEndBeforeAllIsUpIsNoFailure() throws {
        let units = try UnitFolder()
        try units.probe("a", ["After=b.service"])
        try units.probe("b", "never-ready")
        let run = try units.run("--name", "site", "a", "b")
        try waitUntil("b is starting") { units.events == ["+b"] }
        run.send(SIGTERM)
        let result = try run.wait(timeout: .seconds(10))
        #expect(result.status == 0, "\(result)")
        #expect(units.events == ["+b", "-b"])
    }

    @Test func itEndsWhenAllThatWasAskedForHasEnded() throws {
        let units = try UnitFolder()
        try units.probe("a", ["Wants=helper.service"], service: ["Type=exec"], "exit 0 after 50")
        try units.probe("b", service: ["Type=exec"], "exit 5 after 100")
        try units.probe("helper")
        let result = try units.run("--name", "site", "a", "b").wait(timeout: .seconds(10))
        #expect(result.status == 5, "\(result)")
        #expect(units.mains("helper").allSatisfy { !isAlive($0) })
        #expect(units.instance.survivors.isEmpty)
    }

    @Test func asPID1() throws {
        let units = try UnitFolder()
        try units.probe("a", ["After=b.service"], "ready")
        try units.probe("b", "orphans 20 ready")
        let command = try BackgroundCommand(
            [
                "unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--", Binaries.daimond, "--name", "site",
                "a", "b",
            ], environment: units.environment)
        try waitUntil("both run") { units.events.count == 2 }
        #expect(units.events == ["+b", "+a"])
        let daimond = try #require(try Processes.all().first { ProcessStatus(of: $0)?.parent == command.pid })
        try waitUntil("no zombie is left") {
            try !Processes.all().contains { ProcessStatus(of: $0).map { $0.parent == daimond && $0.isDead } ?? false }
        }
        kill(daimond, SIGTERM)
        #expect(try command.wait(timeout: .seconds(10)).status == 0)
        #expect(units.events.suffix(2) == ["-a", "-b"])
    }

    @Test func asPID1ItEndsWithTheStatusOfWhatFailed() throws {
        let units = try UnitFolder()
        try units.probe("a", service: ["Type=exec"], "exit 0 after 20")
        try units.probe("b", service: ["Type=exec"], "exit 6 after 60")
        let command = try BackgroundCommand(
            [
                "unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--", Binaries.daimond, "--name", "site",
                "a", "b",
            ], environment: units.environment)
        #expect(try command.wait(timeout: .seconds(10)).status == 6)
    }

    // MARK: - Targets

    @Test func aTargetIsItsUnits() throws {
        let units = try UnitFolder()
        try units.define("site.target", "[Unit]", "Description=The whole site", "Wants=a.service", "Requires=b.service")
        try units.probe("a", ["After=b.service"])
        try units.probe("b", ["PartOf=site.target"])
        let start = try units.daimon("start", "site")
        #expect(start.status == 0, "\(start)")
        #expect(units.events == ["+b", "+a"])
        #expect(try units.status("site.target").state == "active (active)")
        #expect(try units.daimon("status", "site").status == 0)
        #expect(try units.status("site.target")["FragmentPath"] == units.instance.path("units/site.target"))
        #expect(!units.instance.exists("run/site/site.service"), "a target is no service")
        #expect(try units.daimon("stop", "site.target").status == 0)
        #expect(units.events == ["+b", "+a", "-a", "-b"])
        #expect(try units.status("site.target").state == "inactive (dead)")

        // What a target requires is required of the start.
        try units.probe("b", "exit 4 after 20")
        let failed = try units.daimon("start", "site")
        #expect(failed.status != 0, "\(failed)")
        #expect(failed.errors.contains("site.target") && failed.errors.contains("b.service"), "\(failed)")
        #expect(units.instance.nothingIsLeft)
    }

    @Test func aTargetsInstanceLivesAsLongAsItsUnits() throws {
        let units = try UnitFolder()
        try units.define("site.target", "[Unit]", "Wants=a.service b.service")
        try units.probe("a", service: ["Type=exec"], "exit 0 after 50")
        try units.probe("b", service: ["Type=exec"], "exit 0 after 100")
        #expect(try units.run("site.target").wait(timeout: .seconds(10)).status == 0)
        #expect(units.events.count == 4)
        // One that leads to nothing has nothing to live for.
        try units.define("empty.target", "[Unit]", "Description=Nothing")
        #expect(try units.daimon("start", "empty").status == 0)
        #expect(units.instance.survivors.isEmpty)
    }

    @Test func aServiceComesBeforeATargetOfItsName() throws {
        let units = try UnitFolder()
        try units.define("site.target", "[Unit]", "Wants=other.service")
        try units.probe("site")
        try units.probe("other")
        try #require(try units.daimon("start", "site").status == 0)
        #expect(units.events == ["+site"])
        #expect(try units.daimon("stop", "site").status == 0)
    }
}
