// Decides conditions by facts of the machine (systemd.unit(5), "CONDITIONS AND ASSERTIONS").

/// Why a condition cannot be decided.
struct ConditionError: Error {
    let message: String
}

extension Condition {
    /// Decides the condition, its `!` included.
    /// - Parameter facts: the machine.
    /// - Returns: an error, negated or not, for a parameter that makes no sense and for a fact that is not known.
    public func evaluate(_ facts: ConditionFacts) -> Result {
        do throws(ConditionError) {
            return try holds(facts) != isNegated ? .succeeded : .failed
        } catch {
            return .error(error.message)
        }
    }

    private func holds(_ facts: ConditionFacts) throws(ConditionError) -> Bool {
        switch kind {
        case .pathExists, .pathExistsGlob, .pathIsDirectory, .pathIsSymbolicLink, .pathIsMountPoint, .pathIsReadWrite,
            .pathIsEncrypted, .pathIsSocket, .directoryNotEmpty, .fileNotEmpty, .fileIsExecutable, .needsUpdate:
            return try known(facts.path(kind, parameter))
        case .architecture:
            let wanted = parameter == "native" ? try known(facts.nativeArchitecture()) : parameter
            return try known(facts.architecture()) == wanted
        case .firmware: return try firmware(facts)
        case .virtualization: return try virtualization(facts)
        case .host: return try host(facts)
        case .kernelCommandLine: return try commandLine(known(facts.kernelCommandLine()))
        case .kernelVersion: return try versions("kernel", parameter, facts)
        case .version:
            var reader = WordReader(parameter, [.unquote])
            let component = try word(&reader)
            if ["systemd", "kernel", "glibc"].contains(component) {
                return try versions(component, Bytes.text(reader.bytes[reader.position...]), facts)
            }
            return try versions("kernel", parameter, facts)
        case .credential:
            // A name that cannot be one's is nobody's.
            return Paths.isFileName(parameter) ? try known(facts.hasCredential(parameter)) : false
        case .environment: return environment(facts.environment())
        case .security: return try known(facts.security(parameter))
        case .capability:
            guard let number = Capabilities.number(of: parameter) else { throw nonsense("a capability") }
            return try known(facts.capabilityBoundingSet()) >> UInt64(number) & 1 == 1
        case .acPower: return try boolean() == known(facts.isOnACPower())
        case .firstBoot: return try boolean() == known(facts.isFirstBoot())
        case .user: return try user(facts)
        case .group:
            if let id = Self.id(parameter) { return try known(facts.isInGroup(id)) }
            guard let id = try known(facts.groupID(parameter)) else { return false }
            return try known(facts.isInGroup(id))
        case .controlGroupController: return try controllers(facts)
        case .memory:
            return try number(known(facts.memory()), "a size") { text in
                do throws(InvalidValue) { return try ByteSize.bytes(parsing: text) } catch { return nil }
            }
        case .cpus:
            return try number(known(facts.cpus()), "a number") {
                Numbers.unsigned($0).flatMap(UInt32.init(exactly:)).map(UInt64.init)
            }
        case .cpuFeature: return try known(facts.cpuFeature(parameter))
        case .osRelease: return try osRelease(facts)
        case .memoryPressure: return try pressure(.memory, facts)
        case .cpuPressure: return try pressure(.cpu, facts)
        case .ioPressure: return try pressure(.io, facts)
        case .kernelModuleLoaded: return try known(facts.isKernelModuleLoaded(parameter))
        }
    }

    // MARK: - Help

    private func known<Fact>(_ fact: Fact?) throws(ConditionError) -> Fact {
        guard let fact else { throw ConditionError(message: "it cannot be found out on this machine") }
        return fact
    }

    private func nonsense(_ expected: String) -> ConditionError {
        ConditionError(message: "\(Quoting.quoted(parameter)) is not what the condition takes; expected \(expected)")
    }

    private func boolean() throws(ConditionError) -> Bool {
        do throws(InvalidValue) { return try Numbers.boolean(parameter) } catch { throw nonsense("yes or no") }
    }

