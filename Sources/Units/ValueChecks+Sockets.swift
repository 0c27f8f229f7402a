// Values of [Socket] with rules of their own: interfaces, the type of service of IP, names of descriptors, the service
// (systemd.socket(5)).

extension PropertyReading {
    /// The name of a network interface: printable ASCII without `:`, `/` and `%`, at most 15 bytes, not a number, none of
    /// the names that have a meaning of their own in /proc/sys/net.
    /// - Parameters:
    ///   - name: the name; it has no specifiers.
    ///   - offset: where it stands in the value.
    ///   - mayBeAlternative: whether it may be one of the longer names that `ip link property` gives.
    /// - Returns: the name.
    /// - Throws: a refusal of anything else.
    static func interface(_ name: String, at offset: Int, mayBeAlternative: Bool) throws(InvalidValue) -> String {
        // IFNAMSIZ and ALTIFNAMSIZ of the kernel, without the final NUL.
        let limit = mayBeAlternative ? 127 : 15
        guard SocketAddress.isInterfaceName(Array(name.utf8)[...]), !name.utf8.allSatisfy(Bytes.isDigit),
            name.utf8.count <= limit
        else {
            throw InvalidValue(
                "\(Quoting.quoted(name)) is not a name of a network interface; expected one such as eth0, of at most "
                    + "\(limit) bytes, without : / % and whitespace", offset: offset)
        }
        return name
    }

    /// `BindToDevice=`; `*` is every interface, which is no name: it takes back one that was assigned before.
    static func boundDevice(_ text: String) throws(InvalidValue) -> String {
        text == "*" ? "" : try interface(text, at: 0, mayBeAlternative: false)
    }

    /// `IPTOS=`: a number, or a name of ip(7).
    func typeOfService(_ text: String) throws(InvalidValue) -> Int64 {
        let names: [(name: String, number: Int64)] = [
            ("low-delay", 16), ("throughput", 8), ("reliability", 4), ("low-cost", 2),
        ]
        if let named = names.first(where: { $0.name == text }) { return named.number }
        try directive.check(text)
        return Numbers.integer(text) ?? 0
    }

    /// The name that a file descriptor is passed under.
    static func descriptorName(_ name: String) throws(InvalidValue) -> String {
        guard isDescriptorName(name) else {
            throw InvalidValue(
                "\(Quoting.quoted(name)) is not a name of a file descriptor; expected ASCII without \":\", at most 255 bytes"
            )
        }
        return name
    }

    /// `Service=`: a service, and no template: which instance is meant, nothing says.
    mutating func service(_ text: String) throws(InvalidValue) -> String {
        let name = try specifiers.expand(text)
        switch UnitName.kind(of: name) {
        case .plain, .instance: if name.hasSuffix(".service") { return name }
        case .template:
            throw InvalidValue("\(Quoting.quoted(name)) is a template; expected a service, or an instance of one")
        case nil: break
        }
        throw InvalidValue("\(Quoting.quoted(name)) is not a service; expected NAME.service")
    }

    /// What `ListenSequentialPacket=` takes: the kernel has such sockets in the file system only.
    func requireLocal(_ address: SocketAddress, _ text: String) throws(InvalidValue) {
        switch address {
        case .unix, .abstract: return
        case .ipv4, .ipv6, .vsock, .netlink:
            throw InvalidValue(
                "\(Quoting.quoted(text)) is not an address for sequential packets; expected /path or @name")
        }
    }
}
