// The words and numbers of a status, for people and as JSON. What others wrote is shown without control characters.
import Engine
import Glibc
import Linux
import Instances
import Units

enum StatusText {
    // MARK: - For people

    static func text(_ view: InstanceView, lines: Int, coloured: Bool) -> String {
        let state = view.state ?? InstanceState()
        var out = "\(dot(view, coloured)) \(view.paths.name).service"
        if !state.description.isEmpty && state.description != "\(view.paths.name).service" {
            out += " - \(clean(state.description))"
        }
        out += "\n"
        func row(_ label: String, _ value: String) {
            out += String(repeating: " ", count: max(0, 11 - label.count)) + "\(label): \(value)\n"
        }
        row("Loaded", state.fragmentPath.map(clean) ?? (view.state == nil ? "unknown" : "from a command line"))
        row("Active", active(view, coloured))
        if let daimond = view.daimond {
            let how = state.launchMode.isEmpty ? "" : "\(words(state.launchMode)) "
            row("Started", "\(how)by daimond (pid \(daimond.pid))")
        }
        if let main = state.main, main.isAlive {
            row("Main PID", "\(main.pid) (\(name(main.pid)))")
        } else if let code = state.mainCode {
            row("Main PID", "none (code=\(code), status=\(statusName(code, state.mainStatus)))")
        }
        if let failure = state.failure { row("Failure", clean(failure)) }
        if let status = state.statusText { row("Status", "\"\(clean(status))\"") }
        if state.restarts > 0 { row("Restarts", String(state.restarts)) }
        if !view.processes.isEmpty {
            row("Tasks", String(view.processes.reduce(0) { $0 + (ProcessStatus(of: $1.pid)?.threads ?? 0) }))
            row("Memory", memory(view.processes))
            row("Processes", "\(view.processes.count)")
            for line in tree(view.processes) { out += "             \(line)\n" }
        }
        if state.launchMode == "supervised" { row("Log", "journalctl -u daimon@\(view.paths.name)") }
        if let log = state.logFile, lines > 0 { out += self.log(log, state, lines) }
        return out
    }

    private static func dot(_ view: InstanceView, _ coloured: Bool) -> String {
        let (symbol, colour) =
            view.wasKilled || view.state?.activeState == .failed
            ? ("×", "31") : view.daimond != nil ? ("●", "32") : ("○", "0")
        return coloured ? "\u{1B}[1;\(colour)m\(symbol)\u{1B}[0m" : symbol
    }

    private static func active(_ view: InstanceView, _ coloured: Bool) -> String {
        let state = view.state ?? InstanceState()
        if view.wasKilled {
            let who =
                view.processes.isEmpty
                ? "none of its processes is left"
                : "\(view.processes.count) of its processes survive; 'daimon stop \(view.paths.name)' stops them"
            return "failed (daimond was killed): \(who)"
        }
        guard view.state != nil else { return "active (the state file is gone; daimond runs)" }
        var text = "\(state.activeState.rawValue) (\(state.subState.rawValue))"
        if state.result != .success { text = "\(state.activeState.rawValue) (Result: \(state.result.rawValue))" }
        let since = state.activeEntered > 0 ? state.activeEntered : state.stateChanged
        if since > 0 { text += " since \(timestamp(since)); \(ago(since))" }
        return text
    }

    private static func words(_ mode: String) -> String {
        switch mode {
        case "background": "in the background"
        case "foreground": "in the foreground"
        case "supervised": "under systemd"
        default: mode
        }
    }

    private static func statusName(_ code: String, _ status: Int32) -> String {
        if code == "exited", let byte = UInt8(exactly: status), let name = ExitStatusNames.name(of: byte) {
            return "\(status)/\(name)"
        }
        if code != "exited", let signal = Signal(number: status) { return "\(status)/\(signal.name)" }
        return String(status)
    }

    private static func log(_ path: String, _ state: InstanceState, _ count: Int) -> String {
        do throws(SystemError) {
            let lines = try OutputFile.lastLines(path, from: 0, count: count)
            guard !lines.isEmpty else { return "" }
            return "\n" + lines.joined(separator: "\n") + "\n"
        } catch {
            return "\n\(error)\n"
        }
    }

    // MARK: - Processes

    private static func name(_ pid: pid_t) -> String {
        clean(ProcessStatus(of: pid)?.name ?? "gone")
    }

    private static func memory(_ processes: [ProcessIdentity]) -> String {
        // Proportional: what processes share is counted once among them (proc(5), smaps_rollup).
        let bytes = processes.reduce(UInt64(0)) { $0 + proportionalMemory($1.pid) }
        let units = ["B", "K", "M", "G", "T"]
        var value = Double(bytes)
        var unit = 0
        while value >= 1024 && unit < units.count - 1 { value /= 1024; unit += 1 }
        let tenths = Int(value * 10)
        return unit == 0 ? "\(bytes)B" : "\(tenths / 10).\(tenths % 10)\(units[unit])"
    }

