// Launches from a terminal that closes: during the launch, and right after it.
import Daemon
import Glibc
import Linux
import Testing

/// A pseudo terminal with one program as its session's leader.
private struct Terminal: ~Copyable {
    let main: OwnedDescriptor
    let pid: pid_t

    init(_ program: String, _ arguments: [String]) throws {
        var (value, child): (CInt, CInt) = (-1, -1)
        var name = [CChar](repeating: 0, count: 128)
        guard openpty(&value, &child, &name, nil, nil) == 0 else { throw SystemError("open a pseudo terminal") }
        let main = OwnedDescriptor(owning: value)
        close(child)
        guard fcntl(value, F_SETFD, FD_CLOEXEC) == 0 else { throw SystemError("prepare a pseudo terminal") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // A session's leader gets the first terminal that it opens as its controlling one.
        posix_spawn_file_actions_addopen(&actions, 0, name, O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, 0, 1)
        posix_spawn_file_actions_adddup2(&actions, 0, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        let setSession: Int16 = 0x80  // POSIX_SPAWN_SETSID, a macro that Swift does not see
        posix_spawnattr_setflags(&attributes, setSession)
        var argv: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=/usr/bin:/bin"), nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, program, &actions, &attributes, &argv, &envp)
        guard result == 0 else { throw SystemError("run", program, errno: result) }
        self.pid = pid
        self.main = main
    }

    /// Closes the terminal at once: its session gets SIGHUP.
    consuming func hangUp() {
        main.close()
    }
}

@Suite(.serialized) struct TerminalTests {
    private static let rounds = 100

    private func exitStatus(_ pid: pid_t) throws -> CInt {
        let handle = try ProcessHandle(pid: pid)
        guard try handle.waitForEnd(until: Clock.monotonic() + 20_000_000) else {
            kill(pid, SIGKILL)
            throw Launch.Failure(description: "the launcher did not end")
        }
        var status: CInt = 0
        waitpid(pid, &status, 0)
        return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    }

    private func expectHealthy(_ scratch: Scratch) throws {
        let state = scratch.state()
        #expect(scratch.isAlive())
        #expect(state["terminal"] == "no")
        // Bit 0: SIGHUP is not left ignored.
        #expect(state["SigIgn"].flatMap { UInt64($0, radix: 16) } == 0)
        try scratch.stop()
    }

    @Test func itClosesDuringTheLaunch() throws {
        let program = try Launch.program("detach-probe")
        for _ in 0..<TerminalTests.rounds {
            let scratch = try Scratch()
            let terminal = try Terminal(program, ["ready", "--say-hello", "--state", scratch.file("state")])
            let pid = terminal.pid
            // From here on the program is shielded: as early as a test can know.
            #expect(try Descriptors.waitReadable(terminal.main.rawValue, until: Clock.monotonic() + 10_000_000))
            terminal.hangUp()
            #expect(try exitStatus(pid) == 0)
            try expectHealthy(scratch)
        }
    }

    @Test func itClosesRightAfterTheLaunch() throws {
        let program = try Launch.program("detach-probe")
        for _ in 0..<TerminalTests.rounds {
            let scratch = try Scratch()
            let terminal = try Terminal(program, ["ready", "--state", scratch.file("state")])
            #expect(try exitStatus(terminal.pid) == 0)
            terminal.hangUp()
            try expectHealthy(scratch)
        }
    }

    @Test func aFailureIsReportedEvenWhenNobodyReadsIt() throws {
        let program = try Launch.program("detach-probe")
        let terminal = try Terminal(program, ["report", "--say-hello"])
        let pid = terminal.pid
        #expect(try Descriptors.waitReadable(terminal.main.rawValue, until: Clock.monotonic() + 10_000_000))
        terminal.hangUp()
        #expect(try exitStatus(pid) == 203)
    }
}
