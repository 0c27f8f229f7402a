// Sets that need more descriptors than a shell allows: what may be had is had, services do not notice, and where there are
// not enough what was started can still be stopped.
import Foundation
import Linux
import Testing

@Suite(.enabled(if: isRoot, "skipped: needs root")) struct SetLimitTests {
    /// `daimon start` of as many services with a limit of open files, such as `-Sn 64`.
    private func start(_ units: UnitFolder, _ count: Int, limit: String) throws -> CommandResult {
        let names = (0..<count).map { "u\($0)" }
        for name in names {
            try units.define(
                "\(name).service", "[Service]", "Type=notify",
                "ExecStart=/bin/sh -c 'ulimit -Sn >\(units.instance.path("limit"));"
                    + " exec \(Binaries.probe) pid \(units.pids("all")) ready'")
        }
        return try Command.run(
            ["/bin/sh", "-c", "ulimit \(limit); exec \"$@\"", "sh", Binaries.daimon, "start", "--name", "many"] + names,
            environment: units.environment, timeout: .seconds(60))
    }

    @Test func theSoftLimitIsNoLimit() throws {
        let units = try UnitFolder()
        let result = try start(units, 40, limit: "-Sn 64")
        #expect(result.status == 0, "\(result)")
        #expect(units.mains("all").count == 40)
        #expect(units.instance.lines("limit") == ["64"], "services have what daimond was given")
        #expect(try units.daimon("stop", "many").status == 0)
        #expect(units.instance.survivors.isEmpty)
    }

    @Test func whereDescriptorsRunOutNothingIsLeftBehind() throws {
        let units = try UnitFolder()
        let result = try start(units, 60, limit: "-n 80")
        #expect(result.status != 0 && result.errors.contains("EMFILE"), "\(result)")
        #expect(result.errors.contains("LimitNOFILE="))
        let mains = units.mains("all")
        #expect((5..<60).contains(mains.count) && !mains.contains(where: isAlive))
        #expect(!result.errors.contains("SIGKILL"), "\(result)")
        #expect(units.instance.nothingIsLeft)
    }
}
