// Reading a file of a unit: bounded, and never waiting, whatever lies in its place.
import Glibc

/// Why a file could not be read.
public struct ReadFailure: Error, Equatable, Sendable {
    /// What is wrong, and what to check.
    public let message: String
    /// errno(3), where a system call failed.
    public let code: CInt?

    init(_ operation: String, errno number: CInt) {
        var text = "\(operation): " + String(cString: strerror(number))
        switch number {
        case ENOENT: text += "; check the path"
        case EACCES: text += "; check the permissions of the file and of the folders above it"
        case ELOOP: text += "; check where the symbolic link leads"
        default: break
        }
        message = text
        code = number
    }

    init(_ message: String) {
        self.message = message
        code = nil
    }
}

/// What was read.
enum FileContent: Equatable, Sendable {
    /// The bytes of a regular file.
    case text([UInt8])
    /// An empty file, or `/dev/null`: systemd takes both as "there shall be none".
    case masked
}

enum FileReading {
    /// The content of a regular file, at most one byte more than is allowed, so that the parser sees the excess.
    /// - Parameters:
    ///   - path: the file; symbolic links are followed.
    ///   - limit: the most bytes that are wanted.
    /// - Returns: the bytes, or that the file masks what it stands for.
    /// - Throws: a failure of open(2) or read(2), and a refusal of what is not a regular file.
    static func read(_ path: String, limit: Int = UnitFile.sizeLimit) throws(ReadFailure) -> FileContent {
        guard !path.utf8.contains(0) else { throw ReadFailure("the path contains a NUL byte") }
        var status = stat()
        // Looked at before it is opened: opening a device can act on it, a watchdog's resets the machine.
        if stat(path, &status) == 0 {
            if isNull(status) { return .masked }
            guard status.st_mode & S_IFMT == S_IFREG else { throw ReadFailure("not a regular file") }
        }
        // O_NONBLOCK: opening a FIFO that somebody put there must not hang.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard descriptor >= 0 else { throw ReadFailure("cannot open the file", errno: errno) }
        defer { close(descriptor) }
        guard fstat(descriptor, &status) == 0 else { throw ReadFailure("cannot examine the file", errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw ReadFailure("not a regular file") }
        // Files of /proc say that they have no bytes, and have some: one page is tried for.
        let most = min(max(Int(status.st_size), 4095), limit) + 1
        let content = try bytes(of: descriptor, most: most, size: Int(status.st_size))
        return content.isEmpty ? .masked : .text(content)
    }

    /// The bytes of an open file from where it stands.
    /// - Parameters:
    ///   - descriptor: the file.
    ///   - most: how many are read at most.
    ///   - size: how many it is said to have; 0 says nothing.
    /// - Returns: the bytes.
    /// - Throws: a failure of read(2).
    static func bytes(of descriptor: CInt, most: Int, size: Int) throws(ReadFailure) -> [UInt8] {
        var content = [UInt8](repeating: 0, count: most)
        var count = 0
        while count < most {
            let got = content.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count)
            }
            if got == 0 { break }
            if got < 0 {
                if errno == EINTR { continue }
                throw ReadFailure("cannot read the file", errno: errno)
            }
            count += got
            // All that there is: to be told of its end takes another system call.
            if count == size { break }
        }
        content.removeLast(most - count)
        return content
    }

    /// Whether a path leads to an empty file or to `/dev/null`; false too where it leads nowhere.
    static func isMask(_ path: String) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else { return false }
        return isNull(status) || (status.st_mode & S_IFMT == S_IFREG && status.st_size == 0)
    }

    private static func isNull(_ status: stat) -> Bool {
        // makedev(1, 3) of linux/major.h.
        status.st_mode & S_IFMT == S_IFCHR && status.st_rdev == 0x103
    }
}
