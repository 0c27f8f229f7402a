// The state file as it is written: blocks are added at its end, which costs one system call and is done at once or not at all
// for whoever reads (write(2), O_APPEND); when it has grown to more than it is worth, it is written anew.
import Glibc
import Instances
import Linux

/// Writes the state of an instance.
struct StateStore: ~Copyable {
    private let name: String
    private var file: OwnedDescriptor?
    /// How much it may grow before it is written anew, in bytes.
    private var room = 0
    /// What was written last could not be written: said once.
    private(set) var hasFailed = false

    /// At least so much is added before the file is written anew.
    private static let leastRoom = 64 * 1024

    init(name: String) {
        self.name = name
    }

    /// Writes blocks down.
    /// - Parameters:
    ///   - blocks: what has changed.
    ///   - directory: the instance's own.
    ///   - whole: the whole state, asked for when the file is written anew.
    /// - Throws: the errno of openat(2), write(2) or renameat(2), for the first of several failures alone; what could not be
    ///   written is part of what is written next.
    mutating func write(_ blocks: String, in directory: CInt, whole: () -> String) throws(SystemError) {
        do throws(SystemError) {
            if try append(blocks) {
                hasFailed = false
                return
            }
            file = nil
            let text = whole()
            try Files.replace(name, with: text, in: directory, mode: 0o644)
            hasFailed = false
            room = max(StateStore.leastRoom, text.utf8.count)
            file = try OwnedDescriptor.open(name, O_WRONLY | O_APPEND | O_NOFOLLOW, in: directory)
        } catch {
            file = nil
            let isFirst = !hasFailed
            hasFailed = true
            if isFirst { throw error }
        }
    }

    /// - Returns: false where the file is to be written anew.
    private mutating func append(_ blocks: String) throws(SystemError) -> Bool {
        let size = blocks.utf8.count
        guard size <= room else { return false }
        room -= size
        switch file {
        case .none: return false
        case .some(let file):
            var status = stat()
            // Somebody removed or replaced it: what is added now would be seen by nobody.
            guard fstat(file.rawValue, &status) == 0, status.st_nlink > 0 else { return false }
            var text = blocks
            let written = text.withUTF8 { Glibc.write(file.rawValue, $0.baseAddress, $0.count) }
            // What was written in part does not count for readers, but would take the next block with it.
            return written == size
        }
    }
}
