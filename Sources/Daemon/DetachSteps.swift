// The single steps of detaching, by the numbers of daemon(7), and what ties launcher and daemon together.
import CLinux
import Glibc
import Linux

extension Detach {
    /// A step of daemon(7), "SysV Daemons", that can fail.
    public enum Step: Int, Equatable, Sendable, CaseIterable {
        /// Descriptors.
        case closeDescriptors = 1
        /// Signal handlers.
        case resetSignalHandlers = 2
        /// The signal mask.
        case resetSignalMask = 3
        /// The environment.
        case sanitizeEnvironment = 4
        /// The first fork, with what the launcher needs.
        case fork = 5
        /// Standard input, output and error.
        case connectNull = 9
        /// The working directory.
        case changeDirectory = 11
        /// The PID file.
        case writePIDFile = 12
        /// The user.
        case dropPrivileges = 13

        /// systemd's exit status for a failure of the kind (systemd.exec(5), "Process Exit Codes"); 1 if it has none.
        public var exitStatus: CInt {
            switch self {
            case .closeDescriptors: return 202
            case .resetSignalHandlers, .resetSignalMask: return 207
            case .sanitizeEnvironment, .fork, .writePIDFile: return 1
            case .connectNull: return 208
            case .changeDirectory: return 200
            case .dropPrivileges: return 217
            }
        }
    }

    /// The signals that the launcher takes over while it waits.
    static let launchSignals: [CInt] = [SIGINT, SIGTERM, SIGQUIT]

    /// Carries a step out and names it when it fails.
    static func step(_ step: Step, _ body: () throws(SystemError) -> Void) throws(DaemonError) {
        do throws(SystemError) { try body() } catch { throw .step(step, error) }
    }

    /// What can be refused before anything is changed.
    static func prepare(_ options: Options) throws(DaemonError) -> UserAccount? {
        try requireOneThread()
        guard options.workingDirectory.hasPrefix("/") else {
            throw .invalid(
                option: "working directory", reason: "\(options.workingDirectory) is not an absolute path")
        }
        guard options.umask <= 0o777 else {
            throw .invalid(option: "umask", reason: "0\(String(options.umask, radix: 8)) is not within 0 to 0777")
        }
        if let path = options.pidFile {
            _ = try pidFileStep { () throws(PIDFileError) in try PIDFile.split(path) }
        }
        // Before the first step: name services open descriptors, which step 1 closes again.
        guard let user = options.user else { return nil }
        return try UserAccount(named: user)
    }

    private static func requireOneThread() throws(DaemonError) {
        let count: Int
        do throws(SystemError) {
            count = try Files.list("/proc/self/task").count
        } catch {
            // No /proc: the kernel is asked another way; when it does not tell either, nothing speaks against it.
            count = daimon_is_single_threaded() == 0 ? 2 : 1
        }
        guard count <= 1 else { throw .severalThreads(count) }
    }

    /// Step 1: everything is closed but 0, 1, 2 and what is to be kept. By ranges: a loop to RLIMIT_NOFILE takes
    /// minutes where that is a thousand million.
    static func closeDescriptors(keeping kept: [CInt]) throws(SystemError) {
        // A closed standard descriptor would be taken by the next socket, and then be overwritten in step 9.
        while true {
            let null = try OwnedDescriptor.open("/dev/null", O_RDWR)
            guard null.rawValue <= 2 else { break }
            // Not close-on-exec, as standard descriptors are.
            guard daimon_fcntl(null.rawValue, F_SETFD, 0) >= 0 else { throw SystemError("prepare descriptors 0 to 2") }
            _ = null.release()
        }
        var first: CInt = 3
        for descriptor in Set(kept).sorted() where descriptor > 2 {
            guard daimon_fcntl(descriptor, F_GETFD, 0) >= 0 else {
                throw SystemError("keep descriptor", String(descriptor), advice: "it is not open")
            }
            if descriptor > first { try closeRange(UInt32(first), UInt32(descriptor) - 1) }
            first = descriptor + 1
        }
        try closeRange(UInt32(first), UInt32.max)
    }

