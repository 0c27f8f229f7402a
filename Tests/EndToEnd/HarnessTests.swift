// The harness itself: what it reports of programs is true, and it leaves nothing. Needs neither daimon nor daimond.
import Foundation
import Linux
import Testing

@Suite struct HarnessTests {
    @Test func aCommandsStatusAndOutputAreReported() throws {
        let result = try Command.run(["sh", "-c", "cat; echo bad >&2; exit 7"], input: "in\n")
        #expect(result.status == 7)
        #expect(result.output == "in\n")
        #expect(result.errors == "bad\n")
        #expect(try Command.run([Binaries.probe, "signal", "9"]).status == 137)
    }

    @Test func aCommandThatDoesNotEndIsKilled() throws {
        let command = try BackgroundCommand([Binaries.probe, "ignore-term", "never-ready"])
        #expect(throws: HarnessError.self) { try command.wait(timeout: .milliseconds(50)) }
        #expect(!isAlive(command.pid))
    }

    @Test func anInstanceTakesItsProcessesAndFilesAlong() throws {
        var directory = ""
        var pids: [pid_t] = []
        do {
            let instance = try TemporaryInstance()
            directory = instance.directory
            let result = try Command.run(
                [Binaries.probe, "ignore-term", "grandchildren", "2", instance.path("pids"), "exit", "0"],
                environment: instance.environment)
            #expect(result.status == 0)
            pids = instance.notedPids("pids")
            #expect(pids.count == 2 && pids.allSatisfy(isAlive))
        }
        #expect(!pids.contains(where: isAlive))
        #expect(access(directory, F_OK) != 0)
    }

    @Test func theProbeSeesADirtyStart() throws {
        let instance = try TemporaryInstance()
        let result = try Command.run(
            [
                Binaries.probe, "dirty", "--cwd", "/usr", "--", Binaries.probe, "state", instance.path("state"), "exit",
                "4",
            ],
            environment: instance.environment)
        #expect(result.status == 4)
        let state = RecordedState(instance.read("state"))
        #expect(state["controlling-terminal"] == "yes")
        #expect(state["cwd"] == "/usr")
        #expect(state["umask"] == "000")
        #expect(state.signals("signals-ignored").contains(Int(SIGHUP)))
        #expect(state.signals("signals-blocked") == [Int(SIGUSR1)])
        #expect(state.descriptors[7] == "/dev/null" && state.descriptors[200] == "/dev/null")
        #expect(state.environment["DIRTY_VARIABLE_39"] == "left over")
    }

    @Test func aTerminalThatClosesHangsItsJobUp() throws {
        let instance = try TemporaryInstance()
        let result = try Command.run(
            [
                Binaries.probe, "terminal", "--hangup-after-ms", "200", "--", "sh", "-c",
                "trap 'echo hangup >\(instance.path("note")); exit' HUP; while :; do sleep 0.01; done",
            ],
            environment: instance.environment)
        #expect(result.status == 0)
        try waitUntil("the job has noted the hangup") { instance.lines("note") == ["hangup"] }
    }

    @Test func twoProbesWithOneLockAreNoticed() throws {
        let instance = try TemporaryInstance()
        let arguments = [
            Binaries.probe, "lock", instance.path("lock"), instance.path("violations"), "pid", instance.path("pid"),
        ]
        let first = try BackgroundCommand(arguments)
        try waitUntil("the first holds the lock") { instance.notedPids("pid").count == 1 }
        try Command.run(arguments + ["exit", "0"])
        #expect(instance.lines("violations").count == 1)
        first.send(SIGTERM)
        #expect(try first.wait().status == 0)
    }
}
