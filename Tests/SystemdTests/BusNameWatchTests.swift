// Following a name on a message bus, over a bus of our own. Without dbus-daemon(1) on the machine there is none to test with.
import CLinux
import Glibc
import Linux
import Testing

@testable import Systemd

@Suite struct BusNameWatchTests {
    static let canRun = access("/usr/bin/dbus-daemon", X_OK) == 0 && access("/usr/bin/busctl", X_OK) == 0

    /// A process that is killed and reaped at the latest when its owner ends.
    private final class Child {
        let pid: pid_t

        init(_ arguments: [String]) throws {
            var pid: pid_t = 0
            var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
            argv.append(nil)
            defer { for argument in argv { free(argument) } }
            var attributes = posix_spawnattr_t()
            var none = sigset_t()
            sigemptyset(&none)
            posix_spawnattr_init(&attributes)
            defer { posix_spawnattr_destroy(&attributes) }
            posix_spawnattr_setsigmask(&attributes, &none)
            posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
                posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
            }
            let error = posix_spawn(&pid, arguments[0], &actions, &attributes, argv, environ)
            guard error == 0 else { throw SystemError("start", arguments[0], errno: error) }
            self.pid = pid
        }

        deinit {
            kill(pid, SIGKILL)
            var exit = daimon_child_exit()
            _ = daimon_wait_child(pid, 0, 1, &exit)
        }
    }

    /// A bus of its own in a folder of its own.
    private final class Bus {
        let folder: String
        var address: String { "unix:path=\(folder)/bus" }
        var daemon: Child?

        init() throws {
            var template = Array("/tmp/daimon-bus-XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else { throw SystemError("make a directory") }
            folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            daemon = try Child([
                "/usr/bin/dbus-daemon", "--session", "--nofork", "--nopidfile", "--address=unix:path=\(folder)/bus",
            ])
            let deadline = Clock.monotonic() + 10_000_000
            // The socket is there a moment before somebody listens.
            while try !answers() {
                guard Clock.monotonic() < deadline else { throw SystemError.refused("wait", because: "no bus came") }
                usleep(2000)
            }
        }

        private func answers() throws -> Bool {
            let number = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            guard number >= 0 else { throw SystemError("make a socket") }
            let connection = OwnedDescriptor(owning: number)
            let path = "\(folder)/bus"
            return daimon_unix_connect(connection.rawValue, path, path.utf8.count) == 0
        }

        /// Takes a name and gives it back, as busctl's connection ends with its one call.
        func takeBriefly(_ name: String) throws {
            let taker = try Child([
                "/usr/bin/busctl", "--address=\(address)", "call", "org.freedesktop.DBus", "/org/freedesktop/DBus",
                "org.freedesktop.DBus", "RequestName", "su", name, "0",
            ])
            var exit = daimon_child_exit()
            guard daimon_wait_child(taker.pid, 1, 1, &exit) == 0, exit.status == 0 else {
                throw SystemError.refused("take", name, because: "busctl ended with \(exit.status)")
            }
        }

        deinit {
            daemon = nil
            unlink("\(folder)/bus")
            rmdir(folder)
        }
    }

    @Test(.enabled(if: canRun)) func ownersComeAndGoAndSoDoesTheBus() throws {
        let bus = try Bus()
        let loop = try EventLoop()
        let name = "org.example.Web"
        var changes: [BusNameWatch.Change] = []
        var failure: (any Error)?
        let watch = try BusNameWatch(name, address: bus.address, on: loop) { change in
            changes.append(change)
            do {
                switch changes.count {
                case 1:
                    // Another's name is nothing to us.
                    try bus.takeBriefly("org.example.Other")
                    try bus.takeBriefly(name)
                case 3: bus.daemon = nil
                case 4: loop.exit(code: 0)
                default: break
                }
            } catch {
                failure = error
                loop.exit(code: 2)
            }
        }
        let deadline = try loop.at(Clock.monotonic() + 20_000_000) { loop.exit(code: 1) }
        #expect(try loop.run() == 0)
        if let failure { throw failure }
        withExtendedLifetime((watch, deadline)) {
            #expect(changes.prefix(3) == [.free, .owned, .free])
            guard case .lost(let error)? = changes.last else { return #expect(Bool(false), "\(changes)") }
            #expect(error.errno == ECONNRESET)
        }
    }

    @Test(.enabled(if: canRun)) func aNameThatIsTakenAlready() throws {
        let bus = try Bus()
        let loop = try EventLoop()
        var changes: [BusNameWatch.Change] = []
        // The bus has its own name from the start.
        var watch: BusNameWatch?
        watch = try BusNameWatch("org.freedesktop.DBus", address: bus.address, on: loop) { change in
            changes.append(change)
            watch = nil
            loop.exit(code: 0)
        }
        let deadline = try loop.at(Clock.monotonic() + 20_000_000) { loop.exit(code: 1) }
        #expect(try loop.run() == 0)
        withExtendedLifetime(deadline) { #expect(changes == [.owned] && watch == nil) }
    }

    @Test func withoutABusThereIsAnError() throws {
        let loop = try EventLoop()
        let error = #expect(throws: SystemError.self) {
            try BusNameWatch("org.example.Web", address: "unix:path=/nonexistent/bus", on: loop) { _ in }
        }
        #expect(error?.errno == ENOENT)
    }

    /// A name stands in a match rule: what is no name could change the rule.
    @Test func whatIsNoNameIsRefused() throws {
        let loop = try EventLoop()
        for name in ["", "web", "a.b',member='X", ":1.5 ", "org..Web", "org.example.Web\n"] {
            let error = #expect(throws: SystemError.self) {
                try BusNameWatch(name, address: "unix:path=/nonexistent/bus", on: loop) { _ in }
            }
            #expect(error?.errno == 0, "\(name)")
        }
    }
}
