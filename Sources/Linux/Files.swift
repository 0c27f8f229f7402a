// Small files: read whole with a limit, replaced atomically; and the names in a directory.
import CLinux
import Glibc

/// Reading and replacing whole small files.
public enum Files {
    /// The content of a file.
    /// - Parameters:
    ///   - path: the file.
    ///   - limit: the most bytes; a longer file is an error.
    ///   - directory: an open directory that a relative path starts from.
    ///   - followLinks: whether a symbolic link as last component is followed.
    /// - Returns: the bytes.
    /// - Throws: the errno of openat(2) or read(2); ELOOP for a link that is not followed; EFBIG beyond the limit.
    public static func read(
        _ path: String, limit: Int, in directory: CInt? = nil, followLinks: Bool = true
    ) throws(SystemError) -> [UInt8] {
        // O_NONBLOCK: opening a FIFO that somebody put there must not hang.
        let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | (followLinks ? 0 : O_NOFOLLOW)
        let file = try OwnedDescriptor.open(path, flags, in: directory)
        do throws(SystemError) {
            return try file.readAll(limit: limit)
        } catch {
            throw SystemError("read", path, errno: error.errno, advice: error.advice)
        }
    }

    /// The content of a file as text; invalid UTF-8 is replaced by U+FFFD.
    /// - Parameters:
    ///   - path: the file.
    ///   - limit: the most bytes; a longer file is an error.
    ///   - directory: an open directory that a relative path starts from.
    /// - Returns: the text.
    /// - Throws: the errno of openat(2) or read(2); EFBIG beyond the limit.
    public static func readText(_ path: String, limit: Int, in directory: CInt? = nil) throws(SystemError) -> String {
        String(decoding: try read(path, limit: limit, in: directory), as: UTF8.self)
    }

    /// Replaces a file in one step, so that a reader sees the old content or the new and never half of it.
    /// - Parameters:
    ///   - name: the file's name in `directory`.
    ///   - content: the new content.
    ///   - directory: an open directory that only we may write to.
    ///   - mode: permissions, whatever the umask is.
    /// - Throws: the errno of openat(2), fchmod(2), write(2) or renameat(2); the old file is there unchanged then.
    public static func replace(
        _ name: String, with content: String, in directory: CInt, mode: mode_t
    ) throws(SystemError) {
        let temporary = ".\(name).new"
        _ = unlinkat(directory, temporary, 0)
        let file = try OwnedDescriptor.open(
            temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode, in: directory)
        do throws(SystemError) {
            guard fchmod(file.rawValue, mode) == 0 else { throw SystemError("set the mode of", temporary) }
            try file.writeAll(content.utf8)
            guard renameat(directory, temporary, directory, name) == 0 else {
                throw SystemError("rename \(temporary) to", name)
            }
        } catch {
            _ = unlinkat(directory, temporary, 0)
            throw SystemError("write", name, errno: error.errno, advice: error.advice)
        }
    }

    /// The names in a directory, without `.` and `..`, in no order.
    /// - Parameter path: the directory.
    /// - Returns: bare names, not paths.
    /// - Throws: the errno of opendir(3).
    public static func list(_ path: String) throws(SystemError) -> [String] {
        guard let stream = opendir(path) else { throw SystemError("list the directory", path) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }
}
