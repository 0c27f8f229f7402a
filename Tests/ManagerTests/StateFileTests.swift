// What is written down: the state file against hostile text, and the tail of a log.
import Engine
import Glibc
import Linux
import Testing
import Units

@testable import Instances
@testable import Manager

@Suite struct StateFileTests {
    private var unit: UnitState {
        var state = UnitState()
        state.id = "web.service"
        state.description = "Web"
        state.fragmentPath = "/etc/daimon/web.service"
        state.loadState = "masked"
        state.invocationID = "invocation"
        (state.activeState, state.subState, state.result) = (.deactivating, "stop-sigkill", "watchdog")
        state.main = ProcessIdentity(pid: 7, startTime: .max)
        state.controlGroup = "/sys/fs/cgroup/x/web.service"
        (state.restarts, state.storedDescriptors) = (.max, 3)
        state.statusText = "busy"
        (state.mainCode, state.mainStatus) = ("killed", 9)
        state.failure = "203/EXEC: no"
        (state.stateChanged, state.inactiveExit, state.activeEnter) = (.max, 1, 2)
        (state.activeExit, state.inactiveEnter, state.job) = (3, 4, "start")
        (state.logFile, state.logStart) = ("/var/log/x", 99)
        (state.killMode, state.killSignal, state.sendSIGKILL, state.timeoutStop) = (.mixed, 2, false, .infinity)
        state.canReload = true
        return state
    }

    private var full: InstanceState {
        var state = InstanceState()
        state.asked = ["web.service", "db.service"]
        state.given = ["/etc/daimon/web.service", "db"]
        state.isUp = true
        state.launchMode = "background"
        state.bootID = "boot"
        state.daimond = ProcessIdentity(pid: 5, startTime: 6)
        state.controlGroup = "/sys/fs/cgroup/x"
        state.extraPIDFile = "/run/x.pid"
        state.reloads = 3
        (state.serviceReloads, state.serviceReloadFailed) = (4, true)
        state.reloadProblems = ["db.service: no", "it is bad"]
        var other = UnitState()
        other.id = "db.service"
        state.units = [unit, other]
        return state
    }

    @Test func comesBackAsItWas() {
        #expect(InstanceState(decoding: full.encoded) == full)
        #expect(InstanceState(decoding: InstanceState().encoded) == InstanceState())
        // Every field is different from its default, or the above would prove nothing.
        for (left, right) in [
            (Mirror(reflecting: full), Mirror(reflecting: InstanceState())),
            (Mirror(reflecting: unit), Mirror(reflecting: UnitState())),
        ] {
            for (one, other) in zip(left.children, right.children) where one.label != "isGone" {
                #expect("\(one.value)" != "\(other.value)", "\(one.label ?? "")")
            }
        }
    }

    @Test func laterBlocksCount() {
        var state = full
        var text = state.encoded
        state.units[0].activeState = .failed
        text += state.units[0].encoded
        state.isUp = false
        text += state.encodedHead
        #expect(InstanceState(decoding: text) == state)
        // One that was not written to its end does not count, nor take another with it.
        state.units[1].activeState = .active
        let block = state.units[1].encoded
        for length in 1..<block.utf8.count {
            let part = String(decoding: block.utf8.prefix(length), as: UTF8.self)
            #expect(InstanceState(decoding: text + part).unit("db.service")?.activeState == .inactive)
        }
        #expect(InstanceState(decoding: text + block) == state)
        // What is gone is gone.
        state.units[1].isGone = true
        #expect(InstanceState(decoding: text + state.units[1].encoded).units.map(\.id) == ["web.service"])
    }

    @Test(arguments: [
        "two\nlines", "\nMainPID=1 1", "x\r\nActiveState=failed", "\\", "\\n", "\\\\n\n", "a=b", "=", "MainPID=1 1\n",
        "tab\tbell\u{7}", "\u{2028}\u{85}\u{0}", "ü😀", " leading and trailing ", "\r", "\u{d}\u{a}", "\n\nId=other",
    ])
    func hostileTextStaysText(_ text: String) {
        var state = full
        (state.units[0].statusText, state.units[0].description, state.units[0].failure) = (text, text, text)
        let back = InstanceState(decoding: state.encoded)
        #expect(back == state)
        #expect(back.primary.main == unit.main && back.primary.activeState == unit.activeState)
        #expect(state.encoded.utf8.filter { $0 == 10 }.count == full.encoded.utf8.filter { $0 == 10 }.count)
    }

    @Test func garbageIsLeftAtItsDefault() {
        let whole = full.encoded
        // A file that ends anywhere gives no crash, and what is whole in it counts.
        for length in 0...whole.utf8.count {
            let state = InstanceState(decoding: String(decoding: whole.utf8.prefix(length), as: UTF8.self))
            #expect(state.units.allSatisfy { full.unit($0.id) == $0 })
        }
        let garbage = """
            no sign at all
            =value
            DaimondPID=1
            DaimondPID=1 2 3
            DaimondPID=99999999999 1
            Newer=thing

            """
        #expect(InstanceState(decoding: garbage + "\n") == InstanceState())
        let unit = """
            Id=x.service
            MainPID=0 1
            MainPID=-5 1
            NRestarts=-1
            ActiveState=
            KillMode=all
            KillSignal=nine
            TimeoutStopUSec=1s
            StateChangeTimestamp=x
            Newer=thing

            """
        var expected = UnitState()
        expected.id = "x.service"
        #expect(InstanceState(decoding: unit + "\n").units == [expected])
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
