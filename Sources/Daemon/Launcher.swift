// The process that stays behind: waits until the daemon is ready or gone, exits with the truth (daemon(7), step 15).
import CLinux
import Glibc
import Linux
import Systemd

/// The launching process after the first fork. It is the child subreaper of the daemon: it reaps it and nobody else.
struct Launcher: ~Copyable {
    private let options: Detach.Options
    private let manager: LaunchMode.NotifySocket
    private let hadChildren: Bool
    private let receiver: NotificationReceiver
    private let signals: OwnedDescriptor
    private let daemon: ProcessHandle
    private var watch: LaunchWatch

    /// How many messages are handled before signals and the clock are looked at again: anyone on the machine may send.
    private static let burst = 64
    /// How long a service manager may take to read what is relayed to it, in µs.
    private static let relayTime: UInt64 = 5_000_000

    /// Waits, and exits.
    static func run(
        link: consuming LaunchLink, daemon: pid_t, manager: LaunchMode.NotifySocket, options: Detach.Options
    ) -> Never {
        // Who reads our words may be gone; the daemon's start goes on.
        _ = daimon_ignore_signal(SIGPIPE)
        // What was kept is for the daemon; here it would only hold a connection or a lock open.
        for descriptor in options.keptDescriptors where descriptor > 2 { _ = Glibc.close(descriptor) }
        do throws(SystemError) {
            var launcher = try watch(daemon, over: link, manager: manager, options: options)
            _exit(launcher.wait())
        } catch {
            say(error.description, as: options.programName)
            _exit(1)
        }
    }

    private static func watch(
        _ pid: pid_t, over link: consuming LaunchLink, manager: LaunchMode.NotifySocket, options: Detach.Options
    ) throws(SystemError) -> Launcher {
        let hadChildren = link.hadChildren
        let receiver = link.receiver
        // The middle process is reaped, so the daemon is our child: its pid stays its own.
        do throws(SystemError) {
            let daemon = try ProcessHandle(pid: pid)
            let signals = daimon_signal_descriptor(Detach.launchSignals, Detach.launchSignals.count)
            guard signals >= 0 else { throw SystemError("make a descriptor for signals") }
            return Launcher(
                options: options, manager: manager, hadChildren: hadChildren, receiver: receiver,
                signals: OwnedDescriptor(owning: signals), daemon: daemon,
                watch: LaunchWatch(pid: pid, timeout: options.readinessTimeout, now: Clock.monotonic()))
        } catch {
            // Not watched is not started. The pid is our unreaped child's, so it is certain.
            var exit = daimon_child_exit()
            kill(pid, SIGKILL)
            _ = daimon_wait_child(pid, 0, 1, &exit)
            throw error
        }
    }

    // MARK: - The wait

    private mutating func wait() -> CInt {
        while true {
            do throws(SystemError) {
                if let status = try turn() { return status }
            } catch {
                // What cannot be watched any more is not left alone.
                Launcher.say(error.description, as: options.programName)
                kill(daemon.pid, SIGKILL)
                var exit = daimon_child_exit()
                _ = daimon_wait_child(daemon.pid, 0, 1, &exit)
                return finish(1)
            }
        }
    }

