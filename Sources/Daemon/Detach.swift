// Detaching: the 15 steps of daemon(7), "SysV Daemons", in their order. The steps themselves are in DetachSteps.swift,
// the process that stays behind until the daemon is ready is in Launcher.swift.
import CLinux
import Glibc
import Linux

/// The classic way into the background.
public enum Detach {
    /// How to detach.
    public struct Options: Equatable, Sendable {
        /// What messages of the launcher begin with.
        public var programName: String
        /// Step 10: the file mode creation mask. daemon(7) says 0; then a file created carelessly is writable to all.
        public var umask: mode_t = 0o027
        /// Step 11: an absolute path; `/` keeps no file system from being unmounted.
        public var workingDirectory = "/"
        /// Step 13: the name of the user to become, after the PID file is written; nil stays who it is.
        public var user: String?
        /// Step 1: descriptors above 2 that stay open, such as inherited sockets (`ListenDescriptors`).
        public var keptDescriptors: [CInt] = []
        /// Step 12: the PID file, an absolute path; nil writes none.
        public var pidFile: String?
        /// Step 4: what stays of the environment.
        public var environment = EnvironmentPolicy.clean(keeping: [])
        /// How long the launcher waits for `READY=1`, in µs; the daemon may ask for more with EXTEND_TIMEOUT_USEC. nil
        /// waits for ever. The default is systemd's DefaultTimeoutStartSec, 90 s.
        public var readinessTimeout: UInt64? = 90_000_000

        /// The defaults.
        /// - Parameter programName: what messages of the launcher begin with.
        public init(programName: String = Detach.defaultProgramName) {
            self.programName = programName
        }
    }

    /// The name of the running program (program_invocation_short_name(3)).
    public static var defaultProgramName: String {
        let name = CommandLine.arguments.first.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
        return name ?? "daemon"
    }

    /// Shields the launch from a terminal that closes during it. `perform` does it too; a program that has much to do
    /// before (reading its configuration) calls this as its first statement, and `perform` restores the default.
    public static func ignoreHangup() {
        _ = daimon_ignore_signal(SIGHUP)
    }

    /// Detaches. **It returns only in the daemon.** The process that called it becomes the launcher: it waits until the
    /// daemon says `READY=1` through its notifier and exits with 0; or prints why the daemon failed, sees that it is
    /// gone, and exits with its status. A failure in the daemon's own steps is reported through the launcher too, and
    /// never returns.
    ///
    /// Call it before anything starts a thread. SIGHUP is ignored from here until the daemon returns: the signal of a
    /// dying session would hit the child between fork and setsid. In the daemon every signal has its default again.
    /// - Parameter options: see `Options`.
    /// - Returns: in the daemon: what it is given.
    /// - Throws: only in the calling process, with nothing started: threads, an unknown user, an impossible option, no
    ///   resources.
    public static func perform(_ options: Options = Options()) throws(DaemonError) -> DetachedDaemon {
        let account = try prepare(options)
        // What is buffered now would be written twice: fork copies the buffers.
        fflush(nil)

        let manager = LaunchMode.ownManager()
        try step(.closeDescriptors) { () throws(SystemError) in try closeDescriptors(keeping: options.keptDescriptors) }
        try step(.resetSignalHandlers) { () throws(SystemError) in try resetSignalHandlers() }
        try step(.resetSignalMask) { () throws(SystemError) in try holdLaunchSignals() }
        try step(.sanitizeEnvironment) { () throws(SystemError) in
            try sanitizeEnvironment(options.environment, account: account)
        }
        let link = try LaunchLink.open()

        // Step 5: fork. The parent is the launcher; it exits in step 15. The middle process borrows its memory, as with
        // vfork(2), and does in C (double_fork.c) what follows: step 6, setsid; step 7, fork again; step 8, its exit.
        let launcher = getpid()
        var middle: pid_t = 0
        let daemon = daimon_double_fork(&middle)
        if daemon < 0 {
            let error = SystemError("fork the daemon")
            // The middle process may have been killed with the daemon made: then that is an orphan, and ours.
            if middle > 0 && !link.hadChildren { Launcher.killOrphans() }
            throw .step(.fork, error)
        }
        if daemon > 0 { Launcher.run(link: link, daemon: daemon, manager: manager, options: options) }

        // From here on only the notify socket connects the two; its receiving end is the launcher's.
        link.close()
        let notifier = Notifier(.launcher)
        do throws(DaemonError) {
            return try becomeDaemon(options, account: account, notifier: notifier, launcher: launcher)
        } catch {
            // There is no terminal any more: the launcher says it.
            fail(error, notifier)
        }
    }

    /// Steps 9 to 14, in the daemon.
    private static func becomeDaemon(
        _ options: Options, account: UserAccount?, notifier: Notifier, launcher: pid_t
    ) throws(DaemonError) -> DetachedDaemon {
        try step(.connectNull) { () throws(SystemError) in try connectNull() }
        // Step 10: the mask of file modes.
        _ = Glibc.umask(options.umask)
        // Step 11: the working directory.
        guard chdir(options.workingDirectory) == 0 else {
            throw .step(.changeDirectory, SystemError("change to the directory", options.workingDirectory))
        }
        // Step 12: the PID file. It names its holder before the launcher can exit, as Type=forking needs.
        let pidFile: PIDFile?
        if let path = options.pidFile {
            pidFile = try pidFileStep { () throws(PIDFileError) in try PIDFile.acquire(path: path) }
        } else {
            pidFile = nil
        }
        // Step 13: privileges.
        if let account {
            do throws(SystemError) {
                try account.assume()
            } catch {
                // Its file goes when the launcher has seen this process end; the reason is what matters here.
                throw .step(.dropPrivileges, error)
            }
        }
        // SIGHUP has its default again, and nothing is blocked: as a daemon expects it, and its children.
        try step(.resetSignalMask) { () throws(SystemError) in try releaseLaunchSignals() }
        // Step 14, telling the launcher, is the program's `notifier.ready()`: only it knows when it serves.
        // Step 15, the launcher's exit, follows from that.
        return DetachedDaemon(notifier: notifier, launcher: launcher, pidFile: pidFile)
    }
}

/// The daemon that `Detach.perform` has made of this process.
public struct DetachedDaemon: ~Copyable {
    /// Tells the launcher; after `ready` was delivered nobody listens any more.
    public let notifier: Notifier
    /// The process that waits for `ready`.
    public let launcher: pid_t
    /// The PID file, held; to be removed at the end.
    public var pidFile: PIDFile?

    /// Takes the PID file out, to hold it elsewhere.
    public mutating func takePIDFile() -> PIDFile? {
        pidFile.take()
    }
}
