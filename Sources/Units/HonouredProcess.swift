// What sets the directives that are acted on, third part: scheduling and privileges of systemd.exec(5).

extension Directives {
    static let honouredOfProcess: [DirectiveSetter] = [
        // MARK: Scheduling
        DirectiveSetter(.service, "CPUSchedulingPolicy") { value, unit throws(InvalidValue) in
            try value.setSchedulingPolicy(in: &unit.execution.process)
        },
        DirectiveSetter(.service, "CPUSchedulingPriority") { value, unit throws(InvalidValue) in
            let priority = try value.integer(in: 0...99)
            unit.execution.process.schedulingPriority = priority ?? 0
            // As in systemd: a priority alone asks for the policy that there is.
            unit.execution.process.schedulingPolicy = unit.execution.process.schedulingPolicy ?? 0
        },
        DirectiveSetter(.service, "CPUSchedulingResetOnFork") { value, unit throws(InvalidValue) in
            unit.execution.process.schedulingResetsOnFork = try value.boolean()
        },
        DirectiveSetter(.service, "CPUAffinity") { value, unit throws(InvalidValue) in
            guard !value.isEmpty else {
                unit.execution.process.affinity = nil
                unit.execution.process.affinityFollowsMemory = false
                return
            }
            let list = try value.processors()
            unit.execution.process.affinityFollowsMemory = list == nil
            guard let list else { return unit.execution.process.affinity = nil }
            unit.execution.process.affinity = unit.execution.process.affinity.union(list)
        },
        DirectiveSetter(.service, "NUMAPolicy") { value, unit throws(InvalidValue) in
            let policies: [String] = ["default", "preferred", "bind", "interleave", "local"]
            guard case .text(let word)? = value.isEmpty ? nil : try value.typed() else {
                return unit.execution.process.memoryPolicy = nil
            }
            unit.execution.process.memoryPolicy = policies.firstIndex(of: word).map { Int32($0) }
        },
        DirectiveSetter(.service, "NUMAMask") { value, unit throws(InvalidValue) in
            guard !value.isEmpty else {
                unit.execution.process.memoryNodes = nil
                unit.execution.process.usesAllMemoryNodes = false
                return
            }
            guard let list = try value.processors() else { return unit.execution.process.usesAllMemoryNodes = true }
            unit.execution.process.memoryNodes = unit.execution.process.memoryNodes.union(list)
        },
        DirectiveSetter(.service, "IOSchedulingClass") { value, unit throws(InvalidValue) in
            try value.setIOClass(in: &unit.execution.process)
        },
        DirectiveSetter(.service, "IOSchedulingPriority") { value, unit throws(InvalidValue) in
            guard let data = try value.integer(in: 0...7) else { return unit.execution.process.ioPriority = nil }
            let before = unit.execution.process.ioPriority ?? AssignedValue.usualIOPriority
            unit.execution.process.ioPriority = before & ~0x1fff | data
        },
        DirectiveSetter(.service, "TimerSlackNSec") { value, unit throws(InvalidValue) in
            guard case .nanoseconds(let slack)? = try value.typed() else { return }
            unit.execution.process.timerSlack = slack == .max ? nil : slack
        },
        DirectiveSetter(.service, "CoredumpFilter") { value, unit throws(InvalidValue) in
            guard case .unsigned(let bits)? = value.isEmpty ? nil : try value.typed() else {
                return unit.execution.process.coredumpFilter = nil
            }
            unit.execution.process.coredumpFilter = (unit.execution.process.coredumpFilter ?? 0) | bits
        },
        DirectiveSetter(.service, "Personality") { value, unit throws(InvalidValue) in
            try value.setPersonality(in: &unit.execution.process)
        },

        // MARK: Privileges
        DirectiveSetter(.service, "CapabilityBoundingSet") { value, unit throws(InvalidValue) in
            unit.execution.privileges.boundingSet = try value.capabilities(
                after: unit.execution.privileges.boundingSet ?? .max, initial: .max)
        },
        DirectiveSetter(.service, "AmbientCapabilities") { value, unit throws(InvalidValue) in
            unit.execution.privileges.ambient = try value.capabilities(
                after: unit.execution.privileges.ambient, initial: 0)
        },
        DirectiveSetter(.service, "SecureBits") { value, unit throws(InvalidValue) in
            guard !value.isEmpty else { return unit.execution.privileges.secureBits = 0 }
            guard case .list(let words)? = try value.typed() else { return }
            unit.execution.privileges.secureBits |= AssignedValue.secureBits(words)
        },
        DirectiveSetter(.service, "KeyringMode") { value, unit throws(InvalidValue) in
            unit.execution.privileges.keyringMode = try value.choice("a mode of keyrings")
        },
        DirectiveSetter(.service, "PermissionsStartOnly") { value, unit throws(InvalidValue) in
            unit.execution.permissionsStartOnly = try value.boolean()
        },
    ]
}

