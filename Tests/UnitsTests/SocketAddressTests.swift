// Socket addresses. Expected values as systemd 252 prints them, where it knows the form.
import Testing

@testable import Units

@Suite struct SocketAddressTests {
    private let surroundings = SocketAddress.Surroundings(hasIPv6: true) { ["lo": 1, "eth0": 2][$0] }

    @Test(arguments: [
        ("0x1f90", "[::]:8080"), ("010", "[::]:8"), ("+80", "[::]:80"), ("0b101", "[::]:5"),
        ("1.2.3.4:0x50", "1.2.3.4:80"), ("[::ffff:1.2.3.4]:80", "[::ffff:1.2.3.4]:80"),
        ("[::1.2.3.4]:80", "[::1.2.3.4]:80"), ("[1:2:3:4:5:6:7::]:80", "[1:2:3:4:5:6:7:0]:80"),
        ("[::2:3:4:5:6:7:8]:80", "[0:2:3:4:5:6:7:8]:80"), ("[1::1:0:0:1]:80", "[1::1:0:0:1]:80"),
        ("[::0.0.1.2]:80", "[::102]:80"), ("[1:0:0:2:0:0:3:4]:1", "[1::2:0:0:3:4]:1"), ("[::]:1", "[::]:1"),
        ("[1::]:1", "[1::]:1"), ("[1:2:3:4:5:6:1.2.3.4]:1", "[1:2:3:4:5:6:102:304]:1"),
        ("[::ffff:0:0]:1", "[::ffff:0.0.0.0]:1"), ("[FE80::A]:80", "[fe80::a]:80"),
        ("[fe80::1]:80%eth0", "[fe80::1]:80%eth0"), ("[fe80::1]:80%7", "[fe80::1]:80%7"),
        ("vsock:4294967295:0x10", "vsock::16"), ("vsock:host:0", "vsock:2:0"), ("vsock-stream:local:1", "vsock:1:1"),
        ("/run/x", "/run/x"), ("/a//b/../c", "/a//b/../c"), ("@a b", "@a b"), ("@a@b", "@a@b"),
        ("255.255.255.255:65535", "255.255.255.255:65535"),
    ])
    func read(_ text: String, _ expected: String) throws {
        let address = try SocketAddress.parse(text, in: surroundings)
        #expect(address.text { [1: "lo", 2: "eth0"][$0] } == expected)
    }

    @Test func typesOfVsock() throws {
        for (text, type) in [
            ("vsock", SocketAddress.VsockType.any), ("vsock-stream", .stream), ("vsock-dgram", .datagram),
            ("vsock-seqpacket", .sequentialPacket),
        ] {
            #expect(try SocketAddress.parse("\(text):3:4", in: surroundings) == .vsock(cid: 3, port: 4, type: type))
        }
    }

    @Test(arguments: [
        "", " 80", "-80", "1.2.3.4: 80", "1.2.3.4:", "1.2.3:80", "1.2.3.4.5:80", "01.2.3.4:80", "1.2.3.256:80",
        "1..3.4:80", "1.2.3.4:80x", "08", "0x", "80%lo", "[::1", "[::1]:", "[::1]:80%", "[::1]:80%0", "[::1]:80%all",
        "[::1]:80%99999999999", "[::1]:80#x", "[1.2.3.4]:80", "[]:80", "[:]:80", "[:::]:80", "[1::2::3]:80", "[1:]:80",
        "[:1]:80", "[::1:]:80", "[12345::]:80", "[1:2:3:4:5:6:7:8::]:80", "[1:2:3:4:5:6:7:8:9]:80",
        "[1:2:3:4:5:6:7]:80",
        "[::1.2.3]:80", "[::1.2.3.4:5]:80", "[1:2:3:4:5:6:7:1.2.3.4]:80", "[::g]:80", "1:2:3", "::1:80", "@", "/",
        "vsock:", "vsock:1:", "vsock:2:4294967295", "vsock:-1:3", "vsock:guest:1", "vsock-raw:1:2", "vsock:1:2:3", "[",
        ":", "]:80", "[:80", "%", "%lo",
    ])
    func refused(_ text: String) {
        #expect(throws: InvalidValue.self) { try SocketAddress.parse(text, in: surroundings) }
    }

    @Test(arguments: [
        ("route", "route 0"), ("kobject-uevent 0x10", "kobject-uevent 16"), ("15 3", "kobject-uevent 3"),
        ("99", "99 0"), ("generic +3", "generic 3"), ("route  10", "route 10"), ("rdma", "rdma 0"),
    ])
    func netlink(_ text: String, _ expected: String) throws {
        #expect(try SocketAddress.parseNetlink(text).text { _ in nil } == expected)
    }

    @Test(arguments: ["connector 1 2", "firewall 4294967296", "\"route\" 1", "crypto", "usersock", "2147483648"])
    func netlinkRefused(_ text: String) {
        #expect(throws: InvalidValue.self) { try SocketAddress.parseNetlink(text) }
    }

    @Test func messagesHaveAPlaceAndASuggestion() throws {
        let port = #expect(throws: InvalidValue.self) { try SocketAddress.parse("1.2.3.4:0", in: surroundings) }
        #expect(port?.offset == 8)
        let cid = #expect(throws: InvalidValue.self) { try SocketAddress.parse("vsock:hots:1", in: surroundings) }
        #expect(cid?.suggestion == "host" && cid?.offset == 6)
        let netlink = #expect(throws: InvalidValue.self) { try SocketAddress.parseNetlink("kobject_uevent") }
        #expect(netlink?.suggestion == "kobject-uevent")
    }
}
