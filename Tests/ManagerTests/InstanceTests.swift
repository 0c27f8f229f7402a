// One instance of a name: its lock, its folders, and what survives a killed daimond.
import CLinux
import Glibc
import Engine
import Linux
import Testing
import Units

@testable import Instances
@testable import Manager

@Suite struct InstanceTests {
    /// Who holds a lock after an attempt to take it; -1 when the attempt had success and the lock was let go again.
    private func attempt(_ name: String, _ base: String) throws -> pid_t {
        switch try InstanceLock.acquire(name: name, base: base, warn: { Issue.record("\($0)") }) {
        case .acquired: -1
        case .held(let pid): pid
        }
    }

    @Test func theLock() throws {
        let scratch = try Scratch()
        let base = "\(scratch.path)/run"
        #expect(try InstanceLock.holder(name: "web", base: base) == nil)
        do {
            let outcome = try InstanceLock.acquire(name: "web", base: base, warn: { Issue.record("\($0)") })
            guard case .acquired(let lock) = consume outcome else {
                Issue.record("a free lock is not to be had")
                return
            }
            #expect(try attempt("web", base) == getpid())
            #expect(try InstanceLock.holder(name: "web", base: base) == getpid())
            // Another name, and the same name in another runtime directory, are others.
            #expect(try attempt("web2", base) == -1)
            #expect(try attempt("web", "\(scratch.path)/other") == -1)
            let other = try Scratch()
            #expect(try attempt("web", "\(other.path)/run") == -1)
            // The same directory by another way is the same instance.
            symlink(scratch.path, "\(other.path)/link")
            #expect(try attempt("web", "\(other.path)/link/run") == getpid())
            // No queue of askers that nobody answers keeps the next one from an answer for ever.
            for _ in 0..<300 { _ = try InstanceLock.holder(name: "web", base: base) }
            #expect(try InstanceLock.holder(name: "web", base: base) != nil)
            lock.answerAskers()
            lock.answerAskers()
            #expect(try InstanceLock.holder(name: "web", base: base) == getpid())
        }
        // Freed with its owner, and with the copies of its descriptor that children have until they execute a program:
        // other tests, which run at the same time, start some.
        #expect(try eventually { try InstanceLock.holder(name: "web", base: base) == nil })
        #expect(try attempt("web", base) == -1)
    }

    @Test func longAndSimilarNames() throws {
        let scratch = try Scratch()
        let base = "\(scratch.path)/run"
        let long = String(repeating: "n", count: 254)
        let outcome = try InstanceLock.acquire(name: long + "1", base: base, warn: { _ in })
        guard case .acquired(let lock) = consume outcome else {
            Issue.record("a long name has no lock")
            return
        }
        #expect(try attempt(long + "1", base) == getpid())
        #expect(try attempt(long + "2", base) == -1)
        lock.answerAskers()
        #expect(throws: SystemError.self) { try attempt("web", "/nowhere/at/all") }
    }

