// Where a service runs and with which rights, end to end: prefixes of commands, a root of its own, a /tmp in memory, folders
// that stay or may not be written to, a terminal.
import Foundation
import Linux
import Testing

@Suite(.serialized, .enabled(if: getuid() == 0, "needs root, for mounts and other users"))
struct ExecutionPlaceTests {
    /// Runs a service to its end.
    /// - Returns: the lines that it wrote.
    private func facts(
        _ instance: TemporaryInstance, _ lines: [String], status: Int32 = 0
    ) throws -> [String] {
        let output = "\(instance.directory)/facts"
        let text =
            (["[Service]", "StandardError=null", "StandardOutput=append:\(output)"] + lines).joined(separator: "\n")
            + "\n"
        let path = try instance.write("place.service", text)
        let result = try Command.run(
            [Binaries.daimond, "--foreground", "--name", "place-\(getpid())", path], environment: instance.environment)
        #expect(result.status == status, "\(result)")
        return try String(contentsOfFile: output, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    @Test(arguments: [("", "65534 77 1"), ("!", "0 77 1"), ("+", "0 88 0")])
    func prefixes(_ prefix: String, _ expected: String) throws {
        let script = "echo $$(id -u) $$(ulimit -n) $$(sed -n s/NoNewPrivs:.//p /proc/self/status)"
        let lines = try facts(
            TemporaryInstance(),
            [
                "User=nobody", "LimitNOFILE=77", "NoNewPrivileges=yes",
                "ExecStart=\(prefix)/bin/sh -c 'test $$(ulimit -n) = 77 || ulimit -n 88; \(script)'",
            ])
        #expect(lines == [expected])
    }

    @Test func aRootOfItsOwn() throws {
        let instance = try TemporaryInstance()
        let jail = "\(instance.directory)/jail"
        // The shell with the libraries that it needs, as ldd(1) lists them.
        let libraries = try Command.run(["ldd", "/bin/sh"], environment: instance.environment).output
            .split(whereSeparator: \.isWhitespace).filter { $0.hasPrefix("/") }.map(String.init)
        for path in ["/bin/sh"] + libraries {
            let folder = URL(fileURLWithPath: jail + path).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(contentsOf: URL(fileURLWithPath: path)).write(to: URL(fileURLWithPath: jail + path))
            #expect(chmod(jail + path, 0o755) == 0)
        }
        try FileManager.default.createDirectory(atPath: jail + "/data", withIntermediateDirectories: true)
        let lines = try facts(
            instance,
            [
                "RootDirectory=\(jail)", "WorkingDirectory=/data", "User=nobody",
                "ExecStart=/bin/sh -c 'pwd; echo /*; test -e /etc || echo alone'",
            ])
        #expect(lines.first == "/data" && lines.last == "alone" && lines[1].contains("/bin /data"), "\(lines)")
    }

    @Test func temporaryFilesInMemory() throws {
        let mark = "dmn-memory-\(getpid())"
        let lines = try facts(
            TemporaryInstance(),
            [
                "PrivateTmp=disconnected", "User=nobody",
                "ExecStart=/bin/sh -c 'stat -f -c %%T /tmp /var/tmp; stat -c %%a /tmp; ls -A /tmp /var/tmp;"
                    + " touch /tmp/\(mark) && echo written'",
            ])
        #expect(lines == ["tmpfs", "tmpfs", "1777", "/tmp:", "/var/tmp:", "written"])
        #expect(access("/tmp/\(mark)", F_OK) != 0)
    }

    /// Kept over a restart, kept for good, or new each time.
    @Test(arguments: [
        ("no", ["new", "new"], false), ("restart", ["new", "kept"], false), ("yes", ["new", "kept"], true),
    ])
    func runtimeDirectoryPreserve(_ value: String, _ expected: [String], _ stays: Bool) throws {
        let mark = "dmn-preserve-\(getpid())"
        defer { rmdir("/run/\(mark)") }
        let instance = try TemporaryInstance()
        // The first run fails and is repeated.
        let lines = try facts(
            instance,
            [
                "RuntimeDirectory=\(mark)", "RuntimeDirectoryPreserve=\(value)", "Restart=on-failure", "RestartSec=0",
                "ExecStart=/bin/sh -c 'mkdir /run/\(mark)/in && echo new || echo kept;"
                    + " mkdir \(instance.directory)/once || exit 0; exit 1'",
            ])
        #expect(lines == expected)
        #expect((access("/run/\(mark)", F_OK) == 0) == stays)
        rmdir("/run/\(mark)/in")
    }

    @Test func foldersThatMayNotBeWrittenTo() throws {
        let mark = "dmn-ro-\(getpid())"
        let lines = try facts(
            TemporaryInstance(),
            [
                "RuntimeDirectory=\(mark)/a::ro \(mark)/b",
                "ExecStart=/bin/sh -c 'touch /run/\(mark)/a/x || echo refused; touch /run/\(mark)/b/x && echo written'",
            ])
        #expect(lines == ["refused", "written"])
        #expect(rmdir("/run/\(mark)") == 0)
    }

    /// The terminal is made usual and gets its size, becomes the controlling one, and is made usual again afterwards.
    @Test func aTerminal() throws {
        var (mainEnd, otherEnd): (Int32, Int32) = (-1, -1)
        #expect(openpty(&mainEnd, &otherEnd, nil, nil, nil) == 0)
        let main = OwnedDescriptor(owning: mainEnd)
        let slave = OwnedDescriptor(owning: otherEnd)
        let name = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(slave.rawValue)")
        defer { _ = main.rawValue }
        // The end of a session hangs up its terminal: it is opened anew each time.
        func isUsual() throws -> Bool {
            let slave = try OwnedDescriptor.open(name, O_RDWR | O_NOCTTY)
            var modes = termios()
            let usual = tcflag_t(ICANON | ECHO)
            return tcgetattr(slave.rawValue, &modes) == 0 && modes.c_lflag & usual == usual
        }
        var raw = termios()
        #expect(tcgetattr(slave.rawValue, &raw) == 0)
        cfmakeraw(&raw)
        #expect(tcsetattr(slave.rawValue, TCSANOW, &raw) == 0)
        #expect(try !isUsual())
        let lines = try facts(
            TemporaryInstance(),
            [
                "StandardInput=tty", "TTYPath=\(name)", "TTYReset=yes", "TTYRows=33", "TTYColumns=77",
                "ExecStart=/bin/sh -c 'stty size; stty -a | grep -q -- -icanon || echo usual; tty; echo $TERM;"
                    + " ps -o tty= -p $$$$; stty raw'",
            ])
        #expect(lines == ["33 77", "usual", name, "vt220", String(name.dropFirst("/dev/".count))])
        #expect(try isUsual())
    }

    /// The same number at each start, folders out of the reach of others, and the number given back.
    @Test func aUserOfItsOwn() throws {
        let mark = "dmn-dynamic-\(getpid())"
        let state = "/var/lib/private/\(mark)"
        defer {
            for path in [state, "/var/lib/\(mark)"] {
                do { try FileManager.default.removeItem(atPath: path) } catch { Issue.record("\(error)") }
            }
        }
        let instance = try TemporaryInstance()
        let lines = [
            "DynamicUser=yes", "StateDirectory=\(mark)/in", "UMask=0077",
            "ExecStart=/bin/sh -c 'echo $$(id -u) $$(id -g) $USER; touch $STATE_DIRECTORY/x && stat -c %%u $STATE_DIRECTORY/x;"
                + " ls /var/lib/private; stat -f -c %%T /tmp'",
        ]
        let first = try facts(instance, lines)
        try #require(first.count >= 4, "\(first)")
        let number = first[1]
        #expect((61184...65519).contains(Int(number) ?? 0), "\(first)")
        #expect(Array(first.prefix(4)) == ["\(number) \(number) place", number, mark, "tmpfs"])
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: "/var/lib/\(mark)/in") == "../private/\(mark)/in")
        var info = Glibc.stat()
        #expect(lstat("/var/lib/private", &info) == 0 && info.st_mode & 0o7777 == 0o700)
        #expect(try Files.list("\(instance.runtimeDirectory)/dynamic-uid") == [])
        let all = try facts(instance, lines)
        #expect(Array(all.dropFirst(first.count)) == first)
    }
}
