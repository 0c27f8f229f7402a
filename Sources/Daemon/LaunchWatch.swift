// What the launcher concludes from what happens: a pure machine, no system calls, no clock. Launcher.swift feeds it.
import CLinux
import Glibc
import Linux
import Systemd

/// The wait for a daemon's readiness. Every event is handled in every state.
struct LaunchWatch {
    /// How the daemon ended.
    enum End: Equatable {
        case exited(CInt)
        case killed(CInt, coreDumped: Bool)
    }

    /// What happens.
    enum Event: Equatable {
        /// A message of the daemon itself.
        case message([ReceivedNotification.Field])
        /// The daemon ended; all its messages were handled before.
        case ended(End)
        /// INT, TERM or QUIT reached the launcher.
        case signal(CInt)
        /// The time that `deadline` names has come.
        case deadline
    }

    /// What to do about it.
    enum Action: Equatable {
        /// Print a line.
        case say(String)
        /// Send a signal to the daemon.
        case kill(CInt)
        /// Tell the launcher's own service manager.
        case relay([Notification])
        /// Exit; with anything but 0 the daemon is gone.
        case exit(CInt)
    }

    /// Where it stands.
    enum State: Equatable {
        /// For READY=1.
        case waiting
        /// SIGTERM was sent, for this reason; the end of the daemon is awaited.
        case stopping(Reason)
        /// SIGKILL was sent.
        case killing(Reason)
        /// The launcher has exited.
        case finished
    }

    /// Why the daemon is being stopped.
    enum Reason: Equatable {
        case timeout
        case signal(CInt)
    }

    /// How long a daemon may take to end after SIGTERM, in µs.
    static let stopTime: UInt64 = 5_000_000
    /// How many lines of a failing daemon are kept. More help nobody, and memory is bounded.
    static let lineLimit = 256

    private(set) var state = State.waiting
    /// When `.deadline` is due, in µs of the monotonic clock; nil never.
    private(set) var deadline: UInt64?
    private let firstDeadline: UInt64?
    private let timeout: UInt64?
    private let pid: pid_t
    private var lines: [String] = []
    private var droppedLines = 0
    private var status: String?
    private var errorNumber: CInt?
    private var exitStatus: CInt?

    /// - Parameters:
    ///   - pid: the daemon.
    ///   - timeout: µs; nil waits for ever.
    ///   - now: µs of the monotonic clock.
    init(pid: pid_t, timeout: UInt64?, now: UInt64) {
        self.pid = pid
        self.timeout = timeout
        self.deadline = timeout.map { later(now, by: $0) }
        self.firstDeadline = deadline
    }

    /// Takes an event.
    /// - Parameters:
    ///   - event: what happened.
    ///   - now: µs of the monotonic clock.
    /// - Returns: what to do, in this order.
    mutating func handle(_ event: Event, now: UInt64) -> [Action] {
        switch (event, state) {
        case (_, .finished): return []
        case (.message(let fields), .waiting): return heard(fields, now: now, canBeReady: true)
        // READY=1 of a daemon that is being stopped comes too late, but its reasons are still printed.
        case (.message(let fields), .stopping), (.message(let fields), .killing):
            return heard(fields, now: now, canBeReady: false)
        case (.ended(let end), .waiting):
            state = .finished
            return explain(end)
        case (.ended, .stopping(let reason)), (.ended, .killing(let reason)):
            state = .finished
            return report() + [.exit(LaunchWatch.exitStatus(of: reason))]
        case (.signal(let number), .waiting):
            state = .stopping(.signal(number))
            deadline = nil
            return [.say("\(LaunchWatch.name(number)): stopping it (pid \(pid)) before it is ready"), .kill(SIGTERM)]
        case (.signal, .stopping(let reason)):
            state = .killing(reason)
            deadline = nil
            return [.say("once more: killing it (pid \(pid))"), .kill(SIGKILL)]
        case (.signal, .killing): return []  // nothing is stronger
        case (.deadline, .waiting):
            state = .stopping(.timeout)
            deadline = later(now, by: LaunchWatch.stopTime)
            let span = timeout.map { LaunchWatch.words($0) } ?? "the time allowed"
            return [.say("not ready within \(span): stopping it (pid \(pid))"), .kill(SIGTERM)]
        case (.deadline, .stopping(let reason)):
            state = .killing(reason)
            deadline = nil
            let span = LaunchWatch.words(LaunchWatch.stopTime)
            return [.say("still there \(span) after SIGTERM: killing it (pid \(pid))"), .kill(SIGKILL)]
        case (.deadline, .killing): return []
        }
    }

