// The main process: which one it is (systemd.service(5), "PIDFile=", "GuessMainPID="), and the watch of one that is not our
// child.
import CLinux
import Engine
import Glibc
import Instances
import Linux
import Systemd
import Units

extension ServiceRun {
    /// The main process, told from any other that will ever have its pid. Of a child of ours it is looked up when it is
    /// first asked for: until we have reaped it nobody else can have its pid.
    var mainIdentity: ProcessIdentity? {
        if knownIdentity == nil, let notedMain { knownIdentity = ProcessIdentity(of: notedMain) }
        return knownIdentity
    }

    /// Notes who the main process is, and watches it where it is not our child.
    func noteMain(_ pid: pid_t?) {
        mainWatch = nil
        notedMain = pid
        knownIdentity = nil
        guard let pid else { return }
        supervisor.own(pid, by: self)
        guard roles[pid] == nil, let mainIdentity, ProcessStatus(of: pid)?.parent != getpid() else { return }
        do throws(SystemError) {
            let handle = try ProcessHandle(mainIdentity)
            let descriptor = handle.rawValue
            let box = HandleBox(handle)
            mainWatch = try supervisor.loop.onReadable(descriptor) { [unowned self] in
                withExtendedLifetime(box) { foreignMainEnded(pid) }
            }
        } catch {
            if error.errno == ESRCH { return feed(.processEnded(.main, .unknown)) }
            warn("\(error)")
        }
    }

    private func foreignMainEnded(_ pid: pid_t) {
        mainWatch = nil
        guard machine?.mainPID == pid else { return }
        var exit = daimon_child_exit()
        // It may have become ours meanwhile, through the end of its parent; else only its parent knows its status.
        let isOurs = daimon_wait_child(pid, 0, 0, &exit) == 0 && exit.pid == pid
        supervisor.disown(pid)
        feed(.processEnded(.main, isOurs ? Supervisor.end(of: exit) : .unknown))
        checkTree()
    }

    // MARK: - Forking

    /// Looks for the main process of a service that has forked.
    func findMain(_ source: MainPIDSource) {
        pidFileWatch = nil
        switch source {
        case .guess: answerMain(currentTree().onlyCandidate(except: controls)?.pid, isFirst: true)
        case .file(let path, let isDemanded):
            if isDemanded {
                // Watched first and looked at after: what is written in between is not missed.
                do throws(SystemError) {
                    pidFileWatch = try PathWatch(path, on: supervisor.loop) { [unowned self] in fileChanged(path) }
                } catch {
                    // TimeoutStartSec= ends the wait.
                    warn("\(error); a PID file that comes later is not seen")
                }
            }
            answerMain(mainPID(inFile: path, isDemanded: isDemanded), isFirst: true)
        }
    }

    private var controls: [pid_t] { roles.filter { $0.value != .main }.map(\.key) }

    private func fileChanged(_ path: String) {
        guard machine?.awaitsPIDFile == true else {
            pidFileWatch = nil
            return
        }
        // Half written, or of a process that is not there yet: the next change tells more.
        if let pid = mainPID(inFile: path, isDemanded: true) { answerMain(pid, isFirst: false) }
    }

    private func answerMain(_ pid: pid_t?, isFirst: Bool) {
        let event = ServiceEvent.mainPIDFound(pid, treeIsEmpty: pid == nil && currentTree().processes().isEmpty)
        if isFirst { answer(event) } else { feed(event) }
    }

    /// The pid in a file, when it is that of a living process of this service: whoever may write the file could name any.
    private func mainPID(inFile path: String, isDemanded: Bool) -> pid_t? {
        do throws(SystemError) {
            let file = try ServicePIDFile.read(path)
            // Root's word is believed about strangers, but not about the main process or a command of another service of the
            // instance (two units with one PID file): its end would be told to one of them alone, and the other would wait
            // for it without end.
            if let owner = supervisor.owners[file.process.pid], owner !== self {
                complain("\(path) names process \(file.process.pid), which is of \(owner.name); refused")
                return nil
            }
            let belongs = currentTree().contains(file.process.pid)
            if let refusal = file.refusal(belongs: belongs, controls: controls) {
                complain(refusal)
                return nil
            }
            return file.process.pid
        } catch {
            if isDemanded { log.write(.debug, "\(name): \(error)", unit: name) }
            return nil
        }
    }
}

/// Keeps a handle alive as long as an event source uses its number.
private final class HandleBox {
    let handle: ProcessHandle
    init(_ handle: consuming ProcessHandle) { self.handle = handle }
}
