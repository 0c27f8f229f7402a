// The commands beside the main process, what they are told, and the clocks of a service (systemd.service(5)).
import Foundation
import Linux
import Testing

@Suite(.enabled(if: isRoot, "skipped: needs root")) struct ServiceCommandTests {
    /// A command that notes a word and variables of its environment; `$` is kept from daimon for the shell.
    private func note(_ units: UnitFolder, _ word: String, _ variables: String..., status: Int = 0) -> String {
        let values = variables.map { " $$\($0)" }.joined()
        return "/bin/sh -c 'echo \(word)\(values) >>\(units.order); exit \(status)'"
    }

    @Test func allCommandsInTheirOrder() throws {
        let units = try UnitFolder()
        try units.define(
            "all.service", "[Service]", "Type=notify", "ExecCondition=\(note(units, "condition"))",
            "ExecStartPre=\(note(units, "pre1"))", "ExecStartPre=-\(note(units, "pre2", status: 1))",
            "ExecStart=\(Binaries.probe) append \(units.order) main pid \(units.pids("all")) ready",
            "ExecStartPost=\(note(units, "post", "MAINPID"))", "ExecReload=\(note(units, "reload1", "MAINPID"))",
            "ExecReload=\(note(units, "reload2"))", "ExecStop=\(note(units, "stop", "MAINPID", "SERVICE_RESULT"))",
            "ExecStopPost=\(note(units, "stop-post", "SERVICE_RESULT", "EXIT_CODE", "EXIT_STATUS", "MAINPID"))")
        let start = try units.daimon("start", "all")
        #expect(start.status == 0, "\(start)")
        let main = try #require(units.mains("all").first)
        #expect(units.events == ["condition", "pre1", "pre2", "main", "post \(main)"])
        #expect(try units.daimon("reload", "all").status == 0)
        #expect(units.events.suffix(2) == ["reload1 \(main)", "reload2"])
        #expect(try units.daimon("stop", "all").status == 0)
        #expect(units.events.suffix(2) == ["stop \(main) success", "stop-post success exited 0"])
    }

    @Test func whatEndedItIsTold() throws {
        let units = try UnitFolder()
        for (name, behaviour) in [("exits", "exit 5 after 20"), ("dies", "signal 9 after 20")] {
            try units.define(
                "\(name).service", "[Service]", "Type=notify", "ExecStart=\(Binaries.probe) ready \(behaviour)",
                "ExecStop=\(note(units, "stop"))",
                "ExecStopPost=\(note(units, "\(name):", "SERVICE_RESULT", "EXIT_CODE", "EXIT_STATUS"))")
            try #require(try units.daimon("start", name).status == 0)
            try waitUntil("it has ended") { units.instance.survivors.isEmpty }
        }
        // systemd.service(5): ExecStop= runs only for a service that was started and is still up; here it is not.
        #expect(units.events == ["exits: exit-code exited 5", "dies: signal killed KILL"])
    }

    @Test(arguments: [(1, 0), (254, 0), (255, 255), (0, 0)])
    func aConditionOfItsOwn(status: Int, result: Int32) throws {
        let units = try UnitFolder()
        try units.define(
            "maybe.service", "[Service]", "Type=notify", "ExecCondition=\(note(units, "condition", status: status))",
            "ExecStart=\(Binaries.probe) append \(units.order) main ready", "ExecStopPost=\(note(units, "post"))")
        let start = try units.daimon("start", "maybe")
        #expect(start.status == result, "\(start)")
        #expect(units.events.contains("main") == (status == 0))
        if status == 0 {
            #expect(try units.daimon("stop", "maybe").status == 0)
        } else {
            try waitUntil("nothing is left") { units.instance.survivors.isEmpty }
            #expect(try units.status("maybe.service")["Result"] == (status == 255 ? "exit-code" : "exec-condition"))
        }
    }

    @Test(arguments: ["ExecStartPre", "ExecStartPost"])
    func aCommandThatFailsIsAFailedStart(directive: String) throws {
        let units = try UnitFolder()
        try units.define(
            "fails.service", "[Service]", "Type=notify", "\(directive)=/bin/sh -c 'echo no such schema >&2; exit 6'",
            "ExecStart=\(Binaries.probe) pid \(units.pids("fails")) ready", "ExecStopPost=\(note(units, "post"))")
        let start = try units.daimon("start", "fails")
        #expect(start.status == 6 && start.errors.contains("no such schema"), "\(start)")
        #expect(units.events == ["post"])
        #expect(units.mains("fails").count == (directive == "ExecStartPre" ? 0 : 1))
        #expect(units.instance.nothingIsLeft)
    }

    @Test func aReloadThatFailsLeavesItRunning() throws {
        let units = try UnitFolder()
        try units.probe("a", service: ["ExecReload=/bin/false"])
        try #require(try units.daimon("start", "a").status == 0)
        let reload = try units.daimon("reload", "a")
        #expect(reload.status == 1 && reload.errors.contains("failed"), "\(reload)")
        #expect(try units.status("a.service").state == "active (running)")
        #expect(try units.daimon("stop", "a").status == 0)
    }

    // MARK: - Clocks

    @Test(arguments: [("terminate", "-slow TERM"), ("abort", "-slow ABRT"), ("kill", "-slow KILL")])
    func aStartThatTakesTooLong(mode: String, event: String) throws {
        let units = try UnitFolder()
        try units.define(
            "slow.service", "[Service]", "Type=notify", "TimeoutStartSec=200ms", "TimeoutStartFailureMode=\(mode)",
            "ExecStart=/bin/sleep 1000", "ExecStopPost=\(note(units, "-slow", "EXIT_STATUS"))", "LimitCORE=0")
        let start = try units.daimon("start", "slow")
        #expect(start.status != 0 && start.errors.contains("timeout"), "\(start)")
        #expect(units.events == [event])
        #expect(units.instance.nothingIsLeft)
    }

    @Test(arguments: [("terminate", "KILL"), ("abort", "ABRT"), ("kill", "KILL")])
    func aStopThatTakesTooLong(mode: String, signal: String) throws {
        let units = try UnitFolder()
        try units.define(
            "slow.service", "[Service]", "Type=notify", "TimeoutStopSec=200ms", "TimeoutStopFailureMode=\(mode)",
            "ExecStart=\(Binaries.probe) ignore-term ready", "LimitCORE=0",
            "ExecStopPost=\(note(units, "-slow", "SERVICE_RESULT", "EXIT_STATUS"))")
        try #require(try units.daimon("start", "slow").status == 0)
        #expect(try units.daimon("stop", "slow", timeout: .seconds(10)).status == 0)
        #expect(units.events == ["-slow timeout \(signal)"])
        #expect(units.instance.nothingIsLeft)
    }

    @Test func aServiceThatRunsTooLong() throws {
        let units = try UnitFolder()
        try units.probe("short", service: ["RuntimeMaxSec=200ms"])
        try #require(try units.daimon("start", "short").status == 0)
        try waitUntil("its time is over") { units.instance.survivors.isEmpty }
        let status = try units.status("short.service")
        #expect(status.state == "failed (failed)" && status["Result"] == "timeout")
        #expect(units.events == ["+short", "-short"])
    }

    @Test func theDelayOfRestartsGrows() throws {
        let units = try UnitFolder()
        try units.define(
            "grows.service", "[Unit]", "StartLimitIntervalSec=0", "[Service]", "Type=notify", "Restart=always",
            "RestartSec=20ms", "RestartSteps=3", "RestartMaxDelaySec=320ms",
            "ExecStart=\(Binaries.probe) stamp \(units.instance.path("stamps")) ready exit 1 after 5")
        try #require(try units.daimon("start", "grows").status == 0)
        try waitUntil("it was restarted five times") { units.instance.lines("stamps").count >= 6 }
        #expect(try units.daimon("stop", "grows", timeout: .seconds(10)).status == 0)
        let stamps = units.instance.lines("stamps").compactMap { Int($0) }
        let delays = zip(stamps, stamps.dropFirst()).map { ($1 - $0) / 1000 }
        // 20 ms, then in three steps to 320 ms: 50, 127, 320 (systemd.service(5), "RestartSteps="). Never too early.
        for (delay, least) in zip(delays, [20, 50, 126, 320, 320]) { #expect(delay >= least, "\(delays)") }
        #expect(delays[0] < 300, "\(delays)")
    }
}
