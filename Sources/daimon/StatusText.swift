// The words and numbers of a status, for people and as JSON. What others wrote is shown without control characters.
import Engine
import Glibc
import Linux
import Instances
import Units

enum StatusText {
    // MARK: - For people

    /// What `status NAME` shows.
    /// - Parameters:
    ///   - view: the instance.
    ///   - only: one of its units; nil for all.
    ///   - lines: how many log lines of each.
    ///   - coloured: whether the terminal has colours.
    /// - Returns: lines, each ended.
    static func text(_ view: InstanceView, only: String? = nil, lines: Int, coloured: Bool) -> String {
        let units = units(of: view).filter { only == nil || $0.id == only }
        let isSet = view.isSet
        var out = isSet && only == nil ? head(view, coloured) : ""
        for unit in units.isEmpty ? [UnitState()] : units {
            if !out.isEmpty { out += "\n" }
            let name = isSet || unit.id.isEmpty ? unit.id : "\(view.paths.name).service"
            out += block(unit, name.isEmpty ? "\(view.paths.name).service" : name, view, lines: lines, coloured)
        }
        return out
    }

    /// What an instance of several units is as a whole.
    private static func head(_ view: InstanceView, _ coloured: Bool) -> String {
        let state = view.state ?? InstanceState()
        var counts: [String: Int] = [:]
        for unit in state.units { counts[shownState(unit, view), default: 0] += 1 }
        let words = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        let colour = view.wasKilled ? "31" : view.daimond == nil ? "0" : "32"
        let dot = coloured ? "\u{1B}[1;\(colour)m●\u{1B}[0m" : "●"
        var out = "\(dot) \(view.paths.name): \(state.units.count) units, \(words)\n"
        if let daimond = view.daimond {
            out += "    Started: \(self.words(state.launchMode)) by daimond (pid \(daimond.pid))\n"
        }
        return out
    }

    /// The units that are shown: what was asked for, services and timers.
    static func units(of view: InstanceView) -> [UnitState] { view.state?.units ?? [] }

    private static func block(
        _ unit: UnitState, _ shown: String, _ view: InstanceView, lines: Int, _ coloured: Bool
    ) -> String {
        let state = view.state ?? InstanceState()
        let isSet = view.isSet
        var out = "\(dot(unit, view, coloured)) \(shown)"
        if !unit.description.isEmpty && unit.description != shown { out += " - \(clean(unit.description))" }
        out += "\n"
        func row(_ label: String, _ value: String) {
            out += String(repeating: " ", count: max(0, 11 - label.count)) + "\(label): \(value)\n"
        }
        row("Loaded", unit.fragmentPath.map(clean) ?? (view.state == nil ? "unknown" : loaded(unit, state)))
        row("Active", active(unit, view))
        if let daimond = view.daimond, !isSet {
            let how = state.launchMode.isEmpty ? "" : "\(words(state.launchMode)) "
            row("Started", "\(how)by daimond (pid \(daimond.pid))")
        }
        if let main = unit.main, main.isAlive {
            row("Main PID", "\(main.pid) (\(name(main.pid)))")
        } else if let code = unit.mainCode {
            row("Main PID", "none (code=\(code), status=\(statusName(code, unit.mainStatus)))")
        }
        if let failure = unit.failure { row("Failure", clean(failure)) }
        if let status = unit.statusText { row("Status", "\"\(clean(status))\"") }
        if unit.restarts > 0 { row("Restarts", String(unit.restarts)) }
        let processes = processes(of: unit, view)
        if !processes.isEmpty {
            row("Tasks", String(processes.reduce(0) { $0 + (ProcessStatus(of: $1.pid)?.threads ?? 0) }))
            row("Memory", memory(processes))
            row("Processes", "\(processes.count)")
            for line in tree(processes) { out += "             \(line)\n" }
        }
        if state.launchMode == "supervised" { row("Log", "journalctl -u daimon@\(view.paths.name)") }
        if let log = unit.logFile, lines > 0 { out += self.log(log, lines) }
        return out
    }

    private static func loaded(_ unit: UnitState, _ state: InstanceState) -> String {
        // Of a timer or a target only that is written down.
        if unit.loadState != "loaded" || !unit.id.hasSuffix(".service") { return unit.loadState }
        return state.given.isEmpty && state.asked == [unit.id] ? "from a command line" : "without a file"
    }

    /// The processes of one unit; of a set without control groups, those below its main process.
    private static func processes(of unit: UnitState, _ view: InstanceView) -> [ProcessIdentity] {
        guard view.isSet else { return view.processes }
        if let cgroup = unit.controlGroup {
            let pids = Set(Cgroup.processes(in: cgroup))
            return view.processes.filter { pids.contains($0.pid) }
        }
        guard let main = unit.main else { return [] }
        var members: Set<pid_t> = [main.pid]
        for _ in view.processes {
            let more = view.processes.filter {
                !members.contains($0.pid) && members.contains(ProcessStatus(of: $0.pid)?.parent ?? 0)
            }
            if more.isEmpty { break }
            members.formUnion(more.map(\.pid))
        }
        return view.processes.filter { members.contains($0.pid) }
    }

