// Reads addresses of ListenStream= and its family (systemd.socket(5), "ListenStream=").

extension SocketAddress {
    /// What the machine says; parsing asks nothing of it by itself.
    public struct Surroundings {
        /// Whether sockets of IPv6 can be made: without it a port alone listens on IPv4.
        public var hasIPv6: Bool
        /// The index of a network interface by its name, from 1; nil when there is none.
        public var interfaceIndex: (String) -> UInt32?

        /// - Parameters:
        ///   - hasIPv6: whether sockets of IPv6 can be made.
        ///   - interfaceIndex: the index of a network interface by its name, or nil.
        public init(hasIPv6: Bool, interfaceIndex: @escaping (String) -> UInt32?) {
            self.hasIPv6 = hasIPv6
            self.interfaceIndex = interfaceIndex
        }
    }

    /// The forms, for messages.
    private static let forms = "expected /path, @name, PORT, a.b.c.d:PORT, [IPv6]:PORT or vsock:CID:PORT"

    /// Reads an address of `ListenStream=`, `ListenDatagram=` or `ListenSequentialPacket=`.
    /// - Parameters:
    ///   - text: the trimmed value, specifiers replaced.
    ///   - surroundings: what the machine says.
    /// - Returns: the address; a path as it is written.
    /// - Throws: a refusal of anything else, with the place.
    public static func parse(_ text: String, in surroundings: Surroundings) throws(InvalidValue) -> SocketAddress {
        let bytes = Array(text.utf8)[...]
        switch bytes.first {
        case UInt8(ascii: "/"), UInt8(ascii: "@"): return try local(text)
        default: break
        }
        for type in VsockType.allCases where bytes.starts(with: Array("\(type.rawValue):".utf8)) {
            return try vsock(bytes.dropFirst(type.rawValue.utf8.count + 1), type)
        }
        if Bytes.isDigit(bytes.first ?? 0) || bytes.first == UInt8(ascii: "+"),
            Numbers.unsigned(text) != nil || bytes.allSatisfy(Bytes.isDigit)
        {
            let port = try port(bytes)
            return surroundings.hasIPv6 ? .ipv6(.any, port: port, scope: 0) : .ipv4(.any, port: port)
        }
        return try internet(bytes, surroundings)
    }

    /// Reads an address of `ListenNetlink=`: the name or number of a protocol and perhaps a multicast group.
    /// - Parameter text: the value, specifiers replaced.
    /// - Returns: the address.
    /// - Throws: a refusal of an unknown protocol and of what is no number.
    public static func parseNetlink(_ text: String) throws(InvalidValue) -> SocketAddress {
        var reader = WordReader(text, [])
        guard let word = try reader.next() else {
            throw InvalidValue("no netlink protocol; expected a name such as kobject-uevent, and perhaps a group")
        }
        let name = Bytes.text(word.bytes)
        let known = netlinkProtocols.first { $0.name == name }?.number
        // Any number that fits an int is a protocol: the kernel has some that systemd has no name for.
        guard let number = known ?? Numbers.unsigned(name).flatMap(Int32.init(exactly:)).map(UInt32.init) else {
            throw InvalidValue(
                "\(Quoting.quoted(name)) is not a netlink protocol; expected \(Quoting.list(netlinkProtocols.map(\.name)))",
                suggestion: Suggestion.nearest(to: name, among: netlinkProtocols.map(\.name)), offset: word.offset)
        }
        let rest = reader.bytes[reader.position...]
        if rest.isEmpty { return .netlink(protocol: number, group: 0) }
        guard let group = Numbers.unsigned(Bytes.text(rest)).flatMap(UInt32.init(exactly:)) else {
            throw InvalidValue(
                "\(Quoting.quoted(Bytes.text(rest))) is not a multicast group; expected a number from 0 to \(UInt32.max)",
                offset: reader.position)
        }
        return .netlink(protocol: number, group: group)
    }

    // MARK: - Forms

    private static func local(_ text: String) throws(InvalidValue) -> SocketAddress {
        let isAbstract = text.utf8.first == UInt8(ascii: "@")
        guard text.utf8.count > 1 else {
            throw InvalidValue(
                isAbstract
                    ? "no name after \"@\"; expected @name"
                    : "\"/\" is the root directory; expected a path for a socket")
        }
        guard text.utf8.count < unixPathSize else {
            throw InvalidValue(
                "the address has \(text.utf8.count) bytes; the kernel takes at most \(unixPathSize - 1)")
        }
        return isAbstract ? .abstract(name: Bytes.text(text.utf8.dropFirst())) : .unix(path: text)
    }

