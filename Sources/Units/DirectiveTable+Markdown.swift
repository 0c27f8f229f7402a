// The table of directives as a page for people: docs/directives.md.

extension Directives {
    /// The page about all directives, in Markdown.
    /// - Returns: the whole text of docs/directives.md.
    public static func markdown() -> String {
        var page = """
            # Directives

            Every directive of a unit file that daimon knows, which are those of systemd 257 and some newer ones: what it
            takes, what holds without it, where its value is seen on D-Bus, and what daimon does with it. This page is
            written by the program itself out of its table of directives; do not edit it.

            How to read the columns:

            - **Default**: as it would be written in a unit file; `%n` is the unit's name. Empty where there is none, or where
              the machine decides.
            - **Again**: what a second assignment does. *replaces*: the last one counts; *adds*: it is a list; *ignored*: the
              first one counts. Then what an empty assignment does: *resets* (brings the default back, or empties the list),
              *resets all* (those of every condition, of every address, of every timer, of every path), or nothing, because
              it is an invalid value or no value.
            - **D-Bus property**: of the unit's object, with its signature, and the unit of what is counted.
            - **Honoured**: `daimon verify` tells the same of a unit file. A directive that is not honoured is named in a
              warning when the unit is started; `--strict` refuses to start.


            """
        for (title, section, group) in pages {
            page += "## \(title)\n\n"
            let directives = all(in: section).filter { $0.group == group }
            page += "| Directive | Value | Default | Again | D-Bus property | Honoured |\n|---|---|---|---|---|---|\n"
            for directive in directives { page += row(directive) }
            page += "\n"
        }
        page += "## [Slice], [Target] and [Device]\n\n"
        page += "They have no directives of their own; a slice has those of systemd.resource-control(5).\n"
        return page
    }

    /// What is written one after the other. The shared groups are shown as they are for a service.
    private static let pages: [(title: String, section: Directive.Section, group: DirectiveTable.Group)] = [
        ("[Unit]", .unit, .unit),
        ("[Service]", .service, .service),
        ("Execution: systemd.exec(5), in [Service], [Socket], [Mount] and [Swap]", .service, .execution),
        ("Killing: systemd.kill(5), in [Service], [Socket], [Mount], [Swap] and [Scope]", .service, .killing),
        (
            "Control groups: systemd.resource-control(5), in [Service], [Socket], [Mount], [Swap], [Slice] and [Scope]",
            .service, .resources
        ),
        ("[Socket]", .socket, .socket),
        ("[Timer]", .timer, .timer),
        ("[Path]", .path, .path),
        ("[Mount]", .mount, .mount),
        ("[Automount]", .automount, .automount),
        ("[Swap]", .swap, .swap),
        ("[Scope]", .scope, .scope),
        ("[Install]", .install, .install),
        ("[X-Daimon], which systemd ignores", .daimon, .daimon),
    ]

    private static func row(_ directive: Directive) -> String {
        let cells = [
            "`\(directive.name)=`", value(directive), directive.defaultValue.map { "`\($0)`" } ?? "",
            directive.merge.summary, directive.properties.map(property).joined(separator: ", "), honoured(directive),
        ]
        return "| " + cells.joined(separator: " | ") + " |\n"
    }

    private static func value(_ directive: Directive) -> String {
        let words = directive.allowedValues.map { "`\($0)`" }
        var parts = [directive.kind.summary]
        // Not for all numbers: everybody knows that they end somewhere.
        if let range = directive.allowedRange, directive.kindParameter != nil, directive.kind != .integerOr {
            parts = ["\(range.lowerBound) to \(range.upperBound)"]
        }
        return (parts + words).filter { !$0.isEmpty }.joined(separator: ", ")
    }

    private static func property(_ property: Directive.Property) -> String {
        "`\(property.name)` `\(property.signature)`" + (property.unit.map { " \($0.rawValue)" } ?? "")
    }

