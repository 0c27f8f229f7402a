// From a command of the unit to a process: everything that must be read, looked up, made or opened before it is cloned.
import CLinux
import Engine
import Glibc
import Instances
import Linux
import Units

extension ServiceRun {
    /// Starts a process and tells the machine what became of it.
    func spawn(_ role: ProcessRole, _ command: ExecCommand) {
        guard let machine else { return }
        beginLife(machine)
        // Before anything can fail: what is shown of a failed start are the lines of that start.
        if role == .main && machine.restarts == 0 && supervisor.configuration.mode.kind == .detach {
            logStart = OutputFile.size(logFile)
        }
        makeCgroup()
        supervisor.willStart()
        var program = command.path
        do throws(SpawnError) {
            let process = try start(role, command, machine, program: &program)
            roles[process.pid] = role
            supervisor.own(process.pid, by: self)
            answer(.spawned(role, pid: process.pid))
        } catch {
            answer(.spawnFailed(role, error.failure(program: program)))
        }
    }

    /// The first process of a life: it gets a new mark and new folders.
    private func beginLife(_ machine: ServiceMachine) {
        guard isOver else { return }
        isOver = false
        invocationID = supervisor.fixedInvocationID ?? Supervisor.newInvocationID()
        resources = UnitResources(unit: machine.unit, runtimeDirectory: supervisor.configuration.paths.base)
    }

    /// The file of its output in the background: the instance's own for the service that has its name.
    var logFile: String { supervisor.configuration.paths.logFile(of: name) }

