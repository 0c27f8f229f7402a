// The commands beside the main process: ExecCondition=, ExecStartPre=, ExecStartPost=, ExecReload=, ExecStop= and
// ExecStopPost=, one after the other, and the ExecStart= of Type=forking (systemd.service(5)).
import Units

/// The command that runs, or was asked for.
struct ControlCommand: Equatable, Sendable {
    let list: CommandList
    let index: Int
}

extension ServiceUnit {
    func commands(of list: CommandList) -> [ExecCommand] {
        switch list {
        case .condition: self.execCondition
        case .startPre: self.execStartPre
        case .start: self.execStart
        case .startPost: self.execStartPost
        case .reload: self.execReload
        case .stop: self.execStop
        case .stopPost: self.execStopPost
        }
    }
}

extension CommandList {
    /// The state in which its commands run.
    var state: ServiceState {
        switch self {
        case .condition: .condition
        case .startPre: .startPre
        case .start: .start
        case .startPost: .startPost
        case .reload: .reload
        case .stop: .stop
        case .stopPost: .stopPost
        }
    }
}

extension ServiceMachine {
    /// Enters the state of a list and runs its first command.
    mutating func runCommands(_ list: CommandList, at now: Instant) {
        setState(list.state)
        runCommand(list, 0, at: now)
    }

    private mutating func runCommand(_ list: CommandList, _ index: Int, at now: Instant) {
        // Each command has the whole time, as in systemd.
        switch list {
        case .condition, .startPre, .start, .startPost, .reload: armState(unit.timeoutStart, at: now)
        case .stop, .stopPost: armState(unit.timeoutStop, at: now)
        }
        control = ControlCommand(list: list, index: index)
        treeIsEmpty = false
        actions.append(.spawn(.control(list, index), unit.commands(of: list)[index]))
    }

    mutating func controlSpawned(_ command: ControlCommand) {
        treeIsEmpty = false
        // A timer that could not be set has elapsed before this answer came, and what wanted the command is over.
        guard control != command else { return }
        actions.append(.signalControl(.kill))
        actions.append(.abandonControl)
    }

    mutating func controlFailed(_ command: ControlCommand, _ failure: SpawnFailure, at now: Instant) {
        guard control == command else { return }
        if controlFailure == nil { controlFailure = failure }
        // No process at all is a failure that the prefix "-" does not forgive; a status of 203 it does.
        if failure.exitStatus == 0 {
            control = nil
            listEnded(command.list, .resources, at: now)
        } else {
            controlEnded(command, .exited(failure.exitStatus), at: now)
        }
    }

    mutating func controlEnded(_ ended: ControlCommand, _ end: ProcessEnd, at now: Instant) {
        guard control == ended else { return }
        control = nil
        let commands = unit.commands(of: ended.list)
        let command = commands[ended.index]
        let isClean =
            end.isClean(success: unit.successExitStatus, asCommand: ended.list != .start) || command.ignoreFailure
        var outcome = isClean ? ServiceResult.success : end.failure
        if ended.list == .condition, case .exited(1...254) = end, !isClean {
            outcome = .execCondition
            log(.info, "\(unit.name): \(command.path) \(describe(end)), so it is not started.")
        } else if !isClean {
            if controlEnd == nil { controlEnd = end }
            log(.warning, "\(unit.name): \(ended.list.rawValue)= command \(command.path) \(describe(end)).")
        }
        if isClean, state == ended.list.state, ended.index + 1 < commands.count {
            runCommand(ended.list, ended.index + 1, at: now)
            return
        }
        listEnded(ended.list, outcome, at: now)
    }

    /// The last command of a list has ended, or one has failed.
    private mutating func listEnded(_ list: CommandList, _ outcome: ServiceResult, at now: Instant) {
        guard state == list.state else { return lateCommandEnded(outcome, at: now) }
        switch list {
        case .condition: outcome == .success ? enterStartPre(at: now) : startFailed(outcome, at: now)
        case .startPre: outcome == .success ? enterStart(at: now) : startFailed(outcome, at: now)
        case .start: outcome == .success ? findMain(after: .start, at: now) : startFailed(outcome, at: now)
        case .startPost: outcome == .success ? findMain(after: .startPost, at: now) : startFailed(outcome, at: now)
        case .reload:
            if outcome != .success { reloadFailed = true }
            findMain(after: .reload, at: now)
        case .stop:
            fail(outcome)
            beginSignals(at: now)
        case .stopPost:
            fail(outcome)
            // A main process that SIGKILL did not end, or may not, is awaited as long as the command might have taken.
            if mainPID == nil { enterSignal(.finalSigterm, at: now) }
        }
    }

