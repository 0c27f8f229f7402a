// What values mean beyond how they are written, in units of all types: other names of paths, limits that are none, time
// zones, what is refused, and what has no effect in the unit as a whole. What is expected was taken from systemd 257.
import Testing

@testable import Units

@Suite struct ValueRuleTests {
    /// A machine in Berlin that knows one other zone.
    private static let facts = SpecifierFacts(
        timeZones: TimeZones(
            local: {
                TimeZoneRules(
                    localTimes: .init(offset: 3600, isDaylight: false, abbreviation: "CET"),
                    [.init(offset: 7200, isDaylight: true, abbreviation: "CEST")],
                    changes: [.init(instant: 1, localTime: 1), .init(instant: 2, localTime: 0)])
            }, isKnown: { $0 == "Europe/Berlin" || $0 == "Asia/Tokyo" }),
        lookUp: { fact throws(InvalidValue) in fact == .runtimeDirectory ? "/run" : "fact" })

    private func describe(_ lines: String, as name: String) throws -> UnitDescription {
        let tree = try Tree()
        let starts = name.hasSuffix(".service") ? "[Service]\nExecStart=/bin/true\n" : ""
        try tree.write(starts + lines + "\n", to: name)
        let store = UnitStore(UnitSearchPath([tree.path]))
        return UnitDescription(store.files(of: try #require(UnitName(full: name))), facts: Self.facts)
    }

    private func shown(_ lines: String, _ property: String, as name: String) throws -> String {
        let entry = try describe(lines, as: name).properties.entries.first { $0.name == property }
        return entry.map { $0.value.isEmpty ? "" : $0.value.lines.joined(separator: "\n") } ?? ""
    }

    /// What is told beside that a directive is not honoured: severity, directive, message.
    private func told(_ lines: String, as name: String) throws -> [String] {
        try describe(lines, as: name).diagnostics.filter { $0.kind != .notHonoured }.map { problem in
            "\(problem.severity.rawValue) \(problem.location.line) \(problem.directive ?? "") \(problem.message)"
        }
    }

    private static let long = String(repeating: "a", count: 300)

    @Test(arguments: [
        ("PIDFile=%t/a.pid", "PIDFile", "/run/a.pid"), ("PIDFile=%n.pid", "PIDFile", "/run/web.service.pid"),
        ("PIDFile=/var/run", "PIDFile", "/run/"), ("PIDFile=/var/running/a", "PIDFile", "/var/running/a"),
        ("PIDFile=var/run/a", "PIDFile", "/run/var/run/a"),
        ("Slice=-.slice", "Requires", "-.slice sysinit.target"),
        ("Delegate=yes\nDelegate=cpu", "DelegateControllers", ""), ("Delegate=yes\nDelegate=cpu", "Delegate", "yes"),
        ("Delegate=yes\nDelegate=\nDelegate=cpu", "DelegateControllers", "cpu"),
        ("Delegate=cpu\nDelegate=no\nDelegate=io", "DelegateControllers", "io"),
        ("IOSchedulingClass=0", "IOSchedulingClass", "2"), ("IOSchedulingClass=0x1", "IOSchedulingClass", "1"),
        ("StandardInputText=a\nStandardInputData=SGVsbG8=", "StandardInputData", "YQpIZWxsbw=="),
        ("StandardInputData=SGVs bG8=\nStandardInputText=a", "StandardInputData", "SGVsbG9hCg=="),
        ("StandardInputData=SGVsbG8=\nStandardInputData=SGVsbG8=", "StandardInputData", "SGVsbG9IZWxsbw=="),
        ("StandardInputText=a\nStandardInputData=", "StandardInput", "null"),
        ("StandardInputData=SGVsbG8=\nStandardInputText=", "StandardInputData", ""),
        ("StandardInputData=AA=\nStandardInputText=b", "StandardInputData", "Ygo="),
        ("StandardInputData=SGVsbG8", "StandardInput", "null"),
        ("RuntimeDirectory=./a", "RuntimeDirectory", "a"), ("RuntimeDirectory=./a", "RequiresMountsFor", "/run/a"),
        ("StateDirectory=./a:./b", "StateDirectorySymlink", "a:b"),
        ("RuntimeDirectory=a/./b a//b a/", "RuntimeDirectory", "a a/b"),
        ("ConfigurationDirectory=a::ro b", "ConfigurationDirectory", "a b"),
        ("ConfigurationDirectory=a:b:ro", "ConfigurationDirectory", ""),
        ("ConfigurationDirectory=a:", "ConfigurationDirectory", "a"),
        ("RuntimeDirectory=\(long) b", "RuntimeDirectory", "b"),
        ("DeviceAllow=/dev/null rr", "DeviceAllow", "/dev/null r"),
        ("DeviceAllow=/dev/null mrw", "DeviceAllow", "/dev/null rwm"),
        ("BindPaths=/e \"/a b\":/c", "BindPaths", "/e:/e:rbind /a b:/c:rbind"),
        ("BindPaths=/a$b", "BindPaths", "/a$b:/a$b:rbind"),
        ("NUMAMask=all\nNUMAMask=1", "NUMAMask", "all"), ("NUMAMask=All", "NUMAMask", ""),
        ("KillMode=process\nKillMode=", "KillMode", "control-group"),
        ("BusName=:1.2", "BusName", ":1.2"), ("BusName=:a.b", "BusName", ":a.b"), ("BusName=:1", "BusName", ""),
        ("BusName=:.1", "BusName", ""), ("BusName=-a.b", "BusName", "-a.b"), ("BusName=a.1b", "BusName", ""),
        ("CPUShares=1024", "CPUWeight", "[not set]"), ("StartupCPUShares=1024", "StartupCPUWeight", "[not set]"),
        ("BlockIOWeight=500", "IOWeight", "[not set]"), ("StartupBlockIOWeight=500", "StartupIOWeight", "[not set]"),
        ("BlockIOAccounting=yes", "IOAccounting", "no"),
        ("BlockIOReadBandwidth=/dev/sda 5M", "IOReadBandwidthMax", ""),
        ("[Unit]\nOnFailureIsolate=yes", "OnFailureJobMode", "isolate"),
        ("[Unit]\nOnFailureIsolate=no", "OnFailureJobMode", "replace"),
        ("[Unit]\nOnFailureIsolate=maybe", "OnFailureJobMode", "replace"),
        ("[Unit]\nRequiresOverridable=a.service", "Requires", "a.service sysinit.target system.slice"),
        ("[Unit]\nRequisiteOverridable=a.service", "Requisite", "a.service"),
        ("WorkingDirectory=-/\(long)", "WorkingDirectory", ""), ("ReadWritePaths=/\(long) /b", "ReadWritePaths", "/b"),
    ])
    func service(_ lines: String, _ property: String, _ expected: String) throws {
        #expect(try shown(lines, property, as: "web.service") == expected)
    }

    @Test(arguments: [
        ("TimeoutSec=0", "TimeoutUSec", "infinity"),
        ("TriggerLimitIntervalSec=infinity", "TriggerLimitIntervalUSec", "2s"),
        ("PollLimitIntervalSec=infinity", "PollLimitIntervalUSec", "2s"),
        ("TriggerLimitIntervalSec=0", "TriggerLimitIntervalUSec", "0"),
        ("LogRateLimitIntervalSec=infinity", "LogRateLimitIntervalUSec", "infinity"),
        ("ListenStream=/run//x", "RequiresMountsFor", "/run/x"), ("ListenStream=/run//x", "Listen", "/run//x (Stream)"),
        ("ListenMessageQueue=/a", "RequiresMountsFor", ""), ("ListenUSBFunction=/a", "RequiresMountsFor", "/a"),
        ("ListenFIFO=/var/run/x", "Listen", "/run/x (FIFO)"), ("Slice=-.slice", "After", "-.slice sysinit.target"),
    ])
    func socket(_ lines: String, _ property: String, _ expected: String) throws {
        #expect(try shown("[Socket]\n" + lines, property, as: "web.socket") == expected)
    }

    @Test(arguments: [
        ("PathExistsGlob=/a*", "RequiresMountsFor", "\"/a*\""),
        ("PathChanged=/var/lib/x*/y", "RequiresMountsFor", "\"/var/lib/x*/y\""),
        ("PathExists=/var/run/a", "Paths", "/var/run/a (PathExists)"),
        ("TriggerLimitIntervalSec=infinity", "TriggerLimitIntervalUSec", "2s"),
        ("Unit=a@.service", "Unit", "a@web.service"), ("Unit=a@b.service", "Triggers", "a@b.service"),
    ])
    func path(_ lines: String, _ property: String, _ expected: String) throws {
        #expect(try shown("[Path]\n" + lines, property, as: "web.path") == expected)
    }

    @Test func timersStartInstancesOfTemplates() throws {
        #expect(try shown("[Timer]\nOnBootSec=1\nUnit=a@.service", "Unit", as: "web.timer") == "a@web.service")
        #expect(try shown("[Timer]\nUnit=a@.service", "Triggers", as: "web@b.timer") == "a@b.service")
    }

    @Test(arguments: [
        ("daily utc", "*-*-* 00:00:00 UTC"), ("00:00 Europe/Berlin", "*-*-* 00:00:00 Europe/Berlin"),
        ("00:00 CEST", "*-*-* 00:00:00 CEST"), ("Mon 1", nil), ("Sat,Sun *-*-* 1", nil), ("*-*-* 1", nil),
        ("daily foo", nil), ("00:00 Nowhere/X", nil), ("daily europe/berlin", nil), ("00:00 EST", nil),
    ])
    func timeZones(_ text: String, _ expected: String?) throws {
        let lines = try shown("[Timer]\nOnCalendar=\(text)", "TimersCalendar", as: "web.timer")
        #expect(lines == (expected.map { "{ OnCalendar=\($0) ; next_elapse=(null) }" } ?? ""))
    }

    /// The typed unit reads them again.
    @Test func abbreviationsStayWhatTheyAre() throws {
        let description = try describe("[Timer]\nOnCalendar=00:00 CEST\nOnCalendar=00:00 Asia/Tokyo", as: "web.timer")
        guard case .timer(let timer)? = description.typed else {
            Issue.record("no timer")
            return
        }
        #expect(
            timer.calendar.map(\.timeZone) == [
                .localVariant(abbreviation: "CEST", isDaylight: true), .named("Asia/Tokyo"),
            ])
    }

    @Test(arguments: ["daily ../../etc/passwd", "daily foo", "Mon europe/berlin", "00:00 Nowhere/X"])
    func unknownTimeZone(_ text: String) throws {
        let problem = try #require(try describe("[Timer]\nOnCalendar=\(text)", as: "web.timer").diagnostics.first)
        let zone = String(text.split(separator: " ")[1])
        #expect(
            problem.message == "\"\(text)\" is not a calendar event: \"\(zone)\" is not a time zone known here; "
                + "expected a name as Europe/Berlin")
        #expect(problem.suggestion == nil)
        #expect(problem.location.column == "OnCalendar=\(text)".utf8.count - zone.utf8.count + 1)
    }

