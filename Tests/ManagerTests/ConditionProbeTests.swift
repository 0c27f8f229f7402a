// What conditions ask of the machine: paths of our own making, and everything else beside systemd-analyze, which answers by
// systemd's own code.
import Foundation
import Testing
import Units

@testable import Manager

@Suite struct ConditionProbeTests {
    private func result(_ kind: Condition.Kind, _ parameter: String) -> Condition.Result {
        Condition(kind, parameter).evaluate(ConditionProbes.facts())
    }

    /// A folder with one of each, gone with the test.
    private func withFiles(_ body: (String) throws -> Void) throws {
        let manager = FileManager.default
        let root = manager.temporaryDirectory.appendingPathComponent("daimon-conditions-\(UUID().uuidString)").path
        defer {
            do { try manager.removeItem(atPath: root) } catch { Issue.record("\(error)") }
        }
        for folder in ["empty", "hidden", "backup", "full"] {
            try manager.createDirectory(atPath: "\(root)/\(folder)", withIntermediateDirectories: true)
        }
        for (file, content) in [
            ("hidden/.x", ""), ("backup/a.dpkg-old", ""), ("full/a", "text"), ("full/program", "#!/bin/sh\n"),
            ("zero", ""),
        ] {
            #expect(manager.createFile(atPath: "\(root)/\(file)", contents: Data(content.utf8)))
        }
        try manager.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(root)/full/program")
        try manager.createSymbolicLink(atPath: "\(root)/link", withDestinationPath: "full")
        try manager.createSymbolicLink(atPath: "\(root)/dangling", withDestinationPath: "nowhere")
        try body(root)
    }

    @Test func paths() throws {
        try withFiles { root in
            let table: [(Condition.Kind, String, Bool)] = [
                (.pathExists, "full/a", true), (.pathExists, "nothing", false), (.pathExists, "dangling", false),
                (.pathExistsGlob, "full/*", true), (.pathExistsGlob, "full/{x,a}", true),
                (.pathExistsGlob, "empty/*", false), (.pathIsDirectory, "link", true),
                (.pathIsDirectory, "full/a", false), (.pathIsSymbolicLink, "link", true),
                (.pathIsSymbolicLink, "full", false), (.pathIsMountPoint, "full", false),
                (.pathIsReadWrite, "full", true), (.pathIsReadWrite, "nothing", false),
                (.pathIsEncrypted, "nothing", false), (.pathIsSocket, "full/a", false),
                (.directoryNotEmpty, "full", true), (.directoryNotEmpty, "empty", false),
                (.directoryNotEmpty, "hidden", false), (.directoryNotEmpty, "backup", false),
                (.directoryNotEmpty, "nothing", false), (.directoryNotEmpty, "full/a", false),
                (.fileNotEmpty, "full/a", true), (.fileNotEmpty, "zero", false), (.fileNotEmpty, "full", false),
                (.fileIsExecutable, "full/program", true), (.fileIsExecutable, "full/a", false),
                (.fileIsExecutable, "full", false),
            ]
            for (kind, path, holds) in table {
                #expect(result(kind, "\(root)/\(path)") == (holds ? .succeeded : .failed), "\(kind.rawValue)=\(path)")
            }
        }
        #expect(result(.pathIsMountPoint, "/") == .succeeded)
        #expect(result(.pathIsMountPoint, "/proc") == .succeeded)
    }

    @Test func whoWeAre() {
        #expect(result(.user, String(geteuid())) == .succeeded)
        #expect(result(.group, String(getegid())) == .succeeded)
        #expect(result(.user, "no-such-user") == .failed)
        #expect(result(.memory, ">= 1M") == .succeeded)
        #expect(result(.cpus, ">= 1") == .succeeded)
        #expect(result(.architecture, "native") == .succeeded)
    }

    @Test func assertionsAreLookedAtWhenConditionsHold() {
        let fails = Condition(.pathExists, "/nowhere")
        let holds = Condition(.pathExists, "/")
        let skipped = ConditionProbes.check([fails], [fails])
        #expect(!skipped.conditionsHold && skipped.assertionsHold && skipped.assertions.isEmpty)
        let refused = ConditionProbes.check([holds], [fails])
        #expect(refused.conditionsHold && !refused.assertionsHold)
    }

    // MARK: - Beside systemd

    private static let analyze = "/usr/bin/systemd-analyze"
    private static let cases: [String] = """
        Architecture=x86-64 Architecture=arm64 Firmware=uefi Firmware=device-tree Virtualization=yes Virtualization=vm
        Virtualization=container Virtualization=docker Virtualization=kvm Virtualization=podman
        Virtualization=private-users Host=localhost Host=* KernelCommandLine=quiet KernelVersion=>=4 KernelVersion=<4
        Credential=foo Environment=NOPE Security=selinux Security=smack Security=apparmor Security=tomoyo Security=ima
        Security=audit Security=uefi-secureboot Security=nonsense Capability=CAP_SYS_ADMIN
        Capability=CAP_SYS_RESOURCE Capability=CAP_NONSENSE ACPower=yes ACPower=no NeedsUpdate=/etc NeedsUpdate=/var
        FirstBoot=yes FirstBoot=no PathExists=/etc/passwd PathIsSymbolicLink=/etc/mtab PathIsSymbolicLink=/bin
        PathIsMountPoint=/proc PathIsMountPoint=/etc PathIsMountPoint=/dev/shm PathIsMountPoint=/proc/sys
        PathIsReadWrite=/ PathIsReadWrite=/proc PathIsReadWrite=/sys PathIsReadWrite=/sys/fs/cgroup
        PathIsEncrypted=/ DirectoryNotEmpty=/etc FileIsExecutable=/bin/sh User=root User=@system User=nobody
        User=daemon Group=root Group=daemon Group=no-such-group ControlGroupController=v1 ControlGroupController=v2
        ControlGroupController=cpu ControlGroupController=memory ControlGroupController=pids ControlGroupController=io
        ControlGroupController=cpuset ControlGroupController=bpf-firewall Memory=>1G Memory=>100T CPUs=>0 CPUs==2
        CPUs==1 CPUFeature=sse2 CPUFeature=avx2 CPUFeature=fma3 CPUFeature=pclmul CPUFeature=osxsave
        CPUFeature=sha_ni CPUFeature=lm CPUFeature=nonsense CPUFeature=rdtscp CPUFeature=movbe CPUFeature=adx
        CPUFeature=constant_tsc CPUFeature=ht CPUFeature=pni CPUFeature=sse3 OSRelease=ID=debian
        OSRelease=VERSION_ID>=11 OSRelease=NOPE=x MemoryPressure=100% CPUPressure=100% IOPressure=100%
        """.split(whereSeparator: \.isWhitespace).map(String.init)

    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: analyze), "there is no systemd-analyze here"),
        arguments: cases)
    func asSystemdDecides(condition: String) throws {
        let parts = condition.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, let kind = Condition.Kind(rawValue: parts[0]) else {
            Issue.record("not a condition: \(condition)")
            return
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.analyze)
        process.arguments = ["condition", "Condition\(condition)"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect((result(kind, parts[1]) == .succeeded) == (process.terminationStatus == 0), "\(condition)")
    }
}