    private static func dot(_ unit: UnitState, _ view: InstanceView, _ coloured: Bool) -> String {
        let isFailed = view.wasKilled && !unit.isDown || unit.activeState == .failed
        let isDown = view.daimond == nil || view.isSet && unit.isDown
        let (symbol, colour) =
            isFailed || (view.wasKilled && !view.isSet) ? ("×", "31") : isDown ? ("○", "0") : ("●", "32")
        return coloured ? "\u{1B}[1;\(colour)m\(symbol)\u{1B}[0m" : symbol
    }

    private static func active(_ unit: UnitState, _ view: InstanceView) -> String {
        if view.wasKilled, !view.isSet || !unit.isDown {
            let who =
                view.processes.isEmpty
                ? "none of its processes is left"
                : "\(view.processes.count) of its processes survive; 'daimon stop \(view.paths.name)' stops them"
            return "failed (daimond was killed): \(who)"
        }
        guard view.state != nil else { return "active (the state file is gone; daimond runs)" }
        var text = "\(unit.activeState.rawValue) (\(unit.subState))"
        if unit.result != "success" { text = "\(unit.activeState.rawValue) (Result: \(unit.result))" }
        let since = unit.since
        if since > 0 { text += " since \(timestamp(since)); \(ago(since))" }
        return text
    }

    /// The coarse state as it is shown.
    private static func shownState(_ unit: UnitState, _ view: InstanceView) -> String {
        if view.wasKilled && !unit.isDown { return "failed" }
        return view.daimond != nil || view.state != nil ? unit.activeState.rawValue : "unknown"
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

    private static func log(_ path: String, _ count: Int) -> String {
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

    /// All units of all instances, a row each.
    static func table(_ views: [InstanceView]) -> String {
        var rows = [["INSTANCE", "UNIT", "LOAD", "ACTIVE", "SUB", "MAIN PID", "RESTARTS", "SINCE", "DESCRIPTION"]]
        for view in views {
            let units = units(of: view)
            for unit in units.isEmpty ? [UnitState()] : units {
                let since = unit.since
                rows.append([
                    view.paths.name, unit.id.isEmpty ? "-" : unit.id, unit.loadState, shownState(unit, view),
                    view.wasKilled && !unit.isDown ? "killed" : unit.subState,
                    unit.main.flatMap { $0.isAlive ? String($0.pid) : nil } ?? "-", String(unit.restarts),
                    since > 0 ? ago(since) : "-", clean(unit.description),
                ])
            }
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

    /// An object for each unit with systemd's property names; times in µs since 1970, memory in bytes.
    static func json(_ view: InstanceView, only: String? = nil) -> [String] {
        let units = units(of: view).filter { only == nil || $0.id == only }
        return (units.isEmpty ? [UnitState()] : units).map { json($0, view) }
    }

    private static func json(_ unit: UnitState, _ view: InstanceView) -> String {
        let state = view.state ?? InstanceState()
        var fields: [String] = []
        func put(_ key: String, _ value: String?) { fields.append("\"\(key)\":\(value.map(JSON.string) ?? "null")") }
        func put(_ key: String, _ value: UInt64) { fields.append("\"\(key)\":\(value)") }
        let isKilled = view.wasKilled && (!unit.isDown || !view.isSet)
        let processes = processes(of: unit, view)
        put("Id", view.isSet ? unit.id : "\(view.paths.name).service")
        put("Instance", view.paths.name)
        put("LoadState", view.state == nil && view.daimond == nil ? "not-found" : unit.loadState)
        put("Description", unit.description)
        put("FragmentPath", unit.fragmentPath)
        put("ActiveState", isKilled ? "failed" : unit.activeState.rawValue)
        put("SubState", isKilled ? "failed" : unit.subState)
        put("Result", unit.result)
        put("LaunchMode", state.launchMode)
        put("DaimondPID", UInt64(view.daimond?.pid ?? 0))
        put("MainPID", UInt64(unit.main.flatMap { $0.isAlive ? $0.pid : nil } ?? 0))
        put("NRestarts", UInt64(unit.restarts))
        put("NFileDescriptorStore", UInt64(unit.storedDescriptors))
        put("StatusText", unit.statusText)
        put("ExecMainCode", unit.mainCode)
        put("ExecMainStatus", UInt64(max(0, unit.mainStatus)))
        put("InvocationID", unit.invocationID)
        put("StateChangeTimestamp", unit.stateChanged)
        put("InactiveExitTimestamp", unit.inactiveExit)
        put("ActiveEnterTimestamp", unit.activeEnter)
        put("ActiveExitTimestamp", unit.activeExit)
        put("InactiveEnterTimestamp", unit.inactiveEnter)
        put("Job", unit.job)
        put("ControlGroup", unit.controlGroup)
        put("LogFile", unit.logFile)
        put("MemoryCurrent", processes.reduce(UInt64(0)) { $0 + proportionalMemory($1.pid) })
        fields.append("\"Processes\":[" + processes.map { String($0.pid) }.joined(separator: ",") + "]")
        fields.append("\"Units\":[" + state.units.map { JSON.string($0.id) }.joined(separator: ",") + "]")
        fields.append("\"CanReload\":\(unit.canReload)")
        fields.append("\"DaimondWasKilled\":\(view.wasKilled)")
        return "{" + fields.joined(separator: ",") + "}"
    }
}
