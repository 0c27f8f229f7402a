// What becomes of units beside a booted systemd 257.13: random units were given to it, told to start and stop, and killed.
import Testing
import Units

@testable import Engine

struct JobsAgainstSystemdTests {
    /// Units | what was asked for, one after the other | the states of the units after each: active, inactive, failed.
    static let records = """
        a After=d; b Conflicts=c After=c; c Wants=a; d !unneeded !broken | start b | -+--
        a Requisite=b After=b; b !broken | start b, start a | -! -!
        a Wants=b After=b !unneeded; b Wants=a | restart a, crash b | ++ -!
        a Requisite=b Requires=c After=c,b !broken; b Requires=c After=c !broken; c !unmet | start a, start c | --- ---
        a Wants=c After=c,b; b Requires=a !unneeded; c !oneshot | start c, start a | --- +--
        a Wants=c After=c,b Conflicts=b; b !unmet; c Requires=b !unneeded !broken | stop a, restart c | --- --!
        a Wants=b After=b,e !unmet; b After=d,e; c; d; e Requires=d,a PropagatesStopTo=b !oneshot | start d | ---+-
        a After=b !broken; b Requires=a PropagatesStopTo=c; c Requisite=b | stop b, crash a | --- ---
        a Requires=b After=b,c; b; c !oneshot | stop b | ---
        a; b Requires=a | start a | +-
        a StopPropagatedFrom=c After=c,d; b After=c; c !unneeded; d Requisite=b Wants=a !oneshot | start a | +---
        a PartOf=b; b Wants=a | start a, start a | +- +-
        a Requisite=b After=b; b After=c; c BindsTo=a Conflicts=b !unneeded | start c | ---
        a Requisite=c After=c; b BindsTo=c After=c !unmet; c Requisite=b | restart b, start a | --+ +-+
        a Wants=c After=b !unneeded; b; c | start b, crash a | -+- -+-
        a Wants=b; b PropagatesStopTo=c; c Requires=a | stop a, crash c | --- ---
        a OnSuccess=d Requires=c After=c !unneeded; b Requires=d After=d; c !broken; d | start c | --!-
        a Conflicts=c After=c !unmet; b Requires=a; c | start a | ---
        a Requisite=b After=b BindsTo=b !unneeded; b !broken | restart a, start a | -! -!
        a OnFailure=c After=c !broken; b Requires=a PartOf=c; c !oneshot | start c, crash c | --- ---
        a After=c; b Requires=d BindsTo=c After=c; c; d BindsTo=b | restart b, start c | -+++ -+++
        a StopPropagatedFrom=b; b; c Requires=a !broken; d Requires=a !broken | start a | +---
        a Wants=b After=b Requires=b; b | stop a, crash a | -- --
        a After=b !broken; b Wants=d After=d; c Wants=d After=d; d Wants=e After=e; e Wants=c | start c | --+++
        a !broken; b Requires=a | start b, stop a | !+ !-
        a Upholds=b !unmet; b BindsTo=c After=c !broken; c Wants=b BindsTo=b | stop c, crash a | --- ---
        a; b PropagatesStopTo=c; c !broken | start c, start c | --! --!
        a; b Wants=a; c | start b, start a | ++- ++-
        a Requires=b After=b; b OnFailure=c; c | start a, stop c | ++- ++-
        a StopPropagatedFrom=b After=b !broken; b StopPropagatedFrom=a; c | stop c, start b | --- -+-
        a After=b !oneshot; b Upholds=c After=c !broken; c !broken; d; e Wants=c !broken | stop a, start a | ----- -----
        a Requires=b After=b,c,d; b Requires=a Wants=a,c After=c; c !unneeded; d !oneshot | stop c, crash a | ---- ----
        a Wants=c After=c; b Requires=c After=c Requisite=c; c !broken | start b, crash c | --! --!
        a Requisite=b After=b,c; b BindsTo=a; c Requires=a !unneeded; d Requisite=b | start a, start c | ---- ----
        a Conflicts=b After=b,c !broken; b Requires=d After=d,c; c Wants=b; d | restart b, stop d | -+-+ ----
        a Requires=b Upholds=b !unmet; b Requires=a !unmet | stop b | --
        a PartOf=b; b; c; d !broken | stop b, stop a | ---- ----
        a StopPropagatedFrom=c Wants=b After=b; b Conflicts=c After=c; c Requisite=b | start a, start a | ++- ++-
        a Wants=b After=b OnSuccess=b !unneeded !broken; b BindsTo=a | start a, crash b | !- !-
        a After=c; b Conflicts=c After=c !broken; c Wants=b,a | start b, crash a | -!- -!-
        a BindsTo=c After=c; b Wants=c After=c; c Wants=b !oneshot | start a, restart a | -+- -+-
        a Wants=c After=c; b Upholds=c; c | restart c | --+
        a OnSuccess=b Wants=c After=c,b; b Requires=c After=c; c !unmet | start c, crash b | --- ---
        a Requisite=c After=c,b; b After=c; c PartOf=b !oneshot | stop a, crash a | --- ---
        a OnFailure=b; b Conflicts=a !unneeded | start a | +-
        a Wants=b After=b,c Requires=b StopPropagatedFrom=b !unneeded; b !broken; c | start b, start a | -!- -!-
        a Wants=c,d After=c,d,b; b After=c; c !broken; d !unneeded !broken | start d, stop c | ---! ---!
        a !unmet; b !broken; c BindsTo=a !broken | stop a, crash b | --- ---
        a OnFailure=b !unmet; b BindsTo=a !unneeded !oneshot | start b, start a | -- --
        a Requires=b After=b; b | start b, stop a | -+ -+
        """.split(separator: "\n").map(String.init)

    @Test(arguments: records)
    func recorded(_ row: String) throws {
        let cells = row.split(separator: "|").map(String.init)
        try #require(cells.count == 3)
        var units: [String] = []
        var names: [String] = []
        var flags: [String: Set<String>] = [:]
        for unit in cells[0].split(separator: ";") {
            var words = unit.split(separator: " ").map(String.init)
            names.append(words[0])
            for flag in ["!oneshot", "!broken", "!unmet"] where words.contains(flag) {
                flags[flag, default: []].insert(words[0])
                words.removeAll { $0 == flag }
            }
            units.append(words.joined(separator: " "))
        }
        var harness = JobHarness(units.joined(separator: ";"))
        harness.oneshots = flags["!oneshot"] ?? []
        harness.broken = flags["!broken"] ?? []
        harness.unmet = flags["!unmet"] ?? []
        let expected = cells[2].split(separator: " ").map(String.init)
        var states: [String] = []
        for command in cells[1].split(separator: ",") {
            let words = command.split(separator: " ").map(String.init)
            if words[0] == "crash" {
                if harness.state(words[1]) == .active { harness.tell(words[1], .failed) }
            } else {
                harness.ask(words.joined(separator: " "), isManual: true)
            }
            harness.run()
            // In time the limits of what units do to each other by themselves are over.
            harness.now = Instant(microseconds: harness.now.microseconds + 4_000_000)
            states.append(names.map { Self.sign(harness.state($0)) }.joined())
        }
        #expect(states == expected)
    }

    private static func sign(_ state: ActiveState) -> String {
        switch state {
        case .active: "+"
        case .inactive: "-"
        case .failed: "!"
        case .activating, .deactivating, .reloading: "?"
        }
    }
}
