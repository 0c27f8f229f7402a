// Unit names: prefix, instance, suffix (systemd.unit(5), "DESCRIPTION"). Escaping is in UnitNameEscaping.swift.

/// A full unit name such as `web.service` or `web@blue.service`.
public struct UnitName: Equatable, Hashable, Sendable, CustomStringConvertible {
    /// The full name.
    public let description: String

    /// A name taken as it is; use the checked initializer for what a person typed.
    /// - Parameter full: a valid full unit name.
    public init(unchecked full: String) {
        self.description = full
    }

    /// What a name names, by its `@`.
    public enum Kind: Equatable, Sendable {
        /// `web.service`
        case plain
        /// `web@.service`, which cannot be started itself.
        case template
        /// `web@blue.service`
        case instance
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
        guard Self.kind(of: full) != nil else { return nil }
        self.description = full
        let stem = withoutSuffix
        guard stem != ".", stem != ".." else { return nil }
    }

    /// A name exactly as it is written, of any type of unit; nil for what is no full unit name.
    /// - Parameter full: the name with its suffix.
    public init?(full: String) {
        guard Self.kind(of: full) != nil else { return nil }
        self.description = full
    }

    /// What a full name names (systemd.unit(5), "DESCRIPTION").
    /// - Parameter full: anything.
    /// - Returns: nil for what is no name of a unit: an unknown suffix, an empty prefix, characters other than letters,
    ///   digits and `:-_.\@`, more than 255 bytes.
    public static func kind(of full: String) -> Kind? {
        var full = full
        return full.withUTF8 { bytes in
            guard bytes.count <= lengthLimit, let dot = bytes.lastIndex(of: UInt8(ascii: ".")), dot > 0,
                suffixes.contains(where: { $0.utf8.elementsEqual(bytes[dot...]) })
            else { return nil }
            var at: Int?
            for index in 0..<dot {
                if bytes[index] == UInt8(ascii: "@") {
                    if at == nil { at = index }
                } else if !isPlain(bytes[index]) {
                    return nil
                }
            }
            guard let at else { return .plain }
            if at == 0 { return nil }
            return at + 1 == dot ? .template : .instance
        }
    }

    /// Letters, digits and `:-_.\`: what a prefix is made of.
    static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ":"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "\\"): true
        default: Bytes.isAlphanumeric(byte)
        }
    }

    // MARK: - Parts

    /// The part before the last dot: `%N`.
    public var withoutSuffix: String {
        guard let dot = description.utf8.lastIndex(of: UInt8(ascii: ".")) else { return description }
        return String(description[..<dot])
    }

    /// The last dot and what follows: `.service`.
    public var suffix: String {
        guard let dot = description.utf8.lastIndex(of: UInt8(ascii: ".")) else { return "" }
        return String(description[dot...])
    }

    /// The type of unit: `service`.
    public var type: String { String(suffix.dropFirst()) }

    /// The part before the first `@`, or before the suffix: `%p`.
    public var prefix: String {
        let stem = withoutSuffix
        guard let at = stem.utf8.firstIndex(of: UInt8(ascii: "@")) else { return stem }
        return String(stem[..<at])
    }

    /// The part between the first `@` and the suffix: `%i`. Empty for a template, nil where there is no `@`.
    public var instance: String? {
        let stem = withoutSuffix
        guard let at = stem.utf8.firstIndex(of: UInt8(ascii: "@")) else { return nil }
        return String(stem[stem.utf8.index(after: at)...])
    }

    /// What follows the last dash of the prefix, or the prefix where there is none: `%j`.
    public var lastPrefixComponent: String {
        let prefix = prefix
        guard let dash = prefix.utf8.lastIndex(of: UInt8(ascii: "-")) else { return prefix }
        return String(prefix[prefix.utf8.index(after: dash)...])
    }

    /// Whether this is a template, `web@.service`, which cannot be started itself.
    public var isTemplate: Bool { instance == "" }

    /// Whether this is an instance of a template: `web@blue.service`.
    public var isInstance: Bool { !(instance ?? "").isEmpty }

    /// The template of an instance: `web@.service` for `web@blue.service`; nil where there is no `@`.
    public var template: UnitName? {
        instance == nil ? nil : UnitName(unchecked: "\(prefix)@\(suffix)")
    }

    // MARK: - Other names from this one

    /// The same name of another type of unit: `web.socket` for `web.service`.
    /// - Parameter suffix: one of the suffixes of systemd.unit(5), with its dot.
    /// - Returns: nil for an unknown suffix, and where the name becomes too long.
    public func changingSuffix(to suffix: String) -> UnitName? {
        UnitName(full: withoutSuffix + suffix)
    }

    /// The instance of this template, or another instance of the same template.
    /// - Parameter instance: the part after `@`; escape it first where it can be anything.
    /// - Returns: nil where there is no `@`, for an empty instance, and for one that is no part of a unit name.
    public func replacingInstance(_ instance: String) -> UnitName? {
        guard self.instance != nil, !instance.isEmpty else { return nil }
        return UnitName(full: "\(prefix)@\(instance)\(suffix)")
    }

    /// The unit that a template in a dependency of this unit stands for: `log@.service` in `web@blue.service` is
    /// `log@blue.service`, and in `web.service` it is `log@web.service`.
    /// - Parameter name: the name in the dependency; what is no template is returned as it is.
    /// - Returns: nil where the name becomes too long.
    func resolving(template name: UnitName) -> UnitName? {
        guard name.isTemplate else { return name }
        return name.replacingInstance(isInstance ? instance ?? "" : prefix)
    }

    /// The names under which folders of drop-ins count for this unit, the most specific first (systemd.unit(5),
    /// "DESCRIPTION"): itself, the template of an instance, and each beginning of the prefix that ends in a dash.
    /// The order decides between files of the same name in one folder of the search path.
    var dropInNames: [UnitName] {
        var result: [UnitName] = []
        addDropInNames(to: &result)
        return result
    }

    /// Each step makes the prefix shorter, so the recursion ends; a name has at most 255 bytes, and what was already
    /// added is not followed again, so it is short too.
    private func addDropInNames(to result: inout [UnitName]) {
        guard !result.contains(self) else { return }
        result.append(self)
        if isInstance { template?.addDropInNames(to: &result) }
        guard let shorter = Self.dashPrefix(of: prefix) else { return }
        // As systemd does: the shorter name of a template is no template.
        let middle = isInstance ? "@\(instance ?? "")" : ""
        UnitName(full: shorter + middle + suffix)?.addDropInNames(to: &result)
    }

    /// `foo-bar-` for `foo-bar-baz`, `foo-` for `foo-bar-`, nil where there is no further dash.
    private static func dashPrefix(of prefix: String) -> String? {
        let dash = UInt8(ascii: "-")
        var bytes = Array(prefix.utf8)
        var isChopped = false
        while let last = bytes.lastIndex(of: dash), last > 0 {
            if last + 1 < bytes.count || isChopped { return Bytes.text(bytes[...last]) }
            // One dash at the end is chopped off, and not more than one: "foo--" has the prefix "foo-".
            bytes.removeLast()
            isChopped = true
        }
        return nil
    }
}
