// Sockets that the service manager opened for us: LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES.
import CLinux
import CSystemd
import Glibc
import Linux

/// The descriptors passed by socket activation or kept in the descriptor store (sd_listen_fds(3)). Those that are not
/// taken close with it.
public struct ListenDescriptors: ~Copyable {
    private var entries: [(name: String, descriptor: CInt)]

    /// Takes over the descriptors that are meant for this process, close-on-exec. Call it once, at the start: a second
    /// owner would close them again.
    /// - Parameter unsetEnvironment: whether the variables are removed: neither a child nor a second call sees them.
    /// - Throws: EINVAL for variables that hold nonsense, EBADF for descriptors that are not open.
    public init(unsetEnvironment: Bool = true) throws(SystemError) {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = sd_listen_fds_with_names(unsetEnvironment ? 1 : 0, &names)
        guard count >= 0 else {
            throw SystemError(
                "take over the inherited sockets", errno: -count,
                advice: "LISTEN_FDS and LISTEN_PID come from the service manager")
        }
        entries = []
        // The array ends with NULL and, like each name, is ours to free.
        defer { free(names) }
        for index in 0..<count {
            let name = names?[Int(index)]
            entries.append((name.map { String(cString: $0) } ?? "unknown", SD_LISTEN_FDS_START + index))
            free(name)
        }
    }

    deinit {
        for entry in entries { _ = Glibc.close(entry.descriptor) }
    }

    /// How many are still here.
    public var count: Int { entries.count }

    /// The names of those still here, in order: `FileDescriptorName=`, or the socket unit's name.
    public var names: [String] { entries.map { $0.name } }

    /// Takes the first descriptor.
    /// - Parameter name: of that name; nil takes any.
    /// - Returns: nil when there is none.
    public mutating func take(named name: String? = nil) -> OwnedDescriptor? {
        guard let index = entries.firstIndex(where: { name == nil || $0.name == name }) else { return nil }
        return OwnedDescriptor(owning: entries.remove(at: index).descriptor)
    }

    /// Takes the first stream socket that listens.
    /// - Parameter name: of that name; nil takes any.
    /// - Returns: nil when there is none; other kinds of descriptors are left alone.
    /// - Throws: when a descriptor cannot be looked at.
    public mutating func takeListener(named name: String? = nil) throws(SystemError) -> OwnedDescriptor? {
        for (index, entry) in entries.enumerated() where name == nil || entry.name == name {
            if try SocketCheck.matches(entry.descriptor, type: .stream, listening: true) {
                return OwnedDescriptor(owning: entries.remove(at: index).descriptor)
            }
        }
        return nil
    }
}

/// The type of a socket (socket(2)).
public enum SocketType: Equatable, Sendable {
    /// SOCK_STREAM.
    case stream
    /// SOCK_DGRAM.
    case datagram
    /// SOCK_SEQPACKET.
    case sequentialPacket

    fileprivate var rawValue: CInt {
        switch self {
        case .stream: return CInt(SOCK_STREAM.rawValue)
        case .datagram: return CInt(SOCK_DGRAM.rawValue)
        case .sequentialPacket: return CInt(SOCK_SEQPACKET.rawValue)
        }
    }
}

/// What a descriptor is (sd_is_socket(3)). An inherited one is to be checked before use: the unit file may name another
/// kind than the program serves.
public enum SocketCheck {
    /// Whether it is a socket of that kind.
    /// - Parameters:
    ///   - descriptor: an open descriptor.
    ///   - family: AF_INET, AF_INET6, AF_UNIX, …; nil is any.
    ///   - type: nil is any.
    ///   - listening: whether it listens; nil is either.
    /// - Returns: whether it is.
    /// - Throws: EBADF and the like.
    public static func matches(
        _ descriptor: CInt, family: CInt? = nil, type: SocketType? = nil, listening: Bool? = nil
    ) throws(SystemError) -> Bool {
        try answer(sd_is_socket(descriptor, family ?? 0, type?.rawValue ?? 0, flag(listening)), descriptor)
    }

    /// Whether it is an internet socket of that kind (sd_is_socket_inet(3)).
    /// - Parameters:
    ///   - descriptor: an open descriptor.
    ///   - family: AF_INET or AF_INET6; nil is either.
    ///   - type: nil is any.
    ///   - listening: whether it listens; nil is either.
    ///   - port: the local port; nil is any.
    /// - Returns: whether it is.
    /// - Throws: EBADF and the like.
    public static func matchesInternet(
        _ descriptor: CInt, family: CInt? = nil, type: SocketType? = nil, listening: Bool? = nil, port: UInt16? = nil
    ) throws(SystemError) -> Bool {
        try answer(
            sd_is_socket_inet(descriptor, family ?? 0, type?.rawValue ?? 0, flag(listening), port ?? 0), descriptor)
    }

    /// Whether it is a UNIX socket of that kind (sd_is_socket_unix(3)).
    /// - Parameters:
    ///   - descriptor: an open descriptor.
    ///   - type: nil is any.
    ///   - listening: whether it listens; nil is either.
    ///   - path: the path it is bound to; nil is any.
    /// - Returns: whether it is.
    /// - Throws: EBADF and the like.
    public static func matchesUnix(
        _ descriptor: CInt, type: SocketType? = nil, listening: Bool? = nil, path: String? = nil
    ) throws(SystemError) -> Bool {
        try answer(sd_is_socket_unix(descriptor, type?.rawValue ?? 0, flag(listening), path, 0), descriptor)
    }

    private static func flag(_ listening: Bool?) -> CInt {
        guard let listening else { return -1 }
        return listening ? 1 : 0
    }

    private static func answer(_ result: CInt, _ descriptor: CInt) throws(SystemError) -> Bool {
        guard result >= 0 else { throw SystemError("look at descriptor", String(descriptor), errno: -result) }
        return result > 0
    }
}
