// What a service is told about why it was started: by OnFailure= or OnSuccess= of another, or by a timer (systemd.exec(5)).
import Foundation
import Linux
import Testing

@Suite(.enabled(if: isRoot, "skipped: needs root")) struct OriginVariablesTests {
    /// A folder of units of which each writes its variables down.
    private final class Units {
        let instance: TemporaryInstance
        var environment: [String: String]

        init() throws {
            instance = try TemporaryInstance()
            guard mkdir(instance.path("units"), 0o755) == 0 else { throw SystemError("make a folder") }
            environment = instance.environment
            environment["SYSTEMD_UNIT_PATH"] = instance.path("units")
        }

        func define(_ name: String, _ text: String) throws { try instance.write("units/\(name)", text) }

        /// A line of [Service] whose command writes its variables to a file.
        func noting(_ directive: String, _ file: String) -> String {
            let names = "MONITOR_[A-Z_]*\\\\|TRIGGER_[A-Z_]*\\\\|SERVICE_RESULT\\\\|INVOCATION_ID"
            return "\(directive)=/bin/sh -c \"env | grep '^\\\\(\(names)\\\\)=' | sort >\(instance.path(file)).new;"
                + " mv \(instance.path(file)).new \(instance.path(file))\"\n"
        }

        func variables(_ file: String) throws -> [String: String] {
            try waitUntil("\(file) is written") { instance.exists(file) }
            var result: [String: String] = [:]
            for line in instance.lines(file) {
                let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                result[String(parts[0])] = String(parts[1])
            }
            return result
        }

        func daimon(_ arguments: String...) throws -> CommandResult {
            try Command.run([Binaries.daimon] + arguments, environment: environment)
        }
    }

    /// A service that ends, with lines of [Unit], and one that deals with that.
    private func units(_ ends: String, triggers: String) throws -> Units {
        let units = try Units()
        try units.define(
            "ends.service",
            "[Unit]\n\(triggers)\n[Service]\nType=notify\nRestart=no\nExecStart=\(Binaries.probe) ready \(ends)\n"
                + units.noting("ExecStopPost", "own"))
        try units.define(
            "handler.service",
            "[Service]\nType=oneshot\n" + units.noting("ExecCondition", "condition")
                + units.noting("ExecStartPre", "pre") + units.noting("ExecStart", "main")
                + units.noting("ExecStartPost", "post"))
        try units.define("rest.service", "[Service]\nExecStart=\(Binaries.probe) sleep 1\n")
        return units
    }

    static let ends: [(String, String, [String])] = [
        ("exit 3 after 50", "OnFailure=handler.service", ["exit-code", "exited", "3"]),
        ("signal 9 after 50", "OnFailure=handler.service", ["signal", "killed", "KILL"]),
        ("exit 0 after 50", "OnSuccess=handler.service", ["success", "exited", "0"]),
    ]

    @Test(arguments: ends) func aHandlerIsToldWhatEnded(ends: String, trigger: String, told: [String]) throws {
        let units = try units(ends, triggers: trigger)
        try #require(try units.daimon("start", "--name", "set", "ends", "rest").status == 0)
        let post = try units.variables("post")
        let own = try units.variables("own")
        for file in ["pre", "main"] {
            let found = try units.variables(file)
            #expect(found["MONITOR_UNIT"] == "ends.service", "\(file): \(found)")
            #expect(found["MONITOR_INVOCATION_ID"] == own["INVOCATION_ID"] && own["INVOCATION_ID"] != nil)
            #expect(found["INVOCATION_ID"] != own["INVOCATION_ID"])
            #expect(
                [found["MONITOR_SERVICE_RESULT"], found["MONITOR_EXIT_CODE"], found["MONITOR_EXIT_STATUS"]] == told,
                "\(file): \(found)")
        }
        // Seen of systemd 257: neither ExecCondition= nor ExecStartPost= are told.
        #expect(post["MONITOR_UNIT"] == nil)
        #expect(try units.variables("condition")["MONITOR_UNIT"] == nil)
        #expect(own["MONITOR_UNIT"] == nil && own["SERVICE_RESULT"] == told[0])
        #expect(try units.daimon("stop", "set").status == 0)
    }

    /// It would not be known which one has ended; seen of systemd 257 for one that names it twice as well.
    @Test(arguments: [true, false]) func twoCandidatesAreNone(isOneUnit: Bool) throws {
        let units = try units(
            "exit 3 after 50", triggers: "OnFailure=handler.service" + (isOneUnit ? "\nOnSuccess=handler.service" : ""))
        if !isOneUnit {
            try units.define(
                "rest.service", "[Unit]\nOnFailure=handler.service\n[Service]\nExecStart=\(Binaries.probe) sleep 1\n")
        }
        try #require(try units.daimon("start", "--name", "set", "ends", "rest").status == 0)
        #expect(try units.variables("post")["MONITOR_UNIT"] == nil)
        #expect(try units.variables("main")["MONITOR_UNIT"] == nil)
        #expect(try units.daimon("stop", "set").status == 0)
    }

    @Test func aTimerIsNamedWithItsTime() throws {
        let units = try Units()
        try units.define("job.service", "[Service]\nType=oneshot\n" + units.noting("ExecStart", "main"))
        try units.define("job.timer", "[Timer]\nOnActiveSec=20ms\nOnUnitInactiveSec=50ms\nAccuracySec=1ms\n")
        let began = Date()
        try #require(try units.daimon("start", "--name", "set", "job.timer").status == 0)
        var times: Set<String> = []
        try waitUntil("three times are told") {
            let found = try units.variables("main")
            #expect(found["TRIGGER_UNIT"] == "job.timer")
            if let time = found["TRIGGER_TIMER_REALTIME_USEC"] { times.insert(time) }
            let monotonic = try #require(found["TRIGGER_TIMER_MONOTONIC_USEC"].flatMap { UInt64($0) })
            #expect(monotonic <= Clock.monotonic())
            return times.count >= 3
        }
        for time in times {
            let seconds = try #require(Double(time)) / 1_000_000
            #expect(seconds >= began.timeIntervalSince1970 - 1 && seconds <= Date().timeIntervalSince1970 + 1)
        }
        #expect(try units.daimon("stop", "set").status == 0)
    }

    @Test func whatNobodyTriggeredIsToldNothing() throws {
        let units = try Units()
        try units.define("job.service", "[Service]\nType=oneshot\n" + units.noting("ExecStart", "main"))
        try units.define("job.timer", "[Timer]\nOnActiveSec=1h\n")
        try #require(try units.daimon("start", "--name", "set", "job.service", "job.timer").status == 0)
        let found = try units.variables("main")
        #expect(found["TRIGGER_UNIT"] == nil && found["MONITOR_UNIT"] == nil && found["INVOCATION_ID"] != nil)
        #expect(try units.daimon("stop", "set").status == 0)
    }

    @Test func restartModeDebugTellsFromTheSecondStartOn() throws {
        let instance = try TemporaryInstance()
        try #require(
            try instance.start(
                "debug", ["Type=notify", "Restart=always", "RestartSec=10ms", "RestartMode=debug"], "state",
                instance.path("state"), "pid", instance.path("pids")
            ).status == 0)
        try waitUntil("it is there") { instance.notedPids("pids").count == 1 }
        #expect(RecordedState(instance.read("state")).environment["DEBUG_INVOCATION"] == nil)
        kill(try #require(instance.notedPids("pids").last), SIGKILL)
        try waitUntil("it is there again") { instance.notedPids("pids").count == 2 }
        #expect(RecordedState(instance.read("state")).environment["DEBUG_INVOCATION"] == "1")
        #expect(try instance.daimon("stop", "debug").status == 0)
    }
}
