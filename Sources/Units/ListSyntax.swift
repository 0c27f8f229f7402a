// How the value of a list is taken apart. systemd splits each list with a choice of its own of what quotation marks and
// backslashes mean; systemd.syntax(7) names one of them only. Measured on systemd 257, directive by directive.

/// How the words of a value are read.
struct ListSyntax {
    /// What quotation marks and backslashes mean.
    let options: WordReader.Options
    /// Whether specifiers are replaced in each word.
    var expandsSpecifiers = true
    /// Whether a word that cannot be read, or a specifier that is not known, loses the whole value. Otherwise the words
    /// before an unreadable one count.
    var isAllOrNothing = false
    /// Whether a word that is refused ends the value.
    var endsAtRefusal = false

    init(_ options: WordReader.Options) {
        self.options = options
    }

    /// Words between whitespace: a quotation mark is a byte like any other, a backslash makes the next byte literal.
    static let literal = ListSyntax([])
    /// Quotation marks group; a backslash makes the next byte literal, so `\x20` is "x20".
    static let quoted = ListSyntax([.unquote])
    /// Quotation marks group; a backslash begins a C escape, and one that is not known ends the value.
    static let escaped = ListSyntax([.unquote, .unescape])
    /// Quotation marks group; a backslash stays, for whoever reads the word.
    static let quotedKeepingEscapes = ListSyntax([.unquote, .keepEscapes])
    /// As `quoted`, and the last quotation mark may stay open.
    static let relaxed = ListSyntax([.unquote, .relaxed])

    var withoutSpecifiers: ListSyntax {
        var syntax = self
        syntax.expandsSpecifiers = false
        return syntax
    }

    var endingAtRefusal: ListSyntax {
        var syntax = self
        syntax.endsAtRefusal = true
        return syntax
    }

    var allOrNothing: ListSyntax {
        var syntax = self
        syntax.isAllOrNothing = true
        return syntax
    }
}

extension Directive {
    /// How its value is taken apart; of one that is no list without meaning.
    /// - Parameter kind: its kind, which whoever asks has at hand.
    /// - Returns: the way of taking it apart.
    func listSyntax(of kind: ValueKind) -> ListSyntax {
        switch kind {
        case .environment: .escaped
        case .documentation: .quotedKeepingEscapes.allOrNothing
        case .units where section == .install: .quotedKeepingEscapes
        // Names of units have backslashes of their own.
        case .units where name != "Sockets": ListSyntax([.keepEscapes])
        case .units: .literal
        case .words where name == "UnsetEnvironment": .escaped
        case .words where name == "SupplementaryGroups": .literal
        case .words where name.hasPrefix("Restrict"): .quoted.withoutSpecifiers
        case .interfaces: .quoted.withoutSpecifiers
        case .paths where name == "Symlinks": .quoted.endingAtRefusal
        case .words, .paths, .bindPaths, .mountPoints: .quoted
        case .architectures, .addressFamilies: .quoted.withoutSpecifiers
        case .delegate: .quoted.withoutSpecifiers.allOrNothing
        case .directories: .quotedKeepingEscapes
        case .capabilities, .someOf: .relaxed.withoutSpecifiers
        case .systemCalls, .ipAddresses, .controllers, .exitStatuses: .literal.withoutSpecifiers
        case .namespaces, .coredumpFilter: .literal.withoutSpecifiers.allOrNothing
        case .text, .base64, .name, .unit, .busName, .interface, .path, .searchPath, .mountImages, .mountOptions,
            .imagePolicy, .openFile, .hash, .commandLine, .environmentFile, .exitStatus, .signal, .boolean, .toggle,
            .timeSpan, .nanoseconds, .calendar, .unsigned, .integer, .mode, .bytes, .percentage, .limit, .memory,
            .tasks, .quota, .cpuSet, .oneOf, .booleanOr, .toggleOr, .integerOr, .unsignedOr, .action, .jobMode,
            .serviceType, .restartPolicy, .notifyAccess, .killMode, .standardInput, .standardOutput, .syslogFacility,
            .syslogLevel, .errorNumber, .securityLabel, .credential, .deviceAllow, .deviceWeight, .deviceBandwidth,
            .deviceLatency, .socketBind, .bpfProgram, .nftSet, .socketAddress, .netlinkAddress, .messageQueue,
            .condition, .descriptorName, .other:
            .literal
        }
    }
}
