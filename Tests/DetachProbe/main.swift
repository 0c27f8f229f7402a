// Detaches and then behaves as the first argument says, for the tests of Daemon.
// `detach-probe BEHAVIOUR [OPTION VALUE]…`
import Daemon
import Glibc

func value(of option: String) -> String? {
    guard let index = CommandLine.arguments.firstIndex(of: option), index + 1 < CommandLine.arguments.count else {
        return nil
    }
    return CommandLine.arguments[index + 1]
}

/// Writes what /proc tells of this process into a file, then how it was started.
func writeState(_ path: String, mode: String) throws {
    let file = try OwnedDescriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
    var lines = ["pid=\(getpid())", "ppid=\(getppid())", "session=\(getsid(0))", "group=\(getpgrp())", "mode=\(mode)"]
    var buffer = [CChar](repeating: 0, count: 4096)
    if getcwd(&buffer, buffer.count) != nil {
        lines.append(
            "directory=" + String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
    let terminal = open("/dev/tty", O_RDWR)
    lines.append("terminal=\(terminal >= 0 ? "yes" : "no")")
    lines.append("uid=\(getuid())")
    lines += try Files.readText("/proc/self/status", limit: 65536).split(separator: "\n")
        .filter { line in ["Umask", "SigBlk", "SigIgn", "SigCgt", "Groups"].contains { line.hasPrefix($0) } }
        .map { $0.split(separator: ":\t", maxSplits: 1).joined(separator: "=") }
    for name in try Files.list("/proc/self/fd") where CInt(name) != file.rawValue {
        var target = [CChar](repeating: 0, count: 4096)
        if readlink("/proc/self/fd/\(name)", &target, target.count - 1) > 0 {
            let text = String(decoding: target.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            lines.append("fd\(name)=\(text)")
        }
    }
    for name in ["PATH", "HOME", "NOTIFY_SOCKET", "SECRET", "LC_ALL", "LISTEN_FDS", "KEPT"] {
        if let value = Environment.value(name) { lines.append("env:\(name)=\(value)") }
    }
    try file.writeAll(Array((lines.joined(separator: "\n") + "\n").utf8))
}

func spawnGrandchild(_ path: String) throws {
    if fork() == 0 {
        _ = setsid()
        if fork() == 0 {
            let file = try OwnedDescriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
            try file.writeAll(Array("pid=\(getpid())\n".utf8))
            while true { pause() }
        }
        _exit(0)
    }
    var status: CInt = 0
    _ = wait(&status)
}

let behaviour = CommandLine.arguments.dropFirst().first ?? ""
var options = Detach.Options(programName: "detach-probe")
options.pidFile = value(of: "--pid-file")
options.user = value(of: "--user")
if let directory = value(of: "--directory") { options.workingDirectory = directory }
if let kept = value(of: "--keep").flatMap({ CInt($0) }) { options.keptDescriptors = [kept] }
if let milliseconds = value(of: "--timeout-ms").flatMap({ UInt64($0) }) {
    options.readinessTimeout = milliseconds * 1000
}
if CommandLine.arguments.contains("--keep-environment") {
    options.environment = .keep
} else if CommandLine.arguments.contains("--clean-environment") {
    options.environment = .clean(keeping: ["KEPT"])
}

if behaviour == "threads" {
    var thread = pthread_t()
    pthread_create(&thread, nil, park, nil)
}
if behaviour == "mode" {
    let mode = LaunchMode.detect()
    print("\(mode.kind): \(mode.reason)")
    print("NOTIFY_SOCKET=\(Environment.value("NOTIFY_SOCKET") ?? "unset")")
    exit(0)
}

do {
    Detach.ignoreHangup()
    if CommandLine.arguments.contains("--say-hello") { _ = write(1, "hello\n", 6) }
    var daemon = try Detach.perform(options)
    let notifier = daemon.notifier
    let state = value(of: "--state")
    let mode = "detach"
    if let state { try writeState(state, mode: mode) }
    // For a test that waits until the daemon stands: the kept descriptor says so.
    if CommandLine.arguments.contains("--announce"), let kept = options.keptDescriptors.first {
        var byte: UInt8 = 33
        _ = write(kept, &byte, 1)
        close(kept)
    }
    switch behaviour {
    case "ready", "threads":
        // Before READY=1: from then on the test may send it.
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigprocmask(SIG_BLOCK, &set, nil)
        try notifier.ready(status: "up")
        // Quiet from here on: nobody listens.
        guard try notifier.status("still up") == .nobodyListens else { exit(99) }
        var signal: CInt = 0
        sigwait(&set, &signal)
        // At the end, so that a test that saw the end can read it.
        if let state { try writeState(state + "-final", mode: mode) }
    case "exit": exit(value(of: "--status").flatMap { CInt($0) } ?? 0)
    case "ready-exit":
        try notifier.ready()
        exit(7)
    case "signal": kill(getpid(), value(of: "--signal").flatMap { CInt($0) } ?? SIGKILL)
    case "report":
        try notifier.reportFailure(["first reason", "second\u{1b}[31m reason"], exitStatus: 203, errno: ENOENT)
        exit(9)
    case "report-much":
        try notifier.reportFailure(
            (1...1000).map { "line \($0) " + String(repeating: "x", count: 100) }, exitStatus: 42)
        exit(9)
    case "status-exit":
        try notifier.send(.status("half-way"), .errno(ENOSPC))
        exit(3)
    case "hang":
        try notifier.status("waiting for godot")
        while true { pause() }
    case "ignore-term":
        signal(SIGTERM, SIG_IGN)
        try notifier.notice(["ignoring"])
        while true { pause() }
    case "extend":
        // Longer than the timeout of the test, but asked for.
        try notifier.send(.extendTimeout(microseconds: 20_000_000))
        usleep(700_000)
        try notifier.ready()
    case "orphan":
        try spawnGrandchild(value(of: "--orphan") ?? "/dev/null")
        exit(5)
    case "store":
        try notifier.send(.storeDescriptors(name: "null", [0]))
        try notifier.barrier(timeout: 5_000_000)
        try notifier.ready()
    default: exit(98)
    }
    if let file = daemon.takePIDFile() { try file.remove() }
} catch let error as DaemonError {
    let line = "detach-probe: \(error)\n"
    _ = write(2, line, line.utf8.count)
    exit(error.exitStatus)
}
