// Values, one table per parser. What is expected was taken from systemd 252 (systemd-analyze timespan, and the
// manager's own dump of a parsed unit), so that the tables are its behaviour and not our opinion of it.
import Testing

@testable import Units

/// The unit of one `[Service]` assignment.
func service(_ lines: String..., name: String = "web.service") -> LoadedUnit {
    let text = "[Service]\nExecStart=/bin/true\n" + lines.joined(separator: "\n") + "\n"
    return UnitLoader.parse(text: text, path: "web.service", name: UnitName(unchecked: name))
}

/// What a parser gives, or nil when it refuses.
func value<Value>(_ body: () throws(InvalidValue) -> Value) -> Value? {
    do throws(InvalidValue) { return try body() } catch { return nil }
}

@Suite struct TimeSpanTests {
    @Test(
        arguments: [
            ("90", 90_000_000), ("5min 20s", 320_000_000), ("1.5s", 1_500_000), ("2h", 7_200_000_000),
            ("2hours", 7_200_000_000), ("48hr", 172_800_000_000), ("1y 12month", 63_115_200_000_000),
            ("55s500ms", 55_500_000), ("300ms20s 5day", 432_020_300_000), ("1.5", 1_500_000), ("0", 0), ("0.5us", 0),
            ("1us", 1), ("1usec", 1), ("1µs", 1), ("1μs", 1), ("1 ms", 1000), ("1msec", 1000), ("1sec", 1_000_000),
            ("1second", 1_000_000), ("1seconds", 1_000_000), ("1m", 60_000_000), ("1minute", 60_000_000),
            ("1minutes", 60_000_000), ("1M", 2_629_800_000_000), ("1months", 2_629_800_000_000), ("1h", 3_600_000_000),
            ("1d", 86_400_000_000), ("1days", 86_400_000_000), ("1w", 604_800_000_000), ("1weeks", 604_800_000_000),
            ("1y", 31_557_600_000_000), ("1years", 31_557_600_000_000), ("+1", 1_000_000), (".5", 500_000),
            ("5 20", 25_000_000), ("1.123456789s", 1_123_456), ("0.0000001", 0), ("1 s 2 s", 3_000_000),
            ("10s5", 15_000_000), ("007", 7_000_000), ("1.999999us", 1), ("1.5min", 90_000_000),
            ("3.14day", 271_296_000_000), ("9223372036854775807us", 9_223_372_036_854_775_807), ("1\ts", 1_000_000),
            ("1.00000000000000000000001s", 1_000_000),
        ] as [(String, UInt64)])
    func accepted(_ text: String, _ microseconds: UInt64) throws {
        #expect(try TimeSpan(parsing: text) == TimeSpan(microseconds: microseconds))
    }

    @Test(arguments: [
        "", " ", "-1", "1,5", "1x", "s", "1.5.5", "1.", "1. s", "1e3", "18446744073709551615",
        "18446744073709551614us", "18446744073709551615us", "584542y", "Infinity", "1S", "1ss", "0x10", "1mins", "1hrs",
        "1secs", "1ns", "1usecs", "- 1", "1 -1", "1s;2s", "5s infinity", "infinity 5s", "9223372036854775807",
        "9223372036854775808us", "18446744073709s",
    ])
    func refused(_ text: String) {
        #expect(throws: InvalidValue.self) { try TimeSpan(parsing: text) }
    }

    @Test func infinityMayHaveSpaceAround() throws {
        #expect(try TimeSpan(parsing: "infinity") == .infinity)
        #expect(try TimeSpan(parsing: " infinity ") == .infinity)
    }

    @Test(arguments: [
        ("90", "1min 30s"), ("100ms", "100ms"), ("infinity", "infinity"), ("0", "0"), ("1.5", "1s 500ms"),
        ("36h", "1d 12h"),
    ])
    func shown(_ text: String, _ expected: String) throws {
        #expect(try TimeSpan(parsing: text).description == expected)
    }
}

@Suite struct SignalTests {
    @Test(
        arguments: [
            ("SIGTERM", 15), ("TERM", 15), ("15", 15), ("RTMIN+3", 37), ("SIGRTMIN+3", 37), ("SIGRTMAX-1", 63),
            ("RTMAX", 64),
            ("RTMIN", 34), ("34", 34), ("64", 64), ("RTMIN+30", 64), ("RTMAX-30", 34), ("SIGIO", 29), ("SIGCHLD", 17),
            ("33", 33), ("STKFLT", 16), ("007", 7), ("RTMIN+0x3", 37), ("RTMIN+010", 42), ("RTMAX-0", 64), ("0x9", 9),
        ] as [(String, Int32)])
    func accepted(_ text: String, _ number: Int32) throws {
        #expect(try Signal(parsing: text).number == number)
    }

