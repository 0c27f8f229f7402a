// Files and folders that somebody made to hurt: told clearly, in bounded time and memory.
import Foundation
import Testing

@testable import Units

private let service = "[Service]\nExecStart=/bin/true\n"
private let web = UnitName(unchecked: "web.service")

@Suite struct HostileFilesTests {
    private func load(_ tree: Tree) -> LoadedUnit {
        UnitLoader.load(name: web, in: tree.store("a"))
    }

    @Test(.timeLimit(.minutes(1))) func aFileOf100MB() throws {
        let tree = try Tree()
        try tree.write(service, to: "a/web.service")
        #expect(truncate(tree("a/web.service"), 100 << 20) == 0)
        let loaded = load(tree)
        #expect(loaded.diagnostics.first?.message.hasPrefix("the file is larger than 1048576 bytes") == true)
        // No more of it is read than tells that it is too large.
        guard case .text(let bytes) = UnitSourceFile(reading: tree("a/web.service")).content else {
            Issue.record("not read")
            return
        }
        #expect(bytes.count <= UnitFile.sizeLimit + 1)
        try tree.write(service, to: "a/web.service")
        try tree.write("[Service]\n", to: "a/web.service.d/a.conf")
        #expect(truncate(tree("a/web.service.d/a.conf"), 100 << 20) == 0)
        #expect(load(tree).hasErrors)
    }

    @Test(.timeLimit(.minutes(1))) func aLineOf10MB() throws {
        let tree = try Tree()
        try tree.write(
            "[Service]\nExecStart=/bin/true \(String(repeating: "x", count: 10 << 20))\n", to: "a/web.service")
        #expect(load(tree).hasErrors)
    }

