// The credentials of a service (systemd.exec(5), "CREDENTIALS"): files in a folder that its user alone may read.
import CLinux
import Glibc
import Linux
import Units

enum ServiceCredentials {
    /// systemd's limits: of one credential, and of all of a unit.
    private static let limit = 1 << 20

    /// The folder of a unit's credentials; nil for a unit without any.
    static func directory(of unit: ServiceUnit) throws(SpawnError) -> String? {
        guard !unit.execution.credentials.isEmpty else { return nil }
        do throws(SystemError) { return "\(try base())/\(unit.name)" } catch {
            throw .before(exitStatus: 243, error)
        }
    }

    /// Writes the credentials anew.
    /// - Parameters:
    ///   - unit: which.
    ///   - user: who may read them; nil for us.
    /// - Throws: `.before` with status 243 (CREDENTIALS).
    static func prepare(_ unit: ServiceUnit, user: Credentials?) throws(SpawnError) {
        guard !unit.execution.credentials.isEmpty else { return }
        do throws(SystemError) {
            let base = try base()
            try FolderTree.remove(unit.name.description, below: base)
            let opened = try FolderTree.open(unit.name.description, below: base, mode: 0o700)
            var left = limit
            var written: Set<String> = []
            // What is loaded comes before what is set: the latter is the fallback.
            let credentials = unit.execution.credentials
            for credential in credentials.filter(isLoaded) + credentials.filter({ !isLoaded($0) }) {
                guard !written.contains(credential.name) else { continue }
                guard let content = try content(of: credential, orNone: hasFallback(credential, in: credentials))
                else { continue }
                left -= content.count
                guard left >= 0 else {
                    throw SystemError("pass the credential", credential.name, errno: E2BIG)
                }
                let file = try OwnedDescriptor.open(
                    credential.name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o400,
                    in: opened.descriptor.rawValue)
                try file.writeAll(content)
                try allow(user, file, mode: 0o400, mayEnter: 0, shown: credential.name)
                written.insert(credential.name)
            }
            try allow(user, opened.descriptor, mode: 0o500, mayEnter: 1, shown: "\(base)/\(unit.name)")
        } catch {
            throw .before(exitStatus: 243, error)
        }
    }

    /// Removes them.
    static func remove(_ unit: ServiceUnit, warn: (String) -> Void) {
        guard !unit.execution.credentials.isEmpty else { return }
        do throws(SystemError) { try FolderTree.remove(unit.name.description, below: try base()) } catch {
            warn("\(error)")
        }
    }

    private static func base() throws(SystemError) -> String {
        do throws(InvalidValue) { return try SpecifierFacts.system().value(of: .credentialsDirectory) } catch {
            throw .refused("find the folder of", "credentials", because: error.message)
        }
    }

    private static func isLoaded(_ credential: ServiceCredential) -> Bool {
        switch credential.source {
        case .file: true
        case .value: false
        }
    }

    private static func hasFallback(_ credential: ServiceCredential, in all: [ServiceCredential]) -> Bool {
        all.contains { $0.name == credential.name && !isLoaded($0) }
    }

    private static func content(of credential: ServiceCredential, orNone: Bool) throws(SystemError) -> [UInt8]? {
        let path: String
        switch credential.source {
        case .value(let bytes): return bytes
        case .file(let source): path = source
        }
        let places =
            path.utf8.first == UInt8(ascii: "/")
            ? [path] : ["/etc", "/run", "/usr/local/lib", "/usr/lib"].map { "\($0)/credstore/\(path)" }
        for (index, place) in places.enumerated() {
            do throws(SystemError) { return try Files.read(place, limit: limit) } catch {
                // A name that no folder of credentials has is left out; a path that is told must be there.
                if error.errno == ENOENT, index < places.count - 1 || orNone || places.count > 1 { continue }
                throw error
            }
        }
        return nil
    }

    private static func allow(
        _ user: Credentials?, _ file: borrowing OwnedDescriptor, mode: mode_t, mayEnter: CInt, shown path: String
    ) throws(SystemError) {
        guard fchmod(file.rawValue, mode) == 0 else { throw SystemError("set the mode of", path) }
        guard let user, user.uid != geteuid() else { return }
        // The files stay root's, so that the service cannot change them. Without lists of access it owns them.
        if daimon_let_read(file.rawValue, user.uid, mayEnter) == 0 { return }
        guard fchown(file.rawValue, user.uid, user.gid) == 0 else { throw SystemError("change the owner of", path) }
    }
}
