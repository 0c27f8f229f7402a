// Item 5: one instance of a name, whatever happens to the files; strangers are never signalled.
import Foundation
import Linux
import Testing

@Suite(.serialized, .enabled(if: isRoot, "skipped: needs root")) struct OneInstanceTests {
    /// The behaviours of a service that notes when a second one runs at the same time.
    private func exclusive(_ instance: TemporaryInstance) -> [String] {
        ["lock", instance.path("lock"), instance.path("violations"), "pid", instance.path("pids"), "ready"]
    }

    @Test func ofTwentyConcurrentStartsOneSucceeds() throws {
        let instance = try TemporaryInstance()
        for round in 1...10 {
            let commands = try (0..<20).map { _ in
                try BackgroundCommand(
                    instance.startCommand("one", ["Type=notify"], exclusive(instance)),
                    environment: instance.environment)
            }
            let results = try commands.map { try $0.wait(timeout: .seconds(60)) }
            #expect(results.filter { $0.status == 0 }.count == 1, "round \(round): \(results.map(\.status))")
            let pid = try #require(instance.daimondPid("one"))
            for result in results where result.status != 0 {
                #expect(result.status == 1 && result.errors.contains("already running (pid"), "\(result)")
            }
            #expect(isAlive(pid))
            #expect(try instance.daimon("stop", "one").status == 0)
        }
        #expect(instance.notedPids("pids").count == 10)
        #expect(instance.lines("violations") == [])
    }

    @Test(.timeLimit(.minutes(5))) func sixHundredStartsUnderChurnNeverMakeTwo() throws {
        let instance = try TemporaryInstance()
        for _ in 0..<100 {
            let starts = try (0..<6).map { _ in
                try BackgroundCommand(
                    instance.startCommand("churn", ["Type=notify"], exclusive(instance)),
                    environment: instance.environment)
            }
            let stop = try BackgroundCommand([Binaries.daimon, "stop", "churn"], environment: instance.environment)
            for start in starts { _ = try start.wait(timeout: .seconds(60)) }
            _ = try stop.wait(timeout: .seconds(60))
        }
        try instance.daimon("stop", "churn")
        #expect(instance.lines("violations") == [])
        #expect(instance.notedPids("pids").count >= 10, "too few starts to prove anything")
        #expect(!instance.notedPids("pids").contains(where: isAlive))
    }

    @Test func deletedFilesDoNotAllowASecondOne() throws {
        let instance = try TemporaryInstance()
        try #require(
            try instance.start(
                "kept", ["Type=notify"], "lock", instance.path("lock"), instance.path("violations"), "pid",
                instance.path("pids"), "ready"
            ).status == 0)
        for file in [instance.pidFile("kept"), "run/kept"] {
            try FileManager.default.removeItem(atPath: instance.path(file))
            let second = try instance.start(
                "kept", ["Type=notify"], "lock", instance.path("lock"), instance.path("violations"), "pid",
                instance.path("pids"), "ready")
            #expect(second.status == 1, "after \(file) was deleted: \(second)")
            #expect(second.errors.contains("already running"))
        }
        #expect(instance.lines("violations") == [])
        #expect(instance.notedPids("pids").count == 1)
    }

    @Test func aPidFileThatIsALinkIsRefused() throws {
        let instance = try TemporaryInstance()
        let victim = try instance.write("victim", "untouched\n")
        try FileManager.default.createDirectory(
            atPath: instance.path("run/linked"), withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755])
        try FileManager.default.createSymbolicLink(
            atPath: instance.path(instance.pidFile("linked")), withDestinationPath: victim)
        let result = try instance.start("linked", ["Type=notify"], "pid", instance.path("pids"), "ready")
        #expect(result.status != 0, "\(result)")
        #expect(result.errors.contains("symbolic link") || result.errors.contains("ELOOP"), "\(result)")
        #expect(instance.read("victim") == "untouched\n")
        #expect(instance.notedPids("pids").isEmpty)
    }

    @Test func aStrangersPidInTheFileStopsNobody() throws {
        let instance = try TemporaryInstance()
        let stranger = try BackgroundCommand([Binaries.probe, "never-ready"])
        try FileManager.default.createDirectory(
            atPath: instance.path("run/recycled"), withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755])
        try instance.write(instance.pidFile("recycled"), "\(stranger.pid)\n")
        _ = try instance.daimon("stop", "recycled")
        #expect(isAlive(stranger.pid), "stop signalled a stranger")
        #expect(try instance.start("recycled", ["Type=notify"], "ready").status == 0)
        #expect(instance.daimondPid("recycled") != stranger.pid)
        #expect(try instance.daimon("stop", "recycled").status == 0)
        #expect(isAlive(stranger.pid))
    }

    @Test func anUnusableDirectoryIsRefused() throws {
        let instance = try TemporaryInstance()
        // A file where the directory should be: root may write anywhere else.
        try instance.write("run", "")
        let result = try instance.start("nowhere", ["Type=notify"], "pid", instance.path("pids"), "ready")
        #expect(result.status != 0)
        #expect(result.errors.contains(instance.runtimeDirectory), "\(result)")
        #expect(instance.notedPids("pids").isEmpty)
        #expect(instance.survivors.isEmpty)
    }
}
