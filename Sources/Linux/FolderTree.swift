// Making, giving away and removing folders that others may write to: every step by descriptor. A symbolic link is
// followed only where root put it into a folder that is root's alone; removal follows none and leaves no file system.
import CLinux
import Glibc

/// Folders of a service.
public enum FolderTree {
    /// Opens a folder below another, making what is missing.
    /// - Parameters:
    ///   - path: relative, without `..`.
    ///   - base: absolute; made with its parents where it is missing.
    ///   - mode: of the last folder when it is made; nil makes nothing. Those above it get 0755.
    /// - Returns: the open folder, and whether it was made.
    /// - Throws: the errno of openat(2) or mkdirat(2); a refusal of a link that somebody else made.
    public static func open(
        _ path: String, below base: String, mode: mode_t?
    ) throws(SystemError) -> OpenedFolder {
        var folder = OpenedFolder(descriptor: try OwnedDescriptor.open("/", O_RDONLY | O_DIRECTORY), isNew: false)
        let above = base.utf8.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
        let names = above + path.utf8.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
        for (index, name) in names.enumerated() {
            let isLast = index == names.count - 1
            folder = try child(
                name, of: folder.descriptor, mode: mode.map { isLast ? $0 : 0o755 }, shown: "\(base)/\(path)")
        }
        return folder
    }

    private static func child(
        _ name: String, of folder: borrowing OwnedDescriptor, mode: mode_t?, shown path: String
    ) throws(SystemError) -> OpenedFolder {
        var isNew = false
        if let mode {
            if mkdirat(folder.rawValue, name, mode) == 0 {
                isNew = true
            } else if errno != EEXIST {
                throw SystemError("make the folder", path)
            }
        }
        var value = daimon_openat(
            folder.rawValue, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0)
        if value < 0, errno == ELOOP || errno == ENOTDIR {
            try requireTrusted(name, in: folder, shown: path)
            value = daimon_openat(folder.rawValue, name, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC, 0)
        }
        guard value >= 0 else { throw SystemError("open the folder", path) }
        let result = OwnedDescriptor(owning: value)
        // Whatever the umask.
        if isNew, let mode, fchmod(result.rawValue, mode) != 0 { throw SystemError("set the mode of", path) }
        return OpenedFolder(descriptor: result, isNew: isNew)
    }

    /// Whether a link may be followed: nobody but root and we could have made it.
    private static func requireTrusted(
        _ name: String, in folder: borrowing OwnedDescriptor, shown path: String
    ) throws(SystemError) {
        var link = stat()
        var above = stat()
        guard fstatat(folder.rawValue, name, &link, AT_SYMLINK_NOFOLLOW) == 0, fstat(folder.rawValue, &above) == 0
        else { throw SystemError("look at", path) }
        let own: [uid_t] = [0, geteuid()]
        let mine = own.contains(link.st_uid) && own.contains(above.st_uid) && above.st_mode & 0o022 == 0
        guard link.st_mode & S_IFMT == S_IFLNK, mine else {
            throw .refused("use", path, because: "\(name) is no folder, or a link that others may have made")
        }
    }

    /// Gives a folder and everything in it to a user, unless the folder is theirs already.
    ///
    /// Files with several names stay whose they are: the former owner could have made one of a stranger's file.
    /// - Parameters:
    ///   - folder: open.
    ///   - uid: the user.
    ///   - gid: the group.
    ///   - path: for messages.
    ///   - limit: of files and folders in it: who has more gives them away once, without holding up a daemon.
    /// - Throws: the errno of fchownat(2) and of reading folders; a refusal where there are more than the limit. What
    ///   was given away by then stays so, and the folder itself is still the former owner's.
    public static func give(
        _ folder: borrowing OwnedDescriptor, to uid: uid_t, _ gid: gid_t, shown path: String, limit: Int = 200_000
    ) throws(SystemError) {
        var info = stat()
        guard fstat(folder.rawValue, &info) == 0 else { throw SystemError("look at", path) }
        if info.st_uid == uid, info.st_gid == gid { return }
        var left = limit
        do throws(SystemError) {
            try giveContent(of: folder, to: uid, gid, depth: 0, shown: path, &left)
        } catch {
            guard left < 0 else { throw error }
            throw .refused(
                "change the owner of", path,
                because:
                    "there is more in it than \(limit) files; give it away by hand: chown -hR \(uid):\(gid) \(path)")
        }
        let mode = info.st_mode & 0o7777
        guard fchown(folder.rawValue, uid, gid) == 0, fchmod(folder.rawValue, mode) == 0 else {
            throw SystemError("change the owner of", path)
        }
    }

    /// Deeper than this nobody goes: each level holds a descriptor.
    private static let depthLimit = 200

