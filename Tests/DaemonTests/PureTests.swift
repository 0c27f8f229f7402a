// The parts without system calls: what is kept of the environment.
import Glibc
import Linux
import Testing

@testable import Daemon

struct EnvironmentTests {
    @Test func keepsAllButTheLaunch() {
        let kept = Environment.sanitized(
            ["A=1", "NOTIFY_SOCKET=/x", "LISTEN_FDS=1", "B=x=y", "=bad", "bad", "E="], policy: .keep)
        #expect(kept.map { "\($0.name)=\($0.value)" } == ["A=1", "B=x=y", "E="])
    }

    @Test func cleans() {
        let kept = Environment.sanitized(
            ["SECRET=1", "HOME=/root", "LC_ALL=C", "LD_PRELOAD=/evil", "KEEP=me"], policy: .clean(keeping: ["KEEP"]))
        #expect(
            kept.map { "\($0.name)=\($0.value)" } == [
                "HOME=/root", "LC_ALL=C", "KEEP=me", "PATH=\(Environment.defaultPath)",
            ])
        #expect(Environment.sanitized(["PATH=/x"], policy: .clean(keeping: [])).map { $0.value } == ["/x"])
    }
}
