// Waiting for a file to come, in every way that daemons write one.
import Glibc
import Linux
import Testing

@testable import Systemd

@Suite struct PathWatchTests {
    /// A folder that goes away again with all that tests make in it.
    private final class Folder {
        let path: String

        init() throws {
            var template = Array("/tmp/daimon-watch-XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else { throw SystemError("make a directory") }
            path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }

        deinit {
            for name in ["a/b/x.pid", "a/b/x.new", "a/b", "a", "x.pid", "x.new", "moved/b/x.pid", "moved/b", "moved"] {
                if unlink("\(path)/\(name)") != 0 { rmdir("\(path)/\(name)") }
            }
            rmdir(path)
        }

        func write(_ name: String, _ text: String) throws {
            let file = try OwnedDescriptor.open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
            try file.writeAll(text.utf8)
        }
    }

    /// Does each of the deeds when all before is noticed, and ends the loop when the file reads "done".
    private func run(
        _ path: String, retryTime: UInt64 = 250_000, _ deeds: [() throws -> Void]
    ) throws -> (content: String, calls: Int) {
        let loop = try EventLoop()
        var calls = 0
        var content = ""
        var failure: (any Error)?
        let watch = try PathWatch(path, on: loop, retryTime: retryTime) {
            calls += 1
            do throws(SystemError) { content = try Files.readText(path, limit: 100) } catch { content = "" }
            if content == "done" { loop.exit(code: 0) }
        }
        var remaining = deeds[...]
        var steps: [EventSource] = []
        func step() throws(SystemError) {
            let next = try loop.at(Clock.monotonic() + 20_000) {
                guard let deed = remaining.popFirst() else { return }
                do {
                    try deed()
                    try step()
                } catch {
                    failure = error
                    loop.exit(code: 2)
                }
            }
            steps.append(next)
        }
        try step()
        let deadline = try loop.at(Clock.monotonic() + 10_000_000) { loop.exit(code: 1) }
        #expect(try loop.run() == 0, "it was not noticed")
        // The sources hold their deeds, and the deeds the sources: nobody else would let go of the folder.
        steps.removeAll()
        if let failure { throw failure }
        return withExtendedLifetime((watch, deadline)) { (content, calls) }
    }

    @Test func aFileThatIsWritten() throws {
        let folder = try Folder()
        _ = try run("\(folder.path)/x.pid", [{ try folder.write("x.pid", "done") }])
    }

    @Test func aFileThatIsWrittenInTwoSteps() throws {
        let folder = try Folder()
        let result = try run(
            "\(folder.path)/x.pid", [{ try folder.write("x.pid", "") }, { try folder.write("x.pid", "done") }])
        #expect(result.calls >= 2)
    }

    @Test func aFileThatIsRenamed() throws {
        let folder = try Folder()
        try folder.write("x.new", "done")
        _ = try run(
            "\(folder.path)/x.pid",
            [{ if rename("\(folder.path)/x.new", "\(folder.path)/x.pid") != 0 { throw SystemError("rename") } }])
    }

    @Test func foldersOnTheWayComeLater() throws {
        let folder = try Folder()
        let make = { (name: String) throws -> Void in
            if mkdir("\(folder.path)/\(name)", 0o755) != 0 { throw SystemError("make", name) }
        }
        _ = try run(
            "\(folder.path)/a/b/x.pid",
            [{ try make("a") }, { try make("a/b") }, { try folder.write("a/b/x.pid", "done") }])
    }

    @Test func allOfItAtOnce() throws {
        let folder = try Folder()
        _ = try run(
            "\(folder.path)/a/b/x.pid",
            [
                {
                    for name in ["a", "a/b"] where mkdir("\(folder.path)/\(name)", 0o755) != 0 {
                        throw SystemError("make", name)
                    }
                    try folder.write("a/b/x.pid", "done")
                }
            ])
    }

    @Test func aFolderThatIsMadeAnew() throws {
        let folder = try Folder()
        for name in ["a", "a/b"] { #expect(mkdir("\(folder.path)/\(name)", 0o755) == 0) }
        _ = try run(
            "\(folder.path)/a/b/x.pid",
            [
                { if rename("\(folder.path)/a", "\(folder.path)/moved") != 0 { throw SystemError("rename") } },
                {
                    // RuntimeDirectory= is removed and made again like this.
                    for name in ["a", "a/b"] where mkdir("\(folder.path)/\(name)", 0o755) != 0 {
                        throw SystemError("make", name)
                    }
                },
                { try folder.write("a/b/x.pid", "done") },
            ])
    }

    @Test func onlyAFileCanBeWatched() throws {
        let loop = try EventLoop()
        for path in ["", "/", "relative/x.pid"] {
            #expect(throws: SystemError.self) { try PathWatch(path, on: loop) {} }
        }
    }

    @Test func whoListensMayLetGo() throws {
        let folder = try Folder()
        let loop = try EventLoop()
        var watch: PathWatch?
        watch = try PathWatch("\(folder.path)/x.pid", on: loop) {
            watch = nil
            loop.exit(code: 0)
        }
        try folder.write("x.pid", "1")
        let deadline = try loop.at(Clock.monotonic() + 10_000_000) { loop.exit(code: 1) }
        #expect(try loop.run() == 0)
        withExtendedLifetime((folder, deadline)) { #expect(watch == nil) }
    }
}
