// Time zones: calendar events around changes of the clock (expected values taken from systemd 252 with TZ= of that zone),
// abbreviations, and files of the time zone database, broken ones too.
import Testing

@testable import Units

/// Rules as at the end of a file of the database.
func zone(_ rule: String) throws -> TimeZoneRules {
    try #require(TimeZoneRules(file: TimeZoneFile(rule: rule).bytes))
}

/// A file of the time zone database with one local time, UTC, and changes to others.
struct TimeZoneFile {
    var rule: String
    var localTimes: [(offset: Int32, isDaylight: Bool)] = [(0, false)]
    var changes: [(instant: Int64, localTime: UInt8)] = []

    var bytes: [UInt8] {
        // The first part is empty but for the one local time that it must have.
        header(changes: 0, localTimes: 1) + type(0, false) + Array("UTC\0".utf8)
            + header(changes: changes.count, localTimes: localTimes.count)
            + changes.flatMap { big($0.instant) } + changes.map(\.localTime)
            + localTimes.flatMap { type($0.offset, $0.isDaylight) } + Array("UTC\0\n\(rule)\n".utf8)
    }

    private func big(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }

    private func type(_ offset: Int32, _ isDaylight: Bool) -> [UInt8] {
        big(offset) + [isDaylight ? 1 : 0, 0]
    }

    private func header(changes: Int, localTimes: Int) -> [UInt8] {
        Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
            + [0, 0, 0, changes, localTimes, 4].flatMap { big(UInt32($0)) }
    }
}

@Suite struct CalendarTimeZoneTests {
    static let newYork = "EST5EDT,M3.2.0,M11.1.0"
    static let berlin = "CET-1CEST,M3.5.0,M10.5.0/3"
    static let lordHowe = "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"

    @Test(
        arguments: [
            // The clock is put forward over the time: not on that day.
            (newYork, "02:30", 1_709_985_600, ["2024-03-11 06:30:00", "2024-03-12 06:30:00", "2024-03-13 06:30:00"]),
            (newYork, "*:30", 1_710_049_800, ["2024-03-10 06:30:00", "2024-03-10 07:30:00", "2024-03-10 08:30:00"]),
            (berlin, "02:30", 1_711_756_800, ["2024-03-30 01:30:00", "2024-04-01 00:30:00", "2024-04-02 00:30:00"]),
            (
                berlin, "02:00..59:00", 1_711_845_000,
                ["2024-04-01 00:00:00", "2024-04-01 00:01:00", "2024-04-01 00:02:00"]
            ),
            (lordHowe, "02:15", 1_728_086_400, ["2024-10-06 15:15:00", "2024-10-07 15:15:00", "2024-10-08 15:15:00"]),
            // A Sunday on 31 March is always the day of the change.
            (berlin, "Sun *-03-31 02:30", 1_706_661_000, []),
            // The clock is put back over the time: once, at the first; the second when that is over already.
            (newYork, "*:30", 1_730_606_400, ["2024-11-03 04:30:00", "2024-11-03 05:30:00", "2024-11-03 07:30:00"]),
            (newYork, "01:30", 1_730_548_800, ["2024-11-03 05:30:00", "2024-11-04 06:30:00", "2024-11-05 06:30:00"]),
            (newYork, "01:30", 1_730_612_400, ["2024-11-04 06:30:00", "2024-11-05 06:30:00", "2024-11-06 06:30:00"]),
            (newYork, "01:30", 1_730_614_200, ["2024-11-03 06:30:00", "2024-11-04 06:30:00", "2024-11-05 06:30:00"]),
            (berlin, "*:0/30", 1_729_986_300, ["2024-10-27 00:00:00", "2024-10-27 00:30:00", "2024-10-27 02:00:00"]),
            (lordHowe, "01:45", 1_712_361_600, ["2024-04-06 14:45:00", "2024-04-07 15:15:00", "2024-04-08 15:15:00"]),
            // Beyond what a file lists.
            (berlin, "02:30", 5_687_000_000, ["2150-03-20 01:30:00", "2150-03-21 01:30:00", "2150-03-22 01:30:00"]),
            (
                berlin, "2150-03..04-29,30 02:30", 5_687_000_000,
                ["2150-03-30 00:30:00", "2150-04-29 00:30:00", "2150-04-30 00:30:00"]
            ),
            // In UTC whatever the clock.
            (
                newYork, "12:00 UTC", 1_704_067_200,
                ["2024-01-01 12:00:00", "2024-01-02 12:00:00", "2024-01-03 12:00:00"]
            ),
            // Ours: bound to one variant of the local time, it waits for that. systemd 252 says never after a change.
            (
                newYork, "12:00 EST", 1_709_976_000,
                ["2024-03-09 17:00:00", "2024-11-03 17:00:00", "2024-11-04 17:00:00"]
            ),
            (
                newYork, "01:30 est", 1_730_548_800,
                ["2024-11-03 06:30:00", "2024-11-04 06:30:00", "2024-11-05 06:30:00"]
            ),
            (
                newYork, "02:30 EDT", 1_709_942_400,
                ["2024-03-11 06:30:00", "2024-03-12 06:30:00", "2024-03-13 06:30:00"]
            ),
        ] as [(String, String, UInt64, [String])])
    func next(_ rule: String, _ text: String, _ base: UInt64, _ expected: [String]) throws {
        let rules = try zone(rule)
        let event = try CalendarEvent(parsing: text, local: rules) { _ in false }
        #expect(elapses(event, after: base, in: rules) == expected)
    }

