// Unit names: prefix, instance, suffix (systemd.unit(5), "DESCRIPTION"), and their escaping (systemd-escape(1)).

/// A full unit name such as `web.service` or `web@blue.service`.
public struct UnitName: Equatable, Hashable, Sendable, CustomStringConvertible {
    /// The full name.
    public let description: String

    /// A name taken as it is; use the checked initializer for what a person typed.
    /// - Parameter full: a valid full unit name.
    public init(unchecked full: String) {
        self.description = full
    }

    /// The suffixes of systemd.unit(5), with their dots.
    static let suffixes = [
        ".service", ".socket", ".device", ".mount", ".automount", ".swap", ".target", ".path", ".timer", ".slice",
        ".scope",
    ]

    /// The most bytes of a full name; also what a file name can hold.
    static let lengthLimit = 255

    /// A name that a person typed. Safe as a file name, with and without its suffix: no slash, neither `.` nor `..`.
    /// nil for characters other than letters, digits and `:-_.\@`, an empty prefix, or more than 255 bytes.
    /// - Parameter text: a full name; `.service` is added when there is no unit suffix, as systemctl(1) does.
    public init?(parsing text: String) {
        let isComplete = Self.suffixes.contains { text.hasSuffix($0) }
        let full = isComplete ? text : text + ".service"
        guard full.utf8.count <= Self.lengthLimit, full.utf8.allSatisfy(Self.isAllowed) else { return nil }
        self.description = full
        let stem = withoutSuffix
        guard !prefix.isEmpty, stem != ".", stem != ".." else { return nil }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ":"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "\\"),
            UInt8(ascii: "@"):
            true
        default: Bytes.isAlphanumeric(byte)
        }
    }

    // MARK: - Parts

    /// The part before the last dot: `%N`.
    public var withoutSuffix: String {
        guard let dot = description.lastIndex(of: ".") else { return description }
        return String(description[..<dot])
    }

    /// The last dot and what follows: `.service`.
    public var suffix: String {
        guard let dot = description.lastIndex(of: ".") else { return "" }
        return String(description[dot...])
    }

    /// The part before the first `@`, or before the suffix: `%p`.
    public var prefix: String {
        let stem = withoutSuffix
        guard let at = stem.firstIndex(of: "@") else { return stem }
        return String(stem[..<at])
    }

    /// The part between the first `@` and the suffix: `%i`. Empty for a template, nil where there is no `@`.
    public var instance: String? {
        let stem = withoutSuffix
        guard let at = stem.firstIndex(of: "@") else { return nil }
        return String(stem[stem.index(after: at)...])
    }

    /// Whether this is a template, `web@.service`, which cannot be started itself.
    public var isTemplate: Bool { instance == "" }

    /// The template of an instance: `web@.service` for `web@blue.service`; nil where there is no `@`.
    public var template: UnitName? {
        instance == nil ? nil : UnitName(unchecked: "\(prefix)@\(suffix)")
    }

    // MARK: - Escaping

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
                result += Array("\\x".utf8) + hexadecimal(byte)
            }
        }
        return Bytes.text(result)
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
        return String(validating: result, as: UTF8.self)
    }
}
