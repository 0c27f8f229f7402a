// What an instance writes down about itself at each transition, so that others can tell the truth about it even
// after daimond was killed. Lines of KEY=VALUE with systemd's property names (org.freedesktop.systemd1(5)).
import Engine
import Glibc
import Linux
import Units

/// The state of an instance, as it is stored and shown.
package struct InstanceState: Equatable, Sendable {
    /// The unit's full name, such as `web.service`.
    package var id = ""
    /// `Description=` of the unit.
    package var description = ""
    /// The unit file; nil for a unit from a command line.
    package var fragmentPath: String?
    /// How daimond was started: `supervised`, `foreground` or `background`.
    package var launchMode = ""
    /// The boot in which this was written (random(4)): the pids of another one mean nothing.
    package var bootID = ""
    /// `INVOCATION_ID` of the run, 128 bits in hexadecimal.
    package var invocationID = ""
    /// The coarse state, as `systemctl is-active` prints it.
    package var activeState: ActiveState = .inactive
    /// What the service is doing.
    package var subState: ServiceState = .dead
    /// Why it ended, or is ending.
    package var result: ServiceResult = .success
    /// The supervisor itself; nil when none was running at the time of writing.
    package var daimond: ProcessIdentity?
    /// The main process, while there is one.
    package var main: ProcessIdentity?
    /// The directory of the run's cgroup, where it has one.
    package var controlGroup: String?
    /// `NRestarts`: how often it was started again by itself.
    package var restarts: UInt32 = 0
    /// The last `STATUS=` of the service.
    package var statusText: String?
    /// How the last main process ended: `exited`, `killed`, `dumped` or `unknown`; nil when none has.
    package var mainCode: String?
    /// The exit status for `exited`, the signal's number for `killed` and `dumped`.
    package var mainStatus: Int32 = 0
    /// The message of the step that failed, when the program never ran.
    package var failure: String?
    /// When `subState` last changed, in µs of the real-time clock; 0 is never.
    package var stateChanged: UInt64 = 0
    /// When it last became active, in µs of the real-time clock; 0 when it is inactive or starts again.
    package var activeEntered: UInt64 = 0
    /// The instance's log file; nil when the service's standard output goes elsewhere.
    package var logFile: String?
    /// Where in the log file this run of the instance begins, in bytes.
    package var logStart: UInt64 = 0
    /// How the survivors of a killed daimond are to be stopped.
    package var killMode: KillMode = .controlGroup
    /// `KillSignal=` by number: what survivors are asked to end with.
    package var killSignal: Int32 = 15
    /// `SendSIGKILL=`: whether those that do not end in time are killed.
    package var sendSIGKILL = true
    /// `TimeoutStopSec=`: how long is waited before that.
    package var timeoutStop: TimeSpan = .seconds(90)
    /// The pid file named by `--pid-file`, beside the instance's own.
    package var extraPIDFile: String?

    /// Whether there is a way to reload it: `ExecReload=`, `ReloadSignal=` or `Type=notify-reload`.
    package var canReload = true

    /// The state of an instance of which nothing is known.
    package init() {}

    /// The processes of the run that this state tells of.
    /// - Parameter daimondIsAlive: whether they are still daimond's descendants.
    /// - Returns: how to tell them from all others; nothing is looked up yet.
    package func tree(daimondIsAlive: Bool) -> ProcessTree {
        ProcessTree(
            cgroup: controlGroup, invocationID: invocationID, supervisor: daimondIsAlive ? daimond?.pid : nil,
            main: main)
    }
}

// MARK: - The file

extension InstanceState {
    /// More than any state needs; a longer file is not ours.
    package static let limit = 64 * 1024

