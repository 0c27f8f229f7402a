// The PID file on a real file system: what is refused, who wins, what stays.
import CLinux
import Glibc
import Synchronization
import Testing

@testable import Linux

struct PIDFileTests {
    private func refusal(_ path: String) -> PIDFileError? {
        do {
            let file = try PIDFile.acquire(path: path)
            try file.remove()
            return nil
        } catch {
            return error as? PIDFileError
        }
    }

    @Test func holdsAndRemoves() throws {
        let scratch = try Scratch()
        let path = scratch.file("a.pid")
        let file = try PIDFile.acquire(path: path)
        #expect(try scratch.text("a.pid").hasPrefix("\(getpid())\nstart-time="))
        var status = stat()
        lstat(path, &status)
        #expect(status.st_mode & 0o7777 == 0o644)
        let record = try PIDFile.read(path: path)
        #expect(record?.pid == getpid())
        #expect(
            record.map { $0.state() == .running(ProcessIdentity(pid: getpid(), startTime: $0.startTime ?? 0)) } == true)
        // The same process, another open file: held is held.
        #expect(refusal(path) == .held(pid: getpid(), path: path))
        #expect("\(PIDFileError.held(pid: 5, path: path))" == "already running (pid 5)")
        try file.remove()
        #expect(!scratch.exists("a.pid"))
        #expect(refusal(path) == nil)
    }

    @Test func aDeadHoldersFileIsTakenOver() throws {
        let scratch = try Scratch()
        do { _ = try PIDFile.acquire(path: scratch.file("a.pid")).path }
        #expect(scratch.exists("a.pid"))
        #expect(refusal(scratch.file("a.pid")) == nil)
    }

    @Test(arguments: [
        "1\n", "1\nstart-time=1\nboot-id=old\n", "", "  \n", "999999999\nlonger than what comes after it\n\n\n",
    ])
    func leftoversAndStrangersDoNotHinder(_ text: String) throws {
        let scratch = try Scratch()
        try scratch.write("a.pid", text)
        let file = try PIDFile.acquire(path: scratch.file("a.pid"))
        #expect(try PIDFile.read(path: file.path)?.pid == getpid())
        #expect(try !scratch.text("a.pid").contains("longer"))
        try file.remove()
    }

    @Test func aStrangersLivePidIsStale() throws {
        let scratch = try Scratch()
        let boot = try Processes.bootID()
        try scratch.write("a.pid", "1\nstart-time=99999999\nboot-id=\(boot)\n")
        #expect(try PIDFile.read(path: scratch.file("a.pid"))?.state() == .stale)
        try scratch.write("a.pid", "1\n")
        #expect(try PIDFile.read(path: scratch.file("a.pid"))?.state() == .unidentified(1))
        #expect(try PIDFile.read(path: scratch.file("none")) == nil)
    }

    @Test func whatIsNoPIDFileIsNotTouched() throws {
        let scratch = try Scratch()
        try scratch.write("text", "important\n")
        #expect(refusal(scratch.file("text"))?.description.contains("it holds something else") == true)
        #expect(try scratch.text("text") == "important\n")

        symlink(scratch.file("text"), scratch.file("link"))
        #expect(refusal(scratch.file("link"))?.description.contains("it is a symbolic link") == true)
        symlink(scratch.file("nothing"), scratch.file("dangling"))
        #expect(refusal(scratch.file("dangling")) != nil)
        #expect(!scratch.exists("nothing"))
        #expect(throws: PIDFileError.self) { try PIDFile.read(path: scratch.file("link")) }

        try scratch.write("one", "1\n")
        link(scratch.file("one"), scratch.file("two"))
        #expect(refusal(scratch.file("two"))?.description.contains("hard links") == true)
        #expect(try scratch.text("one") == "1\n")

        mkfifo(scratch.file("fifo"), 0o600)
        #expect(refusal(scratch.file("fifo"))?.description.contains("not a regular file") == true)
        #expect(refusal(scratch.path) != nil)
        #expect(refusal(scratch.file("no/such/a.pid")) != nil)
        for path in [
            "relative.pid", "", "/", "/tmp/", "/tmp/..", "/tmp/a\0b", "/" + String(repeating: "x", count: 5000),
        ] {
            guard case .invalid = refusal(path) else { Issue.record("\(path.prefix(20)) is accepted"); continue }
        }
    }

    @Test(.enabled(if: geteuid() == 0)) func anotherUsersFileIsRefused() throws {
        let scratch = try Scratch()
        try scratch.write("a.pid", "")
        chown(scratch.file("a.pid"), 65534, 65534)
        #expect(refusal(scratch.file("a.pid"))?.description.contains("belongs to user 65534") == true)
        #expect(try scratch.text("a.pid") == "")
    }

    @Test func theModeDoesNotFollowTheUmask() throws {
        let scratch = try Scratch()
        try scratch.write("a.pid", "", mode: 0o600)
        let file = try PIDFile.acquire(path: scratch.file("a.pid"))
        var status = stat()
        lstat(file.path, &status)
        #expect(status.st_mode & 0o7777 == 0o644)
        try file.remove()
    }

    @Test func removeSparesAnotherHoldersFile() throws {
        let scratch = try Scratch()
        let first = try PIDFile.acquire(path: scratch.file("a.pid"))
        unlink(first.path)
        let second = try PIDFile.acquire(path: scratch.file("a.pid"))
        try first.remove()
        #expect(scratch.exists("a.pid"))
        #expect(refusal(second.path) != nil)
        try second.remove()
        #expect(!scratch.exists("a.pid"))
    }

    @Test func onlyALeftoverOfThatProcessIsRemoved() throws {
        let scratch = try Scratch()
        let path = scratch.file("a.pid")
        try scratch.write("a.pid", "4242\n")
        #expect(try !PIDFile.removeLeftover(path: path, of: 4243))
        #expect(scratch.exists("a.pid"))
        #expect(try PIDFile.removeLeftover(path: path, of: 4242))
        #expect(!scratch.exists("a.pid"))
        #expect(try !PIDFile.removeLeftover(path: path, of: 4242))
        let held = try PIDFile.acquire(path: path)
        #expect(try !PIDFile.removeLeftover(path: path, of: getpid()))
        #expect(scratch.exists("a.pid"))
        try held.remove()
    }

    /// Threads are as good as processes here: flock(2) belongs to the open file. Many try at once, the file is removed
    /// and deleted all the time, and never do two hold it.
    @Test func neverTwoAtATime() throws {
        let scratch = try Scratch()
        let path = scratch.file("race.pid")
        let contest = Contest(path: path)
        var threads: [pthread_t] = []
        for _ in 0..<8 {
            var thread = pthread_t()
            pthread_create(
                &thread, nil,
                { argument in
                    guard let argument else { return nil }
                    Unmanaged<Contest>.fromOpaque(argument).takeUnretainedValue().run()
                    return nil
                }, Unmanaged.passUnretained(contest).toOpaque())
            threads.append(thread)
        }
        for thread in threads { pthread_join(thread, nil) }
        #expect(contest.collisions.load(ordering: .relaxed) == 0)
        #expect(contest.wins.load(ordering: .relaxed) > 100)
        #expect(contest.surprises.load(ordering: .relaxed) == 0)
        #expect(!scratch.exists("race.pid"))
    }
}

