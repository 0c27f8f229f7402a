// The timers of jobs and of timer units, what moves them (the wall clock, the time zone), and the stamps by which persistent
// timers know over a restart when they elapsed last (systemd.timer(5), "Persistent=").
import Engine
import Glibc
import Instances
import Linux
import Systemd
import Units

extension Supervisor {
    func set(_ timer: UnitTimer, _ deadline: Deadline?, _ accuracy: TimeSpan) {
        timers[timer] = nil
        guard let deadline else { return }
        let (time, clock): (UInt64, TimerClock) =
            switch deadline {
            case .monotonic(let instant): (instant.microseconds, .monotonic)
            case .realtime(let time): (time, .realtime)
            }
        do throws(SystemError) {
            timers[timer] = try loop.at(time, clock: clock, accuracy: accuracy.microseconds) { [unowned self] in
                timers[timer] = nil
                feed(.timerElapsed(timer))
            }
        } catch {
            // Late is better than never, and a timer unit that elapses too early looks at the time again.
            log.write(.error, "\(error)")
            enqueue(.timerElapsed(timer))
        }
    }

    /// Where timer units come in, the wall clock and the time zone are watched.
    func prepareTimers(_ definitions: [UnitDefinition]) {
        let hasCalendars = definitions.contains { definition in
            guard case .timer(let unit, _) = definition.kind else { return false }
            return !unit.calendar.isEmpty || unit.onClockChange || unit.onTimeZoneChange
        }
        guard hasCalendars, clockWatch == nil else { return }
        do throws(SystemError) {
            clockWatch = try ClockWatch(on: loop) { [unowned self] in feed(.clockChanged) }
            zoneWatch = try PathWatch("/etc/localtime", on: loop) { [unowned self] in zoneChanged() }
        } catch {
            log.write(.warning, "\(error); timers do not notice when the clock or the time zone is set")
        }
        zoneChanged()
    }

    private func zoneChanged() {
        let rules = TimeZoneRules.system()
        guard rules != localZone else { return }
        localZone = rules
        feed(.timeZoneChanged(rules))
    }

    /// A number that is always the same on this machine (machine-id(5)).
    static var machineSeed: UInt64 {
        do throws(SystemError) {
            return InstanceLock.hash(try Files.readText("/etc/machine-id", limit: 256))
        } catch {
            return 0  // FixedRandomDelay= is the same on every machine without one
        }
    }

    // MARK: - Stamps

    /// When a persistent timer elapsed last, by the time of its stamp; nil for other units, and where there is no stamp.
    func stamp(of definition: UnitDefinition) -> UInt64? {
        guard case .timer(let unit, _) = definition.kind, unit.persistent else { return nil }
        var status = stat()
        guard lstat(stampPath(definition.name), &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        guard status.st_mtim.tv_sec >= 0 else { return nil }
        return UInt64(status.st_mtim.tv_sec) &* 1_000_000 &+ UInt64(status.st_mtim.tv_nsec / 1000)
    }

    func writeStamp(of unit: String, _ time: UInt64) {
        let path = stampPath(unit)
        do throws(SystemError) {
            _ = try InstanceDirectory.make(configuration.paths.stamps, mode: 0o755)
            let file = try OwnedDescriptor.open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NOCTTY, mode: 0o644)
            let moment = timespec(tv_sec: time_t(time / 1_000_000), tv_nsec: Int(time % 1_000_000) * 1000)
            guard futimens(file.rawValue, [moment, moment]) == 0 else { throw SystemError("set the time of", path) }
        } catch {
            log.write(.warning, "\(unit): \(error); after a restart it does not know that it has elapsed", unit: unit)
        }
    }

    private func stampPath(_ unit: String) -> String { "\(configuration.paths.stamps)/stamp-\(unit)" }
}
