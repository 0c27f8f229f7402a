// The syntax of unit files and the places in messages.
import Testing

@testable import Units

private func parse(_ text: String, name: String = "web.service") -> LoadedUnit {
    UnitLoader.parse(text: text, path: "web.service", name: UnitName(unchecked: name))
}

private func lines(_ loaded: LoadedUnit) -> [String] { loaded.diagnostics.map(\.description) }

@Suite struct SyntaxTests {
    @Test func commentsContinuationsAndSpaces() {
        let loaded = parse(
            "\u{feff}[Unit]\r\nDescription=a\\\r\n   b  \\\n#c\n\tc\n  [Service]  \n ; comment\nExecStart = /bin/true \n\tRestart=always"
        )
        #expect(lines(loaded) == [])
        // As systemd 252 reads it: each backslash becomes a space, and the space around the lines stays.
        #expect(loaded.unit.description == "a    b   \tc")
        #expect(loaded.unit.execStart.map(\.path) == ["/bin/true"])
        #expect(loaded.unit.restart == .always)
    }

    @Test func anEscapedBackslashAtTheEndContinuesNothing() {
        let loaded = parse("[Service]\nExecStart=/bin/true \\\\\nRestart=always\\")
        #expect(loaded.unit.execStart.first?.arguments == ["/bin/true", "\\"])
        #expect(loaded.unit.restart == .always)
    }

    @Test func everyProblemInOneGoWithItsPlace() {
        let loaded = parse(
            """
            Early=1
            [Unit]
            Nonsense
            =x
            restart=always
            X-Foo=1
            [X-Foo]
            what ever
            [Sevice]
            bar
            [Service]
            ExecStart=/bin/true
              Restart = alway
            LimitNOFILE=\\
            \t many
            """)
        #expect(
            lines(loaded) == [
                "web.service:1:1: warning: \"Early\" is assigned before any section; expected a line such as [Service] above it",
                "web.service:3:1: warning: \"Nonsense\" is neither a section, a comment nor an assignment; expected KEY=VALUE",
                "web.service:4:1: warning: no name before \"=\"; expected KEY=VALUE",
                "web.service:5:1: warning: restart=: there is no such directive in [Unit]; did you mean \"Restart\"?",
                "web.service:9:1: warning: section [Sevice] is not known and is skipped; known are [Unit], [Service], [Install], "
                    + "[X-Daimon]; did you mean \"[Service]\"?",
                "web.service:13:13: warning: Restart=: \"alway\" is not a restart policy; allowed: no, on-success, on-failure, "
                    + "on-abnormal, on-watchdog, on-abort, always; did you mean \"always\"?",
                "web.service:15:3: warning: LimitNOFILE=: \"many\" is not a limit; expected a number, SOFT:HARD, or infinity",
            ])
    }

    @Test func theExampleOfTheHandbook() {
        let loaded = parse("[Service]\nExecStart=/bin/true\nRestart=alway\n")
        #expect(
            lines(loaded).first?.hasPrefix(
                "web.service:3:9: warning: Restart=: \"alway\" is not a restart policy; allowed: no, ")
                == true)
        // As in systemd the default stays, and the unit can be run.
        #expect(!loaded.hasErrors && loaded.unit.restart == .no)
    }

    @Test func placesInWords() {
        let loaded = service("Environment=A=1 \"1B=2\" \\", "  C-D=3")
        #expect(loaded.diagnostics.map(\.location.line) == [3, 4])
        #expect(loaded.diagnostics.map(\.location.column) == [17, 3])
        #expect(loaded.unit.execution.environment == [EnvironmentVariable(name: "A", value: "1")])
    }

    @Test func nulAndInvalidUTF8() {
        let name = UnitName(unchecked: "web.service")
        let good = Array("[Service]\nExecStart=/bin/true\n".utf8)
        let nul = UnitLoader.parse(bytes: good + Array("Nice=\u{0}5\n".utf8), path: "f", name: name)
        #expect(lines(nul) == ["f:3:6: error: a NUL byte; a unit file is text"])
        let broken = UnitLoader.parse(bytes: good + Array("User=é".utf8) + [0xff, 0x0a], path: "f", name: name)
        #expect(lines(broken) == ["f:3:8: error: not valid UTF-8; a unit file is UTF-8 text"])
        #expect(broken.unit.execution.user == nil)
    }

    @Test func sizeIsBounded() {
        let loaded = parse("[Service]\n#" + String(repeating: "x", count: UnitFile.sizeLimit))
        #expect(loaded.diagnostics.first?.message.hasPrefix("the file is larger than 1048576 bytes") == true)
    }

    @Test func numberOfProblemsIsBounded() {
        let loaded = parse("[Service]\n" + String(repeating: "x\n", count: 500_000))
        #expect(loaded.diagnostics.count < 1100)
        let unknown = parse("[Service]\n" + String(repeating: "x=\n", count: 300_000))
        #expect(unknown.diagnostics.count < 1100)
    }

    @Test func specifiersAreBounded() {
        let long = String(repeating: "a", count: 200) + ".service"
        let loaded = parse("[Service]\nExecStart=/bin/true " + String(repeating: "%n", count: 100_000), name: long)
        #expect(loaded.hasErrors)
    }

    @Test func messagesStayOnOneLine() {
        let loaded = service("Restart=a\tb\u{1b}[31m\u{202e}" + String(repeating: "x", count: 5000))
        let line = loaded.diagnostics.first?.description ?? ""
        #expect(!line.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202e })
        #expect(line.utf8.count < 400)
    }
}

