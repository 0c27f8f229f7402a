// What the commands of a service are told in their environment (systemd.exec(5), "Environment Variables Set or Propagated
// by the Service Manager").
import Units

extension ServiceMachine {
    /// The variables that follow from the service's life, for a process that is about to be started.
    /// - Parameter role: which process.
    /// - Returns: names and values: `MAINPID` for commands beside a main process; `SERVICE_RESULT`, `EXIT_CODE` and
    ///   `EXIT_STATUS` for `ExecStop=` and `ExecStopPost=`; `PIDFILE` where there is one; `DEBUG_INVOCATION` for the
    ///   restarts of `RestartMode=debug`.
    public func variables(for role: ProcessRole) -> [(name: String, value: String)] {
        var variables: [(name: String, value: String)] = []
        if let path = unit.pidFile { variables.append(("PIDFILE", path)) }
        if unit.restartMode == .debug && restarts > 0 { variables.append(("DEBUG_INVOCATION", "1")) }
        guard case .control(let list, _) = role else { return variables }
        if let mainPID { variables.append(("MAINPID", "\(mainPID)")) }
        switch list {
        case .stop, .stopPost: break
        case .condition, .startPre, .start, .startPost, .reload: return variables
        }
        return variables + resultVariables(prefix: "")
    }

    /// How the service ended, for itself or for what `OnFailure=` or `OnSuccess=` names.
    /// - Parameter prefix: what stands before the names.
    /// - Returns: `SERVICE_RESULT`, `EXIT_CODE` and `EXIT_STATUS`, the latter where a main process has ended.
    public func resultVariables(prefix: String) -> [(name: String, value: String)] {
        let (code, status): (String, String)
        let result = (name: "\(prefix)SERVICE_RESULT", value: result.rawValue)
        switch mainEnd {
        case .exited(let number): (code, status) = ("exited", "\(number)")
        case .killed(let signal): (code, status) = ("killed", Self.shortName(signal))
        case .dumped(let signal): (code, status) = ("dumped", Self.shortName(signal))
        case .unknown, nil: return [result]
        }
        return [result, ("\(prefix)EXIT_CODE", code), ("\(prefix)EXIT_STATUS", status)]
    }

    /// `TERM` for SIGTERM, as systemd has it there.
    private static func shortName(_ signal: Signal) -> String {
        signal.name.hasPrefix("SIG") ? String(signal.name.dropFirst(3)) : signal.name
    }
}
