// The command line of daimond: getopt_long(3), so that the resident daemon carries no parser library.
import CLinux
import Glibc
import Linux

/// What the command line says.
struct Options {
    /// Asked for by `--foreground` or `--detach`; nil when daimond is to find out itself.
    enum Launch { case foreground, detach }

    var launch: Launch?
    var name: String?
    var runtimeDirectory: String?
    var logDirectory: String?
    var pidFile: String?
    var umask: mode_t = 0o027
    var strict = false
    var passEnvironment = false
    var collect = false
    /// A descriptor from which the unit is read, in place of a file.
    var unitDescriptor: CInt?
    /// A descriptor from which a last drop-in is read.
    var dropInDescriptor: CInt?
    /// Unit names or paths; none with `unitDescriptor`.
    var units: [String] = []

    /// Why the command line was not taken, or what it asked for in place of a service.
    enum Outcome: Error {
        case usage(String)
        case help
        case version
    }

    static let version = "0.1.0"
    static let help = """
        daimond: runs systemd units or a program as a Linux daemon and keeps them running.

        usage: daimond [OPTION]... UNIT...

        UNIT is a path with a slash in it, or a name: /etc/daimon/NAME.service, the executable /etc/daimon/NAME, the
        set /etc/daimon/NAME.target, or a unit of systemd's own folders. Several units, and what they require, are one
        instance: started in their order, watched and stopped together.
        Started with a usable NOTIFY_SOCKET (by systemd) it does not fork; as PID 1 of a container it stays in the
        foreground; otherwise it detaches and returns when the service is ready, with an exit status that says so.

              --foreground              stay attached, however it was started
              --detach                  detach, however it was started
              --name NAME               the instance's name (default: the first unit's, without .service)
              --runtime-directory DIR   in place of /run/daimon
              --log-directory DIR       in place of /var/log/daimon
              --pid-file PATH           a second PID file, for tools that look for one
              --umask MODE              of daimond itself when it detaches, octal (default 027)
              --strict                  refuse a unit with directives that are not honoured
              --pass-environment        give the service daimond's whole environment
              --collect                 keep nothing of the instance when it has ended
              --unit-descriptor N       read the unit from descriptor N
              --drop-in-descriptor N    read a last drop-in for UNIT from descriptor N
          -h, --help                    print this
          -V, --version                 print the version

        Exit status: 0 started (or, in the foreground, ended well); 2 bad input; 1 already running or refused;
        203 the program cannot be executed, 217 no such user, 200 no such directory, and so on as in
        systemd.exec(5); otherwise the service's own status, 128+N when signal N ended it.

        """

    private enum Value: CInt, CaseIterable {
        case foreground = 256
        case detach, name, runtimeDirectory, logDirectory, pidFile, umask, strict, passEnvironment, collect,
            unitDescriptor, dropInDescriptor
        case help = 104  // 'h'
        case version = 86  // 'V'

        var spelling: String {
            switch self {
            case .foreground: "foreground"
            case .detach: "detach"
            case .name: "name"
            case .runtimeDirectory: "runtime-directory"
            case .logDirectory: "log-directory"
            case .pidFile: "pid-file"
            case .umask: "umask"
            case .strict: "strict"
            case .passEnvironment: "pass-environment"
            case .collect: "collect"
            case .unitDescriptor: "unit-descriptor"
            case .dropInDescriptor: "drop-in-descriptor"
            case .help: "help"
            case .version: "version"
            }
        }

        var hasArgument: Bool {
            switch self {
            case .foreground, .detach, .strict, .passEnvironment, .collect, .help, .version: false
            case .name, .runtimeDirectory, .logDirectory, .pidFile, .umask, .unitDescriptor, .dropInDescriptor: true
            }
        }
    }

    /// Reads the command line of this process.
    static func parse() throws(Outcome) -> Options {
        var options = Options()
        let table = Value.allCases.map { value in
            daimon_option(
                name: strdup(value.spelling), has_argument: value.hasArgument ? 1 : 0, value: value.rawValue)
        }
        defer { for entry in table { free(UnsafeMutableRawPointer(mutating: entry.name)) } }
        var index: CInt = 1
        while true {
            var argument: UnsafePointer<CChar>?
            let next = daimon_next_option(
                CommandLine.argc, CommandLine.unsafeArgv, table, CInt(table.count), &argument, &index)
            if next == -1 { break }
            // getopt_long has said on stderr which option it does not know, or which lacks its argument.
            guard let value = Value(rawValue: next) else { throw .usage("try 'daimond --help'") }
            try options.set(value, to: argument.map { String(cString: $0) } ?? "")
        }
        let operands = CommandLine.arguments.dropFirst(Int(index))
        options.units = Array(operands)
        guard options.units.isEmpty != (options.unitDescriptor == nil) else {
            throw .usage("name a unit: a path, or a name that is looked up in /etc/daimon; try 'daimond --help'")
        }
        guard options.units.count <= 1 || options.dropInDescriptor == nil else {
            throw .usage("--drop-in-descriptor goes with one unit, not with \(options.units.count)")
        }
        return options
    }

    private mutating func set(_ value: Value, to text: String) throws(Outcome) {
        switch value {
        case .foreground, .detach:
            guard launch == nil else { throw .usage("--foreground and --detach: one of them, and once") }
            launch = value == .foreground ? .foreground : .detach
        case .name: name = text
        case .runtimeDirectory: runtimeDirectory = text
        case .logDirectory: logDirectory = text
        case .pidFile:
            guard text.hasPrefix("/") else { throw .usage("--pid-file '\(text)': an absolute path is needed") }
            pidFile = text
        case .umask:
            guard let mode = UInt32(text, radix: 8), mode <= 0o777 else {
                throw .usage("--umask '\(text)': an octal mode from 0 to 777 is needed")
            }
            umask = mode
        case .strict: strict = true
        case .passEnvironment: passEnvironment = true
        case .collect: collect = true
        case .unitDescriptor: unitDescriptor = try Self.descriptor(value, text)
        case .dropInDescriptor: dropInDescriptor = try Self.descriptor(value, text)
        case .help: throw .help
        case .version: throw .version
        }
    }

    private static func descriptor(_ value: Value, _ text: String) throws(Outcome) -> CInt {
        guard let number = CInt(text), number >= 3 else {
            throw .usage("--\(value.spelling) '\(text)': the number of an open descriptor, 3 or more")
        }
        return number
    }
}
