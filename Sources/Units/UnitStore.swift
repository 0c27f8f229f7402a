// Finds a unit: its fragment, its names, its drop-ins and the dependencies that folders add (systemd.unit(5)). What is found
// is a value; nothing is parsed here.
import Glibc

/// A file of a unit.
public struct UnitSourceFile: Equatable, Sendable {
    /// What the file holds.
    public enum Content: Equatable, Sendable {
        /// Its bytes; of a file that is too large, one more than a unit file may have.
        case text([UInt8])
        /// It is empty, or `/dev/null`: it says nothing, and hides what later folders have by its name.
        case masked
        /// It could not be read.
        case unreadable(ReadFailure)
    }

    /// Where it lies, in the folder in which it was found: links are not resolved.
    public let path: String
    /// What it holds.
    public let content: Content

    /// Whether it could be read, if only to say nothing.
    var isReadable: Bool {
        switch content {
        case .text, .masked: true
        case .unreadable: false
        }
    }

    /// A file whose content is known.
    init(path: String, content: Content) {
        self.path = path
        self.content = content
    }

    /// Reads a file.
    init(reading path: String) {
        self.path = path
        do throws(ReadFailure) {
            switch try FileReading.read(path) {
            case .text(let bytes): content = .text(bytes)
            case .masked: content = .masked
            }
        } catch {
            content = .unreadable(error)
        }
    }
}

/// A dependency by a symbolic link in a folder such as `web.service.wants`.
public struct FolderDependency: Equatable, Sendable {
    /// What a folder's ending means.
    public enum Kind: String, CaseIterable, Sendable {
        /// `.wants`
        case wants = "Wants"
        /// `.requires`
        case requires = "Requires"
        /// `.upholds`, of systemd 254 and newer.
        case upholds = "Upholds"

        /// The folder's ending, with its dot.
        var suffix: String {
            switch self {
            case .wants: ".wants"
            case .requires: ".requires"
            case .upholds: ".upholds"
            }
        }
    }

    /// The directive that says the same.
    public let kind: Kind
    /// The unit that it depends on.
    public let unit: UnitName
    /// The symbolic link.
    public let path: String
}

/// Everything that belongs to a unit.
public struct UnitFiles: Equatable, Sendable {
    /// The main file.
    public enum Fragment: Equatable, Sendable {
        /// There is one.
        case file(UnitSourceFile)
        /// An empty file or a link to `/dev/null` says that there shall be no such unit.
        case masked(path: String)
        /// There is none.
        case notFound
    }

    /// The unit's name: that of its fragment, with the instance; other names are aliases.
    public internal(set) var id: UnitName
    /// Every name of the unit, its id first, the others sorted.
    public internal(set) var names: [UnitName]
    /// The main file.
    public internal(set) var fragment: Fragment
    /// The drop-ins, in the order in which they apply.
    public internal(set) var dropIns: [UnitSourceFile] = []
    /// Dependencies by folders, sorted by kind and file name.
    public internal(set) var dependencies: [FolderDependency] = []
    /// The folders that were searched.
    public internal(set) var searched: [String]
    /// What was found wrong on the way, where it was not found among others.
    public internal(set) var problems: [Diagnostic] = []

    /// A unit that is no file: its text comes from a command line.
    /// - Parameters:
    ///   - bytes: its text.
    ///   - source: what it is called in messages; where that is an absolute path, it is the unit's fragment.
    ///   - name: the unit's name.
    public init(text bytes: [UInt8], from source: String, name: UnitName) {
        self.init(
            id: name, names: [name],
            fragment: .file(UnitSourceFile(path: source, content: bytes.isEmpty ? .masked : .text(bytes))), searched: []
        )
    }

    init(id: UnitName, names: [UnitName], fragment: Fragment, searched: [String]) {
        self.id = id
        self.names = names
        self.fragment = fragment
        self.searched = searched
    }

    /// Adds a last drop-in that is no file: properties of a command line, which win over all files.
    /// - Parameters:
    ///   - bytes: its text.
    ///   - source: what it is called in messages.
    public mutating func append(dropIn bytes: [UInt8], from source: String) {
        dropIns.append(UnitSourceFile(path: source, content: bytes.isEmpty ? .masked : .text(bytes)))
    }
}

/// The units of a search path, as its folders were when this was made.
public struct UnitStore: Sendable {
    /// Where units are looked for.
    public let searchPath: UnitSearchPath
    let index: UnitIndex

    /// Reads what the folders have. Files are read when a unit is asked for.
    /// - Parameter searchPath: where units are looked for; folders that do not exist do not count.
    public init(_ searchPath: UnitSearchPath) {
        self.searchPath = searchPath
        index = UnitIndex(searchPath)
    }

    /// A store that does not read the folders, but asks them for each name when it is wanted: a launch does not wait for
    /// the listing of hundreds of other units. Aliases that nobody asked for, and why a file does not count, it does not
    /// know.
    /// - Parameter searchPath: where units and drop-ins are looked for.
    public init(probing searchPath: UnitSearchPath) {
        self.searchPath = searchPath
        index = UnitIndex(probing: searchPath)
    }

