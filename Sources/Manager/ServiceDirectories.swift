// The folders of a service: RuntimeDirectory=, StateDirectory=, CacheDirectory=, LogsDirectory= and
// ConfigurationDirectory= of systemd.exec(5). Made before each of its processes, and the runtime ones removed at the end.
import Glibc
import Linux
import Units

enum ServiceDirectories {
    /// Makes the folders of a unit, with their modes and owners and the links to them.
    ///
    /// As systemd does: what is there already changes its owner, with all its content, only where the folder itself
    /// belongs to somebody else; a folder of configuration that is there stays as it is.
    /// - Parameters:
    ///   - context: of the unit.
    ///   - credentials: of the unit's user; nil for our own.
    ///   - warn: told what does not prevent the start.
    /// - Throws: `.before` with systemd's exit status of the kind of folder.
    static func prepare(
        _ context: ExecutionContext, credentials: Credentials?, warn: (String) -> Void
    ) throws(SpawnError) {
        for kind in DirectoryKind.allCases {
            guard let folders = context.folders[kind], !folders.folders.isEmpty else { continue }
            do throws(SystemError) {
                let base = try base(of: kind)
                if isPrivate(kind, context) { try openPrivate(folders.folders, base: base) }
                for folder in parentsFirst(placed(folders.folders, kind, context)) {
                    try make(folder, kind, mode: folders.mode, base: base, credentials, warn)
                }
                for folder in folders.folders {
                    if isPrivate(kind, context) { try self.link(folder.path, to: "private/\(folder.path)", base: base) }
                    if let link = folder.link { try self.link(link, to: folder.path, base: base) }
                }
            } catch {
                throw .before(exitStatus: exitStatus(of: kind), error)
            }
        }
    }

    /// The paths that the service is told, with colons between them.
    /// - Parameter context: of the unit.
    /// - Returns: `RUNTIME_DIRECTORY` and its family, in order of assignment.
    /// - Throws: `.before` where the place of a kind of folder is not known.
    static func variables(_ context: ExecutionContext) throws(SpawnError) -> [EnvironmentVariable] {
        var result: [EnvironmentVariable] = []
        for kind in DirectoryKind.allCases {
            guard let folders = context.folders[kind]?.folders, !folders.isEmpty else { continue }
            do throws(SystemError) {
                let base = try base(of: kind)
                result.append(
                    EnvironmentVariable(
                        name: "\(kind.rawValue.uppercased())_DIRECTORY",
                        value: folders.map { "\(base)/\($0.path)" }.joined(separator: ":")))
            } catch {
                throw .before(exitStatus: exitStatus(of: kind), error)
            }
        }
        return result
    }

    /// The folders with the flag `ro`.
    /// - Parameter context: of the unit.
    /// - Returns: their absolute paths.
    /// - Throws: `.before` where the place of a kind of folder is not known.
    static func readOnlyPaths(_ context: ExecutionContext) throws(SpawnError) -> [String] {
        var result: [String] = []
        for kind in DirectoryKind.allCases {
            guard let folders = context.folders[kind]?.folders.filter(\.isReadOnly), !folders.isEmpty else { continue }
            do throws(SystemError) {
                let base = try base(of: kind)
                result += placed(folders, kind, context).map { "\(base)/\($0.path)" }
            } catch {
                throw .before(exitStatus: exitStatus(of: kind), error)
            }
        }
        return result
    }

    /// Removes the runtime folders, as `RuntimeDirectoryPreserve=` has it.
    /// - Parameters:
    ///   - context: of the unit.
    ///   - isRestarting: whether the service comes back by itself.
    ///   - warn: told what could not be removed.
    static func remove(_ context: ExecutionContext, isRestarting: Bool, warn: (String) -> Void) {
        guard let folders = context.folders[.runtime]?.folders, !folders.isEmpty else { return }
        switch context.runtimeDirectoryPreservation {
        case .yes: return
        case .restart where isRestarting: return
        case .restart, .no: break
        }
        do throws(SystemError) {
            let base = try base(of: .runtime)
            for folder in placed(folders, .runtime, context) {
                do throws(SystemError) { try FolderTree.remove(folder.path, below: base) } catch { warn("\(error)") }
                if let link = folder.link { unlinkLink(link, base: base) }
            }
            for folder in folders where isPrivate(.runtime, context) {
                unlinkLink(folder.path, base: base)
            }
        } catch {
            warn("\(error)")
        }
    }

