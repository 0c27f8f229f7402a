// A set of units under a real systemd: `systemctl start daimon@site` is one notify service, up when all of the set is.
import Foundation
import Linux
import Testing

@Suite(.serialized, .enabled(if: ContainerSupport.hostObstacle == nil, ContainerSupport.hostComment))
final class SystemdSetTests {
    private let container: SystemdContainer

    init() throws {
        container = try SystemdContainer()
        try container.installDaimon()
    }

    private func define(_ name: String, _ lines: String...) throws {
        try container.write("/etc/daimon/\(name)", lines.joined(separator: "\n") + "\n")
    }

    /// A service that notes its start and its end in /run/NAME of the set.
    private func probe(_ set: String, _ name: String, _ unit: String, _ behaviours: String = "ready") throws {
        try define(
            "\(name).service", "[Unit]", unit, "[Service]", "Type=notify",
            "ExecStart=/usr/bin/probe append /run/\(set).order +\(name) \(behaviours)",
            "ExecStopPost=/usr/bin/probe append /run/\(set).order -\(name) exit 0")
    }

    private func order(_ set: String) throws -> [String] {
        try container.run("cat", "/run/\(set).order").output.split(separator: "\n").map(String.init)
    }

    @Test func aTargetIsOneService() throws {
        try define("site.target", "[Unit]", "Description=The site", "Wants=web.service", "Requires=db.service")
        try probe(
            "site", "web", "After=db.service", "sleep 100 append /run/site.order web-ready reload /run/web.reload ready"
        )
        try define("web.service.d/reload.conf", "[Service]", "Type=notify-reload")
        try probe("site", "db", "", "sleep 100 append /run/site.order db-ready ready")
        let start = try container.run("sh", "-c", "systemctl start daimon@site && echo returned >>/run/site.order")
        #expect(start.status == 0, "\(start)")
        #expect(try order("site") == ["+db", "db-ready", "+web", "web-ready", "returned"])
        #expect(try container.property("ActiveState", of: "daimon@site") == "active")
        let main = try container.property("MainPID", of: "daimon@site")
        #expect(try container.run("cat", "/proc/\(main)/comm").output == "daimond\n")
        #expect(try container.run("pgrep", "-P", main, "-xc", "probe").output == "2\n")
        let table = try container.run("daimon", "status").output
        for unit in ["site.target", "web.service", "db.service"] { #expect(table.contains(unit), "\(table)") }
        // Each has a control group of its own, below that of the unit.
        let group = try container.property("ControlGroup", of: "daimon@site")
        let groups = try container.run("find", "/sys/fs/cgroup\(group)", "-name", "*.service", "-type", "d").output
        #expect(groups.contains("/web.service\n") && groups.contains("/db.service\n"), "\(groups)")

        #expect(try container.run("systemctl", "reload", "daimon@site").status == 0)
        try waitUntil("the service has noted the reload") {
            try container.run("cat", "/run/web.reload").output == "hangup\n"
        }
        try waitUntil("the unit is active again") {
            try container.property("ActiveState", of: "daimon@site") == "active"
        }

        #expect(try container.run("systemctl", "stop", "daimon@site").status == 0)
        #expect(try container.property("Result", of: "daimon@site") == "success")
        #expect(try order("site").suffix(2) == ["-web", "-db"])
        #expect(try container.run("pgrep", "-x", "probe|daimond").output == "")
    }

    @Test func oneThatFailsFailsTheStart() throws {
        try define("broken.target", "[Unit]", "Requires=good.service bad.service")
        try probe("broken", "good", "")
        try probe("broken", "bad", "After=good.service", "complain 'no such table' exit 7 after 50")
        #expect(try container.run("systemctl", "start", "daimon@broken").status != 0)
        #expect(try container.property("ActiveState", of: "daimon@broken") == "failed")
        #expect(try container.property("Result", of: "daimon@broken") == "exit-code")
        #expect(try container.property("ExecMainStatus", of: "daimon@broken") == "7")
        #expect(try order("broken") == ["+good", "+bad", "-bad", "-good"])
        let journal = try container.journal("daimon@broken")
        #expect(journal.contains("no such table") && journal.contains("bad.service"), "\(journal)")
        #expect(try container.run("pgrep", "-x", "probe|daimond").output == "")
    }

    /// A wish of the set that fails is no reason for systemd to take all of it down.
    @Test func aWishThatFailsDoesNot() throws {
        try define("partly.target", "[Unit]", "Wants=fine.service wrong.service")
        try probe("partly", "fine", "")
        try probe("partly", "wrong", "", "exit 7 after 50")
        #expect(try container.run("systemctl", "start", "daimon@partly").status == 0)
        #expect(try container.property("ActiveState", of: "daimon@partly") == "active")
        #expect(try container.run("systemctl", "stop", "daimon@partly").status == 0)
        #expect(try container.run("pgrep", "-x", "probe|daimond").output == "")
    }

    /// Each line of the journal names the service that wrote it.
    @Test func theJournalTellsThemApart() throws {
        try define("talk.target", "[Unit]", "Wants=one.service two.service")
        try probe("talk", "one", "", "say 'this is one' ready")
        try define("one.service.d/name.conf", "[Service]", "SyslogIdentifier=the-first")
        try probe("talk", "two", "", "say 'this is two' ready")
        #expect(try container.run("systemctl", "start", "daimon@talk").status == 0)
        let lines = try container.journal("daimon@talk", "short").split(separator: "\n")
        #expect(lines.contains { $0.contains("the-first[") && $0.hasSuffix("this is one") }, "\(lines)")
        #expect(lines.contains { $0.contains("probe[") && $0.hasSuffix("this is two") }, "\(lines)")
        #expect(try container.run("systemctl", "stop", "daimon@talk").status == 0)
    }

    /// Several units in one ordinary unit of an administrator's own.
    @Test func severalUnitsInOneUnit() throws {
        try probe("pair", "left", "After=right.service")
        try probe("pair", "right", "", "sleep 50 ready")
        try container.write(
            "/etc/systemd/system/pair.service",
            """
            [Service]
            Type=notify
            ExecStart=/usr/sbin/daimond --name pair left right
            KillMode=mixed
            Delegate=yes
            """)
        try container.run("systemctl", "daemon-reload")
        #expect(try container.run("systemctl", "start", "pair").status == 0)
        #expect(try order("pair") == ["+right", "+left"])
        #expect(try container.property("StatusText", of: "pair").contains("2 active"))
        #expect(try container.run("systemctl", "stop", "pair").status == 0)
        #expect(try order("pair") == ["+right", "+left", "-left", "-right"])
    }
}
