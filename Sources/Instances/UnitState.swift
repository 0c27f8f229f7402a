// What an instance writes down about one of its units: a block of KEY=VALUE lines with systemd's property names
// (org.freedesktop.systemd1(5)).
import Engine
import Glibc
import Linux
import Units

/// The state of a unit, as it is stored and shown.
package struct UnitState: Equatable, Sendable {
    /// The unit's full name, such as `web.service`.
    package var id = ""
    /// `Description=` of the unit.
    package var description = ""
    /// The unit file; nil for a unit from a command line, and for one without a file.
    package var fragmentPath: String?
    /// Whether its definition can be run.
    package var loadState = "loaded"
    /// `INVOCATION_ID` of the run, 128 bits in hexadecimal.
    package var invocationID = ""
    /// The coarse state, as `systemctl is-active` prints it.
    package var activeState: ActiveState = .inactive
    /// What it is doing, in the word of its type.
    package var subState = "dead"
    /// Why it ended, or is ending.
    package var result = "success"
    /// The main process, while there is one.
    package var main: ProcessIdentity?
    /// The directory of its cgroup, where it has one.
    package var controlGroup: String?
    /// `NRestarts`: how often it was started again by itself.
    package var restarts: UInt32 = 0
    /// `NFileDescriptorStore`: how many descriptors it has stored.
    package var storedDescriptors = 0
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
    /// When it last left the states inactive and failed, became active, was active no more, and came to be inactive or
    /// failed: µs of the real-time clock, 0 is never.
    package var inactiveExit: UInt64 = 0
    package var activeEnter: UInt64 = 0
    package var activeExit: UInt64 = 0
    package var inactiveEnter: UInt64 = 0
    /// The file that it writes to; nil when its standard output goes elsewhere.
    package var logFile: String?
    /// Where in that file its present run begins, in bytes.
    package var logStart: UInt64 = 0
    /// How the survivors of a killed daimond are to be stopped.
    package var killMode: KillMode = .controlGroup
    /// `KillSignal=` by number: what survivors are asked to end with.
    package var killSignal: Int32 = 15
    /// `SendSIGKILL=`: whether those that do not end in time are killed.
    package var sendSIGKILL = true
    /// `TimeoutStopSec=`: how long is waited before that.
    package var timeoutStop: TimeSpan = .seconds(90)
    /// Whether there is a way to reload it: `ExecReload=`, `ReloadSignal=` or `Type=notify-reload`.
    package var canReload = false
    /// What is to be done with it, such as `start`; nil when nothing is.
    package var job: String?
    /// The unit is not of the instance any more.
    package var isGone = false

    /// The state of a unit of which nothing is known.
    package init() {}

    /// Since when it is in its coarse state, µs of the real-time clock; 0 where that is not known.
    package var since: UInt64 {
        switch activeState {
        case .active, .reloading: activeEnter
        case .inactive, .failed: inactiveEnter
        case .activating: inactiveExit
        case .deactivating: activeExit
        }
    }

    /// Whether nothing of it runs, and nothing will by itself.
    package var isDown: Bool { activeState == .inactive || activeState == .failed }
}

extension UnitState {
    /// The block of the file.
    package var encoded: String {
        var block = StateBlock()
        // First: what begins with it is a unit.
        block.put("Id", id)
        block.put("Description", description)
        block.put("FragmentPath", fragmentPath)
        block.put("LoadState", loadState)
        block.put("InvocationID", invocationID)
        block.put("ActiveState", activeState.rawValue)
        block.put("SubState", subState)
        block.put("Result", result)
        block.put("MainPID", main.map { "\($0.pid) \($0.startTime)" })
        block.put("ControlGroup", controlGroup)
        block.put("NRestarts", restarts == 0 ? nil : String(restarts))
        block.put("NFileDescriptorStore", storedDescriptors == 0 ? nil : String(storedDescriptors))
        block.put("StatusText", statusText)
        block.put("ExecMainCode", mainCode)
        block.put("ExecMainStatus", mainStatus == 0 ? nil : String(mainStatus))
        block.put("Failure", failure)
        block.put("StateChangeTimestamp", stateChanged == 0 ? nil : String(stateChanged))
        block.put("InactiveExitTimestamp", inactiveExit == 0 ? nil : String(inactiveExit))
        block.put("ActiveEnterTimestamp", activeEnter == 0 ? nil : String(activeEnter))
        block.put("ActiveExitTimestamp", activeExit == 0 ? nil : String(activeExit))
        block.put("InactiveEnterTimestamp", inactiveEnter == 0 ? nil : String(inactiveEnter))
        block.put("LogFile", logFile)
        block.put("LogStart", logStart == 0 ? nil : String(logStart))
        block.put("KillMode", killMode == .controlGroup ? nil : killMode.rawValue)
        block.put("KillSignal", killSignal == 15 ? nil : String(killSignal))
        block.put("SendSIGKILL", sendSIGKILL ? nil : "no")
        block.put("TimeoutStopUSec", timeoutStop == .seconds(90) ? nil : String(timeoutStop.microseconds))
        block.put("CanReload", canReload ? "yes" : nil)
        block.put("Job", job)
        block.put("Gone", isGone ? "yes" : nil)
        return block.end()
    }

    /// Takes in one line; what cannot be read is left at its default.
    mutating func take(_ key: Substring, _ value: String) {
        switch key {
        case "Description": description = value
        case "FragmentPath": fragmentPath = value
        case "LoadState": loadState = value
        case "InvocationID": invocationID = value
        case "ActiveState": activeState = ActiveState(rawValue: value) ?? activeState
        case "SubState": subState = value
        case "Result": result = value
        case "MainPID": main = StateBlock.identity(value)
        case "ControlGroup": controlGroup = value
        case "NRestarts": restarts = UInt32(value) ?? 0
        case "NFileDescriptorStore": storedDescriptors = Int(value) ?? 0
        case "StatusText": statusText = value
        case "ExecMainCode": mainCode = value
        case "ExecMainStatus": mainStatus = Int32(value) ?? 0
        case "Failure": failure = value
        case "StateChangeTimestamp": stateChanged = UInt64(value) ?? 0
        case "InactiveExitTimestamp": inactiveExit = UInt64(value) ?? 0
        case "ActiveEnterTimestamp": activeEnter = UInt64(value) ?? 0
        case "ActiveExitTimestamp": activeExit = UInt64(value) ?? 0
        case "InactiveEnterTimestamp": inactiveEnter = UInt64(value) ?? 0
        case "Job": job = value
        case "LogFile": logFile = value
        case "LogStart": logStart = UInt64(value) ?? 0
        case "KillMode": killMode = KillMode(rawValue: value) ?? killMode
        case "KillSignal": killSignal = Int32(value) ?? killSignal
        case "SendSIGKILL": sendSIGKILL = value == "yes"
        case "TimeoutStopUSec": timeoutStop = UInt64(value).map { TimeSpan(microseconds: $0) } ?? timeoutStop
        case "CanReload": canReload = value == "yes"
        case "Gone": isGone = value == "yes"
        default: break  // a key of a newer version
        }
    }
}
