// The descriptors that one service has given into keeping (sd_notify(3), "FDSTORE=1"), so that the next process of it goes on
// with them.
import CLinux
import Glibc
import Linux
import Systemd

/// The descriptor store of one service.
final class DescriptorStore {
    private struct Entry {
        let number: UInt64
        let name: String
        let box: DescriptorBox
        /// Holds the descriptor too, and ends before it: epoll(7) forgets a descriptor that another process shares only when
        /// it is told to.
        var watch: EventSource?
    }

    /// What became of a descriptor that was to be kept.
    enum Outcome: Equatable {
        case stored
        /// It is there already, be it by another name.
        case duplicate
        case full
    }

    private let loop: EventLoop
    /// Told when the other side of a descriptor has hung up and it was dropped for that.
    private let dropped: (_ name: String) -> Void
    /// The newest first: systemd hands them back in that order.
    private var entries: [Entry] = []
    private var nextNumber: UInt64 = 0

    /// An empty store.
    /// - Parameters:
    ///   - loop: watches what is kept.
    ///   - dropped: told the name of a descriptor whose other side has hung up, after it was closed.
    init(on loop: EventLoop, dropped: @escaping (_ name: String) -> Void) {
        self.loop = loop
        self.dropped = dropped
    }

    deinit { removeAll() }

    /// How many are kept.
    var count: Int { entries.count }

    /// What is kept, in the order in which it is handed back.
    var content: [(descriptor: CInt, name: String)] {
        entries.map { ($0.box.descriptor.rawValue, $0.name) }
    }

    /// Keeps a descriptor, or closes it.
    /// - Parameters:
    ///   - descriptor: what to keep.
    ///   - name: by which it is handed back.
    ///   - isWatched: whether it is dropped when its other side hangs up (not with `FDPOLL=0`).
    ///   - limit: how many may be kept (`FileDescriptorStoreMax=`).
    /// - Returns: what became of it. A full store is full for what is there already, too.
    /// - Throws: the errno of kcmp(2) or epoll_ctl(2); it is closed then.
    func add(
        _ descriptor: consuming OwnedDescriptor, name: String, isWatched: Bool, limit: UInt32
    ) throws(SystemError) -> Outcome {
        guard entries.count < limit, descriptor.rawValue < Self.highest else { return .full }
        for entry in entries {
            switch daimon_same_file(entry.box.descriptor.rawValue, descriptor.rawValue) {
            case 1: return .duplicate
            case 0: break
            default: throw SystemError("compare a descriptor with those that are stored")
            }
        }
        let box = DescriptorBox(descriptor)
        let number = nextNumber
        nextNumber += 1
        entries.insert(
            Entry(number: number, name: name, box: box, watch: isWatched ? try watch(box, number) : nil), at: 0)
        return .stored
    }

    /// - Returns: nil for what cannot be waited for, such as a regular file: it has no other side.
    private func watch(_ box: DescriptorBox, _ number: UInt64) throws(SystemError) -> EventSource? {
        do throws(SystemError) {
            return try loop.onHangup(box.descriptor.rawValue) { [unowned self] in
                withExtendedLifetime(box) { hungUp(number) }
            }
        } catch {
            guard error.errno == EPERM else { throw error }
            return nil
        }
    }

    private func hungUp(_ number: UInt64) {
        guard let index = entries.firstIndex(where: { $0.number == number }) else { return }
        let name = entries[index].name
        close(entries.remove(at: index))
        dropped(name)
    }

    /// Closes what is kept by a name.
    /// - Parameter name: `FDNAME=`.
    func remove(named name: String) {
        for entry in entries where entry.name == name { close(entry) }
        entries.removeAll { $0.name == name }
    }

    /// Closes everything.
    func removeAll() {
        for entry in entries { close(entry) }
        entries = []
    }

    /// Prepares an entry for its end: with SO_LINGER the last close(2) of a socket waits, and nothing here may.
    private func close(_ entry: Entry) { daimon_end_linger(entry.box.descriptor.rawValue) }

    /// The lowest number that is not kept any more. A service could have all that we may open otherwise, and no process be
    /// started any more.
    private static let highest: CInt = {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(7), &limit) == 0 else { return 512 }  // RLIMIT_NOFILE
        return CInt(clamping: limit.rlim_cur / 4 * 3)
    }()
}
