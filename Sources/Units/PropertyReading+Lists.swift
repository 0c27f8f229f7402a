// Lists of words with rules of their own: units, system calls, namespaces, controllers, interfaces; and shares.

extension PropertyReading {
    // MARK: - Units

    /// Names of units; a template stands for its instance of this unit.
    mutating func units(_ text: String) throws(InvalidValue) -> [String] {
        let own = specifiers.name
        let isInstall = directive.section == .install
        let mustBeSocket = directive.name == "Sockets"
        return try words(text) { word, offset throws(InvalidValue) in
            let name = try Self.unitName(word, at: offset)
            guard !mustBeSocket || name.hasSuffix(".socket") else {
                throw InvalidValue("\(Quoting.quoted(word)) is not a socket; expected NAME.socket", offset: offset)
            }
            guard !isInstall else { return name }
            guard let unit = own.resolving(template: UnitName(unchecked: name)) else {
                throw InvalidValue("\(Quoting.quoted(word)) has no instance for this unit", offset: offset)
            }
            return unit.description
        }
    }

    /// One unit; `Slice=` takes a slice.
    mutating func unit(_ text: String) throws(InvalidValue) -> String {
        var name = try Self.unitName(try specifiers.expand(text), at: 0)
        if directive.section == .timer || directive.section == .path {
            // What is started of a template is the instance of the same name.
            guard let unit = specifiers.name.resolving(template: UnitName(unchecked: name)) else {
                throw InvalidValue("\(Quoting.quoted(name)) has no instance for this unit")
            }
            name = unit.description
        }
        if directive.name == "Service" {
            guard name.hasSuffix(".service"), !UnitName(unchecked: name).isTemplate else {
                throw InvalidValue("\(Quoting.quoted(name)) is not a service; expected NAME.service")
            }
        }
        guard directive.name != "Slice" || name.hasSuffix(".slice") else {
            throw InvalidValue("\(Quoting.quoted(name)) is not a slice; expected NAME.slice")
        }
        return name
    }

    // MARK: - What is allowed

    /// A list that `~` turns round, such as `SystemCallFilter=`: then each of its words has the sign.
    mutating func filter(
        _ text: String, checked check: (String, Int) throws(InvalidValue) -> String
    ) throws(InvalidValue) -> [String] {
        let isInverted = text.utf8.first == UInt8(ascii: "~")
        let list = try words(
            isInverted ? String(text.dropFirst()) : text, from: isInverted ? 1 : 0, checked: check)
        // The sign alone begins a list of what is forbidden, with nothing in it.
        if list.isEmpty, isInverted { return ["~"] }
        return isInverted ? list.map { "~\($0)" } : list
    }

    /// `RestrictNamespaces=`: a boolean, or names of which each must be known.
    mutating func namespaces(_ text: String) throws(InvalidValue) -> [String] {
        if let isOn = Numbers.booleanOrNothing(text) { return [isOn ? "yes" : "no"] }
        var failure: InvalidValue?
        let names = try filter(text) { name, offset throws(InvalidValue) in
            guard !UnitProperties.namespaceNames.contains(name) else { return name }
            let error = InvalidValue(
                "\(Quoting.quoted(name)) is not a kind of namespace; expected a boolean, or of "
                    + Quoting.list(UnitProperties.namespaceNames),
                suggestion: Suggestion.nearest(to: name, among: UnitProperties.namespaceNames), offset: offset)
            failure = failure ?? error
            throw error
        }
        if let failure {
            problems = []
            throw failure
        }
        return names
    }

    /// A type of file system, or a group of them.
    static func fileSystem(_ word: String, at offset: Int) throws(InvalidValue) -> String {
        guard word.hasPrefix("@"), !fileSystemGroups.contains(word) else { return word }
        throw InvalidValue(
            "\(Quoting.quoted(word)) is not a group of file systems; expected of \(Quoting.list(fileSystemGroups))",
            suggestion: Suggestion.nearest(to: word, among: fileSystemGroups), offset: offset)
    }

    private static let fileSystemGroups = [
        "@basic-api", "@anonymous", "@application", "@auxiliary-api", "@common-block", "@historical-block", "@network",
        "@privileged-api", "@security", "@temporary", "@known",
    ]

