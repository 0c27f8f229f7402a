// Addresses of ListenStream= and its family (systemd.socket(5)), as values.

/// Where a socket listens.
public enum SocketAddress: Equatable, Sendable {
    /// What a vsock address says about the type of the socket, by its prefix.
    public enum VsockType: String, CaseIterable, Sendable {
        /// `vsock:`: the directive alone decides.
        case any = "vsock"
        case stream = "vsock-stream"
        case datagram = "vsock-dgram"
        case sequentialPacket = "vsock-seqpacket"
    }

    case ipv4(IPv4Address, port: UInt16)
    /// `scope` is the index of a network interface, 0 for none.
    case ipv6(IPv6Address, port: UInt16, scope: UInt32)
    /// A path in the file system.
    case unix(path: String)
    /// A name in the abstract namespace, without its `@`.
    case abstract(name: String)
    /// `cid` is `VMADDR_CID_ANY` (`UInt32.max`) where none is given.
    case vsock(cid: UInt32, port: UInt32, type: VsockType)
    /// `protocol` is one of netlink(7), `group` a multicast group.
    case netlink(protocol: UInt32, group: UInt32)

    /// sun_path with its final NUL: unix(7). systemd insists on the NUL for abstract names too.
    static let unixPathSize = 108

    /// VMADDR_CID_ANY and VMADDR_PORT_ANY of vsock(7).
    static let anyVsock = UInt32.max

    /// systemd's names of netlink protocols, by their numbers.
    static let netlinkProtocols: [(name: String, number: UInt32)] = [
        ("route", 0), ("firewall", 3), ("inet-diag", 4), ("nflog", 5), ("xfrm", 6), ("selinux", 7), ("iscsi", 8),
        ("audit", 9), ("fib-lookup", 10), ("connector", 11), ("netfilter", 12), ("ip6-fw", 13), ("dnrtmsg", 14),
        ("kobject-uevent", 15), ("generic", 16), ("scsitransport", 18), ("ecryptfs", 19), ("rdma", 20),
    ]

    /// The address in systemd's spelling, which reads as the same address again.
    /// - Parameter interfaceName: the name of a network interface by its index; nil shows the index.
    /// - Returns: such as `[::1]:80%lo`, `/run/x`, `@x`, `vsock:2:1234`, `kobject-uevent 1`.
    public func text(interfaceName: (UInt32) -> String?) -> String {
        switch self {
        case .ipv4(let address, let port): "\(address):\(port)"
        case .ipv6(let address, let port, 0): "[\(address)]:\(port)"
        case .ipv6(let address, let port, let scope): "[\(address)]:\(port)%\(interfaceName(scope) ?? "\(scope)")"
        case .unix(let path): path
        case .abstract(let name): "@\(name)"
        // systemd shows every vsock address so; the type is in the property beside it.
        case .vsock(Self.anyVsock, let port, _): "vsock::\(port)"
        case .vsock(let cid, let port, _): "vsock:\(cid):\(port)"
        case .netlink(let number, let group):
            "\(Self.netlinkProtocols.first { $0.number == number }?.name ?? "\(number)") \(group)"
        }
    }
}

/// An IPv4 address.
public struct IPv4Address: Equatable, Hashable, Sendable, CustomStringConvertible {
    /// Its four bytes, the most significant first, as in the packet.
    public let value: UInt32

    /// 0.0.0.0.
    public static let any = IPv4Address(value: 0)

    /// - Parameter value: the address in host byte order: 0x7f000001 is 127.0.0.1.
    public init(value: UInt32) { self.value = value }

    /// Reads `a.b.c.d`: four decimal numbers to 255 without leading zeros, as inet_pton(3) does. nil for anything else.
    /// - Parameter bytes: the text.
    init?(parsing bytes: ArraySlice<UInt8>) {
        guard bytes.count <= 15 else { return nil }
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard let number = Numbers.unsigned(digits: part, radix: 10), number <= 255,
                part.count == 1 || part.first != UInt8(ascii: "0")
            else { return nil }
            value = value << 8 | UInt32(number)
        }
        self.value = value
    }

    /// `a.b.c.d`.
    public var description: String {
        "\(value >> 24).\(value >> 16 & 0xff).\(value >> 8 & 0xff).\(value & 0xff)"
    }
}

/// An IPv6 address.
public struct IPv6Address: Equatable, Hashable, Sendable, CustomStringConvertible {
    /// Its eight groups of 16 bits.
    public let groups: [UInt16]

    /// `::`.
    public static let any = IPv6Address(groups: Array(repeating: 0, count: 8))

    /// - Parameter groups: eight.
    init(groups: [UInt16]) { self.groups = groups }

    /// Reads an address as inet_pton(3) does: groups of one to four hexadecimal digits, one `::`, the last 32 bits
    /// perhaps as an IPv4 address. nil for anything else.
    /// - Parameter bytes: the text, without brackets and scope.
    init?(parsing bytes: ArraySlice<UInt8>) {
        // The longest is eight groups of four with seven colons, the last two as an IPv4 address.
        guard bytes.count <= 45 else { return nil }
        var parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        // A "::" at either end is an empty part more.
        guard parts.count >= 3 else { return nil }
        if parts[0].isEmpty {
            guard parts[1].isEmpty else { return nil }
            parts.removeFirst()
        }
        if parts.count >= 2, parts[parts.count - 1].isEmpty {
            guard parts[parts.count - 2].isEmpty else { return nil }
            parts.removeLast()
        }
        var groups: [UInt16] = []
        var gap: Int?
        for (index, part) in parts.enumerated() {
            if part.isEmpty {
                guard gap == nil else { return nil }
                gap = groups.count
            } else if index == parts.count - 1, let address = IPv4Address(parsing: part) {
                groups += [UInt16(address.value >> 16), UInt16(address.value & 0xffff)]
            } else {
                guard part.count <= 4, let value = Numbers.unsigned(digits: part, radix: 16) else { return nil }
                groups.append(UInt16(value))
            }
        }
        if let gap {
            guard groups.count < 8 else { return nil }
            groups.insert(contentsOf: Array(repeating: 0, count: 8 - groups.count), at: gap)
        }
        guard groups.count == 8 else { return nil }
        self.groups = groups
    }

    /// The address as inet_ntop(3) of glibc writes it: the longest run of two or more zeros as `::`, the last 32 bits
    /// of an IPv4-mapped or -compatible address in dots.
    public var description: String {
        var longest = 0..<0
        var start = 0
        for index in 0...8 where index == 8 || groups[index] != 0 {
            if index - start > max(longest.count, 1) { longest = start..<index }
            start = index + 1
        }
        let endsInIPv4 = longest == 0..<6 || longest == 0..<5 && groups[5] == 0xffff
        let shown = endsInIPv4 ? 6 : 8
        var result = ""
        var index = 0
        while index < shown {
            if index == longest.lowerBound, !longest.isEmpty {
                result += "::"
                index = longest.upperBound
                continue
            }
            if index > 0, index != longest.upperBound || longest.isEmpty { result += ":" }
            result += String(groups[index], radix: 16)
            index += 1
        }
        guard endsInIPv4 else { return result }
        if !result.hasSuffix(":") { result += ":" }
        return result + IPv4Address(value: UInt32(groups[6]) << 16 | UInt32(groups[7])).description
    }
}
