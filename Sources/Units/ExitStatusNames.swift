// Exit statuses by name (systemd.exec(5), "PROCESS EXIT CODES"), and the sets of SuccessExitStatus= and its family.

/// The names of exit statuses.
public enum ExitStatusNames {
    /// Names and numbers: of the C library, of the LSB, of sysexits.h, and systemd's own. Sorted by number.
    private static let table: [(status: UInt8, name: String)] = [
        (0, "SUCCESS"), (1, "FAILURE"),
        (2, "INVALIDARGUMENT"), (3, "NOTIMPLEMENTED"), (4, "NOPERMISSION"), (5, "NOTINSTALLED"),
        (6, "NOTCONFIGURED"), (7, "NOTRUNNING"),
        (64, "USAGE"), (65, "DATAERR"), (66, "NOINPUT"), (67, "NOUSER"), (68, "NOHOST"), (69, "UNAVAILABLE"),
        (70, "SOFTWARE"), (71, "OSERR"), (72, "OSFILE"), (73, "CANTCREAT"), (74, "IOERR"), (75, "TEMPFAIL"),
        (76, "PROTOCOL"), (77, "NOPERM"), (78, "CONFIG"),
        (200, "CHDIR"), (201, "NICE"), (202, "FDS"), (203, "EXEC"), (204, "MEMORY"), (205, "LIMITS"),
        (206, "OOM_ADJUST"), (207, "SIGNAL_MASK"), (208, "STDIN"), (209, "STDOUT"), (210, "CHROOT"),
        (211, "IOPRIO"), (212, "TIMERSLACK"), (213, "SECUREBITS"), (214, "SETSCHEDULER"), (215, "CPUAFFINITY"),
        (216, "GROUP"), (217, "USER"), (218, "CAPABILITIES"), (219, "CGROUP"), (220, "SETSID"), (221, "CONFIRM"),
        (222, "STDERR"), (224, "PAM"), (225, "NETWORK"), (226, "NAMESPACE"), (227, "NO_NEW_PRIVILEGES"),
        (228, "SECCOMP"), (229, "SELINUX_CONTEXT"), (230, "PERSONALITY"), (231, "APPARMOR"),
        (232, "ADDRESS_FAMILIES"), (233, "RUNTIME_DIRECTORY"), (235, "CHOWN"), (236, "SMACK_PROCESS_LABEL"),
        (237, "KEYRING"), (238, "STATE_DIRECTORY"), (239, "CACHE_DIRECTORY"), (240, "LOGS_DIRECTORY"),
        (241, "CONFIGURATION_DIRECTORY"), (242, "NUMA_POLICY"), (243, "CREDENTIALS"), (244, "BPF"),
        (245, "KSM"), (255, "EXCEPTION"),
    ]

    /// The name of a status: `EXEC` for 203.
    /// - Parameter status: as wait(2) reports it.
    /// - Returns: nil for a status without a name.
    public static func name(of status: UInt8) -> String? {
        table.first { $0.status == status }?.name
    }

    /// The status of a name.
    static func status(named name: String) -> UInt8? {
        table.first { $0.name == name }?.status
    }

    static var all: [String] { table.map(\.name) }
}

extension ExitStatusSet {
    /// Adds what one word says: a number 0 to 255, the name of a status, or of a signal.
    /// - Parameters:
    ///   - word: one word of the value.
    ///   - offset: where it stands in the value.
    /// - Throws: a refusal of a word that is none of these.
    mutating func insert(parsing word: String, at offset: Int) throws(InvalidValue) {
        if let number = Numbers.unsigned(word), let status = UInt8(exactly: number) {
            statuses.insert(status)
        } else if let status = ExitStatusNames.status(named: word) {
            statuses.insert(status)
        } else {
            do throws(InvalidValue) {
                signals.insert(try Signal(parsing: word))
            } catch {
                let stem = word.hasPrefix("EXIT_") ? String(word.dropFirst(5)) : word
                throw InvalidValue(
                    "\(Quoting.quoted(word)) is neither an exit status (0 to 255, or a name such as TEMPFAIL) nor a signal",
                    suggestion: Suggestion.nearest(to: stem, among: ExitStatusNames.all) ?? error.suggestion,
                    offset: offset)
            }
        }
    }
}