    /// The lines of the file.
    package var encoded: String {
        var lines: [String] = []
        func put(_ key: String, _ value: String?) {
            guard let value, !value.isEmpty else { return }
            lines.append("\(key)=\(InstanceState.escape(value))")
        }
        put("Version", "1")
        put("Id", id)
        put("Description", description)
        put("FragmentPath", fragmentPath)
        put("LaunchMode", launchMode)
        put("BootID", bootID)
        put("InvocationID", invocationID)
        put("ActiveState", activeState.rawValue)
        put("SubState", subState.rawValue)
        put("Result", result.rawValue)
        put("DaimondPID", daimond.map { "\($0.pid) \($0.startTime)" })
        put("MainPID", main.map { "\($0.pid) \($0.startTime)" })
        put("ControlGroup", controlGroup)
        put("NRestarts", String(restarts))
        put("StatusText", statusText)
        put("ExecMainCode", mainCode)
        put("ExecMainStatus", String(mainStatus))
        put("Failure", failure)
        put("StateChangeTimestamp", String(stateChanged))
        put("ActiveEnterTimestamp", String(activeEntered))
        put("LogFile", logFile)
        put("LogStart", String(logStart))
        put("KillMode", killMode.rawValue)
        put("KillSignal", String(killSignal))
        put("SendSIGKILL", sendSIGKILL ? "yes" : "no")
        put("TimeoutStopUSec", String(timeoutStop.microseconds))
        put("PIDFile", extraPIDFile)
        put("CanReload", canReload ? "yes" : "no")
        return lines.joined(separator: "\n") + "\n"
    }

    /// Reads the lines of a file.
    /// - Parameter text: what `encoded` gave, or anything else: what cannot be read is left at its default.
    package init(decoding text: String) {
        for line in text.split(separator: "\n") {
            guard let sign = line.firstIndex(of: "=") else { continue }
            let value = InstanceState.unescape(line[line.index(after: sign)...])
            switch line[..<sign] {
            case "Id": id = value
            case "Description": description = value
            case "FragmentPath": fragmentPath = value
            case "LaunchMode": launchMode = value
            case "BootID": bootID = value
            case "InvocationID": invocationID = value
            case "ActiveState": activeState = ActiveState(rawValue: value) ?? activeState
            case "SubState": subState = ServiceState(rawValue: value) ?? subState
            case "Result": result = ServiceResult(rawValue: value) ?? result
            case "DaimondPID": daimond = InstanceState.identity(value)
            case "MainPID": main = InstanceState.identity(value)
            case "ControlGroup": controlGroup = value
            case "NRestarts": restarts = UInt32(value) ?? 0
            case "StatusText": statusText = value
            case "ExecMainCode": mainCode = value
            case "ExecMainStatus": mainStatus = Int32(value) ?? 0
            case "Failure": failure = value
            case "StateChangeTimestamp": stateChanged = UInt64(value) ?? 0
            case "ActiveEnterTimestamp": activeEntered = UInt64(value) ?? 0
            case "LogFile": logFile = value
            case "LogStart": logStart = UInt64(value) ?? 0
            case "KillMode": killMode = KillMode(rawValue: value) ?? killMode
            case "KillSignal": killSignal = Int32(value) ?? killSignal
            case "SendSIGKILL": sendSIGKILL = value == "yes"
            case "TimeoutStopUSec": timeoutStop = UInt64(value).map { TimeSpan(microseconds: $0) } ?? timeoutStop
            case "PIDFile": extraPIDFile = value
            case "CanReload": canReload = value == "yes"
            default: break  // a key of a newer version
            }
        }
    }

    private static func identity(_ text: String) -> ProcessIdentity? {
        let fields = text.split(separator: " ")
        guard fields.count == 2, let pid = pid_t(fields[0]), pid > 0, let start = UInt64(fields[1]) else { return nil }
        return ProcessIdentity(pid: pid, startTime: start)
    }

    // One value, one line: what a service says of itself must not be able to write other keys.
    private static func escape(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func unescape(_ text: Substring) -> String {
        var result = ""
        var escaped = false
        for scalar in text.unicodeScalars {
            if escaped {
                escaped = false
                switch scalar {
                case "n": result += "\n"
                case "r": result += "\r"
                default: result.unicodeScalars.append(scalar)
                }
            } else if scalar == "\\" {
                escaped = true
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
