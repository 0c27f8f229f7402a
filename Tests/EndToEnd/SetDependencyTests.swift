// What units do to each other while they run: what comes along, what goes along, what follows, what is kept up.
import Foundation
import Linux
import Testing

@Suite(.enabled(if: isRoot, "skipped: needs root")) struct SetDependencyTests {
    @Test func whatIsRequiredAndWantedComesAlong() throws {
        let units = try UnitFolder()
        try units.probe("a", ["Requires=b.service", "After=b.service c.service d.service"])
        try units.probe("b", ["Wants=c.service", "Before=c.service"])
        try units.probe("c", ["Before=d.service"])
        try units.probe("d")
        try units.link("a.service.wants", "d.service")
        let start = try units.daimon("start", "a")
        #expect(start.status == 0, "\(start)")
        #expect(units.events == ["+b", "+c", "+d", "+a"])
        #expect(try units.status("d.service").state == "active (running)")
        #expect(try units.daimon("stop", "a").status == 0)
        #expect(units.events.suffix(4) == ["-a", "-d", "-c", "-b"])
    }

    /// A service that is killed and may not come back.
    private func kill(_ name: String, in units: UnitFolder) throws {
        Foundation.kill(try #require(units.mains(name).last), SIGKILL)
    }

    @Test func whatIsBoundGoesWithItsUnit() throws {
        let units = try UnitFolder()
        try units.probe("base")
        try units.probe("bound", ["BindsTo=base.service", "After=base.service"])
        try units.probe("requiring", ["Requires=base.service", "After=base.service"])
        try units.probe("free")
        try #require(try units.daimon("start", "--name", "set", "base", "bound", "requiring", "free").status == 0)
        try kill("base", in: units)
        try units.wait(for: "bound.service", "inactive (dead)")
        try units.wait(for: "base.service", "failed (failed)")
        // systemd.unit(5), "Requires=": without BindsTo= one that fails by itself takes nobody along.
        #expect(try units.status("requiring.service").state == "active (running)")
        #expect(try units.status("free.service").state == "active (running)")
        #expect(try units.daimon("stop", "set").status == 0)
    }

    @Test func onFailureAndOnSuccessStartOthers() throws {
        let units = try UnitFolder()
        try units.probe("a", ["OnFailure=alarm@%n.service", "OnSuccess=cheer.service"])
        try units.probe("b", ["OnFailure=alarm@%n.service", "OnSuccess=cheer.service"])
        try units.define(
            "alarm@.service", "[Service]", "Type=oneshot", "RemainAfterExit=yes",
            "ExecStart=\(Binaries.probe) append \(units.order) alarm-%i exit 0")
        try units.probe("cheer")
        try #require(try units.daimon("start", "--name", "set", "a", "b").status == 0)
        try kill("a", in: units)
        try units.wait(for: "alarm@a.service.service", "active (exited)")
        try #require(units.mains("b").last.map { Foundation.kill($0, SIGTERM) } == 0)
        // All that was asked for has ended; what follows it has its turn, until it ends as well.
        try units.wait(for: "cheer.service", "active (running)")
        #expect(units.events.filter { $0.hasPrefix("alarm") } == ["alarm-a.service"])
        try #require(units.mains("cheer").last.map { Foundation.kill($0, SIGTERM) } == 0)
        try units.wait(for: "cheer.service", "inactive (dead)")
        #expect(try units.daimon("stop", "set").status == 0)
        #expect(units.instance.survivors.isEmpty)
    }

    /// OnFailure= also has its turn where the failure is that of the start.
    @Test func onFailureOfAStart() throws {
        let units = try UnitFolder()
        try units.probe("a", ["OnFailure=alarm.service"], "exit 4 after 20")
        try units.define(
            "alarm.service", "[Service]", "Type=oneshot",
            "ExecStart=\(Binaries.probe) sleep 50 append \(units.order) alarm exit 0")
        let start = try units.daimon("start", "a")
        #expect(start.status == 4, "\(start)")
        #expect(units.events == ["+a", "-a", "alarm"])
        #expect(units.instance.nothingIsLeft)
    }

    @Test func whatConflictsCannotBothRun() throws {
        let units = try UnitFolder()
        try units.probe("a", ["OnFailure=b.service"])
        try units.probe("b", ["Conflicts=c.service", "After=c.service"])
        try units.probe("c")
        try units.probe("d")
        try #require(try units.daimon("start", "--name", "set", "a", "c", "d").status == 0)
        try kill("a", in: units)
        try units.wait(for: "b.service", "active (running)")
        #expect(try units.status("c.service").state == "inactive (dead)")
        #expect(units.place("-c").map { stop in units.place("+b").map { stop < $0 } } == true)
        #expect(try units.daimon("stop", "set").status == 0)
        // Asked for both there is no way to do it.
        try units.probe("d", ["Conflicts=c.service"])
        let both = try units.daimon("start", "--name", "both", "c", "d")
        #expect(both.status != 0, "\(both)")
        #expect(units.instance.nothingIsLeft)
    }

    /// PartOf=: a stop that was asked for is passed on, here the one that Conflicts= asks for.
    @Test func whatIsPartOfAnotherStopsWithIt() throws {
        let units = try UnitFolder()
        try units.probe("trigger", ["OnFailure=rival.service"])
        try units.probe("rival", ["Conflicts=base.service"])
        try units.probe("base")
        try units.probe("part", ["PartOf=base.service", "After=base.service"])
        try units.probe("free", ["After=base.service"])
        try #require(try units.daimon("start", "--name", "set", "trigger", "base", "part", "free").status == 0)
        try kill("trigger", in: units)
        try units.wait(for: "rival.service", "active (running)")
        try units.wait(for: "part.service", "inactive (dead)")
        try units.wait(for: "base.service", "inactive (dead)")
        #expect(units.place("-part").map { part in units.place("-base").map { part < $0 } } == true)
        #expect(try units.status("free.service").state == "active (running)")
        #expect(try units.daimon("stop", "set").status == 0)
    }

    @Test func whatIsUpheldComesBack() throws {
        let units = try UnitFolder()
        try units.probe("a", ["Upholds=b.service"])
        try units.probe("b")
        try #require(try units.daimon("start", "a").status == 0)
        try units.wait(for: "b.service", "active (running)")
        for round in 2...3 {
            try kill("b", in: units)
            try waitUntil("it is upheld") { units.mains("b").count == round }
        }
        #expect(try units.daimon("stop", "a", timeout: .seconds(10)).status == 0)
        #expect(units.instance.survivors.isEmpty)
    }

    @Test func whatNobodyNeedsStops() throws {
        let units = try UnitFolder()
        try units.probe("a", ["Wants=helper.service", "After=helper.service"])
        try units.probe("helper", ["StopWhenUnneeded=yes"])
        try units.probe("b")
        try #require(try units.daimon("start", "--name", "set", "a", "b").status == 0)
        #expect(try units.status("helper.service").state == "active (running)")
        try kill("a", in: units)
        try units.wait(for: "helper.service", "inactive (dead)")
        #expect(try units.status("b.service").state == "active (running)")
        #expect(try units.daimon("stop", "set").status == 0)
    }

    @Test func oneIsRestartedAndTheOthersStay() throws {
        let units = try UnitFolder()
        try units.probe("a", service: ["Restart=on-failure", "RestartSec=10ms"])
        try units.probe("b")
        // Bound with PartOf=: systemd.unit(5) has stops and restarts by request pass on, not an automatic restart.
        try units.probe("part", ["PartOf=a.service", "After=a.service"])
        try #require(try units.daimon("start", "--name", "set", "a", "b", "part").status == 0)
        for round in 2...3 {
            try kill("a", in: units)
            try waitUntil("it is back") {
                let status = try units.status("a.service")
                return status.state == "active (running)" && status["NRestarts"] == "\(round - 1)"
            }
            #expect(units.mains("a").count == round)
        }
        #expect(units.mains("b").count == 1)
        #expect(try units.status("b.service")["NRestarts"] == "0")
        #expect(try units.daimon("stop", "set").status == 0)
        #expect(units.events.suffix(1) == ["-b"] || units.events.suffix(3).contains("-b"))
    }

    /// The end of a unit that is asked for is not the end of the instance while another goes on.
    @Test func theInstanceEndsWithItsLast() throws {
        let units = try UnitFolder()
        try units.probe("a")
        try units.probe("b")
        try #require(try units.daimon("start", "--name", "set", "a", "b").status == 0)
        try #require(units.mains("a").last.map { Foundation.kill($0, SIGTERM) } == 0)
        try units.wait(for: "a.service", "inactive (dead)")
        #expect(try units.status("b.service").state == "active (running)")
        try #require(units.mains("b").last.map { Foundation.kill($0, SIGTERM) } == 0)
        try waitUntil("daimond has ended") { units.instance.survivors.isEmpty }
        #expect(try units.daimon("status", "set").status == 3)
        #expect(!units.instance.exists("run/set/pid"))
    }

    @Test func reloadReachesAllThatCan() throws {
        let units = try UnitFolder()
        for name in ["a", "b"] {
            try units.probe(
                name, service: ["Type=notify-reload"], "reload \(units.instance.path("reload-\(name)")) ready")
        }
        try units.probe("c")
        try #require(try units.daimon("start", "--name", "set", "a", "b", "c").status == 0)
        #expect(try units.daimon("reload", "set").status == 0)
        #expect(units.instance.lines("reload-a") == ["hangup"] && units.instance.lines("reload-b") == ["hangup"])
        #expect(try units.status("c.service").state == "active (running)")
        #expect(try units.daimon("stop", "set").status == 0)
    }
}