    private static func giveContent(
        of folder: borrowing OwnedDescriptor, to uid: uid_t, _ gid: gid_t, depth: Int, shown path: String,
        _ left: inout Int
    ) throws(SystemError) {
        guard depth < depthLimit else {
            throw .refused("change the owner of", path, because: "it has more than \(depthLimit) levels of folders")
        }
        for name in try names(in: folder, shown: path) {
            left -= 1
            guard left >= 0 else { throw .refused("change the owner of", path, because: "there is too much in it") }
            var info = stat()
            guard fstatat(folder.rawValue, name, &info, AT_SYMLINK_NOFOLLOW) == 0 else { continue }  // gone meanwhile
            if info.st_mode & S_IFMT == S_IFDIR {
                let value = daimon_open_beneath(folder.rawValue, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                guard value >= 0 else {
                    if errno == EXDEV || errno == ENOENT { continue }
                    throw SystemError("open", "\(path)/\(shown(name))")
                }
                let inner = OwnedDescriptor(owning: value)
                try giveContent(of: inner, to: uid, gid, depth: depth + 1, shown: "\(path)/\(shown(name))", &left)
                guard fchown(inner.rawValue, uid, gid) == 0 else {
                    throw SystemError("change the owner of", "\(path)/\(shown(name))")
                }
            } else if info.st_nlink == 1 || info.st_mode & S_IFMT == S_IFLNK {
                guard fchownat(folder.rawValue, name, uid, gid, AT_SYMLINK_NOFOLLOW) == 0 || errno == ENOENT else {
                    throw SystemError("change the owner of", "\(path)/\(shown(name))")
                }
            }
        }
    }

    /// Removes a folder with everything in it; what is mounted there stays. One that is not there is no error.
    /// - Parameters:
    ///   - path: relative, without `..`; none of its folders may be a link that others could have made.
    ///   - base: absolute.
    /// - Throws: the errno of unlinkat(2) or openat(2).
    public static func remove(_ path: String, below base: String) throws(SystemError) {
        let parts = path.utf8.split(separator: UInt8(ascii: "/"))
        guard let last = parts.last else { return }
        let name = String(decoding: last, as: UTF8.self)
        let above = parts.dropLast().map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
        do throws(SystemError) {
            let parent = try open(above, below: base, mode: nil)
            let value = daimon_open_beneath(parent.descriptor.rawValue, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard value >= 0 else {
                if errno == ENOENT { return }
                throw SystemError("remove", "\(base)/\(path)")
            }
            let folder = OwnedDescriptor(owning: value)
            // What lies too deep is moved up and comes in the next turn, so that a service cannot make a tree that is too
            // deep to be removed.
            var turns = 0
            while try removeContent(of: folder, top: folder.rawValue, depth: 0, shown: "\(base)/\(path)") {
                turns += 1
                guard turns < 100_000 else {
                    throw .refused("remove", "\(base)/\(path)", because: "it is filled faster than it is emptied")
                }
            }
            guard unlinkat(parent.descriptor.rawValue, name, AT_REMOVEDIR) == 0 || errno == ENOENT else {
                throw SystemError("remove", "\(base)/\(path)")
            }
        } catch {
            if error.errno != ENOENT { throw error }
        }
    }

    private static let removalDepth = 32

    /// - Returns: whether something was moved up and is to be removed yet.
    private static func removeContent(
        of folder: borrowing OwnedDescriptor, top: CInt, depth: Int, shown path: String
    ) throws(SystemError) -> Bool {
        var isMoved = false
        for name in try names(in: folder, shown: path) {
            if unlinkat(folder.rawValue, name, 0) == 0 || errno == ENOENT { continue }
            guard errno == EISDIR || errno == EPERM else { throw SystemError("remove", "\(path)/\(shown(name))") }
            if depth >= removalDepth {
                let other = ".\(UInt64.random(in: 0 ... .max))"
                guard renameat(folder.rawValue, name, top, other) == 0 else {
                    throw SystemError("remove", "\(path)/\(shown(name))")
                }
                isMoved = true
                continue
            }
            let value = daimon_open_beneath(folder.rawValue, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard value >= 0 else { throw SystemError("remove", "\(path)/\(shown(name))") }
            let inner = OwnedDescriptor(owning: value)
            if try removeContent(of: inner, top: top, depth: depth + 1, shown: "\(path)/\(shown(name))") {
                isMoved = true
            }
            guard unlinkat(folder.rawValue, name, AT_REMOVEDIR) == 0 || errno == ENOENT else {
                throw SystemError("remove", "\(path)/\(shown(name))")
            }
        }
        return isMoved
    }

    /// Names are bytes: what is no UTF-8 must still be found again, or nobody could remove it.
    private static func names(
        in folder: borrowing OwnedDescriptor, shown path: String
    ) throws(SystemError) -> [[CChar]] {
        let value = daimon_openat(folder.rawValue, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
        guard value >= 0 else { throw SystemError("list the folder", path) }
        guard let stream = fdopendir(value) else {
            _ = OwnedDescriptor(owning: value)
            throw SystemError("list the folder", path)
        }
        defer { closedir(stream) }
        var names: [[CChar]] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                bytes.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } + [0]
            }
            if name != [46, 0] && name != [46, 46, 0] { names.append(name) }
        }
        return names
    }

    private static func shown(_ name: [CChar]) -> String {
        String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// A folder that was opened or made.
public struct OpenedFolder: ~Copyable {
    /// The folder.
    public let descriptor: OwnedDescriptor
    /// Whether it was made just now.
    public let isNew: Bool
}
