// Values about the network in systemd.resource-control(5): interfaces, ports, programs of BPF, sets of nftables.

extension PropertyReading {
    // MARK: - Interfaces and families

    /// `RestrictNetworkInterfaces=`: names, all of them turned round by a `~` before the first. No specifiers.
    mutating func interfaces(_ text: String) throws(InvalidValue) -> [String] {
        let isInverted = text.utf8.first == UInt8(ascii: "~")
        let start = isInverted ? 1 : 0
        var reader = WordReader(Bytes.text(text.utf8.dropFirst(start)), [.unquote])
        var result: [String] = []
        while let word = try reader.next() {
            let offset = start + word.offset
            do throws(InvalidValue) {
                let name = try String(word: word.bytes, at: offset)
                result.append(try Self.interface(name, at: offset, mayBeAlternative: true))
            } catch {
                guard problems.count < 100 else { throw error }
                problems.append(error)
            }
        }
        // The sign alone begins a list of what is forbidden, with nothing in it.
        if result.isEmpty, isInverted { return ["~"] }
        return isInverted ? result.map { "~\($0)" } : result
    }

    // MARK: - Ports

    /// `SocketBindAllow=` and `SocketBindDeny=`: `FAMILY:PROTOCOL:PORTS`, each of which may be left out. No specifiers.
    static func socketBind(_ text: String) throws(InvalidValue) -> PropertyValue {
        let form = "expected [ipv4:|ipv6:][tcp:|udp:] and a port, a range such as 80-90, or any"
        var rest = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)[...]
        var family: String?
        var transport: String?
        if let first = rest.first, ["ipv4", "ipv6"].contains(Bytes.text(first)) {
            family = Bytes.text(first)
            rest.removeFirst()
        }
        if let next = rest.first, ["tcp", "udp"].contains(Bytes.text(next)) {
            transport = Bytes.text(next)
            rest.removeFirst()
        }
        let offset = rest.first.map { text.utf8.distance(from: text.utf8.startIndex, to: $0.startIndex) } ?? 0
        guard rest.count <= 1 else {
            throw InvalidValue("\(Quoting.quoted(text)) is not what a socket is bound to; \(form)", offset: offset)
        }
        var ports = "any"
        if let given = rest.first.map(Bytes.text), given != "any" {
            let (lower, upper) = TableText.cut(given, at: UInt8(ascii: "-"))
            guard let first = Numbers.unsigned(lower), let last = Numbers.unsigned(upper ?? lower), last <= 65535,
                first <= last, !given.utf8.contains(where: Bytes.isWhitespace)
            else {
                throw InvalidValue(
                    "\(Quoting.quoted(given)) is neither a port nor a range of ports from 0 to 65535; \(form)",
                    offset: offset)
            }
            if first > 0 || last < 65535 { ports = first == last ? "\(first)" : "\(first)-\(last)" }
        }
        // systemctl writes no colon behind the protocol.
        return .structures([
            .init(
                (family.map { "\($0):" } ?? "") + (transport ?? "") + ports,
                [
                    "family": family.map(JSON.string) ?? "null", "protocol": transport.map(JSON.string) ?? "null",
                    "ports": JSON.string(ports),
                ])
        ])
    }

    // MARK: - Programs

    /// Where a program of BPF can be attached to a control group.
    private static let attachTypes = [
        "ingress", "egress", "sock_create", "sock_ops", "device", "bind4", "bind6", "connect4", "connect6",
        "post_bind4",
        "post_bind6", "sendmsg4", "sendmsg6", "sysctl", "recvmsg4", "recvmsg6", "getsockopt", "setsockopt",
    ]

    /// `BPFProgram=TYPE:PATH`.
    mutating func attachedProgram(_ text: String) throws(InvalidValue) -> PropertyValue {
        let (type, path) = TableText.cut(text, at: UInt8(ascii: ":"))
        guard let path, !path.isEmpty, !type.isEmpty else {
            throw InvalidValue("\(Quoting.quoted(text)) is not a program with its place; expected TYPE:/PATH")
        }
        guard Self.attachTypes.contains(type) else {
            throw InvalidValue(
                "\(Quoting.quoted(type)) is not where a program is attached; expected of \(Quoting.list(Self.attachTypes))",
                suggestion: Suggestion.nearest(to: type, among: Self.attachTypes))
        }
        let offset = type.utf8.count + 1
        let program = try Paths.absolute(try specifiers.expand(path, at: offset), at: offset)
        return .structures([
            .init("\(type):\(program)", ["type": JSON.string(type), "path": JSON.string(program)])
        ])
    }

    // MARK: - nftables

    private static let setSources = ["cgroup", "user", "group"]
    private static let setFamilies = ["arp", "bridge", "inet", "ip", "ip6", "netdev"]

    /// `NFTSet=SOURCE:FAMILY:TABLE:SET`, several of them. systemd reads nothing behind the first that it refuses.
    mutating func sets(_ text: String) throws(InvalidValue) -> PropertyValue {
        var reader = WordReader(text, [.unquote, .keepEscapes])
        var result: [PropertyValue.Structure] = []
        while let word = try reader.next() {
            do throws(InvalidValue) {
                result.append(try Self.set(try String(word: word.bytes, at: word.offset), at: word.offset))
            } catch {
                problems.append(error)
                break
            }
        }
        return .structures(result)
    }

    private static func set(_ word: String, at offset: Int) throws(InvalidValue) -> PropertyValue.Structure {
        var reader = WordReader(word, [.unescape], separators: [UInt8(ascii: ":")])
        var parts: [String] = []
        while parts.count < 5, let part = try reader.next() { parts.append(try String(word: part.bytes, at: offset)) }
        guard parts.count == 4 else {
            throw InvalidValue(
                "\(Quoting.quoted(word)) is not a set of nftables; expected SOURCE:FAMILY:TABLE:SET", offset: offset)
        }
        for (part, names) in zip(parts, [setSources, setFamilies]) where !names.contains(part) {
            throw InvalidValue(
                "\(Quoting.quoted(part)) is not allowed here; expected of \(Quoting.list(names))",
                suggestion: Suggestion.nearest(to: part, among: names), offset: offset)
        }
        for name in parts[2...] where !isSetName(name) {
            throw InvalidValue(
                "\(Quoting.quoted(name)) is not a name of nftables; expected a letter and behind it letters, digits and _./\\, "
                    + "at most 31 bytes", offset: offset)
        }
        return .init(
            word,
            [
                "source": JSON.string(parts[0]), "family": JSON.string(parts[1]), "table": JSON.string(parts[2]),
                "set": JSON.string(parts[3]),
            ])
    }

    private static func isSetName(_ name: String) -> Bool {
        guard let first = name.utf8.first, Bytes.isAlphanumeric(first), !Bytes.isDigit(first) else { return false }
        return name.utf8.count <= 31 && name.utf8.allSatisfy { Bytes.isAlphanumeric($0) || "_./\\".utf8.contains($0) }
    }
}