    private func start(
        _ role: ProcessRole, _ command: ExecCommand, _ machine: ServiceMachine, program: inout String
    ) throws(SpawnError) -> SpawnedProcess {
        do throws(SystemError) {
            try supervisor.descriptors.check(services: supervisor.runs.count)
        } catch {
            throw .noProcess(error)
        }
        let unit = machine.unit
        let context = unit.execution
        let configuration = supervisor.configuration
        let resources = resources ?? UnitResources(unit: unit, runtimeDirectory: configuration.paths.base)
        let credentials = try resources.credentials()
        try resources.prepare(credentials, isMain: role == .main) { warn($0) }
        var surroundings = ExecSurroundings(
            // A detached daimond lives in a session without a leader: its services can never get a terminal there.
            ownSession: configuration.mode.kind != .detach, cgroupDirectory: cgroup?.directory.rawValue,
            output: .inherit,
            error: .inherit, credentials: credentials, home: credentials?.home ?? OwnEnvironment.value("HOME"))
        surroundings.isControl = role != .main
        surroundings.takesTerminal = Self.takesTerminal(role)
        surroundings.privilege = command.privilege
        surroundings.makesKeyring = geteuid() == 0
        surroundings.openFiles = supervisor.descriptors.given
        let streams = try Streams.open(
            for: unit, program: command.path, logFile: logFile, configuration: configuration, log: log,
            takesTerminal: surroundings.takesTerminal)
        surroundings.input = streams.input
        surroundings.output = streams.output
        surroundings.error = streams.error
        if ExecPlan.isSandboxed(context, surroundings) {
            surroundings.temporary = try resources.temporaryMounts()
            surroundings.readOnlyFolders = try ServiceDirectories.readOnlyPaths(context)
            surroundings.privateFolders = try ServiceDirectories.privatePaths(context)
        }
        try ProcessorMasks.fill(&surroundings, for: context.process)
        // The command of Type=forking that becomes the daemon is no command beside it.
        let passed = Self.isStart(role) ? try passedDescriptors(unit) : PassedDescriptors()
        surroundings.passed = passed.numbers
        // Only their numbers are used from here on: without this the files are closed before the process has them.
        defer { withExtendedLifetime(passed) {} }

        let environment = try environment(role, machine, credentials, streams.journal, passed.names)
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
            tellLoss(
                "PrivateTmp= and the flag ro of folders are without effect: cannot make a mount namespace: "
                    + SystemError.words(process.namespaceError))
        }
        if process.terminalError != 0 {
            tellLoss("cannot reset the terminal \(context.terminalPath): " + SystemError.words(process.terminalError))
        }
        return process
    }

    /// What the process has to do without.
    private func tellLoss(_ text: String) { log.write(.notice, "\(name): \(text)", unit: name) }

    private func environment(
        _ role: ProcessRole, _ machine: ServiceMachine, _ credentials: Credentials?, _ journal: String?,
        _ descriptors: [String]
    ) throws(SpawnError) -> [EnvironmentVariable] {
        let unit = machine.unit
        let context = unit.execution
        var given = ServiceEnvironment.Given()
        given.invocationID = invocationID
        given.instance = supervisor.configuration.paths.directory
        given.notifySocket = mayNotify(role, unit) ? supervisor.notifyAddress : nil
        given.watchdog = Self.isStart(role) ? unit.watchdog : .zero
        given.storeLimit = unit.fileDescriptorStoreMax
        given.descriptors = descriptors
        given.credentials = credentials
        if credentials == nil, context.setsLoginEnvironment == true {
            var own = context
            own.user = String(geteuid())
            given.credentials = try UserDatabase.resolve(own)
        }
        given.journalStream = journal
        given.inherited = supervisor.ownVariables
        given.locale = supervisor.locale
        given.isRoot = geteuid() == 0
        given.passAll = supervisor.configuration.passAllEnvironment
        given.files = try EnvironmentFiles.read(context.environmentFiles) { warn($0) }
        given.extra = try ServiceDirectories.variables(context)
        given.extra += machine.variables(for: role).map { EnvironmentVariable(name: $0.name, value: $0.value) }
        given.extra += originVariables(role)
        if let directory = try ServiceCredentials.directory(of: unit) {
            given.extra.append(EnvironmentVariable(name: "CREDENTIALS_DIRECTORY", value: directory))
        }
        return ServiceEnvironment.variables(for: context, given: given)
    }

    /// Who is told where to notify, as in systemd: a command beside the main process only where it may speak at all.
    private func mayNotify(_ role: ProcessRole, _ unit: ServiceUnit) -> Bool {
        switch notifyAccess(unit) {
        case .none: false
        case .main: Self.isStart(role)
        case .exec, .all: true
        }
    }

    /// Whether it is the program that the service is: `ExecStart=`, of whatever type.
    private static func isStart(_ role: ProcessRole) -> Bool {
        switch role {
        case .main, .control(.start, _): true
        case .control(.condition, _), .control(.startPre, _), .control(.startPost, _), .control(.reload, _),
            .control(.stop, _), .control(.stopPost, _):
            false
        }
    }

    /// Who is the reason for the start (systemd.exec(5), "$MONITOR_SERVICE_RESULT" and "$TRIGGER_UNIT").
    private func originVariables(_ role: ProcessRole) -> [EnvironmentVariable] {
        var variables: [(name: String, value: String)] = []
        let isMonitor: Bool =
            switch role {
            case .main, .control(.start, _), .control(.startPre, _): true
            case .control(.condition, _), .control(.startPost, _), .control(.reload, _), .control(.stop, _),
                .control(.stopPost, _):
                false
            }
        if isMonitor, let name = supervisor.units.monitored(by: name), let source = supervisor.units.service(name) {
            variables += source.resultVariables(prefix: "MONITOR_")
            if let id = supervisor.runs[name]?.invocationID, !id.isEmpty {
                variables.append(("MONITOR_INVOCATION_ID", id))
            }
            variables.append(("MONITOR_UNIT", name))
        }
        if let trigger = supervisor.units.trigger(of: name) {
            variables.append(("TRIGGER_UNIT", trigger.unit))
            variables.append(("TRIGGER_TIMER_REALTIME_USEC", String(trigger.time.realtime)))
            variables.append(("TRIGGER_TIMER_MONOTONIC_USEC", String(trigger.time.monotonic.microseconds)))
        }
        return variables.map { EnvironmentVariable(name: $0.name, value: $0.value) }
    }

    /// systemd.exec(5), "StandardInput=": the commands of a start have the terminal, those of a stop have not.
    private static func takesTerminal(_ role: ProcessRole) -> Bool {
        switch role {
        case .main, .control(.condition, _), .control(.startPre, _), .control(.start, _): true
        case .control(.startPost, _), .control(.reload, _), .control(.stop, _), .control(.stopPost, _): false
        }
    }

    /// A variable that is not set is mostly a typo; systemd logs it in these words.
    private func tell(_ expansion: ExecCommand.Expansion, of command: ExecCommand) {
        let words = "evaluates to an empty string"
        for variable in expansion.unset {
            warn("\(command.path): Referenced but unset environment variable \(words): \(variable)")
        }
        for variable in expansion.bad {
            warn("\(command.path): Invalid environment variable name \(words): \(variable)")
        }
    }

    // MARK: - The control group

    /// Makes the cgroup of the unit where it is not there. Without one, processes are found by parentage.
    private func makeCgroup() {
        guard cgroupMustBeMade, let parent = supervisor.cgroup else { return }
        do throws(SystemError) {
            let old = cgroup?.path
            cgroup = nil
            cgroupWatch = nil
            // One that was killed kills what clone3(2) puts there (Linux 6.13): another, by another name if need be.
            if let old { Cgroup.remove(old) }
            cgroup = try Cgroup.make(name, in: parent)
            cgroupMustBeMade = false
            watchMemory()
        } catch {
            supervisor.lacksCgroup = true
            log.write(.debug, "\(name): no cgroup of its own (\(error)); processes are found by parentage", unit: name)
        }
    }
}
