// The environment of a service: clean, with what systemd gives it, in systemd's order of precedence (systemd.exec(5),
// "Environment Variables in Spawned Processes"). Pure: files are read and users looked up before.
import Units

enum ServiceEnvironment {
    /// The search path that a service gets, and in which its programs without a slash are found.
    /// As of systemd 257: `/sbin` and `/bin` only where they are folders of their own.
    static let searchPath = searchPath(isUsrMerged: Programs.isUsrMerged)

    static func searchPath(isUsrMerged: Bool) -> String {
        "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin" + (isUsrMerged ? "" : ":/sbin:/bin")
    }

    /// What the manager itself contributes.
    struct Given: Equatable {
        var invocationID = ""
        var notifySocket: String?
        var watchdog: TimeSpan = .zero
        /// `FileDescriptorStoreMax=`.
        var storeLimit: UInt32 = 0
        /// The names of the descriptors that it gets (sd_listen_fds_with_names(3)).
        var descriptors: [String] = []
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
        /// Of locale.conf(5).
        var locale: [EnvironmentVariable] = []
        /// Whether this daimond is root's.
        var isRoot = false
        /// Marks every process of the instance, so that survivors are found even when the runtime files are gone.
        var instance = ""
        /// Folders, credentials, and what the command alone is told.
        var extra: [EnvironmentVariable] = []
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
            // Who passes on all of its own has its own language.
            for variable in given.locale { list.set(variable) }
        }
        if let credentials = given.credentials {
            let isLogin = context.setsLoginEnvironment ?? (context.user != nil || context.isUserDynamic)
            if let name = credentials.name {
                if isLogin { list.set("LOGNAME", name) }
                list.set("USER", name)
            }
            // systemd leaves out what tells nothing: the root folder, and shells that are none.
            // Of nobody it takes neither from the user database.
            let hasHome = isLogin && credentials.uid != 65534
            if hasHome, let home = credentials.home, home != "/", !home.isEmpty { list.set("HOME", home) }
            if hasHome, let shell = credentials.shell, !shell.isEmpty, !noShells.contains(shell) {
                list.set("SHELL", shell)
            }
        }
        if given.isRoot, given.credentials?.name == nil, given.credentials?.uid ?? 0 == 0 {
            // Unlike the others it is set without User= too (systemd.exec(5), "$USER"). Nobody needs to be asked who
            // user 0 is; what other users run has their own variable, where it is passed on.
            list.setIfMissing("USER", "root")
        }
        list.set("INVOCATION_ID", given.invocationID)
        list.set("DAIMON_INSTANCE", given.instance)
        list.set("SYSTEMD_EXEC_PID", Spawner.pidPlaceholder)
        if !given.descriptors.isEmpty {
            list.set("LISTEN_PID", Spawner.pidPlaceholder)
            list.set("LISTEN_FDS", String(given.descriptors.count))
            list.set("LISTEN_FDNAMES", given.descriptors.joined(separator: ":"))
        }
        if let socket = given.notifySocket {
            list.set("NOTIFY_SOCKET", socket)
            if given.storeLimit > 0 { list.set("FDSTORE", String(given.storeLimit)) }
        }
        if given.watchdog != .zero && given.watchdog != .infinity {
            list.set("WATCHDOG_PID", Spawner.pidPlaceholder)
            list.set("WATCHDOG_USEC", String(given.watchdog.microseconds))
        }
        if let stream = given.journalStream { list.set("JOURNAL_STREAM", stream) }
        if context.usesTerminal { list.set("TERM", terminalType(context.terminalPath)) }
        for variable in given.extra { list.set(variable) }
        if !context.searchPath.isEmpty { list.set("PATH", context.searchPath.joined(separator: ":")) }
        if let pid = given.mainPID { list.set("MAINPID", String(pid)) }
        for name in context.passEnvironment {
            if let variable = given.inherited.last(where: { $0.name == name }) { list.set(variable) }
        }
        for variable in context.environment { list.set(variable) }
        for variable in given.files { list.set(variable) }
        for entry in context.unsetEnvironment { list.remove(entry) }
        return list.variables
    }

    private static let noShells: Set<String> = Set(
        ["nologin", "false", "true"].flatMap { name in ["/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/"].map { $0 + name }
        })

    /// As systemd guesses it: virtual consoles are called tty and a number.
    private static func terminalType(_ path: String) -> String {
        let number = path.utf8.starts(with: "/dev/tty".utf8) ? path.utf8.dropFirst(8) : ""[...].utf8
        return !number.isEmpty && number.allSatisfy { (48...57).contains($0) } ? "linux" : "vt220"
    }

    private static let own: Set<String> = [
        "NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC", "FDSTORE", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES",
        "SYSTEMD_EXEC_PID", "INVOCATION_ID", "JOURNAL_STREAM", "MAINPID", "MANAGERPID",
    ]
}

/// Variables by name in order of first mention. Services have few, so a search from the front is fast enough.
private struct VariableList {
    /// nil where one was taken out again. Thousands of variables of a file are set one by one, so each is found by its
    /// name, not by looking through all.
    private var entries: [EnvironmentVariable?] = []
    private var places: [String: Int] = [:]

    var variables: [EnvironmentVariable] { entries.compactMap { $0 } }

    mutating func set(_ variable: EnvironmentVariable) {
        if let place = places[variable.name] {
            entries[place] = variable
        } else {
            places[variable.name] = entries.count
            entries.append(variable)
        }
    }

    mutating func set(_ name: String, _ value: String) {
        set(EnvironmentVariable(name: name, value: value))
    }

    mutating func setIfMissing(_ name: String, _ value: String) {
        if places[name] == nil { set(name, value) }
    }

    /// `NAME`, or `NAME=VALUE` for that very assignment alone.
    mutating func remove(_ entry: String) {
        let sign = entry.firstIndex(of: "=")
        let name = sign.map { String(entry[..<$0]) } ?? entry
        guard let place = places[name] else { return }
        if let sign {
            let value = entry[entry.index(after: sign)...]
            guard let entry = entries[place], entry.value.utf8.elementsEqual(value.utf8) else { return }
        }
        entries[place] = nil
        places[name] = nil
    }
}