    /// Folders that could not be read.
    public var problems: [Diagnostic] { index.problems }

    /// The names of all units that have a file or an alias, sorted.
    public var names: [UnitName] {
        index.entries.keys.map { UnitName(unchecked: $0) }.sorted(by: Self.precedes)
    }

    /// A unit by its name.
    /// - Parameter name: of the unit or of an alias; an instance without a file of its own has its template's.
    /// - Returns: its files, read; `.notFound` with the reasons among the problems.
    public func files(of name: UnitName) -> UnitFiles {
        var end = index.follow(name.description).end
        if end.isWithoutFile, name.isInstance, let template = name.template {
            let other = index.follow(template.description).end
            if !other.isWithoutFile { end = other }
        }
        var files = UnitFiles(id: name, names: [name], fragment: .notFound, searched: searchPath.folders)
        files.problems = index.problems
        guard let path = end.path else {
            explain(end, name, &files)
            return files
        }
        let found = UnitName(unchecked: Self.lastComponent(of: path))
        if !found.isTemplate {
            files.id = found
        } else if let own = found.replacingInstance(name.instance ?? ""), leads(own, nowhereOrTo: found) {
            // Where the template's own instance has a file, the link to the template stays a unit beside it.
            files.id = own
        }
        files.names = names(of: name, id: files.id, file: found)
        let file = UnitSourceFile(reading: path)
        guard file.content != .masked else {
            files.fragment = .masked(path: path)
            return files
        }
        files.fragment = .file(file)
        collect(&files, beside: nil)
        return files
    }

    /// A unit by the path of its file. Drop-ins beside it count before those of the search path.
    /// - Parameters:
    ///   - path: of the fragment.
    ///   - given: the unit's name; nil takes the last component of the path.
    /// - Returns: nil where the name is none of a unit. What cannot be read is in the fragment.
    public func files(atPath path: String, name given: UnitName? = nil) -> UnitFiles? {
        guard let name = given ?? UnitName(full: Self.lastComponent(of: path)) else { return nil }
        let folder = Self.folder(of: path)
        var path = path
        // As for names: an instance without a file of its own has its template's.
        if name.isInstance, let template = name.template, access(path, F_OK) != 0, errno == ENOENT {
            let other = "\(folder)/\(template)"
            if access(other, F_OK) == 0 { path = other }
        }
        var files = UnitFiles(
            id: name, names: [name], fragment: .notFound,
            searched: [folder] + searchPath.folders.filter { $0 != folder })
        files.problems = index.problems
        let file = UnitSourceFile(reading: path)
        guard file.content != .masked else {
            files.fragment = .masked(path: path)
            return files
        }
        files.fragment = .file(file)
        collect(&files, beside: folder)
        return files
    }

    // MARK: - Names

    /// Every name of a unit that is asked for by one of them.
    /// - Parameters:
    ///   - name: what was asked for.
    ///   - id: the unit's own name.
    ///   - file: the name of its fragment.
    /// - Returns: the names, each once.
    private func names(of name: UnitName, id: UnitName, file: UnitName) -> [UnitName] {
        var names: Set<UnitName> = [name, id]
        for known in [name, file] {
            for alias in index.aliases[known.description] ?? [] {
                let alias = UnitName(unchecked: alias)
                guard alias.isTemplate, let instance = name.instance else {
                    names.insert(alias)
                    continue
                }
                // An alias of the template is one of the instance, unless such an instance leads to another file.
                guard let other = alias.replacingInstance(instance) else { continue }
                if leads(other, nowhereOrTo: file) { names.insert(other) }
            }
        }
        names.remove(id)
        return [id] + names.sorted(by: Self.precedes)
    }

    private func leads(_ name: UnitName, nowhereOrTo file: UnitName) -> Bool {
        guard let path = index.follow(name.description).end.path else { return true }
        return Self.lastComponent(of: path) == file.description
    }

    private func explain(_ end: UnitIndex.Followed, _ name: UnitName, _ files: inout UnitFiles) {
        func add(_ message: String, at source: String) {
            files.problems.append(
                Diagnostic(.error, .unreadable, at: SourceLocation(source: source), message: message))
        }
        for candidate in [name, name.template].compactMap({ $0 }) {
            for file in index.passedOver[candidate.description] ?? [] {
                add("does not count as a unit: \(file.reason)", at: file.path)
            }
        }
        switch end {
        case .dangling(let target):
            add("it is an alias of \(target), and there is no such unit", at: name.description)
        case .loop: add("its aliases lead in a circle, or through more than eight names", at: name.description)
        case .file, .missing: break
        }
    }

    // MARK: - Paths

    static func precedes(_ left: UnitName, _ right: UnitName) -> Bool {
        // By bytes, as systemd sorts; String's own order is another.
        left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
    }

    static func lastComponent(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
        return String(path[path.utf8.index(after: slash)...])
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
