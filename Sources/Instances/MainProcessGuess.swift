// Which process of a Type=forking service without a PID file is the main one: a guess, as GuessMainPID= of
// systemd.service(5) has it.
import Glibc
import Linux

extension ProcessTree {
    /// The process that its starter left behind, when there is just one such.
    ///
    /// A daemon that has forked and whose parent has ended is a child of the supervisor, which is its subreaper. Its own
    /// children are not. Of two that were left behind nobody can say which is the main one, and the wrong guess would end
    /// the service when a helper ends.
    /// - Parameter controls: processes that were started beside it (`ExecStartPost=`): they are no candidates.
    /// - Returns: nil when there is none, or more than one, or no supervisor.
    package func onlyCandidate(except controls: [pid_t]) -> ProcessIdentity? {
        guard let supervisor else { return nil }
        var candidate: ProcessIdentity?
        for identity in processes() where !controls.contains(identity.pid) {
            // Of another time, if the pid is somebody else's by now.
            guard let status = ProcessStatus(of: identity.pid), status.identity == identity, !status.isDead,
                status.parent == supervisor
            else { continue }
            if candidate != nil { return nil }
            candidate = identity
        }
        return candidate
    }
}
