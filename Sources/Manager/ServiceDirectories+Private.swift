// The folders of services with DynamicUser= (systemd.exec(5)): below `private`, which root alone may enter, so that files that
// such a service leaves are out of the reach of whoever gets its number next.
import Glibc
import Linux
import Units

extension ServiceDirectories {
    /// Whether a kind of folders lies below `private`: what is removed when the service ends need not.
    static func isPrivate(_ kind: DirectoryKind, _ context: ExecutionContext) -> Bool {
        guard context.isUserDynamic else { return false }
        switch kind {
        case .state, .cache, .logs: return true
        case .runtime: return context.runtimeDirectoryPreservation != .no
        case .configuration: return false
        }
    }

    /// The folders where they really are.
    static func placed(
        _ folders: [ServiceFolders.Folder], _ kind: DirectoryKind, _ context: ExecutionContext
    ) -> [ServiceFolders.Folder] {
        guard isPrivate(kind, context) else { return folders }
        return folders.map { folder in
            var folder = folder
            folder.path = "private/\(folder.path)"
            return folder
        }
    }

    /// What is to be mounted so that the service can enter its own folders.
    /// - Parameter context: of the unit.
    /// - Returns: an entry for each kind of folders that lies below `private`.
    /// - Throws: `.before` where the place of a kind of folders is not known.
    static func privatePaths(_ context: ExecutionContext) throws(SpawnError) -> [PrivateFolders] {
        var result: [PrivateFolders] = []
        for kind in DirectoryKind.allCases where isPrivate(kind, context) {
            guard let folders = context.folders[kind]?.folders, !folders.isEmpty else { continue }
            do throws(SystemError) {
                // A folder in another one is there with it.
                let paths = folders.map(\.path).filter { path in
                    !folders.contains { path != $0.path && path.utf8.starts(with: "\($0.path)/".utf8) }
                }
                result.append(PrivateFolders(place: "\(try base(of: kind))/private", paths: paths))
            } catch {
                throw .before(exitStatus: exitStatus(of: kind), error)
            }
        }
        return result
    }

    /// The owners of private folders that are there already: whoever has their number need not be given them.
    static func privateOwners(_ context: ExecutionContext) -> [uid_t] {
        var owners: [uid_t] = []
        for kind in DirectoryKind.allCases where isPrivate(kind, context) {
            for folder in context.folders[kind]?.folders ?? [] {
                do throws(SystemError) {
                    var info = stat()
                    let path = "\(try base(of: kind))/private/\(folder.path)"
                    if lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFDIR { owners.append(info.st_uid) }
                } catch {
                    // It is said when the folders are made.
                }
            }
        }
        return owners
    }

    /// Makes `private`, and moves folders there from the time when the service had a user of the system.
    static func openPrivate(_ folders: [ServiceFolders.Folder], base: String) throws(SystemError) {
        let closed = try FolderTree.open("private", below: base, mode: 0o700)
        guard fchmod(closed.descriptor.rawValue, 0o700) == 0 else {
            throw SystemError("close to others", "\(base)/private")
        }
        for folder in folders {
            var info = stat()
            let path = "\(base)/\(folder.path)"
            guard lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFDIR else { continue }
            let names = folder.path.utf8.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
            let above = names.dropLast().joined(separator: "/")
            let from = try FolderTree.open(above, below: base, mode: nil)
            let to = try FolderTree.open("private/\(above)", below: base, mode: 0o755)
            guard let name = names.last else { continue }
            guard renameat(from.descriptor.rawValue, name, to.descriptor.rawValue, name) == 0 else {
                throw SystemError("move to \(base)/private", path)
            }
        }
    }
}