    /// A name of a network interface, or an alternative one: printable, at most 127 bytes, no number.
    static func interface(_ word: String, at offset: Int) throws(InvalidValue) -> String {
        let isName = word.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !":/%".utf8.contains($0) }
        guard isName, (1...127).contains(word.utf8.count), ![".", "..", "all", "default"].contains(word),
            !word.utf8.allSatisfy(Bytes.isDigit)
        else {
            throw InvalidValue("\(Quoting.quoted(word)) is not a name of a network interface", offset: offset)
        }
        return word
    }

    /// A family of addresses, or the word for none.
    static func addressFamily(_ word: String, at offset: Int) throws(InvalidValue) -> String {
        guard addressFamilies.contains(word) else {
            throw InvalidValue(
                "\(Quoting.quoted(word)) is not a family of addresses; expected a name of address_families(7) such as AF_UNIX",
                suggestion: Suggestion.nearest(to: word, among: addressFamilies), offset: offset)
        }
        return word
    }

    private static let addressFamilies = """
        AF_ALG AF_APPLETALK AF_ASH AF_ATMPVC AF_ATMSVC AF_AX25 AF_BLUETOOTH AF_BRIDGE AF_CAIF AF_CAN AF_DECnet AF_ECONET \
        AF_FILE AF_IB AF_IEEE802154 AF_INET AF_INET6 AF_IPX AF_IRDA AF_ISDN AF_IUCV AF_KCM AF_KEY AF_LLC AF_LOCAL AF_MCTP \
        AF_MPLS AF_NETBEUI AF_NETLINK AF_NETROM AF_NFC AF_PACKET AF_PHONET AF_PPPOX AF_QIPCRTR AF_RDS AF_ROSE AF_ROUTE \
        AF_RXRPC AF_SECURITY AF_SMC AF_SNA AF_TIPC AF_UNIX AF_VSOCK AF_WANPIPE AF_X25 AF_XDP
        """.utf8.split(separator: 0x20).map { Bytes.text($0) }

    /// `Delegate=`: a boolean, or names of controllers.
    mutating func delegate(_ text: String) throws(InvalidValue) -> PropertyValue {
        if let isOn = Numbers.booleanOrNothing(text) { return .boolean(isOn) }
        return .list(try words(text, checked: Self.controller))
    }

    /// A controller of control groups.
    static func controller(_ word: String, at offset: Int) throws(InvalidValue) -> String {
        let names = UnitProperties.controllerNames
        guard names.contains(word) else {
            throw InvalidValue(
                "\(Quoting.quoted(word)) is not a controller; expected of \(Quoting.list(names))",
                suggestion: Suggestion.nearest(to: word, among: names), offset: offset)
        }
        return word
    }

    // MARK: - Fields and lines

    /// A field of the journal with its value: upper case, and not one of those that the journal writes itself (`_`).
    static func journalField(_ word: String, at offset: Int) throws(InvalidValue) -> String {
        let name = word.utf8.prefix { $0 != UInt8(ascii: "=") }
        let isName = name.allSatisfy {
            (0x41...0x5a).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_")
        }
        guard isName, name.count < word.utf8.count, (1...64).contains(name.count), let first = name.first,
            (0x41...0x5a).contains(first)
        else {
            throw InvalidValue(
                "\(Quoting.quoted(word)) is not a field of the journal; expected NAME=VALUE, the name in upper case",
                offset: offset)
        }
        return word
    }

    /// `DelegateSubgroup=`: a folder of the control group; no specifiers.
    static func subgroup(_ text: String) throws(InvalidValue) -> String {
        guard Paths.isFileName(text) else {
            throw InvalidValue("\(Quoting.quoted(text)) is not a name of a control group; expected one without /")
        }
        return text
    }

    /// `StandardInputText=`: a line, whose end is added; C escapes are undone.
    static func lineOfInput(_ text: String, _ specifiers: inout Specifiers) throws(InvalidValue) -> String {
        try specifiers.expand(Bytes.text(try unescaped(text))) + "\n"
    }

    /// Text with its C escapes undone; nothing else in it is special.
    static func unescaped(_ text: String, from start: Int = 0, mayBeNUL: Bool = false) throws(InvalidValue) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte != UInt8(ascii: "\\") {
                bytes.append(byte)
            } else if let escape = Escape(rest) {
                bytes += escape.bytes
                rest = rest.dropFirst(escape.length)
            } else if mayBeNUL, rest.starts(with: "x00".utf8) || rest.starts(with: "000".utf8) {
                bytes.append(0)
                rest = rest.dropFirst(3)
            } else {
                throw InvalidValue(
                    "a backslash begins a C escape; for one that stays write two", offset: start + rest.startIndex - 1)
            }
        }
        return bytes
    }

    // MARK: - Shares and hashes

    /// `CPUQuota=` as it is written; a limit of pressure as a share of 2³² - 1.
    func percentage(_ text: String) throws(InvalidValue) -> PropertyValue {
        if directive.properties.first?.unit == .microseconds {
            _ = try ResourceAmount.processorTimePerSecond(parsing: text)
            return .text(text)
        }
        let share = UInt64(try Permyriad(parsing: text).parts)
        return .unsigned((share * UInt64(UInt32.max) + 5000) / 10_000)
    }

    /// `RootHash=`: hexadecimal, or a file with it.
    func hash(_ text: String) throws(InvalidValue) -> PropertyValue {
        if text.utf8.first == UInt8(ascii: "/") { return .text(try Paths.absolute(text)) }
        guard text.utf8.count >= 32, text.utf8.count.isMultiple(of: 2),
            text.utf8.allSatisfy({ Numbers.digit($0) ?? 16 < 16 })
        else {
            throw InvalidValue(
                "\(Quoting.quoted(text)) is not a hash; expected hexadecimal digits, or an absolute path")
        }
        return .text(text)
    }
}
