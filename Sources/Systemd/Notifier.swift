// Says it: sends notifications through libsystemd to whoever NOTIFY_SOCKET names.
import CSystemd
import Glibc
import Linux

/// Why a notification could not be sent.
public enum NotificationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A field that the protocol cannot carry; nothing was sent.
    case invalid(field: String, reason: String)
    /// The datagram would be longer than what systemd reads (`Notification.datagramLimit`); nothing was sent.
    case tooLong(bytes: Int)
    /// There is a notify socket, and it did not take the message.
    case delivery(SystemError)

    /// One line: what, and why.
    public var description: String {
        switch self {
        case .invalid(let field, let reason): return "cannot notify \(field): \(reason)"
        case .tooLong(let bytes):
            return "cannot notify: the message has \(bytes) bytes; fewer than \(Notification.datagramLimit) are read"
        case .delivery(let error): return error.description
        }
    }
}

/// Sends to the process that started this one, by the protocol of sd_notify(3) and with libsystemd's functions. It is
/// the same under systemd and detached, where the launching process listens.
public struct Notifier: Sendable {
    /// Whether somebody heard it.
    public enum Outcome: Equatable, Sendable {
        /// The notify socket took the message. (Taken is not yet handled: see `barrier`.)
        case delivered
        /// There is no notify socket: nobody asked to be told.
        case nobodyListens
    }

    /// Who listens at `NOTIFY_SOCKET`.
    public enum Listener: Equatable, Sendable {
        /// A service manager, for as long as we run. A socket that refuses is an error.
        case manager
        /// The process that launched us, until it hears `READY=1`. Then it exits; so `NOTIFY_SOCKET` is unset, that no
        /// child inherits a dead address, and from then on nobody listens.
        case launcher
    }

    /// Who listens.
    public let listener: Listener

    /// A notifier to whoever `NOTIFY_SOCKET` names at the time of each call.
    /// - Parameter listener: who that is; `Detach` and `DaemonProcess` give notifiers that know.
    public init(_ listener: Listener = .manager) {
        self.listener = listener
    }

    /// Sends statements in one datagram (sd_pid_notify_with_fds, sd_notify(3)).
    /// - Parameter statements: what to say; see `Notification`.
    /// - Returns: `.nobodyListens` without a notify socket, which is no failure: the program may run anywhere.
    /// - Throws: what cannot be said, or a notify socket that does not take it (ECONNREFUSED, ENOENT, EACCES, …).
    @discardableResult
    public func send(_ statements: [Notification]) throws(NotificationError) -> Outcome {
        let datagram = try Notification.encode(statements, monotonic: Clock.monotonic())
        let result = datagram.descriptors.withUnsafeBufferPointer { descriptors in
            // pid 0: on behalf of ourselves. Environment kept: more is to be said.
            sd_pid_notify_with_fds(0, 0, datagram.text, descriptors.baseAddress, UInt32(descriptors.count))
        }
        if result == 0 { return .nobodyListens }
        guard result > 0 else { return try refused(-result, "notify the service manager at") }
        if listener == .launcher && statements.contains(.ready) { unsetenv("NOTIFY_SOCKET") }
        return .delivered
    }

    /// Sends statements in one datagram; see `send(_:)` with an array.
    /// - Parameter statements: what to say.
    /// - Returns: whether somebody listens.
    /// - Throws: see `send(_:)` with an array.
    @discardableResult
    public func send(_ statements: Notification...) throws(NotificationError) -> Outcome {
        try send(statements)
    }

    /// `READY=1`: startup, or a reload, is finished.
    /// - Parameter status: a line for people.
    /// - Returns: whether somebody listens.
    /// - Throws: see `send(_:)` with an array.
    @discardableResult
    public func ready(status: String? = nil) throws(NotificationError) -> Outcome {
        try send([.ready] + Notifier.statement(status))
    }

    /// `STATUS=`: a line for people.
    /// - Parameter text: the line.
    /// - Returns: whether somebody listens.
    /// - Throws: see `send(_:)` with an array.
    @discardableResult
    public func status(_ text: String) throws(NotificationError) -> Outcome {
        try send(.status(text))
    }

    /// `RELOADING=1` with `MONOTONIC_USEC=`; say `ready` when the reload is done.
    /// - Parameter status: a line for people.
    /// - Returns: whether somebody listens.
    /// - Throws: see `send(_:)` with an array.
    @discardableResult
    public func reloading(status: String? = nil) throws(NotificationError) -> Outcome {
        try send([.reloading] + Notifier.statement(status))
    }

