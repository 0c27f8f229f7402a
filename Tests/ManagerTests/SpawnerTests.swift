// The exec plan, as data, and carried out: real programs, and every way not to run one.
import CLinux
import Engine
import Glibc
import Linux
import Testing
import Units

@testable import Instances
@testable import Manager

@Suite struct ExecPlanTests {
    private func surroundings(_ change: (inout ExecSurroundings) -> Void = { _ in }) -> ExecSurroundings {
        var value = ExecSurroundings(
            ownSession: true, cgroupDirectory: nil, output: .inherit, error: .inherit, credentials: nil, home: nil)
        change(&value)
        return value
    }

    @Test func theLeast() {
        #expect(
            ExecPlan.steps(for: ExecutionContext(), in: surroundings()) == [
                .newSession, .umask(0o022), .ignoreSIGPIPE, .openInput("/dev/null", flags: O_RDONLY),
                .directory("/", missingIsAllowed: false),
                .closeFrom(3), .execute,
            ])
        #expect(
            ExecPlan.steps(for: ExecutionContext(), in: surroundings { $0.ownSession = false }).first
                == .newProcessGroup)
    }

    @Test func everythingInSystemdsOrder() {
        var context = ExecutionContext()
        context.standardInput = .file("/in")
        context.nice = 5
        context.oomScoreAdjust = -7
        context.limits = [.openFiles: ResourceLimitValue(soft: 1, hard: 2), .cpu: ResourceLimitValue(soft: 3, hard: 4)]
        context.umask = 0o77
        context.ignoreSIGPIPE = false
        context.workingDirectory = WorkingDirectory(path: nil, missingIsAllowed: true)
        context.noNewPrivileges = true
        let steps = ExecPlan.steps(
            for: context,
            in: surroundings {
                $0.cgroupDirectory = 9
                $0.output = .path("/out", flags: O_WRONLY)
                $0.error = .descriptor(7)
                $0.credentials = Credentials(uid: 10, gid: 20, groups: [30, 40])
                $0.home = "/home/x"
            })
        #expect(
            steps == [
                .newSession, .enterCgroup(directory: 9), .umask(0o77), .openInput("/in", flags: O_RDONLY),
                .openOutput("/out", flags: O_WRONLY, descriptor: 1),
                .placeDescriptor(7, 2), .oomScoreAdjust(-7), .nice(5),
                .limit(.cpu, ResourceLimitValue(soft: 3, hard: 4)),
                .limit(.openFiles, ResourceLimitValue(soft: 1, hard: 2)), .groups([30, 40]), .group(20),
                .user(10), .directory("/home/x", missingIsAllowed: true), .noNewPrivileges, .closeFrom(3), .execute,
            ])
    }

    @Test func exitStatusesOfSteps() {
        let names: [(ExecStep, String)] = [
            (.directory("/", missingIsAllowed: false), "CHDIR"), (.nice(1), "NICE"), (.closeFrom(3), "FDS"),
            (.execute, "EXEC"),
            (.limit(.cpu, ResourceLimitValue(soft: 1, hard: 1)), "LIMITS"), (.oomScoreAdjust(1), "OOM_ADJUST"),
            (.ignoreSIGPIPE, "SIGNAL_MASK"), (.openInput("/", flags: 0), "STDIN"),
            (.openTerminal("/", force: true), "STDIN"), (.resetTerminal("/", TerminalSettings()), "STDIN"),
            (.readOnly("/a"), "NAMESPACE"), (.cover("/a"), "NAMESPACE"), (.makeFolder("/a"), "NAMESPACE"),
            (.coredumpFilter(1), "LIMITS"), (.root("/"), "CHROOT"),
            (.scheduler(policy: 1, priority: 1, resetOnFork: false), "SETSCHEDULER"), (.affinity([1]), "CPUAFFINITY"),
            (.memoryPolicy(1, nodes: []), "NUMA_POLICY"), (.ioPriority(1), "IOPRIO"), (.timerSlack(1), "TIMERSLACK"),
            (.personality(0), "PERSONALITY"), (.keyring(uid: 0, gid: 0, linksUser: false), "KEYRING"),
            (.boundingSet(0), "CAPABILITIES"), (.ambient(1, inherit: true), "CAPABILITIES"),
            (.secureBits(1), "SECUREBITS"), (.newMountNamespace(isRequired: true), "NAMESPACE"),
            (.bind("/a", on: "/b"), "NAMESPACE"),
            (.temporaryFileSystem(on: "/b"), "NAMESPACE"), (.keepCapabilities, "USER"),
            (.placeDescriptor(3, 0), "STDIN"),
            (.openOutput("/", flags: 0, descriptor: 1), "STDOUT"), (.placeDescriptor(3, 1), "STDOUT"),
            (.openOutput("/", flags: 0, descriptor: 2), "STDERR"), (.placeDescriptor(3, 2), "STDERR"),
            (.groups([]), "GROUP"),
            (.group(1), "GROUP"), (.user(1), "USER"), (.enterCgroup(directory: 3), "CGROUP"), (.newSession, "SETSID"),
            (.newProcessGroup, "SETSID"), (.noNewPrivileges, "NO_NEW_PRIVILEGES"),
        ]
        for (step, name) in names {
            #expect(ExitStatusNames.name(of: step.exitStatus) == name, "\(step)")
            #expect(!step.purpose(program: "/bin/x").isEmpty)
        }
        // Numbers of setrlimit(2), by the constants of the C library.
        #expect(ExecPlan.number(of: .openFiles) == CInt(RLIMIT_NOFILE.rawValue))
        #expect(ExecPlan.number(of: .core) == CInt(RLIMIT_CORE.rawValue))
        #expect(ExecPlan.number(of: .processes) == CInt(__RLIMIT_NPROC.rawValue))
        #expect(ExecPlan.number(of: .realTimeTime) == CInt(__RLIMIT_RTTIME.rawValue))
        #expect(Set(ResourceLimit.allCases.map(ExecPlan.number)) == Set(0..<16))
    }
}