@Suite struct SemanticsTests {
    @Test func defaults() {
        let unit = service().unit
        var expected = ServiceUnit(name: UnitName(unchecked: "web.service"))
        expected.execStart = [ExecCommand(path: "/bin/true", arguments: ["/bin/true"])]
        #expect(unit == expected)
    }

    @Test(arguments: [
        ("TimeoutStartSec=0", TimeSpan.infinity, TimeSpan.seconds(90)),
        ("TimeoutStartSec=5", .seconds(5), .seconds(90)),
        ("TimeoutStopSec=0", .seconds(90), .infinity), ("TimeoutSec=0", .infinity, .infinity),
        ("TimeoutSec=5", .seconds(5), .seconds(5)),
    ])
    func timeouts(_ line: String, _ start: TimeSpan, _ stop: TimeSpan) {
        let unit = service(line).unit
        #expect(unit.timeoutStart == start)
        #expect(unit.timeoutStop == stop)
    }

    /// Measured on systemd 252: Result=timeout at once.
    @Test func runtimeMaxOfZeroIsZero() {
        let loaded = service("RuntimeMaxSec=0")
        #expect(loaded.unit.runtimeMax == .zero)
        #expect(loaded.diagnostics.map(\.severity) == [.warning])
    }

    @Test func valuesReachTheirFields() throws {
        let text = """
            [Unit]
            Description=The %p of %n, 100%
            Documentation=man:web(1) https://example.org/%p
            StartLimitIntervalSec=1min
            StartLimitBurst=7
            [Service]
            Type=notify-reload
            ExecStart=-/usr/bin/web --name %i
            ExecReload=/bin/kill -HUP $MAINPID
            Restart=on-failure
            RestartSec=2s
            RestartPreventExitStatus=2 SIGABRT
            RestartForceExitStatus=TEMPFAIL
            TimeoutAbortSec=3
            RuntimeMaxSec=1h
            WatchdogSec=30
            NotifyAccess=all
            KillMode=mixed
            KillSignal=SIGINT
            FinalKillSignal=SIGQUIT
            WatchdogSignal=SIGSEGV
            ReloadSignal=SIGUSR2
            SendSIGHUP=yes
            SendSIGKILL=no
            User=www
            Group=www-data
            SupplementaryGroups=a b
            SupplementaryGroups=c
            UMask=0077
            WorkingDirectory=-/srv/%p/
            Environment="A=1 2" B=%n 'C=$X'
            EnvironmentFile=-/etc/web/%i.conf
            PassEnvironment=LANG TERM
            UnsetEnvironment=HOME B=2
            LimitNOFILE=1024:4096
            LimitCORE=infinity
            Nice=-5
            OOMScoreAdjust=500
            NoNewPrivileges=yes
            IgnoreSIGPIPE=no
            StandardInput=file:/etc/hosts
            StandardOutput=append:/var/log/%p.log
            StandardError=inherit
            SyslogIdentifier=web-%i
            SyslogFacility=local3
            SyslogLevel=debug
            SyslogLevelPrefix=no
            [Install]
            WantedBy=multi-user.target
            [X-Daimon]
            StartSettleSec=250ms
            """
        let loaded = parse(text, name: "web@blue.service")
        #expect(lines(loaded) == [])
        let unit = loaded.unit
        #expect(unit.description == "The web of web@blue.service, 100%")
        #expect(unit.documentation == ["man:web(1)", "https://example.org/web"])
        #expect(unit.startLimitInterval == .seconds(60) && unit.startLimitBurst == 7)
        #expect(unit.type == .notifyReload)
        #expect(unit.execStart.map(\.arguments) == [["/usr/bin/web", "--name", "blue"]])
        #expect(unit.execStart.first?.ignoreFailure == true)
        #expect(unit.execReload.map(\.path) == ["/bin/kill"])
        #expect(unit.restart == .onFailure && unit.restartDelay == .seconds(2))
        #expect(unit.restartPreventExitStatus.statuses == [2] && unit.restartPreventExitStatus.signals == [.abort])
        #expect(unit.restartForceExitStatus.statuses == [75])
        #expect(unit.timeoutAbort == .seconds(3) && unit.runtimeMax == .seconds(3600) && unit.watchdog == .seconds(30))
        #expect(unit.notifyAccess == .all && unit.killMode == .mixed && unit.killSignal == .interrupt)
        #expect(unit.finalKillSignal.name == "SIGQUIT")
        #expect(unit.watchdogSignal.name == "SIGSEGV" && unit.reloadSignal.name == "SIGUSR2" && unit.reloadSignalIsSet)
        #expect(unit.sendSIGHUP && !unit.sendSIGKILL)
        let execution = unit.execution
        #expect(execution.user == "www" && execution.group == "www-data")
        #expect(execution.supplementaryGroups == ["a", "b", "c"] && execution.umask == 0o77)
        #expect(execution.workingDirectory == WorkingDirectory(path: "/srv/web", missingIsAllowed: true))
        #expect(execution.environment.map { "\($0.name)=\($0.value)" } == ["A=1 2", "B=web@blue.service", "C=$X"])
        #expect(execution.environmentFiles == [EnvironmentFile(path: "/etc/web/blue.conf", missingIsAllowed: true)])
        #expect(execution.passEnvironment == ["LANG", "TERM"] && execution.unsetEnvironment == ["HOME", "B=2"])
        #expect(execution.limits[.openFiles] == ResourceLimitValue(soft: 1024, hard: 4096))
        #expect(execution.limits[.core] == ResourceLimitValue(soft: .max, hard: .max))
        #expect(execution.nice == -5 && execution.oomScoreAdjust == 500)
        #expect(execution.noNewPrivileges && !execution.ignoreSIGPIPE)
        #expect(
            execution.standardInput == .file("/etc/hosts") && execution.standardOutput == .append("/var/log/web.log"))
        #expect(execution.standardError == .inherit && execution.syslogIdentifier == "web-blue")
        #expect(execution.syslogFacility == 19 && execution.syslogLevel == 7 && !execution.syslogLevelPrefix)
        #expect(unit.startSettle == .milliseconds(250))
    }

    @Test func emptyValuesReset() {
        let loaded = service(
            "ExecStart=", "ExecStart=/bin/false", "Environment=A=1", "Environment=", "User=www", "User=", "Nice=5",
            "Nice=",
            "SuccessExitStatus=5", "SuccessExitStatus=", "WorkingDirectory=/x", "WorkingDirectory=",
            "EnvironmentFile=/x",
            "EnvironmentFile=", "TimeoutAbortSec=5", "TimeoutAbortSec=")
        #expect(lines(loaded) == [])
        var expected = ServiceUnit(name: UnitName(unchecked: "web.service"))
        expected.execStart = [ExecCommand(path: "/bin/false", arguments: ["/bin/false"])]
        #expect(loaded.unit == expected)
    }

    @Test(arguments: [
        "Restart=", "KillSignal=", "TimeoutStartSec=", "SendSIGHUP=", "UMask=", "LimitNOFILE=", "Type=Simple",
        "Type=fork",
        "KillMode=bogus", "NotifyAccess=yes", "StandardOutput=file:x", "StandardOutput=", "StandardInput=inherit",
        "WorkingDirectory=tmp", "WorkingDirectory=/tmp/../x", "WorkingDirectory=- /tmp", "WorkingDirectory=-",
        "EnvironmentFile=x",
        "EnvironmentFile=- /etc/x", "Environment=1A=3", "Environment=A", "Environment==x", "Environment=A-B=3",
        "Environment=\"A=x", "Environment=A=x\\ y", "Environment=é=1", "PassEnvironment=A=1", "UnsetEnvironment=A-B",
        "Nice=20",
        "OOMScoreAdjust=-1001", "SyslogLevel=warn", "SyslogFacility=security", "StartLimitBurst=-1",
        "StartLimitBurst=4294967296", "WorkingDirectory=%q",
    ])
    func refused(_ line: String) {
        #expect(service(line).diagnostics.count == 1)
    }

    /// What systemd 257 does not load the unit for ("bad-setting"), and what it only warns of.
    @Test(arguments: [
        ("Group=a/b", true), ("User=%z", true), ("SupplementaryGroups=a/b", true), ("WorkingDirectory=rel", true),
        ("WorkingDirectory=-rel", false), ("ExecReload=rel/x", true), ("ExecReload=-rel/x", false),
        ("ExecReload=/bin/x %z", true), ("Environment=%z", false), ("EnvironmentFile=rel", false),
        ("Restart=foo", false), ("Type=foo", false), ("KillSignal=FOO", false), ("LimitNOFILE=x", false),
        ("UMask=999", false), ("Environment=1A=b", false), ("SuccessExitStatus=foo", false),
        ("TimeoutStartSec=x", false), ("StandardOutput=foo", false), ("Nonsense=1", false), ("nonsense", false),
    ])
    func refusedAsSystemdRefuses(_ line: String, _ isRefused: Bool) {
        let loaded = service(line)
        #expect(loaded.hasErrors == isRefused)
        #expect(!loaded.diagnostics.isEmpty)
    }

    @Test func commandIsRequiredOnce() {
        #expect(
            lines(parse("[Service]\nUser=www\n")) == [
                "web.service: error: ExecStart=: the unit has no command to run; expected ExecStart=/path/to/program in [Service]"
            ])
        #expect(
            lines(service("ExecStart=/bin/false")) == [
                "web.service:3:11: error: ExecStart=: 2 commands, and Type=simple runs exactly one; "
                    + "an empty ExecStart= above the last one resets the list"
            ])
        #expect(service("ExecStart=/bin/false ; /bin/true").hasErrors)
    }

    @Test(arguments: ServiceType.allCases)
    func everyTypeIsRun(_ type: ServiceType) {
        let loaded = service("Type=\(type.rawValue)", "BusName=org.example.Web")
        #expect(!loaded.hasErrors && loaded.unit.type == type)
    }

    @Test func whatIsNotHonouredIsNamedAndDoesNotStop() {
        let loaded = service(
            "MemoryMax=1G", "PrivateIPC=no", "PrivateIPC=yes", "ProtectSystem=strict", "ReadWritePaths=",
            "CPUAccounting=off")
        #expect(!loaded.hasErrors)
        #expect(loaded.notHonoured.map(\.directive) == ["MemoryMax", "PrivateIPC", "ProtectSystem"])
        #expect(loaded.notHonoured.count == loaded.diagnostics.count)
        #expect(
            lines(loaded).first
                == "web.service:3:1: warning: MemoryMax=: not honoured: resources of the control group are neither limited nor "
                + "counted so far")
    }

    /// What a later assignment takes back is not asked for.
    @Test(arguments: [
        (["PrivateIPC=yes", "PrivateIPC=no"], []), (["ReadWritePaths=/x", "ReadWritePaths="], []),
        (["ReadWritePaths=/x", "ReadWritePaths=", "ReadWritePaths=/y"], ["ReadWritePaths"]),
        (["PrivateIPC=yes", "PrivateIPC="], ["PrivateIPC"]), (["Type=forking", "Type=exec"], []),
        (["[Unit]", "ConditionHost=a", "ConditionPathExists=/b", "ConditionUser="], []),
        (["[Unit]", "ConditionHost=a", "AssertHost="], []), (["[Unit]", "FailureAction=reboot"], ["FailureAction"]),
    ])
    func whatIsTakenBackIsNotAskedFor(_ text: [String], _ expected: [String]) throws {
        let tree = try Tree()
        try tree.write("[Service]\nExecStart=/bin/true\n\(text.joined(separator: "\n"))\n", to: "a/web.service")
        let unit = UnitDescription(tree.store("a").files(of: UnitName(unchecked: "web.service")))
        #expect(unit.diagnostics.filter { $0.kind == .notHonoured }.map(\.directive) == expected.map { $0 })
        let rows = unit.support.filter { row in
            if case .notHonoured = row.support { return true }
            return false
        }
        // A switch that is off asks for nothing, and stands there all the same.
        #expect(rows.map(\.directive).filter { $0 != "PrivateIPC" } == expected.filter { $0 != "PrivateIPC" })
    }

    /// A directive counts among those with an effect when one of its assignments has one.
    @Test func whatIsRefusedHasNoEffect() throws {
        let tree = try Tree()
        try tree.write(
            """
            [Service]
            ExecStart=foo/x
            Restart=alway
            Nice=25
            Nice=5
            KillSignal=SIGTEMR
            Environment=A=1 "=x"
            """, to: "a/web.service")
        let unit = UnitDescription(tree.store("a").files(of: UnitName(unchecked: "web.service")))
        #expect(unit.withoutEffect == ["ExecStart", "Restart", "KillSignal"])
        #expect(unit.loadState == .badSetting)
    }

    @Test func wrongSectionIsSaid() {
        #expect(
            lines(service("After=network.target")) == [
                "web.service:3:1: warning: After=: belongs in section [Unit], not in [Service]"
            ])
        #expect(lines(service("Restrat=always")).first?.hasSuffix("did you mean \"Restart\"?") == true)
    }

    @Test func templatesAreNotRun() {
        #expect(service(name: "web@.service").hasErrors)
    }
}

