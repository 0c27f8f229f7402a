// Whether a unit runs in an instance of another name already: a second copy of a server would fight the first for its port and
// its files. Instances know nothing of each other, but each writes down what it runs.
import Engine
import Glibc
import Linux

/// The other instances of the same runtime directory.
package enum OtherInstances {
    /// A unit that runs elsewhere.
    package struct Holder: Equatable, Sendable {
        /// The unit's full name.
        package var unit: String
        /// The instance that runs it.
        package var instance: String
        /// The daimond of that instance.
        package var daimond: pid_t
    }

    /// Looks for units that are up, or on their way, in other instances.
    /// - Parameters:
    ///   - units: full names.
    ///   - paths: the instance that wants them.
    /// - Returns: the first that is found; nil where there is none, and where nothing can be read.
    package static func holder(of units: [String], besides paths: InstancePaths) -> Holder? {
        do throws(SystemError) {
            let boot = try Processes.bootID()
            for name in try Files.list(paths.base).sorted() where name != paths.name && !name.hasPrefix(".") {
                guard let state = state(of: InstancePaths(name: name, base: paths.base, logs: paths.logs)),
                    state.isUp, state.bootID == boot, let daimond = state.daimond, daimond.isAlive
                else { continue }
                for unit in units where state.unit(unit)?.isDown == false {
                    return Holder(unit: unit, instance: name, daimond: daimond.pid)
                }
            }
        } catch {
            return nil  // there is no such folder, so no other instance
        }
        return nil
    }

    private static func state(of paths: InstancePaths) -> InstanceState? {
        do throws(SystemError) {
            return InstanceState(decoding: try Files.readText(paths.stateFile, limit: InstanceState.limit))
        } catch {
            return nil  // no instance, or one that has never written anything
        }
    }
}
