// Sizes, shares, limits of control groups and lists of processors. What is expected was taken from systemd 252 (the
// manager's own dump of a parsed unit), so that the tables are its behaviour and not our opinion of it.
import Testing

@testable import Units

@Suite struct AmountTests {
    @Test(
        arguments: [
            ("0", 0), ("1.5K", 1536), ("0.1K", 102), ("1K 1", 1025), ("3. K", 3072), ("+5", 5),
            ("1G 500M 2B", 1_598_029_826),
            ("15E", 17_293_822_569_102_704_640), ("0.99999999999999999999E", nil), ("0.9999999999999999999", 1),
            ("1.99999999999999999K", 2048),
            ("18446744073709551615", .max), ("18446744073709551616", nil), ("16E", nil), ("15.999E 1E", nil),
            ("1M 1G", nil),
            ("1 1", nil), ("1K ", nil), ("K", nil), ("", nil), ("-", nil), ("1k", nil), ("1.5.5K", nil), ("1e3", nil),
            ("++1", nil),
        ] as [(String, UInt64?)])
    func sizes(_ text: String, _ expected: UInt64?) {
        #expect(value { () throws(InvalidValue) in try ByteSize.bytes(parsing: text) } == expected)
    }

    @Test(
        arguments: [
            ("40%", 4000), ("0x10%", 1600), ("12.3%", 1230), ("12.34%", 1234), ("0%", 0), ("100%", 10_000),
            ("100.00%", 10_000),
            ("12.3‰", 123), ("1000‰", 10_000), ("1234‱", 1234), ("+5%", 500), ("100.01%", nil), ("12.345%", nil),
            ("12.%", nil),
            ("12.34‰", nil), ("1.2‱", nil), ("%", nil), ("5", nil), ("", nil), ("-1%", nil), ("5 %", nil), ("5%%", nil),
            ("a%", nil),
            ("2147483648%", nil), ("214748365‰", nil), ("1.a%", nil),
        ] as [(String, UInt32?)])
    func shares(_ text: String, _ expected: UInt32?) {
        #expect(value { () throws(InvalidValue) in try Permyriad(parsing: text).parts } == expected)
    }

    @Test func sharesBeyondTheWhole() throws {
        #expect(try Permyriad(parsing: "250%", isBounded: false).parts == 25_000)
        #expect(Permyriad(parts: 5000).of(.max) == 9_223_372_036_854_775_807)
        #expect(Permyriad(parts: .max).of(.max) == .max)
        #expect(Permyriad(parts: 4000).of(32_766) == 13_106)
        #expect(Permyriad(parts: 0).of(.max) == 0)
        for (parts, text) in [(4000, "40%"), (1250, "12.5%"), (1, "0.01%"), (1234, "12.34%"), (10, "0.1%")]
            as [(UInt32, String)]
        {
            #expect(Permyriad(parts: parts).description == text)
            #expect(try Permyriad(parsing: text).parts == parts)
        }
    }

    @Test(
        arguments: [
            ("40%", 40, 400), ("0%", 0, 0), ("100%", 100, 1000), ("12.5%", nil, 125), ("125‰", nil, 125),
            ("101%", nil, nil),
            ("1001‰", nil, nil), ("1.5‰", nil, nil), ("40", nil, nil), ("", nil, nil),
        ] as [(String, UInt32?, UInt32?)])
    func percentAndPermille(_ text: String, _ percent: UInt32?, _ permille: UInt32?) {
        #expect(value { () throws(InvalidValue) in try Percentage.percent(text) } == percent)
        #expect(value { () throws(InvalidValue) in try Percentage.permille(text) } == permille)
    }

    @Test(
        arguments: [
            (.ceiling, "1.5K", .amount(1536)), (.ceiling, "40%", .share(Permyriad(parts: 4000))), (.ceiling, "0", nil),
            (.ceiling, "0%", nil), (.ceiling, "0B", nil), (.ceiling, "infinity", .infinity), (.ceiling, "", .infinity),
            (.ceiling, "16E", nil), (.ceiling, "18446744073709551615", nil), (.ceiling, "110%", nil),
            (.ceiling, "-1", nil),
            (.ceiling, "Infinity", nil), (.protection, "0%", .share(Permyriad(parts: 0))),
            (.protection, "", .amount(0)),
            (.ceilingOrNone, "0", .amount(0)), (.ceilingOrNone, "", .infinity),
        ] as [(MemoryLimit, String, ResourceAmount?)])
    func memory(_ limit: MemoryLimit, _ text: String, _ expected: ResourceAmount?) {
        #expect(value { () throws(InvalidValue) in try limit.parse(text) } == expected)
    }