    /// Samoa had no 30 December 2011.
    @Test func aDayMayBeSkipped() throws {
        let samoa = TimeZoneFile(
            rule: "<+13>-13", localTimes: [(-36_000, true), (50_400, true)], changes: [(1_325_239_200, 1)])
        let rules = try #require(TimeZoneRules(file: samoa.bytes))
        let event = try #require(calendar("00:00"))
        #expect(
            elapses(event, after: 1_325_116_800, in: rules)
                == ["2011-12-29 10:00:00", "2011-12-30 10:00:00", "2011-12-31 10:00:00"])
    }

    @Test func abbreviations() throws {
        let rules = try zone(Self.berlin)
        #expect(rules.abbreviations.standard == "CET")
        #expect(rules.abbreviations.daylight == "CEST")
        #expect(try CalendarEvent(parsing: "12:00 cest", local: rules).description == "*-*-* 12:00:00 CEST")
        #expect(calendar("12:00 CEST") == nil)
    }

    @Test(
        arguments: [
            ("CET-1CEST,M3.5.0,M10.5.0/3", 1_711_846_800, 7200), ("CET-1CEST,M3.5.0,M10.5.0/3", 1_711_846_799, 3600),
            ("CET-1CEST,M3.5.0,M10.5.0/3", 1_729_990_800, 3600), ("CET-1CEST,M3.5.0,M10.5.0/3", 1_729_990_799, 7200),
            // Zones whose rules are unusual: an offset of two hours, a time before or after the day, days of the year.
            ("<+00>0<+02>-2,M3.5.0/1,M10.5.0/3", 1_711_846_800, 7200),
            ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 1_711_846_800, -3600),
            ("EET-2EEST,M3.4.4/50,M10.4.4/50", 1_711_756_800, 10_800),
            ("EET-2EEST,M3.4.4/50,M10.4.4/50", 1_711_756_799, 7200),
            ("IST-1GMT0,M10.5.0,M3.5.0/1", 1_704_067_200, 0), ("IST-1GMT0,M10.5.0,M3.5.0/1", 1_720_000_000, 3600),
            ("AAA0BBB,J60/0,J61/0", 1_709_251_200, 3600), ("AAA0BBB,J60/0,J61/0", 1_709_251_199, 0),
            ("AAA0BBB,59/0,60/0", 1_709_164_800, 3600), ("XXX3EDT4,0/0,J365/23", 1_720_000_000, -14_400),
            ("XXX3EDT4,0/0,J365/23", 1_704_078_000, -14_400), ("<+0330>-3:30", 0, 0),
        ] as [(String, Int, Int)])
    func offsets(_ rule: String, _ instant: Int, _ expected: Int) throws {
        #expect(try zone(rule).offset(at: instant) == expected)
    }

    @Test(arguments: [
        "", "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0",
        "CET-1CEST,M3.5.7,M10.5.0", "CET-168CEST,M3.5.0,M10.5.0", "CET-1CEST-99,M3.5.0,M10.5.0", "<CET-1CEST,J1,J2",
        "CET-1CEST,J0,J2", "CET-1CEST,J1,366", "CET-1CEST,J1,J2,J3", "C-1D,J1,J2", "CET-1CEST,J99999999999999999999,J2",
    ])
    func brokenRulesAreLeftOut(_ rule: String) throws {
        #expect(try zone(rule).firstChange(after: 0) == nil)
    }

    @Test func brokenFiles() throws {
        let file = TimeZoneFile(
            rule: Self.berlin, localTimes: [(3600, false), (7200, true)], changes: [(0, 1), (15_000_000, 0)])
        let bytes = file.bytes
        let end = bytes.count - Self.berlin.utf8.count - 2
        for length in 0..<end { #expect(TimeZoneRules(file: Array(bytes.prefix(length))) == nil) }
        // Any byte may be any other: refused or read, but no crash, and times that go forward.
        let event = try #require(calendar("*-*-29 02:30"))
        for index in bytes.indices {
            for replacement in [0, 1, 0x7f, 0x80, 0xff] as [UInt8] {
                var broken = bytes
                broken[index] = replacement
                guard let rules = TimeZoneRules(file: broken) else { continue }
                #expect(elapses(event, after: 10_000_000, in: rules).count == 3)
            }
        }
    }

    @Test(
        arguments: [
            ("unordered", [(5, 0), (5, 0)], [3600]), ("index", [(5, 1)], [3600]), ("offset", [(5, 0)], [100_000]),
            ("far", [(Int64.min, 0)], [3600]), ("none", [], []),
        ] as [(String, [(Int64, UInt8)], [Int32])])
    func brokenTables(_ name: String, _ changes: [(Int64, UInt8)], _ offsets: [Int32]) {
        let file = TimeZoneFile(
            rule: "CET-1", localTimes: offsets.map { ($0, false) },
            changes: changes.map { (instant: $0.0, localTime: $0.1) })
        #expect(TimeZoneRules(file: file.bytes) == nil)
    }

    @Test(arguments: [
        "", "/UTC", "UTC/", "../zoneinfo/UTC", "Europe//Berlin", "Europe/./Berlin", "Europe/Berlin\0", "Europe",
        "tzdata.zi",
        "Europe/Bérlin", "No/Such",
    ])
    func namesThatAreNone(_ name: String) {
        #expect(!TimeZoneRules.exists(named: name))
    }

    @Test(.enabled(if: TimeZoneRules.exists(named: "America/Sao_Paulo"), "no time zone database"))
    func theDatabase() throws {
        let rules = try #require(TimeZoneRules.named("America/Sao_Paulo"))
        // Midnight of 4 November 2018 was skipped there.
        let event = try #require(calendar("daily"))
        #expect(
            elapses(event, after: 1_541_203_200, in: rules)
                == ["2018-11-03 03:00:00", "2018-11-05 02:00:00", "2018-11-06 02:00:00"])
    }

    /// An event that never comes, and one that is hard to find, are searched in bounded time.
    @Test(.timeLimit(.minutes(1)))
    func hardSearches() throws {
        let rules = try zone(Self.berlin)
        let list = (0..<241).map { _ in "1970..2199/1" }.joined(separator: ",")
        for text in ["*-02-30", "Mon 2199-01-01", "Sun *-03-31 02:30", "\(list)-02-30", "Sun \(list)-03-31 02:30"] {
            #expect(try #require(calendar(text)).next(after: 0, in: rules) == nil)
        }
        #expect(calendar("\(list),1-02-30") == nil)
        let long = String(repeating: "1,", count: 1_000_000)
        #expect(calendar(long) == nil)
        #expect(calendar(String(repeating: "0", count: 1_000_000) + "1:00")?.description == "*-*-* 01:00:00")
    }
}
