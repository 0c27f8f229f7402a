// Waiting for a file that somebody else is about to write: inotify(7) through sd-event, also while folders on the way to it
// are not there yet.
import CSystemd
import Glibc
import Linux

/// Tells that something at a path may have changed, for as long as this object lives.
///
/// It tells too often rather than too rarely: whoever listens looks at the file itself, once after this was made and then
/// each time.
public final class PathWatch {
    private let folders: [String]
    private let loop: EventLoop
    private let handler: () -> Void
    private let retryTime: UInt64
    /// One for each folder that is there, or a timer in their place.
    private var sources: [EventSource] = []

    /// More folders than any such path has: each takes a watch, and users have so many of them.
    private static let depthLimit = 256

    /// Watches a path.
    /// - Parameters:
    ///   - path: absolute; neither the file nor its folders need be there.
    ///   - loop: where to wait.
    ///   - retryTime: in µs: where the kernel gives no watch (fs.inotify.max_user_watches), how often to look again.
    ///   - handler: called when something may have changed. It may drop this object.
    /// - Throws: a refusal for what is no absolute path; an errno of sd_event_add_time(3) where nothing at all can be
    ///   waited for.
    public init(
        _ path: String, on loop: EventLoop, retryTime: UInt64 = 250_000, _ handler: @escaping () -> Void
    ) throws(SystemError) {
        let names = path.split(separator: "/")
        guard path.hasPrefix("/"), !names.isEmpty, names.count < PathWatch.depthLimit else {
            throw .refused("watch", path, because: "it is not an absolute path of a file")
        }
        var folders = ["/"]
        for name in names.dropLast() {
            folders.append((folders.last == "/" ? "" : folders[folders.count - 1]) + "/" + name)
        }
        self.folders = folders
        self.loop = loop
        self.retryTime = retryTime
        self.handler = handler
        try place()
    }

    /// Watches every folder that is there: one that is moved away takes those in it along, and tells nobody else.
    private func place() throws(SystemError) {
        sources = []
        for index in folders.indices {
            do throws(SystemError) {
                // The next one is looked for when this one is watched already: nothing comes unnoticed in between.
                sources.append(try watch(index))
            } catch {
                if error.errno == ENOENT || error.errno == ENOTDIR { return }
                // A watch that the kernel does not give.
                sources = []
                return try waitInstead()
            }
        }
    }

    private func watch(_ index: Int) throws(SystemError) -> EventSource {
        let isLast = index == folders.count - 1
        var mask = IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR
        // A folder on the way matters when it comes; the file also when it is written to.
        if isLast { mask |= IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB }
        let source = EventSource { [unowned self] in happened() }
        let result = sd_event_add_inotify(
            loop.event, &source.pointer, folders[index], UInt32(mask),
            { _, _, userdata in EventSource.dispatch(userdata) }, source.userdata)
        guard result >= 0 else { throw SystemError("watch the folder", folders[index], errno: -result) }
        return source
    }

    private func waitInstead() throws(SystemError) {
        sources = [try loop.at(Clock.monotonic() + retryTime) { [unowned self] in happened() }]
    }

    private func happened() {
        // Whoever listens may let go of us.
        withExtendedLifetime(self) {
            // A folder that was removed and made anew has the same name, and its watch is gone: all are placed anew.
            let old = sources
            do throws(SystemError) {
                try place()
            } catch {
                // Without new ones the old watches are better than none.
                sources = old
            }
            handler()
        }
    }
}
