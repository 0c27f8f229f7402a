// A TCP echo server that is a proper daemon however it is started: under systemd, in the foreground, in the background.
// It is a model: what makes it a daemon is in this file, what makes it an echo server is in EchoServer.swift.
import Daemon
import Glibc

/// `@main`, not a main.swift: statements at the top of that file belong to the main actor, and bring its runtime.
@main enum EchoDaemon {
    static func main() {
        // The terminal that starts us may close at once: nothing of that kind stops the launch from here on.
        Detach.ignoreHangup()

        let arguments: Arguments
        do throws(Arguments.Mistake) {
            arguments = try Arguments(CommandLine.arguments.dropFirst())
        } catch {
            fail("\(error.message)\n\(Arguments.usage)", status: 2)
        }

        // 1. Become what we were started as. In the background this returns only in the daemon; the process that was
        //    called waits for `ready` below, prints what went wrong if it does not come, and exits with a status that
        //    tells the truth.
        var options = DaemonProcess.Options(request: arguments.request)
        options.detach.pidFile = arguments.pidFile
        options.detach.user = arguments.user
        options.detach.readinessTimeout = arguments.timeout
        do throws(DaemonError) {
            let daemon = try DaemonProcess.start(options)
            let status = run(arguments, daemon.notifier)
            // 6. The PID file goes last: until then we run.
            do throws(SystemError) { try daemon.end() } catch { fail(error.description, status: 1) }
            exit(status)
        } catch {
            fail(error.description, status: error.exitStatus)
        }
    }

    /// The life of the daemon.
    /// - Returns: the exit status.
    private static func run(_ arguments: Arguments, _ notifier: Notifier) -> CInt {
        do {
            try serve(arguments, notifier)
            return 0
        } catch {
            // Detached, standard error is /dev/null: the notifier reaches whoever waits for us.
            let words = "\(error)"
            do throws(NotificationError) { try notifier.reportFailure([words], exitStatus: 1) } catch {
                say("\(error)")
            }
            say(words)
            return 1
        }
    }

    private static func serve(_ arguments: Arguments, _ notifier: Notifier) throws {
        // 2. Get ready: signals, then the socket, inherited (socket activation) or our own.
        let signals = try SignalDescriptor([SIGTERM, SIGINT, SIGHUP])
        var inherited = try ListenDescriptors()
        var server = EchoServer(listener: try inherited.takeListener() ?? EchoServer.listen(port: arguments.port))
        let watchdog = try Watchdog.interval(unsetEnvironment: true)

        // 3. Ready means: whoever connects now is served. Not earlier, not later.
        try notifier.ready(status: "listening on port \(try server.port())")

        // 4. Serve. The watchdog is fed from the loop that does the work, so it stops when the work hangs.
        while true {
            try server.turn(signals: signals.rawValue, timeout: watchdog.map { $0 / 2 })
            if watchdog != nil { try notifier.send(.watchdog) }
            if server.takeCountChange() {
                try notifier.status("\(server.connectionCount) connections, \(server.servedCount) served")
            }
            guard let signal = try signals.next() else { continue }
            guard signal == SIGHUP else { break }
            try notifier.reloading()
            // A real server reads its configuration here.
            try notifier.ready(status: "reloaded; \(server.connectionCount) connections")
        }

        // 5. The end, announced.
        try notifier.stopping(status: "closing \(server.connectionCount) connections")
    }

    private static func say(_ message: String) {
        let line = "echo-daemon: \(message)\n"
        _ = write(2, line, line.utf8.count)
    }

    private static func fail(_ message: String, status: CInt) -> Never {
        say(message)
        exit(status)
    }
}
