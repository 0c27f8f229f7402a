// daimon: the command a person types. Short-lived, so it may be comfortable; what stays resident is daimond.
import ArgumentParser
import Glibc
import Linux
import Units

@main
struct DaimonCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daimon",
        abstract: "Run programs as proper Linux daemons: under systemd, in the foreground, in the background.",
        version: "daimon 0.1.0",
        subcommands: [
            Run.self, Start.self, Stop.self, Restart.self, Reload.self, ReloadUnits.self, StatusCommand.self,
            ListCommand.self,
            Verify.self, Show.self, Cat.self,
        ])

    /// In place of ArgumentParser's own: bad input ends with 2, as the Linux Standard Base has it, not with 64.
    static func main() {
        Terminal.occupyStreams()
        // The terminal may close while a start is under way, and its SIGHUP must not end it half-way. It is ignored
        // until the daemon has left the terminal's session, across execve(2); the service gets the default again.
        if ["start", "restart"].contains(CommandLine.arguments.dropFirst().first) { Glibc.signal(SIGHUP, SIG_IGN) }
        do {
            // The Swift runtime reads the arguments there: without it a 'daimon start' would print the help, and exit 0.
            guard access("/proc/self/cmdline", R_OK) == 0 else {
                throw Failure("/proc is not mounted; mount it: mount -t proc proc /proc")
            }
            try checkArguments()
            var command = try commandNamed()
            try command.run()
            if Terminal.isOutputLost { Glibc.exit(1) }
        } catch let code as ExitCode {
            Glibc.exit(code.rawValue)
        } catch let failure as Failure {
            Terminal.complain(failure.message)
            Glibc.exit(failure.status)
        } catch let error as SystemError {
            Terminal.complain("\(error)")
            // The Linux Standard Base's status for "insufficient privilege".
            Glibc.exit(error.errno == EPERM || error.errno == EACCES ? 4 : 1)
        } catch {
            let status = DaimonCommand.exitCode(for: error).rawValue
            guard status != 0 else { DaimonCommand.exit(withError: error) }
            let text = DaimonCommand.fullMessage(for: error)
            // One line that says what is wrong; the usage is for those who ask.
            let line = text.split(separator: "\n").first { !$0.isEmpty } ?? "bad input"
            let message = line.hasPrefix("Error: ") ? String(line.dropFirst("Error: ".count)) : String(line)
            Terminal.complain("\(message) (see 'daimon help')")
            Glibc.exit(status == ExitCode.validationFailure.rawValue ? 2 : status)
        }
    }
}

extension DaimonCommand {
    /// Refuses what is not UTF-8. Swift would repair it without a word, and the service would get other arguments, or
    /// another file name, than were typed.
    fileprivate static func checkArguments() throws {
        for index in 1..<max(1, Int(CommandLine.argc)) {
            guard let argument = CommandLine.unsafeArgv[index], String(validatingCString: argument) == nil else {
                continue
            }
            throw Failure.badInput(
                "argument \(index) '\(String(cString: argument).prefix(100))' is not valid UTF-8; a unit is UTF-8 text,"
                    + " so it cannot be passed on byte for byte")
        }
    }
}

extension DaimonCommand {
    /// The command that is named, read by itself: reading the tree of all commands, as `parseAsRoot` of the root does,
    /// takes as long as starting a process. Only help and what is misspelt need the tree. (The commands' configurations
    /// name this one as `_superCommandName`: so the usage is right, and the parser does not look for the options that
    /// make completion scripts, which takes it as long as the command's own.)
    fileprivate static func commandNamed() throws -> any ParsableCommand {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let options = arguments.prefix { $0 != "--" }
        guard let name = arguments.first, !options.contains("--help"), !options.contains("-h") else {
            return try parseAsRoot()
        }
        for command in configuration.subcommands where command.configuration.commandName == name {
            return try command.parseAsRoot(LaunchOptions.marked(Array(arguments.dropFirst()), command: name))
        }
        if !name.hasPrefix("-"), name != "help" {
            let names = configuration.subcommands.compactMap { $0.configuration.commandName }
            let nearest = Suggestion.nearest(to: name, among: names).map { "; did you mean \"\($0)\"?" } ?? ""
            throw Failure.badInput("there is no command '\(name)'\(nearest) (see 'daimon help')")
        }
        return try parseAsRoot()
    }
}

/// Why a command ends without having done what it was asked for.
struct Failure: Error {
    let message: String
    let status: CInt

    init(_ message: String, status: CInt = 1) {
        self.message = message
        self.status = status
    }

    /// Wrong options, wrong values: nothing was started.
    static func badInput(_ message: String) -> Failure { Failure(message, status: 2) }
}

/// Writing to the terminal, or to whatever stands in its place.
enum Terminal {
    /// Puts /dev/null where descriptor 0, 1 or 2 is closed: it would be given to the next file opened, such as the unit
    /// for daimond, and then be taken for a stream.
    static func occupyStreams() {
        for stream in 0...2 where fcntl(CInt(stream), F_GETFD) < 0 {
            do throws(SystemError) {
                // Close-on-exec: daimond does the same for itself.
                _ = try OwnedDescriptor.open("/dev/null", O_RDWR).release()
            } catch {
                return  // no /dev/null: what needs one says so itself
            }
        }
    }

    /// Writes a line to standard error, with the command's name.
    /// Names of files and other words of strangers in it drive no terminal.
    static func complain(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { OneLine.text(String($0), limit: 1 << 16) }
        do throws(SystemError) {
            try put(Array("daimon: \(lines.joined(separator: "\n"))\n".utf8), to: STDERR_FILENO)
        } catch {
            // There is no other place to say it.
        }
    }

    /// Writes text to standard output. Where it cannot be written the command goes on, and ends with status 1.
    static func say(_ text: String) { say(Array(text.utf8)) }

    /// Writes bytes to standard output as they are.
    static func say(_ bytes: [UInt8]) {
        guard !isOutputLost else { return }
        do throws(SystemError) {
            try put(bytes, to: STDOUT_FILENO)
        } catch {
            // The reader is gone (`daimon list | head -1`), or the terminal is: nobody is left to be told.
            if error.errno == EPIPE || error.errno == EIO { return }
            isOutputLost = true
            complain("\(error)")
        }
    }

    /// Whether something could not be written: what was printed is not to be relied on. (There is one thread.)
    nonisolated(unsafe) private(set) static var isOutputLost = false

    /// Whether colours are wanted: on a terminal only, and never with NO_COLOR.
    static var hasColours: Bool {
        guard isatty(STDOUT_FILENO) == 1, let term = getenv("TERM"), String(cString: term) != "dumb" else {
            return false
        }
        return getenv("NO_COLOR").map { $0.pointee == 0 } ?? true
    }

    private static func put(_ bytes: [UInt8], to descriptor: CInt) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done)
            }
            if count > 0 { done += count; continue }
            if count < 0, errno == EINTR { continue }
            guard count < 0, errno == EAGAIN else {
                throw SystemError("write", descriptor == STDOUT_FILENO ? "standard output" : "standard error")
            }
            // Somebody else made the pipe or terminal non-blocking.
            var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = poll(&wait, 1, -1)
        }
    }
}
