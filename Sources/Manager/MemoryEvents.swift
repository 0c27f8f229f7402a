// Whether the kernel has killed processes for want of memory: memory.events of a control group
// (Documentation/admin-guide/cgroup-v2.rst of the kernel, "memory.events").
import Glibc
import Instances
import Linux
import Systemd

/// The count of kills in a control group and those below it.
final class MemoryEvents {
    private let file: DescriptorBox
    private var count: UInt64
    private var watch: EventSource?

    /// Begins to count; nil where there is no memory controller, and on a kernel before 4.13, which does not count.
    /// - Parameter group: the directory of the control group.
    init?(in group: String) {
        do throws(SystemError) {
            file = DescriptorBox(try OwnedDescriptor.open("\(group)/memory.events", O_RDONLY | O_NOFOLLOW))
        } catch {
            return nil
        }
        guard let present = Self.kills(in: file) else { return nil }
        count = present
    }

    /// Whether there were kills since this was last asked.
    func haveRisen() -> Bool {
        // A control group that somebody removed says nothing any more.
        guard let present = Self.kills(in: file), present != count else { return false }
        defer { count = present }
        return present > count
    }

    /// Calls a handler whenever something in the file changes.
    /// - Parameters:
    ///   - loop: where.
    ///   - priority: its turn.
    ///   - handler: looks at `haveRisen`.
    /// - Throws: the errno of epoll_ctl(2).
    func onChange(on loop: EventLoop, priority: Int64, _ handler: @escaping () -> Void) throws(SystemError) {
        let file = file
        watch = try loop.onPriority(file.descriptor.rawValue) { [unowned self] in
            withExtendedLifetime(file) {
                // To go on watching what cannot be read any more would spin.
                if Self.kills(in: file) == nil { watch = nil } else { handler() }
            }
        }
        try watch?.setPriority(priority)
    }

    private static func kills(in file: DescriptorBox) -> UInt64? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let length = pread(file.descriptor.rawValue, &bytes, bytes.count, 0)
        return length > 0 ? kills(in: bytes[..<length]) : nil
    }

    /// The number of kills in the text of such a file.
    /// - Parameter text: `NAME NUMBER`, a line each.
    /// - Returns: nil when it is not there.
    static func kills(in text: ArraySlice<UInt8>) -> UInt64? {
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let parts = line.split(separator: UInt8(ascii: " "))
            guard parts.count == 2, parts[0].elementsEqual("oom_kill".utf8) else { continue }
            return UInt64(String(decoding: parts[1], as: UTF8.self))
        }
        return nil
    }
}
