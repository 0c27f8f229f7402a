// The encoding of notifications, by a table; nothing that a text holds can become a field.
import Glibc
import Linux
import Testing

@testable import Systemd

struct NotificationTests {
    static let table: [([Systemd.Notification], String)] = [
        ([.ready], "READY=1"),
        ([.ready, .status("up")], "READY=1\nSTATUS=up"),
        ([.status("a\nREADY=1\r\nb\u{0}c\u{1b}[2J\u{85}d")], "STATUS=a READY=1  b c [2J d"),
        ([.status("")], "STATUS="),
        ([.errno(ENOENT)], "ERRNO=2"),
        ([.stopping], "STOPPING=1"),
        ([.reloading], "RELOADING=1\nMONOTONIC_USEC=77"),
        ([.mainPID(42)], "MAINPID=42"),
        ([.extendTimeout(microseconds: .max)], "EXTEND_TIMEOUT_USEC=18446744073709551615"),
        ([.watchdog], "WATCHDOG=1"),
        ([.watchdogTrigger], "WATCHDOG=trigger"),
        ([.watchdogInterval(microseconds: 5)], "WATCHDOG_USEC=5"),
        ([.storeDescriptors(name: "s", [1, 2])], "FDSTORE=1\nFDNAME=s"),
        ([.removeDescriptors(name: "s")], "FDSTOREREMOVE=1\nFDNAME=s"),
        ([.exitStatus(203)], "EXIT_STATUS=203"),
        ([.custom(name: "X_A", value: "1\n2"), .custom(name: "X_A", value: "é")], "X_A=1 2\nX_A=é"),
    ]

    @Test(arguments: table.indices) func encodes(_ index: Int) throws {
        let (statements, text) = NotificationTests.table[index]
        #expect(try Systemd.Notification.encode(statements, monotonic: 77).text == text)
    }

    static let refused: [[Systemd.Notification]] = [
        [], [.ready, .ready], [.status("a"), .status("b")], [.watchdog, .watchdogTrigger], [.mainPID(0)],
        [.mainPID(-1)],
        [.storeDescriptors(name: "a", [])], [.storeDescriptors(name: "a", Array(repeating: 0, count: 254))],
        [.storeDescriptors(name: "a:b", [0])], [.storeDescriptors(name: "", [0])], [.removeDescriptors(name: "a\nb")],
        [.removeDescriptors(name: String(repeating: "n", count: 256))], [.removeDescriptors(name: "ü")],
        [.storeDescriptors(name: "a", [0]), .removeDescriptors(name: "b")],
        [.custom(name: "READY", value: "1")], [.custom(name: "X_", value: "")], [.custom(name: "X_a", value: "")],
        [.custom(name: "X_A\nREADY", value: "1")], [.custom(name: "X_A=B", value: "1")],
        [
            .custom(name: "X_A", value: String(repeating: "v", count: 2048)),
            .status(String(repeating: "s", count: 2048)),
        ],
    ]

    @Test(arguments: refused.indices) func refuses(_ index: Int) {
        #expect(throws: NotificationError.self) {
            try Systemd.Notification.encode(NotificationTests.refused[index], monotonic: 0)
        }
    }

    @Test func cutsBetweenCharacters() throws {
        let text = try Systemd.Notification.encode([.status(String(repeating: "é", count: 5000))], monotonic: 0).text
        #expect(text == "STATUS=" + String(repeating: "é", count: 1024))
        #expect(OneLine.text("aé", limit: 2) == "a")
    }

    @Test func failureLinesFitIntoDatagrams() {
        let lines =
            (0..<20).map { "\($0)" + String(repeating: "x", count: 900) } + [String(repeating: "y", count: 9000)]
        let batches = Notifier.batches(lines, field: Notifier.messageField)
        #expect(batches.flatMap { $0 }.count == lines.count)
        for batch in batches {
            let size = batch.reduce(-1) { $0 + Notifier.messageField.utf8.count + 1 + $1.utf8.count + 1 }
            #expect(size < Systemd.Notification.datagramLimit)
        }
        #expect(Notifier.batches([], field: "X_A").isEmpty)
    }

    @Test func parsesWhatWasEncoded() throws {
        let text = try Systemd.Notification.encode([.ready, .status("a=b"), .errno(5)], monotonic: 0).text
        #expect(
            ReceivedNotification.parse(Array(text.utf8)) == [
                .init("READY", "1"), .init("STATUS", "a=b"), .init("ERRNO", "5"),
            ])
        #expect(ReceivedNotification.parse(Array("\n=x\nnoise\nA=\n\nB=1".utf8)) == [.init("A", ""), .init("B", "1")])
    }
}
