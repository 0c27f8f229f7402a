// One command of ExecStart= and its family, as it is run (systemd.service(5), "COMMAND LINES").

/// One command line of `ExecStart=` and its family.
public struct ExecCommand: Equatable, Sendable {
    /// What a command keeps of the manager's own privileges.
    public enum Privilege: Equatable, Sendable {
        /// The unit's user, sandboxing and capabilities apply.
        case none
        /// The prefix `+`: nothing of them applies.
        case full
        /// The prefix `!`: only user, groups and capabilities do not apply.
        case elevated
        /// The prefix `!!`: as `!`, but only where the kernel has no ambient capabilities; on today's kernels nothing
        /// follows from it, and systemd 258 took it out.
        case ambient
    }

    /// The program: an absolute path, or a name without a slash that is looked up in the fixed search path.
    public var path: String
    /// argv, `argv[0]` included; `$VARIABLE` and `${VARIABLE}` still unexpanded unless `noEnvironmentExpansion`.
    public var arguments: [String]
    /// The prefix `-`: a failure is recorded, but has no effect.
    public var ignoreFailure = false
    /// The prefix `:`: no environment variable substitution.
    public var noEnvironmentExpansion = false
    /// The prefixes `+`, `!` and `!!`.
    public var privilege = Privilege.none
    /// The prefix `|`: the shell of the unit's user is run. `arguments` begin with the name it is given, and what
    /// follows is the command that the shell runs; `path` is a stand-in until the user is looked up.
    public var viaShell = false

    /// A command with its argument vector.
    /// - Parameters:
    ///   - path: the program.
    ///   - arguments: argv with `argv[0]`.
    public init(path: String, arguments: [String]) {
        self.path = path
        self.arguments = arguments
    }

    /// Why the command cannot be run here, when it has a prefix that is understood and not acted on.
    /// - Parameters:
    ///   - text: the value it was read from, for the place.
    ///   - offset: where the command begins in it.
    /// - Returns: a problem of kind `.notHonoured` at the prefix, or nil.
    func notHonouredPrefix(in text: String, at offset: Int) -> InvalidValue? {
        guard viaShell else { return nil }
        let prefix = "|"
        let distance = text.utf8.dropFirst(offset).prefix { !prefix.utf8.starts(with: [$0]) }.count
        return InvalidValue(
            "the prefix \(prefix) is not honoured yet; honoured are -, @, :, +, ! and !!",
            offset: min(offset + distance, text.utf8.count), kind: .notHonoured)
    }
}
