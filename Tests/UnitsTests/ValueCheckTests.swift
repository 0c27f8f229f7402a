// Values that systemd ignores with a warning: what is told of them and where, and that they are not shown. What is expected
// was taken from the journal and the bus of systemd 257.
import Testing

@testable import Units

@Suite struct ValueCheckTests {
    /// A unit that has the lines; `^` stands where a problem must be told.
    private func describe(_ lines: String, _ name: String) throws -> (UnitDescription, places: [(Int, Int)]) {
        let head = name.hasSuffix(".socket") ? "[Socket]\nListenStream=/run/x\n" : "[Service]\nExecStart=/bin/true\n"
        var places: [(Int, Int)] = []
        var text = head
        var (line, column) = (3, 1)
        for character in lines {
            if character == "^" {
                places.append((line, column))
                continue
            }
            text.append(character)
            (line, column) = character == "\n" ? (line + 1, 1) : (line, column + 1)
        }
        let tree = try Tree()
        try tree.write(text + "\n", to: name)
        let store = UnitStore(UnitSearchPath([tree.path]))
        return (UnitDescription(store.files(of: try #require(UnitName(full: name)))), places)
    }

    private func check(_ lines: String, _ property: String, _ expected: String, in name: String) throws {
        let (description, places) = try describe(lines, name)
        let entry = description.properties.entries.first { $0.name == property }
        let shown = entry.map { $0.value.isEmpty ? "" : $0.value.lines.joined(separator: "\n") } ?? ""
        #expect(shown == expected, "\(lines)")
        // What is not honoured yet is another matter.
        let told = description.diagnostics.filter { $0.kind == .invalidValue }
        #expect(told.allSatisfy { $0.severity == .warning }, "\(lines): \(told.map(\.description))")
        #expect(
            told.map { "\($0.location.line):\($0.location.column)" } == places.map { "\($0.0):\($0.1)" },
            "\(lines): \(told.map(\.description))")
    }

    @Test(arguments: [
        ("ListenSequentialPacket=^1234", "Listen", "/run/x (Stream)"),
        ("ListenSequentialPacket=^[::1]:80", "Listen", "/run/x (Stream)"),
        ("ListenSequentialPacket=^vsock:2:1234", "Listen", "/run/x (Stream)"),
        ("ListenSequentialPacket=@a", "Listen", "/run/x (Stream)\n@a (SequentialPacket)"),
        ("BindToDevice=^a/b", "BindToDevice", ""), ("BindToDevice=^toolonginterfacename", "BindToDevice", ""),
        ("BindToDevice=fifteencharactr", "BindToDevice", "fifteencharactr"), ("BindToDevice=^12", "BindToDevice", ""),
        ("BindToDevice=^..", "BindToDevice", ""), ("BindToDevice=^a b", "BindToDevice", ""),
        ("BindToDevice=^all", "BindToDevice", ""), ("BindToDevice=^%p", "BindToDevice", ""),
        ("BindToDevice=eth0\nBindToDevice=^a:b", "BindToDevice", "eth0"),
        ("BindToDevice=eth0\nBindToDevice=*", "BindToDevice", ""), ("BindToDevice=^a/b", "BindsTo", ""),
        ("BindToDevice=*", "BindsTo", ""), ("BindToDevice=eth0", "BindsTo", "sys-subsystem-net-devices-eth0.device"),
        ("IPTOS=^256", "IPTOS", "-1"), ("IPTOS=^-1", "IPTOS", "-1"), ("IPTOS=255", "IPTOS", "255"),
        ("IPTOS=low-delay", "IPTOS", "16"), ("IPTOS=throughput", "IPTOS", "8"), ("IPTOS=reliability", "IPTOS", "4"),
        ("IPTOS=low-cost", "IPTOS", "2"), ("IPTOS=^lowdelay", "IPTOS", "-1"), ("IPTOS=0x10", "IPTOS", "16"),
        ("IPTOS=8\nIPTOS=", "IPTOS", "-1"),
        ("FileDescriptorName=^a:b", "FileDescriptorName", "web.socket"),
        ("FileDescriptorName=^é", "FileDescriptorName", "web.socket"),
        ("FileDescriptorName=a b", "FileDescriptorName", "a b"),
        ("FileDescriptorName=%p", "FileDescriptorName", "web"), ("Service=^a.socket", "Triggers", "web.service"),
        ("Service=^a@.service", "Triggers", "web.service"), ("Service=^a", "Triggers", "web.service"),
        ("Service=a@b.service", "Triggers", "a@b.service"), ("Service=%p-x.service", "Triggers", "web-x.service"),
    ])
    func socket(_ lines: String, _ property: String, _ expected: String) throws {
        try check(lines, property, expected, in: "web.socket")
    }

    @Test(arguments: ["Runtime", "State", "Cache", "Logs", "Configuration"])
    func directories(_ folder: String) throws {
        let name = "\(folder)Directory"
        for (word, expected) in [
            ("^private", ""), ("^private/a", ""), ("^./private", ""), ("privatex", "privatex"),
            ("a/private", "a/private"), ("^. ok", "ok"), ("^/a ok", "ok"), ("^:a", ""), ("a//b/", "a/b"), ("./a", "a"),
            ("a::^foo b", "b"), ("a::ro", "a"), ("a::", "a"), ("a:", "a"), ("^..", ""), ("ok ^private", "ok"),
        ] {
            try check("\(name)=\(word)", name, expected, in: "web.service")
        }
        let isConfiguration = folder == "Configuration"
        for word in ["a:^/b", "a:^../b", "a:^."] { try check("\(name)=\(word)", name, "", in: "web.service") }
        try check("\(name)=\(isConfiguration ? "a:^b:foo" : "a:b:^foo")", name, "", in: "web.service")
        for (word, link) in [("a:b:ro", "b"), ("a:private", "private"), ("a:./b//c/", "b/c"), ("a:b:ro:x", "b")] {
            let marked = isConfiguration ? "a:^" + word.dropFirst(2) : word
            try check("\(name)=\(marked)", name, isConfiguration ? "" : "a", in: "web.service")
            if !isConfiguration {
                try check("\(name)=\(word)", "\(name)Symlink", "a:\(link)", in: "web.service")
            }
        }
    }

    @Test(arguments: ["IOReadBandwidthMax", "IOWriteBandwidthMax", "IOReadIOPSMax", "IOWriteIOPSMax"])
    func bandwidths(_ name: String) throws {
        for (value, expected) in [
            ("^/dev/sda", ""), ("^5M", ""), ("/dev/sda ^x", ""), ("/dev/sda 5M", "/dev/sda 5000000"),
            ("/dev/sda 1K", "/dev/sda 1000"), ("/dev/sda 1.5K", "/dev/sda 1500"), ("/dev/sda infinity", ""),
            ("/dev/sda ^0", ""), ("/dev/sda ^5Mi", ""), ("/dev/sda ^-5", ""), ("sda 5M", "sda 5000000"),
            ("\"/dev/sd a\" 5 M", "/dev/sd a 5000000"), ("^/dev/../sda 5", ""), ("^. 5", ""),
            ("/dev//sda 5", "/dev/sda 5"), ("/dev/%p 5", "/dev/web 5"), ("/dev/sda ^\"5M\"", ""),
            ("/dev/sda 18446744073709551615", ""),
            (
                "/dev/sda 1\n\(name)=/dev/sdb 2\n\(name)=/dev/sda 3",
                "/dev/sda 3\n/dev/sdb 2"
            ),
            ("/dev/sda 5K\n\(name)=/dev/sda infinity", ""), ("/dev/sda 1\n\(name)=", ""),
            ("/dev/sda 1\n\(name)=/dev/sda ^0", "/dev/sda 1"),
        ] {
            try check("\(name)=\(value)", name, expected, in: "web.service")
        }
    }

    @Test(arguments: [
        ("IODeviceWeight=/dev/sda ^0", "IODeviceWeight", ""), ("IODeviceWeight=^/dev/sda", "IODeviceWeight", ""),
        ("IODeviceWeight=/dev/sda ^10001", "IODeviceWeight", ""),
        ("IODeviceWeight=/dev/sda ^1 2", "IODeviceWeight", ""),
        ("IODeviceWeight=/dev/sda 010", "IODeviceWeight", "/dev/sda 8"),
        ("IODeviceWeight=/dev/sda 1\nIODeviceWeight=/dev/sda 3", "IODeviceWeight", "/dev/sda 1\n/dev/sda 3"),
        ("IODeviceLatencyTargetSec=/dev/sda ^x", "IODeviceLatencyTargetUSec", ""),
        ("IODeviceLatencyTargetSec=^/dev/sda", "IODeviceLatencyTargetUSec", ""),
        ("IODeviceLatencyTargetSec=/dev/sda 25ms", "IODeviceLatencyTargetUSec", "/dev/sda 25ms"),
        ("IODeviceLatencyTargetSec=/dev/sda 10", "IODeviceLatencyTargetUSec", "/dev/sda 10s"),
        ("IODeviceLatencyTargetSec=/dev/sda infinity", "IODeviceLatencyTargetUSec", "/dev/sda infinity"),
        ("SystemCallFilter=^foo", "SystemCallFilter", "@default"),
        ("SystemCallFilter=^@foo", "SystemCallFilter", "@default"),
        ("SystemCallFilter=read:^foo", "SystemCallFilter", "@default"),
        ("SystemCallFilter=read:^5000", "SystemCallFilter", "@default"),
        ("SystemCallFilter=@default:^5", "SystemCallFilter", "@default"),
        ("SystemCallFilter=read:^EPERM write", "SystemCallFilter", "write"),
        ("SystemCallFilter=read ^foo write", "SystemCallFilter", "read write"),
        (
            "SystemCallFilter=~read:EPERM write:kill mmap2:0 @mount:4095", "SystemCallFilter",
            "~read:EPERM ~write:kill ~mmap2:0 ~@mount:4095"
        ),
        ("SystemCallFilter=~read:eperm open:EWOULDBLOCK", "SystemCallFilter", "~read:eperm ~open:EWOULDBLOCK"),
        ("SystemCallFilter=^READ ^1", "SystemCallFilter", "@default"),
        ("SystemCallFilter=~read\nSystemCallFilter=read:^EPERM", "SystemCallFilter", "~read"),
        ("SystemCallFilter=@known uretprobe _llseek set_tls", "SystemCallFilter", "@known uretprobe _llseek set_tls"),
        ("SystemCallLog=^foo read", "SystemCallLog", "read"), ("SystemCallLog=^read:EPERM", "SystemCallLog", ""),
        ("RestrictAddressFamilies=AF_INET ^none", "RestrictAddressFamilies", "AF_INET"),
        ("RestrictAddressFamilies=^none ^none", "RestrictAddressFamilies", ""),
        ("RestrictAddressFamilies=none", "RestrictAddressFamilies", ""),
        ("RestrictAddressFamilies=~AF_INET\nRestrictAddressFamilies=none", "RestrictAddressFamilies", ""),
        ("RestrictNetworkInterfaces=eth0 ^a/b", "RestrictNetworkInterfaces", "eth0"),
        ("RestrictNetworkInterfaces=^a/b", "RestrictNetworkInterfaces", ""),
        ("RestrictNetworkInterfaces=~eth0 ^12", "RestrictNetworkInterfaces", "~eth0"),
        (
            "RestrictNetworkInterfaces=toolonginterfacename \"eth0\"", "RestrictNetworkInterfaces",
            "eth0 toolonginterfacename"
        ),
        ("RestrictNetworkInterfaces=eth0 eth1\nRestrictNetworkInterfaces=~eth1", "RestrictNetworkInterfaces", "eth0"),
        ("RestrictNetworkInterfaces=~eth0\nRestrictNetworkInterfaces=eth0 eth1", "RestrictNetworkInterfaces", ""),
        ("RestrictNetworkInterfaces=^a/b\nRestrictNetworkInterfaces=~lo", "RestrictNetworkInterfaces", "~lo"),
        ("NFTSet=^foo cgroup:inet:a:b", "NFTSet", ""),
        ("NFTSet=cgroup:ip6:a:b ^foo:ip:a:b ip", "NFTSet", "cgroup:ip6:a:b"),
        ("NFTSet=cgroup:inet:filter:set user:ip:f_x:s.y", "NFTSet", "cgroup:inet:filter:set\nuser:ip:f_x:s.y"),
        ("NFTSet=^cgroup:foo:f:s", "NFTSet", ""), ("NFTSet=^cgroup:inet:1f:s", "NFTSet", ""),
        ("NFTSet=^cgroup:inet:f-x:s", "NFTSet", ""), ("NFTSet=^cgroup:inet:f:s:x", "NFTSet", ""),
        ("NFTSet=^cgroup:inet:abcdefghijklmnopqrstuvwxyzabcdef:s", "NFTSet", ""),
        ("BPFProgram=^x:/a", "BPFProgram", ""), ("BPFProgram=egress:^a", "BPFProgram", ""),
        ("BPFProgram=^egress", "BPFProgram", ""), ("BPFProgram=egress:^/a/../b", "BPFProgram", ""),
        ("BPFProgram=egress:/a//b/ c\nBPFProgram=ingress:/%p", "BPFProgram", "ingress:/web\negress:/a/b/ c"),
    ])
    func service(_ lines: String, _ property: String, _ expected: String) throws {
        try check(lines, property, expected, in: "web.service")
    }

    @Test(arguments: ["SocketBindAllow", "SocketBindDeny"])
    func ports(_ name: String) throws {
        for (value, expected) in [
            ("^90-80", ""), ("^foo", ""), ("^70000", ""), ("^80-", ""), ("^-80", ""), ("ipv4:^", ""), ("tcp:^ipv4", ""),
            ("^any:80", ""), ("tcp:^80:90", ""), ("^80 90", ""), ("^80 - 90", ""), ("^08", ""), ("^sctp", ""),
            ("0", "0"), ("0x50", "80"), ("80-80", "80"), ("0-65535", "any"), ("ipv4", "ipv4:any"), ("tcp", "tcpany"),
            ("any", "any"), ("ipv6:tcp:80-90", "ipv6:tcp80-90"), ("80\n\(name)=tcp\n\(name)=80", "80\ntcpany\n80"),
            ("1\n\(name)=2", "2\n1"), ("1\n\(name)=", ""),
        ] {
            try check("\(name)=\(value)", name, expected, in: "web.service")
        }
    }

    @Test(arguments: [
        ("OpenFile=^a", "OpenFile", ""), ("OpenFile=^:", "OpenFile", ""), ("OpenFile=/a:b:^x", "OpenFile", ""),
        ("OpenFile=/a:b:append,^truncate", "OpenFile", ""), ("OpenFile=/a:b:append,^append", "OpenFile", ""),
        ("OpenFile=^/a:b:append:d", "OpenFile", ""), ("OpenFile=^/", "OpenFile", ""),
        ("OpenFile=^/a/..", "OpenFile", ""),
        ("OpenFile=/a:b:^ append", "OpenFile", ""), ("OpenFile=/a/.", "OpenFile", "/a/."),
        ("OpenFile=/a//b", "OpenFile", "/a//b"), ("OpenFile=/a:b:", "OpenFile", "/a:b"),
        ("OpenFile=/a::read-only", "OpenFile", "/a::read-only"), ("OpenFile=/a/b:b", "OpenFile", "/a/b"),
        ("OpenFile=/a:b:graceful,append,", "OpenFile", "/a:b:append,graceful"),
        ("OpenFile=/%p\nOpenFile=/a\\x3ab c:d", "OpenFile", "/%p\n/a\\x3ab c:d"),
        ("OpenFile=^/a\\x3ab c", "OpenFile", ""),
        ("MountImages=^/a", "MountImages", ""), ("MountImages=^a:/b", "MountImages", ""),
        ("MountImages=/a:^b", "MountImages", ""), ("MountImages=^/a: /c:/d", "MountImages", "/c:/d"),
        ("MountImages=/a:/b -/c//x:/d/:ro", "MountImages", "/a:/b -/c/x:/d:root:ro"),
        ("MountImages=/a:/b:root:ro:^foo:x:home:y", "MountImages", "/a:/b:root:ro:home:y"),
        ("MountImages=\"/a b\":/c /a\\:b:/d::ro", "MountImages", "/a b:/c /a:b:/d:root:ro"),
        ("RootImageOptions=ro home:x ^foo:x", "RootImageOptions", "root:ro\nhome:x"),
        ("SystemCallErrorNumber=eperm", "SystemCallErrorNumber", "1"),
        ("SystemCallErrorNumber=EWOULDBLOCK", "SystemCallErrorNumber", "11"),
        ("SystemCallErrorNumber=ENOTSUP", "SystemCallErrorNumber", "95"),
        ("ExtensionImages=^a", "ExtensionImages", ""), ("ExtensionImages=/a ^b", "ExtensionImages", "/a"),
        (
            "ExtensionImages=/a:root:ro:home:x\nExtensionImages=-/b:ro", "ExtensionImages",
            "/a:root:ro:home:x -/b:root:ro"
        ),
        ("SetCredential=^a:", "SetCredential", ""), ("SetCredential=^a:", "Type", "simple"),
        ("SetCredential=a:x", "Type", "exec"), ("SetCredential=^a/b:x", "Type", "simple"),
        ("SetCredential=a:x^\\q", "SetCredential", ""), ("SetCredential=a:\\x00\\n", "SetCredential", "a:\\x00\\n"),
        ("SetCredential=a:x\nSetCredential=a:y", "SetCredential", "a:y"),
        ("SetCredential=a:x\nSetCredential=^a:", "SetCredential", "a:x"),
        ("SetCredentialEncrypted=a:x^", "SetCredentialEncrypted", ""),
        ("SetCredentialEncrypted=a:x^", "Type", "simple"),
        ("SetCredentialEncrypted=a:SG Vs bG8=", "Type", "exec"),
        ("LoadCredential=a:", "LoadCredential", "a:a"), ("LoadCredential=a:", "Type", "exec"),
        ("LoadCredential=a:/b:c\nLoadCredential=%p", "LoadCredential", "a:/b:c\nweb:web"),
        ("LoadCredential=a:^/b//c", "LoadCredential", ""), ("LoadCredential=a:^b/c", "LoadCredential", ""),
        ("LoadCredential=^:b", "LoadCredential", ""),
        ("LoadCredential=a:/b\nLoadCredential=a:/c", "LoadCredential", "a:/c"),
        ("LoadCredentialEncrypted=a", "LoadCredentialEncrypted", "a:a"),
        ("ImportCredential=^a*b", "ImportCredential", ""), ("ImportCredential=^a?", "Type", "simple"),
        ("ImportCredential=a:^b/c", "ImportCredential", ""), ("ImportCredential=a.*:b", "Type", "exec"),
        ("ImportCredential=*", "Type", "exec"), ("ImportCredential=a:", "ImportCredential", "a"),
        ("StandardInputData=^!!!", "StandardInput", "null"), ("StandardInputData=SG==^", "StandardInput", "null"),
        ("StandardInputData=SGVsbG8^", "StandardInput", "null"),
        ("StandardInputData=SGVs^=bG8", "StandardInput", "null"),
        ("StandardInputData=SGVsbG8=^x", "StandardInput", "null"), ("StandardInputData=^_-==", "StandardInput", "null"),
        ("StandardInputData=SGVs bG8=", "StandardInput", "data"),
        ("StandardInputData=^!!!\nStandardInputText=a", "StandardInputData", "YQo="),
    ])
    func file(_ lines: String, _ property: String, _ expected: String) throws {
        try check(lines, property, expected, in: "web.service")
    }

    @Test(arguments: [
        ("SystemCallFilter=@system-servce", "@system-service"), ("SystemCallFilter=opennat", "openat"),
        ("SystemCallFilter=~reed", "read"), ("SystemCallFilter=~read:EPERN", "EPERM"),
        ("BPFProgram=egres:/a", "egress"), ("OpenFile=/a:b:appnd", "append"), ("NFTSet=cgrup:ip:a:b", "cgroup"),
        ("MountImages=/a:/b:hom:x", "home"),
    ])
    func suggestion(_ line: String, _ expected: String) throws {
        let told = try describe(line, "web.service").0.diagnostics.filter { $0.kind == .invalidValue }
        #expect(told.map(\.suggestion) == [expected])
    }

    @Test(arguments: [
        ("OpenFile=/a:b:append,graceful", "OpenFile", #"[{"flags":["append","graceful"],"name":"b","path":"/a"}]"#),
        ("SocketBindAllow=ipv4:80", "SocketBindAllow", #"[{"family":"ipv4","ports":"80","protocol":null}]"#),
        ("IOReadIOPSMax=/dev/sda 1K", "IOReadIOPSMax", #"[{"limit":1000,"path":"/dev/sda"}]"#),
        (
            "ExtensionImages=-/a:ro", "ExtensionImages",
            #"[{"ignoreErrors":true,"options":[{"partition":"root","options":"ro"}],"source":"/a"}]"#
        ),
    ])
    func json(_ line: String, _ property: String, _ expected: String) throws {
        let entry = try describe(line, "web.service").0.properties.entries.first { $0.name == property }
        #expect(entry?.value.json == expected)
    }

    @Test func base64() {
        for (text, bytes) in [
            ("", []), ("SGVsbG8=", Array("Hello".utf8)), ("SGVs", Array("Hel".utf8)), ("SGU=", Array("He".utf8)),
            ("SA==", [0x48]), ("+/8 =", [0xfb, 0xff]), ("S", nil), ("SA=", nil), ("SB==", nil), ("SA===", nil),
            ("=", nil), ("====", nil), ("SGVs====", nil),
        ] as [(String, [UInt8]?)] {
            #expect(orNil { try Base64.decode(text) } == bytes, "\(text)")
        }
    }

    @Test func namesOfSystemCallsAreSortedAndFound() {
        let names = SystemCallNames.calls.description.split(whereSeparator: \.isWhitespace).map(String.init)
        #expect(names == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        #expect(names.count > 500 && Set(names).count == names.count)
        for name in names {
            #expect(SystemCallNames.contains(name), "\(name)")
            for other in [name + "x", String(name.dropLast()), " " + name, name + " "] {
                #expect(SystemCallNames.contains(other) == names.contains(other), "\(other)")
            }
        }
        #expect(!SystemCallNames.contains("") && !SystemCallNames.contains("~"))
        #expect(SystemCallNames.groups == SystemCallNames.groups.sorted())
    }
}
