// Kills for want of memory: whose they were (systemd.service(5), "OOMPolicy=").
import Engine
import Glibc
import Instances
import Linux
import Units

extension ServiceRun {
    /// Counts from here on, in a control group that was just made.
    func watchMemory() {
        guard let path = cgroup?.path else { return }
        memoryEvents = MemoryEvents(in: path)
        // With OOMPolicy=kill the kernel takes all processes of the service at once.
        if machine?.unit.oomPolicy == .kill { Cgroup.set("memory.oom.group", to: "1", in: path) }
        do throws(SystemError) {
            // Before the ends of processes: the cause comes before what follows from it.
            try memoryEvents?.onChange(on: supervisor.loop, priority: -11) { [unowned self] in checkMemory() }
        } catch {
            log.write(.debug, "\(name): \(error)", unit: name)
        }
    }

    /// Tells the machine of kills in the control group of the service.
    func checkMemory() {
        guard memoryEvents?.haveRisen() == true else { return }
        feed(.oomKilled)
    }

    /// Looks for the cause of an end, before it is told.
    func checkMemory(_ end: ProcessEnd) {
        if memoryEvents != nil { return checkMemory() }
        // The group that we are in counts the kills of all services: one of them is this one's where that is how it ended.
        let isKilled = end == .killed(.kill)
        if supervisor.memoryEvents?.haveRisen() == true, isKilled { feed(.oomKilled) }
    }
}

extension Supervisor {
    /// Where services have no count of their own, the one of our own control group tells as well.
    func watchMemory() {
        memoryEvents = Cgroup.ownDirectory().flatMap { MemoryEvents(in: $0) }
        do throws(SystemError) {
            // After the ends of processes, of which one may be what was killed.
            try memoryEvents?.onChange(on: loop, priority: -9) { [unowned self] in _ = memoryEvents?.haveRisen() }
        } catch {
            log.write(.debug, "\(configuration.paths.name): \(error)")
        }
    }
}
