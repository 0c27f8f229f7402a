// What a process of a service is given (systemd.exec(5)): the same unit under daimond and under a real systemd, fact by
// fact; and that nothing of it is left behind.
import Foundation
import Linux
import Testing

@Suite(.serialized, .enabled(if: getuid() == 0, "needs root, to run a service as somebody else"))
struct ExecutionTests {
    /// Everything that can be asked for without a privilege that containers lack.
    private static func unit(_ mark: String) -> String {
        """
        [Service]
        Type=simple
        User=nobody
        ExecStart=/bin/sh /var/lib/\(mark)/script
        StandardInputText=hello
        StandardOutput=truncate:/var/lib/\(mark)/facts
        RuntimeDirectory=\(mark)/in:\(mark)-link
        RuntimeDirectoryMode=0710
        StateDirectory=\(mark)
        ConfigurationDirectory=\(mark)
        SetCredential=one:alpha
        LoadCredential=two:/etc/debian_version
        PrivateTmp=yes
        CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_CHOWN
        AmbientCapabilities=CAP_NET_BIND_SERVICE
        SecureBits=keep-caps
        NoNewPrivileges=yes
        CPUSchedulingPolicy=batch
        Nice=4
        IOSchedulingClass=idle
        CPUAffinity=0
        TimerSlackNSec=1ms
        CoredumpFilter=private-anonymous elf-headers
        Personality=x86-64
        LimitNOFILE=300:400
        LimitCORE=0
        OOMScoreAdjust=100
        UMask=0027
        WorkingDirectory=/var/lib/\(mark)
        """
    }

    private static func script(_ mark: String) -> String {
        """
        id; umask; pwd; cat
        grep -E '^(Cap|NoNewPrivs|SigIgn|SigBlk)' /proc/self/status | sed 's/SigIgn.*0\\(....\\)$/SigIgn \\1/'
        env | grep -vE '^(INVOCATION_ID|SYSTEMD_EXEC_PID|DAIMON_INSTANCE|LANG|MEMORY_PRESSURE_|PATH)' | sort
        nice; chrt -p $$ | sed 's/.*: //'; ionice -p $$; taskset -p $$ | sed 's/.*: //'
        cat /proc/self/coredump_filter /proc/self/oom_score_adj
        uname -m; ulimit -Sn; ulimit -Hn; ulimit -Hc
        cd /; stat -c '%n %A %U %G' run/\(mark) run/\(mark)/in var/lib/\(mark) etc/\(mark) tmp var/tmp
        readlink /run/\(mark)-link; ls -A /tmp; cat $CREDENTIALS_DIRECTORY/*
        test ! -w $CREDENTIALS_DIRECTORY/one && echo read-only
        """
    }

    private static let leftovers = ["/run/MARK/in", "/run/MARK-link", "/run/credentials/MARK.service"]

    @Test func sameFactsAsUnderSystemd() throws {
        guard ContainerSupport.hostObstacle == nil else { try Test.cancel(ContainerSupport.hostComment) }
        let instance = try TemporaryInstance()
        let mark = "dmn-\(getpid())"
        let path = try instance.write("\(mark).service", Self.unit(mark))
        defer {
            for place in [
                "/var/lib/\(mark)", "/etc/\(mark)", "/run/\(mark)",
            ] {
                do { try FileManager.default.removeItem(atPath: place) } catch { Issue.record("\(error)") }
            }
        }
        // What a private /var/tmp would hide cannot lie there.
        try FileManager.default.createDirectory(atPath: "/var/lib/\(mark)", withIntermediateDirectories: true)
        try Self.script(mark).write(toFile: "/var/lib/\(mark)/script", atomically: true, encoding: .utf8)
        let result = try Command.run(
            [Binaries.daimond, "--foreground", "--name", mark, path], environment: instance.environment)
        #expect(result.status == 0, "\(result)")
        let ours = try String(contentsOfFile: "/var/lib/\(mark)/facts", encoding: .utf8)
        for place in Self.leftovers.map({ $0.replacingOccurrences(of: "MARK", with: mark) }) {
            #expect(access(place, F_OK) != 0, "\(place) is left")
        }
        for folder in ["/tmp", "/var/tmp"] {
            #expect(try !Files.list(folder).contains { $0.contains("daimon-private-\(mark)") })
        }

        let container = try SystemdContainer()
        try container.write("/etc/systemd/system/\(mark).service", Self.unit(mark))
        try container.run("rm", "-rf", "/var/lib/\(mark)", "/etc/\(mark)")
        try container.write("/var/lib/\(mark)/script", Self.script(mark))
        try container.run("systemctl", "daemon-reload")
        #expect(try container.run("systemctl", "start", "\(mark).service").status == 0)
        try waitUntil("the service has ended under systemd") {
            try container.property("ActiveState", of: "\(mark).service") != "active"
        }
        #expect(try container.property("Result", of: "\(mark).service") == "success")
        // The folder above the one that is named stays, there as here.
        #expect(try container.run("ls", "-A", "/run/\(mark)").output == "" && Files.list("/run/\(mark)").isEmpty)
        let theirs = try container.run("cat", "/var/lib/\(mark)/facts").output
        func facts(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }
        #expect(facts(ours).count > 30 && facts(ours) == facts(theirs), "daimond:\n\(ours)\nsystemd:\n\(theirs)")
    }

    /// Systemd's exit status of the step, and the directive by name.
    @Test(
        arguments: [
            ("WorkingDirectory=/nowhere/at/all", 200, "CHDIR"), ("RootDirectory=/nowhere/at/all", 210, "CHROOT"),
            ("LoadCredential=x:/nowhere/at/all", 243, "CREDENTIALS"), ("CPUAffinity=8000", 215, "CPUAFFINITY"),
            ("StandardInput=tty\nTTYPath=/nowhere/at/all", 208, "STDIN"), ("User=nobody-at-all", 217, "USER"),
        ] as [(String, Int32, String)])
    func failingSteps(_ line: String, _ status: Int32, _ name: String) throws {
        let instance = try TemporaryInstance()
        let path = try instance.write("bad.service", "[Service]\nExecStart=/bin/true\n\(line)\n")
        let result = try Command.run(
            [Binaries.daimond, "--foreground", "--name", "bad", path], environment: instance.environment)
        #expect(result.status == status && result.errors.contains("\(status)/\(name)"), "\(result)")
    }
}
