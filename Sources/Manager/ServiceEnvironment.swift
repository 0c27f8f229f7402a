// The environment of a service: clean, with what systemd gives it, in systemd's order of precedence (systemd.exec(5),
// "Environment Variables in Spawned Processes"). Pure: files are read and users looked up before.
import Units

enum ServiceEnvironment {
    /// The search path that a service gets, and in which its programs without a slash are found.
    static let searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// What the manager itself contributes.
    struct Given: Equatable {
        var invocationID = ""
        var notifySocket: String?
        var watchdog: TimeSpan = .zero
        var credentials: Credentials?
        /// `device:inode` of the stream to the journal.
        var journalStream: String?
        /// `MAINPID=` for a command beside the main process.
        var mainPID: Int32?
        /// The daemon's own environment, for `PassEnvironment=`.
        var inherited: [EnvironmentVariable] = []
        /// Pass all of it, as `daimon run -- COMMAND` and a container's PID 1 do.
        var passAll = false
        /// Read from `EnvironmentFile=`.
        var files: [EnvironmentVariable] = []
        /// Marks every process of the instance, so that survivors are found even when the runtime files are gone.
        var instance = ""
    }

    /// Every variable once; a later source wins over an earlier one.
    static func variables(for context: ExecutionContext, given: Given) -> [EnvironmentVariable] {
        var list = VariableList()
        if given.passAll {
            // What told the daemon how it was started is not for its service.
            for variable in given.inherited where !own.contains(variable.name) { list.set(variable) }
            list.setIfMissing("PATH", searchPath)
        } else {
            list.set("PATH", searchPath)
        }
        if let credentials = given.credentials {
            if let home = credentials.home { list.set("HOME", home) }
            if let name = credentials.name {
                list.set("LOGNAME", name)
                list.set("USER", name)
            }
            if let shell = credentials.shell { list.set("SHELL", shell) }
        }
        list.set("INVOCATION_ID", given.invocationID)
        list.set("DAIMON_INSTANCE", given.instance)
        list.set("SYSTEMD_EXEC_PID", Spawner.pidPlaceholder)
        if let socket = given.notifySocket { list.set("NOTIFY_SOCKET", socket) }
        if given.watchdog != .zero && given.watchdog != .infinity {
            list.set("WATCHDOG_PID", Spawner.pidPlaceholder)
            list.set("WATCHDOG_USEC", String(given.watchdog.microseconds))
        }
        if let stream = given.journalStream { list.set("JOURNAL_STREAM", stream) }
        if let pid = given.mainPID { list.set("MAINPID", String(pid)) }
        for name in context.passEnvironment {
            if let variable = given.inherited.last(where: { $0.name == name }) { list.set(variable) }
        }
        for variable in context.environment { list.set(variable) }
        for variable in given.files { list.set(variable) }
        for entry in context.unsetEnvironment { list.remove(entry) }
        return list.variables
    }

    private static let own: Set<String> = [
        "NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES",
        "SYSTEMD_EXEC_PID", "INVOCATION_ID", "JOURNAL_STREAM", "MAINPID", "MANAGERPID",
    ]
}

/// Variables by name in order of first mention. Services have few, so a search from the front is fast enough.
private struct VariableList {
    private(set) var variables: [EnvironmentVariable] = []

    mutating func set(_ variable: EnvironmentVariable) {
        if let index = variables.firstIndex(where: { $0.name == variable.name }) {
            variables[index] = variable
        } else {
            variables.append(variable)
        }
    }

    mutating func set(_ name: String, _ value: String) {
        set(EnvironmentVariable(name: name, value: value))
    }

    mutating func setIfMissing(_ name: String, _ value: String) {
        if !variables.contains(where: { $0.name == name }) { set(name, value) }
    }

    /// `NAME`, or `NAME=VALUE` for that very assignment alone.
    mutating func remove(_ entry: String) {
        if let sign = entry.firstIndex(of: "=") {
            let name = entry[..<sign]
            let value = entry[entry.index(after: sign)...]
            variables.removeAll { $0.name == name && $0.value == value }
        } else {
            variables.removeAll { $0.name == entry }
        }
    }
}