    @Test func parents() {
        let table = ["/run/daimon": "/run", "/run": "/", "/": "/", "run": ".", "/a/b/": "/a", "/a/": "/"]
        for (path, parent) in table { #expect(InstanceLock.parentDirectory(of: path) == parent, "\(path)") }
        #expect(InstanceLock.hash("") == 0xcbf2_9ce4_8422_2325 && InstanceLock.hash("a") == 0xaf63_dc4c_8601_ec8c)
        #expect(InstancePaths.absolute("/a//") == "/a" && InstancePaths.absolute("/") == "/")
        #expect(InstancePaths(name: "web", base: "/b/", logs: "/l").stateFile == "/b/web/state")
    }

    @Test func folders() throws {
        let scratch = try Scratch()
        let path = scratch.path
        func refusal(_ name: String) throws -> SystemError {
            do throws(SystemError) {
                let number = try InstanceDirectory.make("\(path)/\(name)", mode: 0o755).rawValue
                throw SystemError.refused("refuse", "\(number)", because: "it was opened")
            } catch { return error }
        }
        let made = try InstanceDirectory.make("\(path)/a/b/c", mode: 0o710)
        var info = stat()
        #expect(fstat(made.rawValue, &info) == 0 && info.st_mode & 0o7777 == 0o710)
        #expect(stat("\(path)/a", &info) == 0 && info.st_mode & 0o777 == 0o755)
        #expect(try InstanceDirectory.open("\(path)/missing") == nil)

        symlink("\(path)/a", "\(path)/link")
        let link = try refusal("link")
        #expect([ELOOP, ENOTDIR].contains(link.errno))
        #expect(link.advice == "it must be a directory and no symbolic link")
        try scratch.write("file", "")
        #expect(try refusal("file").errno == ENOTDIR)
        for mode in [0o777, 0o775, 0o1777] as [mode_t] {
            mkdir("\(path)/open", 0o755)
            chmod("\(path)/open", mode)
            #expect(
                try refusal("open").description
                    == "cannot use \(path)/open: others may write to it; chmod go-w \(path)/open")
        }
        if geteuid() == 0 {
            mkdir("\(path)/foreign", 0o755)
            chown("\(path)/foreign", 12345, 0)
            #expect(try refusal("foreign").description.hasSuffix("it belongs to uid 12345"))
        }
    }

    // MARK: - Survivors

    @Test func survivorsByTheirMark() throws {
        let scratch = try Scratch()
        let paths = InstancePaths(name: "web", base: "\(scratch.path)/run", logs: scratch.path)
        #expect(Survivors.find(paths).isEmpty)
        var child = try Child(
            "/bin/sleep", ["1000"], environment: [EnvironmentVariable(name: "DAIMON_INSTANCE", value: paths.directory)])
        // execve(2) lets us go on a moment before the new environment is in its place.
        let pid = child.pid
        #expect(eventually { Survivors.find(paths).map(\.pid) == [pid] })
        // Another instance whose name begins alike is another.
        #expect(Survivors.find(InstancePaths(name: "we", base: paths.base, logs: scratch.path)).isEmpty)
        try child.kill(SIGKILL)
        _ = child.wait()
        #expect(Survivors.find(paths).isEmpty)
    }

    @Test func survivorsByTheirState() throws {
        let scratch = try Scratch()
        let paths = InstancePaths(name: "web", base: scratch.path, logs: scratch.path)
        mkdir(paths.directory, 0o755)
        let mark = "mark-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        var child = try Child(
            "/bin/sh", ["-c", "sleep 1000 & echo $!; wait"],
            environment: [
                EnvironmentVariable(name: "INVOCATION_ID", value: mark),
                EnvironmentVariable(name: "PATH", value: "/bin"),
            ])
        let grandchild = try #require(pid_t(try child.line()))
        var state = InstanceState()
        func found(_ change: (inout InstanceState) -> Void) throws -> [pid_t] {
            var other = state
            change(&other)
            try scratch.write("web/state", other.encoded)
            return Survivors.find(paths).map(\.pid)
        }
        state.bootID = try Processes.bootID()
        state.isUp = true
        var unit = UnitState()
        unit.id = "web.service"
        unit.invocationID = mark
        (unit.activeState, unit.subState) = (.active, "running")
        state.units = [unit]
        let all = [child.pid, grandchild].sorted()
        #expect(try found { _ in } == all)
        // The main process alone is known: its descendants are found by their parents.
        #expect(
            try found {
                $0.units[0].invocationID = "none"; $0.units[0].main = ProcessIdentity(of: child.pid)
            } == all)
        // A recycled pid is a stranger.
        #expect(
            try found {
                $0.units[0].invocationID = "none"
                $0.units[0].main = ProcessIdentity(pid: child.pid, startTime: 1)
            } == [])
        #expect(try found { $0.bootID = "another boot" } == [])
        // An orderly end left them alive on purpose.
        #expect(try found { $0.isUp = false } == [])
        kill(grandchild, SIGKILL)
        _ = child.wait()
        #expect(try found { _ in } == [])
    }
}