    /// A share of the memory ends at a page, as on the machine that systemd was asked on.
    @Test func sharesOfMemory() {
        let total: UInt64 = 24_684_096 * 1024
        #expect(ResourceAmount.share(Permyriad(parts: 4000)).resolved(total: total, granule: 4096) == 10_110_603_264)
        #expect(ResourceAmount.share(Permyriad(parts: 1600)).resolved(total: total, granule: 4096) == 4_044_238_848)
        #expect(ResourceAmount.share(.whole).resolved(total: .max, granule: 0) == .max)
        #expect(ResourceAmount.amount(5).resolved(total: total) == 5)
        #expect(ResourceAmount.infinity.resolved(total: total) == nil)
    }

    @Test(
        arguments: [
            ("10", .amount(10)), ("0x10", .amount(16)), ("0%", .share(Permyriad(parts: 0))), ("infinity", .infinity),
            ("40%", .share(Permyriad(parts: 4000))), ("0", nil), ("1K", nil), ("18446744073709551615", nil),
            ("101%", nil),
            ("-1", nil), ("", nil),
        ] as [(String, ResourceAmount?)])
    func tasks(_ text: String, _ expected: ResourceAmount?) {
        #expect(value { () throws(InvalidValue) in try ResourceAmount.tasks(parsing: text) } == expected)
    }

    @Test(
        arguments: [
            ("40%", 400_000), ("250%", 2_500_000), ("0.01%", 100), ("", .max), ("0%", nil), ("10", nil), ("1%%", nil),
            ("infinity", nil),
        ] as [(String, UInt64?)])
    func processorTime(_ text: String, _ expected: UInt64?) {
        let actual = value { () throws(InvalidValue) in try ResourceAmount.processorTimePerSecond(parsing: text) }
        #expect(actual?.microseconds == expected)
    }

    @Test(
        arguments: [
            ("1", 1), ("0x10", 16), ("10000", 10_000), ("idle", 0), ("0", nil), ("10001", nil), ("", nil),
            ("Idle", nil),
        ] as [(String, UInt64?)])
    func weights(_ text: String, _ expected: UInt64?) {
        #expect(
            value { () throws(InvalidValue) in try ResourceAmount.weight(parsing: text, mayBeIdle: true) } == expected)
        let never = value { () throws(InvalidValue) in try ResourceAmount.weight(parsing: text, mayBeIdle: false) }
        #expect(never == (text == "idle" ? nil : expected))
    }

    @Test(
        arguments: [
            ("5", 5), ("2.5", 2), (".7", 0), ("5ns", 5), ("5us", 5000), ("0", 0), ("infinity", .max),
            ("1y", 31_557_600_000_000_000),
            ("1 s 5 nsec", 1_000_000_005), ("585y", nil), ("-1", nil), ("1n", nil),
        ] as [(String, UInt64?)])
    func nanoseconds(_ text: String, _ expected: UInt64?) {
        #expect(value { () throws(InvalidValue) in try TimeSpan.nanoseconds(parsing: text) } == expected)
    }
}

@Suite struct CPUListTests {
    private func list(_ text: String) -> (list: CPUList, ignored: [InvalidValue])? {
        var ignored: [InvalidValue] = []
        guard let list = value({ () throws(InvalidValue) in try CPUList(parsing: text, ignored: &ignored) }) else {
            return nil
        }
        return (list, ignored)
    }

    @Test(arguments: [
        ("0-3,7", "0-3 7"), ("0-1,2-3 9", "0-3 9"), ("0, 2 ,,4", "0 2 4"), ("'1' \"2\"", "1-2"), ("0x1", "1"),
        ("0-8191", "0-8191"),
        ("5-9,1-6,3", "1-9"), ("8 8 8", "8"), ("", ""), (" , ", ""),
    ])
    func accepted(_ text: String, _ expected: String) throws {
        let parsed = try #require(list(text))
        #expect(parsed.list.description == expected)
        #expect(parsed.ignored.isEmpty)
    }

    @Test(arguments: [
        "1-", "-1", "a", "8192", "'1 2' 3", "1--2", "1-2-3", "all", "0-4294967295", "0-4294967296", "1 \"2", "1;2",
        "''",
    ])
    func refused(_ text: String) {
        #expect(list(text) == nil)
    }

    @Test func rangesThatEndBeforeTheyBeginAreLeftOut() throws {
        let parsed = try #require(list("3-1 5"))
        #expect(parsed.list.description == "5")
        #expect(parsed.ignored.map(\.offset) == [0])
    }

    @Test func union() throws {
        var first = try #require(list("0-3,8")).list
        first.formUnion(try #require(list("4,10")).list)
        #expect(first.ranges == [0...4, 8...8, 10...10])
        #expect(first.contains(4) && first.contains(10) && !first.contains(9))
        #expect(!first.isEmpty && CPUList().isEmpty)
    }

    /// What a hostile file can make of it stays small.
    @Test func manyRanges() throws {
        let text = (0..<200_000).map { "\($0 % 8192)" }.joined(separator: ",")
        #expect(try #require(list(text)).list.ranges == [0...8191])
    }
}
