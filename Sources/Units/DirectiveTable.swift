// The one table of directives: what its rows say, which groups of rows a section has, and how a row is found.
//
// The table is text. Six hundred Swift values with pointers in them would be relocated and allocated whenever a daemon
// starts; a literal costs nothing until it is read, and a row is found by binary search in the text itself.
//
// A row has seven columns with `|` between them, the last ones are left out when they are empty:
//
//     name | kind | default | merge | properties | support | replacement
//
//   kind         a `Directive.ValueKind`, and behind `:` its words or range: `oneOf:all,pid`, `integer:-20..19`
//   default      as it would be written in a unit file, `%n` being the unit's name; nothing where there is none, or
//                where it depends on the machine
//   merge        a `Directive.Merge`: what a second and what an empty assignment does
//   properties   D-Bus: `name:signature`, `:unit` behind it for numbers that have one, `,` between several. The first
//                one has the value as it is written. `Unit.` before a name: of that interface, not of the section's
//   support      `yes`; `partly`, `info` (nothing to act on) or `no` with a reason, or with the `@key` of a shared one
//   replacement  of a deprecated directive: the one to use now, `Unit.` before it when it moved there; `-` for none
//
// Properties, their signatures and defaults, and the rules of merging were measured on systemd 257; a few directives
// that are newer are known too.

enum DirectiveTable {
    /// Rows that one or several sections have.
    enum Group: Int, CaseIterable {
        case unit, install, daimon, service, socket, timer, path, mount, automount, swap, scope
        /// systemd.exec(5), systemd.kill(5) and systemd.resource-control(5).
        case execution, killing, resources

        /// Where each row begins. Stepping through the text for it cost most of the time of reading a unit; an array of
        /// numbers needs no relocation, and is made when the first name of the group is looked for.
        var starts: [RowStart] {
            switch self {
            case .unit: Starts.unit
            case .install: Starts.install
            case .daimon: Starts.daimon
            case .service: Starts.service
            case .socket: Starts.socket
            case .timer: Starts.timer
            case .path: Starts.path
            case .mount: Starts.mount
            case .automount: Starts.automount
            case .swap: Starts.swap
            case .scope: Starts.scope
            case .execution: Starts.execution
            case .killing: Starts.killing
            case .resources: Starts.resources
            }
        }

        private enum Starts {
            static let unit = DirectiveTable.starts(of: unitRows)
            static let install = DirectiveTable.starts(of: installRows)
            static let daimon = DirectiveTable.starts(of: daimonRows)
            static let service = DirectiveTable.starts(of: serviceRows)
            static let socket = DirectiveTable.starts(of: socketRows)
            static let timer = DirectiveTable.starts(of: timerRows)
            static let path = DirectiveTable.starts(of: pathRows)
            static let mount = DirectiveTable.starts(of: mountRows)
            static let automount = DirectiveTable.starts(of: automountRows)
            static let swap = DirectiveTable.starts(of: swapRows)
            static let scope = DirectiveTable.starts(of: scopeRows)
            static let execution = DirectiveTable.starts(of: executionRows)
            static let killing = DirectiveTable.starts(of: killingRows)
            static let resources = DirectiveTable.starts(of: resourceRows)
        }

        /// The rows, one a line, sorted by the bytes of their names.
        var rows: StaticString {
            switch self {
            case .unit: DirectiveTable.unitRows
            case .install: DirectiveTable.installRows
            case .daimon: DirectiveTable.daimonRows
            case .service: DirectiveTable.serviceRows
            case .socket: DirectiveTable.socketRows
            case .timer: DirectiveTable.timerRows
            case .path: DirectiveTable.pathRows
            case .mount: DirectiveTable.mountRows
            case .automount: DirectiveTable.automountRows
            case .swap: DirectiveTable.swapRows
            case .scope: DirectiveTable.scopeRows
            case .execution: DirectiveTable.executionRows
            case .killing: DirectiveTable.killingRows
            case .resources: DirectiveTable.resourceRows
            }
        }
    }

    /// The columns, in their order.
    enum Column: Int {
        case name, kind, `default`, merge, properties, support, replacement
    }

    private static let newline = UInt8(ascii: "\n")
    private static let bar = UInt8(ascii: "|")

    // MARK: - Finding

    /// Where a row lies, in bytes, and the beginning of its name as a number that sorts as its bytes do: most names
    /// differ in it, and comparing numbers is all it takes then. The end and the support are there so that nobody steps
    /// through the row for them at every assignment.
    struct RowStart: Equatable {
        let head: UInt64
        let start: UInt32
        /// From the start to the line break.
        let length: UInt16
        /// From the start to the column of the support; the length where the row ends before it.
        let support: UInt16

        var place: Int { Int(start) }
        var end: Int { Int(start) + Int(length) }
    }