@Suite struct SpawnerTests {
    /// Why a program does not run, in systemd's terms.
    private func failure(_ program: String, context: ExecutionContext = ExecutionContext()) throws -> SpawnFailure {
        do throws(SpawnError) {
            var child = try Child(program, context: context)
            _ = child.wait()
        } catch {
            return error.failure(program: program)
        }
        throw SystemError.refused("fail", program, because: "it ran")
    }

    @Test func runsAProgram() throws {
        var child = try Child("/bin/true")
        #expect(child.wait() == .exited(0))
        var sad = try Child("/bin/sh", ["-c", "exit 42"])
        #expect(sad.wait() == .exited(42))
        var killed = try Child("/bin/sh", ["-c", "kill -USR1 $$"])
        #expect(killed.wait() == .killed(try Signal(parsing: "SIGUSR1")))
    }

    @Test func whyAProgramDoesNotRun() throws {
        let scratch = try Scratch()
        let path = scratch.path
        var found = try failure("\(path)/missing")
        #expect(found.exitStatus == 203)
        #expect(found.message == "203/EXEC: cannot execute \(path)/missing: No such file or directory (ENOENT)")

        try scratch.write("script", "#!/nowhere/interpreter\n", mode: 0o755)
        found = try failure("\(path)/script")
        #expect(found.exitStatus == 203)
        #expect(found.message.hasSuffix("(ENOENT); the file is there, so the interpreter that it names is missing"))

        try scratch.write("text", "no first line\n", mode: 0o755)
        found = try failure("\(path)/text")
        #expect(found.message.hasSuffix("(ENOEXEC); a script needs a first line such as #!/bin/sh"))

        try scratch.write("plain", "#!/bin/sh\n", mode: 0o644)
        #expect(try failure("\(path)/plain").message.contains("EACCES"))
        #expect(try failure(path).message.contains("EACCES"))  // a directory

        var context = ExecutionContext()
        context.workingDirectory = WorkingDirectory(path: "\(path)/nowhere")
        found = try failure("/bin/true", context: context)
        #expect(found.exitStatus == 200)
        #expect(
            found.message
                == "200/CHDIR: cannot change to WorkingDirectory=\(path)/nowhere: No such file or directory (ENOENT)")
        context.workingDirectory = WorkingDirectory(path: "\(path)/nowhere", missingIsAllowed: true)
        var child = try Child("/bin/pwd", context: context)
        #expect(try child.text() == "/\n")
        _ = child.wait()

