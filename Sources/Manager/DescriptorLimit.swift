// How many descriptors daimond may have open: three or so for each service, while shells give 1024. It takes what it may have,
// gives services what it was given itself, and keeps some back: without any it could neither find nor signal processes.
import Glibc
import Linux
import Units

/// The limit of open descriptors (setrlimit(2), RLIMIT_NOFILE).
struct DescriptorLimit {
    /// What we were started with, where it was raised: for services whose unit says nothing of it.
    let given: ResourceLimitValue?
    /// The number that no descriptor reaches.
    private let ceiling: Int

    /// Kept back for looking into /proc and signalling.
    private static let reserve = 32

    /// Raises the soft limit of this process to the hard one, as systemd does for itself.
    /// - Returns: the limit from here on; where nothing could be raised, what there was.
    static func raise() -> DescriptorLimit {
        let resource = ExecPlan.number(of: .openFiles)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return DescriptorLimit(given: nil, ceiling: 1024) }
        let old = ResourceLimitValue(soft: UInt64(limit.rlim_cur), hard: UInt64(limit.rlim_max))
        let ceiling = { (soft: UInt64) in Int(min(soft, UInt64(CInt.max))) }
        limit.rlim_cur = limit.rlim_max
        guard old.soft < old.hard, setrlimit(resource, &limit) == 0 else {
            return DescriptorLimit(given: nil, ceiling: ceiling(old.soft))
        }
        return DescriptorLimit(given: old, ceiling: ceiling(old.hard))
    }

    /// Whether another process may be started.
    /// - Parameter services: how many there are: each needs one more for its end, to hear of its last process.
    /// - Throws: EMFILE where what would be left is needed for stopping those that run.
    func check(services: Int) throws(SystemError) {
        // The kernel gives the lowest number that is free.
        let next = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
        guard next >= 0 else { throw SystemError("start a process") }
        close(next)
        guard Int(next) + services < ceiling - min(DescriptorLimit.reserve, ceiling / 8) else {
            throw SystemError(
                "start a process", errno: EMFILE,
                advice: "raise the limit of open files for daimond: LimitNOFILE= of its unit, or 'ulimit -n'")
        }
    }
}