    private static func vsock(_ rest: ArraySlice<UInt8>, _ type: VsockType) throws(InvalidValue) -> SocketAddress {
        guard let colon = rest.firstIndex(of: UInt8(ascii: ":")) else {
            throw InvalidValue(
                "no port; expected \(type.rawValue):CID:PORT, or \(type.rawValue)::PORT for any CID",
                offset: rest.startIndex)
        }
        let port = Bytes.text(rest[(colon + 1)...])
        // Unlike with IP, 0 is a port like any other, and the greatest number means "any".
        guard let number = Numbers.unsigned(port).flatMap(UInt32.init(exactly:)), number != anyVsock else {
            throw InvalidValue(
                "\(Quoting.quoted(port)) is not a vsock port; expected a number from 0 to \(anyVsock - 1)",
                offset: colon + 1)
        }
        let name = Bytes.text(rest[..<colon])
        let cid: UInt32? =
            switch name {
            case "": anyVsock
            case "hypervisor": 0
            case "local": 1
            case "host": 2
            default: Numbers.unsigned(name).flatMap(UInt32.init(exactly:))
            }
        guard let cid else {
            throw InvalidValue(
                "\(Quoting.quoted(name)) is not a vsock CID; expected a number, hypervisor, local, host or nothing",
                suggestion: Suggestion.nearest(to: name, among: ["hypervisor", "local", "host"]),
                offset: rest.startIndex)
        }
        return .vsock(cid: cid, port: number, type: type)
    }

    private static func internet(
        _ bytes: ArraySlice<UInt8>, _ surroundings: Surroundings
    ) throws(InvalidValue) -> SocketAddress {
        var address = bytes
        var scope: UInt32 = 0
        if let percent = bytes.firstIndex(of: UInt8(ascii: "%")) {
            scope = try interface(bytes[(percent + 1)...], surroundings)
            address = bytes[..<percent]
        }
        guard let colon = address.lastIndex(of: UInt8(ascii: ":")) else {
            throw InvalidValue("\(Quoting.quoted(Bytes.text(bytes))) is not an address; \(forms)")
        }
        let host = address[..<colon]
        let isBracketed = host.first == UInt8(ascii: "[")
        if isBracketed {
            guard host.count > 1, host.last == UInt8(ascii: "]") else {
                throw InvalidValue("the brackets are not followed by a port; expected [IPv6]:PORT", offset: host.count)
            }
            guard let ipv6 = IPv6Address(parsing: host.dropFirst().dropLast()) else {
                throw InvalidValue(
                    "\(Quoting.quoted(Bytes.text(host.dropFirst().dropLast()))) is not an IPv6 address; \(forms)",
                    offset: 1)
            }
            let port = try port(address[(colon + 1)...])
            guard surroundings.hasIPv6 else {
                throw InvalidValue("IPv6 is not available on this machine; expected another kind of address")
            }
            return .ipv6(ipv6, port: port, scope: scope)
        }
        if IPv6Address(parsing: address) != nil {
            throw InvalidValue("an IPv6 address without a port; expected [\(Bytes.text(address))]:PORT")
        }
        guard let ipv4 = IPv4Address(parsing: host) else {
            throw InvalidValue("\(Quoting.quoted(Bytes.text(host))) is not an IPv4 address; \(forms)")
        }
        return .ipv4(ipv4, port: try port(address[(colon + 1)...]))
    }

    /// A port, in any base that strtoul(3) knows, without whitespace before it.
    private static func port(_ digits: ArraySlice<UInt8>) throws(InvalidValue) -> UInt16 {
        let text = Bytes.text(digits)
        guard let first = digits.first, !Bytes.isWhitespace(first),
            let port = Numbers.unsigned(text).flatMap(UInt16.init(exactly:)), port > 0
        else {
            throw InvalidValue(
                "\(Quoting.quoted(text)) is not a port; expected a number from 1 to 65535", offset: digits.startIndex)
        }
        return port
    }

    // MARK: - Interfaces

    private static func interface(
        _ name: ArraySlice<UInt8>, _ surroundings: Surroundings
    ) throws(InvalidValue) -> UInt32 {
        let text = Bytes.text(name)
        guard isInterfaceName(name) else {
            throw InvalidValue(
                "\(Quoting.quoted(text)) is not a network interface; expected its name or number after the port",
                offset: name.startIndex)
        }
        if let number = interfaceNumber(name) { return number }
        guard let index = surroundings.interfaceIndex(text) else {
            throw InvalidValue("there is no network interface \(Quoting.quoted(text))", offset: name.startIndex)
        }
        return index
    }

    private static func interfaceNumber(_ name: ArraySlice<UInt8>) -> UInt32? {
        Numbers.unsigned(digits: name, radix: 10).flatMap(Int32.init(exactly:)).flatMap { $0 > 0 ? UInt32($0) : nil }
    }

    /// Whether a name can be a network interface's, its alternative name, or its number.
    static func isInterfaceName(_ name: ArraySlice<UInt8>) -> Bool {
        // ALTIFNAMSIZ of the kernel, with the final NUL.
        guard !name.isEmpty, name.count < 128 else { return false }
        if name.allSatisfy(Bytes.isDigit) { return interfaceNumber(name) != nil }
        // The kernel's tree under /proc/sys/net/ipv4/conf has these two beside the interfaces.
        if [".", "..", "all", "default"].contains(where: { name.elementsEqual($0.utf8) }) { return false }
        return name.allSatisfy { (0x21..<0x7f).contains($0) && !":/%".utf8.contains($0) }
    }
}
