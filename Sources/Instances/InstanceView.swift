// An instance seen from outside: what its lock, its state file and its processes say together. The lock is the
// truth about whether a daimond runs; the file alone may be old or deleted.
import Engine
import Glibc
import Linux
import Units

/// What is known of an instance now.
package struct InstanceView: Sendable {
    /// The places it was looked for in.
    package let paths: InstancePaths
    /// The stored state; nil when there is no state file.
    package let state: InstanceState?
    /// The daimond that runs it; nil when none does.
    package let daimond: ProcessIdentity?
    /// Its processes without daimond itself, or the survivors when daimond was killed.
    package let processes: [ProcessIdentity]

    /// Looks at an instance.
    /// - Parameter paths: which.
    /// - Returns: what is so at this moment; a state of an earlier boot is shown as no longer running.
    /// - Throws: `SystemError` when its state exists and cannot be read, or its lock cannot be asked for.
    package static func look(at paths: InstancePaths) throws(SystemError) -> InstanceView {
        var state: InstanceState?
        do throws(SystemError) {
            state = InstanceState(decoding: try Files.readText(paths.stateFile, limit: InstanceState.limit))
        } catch {
            guard error.errno == ENOENT || error.errno == ENOTDIR else { throw error }
        }
        if let stored = state, stored.bootID != (try Processes.bootID()) {
            // Written before the last boot: every process it names is gone, whoever has their pids now.
            var old = stored
            old.daimond = nil
            old.controlGroup = nil
            old.isUp = false
            for index in old.units.indices {
                old.units[index].main = nil
                old.units[index].controlGroup = nil
                if !old.units[index].isDown {
                    (old.units[index].activeState, old.units[index].subState) = (.inactive, "dead")
                }
            }
            state = old
        }
        let daimond = try runningDaimond(paths, state)
        let processes: [ProcessIdentity]
        if let daimond {
            var tree =
                state?.tree(daimondIsAlive: true)
                ?? ProcessTree(cgroup: nil, invocationID: "", supervisor: daimond.pid, main: nil)
            tree.supervisor = daimond.pid
            processes = tree.processes()
        } else {
            processes = Survivors.find(paths)
        }
        return InstanceView(
            paths: paths, state: state, daimond: daimond, processes: processes.sorted { $0.pid < $1.pid })
    }

    private static func runningDaimond(
        _ paths: InstancePaths, _ state: InstanceState?
    ) throws(SystemError) -> ProcessIdentity? {
        do throws(SystemError) {
            if let pid = try InstanceLock.holder(name: paths.name, base: paths.base), pid > 0 {
                return ProcessIdentity(of: pid)
            }
        } catch {
            // No parent directory, so no instance either.
            guard error.errno == ENOENT || error.errno == ENOTDIR else { throw error }
        }
        // A daimond in another network namespace has its lock there.
        if let written = state?.daimond, written.isAlive { return written }
        return nil
    }

    /// Whether it has several units, or one that does not have its name.
    package var isSet: Bool {
        guard let state else { return false }
        return state.units.count > 1 || state.asked.contains { !$0.hasSuffix(".service") }
    }

    /// Whether the state is one that a killed daimond left behind.
    package var wasKilled: Bool {
        guard daimond == nil else { return false }
        guard let state else { return !processes.isEmpty }
        return state.isUp
    }

    /// The exit status of `status`, as in the Linux Standard Base: 0 runs, 1 dead with its files left behind, 3 does
    /// not run, 4 unknown.
    package var exitStatus: CInt {
        if daimond != nil {
            guard let state else { return 0 }
            let states = state.asked.map { state.unit($0)?.activeState ?? .inactive }
            return states.allSatisfy { $0 == .active || $0 == .reloading } ? 0 : 3
        }
        if wasKilled { return 1 }
        return state == nil ? 4 : 3
    }
}
