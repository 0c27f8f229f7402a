// The processes of one service: which they are, what they are sent, and who watches for the end of the last one.
import CLinux
import Engine
import Glibc
import Instances
import Linux
import Systemd
import Units

extension ServiceRun {
    /// The processes of the service, as they are told from those of others now.
    func currentTree() -> ProcessTree {
        var tree = ProcessTree(
            cgroup: cgroup?.path, invocationID: invocationID, supervisor: getpid(), main: mainIdentity)
        tree.strangers = supervisor.strangers
        if tree.cgroup == nil { tree.children = supervisor.children(of: self) }
        return tree
    }

    /// The pids of the main process and of the commands beside it.
    private func mains(_ machine: ServiceMachine) -> [pid_t] {
        (machine.mainPID.map { [$0] } ?? []) + roles.filter { $0.value != .main }.map(\.key)
    }

    func signalMain(_ signal: Signal) {
        guard let mainIdentity, machine?.mainPID == mainIdentity.pid else { return }
        do throws(SystemError) {
            try ProcessHandle(mainIdentity).send(signal.number)
        } catch {
            if error.errno != ESRCH { warn("\(error)") }
        }
    }

    /// Signals a process that has a role: ours and not yet reaped, so that its pid is its own.
    func send(_ signal: Signal, to pid: pid_t) {
        do throws(SystemError) {
            try ProcessHandle(pid: pid).send(signal.number)
        } catch {
            if error.errno != ESRCH { warn("\(error)") }
        }
    }

    func kill(_ request: KillRequest) {
        guard let machine else { return }
        let tree = currentTree()
        let isAlive = tree.signal(request, mains: mains(machine)) { warn($0) }
        if isAlive && request.main && request.rest && request.signal == .kill, let path = tree.cgroup {
            cgroupMustBeMade = Cgroup.killAll(in: path) || cgroupMustBeMade
        }
        // A main process that has ended but is not yet reaped is still to be heard of.
        feed(.signalled(waiting: isAlive || (request.main && machine.mainPID != nil)))
        watchCgroup()
    }

    /// Looks whether anything is left, where the machine wants to know.
    func checkTree() {
        guard let machine, machine.watchesTree, currentTree().processes().isEmpty else { return }
        feed(.treeEmpty)
    }

    /// In a cgroup there may be processes that are not our descendants: their end is told by cgroup.events.
    func watchCgroup() {
        guard let path = cgroup?.path, cgroupWatch == nil else { return }
        do throws(SystemError) {
            let events = try OwnedDescriptor.open("\(path)/cgroup.events", O_RDONLY)
            let descriptor = events.rawValue
            let box = DescriptorBox(events)
            cgroupWatch = try supervisor.loop.onPriority(descriptor) { [unowned self] in
                withExtendedLifetime(box) {
                    if !box.rewind() {
                        // Somebody removed the cgroup. To go on watching would spin, to start into it would fail.
                        cgroupWatch = nil
                        cgroupMustBeMade = true
                    }
                    checkTree()
                }
            }
        } catch {
            log.write(.debug, "\(name): \(error)", unit: name)
        }
    }

    // MARK: - Ends

    /// A child of ours that has this role, or none, has ended.
    func processEnded(_ pid: pid_t, _ end: ProcessEnd) {
        checkMemory(end)
        let role = roles.removeValue(forKey: pid)
        if machine?.mainPID == pid {
            feed(.processEnded(.main, end))
        } else if let role, role != .main {
            feed(.processEnded(role, end))
        }
        checkTree()
    }
}
