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
    /// For `JOURNAL_STREAM=`: device and inode of the stream.
    var journal: String?
    private var opened: [DescriptorBox] = []

    /// Opens what must be opened before the command starts.
    static func open(
        for unit: ServiceUnit, program: String, configuration: InstanceConfiguration, log: ManagerLog
    ) throws(SpawnError) -> Streams {
        let context = unit.execution
        var streams = Streams()
        let setting = context.standardOutput ?? standard(configuration)
        let identifier =
            context.syslogIdentifier ?? program.split(separator: "/").last.map(String.init) ?? configuration.paths.name
        let settings = StreamSettings(
            identifier: identifier, level: context.syslogLevel | context.syslogFacility << 3,
            parsesPrefixes: context.syslogLevelPrefix, configuration: configuration, log: log)
        do throws(SystemError) {
            streams.output = try settings.target(setting, keep: &streams.opened)
        } catch {
            throw .before(exitStatus: 209, error)
        }
        // StandardError=inherit means the standard output, whatever that is (systemd.exec(5)).
        if let wanted = context.standardError, wanted != setting, wanted != .inherit {
            do throws(SystemError) {
                streams.error = try settings.target(wanted, keep: &streams.opened)
            } catch {
                throw .before(exitStatus: 222, error)
            }
        } else if streams.output != .inherit {
            // One open file for both: two of the same `file:` would overwrite each other.
            streams.error = .descriptor(STDOUT_FILENO)
        }
        if setting == .journal || context.standardError == .journal {
            streams.journal = setting == .journal ? identity(streams.output) : identity(streams.error)
        }
        return streams
    }

    private static func identity(_ target: StreamTarget) -> String? {
        guard case .descriptor(let descriptor) = target else { return nil }
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFSOCK else { return nil }
        return "\(info.st_dev):\(info.st_ino)"
    }

    /// The default of `StandardOutput=`.
    static func standard(_ configuration: InstanceConfiguration) -> StandardOutput {
        switch configuration.mode.kind {
        case .supervised: journalIsThere ? .journal : .inherit
        case .foreground: .inherit
        case .detach: .append(configuration.paths.logFile)
        }
    }

    static var journalIsThere: Bool { access("/run/systemd/journal/stdout", W_OK) == 0 }
}

private struct StreamSettings {
    let identifier: String
    let level: Int32
    let parsesPrefixes: Bool
    let configuration: InstanceConfiguration
    let log: ManagerLog

    func target(
        _ setting: StandardOutput, keep: inout [DescriptorBox]
    ) throws(SystemError) -> StreamTarget {
        switch setting {
        case .inherit: return .inherit
        case .null: return .path("/dev/null", flags: O_WRONLY)
        case .file(let path): return .path(path, flags: O_WRONLY | O_CREAT)
        case .truncate(let path): return .path(path, flags: O_WRONLY | O_CREAT | O_TRUNC)
        case .append(let path):
            guard path == configuration.paths.logFile else {
                return .path(path, flags: O_WRONLY | O_CREAT | O_APPEND)
            }
            _ = try InstanceDirectory.make(configuration.paths.logs, mode: 0o755)
            try OutputFile.rotateIfLarge(path)
            return try own(OutputFile.open(path), &keep)
        case .journal:
            guard Streams.journalIsThere else {
                // No journal off systemd: the words must not get lost for that.
                let other: StandardOutput =
                    configuration.mode.kind == .detach ? .append(configuration.paths.logFile) : .inherit
                log.write(
                    .info,
                    "\(configuration.paths.name): StandardOutput=journal: there is no journal here;"
                        + " \(other == .inherit ? "writing to daimond's own output" : "writing to \(configuration.paths.logFile)")."
                )
                return try target(other, keep: &keep)
            }
            return try own(stream(), &keep)
        }
    }

    private func stream() throws(SystemError) -> OwnedDescriptor {
        let priority = Journal.Priority(rawValue: level & 7) ?? .informational
        return try Journal.stream(identifier: identifier, priority: priority, parsesPrefixes: parsesPrefixes)
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
