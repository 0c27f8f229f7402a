// The notifier, over real sockets. Serialized: NOTIFY_SOCKET and the like belong to the whole process.
import CLinux
import Glibc
import Linux
import Testing

@testable import Systemd

@Suite(.serialized) struct ProcessEnvironmentTests {
    private func next(_ receiver: borrowing NotificationReceiver) throws -> ReceivedNotification {
        _ = try Descriptors.waitReadable(receiver.rawValue, until: Clock.monotonic() + 5_000_000)
        guard let message = try receiver.receive() else {
            throw SystemError.refused("receive", because: "nothing came")
        }
        return message
    }

    private func isEmpty(_ receiver: borrowing NotificationReceiver) throws -> Bool {
        guard try receiver.receive() != nil else { return true }
        return false
    }

    @Test func deliversWithCredentials() throws {
        let receiver = try NotificationReceiver()
        #expect(receiver.address.hasPrefix("@"))
        setenv("NOTIFY_SOCKET", receiver.address, 1)
        defer { unsetenv("NOTIFY_SOCKET") }
        #expect(try Notifier().ready(status: "up\nSTOPPING=1") == .delivered)
        let message = try next(receiver)
        let (fields, pid, uid) = (message.fields, message.pid, message.uid)
        #expect(fields == [.init("READY", "1"), .init("STATUS", "up STOPPING=1")])
        #expect(pid == getpid())
        #expect(uid == getuid())
        #expect(getenv("NOTIFY_SOCKET") != nil)
        #expect(try isEmpty(receiver))
    }

    @Test func deliversToAPath() throws {
        let path = "/tmp/notify-test-\(getpid())"
        let receiver = try NotificationReceiver(path: path)
        defer { unlink(path) }
        #expect(receiver.address == path)
        setenv("NOTIFY_SOCKET", path, 1)
        defer { unsetenv("NOTIFY_SOCKET") }
        #expect(try Notifier().send(.watchdog) == .delivered)
        #expect(try next(receiver).value(of: "WATCHDOG") == "1")
    }

    @Test func nobodyListensIsNoError() throws {
        unsetenv("NOTIFY_SOCKET")
        #expect(try Notifier().ready() == .nobodyListens)
        #expect(try Notifier().barrier(timeout: 1000) == .nobodyListens)
        #expect(try Notifier(.launcher).reportFailure(["x"], exitStatus: 1) == .nobodyListens)
    }

    @Test func aDeadSocketIsAnErrorOnlyForAManager() throws {
        let address = try NotificationReceiver().address  // closed again at once
        setenv("NOTIFY_SOCKET", address, 1)
        defer { unsetenv("NOTIFY_SOCKET") }
        let error = #expect(throws: NotificationError.self) { try Notifier().ready() }
        guard case .delivery(let cause) = error else { throw cannotHappen }
        #expect(cause.errno == ECONNREFUSED)
        #expect(cause.subject == address)
        #expect(try Notifier(.launcher).ready() == .nobodyListens)
        #expect(getenv("NOTIFY_SOCKET") == nil)
    }

