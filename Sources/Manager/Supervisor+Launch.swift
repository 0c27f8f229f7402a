// Whether all that was asked for is up: told to whoever waits, and the end when there is nothing left to run.
import CLinux
import Engine
import Glibc
import Instances
import Linux
import Systemd
import Units

/// Where an instance stands as a whole.
enum InstancePhase: Equatable {
    /// Somebody waits for all to be ready.
    case starting
    case running
    /// All is being stopped.
    case stopping
}

extension Supervisor {
    /// A request became no job.
    func refused(_ tag: UInt64, _ error: JobError) {
        guard tag < UInt64(configuration.asked.count) else {
            log.write(.warning, "\(configuration.paths.name): \(error.message)")
            return
        }
        launch.isRefused(tag, error.message)
        log.write(.error, error.message, unit: configuration.asked[Int(tag)])
    }

    func jobFinished(_ job: JobID, _ unit: String, _ type: JobType, _ result: JobResult) {
        launch.isFinished(job, result)
        if times[unit] != nil { changed.insert(unit) }
        runs[unit]?.releaseDescriptors()
        if reloadJobs.remove(job) != nil {
            if result != .done { reloadFailed = true }
            endReloadIfOver()
        }
    }

    func stateChanged(_ unit: String, _ state: ActiveState) {
        let isWorker = unit.hasSuffix(".service") || unit.hasSuffix(".timer")
        guard isWorker || launch.isAsked.contains(unit) else { return }
        launch.isUp(unit, !state.isInactiveOrFailed, isWorker: isWorker)
        noteState(of: unit, state)
        if state == .reloading {
            reloading.insert(unit)
            announceReload()
        } else if reloading.remove(unit) != nil {
            endReloadIfOver()
        }
    }

    /// Goes on with the launch as far as events have brought it.
    func followLaunch() {
        guard !hasFinished else { return }
        switch phase {
        case .starting:
            switch launch.verdict {
            case .pending: return
            case .ready: becomeReady()
            case .failed:
                // What follows a failure has its turn before all is stopped (OnFailure=).
                guard !launch.successors.contains(where: { units.status(of: $0)?.job != nil }) else { return }
                launchFailed()
            }
            followLaunch()
        case .running:
            guard !launch.isHeld, units.isQuiet else { return }
            phase = .stopping
            feed(.stopAll)
        case .stopping: break
        }
    }

    private func becomeReady() {
        phase = .running
        // Whoever waits may look at once.
        publish()
        if !skipped.isEmpty { upstream.notice(skipped) }
        lastWords = [:]
        upstream.send([.ready, .status(upstreamStatus)])
        // Somebody waits for that message: what can wait comes after it.
        keepUnit()
        feed(.launchIsOver)
        // Reading the units took more memory than supervising them ever will.
        daimon_release_free_memory()
    }

    /// What was asked for and does not run, because its conditions do not hold: no failure, but nothing to keep quiet about.
    private var skipped: [String] {
        configuration.asked.compactMap { name in
            guard let status = units.status(of: name), let check = status.check, !check.conditionsHold else {
                return nil
            }
            return lastWords[name] ?? "\(name) was skipped because of an unmet condition check."
        }
    }

    private func launchFailed() {
        guard configuration.mode.kind != .foreground else {
            // Nobody waits for an answer; what could be started runs.
            phase = .running
            for failure in launch.failures { log.write(.error, words(failure), unit: failure.unit) }
            feed(.launchIsOver)
            return
        }
        phase = .stopping
        feed(.stopAll)
    }

    // MARK: - The end, in words and numbers

    /// The exit status for whoever runs daimond.
    var exitStatus: CInt {
        // A container's status is that of its service, whatever ended it.
        if configuration.isInit, let name = onlyService, let end = units.service(name)?.mainEnd {
            return end.shellStatus
        }
        // What failed to start comes first, then what kept others from starting, then what failed later.
        let isDependency = launch.failures.contains { $0.reason == .job(.dependency) }
        let others = isDependency ? runs.keys.sorted().filter { units.status(of: $0)?.activeState == .failed } : []
        for name in launch.failures.map(\.unit) + others + configuration.asked {
            if let status = units.service(name)?.exitStatus, status != 0 { return status }
        }
        // A start that was cut short because somebody wanted the end is no failure.
        return launch.failures.contains { !isStoppedEarly || $0.reason != .job(.canceled) } ? 1 : 0
    }

    /// The one service that was asked for.
    private var onlyService: String? { configuration.asked.count == 1 ? configuration.asked.first : nil }

    func report(end status: CInt) {
        let neverReady = isStoppedEarly || launch.verdict != .ready
        guard configuration.mode.kind == .detach, neverReady else {
            upstream.send([.stopping, .status(upstreamStatus)])
            return
        }
        upstream.failure(failureLines, exitStatus: status == 0 ? 1 : status)
    }

    private func words(_ failure: LaunchProgress.Failure) -> String {
        let shown = shownName(failure.unit)
        switch failure.reason {
        case .refused(let words): return words
        case .job(.failed):
            let result = units.status(of: failure.unit)?.result ?? "failed"
            if result == ServiceResult.success.rawValue {
                return "\(shown): the program ended with status 0 before it counted as started"
            }
            // Where many fail for want of something, the lines of the log that say so are not all shown.
            let cause = result == ServiceResult.resources.rawValue ? units.service(failure.unit)?.spawnFailure : nil
            return "\(shown): failed to start (\(result))\(cause.map { ": \($0.message)" } ?? "")"
        case .job(.dependency): return "\(shown): not started, because a unit that it requires failed"
        case .job(.assert): return "\(shown): not started, because an assertion of its unit does not hold"
        case .job(.timeout): return "\(shown): its job timed out (JobTimeoutSec=)"
        case .job(let result): return "\(shown): not started (\(result.rawValue))"
        }
    }

    /// The instance's name stands for the service that has it.
    private func shownName(_ unit: String) -> String {
        onlyService == unit && unit.hasSuffix(".service") ? configuration.paths.name : unit
    }

    private var failureLines: [String] {
        let name = configuration.paths.name
        var lines = launch.failures.map(words)
        if isStoppedEarly { lines = ["\(name): stopped before it was ready"] }
        lines += log.problems.filter { !lines.contains($0) }.map { problem in
            problem.hasPrefix(name) ? problem : "\(name): \(problem)"
        }
        var files: Set<String> = []
        for run in runs.values.sorted(by: { $0.name < $1.name })
        where units.status(of: run.name)?.activeState == .failed {
            guard files.insert(run.logFile).inserted else { continue }
            lines += lastLines(of: run)
        }
        if isStoppedEarly, files.isEmpty, let name = onlyService, let run = runs[name] { lines += lastLines(of: run) }
        return lines
    }

    private func lastLines(of run: ServiceRun) -> [String] {
        do throws(SystemError) {
            let output = try OutputFile.lastLines(run.logFile, from: run.logStart, count: 20)
                .filter { !ManagerLog.isOwnLine($0) }.suffix(10)
            guard !output.isEmpty else { return [] }
            let whose = runs.count == 1 ? "it" : run.name
            return ["the last lines that \(whose) wrote:"] + output.map { "  \($0)" }
        } catch {
            return error.errno == ENOENT ? [] : ["\(error)"]
        }
    }
}