    @Test(arguments: [
        ("web.socket", "[Socket]\nListenStream=/run/a\nMaxConnections=0", true),
        ("web.socket", "[Socket]\nListenStream=/run/a\nMaxConnections=1", false),
        ("web.socket", "[Socket]\nListenStream=/run/../x", true),
        ("web.socket", "[Socket]\nListenDatagram=/run/..\nListenStream=/a", true),
        ("web.socket", "[Socket]\nListenStream=@/run/../x", false),
        ("web.socket", "[Socket]\nListenStream=/run/../x\nListenStream=\nListenStream=/a", false),
        ("web.socket", "[Socket]\nAccept=yes", true), ("web.socket", "[Socket]\nListenFIFO=/run/../x", true),
        ("web.socket", "[Socket]\nListenStream=/a\nListenStream=", true),
        ("web.socket", "[Socket]\nListenFIFO=/x", false),
        ("web.timer", "[Timer]\nPersistent=yes", true), ("web.timer", "[Timer]\nOnCalendar=Mon 1", true),
        ("web.timer", "[Timer]\nOnCalendar=daily", false), ("web.timer", "[Timer]\nOnBootSec=1", false),
        ("web.timer", "[Timer]\nOnClockChange=yes", false), ("web.timer", "[Timer]\nOnClockChange=no", true),
        ("web.timer", "[Timer]\nOnTimezoneChange=1", false), ("web.path", "[Path]\nMakeDirectory=yes", true),
        ("web.path", "[Path]\nPathExists=/a/../b", true), ("web.path", "[Path]\nDirectoryNotEmpty=/a", false),
        ("web.target", "", false), ("web.service", "ExecStartPre=/\(long)", true),
        ("web.service", "ExecStartPre=\(long)", true),
        ("web.service", "ExecStopPost=/b/\(long)/c", true), ("web.service", "ExecStartPre=-/\(long)", false),
        ("web.service", "ExecStart=\nExecStart=/\(long)", true),
        ("web.service", "WorkingDirectory=/\(long)", true), ("web.service", "PIDFile=/a\(long)", true),
        ("web.service", "PIDFile=%t/../a", true), ("web.service", "PIDFile=../a", true),
        ("web.service", "Type=dbus\nBusName=:1.2", false),
        ("web.service", "[Unit]\nOnFailureIsolate=yes\nOnFailure=a.service", false),
        ("web.service", "[Unit]\nOnFailureIsolate=yes\nOnFailure=a.service a.service b.service", true),
        ("web.target", "[Unit]\nOnFailureJobMode=isolate\nOnFailure=a.service b.service", true),
    ])
    func refusal(_ name: String, _ lines: String, _ isRefused: Bool) throws {
        let description = try describe(lines, as: name)
        #expect(description.isRefused == isRefused, "\(description.diagnostics.map(\.description))")
    }

