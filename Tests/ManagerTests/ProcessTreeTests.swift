// The processes of a service, real ones: found, signalled, gone; by parentage and by cgroup.
import CLinux
import Glibc
import Linux
import Testing
import Units

@testable import Engine
@testable import Instances
@testable import Manager

@Suite struct ProcessTreeTests {
    private func request(_ signal: Signal, main: Bool = true, rest: Bool = true) -> KillRequest {
        KillRequest(signal: signal, hangup: false, main: main, rest: rest)
    }

    /// A shell with a child and a grandchild.
    private func family(cgroup: CInt? = nil) throws -> Child {
        let script = "sh -c 'sleep 1000 & echo $!; wait' & echo $!; wait"
        return try Child(
            "/bin/sh", ["-c", script], environment: [EnvironmentVariable(name: "PATH", value: "/bin")], cgroup: cgroup)
    }

    /// Their pids, which they write when they run.
    private func members(_ child: borrowing Child) throws -> [pid_t] {
        let lines = [try child.line(), try child.line()]
        return [child.pid] + (try lines.map { try #require(pid_t($0)) }).sorted()
    }

    @Test func byParentage() throws {
        var child = try family()
        let pids = try members(child)
        let identity = try #require(ProcessIdentity(of: child.pid))
        let tree = ProcessTree(cgroup: nil, invocationID: "none", supervisor: nil, main: identity)
        #expect(tree.processes().map(\.pid).sorted() == pids.sorted())
        for pid in pids { #expect(tree.contains(pid)) }
        #expect(!tree.contains(getpid()) && !tree.contains(1) && !tree.contains(0) && !tree.contains(-1))
        // As a supervisor sees it: its descendants, without itself.
        let own = ProcessTree(cgroup: nil, invocationID: "", supervisor: child.pid, main: nil)
        #expect(own.processes().map(\.pid).sorted() == pids.dropFirst().sorted())
        #expect(!own.contains(child.pid) && own.contains(pids[1]) && own.contains(pids[2]) && !own.contains(getpid()))

        // Nobody is meant, so nobody is waited for.
        #expect(!tree.signal(request(.kill, main: false, rest: false), mains: [child.pid]) { Issue.record("\($0)") })
        #expect(pids.allSatisfy(isAlive))
        // The main process alone.
        _ = tree.signal(request(.kill, rest: false), mains: [child.pid]) { Issue.record("\($0)") }
        #expect(child.wait() == .killed(.kill))
        #expect(isAlive(pids[1]) && isAlive(pids[2]))
        for pid in pids.dropFirst() { kill(pid, SIGKILL) }
        #expect(eventually { !isAlive(pids[1]) && !isAlive(pids[2]) })
    }

    @Test func signalsReachGrandchildren() throws {
        var child = try family()
        let pids = try members(child)
        let identity = try #require(ProcessIdentity(of: child.pid))
        let tree = ProcessTree(cgroup: nil, invocationID: "none", supervisor: nil, main: identity)
        // A stopped process acts on the signal too: SIGCONT follows.
        kill(child.pid, SIGSTOP)
        #expect(eventually { ProcessStatus(of: child.pid)?.state == "T" })
        _ = tree.signal(request(.terminate), mains: [child.pid]) { Issue.record("\($0)") }
        #expect(child.wait() == .killed(.terminate))
        #expect(eventually { !pids.contains(where: isAlive) })
        #expect(tree.processes().isEmpty)
        #expect(!tree.signal(request(.kill), mains: [child.pid]) { Issue.record("\($0)") })
    }

    @Test func aZombieIsDead() throws {
        let child = try Child("/bin/true")
        let identity = try #require(ProcessIdentity(of: child.pid))
        #expect(try child.process.handle.waitForEnd(until: Clock.monotonic() + 10_000_000))
        let tree = ProcessTree(cgroup: nil, invocationID: "none", supervisor: nil, main: identity)
        #expect(tree.processes().isEmpty)
        #expect(!tree.signal(request(.kill), mains: [child.pid]) { Issue.record("\($0)") })
    }

    // MARK: - cgroups

    /// A cgroup for a test; nil, with the reason in the log, where none can be made.
    private func makeCgroup() throws -> Cgroup? {
        var reason = ""
        let name = "daimon-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        let parent = Cgroup.makeParent(
            name: name, systemdIsBooted: Supervisor.systemdIsBooted(), reason: &reason)
        guard let parent else {
            #expect(!reason.isEmpty)
            return nil
        }
        return try Cgroup.make("web.service", in: parent)
    }

    private static func canMakeCgroups() -> Bool {
        var reason = ""
        let name = "daimon-test-\(getpid())-try"
        guard
            let parent = Cgroup.makeParent(
                name: name, systemdIsBooted: Supervisor.systemdIsBooted(), reason: &reason)
        else { return false }
        Cgroup.remove(parent)
        return true
    }

    @Test(.enabled(if: ProcessTreeTests.canMakeCgroups(), "no cgroup v2 that we may write to"))
    func byCgroup() throws {
        guard let cgroup = try makeCgroup() else { return }
        let path = cgroup.path
        defer { Cgroup.remove(InstanceLock.parentDirectory(of: path)) }
        var child = try family(cgroup: cgroup.directory.rawValue)
        let pids = try members(child)
        let tree = ProcessTree(cgroup: path, invocationID: "", supervisor: nil, main: nil)
        #expect(Set(tree.processes().map(\.pid)) == Set(pids))
        for pid in pids { #expect(tree.contains(pid)) }
        #expect(!tree.contains(getpid()) && !Cgroup.contains(child.pid, in: path + "x"))
        #expect(!Cgroup.contains(child.pid, in: String(path.dropLast())))

        // Only the rest.
        _ = tree.signal(request(.kill, main: false), mains: [child.pid]) { Issue.record("\($0)") }
        #expect(eventually { !isAlive(pids[1]) && !isAlive(pids[2]) })
        // The shell's wait(1) is over, and so is the shell.
        _ = child.wait()
        #expect(eventually { Cgroup.processes(in: path).isEmpty })
        Cgroup.remove(path)
        #expect(access(path, F_OK) != 0)
        #expect(Cgroup.processes(in: path).isEmpty)
    }

    @Test(.enabled(if: ProcessTreeTests.canMakeCgroups(), "no cgroup v2 that we may write to"))
    func killsWhatIsBelow() throws {
        guard let cgroup = try makeCgroup() else { return }
        let path = cgroup.path
        defer { Cgroup.remove(InstanceLock.parentDirectory(of: path)) }
        mkdir("\(path)/below", 0o755)
        var child = try family(cgroup: cgroup.directory.rawValue)
        let pids = try members(child)
        let file = try OwnedDescriptor.open("\(path)/below/cgroup.procs", O_WRONLY)
        try file.writeAll("\(pids[2])".utf8)
        #expect(Set(Cgroup.processes(in: path)) == Set(pids))
        #expect(Cgroup.contains(pids[2], in: path))
        // EBUSY: what is alive stays.
        Cgroup.remove(path)
        #expect(access(path, F_OK) == 0 && pids.allSatisfy(isAlive))
        if Cgroup.killAll(in: path) {
            #expect(child.wait() == .killed(.kill))
            #expect(eventually { !pids.contains(where: isAlive) })
        }
        for pid in pids { kill(pid, SIGKILL) }
        _ = child.wait()
        #expect(eventually { Cgroup.processes(in: path).isEmpty })
    }

    @Test func programsAreFoundInPath() throws {
        #expect(try Programs.find("/as/it/is", environment: []) == "/as/it/is")
        #expect(
            try Programs.find("sh", environment: [EnvironmentVariable(name: "PATH", value: "relative:/nowhere:/bin")])
                == "/bin/sh")
        let error = #expect(throws: SpawnError.self) {
            try Programs.find("sh", environment: [EnvironmentVariable(name: "PATH", value: "/nowhere")])
        }
        #expect(error?.failure(program: "sh").exitStatus == 203)
    }
}
