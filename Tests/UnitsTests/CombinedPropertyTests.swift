// Properties that several assignments make together, and units whose directives contradict each other. What is expected was
// taken from systemctl show of systemd 257.
import Testing

@testable import Units

@Suite struct CombinedPropertyTests {
    private func describe(_ lines: String) throws -> UnitDescription {
        let tree = try Tree()
        try tree.write("[Service]\n\(lines)\n", to: "web.service")
        let store = UnitStore(UnitSearchPath([tree.path]))
        return UnitDescription(store.files(of: try #require(UnitName(full: "web.service"))))
    }

    private func shown(_ lines: String, _ property: String) throws -> [String] {
        let description = try describe("ExecStart=/bin/true\n\(lines)")
        let entry = description.properties.entries.first { $0.name == property }
        return entry.map { $0.value.isEmpty ? [] : $0.value.lines } ?? []
    }

    @Test(arguments: [
        (
            "RestrictAddressFamilies=AF_INET AF_UNIX\nRestrictAddressFamilies=~AF_INET", "RestrictAddressFamilies",
            "AF_UNIX"
        ),
        ("RestrictAddressFamilies=none\nRestrictAddressFamilies=~AF_INET", "RestrictAddressFamilies", "~AF_INET"),
        ("RestrictAddressFamilies=none", "RestrictAddressFamilies", ""),
        ("RestrictNamespaces=~user", "RestrictNamespaces", "cgroup ipc net mnt pid uts"),
        ("RestrictNamespaces=net ipc\nRestrictNamespaces=~user", "RestrictNamespaces", "ipc net"),
        ("RestrictNamespaces=~user\nRestrictNamespaces=yes", "RestrictNamespaces", "yes"),
        ("RestrictNamespaces=foo", "RestrictNamespaces", "no"),
        ("AllowedCPUs=0 2,4", "AllowedCPUs", "0 2 4"), ("CPUAffinity=1 2", "CPUAffinity", "1-2"),
        ("CPUAffinity=numa", "CPUAffinityFromNUMA", "yes"), ("CPUAffinity=numa\nCPUAffinity=0", "CPUAffinity", "0"),
        ("Delegate=", "Delegate", "yes"), ("Delegate=yes\nDelegate=", "OOMPolicy", "continue"),
        ("Delegate=pids io", "DelegateControllers", "io pids"),
        ("DisableControllers=pids foo cpu", "DisableControllers", "cpu pids"),
        ("CoredumpFilter=all", "CoredumpFilter", "0xffffffff"), ("CoredumpFilter=x", "CoredumpFilter", "0x33"),
        ("SystemCallErrorNumber=EPERM", "SystemCallErrorNumber", "1"),
        ("SystemCallErrorNumber=0", "SystemCallErrorNumber", "2147483646"),
        ("SystemCallArchitectures=x86-64 arm foo", "SystemCallArchitectures", "arm x86-64"),
        ("CPUSchedulingPolicy=fifo", "CPUSchedulingPriority", "1"),
        ("CPUSchedulingPriority=7\nCPUSchedulingPolicy=other", "CPUSchedulingPriority", "0"),
        ("ManagedOOMMemoryPressureLimit=12.34%", "ManagedOOMMemoryPressureLimit", "529998964"),
        ("DeviceAllow=/dev/zero", "DeviceAllow", "/dev/zero rwm"),
        ("BindPaths=-/a:/b:norbind rel", "BindPaths", "-/a:/b"),
        ("TemporaryFileSystem=rel /a:ro", "TemporaryFileSystem", "/a:ro"),
        ("PassEnvironment=A A 1A\nPassEnvironment=B", "PassEnvironment", "A B"),
        ("IPAddressAllow=10.1.2.3/8 foo ::1", "IPAddressAllow", "10.0.0.0/8 ::1/128"),
        ("StandardOutput=append:/x", "StandardOutput", "append"),
        ("StandardInput=fd", "StandardInputFileDescriptorName", "stdin"),
        ("StandardInputText=a\\sb", "StandardInputData", "YSBiCg=="), ("StandardInputText=a", "StandardInput", "data"),
        ("LoadCredential=a:/b", "Type", "exec"), ("LoadCredential=a/b:/c", "Type", "simple"),
        ("BusName=a", "Type", "simple"),
        ("DynamicUser=yes", "User", "web"), ("DynamicUser=yes\nProtectHome=no", "ProtectHome", "read-only"),
        ("RestartMaxDelaySec=20us", "RestartUSec", "20us"), ("PrivateTmp=connected", "PrivateTmpEx", "connected"),
        ("PIDFile=x.pid", "PIDFile", "/run/x.pid"), ("LogNamespace=x\nBindLogSockets=no", "BindLogSockets", "yes"),
        ("AmbientCapabilities=CAP_KILL\nAmbientCapabilities=CAP_FOO", "AmbientCapabilities", ""),
        (
            "CapabilityBoundingSet=CAP_CHOWN CAP_KILL\nCapabilityBoundingSet=41", "CapabilityBoundingSet",
            "cap_chown cap_kill"
        ),
        ("LogsDirectory=a/b \"a b\" .", "LogsDirectory", "a/b \"a b\""),
        ("StateDirectory=web web:link", "StateDirectorySymlink", "web:link"),
        ("ExecSearchPath=/a://b/:rel:/c", "ExecSearchPath", "/a /b"),
        ("LogExtraFields=A=b a=b _C=d", "LogExtraFields", "A=b"),
        ("NUMAMask=0", "NUMAPolicy", "preferred"), ("IOSchedulingClass=none", "IOSchedulingClass", "2"),
        (
            "SystemCallFilter=@system-service\nSystemCallFilter=~@privileged @resources", "SystemCallFilter",
            "@system-service ~@privileged ~@resources"
        ),
    ])
    func value(_ lines: String, _ property: String, _ expected: String) throws {
        #expect(try shown(lines, property).joined(separator: "\n") == expected)
    }

    @Test func conditionsAreShownTheLastFirst() throws {
        let lines =
            "[Unit]\nConditionPathExists=relative\nConditionHost=a\nConditionPathExists=|!/a//b/\nConditionUser=c"
        #expect(
            try shown(lines, "Conditions") == [
                "c (ConditionUser)", "|!/a/b (ConditionPathExists)", "a (ConditionHost)",
            ])
        #expect(try shown(lines + "\nConditionHost=", "Conditions") == [])
    }

    /// A name that is too long for a user's is hashed.
    @Test func dynamicUserOfALongName() throws {
        let tree = try Tree()
        let name = "averylongnamethatgoesonandonandonandonforever.service"
        try tree.write("[Service]\nExecStart=/bin/true\nDynamicUser=yes\n", to: name)
        let files = UnitStore(UnitSearchPath([tree.path])).files(of: try #require(UnitName(full: name)))
        let user = UnitDescription(files).properties.entries.first { $0.name == "User" }
        #expect(user?.value == .text("_du7111f1b14f83d15e"))
    }

    @Test func dependencies() throws {
        let lines = """
            StateDirectory=x
            RootDirectory=/r
            Sockets=a.socket b.service
            Slice=x.service
            [Unit]
            Wants=log@.service
            Before=dev-sda.device
            """
        #expect(try shown(lines, "Wants") == ["a.socket log@web.service"])
        #expect(
            try shown(lines, "After").first?.utf8.split(separator: 0x20).contains {
                $0.elementsEqual("systemd-remount-fs.service".utf8)
            } == true)
        #expect(try shown(lines, "WantsMountsFor") == ["/r"])
        #expect(try shown(lines, "Before") == ["shutdown.target"])
        #expect(try shown(lines, "Slice") == ["system.slice"])
    }

    /// Load state bad-setting of systemd.
    @Test(arguments: [
        ("", true), ("ExecStart=/a", false), ("ExecStart=/a\nExecStart=/b", true),
        ("Type=oneshot\nExecStart=/a ; /b", false),
        ("ExecStop=/a", true), ("ExecStop=/a\nRemainAfterExit=yes", false), ("Type=simple\nExecStop=/a", true),
        ("[Unit]\nSuccessAction=exit", false), ("Type=dbus\nExecStart=/a", true),
        ("Type=dbus\nBusName=a.b\nExecStart=/a", false),
        ("Type=oneshot\nRestart=always\nExecStart=/a", true), ("Type=oneshot\nExitType=cgroup\nExecStart=/a", true),
        ("ExecStart=/a\nDynamicUser=", true), ("ExecStart=/a\nDynamicUser=maybe", true),
        ("ExecStart=/a\nRootDirectory=a", true),
        ("ExecStart=/a\nRootHash=text", false), ("ExecStart=/a\nExecStopPost=relative/path", true),
        ("ExecStart=/a\nExecStopPost=-relative/path", false), ("ExecStart=/a\nPIDFile=/run/../x", true),
        ("ExecStart=/a\nPAMName=x\nKillMode=process", true), ("ExecStart=/a\nPAMName=x\nKillMode=mixed", false),
        ("ExecStart=/a\nUser=%Z", true), ("ExecStart=/a\nTimeoutSec=x\nProtectHome=maybe\nFoo=1", false),
    ])
    func refusal(_ lines: String, _ isRefused: Bool) throws {
        let description = try describe(lines)
        #expect(description.isRefused == isRefused, "\(description.diagnostics.map(\.description))")
    }
}
