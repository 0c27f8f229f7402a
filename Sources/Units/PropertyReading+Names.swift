// Values that are names with rules of their own: streams, names on the bus, credentials, devices, processors, errors.

extension PropertyReading {
    // MARK: - Streams

    /// Where the two output streams may go, and where the input may come from, as words alone (systemd.exec(5)).
    private static let outputs = [
        "inherit", "null", "tty", "journal", "kmsg", "journal+console", "kmsg+console", "socket", "fd",
    ]
    private static let inputs = ["null", "tty", "tty-force", "tty-fail", "data", "socket", "fd"]

    /// `StandardInput=`, `StandardOutput=`, `StandardError=`.
    /// - Returns: the word, with what stands behind its colon.
    mutating func stream(_ text: String, isInput: Bool) throws(InvalidValue) -> String {
        if text.utf8.starts(with: "fd:".utf8) {
            let name = try specifiers.expand(String(text.dropFirst(3)), at: 3)
            guard Self.isDescriptorName(name) else {
                throw InvalidValue("\(Quoting.quoted(name)) is not a name of a file descriptor", offset: 3)
            }
            return "fd:\(name)"
        }
        for word in isInput ? ["file:"] : ["file:", "append:", "truncate:"] where text.utf8.starts(with: word.utf8) {
            let count = word.utf8.count
            return word
                + (try Paths.absolute(try specifiers.expand(String(text.dropFirst(count)), at: count), at: count))
        }
        // The old names of the journal.
        if !isInput, text == "syslog" { return "journal" }
        if !isInput, text == "syslog+console" { return "journal+console" }
        let words = isInput ? Self.inputs : Self.outputs
        guard words.contains(text) else {
            throw InvalidValue(
                "\(Quoting.quoted(text)) is not allowed here; allowed: \(Quoting.list(words)), fd:NAME, file:/path",
                suggestion: Suggestion.nearest(to: text, among: words))
        }
        return text
    }

    /// A name that a file descriptor is passed under: text without a colon, of at most 255 bytes.
    static func isDescriptorName(_ name: String) -> Bool {
        name.utf8.count <= 255 && name.utf8.allSatisfy { (0x20..<0x7f).contains($0) && $0 != UInt8(ascii: ":") }
    }

    // MARK: - Names

    /// A name of D-Bus: two or more parts between dots, none of which begins with a digit. The unique name of a
    /// connection (`:1.2`) is taken too, and in it digits may begin a part.
    static func busName(_ text: String) throws(InvalidValue) -> String {
        let isUnique = text.utf8.first == UInt8(ascii: ":")
        let parts = text.utf8.dropFirst(isUnique ? 1 : 0)
            .split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isName = parts.allSatisfy { part in
            guard let first = part.first, isUnique || !(0x30...0x39).contains(first) else { return false }
            return part.allSatisfy { Bytes.isAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
        }
        guard isName, parts.count > 1, text.utf8.count <= 255 else {
            throw InvalidValue("\(Quoting.quoted(text)) is not a name on D-Bus; expected one such as org.example.Web")
        }
        return text
    }

    /// `LogNamespace=`: it becomes the instance of a unit.
    static func logNamespace(_ text: String) throws(InvalidValue) -> String {
        // The backslash that names of units have is too much here.
        let isPlain = text.utf8.allSatisfy {
            (UnitName.isPlain($0) || $0 == UInt8(ascii: "@")) && $0 != UInt8(ascii: "\\")
        }
        guard Paths.isFileName(text), isPlain else {
            throw InvalidValue(
                "\(Quoting.quoted(text)) is not a name of a namespace; expected letters, digits and :-_.@")
        }
        return text
    }

    /// A user's or group's name as systemd takes it: nearly anything that cannot break a passwd file, or an id.
    static func account(_ name: String, at offset: Int) throws(InvalidValue) -> String {
        let bytes = Array(name.utf8)
        let isNumber = !bytes.isEmpty && bytes.allSatisfy(Bytes.isDigit)
        let isId: Bool =
            if isNumber, let id = Numbers.unsigned(digits: bytes, radix: 10) {
                // 65535 and 4294967295 are (uid_t) -1 of 16 and 32 bits: "nobody in particular".
                id != 65535 && id < 4_294_967_295 && (bytes.count == 1 || bytes.first != UInt8(ascii: "0"))
            } else {
                false
            }
        let isName =
            !isNumber && !bytes.isEmpty && name != "." && name != ".."
            && !(bytes.first == UInt8(ascii: "-") && bytes.dropFirst().allSatisfy(Bytes.isDigit) && bytes.count > 1)
            && !bytes.contains { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "/") || $0 < 0x20 || $0 == 0x7f }
        guard isId || isName else {
            throw InvalidValue(
                "\(Quoting.quoted(name)) is neither a name of a user or group nor a numeric id", offset: offset)
        }
        return name
    }

