// What a command's prefixes and the directives for ExecStart= alone take out of the plan, and the order of what drops
// privileges.
import Glibc
import Testing
import Units

@testable import Manager

@Suite struct ExecPlanPrivilegeTests {
    private var context: ExecutionContext {
        var context = ExecutionContext()
        context.limits = [.cpu: ResourceLimitValue(soft: 3, hard: 4)]
        context.privileges.boundingSet = 0xff
        context.privileges.ambient = 0x400
        context.privileges.secureBits = 16
        context.noNewPrivileges = true
        context.rootDirectory = "/jail"
        context.process.schedulingPolicy = 3
        return context
    }

    private func steps(
        _ context: ExecutionContext, _ change: (inout ExecSurroundings) -> Void
    ) -> [ExecStep] {
        var surroundings = ExecSurroundings(
            ownSession: true, cgroupDirectory: nil, output: .inherit, error: .inherit,
            credentials: Credentials(uid: 10, gid: 20, groups: [30]), home: nil)
        surroundings.makesKeyring = true
        surroundings.temporary = .folders(temporary: "/tmp/a/tmp", persistent: "/var/tmp/b/tmp")
        change(&surroundings)
        return ExecPlan.steps(for: context, in: surroundings)
    }

    private let head: [ExecStep] = [
        .newSession, .umask(0o022), .ignoreSIGPIPE, .openInput("/dev/null", flags: O_RDONLY),
        .scheduler(policy: 3, priority: 0, resetOnFork: false), .keyring(uid: 10, gid: 20, linksUser: false),
    ]
    private let tail: [ExecStep] = [.closeFrom(3), .execute]

    /// Each step comes while the right to it is still there: capabilities before the user, the root before both.
    @Test func everything() {
        let limits: [ExecStep] = [
            .limit(.cpu, ResourceLimitValue(soft: 3, hard: 4)), .newMountNamespace(isRequired: false),
            .bind("/var/tmp/b/tmp", on: "/jail/var/tmp"), .bind("/tmp/a/tmp", on: "/jail/tmp"), .groups([30]),
            .group(20),
        ]
        let privileges: [ExecStep] = [
            .boundingSet(0xff), .ambient(0x400, inherit: true), .root("/jail"), .keepCapabilities, .user(10),
            .ambient(0x400, inherit: false), .directory("/", missingIsAllowed: false), .secureBits(16),
            .noNewPrivileges,
        ]
        #expect(steps(context) { _ in } == head + limits + privileges + tail)
        #expect(steps(context) { $0.privilege = .ambient } == head + limits + privileges + tail)
    }

    /// `+`, and a command beside the main one with PermissionsStartOnly=, keep everything but the root.
    @Test func fullPrivileges() {
        let expected = head + [.root("/jail"), .directory("/", missingIsAllowed: false)] + tail
        #expect(steps(context) { $0.privilege = .full } == expected)
        var startOnly = context
        startOnly.permissionsStartOnly = true
        #expect(steps(startOnly) { $0.isControl = true } == expected)
        #expect(steps(startOnly) { _ in } == steps(context) { _ in })
    }

    /// The folder of all private folders is covered, and what belongs to the service mounted from below.
    @Test func privateFolders() {
        var context = ExecutionContext()
        context.isUserDynamic = true
        let all = steps(context) {
            $0.temporary = .memory
            $0.privateFolders = [PrivateFolders(place: "/var/lib/private", paths: ["a/b", "c"])]
        }
        let mounts: [ExecStep] = [
            .newMountNamespace(isRequired: true), .cover("/var/lib/private"), .makeFolder("/var/lib/private/a"),
            .makeFolder("/var/lib/private/a/b"), .bind("a/b", on: "/var/lib/private/a/b"),
            .makeFolder("/var/lib/private/c"), .bind("c", on: "/var/lib/private/c"), .temporaryFileSystem(on: "/tmp"),
        ]
        let first = all.firstIndex(of: mounts[0]) ?? 0
        #expect(Array(all[first...].prefix(mounts.count)) == mounts)
        #expect(all.contains(.noNewPrivileges))
    }

    @Test func readOnlyFoldersAndTerminals() {
        var context = ExecutionContext()
        context.terminal.isReset = true
        let all = steps(context) {
            ($0.temporary, $0.readOnlyFolders) = (.none, ["/run/a"])
        }
        #expect(all.contains(.newMountNamespace(isRequired: false)) && all.contains(.readOnly("/run/a")))
        // There is no terminal to be reset.
        let reset = ExecStep.resetTerminal("/dev/console", context.terminal)
        #expect(!all.contains(reset))
        context.standardInput = .terminal(force: false)
        let own = steps(context) { _ in }
        #expect(
            own.firstIndex(of: reset) == own.firstIndex(of: .openTerminal("/dev/console", force: false)).map { $0 - 1 })
        // It belongs to the main process.
        #expect(!steps(context) { $0.takesTerminal = false }.contains(reset))
    }

    /// `!` keeps user and groups alone.
    @Test func elevated() {
        let elevated = steps(context) { $0.privilege = .elevated }
        let dropped: [ExecStep] = [
            .groups([30]), .group(20), .keepCapabilities, .user(10), .ambient(0x400, inherit: false),
        ]
        #expect(elevated == steps(context) { _ in }.filter { !dropped.contains($0) })
    }

    @Test func rootForTheMainProcessAlone() {
        var startOnly = context
        startOnly.rootDirectoryStartOnly = true
        startOnly.workingDirectory = WorkingDirectory(path: "/data")
        let control = steps(startOnly) { $0.isControl = true }
        #expect(!control.contains(.root("/jail")) && control.contains(.bind("/tmp/a/tmp", on: "/tmp")))
        #expect(control.contains(.directory("/jail/data", missingIsAllowed: false)))
        #expect(steps(startOnly) { _ in }.contains(.directory("/data", missingIsAllowed: false)))
    }

    @Test func inputs() {
        func input(_ change: (inout ExecutionContext) -> Void, takesTerminal: Bool = true, data: CInt? = nil)
            -> ExecStep
        {
            var context = ExecutionContext()
            change(&context)
            return steps(context) {
                $0.takesTerminal = takesTerminal
                $0.input = data
            }[3]
        }
        let null = ExecStep.openInput("/dev/null", flags: O_RDONLY)
        #expect(input { $0.standardInput = .terminal(force: true) } == .openTerminal("/dev/console", force: true))
        #expect(input({ $0.standardInput = .terminal(force: true) }, takesTerminal: false) == null)
        #expect(input({ $0.standardInput = .data }, data: 9) == .placeDescriptor(9, 0))
        #expect(input { $0.standardInput = .data } == null)
        #expect(
            input {
                $0.standardInput = .file("/f")
                $0.standardOutput = .file("/f")
            } == .openInput("/f", flags: O_RDWR | O_CREAT))
    }

    @Test func masks() throws {
        var ignored: [InvalidValue] = []
        #expect(ProcessorMasks.mask(CPUList()).isEmpty)
        #expect(ProcessorMasks.mask(try CPUList(parsing: "0 3 8", ignored: &ignored)) == [9, 1, 0, 0, 0, 0, 0, 0])
        #expect(ProcessorMasks.mask(try CPUList(parsing: "64", ignored: &ignored)).count == 16)
    }
}
