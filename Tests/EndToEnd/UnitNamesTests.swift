// Names of units: one runs in an instance of its name, or with others in one of another name, and is found where it runs.
import Foundation
import Linux
import Testing

@Suite(.enabled(if: isRoot, "skipped: needs root")) struct UnitNamesTests {
    @Test func anInstanceThatHasEndedHidesNoUnitOfAnother() throws {
        let units = try UnitFolder()
        try units.probe("one")
        try units.probe("two")
        func home(_ name: String) throws -> String? {
            let status = try units.status(name)
            #expect(status["Id"] == "one.service")
            return status["Instance"]
        }
        try #require(try units.daimon("start", "one").status == 0)
        #expect(try units.daimon("stop", "one").status == 0)
        #expect(try home("one") == "one")

        try #require(try units.daimon("start", "--name", "both", "one", "two").status == 0)
        #expect(try home("one") == "both" && home("one.service") == "both")
        #expect(try units.daimon("status", "one").status == 0)
        // That nothing of its name runs would be a lie.
        let refused = try units.daimon("stop", "one")
        #expect(refused.status != 0 && refused.errors.contains("daimon stop both"), "\(refused)")

        #expect(try units.daimon("stop", "both").status == 0)
        // Of those that have ended, the last.
        #expect(try home("one") == "both")
        let again = try units.daimon("stop", "one")
        #expect(again.status == 0 && again.output.contains("one is not running"), "\(again)")
        try #require(try units.daimon("start", "one").status == 0)
        #expect(try home("one") == "one")
        #expect(try units.daimon("stop", "one").status == 0)
    }

    @Test func targetsAndTimersAreFoundByTheirNames() throws {
        let units = try UnitFolder()
        try units.define("all.target", "[Unit]", "Wants=tick.timer")
        try units.define("tick.timer", "[Timer]", "OnActiveSec=1h")
        try units.define("tick.service", "[Service]", "ExecStart=/bin/true")
        try #require(try units.daimon("start", "all.target").status == 0)
        for (unit, state) in [("all.target", "active (active)"), ("tick.timer", "active (waiting)")] {
            #expect(try units.status(unit).state == state)
            let shown = try units.daimon("status", unit)
            #expect(shown.status == 0 && shown.output.contains("/units/\(unit)"), "\(shown)")
        }
        let none = try units.daimon("status", "tock.timer")
        #expect(none.status == 4 && none.errors.contains("tock.timer: no such instance or unit"), "\(none)")
        #expect(try units.daimon("stop", "all").status == 0)
    }

    @Test func whatRunsElsewhereIsNotStartedTwice() throws {
        let units = try UnitFolder()
        try units.probe("one")
        try units.probe("two")
        try #require(try units.daimon("start", "two", "one").status == 0)
        let refused = try units.daimon("start", "one")
        #expect(refused.status == 1, "\(refused)")
        #expect(refused.errors.contains("one.service runs already, in the instance two"), "\(refused)")
        // Nothing of the attempt is left to be seen.
        #expect(try units.status("one")["Instance"] == "two")
        // Whoever chooses a name wants another copy.
        #expect(try units.daimon("start", "--name", "copy", "one").status == 0)
        #expect(try units.daimon("stop", "copy").status == 0)
        #expect(try units.daimon("stop", "two").status == 0)
        #expect(try units.daimon("start", "one").status == 0)
        #expect(try units.daimon("stop", "one").status == 0)
    }
}
