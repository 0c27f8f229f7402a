// What the folders of a search path have: units, their aliases, and folders of drop-ins and dependencies. Read once, so
// that finding three hundred units does not read the folders three hundred times.
import Glibc

struct UnitIndex: Sendable {
    /// What a name of a unit stands for.
    enum Entry: Equatable, Sendable {
        /// A file, or a link that leads out of the search path.
        case file(String)
        /// Another name.
        case alias(String)
    }

    /// Why a file with the name of a unit does not count.
    struct PassedOver: Equatable, Sendable {
        var path: String
        var reason: String
    }

    /// Each name to what it stands for in the first folder that has it.
    private(set) var entries: [String: Entry] = [:]
    /// The names that are aliases of another, by that other.
    private(set) var aliases: [String: [String]] = [:]
    /// Folders such as `web.service.d`, by their ending and then by the name before it, each to the numbers of the folders
    /// of the search path that have it, ascending.
    private(set) var subfolders: [String: [String: [Int]]] = [:]
    /// Files that do not count, by their name.
    private(set) var passedOver: [String: [PassedOver]] = [:]
    /// Folders that could not be read; those that do not exist are none of them.
    private(set) var problems: [Diagnostic] = []

    /// The endings of folders that belong to units.
    static let folderSuffixes = [".d", ".wants", ".requires", ".upholds"]

    /// The most links from one name to the next.
    private static let linkLimit = 8

    /// The folders that exist, where they were not read: it is known by a system call whether one has a unit or a
    /// subfolder.
    private var probed: [(number: Int, path: String)]?
    private var probedPath = UnitSearchPath([])

    /// An index that looks for each name when it is asked for: for a launch, which needs a few units of hundreds.
    init(probing searchPath: UnitSearchPath) {
        probed = []
        probedPath = searchPath
        var seen: Set<[UInt64]> = []
        for (number, folder) in searchPath.folders.enumerated() {
            var status = stat()
            guard stat(folder, &status) == 0, seen.insert([UInt64(status.st_dev), UInt64(status.st_ino)]).inserted
            else { continue }
            probed?.append((number, folder))
        }
    }

    /// The subfolders of an ending that names have in the folders of the search path.
    /// - Parameters:
    ///   - suffix: one of `folderSuffixes`.
    ///   - names: the names before it.
    /// - Returns: the number of each folder and of the name, sorted by the folder first.
    func places(of suffix: String, _ names: [String]) -> [(place: Int, name: Int)] {
        if let probed {
            return probed.flatMap { folder in
                names.indices.filter { access("\(folder.path)/\(names[$0])\(suffix)", F_OK) == 0 }
                    .map { (folder.number, $0) }
            }
        }
        // Nearly all units have none.
        guard let known = subfolders[suffix] else { return [] }
        var result: [(place: Int, name: Int)] = []
        for (number, name) in names.enumerated() {
            for place in known[name] ?? [] { result.append((place, number)) }
        }
        return result.count < 2 ? result : result.sorted { ($0.place, $0.name) < ($1.place, $1.name) }
    }

    init(_ searchPath: UnitSearchPath) {
        var links = LinkReader(searchPath)
        var seen: Set<[UInt64]> = []
        for (number, folder) in searchPath.folders.enumerated() {
            // A folder that has two names, as /lib and /usr/lib do where /usr is merged, is read once.
            var status = stat()
            guard stat(folder, &status) != 0 || seen.insert([UInt64(status.st_dev), UInt64(status.st_ino)]).inserted
            else { continue }
            read(folder, number: number, &links)
        }
        for (name, entry) in entries {
            guard case .alias = entry, case (.file(let path), _) = follow(name) else { continue }
            // The name of the file: that at which the aliases end, or its template's.
            var target = UnitName(unchecked: UnitStore.lastComponent(of: path))
            // An instance that is a link to a template is another name of that instance alone.
            if target.isTemplate, let instance = UnitName(unchecked: name).instance, !instance.isEmpty {
                target = target.replacingInstance(instance) ?? target
                // Where that instance has a file of its own, the link is a unit beside it.
                if let own = follow(target.description).end.path, own != path { continue }
            }
            aliases[target.description, default: []].append(name)
        }
    }

    private mutating func read(_ folder: String, number: Int, _ links: inout LinkReader) {
        do throws(ReadFailure) {
            try FolderListing.forEach(in: folder, where: Self.isWanted) { entry in
                add(entry, folder: folder, number: number, &links)
                return true
            }
        } catch {
            if error.code == ENOENT { return }
            problems.append(
                Diagnostic(
                    error.code == ENOTDIR ? .warning : .error, .unreadable, at: SourceLocation(source: folder),
                    message: "\(error.message); its units do not count"))
        }
    }

    private static func isWanted(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else { return false }
        let suffix = name[dot...]
        return UnitName.suffixes.contains { $0.utf8.elementsEqual(suffix) }
            || folderSuffixes.contains { $0.utf8.elementsEqual(suffix) }
    }

