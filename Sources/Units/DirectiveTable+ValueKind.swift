// What directives take: the vocabulary of the table's second column.

extension Directive {
    /// What a directive takes. The raw value is its word in the table.
    public enum ValueKind: String, CaseIterable, Sendable {
        // MARK: Text and names
        case text, words, base64
        /// A user, a group, or another name that becomes part of a path.
        case name
        /// One unit name; several of them.
        case unit, units
        case busName, interface, interfaces, descriptorName
        /// URIs: http, https, file, info, man.
        case documentation

        // MARK: Paths
        case path, paths
        /// Absolute paths with `:` between them.
        case searchPath
        /// Relative names under `/run`, `/var/lib` and so on, each with a symbolic link behind `:`.
        case directories
        case bindPaths, mountPoints, mountImages, mountOptions, imagePolicy, openFile
        /// A digest in hexadecimal, or a path.
        case hash

        // MARK: Commands and environment
        case commandLine, environment, environmentFile, exitStatuses, exitStatus, signal

        // MARK: Numbers
        case boolean
        /// A boolean, off by default. Only of directives that are not honoured: "no" asks for nothing.
        case toggle
        case timeSpan, nanoseconds, calendar, unsigned, integer, mode, bytes, percentage, limit
        /// Bytes, a percentage of the memory, or `infinity`.
        case memory
        /// A number, a percentage of what the system allows, or `infinity`.
        case tasks
        /// Bytes or a percentage, for a directory.
        case quota
        /// Numbers and ranges: of CPUs, or of NUMA nodes.
        case cpuSet

        // MARK: Words of a list
        /// One of the words in the table.
        case oneOf
        /// Several of them.
        case someOf
        /// A boolean or one of them.
        case booleanOr
        /// As `booleanOr`, off by default. Only of directives that are not honoured.
        case toggleOr
        /// A number or one of them.
        case integerOr
        /// A number of the range, or one of the words.
        case unsignedOr
        /// What to do with the machine; the mode of a job.
        case action, jobMode
        case serviceType, restartPolicy, notifyAccess, killMode
        case standardInput, standardOutput, syslogFacility, syslogLevel

        // MARK: Security
        case capabilities, systemCalls, architectures, errorNumber, addressFamilies, namespaces, securityLabel
        case credential, coredumpFilter

        // MARK: Control groups
        case controllers, delegate, deviceAllow, deviceWeight, deviceBandwidth, deviceLatency
        case ipAddresses, socketBind, bpfProgram, nftSet

        // MARK: Sockets and conditions
        case socketAddress, netlinkAddress, messageQueue, condition

        /// Not looked into.
        case other

        /// By their words: looked up at every assignment, where comparing with one after the other takes long.
        static let numbers = NameIndex(all.map(\.rawValue))
        /// Made once, which `allCases` is not.
        static let all = allCases

        /// Whether "no" is a value, and asks for what happens anyway.
        var isOffByDefault: Bool {
            self == .toggle || self == .toggleOr || self == .namespaces || self == .delegate
        }

        /// Whether the table has words behind it.
        var hasWords: Bool {
            self == .oneOf || self == .someOf || self == .booleanOr || self == .toggleOr || self == .integerOr
                || self == .unsignedOr
        }

        /// The words that are allowed, where they can be listed without the directive.
        public var allowedValues: [String] {
            switch self {
            case .boolean, .toggle, .booleanOr, .toggleOr: ["yes", "no"]
            case .serviceType: ServiceType.allCases.map(\.rawValue)
            case .restartPolicy: RestartPolicy.allCases.map(\.rawValue)
            case .notifyAccess: NotifyAccess.allCases.map(\.rawValue)
            case .killMode: KillMode.allCases.map(\.rawValue)
            case .syslogFacility: SyslogNames.facilities.map(\.name)
            case .syslogLevel: SyslogNames.levels
            case .standardInput: ["null", "file:"]
            case .standardOutput: ["inherit", "null", "journal", "file:", "append:", "truncate:"]
            case .action:
                [
                    "none", "exit", "exit-force", "reboot", "reboot-force", "reboot-immediate", "poweroff",
                    "poweroff-force", "poweroff-immediate", "soft-reboot", "soft-reboot-force", "kexec", "kexec-force",
                    "halt", "halt-force", "halt-immediate",
                ]
            case .jobMode:
                [
                    "fail", "replace", "replace-irreversibly", "isolate", "flush", "ignore-dependencies",
                    "ignore-requirements", "triggering", "restart-dependencies",
                ]
            case .text, .words, .base64, .name, .unit, .units, .busName, .interface, .interfaces,
                .descriptorName, .documentation, .path, .paths, .searchPath, .directories, .bindPaths, .mountPoints,
                .mountImages, .mountOptions, .imagePolicy,
                .openFile, .hash, .commandLine, .environment, .environmentFile, .exitStatuses, .exitStatus, .signal,
                .timeSpan, .nanoseconds, .calendar, .unsigned, .integer, .mode, .bytes, .percentage, .limit, .memory,
                .tasks, .quota, .cpuSet, .oneOf, .someOf, .integerOr, .unsignedOr, .capabilities, .systemCalls,
                .architectures, .errorNumber, .addressFamilies, .namespaces, .securityLabel, .credential,
                .coredumpFilter, .controllers, .delegate, .deviceAllow, .deviceWeight, .deviceBandwidth,
                .deviceLatency, .ipAddresses, .socketBind, .bpfProgram, .nftSet, .socketAddress, .netlinkAddress,
                .messageQueue, .condition, .other:
                []
            }
        }
    }

    /// The words that are allowed, where they can be listed. For a kind that takes numbers or text too, those words only.
    public var allowedValues: [String] {
        let kind = kind
        let parameter = kindParameter ?? ""
        // A range stands before the words.
        let words = kind == .unsignedOr ? TableText.cut(parameter, at: UInt8(ascii: ":")).tail ?? "" : parameter
        return kind.allowedValues + (kind.hasWords ? TableText.parts(words, separator: ",") : [])
    }

    /// The numbers that are allowed; nil for what is no number. Both ends belong to it.
    public var allowedRange: ClosedRange<Int64>? {
        let kind = kind
        let range = Self.range(TableText.cut(kindParameter ?? "", at: UInt8(ascii: ":")).head)
        if kind == .integer, properties.first?.signature == "x" { return range ?? .min ... .max }
        if kind == .integer { return range ?? Int64(Int32.min)...Int64(Int32.max) }
        if kind == .unsigned { return range ?? 0...Int64(UInt32.max) }
        return kind == .unsignedOr ? range : nil
    }

    /// `-20..19`.
    private static func range(_ text: String) -> ClosedRange<Int64>? {
        let ends = TableText.parts(text, separator: ".")
        guard ends.count == 3, let lower = Int64(ends[0]), let upper = Int64(ends[2]), lower <= upper else {
            return nil
        }
        return lower...upper
    }
}
