// Sends back what it gets: one thread, poll(2), no client can hold up another.
import Daemon
import Glibc

/// The server's sockets.
struct EchoServer: ~Copyable {
    private let listener: OwnedDescriptor
    /// What each client is still to get. Nothing more is read from it before that is sent, so memory is bounded.
    private var pending: [CInt: [UInt8]] = [:]
    private var countChanged = false
    private(set) var servedCount = 0
    var connectionCount: Int { pending.count }

    private static let connectionLimit = 512

    init(listener: consuming OwnedDescriptor) {
        self.listener = listener
        // An inherited socket may block: accept(2) would, when a client is gone again by then.
        _ = fcntl(self.listener.rawValue, F_SETFL, fcntl(self.listener.rawValue, F_GETFL) | O_NONBLOCK)
    }

    deinit {
        for client in pending.keys { close(client) }
    }

    /// A socket that listens on 127.0.0.1; port 0 is any free one.
    static func listen(port: UInt16) throws(SystemError) -> OwnedDescriptor {
        let value = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard value >= 0 else { throw SystemError("make a socket") }
        let listener = OwnedDescriptor(owning: value)
        var on: CInt = 1
        setsockopt(value, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<CInt>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let bound = withUnsafeBytes(of: address) { bytes in
            bind(value, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t(bytes.count))
        }
        guard bound == 0, Glibc.listen(value, SOMAXCONN) == 0 else {
            throw SystemError("listen on", "127.0.0.1:\(port)")
        }
        return listener
    }

    /// The port it listens on; 0 when it is not an internet socket.
    func port() throws(SystemError) -> UInt16 {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutableBytes(of: &address) { bytes in
            getsockname(listener.rawValue, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, &size)
        }
        guard result == 0 else { throw SystemError("learn the port") }
        return address.sin_family == sa_family_t(AF_INET) ? UInt16(bigEndian: address.sin_port) : 0
    }

    /// Whether the number of connections changed since the last question.
    mutating func takeCountChange() -> Bool {
        defer { countChanged = false }
        return countChanged
    }

    /// Waits for something to do, and does it.
    /// - Parameters:
    ///   - signals: a descriptor that ends the wait.
    ///   - timeout: µs to wait at most; nil waits for ever.
    /// - Throws: when poll(2) fails.
    mutating func turn(signals: CInt, timeout: UInt64?) throws(SystemError) {
        let isFull = pending.count >= EchoServer.connectionLimit
        var items = [pollfd(fd: signals, events: Int16(POLLIN), revents: 0)]
        items.append(pollfd(fd: isFull ? -1 : listener.rawValue, events: Int16(POLLIN), revents: 0))
        for (client, bytes) in pending {
            items.append(pollfd(fd: client, events: Int16(bytes.isEmpty ? POLLIN : POLLOUT), revents: 0))
        }
        let count = poll(&items, nfds_t(items.count), timeout.map { CInt(clamping: $0 / 1000) } ?? -1)
        guard count >= 0 || errno == EINTR else { throw SystemError("wait for clients") }
        guard count > 0 else { return }
        for item in items.dropFirst(2) where item.revents != 0 { serve(item.fd) }
        if items[1].revents != 0 { accept() }
    }

    private mutating func accept() {
        let client = Glibc.accept(listener.rawValue, nil, nil)
        // ECONNABORTED, EMFILE, …: this client has bad luck, the server goes on.
        guard client >= 0 else { return }
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        _ = fcntl(client, F_SETFL, O_NONBLOCK)
        pending[client] = []
        servedCount += 1
        countChanged = true
    }

    private mutating func serve(_ client: CInt) {
        var bytes = pending[client] ?? []
        if bytes.isEmpty {
            var chunk = [UInt8](repeating: 0, count: 4096)
            let count = recv(client, &chunk, chunk.count, 0)
            if count < 0 && (errno == EAGAIN || errno == EINTR) { return }
            guard count > 0 else { return drop(client) }
            bytes = Array(chunk[0..<count])
        }
        let sent = send(client, bytes, bytes.count, CInt(MSG_NOSIGNAL))
        if sent < 0 && errno != EAGAIN && errno != EINTR { return drop(client) }
        pending[client] = Array(bytes.dropFirst(max(sent, 0)))
    }

    private mutating func drop(_ client: CInt) {
        pending[client] = nil
        close(client)
        countChanged = true
    }
}
