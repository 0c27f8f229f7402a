// The exec plan: a unit's execution context compiled to a flat, ordered list of steps. Pure: every name is resolved
// and every descriptor open before. The order is systemd's (systemd.exec(5)): what needs privileges comes before
// they are dropped, the working directory after, because only the user may have the right to enter it.
import Instances
import CLinux
import Glibc
import Units

/// Who a command runs as, in numbers.
struct Credentials: Equatable {
    var uid: uid_t
    var gid: gid_t
    var groups: [gid_t]
    /// Of the user's entry in the user database; nil for a number without one.
    var name: String?
    var home: String?
    var shell: String?
}

/// Where a standard stream goes.
enum StreamTarget: Equatable {
    case inherit
    /// Opened by the child.
    case path(String, flags: CInt)
    /// Opened by the manager.
    case descriptor(CInt)
}

/// What the manager has opened and decided for a command.
struct ExecSurroundings: Equatable {
    /// A session of its own, or, when the daemon's session has no leader any more, a group in it: so that the
    /// service is no session leader and can never acquire a controlling terminal (daemon(7), step 8).
    var ownSession: Bool
    var cgroupDirectory: CInt?
    var output: StreamTarget
    var error: StreamTarget
    /// Set only where `User=`, `Group=` or `SupplementaryGroups=` ask for a change.
    var credentials: Credentials?
    var home: String?
    /// What is read, where the unit does not say it alone: the data of `StandardInput=data`.
    var input: CInt?
    /// A command beside the main process, for `PermissionsStartOnly=` and `RootDirectoryStartOnly=`.
    var isControl = false
    /// Whether a terminal may be taken: not for what runs beside or after the main process.
    var takesTerminal = true
    /// The prefix of the command.
    var privilege = ExecCommand.Privilege.none
    /// Whether the service gets a keyring of its own: root's do.
    var makesKeyring = false
    /// The limit of open files that a service gets whose unit says nothing of it; nil for daimond's own.
    var openFiles: ResourceLimitValue?
    /// Masks, with the machine's nodes and processors where the unit leaves it to them.
    var affinity: [UInt8]?
    var memoryNodes: [UInt8] = []
    /// What is mounted on /tmp and /var/tmp.
    var temporary = TemporaryMounts.none
    /// Folders that the service may not write to.
    var readOnlyFolders: [String] = []
    /// Folders below `private`, which the service could not enter otherwise.
    var privateFolders: [PrivateFolders] = []
    /// What the program finds at 3, 4, …
    var passed: [CInt] = []
}

/// What a service of a dynamic user sees of a folder that is closed to all.
struct PrivateFolders: Equatable {
    /// For example `/var/lib/private`.
    var place: String
    /// What is in it for the service, relative to it.
    var paths: [String]
}

/// What a service sees at /tmp and /var/tmp.
enum TemporaryMounts: Equatable {
    case none
    case folders(temporary: String, persistent: String)
    case memory
}

enum ExecPlan {
    /// Whether limits, privileges and mounts of the unit apply to a command: not with the prefix `+`.
    static func isSandboxed(_ context: ExecutionContext, _ surroundings: ExecSurroundings) -> Bool {
        surroundings.privilege != .full && !(surroundings.isControl && context.permissionsStartOnly)
    }

