// The other side of sd_notify(3): a notify socket, and who really said what.
import CLinux
import Glibc
import Linux

/// A notify socket that we own, with the sender's credentials from the kernel (SO_PASSCRED, unix(7)).
public struct NotificationReceiver: ~Copyable {
    /// What clients get as `NOTIFY_SOCKET`: a path, or `@name` in the abstract namespace.
    public let address: String
    private let socket: OwnedDescriptor

    /// The socket, readable when a message is there.
    public var rawValue: CInt { socket.rawValue }

    /// Binds a socket to a free address that the kernel chooses in the abstract namespace: no file to be left behind.
    /// Anybody on the machine may send to it, so the receiver must look at the sender.
    public init() throws(SystemError) {
        try self.init(binding: [])
    }

    /// Binds a socket to a path.
    /// - Parameter path: a name that is not there yet, in a directory that only we may write to; at most 107 bytes. The
    ///   file's mode follows the umask; the caller unlinks it.
    /// - Throws: EADDRINUSE when the name is there, ENAMETOOLONG, EACCES, ….
    public init(path: String) throws(SystemError) {
        try self.init(binding: Array(path.utf8))
    }

    private init(binding address: [UInt8]) throws(SystemError) {
        let flags = CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let value = Glibc.socket(AF_UNIX, flags, 0)
        guard value >= 0 else { throw SystemError("make a notify socket") }
        let socket = OwnedDescriptor(owning: value)
        // Before the bind: from then on messages may come, and one without credentials could not be attributed.
        guard daimon_set_pass_credentials(socket.rawValue) == 0 else {
            throw SystemError("ask for credentials on the notify socket")
        }
        // Linux 6.5; without it the sender's pid is all that is known.
        _ = daimon_set_pass_pidfd(socket.rawValue)
        let bound = address.withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { daimon_unix_bind(socket.rawValue, $0.baseAddress, $0.count) }
        }
        guard bound == 0 else {
            throw SystemError("bind the notify socket", String(decoding: address, as: UTF8.self))
        }
        var name = [CChar](repeating: 0, count: 108)
        let length = daimon_unix_local_address(socket.rawValue, &name, name.count)
        guard length > 0 else { throw SystemError("learn the address of the notify socket") }
        let bytes = name[0..<length].map { UInt8(bitPattern: $0) }
        self.address =
            bytes[0] == 0
            ? "@" + String(decoding: bytes.dropFirst(), as: UTF8.self) : String(decoding: bytes, as: UTF8.self)
        self.socket = socket
    }

    /// The next message, without waiting.
    /// - Returns: nil when none is there.
    public borrowing func receive() throws(SystemError) -> ReceivedNotification? {
        var buffer = [UInt8](repeating: 0, count: Notification.datagramLimit)
        var received = daimon_received()
        var descriptors = [CInt](repeating: -1, count: Int(DAIMON_DESCRIPTORS_MAX))
        guard daimon_receive(socket.rawValue, &buffer, buffer.count, &descriptors, &received) == 0 else {
            if errno == EAGAIN { return nil }
            throw SystemError("receive from the notify socket", address)
        }
        return ReceivedNotification(
            received, descriptors: Array(descriptors.prefix(received.descriptor_count)),
            text: buffer[0..<min(max(received.length, 0), buffer.count)])
    }
}

/// One message that came in. Its descriptors close with it unless they are taken.
public struct ReceivedNotification: ~Copyable {
    /// One `NAME=VALUE` line.
    public struct Field: Equatable, Sendable {
        /// Before the first `=`.
        public let name: String
        /// After it; invalid UTF-8 is replaced by U+FFFD.
        public let value: String

