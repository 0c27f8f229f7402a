// What is written down: the state file against hostile text, and the tail of a log.
import Engine
import Glibc
import Linux
import Testing
import Units

@testable import Instances
@testable import Manager

@Suite struct StateFileTests {
    private var full: InstanceState {
        var state = InstanceState()
        state.id = "web.service"
        state.description = "Web"
        state.fragmentPath = "/etc/daimon/web.service"
        state.launchMode = "background"
        state.bootID = "boot"
        state.invocationID = "invocation"
        (state.activeState, state.subState, state.result) = (.deactivating, .stopSigkill, .watchdog)
        state.daimond = ProcessIdentity(pid: 5, startTime: 6)
        state.main = ProcessIdentity(pid: 7, startTime: .max)
        state.controlGroup = "/sys/fs/cgroup/x"
        state.restarts = .max
        state.statusText = "busy"
        (state.mainCode, state.mainStatus) = ("killed", 9)
        state.failure = "203/EXEC: no"
        (state.stateChanged, state.activeEntered) = (.max, 1)
        (state.logFile, state.logStart) = ("/var/log/x", 99)
        (state.killMode, state.killSignal, state.sendSIGKILL, state.timeoutStop) = (.mixed, 2, false, .infinity)
        state.extraPIDFile = "/run/x.pid"
        state.canReload = false
        return state
    }

    @Test func comesBackAsItWas() {
        #expect(InstanceState(decoding: full.encoded) == full)
        #expect(InstanceState(decoding: InstanceState().encoded) == InstanceState())
        // Every field is different from its default, or the above would prove nothing.
        let (left, right) = (Mirror(reflecting: full), Mirror(reflecting: InstanceState()))
        for (one, other) in zip(left.children, right.children) {
            #expect("\(one.value)" != "\(other.value)", "\(one.label ?? "")")
        }
        for state in ServiceState.allCases {
            var one = InstanceState()
            (one.subState, one.activeState) = (state, state.active)
            #expect(InstanceState(decoding: one.encoded) == one)
        }
    }

    @Test(arguments: [
        "two\nlines", "\nMainPID=1 1", "x\r\nActiveState=failed", "\\", "\\n", "\\\\n\n", "a=b", "=", "MainPID=1 1\n",
        "tab\tbell\u{7}", "\u{2028}\u{85}\u{0}", "ü😀", " leading and trailing ", "\r", "\u{d}\u{a}",
    ])
    func hostileTextStaysText(_ text: String) {
        var state = full
        (state.statusText, state.description, state.failure) = (text, text, text)
        let back = InstanceState(decoding: state.encoded)
        #expect(back == state)
        #expect(back.main == full.main && back.activeState == full.activeState)
        #expect(state.encoded.utf8.filter { $0 == 10 }.count == full.encoded.utf8.filter { $0 == 10 }.count)
    }

    @Test func garbageIsLeftAtItsDefault() {
        let whole = full.encoded
        // A file that ends anywhere gives no crash, and what is whole in it counts.
        for length in 0...whole.utf8.count {
            let state = InstanceState(decoding: String(decoding: whole.utf8.prefix(length), as: UTF8.self))
            #expect(state.id.isEmpty || full.id.hasPrefix(state.id))
        }
        let garbage = """
            no sign at all
            =value
            MainPID=0 1
            MainPID=-5 1
            DaimondPID=1
            DaimondPID=1 2 3
            DaimondPID=99999999999 1
            NRestarts=-1
            SubState=sleeping
            ActiveState=
            Result=fine
            KillMode=all
            KillSignal=nine
            TimeoutStopUSec=1s
            StateChangeTimestamp=x
            Newer=thing
            """
        #expect(InstanceState(decoding: garbage).main == nil)
        var state = InstanceState(decoding: garbage)
        state.sendSIGKILL = true
        #expect(state == InstanceState())
    }

    // MARK: - The tail of a log

    @Test func lastLines() throws {
        let scratch = try Scratch()
        let path = "\(scratch.path)/log"
        func lines(_ content: String, from start: UInt64 = 0, count: Int = 3) throws -> [String] {
            try scratch.write("log", content)
            return try OutputFile.lastLines(path, from: start, count: count)
        }
        #expect(try lines("") == [])
        #expect(try lines("one") == ["one"])
        #expect(try lines("one\n") == ["one"])
        #expect(try lines("1\n2\n3\n4\n5\n") == ["3", "4", "5"])
        #expect(try lines("1\n2\n3\n4\n5") == ["3", "4", "5"])
        #expect(try lines("1\n\n\n") == ["1", "", ""])
        #expect(try lines("1\n2\n", count: 0) == [])
        #expect(try lines("old\nnew\n", from: 4) == ["new"])
        #expect(try lines("old\n", from: 4) == [])
        // Shorter than where this run began: somebody truncated it, so all of it is new.
        #expect(try lines("new\n", from: 1000) == ["new"])
        #expect(try lines("a\u{1b}[2Jb\r\n\u{0}\u{7}c\td\n") == ["a [2Jb ", "  c d"])
        #expect(try lines(String(repeating: "ä", count: 600) + "\n").first?.utf8.count == 500)
        // Only the end of a large file is read: no half line at the beginning.
        let long = (0..<20_000).map { "line \($0)" }.joined(separator: "\n") + "\n"
        let many = try lines(long, count: 100_000)
        #expect(many.last == "line 19999" && many.count < 20_000 && many.count > 1000)
        #expect(many.first.map { long.contains("\n\($0)\n") } == true)
        // One endless line.
        #expect(try lines(String(repeating: "x", count: 200_000)) == [String(repeating: "x", count: 500)])
        // Bytes that are no text.
        let file = try OwnedDescriptor.open(path, O_WRONLY | O_TRUNC)
        try file.writeAll([0xff, 0x80, 10, 0xc3])
        #expect(try OutputFile.lastLines(path, from: 0, count: 9) == ["\u{fffd}\u{fffd}", "\u{fffd}"])
    }

    @Test func logsThatAreNone() throws {
        let scratch = try Scratch()
        let path = scratch.path
        let error = #expect(throws: SystemError.self) { try OutputFile.lastLines("\(path)/none", from: 0, count: 1) }
        #expect(error?.errno == ENOENT)
        symlink("/etc/passwd", "\(path)/link")
        #expect(throws: SystemError.self) { try OutputFile.lastLines("\(path)/link", from: 0, count: 1) }
        #expect(throws: SystemError.self) { _ = try OutputFile.open("\(path)/link").rawValue }
        mkfifo("\(path)/fifo", 0o600)
        #expect(try OutputFile.lastLines("\(path)/fifo", from: 0, count: 1) == [])
        #expect(throws: SystemError.self) { _ = try OutputFile.open("\(path)/fifo").rawValue }
    }
}
