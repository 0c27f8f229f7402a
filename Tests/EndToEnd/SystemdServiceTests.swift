// daimon@.service under a real systemd: start, show, reload, stop, watchdog, failure, journal, Type=forking, restarts.
import Foundation
import Linux
import Testing

/// What is asserted is the same for every version of systemd; the suites below differ in where it runs.
enum SystemdService {
    /// A unit for the probe in /etc/daimon.
    static func define(
        _ name: String, in container: SystemdContainer, _ behaviours: String, _ properties: String...
    ) throws {
        try container.write(
            "/etc/daimon/\(name).service",
            "[Service]\nExecStart=/usr/bin/probe \(behaviours)\n" + properties.map { $0 + "\n" }.joined())
    }

    /// `systemctl start` blocks until READY; the main process is daimond, which has not forked.
    static func startsAndReports(_ container: SystemdContainer) throws {
        try define("web", in: container, "sleep 300 append /run/web.order ready ready", "Type=notify")
        let start = try container.run("sh", "-c", "systemctl start daimon@web && echo returned >>/run/web.order")
        #expect(start.status == 0, "\(start)")
        #expect(try container.run("cat", "/run/web.order").output == "ready\nreturned\n")
        #expect(try container.property("ActiveState", of: "daimon@web") == "active")
        let main = try container.property("MainPID", of: "daimon@web")
        #expect(try container.run("cat", "/proc/\(main)/comm").output == "daimond\n")
        // No second fork: the process that systemd started (ExecMainPID) is the one, and systemd is its parent.
        #expect(try container.property("ExecMainPID", of: "daimon@web") == main)
        #expect(try container.run("sh", "-c", "pgrep -xc daimond").output == "1\n")
        #expect(try container.run("sed", "-n", "s/^PPid:\\t//p", "/proc/\(main)/status").output == "1\n")
        // The service is daimond's child, and the status text names it.
        let service = try container.run("pgrep", "-P", main, "-x", "probe").output
            .trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(!service.isEmpty)
        let text = try container.property("StatusText", of: "daimon@web")
        #expect(text.contains("running") && text.contains(service), "StatusText: \(text)")

        #expect(try container.run("systemctl", "stop", "daimon@web").status == 0)
        #expect(try container.property("Result", of: "daimon@web") == "success")
        #expect(try container.property("ActiveState", of: "daimon@web") == "inactive")
        #expect(try container.run("pgrep", "-x", "probe").output == "")
    }

    /// `systemctl reload` reaches the service as SIGHUP, and the unit is active again afterwards.
    static func reloads(_ container: SystemdContainer) throws {
        try define(
            "reloading", in: container, "reload /run/reloading.note ready", "Type=notify-reload")
        #expect(try container.run("systemctl", "start", "daimon@reloading").status == 0)
        #expect(try container.run("systemctl", "reload", "daimon@reloading").status == 0)
        try waitUntil("the service has noted the reload") {
            try container.run("cat", "/run/reloading.note").output == "hangup\n"
        }
        try waitUntil("the unit is active again") {
            try container.property("ActiveState", of: "daimon@reloading") == "active"
        }
        #expect(try container.run("pgrep", "-xc", "daimond").output == "1\n")
        #expect(try container.run("systemctl", "stop", "daimon@reloading").status == 0)
    }

    /// A service that stops pinging is restarted; daimond stays.
    static func restartsAServiceThatStopsPinging(_ container: SystemdContainer) throws {
        try define(
            "pinging", in: container, "pid /run/pinging.pids ready watchdog 3", "Type=notify", "WatchdogSec=300ms",
            "Restart=on-failure", "RestartSec=50ms")
        #expect(try container.run("systemctl", "start", "daimon@pinging").status == 0)
        let main = try container.property("MainPID", of: "daimon@pinging")
        try waitUntil("it was restarted") {
            try container.run("sort", "-u", "/run/pinging.pids").output.split(separator: "\n").count >= 2
        }
        #expect(try container.property("MainPID", of: "daimon@pinging") == main)
        #expect(try container.journal("daimon@pinging").contains("watchdog"))
        #expect(try container.run("systemctl", "stop", "daimon@pinging").status == 0)
    }

