// Folders that others may write to: made and removed without leaving them.
import Glibc
import Testing

@testable import Linux

@Suite struct FolderTreeTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/daimon-folders-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("make a directory") }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            do { try FolderTree.remove(String(path.dropFirst("/tmp/".count)), below: "/tmp") } catch {
                Issue.record("\(error)")
            }
        }
        try body(path)
    }

    private func mode(_ path: String) -> mode_t? {
        var info = stat()
        return lstat(path, &info) == 0 ? info.st_mode & 0o7777 : nil
    }

    @Test func makesWithModes() throws {
        try withFolder { path in
            let first = try FolderTree.open("a/b", below: path, mode: 0o2770)
            #expect(first.isNew && mode("\(path)/a") == 0o755 && mode("\(path)/a/b") == 0o2770)
            let second = try FolderTree.open("a/b", below: path, mode: 0o700)
            #expect(!second.isNew && mode("\(path)/a/b") == 0o2770)
            var missing: CInt = 0
            do throws(SystemError) { _ = try FolderTree.open("x", below: path, mode: nil) } catch {
                missing = error.errno
            }
            #expect(missing == ENOENT)
        }
    }

    /// A link is followed where nobody but root could have put it, and nowhere else.
    @Test func linksOfOthers() throws {
        try withFolder { path in
            _ = try FolderTree.open("real", below: path, mode: 0o755)
            #expect(symlink("real", "\(path)/link") == 0)
            _ = try FolderTree.open("link/in", below: path, mode: 0o755)
            #expect(mode("\(path)/real/in") == 0o755)
            #expect(chmod(path, 0o777) == 0)
            var refusal: SystemError?
            do throws(SystemError) { _ = try FolderTree.open("link", below: path, mode: 0o755) } catch {
                refusal = error
            }
            #expect(refusal?.advice?.contains("link that others may have made") == true)
        }
    }

    /// Names are bytes, of which not all are text.
    @Test func namesThatAreNoText() throws {
        try withFolder { path in
            _ = try FolderTree.open("tree", below: path, mode: 0o755)
            let name = Array("\(path)/tree/".utf8CString.dropLast()) + [CChar(bitPattern: 0xff), 0]
            #expect(mkdir(name, 0o700) == 0)
            try FolderTree.remove("tree", below: path)
            #expect(access("\(path)/tree", F_OK) != 0)
        }
    }

    /// A daemon is not held up by a folder of millions of files.
    @Test(.enabled(if: geteuid() == 0)) func givesAwayOnlySoMuch() throws {
        try withFolder { path in
            let tree = try FolderTree.open("tree", below: path, mode: 0o755)
            for name in ["a", "b/c", "b/d"] { _ = try FolderTree.open("tree/\(name)", below: path, mode: 0o755) }
            func owner(_ name: String) -> uid_t? {
                var info = stat()
                return lstat("\(path)/tree/\(name)", &info) == 0 ? info.st_uid : nil
            }
            var refusal: SystemError?
            do throws(SystemError) {
                try FolderTree.give(tree.descriptor, to: 61_000, 61_000, shown: "TREE", limit: 3)
            } catch {
                refusal = error
            }
            #expect(refusal?.advice?.hasSuffix("by hand: chown -hR 61000:61000 TREE") == true && owner("") == 0)
            try FolderTree.give(tree.descriptor, to: 61_000, 61_000, shown: "TREE", limit: 4)
            #expect(["", "a", "b", "b/c", "b/d"].allSatisfy { owner($0) == 61_000 })
        }
    }

    @Test func removesWithoutLeaving() throws {
        try withFolder { path in
            _ = try FolderTree.open("outside", below: path, mode: 0o755)
            let kept = try OwnedDescriptor.open("\(path)/outside/kept", O_WRONLY | O_CREAT, mode: 0o600)
            _ = consume kept
            let tree = try FolderTree.open("tree", below: path, mode: 0o755)
            #expect(symlink("../outside", "\(path)/tree/link") == 0)
            // Deeper than there are descriptors, which a service could make to keep its folder.
            var folder = try tree.descriptor.duplicate()
            for _ in 0..<3000 {
                #expect(mkdirat(folder.rawValue, "d", 0o700) == 0)
                folder = try OwnedDescriptor.open("d", O_RDONLY | O_DIRECTORY, in: folder.rawValue)
            }
            try FolderTree.remove("tree", below: path)
            #expect(mode("\(path)/tree") == nil && mode("\(path)/outside/kept") == 0o600)
            try FolderTree.remove("tree", below: path)
            // A link in place of the folder itself is not followed either.
            #expect(symlink("outside", "\(path)/tree") == 0)
            var failed = false
            do throws(SystemError) { try FolderTree.remove("tree", below: path) } catch { failed = true }
            #expect(failed && mode("\(path)/outside/kept") == 0o600)
        }
    }

    @Test(.enabled(if: getuid() == 0, "needs root, to give something away")) func gives() throws {
        try withFolder { path in
            let folder = try FolderTree.open("given", below: path, mode: 0o2750)
            _ = try FolderTree.open("given/in", below: path, mode: 0o700)
            let file = try OwnedDescriptor.open("\(path)/strange", O_WRONLY | O_CREAT, mode: 0o600)
            _ = consume file
            #expect(link("\(path)/strange", "\(path)/given/strange") == 0)
            #expect(symlink("/etc/passwd", "\(path)/given/passwd") == 0)
            try FolderTree.give(folder.descriptor, to: 4711, 4712, shown: "given")
            func owner(_ name: String) -> uid_t? {
                var info = stat()
                return lstat("\(path)/\(name)", &info) == 0 ? info.st_uid : nil
            }
            #expect(owner("given") == 4711 && owner("given/in") == 4711 && owner("given/passwd") == 4711)
            #expect(owner("given/strange") == 0, "another name of a stranger's file stays the stranger's")
            #expect(mode("\(path)/given") == 0o2750)
        }
    }
}
