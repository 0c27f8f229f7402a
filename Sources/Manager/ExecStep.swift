// One step of an exec plan, with the exit status by which systemd names its failure.
import CLinux
import Glibc
import Units

/// One step between clone(2) and execve(2).
enum ExecStep: Equatable {
    case newSession
    case newProcessGroup
    /// Enter the cgroup whose folder this descriptor is, where clone3(2) could not.
    case enterCgroup(directory: CInt)
    /// The terminal is hung up and reset, and gets its size.
    case resetTerminal(String, TerminalSettings)
    case openInput(String, flags: CInt)
    /// The terminal becomes the controlling one of the session.
    case openTerminal(String, force: Bool)
    case openOutput(String, flags: CInt, descriptor: CInt)
    case placeDescriptor(CInt, CInt)
    case nice(Int32)
    case oomScoreAdjust(Int32)
    case coredumpFilter(UInt64)
    case scheduler(policy: Int32, priority: Int32, resetOnFork: Bool)
    /// A mask of processors, the least significant bit of the first byte being number 0.
    case affinity([UInt8])
    case memoryPolicy(Int32, nodes: [UInt8])
    case ioPriority(Int32)
    case timerSlack(UInt64)
    case personality(UInt64)
    case keyring(uid: uid_t, gid: gid_t, linksUser: Bool)
    case limit(ResourceLimit, ResourceLimitValue)
    case umask(UInt32)
    case ignoreSIGPIPE
    /// Mounts of its own; where that is not allowed the following mounts are left out.
    case newMountNamespace(isRequired: Bool)
    /// An empty folder in memory over a folder, which becomes the working directory.
    case cover(String)
    case makeFolder(String)
    case bind(String, on: String)
    case temporaryFileSystem(on: String)
    case readOnly(String)
    case groups([gid_t])
    case group(gid_t)
    case boundingSet(UInt64)
    case ambient(UInt64, inherit: Bool)
    case root(String)
    case keepCapabilities
    case user(uid_t)
    case directory(String, missingIsAllowed: Bool)
    case secureBits(Int32)
    case noNewPrivileges
    /// These become descriptors 3, 4, … of the program, in this order (sd_listen_fds(3)).
    case passDescriptors([CInt])
    case closeFrom(CInt)
    case execute

    /// The exit status by which systemd names a failure of this step (systemd.exec(5), "Process Exit Codes").
    var exitStatus: UInt8 {
        switch self {
        case .directory: 200
        case .nice: 201
        case .closeFrom, .passDescriptors: 202
        case .execute: 203
        case .limit, .coredumpFilter: 205
        case .oomScoreAdjust: 206
        case .ignoreSIGPIPE: 207
        case .openInput, .openTerminal, .resetTerminal: 208
        case .openOutput(_, _, let descriptor): descriptor == STDERR_FILENO ? 222 : 209
        case .placeDescriptor(_, let descriptor):
            descriptor == STDIN_FILENO ? 208 : descriptor == STDERR_FILENO ? 222 : 209
        case .root: 210
        case .ioPriority: 211
        case .timerSlack: 212
        case .secureBits: 213
        case .scheduler: 214
        case .affinity: 215
        case .groups, .group: 216
        case .user, .keepCapabilities: 217
        case .boundingSet, .ambient: 218
        case .enterCgroup: 219
        case .newSession, .newProcessGroup: 220
        case .newMountNamespace, .bind, .temporaryFileSystem, .readOnly, .cover, .makeFolder: 226
        case .noNewPrivileges: 227
        case .personality: 230
        case .keyring: 237
        case .memoryPolicy: 242
        case .umask: 1  // umask(2) cannot fail
        }
    }

    /// What it does, for an error message: "cannot …".
    func purpose(program: String) -> String {
        switch self {
        case .newSession: "begin a new session"
        case .newProcessGroup: "begin a new process group"
        case .enterCgroup: "enter the cgroup of the service"
        case .openInput(let path, _): "open \(path) as standard input"
        case .resetTerminal(let path, _): "reset the terminal \(path)"
        case .openTerminal(let path, _): "take the terminal \(path) as standard input"
        case .openOutput(let path, _, let descriptor):
            "open \(path) as standard \(descriptor == STDERR_FILENO ? "error" : "output")"
        case .placeDescriptor(_, let descriptor): "connect descriptor \(descriptor)"
        case .nice(let value): "set Nice=\(value)"
        case .oomScoreAdjust(let value): "set OOMScoreAdjust=\(value)"
        case .coredumpFilter: "set CoredumpFilter="
        case .scheduler: "set CPUSchedulingPolicy="
        case .affinity: "set CPUAffinity="
        case .memoryPolicy: "set NUMAPolicy="
        case .ioPriority: "set IOSchedulingClass="
        case .timerSlack: "set TimerSlackNSec="
        case .personality: "set Personality="
        case .keyring: "make a keyring for the service"
        case .limit(let resource, _): "set Limit\(resource.rawValue)="
        case .umask: "set UMask="
        case .ignoreSIGPIPE: "ignore SIGPIPE"
        case .newMountNamespace: "make a mount namespace"
        case .bind(_, let path): "mount the service's own \(path)"
        case .temporaryFileSystem(let path): "mount a file system in memory on \(path)"
        case .cover(let path): "hide \(path)"
        case .makeFolder(let path): "make the folder \(path)"
        case .readOnly(let path): "mount \(path) read-only"
        case .groups: "set the supplementary groups"
        case .group(let id): "change to group \(id)"
        case .boundingSet: "set CapabilityBoundingSet="
        case .ambient: "set AmbientCapabilities="
        case .root(let path): "change to RootDirectory=\(path)"
        case .keepCapabilities: "keep capabilities for the change of user"
        case .user(let id): "change to user \(id)"
        case .directory(let path, _): "change to WorkingDirectory=\(path)"
        case .secureBits: "set SecureBits="
        case .noNewPrivileges: "set NoNewPrivileges="
        case .passDescriptors: "pass on the stored and opened descriptors"
        case .closeFrom: "close inherited descriptors"
        case .execute: "execute \(program)"
        }
    }
}
