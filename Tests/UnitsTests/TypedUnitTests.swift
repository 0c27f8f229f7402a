// Units of every type as typed values, and as properties: from the text of a file to both.
import Testing

@testable import Units

struct TypedUnitTests {
    private func describe(_ name: String, _ text: String) throws -> UnitDescription {
        let tree = try Tree()
        try tree.write(text, to: "units/\(name)")
        let files = try #require(tree.store("units").files(atPath: tree("units/\(name)")))
        return UnitDescription(files)
    }

    private func value(_ name: String, of unit: UnitDescription) -> PropertyValue? {
        unit.properties.entries.first { $0.name == name }?.value
    }

    @Test func aSocket() throws {
        let unit = try describe(
            "web.socket",
            """
            [Socket]
            ListenStream=8080
            ListenDatagram=@abstract
            ListenFIFO=/var/run/web.fifo
            Accept=yes
            SocketMode=0600
            Backlog=17
            [Install]
            WantedBy=sockets.target
            """)
        // What it says together is refused, Accept=yes having nothing to accept on two of the three; each value is read.
        #expect(unit.isRefused && unit.diagnostics.filter { $0.severity == .error }.map(\.kind) == [.inconsistent])
        // The old name of /run.
        #expect(unit.diagnostics.filter { $0.severity == .note }.count == 1)
        guard case .socket(let socket)? = unit.typed else { throw CancellationError() }
        #expect(
            socket.listeners == [
                .init(kind: .stream, address: "[::]:8080"), .init(kind: .datagram, address: "@abstract"),
                .init(kind: .fifo, address: "/run/web.fifo"),
            ])
        #expect(socket.accept && socket.service == nil && socket.mode == 0o600 && socket.backlog == 17)
        // Each connection is a start, so other limits hold, and the descriptor has another name.
        #expect(socket.triggerLimitBurst == 200 && socket.descriptorName == "connection")
        #expect(socket.head.dependencies[.before] == ["sockets.target", "shutdown.target"])
        #expect(
            value("Listen", of: unit)?.lines == ["[::]:8080 (Stream)", "@abstract (Datagram)", "/run/web.fifo (FIFO)"])
    }

    @Test func aTimer() throws {
        let unit = try describe(
            "backup.timer",
            """
            [Timer]
            OnCalendar=daily
            OnBootSec=15min
            OnUnitActiveSec=1h
            Persistent=yes
            RandomizedDelaySec=5min
            """)
        guard case .timer(let timer)? = unit.typed else { throw CancellationError() }
        #expect(timer.calendar.map(\.description) == ["*-*-* 00:00:00"])
        #expect(
            timer.monotonic == [
                .init(base: .boot, span: .seconds(900)), .init(base: .unitActive, span: .seconds(3600)),
            ])
        #expect(timer.unit.description == "backup.service" && timer.persistent && timer.accuracy == .seconds(60))
        #expect(timer.head.dependencies[.triggers] == ["backup.service"])
        // The last timer first, as systemctl shows them.
        #expect(
            value("TimersMonotonic", of: unit)?.lines == [
                "{ OnUnitActiveUSec=1h ; next_elapse=0 }", "{ OnBootUSec=15min ; next_elapse=0 }",
            ])
        #expect(value("TimersCalendar", of: unit)?.lines == ["{ OnCalendar=*-*-* 00:00:00 ; next_elapse=(null) }"])
    }

    @Test func aPathAndATarget() throws {
        let path = try describe("spool.path", "[Path]\nDirectoryNotEmpty=/var/spool/x\nUnit=work.service\n")
        guard case .path(let typed)? = path.typed else { throw CancellationError() }
        #expect(typed.watches == [.init(kind: .directoryNotEmpty, path: "/var/spool/x")])
        #expect(typed.unit.description == "work.service" && typed.triggerLimitBurst == 200)
        let target = try describe(
            "site.target", "[Unit]\nWants=a.service\nRequires=b.service\nBefore=b.service\nConditionPathExists=|!/x\n")
        guard case .target(let site)? = target.typed else { throw CancellationError() }
        // A target comes after what it pulls in, unless it says that it comes before.
        #expect(site.head.dependencies[.after] == ["a.service"])
        #expect(
            site.head.conditions == [Condition(.pathExists, "/x", isTrigger: true, isNegated: true)])
    }

    @Test func unknownNamesAndBadValuesOfOtherTypes() throws {
        let unit = try describe(
            "web.socket", "[Socket]\nListenStrem=80\nBacklog=many\nListenStream=99999\nListenStream=/a\n")
        #expect(
            unit.diagnostics.map(\.directive) == ["ListenStrem", "Backlog", "ListenStream"]
                && unit.diagnostics[0].suggestion == "ListenStream")
        #expect(unit.diagnostics.map(\.location.line) == [2, 3, 4])
        #expect(unit.hasProblems && !unit.isRefused)
        let mount = try describe("x.mount", "[Mount]\nWhat=/dev/x\n")
        #expect(mount.typed == nil && mount.diagnostics.last?.kind == .notHonoured)
    }

    /// What follows from several directives together.
    @Test(arguments: [
        ("Type=oneshot", "TimeoutStartUSec", "infinity"), ("BusName=org.x", "Type", "dbus"),
        ("TimeoutSec=5", "TimeoutStopUSec", "5s"), ("TimeoutStopSec=7", "TimeoutAbortUSec", "7s"),
        ("WatchdogSec=3", "NotifyAccess", "main"), ("Type=notify\nNotifyAccess=none", "NotifyAccess", "main"),
        ("DynamicUser=yes", "ProtectSystem", "strict"), ("PrivateDevices=yes", "DevicePolicy", "closed"),
        ("User=x", "SetLoginEnvironment", "yes"), ("KillSignal=SIGINT", "RestartKillSignal", "2"),
        ("SyslogFacility=local0", "SyslogPriority", "134"), ("StandardInput=socket", "StandardOutput", "inherit"),
        ("RuntimeDirectory=b a//c", "RuntimeDirectory", "a/c b"),
        ("Environment=A=1 B=2\nEnvironment=A=3", "Environment", "A=3 B=2"),
        (
            "CapabilityBoundingSet=CAP_CHOWN CAP_KILL\nCapabilityBoundingSet=~CAP_KILL", "CapabilityBoundingSet",
            "cap_chown"
        ),
        ("IPAddressDeny=any", "IPAddressDeny", "0.0.0.0/0 ::/0"), ("CPUQuota=20%", "CPUQuotaPerSecUSec", "200ms"),
        ("LimitNOFILE=5:7", "LimitNOFILESoft", "5"),
        ("SuccessExitStatus=TEMPFAIL SIGUSR1 3", "SuccessExitStatus", "3 75 USR1"),
        ("PIDFile=x.pid", "PIDFile", "/run/x.pid"), ("MemoryMax=1G\nMemoryMax=", "MemoryMax", "infinity"),
    ])
    func derived(_ lines: String, _ property: String, _ expected: String) throws {
        let unit = try describe("web.service", "[Service]\nExecStart=/bin/true\n\(lines)\n")
        #expect(value(property, of: unit)?.lines == [expected])
    }

    @Test func dependenciesOfAService() throws {
        let unit = try describe(
            "web@x.service",
            """
            [Unit]
            After=b.service
            [Service]
            ExecStart=/bin/true
            WorkingDirectory=-/srv
            StateDirectory=web
            PrivateTmp=yes
            """)
        let dependencies = unit.properties.dependencies
        #expect(dependencies[.requires] == ["sysinit.target", "system-web.slice"])
        #expect(
            dependencies[.after] == [
                "b.service", "sysinit.target", "basic.target", "system-web.slice", "systemd-journald.socket",
                "systemd-tmpfiles-setup.service", "systemd-remount-fs.service",
            ])
        #expect(dependencies[.requiresMountsFor] == ["/var/lib/web"])
        #expect(dependencies[.wantsMountsFor] == ["/srv", "/tmp", "/var/tmp"])
        #expect(dependencies[.conflicts] == ["shutdown.target"])
    }

    @Test func json() {
        #expect(JSON.string("a\"b\\c\n\u{1}é") == "\"a\\\"b\\\\c\\n\\u0001é\"")
        #expect(PropertyValue.span(.infinity).json == "null" && PropertyValue.span(.seconds(2)).json == "2000000")
        #expect(PropertyValue.list(["a b", "c"]).lines == ["\"a b\" c"])
    }
}
