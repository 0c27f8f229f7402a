// Text and paths as parts of unit names, as systemd-escape(1) makes them (systemd.unit(5), "STRING ESCAPING FOR
// INCLUSION IN UNIT NAMES"), and what a person typed made a unit name, as systemctl(1) does.

extension UnitName {
    // MARK: - Text

    /// A text as a part of a unit name, as `systemd-escape` makes it: `/` becomes `-`, what is not allowed `\xNN`.
    /// - Parameter text: anything.
    /// - Returns: letters, digits and `:_.-\` alone; `unescape` gives the text back, unless it has a NUL.
    public static func escape(_ text: String) -> String {
        var result: [UInt8] = []
        for (index, byte) in text.utf8.enumerated() {
            let isPlain =
                Bytes.isAlphanumeric(byte) || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "_")
                // A leading dot would hide the file, or be "." or "..".
                || (byte == UInt8(ascii: ".") && index > 0)
            if byte == UInt8(ascii: "/") {
                result.append(UInt8(ascii: "-"))
            } else if isPlain {
                result.append(byte)
            } else {
                appendEscape(of: byte, to: &result)
            }
        }
        return Bytes.text(result)
    }

    private static func appendEscape(of byte: UInt8, to result: inout [UInt8]) {
        result.append(UInt8(ascii: "\\"))
        result.append(UInt8(ascii: "x"))
        result += hexadecimal(byte)
    }

    static func hexadecimal(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }

    /// Undoes `escape`.
    /// - Parameter text: a prefix or an instance.
    /// - Returns: nil for a malformed escape, for NUL, and for what is not UTF-8 afterwards.
    public static func unescape(_ text: String) -> String? {
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "-") {
                result.append(UInt8(ascii: "/"))
            } else if byte == UInt8(ascii: "\\") {
                let digits = rest.dropFirst().prefix(2)
                guard rest.first == UInt8(ascii: "x"), digits.count == 2,
                    let value = Numbers.unsigned(digits: digits, radix: 16), value != 0
                else { return nil }
                result.append(UInt8(value))
                rest = rest.dropFirst(3)
            } else {
                result.append(byte)
            }
        }
        return Bytes.validText(result)
    }

    // MARK: - Paths

    /// A path as a part of a unit name, as `systemd-escape --path` makes it: without slashes at its ends, `/` as `-`.
    /// - Parameter path: absolute or relative; double slashes and `.` components do not count, nor does `..` at the root.
    /// - Returns: `-` for the root; nil for `..` elsewhere.
    public static func escape(path: String) -> String? {
        var components: [Substring.UTF8View] = []
        let isAbsolute = path.utf8.first == UInt8(ascii: "/")
        for part in path[...].utf8.split(separator: UInt8(ascii: "/")) where !part.elementsEqual(".".utf8) {
            if part.elementsEqual("..".utf8) {
                guard isAbsolute, components.isEmpty else { return nil }
                continue
            }
            components.append(part)
        }
        if components.isEmpty { return "-" }
        var joined: [UInt8] = []
        for (index, component) in components.enumerated() {
            if index > 0 { joined.append(UInt8(ascii: "/")) }
            joined += component
        }
        return escape(Bytes.text(joined))
    }

    /// Undoes `escape(path:)`.
    /// - Parameter text: a prefix or an instance.
    /// - Returns: an absolute path; nil for what no path is escaped to: empty components, `.` and `..`, a malformed escape.
    public static func unescape(path text: String) -> String? {
        if text.isEmpty { return nil }
        if text == "-" { return "/" }
        guard let path = unescape(text) else { return nil }
        for part in path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if part.isEmpty || part.elementsEqual(".".utf8) || part.elementsEqual("..".utf8) { return nil }
        }
        return "/" + path
    }

    /// The unit of a path: `home-ann.mount` for `/home/ann`. A name that becomes too long ends in a hash of it, as
    /// systemd 255 and newer name such units. nil for what `escape(path:)` refuses, and for an unknown suffix.
    /// - Parameters:
    ///   - path: the path.
    ///   - suffix: of the unit, with its dot.
    public init?(path: String, suffix: String) {
        guard let escaped = Self.escape(path: path) else { return nil }
        self.init(shortening: escaped, suffix: suffix)
    }

    /// The instance of a template for a path: `backup@home-ann.service` for `/home/ann`. nil as for `init(path:suffix:)`.
    /// - Parameters:
    ///   - prefix: of the template, without `@`.
    ///   - path: the path.
    ///   - suffix: of the unit, with its dot.
    public init?(prefix: String, path: String, suffix: String) {
        guard !prefix.isEmpty, prefix.utf8.allSatisfy(Self.isPlain), let escaped = Self.escape(path: path) else {
            return nil
        }
        self.init(shortening: "\(prefix)@\(escaped)", suffix: suffix)
    }

    private init?(shortening stem: String, suffix: String) {
        let full = stem + suffix
        guard full.utf8.count > Self.lengthLimit else {
            self.init(full: full)
            return
        }
        // The key that systemd hashes long names with, so that both find the same unit.
        let hash = SipHash.hash(Array(full.utf8) + [0], key: (0x324a_3258_fb37_f2ec, 0x9aeb_210d_9b06_9f84))
        var digits: [UInt8] = []
        for shift in 0..<8 { digits += Self.hexadecimal(UInt8(truncatingIfNeeded: hash >> (8 * UInt64(shift)))) }
        let kept = Self.lengthLimit - suffix.utf8.count - digits.count - 1
        guard kept > 0 else { return nil }
        self.init(full: Bytes.text(stem.utf8.prefix(kept)) + "_" + Bytes.text(digits) + suffix)
    }

    /// Whether the name ends in a hash, so that its path cannot be told from it.
    var isHashed: Bool {
        let stem = Array(withoutSuffix.utf8)
        guard description.utf8.count == Self.lengthLimit, stem.count > 17 else { return false }
        return stem[stem.count - 17] == UInt8(ascii: "_")
            && stem.suffix(16).allSatisfy { Bytes.isDigit($0) || (0x61...0x66).contains($0) }
    }

    /// The path that the prefix stands for: `/home/ann` for `home-ann.mount`; nil where it stands for none.
    public var path: String? {
        isHashed ? nil : Self.unescape(path: prefix)
    }

    // MARK: - What a person typed

    /// What a person typed made a unit name: a path becomes a mount or device unit, what is not allowed is escaped, a
    /// missing suffix is added.
    /// - Parameters:
    ///   - text: what was typed.
    ///   - suffix: added where there is none, with its dot.
    ///   - allowGlobs: whether a pattern such as `web*` stays one.
    /// - Returns: the name or the pattern, and whether it is another than was typed.
    /// - Throws: a refusal of the empty text, and of what is no unit name even so.
    public static func mangle(
        _ text: String, suffix: String = ".service", allowGlobs: Bool = false
    ) throws(InvalidValue) -> (name: String, isChanged: Bool) {
        guard !text.isEmpty else { throw InvalidValue("an empty name of a unit; expected one such as web.service") }
        // What is longer cannot become a name of 255 bytes, and needs no four times larger copy to be refused.
        guard text.utf8.count < Paths.lengthLimit else {
            throw InvalidValue("the name is longer than \(Paths.lengthLimit - 1) bytes")
        }
        let isGlob = text.utf8.contains(where: isGlobMark)
        if kind(of: text) != nil || (allowGlobs && isGlob && text.utf8.allSatisfy(isGlobByte)) { return (text, false) }
        if text.utf8.first == UInt8(ascii: "/"), let escaped = escape(path: text) {
            // Devices have units of their own; /dev and /sys themselves are mounts.
            let isDevice = escaped.hasPrefix("dev-") || escaped.hasPrefix("sys-")
            if let unit = UnitName(shortening: escaped, suffix: isDevice ? ".device" : ".mount") {
                return (unit.description, true)
            }
        }
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if byte == UInt8(ascii: "/") {
                bytes.append(UInt8(ascii: "-"))
            } else if isPlain(byte) || byte == UInt8(ascii: "@") || (allowGlobs && isGlobByte(byte)) {
                bytes.append(byte)
            } else {
                appendEscape(of: byte, to: &bytes)
            }
        }
        var name = Bytes.text(bytes)
        if !(allowGlobs && isGlob), kind(of: name) == nil { name += suffix }
        guard allowGlobs || kind(of: name) != nil else {
            throw InvalidValue(
                "\(Quoting.quoted(text)) is no name of a unit; expected letters, digits and :-_.\\@, at most "
                    + "\(lengthLimit) bytes")
        }
        return (name, true)
    }

    private static func isGlobMark(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "[")
    }

    private static func isGlobByte(_ byte: UInt8) -> Bool {
        isPlain(byte) || isGlobMark(byte) || byte == UInt8(ascii: "@") || byte == UInt8(ascii: "]")
            || byte == UInt8(ascii: "!")
    }
}
