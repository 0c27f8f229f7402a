// One directive of the unit language as the table tells of it: what it takes, what becomes of it, and what sets it.

/// A directive of a unit file: a row of the table. Its columns are read when they are asked for.
public struct Directive: Sendable {
    /// What becomes of a directive.
    public enum Support: Equatable, Sendable {
        /// Acted on as systemd does.
        case honoured
        /// Acted on, with the exception told.
        case partly(String)
        /// Nothing to act on when a unit runs, for the reason told.
        case informational(String)
        /// Understood and not acted on, for the reason told.
        case notHonoured(String)
    }

    /// What a second assignment does, and what an empty one does.
    public enum Merge: String, CaseIterable, Sendable {
        /// The last assignment counts. An empty one is an invalid value: what was assigned before stays.
        case scalar
        /// The last assignment counts. An empty one brings the default back.
        case scalarReset = "scalar-reset"
        /// The first valid assignment counts, later ones and empty ones are ignored.
        case first
        /// Every assignment adds. An empty one does nothing.
        case list
        /// Every assignment adds. An empty one empties the list.
        case listReset = "list-reset"
        /// Every assignment adds. An empty one empties the list, and with it those of all directives that share the
        /// property: an empty `ConditionHost=` removes all conditions, an empty `OnCalendar=` all timers.
        case listResetAll = "list-reset-all"
    }

    /// A property of the unit's D-Bus object (org.freedesktop.systemd1(5)).
    public struct Property: Equatable, Sendable {
        /// What a number counts.
        public enum Unit: String, CaseIterable, Sendable {
            case microseconds = "µs"
            case nanoseconds = "ns"
            case seconds = "s"
            case bytes = "bytes"
        }

        /// The last part of the interface's name, for example `Service` of `org.freedesktop.systemd1.Service`.
        public let interface: String
        /// For example `RestartUSec`.
        public let name: String
        /// The D-Bus signature of the value, for example `t`.
        public let signature: String
        /// What the number, or the number in the structure, counts; nil for none.
        public let unit: Unit?
    }

    typealias Setter = @Sendable (inout AssignedValue, inout ServiceUnit) throws(InvalidValue) -> Void

    /// The section it belongs to.
    public let section: Section
    /// Its name without `=`.
    public let name: String
    let group: DirectiveTable.Group
    /// Where its row is in the text of the group.
    private let start: DirectiveTable.RowStart
    /// Whether the unit by itself honours it, at least in part.
    let isActedOn: Bool

    init(section: Section, name: String, group: DirectiveTable.Group, row: DirectiveTable.RowStart) {
        self.section = section
        self.name = name
        self.group = group
        start = row
        isActedOn = section.isRun && DirectiveTable.isActedOn(row: row, in: group.rows)
    }

    /// A number that no other directive of the same type of unit has: no two of its sections share a group.
    var number: Int { start.place << 4 | group.rawValue }

    private var row: Range<Int> { start.place..<start.end }

    // MARK: - Columns

    func text(_ column: DirectiveTable.Column) -> String {
        DirectiveTable.text(column, ofRow: row, in: group.rows)
    }

    /// What it takes.
    public var kind: ValueKind {
        // A test reads the kind of every row.
        DirectiveTable.withBeginning(of: .kind, upTo: UInt8(ascii: ":"), ofRow: row, in: group.rows) { name in
            ValueKind.numbers.first(for: name) { ValueKind.all[$0].rawValue.utf8.elementsEqual(name) }
        }.map { ValueKind.all[$0] } ?? .other
    }

    /// What the column says behind the kind.
    var kindParameter: String? {
        TableText.cut(text(.kind), at: UInt8(ascii: ":")).tail
    }

    /// The default as it would be written in a unit file, `%n` being the unit's name. nil where there is none, where it
    /// follows from other directives, or where the machine decides.
    public var defaultValue: String? {
        let text = text(.default)
        return text.isEmpty ? nil : text
    }

    /// What a second assignment does, and what an empty one does.
    public var merge: Merge {
        Merge(rawValue: text(.merge)) ?? .scalar
    }

    /// The D-Bus properties that show its value; the first one shows it as it is written, others show the rest: the
    /// soft limit, the flags of a command. Empty where systemd shows nothing.
    public var properties: [Property] {
        TableText.parts(text(.properties), separator: ",").compactMap { part in
            let fields = TableText.parts(part, separator: ":")
            guard fields.count >= 2 else { return nil }
            let name = TableText.cut(fields[0], at: UInt8(ascii: "."))
            return Property(
                interface: name.tail == nil ? section.rawValue : name.head, name: name.tail ?? name.head,
                signature: fields[1], unit: fields.count > 2 ? Property.Unit(rawValue: fields[2]) : nil)
        }
    }

    /// The name of the first of `properties`.
    var firstProperty: String? { DirectiveTable.firstProperty(ofRow: row, in: group.rows) }

    /// What becomes of it.
    public var support: Support {
        guard section.isRun else { return .notHonoured(DirectiveTable.reason("unit-types")) }
        return DirectiveTable.support(ofRow: start, in: group.rows)
    }

    /// Whether it is there for old unit files only.
    public var isDeprecated: Bool {
        !text(.replacement).isEmpty
    }

