// Item 9: signals to daimond in the foreground, detached, and as PID 1 of a container.
import Foundation
import Linux
import Testing

@Suite(.enabled(if: isRoot, "skipped: needs root")) struct SignalsTests {
    private func run(_ instance: TemporaryInstance, _ properties: [String], _ behaviours: String...) throws
        -> BackgroundCommand
    {
        try BackgroundCommand(
            [Binaries.daimon, "run", "--name", "fore"] + properties.flatMap { ["-p", $0] } + ["--", Binaries.probe]
                + behaviours,
            environment: instance.environment)
    }

    @Test(arguments: [SIGTERM, SIGINT]) func theForegroundStopsInOrder(signal: Int32) throws {
        let instance = try TemporaryInstance()
        let command = try run(
            instance, ["Type=notify"], "grandchildren", "2", instance.path("children"), "pid", instance.path("pid"),
            "ready")
        try waitUntil("it runs") { !instance.notedPids("pid").isEmpty }
        command.send(signal)
        #expect(try command.wait().status == 0)
        #expect(!(instance.notedPids("pid") + instance.notedPids("children")).contains(where: isAlive))
        #expect(instance.survivors.isEmpty)
    }

    @Test func theForegroundEndsWithTheServicesStatusAndShowsItsLines() throws {
        let instance = try TemporaryInstance()
        let exited = try run(instance, ["Type=exec"], "say", "hello", "exit", "7", "after", "50").wait()
        #expect(exited.status == 7)
        #expect((exited.output + exited.errors).contains("hello"))
        #expect(try run(instance, ["Type=exec"], "signal", "9", "after", "50").wait().status == 128 + 9)
        #expect(try run(instance, ["Type=exec"], "exit", "0", "after", "50").wait().status == 0)
    }

    @Test func hangupReloads() throws {
        let instance = try TemporaryInstance()
        try #require(
            try instance.start("hup", ["Type=notify-reload"], "reload", instance.path("note"), "ready").status == 0)
        let daimond = try #require(instance.daimondPid("hup"))
        kill(daimond, SIGHUP)
        try waitUntil("the service has reloaded") { instance.lines("note").count == 1 }
        #expect(try instance.daimon("reload", "hup").status == 0)
        try waitUntil("the service has reloaded again") { instance.lines("note").count == 2 }
        #expect(instance.daimondPid("hup") == daimond && isAlive(daimond))
        #expect(try instance.daimon("stop", "hup").status == 0)
    }

    @Test func terminationOfADetachedDaimondIsAStop() throws {
        let instance = try TemporaryInstance()
        try #require(try instance.start("term", ["Type=notify"], "pid", instance.path("pid"), "ready").status == 0)
        let daimond = try #require(instance.daimondPid("term"))
        kill(daimond, SIGTERM)
        try waitUntil("all is gone") { !isAlive(daimond) && instance.survivors.isEmpty }
        #expect(!instance.exists(instance.pidFile("term")))
    }

    // MARK: - PID 1

    /// daimond as PID 1 of a new pid namespace, with a unit file.
    private func asInit(_ instance: TemporaryInstance, _ service: String, wrapper: [String] = []) throws
        -> BackgroundCommand
    {
        let unit = try instance.write("init.service", "[Service]\n\(service)\n")
        return try BackgroundCommand(
            ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--"] + wrapper
                + [Binaries.daimond] + (wrapper.isEmpty ? ["--runtime-directory", instance.runtimeDirectory] : [])
                + [unit],
            environment: ["PATH": "/usr/bin:/bin"])
    }

    /// The daimond below a `unshare`.
    private func initPid(_ command: BackgroundCommand) throws -> pid_t {
        try #require(try Processes.all().first { ProcessStatus(of: $0)?.parent == command.pid })
    }

    @Test(arguments: [
        ("exit 7 after 50", 7), ("exit 0 after 50", 0), ("signal 9 after 50", 137), ("signal 11 after 50", 139),
    ])
    func initEndsWithTheServicesStatus(behaviour: String, status: Int32) throws {
        let instance = try TemporaryInstance()
        let command = try asInit(instance, "Type=exec\nExecStart=\(Binaries.probe) ready \(behaviour)")
        #expect(try command.wait().status == status)
    }

    @Test func initReapsOrphans() throws {
        let instance = try TemporaryInstance()
        let command = try asInit(
            instance, "Type=notify\nExecStart=\(Binaries.probe) orphans 50 ready append \(instance.path("ready")) yes")
        try waitUntil("it is ready") { instance.exists("ready") }
        let daimond = try initPid(command)
        try waitUntil("no zombie is left") {
            try !Processes.all().contains { pid in
                ProcessStatus(of: pid).map { $0.parent == daimond && $0.isDead } ?? false
            }
        }
        kill(daimond, SIGTERM)
        #expect(try command.wait().status == 0)
    }

    @Test func initStopsAWellBehavedServiceOnSIGTERM() throws {
        let instance = try TemporaryInstance()
        let command = try asInit(
            instance, "Type=notify\nExecStart=\(Binaries.probe) ready append \(instance.path("ready")) yes")
        try waitUntil("it is ready") { instance.exists("ready") }
        kill(try initPid(command), SIGTERM)
        #expect(try command.wait(timeout: .seconds(10)).status == 0)
    }

    /// What ended the service is what a container is asked for, also when the end was wanted: `docker stop` shows 143.
    @Test func initEndsWithTheSignalThatEndedTheService() throws {
        let instance = try TemporaryInstance()
        let command = try asInit(
            instance, "Type=exec\nExecStart=/bin/sh -c 'echo yes >\(instance.path("ready")); exec sleep 1000'")
        try waitUntil("it runs") { instance.exists("ready") }
        kill(try initPid(command), SIGTERM)
        #expect(try command.wait(timeout: .seconds(10)).status == 128 + SIGTERM)
    }

    /// A container as the strict ones are: read-only root, a uid that no passwd file knows, no writable /run.
    @Test func initNeedsNeitherAWritableRootNorAPasswdEntry() throws {
        let instance = try TemporaryInstance()
        let command = try asInit(
            instance, "Type=exec\nExecStart=\(Binaries.probe) say alive exit 6 after 50",
            wrapper: [
                "unshare", "--mount", "sh", "-c",
                "mount -o remount,bind,ro / && mount -t tmpfs -o ro tmpfs /run && exec setpriv --reuid 54321 --regid 54321 --clear-groups \"$@\"",
                "sh",
            ])
        let result = try command.wait()
        #expect(result.status == 6, "\(result)")
        #expect((result.output + result.errors).contains("alive"))
    }
}