    // MARK: - Messages

    private mutating func heard(
        _ fields: [ReceivedNotification.Field], now: UInt64, canBeReady: Bool
    ) -> [Action] {
        var actions: [Action] = []
        var relayed: [Notification] = []
        var isReady = false
        for field in fields {
            switch field.name {
            case "READY": isReady = field.value == "1"
            case "STATUS":
                let text = OneLine.text(field.value, limit: Notification.statusLimit)
                status = text
                relayed.append(.status(text))
            case "ERRNO": errorNumber = CInt(field.value).flatMap { (1..<4096).contains($0) ? $0 : nil }
            case "EXIT_STATUS": exitStatus = CInt(field.value).flatMap { (1...255).contains($0) ? $0 : nil }
            case "EXTEND_TIMEOUT_USEC":
                guard let span = UInt64(field.value), canBeReady, let firstDeadline else { continue }
                // Never earlier than it was at first, as systemd.service(5), TimeoutStartSec= says.
                deadline = max(firstDeadline, later(now, by: span))
                relayed.append(.extendTimeout(microseconds: span))
            case Notifier.noticeField: actions.append(.say(clean(field.value)))
            case Notifier.messageField:
                if lines.count < LaunchWatch.lineLimit { lines.append(clean(field.value)) } else { droppedLines += 1 }
            // WATCHDOG, FDSTORE, MAINPID, …: for a manager that stays, which a launcher does not.
            default: continue
            }
        }
        if isReady && canBeReady {
            state = .finished
            return actions + [.relay([.ready, .mainPID(pid)] + relayed.filter { $0.isStatus }.prefix(1)), .exit(0)]
        }
        return relayed.isEmpty ? actions : actions + [.relay(relayed.uniqued())]
    }

    private func clean(_ text: String) -> String { OneLine.text(text, limit: Notifier.lineLimit) }

    // MARK: - The end

    private func explain(_ end: End) -> [Action] {
        var actions = report()
        switch end {
        case .killed(let signal, let dumped):
            let core = dumped ? ", core dumped" : ""
            actions.append(
                .say("killed by signal \(signal) (\(LaunchWatch.name(signal))\(core)) before it was ready"))
            return actions + [.exit(exitStatus ?? 128 + signal)]
        case .exited(let status):
            // Lines of its own say it better.
            if lines.isEmpty { actions.append(.say("ended before it was ready, with exit status \(status)")) }
            // Never 0: nothing runs.
            return actions + [.exit(exitStatus ?? (status == 0 ? 1 : status))]
        }
    }

    private func report() -> [Action] {
        var report = lines
        if droppedLines > 0 { report.append("(\(droppedLines) more lines)") }
        if lines.isEmpty {
            if let status { report.append("its last status: \(status)") }
            if let errorNumber { report.append("its error: \(SystemError.words(errorNumber))") }
        }
        return report.map { .say($0) }
    }

    private static func exitStatus(of reason: Reason) -> CInt {
        switch reason {
        case .timeout: return 1
        case .signal(let number): return 128 + number
        }
    }

    /// "SIGTERM"; a number where there is no name.
    static func name(_ signal: CInt) -> String {
        let name = String(cString: daimon_signal_name(signal))
        return name.isEmpty ? "signal \(signal)" : "SIG\(name)"
    }

    /// "90 s", "1.5 s", "200 ms", "50 µs".
    static func words(_ microseconds: UInt64) -> String {
        if microseconds >= 1_000_000 {
            let tenths = microseconds % 1_000_000 / 100_000
            return "\(microseconds / 1_000_000)" + (tenths == 0 ? "" : ".\(tenths)") + " s"
        }
        return microseconds >= 1000 ? "\(microseconds / 1000) ms" : "\(microseconds) µs"
    }
}

/// A time that is never earlier because a number was too large.
private func later(_ time: UInt64, by span: UInt64) -> UInt64 {
    let (sum, overflow) = time.addingReportingOverflow(span)
    return overflow ? .max : sum
}

extension Notification {
    fileprivate var isStatus: Bool {
        if case .status = self { return true }
        return false
    }
}

extension [Notification] {
    /// The first of each kind, of the two that are relayed: a message that repeats a field must stay sendable.
    fileprivate func uniqued() -> [Notification] {
        [first { $0.isStatus }, first { !$0.isStatus }].compactMap { $0 }
    }
}
