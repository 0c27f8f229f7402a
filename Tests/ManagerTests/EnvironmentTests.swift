// What a service is told: its environment, and what is taken from its notifications; and the words for its state.
import Engine
import Glibc
import Linux
import Systemd
import Testing
import Units

@testable import Instances
@testable import Manager

@Suite struct ServiceEnvironmentTests {
    private func variables(
        _ change: (inout ExecutionContext, inout ServiceEnvironment.Given) -> Void
    ) -> [String: String] {
        var context = ExecutionContext()
        var given = ServiceEnvironment.Given()
        (given.invocationID, given.instance) = ("id", "/run/x")
        change(&context, &given)
        let list = ServiceEnvironment.variables(for: context, given: given)
        #expect(Set(list.map(\.name)).count == list.count, "every variable once")
        return Dictionary(list.map { ($0.name, $0.value) }) { $1 }
    }

    private let pid = Spawner.pidPlaceholder

    @Test func theLeast() {
        #expect(
            variables { _, _ in } == [
                "PATH": ServiceEnvironment.searchPath, "INVOCATION_ID": "id", "DAIMON_INSTANCE": "/run/x",
                "SYSTEMD_EXEC_PID": pid,
            ])
    }

    /// $USER is set without User= too (systemd.exec(5)); what is passed on to a foreground program stays.
    @Test func rootsServicesKnowTheirUser() {
        #expect(variables { $1.isRoot = true }["USER"] == "root")
        let passed = variables {
            ($1.isRoot, $1.passAll) = (true, true)
            $1.inherited = [EnvironmentVariable(name: "USER", value: "ann")]
        }
        #expect(passed["USER"] == "ann")
        // Taken out again by name, and by name and value.
        for entry in ["USER", "USER=root"] {
            let unset = variables {
                $1.isRoot = true
                $0.unsetEnvironment = [entry]
            }
            #expect(unset["USER"] == nil)
        }
    }

    /// Of locale.conf(5) the names it knows; a foreground program has its own.
    @Test func language() {
        let found = ServiceLocale.variables(of: Array("LANG=de_DE.UTF-8\nPATH=/x\nLC_TIME=\"C\"\nLC_NAME=\n".utf8))
        #expect(found.map { "\($0.name)=\($0.value)" } == ["LANG=de_DE.UTF-8", "LC_TIME=C"])
        #expect(ServiceLocale.variables(of: [0xff, 0, 10]).isEmpty)
        #expect(variables { $1.locale = found }["LC_TIME"] == "C")
        let given = variables {
            $0.environment = [EnvironmentVariable(name: "LANG", value: "C")]
            $1.locale = found
        }
        #expect(given["LANG"] == "C")
        #expect(variables { ($1.locale, $1.passAll) = (found, true) }["LANG"] == nil)
    }

    /// TERM is for who has to do with a terminal.
    @Test func terminalType() {
        #expect(
            variables {
                $0.terminalPath = "/dev/tty7"; _ = $1
            }["TERM"] == "linux")
        #expect(
            variables {
                $0.terminalPath = "/dev/ttyS0"; _ = $1
            }["TERM"] == "vt220")
        #expect(
            variables {
                $0.standardError = .kmsgAndConsole; _ = $1
            }["TERM"] == "vt220")
        #expect(
            variables {
                $0.standardError = .kmsg; _ = $1
            }["TERM"] == nil)
    }

    @Test func whatTheManagerGives() {
        let all = variables {
            $1.notifySocket = "/run/x/notify"
            $1.watchdog = .seconds(2)
            $1.journalStream = "1:2"
            $1.mainPID = 77
            $0.user = "joe"
            $1.credentials = Credentials(uid: 1, gid: 1, groups: [], name: "joe", home: "/home/joe", shell: "/bin/sh")
        }
        let expected = [
            "NOTIFY_SOCKET": "/run/x/notify", "WATCHDOG_USEC": "2000000", "WATCHDOG_PID": pid, "JOURNAL_STREAM": "1:2",
            "MAINPID": "77", "HOME": "/home/joe", "USER": "joe", "LOGNAME": "joe", "SHELL": "/bin/sh",
        ]
        for (name, value) in expected { #expect(all[name] == value, "\(name)") }
        for span in [TimeSpan.zero, .infinity] {
            #expect(variables { $1.watchdog = span }["WATCHDOG_USEC"] == nil)
        }
    }

    /// What tells nothing is left out; SetLoginEnvironment= decides over the three that a login has.
    @Test func whatTheLoginGives() {
        func login(_ home: String, _ shell: String, _ sets: Bool?) -> [String] {
            variables {
                $0.user = "joe"
                $0.setsLoginEnvironment = sets
                $1.credentials = Credentials(uid: 1, gid: 1, groups: [], name: "joe", home: home, shell: shell)
            }.keys.filter { ["HOME", "SHELL", "LOGNAME", "USER"].contains($0) }.sorted()
        }
        #expect(login("/home/joe", "/bin/sh", nil) == ["HOME", "LOGNAME", "SHELL", "USER"])
        #expect(login("/", "/usr/sbin/nologin", nil) == ["LOGNAME", "USER"])
        #expect(login("/home/joe", "/bin/sh", false) == ["USER"])
    }

    /// A terminal has a type; a list of folders is the search path; what a command alone is told comes along.
    @Test func whatTheSettingsGive() {
        func terminal(_ path: String) -> String? {
            variables {
                ($0.standardInput, $0.terminalPath) = (.terminal(force: false), path)
                $1.extra = [EnvironmentVariable(name: "SERVICE_RESULT", value: "success")]
            }["TERM"]
        }
        #expect(terminal("/dev/tty1") == "linux" && terminal("/dev/ttyS0") == "vt220")
        #expect(terminal("/dev/console") == "vt220" && terminal("/dev/tty") == "vt220")
        let all = variables {
            $0.searchPath = ["/a", "/b"]
            $1.extra = [EnvironmentVariable(name: "SERVICE_RESULT", value: "success")]
        }
        #expect(all["PATH"] == "/a:/b" && all["SERVICE_RESULT"] == "success" && all["TERM"] == nil)
    }

    /// A later source wins: the manager, PassEnvironment=, Environment=, EnvironmentFile=; UnsetEnvironment= last.
    @Test func precedence() {
        let sources: [(inout ExecutionContext, inout ServiceEnvironment.Given) -> Void] = [
            { _, given in given.credentials = Credentials(uid: 1, gid: 1, groups: [], name: "0", home: nil, shell: nil)
            },
            { context, given in
                given.inherited = [EnvironmentVariable(name: "USER", value: "1")]
                context.passEnvironment = ["USER", "NOT_THERE"]
            },
            { context, _ in
                context.environment = [
                    EnvironmentVariable(name: "USER", value: "x"), EnvironmentVariable(name: "USER", value: "2"),
                ]
            },
            { _, given in given.files = [EnvironmentVariable(name: "USER", value: "3")] },
        ]
        for last in sources.indices {
            let all = variables { context, given in for source in sources[...last] { source(&context, &given) } }
            #expect(all["USER"] == String(last))
            #expect(all["NOT_THERE"] == nil)
        }
        func unset(_ entries: [String]) -> String? {
            variables { context, given in
                for source in sources { source(&context, &given) }
                context.unsetEnvironment = entries
            }["USER"]
        }
        #expect(unset(["USER"]) == nil && unset(["USER=3"]) == nil && unset(["USER=2"]) == "3" && unset(["USE"]) == "3")
    }

    @Test func whatIsInherited() {
        let own = [
            "A": "1", "PATH": "/mine", "NOTIFY_SOCKET": "/above", "LISTEN_FDS": "3", "WATCHDOG_PID": "1",
            "MAINPID": "9",
        ].map { EnvironmentVariable(name: $0.key, value: $0.value) }
        let clean = variables { $1.inherited = own }
        #expect(clean["A"] == nil && clean["PATH"] == ServiceEnvironment.searchPath)
        let all = variables {
            $1.inherited = own; $1.passAll = true
        }
        #expect(all["A"] == "1" && all["PATH"] == "/mine")
        // What told the daemon how it was started is not for its service.
        for name in ["NOTIFY_SOCKET", "LISTEN_FDS", "WATCHDOG_PID", "MAINPID"] { #expect(all[name] == nil, "\(name)") }
        #expect(variables { $1.passAll = true }["PATH"] == ServiceEnvironment.searchPath)
    }
}

@Suite struct NotificationReadingTests {
    private func read(_ text: String) -> (ServiceNotification, complaints: Int) {
        var complaints = 0
        let reading = NotificationReading(
            ReceivedNotification.parse(Array(text.utf8)), isOurs: { $0 == 42 }, complain: { _ in complaints += 1 })
        return (reading.message, complaints)
    }

    private func expect(_ text: String, _ complaints: Int = 0, _ change: (inout ServiceNotification) -> Void) {
        var wanted = ServiceNotification()
        change(&wanted)
        let found = read(text)
        #expect(found.0 == wanted, "\(text)")
        #expect(found.complaints == complaints, "\(text)")
    }

    @Test func wellFormed() {
        expect("READY=1\nSTATUS=up\nMAINPID=42") { ($0.ready, $0.status, $0.mainPID) = (true, "up", 42) }
        expect("RELOADING=1\nMONOTONIC_USEC=5") { ($0.reloading, $0.reloadingSince) = (true, Instant(microseconds: 5)) }
        expect("STOPPING=1\nERRNO=2") { ($0.stopping, $0.errno) = (true, 2) }
        expect("WATCHDOG=1\nWATCHDOG_USEC=7") {
            ($0.watchdogPing, $0.watchdogInterval) = (true, TimeSpan(microseconds: 7))
        }
        expect("WATCHDOG=trigger") { $0.watchdogTrigger = true }
        expect("EXTEND_TIMEOUT_USEC=9") { $0.extendTimeout = TimeSpan(microseconds: 9) }
        expect("STATUS=") { $0.status = "" }
    }

    @Test func whatBecomesOfDescriptors() {
        func descriptors(_ text: String) -> NotificationReading.Descriptors? {
            NotificationReading(ReceivedNotification.parse(Array(text.utf8)), isOurs: { _ in true }, complain: { _ in })
                .descriptors
        }
        #expect(descriptors("READY=1\nFDNAME=a") == nil)
        #expect(descriptors("FDSTORE=0") == nil)
        #expect(descriptors("FDSTORE=1") == .store(name: nil, isWatched: true))
        #expect(descriptors("FDNAME=a\nFDSTORE=1\nFDPOLL=0") == .store(name: "a", isWatched: false))
        #expect(descriptors("FDSTORE=1\nFDNAME=\nFDPOLL=1") == .store(name: "", isWatched: true))
        let long = String(repeating: "n", count: 255)
        #expect(descriptors("FDSTORE=1\nFDNAME=\(long)") == .store(name: long, isWatched: true))
        for bad in ["a:b", "ü", "a\u{7f}", "\u{1}", long + "n"] {
            #expect(descriptors("FDSTORE=1\nFDNAME=\(bad)") == .store(name: nil, isWatched: true), "\(bad)")
            #expect(descriptors("FDSTOREREMOVE=1\nFDNAME=\(bad)") == nil, "\(bad)")
        }
        // Whoever says both means that one is to go.
        #expect(descriptors("FDSTORE=1\nFDSTOREREMOVE=1\nFDNAME=a") == .remove(name: "a"))
        #expect(descriptors("FDSTOREREMOVE=1") == nil)
    }

    @Test func whoMaySpeakFromNowOn() {
        func access(_ text: String) -> NotifyAccess? {
            NotificationReading(ReceivedNotification.parse(Array(text.utf8)), isOurs: { _ in true }, complain: { _ in })
                .access
        }
        for value in NotifyAccess.allCases { #expect(access("NOTIFYACCESS=\(value.rawValue)") == value) }
        #expect(access("NOTIFYACCESS=everybody") == nil && access("READY=1") == nil)
    }

    @Test func hostile() {
        // The first of equal fields counts, as with systemd.
        expect("STATUS=one\nSTATUS=two") { $0.status = "one" }
        expect("WATCHDOG=trigger\nWATCHDOG=1") { $0.watchdogTrigger = true }
        expect("MAINPID=1\nMAINPID=42", 1) { _ in }
        // Of what only counts when it is 1 any does, with systemd too.
        expect("READY=0\nREADY=1") { $0.ready = true }
        expect("READY=yes\nREADY=\nready=1\nREADY\n=1\n\n") { _ in }
        expect("MAINPID=1", 1) { _ in }
        for bad in ["-42", "0", "42x", "", "99999999999999999999", "0x2a", " 42"] {
            expect("MAINPID=\(bad)", 1) { _ in }
        }
        for bad in ["-1", "", "1.5", "18446744073709551616", "inf"] {
            expect("WATCHDOG_USEC=\(bad)", 1) { _ in }
            expect("EXTEND_TIMEOUT_USEC=\(bad)", 1) { _ in }
            expect("MONOTONIC_USEC=\(bad)", 1) { _ in }
        }
        for bad in ["-1", "4096", "x"] { expect("ERRNO=\(bad)", 1) { _ in } }
        expect("WATCHDOG=2", 1) { _ in }
        expect("FDSTORE=1\nFDSTOREREMOVE=1", 1) { _ in }
        expect("X_MINE=1\nBARRIER=1\nUNKNOWN=\u{0}") { _ in }
        expect("WATCHDOG_USEC=18446744073709551615") { $0.watchdogInterval = .infinity }
        // Terminals obey control characters: none gets through, and no more than a line's worth.
        let status = read("STATUS=a\u{1b}[2J\tb\u{85}" + String(repeating: "ä", count: 4000)).0.status
        #expect(status?.hasPrefix("a [2J b ") == true)
        #expect(status.map { $0.utf8.count <= Systemd.Notification.statusLimit } == true)
        let invalid = NotificationReading(
            ReceivedNotification.parse([UInt8]("STATUS=".utf8) + [0xff, 0xfe]), isOurs: { _ in true },
            complain: { _ in })
        #expect(invalid.message.status == "\u{fffd}\u{fffd}")
    }

    @Test func statesInWords() {
        var unit = ServiceUnit(name: UnitName(unchecked: "x.service"))
        unit.type = .notify
        unit.restart = .always
        unit.execStart = [ExecCommand(path: "/bin/x", arguments: ["x"])]
        var machine = ServiceMachine(unit: unit, endsWhenFirstStartFails: false)
        var texts: [String] = []
        let ready = ServiceNotification.said { $0.ready = true }
        func feed(_ events: ServiceEvent...) {
            for event in events { _ = machine.handle(event, at: Instant(microseconds: 1)) }
            texts.append(Upstream.words(for: machine))
        }
        texts.append(Upstream.words(for: machine))
        feed(.startRequested, .spawned(.main, pid: 7))
        feed(.notified(ready))
        feed(
            .notified(
                .said {
                    $0.status = "busy"; $0.reloading = true
                }))
        feed(.notified(ready))
        feed(.timerElapsed(.watchdog), .signalled(waiting: true))
        feed(.timerElapsed(.state), .signalled(waiting: true))
        feed(.processEnded(.main, .killed(.kill)), .treeEmpty)
        feed(.timerElapsed(.state), .spawned(.main, pid: 8), .notified(ready))
        feed(
            .processEnded(.main, .exited(1)), .treeEmpty, .timerElapsed(.state), .spawned(.main, pid: 9),
            .notified(ready))
        feed(
            .processEnded(.main, .exited(1)), .treeEmpty, .timerElapsed(.state), .spawned(.main, pid: 10),
            .notified(ready))
        feed(.stopRequested, .processEnded(.main, .exited(1)), .treeEmpty)
        #expect(
            texts == [
                "stopped", "starting, waiting for READY=1, pid 7", "running, pid 7", "reloading, pid 7: busy",
                "running, pid 7: busy", "stopping after a missed watchdog or a timeout, pid 7: busy",
                "killing, pid 7: busy",
                "waiting to restart after result 'watchdog': busy", "running, pid 8, restarted once",
                "running, pid 9, restarted twice", "running, pid 10, restarted 3 times",
                "failed (exit-code), restarted 3 times",
            ])
    }
}

extension ServiceNotification {
    static func said(_ change: (inout ServiceNotification) -> Void) -> ServiceNotification {
        var message = ServiceNotification()
        change(&message)
        return message
    }
}