    @Test(arguments: [
        ("RestartSteps=3", ["warning 3 RestartSteps without RestartMaxDelaySec= it has no effect"]),
        (
            "RestartMaxDelaySec=5",
            ["warning 3 RestartMaxDelaySec without RestartSteps= the delay does not grow up to it"]
        ),
        ("RestartMaxDelaySec=5\nRestartSec=5\nRestartSteps=2", []),
        (
            "RestartMaxDelaySec=5\nRestartSec=9\nRestartSteps=2",
            ["warning 3 RestartMaxDelaySec it is less than RestartSec=9s, and is used instead of it"]
        ),
        (
            "RestartMaxDelaySec=infinity\nRestartSteps=2",
            ["warning 4 RestartSteps without RestartMaxDelaySec= it has no effect"]
        ),
        (
            "RuntimeRandomizedExtraSec=5",
            ["warning 3 RuntimeRandomizedExtraSec without RuntimeMaxSec= it has no effect"]
        ),
        ("RuntimeRandomizedExtraSec=5\nRuntimeMaxSec=9", []), ("RuntimeMaxSec=infinity\nType=oneshot", []),
        (
            "RuntimeMaxSec=5\nType=oneshot",
            ["warning 3 RuntimeMaxSec it has no effect with Type=oneshot; TimeoutStartSec= limits its commands"]
        ),
        (
            "[Unit]\nJobRunningTimeoutSec=5\nJobTimeoutSec=3",
            ["warning 4 JobRunningTimeoutSec it is greater than JobTimeoutSec=3s and has no effect"]
        ),
        ("[Unit]\nJobRunningTimeoutSec=5\nJobTimeoutSec=5", []), ("[Unit]\nJobRunningTimeoutSec=5", []),
        ("[Unit]\nJobRunningTimeoutSec=0\nJobTimeoutSec=3", []),
        ("[Unit]\nJobRunningTimeoutSec=5\nJobTimeoutSec=0", []),
        (
            "USBFunctionDescriptors=/a",
            ["warning 3 USBFunctionDescriptors without USBFunctionStrings= it has no effect"]
        ),
        ("USBFunctionStrings=/a", ["warning 3 USBFunctionStrings without USBFunctionDescriptors= it has no effect"]),
        ("USBFunctionDescriptors=/a\nUSBFunctionStrings=/b", []),
        (
            "KillMode=none",
            [
                "warning 3 KillMode none is unsafe, nothing ends the processes of the unit; expected control-group or mixed"
            ]
        ),
        ("KillMode=", []), ("NUMAMask=all", []), ("ConfigurationDirectory=a::ro", []),
        (
            "PIDFile=/var/run/a.pid",
            ["note 3 PIDFile /var/run is an old name of /run; \"/run/a.pid\" is used, write that"]
        ),
        ("PIDFile=/run/a.pid", []),
        (
            "[Unit]\nRequiresOverridable=a.service",
            ["note 4 RequiresOverridable obsolete, and read as Requires=; write Requires="]
        ),
        (
            "[Unit]\nRequisiteOverridable=a.service",
            ["note 4 RequisiteOverridable obsolete, and read as Requisite=; write Requisite="]
        ),
    ])
    func told(_ lines: String, _ expected: [String]) throws {
        #expect(try told(lines, as: "web.service") == expected)
    }