    /// What to write instead of a deprecated directive; nil for one that is not, and where nothing took its place.
    public var replacement: Directive? {
        let text = text(.replacement)
        // Most have none, and are asked at every assignment.
        guard !text.isEmpty else { return nil }
        let (head, tail) = TableText.cut(text, at: UInt8(ascii: "."))
        guard let tail else { return Directives.find(head, in: section) }
        return Directive.Section(rawValue: head).flatMap { Directives.find(tail, in: $0) }
    }

    /// What an assignment takes back of those before it.
    enum Reset { case nothing, directive, property }

    /// What an assignment of a value takes back of earlier ones.
    func resets(by value: String) -> Reset {
        switch merge {
        case .scalar: value.isEmpty ? .nothing : .directive
        case .scalarReset: .directive
        case .first, .list: .nothing
        case .listReset: value.isEmpty ? .directive : .nothing
        case .listResetAll: value.isEmpty ? .property : .nothing
        }
    }

    /// Puts a value into the unit; nil where there is nothing to put.
    var set: Setter? {
        isActedOn ? Directives.setter(of: name, in: section) : nil
    }
}

/// What sets a directive of a service unit.
struct DirectiveSetter: Sendable {
    let section: Directive.Section
    let name: String
    let set: Directive.Setter

    init(_ section: Directive.Section, _ name: String, set: @escaping Directive.Setter) {
        self.section = section
        self.name = name
        self.set = set
    }
}

/// The table of all directives: the parser, `-p` properties, help, completion and documentation come from it.
public enum Directives {
    static let setters =
        honouredInUnit + honouredInService + honouredInLife + honouredInExecution + honouredOfProcess
        + honouredOfPlace + honouredInDaimon

    private static let setterNumbers = NameIndex(setters.map(\.name))

    static func setter(of name: String, in section: Directive.Section) -> Directive.Setter? {
        var text = name
        return text.withUTF8 { bytes in
            setterNumbers.first(for: bytes) { setters[$0].section == section && setters[$0].name == name }
        }.map { setters[$0].set }
    }

    /// The sections that are read of a service unit.
    static let sectionNames = UnitType.service.sections.map(\.rawValue)

    /// A directive of a section.
    /// - Parameters:
    ///   - name: without `=`; upper and lower case differ, as in systemd.
    ///   - section: where it was assigned.
    /// - Returns: nil when there is no such directive.
    public static func find(_ name: String, in section: Directive.Section) -> Directive? {
        var bytes = name
        return bytes.withUTF8 { bytes in
            for group in section.groups {
                if let row = DirectiveTable.find(bytes, in: group) {
                    return Directive(section: section, name: name, group: group, row: row)
                }
            }
            return nil
        }
    }

    /// A directive of the first section that has it, as `-p` finds it.
    /// - Parameters:
    ///   - name: without `=`.
    ///   - type: which sections are looked into.
    /// - Returns: nil when there is no such directive.
    public static func find(_ name: String, of type: UnitType = .service) -> Directive? {
        for section in type.sections {
            if let directive = find(name, in: section) { return directive }
        }
        return nil
    }

    /// All directives of a section, for listings.
    /// - Parameter section: the section.
    /// - Returns: those of its own first, each group sorted by name.
    public static func all(in section: Directive.Section) -> [Directive] {
        section.groups.flatMap { group in
            let rows = group.rows
            return group.starts.map { row in
                let name = DirectiveTable.text(.name, ofRow: row.place..<row.end, in: rows)
                return Directive(section: section, name: name, group: group, row: row)
            }
        }
    }

    /// All directives of a service unit, for listings.
    public static var all: [Directive] { all(of: .service) }

    /// All directives of a type of unit, for listings.
    /// - Parameter type: the type.
    /// - Returns: section by section; one that several sections have is there for each.
    public static func all(of type: UnitType) -> [Directive] {
        type.sections.flatMap { all(in: $0) }
    }

    /// The names of all directives of a type of unit, for completion.
    /// - Parameters:
    ///   - honouredOnly: without those that have no effect yet.
    ///   - type: the type of unit.
    /// - Returns: names without `=`; one that several sections have is there for each.
    public static func names(honouredOnly: Bool = false, of type: UnitType = .service) -> [String] {
        all(of: type).filter { directive in
            switch directive.support {
            case .honoured, .partly, .informational: true
            case .notHonoured: !honouredOnly
            }
        }.map(\.name)
    }

    /// The known name that a person most likely meant.
    /// - Parameters:
    ///   - name: what was typed.
    ///   - section: only names of this section; nil for all of a type of unit.
    ///   - type: the type of unit.
    /// - Returns: nil when none is near enough.
    public static func nearest(
        to name: String, in section: Directive.Section? = nil, of type: UnitType = .service
    ) -> String? {
        // In the text of the table, without making values of its rows: a hostile file asks for this again and again.
        guard var acted = Suggestion(to: name) else { return nil }
        var others = acted
        for section in section.map({ [$0] }) ?? type.sections {
            for group in section.groups {
                DirectiveTable.forEachName(in: group) { name, row in
                    guard acted.isPossible(name) else { return }
                    if section.isRun, DirectiveTable.isActedOn(row: row, in: group.rows) {
                        acted.consider(name)
                    } else {
                        others.consider(name)
                    }
                }
            }
        }
        // A tie goes to those that are acted on.
        return others.distance < acted.distance ? others.name : acted.name
    }
}
