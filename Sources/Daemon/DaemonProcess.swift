// All of it in one call: find out how we were started, detach if that is called for, hold the PID file.
import Glibc
import Linux
import Systemd

/// A program that runs as a daemon, or in the foreground, as it was started.
///
///     let daemon = try DaemonProcess.start(.init())
///     // open sockets, read files …
///     try daemon.notifier.ready(status: "serving")
///     // serve until SIGTERM
///     try daemon.end()
public struct DaemonProcess: ~Copyable {
    /// How to start.
    public struct Options: Equatable, Sendable {
        /// What was asked for on the command line.
        public var request = LaunchMode.Request.automatic
        /// How to detach, if it comes to that; also names the PID file, which is held in every mode.
        public var detach = Detach.Options()

        /// The defaults.
        /// - Parameters:
        ///   - request: what was asked for on the command line.
        ///   - detach: how to detach, if it comes to that.
        public init(request: LaunchMode.Request = .automatic, detach: Detach.Options = .init()) {
            self.request = request
            self.detach = detach
        }
    }

    /// How it was started, and which fact decided.
    public let mode: LaunchMode
    /// Tells whoever started it: in every mode.
    public let notifier: Notifier
    private var pidFile: PIDFile?

    /// Finds out how the program was started, detaches if that is called for, and writes the PID file. In a detaching
    /// start it returns only in the daemon, see `Detach.perform`. Saying `ready` is left to the program.
    /// - Parameter options: see `Options`.
    /// - Returns: the running program.
    /// - Throws: before anything was started.
    public static func start(_ options: Options = Options()) throws(DaemonError) -> DaemonProcess {
        let mode = LaunchMode.detect(options.request)
        switch mode.kind {
        case .detach:
            var daemon = try Detach.perform(options.detach)
            return DaemonProcess(mode: mode, notifier: daemon.notifier, pidFile: daemon.takePIDFile())
        case .supervised, .foreground:
            // Umask, directory, user and descriptors are the service manager's or the person's: they are left alone.
            let pidFile: PIDFile?
            if let path = options.detach.pidFile {
                pidFile = try pidFileStep { () throws(PIDFileError) in try PIDFile.acquire(path: path) }
            } else {
                pidFile = nil
            }
            return DaemonProcess(mode: mode, notifier: Notifier(), pidFile: pidFile)
        }
    }

    /// Removes the PID file. Call it last, before exiting.
    public consuming func end() throws(SystemError) {
        if let file = pidFile.take() { try file.remove() }
    }
}