    @Test(.timeLimit(.minutes(1))) func aMillionAssignments() throws {
        let tree = try Tree()
        try tree.write(service + String(repeating: "Nice=1\n", count: 1_000_000), to: "a/web.service")
        #expect(load(tree).hasErrors)
        // As many as a file can have.
        let file = UnitFile(
            bytes: Array((service + String(repeating: "A=\n", count: 340_000)).utf8), path: "f",
            knownSections: ["Service"])
        #expect(file.assignments.count == UnitFile.assignmentLimit)
        #expect(
            file.diagnostics.map(\.message) == [
                "more than 65536 assignments; the rest of the file was not read"
            ])
    }

    /// As many variables and words as fit into a file: looked up, not searched for.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            (0..<45_000).map { "Environment=A\($0)=1" }.joined(separator: "\n"),
            "StateDirectory=" + (0..<130_000).map { String($0) }.joined(separator: " "),
            String(repeating: "CPUAffinity=1\n", count: 65_000),
            "SuccessExitStatus=" + String(repeating: "x ", count: 400_000),
            "After=" + String(repeating: "x ", count: 400_000),
        ])
    func asManyAsAFileHolds(_ lines: String) throws {
        let tree = try Tree()
        try tree.write(service + lines + "\n", to: "a/web.service")
        let unit = UnitDescription(tree.store("a").files(of: web))
        #expect(!unit.properties.entries.isEmpty)
        #expect(unit.diagnostics.count < 2 * UnitFile.diagnosticLimit)
    }

    @Test func linksInCircles() throws {
        let tree = try Tree()
        try tree.link("a/web.service", to: "other.service")
        try tree.link("a/other.service", to: "web.service")
        try tree.link("a/self.service", to: "self.service")
        #expect(
            load(tree).diagnostics.map(\.message).first
                == "its aliases lead in a circle, or through more than eight names")
        #expect(try tree.store("a").files(of: "self.service").fragment == .notFound)
        // Out of the search path, where the kernel finds the circle.
        try tree.link("out/x.service", to: "y.service")
        try tree.link("out/y.service", to: "x.service")
        try tree.link("b/web.service", to: tree("out/x.service"))
        let loaded = UnitLoader.load(name: web, in: tree.store("b"))
        #expect(
            loaded.diagnostics.map(\.message) == [
                "cannot open the file: Too many levels of symbolic links; check where the symbolic link leads"
            ])
    }

    @Test func dropInsInCircles() throws {
        let tree = try Tree()
        try tree.write(service, to: "a/web.service")
        try tree.link("a/web.service.d/a.conf", to: "b.conf")
        try tree.link("a/web.service.d/b.conf", to: "a.conf")
        #expect(load(tree).diagnostics.map(\.severity) == [.error, .error])
        let folder = try Tree()
        try folder.write(service, to: "a/web.service")
        try folder.link("a/web.service.d", to: "web.service.d")
        #expect(
            load(folder).diagnostics.map { folder.relative($0.description) } == [
                "a/web.service.d: error: cannot open the folder: Too many levels of symbolic links; check where the symbolic "
                    + "link leads; its files do not count"
            ])
    }

    @Test func whatIsNoText() throws {
        let tree = try Tree()
        try tree.write(service, to: "a/web.service")
        try tree.write("[Service]\nNice=\u{0}1\n", to: "a/web.service.d/a.conf")
        try Data(Array("[Service]\nUser=".utf8) + [0xff, 0x0a]).write(
            to: URL(fileURLWithPath: tree("a/web.service.d/b.conf")))
        #expect(
            load(tree).diagnostics.map { tree.relative($0.description) } == [
                "a/web.service.d/a.conf:2:6: error: a NUL byte; a unit file is text",
                "a/web.service.d/b.conf:2:6: error: not valid UTF-8; a unit file is UTF-8 text",
            ])
    }

    @Test(.timeLimit(.minutes(1))) func whatIsNoFile() throws {
        let tree = try Tree()
        try tree.write(service, to: "a/web.service")
        try tree.write("x", to: "a/web.service.d/a.conf/file")
        #expect(mkfifo(tree("a/web.service.d/b.conf"), 0o600) == 0)
        try tree.link("a/web.service.d/c.conf", to: "/dev/zero")
        #expect(
            load(tree).diagnostics.map { tree.relative($0.description) } == [
                "a/web.service.d/a.conf: error: not a regular file",
                "a/web.service.d/b.conf: error: not a regular file",
                "a/web.service.d/c.conf: error: not a regular file",
            ])
        let other = try Tree()
        try other.write("x", to: "a/web.service/file")
        #expect(load(other).diagnostics.first?.message == "does not count as a unit: it is a folder")
        #expect(mkfifo(other("a/fifo.service"), 0o600) == 0)
        #expect(
            try other.store("a").files(of: "fifo.service").problems.map(\.message) == [
                "does not count as a unit: it is not a regular file"
            ])
        try other.link("a/zero.service", to: "/dev/zero")
        #expect(
            UnitLoader.load(name: UnitName(unchecked: "zero.service"), in: other.store("a")).diagnostics.map(\.message)
                == [
                    "not a regular file"
                ])
        // A file in the place of a folder of drop-ins.
        let third = try Tree()
        try third.write(service, to: "a/web.service")
        try third.write("x", to: "a/web.service.d")
        #expect(load(third).diagnostics.map(\.severity) == [.warning])
    }

    @Test(.enabled(if: geteuid() == 0, "only root can take away the right to read, and give it up"))
    func whatMayNotBeRead() throws {
        let tree = try Tree()
        try tree.write(service, to: "a/web.service")
        try tree.write("[Service]\n", to: "a/web.service.d/a.conf")
        chmod(tree("a/web.service.d/a.conf"), 0)
        // Of this thread alone, unlike seteuid(2). The module Glibc lacks it.
        typealias Function = @convention(c) (uid_t) -> CInt
        let setfsuid = unsafeBitCast(try #require(dlsym(nil, "setfsuid")), to: Function.self)
        _ = setfsuid(65534)
        let loaded = load(tree)
        _ = setfsuid(0)
        #expect(
            loaded.diagnostics.map { tree.relative($0.description) } == [
                "a/web.service.d/a.conf: error: cannot open the file: Permission denied; check the permissions of the file and "
                    + "of the folders above it"
            ])
    }

    /// A file that opens and fails when it is read.
    @Test func whatFailsWhenItIsRead() throws {
        let tree = try Tree()
        try tree.write(service, to: "a/web.service")
        try tree.link("a/web.service.d/a.conf", to: "/proc/self/mem")
        #expect(
            load(tree).diagnostics.map(\.message) == ["cannot read the file: Input/output error"])
    }

    @Test(.timeLimit(.minutes(1))) func a100000FilesInAFolderOfDropIns() throws {
        let tree = try Tree()
        try tree.write(service, to: "a/web.service")
        try tree.write("[Service]\n", to: "a/web.service.d/x.conf")
        for number in 0..<100_000 {
            #expect(
                link(tree("a/web.service.d/x.conf"), tree("a/web.service.d/\(number).conf")) == 0 || errno == EMLINK)
        }
        let start = ContinuousClock.now
        let loaded = load(tree)
        #expect(loaded.diagnostics.map(\.message) == ["more than 1024 files for one unit; none of them was read"])
        #expect(loaded.hasErrors)
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test(.timeLimit(.minutes(1))) func dropInsWithTooManyBytes() throws {
        let tree = try Tree()
        try tree.write(service, to: "a/web.service")
        let large = "[Service]\n#" + String(repeating: "x", count: 1_000_000) + "\n"
        for number in 10..<30 { try tree.write(large, to: "a/web.service.d/\(number).conf") }
        let loaded = load(tree)
        #expect(loaded.diagnostics.count == 1)
        #expect(
            loaded.diagnostics.first?.message.hasPrefix("the drop-ins of this unit have more than 8388608 bytes")
                == true)
    }
}
