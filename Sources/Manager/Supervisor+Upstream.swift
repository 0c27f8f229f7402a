// What whoever started us is told: readiness, the state in words, reloads, the watchdog, how long to wait.
import CLinux
import Daemon
import Engine
import Glibc
import Instances
import Linux
import Systemd
import Units

extension Supervisor {
    /// The state in words: of the one service, or of all together.
    var upstreamStatus: String {
        let asked = configuration.asked
        if asked.count == 1, let machine = units.service(asked[0]) { return Upstream.words(for: machine) }
        var counts: [ActiveState: Int] = [:]
        var last: String?
        for name in asked {
            guard let status = units.status(of: name) else { continue }
            counts[status.activeState, default: 0] += 1
            if status.activeState != .active { last = name }
        }
        let words = [ActiveState.active, .reloading, .activating, .deactivating, .inactive, .failed].compactMap {
            state in
            counts[state].map { "\($0) \(state.rawValue)" }
        }
        let text = words.joined(separator: ", ")
        return counts[.active] == asked.count || last == nil ? text : "\(text) (\(last ?? ""))"
    }

    /// A service is ready, for the first time or again.
    func serviceStarted(_ run: ServiceRun) {
        guard phase == .running, configuration.asked == [run.name] else { return }
        upstream.send([.ready, .status(upstreamStatus)])
    }

    /// Feeds the watchdog above us at half its interval, as sd_watchdog_enabled(3) advises, and only while what was asked
    /// for is as it should be.
    func armUpstreamWatchdog() throws(SystemError) {
        guard let watchdogInterval else { return }
        upstreamWatchdog = try loop.at(Clock.monotonic() + watchdogInterval / 2) { [unowned self] in
            let now = now.monotonic
            let isHealthy = configuration.asked.allSatisfy { units.service($0)?.isHealthy(at: now) ?? true }
            if isHealthy { upstream.send([.watchdog]) }
            do throws(SystemError) {
                try armUpstreamWatchdog()
            } catch {
                log.write(.error, "\(error)")
            }
        }
    }

    /// The services' own timeouts count, not those of the unit that runs daimond: the manager above is asked to wait
    /// as long, and a little longer (sd_notify(3), EXTEND_TIMEOUT_USEC=).
    func extendUpstreamTimeout(_ deadline: Instant?, for run: ServiceRun) {
        guard configuration.mode.kind == .supervised, let machine = run.machine else { return }
        let isWaiting: Bool =
            switch machine.state.phase {
            case .starting: phase == .starting
            case .stopping, .ending: phase == .stopping
            case .rest, .up, .waiting: false
            }
        guard isWaiting else { return }
        let margin: UInt64 = 5_000_000
        let year: UInt64 = 365 * 24 * 3600 * 1_000_000
        let present = now.monotonic.microseconds
        let wanted = deadline.map { max($0.microseconds, present) } ?? present + year
        // Of several the longest counts: a shorter one must not take back what a longer one needs.
        guard wanted > upstreamDeadline || upstreamDeadline < present else { return }
        upstreamDeadline = wanted
        upstream.send([.extendTimeout(microseconds: min(wanted - present, year) + margin)])
    }

    // MARK: - Reload

    private static let reloadTag: UInt64 = .max

    /// SIGHUP: everything that is up and can be reloaded is.
    func reloadServices() {
        guard phase == .running else {
            log.write(.warning, "\(configuration.paths.name): not all of it is up, so nothing is reloaded.")
            noteReload(hasFailed: true)
            return
        }
        let names = runs.keys.sorted().filter { name in
            guard let machine = units.service(name) else { return false }
            return machine.state.phase == .up && machine.canReload
        }
        reloadIsAsked = true
        announceReload()
        if names.isEmpty {
            log.write(.warning, "\(configuration.paths.name): nothing of it is running that can be reloaded.")
            reloadFailed = true
        } else {
            let requests = names.map { UnitRequest(.reload, $0, isManual: true, tag: Supervisor.reloadTag) }
            feed(.requests(requests))
        }
        endReloadIfOver()
    }

    /// A job for a request of ours that is none of the launch.
    func otherIsQueued(_ tag: UInt64, _ job: JobID) {
        if tag == Supervisor.reloadTag { reloadJobs.insert(job) }
    }

    func serviceReloaded(_ run: ServiceRun, _ isGood: Bool) {
        if !isGood { reloadFailed = true }
    }

    /// Writes down how a reload has ended, for whoever waits for it.
    private func noteReload(hasFailed: Bool) {
        serviceReloads += 1
        serviceReloadFailed = hasFailed
        headIsWritten = false
        publish()
    }

    /// A reload that a service began by itself is one of ours as well, for the manager above.
    func announceReload() {
        guard !reloadIsAnnounced, phase == .running else { return }
        reloadIsAnnounced = true
        upstream.send([.reloading, .status("reloading")])
    }

    func endReloadIfOver() {
        guard reloadIsAnnounced, reloading.isEmpty, reloadJobs.isEmpty else { return }
        reloadIsAnnounced = false
        let words = upstreamStatus + (reloadFailed ? " (reload failed)" : "")
        if reloadIsAsked { noteReload(hasFailed: reloadFailed) }
        reloadIsAsked = false
        reloadFailed = false
        // While all is being stopped nobody waits for it any more.
        if phase == .running { upstream.send([.ready, .status(words)]) }
    }
}
