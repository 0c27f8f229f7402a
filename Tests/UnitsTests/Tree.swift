// A tree of folders and files in a temporary folder, for what reads folders.
import Foundation
import Testing

/// A folder that goes away with everything in it.
final class Tree {
    let path: String

    init() throws {
        var template = Array("/tmp/daimon-units-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        chmod(path, 0o755)
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch { Issue.record("\(path) stays: \(error)") }
    }

    /// The absolute path of one below the tree.
    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    private func makeFolder(of name: String) throws {
        let folder = (self(name) as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    /// A file, with the folders above it.
    func write(_ text: String, to name: String) throws {
        try makeFolder(of: name)
        try Data(text.utf8).write(to: URL(fileURLWithPath: self(name)))
    }

    /// A symbolic link, with the folders above it.
    func link(_ name: String, to target: String) throws {
        try makeFolder(of: name)
        try FileManager.default.createSymbolicLink(atPath: self(name), withDestinationPath: target)
    }

    /// A path without the tree's.
    func relative(_ path: String) -> String {
        path.hasPrefix(self.path + "/") ? String(path.dropFirst(self.path.count + 1)) : path
    }
}
