// Processes that outlived their daimond: what the state file and the processes' own environment tell of them.
import Engine
import Glibc
import Linux

/// Processes that outlived their daimond.
package enum Survivors {
    /// The survivors of an instance whose daimond is dead. Processes that an orderly stop left alive on purpose
    /// (`KillMode=process`) are none.
    /// - Parameter paths: the instance.
    /// - Returns: the survivors by ascending pid; none when the state file is of an earlier boot.
    package static func find(_ paths: InstancePaths) -> [ProcessIdentity] {
        do throws(SystemError) {
            let state = InstanceState(decoding: try Files.readText(paths.stateFile, limit: InstanceState.limit))
            guard state.isUp, state.bootID == (try Processes.bootID()) else { return [] }
            return state.tree(daimondIsAlive: false).processes().sorted { $0.pid < $1.pid }
        } catch {
            // No state: never started, or somebody deleted the files. The mark in the environment tells.
            return marked(paths)
        }
    }

    /// Anyone may put the mark into an environment of his own: a stranger must neither keep an instance from starting
    /// nor be stopped in its place. So a marked process has to run as us, or in a control group of daimon's making,
    /// which is where a service with `User=` is.
    private static func isOurs(_ pid: pid_t) -> Bool {
        do throws(SystemError) {
            // The real uid: a program that is set-user-ID was still started by somebody else (credentials(7)).
            let status = try Files.readText("/proc/\(pid)/status", limit: 64 << 10)
            let uid = status.split(separator: "\n").first { $0.hasPrefix("Uid:") }?
                .split(whereSeparator: { $0 == "\t" || $0 == " " }).dropFirst().first.flatMap { uid_t($0) }
            if uid == getuid() { return true }
            return try Files.readText("/proc/\(pid)/cgroup", limit: 64 << 10).split(separator: "\n")
                .contains { line in
                    line.hasPrefix("0::") && line.split(separator: "/").contains { $0.hasPrefix("daimon-") }
                }
        } catch {
            return false  // it is gone
        }
    }

    private static func marked(_ paths: InstancePaths) -> [ProcessIdentity] {
        let mark = "DAIMON_INSTANCE=\(paths.directory)"
        var ancestors: Set<pid_t> = [getpid()]
        var current = getppid()
        // A start from within the service itself carries the mark too; its own line of parents is no survivor.
        while current > 1, ancestors.insert(current).inserted, let status = ProcessStatus(of: current) {
            current = status.parent
        }
        do throws(SystemError) {
            return try Processes.all().filter { pid in
                !ancestors.contains(pid) && Processes.environment(of: pid, has: mark) && isOurs(pid)
            }.compactMap { ProcessStatus(of: $0) }.filter { !$0.isDead }.map(\.identity).sorted { $0.pid < $1.pid }
        } catch {
            return []
        }
    }
}
