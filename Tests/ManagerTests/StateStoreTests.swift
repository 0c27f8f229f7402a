// The state file as it grows, is written anew, is lost, and cannot be written.
import Glibc
import Linux
import Testing

@testable import Instances
@testable import Manager

@Suite struct StateStoreTests {
    private func directory(_ scratch: borrowing Scratch) throws -> OwnedDescriptor {
        try OwnedDescriptor.open(scratch.path, O_RDONLY | O_DIRECTORY)
    }

    private func content(_ scratch: borrowing Scratch) throws -> String {
        try Files.readText("\(scratch.path)/state", limit: 1 << 24)
    }

    /// `#expect` copies what it looks into, and this cannot be copied.
    private func hasFailed(_ store: borrowing StateStore) -> Bool { store.hasFailed }

    @Test func blocksAreAdded() throws {
        let scratch = try Scratch()
        let folder = try directory(scratch)
        var store = StateStore(name: "state")
        var wholes = 0
        func whole() -> String {
            wholes += 1
            return "whole\(wholes)\n"
        }
        // The first is a file of its own: what was there before is of an earlier run.
        try scratch.write("state", "old\n")
        try store.write("ignored\n", in: folder.rawValue, whole: whole)
        #expect(try content(scratch) == "whole1\n")
        try store.write("one\n", in: folder.rawValue, whole: whole)
        try store.write("two\n", in: folder.rawValue, whole: whole)
        #expect(try content(scratch) == "whole1\none\ntwo\n")
        var status = stat()
        #expect(stat("\(scratch.path)/state", &status) == 0 && status.st_mode & 0o7777 == 0o644)
    }

    @Test(arguments: ["removed", "replaced", "a link"])
    func whatIsLostIsWrittenAnew(how: String) throws {
        let scratch = try Scratch()
        let folder = try directory(scratch)
        var store = StateStore(name: "state")
        try store.write("", in: folder.rawValue) { "first\n" }
        try scratch.write("other", "not ours\n")
        switch how {
        case "removed": unlink("\(scratch.path)/state")
        case "replaced": rename("\(scratch.path)/other", "\(scratch.path)/state")
        default:
            unlink("\(scratch.path)/state")
            symlink("other", "\(scratch.path)/state")
        }
        try store.write("one\n", in: folder.rawValue) { "second\n" }
        #expect(try content(scratch) == "second\n")
        var status = stat()
        #expect(lstat("\(scratch.path)/state", &status) == 0 && status.st_mode & S_IFMT == S_IFREG)
        if how == "a link" { #expect(try Files.readText("\(scratch.path)/other", limit: 99) == "not ours\n") }
    }

    /// However long an instance runs, its file is at most about twice as long as its state, or 64 KiB.
    @Test func itDoesNotGrowWithoutEnd() throws {
        let scratch = try Scratch()
        let folder = try directory(scratch)
        var store = StateStore(name: "state")
        let block = String(repeating: "x", count: 999) + "\n"
        var wholes = 0
        for _ in 0..<1000 {
            try store.write(block, in: folder.rawValue) {
                wholes += 1
                return "whole\n"
            }
            #expect(try content(scratch).utf8.count <= 64 * 1024 + 6)
        }
        #expect((10...20).contains(wholes), "\(wholes)")
        // A large state has as much room again, so that writing it anew stays rare.
        let large = String(repeating: "y", count: 1_000_000) + "\n"
        wholes = 0
        var second = StateStore(name: "state")
        for _ in 0..<1000 {
            try second.write(block, in: folder.rawValue) {
                wholes += 1
                return large
            }
        }
        #expect(wholes == 1, "\(wholes)")
    }

    /// Said once, tried again each time, and made good with the whole.
    @Test func aFailureIsSaidOnce() throws {
        let scratch = try Scratch()
        var store = StateStore(name: "state")
        do {
            let folder = try directory(scratch)
            try store.write("", in: folder.rawValue) { "first\n" }
            do { let failed = hasFailed(store); #expect(!failed) }
        }
        unlink("\(scratch.path)/state")
        let error = #expect(throws: SystemError.self) { try store.write("one\n", in: -1) { "lost\n" } }
        #expect(error?.errno == EBADF)
        do { let failed = hasFailed(store); #expect(failed) }
        try store.write("two\n", in: -1) { "lost\n" }
        do { let failed = hasFailed(store); #expect(failed) }
        let folder = try directory(scratch)
        try store.write("three\n", in: folder.rawValue) { "all of it\n" }
        do { let failed = hasFailed(store); #expect(!failed) }
        try store.write("four\n", in: folder.rawValue) { "never asked for\n" }
        #expect(try content(scratch) == "all of it\nfour\n")
        // And the next failure is said again.
        unlink("\(scratch.path)/state")
        #expect(throws: SystemError.self) { try store.write("five\n", in: -1) { "lost\n" } }
    }
}