        /// A field.
        /// - Parameters:
        ///   - name: before the `=`.
        ///   - value: after it.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The sender's pid as the kernel says; 0 when it is in a namespace that we do not see, or unknown.
    public let pid: pid_t
    /// The sender's user; nil when unknown.
    public let uid: uid_t?
    /// Whether it was longer than the buffer, or carried more descriptors than are read: what is here is incomplete.
    public let truncated: Bool
    /// Whether there is a NUL byte before its end: no notification is so (systemd drops it as well).
    public let hasNUL: Bool
    /// Whether it is `BARRIER=1`: answered by closing its one descriptor, once all before it is dealt with. With anything
    /// beside it the message says nothing (sd_notify_barrier(3)).
    public let barrier: Barrier?
    private let text: ArraySlice<UInt8>
    private var descriptors: [CInt]
    private let sender: CInt?
    private let isSenderGone: Bool

    /// What is to be said of a `BARRIER=1`.
    public enum Barrier: Equatable, Sendable {
        case good
        /// Something else is said beside it.
        case hasMore
        /// With no descriptor, or more than one.
        case hasOtherDescriptors(Int)
    }

    init(_ received: daimon_received, descriptors: [CInt], text: ArraySlice<UInt8>) {
        self.descriptors = descriptors
        pid = received.has_credentials != 0 ? received.pid : 0
        uid = received.has_credentials != 0 ? received.uid : nil
        truncated = received.truncated != 0
        // One at the end is what a sender has that counts the terminator of its text.
        let text = text.last == 0 ? text.dropLast() : text
        hasNUL = text.contains(0)
        self.text = text
        let lines = ReceivedNotification.lines(text)
        barrier =
            !lines.contains { $0.elementsEqual("BARRIER=1".utf8) }
            ? nil
            : lines.count > 1
                ? .hasMore : received.descriptor_count == 1 ? .good : .hasOtherDescriptors(received.descriptor_count)
        if received.pidfd >= 0 || pid <= 0 {
            (sender, isSenderGone) = (received.pidfd >= 0 ? received.pidfd : nil, pid <= 0)
        } else {
            let opened = daimon_pidfd_open(pid)
            // Without a descriptor to spare the pid has to do: what a service says must be heard all the more then.
            (sender, isSenderGone) = (opened >= 0 ? opened : nil, opened < 0 && errno == ESRCH)
        }
    }

    deinit {
        for descriptor in descriptors { _ = Glibc.close(descriptor) }
        if let sender { _ = Glibc.close(sender) }
    }

    /// The fields in the order of the message. Worked out anew each time.
    public var fields: [Field] { ReceivedNotification.parse(text) }

    /// Whether the process that sent it still has its pid, so that what was found out by the pid was about the sender. A
    /// zombie has.
    public var isSenderThere: Bool {
        guard let sender else { return !isSenderGone }
        // EPERM: it is there, and somebody else's.
        return daimon_pidfd_send_signal(sender, 0) == 0 || errno == EPERM
    }

    /// The value of a field; of several equal ones the first, as systemd does.
    /// - Parameter name: the field's name.
    /// - Returns: the value; nil when there is no such field.
    public func value(of name: String) -> String? {
        fields.first { $0.name == name }?.value
    }

    /// How many descriptors came with it and are not taken yet.
    public var descriptorCount: Int { descriptors.count }

    /// Takes the first descriptor that is still there; nil when there is none.
    public mutating func takeDescriptor() -> OwnedDescriptor? {
        descriptors.isEmpty ? nil : OwnedDescriptor(owning: descriptors.removeFirst())
    }

    /// The lines of a message. A carriage return ends one as well, as in systemd.
    private static func lines(_ text: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        text.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
    }

    /// Splits a message into fields; lines without `=` say nothing and are dropped.
    /// - Parameter text: the datagram.
    /// - Returns: the fields in their order.
    public static func parse(_ text: some Collection<UInt8>) -> [Field] {
        lines(Array(text)[...]).compactMap { line in
            guard let sign = line.firstIndex(of: 61), sign > line.startIndex else { return nil }
            return Field(
                String(decoding: line[..<sign], as: UTF8.self),
                String(decoding: line[line.index(after: sign)...], as: UTF8.self))
        }
    }
}