    /// What cannot be started makes `systemctl start` fail, and the unit says with which status.
    static func reportsFailure(_ container: SystemdContainer) throws {
        try define("failing", in: container, "complain 'no such table' exit 7 after 50", "Type=notify")
        #expect(try container.run("systemctl", "start", "daimon@failing").status != 0)
        #expect(try container.property("ActiveState", of: "daimon@failing") == "failed")
        #expect(try container.property("ExecMainStatus", of: "daimon@failing") == "7")
        #expect(try container.property("NRestarts", of: "daimon@failing") == "0")
        #expect(try container.journal("daimon@failing").contains("no such table"))

        try container.write("/etc/daimon/missing.service", "[Service]\nExecStart=/nonexistent/program\n")
        #expect(try container.run("systemctl", "start", "daimon@missing").status != 0)
        #expect(try container.property("ExecMainStatus", of: "daimon@missing") == "203")
        #expect(try container.run("systemctl", "start", "daimon@nowhere").status != 0)
    }

    /// Lines of the service come with its name and the priority that they ask for.
    static func writesTheJournal(_ container: SystemdContainer) throws {
        try define("talking", in: container, "say '<3>the disk is full' say 'an ordinary line' ready", "Type=notify")
        #expect(try container.run("systemctl", "start", "daimon@talking").status == 0)
        #expect(try container.run("systemctl", "stop", "daimon@talking").status == 0)
        let entries = try container.journal("daimon@talking", "json").split(separator: "\n").map { line in
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
        }
        let error = try #require(entries.first { ($0["MESSAGE"] as? String)?.hasSuffix("the disk is full") == true })
        #expect(error["MESSAGE"] as? String == "the disk is full")
        #expect(error["PRIORITY"] as? String == "3")
        // As systemd names a service's lines: by the program, unless SyslogIdentifier= says otherwise.
        #expect(error["SYSLOG_IDENTIFIER"] as? String == "probe")
        let ordinary = try #require(entries.first { $0["MESSAGE"] as? String == "an ordinary line" })
        #expect(ordinary["PRIORITY"] as? String == "6")

        try define("named", in: container, "say 'who speaks' ready", "Type=notify", "SyslogIdentifier=speaker")
        #expect(try container.run("systemctl", "start", "daimon@named").status == 0)
        #expect(try container.journal("daimon@named", "short").contains(" speaker["))
        #expect(try container.run("systemctl", "stop", "daimon@named").status == 0)
    }

    /// Type=forking with PIDFile= and --detach: the PID file is there before the parent exits.
    static func forks(_ container: SystemdContainer) throws {
        try define("forked", in: container, "ready", "Type=notify")
        try container.write(
            "/etc/systemd/system/forked.service",
            """
            [Service]
            Type=forking
            PIDFile=/run/forked.pid
            ExecStart=/usr/sbin/daimond --detach --pid-file /run/forked.pid forked
            KillMode=mixed
            """)
        try container.run("systemctl", "daemon-reload")
        let start = try container.run("systemctl", "start", "forked")
        #expect(start.status == 0, "\(start)")
        let main = try container.property("MainPID", of: "forked")
        #expect(try container.run("cat", "/proc/\(main)/comm").output == "daimond\n")
        // systemd says so in the journal when the file comes late or names another process than it finds.
        #expect(try !container.journal("forked").contains("PID file"))
        #expect(try container.run("systemctl", "stop", "forked").status == 0)
        #expect(try container.property("Result", of: "forked") == "success")
        #expect(try container.run("test", "-e", "/run/forked.pid").status != 0)
        #expect(try container.run("pgrep", "-x", "probe").output == "")
    }

    /// Twenty restarts in a row: one daimond, one service, no control group, no file more than after the first.
    static func restartsTwentyTimes(_ container: SystemdContainer) throws {
        func traces() throws -> String {
            try container.run(
                "sh", "-c",
                """
                pgrep -xc daimond; pgrep -xc probe; find /run/daimon -printf '%P\\n' | sort
                find "/sys/fs/cgroup$(systemctl show -P ControlGroup daimon@again)" -type d | wc -l
                ls /proc/$(systemctl show -P MainPID daimon@again)/fd | wc -l
                ps -eo stat,comm | grep -c '^Z'
                """
            ).output
        }
        try define("again", in: container, "ready", "Type=notify")
        #expect(try container.run("systemctl", "start", "daimon@again").status == 0)
        let first = try traces()
        #expect(first.hasPrefix("1\n1\n"))
        for round in 1...20 {
            // Five starts in ten seconds are the limit of systemd itself.
            try container.run("systemctl", "reset-failed", "daimon@again")
            let result = try container.run("systemctl", "restart", "daimon@again")
            #expect(result.status == 0, "restart \(round): \(result)")
        }
        #expect(try traces() == first)
        #expect(try container.run("systemctl", "stop", "daimon@again").status == 0)
        #expect(try container.run("pgrep", "-x", "daimond|probe").output == "")
        #expect(try container.run("test", "-e", "/run/daimon/again/pid").status != 0)
    }