    private static func closeRange(_ first: UInt32, _ last: UInt32) throws(SystemError) {
        guard daimon_close_range(first, last) == 0 else { throw SystemError("close descriptors from", String(first)) }
    }

    /// Step 2: default handlers. That includes SIGCHLD: while it is ignored the kernel reaps children unseen, and the
    /// launcher would not learn how the daemon ended. SIGHUP alone is ignored until the daemon stands.
    static func resetSignalHandlers() throws(SystemError) {
        daimon_reset_signal_handlers()
        guard daimon_ignore_signal(SIGHUP) == 0 else { throw SystemError("ignore the signal", "SIGHUP") }
    }

    /// Step 3: nothing is blocked, but for the signals that the launcher will read: from the first fork on they must
    /// neither kill it nor be lost. The daemon unblocks them; signals pending here are not inherited.
    static func holdLaunchSignals() throws(SystemError) {
        guard daimon_block_signals(SIG_SETMASK, launchSignals, launchSignals.count) == 0 else {
            throw SystemError("set the signal mask")
        }
    }

    /// The end of step 3, in the daemon.
    static func releaseLaunchSignals() throws(SystemError) {
        guard daimon_default_signal(SIGHUP) == 0 else { throw SystemError("reset the signal", "SIGHUP") }
        guard daimon_unblock_all_signals() == 0 else { throw SystemError("set the signal mask") }
    }

    /// Step 4: the environment.
    static func sanitizeEnvironment(_ policy: EnvironmentPolicy, account: UserAccount?) throws(SystemError) {
        try Environment.apply(policy)
        guard let account else { return }
        // As systemd does with User= (systemd.exec(5)): a program must not write into root's home.
        try Environment.set("HOME", account.home)
        try Environment.set("USER", account.name)
        try Environment.set("LOGNAME", account.name)
        try Environment.set("SHELL", account.shell)
    }

    /// Step 9: /dev/null as standard input, output and error.
    static func connectNull() throws(SystemError) {
        let null = try OwnedDescriptor.open("/dev/null", O_RDWR)
        for target: CInt in 0...2 {
            guard dup2(null.rawValue, target) >= 0 else {
                throw SystemError("connect /dev/null to descriptor", String(target))
            }
        }
    }

    /// Ends the daemon, in words: through the launcher, as its own standard error is /dev/null.
    static func fail(_ error: DaemonError, _ notifier: Notifier) -> Never {
        do throws(NotificationError) {
            try notifier.reportFailure([error.description], exitStatus: error.exitStatus, errno: error.errno)
        } catch {
            // The launcher sees the exit status in any case.
        }
        _exit(error.exitStatus)
    }
}

/// What the launcher has ready when it forks: the notify socket, whose address the daemon gets.
struct LaunchLink: ~Copyable {
    /// Where the daemon's notifications arrive.
    let receiver: NotificationReceiver
    /// Whether the launcher had children before: then what becomes its child later is not surely the daemon's.
    let hadChildren: Bool

    /// Makes all of it, sets `NOTIFY_SOCKET` for the daemon and makes us the reaper of orphans.
    static func open() throws(DaemonError) -> LaunchLink {
        do throws(SystemError) {
            let receiver = try NotificationReceiver()
            try Environment.set("NOTIFY_SOCKET", receiver.address)
            // The daemon becomes our child when the middle process exits. So nobody else reaps it: its pid stays its
            // own, and its exit status comes to us.
            guard daimon_become_subreaper() == 0 else { throw SystemError("become the reaper of orphans") }
            var exit = daimon_child_exit()
            let hadChildren = daimon_wait_child(0, 1, 0, &exit) == 0
            return LaunchLink(receiver: receiver, hadChildren: hadChildren)
        } catch {
            throw .step(.fork, error)
        }
    }

    /// Closes the daemon's copy.
    consuming func close() {}
}
