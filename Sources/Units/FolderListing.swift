// The names in a folder, bounded.
import Glibc

/// One name in a folder.
struct FolderEntry: Sendable {
    /// What a name stands for, as far as the folder itself tells.
    enum Kind: Sendable {
        case file, link, folder, other
    }

    var name: String
    var kind: Kind
}

enum FolderListing {
    /// The most names that are looked at; a folder of units has some hundreds.
    static let limit = 1 << 18

    /// Calls a function with each name of a folder that it wants, in no order.
    /// - Parameters:
    ///   - path: the folder.
    ///   - isWanted: decides by the bytes of a name, before anything is made of it.
    ///   - body: gets each entry; false ends the listing.
    /// - Throws: a failure of opendir(3) or readdir(3), and a refusal to read on beyond the limit.
    static func forEach(
        in path: String, where isWanted: (UnsafeBufferPointer<UInt8>) -> Bool, _ body: (FolderEntry) -> Bool
    ) throws(ReadFailure) {
        guard !path.utf8.contains(0) else { throw ReadFailure("the path contains a NUL byte") }
        guard let folder = opendir(path) else { throw ReadFailure("cannot open the folder", errno: errno) }
        defer { closedir(folder) }
        var count = 0
        while true {
            errno = 0
            guard let entry = readdir(folder) else {
                if errno != 0 { throw ReadFailure("cannot read the folder", errno: errno) }
                return
            }
            count += 1
            guard count <= limit else { throw ReadFailure("the folder has more than \(limit) entries") }
            // The name lies in the entry, which is as long as the name needs: never copied as a whole array.
            guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return }
            let start = (UnsafeRawPointer(entry) + offset).assumingMemoryBound(to: UInt8.self)
            let bytes = UnsafeBufferPointer(start: start, count: strnlen(start, 256))
            guard bytes.first != UInt8(ascii: ".") || bytes.count > 2, isWanted(bytes),
                let name = Bytes.validText(Array(bytes))
            else { continue }
            let kind = kind(Int32(entry.pointee.d_type), name, of: folder)
            if !body(FolderEntry(name: name, kind: kind)) { return }
        }
    }

    private static func kind(_ type: Int32, _ name: String, of folder: OpaquePointer) -> FolderEntry.Kind {
        switch type {
        case Int32(DT_REG): return .file
        case Int32(DT_LNK): return .link
        case Int32(DT_DIR): return .folder
        case Int32(DT_UNKNOWN): break
        default: return .other
        }
        // Some file systems do not tell.
        var status = stat()
        guard fstatat(dirfd(folder), name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return .other }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFLNK: return .link
        case S_IFDIR: return .folder
        default: return .other
        }
    }

    /// Where a symbolic link points to, as it is written.
    static func target(ofLink path: String) throws(ReadFailure) -> String {
        var buffer = [UInt8](repeating: 0, count: Paths.lengthLimit)
        let count = buffer.withUnsafeMutableBytes { bytes in
            bytes.baseAddress.map { readlink(path, $0.assumingMemoryBound(to: CChar.self), bytes.count) } ?? -1
        }
        guard count >= 0 else { throw ReadFailure("cannot read the symbolic link", errno: errno) }
        guard count < buffer.count, let target = Bytes.validText(Array(buffer[..<count])) else {
            throw ReadFailure("the symbolic link is too long, or not UTF-8")
        }
        return target
    }

    /// A path without symbolic links in it; nil where a part of it does not exist.
    static func resolved(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }
}
