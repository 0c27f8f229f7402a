// daimond: reads one unit, finds out how it was started, detaches if that is called for, and supervises.
import Instances
import CLinux
import Daemon
import Glibc
import Linux
import Manager
import Units

func complain(_ text: String) {
    // EIO when the terminal is gone: there is nobody left to read it.
    var line = "daimond: \(text)\n"
    line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
}

func say(_ text: String) {
    var text = text
    text.withUTF8 { _ = write(STDOUT_FILENO, $0.baseAddress, $0.count) }
}

/// The whole run, from the command line to the exit status.
func runDaimond() -> CInt {
    // Also those of the Swift runtime: where its backtracer is installed it catches SIGABRT, and a watchdog above us
    // that aborts us would not be obeyed. And what whoever started us has ignored, which execve(2) passes on: with SIGCHLD
    // ignored the kernel reaps children unseen (sigaction(2)), and the service's end would never be heard of.
    daimon_reset_signal_handlers()
    // The terminal may close at any moment from here on, and its SIGHUP must not end a launch half-way.
    Detach.ignoreHangup()
    // A descriptor 0, 1 or 2 that is closed would be given to the next file opened, and then written to as a stream.
    while true {
        let descriptor = daimon_open("/dev/null", O_RDWR, 0)
        guard descriptor >= 0 && descriptor <= 2 else {
            if descriptor > 2 { close(descriptor) }
            break
        }
    }
    // The Swift runtime reads our arguments there, and the whole of daimond who is alive.
    guard access("/proc/self/cmdline", R_OK) == 0 else {
        complain("/proc is not mounted; mount it: mount -t proc proc /proc")
        return 1
    }
    let options: Options
    do throws(Options.Outcome) {
        options = try Options.parse()
    } catch {
        switch error {
        case .usage(let text):
            complain(text)
            return 2
        case .help: say(Options.help)
        case .version: say("daimond \(Options.version)\n")
        }
        return 0
    }
    let source: UnitSource
    do throws(UnitSource.Failure) {
        source = try UnitSource.read(options)
    } catch {
        complain(error.message)
        return 2
    }
    let problems = source.diagnostics
    for problem in problems where problem.severity == .error { complain("\(problem)") }
    guard !source.hasErrors else { return 2 }
    let reader = source.reader
    let reading = reader.load(source.asked)
    for line in reading.units.problems { complain(line) }
    let notHonoured = (problems + reading.diagnostics).map { "\($0)" }
    let refused = source.notHonoured + reading.diagnostics.filter { $0.kind == .notHonoured || $0.kind == .unknown }
    if options.strict && !refused.isEmpty {
        for line in refused { complain("\(line)") }
        complain("--strict: not started, because not everything in the units is honoured")
        return 2
    }
    let name = options.name ?? source.name
    guard UnitName(parsing: name)?.suffix == ".service", !name.hasPrefix("."), !name.contains("/") else {
        complain("--name '\(name)': letters, digits and :-_.\\@ are allowed, at most 247 of them")
        return 2
    }
    let request: LaunchMode.Request =
        switch options.launch {
        case .foreground: .foreground
        case .detach: .detach
        case nil: .automatic
        }
    let mode = LaunchMode.detect(request)
    if let stale = mode.staleNotifySocket {
        complain("NOTIFY_SOCKET=\(stale) cannot be connected to; it is left over from elsewhere and ignored")
    }
    let instance = name.hasSuffix(".service") ? String(name.dropLast(".service".count)) : name
    var configuration = InstanceConfiguration(
        asked: source.asked, definitions: reading.units.definitions, fragments: reading.fragments,
        load: { reader.loadAgain($0) }, given: source.given,
        unitText: source.text, notHonoured: notHonoured,
        paths: InstancePaths(name: instance, base: options.runtimeDirectory, logs: options.logDirectory),
        pathsAreExplicit: options.runtimeDirectory != nil || getenv("DAIMON_RUNTIME_DIRECTORY") != nil,
        mode: mode, isInit: getpid() == 1,  // As PID 1 of a container the environment is how the service is configured.
        passAllEnvironment: options.passEnvironment || getpid() == 1, extraPIDFile: options.pidFile,
        collects: options.collect)
    configuration.nameIsChosen = options.name != nil
    switch mode.kind {
    case .supervised, .foreground:
        // Here SIGHUP means something: reload, or that the terminal is gone.
        _ = daimon_default_signal(SIGHUP)
        return Supervisor.run(configuration, notifier: Notifier())
    case .detach:
        for line in notHonoured { complain(line) }
        var detach = Detach.Options(programName: "daimond")
        detach.umask = options.umask
        // The service's own timeouts decide; daimond reports when they pass.
        detach.readinessTimeout = nil
        detach.environment =
            options.passEnvironment
            ? .keep : .clean(keeping: configuration.passedVariables)
        do throws(DaemonError) {
            let daemon = try Detach.perform(detach)
            return Supervisor.run(configuration, notifier: daemon.notifier)
        } catch {
            complain("\(error)")
            return error.exitStatus
        }
    }
}

exit(runDaimond())