    /// The steps, in systemd's order.
    static func steps(for context: ExecutionContext, in surroundings: ExecSurroundings) -> [ExecStep] {
        let isSandboxed = isSandboxed(context, surroundings)
        // `!!` changes nothing where the kernel has ambient capabilities, which is since 4.3.
        let changesUser = isSandboxed && surroundings.privilege != .elevated
        let root = surroundings.isControl && context.rootDirectoryStartOnly ? nil : context.rootDirectory
        var steps: [ExecStep] = []
        let needsTerminal =
            switch context.standardInput {
            case .terminal: surroundings.takesTerminal
            case .null, .file, .data: false
            }
        steps.append(surroundings.ownSession || needsTerminal ? .newSession : .newProcessGroup)
        if let directory = surroundings.cgroupDirectory { steps.append(.enterCgroup(directory: directory)) }
        // Before the streams, whose files are made with it.
        steps.append(.umask(context.umask))
        if context.ignoreSIGPIPE { steps.append(.ignoreSIGPIPE) }
        // A command beside the main one would hang up the terminal of the latter.
        if surroundings.takesTerminal, context.usesTerminal, context.terminal != TerminalSettings() {
            steps.append(.resetTerminal(context.terminalPath, context.terminal))
        }
        appendStreams(context, surroundings, to: &steps)
        // After the last use of a descriptor of ours, whose number may be one of theirs, and before LimitNOFILE=.
        if !surroundings.passed.isEmpty { steps.append(.passDescriptors(surroundings.passed)) }
        appendScheduling(context, surroundings, to: &steps)
        if context.privileges.keyringMode != .inherit, surroundings.makesKeyring {
            steps.append(
                .keyring(
                    uid: surroundings.credentials?.uid ?? 0, gid: surroundings.credentials?.gid ?? 0,
                    linksUser: context.privileges.keyringMode == .shared))
        }
        if let limit = surroundings.openFiles, !isSandboxed || context.limits[.openFiles] == nil {
            steps.append(.limit(.openFiles, limit))
        }
        if isSandboxed {
            for resource in ResourceLimit.allCases {
                if let value = context.limits[resource] { steps.append(.limit(resource, value)) }
            }
            appendMounts(surroundings, root: root, to: &steps)
        }
        let credentials = changesUser ? surroundings.credentials : nil
        if let credentials {
            steps.append(.groups(credentials.groups))
            steps.append(.group(credentials.gid))
        }
        let privileges = context.privileges
        if isSandboxed {
            if let set = privileges.boundingSet { steps.append(.boundingSet(set)) }
            if privileges.ambient != 0 { steps.append(.ambient(privileges.ambient, inherit: true)) }
        }
        if let root { steps.append(.root(root)) }
        if let credentials {
            if credentials.uid != 0, privileges.ambient != 0 || privileges.secureBits != 0 {
                steps.append(.keepCapabilities)
            }
            steps.append(.user(credentials.uid))
            if privileges.ambient != 0 { steps.append(.ambient(privileges.ambient, inherit: false)) }
        }
        // Only the user may have the right to enter it.
        let directory = context.workingDirectory ?? WorkingDirectory(path: "/")
        var path = directory.path ?? surroundings.home ?? "/"
        if root == nil, let outer = context.rootDirectory { path = outer + path }
        steps.append(.directory(path, missingIsAllowed: directory.missingIsAllowed))
        if isSandboxed {
            if privileges.secureBits != 0 || steps.contains(.keepCapabilities) {
                steps.append(.secureBits(privileges.secureBits))
            }
            if context.noNewPrivileges || context.isUserDynamic { steps.append(.noNewPrivileges) }
        }
        steps.append(.closeFrom(3 + CInt(surroundings.passed.count)))
        steps.append(.execute)
        return steps
    }

    private static func appendStreams(
        _ context: ExecutionContext, _ surroundings: ExecSurroundings, to steps: inout [ExecStep]
    ) {
        switch context.standardInput {
        case .null: steps.append(.openInput("/dev/null", flags: O_RDONLY))
        case .file(let path):
            // One file for both: it is opened once, for reading and writing (systemd.exec(5), StandardOutput=).
            let isShared = context.standardOutput == .file(path) || context.standardError == .file(path)
            steps.append(.openInput(path, flags: isShared ? O_RDWR | O_CREAT : O_RDONLY))
        case .terminal(let force):
            steps.append(
                surroundings.takesTerminal
                    ? .openTerminal(context.terminalPath, force: force) : .openInput("/dev/null", flags: O_RDONLY))
        case .data:
            steps.append(
                surroundings.input.map { .placeDescriptor($0, STDIN_FILENO) }
                    ?? .openInput("/dev/null", flags: O_RDONLY))
        }
        append(surroundings.output, as: STDOUT_FILENO, to: &steps)
        append(surroundings.error, as: STDERR_FILENO, to: &steps)
    }

