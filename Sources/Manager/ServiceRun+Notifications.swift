// What the processes of a service say through its notify socket (sd_notify(3)): who may, what follows, and the descriptors
// that come with it.
import Engine
import Glibc
import Instances
import Linux
import Systemd
import Units

extension ServiceRun {
    /// Who may speak: `NotifyAccess=`, or what the service has asked for since by `NOTIFYACCESS=`.
    func notifyAccess(_ unit: ServiceUnit) -> NotifyAccess { notifyAccessOverride ?? unit.effectiveNotifyAccess }

    /// Takes in a message of one of its processes.
    /// - Parameters:
    ///   - message: what was said; its descriptors close at the end of this, unless they are stored.
    ///   - fields: its assignments.
    ///   - machine: the machine of the service.
    func take(
        _ message: consuming ReceivedNotification, _ fields: [ReceivedNotification.Field], _ machine: ServiceMachine
    ) {
        var message = message
        let access = notifyAccess(machine.unit)
        // The sender last: it is only now that its pid has been looked up, and until now it may have become another's.
        guard isAllowed(message.pid, access, machine), message.isSenderThere else {
            complain("notification from pid \(message.pid) ignored: NotifyAccess=\(access.rawValue)")
            return
        }
        let reading = NotificationReading(
            fields, isOurs: { mayBecomeMain($0, by: message.uid) }, complain: { complain($0) })
        feed(.notified(reading.message))
        if let access = reading.access { notifyAccessOverride = access }
        switch reading.descriptors {
        case .store(let name, let isWatched):
            while let descriptor = message.takeDescriptor() {
                guard store(descriptor, name ?? "stored", isWatched: isWatched, machine.unit) else { return }
            }
        case .remove(let name):
            descriptors?.remove(named: name)
            supervisor.noteDescriptors(of: self.name)
        case nil: break
        }
    }

    /// Logs what is wrong with a notification, within bounds: anyone on the machine may send them, and must not be able
    /// to fill the disk.
    func complain(_ text: @autoclosure () -> String) {
        switch complaints.verdict(at: Clock.monotonic()) {
        case .pass(let suppressed):
            warn(suppressed == 0 ? text() : "\(text()) (\(suppressed) such messages were not logged)")
        case .suppress: break
        }
    }

    private func isAllowed(_ pid: pid_t, _ access: NotifyAccess, _ machine: ServiceMachine) -> Bool {
        guard pid > 0 else { return false }
        switch access {
        case .none: return false
        case .main: return pid == machine.mainPID
        // Every process that has a role beside the main one is the command of the moment.
        case .exec: return pid == machine.mainPID || roles[pid] != nil
        case .all: return roles[pid] != nil || currentTree().contains(pid)
        }
    }

    /// Whether a process may be made the main one by `MAINPID=`. Of root's word any that is there, as in systemd.
    private func mayBecomeMain(_ pid: pid_t, by uid: uid_t?) -> Bool {
        if pid == machine?.mainPID || roles[pid] == .main { return true }
        // One that has a role in another service is waited for there.
        guard pid > 1, pid != getpid(), roles[pid] == nil, supervisor.owners[pid].map({ $0 === self }) ?? true else {
            return false
        }
        return currentTree().contains(pid) || uid == 0 && ProcessIdentity(of: pid)?.isAlive == true
    }

    // MARK: - Descriptors

    /// Keeps a descriptor.
    /// - Returns: whether there may be room for more.
    private func store(
        _ descriptor: consuming OwnedDescriptor, _ name: String, isWatched: Bool, _ unit: ServiceUnit
    ) -> Bool {
        let store =
            descriptors
            ?? DescriptorStore(on: supervisor.loop) { [unowned self] name in
                log.write(.debug, "\(self.name): the stored descriptor '\(name)' has hung up; closed.", unit: self.name)
                supervisor.noteDescriptors(of: self.name)
            }
        descriptors = store
        do throws(SystemError) {
            switch try store.add(descriptor, name: name, isWatched: isWatched, limit: unit.fileDescriptorStoreMax) {
            case .stored, .duplicate: break
            case .full:
                complain(
                    "more descriptors than FileDescriptorStoreMax=\(unit.fileDescriptorStoreMax), or than daimond can "
                        + "have open, cannot be stored; the others are closed")
                return false
            }
        } catch {
            complain("\(error); it is not stored")
        }
        supervisor.noteDescriptors(of: self.name)
        return true
    }

    /// Gives up what is stored as soon as the unit says so (systemd.service(5), "FileDescriptorStorePreserve=").
    func releaseDescriptors() {
        guard let store = descriptors, store.count > 0 else { return }
        // What has no definition any more is no unit.
        let preservation = machine?.unit.fileDescriptorStorePreserve ?? .no
        let phase = machine?.state.phase ?? .rest
        let isOver: Bool =
            switch (preservation, phase) {
            case (.no, .rest), (.no, .waiting): true
            // A restart is a stop and a start with a job between them.
            case (.restart, .rest): !supervisor.units.hasJob(name)
            case (.yes, _), (_, .starting), (_, .up), (_, .stopping), (_, .ending), (.restart, .waiting): false
            }
        guard isOver else { return }
        store.removeAll()
        supervisor.noteDescriptors(of: name)
    }

    /// What the main process finds at 3, 4, …: what is stored, and what the unit has opened for it.
    /// - Returns: the descriptors with their names, and what keeps them open.
    /// - Throws: `.before` with status 202 (FDS) when a file cannot be opened.
    func passedDescriptors(_ unit: ServiceUnit) throws(SpawnError) -> PassedDescriptors {
        var passed = PassedDescriptors()
        for (descriptor, name) in descriptors?.content ?? [] {
            passed.numbers.append(descriptor)
            passed.names.append(name)
        }
        for file in try OpenFiles.open(unit.openFiles, report: { log.write(.debug, "\(name): \($0)", unit: name) }) {
            passed.numbers.append(file.box.descriptor.rawValue)
            passed.names.append(file.name)
            passed.owners.append(file.box)
        }
        return passed
    }
}

/// Descriptors for a program, in their order.
struct PassedDescriptors {
    var numbers: [CInt] = []
    var names: [String] = []
    /// Keep open what is nobody else's.
    var owners: [DescriptorBox] = []
}
