// Checking a value against what the table says, for directives that nothing sets: a wrong value is told even then.

extension Directive {
    /// Checks a value of a directive as far as its kind is a boolean, a number, a word of a list, or a span of time.
    /// Values of other kinds have forms of their own, which are checked where they are read.
    /// - Parameter value: the trimmed text after `=`.
    /// - Throws: a refusal that says what was expected, with the nearest word; also of an empty value where it does not
    ///   reset anything.
    public func check(_ value: String) throws(InvalidValue) {
        if value.isEmpty {
            switch merge {
            case .scalarReset, .list, .listReset, .listResetAll: return
            case .scalar, .first: throw InvalidValue("the value is empty; expected \(expectation)")
            }
        }
        switch kind {
        case .boolean, .toggle: _ = try Numbers.boolean(value)
        case .booleanOr, .toggleOr:
            if isBoolean(value) { return }
            try checkWord(value)
        case .oneOf, .action, .jobMode: try checkWord(value)
        // systemd takes the words it knows and says nothing of the others.
        case .someOf: break
        case .integer, .unsigned: try checkNumber(value)
        case .integerOr, .unsignedOr:
            if Numbers.integer(value) == nil { try checkWord(value) } else { try checkNumber(value) }
        case .exitStatus: _ = try Numbers.integer(value, in: 0...255)
        case .timeSpan: _ = try TimeSpan(parsing: value)
        case .mode: _ = try Numbers.mode(value)
        case .signal: _ = try Signal(parsing: value)
        case .text, .words, .base64, .name, .unit, .units, .busName, .interface, .interfaces, .descriptorName,
            .documentation, .path, .paths,
            .searchPath, .directories, .bindPaths, .mountPoints, .mountImages, .mountOptions, .imagePolicy, .openFile,
            .hash, .commandLine, .environment, .environmentFile, .exitStatuses, .nanoseconds, .calendar, .bytes,
            .percentage, .limit, .memory, .tasks, .quota, .cpuSet, .serviceType, .restartPolicy, .notifyAccess,
            .killMode, .standardInput, .standardOutput, .syslogFacility, .syslogLevel, .capabilities, .systemCalls,
            .architectures, .errorNumber, .addressFamilies, .namespaces, .securityLabel, .credential, .coredumpFilter,
            .controllers, .delegate, .deviceAllow, .deviceWeight, .deviceBandwidth, .deviceLatency, .ipAddresses,
            .socketBind, .bpfProgram, .nftSet, .socketAddress, .netlinkAddress, .messageQueue, .condition, .other:
            break
        }
    }

    private func isBoolean(_ value: String) -> Bool {
        do throws(InvalidValue) {
            _ = try Numbers.boolean(value)
            return true
        } catch {
            // A word, perhaps.
            return false
        }
    }

    private func checkNumber(_ value: String) throws(InvalidValue) {
        guard let range = allowedRange else { return }
        _ = try Numbers.integer(value, in: range)
    }

    private func checkWord(_ word: String) throws(InvalidValue) {
        let allowed = allowedValues
        if allowed.contains(word) { return }
        throw InvalidValue(
            "\(Quoting.quoted(word)) is not a value of it; expected \(expectation)",
            suggestion: Suggestion.nearest(to: word, among: allowed))
    }

    /// What would have been right.
    private var expectation: String {
        let words = allowedValues
        guard let range = allowedRange, kindParameter != nil else {
            return words.isEmpty ? "a value" : Quoting.list(words)
        }
        return Quoting.list(["a number from \(range.lowerBound) to \(range.upperBound)"] + words)
    }
}
