// A real systemd for a test: the script beside this file boots it, and takes it down when this process lets go of it.
import Foundation
import Linux
import Testing

/// A booted container. It lives as long as the pipe that this object holds, so not even a killed test leaves it behind.
final class SystemdContainer: @unchecked Sendable {
    private static let script = "\(Binaries.sourceTree)/Tests/EndToEnd/systemd-container"
    private let name: String
    private let holder = Process()
    private let input = Pipe()

    /// Why a container cannot run here; nil when it can. The suites are skipped with this as the reason.
    static func obstacle(suite: String = "host") -> String? {
        do {
            let result = try Command.run([script, "--suite", suite, "check"], timeout: .seconds(60))
            return result.status == 0 ? nil : result.errors.trimmingCharacters(in: .whitespacesAndNewlines)
        } catch { return "\(error)" }
    }

    /// Boots a container.
    /// `suite`: `host` for this machine's systemd, else a Debian suite.
    init(suite: String = "host") throws {
        name = "t\(getpid())-\(UInt32.random(in: 0 ..< .max))"
        let output = Pipe()
        holder.executableURL = URL(fileURLWithPath: SystemdContainer.script)
        holder.arguments = ["--name", name, "--suite", suite, "hold"]
        holder.standardInput = input
        holder.standardOutput = output
        try holder.run()
        // One line, "up", or the end: the script has its own deadline.
        let answer = output.fileHandleForReading.availableData
        guard String(decoding: answer, as: UTF8.self).hasPrefix("up") else {
            throw HarnessError("the container did not boot: the reason is on standard error")
        }
    }

    deinit {
        do { try input.fileHandleForWriting.close() } catch { Issue.record("cannot let go of the container: \(error)") }
        holder.waitUntilExit()
    }

    /// Runs a command inside.
    @discardableResult
    func run(_ arguments: String..., input: String? = nil, timeout: Duration = .seconds(60)) throws -> CommandResult {
        try run(arguments, input: input, timeout: timeout)
    }

    /// The same, the arguments as an array.
    @discardableResult
    func run(_ arguments: [String], input: String? = nil, timeout: Duration = .seconds(60)) throws -> CommandResult {
        try Command.run(
            [SystemdContainer.script, "--name", name, "exec"] + arguments, input: input, timeout: timeout)
    }

    /// Copies a file in.
    func put(_ source: String, _ destination: String, mode: String = "0755") throws {
        try check(
            Command.run([SystemdContainer.script, "--name", name, "put", source, destination, mode]), destination)
    }

    /// Writes a file inside.
    func write(_ destination: String, _ content: String, mode: String = "0644") throws {
        try check(run("install", "-D", "-m", mode, "/dev/stdin", destination, input: content), destination)
    }

    /// A property of a unit, as `systemctl show` gives it.
    func property(_ name: String, of unit: String) throws -> String {
        try run("systemctl", "show", "-P", name, unit).output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The journal of a unit.
    func journal(_ unit: String, _ format: String = "cat") throws -> String {
        try run("journalctl", "--sync")
        return try run("journalctl", "--no-pager", "--quiet", "-o", format, "-u", unit).output
    }

    /// Puts the programs under test and the template unit where `make install PREFIX=/usr` puts them.
    func installDaimon() throws {
        try put(Binaries.daimond, "/usr/sbin/daimond")
        try put(Binaries.daimon, "/usr/bin/daimon")
        try put(Binaries.probe, "/usr/bin/probe")
        let template = try Files.readText("\(Binaries.sourceTree)/systemd/daimon@.service", limit: 65536)
        try write(
            "/etc/systemd/system/daimon@.service", template.replacingOccurrences(of: "@SBINDIR@", with: "/usr/sbin"))
        try run("systemctl", "daemon-reload")
    }

    private func check(_ result: CommandResult, _ subject: String) throws {
        guard result.status == 0 else {
            throw HarnessError("cannot write \(subject) in the container: \(result.errors)")
        }
    }
}

/// Looked up once for all suites.
enum ContainerSupport {
    static let hostObstacle = SystemdContainer.obstacle()
    static let trixieObstacle: String? = hostObstacle ?? SystemdContainer.obstacle(suite: "trixie")
    static let hostComment: Comment = "skipped: \(hostObstacle ?? "")"
    static let trixieComment: Comment = "skipped: \(trixieObstacle ?? "")"
}