    private static func honoured(_ directive: Directive) -> String {
        var text =
            switch directive.support {
            case .honoured: "yes"
            case .partly(let reason): "in part: \(reason)"
            case .informational(let reason): "nothing to do: \(reason)"
            case .notHonoured(let reason): "no: \(reason)"
            }
        if let new = directive.replacement {
            text += "; deprecated, now "
            text += new.section == directive.section ? "`\(new.name)=`" : "`\(new.name)=` of [\(new.section.rawValue)]"
        } else if directive.isDeprecated {
            text += "; deprecated"
        }
        return text
    }
}

extension Directive.Merge {
    fileprivate var summary: String {
        switch self {
        case .scalar: "replaces"
        case .scalarReset: "replaces, resets"
        case .first: "ignored"
        case .list: "adds"
        case .listReset: "adds, resets"
        case .listResetAll: "adds, resets all"
        }
    }
}

extension Directive.ValueKind {
    /// What it is, in a few words; empty where the allowed words say it.
    fileprivate var summary: String {
        switch self {
        case .text: "text"
        case .words: "words"
        case .base64: "Base64"
        case .name: "name"
        case .unit: "unit name"
        case .units: "unit names"
        case .busName: "D-Bus name"
        case .interface: "network interface"
        case .interfaces: "network interfaces, `~` before them for all others"
        case .descriptorName: "name"
        case .documentation: "URIs"
        case .path: "path"
        case .paths: "paths"
        case .searchPath: "paths with `:` between them"
        case .directories: "relative paths, `path:symlink`"
        case .bindPaths: "`source:destination:options`"
        case .mountPoints: "`path:options`"
        case .mountImages: "`image:path:options`"
        case .mountOptions: "`partition:options`"
        case .imagePolicy: "image policy"
        case .openFile: "`path:name:options`"
        case .hash: "hash in hexadecimal, or path"
        case .commandLine: "command lines"
        case .environment: "`NAME=value`"
        case .environmentFile: "path, `-` before it when it may be missing"
        case .exitStatuses: "exit statuses and signals"
        case .exitStatus: "exit status"
        case .signal: "signal"
        case .boolean, .toggle, .booleanOr, .toggleOr: ""
        case .timeSpan: "time span"
        case .nanoseconds: "time span, in ns without a unit"
        case .calendar: "calendar event"
        case .unsigned, .unsignedOr: "number"
        case .integer, .integerOr: "number"
        case .mode: "access mode in octal"
        case .bytes: "bytes"
        case .percentage: "percentage"
        case .limit: "limit, `soft:hard`"
        case .memory: "bytes, percentage, `infinity`"
        case .tasks: "number, percentage, `infinity`"
        case .quota: "bytes, percentage"
        case .cpuSet: "numbers and ranges"
        case .oneOf, .action, .jobMode, .serviceType, .restartPolicy, .notifyAccess, .killMode, .standardInput,
            .standardOutput, .syslogFacility, .syslogLevel:
            ""
        case .someOf: "several of"
        case .capabilities: "capabilities, `~` before them for all others"
        case .systemCalls: "system calls and `@groups`, `~` before them for all others"
        case .architectures: "architectures"
        case .errorNumber: "name of an error, or `kill`"
        case .addressFamilies: "address families, `~` before them for all others"
        case .namespaces: "boolean or types of namespaces"
        case .securityLabel: "label, `-` before it when it may fail"
        case .credential: "`ID:value`"
        case .coredumpFilter: "kinds of memory, or a mask in hexadecimal"
        case .controllers: "controllers"
        case .delegate: "boolean or controllers"
        case .deviceAllow: "`device rwm`"
        case .deviceWeight: "`device weight`"
        case .deviceBandwidth: "`device bytes`"
        case .deviceLatency: "`device time span`"
        case .ipAddresses: "addresses, `address/prefix`, or `any`"
        case .socketBind: "`family:protocol:ports`"
        case .bpfProgram: "`type:path`"
        case .nftSet: "`source:family:table:set`"
        case .socketAddress: "socket address"
        case .netlinkAddress: "netlink family and group"
        case .messageQueue: "name of a message queue"
        case .condition: "condition"
        case .other: ""
        }
    }
}
