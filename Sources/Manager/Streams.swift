// Where a service's standard output and error go: what the unit says, or the default of the way daimond was started.
// In the background that is a file which the service writes to directly: it stays valid when daimond is gone, which a
// pipe would not (KillMode=process, a killed daimond).
import Instances
import CLinux
import Engine
import Glibc
import Linux
import Systemd
import Units

/// The open streams of one command.
struct Streams: ~Copyable {
    var output: StreamTarget = .inherit
    var error: StreamTarget = .inherit
    /// What `StandardInput=data` reads.
    var input: CInt?
    /// For `JOURNAL_STREAM=`: device and inode of the stream.
    var journal: String?
    private var opened: [DescriptorBox] = []

    /// Opens what must be opened before the command starts.
    static func open(
        for unit: ServiceUnit, program: String, logFile: String, configuration: InstanceConfiguration, log: ManagerLog,
        takesTerminal: Bool = true
    ) throws(SpawnError) -> Streams {
        let context = unit.execution
        var streams = Streams()
        let setting = context.standardOutput ?? standard(configuration, logFile)
        let identifier =
            context.syslogIdentifier ?? program.split(separator: "/").last.map(String.init) ?? unit.name.description
        let settings = StreamSettings(
            identifier: identifier, level: context.syslogLevel | context.syslogFacility << 3,
            parsesPrefixes: context.syslogLevelPrefix, unit: unit.name.description, logFile: logFile,
            isDetached: configuration.mode.kind == .detach, log: log, terminalPath: context.terminalPath)
        do throws(SystemError) {
            if context.standardInput == .data, !context.inputData.isEmpty {
                streams.input = try settings.data(context.inputData, keep: &streams.opened)
            }
        } catch {
            throw .before(exitStatus: 208, error)
        }
        let shared = sharesInput(context, setting, takesTerminal: takesTerminal)
        do throws(SystemError) {
            streams.output =
                try shared ? .descriptor(STDIN_FILENO) : settings.target(setting, keep: &streams.opened)
        } catch {
            throw .before(exitStatus: 209, error)
        }
        // StandardError=inherit means the standard output, whatever that is (systemd.exec(5)).
        if let wanted = context.standardError, wanted != setting, wanted != .inherit {
            do throws(SystemError) {
                streams.error =
                    try sharesInput(context, wanted, takesTerminal: takesTerminal)
                    ? .descriptor(STDIN_FILENO) : settings.target(wanted, keep: &streams.opened)
            } catch {
                throw .before(exitStatus: 222, error)
            }
        } else if streams.output != .inherit {
            // One open file for both: two of the same `file:` would overwrite each other.
            streams.error = .descriptor(STDOUT_FILENO)
        }
        // Of two streams that of the errors, where most services write what is for the log.
        streams.journal = identity(streams.error) ?? identity(streams.output)
        return streams
    }

    /// Whether an output is the same open file as the input: a terminal, or a file of that name.
    private static func sharesInput(
        _ context: ExecutionContext, _ output: StandardOutput, takesTerminal: Bool
    ) -> Bool {
        switch context.standardInput {
        case .terminal: takesTerminal && (output == .terminal || output == .inherit)
        case .file(let path): output == .file(path) || output == .inherit
        case .null, .data: false
        }
    }

    private static func identity(_ target: StreamTarget) -> String? {
        guard case .descriptor(let descriptor) = target, descriptor > STDERR_FILENO else { return nil }
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFSOCK else { return nil }
        return "\(info.st_dev):\(info.st_ino)"
    }

    /// The default of `StandardOutput=`.
    static func standard(_ configuration: InstanceConfiguration, _ logFile: String) -> StandardOutput {
        switch configuration.mode.kind {
        case .supervised: journalIsThere ? .journal : .inherit
        case .foreground: .inherit
        case .detach: .append(logFile)
        }
    }

    static var journalIsThere: Bool { access("/run/systemd/journal/stdout", W_OK) == 0 }
}

private struct StreamSettings {
    let identifier: String
    let level: Int32
    let parsesPrefixes: Bool
    let unit: String
    let logFile: String
    let isDetached: Bool
    let log: ManagerLog
    let terminalPath: String

