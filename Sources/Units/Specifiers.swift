// Specifiers: `%n` and its family, replaced when a unit is loaded (systemd.unit(5), "SPECIFIERS").

/// Replaces the specifiers of one unit.
struct Specifiers: Sendable {
    /// What does not change. An object, because specifiers go along with every assignment: one reference, not eight.
    private final class Source: Sendable {
        let name: UnitName
        let fragmentPath: String?
        let facts: SpecifierFacts

        init(name: UnitName, fragmentPath: String?, facts: SpecifierFacts) {
            self.name = name
            self.fragmentPath = fragmentPath
            self.facts = facts
        }
    }

    private let source: Source
    /// The unit whose name they tell.
    var name: UnitName { source.name }
    /// Where its fragment lies, for `%y` and `%Y`; nil where there is none.
    var fragmentPath: String? { source.fragmentPath }
    /// What they tell of the machine.
    private var facts: SpecifierFacts { source.facts }
    /// Facts already told: a file full of `%o` reads os-release once.
    private var told: [SpecifierFact: String] = [:]
    /// The rules of the local clock, none or one, once a calendar event asked for them.
    private var localRules: [TimeZoneRules] = []
    /// The bytes that expansion may still produce for this unit: a file full of `%n` must not become gigabytes.
    private(set) var budget = 4 << 20

    /// - Parameters:
    ///   - name: the unit's name.
    ///   - facts: what they tell of the machine; asked only for what a specifier needs.
    ///   - fragmentPath: where the unit's fragment lies.
    init(name: UnitName, facts: SpecifierFacts = .system(), fragmentPath: String? = nil) {
        source = Source(name: name, fragmentPath: fragmentPath, facts: facts)
    }

    /// The time zones of calendar events.
    var timeZones: TimeZones { facts.timeZones }

    /// The rules of the local clock, read once for the unit.
    mutating func localClock() -> TimeZoneRules {
        if let known = localRules.first { return known }
        let rules = facts.timeZones.local()
        localRules = [rules]
        return rules
    }

    /// What is understood, for messages.
    static let known = "%% and the letters aAbBcCdDEfgGhHiIjJlLmMnNopPqrRsStTuUvVwWyY"

    /// Text with its specifiers replaced.
    /// - Parameters:
    ///   - text: the text, quotes and escapes already undone (systemd does it in that order too).
    ///   - offset: where the text stands in the value, for the place of a refusal.
    /// - Returns: the text; a `%` before anything but a letter, a digit or `%` stays.
    /// - Throws: a refusal of an unknown specifier, of a name that cannot be unescaped, of what the machine does not
    ///   tell, and beyond 4 MiB for the unit.
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

    private mutating func value(of letter: UInt8, at offset: Int) throws(InvalidValue) -> String {
        switch letter {
        case UInt8(ascii: "%"): return "%"
        case UInt8(ascii: "n"): return name.description
        case UInt8(ascii: "N"): return name.withoutSuffix
        case UInt8(ascii: "p"): return name.prefix
        case UInt8(ascii: "P"): return try unescaped(name.prefix, at: offset)
        case UInt8(ascii: "i"): return name.instance ?? ""
        case UInt8(ascii: "I"): return try unescaped(name.instance ?? "", at: offset)
        case UInt8(ascii: "j"): return name.lastPrefixComponent
        case UInt8(ascii: "J"): return try unescaped(name.lastPrefixComponent, at: offset)
        case UInt8(ascii: "f"): return try path(at: offset)
        case UInt8(ascii: "y"): return try fragment(at: offset)
        case UInt8(ascii: "Y"):
            let path = try fragment(at: offset)
            guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
            return slash == path.startIndex ? "/" : String(path[..<slash])
        case UInt8(ascii: "d"): return try fact(.credentialsDirectory, letter, at: offset) + "/" + name.description
        case UInt8(ascii: "c"): return try sliceGroup(letter, at: offset) + "/" + name.description
        case UInt8(ascii: "r"): return try sliceGroup(letter, at: offset)
        case UInt8(ascii: "R"): return try fact(.controlGroupRoot, letter, at: offset)
        default:
            if let fact = SpecifierFact.of(letter: letter) { return try self.fact(fact, letter, at: offset) }
            let shown = String(Character(Unicode.Scalar(letter)))
            throw InvalidValue(
                "the specifier %\(shown) does not exist; known are \(Self.known); for a percent sign write %%",
                offset: offset)
        }
    }

    private mutating func fact(
        _ fact: SpecifierFact, _ letter: UInt8, at offset: Int
    ) throws(InvalidValue) -> String {
        if let value = told[fact] { return value }
        do throws(InvalidValue) {
            let value = try facts.value(of: fact)
            guard value.utf8.count < Paths.lengthLimit, !value.utf8.contains(0) else {
                throw InvalidValue("its value is longer than \(Paths.lengthLimit - 1) bytes, or has a NUL byte")
            }
            told[fact] = value
            return value
        } catch {
            let shown = String(Character(Unicode.Scalar(letter)))
            throw InvalidValue("the specifier %\(shown) cannot be resolved: \(error.message)", offset: offset)
        }
    }

    /// The control group of the slice that the unit is in when it names none (systemd.slice(5)). Deprecated since
    /// systemd 246, and still used.
    private mutating func sliceGroup(_ letter: UInt8, at offset: Int) throws(InvalidValue) -> String {
        let root = try fact(.controlGroupRoot, letter, at: offset)
        // A slice lies where its own name says, so it is in none.
        guard name.suffix != ".slice" else { return root }
        let slice = facts.scope == .system ? "system" : "app"
        guard name.isInstance else { return "\(root)/\(slice).slice" }
        return "\(root)/\(slice).slice/\(slice)-\(UnitName.escape(name.prefix)).slice"
    }

    private func unescaped(_ text: String, at offset: Int) throws(InvalidValue) -> String {
        guard let result = UnitName.unescape(text) else {
            throw InvalidValue(
                "\(Quoting.quoted(text)) in the unit's name cannot be unescaped; systemd-escape(1) tells how names are escaped",
                offset: offset)
        }
        return result
    }

    private func path(at offset: Int) throws(InvalidValue) -> String {
        let part = name.isInstance ? name.instance ?? "" : name.prefix
        guard let result = UnitName.unescape(path: part), name.isInstance || !name.isHashed else {
            throw InvalidValue(
                "\(Quoting.quoted(part)) in the unit's name is no escaped path; systemd-escape(1) makes one with --path",
                offset: offset)
        }
        return result
    }

    private func fragment(at offset: Int) throws(InvalidValue) -> String {
        guard let fragmentPath else {
            throw InvalidValue("the unit has no file whose path %y and %Y could tell", offset: offset)
        }
        return fragmentPath
    }
}