    private func word(_ reader: inout WordReader) throws(ConditionError) -> String {
        do throws(InvalidValue) {
            guard let word = try reader.next() else { throw InvalidValue("it ends where a word is expected") }
            return Bytes.text(word.bytes)
        } catch {
            throw ConditionError(message: error.message)
        }
    }

    /// A number of a user or group: not -1 of 16 or 32 bits, no sign, no leading zero.
    private static func id(_ text: String) -> UInt32? {
        let bytes = Array(text.utf8)
        guard let id = Numbers.unsigned(digits: bytes, radix: 10).flatMap(UInt32.init(exactly:)), id != 65535,
            id != .max, bytes.count == 1 || bytes.first != UInt8(ascii: "0")
        else { return nil }
        return id
    }

    // MARK: - Kinds

    /// `device-tree`, `device-tree-compatible(X)`, `uefi`, `smbios-field(FIELD OPERATOR VALUE)`.
    private func firmware(_ facts: ConditionFacts) throws(ConditionError) -> Bool {
        switch parameter {
        case "uefi": return try known(facts.isEFI())
        case "device-tree": return try known(facts.hasDeviceTree())
        default: break
        }
        func argument(_ name: StaticString) -> String? {
            let bytes = Array(parameter.utf8)
            guard name.withUTF8Buffer({ bytes.starts(with: $0) }), bytes.last == UInt8(ascii: ")") else { return nil }
            return Bytes.text(bytes.dropFirst(name.utf8CodeUnitCount).dropLast())
        }
        if let wanted = argument("device-tree-compatible(") {
            return try known(facts.deviceTreeCompatible()).contains(wanted)
        }
        guard let expression = argument("smbios-field(") else { return false }
        let bytes = Array(expression.utf8)[...]
        let name = Bytes.text(Bytes.trimmed(bytes.prefix { !"!<=>$".utf8.contains($0) }))
        var rest = bytes.drop { !"!<=>$".utf8.contains($0) }
        guard let comparison = ComparisonOperator.read(&rest, .versions), Paths.isFileName(name) else {
            throw nonsense("smbios-field(FIELD = VALUE)")
        }
        var reader = WordReader(Bytes.text(rest), [.unquote])
        let wanted = try word(&reader)
        guard !reader.skipSeparators() else { throw nonsense("one value, in quotation marks when it has spaces") }
        guard let actual = try known(facts.smbiosField(name)) else { return false }
        return comparison.holds(actual, wanted)
    }

    private func virtualization(_ facts: ConditionFacts) throws(ConditionError) -> Bool {
        if parameter == "private-users" { return try known(facts.isInUserNamespace()) }
        let id = try known(facts.virtualization())
        let isContainer = Self.containers.contains(id)
        switch parameter {
        case "container": return isContainer
        case "vm": return !isContainer && id != "none"
        default: break
        }
        do throws(InvalidValue) {
            return try Numbers.boolean(parameter) == (id != "none")
        } catch {
            return parameter == id
        }
    }

    /// The ids of systemd-detect-virt(1) that are containers; all others are virtual machines.
    private static let containers = [
        "systemd-nspawn", "lxc-libvirt", "lxc", "openvz", "docker", "podman", "rkt", "wsl", "proot", "pouch",
        "container-other",
    ]

    private func host(_ facts: ConditionFacts) throws(ConditionError) -> Bool {
        if let identifier = Self.identifier(parameter) {
            return try known(facts.machineIdentifiers()).contains(identifier)
        }
        return ShellPattern(parameter, ignoresCase: true).matches(try known(facts.hostName()))
    }

    /// 32 hexadecimal digits, or a UUID with its dashes; in lower case without dashes.
    private static func identifier(_ text: String) -> String? {
        var bytes = Array(text.utf8)
        if bytes.count == 36 {
            for place in [23, 18, 13, 8] {
                guard bytes[place] == UInt8(ascii: "-") else { return nil }
                bytes.remove(at: place)
            }
        }
        guard bytes.count == 32, bytes.allSatisfy({ (Numbers.digit($0) ?? 16) < 16 }) else { return nil }
        return Bytes.text(bytes.map { (0x41...0x46).contains($0) ? $0 | 0x20 : $0 })
    }

