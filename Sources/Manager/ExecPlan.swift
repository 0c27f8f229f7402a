// The exec plan: a unit's execution context compiled to a flat, ordered list of steps. Pure: every name is resolved
// and every descriptor open before. The order is systemd's (systemd.exec(5)): what needs privileges comes before
// they are dropped, the working directory after, because only the user may have the right to enter it.
import Instances
import CLinux
import Glibc
import Units

/// One step between clone(2) and execve(2).
enum ExecStep: Equatable {
    case newSession
    case newProcessGroup
    /// Enter the cgroup whose `cgroup.procs` this descriptor is, where clone3(2) could not.
    case enterCgroup(procs: CInt)
    case openInput(String)
    case openOutput(String, flags: CInt, descriptor: CInt)
    case placeDescriptor(CInt, CInt)
    case nice(Int32)
    case oomScoreAdjust(Int32)
    case limit(ResourceLimit, ResourceLimitValue)
    case umask(UInt32)
    case ignoreSIGPIPE
    case groups([gid_t])
    case group(gid_t)
    case user(uid_t)
    case directory(String, missingIsAllowed: Bool)
    case noNewPrivileges
    case closeFrom(CInt)
    case execute

    /// The exit status by which systemd names a failure of this step (systemd.exec(5), "Process Exit Codes").
    var exitStatus: UInt8 {
        switch self {
        case .directory: 200
        case .nice: 201
        case .closeFrom: 202
        case .execute: 203
        case .limit: 205
        case .oomScoreAdjust: 206
        case .ignoreSIGPIPE: 207
        case .openInput: 208
        case .openOutput(_, _, let descriptor): descriptor == STDERR_FILENO ? 222 : 209
        case .placeDescriptor(_, let descriptor):
            descriptor == STDIN_FILENO ? 208 : descriptor == STDERR_FILENO ? 222 : 209
        case .groups, .group: 216
        case .user: 217
        case .enterCgroup: 219
        case .newSession, .newProcessGroup: 220
        case .umask: 1  // umask(2) cannot fail
        case .noNewPrivileges: 227
        }
    }

    /// What it does, for an error message: "cannot …".
    func purpose(program: String) -> String {
        switch self {
        case .newSession: "begin a new session"
        case .newProcessGroup: "begin a new process group"
        case .enterCgroup: "enter the cgroup of the service"
        case .openInput(let path): "open \(path) as standard input"
        case .openOutput(let path, _, let descriptor):
            "open \(path) as standard \(descriptor == STDERR_FILENO ? "error" : "output")"
        case .placeDescriptor(_, let descriptor): "connect descriptor \(descriptor)"
        case .nice(let value): "set Nice=\(value)"
        case .oomScoreAdjust(let value): "set OOMScoreAdjust=\(value)"
        case .limit(let resource, _): "set Limit\(resource.rawValue)="
        case .umask: "set UMask="
        case .ignoreSIGPIPE: "ignore SIGPIPE"
        case .groups: "set the supplementary groups"
        case .group(let id): "change to group \(id)"
        case .user(let id): "change to user \(id)"
        case .directory(let path, _): "change to WorkingDirectory=\(path)"
        case .noNewPrivileges: "set NoNewPrivileges="
        case .closeFrom: "close inherited descriptors"
        case .execute: "execute \(program)"
        }
    }
}

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
    var cgroupProcs: CInt?
    var output: StreamTarget
    var error: StreamTarget
    /// Set only where `User=`, `Group=` or `SupplementaryGroups=` ask for a change.
    var credentials: Credentials?
    var home: String?
}

enum ExecPlan {
    /// The steps, in order.
    static func steps(for context: ExecutionContext, in surroundings: ExecSurroundings) -> [ExecStep] {
        var steps: [ExecStep] = []
        steps.append(surroundings.ownSession ? .newSession : .newProcessGroup)
        if let procs = surroundings.cgroupProcs { steps.append(.enterCgroup(procs: procs)) }
        switch context.standardInput {
        case .null: steps.append(.openInput("/dev/null"))
        case .file(let path): steps.append(.openInput(path))
        }
        append(surroundings.output, as: STDOUT_FILENO, to: &steps)
        append(surroundings.error, as: STDERR_FILENO, to: &steps)
        if let value = context.nice { steps.append(.nice(value)) }
        if let value = context.oomScoreAdjust { steps.append(.oomScoreAdjust(value)) }
        for resource in ResourceLimit.allCases {
            if let value = context.limits[resource] { steps.append(.limit(resource, value)) }
        }
        steps.append(.umask(context.umask))
        if context.ignoreSIGPIPE { steps.append(.ignoreSIGPIPE) }
        if let credentials = surroundings.credentials {
            steps.append(.groups(credentials.groups))
            steps.append(.group(credentials.gid))
            steps.append(.user(credentials.uid))
        }
        let directory = context.workingDirectory ?? WorkingDirectory(path: "/")
        steps.append(
            .directory(
                directory.path ?? surroundings.home ?? "/", missingIsAllowed: directory.missingIsAllowed))
        if context.noNewPrivileges { steps.append(.noNewPrivileges) }
        steps.append(.closeFrom(3))
        steps.append(.execute)
        return steps
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
