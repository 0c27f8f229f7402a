// What a unit has on the machine beside its processes while it runs: folders, credentials, a /tmp of its own.
// One object for each unit: made before its processes, given back when they are gone.
import CLinux
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

    /// Where numbers of dynamic users are locked.
    private let locks: String
    private var userLock: DynamicUserBox?

    /// - Parameters:
    ///   - unit: whose.
    ///   - runtimeDirectory: of all instances.
    init(unit: ServiceUnit, runtimeDirectory: String) {
        self.unit = unit
        locks = "\(runtimeDirectory)/dynamic-uid"
    }

    /// Who the unit's processes run as, in numbers; nil for our own.
    /// - Throws: `.before` with systemd's exit status.
    func credentials() throws(SpawnError) -> Credentials? {
        let context = unit.execution
        guard context.isUserDynamic else { return try UserDatabase.resolve(context) }
        let name = context.user ?? DynamicUser.name(for: unit.name)
        return try UserDatabase.resolveDynamic(context, name: name) { () throws(SystemError) in
            if let userLock { return userLock.uid }
            let box = DynamicUserBox(
                try DynamicUserLock.acquire(
                    for: name, suggestions: ServiceDirectories.privateOwners(context), in: locks))
            userLock = box
            return box.uid
        }
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
        guard isPrepared || userLock != nil else { return }
        isPrepared = false
        resetTerminal(warn)
        ServiceDirectories.remove(unit.execution, isRestarting: isRestarting, warn: warn)
        ServiceCredentials.remove(unit, warn: warn)
        if let temporary {
            for path in [temporary.temporary, temporary.persistent] { Self.remove(path, warn) }
        }
        temporary = nil
        // Last: until now its files were there.
        do throws(SystemError) { try userLock?.release() } catch { warn("\(error)") }
        userLock = nil
    }

    /// A terminal is left as the next one wants to find it (systemd.exec(5), TTYReset= and TTYVHangup=).
    private func resetTerminal(_ warn: (String) -> Void) {
        let context = unit.execution
        let what = context.terminal.resetBits
        guard what != 0, context.usesTerminal else { return }
        if daimon_reset_terminal(context.terminalPath, what) != 0 {
            warn("\(SystemError("reset the terminal", context.terminalPath))")
        }
    }

    /// What the unit sees at /tmp and /var/tmp.
    /// - Throws: `.before` with status 226 (NAMESPACE).
    func temporaryMounts() throws(SpawnError) -> TemporaryMounts {
        switch unit.execution.privateTemporary {
        // A user that comes and goes may leave nothing behind (systemd.exec(5), DynamicUser=).
        case .no: return unit.execution.isUserDynamic ? .memory : .none
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

/// A lock that can be given back once.
private final class DynamicUserBox {
    let uid: uid_t
    private var lock: DynamicUserLock?

    init(_ lock: consuming DynamicUserLock) {
        uid = lock.uid
        self.lock = consume lock
    }

    func release() throws(SystemError) {
        if let lock = lock.take() { try lock.release() }
    }
}