    @Test(arguments: [
        (
            "ListenFIFO=/var/run/x",
            ["note 2 ListenFIFO /var/run is an old name of /run; \"/run/x\" is used, write that"]
        ),
        (
            "ListenStream=/var/run/x",
            ["note 2 ListenStream /var/run is an old name of /run; \"/run/x\" is used, write that"]
        ),
        (
            "ListenStream=/a/../b\nListenStream=/c",
            ["error 2 ListenStream \"/a/../b\" contains \"..\"; write the path without it"]
        ),
        (
            "ListenStream=/a\nKillMode=none",
            [
                "warning 3 KillMode none is unsafe, nothing ends the processes of the unit; expected control-group or mixed"
            ]
        ),
    ])
    func toldOfSockets(_ lines: String, _ expected: [String]) throws {
        #expect(try told("[Socket]\n" + lines, as: "web.socket") == expected)
    }

    @Test(arguments: [
        ("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), (" Zm 9v\tYg= =", "foob"), ("Zg", nil), ("Zg=", nil),
        ("Zg===", nil), ("Zh==", nil), ("Zm9=", nil), ("Z===", nil), ("====", nil), ("Zm9vZ", nil), ("Zg==Zg==", nil),
        ("!!!", nil), ("Zm9v-", nil),
    ])
    func base64(_ text: String, _ expected: String?) {
        var bytes: [UInt8]?
        do throws(InvalidValue) { bytes = try Base64.decode(text) } catch {}
        #expect(bytes == expected.map { Array($0.utf8) })
    }
}