@Suite struct HostileInputTests {
    /// Random files out of nasty pieces: no trap, every message on one line, every place within the file.
    @Test func randomFiles() {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SplitMix64(state: seed)
        let pieces: [String] =
            [
                "[", "]", "[Service]", "\n[Service]\n", "\n", "\r\n", "\r", "=", "\\", "\\\n", "\"", "'", "%", "%n",
                "%I", "$", "{", "}", "-", "@", ":",
                ";", "#", " ", "\t", "/", "..", "~", "0", "9", "99999999999999999999", "infinity", "s", "min", "K", "E",
                "+", ".", "\u{0}", "é",
                "\u{301}", "\u{1b}", "\\x", "\\u00", "\\7", "file:", "fd:", "append:", "SIGRTMIN+", "EXIT_", "A=",
                "man:",
            ]
            + Directives.all.map { "\n\($0.name)=" }
        for round in 0..<3000 {
            var bytes: [UInt8] = Array("[Service]\n".utf8)
            for _ in 0..<Int.random(in: 0...60, using: &generator) {
                bytes += Array((pieces.randomElement(using: &generator) ?? "").utf8)
                if Int.random(in: 0..<200, using: &generator) == 0 {
                    bytes.append(UInt8.random(in: 0...255, using: &generator))
                }
            }
            let loaded = UnitLoader.parse(bytes: bytes, path: "f", name: UnitName(unchecked: "a\\xb@c.service"))
            let lineCount = bytes.filter { $0 == 0x0a || $0 == 0x0d }.count + 1
            for diagnostic in loaded.diagnostics {
                #expect(
                    !diagnostic.description.unicodeScalars.contains { $0.value < 0x20 }, "seed \(seed) round \(round)")
                #expect((0...lineCount).contains(diagnostic.location.line), "seed \(seed) round \(round)")
                #expect((0...bytes.count + 1).contains(diagnostic.location.column), "seed \(seed) round \(round)")
            }
            for command in loaded.unit.execStart + loaded.unit.execReload {
                #expect(!command.arguments.contains { $0.utf8.contains(0) }, "seed \(seed) round \(round)")
                _ = command.expanded(environment: loaded.unit.execution.environment)
            }
        }
    }
}
