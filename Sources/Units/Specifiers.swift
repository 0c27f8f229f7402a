// Specifiers: `%n` and its family, replaced when a unit is loaded (systemd.unit(5), "SPECIFIERS").

/// Replaces the specifiers of one unit.
struct Specifiers: Sendable {
    /// The unit whose name they tell.
    let name: UnitName
    /// The bytes that expansion may still produce for this unit: a file full of `%n` must not become gigabytes.
    private(set) var budget = 4 << 20

    init(name: UnitName) {
        self.name = name
    }

    /// What is understood, for messages.
    static let known = "%%, %n, %N, %p, %P, %i, %I, %j, %J"

    /// Text with its specifiers replaced.
    /// - Parameters:
    ///   - text: the text, quotes and escapes already undone (systemd does it in that order too).
    ///   - offset: where the text stands in the value, for the place of a refusal.
    /// - Returns: the text; a `%` before anything but a letter, a digit or `%` stays.
    /// - Throws: a refusal of an unknown specifier, of a name that cannot be unescaped, and beyond 4 MiB for the unit.
    mutating func expand(_ text: String, at offset: Int = 0) throws(InvalidValue) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        var result: [UInt8] = []
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            // A % before anything but a letter, a digit or % stands for itself, as in "100%".
            guard byte == UInt8(ascii: "%"), index < bytes.count,
                Bytes.isAlphanumeric(bytes[index]) || bytes[index] == UInt8(ascii: "%")
            else {
                result.append(byte)
                continue
            }
            let value = try value(of: bytes[index], at: offset + index - 1)
            budget -= value.utf8.count
            guard budget >= 0 else {
                throw InvalidValue("the specifiers of this unit expand to more than 4 MiB", offset: offset)
            }
            result += Array(value.utf8)
            index += 1
        }
        return Bytes.text(result)
    }

    private func value(of letter: UInt8, at offset: Int) throws(InvalidValue) -> String {
        switch letter {
        case UInt8(ascii: "%"): return "%"
        case UInt8(ascii: "n"): return name.description
        case UInt8(ascii: "N"): return name.withoutSuffix
        case UInt8(ascii: "p"): return name.prefix
        case UInt8(ascii: "P"): return try unescaped(name.prefix, at: offset)
        case UInt8(ascii: "i"): return name.instance ?? ""
        case UInt8(ascii: "I"): return try unescaped(name.instance ?? "", at: offset)
        case UInt8(ascii: "j"): return lastComponent
        case UInt8(ascii: "J"): return try unescaped(lastComponent, at: offset)
        default:
            let shown = String(Character(Unicode.Scalar(letter)))
            throw InvalidValue(
                "the specifier %\(shown) is not known yet; known are \(Self.known); for a percent sign write %%",
                offset: offset)
        }
    }

    /// What follows the last dash of the prefix.
    private var lastComponent: String {
        let prefix = name.prefix
        guard let dash = prefix.lastIndex(of: "-") else { return prefix }
        return String(prefix[prefix.index(after: dash)...])
    }

    private func unescaped(_ text: String, at offset: Int) throws(InvalidValue) -> String {
        guard let result = UnitName.unescape(text) else {
            throw InvalidValue(
                "\(Quoting.quoted(text)) in the unit's name cannot be unescaped; systemd-escape(1) tells how names are escaped",
                offset: offset)
        }
        return result
    }
}