    /// daimond itself dies: systemd starts it again, and there is one service.
    static func survivesTheDeathOfDaimond(_ container: SystemdContainer) throws {
        try define("killed", in: container, "lock /run/killed.lock /run/killed.violations ready", "Type=notify")
        #expect(try container.run("systemctl", "start", "daimon@killed").status == 0)
        let main = try container.property("MainPID", of: "daimon@killed")
        try container.run("kill", "-KILL", main)
        try waitUntil("systemd has started another daimond") {
            let now = try container.property("MainPID", of: "daimon@killed")
            return try now != main && now != "0" && container.property("ActiveState", of: "daimon@killed") == "active"
        }
        #expect(try container.run("pgrep", "-xc", "probe").output == "1\n")
        #expect(try container.run("test", "-e", "/run/killed.violations").status != 0)
        #expect(try container.run("systemctl", "stop", "daimon@killed").status == 0)
    }
}

@Suite(.serialized, .enabled(if: ContainerSupport.hostObstacle == nil, ContainerSupport.hostComment))
final class SystemdServiceTests {
    private let container: SystemdContainer

    init() throws {
        container = try SystemdContainer()
        try container.installDaimon()
    }

    @Test func startsAndReports() throws { try SystemdService.startsAndReports(container) }
    @Test func reloads() throws { try SystemdService.reloads(container) }
    @Test func restartsAServiceThatStopsPinging() throws {
        try SystemdService.restartsAServiceThatStopsPinging(container)
    }
    @Test func reportsFailure() throws { try SystemdService.reportsFailure(container) }
    @Test func writesTheJournal() throws { try SystemdService.writesTheJournal(container) }
    @Test func forks() throws { try SystemdService.forks(container) }
    @Test func restartsTwentyTimes() throws { try SystemdService.restartsTwentyTimes(container) }
    @Test func survivesTheDeathOfDaimond() throws { try SystemdService.survivesTheDeathOfDaimond(container) }

    /// With the hardened drop-in a service that allows it still starts, reports and stops.
    @Test func runsHardened() throws {
        try container.put(
            "\(Binaries.sourceTree)/systemd/hardening.conf",
            "/etc/systemd/system/daimon@hard.service.d/hardening.conf", mode: "0644")
        try container.run("systemctl", "daemon-reload")
        try SystemdService.define("hard", in: container, "ready", "Type=notify", "User=nobody")
        let start = try container.run("systemctl", "start", "daimon@hard")
        #expect(start.status == 0, "\(start)")
        #expect(try container.run("ps", "-o", "user=", "-C", "probe").output == "nobody\n")
        #expect(try container.run("systemctl", "stop", "daimon@hard").status == 0)
        #expect(try container.property("Result", of: "daimon@hard") == "success")
    }
}

/// The same under Debian trixie's systemd 257.
@Suite(.serialized, .enabled(if: ContainerSupport.trixieObstacle == nil, ContainerSupport.trixieComment))
struct SystemdTrixieTests {
    @Test func everythingOfTheTemplateUnit() throws {
        let container: SystemdContainer
        do { container = try SystemdContainer(suite: "trixie") } catch { try Test.cancel("no trixie: \(error)") }
        try container.installDaimon()
        try SystemdService.startsAndReports(container)
        try SystemdService.reloads(container)
        try SystemdService.restartsAServiceThatStopsPinging(container)
        try SystemdService.reportsFailure(container)
        try SystemdService.writesTheJournal(container)
        try SystemdService.forks(container)
        try SystemdService.restartsTwentyTimes(container)
        try SystemdService.survivesTheDeathOfDaimond(container)
    }
}
