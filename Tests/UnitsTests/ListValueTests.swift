// Lists of words: what quotation marks and backslashes mean in each of them. What is expected was taken from systemctl show
// of systemd 257.
import Testing

@testable import Units

@Suite struct ListValueTests {
    private func describe(_ text: String, _ name: String = "web.service") throws -> UnitDescription {
        let tree = try Tree()
        try tree.write(text, to: name)
        let store = UnitStore(UnitSearchPath([tree.path]))
        return UnitDescription(store.files(of: try #require(UnitName(full: name))))
    }

    private func shown(_ property: String, of description: UnitDescription) -> String {
        let entry = description.properties.entries.first { $0.name == property }
        return entry.map { $0.value.isEmpty ? "" : $0.value.lines.joined(separator: "\n") } ?? ""
    }

    /// A line, and the property of the same name.
    @Test(arguments: [
        (#"Environment="A=\d" B=2"#, ""), (#"Environment=A=1 "B=\x41 \t" C=\: D=4"#, #"A=1 "B=A \t""#),
        (#"Environment=A=1 "B=2"#, "A=1"), ("Environment=A=1 B=%Z C=3", "A=1 C=3"),
        (#"ReadWritePaths=/a\x20b /e\df"#, "/ax20b /edf"),
        (#"ReadWritePaths=/a\ b "/c \"d" /e"#, #""/a b" "/c \"d" /e"#),
        (#"ReadWritePaths=/a "/b /c"#, "/a"), (#"InaccessiblePaths=/in\tx"#, "/intx"),
        (#"NoExecPaths=/n\x20o"#, "/nx20o"), (#"ExtensionDirectories=/a\:b"#, "/a:b"),
        (#"BindPaths=/s\x20t:/u"#, "/sx20t:/u:rbind"), (#"BindPaths=/a\:b:/c":"d"#, "/a:b:/c:d:rbind"),
        (#"BindPaths=/a:/b:"rbind" /c:"/d e":norbind"#, "/a:/b:rbind /c:/d e"),
        (#"BindPaths=-/a:-/b "-/x y":/z"#, "-/x y:/z:rbind"), ("BindPaths=/a: /b /c", "/b:/b:rbind /c:/c:rbind"),
        ("BindPaths=/a  /b: /c::norbind /d:/e:norbind,x :/f /g", "/a:/a:rbind /f:/f:rbind /g:/g:rbind"),
        ("BindPaths=/a:/b:rbind:x /c", "/c:/c:rbind"), (#"BindPaths=/a:/b /d:"/c"#, "/a:/b:rbind"),
        ("BindPaths=/a:rel /c:/d:foo /e", "/e:/e:rbind"),
        (#"TemporaryFileSystem=/t\x20u:ro"#, "/tx20u:ro"),
        (#"TemporaryFileSystem=/a\\b:r\\o "/c d:ro""#, #"/ab:r\o /c d:ro"#),
        (#"TemporaryFileSystem=/a:%%x /b:%Z /c "/d"#, "/a:%%x /b:%Z /c"),
        (#"PassEnvironment=P\x41 Q\dR"#, "Px41 QdR"), (#"UnsetEnvironment=A P=\x41 B\d C"#, "A P=A"),
        (#"RestrictFileSystems=ext\x34"#, "extx34"), (#"RestrictFileSystems="x y" a"#, "a x y"),
        ("RestrictFileSystems=@foo a", "a"), ("RestrictFileSystems=~ext4 xfs", "~ext4 xfs"),
        ("RestrictFileSystems=ext4 xfs\nRestrictFileSystems=~xfs", "ext4"),
        ("RestrictNetworkInterfaces=eth0 e/1 1 . a%nb all", "eth0"), ("RestrictNetworkInterfaces=~eth0", "~eth0"),
        ("RestrictFileSystems=ext4\nRestrictFileSystems=~ext4\nRestrictFileSystems=~xfs", ""),
        ("RestrictNetworkInterfaces=eth0\nRestrictNetworkInterfaces=\nRestrictNetworkInterfaces=~eth1", "~eth1"),
        (#"SupplementaryGroups=a\x41 b\ c"#, #"ax41 "b c""#),
        (#"RestrictAddressFamilies=AF\x5fINET"#, ""),
        (#"RestrictAddressFamilies=AF_UNIX AF_\INET "AF"#, "AF_INET AF_UNIX"),
        (#"SystemCallArchitectures=x86\x2d64"#, ""), (#"SystemCallArchitectures=native "arm"#, "native"),
        (#"CapabilityBoundingSet=CAP\x5fCHOWN"#, ""),
        (#"CapabilityBoundingSet=CAP_KILL "CAP_CHOWN"#, "cap_chown cap_kill"),
        (#"SecureBits=noroot "keep-caps"#, "17"), (#"SystemCallFilter=re\ad "write""#, "read"),
        (#"LogNamespace=\x2fa"#, ""), ("RestrictFileSystems=~\nRestrictFileSystems=ext4 xfs", "ext4 xfs"),
        ("RestrictNamespaces=~", "no"), ("RestrictNamespaces=user\nRestrictNamespaces=~", "user"),
        (#"RestrictNamespaces="net ipc""#, "no"), (#"RestrictNamespaces=n\et"#, "net"),
        ("RestrictNamespaces=~~user", "no"),
        (#"DisableControllers=cpu "io" mem\ory"#, "cpu memory"), (#"CoredumpFilter=0x1 e\lf-headers"#, "0x11"),
        (#"CoredumpFilter=0x1 "elf-headers""#, "0x33"),
        (#"SuccessExitStatus="1 2" 3"#, "3"), (#"SuccessExitStatus=1\2 3"#, "3 12"),
        ("SuccessExitStatus=1 2 %i 300 3", "1 2 3"),
        (#"IPAddressAllow=127.0.\0.1 "::1""#, "127.0.0.1/32"),
        (#"StateDirectory=ok bad\db tail"#, "ok"), (#"StateDirectory=ok a\x20b "c d" "open"#, #""a b" "c d" ok"#),
        (#"StateDirectory=a\:b:c"#, "a:b"), ("StateDirectory=a %Z b", "a b"), ("StateDirectory=a:b:c:d ok", "ok"),
        ("RuntimeDirectory=c:d:e f", "f"), ("RuntimeDirectory=c:d:ro f", "c f"),
        ("StateDirectory=c:/abs f:../g :x k", "k"),
        ("ConfigurationDirectory=c:d f::ro g", "f g"), ("StateDirectory=private a/private private/b", "a/private"),
        (#"LimitNOFILE=1\0:2\0"#, "20"), (#"LimitNICE=\+5"#, "15"),
        ("ExecSearchPath=/a:b:/c", "/a"), ("ExecSearchPath=/a::/c", "/a"), ("ExecSearchPath=:/a", ""),
        (#"ExecSearchPath=/a\:b:/c\x20d"#, "/a:b /cx20d"), ("ExecSearchPath=/ok:%Z:/tail", "/ok"),
        (#"LogExtraFields="FOO=a b" X=1"#, "FOO=a b X=1"), (#"LogExtraFields=A=1 B=\: C=3"#, "A=1"),
        (#"ImportCredential=a\b"#, "ab"), (#"ImportCredential=a\:b"#, ""),
        (#"ImportCredential=a*"x""#, ""), ("ImportCredential=a*", #""a*""#),
        ("LimitNOFILE=1024\nLimitNOFILE=:5", "1024"),
    ])
    func value(_ lines: String, _ expected: String) throws {
        let description = try describe("[Service]\nExecStart=/bin/true\n\(lines)\n")
        let property = Bytes.text(lines.utf8.prefix { $0 != UInt8(ascii: "=") })
        #expect(shown(property, of: description) == expected, "\(lines)")
    }

    @Test(arguments: [
        (#"Documentation=http://a\x20b "man:a(1)""#, "Documentation", #""http://a\\x20b" "man:a(1)""#),
        (#"Documentation=man:a http://a"\""b"#, "Documentation", ""),
        ("Documentation=man:a %Z man:b", "Documentation", ""),
        (#"RequiresMountsFor=/m\x20n /q\dz"#, "RequiresMountsFor", "/mx20n /qdz"),
        (#"Wants=a\x2db.service a":"b.service"#, "Wants", #""a\\x2db.service""#),
    ])
    func inUnit(_ line: String, _ property: String, _ expected: String) throws {
        let description = try describe("[Unit]\n\(line)\n[Service]\nExecStart=/bin/true\n")
        #expect(shown(property, of: description) == expected, "\(line)")
    }

    /// What is shown is what is run: both come from one reading.
    @Test(arguments: [
        #"Environment="A=\d" B=2"#, #"Environment=A=1 "B=\x41" C=\:"#, #"PassEnvironment=P\x41 Q\dR "A"#,
        #"UnsetEnvironment=A=\x41 B\d"#, #"SuccessExitStatus="1 2" 3\4 TEMPFAIL"#,
        #"SupplementaryGroups=a\x41 b\ c "d""#,
        "EnvironmentFile=-/a//b\nEnvironmentFile=/c", "WorkingDirectory=-~", "WorkingDirectory=-/a//b",
    ])
    func showAndRunAgree(_ lines: String) throws {
        let description = try describe("[Service]\nExecStart=/bin/true\n\(lines)\n")
        guard case .service(let unit)? = description.typed else {
            Issue.record("no service")
            return
        }
        let execution = unit.execution
        let isRun: [String: PropertyValue] = [
            "Environment": .list(execution.environment.map { "\($0.name)=\($0.value)" }),
            "PassEnvironment": .list(execution.passEnvironment), "UnsetEnvironment": .list(execution.unsetEnvironment),
            "SuccessExitStatus": .exitStatuses(unit.successExitStatus),
            "SupplementaryGroups": .list(execution.supplementaryGroups),
            "EnvironmentFile": .environmentFiles(execution.environmentFiles),
            "WorkingDirectory": .text(
                execution.workingDirectory.map { ($0.missingIsAllowed ? "!" : "") + ($0.path ?? "~") } ?? ""),
        ]
        let name = Bytes.text(lines.utf8.prefix { $0 != UInt8(ascii: "=") })
        let property = name == "EnvironmentFile" ? "EnvironmentFiles" : name
        let entry = description.properties.entries.first { $0.name == property }
        #expect(entry?.value == isRun[name])
    }

    /// An empty assignment of one kind of timer, address or path takes back those of all kinds.
    @Test(arguments: [
        ("web.timer", "Timer", "OnCalendar=daily\nOnBootSec=5\nOnCalendar=\nOnActiveSec=7", "TimersCalendar", ""),
        (
            "web.timer", "Timer", "OnCalendar=daily\nOnBootSec=5\nOnActiveSec=\nOnUnitActiveSec=7", "TimersMonotonic",
            "{ OnUnitActiveUSec=7s ; next_elapse=0 }"
        ),
        ("web.timer", "Timer", "OnBootSec=5\nOnCalendar=\nOnCalendar=daily", "TimersMonotonic", ""),
        (
            "web.socket", "Socket", "ListenStream=/a\nListenFIFO=/b\nListenNetlink=\nListenStream=/c", "Listen",
            "/c (Stream)"
        ),
        (
            "web.path", "Path", "PathExists=/a\nDirectoryNotEmpty=/b\nPathExistsGlob=\nPathExists=/c", "Paths",
            "/c (PathExists)"
        ),
    ])
    func resets(_ name: String, _ section: String, _ lines: String, _ property: String, _ expected: String) throws {
        #expect(shown(property, of: try describe("[\(section)]\n\(lines)\n", name)) == expected)
    }

    /// Units of other types, each with a property.
    @Test(arguments: [
        (
            "web.socket", "ListenFIFO=/var/run/a\nListenSpecial=/var/run/b", "Listen",
            "/run/a (FIFO)\n/var/run/b (Special)"
        ),
        ("web.socket", "ListenSequentialPacket=80\nListenSequentialPacket=/z", "Listen", "/z (SequentialPacket)"),
        ("web.socket", "ListenStream=/a\nService=x@.service", "Triggers", "web.service"),
        ("web.socket", "ListenStream=/a\nSocketProtocol=UDPLITE\nSocketProtocol=", "SocketProtocol", "136"),
        ("web.socket", "ListenStream=/a\nSocketProtocol=132", "SocketProtocol", "132"),
        ("web.socket", "ListenStream=/a\nTimestamping=yes", "Timestamping", "ns"),
        ("web.socket", "ListenStream=/a\nTimestamping=usec", "Timestamping", "us"),
        ("web.socket", "ListenStream=/a\nIPTOS=throughput", "IPTOS", "8"),
        ("web.socket", "ListenStream=/a\nFileDescriptorName=a:b", "FileDescriptorName", "web.socket"),
        ("web.socket", "ListenStream=/a\nMessageQueueMaxMessages=4294967295", "MessageQueueMaxMessages", "4294967295"),
        ("web.socket", "ListenStream=/a\nPollLimitBurst=4294967295", "PollLimitBurst", "15"),
        ("web.socket", "ListenStream=/a\nExecStartPost=-\nDefaultDependencies=no", "Wants", ""),
        ("web.path", "PathExists=/a\nTriggerLimitIntervalSec=infinity", "TriggerLimitIntervalUSec", "2s"),
        ("web.path", "PathExists=/var/run/a\nPathChanged=/b", "Paths", "/b (PathChanged)\n/var/run/a (PathExists)"),
        ("web.path", "PathExists=/a\nUnit=x@.service", "Unit", "x@web.service"),
        ("web.timer", "OnCalendar=daily\nUnit=x@.service", "Triggers", "x@web.service"),
        ("web.socket", #"ListenStream=/a\#nSymlinks=/a\x41 "/b c" -/d /e"#, "Symlinks", #"/ax41 "/b c""#),
    ])
    func ofOtherTypes(_ name: String, _ lines: String, _ property: String, _ expected: String) throws {
        let section = name.hasSuffix("socket") ? "Socket" : name.hasSuffix("path") ? "Path" : "Timer"
        #expect(shown(property, of: try describe("[\(section)]\n\(lines)\n", name)) == expected, "\(lines)")
    }

    /// Load state bad-setting of systemd.
    @Test(arguments: [
        ("web.timer", "Timer", "Persistent=yes", true), ("web.timer", "Timer", "OnClockChange=yes", false),
        ("web.timer", "Timer", "OnBootSec=5\nOnCalendar=", true), ("web.path", "Path", "MakeDirectory=yes", true),
        ("web.path", "Path", "PathExists=/a", false), ("web.socket", "Socket", "Accept=no", true),
        ("web.socket", "Socket", "ListenStream=/a\nListenNetlink=", true),
        ("web.socket", "Socket", "ListenStream=/a\nAccept=yes\nListenFIFO=/b", true),
        ("web.socket", "Socket", "ListenStream=/a\nAccept=yes\nListenSequentialPacket=/b", false),
        ("web.socket", "Socket", "ListenStream=/a\nAccept=yes\nMaxConnections=0", true),
        ("web.socket", "Socket", "ListenStream=/a\nAccept=yes\nService=x.service", true),
        ("web.socket", "Socket", "ListenStream=/a\nSymlinks=/b\nListenFIFO=/c", true),
        ("web.socket", "Socket", "ListenStream=80\nListenDatagram=/c\nSymlinks=/b", false),
        ("web.socket", "Socket", "ListenStream=@a\nSymlinks=/b", true),
        ("web.socket", "Socket", "ListenStream=/a\nSocketUser=4294967295", true),
    ])
    func isRefused(_ name: String, _ section: String, _ lines: String, _ expected: Bool) throws {
        let description = try describe("[\(section)]\n\(lines)\n", name)
        #expect(description.isRefused == expected, "\(lines)")
    }

    /// The line, and the columns of its problems.
    @Test(arguments: [
        ("RestrictAddressFamilies=~AF_FOO", [26]), ("CapabilityBoundingSet=~CAP_FOO", [24]),
        ("ExecSearchPath=/a:b:c", [19]),
        ("SuccessExitStatus=1 300 SIGFOO", [21, 25]), ("RestrictNamespaces=~user foo", [26]),
        (#"ReadWritePaths=/a rel "/b"#, [19, 23]), ("BindPaths=/a:rel /c:/d:foo", [14, 24]),
        ("StateDirectory=a ../b", [18]),
        ("EnvironmentFile=-rel", [18]), ("IPAddressAllow=::1 foo", [20]),
    ])
    func columns(_ line: String, _ expected: [Int]) throws {
        let description = try describe("[Service]\nExecStart=/bin/true\n\(line)\n")
        #expect(description.properties.diagnostics.map(\.location.column) == expected, "\(line)")
    }

    /// One value with very many bad words: some are told, and the good one counts, unless there are too many.
    @Test(arguments: [(500, "/good", 100), (100_000, "", 101)])
    func manyBadWords(_ count: Int, _ expected: String, _ told: Int) throws {
        let line = "ReadWritePaths=" + String(repeating: "x ", count: count) + "/good"
        let description = try describe("[Service]\nExecStart=/bin/true\n\(line)\n")
        #expect(shown("ReadWritePaths", of: description) == expected)
        #expect(description.properties.diagnostics.count == told)
    }
}