    @Test func aMissingPathIsAnError() throws {
        setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1)
        defer { unsetenv("NOTIFY_SOCKET") }
        #expect(throws: NotificationError.self) { try Notifier().status("x") }
        #expect(throws: NotificationError.self) { try Notifier(.launcher).status("x") }
    }

    @Test func theLauncherIsForgottenAfterReady() throws {
        let receiver = try NotificationReceiver()
        setenv("NOTIFY_SOCKET", receiver.address, 1)
        defer { unsetenv("NOTIFY_SOCKET") }
        let notifier = Notifier(.launcher)
        #expect(try notifier.status("starting") == .delivered)
        #expect(getenv("NOTIFY_SOCKET") != nil)
        #expect(try notifier.ready() == .delivered)
        #expect(getenv("NOTIFY_SOCKET") == nil)
        #expect(try notifier.stopping() == .nobodyListens)
        #expect(try next(receiver).value(of: "STATUS") == "starting")
        #expect(try next(receiver).value(of: "READY") == "1")
        #expect(try isEmpty(receiver))
    }

    @Test func carriesDescriptors() throws {
        let receiver = try NotificationReceiver()
        setenv("NOTIFY_SOCKET", receiver.address, 1)
        defer { unsetenv("NOTIFY_SOCKET") }
        var ends: [CInt] = [-1, -1]
        #expect(daimon_pipe2(&ends, O_CLOEXEC) == 0)
        let reading = OwnedDescriptor(owning: ends[0])
        let writing = OwnedDescriptor(owning: ends[1])
        #expect(try Notifier().send(.storeDescriptors(name: "pipe", [writing.rawValue])) == .delivered)
        var message = try next(receiver)
        let (name, count) = (message.value(of: "FDNAME"), message.descriptorCount)
        #expect(name == "pipe")
        #expect(count == 1)
        guard let taken = message.takeDescriptor() else { throw cannotHappen }
        let flags = daimon_fcntl(taken.rawValue, F_GETFD, 0)
        #expect(flags == FD_CLOEXEC)
        try taken.writeAll(Array("through".utf8))
        var buffer = [UInt8](repeating: 0, count: 16)
        #expect(read(reading.rawValue, &buffer, buffer.count) == 7)
    }

    @Test func descriptorsThatAreNotTakenClose() throws {
        let receiver = try NotificationReceiver()
        setenv("NOTIFY_SOCKET", receiver.address, 1)
        defer { unsetenv("NOTIFY_SOCKET") }
        var ends: [CInt] = [-1, -1]
        #expect(daimon_pipe2(&ends, O_CLOEXEC | O_NONBLOCK) == 0)
        let reading = OwnedDescriptor(owning: ends[0])
        do {
            let writing = OwnedDescriptor(owning: ends[1])
            try Notifier().send(.storeDescriptors(name: "pipe", [writing.rawValue]))
            writing.close()
        }
        do { _ = try next(receiver).fields }
        // Every writer is gone: the pipe is at its end.
        var byte: UInt8 = 0
        #expect(read(reading.rawValue, &byte, 1) == 0)
    }

    @Test func barrierWaitsForTheReader() throws {
        let receiver = try NotificationReceiver()
        setenv("NOTIFY_SOCKET", receiver.address, 1)
        defer { unsetenv("NOTIFY_SOCKET") }
        // Nobody reads: it must not say that all was read.
        let error = #expect(throws: NotificationError.self) { try Notifier().barrier(timeout: 20_000) }
        guard case .delivery(let cause) = error else { throw cannotHappen }
        #expect(cause.errno == ETIMEDOUT)
        #expect(try next(receiver).value(of: "BARRIER") == "1")
    }

    @Test func watchdogIsForItsProcessOnly() throws {
        defer {
            unsetenv("WATCHDOG_USEC")
            unsetenv("WATCHDOG_PID")
        }
        #expect(try Watchdog.interval() == nil)
        setenv("WATCHDOG_USEC", "3000000", 1)
        #expect(try Watchdog.interval() == 3_000_000)
        setenv("WATCHDOG_PID", "1", 1)
        #expect(try Watchdog.interval() == nil)
        setenv("WATCHDOG_PID", String(getpid()), 1)
        #expect(try Watchdog.interval(unsetEnvironment: true) == 3_000_000)
        #expect(getenv("WATCHDOG_USEC") == nil)
        setenv("WATCHDOG_USEC", "soon", 1)
        #expect(throws: SystemError.self) { try Watchdog.interval() }
    }

    @Test func socketsForAnotherProcessAreLeftAlone() throws {
        defer { for name in ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"] { unsetenv(name) } }
        setenv("LISTEN_FDS", "1", 1)
        setenv("LISTEN_PID", "1", 1)
        #expect(try ListenDescriptors(unsetEnvironment: false).count == 0)
        setenv("LISTEN_PID", String(getpid()), 1)
        setenv("LISTEN_FDS", "many", 1)
        #expect(throws: SystemError.self) { _ = try ListenDescriptors() }
        #expect(getenv("LISTEN_FDS") == nil)
    }

    @Test func checksSockets() throws {
        let receiver = try NotificationReceiver()
        #expect(try SocketCheck.matches(receiver.rawValue, type: .datagram))
        #expect(try !SocketCheck.matches(receiver.rawValue, type: .stream))
        #expect(try SocketCheck.matchesUnix(receiver.rawValue, type: .datagram))
        #expect(try !SocketCheck.matchesInternet(receiver.rawValue))
        #expect(throws: SystemError.self) { try SocketCheck.matches(9999) }
        let null = try OwnedDescriptor.open("/dev/null", O_RDONLY)
        #expect(try !SocketCheck.matches(null.rawValue))
    }

    @Test func journalRefusesNamesThatAreNone() throws {
        for name in ["", "lower", "_TRUSTED", "1A", "A=B", "A\nB", String(repeating: "A", count: 65)] {
            #expect(throws: SystemError.self) { try Journal.send("test", fields: [.init(name, "x")]) }
        }
        #expect(throws: SystemError.self) { try Journal.send(String(repeating: "x", count: Journal.entryLimit + 1)) }
        // With or without journald: no error.
        try Journal.send("a test's entry", priority: .debug, fields: [.init("DAIMON_TEST", "1\n2")])
        _ = try SystemdHost.booted()
    }

    private var cannotHappen: SystemError { .refused("test", because: "the error is of another kind") }
}