        context = ExecutionContext()
        context.standardInput = .file("\(path)/nothing")
        found = try failure("/bin/true", context: context)
        #expect(found.exitStatus == 208 && found.message.contains("open \(path)/nothing as standard input"))

        #expect(
            SpawnError.noProcess(SystemError("make a process for", "x", errno: EAGAIN)).failure(program: "x").exitStatus
                == 0)
    }

    @Test func theChildsSurroundings() throws {
        var context = ExecutionContext()
        context.umask = 0o027
        context.nice = 3
        context.limits = [.openFiles: ResourceLimitValue(soft: 50, hard: 60)]
        context.noNewPrivileges = true
        let script =
            "umask; nice; ulimit -Sn; ulimit -Hn; pwd; ls /proc/self/fd | tr '\\n' ' '; echo;"
            + " readlink /proc/self/fd/0; grep -E '^(NoNewPrivs|SigBlk|SigIgn)' /proc/self/status | tr -d '\\t'; cut -d' ' -f5,6 /proc/$$/stat; echo $$"
        var child = try Child(
            "/bin/sh", ["-c", script], environment: [EnvironmentVariable(name: "PATH", value: "/bin:/usr/bin")],
            context: context)
        let lines = try child.text().split(separator: "\n").map(String.init)
        #expect(child.wait() == .exited(0))
        try #require(lines.count == 12, "\(lines)")
        #expect(lines[0] == "0027" && lines[1] == "3" && lines[2] == "50" && lines[3] == "60" && lines[4] == "/")
        #expect(lines[5] == "0 1 2 3 ")  // 3 is the directory that ls itself reads
        #expect(lines[6] == "/dev/null")
        // No signal blocked; of the signals only SIGPIPE (13) ignored.
        #expect(
            lines[7] == "SigBlk:0000000000000000" && lines[8] == "SigIgn:0000000000001000" && lines[9] == "NoNewPrivs:1"
        )
        #expect(lines[10] == "\(child.pid) \(child.pid)" && lines[11] == "\(child.pid)")
    }

    @Test func aGroupInsteadOfASession() throws {
        var child = try Child("/bin/sh", ["-c", "cut -d' ' -f5,6 /proc/$$/stat"], ownSession: false)
        #expect(try child.text() == "\(child.pid) \(getsid(0))\n")
        _ = child.wait()
    }

    @Test func thePidPlaceholder() throws {
        var child = try Child(
            "/usr/bin/env",
            environment: [
                EnvironmentVariable(name: "SYSTEMD_EXEC_PID", value: Spawner.pidPlaceholder),
                EnvironmentVariable(name: "A", value: "b=c d\n"), EnvironmentVariable(name: "EMPTY", value: ""),
                EnvironmentVariable(name: "WATCHDOG_PID", value: Spawner.pidPlaceholder),
            ])
        #expect(try child.text() == "SYSTEMD_EXEC_PID=\(child.pid)\nA=b=c d\n\nEMPTY=\nWATCHDOG_PID=\(child.pid)\n")
        _ = child.wait()
    }

    /// Hundreds of starts, half of which fail: no process is left to be reaped and no descriptor open.
    @Test func manyStartsLeaveNothing() throws {
        let before = try Files.list("/proc/self/fd").count
        var pids: [pid_t] = []
        for index in 0..<500 {
            do throws(SpawnError) {
                var child = try Child(index % 2 == 0 ? "/bin/true" : "/nowhere/program")
                pids.append(child.pid)
                #expect(child.wait() == .exited(0))
            } catch {
                #expect(index % 2 == 1, "\(error)")
            }
        }
        #expect(pids.count == 250)
        // Other tests run beside this one; a leak here would be hundreds.
        #expect(try Files.list("/proc/self/fd").count < before + 200)
        var zombies = 0
        for pid in try Processes.all() {
            if let status = ProcessStatus(of: pid), status.parent == getpid(), status.state == "Z" { zombies += 1 }
        }
        #expect(zombies < 50)
        for pid in pids {
            var exit = daimon_child_exit()
            #expect(daimon_wait_child(pid, 0, 0, &exit) == -1 || exit.pid == 0)
        }
    }
}
