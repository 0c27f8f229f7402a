// The guess at the main process of a service that forks, over real processes with the test as their supervisor.
import CLinux
import Glibc
import Linux
import Testing

@testable import Instances

@Suite struct MainProcessGuessTests {
    /// A shell that starts `count` children, tells their pids, and waits: it is the supervisor, they are what was left.
    private final class Supervisor {
        let pid: pid_t
        let children: [pid_t]

        init(children count: Int) throws {
            var ends: [CInt] = [-1, -1]
            guard daimon_pipe2(&ends, O_CLOEXEC) == 0 else { throw SystemError("make a pipe") }
            let output = OwnedDescriptor(owning: ends[0])
            let input = OwnedDescriptor(owning: ends[1])
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            posix_spawn_file_actions_adddup2(&actions, input.rawValue, STDOUT_FILENO)
            // Each child has a child of its own, which is no candidate: it was not left to the supervisor.
            let one = "sh -c 'sleep 1000 & echo $! ; wait' & echo $! ; "
            let script = String(repeating: one, count: count) + "echo end; wait"
            var argv: [UnsafeMutablePointer<CChar>?] = ["sh", "-c", script].map { (word: String) in strdup(word) }
            argv.append(nil)
            defer { for argument in argv { free(argument) } }
            var child: pid_t = 0
            let error = posix_spawn(&child, "/bin/sh", &actions, nil, argv, environ)
            guard error == 0 else { throw SystemError("start", "/bin/sh", errno: error) }
            pid = child
            input.close()
            var text = ""
            // All of them run when all of them have told their pids.
            while text.split(separator: "\n").count < 2 * count + 1 {
                var byte = [UInt8](repeating: 0, count: 256)
                let length = read(output.rawValue, &byte, byte.count)
                guard length > 0 else { break }
                text += String(decoding: byte[0..<length], as: UTF8.self)
            }
            children = text.split(separator: "\n").compactMap { pid_t($0) }
                .filter { ProcessStatus(of: $0)?.parent == child }
        }

        func tree() -> ProcessTree { ProcessTree(cgroup: nil, invocationID: "none", supervisor: pid, main: nil) }

        deinit {
            for process in tree().processes() { kill(process.pid, SIGKILL) }
            kill(pid, SIGKILL)
            var exit = daimon_child_exit()
            _ = daimon_wait_child(pid, 0, 1, &exit)
        }
    }

    @Test func onlyOneIsAGuess() throws {
        let one = try Supervisor(children: 1)
        let child = try #require(one.children.first)
        #expect(one.tree().processes().count == 2)
        #expect(one.tree().onlyCandidate(except: []) == ProcessIdentity(of: child))
        #expect(one.tree().onlyCandidate(except: [child]) == nil)

        let two = try Supervisor(children: 2)
        #expect(two.children.count == 2)
        #expect(two.tree().onlyCandidate(except: []) == nil)
        // One of them is a command of ours.
        #expect(two.tree().onlyCandidate(except: [two.children[0]]) == ProcessIdentity(of: two.children[1]))
    }

    @Test func nobodyIsNoGuess() throws {
        let none = try Supervisor(children: 0)
        #expect(none.tree().onlyCandidate(except: []) == nil)
        var orphans = none.tree()
        orphans.supervisor = nil
        #expect(orphans.onlyCandidate(except: []) == nil)
    }
}
