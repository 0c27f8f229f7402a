// From a command of the unit to a process: everything that must be read, looked up, made or opened before it is cloned.
import CLinux
import Engine
import Glibc
import Instances
import Linux
import Units

extension Supervisor {
    /// Starts a command of the unit.
    /// - Parameters:
    ///   - role: what it is for.
    ///   - command: of the unit.
    ///   - program: on return the file that was to be executed, for messages.
    ///   - extra: variables that the command alone is told, such as `SERVICE_RESULT=`.
    ///   - takesTerminal: whether `StandardInput=tty` holds: for `ExecCondition=`, `ExecStartPre=` and `ExecStart=`.
    /// - Returns: the process.
    /// - Throws: the step that failed, with systemd's exit status.
    func start(
        _ role: ProcessRole, _ command: ExecCommand, program: inout String, extra: [EnvironmentVariable] = [],
        takesTerminal: Bool? = nil
    ) throws(SpawnError) -> SpawnedProcess {
        let context = unit.execution
        let credentials = try UserDatabase.resolve(context)
        try resources.prepare(credentials, isMain: role == .main) { log.write(.warning, "\(unit.name): \($0)") }
        var surroundings = ExecSurroundings(
            // A detached daimond lives in a session without a leader: its services can never get a terminal there.
            ownSession: configuration.mode.kind != .detach, cgroupProcs: cgroup?.procs.rawValue, output: .inherit,
            error: .inherit, credentials: credentials, home: credentials?.home ?? OwnEnvironment.value("HOME"))
        surroundings.isControl = role != .main
        surroundings.takesTerminal = takesTerminal ?? (role == .main)
        surroundings.privilege = command.privilege
        surroundings.makesKeyring = geteuid() == 0
        let streams = try Streams.open(
            for: unit, program: command.path, configuration: configuration, log: log,
            takesTerminal: surroundings.takesTerminal)
        surroundings.input = streams.input
        surroundings.output = streams.output
        surroundings.error = streams.error
        if ExecPlan.isSandboxed(context, surroundings) { surroundings.temporary = try resources.temporaryMounts() }
        try ProcessorMasks.fill(&surroundings, for: context.process)

        let environment = try environment(role, credentials, streams.journal, extra)
        // The child alone knows its pid, so $SYSTEMD_EXEC_PID in a command line is empty.
        let expansion = command.expansion(environment: environment.filter { $0.value != Spawner.pidPlaceholder })
        tell(expansion, of: command)
        let root = surroundings.isControl && context.rootDirectoryStartOnly ? nil : context.rootDirectory
        program = try Programs.find(command.path, environment: environment, root: root ?? "")
        let process = try Spawner.spawn(
            program: program, arguments: expansion.arguments, environment: environment,
            steps: ExecPlan.steps(for: context, in: surroundings), cgroup: cgroup?.directory.rawValue)
        if process.namespaceError != 0, !resources.namespaceIsMissed {
            resources.namespaceIsMissed = true
            log.write(
                .notice,
                "\(unit.name): PrivateTmp= is without effect: cannot make a mount namespace: "
                    + SystemError.words(process.namespaceError))
        }
        return process
    }

    private func environment(
        _ role: ProcessRole, _ credentials: Credentials?, _ journal: String?, _ extra: [EnvironmentVariable]
    ) throws(SpawnError) -> [EnvironmentVariable] {
        let context = unit.execution
        var given = ServiceEnvironment.Given()
        given.invocationID = invocationID
        given.instance = configuration.paths.directory
        given.notifySocket = mayNotify(role) ? receiver?.address : nil
        given.watchdog = role == .main ? unit.watchdog : .zero
        given.credentials = credentials
        if credentials == nil, context.setsLoginEnvironment == true {
            var own = context
            own.user = String(geteuid())
            given.credentials = try UserDatabase.resolve(own)
        }
        given.journalStream = journal
        given.mainPID = role == .main ? nil : machine.mainPID
        given.inherited = OwnEnvironment.variables()
        given.isRoot = geteuid() == 0
        given.passAll = configuration.passAllEnvironment
        given.files = try EnvironmentFiles.read(context.environmentFiles) { log.write(.warning, $0) }
        given.extra = try ServiceDirectories.variables(context) + extra
        if let directory = try ServiceCredentials.directory(of: unit) {
            given.extra.append(EnvironmentVariable(name: "CREDENTIALS_DIRECTORY", value: directory))
        }
        return ServiceEnvironment.variables(for: context, given: given)
    }

    /// Who is told where to notify, as in systemd: a command beside the main process only where it may speak at all.
    private func mayNotify(_ role: ProcessRole) -> Bool {
        switch unit.effectiveNotifyAccess {
        case .none: false
        case .main: role == .main
        case .exec, .all: true
        }
    }

    /// A variable that is not set is mostly a typo; systemd logs it in these words.
    private func tell(_ expansion: ExecCommand.Expansion, of command: ExecCommand) {
        let words = "evaluates to an empty string"
        for name in expansion.unset {
            log.write(.warning, "\(command.path): Referenced but unset environment variable \(words): \(name)")
        }
        for name in expansion.bad {
            log.write(.warning, "\(command.path): Invalid environment variable name \(words): \(name)")
        }
    }

    /// Gives back what belongs to a run when it is over. Cheap while nothing is over.
    func settleResources() {
        switch machine.state {
        case .dead, .failed: resources.release(isRestarting: false) { log.write(.warning, "\(unit.name): \($0)") }
        case .autoRestart: resources.release(isRestarting: true) { log.write(.warning, "\(unit.name): \($0)") }
        case .start, .running, .reload, .reloadSignal, .reloadNotify, .stopWatchdog, .stopSigterm, .stopSigkill,
            .finalSigterm, .finalSigkill:
            break
        }
    }
}
