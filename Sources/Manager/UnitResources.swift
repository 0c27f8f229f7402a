// What a unit has on the machine beside its processes while it runs: folders, credentials, a /tmp of its own.
// One object for each unit: made before its processes, given back when they are gone.
import Glibc
import Linux
import Units

/// The resources of one unit.
final class UnitResources {
    private let unit: ServiceUnit
    private var isPrepared = false
    private var temporary: (temporary: String, persistent: String)?
    /// Whether it was said that there is no mount namespace.
    var namespaceIsMissed = false

    /// - Parameter unit: whose.
    init(unit: ServiceUnit) {
        self.unit = unit
    }

    /// Makes what a process of the unit needs.
    /// - Parameters:
    ///   - credentials: of the unit's user.
    ///   - isMain: whether it is for `ExecStart=`, which gets its credentials anew.
    ///   - warn: told what does not prevent the start.
    /// - Throws: `.before` with systemd's exit status.
    func prepare(_ credentials: Credentials?, isMain: Bool, warn: (String) -> Void) throws(SpawnError) {
        let isFirst = !isPrepared
        isPrepared = true
        try ServiceDirectories.prepare(unit.execution, credentials: credentials, warn: warn)
        if isMain || isFirst { try ServiceCredentials.prepare(unit, user: credentials) }
    }

    /// Gives back what belongs to a run.
    /// - Parameters:
    ///   - isRestarting: whether the unit comes back by itself.
    ///   - warn: told what could not be removed.
    func release(isRestarting: Bool, warn: (String) -> Void) {
        guard isPrepared else { return }
        isPrepared = false
        ServiceDirectories.remove(unit.execution, isRestarting: isRestarting, warn: warn)
        ServiceCredentials.remove(unit, warn: warn)
        if let temporary {
            for path in [temporary.temporary, temporary.persistent] { Self.remove(path, warn) }
        }
        temporary = nil
    }

    /// What the unit sees at /tmp and /var/tmp.
    /// - Throws: `.before` with status 226 (NAMESPACE).
    func temporaryMounts() throws(SpawnError) -> TemporaryMounts {
        switch unit.execution.privateTemporary {
        case .no: return .none
        case .disconnected: return .memory
        case .yes: break
        }
        do throws(SystemError) {
            let made: (temporary: String, persistent: String)
            if let temporary {
                made = temporary
            } else {
                let first = try Self.folder(in: "/tmp", for: unit.name)
                do throws(SystemError) {
                    made = (first, try Self.folder(in: "/var/tmp", for: unit.name))
                } catch {
                    Self.remove(first) { _ in }
                    throw error
                }
                temporary = made
            }
            return .folders(temporary: "\(made.temporary)/tmp", persistent: "\(made.persistent)/tmp")
        } catch {
            throw .before(exitStatus: 226, error)
        }
    }

    /// A folder that root alone may enter, with one in it for all: the service's programs of several users share it.
    private static func folder(in place: String, for name: UnitName) throws(SystemError) -> String {
        var template = Array("\(place)/daimon-private-\(name)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("make a folder in", place) }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard mkdir("\(path)/tmp", 0o1777) == 0, chmod("\(path)/tmp", 0o1777) == 0 else {
            let error = SystemError("make a folder in", path)
            remove(path) { _ in }
            throw error
        }
        return path
    }

    private static func remove(_ path: String, _ warn: (String) -> Void) {
        let parts = path.utf8.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
        let base = "/" + parts.dropLast().joined(separator: "/")
        do throws(SystemError) { try FolderTree.remove(parts.last ?? "", below: base) } catch { warn("\(error)") }
    }
}