    /// `NAME`, alone or with a value, or exactly `NAME=VALUE`.
    private static func isAssigned(_ parameter: String, in word: some Collection<UInt8>) -> Bool {
        if parameter.utf8.contains(UInt8(ascii: "=")) { return word.elementsEqual(parameter.utf8) }
        guard word.starts(with: parameter.utf8) else { return false }
        let next = word.dropFirst(parameter.utf8.count).first
        return next == nil || next == UInt8(ascii: "=")
    }

    private func commandLine(_ line: String) throws(ConditionError) -> Bool {
        var reader = WordReader(line, [.unquote, .relaxed])
        do throws(InvalidValue) {
            while let word = try reader.next() {
                if Self.isAssigned(parameter, in: word.bytes) { return true }
            }
        } catch {
            throw ConditionError(message: error.message)
        }
        return false
    }

    private func environment(_ variables: [EnvironmentVariable]) -> Bool {
        variables.contains { Self.isAssigned(parameter, in: "\($0.name)=\($0.value)".utf8) }
    }

    /// Expressions `[OPERATOR] VERSION`, which must all hold; without an operator a shell pattern.
    private func versions(
        _ component: String, _ expressions: String, _ facts: ConditionFacts
    ) throws(ConditionError) -> Bool {
        let actual = try known(facts.version(component))
        var reader = WordReader(expressions, [.unquote])
        var isFirst = true
        while reader.skipSeparators() {
            let expression = Array(try word(&reader).utf8)
            var rest = Bytes.trimmed(expression[...])
            let holds: Bool
            if let comparison = ComparisonOperator.read(&rest, .versions) {
                rest = rest.drop(while: Bytes.isWhitespace)
                var wanted = Bytes.text(rest)
                // Only in the first expression a space may follow the operator without quotes.
                if wanted.isEmpty {
                    guard isFirst else { throw nonsense("a version after each operator") }
                    wanted = try word(&reader)
                }
                holds = comparison.holds(actual, wanted)
            } else {
                holds = ShellPattern(Bytes.text(rest)).matches(actual)
            }
            if !holds { return false }
            isFirst = false
        }
        return true
    }

    /// Expressions `FIELD OPERATOR VALUE` without spaces, which must all hold.
    private func osRelease(_ facts: ConditionFacts) throws(ConditionError) -> Bool {
        var reader = WordReader(parameter, [.unquote])
        while reader.skipSeparators() {
            let expression = Array(try word(&reader).utf8)[...]
            let name = Bytes.text(expression.prefix { !"!<=>$".utf8.contains($0) })
            var rest = expression.drop { !"!<=>$".utf8.contains($0) }
            guard EnvironmentVariable.isValidName(name), let comparison = ComparisonOperator.read(&rest, .versions),
                let first = rest.first, !Bytes.isWhitespace(first)
            else { throw nonsense("FIELD=VALUE without spaces, such as VERSION_ID>=12") }
            guard comparison.holds(try known(facts.osRelease(name)) ?? "", Bytes.text(rest)) else { return false }
        }
        return true
    }

    /// `[OPERATOR] NUMBER`; without an operator "at least".
    private func number(
        _ actual: UInt64, _ expected: String, _ parse: (String) -> UInt64?
    ) throws(ConditionError) -> Bool {
        var rest = Array(parameter.utf8)[...]
        let comparison = ComparisonOperator.read(&rest, .numbers) ?? .greaterOrEqual
        guard let wanted = parse(Bytes.text(rest.drop(while: Bytes.isWhitespace))) else { throw nonsense(expected) }
        return comparison.holds(for: actual == wanted ? 0 : actual < wanted ? -1 : 1)
    }

