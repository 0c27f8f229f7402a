// Telling whoever started us: systemd, the launching command, or nobody. One code path for all of them; a message
// that cannot be delivered is logged once and is no reason to stop supervising.
import Engine
import Glibc
import Linux
import Systemd
import Units

final class Upstream {
    private let notifier: Notifier
    private let complain: (String) -> Void
    private var lastComplaint = ""
    private var lastStatus = ""

    init(notifier: Notifier, complain: @escaping (String) -> Void) {
        self.notifier = notifier
        self.complain = complain
    }

    /// Sends statements in one message.
    func send(_ statements: [Notification]) {
        do throws(NotificationError) {
            _ = try notifier.send(statements)
        } catch {
            report(error)
        }
    }

    /// Says what is going on, when it has changed.
    func status(_ text: String) {
        guard text != lastStatus else { return }
        lastStatus = text
        send([.status(text)])
    }

    /// Tells the person at the launching terminal something, while it goes on.
    func notice(_ lines: [String]) {
        do throws(NotificationError) { try notifier.notice(lines) } catch { report(error) }
    }

    /// Why it failed, for a launcher that prints it.
    func failure(_ lines: [String], exitStatus: CInt) {
        do throws(NotificationError) {
            try notifier.reportFailure(lines, exitStatus: exitStatus)
        } catch {
            report(error)
        }
    }

    private func report(_ error: NotificationError) {
        let text = "\(error)"
        guard text != lastComplaint else { return }
        lastComplaint = text
        complain(text)
    }

    /// The state in words: "running, pid 123, restarted twice".
    static func words(for machine: ServiceMachine) -> String {
        var text: String
        switch machine.state {
        case .dead: text = "stopped"
        case .condition: text = "checking its conditions"
        case .startPre: text = "preparing to start"
        case .start: text = machine.unit.type.saysReady ? "starting, waiting for READY=1" : "starting"
        case .startPost: text = "finishing its start"
        case .running: text = "running"
        case .exited: text = "active, all its commands have ended"
        case .reload, .reloadSignal, .reloadNotify: text = "reloading"
        case .stopWatchdog: text = "stopping after a missed watchdog or a timeout"
        case .stop, .stopSigterm, .finalSigterm: text = "stopping"
        case .stopSigkill, .finalSigkill: text = "killing"
        case .stopPost: text = "cleaning up"
        case .finalWatchdog: text = "stopping what takes too long to clean up"
        case .failed: text = "failed (\(machine.result.rawValue))"
        case .autoRestart, .autoRestartQueued, .deadBeforeAutoRestart, .failedBeforeAutoRestart:
            text = "waiting to restart after result '\(machine.result.rawValue)'"
        }
        if let pid = machine.mainPID { text += ", pid \(pid)" }
        switch machine.restarts {
        case 0: break
        case 1: text += ", restarted once"
        case 2: text += ", restarted twice"
        default: text += ", restarted \(machine.restarts) times"
        }
        if let own = machine.statusText { text += ": \(own)" }
        return text
    }
}
