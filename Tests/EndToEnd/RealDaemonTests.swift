// Real daemons, from the unit files of their Debian packages: the same trials under a real systemd and under daimon on a
// machine without systemd, and every fact of them compared. The trials are in the folder daemons beside this file; what may
// differ, with the reasons, is in daemons/explained.py.
import Foundation
import Testing

@Suite(.serialized, .enabled(if: ContainerSupport.trixieObstacle == nil, ContainerSupport.trixieComment))
struct RealDaemonTests {
    private static let folder = "\(Binaries.sourceTree)/Tests/EndToEnd/daemons"
    private static let suite = "trixie-daemons"

    /// Some twenty of them, of all types: start, a request, reload, the main process killed, stop, nothing left.
    @Test func sameFactsAsUnderSystemd() throws {
        let instance = try TemporaryInstance()
        // The packages are installed once, into a root of their own below /var/tmp.
        let made = try Command.run(
            ["\(Binaries.sourceTree)/Tests/EndToEnd/systemd-container", "--suite", Self.suite, "suite-root"],
            timeout: .seconds(900))
        guard made.status == 0 else { try Test.cancel("no packages: \(made.errors)") }
        let root = made.output.trimmingCharacters(in: .whitespacesAndNewlines)
        // Dynamically linked, daimon finds no Swift there.
        let version = try bareMachine(root, "daimon", "--version").wait()
        guard version.status == 0 else { try Test.cancel("daimon is not linked statically: \(version.errors)") }

        // Both sides at once: neither sees the other, and each of them waits most of the time.
        let ours = try bareMachine(root, "/daemons/daemons", "run", "daimon", "-")
        let theirs = try underSystemd(instance)
        let table = try ours.wait(timeout: .seconds(300))
        try #require(table.status == 0, "\(table)")
        let files = [try instance.write("systemd.json", theirs), try instance.write("daimon.json", table.output)]
        let compared = try Command.run(["\(Self.folder)/daemons", "compare"] + files)
        #expect(compared.status == 0, "\(compared.output)\(compared.errors)\n\(table.errors)")
        let summary: Substring = compared.output.split(separator: "\n").last ?? ""
        print(summary)
    }

    /// What is compared would fail if something were not as it should be: no daemon gives no or another answer under systemd.
    private func underSystemd(_ instance: TemporaryInstance) throws -> String {
        let container = try SystemdContainer(suite: Self.suite)
        let archive = instance.path("daemons.tar")
        try #require(try Command.run(["tar", "-C", Self.folder, "-cf", archive, "."]).status == 0)
        try container.put(archive, "/daemons.tar", mode: "0644")
        try container.run("sh", "-c", "mkdir /daemons && tar -xf /daemons.tar -C /daemons")
        let result = try container.run("/daemons/daemons", "run", "systemd", "-", timeout: .seconds(300))
        try #require(result.status == 0, "\(result)")
        for bad in ["refused", "\"error\"", "\"unknown\"", "not kept"] {
            #expect(!result.output.contains(bad), "the trials themselves fail: \(bad): \(result.errors)")
        }
        return result.output
    }

    private func bareMachine(_ root: String, _ command: String...) throws -> BackgroundCommand {
        try BackgroundCommand(
            [
                "\(Self.folder)/bare-machine", "--put", Binaries.daimon, "/usr/bin/daimon", "--put", Binaries.daimond,
                "/usr/sbin/daimond", "--put", Self.folder, "/daemons", root,
            ] + command)
    }
}