    /// A command that was told to go has gone.
    private mutating func lateCommandEnded(_ outcome: ServiceResult, at now: Instant) {
        switch state {
        case .stopWatchdog, .stopSigterm, .stopSigkill:
            fail(outcome)
            if mainPID == nil { leaveStop(at: now) }
        case .finalWatchdog, .finalSigterm, .finalSigkill: fail(outcome)
        case .dead, .failed, .condition, .startPre, .start, .startPost, .running, .exited, .reload, .reloadSignal,
            .reloadNotify, .stop, .stopPost, .deadBeforeAutoRestart, .failedBeforeAutoRestart, .autoRestart,
            .autoRestartQueued:
            break
        }
    }

    /// Waits for the command no longer. It stays a process of the service, and goes with the rest of the tree.
    /// - Parameter kills: whether it gets SIGKILL; not where the unit forbids it.
    mutating func abandonControl(kills: Bool = true) {
        guard control != nil else { return }
        control = nil
        if kills { actions.append(.signalControl(.kill)) }
        actions.append(.abandonControl)
    }

    // MARK: - The main process by its PID file

    /// Looks for the main process where a command may have left one behind, then goes on with what follows the list.
    private mutating func findMain(after list: CommandList, at now: Instant) {
        let isKnown = mainPID != nil
        if let path = unit.pidFile, list == .reload || !isKnown || list == .startPost {
            // ExecStartPost= may be what writes the file, so before it nothing is demanded; nor where it only might name
            // another process than the one that is known.
            let isDemanded = !isKnown && (list == .startPost || (list == .start && unit.execStartPost.isEmpty))
            search = MainSearch(purpose: .list(list), isDemanded: isDemanded)
            actions.append(.findMainPID(.file(path, isDemanded: isDemanded)))
        } else if unit.type == .forking, unit.pidFile == nil, unit.guessMainPID, !isKnown {
            search = MainSearch(purpose: .list(list), isDemanded: false)
            actions.append(.findMainPID(.guess))
        } else {
            goOn(after: list, at: now)
        }
    }

    mutating func mainPIDFound(_ pid: Int32?, treeIsEmpty isEmpty: Bool, at now: Instant) {
        guard let search else { return }
        var pid = pid
        // Its file still names what has ended and its parent has not reaped.
        if case .successor(let old, _) = search.purpose, pid == old { pid = nil }
        if let pid {
            self.search = nil
            if pid != mainPID {
                log(.info, "\(unit.name): the main process is \(pid).")
                mainPID = pid
                mainEnd = nil
                treeIsEmpty = false
            }
            return found(search, at: now)
        }
        if isEmpty { treeIsEmpty = true }
        if !search.isDemanded {
            self.search = nil
            return found(search, at: now)
        }
        if isEmpty { pidFileNeverCame(at: now) }
    }

    /// The search has an answer, be it that there is none.
    private mutating func found(_ search: MainSearch, at now: Instant) {
        switch search.purpose {
        case .list(let list): goOn(after: list, at: now)
        case .successor(_, let end): if mainPID == nil { mainIsGone(end, at: now) }
        }
    }

    /// Nobody is left who could write the PID file.
    mutating func pidFileNeverCame(at now: Instant) {
        log(.error, "\(unit.name): all its processes have ended and PIDFile= names none of them.")
        fail(.protocol)
        if state == .startPost { enterStop(at: now) } else { beginSignals(at: now) }
    }

    private mutating func goOn(after list: CommandList, at now: Instant) {
        switch list {
        case .start: enterStartPost(at: now)
        case .startPost: enterRunning(at: now)
        case .reload: endReload(at: now)
        case .condition, .startPre, .stop, .stopPost: break
        }
    }
}

/// A search for the main process that goes on.
struct MainSearch: Equatable, Sendable {
    enum Purpose: Equatable, Sendable {
        /// A list of commands may have left one behind.
        case list(CommandList)
        /// The one that there was has ended so.
        case successor(of: Int32, ProcessEnd)
    }

    let purpose: Purpose
    let isDemanded: Bool
}
