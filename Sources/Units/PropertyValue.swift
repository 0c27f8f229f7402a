// The value of a property of a unit, typed, with its two faces: the text that `systemctl show` prints, and JSON.

/// A value as the D-Bus interface of systemd types it (org.freedesktop.systemd1(5)).
public enum PropertyValue: Equatable, Sendable {
    case boolean(Bool)
    case signed(Int64)
    case unsigned(UInt64)
    /// A number whose greatest value is shown as a word: `infinity`, or `[not set]`.
    case unsignedOr(UInt64?, String)
    /// µs.
    case span(TimeSpan)
    /// A span in ns, shown as a number.
    case nanoseconds(UInt64)
    /// A mode of files, shown in octal.
    case mode(UInt32)
    case text(String)
    case list([String])
    /// Structures that are shown in one line, with spaces between and no quotation marks.
    case bareList([String])
    case commands([ExecCommand])
    /// The same with all their prefixes.
    case commandsWithFlags([ExecCommand])
    /// Texts that are shown on a line each.
    case texts([String])
    case exitStatuses(ExitStatusSet)
    case environmentFiles([EnvironmentFile])
    /// Pairs such as the addresses of a socket with their kinds, shown as `[::]:22 (Stream)`.
    case labelled([Labelled])
    /// Conditions, or assertions, each with its directive; `systemctl show` prints none of them.
    case conditions([NamedCondition])
    /// No value: the machine decides.
    case unset
    /// When a timer elapses.
    case timers([Labelled])
    /// A list that is allowed, or, when inverted, forbidden: `~a b`.
    case filter(isAllowList: Bool, [String])
    /// Structures, each on a line of its own or all on one.
    case structures([Structure], inLine: Bool = false)

    /// A condition with the directive it was assigned by.
    public struct NamedCondition: Equatable, Sendable {
        /// For example `ConditionPathExists`.
        public var directive: String
        /// The condition.
        public var condition: Condition
    }

    /// A value with what it is.
    public struct Labelled: Equatable, Sendable {
        /// The value.
        public var value: String
        /// What it is: `Stream`, `PathExists`.
        public var label: String

        /// A pair.
        /// - Parameters:
        ///   - value: the value.
        ///   - label: what it is.
        public init(_ value: String, _ label: String) {
            self.value = value
            self.label = label
        }
    }

    /// Whether `systemctl show` leaves the property out unless `--all` is given.
    public var isEmpty: Bool {
        switch self {
        case .unset: true
        case .text(let text): text.isEmpty
        case .list(let list), .bareList(let list): list.isEmpty
        case .commands(let commands), .commandsWithFlags(let commands): commands.isEmpty
        case .texts(let texts): texts.isEmpty
        case .exitStatuses(let set): set.statuses.isEmpty && set.signals.isEmpty
        case .environmentFiles(let files): files.isEmpty
        case .labelled(let pairs), .timers(let pairs): pairs.isEmpty
        case .conditions(let list): list.isEmpty
        case .filter(let isAllowList, let names): !isAllowList && names.isEmpty
        case .structures(let list, _): list.isEmpty
        case .boolean, .signed, .unsigned, .unsignedOr, .span, .nanoseconds, .mode: false
        }
    }

    // MARK: - As systemctl show prints it

    /// The lines of `systemctl show` without `NAME=`; a list of structures has a line for each.
    public var lines: [String] {
        switch self {
        case .unset: []
        case .boolean(let value): [value ? "yes" : "no"]
        case .signed(let value): [String(value)]
        case .unsigned(let value), .nanoseconds(let value): [String(value)]
        case .unsignedOr(let value, let word): [value.map { String($0) } ?? word]
        case .span(let span): [span.description]
        case .mode(let mode): [Self.octal(mode)]
        case .text(let text): [text]
        case .list(let list): [list.map(Self.quoted).joined(separator: " ")]
        case .bareList(let list): [list.joined(separator: " ")]
        case .commands(let commands): commands.map { Self.line($0, "ignore_errors=\($0.ignoreFailure ? "yes" : "no")") }
        case .commandsWithFlags(let commands):
            commands.map { Self.line($0, "flags=\($0.flags.joined(separator: " "))") }
        case .texts(let texts): texts
        case .exitStatuses(let set):
            [
                (set.statuses.sorted().map { String($0) }
                    + Self.sorted(set.signals).map { String($0.name.dropFirst(3)) }).joined(separator: " ")
            ]
        case .environmentFiles(let files):
            files.map { "\($0.path) (ignore_errors=\($0.missingIsAllowed ? "yes" : "no"))" }
        case .labelled(let pairs): pairs.map { "\($0.value) (\($0.label))" }
        case .conditions(let list):
            list.map { named in
                let prefix = (named.condition.isTrigger ? "|" : "") + (named.condition.isNegated ? "!" : "")
                return "\(prefix)\(named.condition.parameter) (\(named.directive))"
            }
        case .timers(let pairs):
            pairs.map { pair in
                pair.label == "OnCalendar"
                    ? "{ OnCalendar=\(pair.value) ; next_elapse=(null) }"
                    : "{ \(pair.label.dropLast("Sec".count))USec=\(pair.value) ; next_elapse=0 }"
            }
        case .filter(let isAllowList, let names):
            [(isAllowList ? "" : "~") + names.joined(separator: " ")]
        case .structures(let list, true): [list.map(\.text).joined(separator: " ")]
        case .structures(let list, false): list.map(\.text)
        }
    }

