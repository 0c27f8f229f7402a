// The drop-ins and the dependency folders of a unit, in systemd's order (systemd.unit(5), "DESCRIPTION").
import Glibc

extension UnitStore {
    /// The most drop-ins of one unit.
    static let dropInLimit = 1024
    /// The most bytes of all drop-ins of one unit.
    static let dropInBytesLimit = 8 << 20
    /// The most dependencies by folders.
    static let dependencyLimit = 1 << 14

    /// Adds what folders say of a unit whose names are known.
    /// - Parameters:
    ///   - files: the unit; drop-ins, dependencies and problems are added.
    ///   - folder: a folder outside the search path that counts before it.
    func collect(_ files: inout UnitFiles, beside folder: String?) {
        // Those of each name, and of the type, which is the least important; worked out once for all endings.
        var names = files.names.map { $0.dropInNames.map(\.description) }
        names.append([files.id.type])
        for kind in FolderDependency.Kind.allCases {
            let found = folders(suffix: kind.suffix, of: names, beside: folder)
            if found.isEmpty { continue }
            for link in list(found, limit: Self.dependencyLimit, suffix: "", &files.problems) {
                addDependency(kind, link, &files)
            }
        }
        var rest = Self.dropInBytesLimit
        let paths = list(
            folders(suffix: ".d", of: names, beside: folder), limit: Self.dropInLimit, suffix: ".conf",
            &files.problems)
        for path in paths {
            let file = UnitSourceFile(reading: path)
            if case .text(let bytes) = file.content { rest -= bytes.count }
            guard rest >= 0 else {
                files.problems.append(
                    Diagnostic(
                        .error, .unreadable, at: SourceLocation(source: path),
                        message: "the drop-ins of this unit have more than \(Self.dropInBytesLimit) bytes together; "
                            + "this one and those after it were not read"))
                return
            }
            files.dropIns.append(file)
        }
    }

    // MARK: - Folders

    /// The folders of an ending that count for a unit, the most important first.
    private func folders(suffix: String, of names: [[String]], beside folder: String?) -> [String] {
        var result: [String] = []
        var seen: Set<String> = []
        func add(_ path: String) {
            if seen.insert(path).inserted { result.append(path) }
        }
        for candidates in names {
            // First by folder of the search path, then by how specific the name is.
            let found = index.places(of: suffix, candidates)
            if let folder, let place = searchPath.folders.firstIndex(of: folder) {
                for (_, name) in found.filter({ $0.place == place }) { add("\(folder)/\(candidates[name])\(suffix)") }
            } else if let folder {
                // A folder outside the search path is not listed, it may be any folder: the few names are tried.
                for name in candidates where access("\(folder)/\(name)\(suffix)", F_OK) == 0 {
                    add("\(folder)/\(name)\(suffix)")
                }
            }
            for (place, name) in found { add("\(searchPath.folders[place])/\(candidates[name])\(suffix)") }
        }
        return result
    }

    /// The files of several folders: of those that have the same name the one in the first folder, sorted by name.
    private func list(
        _ folders: [String], limit: Int, suffix: String, _ problems: inout [Diagnostic]
    ) -> [String] {
        var chosen: [String: String] = [:]
        var isTooMany = false
        for folder in folders where !isTooMany {
            do throws(ReadFailure) {
                try FolderListing.forEach(
                    in: folder,
                    where: {
                        $0.first != UInt8(ascii: ".") && $0.last != UInt8(ascii: "~")
                            && $0.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
                    },
                    { entry in
                        if chosen[entry.name] == nil { chosen[entry.name] = "\(folder)/\(entry.name)" }
                        isTooMany = chosen.count > limit
                        return !isTooMany
                    })
            } catch {
                // A link that leads nowhere, or a file in the place of the folder: nothing that could count.
                let isHarmless = error.code == ENOENT || error.code == ENOTDIR
                problems.append(
                    Diagnostic(
                        isHarmless ? .warning : .error, .unreadable, at: SourceLocation(source: folder),
                        message: "\(error.message); its files do not count"))
            }
            if isTooMany {
                // Which of them would be left out would be chance: none counts.
                chosen = [:]
                problems.append(
                    Diagnostic(
                        .error, .unreadable, at: SourceLocation(source: folder),
                        message: "more than \(limit) files for one unit; none of them was read"))
            }
        }
        return chosen.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map(\.value)
    }

    // MARK: - Dependencies

    private func addDependency(_ kind: FolderDependency.Kind, _ path: String, _ files: inout UnitFiles) {
        func warn(_ message: String) {
            guard files.problems.count < UnitFile.diagnosticLimit else { return }
            files.problems.append(
                Diagnostic(.warning, .invalidValue, at: SourceLocation(source: path), message: message))
        }
        // A mask takes back what a later folder adds.
        if FileReading.isMask(path) { return }
        let target: String
        do throws(ReadFailure) {
            target = Self.lastComponent(of: try FolderListing.target(ofLink: path))
        } catch {
            return warn(
                error.code == EINVAL
                    ? "not a symbolic link, so it adds no dependency; expected a link to the unit" : error.message)
        }
        let link = Self.lastComponent(of: path)
        guard let name = UnitName(full: link), let unit = files.id.resolving(template: name) else {
            return warn("\(Quoting.quoted(link)) is no name of a unit, so it adds no dependency")
        }
        if !UnitAlias.isDependencyLink(link, to: target, ownerHasInstance: files.id.isInstance) {
            warn(
                "the link points to \(Quoting.quoted(target)), and the dependency is on \(unit), as the link is called")
        }
        files.dependencies.append(FolderDependency(kind: kind, unit: unit, path: path))
    }
}
