// What the tests of Linux share: a directory that goes away again, and processes by posix_spawn(3), because a test process
// has many threads and must not fork.
import CLinux
import Glibc
import Testing

@testable import Linux

/// A fresh directory, removed with everything in it when its owner ends.
final class Scratch {
    let path: String

    init() throws {
        var template = Array("/tmp/daimon-linux-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("make a directory") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        do {
            for name in try Files.list(path) where unlink("\(path)/\(name)") != 0 { rmdir("\(path)/\(name)") }
        } catch { Issue.record("\(error)") }
        rmdir(path)
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    func write(_ name: String, _ text: String, mode: mode_t = 0o644) throws {
        let file = try OwnedDescriptor.open(file(name), O_WRONLY | O_CREAT | O_TRUNC, mode: mode)
        try file.writeAll(text.utf8)
    }

    func text(_ name: String) throws -> String { try Files.readText(file(name), limit: 1 << 20) }

    func exists(_ name: String) -> Bool { access(file(name), F_OK) == 0 }

    func open() throws(SystemError) -> OwnedDescriptor { try OwnedDescriptor.open(path, O_RDONLY | O_DIRECTORY) }
}

/// Waits for something that is told by nothing that could be waited for. The bound is for a test that fails.
func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = Clock.monotonic() + 10_000_000
    while Clock.monotonic() < deadline {
        if try condition() { return true }
        usleep(2000)
    }
    return false
}

/// A child that is killed and reaped at the latest when its owner ends.
struct Child: ~Copyable {
    let pid: pid_t
    private var isReaped = false

    init(_ program: String, _ arguments: [String] = []) throws {
        var pid: pid_t = 0
        var argv: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
        argv.append(nil)
        defer { for argument in argv { free(argument) } }
        // The threads that run tests block most signals, and a child inherits that.
        var attributes = posix_spawnattr_t()
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let error = posix_spawn(&pid, program, nil, &attributes, argv, nil)
        guard error == 0 else { throw SystemError("start", program, errno: error) }
        self.pid = pid
    }

    /// Waits for its end without reaping it: a zombie is left.
    borrowing func end() throws {
        Glibc.kill(pid, SIGKILL)
        var exit = daimon_child_exit()
        guard daimon_wait_child(pid, 1, 1, &exit) == 0 else { throw SystemError("wait for", String(pid)) }
    }

    /// Reaps it: from here on the pid may be anybody's.
    mutating func reap() {
        if isReaped { return }
        isReaped = true
        Glibc.kill(pid, SIGKILL)
        var exit = daimon_child_exit()
        _ = daimon_wait_child(pid, 0, 1, &exit)
    }

    deinit {
        guard !isReaped else { return }
        Glibc.kill(pid, SIGKILL)
        var exit = daimon_child_exit()
        _ = daimon_wait_child(pid, 0, 1, &exit)
    }
}
