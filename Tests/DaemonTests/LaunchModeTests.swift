// Every combination of request and facts.
import Glibc
import Linux
import Testing

@testable import Daemon

struct LaunchModeTests {
    /// The decision told again, as an oracle: first match of an ordered table of rules.
    private func expected(_ request: LaunchMode.Request, _ facts: LaunchMode.Facts) -> (LaunchMode.Kind, String) {
        let ours = String(facts.pid)
        let rules: [(Bool, LaunchMode.Kind, String)] = [
            (request == .foreground, .foreground, "asked for"),
            (request == .detach, .detach, "asked for"),
            (facts.pid == 1, .foreground, "PID 1"),
            (facts.notifySocket == .connected("/run/n"), .supervised, "NOTIFY_SOCKET (/run/n)"),
            (facts.systemdExecPID == ours, .supervised, "SYSTEMD_EXEC_PID"),
            (facts.listenPID == ours, .supervised, "LISTEN_PID"),
            (
                facts.notifySocket == .stale("/old", errno: ECONNREFUSED), .detach,
                "stale, Connection refused (ECONNREFUSED)"
            ),
            (true, .detach, "nothing says"),
        ]
        for (holds, kind, reason) in rules where holds { return (kind, reason) }
        return (.detach, "")
    }

    @Test func everyCombination() {
        var count = 0
        for request in LaunchMode.Request.allCases {
            for pid: pid_t in [1, 77] {
                for socket in [
                    LaunchMode.NotifySocket.absent, .connected("/run/n"), .stale("/old", errno: ECONNREFUSED),
                ] {
                    for exec in [nil, "", "77", "78", "1", "77x"] {
                        for listen in [nil, "77", "78", "1"] {
                            let facts = LaunchMode.Facts(
                                pid: pid, notifySocket: socket, systemdExecPID: exec, listenPID: listen)
                            let mode = LaunchMode.decide(request, facts: facts)
                            let (kind, reason) = expected(request, facts)
                            #expect(mode.kind == kind, "\(request) \(facts)")
                            #expect(mode.reason.contains(reason), "\(request) \(facts): \(mode.reason)")
                            // Whatever was decided: a good socket is kept for readiness, a stale one is named.
                            #expect(mode.notifySocket == (socket == .connected("/run/n") ? "/run/n" : nil))
                            #expect((mode.staleNotifySocket != nil) == (socket == .stale("/old", errno: ECONNREFUSED)))
                            count += 1
                        }
                    }
                }
            }
        }
        #expect(count == 3 * 2 * 3 * 6 * 4)
    }

    @Test func detectsASocketThatListens() throws {
        let receiver = try NotificationReceiver()
        let run = try Launch.run("detach-probe", ["mode"], environment: ["NOTIFY_SOCKET": receiver.address])
        #expect(run.output.hasPrefix("supervised: "))
        #expect(run.output.contains("NOTIFY_SOCKET=\(receiver.address)"))
        if try receiver.receive() != nil { Issue.record("trying sent something") }
    }

    @Test(arguments: [
        "@gone-\(getpid())", "/nonexistent/notify", "/dev/null", "", "relative", "vsock:2:1",
        "/\(String(repeating: "x", count: 300))",
    ]) func dropsAStaleSocket(_ address: String) throws {
        let run = try Launch.run("detach-probe", ["mode"], environment: ["NOTIFY_SOCKET": address])
        #expect(run.status == 0)
        #expect(run.output.hasPrefix("detach: no service manager answers"))
        #expect(run.output.contains("NOTIFY_SOCKET=unset"))
    }
}