    /// systemd.exec(5), "Process Exit Codes".
    static func exitStatus(of kind: DirectoryKind) -> UInt8 {
        switch kind {
        case .runtime: 233
        case .state: 238
        case .cache: 239
        case .logs: 240
        case .configuration: 241
        }
    }

    static func base(of kind: DirectoryKind) throws(SystemError) -> String {
        let fact: SpecifierFact =
            switch kind {
            case .runtime: .runtimeDirectory
            case .state: .stateDirectory
            case .cache: .cacheDirectory
            case .logs: .logDirectory
            case .configuration: .configurationDirectory
            }
        do throws(InvalidValue) {
            return try SpecifierFacts.system().value(of: fact)
        } catch {
            throw .refused("find the place of", "\(kind.rawValue)Directory=", because: error.message)
        }
    }

    private static func parentsFirst(_ folders: [ServiceFolders.Folder]) -> [ServiceFolders.Folder] {
        folders.enumerated().sorted { ($0.element.path, $0.offset) < ($1.element.path, $1.offset) }.map(\.element)
    }

    private static func make(
        _ folder: ServiceFolders.Folder, _ kind: DirectoryKind, mode: UInt32, base: String, _ credentials: Credentials?,
        _ warn: (String) -> Void
    ) throws(SystemError) {
        let path = "\(base)/\(folder.path)"
        let opened = try FolderTree.open(folder.path, below: base, mode: mode_t(mode))
        if kind == .configuration, !opened.isNew {
            var info = stat()
            if fstat(opened.descriptor.rawValue, &info) == 0, info.st_mode & 0o7777 != mode_t(mode) {
                let there = String(info.st_mode & 0o7777, radix: 8)
                warn("\(path) is there already with mode 0\(there), which stays; the unit asks for another")
            }
            return
        }
        guard fchmod(opened.descriptor.rawValue, mode_t(mode)) == 0 else { throw SystemError("set the mode of", path) }
        guard geteuid() == 0 else { return }
        try FolderTree.give(opened.descriptor, to: credentials?.uid ?? 0, credentials?.gid ?? 0, shown: path)
    }

    private static func link(_ link: String, to path: String, base: String) throws(SystemError) {
        let (parent, name, depth) = split(link)
        let folder = try FolderTree.open(parent, below: base, mode: 0o755)
        let target = String(repeating: "../", count: depth) + path
        guard symlinkat(target, folder.descriptor.rawValue, name) != 0 else { return }
        guard errno == EEXIST else { throw SystemError("make the link", "\(base)/\(link)") }
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let length = buffer.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return -1 }
            return readlinkat(
                folder.descriptor.rawValue, name, start.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        guard length >= 0, buffer.prefix(length).elementsEqual(target.utf8) else {
            throw SystemError("make the link", "\(base)/\(link)", errno: EEXIST)
        }
    }

    private static func unlinkLink(_ link: String, base: String) {
        let (parent, name, _) = split(link)
        do throws(SystemError) {
            let folder = try FolderTree.open(parent, below: base, mode: nil)
            var info = stat()
            guard fstatat(folder.descriptor.rawValue, name, &info, AT_SYMLINK_NOFOLLOW) == 0,
                info.st_mode & S_IFMT == S_IFLNK
            else { return }
            _ = unlinkat(folder.descriptor.rawValue, name, 0)
        } catch {
            // Where its folder is gone the link is gone too.
        }
    }

    private static func split(_ path: String) -> (parent: String, name: String, depth: Int) {
        let parts = path.utf8.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
        return (parts.dropLast().joined(separator: "/"), parts.last ?? "", max(parts.count - 1, 0))
    }
}
