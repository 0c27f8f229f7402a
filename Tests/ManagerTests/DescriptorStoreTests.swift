// The descriptor store by itself, what is passed on to a program at 3, 4, …, the files of OpenFile=, and the count of kills
// for want of memory.
import CLinux
import Engine
import Glibc
import Linux
import Synchronization
import Systemd
import Testing
import Units

@testable import Instances
@testable import Manager

@Suite struct DescriptorStoreTests {
    /// A pipe: the end to read from, and the other.
    private static func pipe() throws -> [CInt] {
        var ends: [CInt] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else { throw SystemError("make a pipe") }
        return ends
    }

    private static func file(_ path: String = "/dev/null") throws -> OwnedDescriptor {
        try OwnedDescriptor.open(path, O_RDONLY)
    }

    @Test func keepsAndHandsBackTheNewestFirst() throws {
        let store = DescriptorStore(on: try EventLoop()) { _ in }
        for name in ["one", "two", "two"] {
            #expect(try store.add(try Self.file("/etc/passwd"), name: name, isWatched: true, limit: 3) == .stored)
        }
        #expect(store.content.map(\.name) == ["two", "two", "one"])
        #expect(try store.add(try Self.file(), name: "four", isWatched: true, limit: 3) == .full)
        store.remove(named: "other")
        #expect(store.count == 3)
        let numbers = store.content.map(\.descriptor)
        store.remove(named: "two")
        #expect(store.content.map(\.name) == ["one"])
        #expect(fcntl(numbers[0], F_GETFD) < 0 && fcntl(numbers[1], F_GETFD) < 0)
        #expect(fcntl(numbers[2], F_GETFD) >= 0)
        store.removeAll()
        #expect(store.count == 0 && fcntl(numbers[2], F_GETFD) < 0)
    }

    @Test func nothingIsKeptWithoutRoom() throws {
        let store = DescriptorStore(on: try EventLoop()) { _ in }
        let file = try Self.file()
        let number = file.rawValue
        #expect(try store.add(file, name: "a", isWatched: true, limit: 0) == .full)
        #expect(fcntl(number, F_GETFD) < 0)
    }

    @Test func oneOpenedFileIsKeptOnce() throws {
        let store = DescriptorStore(on: try EventLoop()) { _ in }
        let ends = try Self.pipe()
        let reading = OwnedDescriptor(owning: ends[0])
        let writing = OwnedDescriptor(owning: ends[1])
        let copy = try reading.duplicate()
        #expect(try store.add(reading, name: "a", isWatched: true, limit: 9) == .stored)
        #expect(try store.add(copy, name: "b", isWatched: true, limit: 9) == .duplicate)
        // The other end of the pipe has the same inode.
        #expect(try store.add(writing, name: "c", isWatched: true, limit: 9) == .stored)
        // The same file, opened a second time, has a position of its own.
        #expect(try store.add(try Self.file("/etc/passwd"), name: "d", isWatched: true, limit: 9) == .stored)
        #expect(try store.add(try Self.file("/etc/passwd"), name: "e", isWatched: true, limit: 9) == .stored)
        #expect(store.content.map(\.name) == ["e", "d", "c", "a"])
    }

    @Test(arguments: [true, false]) func whatHangsUpIsDropped(isWatched: Bool) throws {
        let loop = try EventLoop()
        var dropped: [String] = []
        let store = DescriptorStore(on: loop) { name in
            dropped.append(name)
            loop.exit(code: 0)
        }
        let ends = try Self.pipe()
        let reading = OwnedDescriptor(owning: ends[0])
        let writing = OwnedDescriptor(owning: ends[1])
        // Somebody else has the same opened file: closing ours alone would not take it out of epoll(7).
        let shared = try reading.duplicate()
        #expect(try store.add(reading, name: "pipe", isWatched: isWatched, limit: 9) == .stored)
        #expect(try store.add(try Self.file("/etc/passwd"), name: "file", isWatched: true, limit: 9) == .stored)
        var deadline: EventSource?
        func run() throws {
            deadline = try loop.at(Clock.monotonic() + (isWatched ? 10_000_000 : 50_000)) { loop.exit(code: 1) }
            _ = try loop.run()
            deadline = nil
        }
        writing.close()
        try run()
        #expect(dropped == (isWatched ? ["pipe"] : []))
        #expect(store.content.map(\.name) == (isWatched ? ["file"] : ["file", "pipe"]))
        // The loop goes on, with nothing of the dropped one in it.
        let again = try EventLoop()
        _ = try again.later(priority: 0) {}
        withExtendedLifetime((store, shared.rawValue, deadline)) {}
    }

