// The container harness itself: a real systemd boots, starts units, and leaves nothing behind. Needs no daimon.
import Foundation
import Linux
import Testing

@Suite(.serialized, .enabled(if: ContainerSupport.hostObstacle == nil, ContainerSupport.hostComment))
struct SystemdContainerTests {
    @Test func bootsStartsAServiceAndReadsItsJournal() throws {
        let container = try SystemdContainer()
        #expect(try container.run("systemctl", "is-system-running").output == "running\n")
        #expect(try container.run("cat", "/proc/1/comm").output == "systemd\n")
        try container.put(Binaries.probe, "/usr/bin/probe")
        try container.write(
            "/etc/systemd/system/example.service",
            """
            [Service]
            Type=notify
            ExecStart=/usr/bin/probe say hello status "all is well" ready
            """)
        try container.run("systemctl", "daemon-reload")
        #expect(try container.run("systemctl", "start", "example").status == 0)
        #expect(try container.property("ActiveState", of: "example") == "active")
        #expect(try container.property("StatusText", of: "example") == "all is well")
        #expect(try container.journal("example.service").contains("hello\n"))
        #expect(try container.run("systemctl", "stop", "example").status == 0)
        #expect(try container.run("sh", "-c", "exit 37").status == 37)
    }

    @Test func leavesNothingBehind() throws {
        func traces() throws -> [String] {
            let mounts = try Files.readText("/proc/self/mountinfo", limit: 1 << 20)
            return mounts.split(separator: "\n").map(String.init).filter { $0.contains("daimon-test") }
                + (try Command.run(["find", "/sys/fs/cgroup", "-maxdepth", "2", "-name", "daimon-test-t*"]).output)
                .split(separator: "\n").map(String.init)
                + (try Command.run(["find", "/run/daimon-test", "-maxdepth", "1", "-name", "t*"]).output)
                .split(separator: "\n").map(String.init)
        }
        let before = try traces()
        var container: SystemdContainer? = try SystemdContainer()
        #expect(try traces() != before)
        // A daemon in there must not survive the container.
        let note = "/run/daimon-test-survivor-\(getpid())"
        func survivors() throws -> [pid_t] {
            try Processes.all().filter { Processes.commandLine(of: $0).contains(note) }
        }
        try container?.put(Binaries.probe, "/usr/bin/probe")
        try container?.run("sh", "-c", "setsid probe ignore-term append \(note) started never-ready >/dev/null 2>&1 &")
        try waitUntil("the daemon in the container runs") { try !survivors().isEmpty }
        container = nil
        #expect(try traces() == before)
        #expect(try survivors().isEmpty)
    }

    @Test func theHardenedDropInScoresBelowFour() throws {
        let container = try SystemdContainer()
        let template = try Files.readText("\(Binaries.sourceTree)/systemd/daimon@.service", limit: 65536)
        try container.write(
            "/etc/systemd/system/daimon@.service", template.replacingOccurrences(of: "@SBINDIR@", with: "/usr/sbin"))
        try container.put(
            "\(Binaries.sourceTree)/systemd/hardening.conf",
            "/etc/systemd/system/daimon@hard.service.d/hardening.conf", mode: "0644")
        try container.run("systemctl", "daemon-reload")
        func score(_ unit: String) throws -> Double? {
            let text = try container.run("systemd-analyze", "security", "--no-pager", unit).output
            // The last line: "→ Overall exposure level for UNIT: 3.2 OK"
            return text.split(separator: "\n").last.flatMap { line in
                line.split(separator: " ").compactMap { Double($0) }.first
            }
        }
        let hardened = try #require(try score("daimon@hard.service"))
        let plain = try #require(try score("daimon@plain.service"))
        #expect(hardened < 4)
        #expect(plain > 9, "the template itself must not sandbox services")
    }
}