    /// `SocketProtocol=`: a name in upper or lower case, or the number.
    static func socketProtocol(_ text: String) throws(InvalidValue) -> String {
        let lower = Bytes.text(text.utf8.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 })
        let numbers: [String: Int64] = ["udplite": 136, "sctp": 132, "mptcp": 262]
        let number = Numbers.integer(text)
        if let found = numbers.first(where: { $0.key == lower || $0.value == number }) { return found.key }
        throw InvalidValue(
            "\(Quoting.quoted(text)) is not a protocol of sockets; expected udplite, sctp or mptcp",
            suggestion: Suggestion.nearest(to: lower, among: numbers.keys.sorted()))
    }

    /// What is given to the firmware at a reboot: ASCII, as long as a file's name.
    static func rebootArgument(_ text: String) throws(InvalidValue) -> String {
        guard text.utf8.count <= 255, text.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw InvalidValue("\(Quoting.quoted(text)) is not ASCII, or longer than 255 bytes")
        }
        return text
    }

    /// `PassEnvironment=`: the name of a variable; `UnsetEnvironment=`: also an assignment.
    static func variable(_ word: String, at offset: Int, mayAssign: Bool) throws(InvalidValue) -> String {
        if mayAssign, word.utf8.contains(UInt8(ascii: "=")) {
            _ = try EnvironmentVariable(parsing: word, at: offset)
            return word
        }
        guard EnvironmentVariable.isValidName(word) else {
            throw InvalidValue(
                "\(Quoting.quoted(word)) is not a variable's name; expected letters, digits and _, not beginning with a digit",
                offset: offset)
        }
        return word
    }

    // MARK: - Devices, processors, dumps

    /// `DeviceAllow=`: a device or a class of them, and what is allowed: everything, where that is not said.
    mutating func deviceAllow(_ text: String) throws(InvalidValue) -> String {
        var reader = WordReader(text, [.unquote])
        guard let first = try reader.next() else { throw InvalidValue("no device") }
        let device = try specifiers.expand(Bytes.text(first.bytes))
        let isClass = ["char-", "block-"].contains { device.utf8.starts(with: $0.utf8) }
        guard
            isClass || device.utf8.starts(with: "/dev/".utf8)
                || device.utf8.starts(with: "/run/systemd/inaccessible/".utf8)
        else {
            throw InvalidValue(
                "\(Quoting.quoted(device)) is not a device; expected /dev/NAME, char-CLASS or block-CLASS")
        }
        guard let next = try reader.next() else { return "\(device) rwm" }
        guard next.bytes.allSatisfy({ "rwm".utf8.contains($0) }), try reader.next() == nil else {
            throw InvalidValue("what is allowed of a device is r, w and m, in one word", offset: next.offset)
        }
        // Each once, in this order.
        return "\(device) \(Bytes.text("rwm".utf8.filter { next.bytes.contains($0) }))"
    }

    /// `CPUAffinity=`, `AllowedCPUs=` and their family; `numa` only of the first.
    mutating func processors(_ text: String) throws(InvalidValue) -> String {
        if directive.name == "CPUAffinity", text == "numa" { return text }
        if directive.name == "NUMAMask", text == "all" { return text }
        return try CPUList(parsing: try specifiers.expand(text), ignored: &problems).description
    }

    /// `CoredumpFilter=`: names of mappings, or bits of core(5) in hexadecimal.
    func coredumpFilter(_ text: String) throws(InvalidValue) -> UInt64 {
        let names = [
            "private-anonymous", "shared-anonymous", "private-file-backed", "shared-file-backed", "elf-headers",
            "private-huge", "shared-huge", "private-dax", "shared-dax",
        ]
        var result: UInt64 = 0
        var reader = WordReader(text, directive.listSyntax(of: kind).options)
        while let word = try reader.next() {
            let name = Bytes.text(word.bytes)
            if let bit = names.firstIndex(of: name) {
                result |= 1 << UInt64(bit)
            } else if name == "default" {
                result |= 0x33
            } else if name == "all" {
                result |= UInt64(UInt32.max)
            } else {
                let digits = name.utf8.starts(with: "0x".utf8) ? name.utf8.dropFirst(2) : name.utf8[...]
                guard let bits = Numbers.unsigned(digits: digits, radix: 16) else {
                    throw InvalidValue(
                        "\(Quoting.quoted(name)) is not a kind of memory; expected hexadecimal bits, default, all, or of "
                            + Quoting.list(names), suggestion: Suggestion.nearest(to: name, among: names),
                        offset: word.offset)
                }
                result |= bits
            }
        }
        return result
    }

    // MARK: - System calls

    /// What `SystemCallErrorNumber=kill` is on the bus.
    static let killAction: Int64 = 2_147_483_646

    /// `SystemCallErrorNumber=`: the name of an error, a number, or `kill`.
    static func errorNumber(_ text: String) throws(InvalidValue) -> Int64 {
        if text == "kill" { return killAction }
        if let number = errorNumber(named: text) { return number }
        guard let number = Numbers.integer(text), (1...4095).contains(number) else {
            throw InvalidValue(
                "\(Quoting.quoted(text)) is not an error; expected a name such as EPERM, a number to 4095, or kill",
                suggestion: Suggestion.nearest(to: text, among: errorNames))
        }
        return number
    }

    /// The errors of errno(3) on Linux, from 1; 41 and 58 are not used.
    static let errorNames = """
        EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT ENOTBLK EBUSY EEXIST \
        EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE \
        EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP - ENOMSG EIDRM ECHRNG EL2NSYNC EL3HLT EL3RST ELNRNG EUNATCH \
        ENOCSI EL2HLT EBADE EBADR EXFULL ENOANO EBADRQC EBADSLT - EBFONT ENOSTR ENODATA ETIME ENOSR ENONET ENOPKG EREMOTE \
        ENOLINK EADV ESRMNT ECOMM EPROTO EMULTIHOP EDOTDOT EBADMSG EOVERFLOW ENOTUNIQ EBADFD EREMCHG ELIBACC ELIBBAD \
        ELIBSCN ELIBMAX ELIBEXEC EILSEQ ERESTART ESTRPIPE EUSERS ENOTSOCK EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT \
        EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH \
        ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT ECONNREFUSED EHOSTDOWN \
        EHOSTUNREACH EALREADY EINPROGRESS ESTALE EUCLEAN ENOTNAM ENAVAIL EISNAM EREMOTEIO EDQUOT ENOMEDIUM EMEDIUMTYPE \
        ECANCELED ENOKEY EKEYEXPIRED EKEYREVOKED EKEYREJECTED EOWNERDEAD ENOTRECOVERABLE ERFKILL EHWPOISON
        """.utf8.split(separator: 0x20).map { Bytes.text($0) }

    /// `SystemCallArchitectures=`.
    static func architecture(_ word: String, at offset: Int) throws(InvalidValue) -> String {
        let names = [
            "native", "x86", "x86-64", "x32", "arm", "arm64", "loongarch64", "mips", "mips64", "mips64-n32", "mips-le",
            "mips64-le", "mips64-le-n32", "parisc", "parisc64", "ppc", "ppc64", "ppc64-le", "riscv64", "s390", "s390x",
        ]
        guard names.contains(word) else {
            throw InvalidValue(
                "\(Quoting.quoted(word)) is not an architecture; expected one of \(Quoting.list(names))",
                suggestion: Suggestion.nearest(to: word, among: names), offset: offset)
        }
        return word
    }
}