    @Test func lingerDoesNotDelayTheEnd() throws {
        var ends: [CInt] = [-1, -1]
        try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { close(ends[0]); close(ends[1]) }
        var linger = linger(l_onoff: 1, l_linger: 1000)
        setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        let store = DescriptorStore(on: try EventLoop()) { _ in }
        let copy = try OwnedDescriptor(owning: dup(ends[0])).duplicate()
        #expect(try store.add(copy, name: "socket", isWatched: true, limit: 1) == .stored)
        store.removeAll()
        var size = socklen_t(MemoryLayout.size(ofValue: linger))
        getsockopt(ends[0], SOL_SOCKET, SO_LINGER, &linger, &size)
        #expect(linger.l_onoff == 0)
    }
}

@Suite struct PassedDescriptorTests {
    /// Runs a shell that lists its descriptors from 3 on into a file.
    private func list(_ numbers: [CInt], closing: CInt? = nil) throws -> [String] {
        let scratch = try Scratch()
        let script = "for n in 3 4 5 6 7 8 9; do readlink /proc/self/fd/$n; done >\(scratch.path)/out; true"
        var surroundings = ExecSurroundings(
            ownSession: false, cgroupDirectory: nil, output: .inherit, error: .inherit, credentials: nil, home: nil)
        surroundings.passed = numbers
        let steps = ExecPlan.steps(for: ExecutionContext(), in: surroundings)
        let pid = try oneAtATime.withLock { _ in
            try Spawner.spawn(
                program: "/bin/sh", arguments: ["sh", "-c", script], environment: [], steps: steps, cgroup: nil
            ).pid
        }
        var exit = daimon_child_exit()
        #expect(daimon_wait_child(pid, 0, 1, &exit) == 0 && exit.status == 0)
        return try Files.readText("\(scratch.path)/out", limit: 4096).split(separator: "\n").map(String.init)
    }

    @Test func theyComeInOrderWhereverTheyWere() throws {
        let paths = ["/etc/passwd", "/etc/group", "/etc/hosts"]
        #expect(paths.count >= 3)
        let files = try paths.map { DescriptorBox(try OwnedDescriptor.open($0, O_RDONLY)) }
        let numbers = files.map { $0.descriptor.rawValue }
        for order in [Array(numbers), numbers.reversed(), Array(numbers[1...]) + [numbers[0]]] {
            let wanted = order.map { number in paths[numbers.firstIndex(of: number) ?? 0] }
            #expect(try list(order) == wanted)
        }
        withExtendedLifetime(files) {}
    }

    /// Every arrangement of three descriptors on numbers that overlap with 3, 4 and 5: in the child alone, where the numbers
    /// are free to be chosen.
    @Test func overlappingNumbers() throws {
        let paths = ["/etc/passwd", "/etc/group", "/etc/hosts"]
        for numbers: [CInt] in [[5, 3, 4], [4, 5, 3], [3, 4, 5], [4, 3, 5], [4, 5, 6], [6, 4, 3], [3, 3, 3]] {
            let scratch = try Scratch()
            let script = "for n in 3 4 5 6 7 8 9; do readlink /proc/self/fd/$n; done >\(scratch.path)/out; true"
            // Put at their numbers by the steps before, as what the manager has open would be.
            let files = try paths.map { DescriptorBox(try OwnedDescriptor.open($0, O_RDONLY).duplicate(atLeast: 100)) }
            var steps: [ExecStep] = zip(files, numbers).map { .placeDescriptor($0.descriptor.rawValue, $1) }
            steps += [.passDescriptors(numbers), .closeFrom(6), .execute]
            let pid = try oneAtATime.withLock { _ in
                try Spawner.spawn(
                    program: "/bin/sh", arguments: ["sh", "-c", script], environment: [], steps: steps, cgroup: nil
                ).pid
            }
            var exit = daimon_child_exit()
            #expect(daimon_wait_child(pid, 0, 1, &exit) == 0 && exit.status == 0)
            let wanted = Set(numbers).count == 1 ? [paths[2], paths[2], paths[2]] : paths
            let found = try Files.readText("\(scratch.path)/out", limit: 4096).split(separator: "\n").map(String.init)
            #expect(found == wanted, "\(numbers)")
            withExtendedLifetime(files) {}
        }
    }

    @Test func aDescriptorThatIsClosedIsNamedByItsStep() throws {
        #expect {
            _ = try oneAtATime.withLock { _ in
                try Spawner.spawn(
                    program: "/bin/true", arguments: ["true"], environment: [],
                    steps: [.passDescriptors([999]), .execute], cgroup: nil
                ).pid
            }
        } throws: { error in
            guard case .step(let step, let errno)? = error as? SpawnError else { return false }
            return step == .passDescriptors([999]) && errno == EBADF && step.exitStatus == 202
        }
    }

    @Test func theEnvironmentNamesThem() {
        var given = ServiceEnvironment.Given()
        given.descriptors = ["web", "", "stored"]
        given.storeLimit = 7
        func value(_ name: String) -> String? {
            ServiceEnvironment.variables(for: ExecutionContext(), given: given).first { $0.name == name }?.value
        }
        #expect(value("LISTEN_FDS") == "3" && value("LISTEN_FDNAMES") == "web::stored")
        #expect(value("LISTEN_PID") == Spawner.pidPlaceholder)
        // Who may not speak is not told that it could store something.
        #expect(value("FDSTORE") == nil)
        given.notifySocket = "/run/notify"
        #expect(value("FDSTORE") == "7")
        given.descriptors = []
        #expect(value("LISTEN_FDS") == nil && value("LISTEN_PID") == nil)
    }
}