    /// One look at everything that may happen.
    private mutating func turn() throws(SystemError) -> CInt? {
        var items = [receiver.rawValue, signals.rawValue, daemon.rawValue]
            .map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        var timeout: CInt = -1
        if let deadline = watch.deadline {
            let now = Clock.monotonic()
            // Rounded up: waking before the time would spin.
            timeout = deadline <= now ? 0 : CInt(clamping: (deadline - now + 999) / 1000)
        }
        guard poll(&items, nfds_t(items.count), timeout) >= 0 || errno == EINTR else {
            throw SystemError("wait for the daemon")
        }

        // Messages first: READY=1 of a daemon that ended right after it, and the reasons of one that failed.
        let hasEnded = items[2].revents != 0
        for _ in 0..<(hasEnded ? 16 * Launcher.burst : Launcher.burst) {
            guard let message = try receiver.receive() else { break }
            // Whoever else sends is a stranger: the address is open to all. Its descriptors close here.
            guard message.pid == daemon.pid, !message.truncated else { continue }
            if let status = try act(.message(message.fields)) { return status }
        }
        if items[1].revents != 0 {
            let signal = daimon_read_signal(signals.rawValue)
            guard signal >= 0 else { throw SystemError("read a signal") }
            if signal > 0, let status = try act(.signal(signal)) { return status }
        }
        if hasEnded {
            var exit = daimon_child_exit()
            guard daimon_wait_child(daemon.pid, 0, 1, &exit) == 0 else {
                throw SystemError("learn how the daemon ended", String(daemon.pid))
            }
            let end: LaunchWatch.End =
                exit.code == CLD_EXITED
                ? .exited(exit.status) : .killed(exit.status, coreDumped: exit.code == CLD_DUMPED)
            return try act(.ended(end))
        }
        if let deadline = watch.deadline, Clock.monotonic() >= deadline { return try act(.deadline) }
        return nil
    }

    /// Lets the machine conclude, and does what it says.
    /// - Returns: the exit status, when it is over.
    private mutating func act(_ event: LaunchWatch.Event) throws(SystemError) -> CInt? {
        for action in watch.handle(event, now: Clock.monotonic()) {
            switch action {
            case .say(let line): Launcher.say(line, as: options.programName)
            case .kill(let signal):
                try daemon.send(signal)
                // A stopped process does not act on SIGTERM before it goes on.
                if signal == SIGTERM { try daemon.send(SIGCONT) }
            case .relay(let statements): relay(statements)
            case .exit(let status): return status == 0 ? 0 : finish(status)
            }
        }
        return nil
    }

    /// After a failure, with the daemon gone: nothing of it stays.
    private func finish(_ status: CInt) -> CInt {
        // Children that were ours before the launch cannot be told from orphans of the daemon: then nothing is touched.
        if !hadChildren { Launcher.killOrphans() }
        if let path = options.pidFile {
            do throws(PIDFileError) {
                try PIDFile.removeLeftover(path: path, of: daemon.pid)
            } catch {
                Launcher.say(error.description, as: options.programName)
            }
        }
        return status
    }

    /// Ends what the daemon left behind: orphans became our children.
    static func killOrphans() {
        var exit = daimon_child_exit()
        // Each turn ends or reaps at least one; a fork bomb is not outrun but given up on.
        for _ in 0..<4096 {
            guard daimon_wait_child(0, 0, 0, &exit) == 0 else { return }  // ECHILD: nobody is left
            if exit.pid != 0 { continue }
            do throws(SystemError) {
                for pid in try Processes.all() where ProcessStatus(of: pid)?.parent == getpid() { kill(pid, SIGKILL) }
            } catch {
                return  // no /proc: they cannot be found
            }
            guard daimon_wait_child(0, 0, 1, &exit) == 0 else { return }
        }
    }

    /// Tells our own service manager: a notify service that was made to detach.
    private func relay(_ statements: [Notification]) {
        switch manager {
        case .absent, .stale: return
        case .connected(let address):
            do {
                try Environment.set("NOTIFY_SOCKET", address)
                try Notifier().send(statements)
                // A manager that reads it after our exit would not know whose it is.
                if statements.contains(.ready) { try Notifier().barrier(timeout: Launcher.relayTime) }
            } catch {
                Launcher.say("\(error)", as: options.programName)
            }
        }
    }

    /// Prints a line. Where the terminal is gone (EIO) or nobody reads (EPIPE) it is lost, which is no reason to fail.
    private static func say(_ line: String, as name: String) {
        let bytes = Array("\(name): \(line)\n".utf8)
        var done = 0
        while done < bytes.count {
            let written = bytes.withUnsafeBytes { write(2, $0.baseAddress.map { $0 + done }, bytes.count - done) }
            if written > 0 { done += written } else if errno != EINTR { return }
        }
    }
}
