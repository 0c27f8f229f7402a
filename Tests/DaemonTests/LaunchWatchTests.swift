// The launcher's conclusions: event in, actions and state out.
import Glibc
import Linux
import Testing

@testable import Daemon

struct LaunchWatchTests {
    typealias Field = ReceivedNotification.Field
    private func watch(timeout: UInt64? = 1000) -> LaunchWatch { LaunchWatch(pid: 42, timeout: timeout, now: 100) }

    @Test func readyEndsItWithZero() {
        var watch = watch()
        #expect(watch.handle(.message([Field("STATUS", "half")]), now: 110) == [.relay([.status("half")])])
        #expect(watch.state == .waiting)
        let actions = watch.handle(.message([Field("READY", "1"), Field("STATUS", "up")]), now: 120)
        #expect(actions == [.relay([.ready, .mainPID(42), .status("up")]), .exit(0)])
        #expect(watch.state == .finished)
        #expect(watch.handle(.ended(.exited(1)), now: 130).isEmpty)
        #expect(watch.handle(.deadline, now: 130).isEmpty)
    }

    @Test func onlyReadyOneIsReady() {
        var watch = watch()
        #expect(
            watch.handle(.message([Field("READY", "0"), Field("X_READY", "1"), Field("WATCHDOG", "1")]), now: 1).isEmpty
        )
        #expect(watch.state == .waiting)
    }

    @Test(arguments: [
        (LaunchWatch.End.exited(0), CInt(1), "ended before it was ready, with exit status 0"),
        (.exited(3), 3, "ended before it was ready, with exit status 3"),
        (.killed(SIGSEGV, coreDumped: false), 139, "killed by signal 11 (SIGSEGV) before it was ready"),
        (.killed(SIGABRT, coreDumped: true), 134, "killed by signal 6 (SIGABRT, core dumped) before it was ready"),
        (.killed(40, coreDumped: false), 168, "killed by signal 40 (signal 40) before it was ready"),
    ]) func aDeathIsTold(_ end: LaunchWatch.End, _ status: CInt, _ words: String) {
        var watch = watch()
        #expect(watch.handle(.ended(end), now: 1) == [.say(words), .exit(status)])
        #expect(watch.state == .finished)
    }

    @Test func itsOwnReasonsAndStatusGoFirst() {
        var watch = watch()
        #expect(watch.handle(.message([Field("EXIT_STATUS", "203"), Field("ERRNO", "2")]), now: 1).isEmpty)
        #expect(
            watch.handle(.message([Field("X_DAIMON_MESSAGE", "why\u{1b}"), Field("X_DAIMON_MESSAGE", "more")]), now: 1)
                .isEmpty)
        #expect(watch.handle(.ended(.exited(9)), now: 2) == [.say("why "), .say("more"), .exit(203)])
    }

    @Test func withoutReasonsStatusAndErrorAreShown() {
        var watch = watch()
        _ = watch.handle(.message([Field("STATUS", "s"), Field("ERRNO", "28"), Field("EXIT_STATUS", "0")]), now: 1)
        #expect(
            watch.handle(.ended(.exited(3)), now: 2) == [
                .say("its last status: s"), .say("its error: No space left on device (ENOSPC)"),
                .say("ended before it was ready, with exit status 3"), .exit(3),
            ])
    }

    @Test(arguments: ["0", "256", "-1", "x", "", "4294967297"]) func anImpossibleExitStatusIsIgnored(_ text: String) {
        var watch = watch()
        _ = watch.handle(.message([Field("EXIT_STATUS", text), Field("ERRNO", text)]), now: 1)
        #expect(watch.handle(.ended(.exited(4)), now: 2).last == .exit(4))
    }

    @Test func linesAreBounded() {
        var watch = watch()
        for number in 0..<1000 { _ = watch.handle(.message([Field("X_DAIMON_MESSAGE", "\(number)")]), now: 1) }
        let actions = watch.handle(.ended(.exited(1)), now: 2)
        #expect(actions.count == LaunchWatch.lineLimit + 2)
        #expect(actions.suffix(2) == [.say("(744 more lines)"), .exit(1)])
    }

    @Test func timeoutTermsThenKills() {
        var watch = watch(timeout: 1_500_000)
        #expect(watch.deadline == 1_500_100)
        #expect(
            watch.handle(.deadline, now: 1_500_100) == [
                .say("not ready within 1.5 s: stopping it (pid 42)"), .kill(SIGTERM),
            ])
        #expect(watch.state == .stopping(.timeout))
        #expect(watch.deadline == 6_500_100)
        // Too late is too late.
        #expect(watch.handle(.message([Field("READY", "1")]), now: 1).isEmpty)
        #expect(watch.handle(.message([Field("EXTEND_TIMEOUT_USEC", "99999999999")]), now: 1).isEmpty)
        #expect(watch.deadline == 6_500_100)
        #expect(watch.handle(.deadline, now: 6_500_100).last == .kill(SIGKILL))
        #expect(watch.state == .killing(.timeout))
        #expect(watch.deadline == nil)
        #expect(watch.handle(.deadline, now: 7_000_000).isEmpty)
        #expect(watch.handle(.ended(.killed(SIGKILL, coreDumped: false)), now: 8_000_000) == [.exit(1)])
    }

    @Test func moreTimeIsGranted() {
        var watch = watch(timeout: 1000)
        #expect(
            watch.handle(.message([Field("EXTEND_TIMEOUT_USEC", "5000")]), now: 200) == [
                .relay([.extendTimeout(microseconds: 5000)])
            ])
        #expect(watch.deadline == 5200)
        _ = watch.handle(.message([Field("EXTEND_TIMEOUT_USEC", "1")]), now: 300)
        #expect(watch.deadline == 1100, "never earlier than at first")
        _ = watch.handle(.message([Field("EXTEND_TIMEOUT_USEC", "18446744073709551615")]), now: 300)
        #expect(watch.deadline == .max)
        _ = watch.handle(
            .message([Field("EXTEND_TIMEOUT_USEC", "-1"), Field("EXTEND_TIMEOUT_USEC", "99999999999999999999")]),
            now: 300)
        #expect(watch.deadline == .max)
        var endless = self.watch(timeout: nil)
        _ = endless.handle(.message([Field("EXTEND_TIMEOUT_USEC", "1")]), now: 300)
        #expect(endless.deadline == nil)
    }

    @Test func aSignalStopsASecondOneKills() {
        var watch = watch()
        #expect(
            watch.handle(.signal(SIGINT), now: 1) == [
                .say("SIGINT: stopping it (pid 42) before it is ready"), .kill(SIGTERM),
            ])
        #expect(watch.deadline == nil)
        #expect(watch.handle(.signal(SIGTERM), now: 2).last == .kill(SIGKILL))
        #expect(watch.handle(.signal(SIGTERM), now: 3).isEmpty)
        #expect(watch.handle(.ended(.killed(SIGKILL, coreDumped: false)), now: 4) == [.exit(130)])
    }

    @Test func noticesAreShownAtOnce() {
        var watch = watch()
        #expect(watch.handle(.message([Field("X_DAIMON_NOTICE", "a\u{7}")]), now: 1) == [.say("a ")])
    }

    @Test func repeatedFieldsStaySendable() throws {
        var watch = watch()
        let fields = [
            Field("STATUS", "1"), Field("STATUS", "2"), Field("EXTEND_TIMEOUT_USEC", "5"),
            Field("EXTEND_TIMEOUT_USEC", "6"),
        ]
        for action in watch.handle(.message(fields), now: 1)
            + watch.handle(.message(fields + [Field("READY", "1")]), now: 1)
        {
            guard case .relay(let statements) = action else { continue }
            #expect(try !Systemd.Notification.encode(statements, monotonic: 0).text.isEmpty)
        }
    }

    @Test func spansInWords() {
        #expect(
            [90_000_000, 1_500_000, 999_999, 50].map { LaunchWatch.words($0) } == ["90 s", "1.5 s", "999 ms", "50 µs"])
    }
}
