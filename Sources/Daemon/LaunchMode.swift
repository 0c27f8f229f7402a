// How was this process started, and so: does it detach? One decision over facts, explained by the fact that decided.
import CLinux
import Glibc
import Linux

/// How to run, and why.
public struct LaunchMode: Equatable, Sendable {
    /// What the person who started it asked for.
    public enum Request: Equatable, Sendable, CaseIterable {
        /// Find out.
        case automatic
        /// `--foreground`.
        case foreground
        /// `--detach`.
        case detach
    }

    /// How to run.
    public enum Kind: Equatable, Sendable, CaseIterable {
        /// A service manager started us and watches us: do not fork (daemon(7), "New-Style Daemons").
        case supervised
        /// Stay attached to the terminal, or be a container's PID 1: do not fork.
        case foreground
        /// Become a daemon by the classic steps (daemon(7), "SysV Daemons").
        case detach
    }

    /// `NOTIFY_SOCKET`, tried out.
    public enum NotifySocket: Equatable, Sendable {
        /// Not set.
        case absent
        /// Somebody listens there.
        case connected(String)
        /// Nobody can be reached there, with the errno(3) of the attempt: the variable was inherited by accident
        /// (through tmux, cron, a shell inside a service).
        case stale(String, errno: CInt)
    }

    /// Everything that the decision looks at.
    public struct Facts: Equatable, Sendable {
        /// Our pid.
        public var pid: pid_t
        /// `NOTIFY_SOCKET`, tried out.
        public var notifySocket: NotifySocket
        /// `SYSTEMD_EXEC_PID` (systemd.exec(5), from systemd 248 on): the pid of the process that systemd executed.
        public var systemdExecPID: String?
        /// `LISTEN_PID` (sd_listen_fds(3)): the pid of the process that the inherited sockets are for.
        public var listenPID: String?

        /// Facts.
        /// - Parameters:
        ///   - pid: our pid.
        ///   - notifySocket: `NOTIFY_SOCKET`, tried out.
        ///   - systemdExecPID: `SYSTEMD_EXEC_PID`.
        ///   - listenPID: `LISTEN_PID`.
        public init(
            pid: pid_t, notifySocket: NotifySocket = .absent, systemdExecPID: String? = nil, listenPID: String? = nil
        ) {
            self.pid = pid
            self.notifySocket = notifySocket
            self.systemdExecPID = systemdExecPID
            self.listenPID = listenPID
        }
    }

    /// How to run.
    public let kind: Kind
    /// The fact that decided, as a sentence.
    public let reason: String
    /// `NOTIFY_SOCKET` when nobody can be reached there. `detect` has unset it; say so once.
    public let staleNotifySocket: String?
    /// `NOTIFY_SOCKET` when somebody listens; readiness is told there in every kind of run.
    public let notifySocket: String?

    /// Decides. Pure.
    ///
    /// In this order: an explicit request; PID 1 stays in the foreground; a notify socket that answers, or
    /// `SYSTEMD_EXEC_PID` or `LISTEN_PID` naming us, means that a service manager runs us; otherwise detach. The
    /// parent's pid decides nothing: it is 1 under `Type=forking` too, and is not 1 below a subreaper.
    /// - Parameters:
    ///   - request: what was asked for.
    ///   - facts: what there is.
    /// - Returns: how to run, and why.
    public static func decide(_ request: Request, facts: Facts) -> LaunchMode {
        let stale: String?
        let usable: String?
        switch facts.notifySocket {
        case .absent: (stale, usable) = (nil, nil)
        case .connected(let address): (stale, usable) = (nil, address)
        case .stale(let address, _): (stale, usable) = (address, nil)
        }
        func mode(_ kind: Kind, _ reason: String) -> LaunchMode {
            LaunchMode(kind: kind, reason: reason, staleNotifySocket: stale, notifySocket: usable)
        }
        switch request {
        case .foreground: return mode(.foreground, "the foreground was asked for")
        case .detach: return mode(.detach, "detaching was asked for")
        case .automatic: break
        }
        if facts.pid == 1 { return mode(.foreground, "it is PID 1, the first process of a container") }
        if let usable {
            return mode(.supervised, "a service manager listens at NOTIFY_SOCKET (\(printable(usable)))")
        }
        if let value = facts.systemdExecPID, pid_t(value) == facts.pid {
            return mode(.supervised, "SYSTEMD_EXEC_PID names this process (\(facts.pid)): systemd executed it")
        }
        if let value = facts.listenPID, pid_t(value) == facts.pid {
            return mode(.supervised, "LISTEN_PID names this process (\(facts.pid)): it was started for its sockets")
        }
        switch facts.notifySocket {
        case .stale(let address, let errno):
            return mode(
                .detach,
                "no service manager answers: NOTIFY_SOCKET (\(printable(address))) is stale, "
                    + SystemError.words(errno))
        case .absent, .connected:
            return mode(.detach, "nothing says that a service manager started it")
        }
    }

    /// Gathers the facts and decides. A stale `NOTIFY_SOCKET` is removed from the environment, that neither we nor a
    /// child sends there.
    /// - Parameter request: what was asked for.
    /// - Returns: how to run, and why.
    public static func detect(_ request: Request = .automatic) -> LaunchMode {
        let facts = Facts(
            pid: getpid(), notifySocket: probeNotifySocket(), systemdExecPID: Environment.value("SYSTEMD_EXEC_PID"),
            listenPID: Environment.value("LISTEN_PID"))
        let mode = decide(request, facts: facts)
        if mode.staleNotifySocket != nil { unsetenv("NOTIFY_SOCKET") }
        return mode
    }

    /// Tries whether somebody listens at `NOTIFY_SOCKET`. Nothing is sent.
    public static func probeNotifySocket() -> NotifySocket {
        guard let address = Environment.value("NOTIFY_SOCKET") else { return .absent }
        let number = connectionError(address)
        return number == 0 ? .connected(address) : .stale(address, errno: number)
    }

    /// The errno(3) of connecting a datagram socket to an address: a path, or `@name`; 0 when it works.
    /// The service manager that waits for this very process: a NOTIFY_SOCKET that was merely inherited, by a shell inside
    /// of some service, is that service's. Saying READY=1 and MAINPID= there would make another service's daemon of us.
    static func ownManager() -> NotifySocket {
        // systemd sets the variable since version 248; before that nothing tells, and the socket is believed.
        if let value = Environment.value("SYSTEMD_EXEC_PID"), pid_t(value) != getpid() { return .absent }
        return probeNotifySocket()
    }

    private static func connectionError(_ address: String) -> CInt {
        var bytes = Array(address.utf8)
        switch bytes.first {
        case UInt8(ascii: "/"): break
        case UInt8(ascii: "@"): bytes[0] = 0
        case nil: return EINVAL
        // Such as `vsock:`, which newer systemd knows and the libsystemd here does not send to.
        case .some: return EAFNOSUPPORT
        }
        let value = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard value >= 0 else { return errno }
        let descriptor = OwnedDescriptor(owning: value)
        let result = bytes.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) {
                daimon_unix_connect(descriptor.rawValue, $0.baseAddress, $0.count)
            }
        }
        return result == 0 ? 0 : errno
    }

    private static func printable(_ text: String) -> String { OneLine.text(text, limit: 128) }
}
