// One instance of a name: a lock in the kernel that no deleted file undoes. A listening socket in the abstract
// namespace exists once, dies with its process, and tells by SO_PEERCRED who holds it (unix(7)).
import CLinux
import Glibc
import Linux

/// Held by a running daimond for its whole life.
package struct InstanceLock: ~Copyable {
    package let socket: OwnedDescriptor

    /// Whether the kernel holds the name for us; false when a stranger squats on it. Then the socket is not connected
    /// to anything, which poll(2) reports as POLLHUP without end: nobody may wait for it.
    package var isListening: Bool {
        var value: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        return getsockopt(socket.rawValue, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0 && value != 0
    }

    /// What became of an attempt.
    package enum Outcome: ~Copyable {
        case acquired(InstanceLock)
        /// Another holds it; 0 when the kernel does not say who (another pid namespace).
        case held(by: pid_t)
    }

    /// Takes the lock.
    /// - Parameters:
    ///   - name: the instance.
    ///   - base: the runtime directory of all instances, whose parent exists. The lock is bound to the parent's
    ///     identity, not to the path: containers that share the network of their host do not lock each other out.
    ///   - warn: told when a stranger squats on the name and the lock is therefore not held by the kernel.
    /// - Returns: the lock, or who holds it.
    /// - Throws: the errno of stat(2) for the parent of `base`, of socket(2), bind(2), listen(2) or connect(2); a
    ///   refusal (errno 0) when for 2 s every holder was gone as soon as it was asked for.
    package static func acquire(
        name: String, base: String, warn: (String) -> Void
    ) throws(SystemError) -> Outcome {
        let address = try address(name: name, base: base)
        // Each further turn means that a holder ended between two calls, or has bound but does not yet listen.
        let deadline = Clock.monotonic() + 2_000_000
        repeat {
            let socket = try makeSocket()
            if daimon_unix_bind(socket.rawValue, address, address.count) == 0 {
                guard listen(socket.rawValue, 128) == 0 else { throw SystemError("listen on the lock of", name) }
                return .acquired(InstanceLock(socket: socket))
            }
            guard errno == EADDRINUSE else { throw SystemError("bind the lock of", name) }
            switch try holder(of: address) {
            case .nobody, .silent: usleep(pause)
            case .process(let pid, let uid):
                if uid == geteuid() || uid == 0 { return .held(by: pid) }
                return try unlocked("uid \(uid) (pid \(pid)) squats on the lock of \(name)", warn)
            }
        } while Clock.monotonic() < deadline
        // A daimond listens at once and takes its askers in its loop. Whoever does neither for two seconds is a
        // stranger, or a daimond that was stopped: the latter holds the PID file.
        return try unlocked("somebody squats on the lock of \(name) and does not say who", warn)
    }

    /// How long to wait before the holder is asked again, in µs.
    private static let pause: UInt32 = 2000

    // Anyone may bind any abstract name. A stranger must not be able to keep us from starting, so the locked PID file
    // alone has to do.
    private static func unlocked(_ why: String, _ warn: (String) -> Void) throws(SystemError) -> Outcome {
        warn("\(why); the locked PID file alone guards it")
        return .acquired(InstanceLock(socket: try makeSocket()))
    }

    /// Who holds the lock of a name now.
    /// - Returns: the pid (0 when unknown), or nil when nobody of ours holds it.
    package static func holder(name: String, base: String) throws(SystemError) -> pid_t? {
        switch try holder(of: address(name: name, base: base)) {
        case .nobody: return nil
        case .silent: return 0
        case .process(let pid, let uid): return uid == geteuid() || uid == 0 ? pid : nil
        }
    }

    /// Answers those who ask who holds the lock: their connections are taken and closed.
    package borrowing func answerAskers() {
        // Bounded, so that a client that does nothing but connect cannot keep the loop for itself.
        for _ in 0..<128 {
            let connection = daimon_accept(socket.rawValue)
            guard connection >= 0 else { return }
            close(connection)
        }
    }

    private static func makeSocket() throws(SystemError) -> OwnedDescriptor {
        let value = Glibc.socket(
            AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0)
        guard value >= 0 else { throw SystemError("make a socket") }
        return OwnedDescriptor(owning: value)
    }

    /// Who is behind an address.
    private enum Holder {
        case nobody
        /// Its queue is full of askers: somebody has the address, but who it is cannot be asked.
        case silent
        case process(pid_t, uid_t)
    }

    private static func holder(of address: [CChar]) throws(SystemError) -> Holder {
        let socket = try makeSocket()
        if daimon_unix_connect(socket.rawValue, address, address.count) != 0 {
            if errno == EAGAIN { return .silent }
            guard errno == ECONNREFUSED else { throw SystemError("ask for the holder of a lock") }
            return .nobody
        }
        var pid: pid_t = 0
        var uid: uid_t = 0
        var gid: gid_t = 0
        guard daimon_peer_credentials(socket.rawValue, &pid, &uid, &gid) == 0 else {
            throw SystemError("ask for the holder of a lock")
        }
        return .process(pid, uid)
    }

    private static func address(name: String, base: String) throws(SystemError) -> [CChar] {
        let parent = parentDirectory(of: base)
        var info = stat()
        guard stat(parent, &info) == 0 else { throw SystemError("look at", parent) }
        let leaf = base.split(separator: "/").last.map(String.init) ?? ""
        let text = "daimon/\(geteuid())/\(info.st_dev):\(info.st_ino)/\(fingerprint("\(leaf)/\(name)"))"
        return [0] + text.utf8.map { CChar(bitPattern: $0) }
    }

    // An abstract name holds 107 bytes, an instance's name up to 255: a hash, and the beginning in clear.
    private static func fingerprint(_ text: String) -> String {
        String(hash(text), radix: 16) + "/" + String(decoding: text.utf8.prefix(32), as: UTF8.self)
    }

    /// FNV-1a, 64 bits: the same in every process, which Swift's own hashes are not.
    package static func hash(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash
    }

    package static func parentDirectory(of path: String) -> String {
        let trimmed = path.hasSuffix("/") && path.count > 1 ? String(path.dropLast()) : path
        guard let slash = trimmed.lastIndex(of: "/") else { return "." }
        return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
    }
}
