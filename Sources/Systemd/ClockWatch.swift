// Whether somebody sets the wall clock: a timer of CLOCK_REALTIME that never elapses and is canceled by any jump
// (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET).
import CLinux
import Glibc
import Linux

/// Tells that the wall clock was set, for as long as this object lives.
public final class ClockWatch {
    private let descriptor: OwnedDescriptor
    private var source: EventSource?

    /// Watches the clock.
    /// - Parameters:
    ///   - loop: where to wait.
    ///   - handler: called after each jump.
    /// - Throws: the errno of timerfd_create(2) or timerfd_settime(2), such as EMFILE.
    public init(on loop: EventLoop, _ handler: @escaping () -> Void) throws(SystemError) {
        let value = daimon_clock_watch()
        guard value >= 0 else { throw SystemError("watch the wall clock") }
        descriptor = OwnedDescriptor(owning: value)
        source = try loop.onReadable(value) { [unowned self] in
            // ECANCELED is the message; the timer goes on.
            var count: UInt64 = 0
            let length = read(descriptor.rawValue, &count, MemoryLayout<UInt64>.size)
            if length < 0 && errno == EAGAIN { return }
            handler()
        }
    }
}