/// What the contending threads share.
final class Contest: Sendable {
    let path: String
    let holders = Atomic<Int>(0)
    let collisions = Atomic<Int>(0)
    let wins = Atomic<Int>(0)
    let surprises = Atomic<Int>(0)

    init(path: String) { self.path = path }

    func run() {
        for _ in 0..<200 {
            do throws(PIDFileError) {
                let file = try PIDFile.acquire(path: path)
                if holders.add(1, ordering: .relaxed).newValue != 1 { collisions.add(1, ordering: .relaxed) }
                wins.add(1, ordering: .relaxed)
                holders.subtract(1, ordering: .relaxed)
                do throws(SystemError) { try file.remove() } catch { surprises.add(1, ordering: .relaxed) }
            } catch {
                switch error {
                case .held: continue
                case .invalid, .system: surprises.add(1, ordering: .relaxed)
                }
            }
        }
    }
}

struct PIDFileRecordTests {
    @Test func parses() {
        #expect(PIDFileRecord(parsing: "12\n") == PIDFileRecord(pid: 12, startTime: nil, bootID: nil))
        #expect(PIDFileRecord(parsing: "  12") == PIDFileRecord(pid: 12, startTime: nil, bootID: nil))
        #expect(
            PIDFileRecord(parsing: "12\nstart-time=99\nboot-id=abc\n")
                == PIDFileRecord(pid: 12, startTime: 99, bootID: "abc"))
        #expect(PIDFileRecord(parsing: "12\nstart-time=x\n")?.startTime == nil)
        for text in ["", "\n12\n", "x", "-1\n", "0\n", "99999999999999999999\n", "12x\n", "root:x:0:0\n"] {
            #expect(PIDFileRecord(parsing: text) == nil, "\(text)")
        }
        let record = PIDFileRecord(pid: 7, startTime: 8, bootID: "b")
        #expect(PIDFileRecord(parsing: record.text) == record)
        #expect(record.text.hasPrefix("7\n"))
    }

    @Test func recognisesStrangers() {
        let record = PIDFileRecord(pid: 7, startTime: 100, bootID: "now")
        let same = ProcessIdentity(pid: 7, startTime: 100)
        #expect(PIDFileRecord.state(of: record, bootID: "now", found: same) == .running(same))
        #expect(PIDFileRecord.state(of: record, bootID: nil, found: same) == .running(same))
        #expect(PIDFileRecord.state(of: record, bootID: "other", found: same) == .stale)
        #expect(PIDFileRecord.state(of: record, bootID: "now", found: .init(pid: 7, startTime: 101)) == .stale)
        #expect(PIDFileRecord.state(of: record, bootID: "now", found: nil) == .stale)
        let bare = PIDFileRecord(pid: 7, startTime: nil, bootID: nil)
        #expect(PIDFileRecord.state(of: bare, bootID: "now", found: same) == .unidentified(7))
        #expect(PIDFileRecord.state(of: bare, bootID: "now", found: nil) == .stale)
    }
}