    /// Where each row of a text lies.
    static func starts(of rows: StaticString) -> [RowStart] {
        rows.withUTF8Buffer { rows in
            guard !rows.isEmpty else { return [] }
            var starts: [RowStart] = []
            var (start, bars, support) = (0, 0, 0)
            for index in 0...rows.count {
                if index == rows.count || rows[index] == newline {
                    let name = UnsafeBufferPointer(rebasing: rows[start..<index])
                    starts.append(
                        RowStart(
                            head: head(name), start: UInt32(start), length: UInt16(index - start),
                            support: UInt16((bars < Column.support.rawValue ? index : support) - start)))
                    (start, bars) = (index + 1, 0)
                } else if rows[index] == bar {
                    bars += 1
                    if bars == Column.support.rawValue { support = index + 1 }
                }
            }
            return starts
        }
    }

    /// The first eight bytes up to the end of the name, the rest 0.
    static func head(_ name: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var head: UInt64 = 0
        for index in 0..<min(name.count, 8) {
            if name[index] == bar { break }
            head |= UInt64(name[index]) << UInt64(56 - 8 * index)
        }
        return head
    }

    /// The row of a name in a group.
    /// - Parameters:
    ///   - name: looked for byte by byte.
    ///   - group: the rows.
    /// - Returns: where the row is; nil when there is none. A name with a bar in it is none: a row's ends before its bar.
    static func find(_ name: UnsafeBufferPointer<UInt8>, in group: Group) -> RowStart? {
        find(name, in: group.rows, group.starts)
    }

    private static func find(
        _ name: UnsafeBufferPointer<UInt8>, in rows: StaticString, _ starts: [RowStart]
    ) -> RowStart? {
        let wanted = head(name)
        return rows.withUTF8Buffer { rows in
            var (low, high) = (0, starts.count)
            while low < high {
                let middle = (low + high) / 2
                let start = starts[middle]
                if wanted < start.head {
                    high = middle
                } else if wanted > start.head {
                    low = middle + 1
                } else {
                    let order = compare(name, with: rows, at: start.place)
                    if order == 0 { return start }
                    if order < 0 { high = middle } else { low = middle + 1 }
                }
            }
            return nil
        }
    }

    /// Compares a name with that of the row that begins at a place; negative when it is the smaller one.
    private static func compare(
        _ name: UnsafeBufferPointer<UInt8>, with rows: UnsafeBufferPointer<UInt8>, at start: Int
    ) -> Int {
        var index = 0
        while index < name.count {
            let place = start + index
            // The row's name is the beginning of the one looked for.
            if place >= rows.count || rows[place] == bar { return 1 }
            if rows[place] != name[index] { return Int(name[index]) - Int(rows[place]) }
            index += 1
        }
        let place = start + index
        return place >= rows.count || rows[place] == bar ? 0 : -1
    }

    // MARK: - Reading

    /// The bytes of a column; none where the row ends before it.
    private static func bytes(
        of column: Column, ofRow row: Range<Int>, in rows: UnsafeBufferPointer<UInt8>
    ) -> UnsafeBufferPointer<UInt8> {
        var start = row.lowerBound
        for _ in 0..<column.rawValue {
            while start < row.upperBound, rows[start] != bar { start += 1 }
            if start >= row.upperBound { return UnsafeBufferPointer(rebasing: rows[start..<start]) }
            start += 1
        }
        var end = start
        while end < row.upperBound, rows[end] != bar { end += 1 }
        return UnsafeBufferPointer(rebasing: rows[start..<end])
    }

    /// The text of a column.
    /// - Parameters:
    ///   - column: which one.
    ///   - row: where the row is.
    ///   - rows: the text it is in.
    /// - Returns: empty where the row ends before it.
    static func text(_ column: Column, ofRow row: Range<Int>, in rows: StaticString) -> String {
        rows.withUTF8Buffer { Bytes.text(bytes(of: column, ofRow: row, in: $0)) }
    }

    /// The beginning of a column, up to a byte or to its end.
    static func withBeginning<Result>(
        of column: Column, upTo end: UInt8, ofRow row: Range<Int>, in rows: StaticString,
        _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        rows.withUTF8Buffer { rows in
            let bytes = bytes(of: column, ofRow: row, in: rows)
            return body(UnsafeBufferPointer(rebasing: bytes[..<(bytes.firstIndex(of: end) ?? bytes.count)]))
        }
    }

