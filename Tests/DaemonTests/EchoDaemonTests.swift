// The example, as a user of the library runs it.
import CLinux
import Daemon
import Glibc
import Linux
import Testing

struct EchoDaemonTests {
    private func receive(_ receiver: borrowing NotificationReceiver) throws -> [String] {
        guard try Descriptors.waitReadable(receiver.rawValue, until: Clock.monotonic() + 10_000_000),
            let message = try receiver.receive()
        else { throw Launch.Failure(description: "no notification came") }
        return message.fields.map { "\($0.name)=\($0.value)" }
    }

    private func connect(port: UInt16) throws -> OwnedDescriptor {
        let client = OwnedDescriptor(owning: socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafeBytes(of: address) {
            Glibc.connect(client.rawValue, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t($0.count))
        }
        guard result == 0 else { throw SystemError("connect to port", String(port)) }
        return client
    }

    private func expectEcho(_ client: borrowing OwnedDescriptor) throws {
        try client.writeAll(Array("hello".utf8))
        #expect(try Descriptors.waitReadable(client.rawValue, until: Clock.monotonic() + 10_000_000))
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = read(client.rawValue, &buffer, buffer.count)
        #expect(count == 5)
        #expect(buffer.starts(with: Array("hello".utf8)))
    }

    @Test func supervisedItTellsTheManagerEverything() throws {
        let manager = try NotificationReceiver()
        let run = try Launch.run(
            "echo-daemon", ["--port", "0"],
            environment: ["NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "200000"],
            whileRunning: { pid in
                let ready = try receive(manager)
                #expect(ready.first == "READY=1")
                let text = try #require(ready.last)
                #expect(text.hasPrefix("STATUS=listening on port "))
                let port = try #require(text.split(separator: " ").last.flatMap { UInt16($0) })
                #expect(try receive(manager) == ["WATCHDOG=1"])
                let client = try connect(port: port)
                try expectEcho(client)
                kill(pid, SIGHUP)
                var heard: [String] = []
                while !heard.contains("READY=1") { heard += try receive(manager) }
                #expect(heard.contains("STATUS=1 connections, 1 served"))
                #expect(heard.contains("RELOADING=1"))
                #expect(heard.contains { $0.hasPrefix("MONOTONIC_USEC=") })
                kill(pid, SIGTERM)
                while !heard.contains("STOPPING=1") { heard += try receive(manager) }
            })
        #expect(run.status == 0)
        #expect(run.output == "")
    }

    @Test func detachedItServesAtOnce() throws {
        let scratch = try Scratch()
        let path = scratch.file("echo.pid")
        let probe = try freePort()
        #expect(try Launch.run("echo-daemon", ["--detach", "--port", "\(probe)", "--pid-file", path]).status == 0)
        let record = try #require(try PIDFile.read(path: path))
        guard case .running(let identity) = record.state() else { throw Launch.Failure(description: "it does not run") }
        // No waiting: it said that it was ready.
        do {
            let client = try connect(port: probe)
            try expectEcho(client)
        }
        let taken = try Launch.run("echo-daemon", ["--detach", "--port", "\(probe)"])
        #expect(taken.status == 1)
        #expect(taken.output.contains("cannot listen on 127.0.0.1:\(probe): Address already in use (EADDRINUSE)"))
        let handle = try ProcessHandle(identity)
        try handle.send(SIGTERM)
        #expect(try handle.waitForEnd(until: Clock.monotonic() + 10_000_000))
        #expect(!scratch.exists("echo.pid"))
    }

    @Test func anInheritedSocketIsServed() throws {
        let port = try freePort()
        let manager = try NotificationReceiver()
        let listener = OwnedDescriptor(owning: socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let bound = withUnsafeBytes(of: address) {
            bind(listener.rawValue, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t($0.count))
        }
        #expect(bound == 0)
        let listening = listen(listener.rawValue, 5)
        #expect(listening == 0)
        // LISTEN_PID is only known in the process itself: a shell sets it and becomes the program.
        let program = try Launch.program("echo-daemon")
        let run = try Launch.run(
            "/bin/sh", ["-c", "LISTEN_PID=$$ exec \"$0\" --port 1", program],
            environment: ["LISTEN_FDS": "1", "NOTIFY_SOCKET": manager.address], extra: [(listener.rawValue, 3)],
            whileRunning: { pid in
                #expect(try receive(manager) == ["READY=1", "STATUS=listening on port \(port)"])
                let client = try connect(port: port)
                try expectEcho(client)
                kill(pid, SIGTERM)
            })
        #expect(run.status == 0, "\(run.output)")
    }

    @Test func badInputStartsNothing() throws {
        for arguments in [["--port", "70000"], ["--port"], ["--frobnicate"], ["--timeout", "-1"]] {
            let run = try Launch.run("echo-daemon", arguments)
            #expect(run.status == 2)
            #expect(run.output.contains("usage: echo-daemon"))
        }
    }

    /// A port that was free a moment ago.
    private func freePort() throws -> UInt16 {
        let probe = OwnedDescriptor(owning: socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutableBytes(of: &address) { bytes -> CInt in
            let name = bytes.assumingMemoryBound(to: sockaddr.self).baseAddress
            guard bind(probe.rawValue, name, size) == 0 else { return -1 }
            return getsockname(probe.rawValue, name, &size)
        }
        guard result == 0 else { throw SystemError("find a free port") }
        return UInt16(bigEndian: address.sin_port)
    }
}