    @Test(arguments: [
        "term", "65", "0", "-1", "SIGRTMIN+31", "RTMAX-31", "SIGPOLL", "SIGCLD", "IOT", "UNUSED", "RTMIN-1", "RTMIN+",
        "RTMIN+ 3", "RTMIN+0b1", "SIG15", "", "SIG", "RTMIN+99999999999999999999",
    ])
    func refused(_ text: String) {
        #expect(throws: InvalidValue.self) { try Signal(parsing: text) }
    }

    @Test func names() throws {
        #expect(Signal.terminate.name == "SIGTERM")
        #expect(Signal.abort.name == "SIGABRT")
        #expect(try Signal(parsing: "RTMAX").name == "SIGRTMIN+30")
        for number in Int32(1)...64 where number != 32 && number != 33 {
            let signal = try #require(Signal(number: number))
            #expect(try Signal(parsing: signal.name) == signal)
        }
    }

    @Test func suggestion() {
        #expect(
            throws: InvalidValue(
                "\"SIGTREM\" is not a signal; expected a name such as SIGTERM, SIGRTMIN+3, or a number from 1 to 64",
                suggestion: "SIGTERM")
        ) { try Signal(parsing: "SIGTREM") }
    }
}

@Suite struct LimitTests {
    static let infinity = UInt64.max

    @Test(
        arguments: [
            (.openFiles, "1024", 1024, 1024), (.openFiles, "1024:4096", 1024, 4096),
            (.openFiles, "infinity", infinity, infinity), (.openFiles, "5:infinity", 5, infinity),
            (.openFiles, "0x10", 16, 16), (.openFiles, "010", 8, 8), (.openFiles, "5: 6", 5, 6),
            (.openFiles, "0", 0, 0),
            (.openFiles, "18446744073709551614", infinity - 1, infinity - 1), (.openFiles, "+5", 5, 5),
            (.fileSize, "1K", 1024, 1024), (.fileSize, "1M", 1 << 20, 1 << 20), (.fileSize, "1T", 1 << 40, 1 << 40),
            (.fileSize, "1P", 1 << 50, 1 << 50), (.fileSize, "1E", 1 << 60, 1 << 60), (.fileSize, "1.5K", 1536, 1536),
            (.fileSize, "1 K", 1024, 1024), (.fileSize, "1K 1", 1025, 1025), (.fileSize, "1B", 1, 1),
            (.fileSize, "1G500M", 1_598_029_824, 1_598_029_824), (.fileSize, "1K:2K", 1024, 2048),
            (.fileSize, "1.5", 1, 1), (.fileSize, "0.5", 0, 0), (.fileSize, "1G 5", 1_073_741_829, 1_073_741_829),
            (.fileSize, "15E", 17_293_822_569_102_704_640, 17_293_822_569_102_704_640),
            (.cpu, "5", 5, 5), (.cpu, "1min", 60, 60), (.cpu, "1500ms", 2, 2), (.cpu, "1us", 1, 1), (.cpu, "0.5", 1, 1),
            (.cpu, "infinity", infinity, infinity), (.cpu, "5min:1h", 300, 3600), (.cpu, "1min 30s", 90, 90),
            (.realTimeTime, "5", 5, 5), (.realTimeTime, "5s", 5_000_000, 5_000_000), (.realTimeTime, "0.5", 0, 0),
            (.realTimeTime, "1 s", 1_000_000, 1_000_000), (.realTimeTime, "infinity", infinity, infinity),
            (.nice, "5", 5, 5), (.nice, "+5", 15, 15), (.nice, "-5", 25, 25), (.nice, "+19", 1, 1),
            (.nice, "-20", 40, 40),
            (.nice, "40", 40, 40), (.nice, "+5:-5", 15, 25), (.nice, "-0", 20, 20), (.nice, "1:20", 1, 20),
        ] as [(ResourceLimit, String, UInt64, UInt64)])
    func accepted(_ limit: ResourceLimit, _ text: String, _ soft: UInt64, _ hard: UInt64) throws {
        #expect(try limit.parse(text) == ResourceLimitValue(soft: soft, hard: hard))
    }

    @Test(
        arguments: [
            (.openFiles, "4096:1024"), (.openFiles, "1K"), (.openFiles, "infinity:5"), (.openFiles, "-1"),
            (.openFiles, "5 : 6"), (.openFiles, "5:"), (.openFiles, ":5"), (.openFiles, ""), (.openFiles, "1.5K"),
            (.openFiles, "18446744073709551615"), (.openFiles, "5s"), (.fileSize, "1k"), (.fileSize, "16E"),
            (.fileSize, "1KB"), (.fileSize, "2K:1K"), (.fileSize, ".5K"), (.fileSize, "1M 1G"), (.nice, "+20"),
            (.nice, "-21"), (.nice, "41"), (.nice, "infinity"), (.nice, "-5:+5"), (.cpu, "-1"),
        ] as [(ResourceLimit, String)])
    func refused(_ limit: ResourceLimit, _ text: String) {
        #expect(throws: InvalidValue.self) { try limit.parse(text) }
    }
}

