// The event loop: libsystemd's sd-event(3), which systemd's own daemons run on. One thread; timers and readable
// descriptors, signals among them by signalfd(2). A failing handler is reported to the loop's owner, it never ends the loop.
import CSystemd
import Glibc
import Linux

/// An event loop on the calling thread (sd-event(3)).
public final class EventLoop {
    let event: OpaquePointer

    /// Makes a loop.
    /// - Throws: `SystemError` when the kernel gives no epoll descriptor (sd_event_new(3)).
    public init() throws(SystemError) {
        var pointer: OpaquePointer?
        let result = sd_event_new(&pointer)
        guard result >= 0, let pointer else { throw SystemError("make an event loop", errno: -result) }
        event = pointer
    }

    deinit {
        sd_event_unref(event)
    }

    /// Runs until `exit` is called.
    /// - Returns: the code given to `exit`.
    public func run() throws(SystemError) -> CInt {
        let result = sd_event_loop(event)
        guard result >= 0 else { throw SystemError("run the event loop", errno: -result) }
        return result
    }

    /// Ends `run` after the present handler.
    /// - Parameter code: what `run` returns, 0 or more.
    public func exit(code: CInt) {
        sd_event_exit(event, code)
    }

    /// Watches a descriptor for something to read (sd_event_add_io(3)).
    /// - Parameters:
    ///   - descriptor: stays open as long as the source lives.
    ///   - handler: called while something is readable.
    /// - Returns: the source; the watch ends with it.
    /// - Throws: EPERM for what cannot be waited for, such as a regular file (epoll_ctl(2)).
    public func onReadable(_ descriptor: CInt, _ handler: @escaping () -> Void) throws(SystemError) -> EventSource {
        try watch(descriptor, UInt32(EPOLLIN.rawValue), handler)
    }

    /// Watches a descriptor for urgent data: what files of the cgroup file system report by (EPOLLPRI).
    /// - Parameters:
    ///   - descriptor: stays open as long as the source lives.
    ///   - handler: reads the descriptor, or it is called again at once.
    /// - Returns: the source; the watch ends with it.
    /// - Throws: EPERM for what cannot be waited for (epoll_ctl(2)).
    public func onPriority(_ descriptor: CInt, _ handler: @escaping () -> Void) throws(SystemError) -> EventSource {
        try watch(descriptor, UInt32(EPOLLPRI.rawValue), handler)
    }

    /// Watches a descriptor for its end alone: an error, or that the other side has hung up (EPOLLERR and EPOLLHUP).
    /// - Parameters:
    ///   - descriptor: stays open as long as the source lives.
    ///   - handler: called once that is so, and again and again until the source is gone.
    /// - Returns: the source; the watch ends with it.
    /// - Throws: EPERM for what cannot be waited for, such as a regular file (epoll_ctl(2)).
    public func onHangup(_ descriptor: CInt, _ handler: @escaping () -> Void) throws(SystemError) -> EventSource {
        try watch(descriptor, 0, handler)
    }

    private func watch(
        _ descriptor: CInt, _ events: UInt32, _ handler: @escaping () -> Void
    ) throws(SystemError) -> EventSource {
        let source = EventSource(handler)
        let result = sd_event_add_io(
            event, &source.pointer, descriptor, events,
            { _, _, _, userdata in EventSource.dispatch(userdata) }, source.userdata)
        guard result >= 0 else { throw SystemError("watch descriptor", String(descriptor), errno: -result) }
        return source
    }

    /// Calls a handler once, at a time (sd_event_add_time(3)).
    /// - Parameters:
    ///   - deadline: µs of the clock; a time that has passed fires at once.
    ///   - clock: which clock.
    ///   - accuracy: µs by which it may be later, so that several wake the machine but once. 0 is as soon as possible.
    ///   - handler: called once.
    /// - Returns: the source; the timer ends with it.
    /// - Throws: the errno of sd_event_add_time(3), such as EMFILE: the first timer of a clock needs a descriptor.
    public func at(
        _ deadline: UInt64, clock: TimerClock = .monotonic, accuracy: UInt64 = 0, _ handler: @escaping () -> Void
    ) throws(SystemError) -> EventSource {
        let source = EventSource(handler)
        let number = clock == .monotonic ? CLOCK_MONOTONIC : CLOCK_REALTIME
        // An accuracy of 0 would mean sd-event's default of 250 ms: a restart delay of 100 ms would be a third late.
        let result = sd_event_add_time(
            event, &source.pointer, number, deadline, max(1, accuracy),
            { _, _, userdata in EventSource.dispatch(userdata) }, source.userdata)
        guard result >= 0 else { throw SystemError("set a timer", errno: -result) }
        return source
    }

    /// Calls a handler once, when nothing of a lower number waits (sd_event_add_defer(3)).
    /// - Parameters:
    ///   - priority: its turn; the default of other sources is 0, and higher numbers come later.
    ///   - handler: called once.
    /// - Returns: the source; nothing is called when it ends before.
    /// - Throws: the errno of sd_event_add_defer(3), such as ENOMEM.
    public func later(priority: Int64, _ handler: @escaping () -> Void) throws(SystemError) -> EventSource {
        let source = EventSource(handler)
        let result = sd_event_add_defer(
            event, &source.pointer, { _, userdata in EventSource.dispatch(userdata) }, source.userdata)
        guard result >= 0 else { throw SystemError("put off a call", errno: -result) }
        try source.setPriority(priority)
        return source
    }
}

/// The clocks of timers.
public enum TimerClock: Sendable {
    /// CLOCK_MONOTONIC.
    case monotonic
    /// CLOCK_REALTIME: a timer of it goes off when the clock is set beyond it.
    case realtime
}

/// Something that an event loop watches, for as long as this object lives.
public final class EventSource {
    var pointer: OpaquePointer?
    private let handler: () -> Void

    init(_ handler: @escaping () -> Void) {
        self.handler = handler
    }

    deinit {
        sd_event_source_disable_unref(pointer)
    }

    var userdata: UnsafeMutableRawPointer {
        Unmanaged.passUnretained(self).toOpaque()
    }

    /// Lowers the turn of this source: sources of a lower number go first; the default is 0.
    /// - Parameter priority: the number (sd_event_source_set_priority(3)).
    /// - Throws: the errno of sd_event_source_set_priority(3), such as ENOMEM.
    public func setPriority(_ priority: Int64) throws(SystemError) {
        let result = sd_event_source_set_priority(pointer, priority)
        guard result >= 0 else { throw SystemError("set the priority of an event source", errno: -result) }
    }

    static func dispatch(_ userdata: UnsafeMutableRawPointer?) -> CInt {
        guard let userdata else { return 0 }
        // Held for the length of the call: the handler may well drop the last reference to its own source.
        let source = Unmanaged<EventSource>.fromOpaque(userdata).takeUnretainedValue()
        withExtendedLifetime(source) { source.handler() }
        // A negative result would make sd-event switch the source off for good.
        return 0
    }
}
