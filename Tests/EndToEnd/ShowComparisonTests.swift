// `daimon show` and `verify` against systemd 257, property by property: over unit files of Debian's packages, and over made-up
// ones. The comparison itself, and what may differ, is in the script compare-show beside this file.
import Foundation
import Testing

@Suite(.serialized, .enabled(if: ContainerSupport.trixieObstacle == nil, ContainerSupport.trixieComment))
struct ShowComparisonTests {
    private static let folder = "\(Binaries.sourceTree)/Tests/EndToEnd"

    /// Every service, socket, timer, path and target of some 150 packages.
    @Test func unitsOfPackages() throws {
        let place = try TemporaryFolder()
        // Downloaded once; the root file systems of the containers are kept beside it.
        let cache = "/var/tmp/daimon-test-units"
        let fetched = try Command.run(["\(Self.folder)/debian-units", cache], timeout: .seconds(600))
        guard fetched.status == 0 else { try Test.cancel("no packages: \(fetched.errors)") }
        let container = try Self.container()
        let archive = "\(place.path)/units.tar"
        try #require(try Command.run(["tar", "-C", "\(cache)/system", "-cf", archive, "."]).status == 0)
        try container.put(archive, "/units.tar", mode: "0644")
        let units = "/usr/local/lib/systemd/system"
        let unpacked = try container.run(
            "sh", "-c", "mkdir -p \(units) && tar -xf /units.tar -C \(units) && systemctl daemon-reload")
        try #require(unpacked.status == 0, "\(unpacked)")
        try Self.compare(container, units, "--minimum", "150")
    }

    /// The seeds of the made-up units. The same ones each time, so that a change fails for what it changes; DAIMON_SEED
    /// sets another one, to find what is not known yet.
    private static let seeds =
        ProcessInfo.processInfo.environment["DAIMON_SEED"].map { [$0] } ?? ["1", "2", "3435877666"]

    /// Units out of good, odd and bad values.
    @Test(arguments: seeds) func madeUpUnits(_ seed: String) throws {
        let container = try Self.container()
        try container.put("\(Self.folder)/generate-units", "/generate-units")
        let units = "/run/systemd/system"
        print("seed \(seed)")
        let made = try container.run("/generate-units", "60", units, seed)
        try #require(made.status == 0, "\(made)")
        try #require(try container.run("systemctl", "daemon-reload").status == 0)
        try Self.compare(container, units, "--minimum", "60", comment: "DAIMON_SEED=\(seed) repeats this")
    }

    private static func container() throws -> SystemdContainer {
        let container: SystemdContainer
        do { container = try SystemdContainer(suite: "trixie") } catch { try Test.cancel("no trixie: \(error)") }
        try container.installDaimon()
        try container.put("\(folder)/compare-show", "/compare-show")
        return container
    }

    private static func compare(
        _ container: SystemdContainer, _ units: String, _ options: String..., comment: String = ""
    ) throws {
        // Dynamically linked, it finds no Swift there.
        let start = try container.run("/usr/bin/daimon", "--version")
        guard start.status == 0 else { try Test.cancel("daimon is not linked statically: \(start.errors)") }
        let arguments = ["/compare-show"] + options + ["/usr/bin/daimon", units]
        let result = try container.run(arguments, timeout: .seconds(300))
        #expect(result.status == 0, "\(comment)\n\(result.output.prefix(20_000))\(result.errors)")
        let summary: Substring = result.output.split(separator: "\n").last ?? ""
        print(summary)
    }
}

/// A folder of a test, which goes with it.
private final class TemporaryFolder {
    let path: String

    init() throws {
        path = "\(NSTemporaryDirectory())/daimon-compare-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch {
            Issue.record("cannot remove \(path): \(error)")
        }
    }
}
