// The parts without system calls: what is kept of the environment, what a PID file's text means.
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

struct PIDFileRecordTests {
    @Test func parses() {
        #expect(PIDFileRecord(parsing: "12\n") == PIDFileRecord(pid: 12, startTime: nil, bootID: nil))
        #expect(PIDFileRecord(parsing: "  12") == PIDFileRecord(pid: 12, startTime: nil, bootID: nil))
        #expect(
            PIDFileRecord(parsing: "12\nstart-time=99\nboot-id=abc\n")
                == PIDFileRecord(pid: 12, startTime: 99, bootID: "abc"))
        #expect(PIDFileRecord(parsing: "12\nstart-time=x\n")?.startTime == nil)
        for text in ["", "\n12\n", "x", "-1\n", "0\n", "99999999999999999999\n", "12x\n", "root:x:0:0\n"] {
            #expect(PIDFileRecord(parsing: text) == nil, "\(text)")
        }
        let record = PIDFileRecord(pid: 7, startTime: 8, bootID: "b")
        #expect(PIDFileRecord(parsing: record.text) == record)
        #expect(record.text.hasPrefix("7\n"))
    }

    @Test func recognisesStrangers() {
        let record = PIDFileRecord(pid: 7, startTime: 100, bootID: "now")
        let same = ProcessIdentity(pid: 7, startTime: 100)
        #expect(PIDFileRecord.state(of: record, bootID: "now", found: same) == .running(same))
        #expect(PIDFileRecord.state(of: record, bootID: nil, found: same) == .running(same))
        #expect(PIDFileRecord.state(of: record, bootID: "other", found: same) == .stale)
        #expect(PIDFileRecord.state(of: record, bootID: "now", found: .init(pid: 7, startTime: 101)) == .stale)
        #expect(PIDFileRecord.state(of: record, bootID: "now", found: nil) == .stale)
        let bare = PIDFileRecord(pid: 7, startTime: nil, bootID: nil)
        #expect(PIDFileRecord.state(of: bare, bootID: "now", found: same) == .unidentified(7))
        #expect(PIDFileRecord.state(of: bare, bootID: "now", found: nil) == .stale)
    }
}