    private mutating func add(_ entry: FolderEntry, folder: String, number: Int, _ links: inout LinkReader) {
        let name = entry.name
        guard UnitName.kind(of: name) != nil else {
            if let suffix = Self.folderSuffixes.first(where: { name.hasSuffix($0) }) {
                subfolders[suffix, default: [:]][String(name.dropLast(suffix.utf8.count)), default: []].append(number)
            }
            return
        }
        if entries[name] != nil { return }
        let path = "\(folder)/\(name)"
        switch entry.kind {
        case .file: entries[name] = .file(path)
        case .link:
            switch links.read(name, in: folder) {
            case .entry(let entry): entries[name] = entry
            case .itself: break
            case .refused(let reason): pass(over: path, name, reason)
            }
        case .folder: pass(over: path, name, "it is a folder")
        case .other: pass(over: path, name, "it is not a regular file")
        }
    }

    private mutating func pass(over path: String, _ name: String, _ reason: String) {
        passedOver[name, default: []].append(PassedOver(path: path, reason: reason))
    }

    // MARK: - Following aliases

    /// What following the aliases of a name ends at.
    enum Followed: Equatable, Sendable {
        /// A file.
        case file(String)
        /// No such name.
        case missing
        /// An alias of a name that does not exist.
        case dangling(String)
        /// Aliases that lead in a circle, or through more than eight names.
        case loop

        /// Whether it ended at a name that nothing has; then an instance has its template's file.
        var isWithoutFile: Bool {
            switch self {
            case .missing, .dangling: true
            case .file, .loop: false
            }
        }

        var path: String? {
            if case .file(let path) = self { path } else { nil }
        }
    }

    /// Follows a name through its aliases; where it ends at an instance that has no file, its template counts.
    /// - Parameter name: a full unit name.
    /// - Returns: the end, and the last name on the way, nil where there is no end.
    func follow(_ name: String) -> (end: Followed, name: String?) {
        var current = name
        for _ in 0..<Self.linkLimit {
            var entry = entry(of: current)
            if entry == nil, current != name, let template = UnitName(unchecked: current).template?.description {
                entry = self.entry(of: template)
            }
            switch entry {
            case nil: return (current == name ? .missing : .dangling(current), current == name ? nil : current)
            case .file(let path): return (.file(path), current)
            case .alias(let next): current = next
            }
        }
        return (.loop, nil)
    }

    private func entry(of name: String) -> Entry? {
        guard let probed else { return entries[name] }
        for folder in probed {
            let path = "\(folder.path)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0 else { continue }
            switch status.st_mode & S_IFMT {
            case S_IFREG: return .file(path)
            case S_IFLNK:
                var links = LinkReader(probedPath)
                if case .entry(let entry) = links.read(name, in: folder.path) { return entry }
            default: continue
            }
        }
        return nil
    }
}

/// Decides what symbolic links in a search path are.
private struct LinkReader {
    enum Result {
        case entry(UnitIndex.Entry)
        /// A link to the same name in another folder: the other is found by itself.
        case itself
        case refused(String)
    }

    /// The folders of the search path, as they are written and without symbolic links.
    private var folders: Set<String>
    /// Folders already resolved.
    private var resolved: [String: String] = [:]

    init(_ searchPath: UnitSearchPath) {
        folders = Set(searchPath.folders)
        for folder in searchPath.folders {
            if let real = FolderListing.resolved(folder) { folders.insert(real) }
        }
    }

    mutating func read(_ name: String, in folder: String) -> Result {
        let path = "\(folder)/\(name)"
        let target: String
        do throws(ReadFailure) {
            let written = try FolderListing.target(ofLink: path)
            target = written.utf8.first == UInt8(ascii: "/") ? written : "\(folder)/\(written)"
        } catch {
            return .refused(error.message)
        }
        let bytes = Array(target.utf8)
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return .refused("it points to nothing") }
        let targetName = Bytes.text(bytes[(slash + 1)...])
        let place = resolve(slash == 0 ? "/" : Bytes.text(bytes[..<slash]))
        // Out of the search path: a file that was linked in, or a mask. What the target is called does not matter.
        guard isInSearchPath(place) else { return .entry(.file(path)) }
        do throws(UnitAlias.Refusal) {
            try UnitAlias.check(link: name, target: targetName)
        } catch {
            // One with its own name only repeats it.
            return name == targetName ? .itself : .refused("the symbolic link is no alias: \(error.message)")
        }
        return name == targetName ? .itself : .entry(.alias(targetName))
    }

    private mutating func resolve(_ folder: String) -> String {
        if let known = resolved[folder] { return known }
        // What does not exist is compared as it is written.
        let result = FolderListing.resolved(folder) ?? Paths.simplified(folder)
        resolved[folder] = result
        return result
    }

    /// Whether a folder is one of the search path, or below one.
    private func isInSearchPath(_ folder: String) -> Bool {
        var bytes = Array(folder.utf8)[...]
        while !bytes.isEmpty {
            if folders.contains(Bytes.text(bytes)) { return true }
            guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return false }
            bytes = bytes[..<slash]
        }
        return false
    }
}
