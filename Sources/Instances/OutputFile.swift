// The file that a service in the background writes to: opened, put aside when it is large, and its last lines read.
import Glibc
import Linux

/// The file that a service in the background writes to.
package enum OutputFile {
    /// Rotated at a start beyond this size; the one before is kept as `.1`.
    static let rotationSize: off_t = 10 << 20

    /// Opens it for appending, and makes it.
    /// - Parameter path: absolute.
    /// - Returns: the file, open for appending; mode 0640 less the umask when it is made.
    /// - Throws: the errno of open(2), ELOOP for a symbolic link; a refusal (errno 0) for anything but a regular file.
    package static func open(_ path: String) throws(SystemError) -> OwnedDescriptor {
        let file = try OwnedDescriptor.open(
            path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, mode: 0o640)
        var info = stat()
        guard fstat(file.rawValue, &info) == 0 else { throw SystemError("look at", path) }
        guard info.st_mode & S_IFMT == S_IFREG else {
            throw .refused("write the log", path, because: "it is not a regular file")
        }
        return file
    }

    /// Puts a large file aside, which happens between two runs of a service.
    /// - Parameter path: absolute.
    /// - Throws: the errno of rename(2).
    package static func rotateIfLarge(_ path: String) throws(SystemError) {
        var info = stat()
        guard lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG, info.st_size > rotationSize else { return }
        guard rename(path, path + ".1") == 0 else { throw SystemError("rotate the log", path) }
    }

    /// The size of the file now, where the output of a run begins.
    /// - Parameter path: absolute.
    /// - Returns: bytes; 0 when there is no file.
    package static func size(_ path: String) -> UInt64 {
        var info = stat()
        return lstat(path, &info) == 0 ? UInt64(info.st_size) : 0
    }

    /// The last lines of a file.
    /// - Parameters:
    ///   - path: absolute.
    ///   - start: an offset in bytes that is not gone back beyond.
    ///   - count: how many lines at most.
    /// - Returns: lines without control characters, each cut to 500 bytes; of the last 64 KiB at most.
    /// - Throws: the errno of open(2) or pread(2); ENOENT when nothing was ever written.
    package static func lastLines(_ path: String, from start: UInt64, count: Int) throws(SystemError) -> [String] {
        let file = try OwnedDescriptor.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        var info = stat()
        guard fstat(file.rawValue, &info) == 0 else { throw SystemError("look at", path) }
        guard info.st_mode & S_IFMT == S_IFREG else { return [] }
        let window: off_t = 64 * 1024
        // A file that is shorter than where we began was truncated or replaced: then all of it is new.
        let first = UInt64(info.st_size) >= start ? off_t(clamping: start) : 0
        let begin = max(first, info.st_size - window)
        guard info.st_size > begin else { return [] }
        var bytes = [UInt8](repeating: 0, count: Int(info.st_size - begin))
        let length = pread(file.rawValue, &bytes, bytes.count, begin)
        guard length >= 0 else { throw SystemError("read the log", path) }
        var lines = bytes[0..<length].split(separator: 10, omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        // The first of the window may be the end of a line that began before it.
        if begin > first && lines.count > 1 { lines.removeFirst() }
        return lines.suffix(count).map { OneLine.text(String(decoding: $0, as: UTF8.self), limit: 500) }
    }
}