extension CPUList? {
    fileprivate func union(_ other: CPUList) -> CPUList {
        var result = self ?? CPUList()
        result.formUnion(other)
        return result
    }
}

extension AssignedValue {
    /// Best effort, in the middle (ioprio_set(2)).
    fileprivate static let usualIOPriority: Int32 = 2 << 13 | 4

    /// nil for the word that stands for a set.
    fileprivate mutating func processors() throws(InvalidValue) -> CPUList? {
        guard case .text(let text)? = try typed() else { return CPUList() }
        if text == "numa" || text == "all" { return nil }
        var ignored: [InvalidValue] = []
        return try CPUList(parsing: text, ignored: &ignored)
    }

    fileprivate mutating func setSchedulingPolicy(in settings: inout ProcessSettings) throws(InvalidValue) {
        guard case .text(let word)? = isEmpty ? nil : try typed() else {
            settings.schedulingPolicy = nil
            settings.schedulingPriority = 0
            return
        }
        let numbers: [String: Int32] = ["other": 0, "fifo": 1, "rr": 2, "batch": 3, "idle": 5, "ext": 7]
        guard let policy = numbers[word] else { return }
        settings.schedulingPolicy = policy
        // Realtime has priorities from 1 on, the others have none (sched(7)).
        let isRealTime = policy == 1 || policy == 2
        settings.schedulingPriority = isRealTime ? max(settings.schedulingPriority, 1) : 0
    }

    fileprivate mutating func setIOClass(in settings: inout ProcessSettings) throws(InvalidValue) {
        guard !isEmpty else { return settings.ioPriority = nil }
        let words: [String: Int32] = ["none": 2, "realtime": 1, "best-effort": 2, "idle": 3]
        let value = try typed()
        let number: Int32
        if case .text(let word)? = value {
            number = words[word] ?? 2
        } else if case .signed(let value)? = value {
            number = value == 0 ? 2 : Int32(clamping: value)
        } else {
            return
        }
        settings.ioPriority = number << 13 | (settings.ioPriority ?? Self.usualIOPriority) & 0x1fff
    }

    fileprivate mutating func setPersonality(in settings: inout ProcessSettings) throws(InvalidValue) {
        guard case .text(let word)? = isEmpty ? nil : try typed() else { return settings.personality = nil }
        #if arch(x86_64)
            let own: [String: UInt64] = ["x86-64": 0, "x86": 8]
        #elseif arch(arm64)
            let own: [String: UInt64] = ["arm64": 0, "arm": 8]
        #else
            let own: [String: UInt64] = [:]
        #endif
        guard let number = own[word] else {
            throw InvalidValue("\(Quoting.quoted(word)) is not an architecture of this machine's kernel")
        }
        settings.personality = number
    }

    /// A set after one more assignment: names add, `~` takes away, what follows on the initial set replaces.
    fileprivate mutating func capabilities(after before: UInt64, initial: UInt64) throws(InvalidValue) -> UInt64 {
        guard !isEmpty else { return 0 }
        guard case .list(let words)? = try typed() else { return before }
        let isInverted = words.first?.utf8.first == UInt8(ascii: "~")
        var named: UInt64 = 0
        for word in words {
            let name = word.utf8.first == UInt8(ascii: "~") ? String(word.dropFirst()) : word
            if let number = Capabilities.anyNumber(of: name) { named |= 1 << UInt64(number) }
        }
        if named == 0 || before == initial { return isInverted ? ~named : named }
        return isInverted ? before & ~named : before | named
    }

    fileprivate static func secureBits(_ words: [String]) -> Int32 {
        let bits: [String: Int32] = [
            "noroot": 1, "noroot-locked": 2, "no-setuid-fixup": 4, "no-setuid-fixup-locked": 8, "keep-caps": 16,
            "keep-caps-locked": 32,
        ]
        return words.reduce(0) { $0 | (bits[$1] ?? 0) }
    }
}