    /// What becomes of a directive. Asked for at every assignment, so the text is taken apart in place.
    static func support(ofRow row: RowStart, in rows: StaticString) -> Directive.Support {
        rows.withUTF8Buffer { rows in
            let rest = UnsafeBufferPointer(rebasing: rows[(row.place + Int(row.support))..<row.end])
            let column = UnsafeBufferPointer(rebasing: rest[..<(rest.firstIndex(of: bar) ?? rest.count)])
            // "yes", or "set": acted on by the set of units that the unit is in, not by what reads the unit.
            guard let first = column.first, first != UInt8(ascii: "y"), first != UInt8(ascii: "s") else {
                return .honoured
            }
            let space = column.firstIndex(of: UInt8(ascii: " ")) ?? column.count - 1
            let words = UnsafeBufferPointer(rebasing: column[(space + 1)...])
            let reason =
                words.first == UInt8(ascii: "@")
                ? reason(UnsafeBufferPointer(rebasing: words[1...])) : Bytes.text(words)
            switch first {
            case UInt8(ascii: "p"): return .partly(reason)
            case UInt8(ascii: "i"): return .informational(reason)
            default: return .notHonoured(reason)
            }
        }
    }

    /// The name of the first property; nil where there is none. Asked for at every assignment.
    static func firstProperty(ofRow row: Range<Int>, in rows: StaticString) -> String? {
        rows.withUTF8Buffer { rows in
            let column = bytes(of: .properties, ofRow: row, in: rows)
            guard let end = column.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            let name = column[..<end]
            // Behind the interface, where it is not the section's own.
            return Bytes.text(name[(name.firstIndex(of: UInt8(ascii: ".")).map { $0 + 1 } ?? 0)...])
        }
    }

    /// The row of a name in a group.
    static func find(_ name: String, in group: Group) -> Range<Int>? {
        var name = name
        return name.withUTF8 { find($0, in: group) }.map { $0.place..<$0.end }
    }

    /// Calls a function with the bytes of each name of a group, and its row.
    static func forEachName(in group: Group, _ body: (UnsafeBufferPointer<UInt8>, RowStart) -> Void) {
        let starts = group.starts
        group.rows.withUTF8Buffer { rows in
            for start in starts { body(bytes(of: .name, ofRow: start.place..<start.end, in: rows), start) }
        }
    }

    /// Whether the unit by itself honours it, at least in part: only then something sets it.
    static func isActedOn(row: RowStart, in rows: StaticString) -> Bool {
        if row.support == row.length { return false }
        return rows.withUTF8Buffer { rows in
            let first = rows[row.place + Int(row.support)]
            return first == UInt8(ascii: "y") || first == UInt8(ascii: "p")
        }
    }

    /// A shared reason.
    /// - Parameter key: without `@`.
    /// - Returns: empty when there is none; a test sees to it that every key of a row has one.
    static func reason(_ key: String) -> String {
        var key = key
        return key.withUTF8 { reason($0) }
    }

    private static func reason(_ key: UnsafeBufferPointer<UInt8>) -> String {
        guard let row = find(key, in: reasonRows, reasonStarts) else { return "" }
        return text(.kind, ofRow: row.place..<row.end, in: reasonRows)
    }

    private static let reasonStarts = starts(of: reasonRows)
}

/// Finds the few of many names that begin as one does: comparing texts, at every assignment with one name after the
/// other, costs more than all the rest of reading it.
struct NameIndex: Sendable {
    private let heads: [(head: UInt64, number: Int)]

    /// - Parameter names: in any order; one may be there twice.
    init(_ names: [String]) {
        heads = names.enumerated().map { number, name in
            var name = name
            return (name.withUTF8(DirectiveTable.head), number)
        }.sorted { ($0.head, $0.number) < ($1.head, $1.number) }
    }

    /// The number of the first name that begins with the same eight bytes and is the one.
    func first(for name: UnsafeBufferPointer<UInt8>, where isIt: (Int) -> Bool) -> Int? {
        let wanted = DirectiveTable.head(name)
        var (low, high) = (0, heads.count)
        while low < high {
            let middle = (low + high) / 2
            if heads[middle].head < wanted { low = middle + 1 } else { high = middle }
        }
        while low < heads.count, heads[low].head == wanted {
            if isIt(heads[low].number) { return heads[low].number }
            low += 1
        }
        return nil
    }
}

// MARK: - Text

/// Taking the columns apart, without the runtime's generic `split` of Character.
enum TableText {
    /// The parts between separators.
    /// - Parameters:
    ///   - text: a column.
    ///   - separator: an ASCII character.
    /// - Returns: none for an empty text; empty parts are kept.
    static func parts(_ text: String, separator: Character) -> [String] {
        guard !text.isEmpty, let byte = separator.asciiValue else { return [] }
        return text.utf8.split(separator: byte, omittingEmptySubsequences: false).map(Bytes.text)
    }

    /// What stands before and after the first separator.
    /// - Parameters:
    ///   - text: a column, or a part of one.
    ///   - separator: an ASCII byte.
    /// - Returns: the whole text and nil where there is no separator.
    static func cut(_ text: String, at separator: UInt8) -> (head: String, tail: String?) {
        guard let place = text.utf8.firstIndex(of: separator) else { return (text, nil) }
        return (Bytes.text(text.utf8[..<place]), Bytes.text(text.utf8[text.utf8.index(after: place)...]))
    }
}
