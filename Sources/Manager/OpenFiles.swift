// The files that a unit has opened for its main process (systemd.service(5), "OpenFile=").
import CLinux
import Glibc
import Linux
import Units

enum OpenFiles {
    /// A file that is open.
    struct Opened {
        let box: DescriptorBox
        let name: String
    }

    /// Opens the files of a unit, with the rights of the manager: the service may not have them.
    /// - Parameters:
    ///   - files: what to open.
    ///   - report: told what could not be opened and need not be (`graceful`).
    /// - Returns: the open files in the order of the unit.
    /// - Throws: `.before` with status 202 (FDS).
    static func open(_ files: [OpenFile], report: (String) -> Void) throws(SpawnError) -> [Opened] {
        var result: [Opened] = []
        for file in files {
            do throws(SystemError) {
                result.append(Opened(box: DescriptorBox(try open(file)), name: file.name))
            } catch {
                guard file.isGraceful else { throw .before(exitStatus: 202, error) }
                report("\(error) (OpenFile=, graceful)")
            }
        }
        return result
    }

    private static func open(_ file: OpenFile) throws(SystemError) -> OwnedDescriptor {
        // What it is must be known first, and must not be another when it is opened.
        let number = daimon_open_path(file.path)
        guard number >= 0 else { throw SystemError("open", file.path) }
        let place = OwnedDescriptor(owning: number)
        var status = stat()
        guard fstat(place.rawValue, &status) == 0 else { throw SystemError("look at", file.path) }
        let link = "/proc/self/fd/\(place.rawValue)"
        if status.st_mode & S_IFMT == S_IFSOCK { return try connect(link, file) }
        var flags = file.access == .readOnly ? O_RDONLY : O_RDWR
        switch file.access {
        case .append: flags |= O_APPEND
        case .truncate: flags |= O_TRUNC
        case .readOnly, .readAndWrite: break
        }
        // O_NONBLOCK for the opening alone: a FIFO without a writer must not stop us (fifo(7)).
        let value = daimon_open(link, flags | O_NOCTTY | O_CLOEXEC | O_NONBLOCK, 0)
        guard value >= 0 else { throw SystemError("open", file.path) }
        let descriptor = OwnedDescriptor(owning: value)
        let present = daimon_fcntl(value, F_GETFL, 0)
        guard present >= 0, daimon_fcntl(value, F_SETFL, CLong(present & ~O_NONBLOCK)) >= 0 else {
            throw SystemError("open", file.path)
        }
        return descriptor
    }

    /// Connects to a socket of any type, as systemd does.
    private static func connect(_ link: String, _ file: OpenFile) throws(SystemError) -> OwnedDescriptor {
        let purpose = "connect to the socket"
        for type in [SOCK_DGRAM, SOCK_STREAM, SOCK_SEQPACKET] {
            // A full queue must not stop us: it is EAGAIN then.
            let value = socket(AF_UNIX, CInt(type.rawValue) | CInt(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
            guard value >= 0 else { throw SystemError(purpose, file.path) }
            let descriptor = OwnedDescriptor(owning: value)
            var address = Array(link.utf8CString)
            guard daimon_unix_connect(value, &address, address.count - 1) == 0 else {
                if errno == EPROTOTYPE { continue }
                throw SystemError(purpose, file.path)
            }
            let present = daimon_fcntl(value, F_GETFL, 0)
            guard present >= 0, daimon_fcntl(value, F_SETFL, CLong(present & ~O_NONBLOCK)) >= 0 else {
                throw SystemError(purpose, file.path)
            }
            if file.access == .readOnly, shutdown(value, CInt(SHUT_WR)) != 0 { throw SystemError(purpose, file.path) }
            return descriptor
        }
        throw SystemError(purpose, file.path, errno: EPROTOTYPE)
    }
}