@Suite struct ScalarTests {
    @Test(
        arguments: [
            ("1", true), ("yes", true), ("y", true), ("true", true), ("t", true), ("on", true), ("YES", true),
            ("Yes", true),
            ("0", false), ("no", false), ("n", false), ("false", false), ("f", false), ("off", false), ("", nil),
            ("2", nil),
            ("enable", nil),
        ] as [(String, Bool?)])
    func booleans(_ text: String, _ expected: Bool?) {
        #expect(value { () throws(InvalidValue) in try Numbers.boolean(text) } == expected)
    }

    @Test(
        arguments: [
            ("0022", 0o22), ("22", 0o22), ("777", 0o777), ("1777", 0o1777), ("7777", 0o7777), ("00000022", 0o22),
            ("8", nil),
            ("", nil), ("0x12", nil), ("17777", nil), ("10000", nil), ("+22", nil),
        ] as [(String, UInt32?)])
    func modes(_ text: String, _ expected: UInt32?) {
        #expect(value { () throws(InvalidValue) in try Numbers.mode(text) } == expected)
    }

    @Test(
        arguments: [
            ("5", 5), ("-5", -5), ("+5", 5), ("0x5", 5), ("010", 8), ("0b11", 3), ("0o7", 7), ("", nil), ("0x", nil),
            ("9223372036854775807", .max), ("-9223372036854775808", .min), ("9223372036854775808", nil), ("5 ", nil),
            ("09", nil), ("--5", nil), ("+0x5", 5), ("-010", -8), ("+0b11", nil), ("-0o7", nil), (" 0b1", nil),
            (" 5", 5),
        ] as [(String, Int64?)])
    func integers(_ text: String, _ expected: Int64?) {
        #expect(Numbers.integer(text) == expected)
    }

    @Test(
        arguments: [
            ("1 2 3", [1, 2, 3], []), ("NOTINSTALLED", [5], []), ("SIGKILL", [], [9]),
            ("TEMPFAIL 250 SIGKILL", [75, 250], [9]),
            ("SIGRTMIN+3", [], [37]), ("0", [0], []), ("SUCCESS", [0], []), ("010", [8], []), ("0x10", [16], []),
            ("+5", [5], []),
            ("CHDIR", [200], []), ("15", [15], []), ("BUS", [], [7]), ("APPARMOR EXCEPTION", [231, 255], []),
        ] as [(String, Set<UInt8>, [Int32])])
    func exitStatuses(_ text: String, _ statuses: Set<UInt8>, _ signals: [Int32]) {
        let loaded = service("SuccessExitStatus=\(text)")
        #expect(!loaded.hasErrors)
        #expect(loaded.unit.successExitStatus.statuses == statuses)
        #expect(loaded.unit.successExitStatus.signals.map(\.number).sorted() == signals)
    }

    @Test(arguments: ["EXIT_NOTINSTALLED", "256", "-1", "bogus 5", "09", "exec", "term"])
    func refusedExitStatuses(_ text: String) {
        #expect(service("SuccessExitStatus=\(text)").diagnostics.count == 1)
    }

    @Test(arguments: [
        ("nobody", true), ("0", true), ("65534", true), ("bogus", true), ("a b", true), ("a/b", false), ("-x", true),
        ("1x", true), ("65535", false), ("4294967295", false), ("a.b", true), ("a.", true), (".", false),
        ("a:b", false),
        ("0x5", true), ("-1", false), ("%i", false), ("007", false),
    ])
    func users(_ text: String, _ isAccepted: Bool) {
        #expect(service("User=\(text)").hasErrors == !isAccepted)
    }
}

@Suite struct PathTests {
    @Test(arguments: [
        ("/", "/"), ("//", "/"), ("/a//b/", "/a/b"), ("/./a/.", "/a"), ("/a/.b", "/a/.b"), ("a//b", "a/b"),
        ("./a", "a"),
        (".", "."), ("/a/...", "/a/..."), ("/..", "/.."),
    ])
    func simplified(_ path: String, _ expected: String) {
        #expect(Paths.simplified(path) == expected)
    }

    @Test(arguments: [
        ("/a/..", false), ("/../a", false), ("/..", false), ("/a/../b", false), ("/a..", true), ("/..a", true),
        ("/a/...", true), ("a", false), ("", false), ("/..\u{301}", true), ("/a/..\u{301}/b", true),
    ])
    func goingUpIsRefused(_ path: String, _ isAccepted: Bool) {
        #expect((value { () throws(InvalidValue) in try Paths.absolute(path) } != nil) == isAccepted)
    }

    @Test(arguments: [("/a/../\u{301}b"), ("/\u{301}/../x")])
    func combiningMarksHideNothing(_ path: String) {
        #expect(throws: InvalidValue.self) { try Paths.absolute(path) }
    }
}