@Suite struct OpenFilesTests {
    private func open(_ file: OpenFile) throws -> (flags: CInt, content: String) {
        let opened = try OpenFiles.open([file]) { _ in }
        let descriptor = opened[0].box.descriptor.rawValue
        #expect(opened[0].name == file.name)
        var bytes = [UInt8](repeating: 0, count: 64)
        let length = pread(descriptor, &bytes, 64, 0)
        let flags = fcntl(descriptor, F_GETFL)
        return (flags, length > 0 ? String(decoding: bytes[..<length], as: UTF8.self) : "")
    }

    private func file(_ path: String, _ access: OpenFile.Access) -> OpenFile {
        var file = OpenFile(path: path, name: path.split(separator: "/").last.map(String.init) ?? "")
        file.access = access
        return file
    }

    @Test func eachWayToOpen() throws {
        let scratch = try Scratch()
        try scratch.write("file", "hello")
        let path = "\(scratch.path)/file"
        var found = try open(file(path, .readOnly))
        #expect(found.flags & O_ACCMODE == O_RDONLY && found.content == "hello")
        found = try open(file(path, .append))
        #expect(found.flags & O_ACCMODE == O_RDWR && found.flags & O_APPEND != 0 && found.content == "hello")
        found = try open(file(path, .readAndWrite))
        #expect(found.flags & O_ACCMODE == O_RDWR && found.flags & (O_APPEND | O_NONBLOCK) == 0)
        found = try open(file(path, .truncate))
        #expect(found.content == "")
    }

    @Test func aFIFOWithoutAWriterDoesNotStopUs() throws {
        let scratch = try Scratch()
        let path = "\(scratch.path)/fifo"
        try #require(mkfifo(path, 0o600) == 0)
        #expect(try open(file(path, .readOnly)).flags & O_NONBLOCK == 0)
    }

    @Test(arguments: [SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET]) func socketsAreConnectedTo(
        _ type: __socket_type
    ) throws {
        let scratch = try Scratch()
        let path = "\(scratch.path)/socket"
        let server = OwnedDescriptor(owning: socket(AF_UNIX, CInt(type.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0))
        try #require(daimon_unix_bind(server.rawValue, path, path.utf8.count) == 0)
        if type != SOCK_DGRAM { try #require(listen(server.rawValue, 4) == 0) }
        let opened = try OpenFiles.open([file(path, .readAndWrite)]) { _ in }
        #expect(try SocketCheck.matches(opened[0].box.descriptor.rawValue))
        #expect(send(opened[0].box.descriptor.rawValue, "x", 1, CInt(MSG_NOSIGNAL)) == 1)
    }

    @Test func whatIsNotThereIsAFailureUnlessItMayBe() throws {
        var missing = file("/nonexistent/file", .readOnly)
        #expect {
            _ = try OpenFiles.open([missing]) { _ in }
        } throws: { error in
            guard case .before(202, let error)? = error as? SpawnError else { return false }
            return error.errno == ENOENT
        }
        missing.isGraceful = true
        var reports = 0
        let opened = try OpenFiles.open([missing, file("/dev/null", .readOnly)]) { _ in reports += 1 }
        #expect(opened.map(\.name) == ["null"] && reports == 1)
    }
}

@Suite struct MemoryEventsTests {
    @Test func onlyARiseCounts() throws {
        let scratch = try Scratch()
        #expect(MemoryEvents(in: scratch.path) == nil)
        try scratch.write("memory.events", "low 0\nhigh 0\nmax 3\noom 1\noom_kill 2\noom_group_kill 9\n")
        let events = try #require(MemoryEvents(in: scratch.path))
        #expect(!events.haveRisen())
        try scratch.write("memory.events", "oom 7\noom_kill 3\n")
        #expect(events.haveRisen() && !events.haveRisen())
        try scratch.write("memory.events", "oom 7\n")
        #expect(!events.haveRisen())
        try scratch.write("memory.events", "oom_kill 4\n")
        #expect(events.haveRisen())
    }

    @Test func noNonsense() {
        for text in ["", "oom_kill", "oom_kill x", "oom_kill -1", "oom_kill 1 2", "soom_kill 1"] {
            #expect(MemoryEvents.kills(in: Array(text.utf8)[...]) == nil, "\(text)")
        }
        #expect(MemoryEvents.kills(in: Array("a 1\noom_kill 18446744073709551615".utf8)[...]) == .max)
    }
}
