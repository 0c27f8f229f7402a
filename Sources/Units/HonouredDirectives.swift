// The table of directives, first part: those that are acted on, with what sets them.

extension Directives {
    // MARK: - [Unit]

    static let honouredInUnit: [Directive] = [
        Directive(.unit, "Description", .text) { value, unit throws(InvalidValue) in
            unit.description = try value.expandedText() ?? unit.name.description
        },
        Directive(.unit, "Documentation", .words) { value, unit throws(InvalidValue) in
            try value.addWords(to: &unit.documentation, documentationURI)
        },
        Directive(.unit, "StartLimitIntervalSec", .timeSpan, set: setStartLimitInterval),
        Directive(.unit, "StartLimitInterval", .timeSpan, set: setStartLimitInterval),
        Directive(.unit, "StartLimitBurst", .unsigned, set: setStartLimitBurst),
    ]

    private static let setStartLimitInterval: Directive.Setter = { value, unit throws(InvalidValue) in
        unit.startLimitInterval = try value.timeSpan()
    }
    private static let setStartLimitBurst: Directive.Setter = { value, unit throws(InvalidValue) in
        unit.startLimitBurst = try value.unsigned()
    }

    @Sendable private static func documentationURI(_ text: String, at offset: Int) throws(InvalidValue) -> String {
        guard ["http://", "https://", "file:/", "info:", "man:"].contains(where: { text.hasPrefix($0) }) else {
            throw InvalidValue(
                "\(Quoting.quoted(text)) is not a documentation URI; expected http://, https://, file:/, info: or man:",
                offset: offset)
        }
        return text
    }

    // MARK: - [Service]: systemd.service(5) and systemd.kill(5)

    static let honouredInService: [Directive] = [
        Directive(.service, "Type", .serviceType, .partly("simple, exec, notify and notify-reload so far")) {
            value, unit throws(InvalidValue) in
            unit.type = try value.choice("a service type", notHonoured: ["forking", "oneshot", "dbus", "idle"])
        },
        Directive(.service, "ExecStart", .commandLine, .partly("prefixes -, @ and : so far")) {
            value, unit throws(InvalidValue) in
            try value.addCommands(to: &unit.execStart)
        },
        Directive(.service, "ExecReload", .commandLine, .partly("prefixes -, @ and : so far")) {
            value, unit throws(InvalidValue) in
            try value.addCommands(to: &unit.execReload)
        },
        Directive(.service, "Restart", .restartPolicy) { value, unit throws(InvalidValue) in
            unit.restart = try value.choice("a restart policy")
        },
        Directive(.service, "RestartSec", .timeSpan) { value, unit throws(InvalidValue) in
            unit.restartDelay = try value.timeSpan()
        },
        Directive(.service, "SuccessExitStatus", .exitStatuses) { value, unit throws(InvalidValue) in
            try value.addExitStatuses(to: &unit.successExitStatus)
        },
        Directive(.service, "RestartPreventExitStatus", .exitStatuses) { value, unit throws(InvalidValue) in
            try value.addExitStatuses(to: &unit.restartPreventExitStatus)
        },
        Directive(.service, "RestartForceExitStatus", .exitStatuses) { value, unit throws(InvalidValue) in
            try value.addExitStatuses(to: &unit.restartForceExitStatus)
        },
        Directive(.service, "TimeoutStartSec", .timeSpan) { value, unit throws(InvalidValue) in
            unit.timeoutStart = try value.timeout()
        },
        Directive(.service, "TimeoutStopSec", .timeSpan) { value, unit throws(InvalidValue) in
            unit.timeoutStop = try value.timeout()
        },
        Directive(.service, "TimeoutSec", .timeSpan) { value, unit throws(InvalidValue) in
            unit.timeoutStart = try value.timeout()
            unit.timeoutStop = unit.timeoutStart
        },
        Directive(.service, "TimeoutAbortSec", .timeSpan) { value, unit throws(InvalidValue) in
            unit.timeoutAbort = value.isEmpty ? nil : try value.timeSpan()
        },
        Directive(.service, "RuntimeMaxSec", .timeSpan) { value, unit throws(InvalidValue) in
            unit.runtimeMax = try value.timeSpan()
            // Unlike for the other timeouts, systemd takes 0 as it is: such a service ends as soon as it runs.
            if unit.runtimeMax == .zero {
                value.warnings.append(
                    InvalidValue("0 stops the service as soon as it runs, as in systemd; for no limit write infinity"))
            }
        },
        Directive(.service, "WatchdogSec", .timeSpan) { value, unit throws(InvalidValue) in
            unit.watchdog = try value.timeSpan()
        },
        Directive(.service, "NotifyAccess", .notifyAccess) { value, unit throws(InvalidValue) in
            unit.notifyAccess = try value.choice("a notify access") as NotifyAccess
        },
        // The spellings before systemd 230, when these belonged to [Service].
        Directive(.service, "StartLimitInterval", .timeSpan, set: setStartLimitInterval),
        Directive(.service, "StartLimitBurst", .unsigned, set: setStartLimitBurst),

        Directive(.service, "KillMode", .killMode) { value, unit throws(InvalidValue) in
            unit.killMode = try value.choice("a kill mode")
        },
        Directive(.service, "KillSignal", .signal) { value, unit throws(InvalidValue) in
            unit.killSignal = try value.signal()
        },
        Directive(.service, "SendSIGHUP", .boolean) { value, unit throws(InvalidValue) in
            unit.sendSIGHUP = try value.boolean()
        },
        Directive(.service, "SendSIGKILL", .boolean) { value, unit throws(InvalidValue) in
            unit.sendSIGKILL = try value.boolean()
        },
        Directive(.service, "FinalKillSignal", .signal) { value, unit throws(InvalidValue) in
            unit.finalKillSignal = try value.signal()
        },
        Directive(.service, "WatchdogSignal", .signal) { value, unit throws(InvalidValue) in
            unit.watchdogSignal = try value.signal()
        },
        Directive(.service, "ReloadSignal", .signal) { value, unit throws(InvalidValue) in
            unit.reloadSignal = try value.signal()
            unit.reloadSignalIsSet = true
        },
    ]

    // MARK: - [X-Daimon]

    static let honouredInDaimon: [Directive] = [
        Directive(.daimon, "StartSettleSec", .timeSpan) { value, unit throws(InvalidValue) in
            unit.startSettle = try value.timeSpan()
        }
    ]
}
