// A pidfd: a handle on one process that can never come to mean another (pidfd_open(2)).
import CLinux
import Glibc

/// A handle on a process. Signals sent through it reach that process or nobody.
public struct ProcessHandle: ~Copyable, Sendable {
    /// The pid at the time of opening.
    public let pid: pid_t
    private let descriptor: OwnedDescriptor

    /// Opens a handle on whoever has the pid now.
    /// - Parameter pid: the process id; our own child that is not yet reaped is certain, others may be recycled:
    ///   for those use `init(_ identity:)`.
    /// - Throws: ESRCH when nobody has the pid, or the errno of pidfd_open(2).
    public init(pid: pid_t) throws(SystemError) {
        let value = daimon_pidfd_open(pid)
        guard value >= 0 else { throw SystemError("open a handle on process", String(pid)) }
        self.pid = pid
        self.descriptor = OwnedDescriptor(owning: value)
    }

    /// Opens a handle on one certain process.
    /// - Parameter identity: which.
    /// - Throws: ESRCH when it is gone, also when another has its pid now; or the errno of pidfd_open(2).
    public init(_ identity: ProcessIdentity) throws(SystemError) {
        let value = daimon_pidfd_open(identity.pid)
        guard value >= 0 else { throw SystemError("open a handle on process", String(identity.pid)) }
        let descriptor = OwnedDescriptor(owning: value)
        // The handle is open: from here on the pid cannot be recycled unnoticed, so the check holds.
        guard ProcessIdentity(of: identity.pid) == identity else {
            throw SystemError("open a handle on process", String(identity.pid), errno: ESRCH)
        }
        self.pid = identity.pid
        self.descriptor = descriptor
    }

    /// Takes over a pidfd that clone3(2) or a message delivered.
    /// - Parameters:
    ///   - descriptor: the pidfd.
    ///   - pid: the process it refers to.
    public init(owning descriptor: consuming OwnedDescriptor, pid: pid_t) {
        self.pid = pid
        self.descriptor = descriptor
    }

    /// The pidfd, readable when the process has ended.
    public var rawValue: CInt { descriptor.rawValue }

    /// Sends a signal.
    /// - Parameter signal: the number; 0 only asks whether it may be sent.
    /// - Returns: false when the process has ended.
    /// - Throws: EPERM, EINVAL (pidfd_send_signal(2)).
    @discardableResult
    public borrowing func send(_ signal: CInt) throws(SystemError) -> Bool {
        if daimon_pidfd_send_signal(rawValue, signal) == 0 { return true }
        if errno == ESRCH { return false }
        throw SystemError("send signal \(signal) to process", String(pid))
    }

    /// Waits until the process has ended.
    /// - Parameter deadline: µs of the monotonic clock; nil waits for ever.
    /// - Returns: whether it has ended.
    /// - Throws: the errno of poll(2).
    public borrowing func waitForEnd(until deadline: UInt64?) throws(SystemError) -> Bool {
        try Descriptors.waitReadable(rawValue, until: deadline)
    }
}

/// Waiting on one descriptor.
public enum Descriptors {
    /// Waits until a descriptor is readable or at its end.
    /// - Parameters:
    ///   - descriptor: what to wait for.
    ///   - deadline: µs of the monotonic clock; nil waits for ever.
    /// - Returns: false when the deadline passed first.
    /// - Throws: the errno of poll(2); EINTR is waited through.
    public static func waitReadable(_ descriptor: CInt, until deadline: UInt64?) throws(SystemError) -> Bool {
        while true {
            var timeout: CInt = -1
            if let deadline {
                let now = Clock.monotonic()
                // Rounded up: a wait that ends before its deadline would spin.
                timeout = now >= deadline ? 0 : CInt(clamping: (deadline - now + 999) / 1000)
            }
            var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let count = poll(&item, 1, timeout)
            if count > 0 { return true }
            if count == 0 { if deadline.map({ Clock.monotonic() >= $0 }) ?? false { return false } else { continue } }
            guard errno == EINTR else { throw SystemError("wait for descriptor", String(descriptor)) }
        }
    }
}

/// Clocks, in µs.
public enum Clock {
    /// CLOCK_MONOTONIC: what delays and timeouts are measured by; it does not jump.
    public static func monotonic() -> UInt64 { read(CLOCK_MONOTONIC) }
    /// CLOCK_REALTIME: what people are shown.
    public static func realtime() -> UInt64 { read(CLOCK_REALTIME) }

    private static func read(_ clock: clockid_t) -> UInt64 {
        var value = timespec()
        clock_gettime(clock, &value)
        return UInt64(value.tv_sec) * 1_000_000 + UInt64(value.tv_nsec) / 1000
    }
}
