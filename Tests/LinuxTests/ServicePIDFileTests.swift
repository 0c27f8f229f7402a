// Which process a PID file of a service names, and when that is believed.
import CLinux
import Glibc
import Testing

@testable import Linux

@Suite struct ServicePIDFileTests {
    @Test func whatCountsAsAPID() {
        func pid(_ text: String) -> pid_t? { ServicePIDFile.pid(in: Array(text.utf8)) }
        #expect(pid("42") == 42)
        #expect(pid("42\n") == 42)
        #expect(pid("  \t42 \r\n43\n") == 42)  // start-stop-daemon(8) and others pad
        for text in [
            "", "\n", " \n42", "0", "-1", "+1", "4 2", "42x", "0x2a", "99999999999999999999", "pid 42", "\u{0}42",
        ] {
            #expect(pid(text) == nil, "\(text)")
        }
    }

    @Test func aFileOfTheAdministratorNamesAnyProcess() throws {
        let scratch = try Scratch()
        let child = try Child("/bin/sleep", ["1000"])
        try scratch.write("a.pid", "\(child.pid)\n")
        let file = try ServicePIDFile.read(scratch.file("a.pid"))
        #expect(file.process == ProcessIdentity(of: child.pid))
        #expect(file.isAdministrators)
        #expect(file.refusal(belongs: false, controls: []) == nil)
        #expect(file.refusal(belongs: true, controls: []) == nil)
        #expect(file.refusal(belongs: true, controls: [child.pid]) != nil)
    }

    @Test func theSupervisorIsNoService() throws {
        let scratch = try Scratch()
        for pid in [1, getpid()] {
            try scratch.write("a.pid", "\(pid)\n")
            #expect(try ServicePIDFile.read(scratch.file("a.pid")).refusal(belongs: true, controls: []) != nil)
        }
    }

    @Test func aDeadProcessIsNotThere() throws {
        let scratch = try Scratch()
        var child = try Child("/bin/sleep", ["1000"])
        try scratch.write("a.pid", "\(child.pid)")
        try child.end()
        #expect(throws: SystemError.self) { try ServicePIDFile.read(scratch.file("a.pid")) }  // a zombie
        child.reap()
        #expect(throws: SystemError.self) { try ServicePIDFile.read(scratch.file("a.pid")) }
    }

    @Test func whatIsNoPIDFileIsRefusedAndHangsNobody() throws {
        let scratch = try Scratch()
        try scratch.write("real.pid", "\(getppid())")
        #expect(symlink(scratch.file("real.pid"), scratch.file("link.pid")) == 0)
        #expect(mkfifo(scratch.file("fifo.pid"), 0o600) == 0)
        #expect(mkdir(scratch.file("folder.pid"), 0o700) == 0)
        try scratch.write("long.pid", String(repeating: "1", count: 5000))
        try scratch.write("empty.pid", "")
        func errno(_ name: String) -> CInt? {
            do throws(SystemError) {
                _ = try ServicePIDFile.read(scratch.file(name))
                return nil
            } catch { return error.errno }
        }
        #expect(errno("link.pid") == ELOOP)
        #expect(errno("fifo.pid") == 0)
        #expect(errno("folder.pid") == 0)
        #expect(errno("long.pid") == EFBIG)
        #expect(errno("empty.pid") == 0)
        #expect(errno("missing.pid") == ENOENT)
    }

    /// What only root can set up: a file of somebody else, and ways to a file that somebody else could have made.
    @Test(.enabled(if: geteuid() == 0)) func othersAreBelievedOnlyOfTheirOwn() throws {
        let scratch = try Scratch()
        let child = try Child("/bin/sleep", ["1000"])
        #expect(chmod(scratch.path, 0o755) == 0)
        func isAdministrators(_ name: String) throws -> Bool {
            let file = try ServicePIDFile.read(scratch.file(name))
            // A process of the service may say what it likes about itself.
            #expect(file.refusal(belongs: true, controls: []) == nil)
            #expect((file.refusal(belongs: false, controls: []) == nil) == file.isAdministrators)
            return file.isAdministrators
        }
        try scratch.write("a.pid", "\(child.pid)")
        #expect(chown(scratch.file("a.pid"), 65534, 65534) == 0)
        #expect(try !isAdministrators("a.pid"))
        #expect(chown(scratch.file("a.pid"), 0, 0) == 0)
        #expect(try isAdministrators("a.pid"))
        // A second name: somebody else may have made it where hard links to others' files are allowed.
        #expect(link(scratch.file("a.pid"), scratch.file("b.pid")) == 0)
        #expect(try !isAdministrators("b.pid"))
        #expect(unlink(scratch.file("b.pid")) == 0)

        // A link among the folders: root's own is as good as the folder, as /var/run is.
        #expect(mkdir(scratch.file("real"), 0o755) == 0)
        defer { unlink(scratch.file("real/c.pid")) }
        try scratch.write("real/c.pid", "\(child.pid)")
        #expect(symlink("real", scratch.file("link")) == 0)
        #expect(try isAdministrators("link/c.pid"))
        // One that is somebody else's leads wherever he likes.
        #expect(lchown(scratch.file("link"), 65534, 65534) == 0)
        #expect(try !isAdministrators("link/c.pid"))
        #expect(lchown(scratch.file("link"), 0, 0) == 0)
        // So does one in a folder that others may write to.
        #expect(chmod(scratch.path, 0o777) == 0)
        #expect(try !isAdministrators("link/c.pid"))
        #expect(chmod(scratch.path, 0o1777) == 0)
        #expect(try isAdministrators("link/c.pid"))
        // And what the link leads to must be guarded as well.
        #expect(chmod(scratch.file("real"), 0o777) == 0)
        #expect(try !isAdministrators("link/c.pid"))
    }
}
