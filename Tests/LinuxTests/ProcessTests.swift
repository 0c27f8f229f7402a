// Which process is which: identities, handles, what /proc tells; and errors in words.
import CLinux
import Glibc
import Testing

@testable import Linux

@Suite struct ProcessTests {
    @Test func ourselves() throws {
        let own = try #require(ProcessIdentity.current())
        #expect(own.pid == getpid() && own.isAlive)
        #expect(ProcessIdentity(of: getpid()) == own)
        let status = try #require(ProcessStatus(of: getpid()))
        #expect(status.parent == getppid() && status.group == getpgrp() && status.session == getsid(0))
        #expect(status.threads >= 1 && !status.isDead)
        #expect(try Processes.all().contains(getpid()))
        #expect(try Processes.bootID().utf8.count == 36)
    }

    @Test func aChildAndItsEnd() throws {
        var child = try Child("/bin/sleep", ["1000"])
        let pid = child.pid
        let identity = try #require(ProcessIdentity(of: pid))
        #expect(identity.isAlive && ProcessStatus(of: pid)?.parent == getpid())
        // execve(2) lets us go on a moment before the new arguments are in their place.
        #expect(eventually { Processes.commandLine(of: pid) == ["/bin/sleep", "1000"] })
        try child.end()
        // A zombie is still there, but it will never run again.
        #expect(ProcessStatus(of: pid)?.state == "Z")
        #expect(ProcessIdentity(of: pid) == identity && !identity.isAlive)
        #expect(Processes.commandLine(of: pid).isEmpty)
        child.reap()
        #expect(!identity.isAlive)
    }

    @Test func nobody() throws {
        #expect(ProcessStatus(of: 0) == nil && ProcessStatus(of: -1) == nil && ProcessStatus(of: .max) == nil)
        #expect(ProcessIdentity(of: .max) == nil)
        #expect(Processes.environment(of: .max).isEmpty)
        // Every assignment of ours as a whole, and no part of one.
        for assignment in Processes.environment(of: getpid()) where !assignment.isEmpty {
            #expect(Processes.environment(of: getpid(), has: assignment))
        }
        let first = try #require(Processes.environment(of: getpid()).first { $0.utf8.count > 2 })
        #expect(!Processes.environment(of: getpid(), has: String(first.dropLast())))
        #expect(!Processes.environment(of: getpid(), has: String(first.dropFirst())))
        #expect(!Processes.environment(of: .max, has: first))
    }

    @Test func aRecycledPidIsAnother() throws {
        let child = try Child("/bin/sleep", ["1000"])
        let identity = try #require(ProcessIdentity(of: child.pid))
        let older = ProcessIdentity(pid: identity.pid, startTime: identity.startTime - 1)
        #expect(!older.isAlive && identity.isAlive && older != identity)
        let error = #expect(throws: SystemError.self) { _ = try ProcessHandle(older).pid }
        #expect(error?.errno == ESRCH)
    }

    /// The second field of /proc/PID/stat is whatever a process calls itself (proc(5)).
    @Test func namesThatLookLikeFields() throws {
        func rename(_ name: String) throws {
            try OwnedDescriptor.open("/proc/thread-self/comm", O_WRONLY).writeAll(name.utf8)
        }
        let before = try Files.readText("/proc/thread-self/comm", limit: 64)
        defer { #expect(throws: Never.self) { try rename(String(before.dropLast())) } }
        var link = [UInt8](repeating: 0, count: 64)
        let length = readlink("/proc/thread-self", &link, link.count)
        let thread = try #require(
            pid_t(String(decoding: link[..<length], as: UTF8.self).split(separator: "/").last ?? ""))
        for name in [") R 1 (", "a) Z 1 1", "((((", "))))", "x y z", "\u{1}\n) S 2"] {
            // The name of this thread alone; /proc/TID/stat is there for threads too.
            try rename(name)
            let status = try #require(ProcessStatus(of: thread), "\(name)")
            #expect(status.state == "R" && status.parent == getppid() && status.group == getpgrp(), "\(name)")
            #expect(status.threads >= 1 && status.identity.startTime > 1)
            if !name.contains("\n") { #expect(status.name == name) }
        }
    }

    @Test func aProgramWithAHostileName() throws {
        let scratch = try Scratch()
        let path = "\(scratch.path)/) R 1 ("
        symlink("/bin/sleep", path)
        let child = try Child(path, ["1000"])
        let pid = child.pid
        #expect(eventually { ProcessStatus(of: pid)?.name == ") R 1 (" })
        let status = try #require(ProcessStatus(of: pid))
        #expect(status.parent == getpid() && status.threads == 1)
        #expect(status.identity.startTime > 1)
    }

    // MARK: - Handles

    @Test func signalsThroughAHandle() throws {
        var child = try Child("/bin/sleep", ["1000"])
        let handle = try ProcessHandle(pid: child.pid)
        #expect(try handle.send(0))
        #expect(try !handle.waitForEnd(until: 0))
        #expect(try handle.send(SIGTERM))
        // Where this fails, the rest would wait for ever.
        try #require(try handle.waitForEnd(until: Clock.monotonic() + 10_000_000))
        var exit = daimon_child_exit()
        #expect(daimon_wait_child(child.pid, 1, 1, &exit) == 0)
        #expect(exit.code == CInt(CLD_KILLED) && exit.status == SIGTERM)
        child.reap()
        // Gone for good: the handle never means another.
        #expect(try !handle.send(SIGTERM))
    }

    @Test func aHandleOnACertainProcess() throws {
        var child = try Child("/bin/sleep", ["1000"])
        let identity = try #require(ProcessIdentity(of: child.pid))
        #expect(try ProcessHandle(identity).send(0))
        child.reap()
        #expect(throws: SystemError.self) { _ = try ProcessHandle(identity).pid }
        let error = #expect(throws: SystemError.self) { _ = try ProcessHandle(pid: -1).pid }
        #expect(error?.description.hasPrefix("cannot open a handle on process -1: ") == true)
    }

    // MARK: - Errors

    @Test func errorsInWords() {
        #expect(SystemError.words(ENOENT) == "No such file or directory (ENOENT)")
        #expect(
            "\(SystemError("open", "/x", errno: EACCES, advice: "run it as root"))"
                == "cannot open /x: Permission denied (EACCES); run it as root")
        #expect(
            "\(SystemError("make a socket", errno: EMFILE))" == "cannot make a socket: Too many open files (EMFILE)")
        #expect("\(SystemError.refused("use", "/x", because: "it is a link"))" == "cannot use /x: it is a link")
        #expect(SystemError.refused("use", because: "no").errno == 0)
        // A number that no kernel has must not crash, nor be empty.
        #expect(!SystemError.words(99_999).isEmpty)
    }
}