    /// A file in memory, read from its beginning; the service cannot change what the next start reads.
    func data(_ bytes: [UInt8], keep: inout [DescriptorBox]) throws(SystemError) -> CInt? {
        let value = MemoryFile.make(name: "stdin")
        guard value >= 0 else { throw SystemError("make a file in memory for", "StandardInput=data") }
        let file = OwnedDescriptor(owning: value)
        guard daimon_fcntl(value, F_SETFD, Int(FD_CLOEXEC)) == 0 else {
            throw SystemError("make a file in memory for", "StandardInput=data")
        }
        try file.writeAll(bytes)
        guard lseek(value, 0, SEEK_SET) == 0 else { throw SystemError("go back in", "StandardInput=data") }
        guard case .descriptor(let number) = try own(file, &keep) else { return nil }
        return number
    }

    /// The journal passes lines on to the kernel's log and the console; without one, the kernel's log can be written to
    /// directly, and the console is left out.
    private func logger(_ setting: StandardOutput, keep: inout [DescriptorBox]) throws(SystemError) -> StreamTarget {
        let toKernel = setting == .kmsg || setting == .kmsgAndConsole
        let toConsole = setting == .journalAndConsole || setting == .kmsgAndConsole
        if Streams.journalIsThere {
            let flags = "\(level)\n\(parsesPrefixes ? 1 : 0)\n0\n\(toKernel ? 1 : 0)\n\(toConsole ? 1 : 0)\n"
            let stream = try JournalConnection.open()
            try stream.writeAll("\(OneLine.text(identifier, limit: 256))\n\n\(flags)".utf8)
            return try own(stream, &keep)
        }
        if toConsole {
            log.write(.info, "\(unit): +console needs the journal, which is not here; left out.", unit: unit)
        }
        return toKernel ? .path("/dev/kmsg", flags: O_WRONLY) : try target(.journal, keep: &keep)
    }

    func target(
        _ setting: StandardOutput, keep: inout [DescriptorBox]
    ) throws(SystemError) -> StreamTarget {
        switch setting {
        case .inherit: return .inherit
        case .terminal: return .path(terminalPath, flags: O_WRONLY)
        case .kmsg, .kmsgAndConsole, .journalAndConsole: return try logger(setting, keep: &keep)
        case .null: return .path("/dev/null", flags: O_WRONLY)
        case .file(let path): return .path(path, flags: O_WRONLY | O_CREAT)
        case .truncate(let path): return .path(path, flags: O_WRONLY | O_CREAT | O_TRUNC)
        case .append(let path):
            guard path == logFile else {
                return .path(path, flags: O_WRONLY | O_CREAT | O_APPEND)
            }
            _ = try InstanceDirectory.make(InstanceLock.parentDirectory(of: logFile), mode: 0o755)
            try OutputFile.rotateIfLarge(path)
            return try own(OutputFile.open(path), &keep)
        case .journal:
            guard Streams.journalIsThere else {
                // No journal off systemd: the words must not get lost for that.
                let other: StandardOutput = isDetached ? .append(logFile) : .inherit
                log.write(
                    .info,
                    "\(unit): StandardOutput=journal: there is no journal here;"
                        + " \(isDetached ? "writing to \(logFile)" : "writing to daimond's own output").", unit: unit)
                return try target(other, keep: &keep)
            }
            return try logger(.journal, keep: &keep)
        }
    }

    // A descriptor below 3 would be overwritten while the streams are put in their places.
    private func own(
        _ descriptor: consuming OwnedDescriptor, _ keep: inout [DescriptorBox]
    ) throws(SystemError) -> StreamTarget {
        let box = DescriptorBox(descriptor.rawValue > 2 ? descriptor : try descriptor.duplicate())
        keep.append(box)
        return .descriptor(box.descriptor.rawValue)
    }
}

/// The stream socket of journald: the lines of its header are the identifier, the unit, the priority, whether prefixes
/// are parsed, and whether syslog, the kernel's log and the console get the lines too.
private enum JournalConnection {
    static func open() throws(SystemError) -> OwnedDescriptor {
        let path = "/run/systemd/journal/stdout"
        let value = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard value >= 0 else { throw SystemError("make a socket for", path) }
        let descriptor = OwnedDescriptor(owning: value)
        guard daimon_unix_connect(value, path, path.utf8.count) == 0 else { throw SystemError("connect to", path) }
        // What sd_journal_stream_fd(3) does, which cannot be told of a facility: nothing is ever read, and a service that
        // writes much waits less often. Where the kernel allows less it is less.
        var capacity: CInt = 8 << 20
        _ = setsockopt(value, SOL_SOCKET, SO_SNDBUF, &capacity, socklen_t(MemoryLayout<CInt>.size))
        guard shutdown(value, CInt(SHUT_RD)) == 0 else { throw SystemError("use the connection to", path) }
        return descriptor
    }
}
