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
        guard daimon_receive(socket.rawValue, &buffer, buffer.count, &received) == 0 else {
            if errno == EAGAIN { return nil }
            throw SystemError("receive from the notify socket", address)
        }
        return ReceivedNotification(received, text: buffer[0..<min(max(received.length, 0), buffer.count)])
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
    /// The fields in the order of the message.
    public let fields: [Field]
    private var descriptors: [CInt]

    init(_ received: daimon_received, text: ArraySlice<UInt8>) {
        pid = received.has_credentials != 0 ? received.pid : 0
        uid = received.has_credentials != 0 ? received.uid : nil
        truncated = received.truncated != 0
        fields = ReceivedNotification.parse(text)
        descriptors = withUnsafeBytes(of: received.descriptors) { bytes in
            Array(bytes.bindMemory(to: CInt.self).prefix(received.descriptor_count))
        }
    }

    deinit {
        for descriptor in descriptors { _ = Glibc.close(descriptor) }
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

    /// Splits a message into fields; lines without `=` say nothing and are dropped.
    /// - Parameter text: the datagram.
    /// - Returns: the fields in their order.
    public static func parse(_ text: some Collection<UInt8>) -> [Field] {
        text.split(separator: 10).compactMap { line in
            guard let sign = line.firstIndex(of: 61), sign > line.startIndex else { return nil }
            return Field(
                String(decoding: line[..<sign], as: UTF8.self),
                String(decoding: line[line.index(after: sign)...], as: UTF8.self))
        }
    }
}
