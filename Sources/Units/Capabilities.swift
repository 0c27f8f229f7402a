// The names of capabilities(7), in the order of their numbers.

/// Capabilities of Linux.
public enum Capabilities {
    /// The names, upper case; the index is the number.
    public static let names: [String] = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID",
        "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST",
        "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO",
        "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE",
        "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE",
        "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM",
        "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
    ]

    /// The number of a capability.
    /// - Parameter name: upper or lower case; a number from 0 to 62 is one too.
    /// - Returns: nil when there is none of that name.
    public static func number(of name: String) -> Int? {
        // The longest is CAP_CHECKPOINT_RESTORE.
        guard name.utf8.count <= 32 else { return nil }
        // Numbers of kernels to come are taken too: a set has 63 of them.
        if let number = Numbers.unsigned(name) { return number <= 62 ? Int(number) : nil }
        let upper = Bytes.text(name.utf8.map { (0x61...0x7a).contains($0) ? $0 - 0x20 : $0 })
        return names.firstIndex(of: upper)
    }

    /// The same, with the numbers of capabilities that a later kernel may have.
    static func anyNumber(of name: String) -> Int? {
        if let number = Int(name), (0...62).contains(number) { return number }
        return number(of: name)
    }

    /// A set after the assignments of a directive: names add, `~` takes away, an empty one resets.
    /// - Parameters:
    ///   - assignments: the words of each assignment, in order.
    ///   - full: whether all of them are the set that nothing was assigned to; else none.
    /// - Returns: the numbers; nil when nothing was assigned.
    static func merged(_ assignments: [[String]], full: Bool) -> Set<Int>? {
        guard !assignments.isEmpty else { return nil }
        let all = Set(names.indices)
        let initial = full ? all : []
        var set = initial
        for words in assignments {
            let isInverted = words.first?.hasPrefix("~") == true
            let numbers = Set(words.compactMap { anyNumber(of: $0.hasPrefix("~") ? String($0.dropFirst()) : $0) })
            // What names none, and what follows on the initial set, replaces; everything else adds or takes away.
            if numbers.isEmpty || set == initial {
                set = isInverted ? all.subtracting(numbers) : numbers
            } else if isInverted {
                set.subtract(numbers)
            } else {
                set.formUnion(numbers)
            }
        }
        return set
    }

    /// The names of a set as `systemctl show` prints them.
    static func shown(_ set: Set<Int>) -> [String] {
        set.filter { names.indices.contains($0) }.sorted().map {
            Bytes.text(names[$0].utf8.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 })
        }
    }
}