    /// `STOPPING=1`: the shutdown has begun.
    /// - Parameter status: a line for people.
    /// - Returns: whether somebody listens.
    /// - Throws: see `send(_:)` with an array.
    @discardableResult
    public func stopping(status: String? = nil) throws(NotificationError) -> Outcome {
        try send([.stopping] + Notifier.statement(status))
    }

    /// Waits until everything sent before has been read by the listener (sd_notify_barrier(3)). Needed before exiting
    /// right after a message: the manager attributes a message by its sender, who should still be there.
    /// - Parameter timeout: µs to wait at most.
    /// - Returns: whether somebody listens.
    /// - Throws: ETIMEDOUT when the listener did not read in time.
    @discardableResult
    public func barrier(timeout: UInt64) throws(NotificationError) -> Outcome {
        let result = sd_notify_barrier(0, timeout)
        if result == 0 { return .nobodyListens }
        guard result > 0 else { return try refused(-result, "wait for the service manager at") }
        return .delivered
    }

    private static func statement(_ status: String?) -> [Notification] {
        status.map { [.status($0)] } ?? []
    }

    private func refused(_ number: CInt, _ operation: String) throws(NotificationError) -> Outcome {
        let address = getenv("NOTIFY_SOCKET").map { String(cString: $0) } ?? ""
        switch listener {
        case .launcher where number == ECONNREFUSED:
            // The launcher was killed before we were ready. Whoever killed it knows; the daemon need not die of it.
            unsetenv("NOTIFY_SOCKET")
            return .nobodyListens
        case .launcher, .manager:
            let shown = OneLine.text(address, limit: 128)
            throw .delivery(SystemError(operation, shown, errno: number, advice: "that is NOTIFY_SOCKET"))
        }
    }
}

// MARK: - To the launcher

extension Notifier {
    /// The field whose lines the launcher prints when the daemon ends before it is ready.
    public static let messageField = "X_DAIMON_MESSAGE"
    /// The field whose lines the launcher prints as soon as they come.
    public static let noticeField = "X_DAIMON_NOTICE"
    /// The most bytes of one such line.
    public static let lineLimit = 1024

    /// Tells why the daemon is about to fail: the lines go to the launching terminal, the first line also to the
    /// service manager as `STATUS=`. The caller exits with the status afterwards.
    /// - Parameters:
    ///   - lines: what went wrong, then what helps (the last log lines), each at most `lineLimit` bytes.
    ///   - exitStatus: the exit status that the launcher is to return, 1 to 255.
    ///   - errno: the errno(3) number behind it, if there is one.
    /// - Returns: whether somebody listens.
    /// - Throws: see `send(_:)` with an array.
    @discardableResult
    public func reportFailure(
        _ lines: [String], exitStatus: CInt, errno: CInt? = nil
    ) throws(NotificationError) -> Outcome {
        // The verdict comes first: if the sender is killed half-way, the launcher knows the status already.
        var verdict: [Notification] = [.exitStatus(exitStatus)]
        if let errno { verdict.append(.errno(errno)) }
        if let first = lines.first { verdict.append(.status(first)) }
        let outcome = try send(verdict)
        try sendLines(lines, as: Notifier.messageField)
        return outcome
    }

    /// Tells the person at the launching terminal something while the start goes on: a warning, a hint.
    /// - Parameter lines: what to print, each at most `lineLimit` bytes.
    /// - Throws: see `send(_:)` with an array.
    public func notice(_ lines: [String]) throws(NotificationError) {
        try sendLines(lines, as: Notifier.noticeField)
    }

    private func sendLines(_ lines: [String], as field: String) throws(NotificationError) {
        for batch in Notifier.batches(lines, field: field) {
            try send(batch.map { .custom(name: field, value: $0) })
        }
    }

    /// Lines in portions that each fit into a datagram.
    static func batches(_ lines: [String], field: String) -> [[String]] {
        var batches: [[String]] = []
        var room = 0
        for line in lines {
            let text = OneLine.text(line, limit: lineLimit)
            let size = field.utf8.count + text.utf8.count + 2
            if batches.isEmpty || size > room {
                batches.append([])
                room = Notification.datagramLimit - 1
            }
            batches[batches.count - 1].append(text)
            room -= size
        }
        return batches
    }
}
