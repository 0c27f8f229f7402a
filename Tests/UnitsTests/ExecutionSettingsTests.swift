// The settings of systemd.exec(5) that a process carries, and its folders, as they are typed.
import Testing

@testable import Units

@Suite struct ExecutionSettingsTests {
    private func context(_ lines: String...) -> ExecutionContext {
        let text = "[Service]\nExecStart=/bin/true\n" + lines.joined(separator: "\n") + "\n"
        let loaded = UnitLoader.parse(text: text, path: "f", name: UnitName(unchecked: "web.service"))
        #expect(!loaded.hasErrors && loaded.notHonoured.isEmpty, "\(loaded.diagnostics)")
        return loaded.unit.execution
    }

    @Test func scheduling() {
        let real = context("CPUSchedulingPolicy=rr", "CPUSchedulingResetOnFork=yes").process
        #expect(real.schedulingPolicy == 2 && real.schedulingPriority == 1 && real.schedulingResetsOnFork)
        let fifo = context("CPUSchedulingPriority=7", "CPUSchedulingPolicy=fifo").process
        #expect(fifo.schedulingPolicy == 1 && fifo.schedulingPriority == 7)
        #expect(context("CPUSchedulingPolicy=rr", "CPUSchedulingPolicy=").process == ProcessSettings())
        #expect(context("IOSchedulingClass=idle").process.ioPriority == 24580)
        #expect(context("IOSchedulingPriority=1", "IOSchedulingClass=1").process.ioPriority == 8193)
        #expect(context("IOSchedulingPriority=6").process.ioPriority == 16390)
        #expect(context("TimerSlackNSec=1ms").process.timerSlack == 1_000_000)
        #expect(context("CoredumpFilter=private-anonymous", "CoredumpFilter=0x10").process.coredumpFilter == 0x11)
    }

    @Test func processors() {
        let list = context("CPUAffinity=0-1", "CPUAffinity=3").process
        #expect(list.affinity?.description == "0-1 3")
        let follows = context("CPUAffinity=0", "CPUAffinity=numa", "NUMAPolicy=bind", "NUMAMask=all").process
        #expect(follows.affinity == nil && follows.affinityFollowsMemory && follows.usesAllMemoryNodes)
        #expect(follows.memoryPolicy == 2)
        #expect(context("CPUAffinity=numa", "CPUAffinity=").process == ProcessSettings())
    }

    /// What follows on the set of all replaces it, everything else adds or takes away (systemd.exec(5)).
    @Test func capabilities() {
        func bounding(_ lines: String...) -> UInt64? {
            let text = lines.map { "CapabilityBoundingSet=\($0)" }.joined(separator: "\n")
            return context(text).privileges.boundingSet
        }
        #expect(bounding("CAP_CHOWN CAP_KILL") == 1 | 1 << 5)
        #expect(bounding("CAP_CHOWN", "CAP_KILL") == 1 | 1 << 5)
        #expect(bounding("CAP_CHOWN CAP_KILL", "~CAP_CHOWN") == 1 << 5)
        #expect(bounding("~CAP_CHOWN") == ~1 && bounding("") == 0 && bounding("~") == .max)
        #expect(context("AmbientCapabilities=CAP_KILL").privileges.ambient == 1 << 5)
        #expect(context("AmbientCapabilities=CAP_KILL", "AmbientCapabilities=").privileges.ambient == 0)
        #expect(context("SecureBits=keep-caps noroot").privileges.secureBits == 17)
        #expect(context("KeyringMode=shared").privileges.keyringMode == .shared)
    }

    @Test func terminal() {
        let all = context("TTYReset=yes", "TTYVHangup=yes", "TTYRows=70000", "TTYColumns=80", "TTYColumns=").terminal
        #expect(all.isReset && all.isHungUp && all.rows == .max && all.columns == nil)
    }

    @Test func folders() {
        let all = context("StateDirectory=a b/c:link", "StateDirectory=d", "StateDirectoryMode=0700").folders[.state]
        #expect(all?.folders.map(\.path) == ["a", "b/c", "d"] && all?.folders.map(\.link) == [nil, "link", nil])
        #expect(all?.mode == 0o700)
        let none = context("StateDirectoryMode=0700", "StateDirectory=a", "StateDirectory=").folders[.state]
        #expect(none?.folders == [] && none?.mode == 0o700)
        let readOnly = context("LogsDirectory=a:link:ro b::ro c:x:").folders[.logs]?.folders
        #expect(readOnly?.map(\.isReadOnly) == [true, true, false] && readOnly?.map(\.link) == ["link", nil, "x"])
        #expect(context("RuntimeDirectoryPreserve=restart").runtimeDirectoryPreservation == .restart)
    }

    @Test func credentialsAndInput() {
        let both = context(#"SetCredential=a:x\n"#, "LoadCredential=a", "LoadCredential=b:/etc/b", "SetCredential=a:y")
        #expect(
            both.credentials == [
                ServiceCredential(name: "a", source: .file("a")), ServiceCredential(name: "b", source: .file("/etc/b")),
                ServiceCredential(name: "a", source: .value(Array("y".utf8))),
            ])
        let input = context("StandardInputText=hello", "StandardInputData=AAE=")
        #expect(input.standardInput == .data && input.inputData == Array("hello\n".utf8) + [0, 1])
        #expect(context("StandardInput=tty-force", "TTYPath=/dev/tty9").standardInput == .terminal(force: true))
    }

    /// What only a socket has is refused: the service would read nothing and write nowhere.
    @Test(arguments: ["StandardInput=socket", "StandardOutput=fd:x", "StandardError=socket"])
    func descriptorsAreRefused(_ line: String) {
        let loaded = UnitLoader.parse(
            text: "[Service]\nExecStart=/bin/true\n\(line)\n", path: "f", name: UnitName(unchecked: "web.service"))
        #expect(loaded.hasErrors && loaded.diagnostics.first?.kind == .notHonoured)
    }
}