    private func user(_ facts: ConditionFacts) throws(ConditionError) -> Bool {
        let (real, effective) = try known(facts.users())
        func isOne(_ id: UInt32) -> Bool { real == id || effective == id }
        // The users that systemd knows without looking; those to 999 belong to the system (SYSTEM_UID_MAX).
        switch parameter {
        case "root": return isOne(0)
        case "nobody": return isOne(65534)
        case "@system": return [real, effective].contains { $0 <= 999 }
        default: break
        }
        if let id = Self.id(parameter) { return isOne(id) }
        guard let id = try known(facts.userID(parameter)) else { return false }
        return isOne(id)
    }

    /// `v1`, `v2`, or names of controllers, all of which must be there; names that are no controller's do not count.
    private func controllers(_ facts: ConditionFacts) throws(ConditionError) -> Bool {
        switch parameter {
        case "v1": return try !known(facts.isCgroupUnified())
        case "v2": return try known(facts.isCgroupUnified())
        default: break
        }
        let there = try known(facts.cgroupControllers())
        var reader = WordReader(parameter, [])
        while reader.skipSeparators() {
            let name = try word(&reader)
            if Self.controllerNames.contains(name), !there.contains(name) { return false }
        }
        return true
    }

    private static let controllerNames = [
        "cpu", "cpuacct", "cpuset", "io", "blkio", "memory", "devices", "pids", "bpf-firewall", "bpf-devices",
        "bpf-foreign", "bpf-socket-bind", "bpf-restrict-network-interfaces",
    ]

    /// `[SLICE:]PERCENT[/WINDOW]`: at most this share of time was lost.
    private func pressure(_ resource: ConditionFacts.Resource, _ facts: ConditionFacts) throws(ConditionError) -> Bool {
        var value = Array(parameter.utf8)[...]
        var slice: String?
        if let colon = value.firstIndex(of: UInt8(ascii: ":")) {
            slice = Bytes.text(Bytes.trimmed(value[..<colon]))
            value = value[(colon + 1)...]
        }
        var window = ConditionFacts.PressureWindow.fiveMinutes
        if let slash = value.firstIndex(of: UInt8(ascii: "/")) {
            switch Bytes.text(Bytes.trimmed(value[(slash + 1)...])) {
            case "10sec": window = .tenSeconds
            case "1min": window = .oneMinute
            case "5min": break
            default: throw nonsense("a time of 10sec, 1min or 5min after the slash")
            }
            value = value[..<slash]
        }
        guard let limit = Self.share(Bytes.trimmed(value)), slice != "" else {
            throw nonsense("[SLICE:]PERCENT%[/TIME]")
        }
        switch facts.pressure(resource, window, slice) {
        case .share(let share): return share <= limit
        case .untold: return true
        case .unreadable: throw ConditionError(message: "the pressure cannot be read")
        }
    }

    /// `12%`, `12.5%`, `12.25%`, `125‰`, `12.5‰`, `1250‱`: in hundredths of a percent, at most 10 000.
    private static func share(_ text: ArraySlice<UInt8>) -> UInt64? {
        let units: [(mark: String, factor: UInt64, places: Int)] = [("%", 100, 2), ("‰", 10, 1), ("‱", 1, 0)]
        for (mark, factor, places) in units where Bytes.text(text.suffix(mark.utf8.count)) == mark {
            let number = text.dropLast(mark.utf8.count)
            let whole = number.prefix(while: Bytes.isDigit)
            var share = Numbers.unsigned(digits: whole, radix: 10)
            var rest = number[whole.endIndex...]
            var weight = factor
            if rest.first == UInt8(ascii: "."), (1..<places + 1).contains(rest.count - 1) {
                rest.removeFirst()
                share = share.flatMap { $0 <= 10_000 ? $0 * factor : nil }
                while let digit = rest.popFirst() {
                    guard Bytes.isDigit(digit) else { return nil }
                    weight /= 10
                    share = share.map { $0 + UInt64(digit - 0x30) * weight }
                }
            } else {
                share = share.flatMap { $0 <= 10_000 ? $0 * factor : nil }
            }
            guard rest.isEmpty, let share, share <= 10_000 else { return nil }
            return share
        }
        return nil
    }
}
