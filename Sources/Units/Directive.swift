// One directive of the unit language: where it belongs, what it takes, whether it is honoured, and what sets it.

/// A directive of a unit file.
public struct Directive: Sendable {
    /// A section of a service unit.
    public enum Section: String, CaseIterable, Sendable {
        case unit = "Unit"
        case service = "Service"
        case install = "Install"
        /// What systemd does not have; it ignores sections that begin with `X-`.
        case daimon = "X-Daimon"
    }

    /// What becomes of a directive.
    public enum Support: Equatable, Sendable {
        /// Acted on as systemd does.
        case honoured
        /// Acted on, with the exception told.
        case partly(String)
        /// Nothing to act on when a service runs, for the reason told.
        case informational(String)
        /// Understood and not acted on, for the reason told.
        case notHonoured(String)
    }

    /// What a directive takes.
    public enum ValueKind: Equatable, Sendable {
        case text, name, words, path, commandLine, environment, environmentFile, boolean, timeSpan, unsigned, integer
        case mode, signal, exitStatuses, limit, standardInput, standardOutput, syslogFacility, syslogLevel
        case serviceType, restartPolicy, notifyAccess, killMode
        /// A boolean, or the name of a mode, off by default. Only of directives that are not honoured.
        case toggle
        /// Not looked into. Only of directives that are not honoured.
        case other

        /// The words that are allowed, where they can be listed.
        public var allowedValues: [String] {
            switch self {
            case .boolean, .toggle: ["yes", "no"]
            case .serviceType: ServiceType.allCases.map(\.rawValue)
            case .restartPolicy: RestartPolicy.allCases.map(\.rawValue)
            case .notifyAccess: NotifyAccess.allCases.map(\.rawValue)
            case .killMode: KillMode.allCases.map(\.rawValue)
            case .syslogFacility: SyslogNames.facilities.map(\.name)
            case .syslogLevel: SyslogNames.levels
            case .standardInput: ["null", "file:"]
            case .standardOutput: ["inherit", "null", "journal", "file:", "append:", "truncate:"]
            case .text, .name, .words, .path, .commandLine, .environment, .environmentFile, .timeSpan, .unsigned,
                .integer, .mode, .signal, .exitStatuses, .limit, .other:
                []
            }
        }
    }

    typealias Setter = @Sendable (inout AssignedValue, inout ServiceUnit) throws(InvalidValue) -> Void

    /// The section it belongs to.
    public let section: Section
    /// Its name without `=`.
    public let name: String
    /// What it takes.
    public let kind: ValueKind
    /// What becomes of it.
    public let support: Support
    /// Puts a value into the unit; nil where there is nothing to put.
    let set: Setter?

    init(_ section: Section, _ name: String, _ kind: ValueKind, _ support: Support = .honoured, set: Setter?) {
        self.section = section
        self.name = name
        self.kind = kind
        self.support = support
        self.set = set
    }
}

/// Directives without an effect, of one section and for one reason. Their names are one literal, because three hundred
/// values made at every start would cost more than reading the unit does.
struct DirectiveGroup: Sendable {
    let section: Directive.Section
    let support: Directive.Support
    let kind: Directive.ValueKind
    /// Stands before each name.
    let prefix: StaticString
    /// The names with whitespace between them.
    let names: StaticString

    init(
        _ section: Directive.Section, _ support: Directive.Support, kind: Directive.ValueKind = .other,
        prefix: StaticString = "", _ names: StaticString
    ) {
        self.section = section
        self.support = support
        self.kind = kind
        self.prefix = prefix
        self.names = names
    }

    /// Whether the group has a name. A loop over bytes: `split` would have the runtime make types at every start.
    func contains(_ name: String) -> Bool {
        var name = name
        return name.withUTF8 { name in
            prefix.withUTF8Buffer { prefix in
                guard name.count > prefix.count, Self.isEqual(name, at: 0, prefix, count: prefix.count) else {
                    return false
                }
                return names.withUTF8Buffer { names in
                    let wanted = name.count - prefix.count
                    var start = 0
                    for end in 0...names.count where end == names.count || Bytes.isWhitespace(names[end]) {
                        if end - start == wanted,
                            Self.isEqual(
                                name, at: prefix.count, UnsafeBufferPointer(rebasing: names[start..<end]), count: wanted
                            )
                        {
                            return true
                        }
                        start = end + 1
                    }
                    return false
                }
            }
        }
    }

    private static func isEqual(
        _ text: UnsafeBufferPointer<UInt8>, at offset: Int, _ other: UnsafeBufferPointer<UInt8>, count: Int
    ) -> Bool {
        var index = 0
        while index < count, text[offset + index] == other[index] { index += 1 }
        return index == count
    }

    func directive(named name: String) -> Directive {
        Directive(section, name, kind, support, set: nil)
    }

    var directives: [Directive] {
        names.withUTF8Buffer { names in
            names.split(whereSeparator: Bytes.isWhitespace).map {
                directive(named: prefix.description + Bytes.text($0))
            }
        }
    }
}

/// The table of all directives: the parser, `-p` properties, help and completion come from it.
public enum Directives {
    /// Those with a setter.
    private static let settable = [honouredInUnit, honouredInService, honouredInExecution, honouredInDaimon]
    private static let groups = [
        notHonouredInUnit, notHonouredInService, notHonouredInExecution, notHonouredInResources, install,
    ]

    /// Every directive of the sections of a service unit. For listings; `find` does not need it.
    public static let all: [Directive] =
        settable.flatMap { $0 } + groups.flatMap { $0.flatMap(\.directives) }

    /// The sections that are read.
    static let sectionNames = Directive.Section.allCases.map(\.rawValue)

    /// A directive of a section.
    /// - Parameters:
    ///   - name: without `=`; upper and lower case differ, as in systemd.
    ///   - section: where it was assigned; nil finds it in the first section that has it, as `-p` does.
    /// - Returns: nil when there is no such directive.
    public static func find(_ name: String, in section: Directive.Section? = nil) -> Directive? {
        guard let section else {
            return Directive.Section.allCases.lazy.compactMap { find(name, in: $0) }.first
        }
        for table in settable {
            if let index = table.firstIndex(where: { $0.section == section && $0.name == name }) { return table[index] }
        }
        for groups in groups {
            if let group = groups.first(where: { $0.section == section && $0.contains(name) }) {
                return group.directive(named: name)
            }
        }
        return nil
    }

    /// The names of all directives, for completion.
    /// - Parameter honouredOnly: without those that have no effect yet.
    /// - Returns: names without `=`; one that several sections have is there for each.
    public static func names(honouredOnly: Bool = false) -> [String] {
        all.filter { directive in
            switch directive.support {
            case .honoured, .partly, .informational: true
            case .notHonoured: !honouredOnly
            }
        }.map(\.name)
    }

    /// The known name that a person most likely meant.
    /// - Parameters:
    ///   - name: what was typed.
    ///   - section: only names of this section; nil for all.
    /// - Returns: nil when none is near enough.
    public static func nearest(to name: String, in section: Directive.Section? = nil) -> String? {
        // Those that are acted on first: a tie goes to them.
        Suggestion.nearest(
            to: name, among: all.lazy.filter { section == nil || $0.section == section }.map(\.name))
    }
}