    private static func appendScheduling(
        _ context: ExecutionContext, _ surroundings: ExecSurroundings, to steps: inout [ExecStep]
    ) {
        let process = context.process
        if let value = context.oomScoreAdjust { steps.append(.oomScoreAdjust(value)) }
        if let bits = process.coredumpFilter { steps.append(.coredumpFilter(bits)) }
        if let policy = process.schedulingPolicy {
            steps.append(
                .scheduler(
                    policy: policy, priority: process.schedulingPriority,
                    resetOnFork: process.schedulingResetsOnFork))
        }
        // After the scheduler, which resets it.
        if let value = context.nice { steps.append(.nice(value)) }
        if let mask = surroundings.affinity { steps.append(.affinity(mask)) }
        if let policy = process.memoryPolicy {
            // Of the node of the process itself nothing can be chosen (set_mempolicy(2)): default and local.
            steps.append(.memoryPolicy(policy, nodes: policy == 0 || policy == 4 ? [] : surroundings.memoryNodes))
        }
        if let value = process.ioPriority { steps.append(.ioPriority(value)) }
        if let slack = process.timerSlack { steps.append(.timerSlack(slack)) }
        if let personality = process.personality { steps.append(.personality(personality)) }
    }

    private static func appendMounts(_ surroundings: ExecSurroundings, root: String?, to steps: inout [ExecStep]) {
        let isRequired = !surroundings.privateFolders.isEmpty
        guard isRequired || surroundings.temporary != .none || !surroundings.readOnlyFolders.isEmpty else { return }
        steps.append(.newMountNamespace(isRequired: isRequired))
        for folders in surroundings.privateFolders {
            // From here on its paths are relative to what is covered.
            steps.append(.cover(folders.place))
            for path in folders.paths {
                var inner = folders.place
                for name in path.utf8.split(separator: UInt8(ascii: "/")) {
                    inner += "/" + String(decoding: name, as: UTF8.self)
                    steps.append(.makeFolder(inner))
                }
                steps.append(.bind(path, on: inner))
            }
        }
        for path in surroundings.readOnlyFolders { steps.append(.readOnly(path)) }
        let places = ["/tmp", "/var/tmp"].map { (root ?? "") + $0 }
        switch surroundings.temporary {
        case .none: return
        case .folders(let temporary, let persistent):
            // Neither folder lies in a place that the other one covers.
            steps.append(.bind(persistent, on: places[1]))
            steps.append(.bind(temporary, on: places[0]))
        case .memory:
            for place in places { steps.append(.temporaryFileSystem(on: place)) }
        }
    }

    private static func append(_ target: StreamTarget, as descriptor: CInt, to steps: inout [ExecStep]) {
        switch target {
        case .inherit: break
        case .path(let path, let flags): steps.append(.openOutput(path, flags: flags, descriptor: descriptor))
        case .descriptor(let source): steps.append(.placeDescriptor(source, descriptor))
        }
    }

    /// The number of a resource for setrlimit(2).
    static func number(of resource: ResourceLimit) -> CInt {
        switch resource {
        case .cpu: 0
        case .fileSize: 1
        case .data: 2
        case .stack: 3
        case .core: 4
        case .residentSet: 5
        case .processes: 6
        case .openFiles: 7
        case .lockedMemory: 8
        case .addressSpace: 9
        case .locks: 10
        case .pendingSignals: 11
        case .messageQueue: 12
        case .nice: 13
        case .realTimePriority: 14
        case .realTimeTime: 15
        }
    }
}

extension ExecutionContext {
    /// Whether the unit has to do with a terminal: one of its streams is one, or it names one.
    var usesTerminal: Bool {
        if terminalPath != ExecutionContext().terminalPath { return true }
        switch standardInput {
        case .terminal: return true
        case .null, .file, .data: break
        }
        return [standardOutput, standardError].contains { output in
            switch output {
            case .terminal, .journalAndConsole, .kmsgAndConsole: true
            case .inherit, .null, .journal, .kmsg, .file, .append, .truncate, nil: false
            }
        }
    }
}
