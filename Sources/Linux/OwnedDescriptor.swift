// A file descriptor with one owner: closed exactly once, when its owner ends.
import CLinux
import Glibc

/// A file descriptor that closes when it goes out of scope. It cannot be copied, so it cannot be closed twice.
public struct OwnedDescriptor: ~Copyable, Sendable {
    /// The number, for the length of a call; keep the owner alive meanwhile.
    public let rawValue: CInt

    /// Takes ownership.
    /// - Parameter rawValue: an open descriptor that nobody else closes.
    public init(owning rawValue: CInt) {
        precondition(rawValue >= 0, "a descriptor is never negative: check the call that made it")
        self.rawValue = rawValue
    }

    deinit {
        // close(2) on Linux frees the number even when it reports an error; there is nothing to do again.
        _ = Glibc.close(rawValue)
    }

    /// Gives the ownership away: the caller closes it.
    public consuming func release() -> CInt {
        let value = rawValue
        discard self
        return value
    }

    /// Closes it now, not at the end of its owner's scope.
    public consuming func close() {
        // The end of this function is the end of the owner.
    }

    /// A second descriptor of the same open file, close-on-exec, with a number of at least `minimum`.
    /// - Parameter minimum: the lowest number that may be chosen.
    /// - Returns: the copy.
    /// - Throws: EMFILE and the like.
    public borrowing func duplicate(atLeast minimum: CInt = 3) throws(SystemError) -> OwnedDescriptor {
        let copy = daimon_fcntl(rawValue, F_DUPFD_CLOEXEC, CLong(minimum))
        guard copy >= 0 else { throw SystemError("duplicate a descriptor", String(rawValue)) }
        return OwnedDescriptor(owning: copy)
    }

    /// Opens a file. Close-on-exec is always set.
    /// - Parameters:
    ///   - path: what to open, seen from `directory` when it is relative.
    ///   - flags: open(2) flags.
    ///   - mode: permissions of a file that this creates, before the umask.
    ///   - directory: an open directory, or nil for the working directory.
    /// - Returns: the descriptor.
    /// - Throws: the errno of openat(2).
    public static func open(
        _ path: String, _ flags: CInt, mode: mode_t = 0, in directory: CInt? = nil
    ) throws(SystemError) -> OwnedDescriptor {
        while true {
            let value = daimon_openat(directory ?? AT_FDCWD, path, flags | O_CLOEXEC, mode)
            if value >= 0 { return OwnedDescriptor(owning: value) }
            guard errno == EINTR else { throw SystemError("open", path) }
        }
    }

    /// Writes every byte, also after interruptions and short writes.
    /// - Parameter bytes: what to write.
    /// - Throws: the errno of write(2).
    public borrowing func writeAll(_ bytes: some Collection<UInt8>) throws(SystemError) {
        let array = Array(bytes)
        var done = 0
        while done < array.count {
            let written = array.withUnsafeBytes { buffer in
                Glibc.write(rawValue, buffer.baseAddress.map { $0 + done }, buffer.count - done)
            }
            if written >= 0 { done += written; continue }
            guard errno == EINTR else {
                throw SystemError("write \(array.count) bytes to descriptor", String(rawValue))
            }
        }
    }

    /// Reads to the end of the file, or to the limit.
    /// - Parameter limit: the most bytes to read; one more byte in the file is an error (EFBIG).
    /// - Returns: the bytes.
    /// - Throws: the errno of read(2), or EFBIG.
    public borrowing func readAll(limit: Int) throws(SystemError) -> [UInt8] {
        // Files of /proc are mostly small, and a start reads hundreds: they fit into the first piece.
        var content = [UInt8](repeating: 0, count: min(limit + 1, 4096))
        var filled = 0
        while true {
            let count = content.withUnsafeMutableBytes { bytes in
                Glibc.read(rawValue, bytes.baseAddress.map { $0 + filled }, bytes.count - filled)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemError("read descriptor", String(rawValue))
            }
            filled += count
            guard filled <= limit else {
                throw SystemError(
                    "read descriptor", String(rawValue), errno: EFBIG, advice: "at most \(limit) bytes are read")
            }
            if count == 0 {
                content.removeLast(content.count - filled)
                return content
            }
            if filled == content.count {
                content.append(contentsOf: repeatElement(0, count: min(content.count * 3, limit + 1 - filled)))
            }
        }
    }
}
