// What sets the directives that are acted on, first part: all but those of systemd.exec(5).

extension Directives {
    // MARK: - [Unit]

    static let honouredInUnit: [DirectiveSetter] = [
        DirectiveSetter(.unit, "Description") { value, unit throws(InvalidValue) in
            unit.description = try value.expandedText() ?? unit.name.description
        },
        DirectiveSetter(.unit, "Documentation") { value, unit throws(InvalidValue) in
            try value.addWords(to: &unit.documentation)
        },
        DirectiveSetter(.unit, "StartLimitIntervalSec", set: setStartLimitInterval),
        DirectiveSetter(.unit, "StartLimitInterval", set: setStartLimitInterval),
        DirectiveSetter(.unit, "StartLimitBurst", set: setStartLimitBurst),
    ]

    private static let setStartLimitInterval: Directive.Setter = { value, unit throws(InvalidValue) in
        unit.startLimitInterval = try value.timeSpan()
    }
    private static let setStartLimitBurst: Directive.Setter = { value, unit throws(InvalidValue) in
        unit.startLimitBurst = try value.unsigned()
    }

    // MARK: - [Service]: systemd.service(5) and systemd.kill(5)

    static let honouredInService: [DirectiveSetter] = [
        DirectiveSetter(.service, "Type") {
            value, unit throws(InvalidValue) in
            unit.typeSetting = try value.choice("a service type") as ServiceType
        },
        DirectiveSetter(.service, "ExecStart") {
            value, unit throws(InvalidValue) in
            try value.addCommands(to: &unit.execStart)
        },
        DirectiveSetter(.service, "ExecReload") {
            value, unit throws(InvalidValue) in
            try value.addCommands(to: &unit.execReload)
        },
        DirectiveSetter(.service, "Restart") { value, unit throws(InvalidValue) in
            unit.restart = try value.choice("a restart policy")
        },
        DirectiveSetter(.service, "RestartSec") { value, unit throws(InvalidValue) in
            unit.restartDelay = try value.timeSpan()
        },
        DirectiveSetter(.service, "SuccessExitStatus") { value, unit throws(InvalidValue) in
            try value.addExitStatuses(to: &unit.successExitStatus)
        },
        DirectiveSetter(.service, "RestartPreventExitStatus") { value, unit throws(InvalidValue) in
            try value.addExitStatuses(to: &unit.restartPreventExitStatus)
        },
        DirectiveSetter(.service, "RestartForceExitStatus") { value, unit throws(InvalidValue) in
            try value.addExitStatuses(to: &unit.restartForceExitStatus)
        },
        DirectiveSetter(.service, "TimeoutStartSec") { value, unit throws(InvalidValue) in
            unit.timeoutStart = try value.timeout()
        },
        DirectiveSetter(.service, "TimeoutStopSec") { value, unit throws(InvalidValue) in
            unit.timeoutStop = try value.timeout()
        },
        DirectiveSetter(.service, "TimeoutSec") { value, unit throws(InvalidValue) in
            let span = try value.timeout()
            unit.timeoutStart = span
            unit.timeoutStop = span
        },
        DirectiveSetter(.service, "TimeoutAbortSec") { value, unit throws(InvalidValue) in
            unit.timeoutAbort = value.isEmpty ? nil : try value.timeSpan()
        },
        DirectiveSetter(.service, "RuntimeMaxSec") { value, unit throws(InvalidValue) in
            unit.runtimeMax = try value.timeSpan()
            // Unlike for the other timeouts, systemd takes 0 as it is: such a service ends as soon as it runs.
            if unit.runtimeMax == .zero {
                value.warnings.append(
                    InvalidValue("0 stops the service as soon as it runs, as in systemd; for no limit write infinity"))
            }
        },
        DirectiveSetter(.service, "WatchdogSec") { value, unit throws(InvalidValue) in
            unit.watchdog = try value.timeSpan()
        },
        DirectiveSetter(.service, "NotifyAccess") { value, unit throws(InvalidValue) in
            unit.notifyAccess = try value.choice("a notify access") as NotifyAccess
        },
        // The spellings before systemd 230, when these belonged to [Service].
        DirectiveSetter(.service, "StartLimitInterval", set: setStartLimitInterval),
        DirectiveSetter(.service, "StartLimitBurst", set: setStartLimitBurst),

        DirectiveSetter(.service, "KillMode") { value, unit throws(InvalidValue) in
            unit.killMode = value.isEmpty ? .controlGroup : try value.choice("a kill mode")
        },
        DirectiveSetter(.service, "KillSignal") { value, unit throws(InvalidValue) in
            unit.killSignal = try value.signal()
        },
        DirectiveSetter(.service, "SendSIGHUP") { value, unit throws(InvalidValue) in
            unit.sendSIGHUP = try value.boolean()
        },
        DirectiveSetter(.service, "SendSIGKILL") { value, unit throws(InvalidValue) in
            unit.sendSIGKILL = try value.boolean()
        },
        DirectiveSetter(.service, "FinalKillSignal") { value, unit throws(InvalidValue) in
            unit.finalKillSignal = try value.signal()
        },
        DirectiveSetter(.service, "WatchdogSignal") { value, unit throws(InvalidValue) in
            unit.watchdogSignal = try value.signal()
        },
        DirectiveSetter(.service, "ReloadSignal") { value, unit throws(InvalidValue) in
            unit.reloadSignal = try value.signal()
            unit.reloadSignalIsSet = true
        },
    ]

    // MARK: - [X-Daimon]

    static let honouredInDaimon: [DirectiveSetter] = [
        DirectiveSetter(.daimon, "StartSettleSec") { value, unit throws(InvalidValue) in
            unit.startSettle = try value.timeSpan()
        }
    ]
}