    static func proportionalMemory(_ pid: pid_t) -> UInt64 {
        do throws(SystemError) {
            let text = try Files.readText("/proc/\(pid)/smaps_rollup", limit: 64 * 1024)
            for line in text.split(separator: "\n") where line.hasPrefix("Pss:") {
                return (line.split(separator: " ").dropFirst().first.flatMap { UInt64($0) } ?? 0) * 1024
            }
            return 0
        } catch {
            return 0  // ended meanwhile, or another user's
        }
    }

    private static func tree(_ processes: [ProcessIdentity]) -> [String] {
        let statuses = processes.compactMap { ProcessStatus(of: $0.pid) }.sorted { $0.identity.pid < $1.identity.pid }
        let pids = Set(statuses.map(\.identity.pid))
        var lines: [String] = []
        func add(_ level: [ProcessStatus], _ indent: String) {
            for (index, status) in level.enumerated() {
                let isLast = index == level.count - 1
                let pid = status.identity.pid
                let arguments = Processes.commandLine(of: pid).joined(separator: " ")
                let shown = clean(arguments.isEmpty ? "[\(status.name)]" : arguments)
                lines.append("\(indent)\(isLast ? "└─" : "├─")\(pid) \(String(shown.prefix(120)))")
                add(statuses.filter { $0.parent == pid }, indent + (isLast ? "  " : "│ "))
            }
        }
        add(statuses.filter { !pids.contains($0.parent) }, "")
        return lines
    }

    // MARK: - Time

    static func timestamp(_ microseconds: UInt64) -> String {
        var seconds = time_t(microseconds / 1_000_000)
        var fields = tm()
        localtime_r(&seconds, &fields)
        var buffer = [CChar](repeating: 0, count: 64)
        let length = strftime(&buffer, buffer.count, "%a %Y-%m-%d %H:%M:%S %Z", &fields)
        return String(decoding: buffer[0..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    static func ago(_ microseconds: UInt64) -> String {
        let now = Clock.realtime()
        let seconds = now > microseconds ? (now - microseconds) / 1_000_000 : 0
        switch seconds {
        case 0..<60: return "\(seconds)s ago"
        case 60..<3600: return "\(seconds / 60)min \(seconds % 60)s ago"
        case 3600..<86400: return "\(seconds / 3600)h \(seconds % 3600 / 60)min ago"
        default: return "\(seconds / 86400) days \(seconds % 86400 / 3600)h ago"
        }
    }

    /// One line without control characters: what a service calls itself must not drive the terminal.
    static func clean(_ text: String) -> String {
        OneLine.text(text, limit: 1024)
    }

    // MARK: - Tables and JSON

    static func table(_ views: [InstanceView]) -> String {
        var rows = [["NAME", "ACTIVE", "SUB", "MAIN PID", "RESTARTS", "DESCRIPTION"]]
        for view in views {
            let state = view.state ?? InstanceState()
            let isAlive = view.daimond != nil
            rows.append([
                view.paths.name,
                view.wasKilled ? "failed" : isAlive || view.state != nil ? state.activeState.rawValue : "unknown",
                view.wasKilled ? "killed" : state.subState.rawValue,
                state.main.flatMap { $0.isAlive ? String($0.pid) : nil } ?? "-",
                String(state.restarts), clean(state.description),
            ])
        }
        let widths = (0..<rows[0].count).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell + String(repeating: " ", count: widths[column] - cell.count + 2)
            }
            while line.hasSuffix(" ") { line.removeLast() }
            return line + "\n"
        }.joined()
    }

    /// One object with systemd's property names; times in µs since 1970, memory in bytes.
    static func json(_ view: InstanceView) -> String {
        let state = view.state ?? InstanceState()
        var fields: [String] = []
        func put(_ key: String, _ value: String?) { fields.append("\"\(key)\":\(value.map(JSON.string) ?? "null")") }
        func put(_ key: String, _ value: UInt64) { fields.append("\"\(key)\":\(value)") }
        put("Id", "\(view.paths.name).service")
        put("LoadState", view.state == nil && view.daimond == nil ? "not-found" : "loaded")
        put("Description", state.description)
        put("FragmentPath", state.fragmentPath)
        put("ActiveState", view.wasKilled ? "failed" : state.activeState.rawValue)
        put("SubState", view.wasKilled ? "failed" : state.subState.rawValue)
        put("Result", state.result.rawValue)
        put("LaunchMode", state.launchMode)
        put("DaimondPID", UInt64(view.daimond?.pid ?? 0))
        put("MainPID", UInt64(state.main.flatMap { $0.isAlive ? $0.pid : nil } ?? 0))
        put("NRestarts", UInt64(state.restarts))
        put("StatusText", state.statusText)
        put("ExecMainCode", state.mainCode)
        put("ExecMainStatus", UInt64(max(0, state.mainStatus)))
        put("StateChangeTimestamp", state.stateChanged)
        put("ActiveEnterTimestamp", state.activeEntered)
        put("ControlGroup", state.controlGroup)
        put("LogFile", state.logFile)
        put("MemoryCurrent", view.processes.reduce(UInt64(0)) { $0 + proportionalMemory($1.pid) })
        fields.append("\"Processes\":[" + view.processes.map { String($0.pid) }.joined(separator: ",") + "]")
        fields.append("\"DaimondWasKilled\":\(view.wasKilled)")
        return "{" + fields.joined(separator: ",") + "}"
    }
}