    private static func sorted(_ signals: Set<Signal>) -> [Signal] {
        signals.sorted { $0.number < $1.number }
    }

    private static func octal(_ mode: UInt32) -> String {
        let digits = String(mode, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }

    /// A word of a list: in quotation marks where a shell would take it apart.
    private static func quoted(_ word: String) -> String {
        let special = "\"\\`$*?['()<>|&;!"
        let needsQuotes = word.isEmpty || word.utf8.contains { $0 <= 0x20 || $0 == 0x7f || special.utf8.contains($0) }
        guard needsQuotes else { return word }
        var result = "\""
        let controls: [Unicode.Scalar: String] = [
            "\u{7}": "\\a", "\u{8}": "\\b", "\t": "\\t", "\n": "\\n", "\u{b}": "\\v", "\u{c}": "\\f", "\r": "\\r",
        ]
        for scalar in word.unicodeScalars {
            if let escape = controls[scalar] {
                result += escape
                continue
            }
            if "\"\\`$".unicodeScalars.contains(scalar) { result += "\\" }
            result.unicodeScalars.append(scalar)
        }
        return result + "\""
    }

    private static func line(_ command: ExecCommand, _ flags: String) -> String {
        "{ path=\(command.path) ; argv[]=\(command.arguments.joined(separator: " ")) ; \(flags) ; "
            + "start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }"
    }

    // MARK: - JSON

    /// The value as JSON. Numbers that mean "infinity" or "not set" are null.
    public var json: String {
        switch self {
        case .unset: return "null"
        case .boolean(let value): return value ? "true" : "false"
        case .signed(let value): return String(value)
        case .unsigned(let value), .nanoseconds(let value): return String(value)
        case .unsignedOr(let value, _): return value.map { String($0) } ?? "null"
        case .span(let span): return span == .infinity ? "null" : String(span.microseconds)
        case .mode(let mode): return String(mode)
        case .text(let text): return JSON.string(text)
        case .list(let list), .bareList(let list): return JSON.array(list.map(JSON.string))
        case .texts(let texts): return JSON.array(texts.map(JSON.string))
        case .commands(let commands), .commandsWithFlags(let commands):
            return JSON.array(
                commands.map {
                    "{\"path\":\(JSON.string($0.path)),\"argv\":\(JSON.array($0.arguments.map(JSON.string)))"
                        + ",\"flags\":\(JSON.array($0.flags.map(JSON.string)))}"
                })
        case .exitStatuses(let set):
            return "{\"statuses\":\(JSON.array(set.statuses.sorted().map { String($0) }))"
                + ",\"signals\":\(JSON.array(Self.sorted(set.signals).map { JSON.string($0.name) }))}"
        case .environmentFiles(let files):
            return JSON.array(
                files.map { "{\"path\":\(JSON.string($0.path)),\"ignoreErrors\":\($0.missingIsAllowed)}" })
        case .conditions(let list):
            return JSON.array(
                list.map {
                    "{\"type\":\(JSON.string($0.directive)),\"trigger\":\($0.condition.isTrigger)"
                        + ",\"negate\":\($0.condition.isNegated),\"parameter\":\(JSON.string($0.condition.parameter))}"
                })
        case .labelled(let pairs), .timers(let pairs):
            return JSON.array(
                pairs.map { "{\"type\":\(JSON.string($0.label)),\"value\":\(JSON.string($0.value))}" })
        case .filter(let isAllowList, let names):
            return "{\"allow\":\(isAllowList),\"list\":\(JSON.array(names.map(JSON.string)))}"
        case .structures(let list, _): return JSON.array(list.map(\.json))
        }
    }
}

extension ExecCommand {
    /// The prefixes by the names of `ExecStartEx` (org.freedesktop.systemd1(5)).
    public var flags: [String] {
        var flags: [String] = []
        if ignoreFailure { flags.append("ignore-failure") }
        switch privilege {
        case .none: break
        case .full: flags.append("privileged")
        case .elevated: flags.append("no-setuid")
        case .ambient: flags.append("ambient")
        }
        if noEnvironmentExpansion { flags.append("no-env-expand") }
        if viaShell { flags.append("via-shell") }
        return flags
    }
}

/// Writing JSON (RFC 8259).
public enum JSON {
    /// A string with its quotation marks; control characters are escaped.
    /// - Parameter text: anything.
    /// - Returns: the string as JSON.
    public static func string(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case _ where scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value):
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// An array of values that are JSON already.
    /// - Parameter values: the elements.
    /// - Returns: the array as JSON.
    public static func array(_ values: [String]) -> String { "[" + values.joined(separator: ",") + "]" }
}
