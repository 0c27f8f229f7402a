// Conditions and assertions of a unit (systemd.unit(5), "CONDITIONS AND ASSERTIONS"): Condition…= and Assert…=.

/// One `Condition…=` or `Assert…=`.
public struct Condition: Equatable, Sendable {
    /// What is looked at: the directive's name without `Condition` or `Assert`.
    public enum Kind: String, CaseIterable, Sendable {
        case architecture = "Architecture"
        case firmware = "Firmware"
        case virtualization = "Virtualization"
        case host = "Host"
        case kernelCommandLine = "KernelCommandLine"
        case kernelVersion = "KernelVersion"
        case version = "Version"
        case credential = "Credential"
        case environment = "Environment"
        case security = "Security"
        case capability = "Capability"
        case acPower = "ACPower"
        case needsUpdate = "NeedsUpdate"
        case firstBoot = "FirstBoot"
        case pathExists = "PathExists"
        case pathExistsGlob = "PathExistsGlob"
        case pathIsDirectory = "PathIsDirectory"
        case pathIsSymbolicLink = "PathIsSymbolicLink"
        case pathIsMountPoint = "PathIsMountPoint"
        case pathIsReadWrite = "PathIsReadWrite"
        case pathIsEncrypted = "PathIsEncrypted"
        case pathIsSocket = "PathIsSocket"
        case directoryNotEmpty = "DirectoryNotEmpty"
        case fileNotEmpty = "FileNotEmpty"
        case fileIsExecutable = "FileIsExecutable"
        case user = "User"
        case group = "Group"
        case controlGroupController = "ControlGroupController"
        case memory = "Memory"
        case cpus = "CPUs"
        case cpuFeature = "CPUFeature"
        case osRelease = "OSRelease"
        case memoryPressure = "MemoryPressure"
        case cpuPressure = "CPUPressure"
        case ioPressure = "IOPressure"
        case kernelModuleLoaded = "KernelModuleLoaded"

        /// Whether the parameter is an absolute path, and nothing else.
        public var takesPath: Bool {
            switch self {
            case .needsUpdate, .pathExists, .pathExistsGlob, .pathIsDirectory, .pathIsSymbolicLink, .pathIsMountPoint,
                .pathIsReadWrite, .pathIsEncrypted, .pathIsSocket, .directoryNotEmpty, .fileNotEmpty,
                .fileIsExecutable:
                true
            case .architecture, .firmware, .virtualization, .host, .kernelCommandLine, .kernelVersion, .version,
                .credential, .environment, .security, .capability, .acPower, .firstBoot, .user, .group,
                .controlGroupController, .memory, .cpus, .cpuFeature, .osRelease, .memoryPressure, .cpuPressure,
                .ioPressure, .kernelModuleLoaded:
                false
            }
        }
    }

    /// What a condition came to.
    public enum Result: Equatable, Sendable {
        case succeeded, failed
        /// It cannot be decided, for the reason told. Counts as failed, negated or not, as in systemd.
        case error(String)
    }

    /// What is looked at.
    public var kind: Kind
    /// The prefix `|`: of all that have it one is enough.
    public var isTrigger: Bool
    /// The prefix `!`.
    public var isNegated: Bool
    /// What is asked for, specifiers replaced.
    public var parameter: String

    /// A condition.
    /// - Parameters:
    ///   - kind: what is looked at.
    ///   - parameter: what is asked for.
    ///   - isTrigger: whether one of those that have this is enough.
    ///   - isNegated: whether the opposite is asked for.
    public init(_ kind: Kind, _ parameter: String, isTrigger: Bool = false, isNegated: Bool = false) {
        self.kind = kind
        self.parameter = parameter
        self.isTrigger = isTrigger
        self.isNegated = isNegated
    }

    /// Reads one assignment: `[|][!]PARAMETER`. After the prefixes of a kind that takes no path there may be spaces.
    /// - Parameters:
    ///   - text: the trimmed value, not empty.
    ///   - kind: of which directive.
    ///   - specifiers: replaces `%`.
    /// - Throws: a refusal of a path that is relative or goes up, and of an unknown specifier: systemd tells it and
    ///   goes on without the condition.
    init(parsing text: String, _ kind: Kind, specifiers: inout Specifiers) throws(InvalidValue) {
        let bytes = Array(text.utf8)
        var start = 0
        func skip(_ mark: UInt8) -> Bool {
            guard start < bytes.count, bytes[start] == mark else { return false }
            start += 1
            if !kind.takesPath {
                while start < bytes.count, Bytes.isWhitespace(bytes[start]) { start += 1 }
            }
            return true
        }
        isTrigger = skip(UInt8(ascii: "|"))
        isNegated = skip(UInt8(ascii: "!"))
        let expanded = try specifiers.expand(Bytes.text(bytes[start...]), at: start)
        self.kind = kind
        parameter = kind.takesPath ? try Paths.absolute(expanded, at: start) : expanded
    }

    /// Applies one assignment to the list of a unit. An empty one empties it of conditions of every kind; conditions
    /// and assertions are separate lists.
    /// - Parameters:
    ///   - text: the trimmed value.
    ///   - kind: of which directive.
    ///   - list: the conditions, or the assertions, so far.
    ///   - specifiers: replaces `%`.
    /// - Throws: a refusal; then the list stays as it was.
    static func assign(
        _ text: String, _ kind: Kind, to list: inout [Condition], specifiers: inout Specifiers
    ) throws(InvalidValue) {
        if text.isEmpty {
            list = []
        } else {
            list.append(try Condition(parsing: text, kind, specifiers: &specifiers))
        }
    }

    /// Evaluates all conditions, or all assertions, of a unit: those without `|` must all hold, and of those with it
    /// one, where there are any.
    /// - Parameters:
    ///   - conditions: in the order of assignment.
    ///   - facts: the machine.
    /// - Returns: whether they hold, and the results in their order, as far as it had to look: after the first that
    ///   must hold and does not, nothing is looked at.
    public static func evaluate(_ conditions: [Condition], _ facts: ConditionFacts) -> (hold: Bool, results: [Result]) {
        var results: [Result] = []
        var triggered: Bool?
        for condition in conditions {
            let result = condition.evaluate(facts)
            results.append(result)
            if condition.isTrigger {
                triggered = triggered == true || result == .succeeded
            } else if result != .succeeded {
                return (false, results)
            }
        }
        return (triggered ?? true, results)
    }

    /// The value as it would be assigned: `|!/etc/x`.
    public var assignment: String { (isTrigger ? "|" : "") + (isNegated ? "!" : "") + parameter }
}
