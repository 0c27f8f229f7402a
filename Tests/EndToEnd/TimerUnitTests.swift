// Timer units: what they start and when, on the command line and among others, and what they remember over a restart
// (systemd.timer(5)).
import Foundation
import Linux
import Testing

@Suite(.enabled(if: isRoot, "skipped: needs root")) struct TimerUnitTests {
    /// A oneshot that notes each of its runs with the time.
    private func job(_ units: UnitFolder, _ name: String = "job") throws {
        try units.define(
            "\(name).service", "[Service]", "Type=oneshot",
            "ExecStart=\(Binaries.probe) stamp \(units.instance.path("runs")) exit 0")
    }

    private func runs(_ units: UnitFolder) -> [Int] { units.instance.lines("runs").compactMap { Int($0) } }

    @Test func aMonotonicTimerStartsItsService() throws {
        let units = try UnitFolder()
        try job(units)
        try units.define(
            "job.timer", "[Timer]", "OnActiveSec=200ms", "OnUnitActiveSec=300ms", "AccuracySec=1ms")
        let before = Int(Clock.monotonic())
        let start = try units.daimon("start", "job.timer")
        #expect(start.status == 0, "\(start)")
        let status = try units.status("job.timer")
        #expect(status.state == "active (waiting)" || status.state == "active (running)")
        #expect(try units.daimon("status", "job").status == 0)
        try waitUntil("it has elapsed three times") { runs(units).count >= 3 }
        let times = runs(units)
        #expect(times[0] - before >= 200_000, "\(times[0] - before)")
        for (earlier, later) in zip(times, times.dropFirst()) { #expect(later - earlier >= 290_000, "\(times)") }
        #expect(try units.status("job.service")["ActiveState"] != "failed")
        #expect(try units.daimon("stop", "job", timeout: .seconds(10)).status == 0)
        #expect(units.instance.survivors.isEmpty)
        #expect(try units.status("job.timer").state == "inactive (dead)")
    }

    @Test func aCalendarTimerElapsesOnTheSecond() throws {
        let units = try UnitFolder()
        try units.define("job.timer", "[Timer]", "OnCalendar=*:*:*", "AccuracySec=1ms", "Unit=other.service")
        try units.define(
            "other.service", "[Service]", "Type=oneshot",
            "ExecStart=/bin/sh -c 'date +%%s.%%N >>\(units.instance.path("runs"))'")
        try #require(try units.daimon("start", "job.timer").status == 0)
        try waitUntil("it has elapsed twice") { units.instance.lines("runs").count >= 2 }
        #expect(try units.daimon("stop", "job", timeout: .seconds(10)).status == 0)
        let times = units.instance.lines("runs").compactMap { Double($0) }
        #expect(times[1] - times[0] > 0.5 && times[1] - times[0] < 1.9, "\(times)")
        for time in times { #expect(time - time.rounded(.down) < 0.8, "\(times)") }
    }

    @Test func aTimerAmongOthers() throws {
        let units = try UnitFolder()
        try job(units)
        try units.define("job.timer", "[Timer]", "OnActiveSec=50ms", "AccuracySec=1ms")
        try units.probe("web", ["Wants=job.timer"])
        try #require(try units.daimon("start", "web").status == 0)
        try waitUntil("it has elapsed") { runs(units).count == 1 }
        try units.wait(for: "job.service", "inactive (dead)")
        #expect(try units.status("web.service").state == "active (running)")
        #expect(try units.daimon("stop", "web").status == 0)
        #expect(units.instance.survivors.isEmpty)
    }

    /// A timer that can never elapse again is over, and so is its instance, when its service has ended.
    @Test func aTimerThatIsOver() throws {
        let units = try UnitFolder()
        try job(units)
        try units.define(
            "job.timer", "[Timer]", "OnActiveSec=50ms", "AccuracySec=1ms", "RemainAfterElapse=no")
        let run = try units.run("--name", "over", "job.timer")
        #expect(try run.wait(timeout: .seconds(10)).status == 0)
        #expect(runs(units).count == 1)
    }

    /// Persistent=: what was missed while nothing ran is made good at the start, and the stamp says when it was.
    @Test func aPersistentTimerRemembers() throws {
        let units = try UnitFolder()
        let name = "daimon-test-\(UUID().uuidString)"
        let stamp = "/var/lib/daimon/timers/stamp-\(name).timer"
        defer { unlink(stamp) }
        try job(units, name)
        // The stamp of an hour ago: a timer for every minute has been missed.
        try FileManager.default.createDirectory(
            atPath: "/var/lib/daimon/timers", withIntermediateDirectories: true)
        try OwnedDescriptor.open(stamp, O_WRONLY | O_CREAT, mode: 0o644).writeAll([])
        let past = timespec(tv_sec: time(nil) - 3600, tv_nsec: 0)
        try #require([past, past].withUnsafeBufferPointer { utimensat(AT_FDCWD, stamp, $0.baseAddress, 0) } == 0)
        try units.define("\(name).timer", "[Timer]", "OnCalendar=*:0/1:0", "Persistent=yes", "AccuracySec=1ms")
        try #require(try units.daimon("start", "--name", "remember", "\(name).timer").status == 0)
        try waitUntil("what was missed is made good", deadline: .seconds(10)) { runs(units).count >= 1 }
        var information = Foundation.stat()
        try #require(stat(stamp, &information) == 0)
        #expect(time(nil) - information.st_mtim.tv_sec < 60, "the stamp is old")
        #expect(try units.daimon("stop", "remember").status == 0)
        let before = runs(units).count
        // Started again at once there is nothing to make good; the next minute is more than this test waits for.
        try #require(try units.daimon("start", "--name", "remember", "\(name).timer").status == 0)
        try units.wait(for: "\(name).timer", "active (waiting)")
        let seconds = time(nil) % 60
        if seconds < 55 { #expect(runs(units).count == before || time(nil) % 60 < seconds) }
        #expect(try units.daimon("stop", "remember").status == 0)
    }

    @Test func aTimerWithoutAServiceIsRefused() throws {
        let units = try UnitFolder()
        try units.define("job.timer", "[Timer]", "OnActiveSec=1h")
        let start = try units.daimon("start", "job.timer")
        #expect(start.status != 0 && start.errors.contains("job.service"), "\(start)")
        try units.define("bad.timer", "[Timer]", "Persistent=yes")
        let bad = try units.daimon("start", "bad.timer")
        #expect(bad.status == 2, "\(bad)")
        #expect(units.instance.nothingIsLeft)
    }
}
