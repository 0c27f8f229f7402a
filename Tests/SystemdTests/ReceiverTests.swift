// What comes into a notify socket, byte by byte: barriers, messages that are none, descriptors, and who has sent it.
import CLinux
import Glibc
import Linux
import Testing

@testable import Systemd

@Suite struct ReceiverTests {
    /// A client of a receiver.
    private struct Sender: ~Copyable {
        let socket: OwnedDescriptor

        init(_ address: String) throws {
            socket = OwnedDescriptor(owning: Glibc.socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0))
            var name = Array(address.utf8).map { CChar(bitPattern: $0) }
            name[0] = 0
            guard daimon_unix_connect(socket.rawValue, name, name.count) == 0 else { throw SystemError("connect") }
        }

        func send(_ bytes: [UInt8], _ descriptors: [CInt] = []) throws {
            let sent = daimon_send(socket.rawValue, bytes, bytes.count, descriptors, descriptors.count)
            guard sent == bytes.count else { throw SystemError("send") }
        }
    }

    /// What a message is to the receiver.
    private struct Seen: Equatable {
        var fields: [ReceivedNotification.Field] = []
        var barrier: ReceivedNotification.Barrier?
        var hasNUL = false
        var truncated = false
        var descriptors = 0
    }

    private func seen(_ bytes: [UInt8], descriptors: Int = 0) throws -> Seen {
        let receiver = try NotificationReceiver()
        try Sender(receiver.address).send(bytes, Array(repeating: 0, count: descriptors))
        let received = try receiver.receive()
        guard let message = received else { throw SystemError.refused("receive", because: "nothing came") }
        let isThere = message.isSenderThere
        #expect(message.pid == getpid() && isThere)
        return Seen(
            fields: message.fields, barrier: message.barrier, hasNUL: message.hasNUL, truncated: message.truncated,
            descriptors: message.descriptorCount)
    }

    static let barriers: [(String, Int, ReceivedNotification.Barrier?)] = [
        ("BARRIER=1", 1, .good), ("BARRIER=1\n", 1, .good), ("\nBARRIER=1\r\n\n", 1, .good),
        ("BARRIER=1", 0, .hasOtherDescriptors(0)), ("BARRIER=1", 2, .hasOtherDescriptors(2)),
        ("BARRIER=1\nREADY=1", 1, .hasMore), ("READY=1\nBARRIER=1", 1, .hasMore), ("BARRIER=1\nBARRIER=1", 1, .hasMore),
        ("BARRIER=1\nnoise", 1, .hasMore), ("BARRIER=0", 1, nil), ("BARRIER=11", 1, nil), ("XBARRIER=1", 1, nil),
        ("READY=1", 1, nil), ("", 1, nil),
    ]

    @Test(arguments: barriers.indices) func barriersStandAlone(_ index: Int) throws {
        let (text, descriptors, wanted) = Self.barriers[index]
        #expect(try seen(Array(text.utf8), descriptors: descriptors).barrier == wanted, "\(text)")
    }

    @Test func aByteOfNothing() throws {
        let ready = [ReceivedNotification.Field("READY", "1")]
        #expect(try seen(Array("READY=1\0".utf8)) == Seen(fields: ready))
        #expect(try seen(Array("READY=1\0\0".utf8)).hasNUL)
        #expect(try seen(Array("\0READY=1".utf8)).hasNUL)
        #expect(try !seen([0]).hasNUL)
        #expect(try seen([0, 0]).hasNUL)
    }

    @Test func whatIsTooLong() throws {
        let longest = Array("STATUS=".utf8) + Array(repeating: 120, count: 4089)
        #expect(try !seen(longest).truncated)
        #expect(try seen(longest + [120]).truncated)
        #expect(try seen(Array("A=1".utf8), descriptors: 253) == Seen(fields: [.init("A", "1")], descriptors: 253))
    }

    @Test func aSenderThatIsGoneIsNotThere() throws {
        let receiver = try NotificationReceiver()
        // Ends, and is reaped, before its message is read.
        let pid = try ChildSender.run(to: receiver.address)
        let received = try receiver.receive()
        guard let message = received else { throw SystemError.refused("receive", because: "nothing came") }
        let isThere = message.isSenderThere
        #expect(message.pid == pid && !isThere)
    }

    @Test func nothingIsLeftOpen() throws {
        let before = try Files.list("/proc/self/fd").count
        for _ in 0..<100 { _ = try seen(Array("FDSTORE=1".utf8), descriptors: 3) }
        // Other tests run beside this one.
        #expect(try Files.list("/proc/self/fd").count < before + 200)
    }
}

/// A process of its own that says something and ends.
private enum ChildSender {
    static func run(to address: String) throws -> pid_t {
        var pid: pid_t = 0
        let script = """
            import socket, sys
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.connect("\\0" + sys.argv[1][1:]); s.send(b"READY=1")
            """
        let words = ["/usr/bin/python3", "-c", script, address]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        defer { for word in arguments { free(word) } }
        let result = posix_spawn(&pid, "/usr/bin/python3", nil, nil, arguments, environ)
        guard result == 0 else { throw SystemError("start python3", errno: result) }
        var exit = daimon_child_exit()
        guard daimon_wait_child(pid, 0, 1, &exit) == 0, exit.status == 0 else { throw SystemError("wait") }
        return pid
    }
}
