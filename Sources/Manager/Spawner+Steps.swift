// The steps of an exec plan as the C structures that CLinux carries out.
import CLinux
import Glibc
import Instances
import Units

extension Spawner {
    static func lower(_ step: ExecStep, in arena: inout CArena) -> daimon_step {
        var result = daimon_step()
        func kind(_ value: daimon_step_kind) { result.kind = CInt(value.rawValue) }
        switch step {
        case .newSession: kind(DAIMON_STEP_SESSION)
        case .newProcessGroup: kind(DAIMON_STEP_GROUP)
        case .enterCgroup(let directory):
            kind(DAIMON_STEP_CGROUP)
            result.a = Int64(directory)
        case .openInput(let path, let flags):
            kind(DAIMON_STEP_OPEN)
            result.text = UnsafePointer(arena.string(path))
            result.a = Int64(flags)
            result.b = 0o666
            result.c = Int64(STDIN_FILENO)
        case .openOutput(let path, let flags, let descriptor):
            kind(DAIMON_STEP_OPEN)
            result.text = UnsafePointer(arena.string(path))
            result.a = Int64(flags)
            result.b = 0o666
            result.c = Int64(descriptor)
        case .placeDescriptor(let from, let to):
            kind(DAIMON_STEP_DUPLICATE)
            result.a = Int64(from)
            result.b = Int64(to)
        case .nice(let value):
            kind(DAIMON_STEP_NICE)
            result.a = Int64(value)
        case .oomScoreAdjust(let value):
            kind(DAIMON_STEP_OOM_SCORE)
            result.text = UnsafePointer(arena.string(String(value)))
        case .limit(let resource, let value):
            kind(DAIMON_STEP_LIMIT)
            result.a = Int64(ExecPlan.number(of: resource))
            result.b = Int64(bitPattern: value.soft)
            result.c = Int64(bitPattern: value.hard)
        case .umask(let mask):
            kind(DAIMON_STEP_UMASK)
            result.a = Int64(mask)
        case .ignoreSIGPIPE:
            kind(DAIMON_STEP_IGNORE_SIGNAL)
            result.a = Int64(SIGPIPE)
        case .groups(let groups):
            kind(DAIMON_STEP_GROUPS)
            result.data = UnsafeRawPointer(arena.array(groups))
            result.count = groups.count
        case .group(let id):
            kind(DAIMON_STEP_GID)
            result.a = Int64(id)
        case .user(let id):
            kind(DAIMON_STEP_UID)
            result.a = Int64(id)
        case .directory(let path, let missingIsAllowed):
            kind(DAIMON_STEP_DIRECTORY)
            result.text = UnsafePointer(arena.string(path))
            result.a = missingIsAllowed ? 1 : 0
        case .noNewPrivileges: kind(DAIMON_STEP_NO_NEW_PRIVILEGES)
        case .closeFrom(let first):
            kind(DAIMON_STEP_CLOSE_FROM)
            result.a = Int64(first)
        case .passDescriptors(let descriptors):
            kind(DAIMON_STEP_PASS)
            // A copy of its own, in which the child notes where it has moved them.
            result.data = UnsafeRawPointer(arena.array(descriptors))
            result.count = descriptors.count
        case .execute: kind(DAIMON_STEP_EXECUTE)
        case .openTerminal(let path, let force):
            kind(DAIMON_STEP_TERMINAL)
            result.text = UnsafePointer(arena.string(path))
            result.a = force ? 1 : 0
        case .coredumpFilter(let bits):
            kind(DAIMON_STEP_COREDUMP_FILTER)
            result.text = UnsafePointer(arena.string("0x" + String(bits, radix: 16)))
        case .scheduler(let policy, let priority, let resetOnFork):
            kind(DAIMON_STEP_SCHEDULER)
            result.a = Int64(policy)
            result.b = Int64(priority)
            result.c = resetOnFork ? 1 : 0
        case .affinity(let mask):
            kind(DAIMON_STEP_AFFINITY)
            result.data = UnsafeRawPointer(arena.array(mask))
            result.count = mask.count
        case .memoryPolicy(let policy, let nodes):
            kind(DAIMON_STEP_MEMORY_POLICY)
            result.a = Int64(policy)
            result.data = UnsafeRawPointer(arena.array(nodes))
            result.count = nodes.count
        case .ioPriority(let value):
            kind(DAIMON_STEP_IO_PRIORITY)
            result.a = Int64(value)
        case .timerSlack(let value):
            kind(DAIMON_STEP_TIMER_SLACK)
            result.a = Int64(bitPattern: value)
        case .personality(let value):
            kind(DAIMON_STEP_PERSONALITY)
            result.a = Int64(bitPattern: value)
        case .keyring(let uid, let gid, let linksUser):
            kind(DAIMON_STEP_KEYRING)
            result.a = Int64(uid)
            result.b = Int64(gid)
            result.c = linksUser ? 1 : 0
        case .newMountNamespace(let isRequired):
            kind(DAIMON_STEP_NAMESPACE)
            result.a = isRequired ? 1 : 0
        case .cover(let path):
            kind(DAIMON_STEP_COVER)
            result.text = UnsafePointer(arena.string(path))
        case .makeFolder(let path):
            kind(DAIMON_STEP_MAKE_FOLDER)
            result.text = UnsafePointer(arena.string(path))
        case .bind(let source, let target):
            kind(DAIMON_STEP_BIND)
            result.text = UnsafePointer(arena.string(target))
            result.data = UnsafeRawPointer(arena.string(source))
        case .temporaryFileSystem(let target):
            kind(DAIMON_STEP_TMPFS)
            result.text = UnsafePointer(arena.string(target))
        case .readOnly(let path):
            kind(DAIMON_STEP_READ_ONLY)
            result.text = UnsafePointer(arena.string(path))
        case .resetTerminal(let path, let settings):
            kind(DAIMON_STEP_RESET_TERMINAL)
            result.text = UnsafePointer(arena.string(path))
            result.a = Int64(settings.resetBits)
            result.b = settings.rows.map { Int64($0) } ?? -1
            result.c = settings.columns.map { Int64($0) } ?? -1
        case .boundingSet(let set):
            kind(DAIMON_STEP_BOUNDING_SET)
            result.a = Int64(bitPattern: set)
        case .ambient(let set, let inherit):
            kind(DAIMON_STEP_AMBIENT)
            result.a = Int64(bitPattern: set)
            result.b = inherit ? 1 : 0
        case .root(let path):
            kind(DAIMON_STEP_CHROOT)
            result.text = UnsafePointer(arena.string(path))
        case .keepCapabilities: kind(DAIMON_STEP_KEEP_CAPABILITIES)
        case .secureBits(let bits):
            kind(DAIMON_STEP_SECURE_BITS)
            result.a = Int64(bits)
        }
        return result
    }
}

extension TerminalSettings {
    /// What daimon_reset_terminal() is to do.
    var resetBits: CInt { (isHungUp ? 1 : 0) | (isReset ? 2 : 0) }
}
