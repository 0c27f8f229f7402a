// What sets the directives that are acted on, second part: those of systemd.exec(5).

extension Directives {
    static let honouredInExecution: [DirectiveSetter] = [
        // MARK: Credentials and place
        DirectiveSetter(.service, "User") { value, unit throws(InvalidValue) in
            unit.execution.user = try value.account()
        },
        DirectiveSetter(.service, "Group") { value, unit throws(InvalidValue) in
            unit.execution.group = try value.account()
        },
        DirectiveSetter(.service, "SupplementaryGroups") { value, unit throws(InvalidValue) in
            try value.addWords(to: &unit.execution.supplementaryGroups)
        },
        DirectiveSetter(.service, "DynamicUser") { value, unit throws(InvalidValue) in
            unit.execution.isUserDynamic = try value.boolean()
        },
        DirectiveSetter(.service, "UMask") { value, unit throws(InvalidValue) in
            unit.execution.umask = try Numbers.mode(value.text)
        },
        DirectiveSetter(.service, "WorkingDirectory") { value, unit throws(InvalidValue) in
            unit.execution.workingDirectory = try value.workingDirectory()
        },

        // MARK: Environment
        DirectiveSetter(.service, "Environment") { value, unit throws(InvalidValue) in
            try value.addEnvironment(to: &unit.execution.environment)
        },
        DirectiveSetter(.service, "EnvironmentFile") { value, unit throws(InvalidValue) in
            try value.addEnvironmentFile(to: &unit.execution.environmentFiles)
        },
        DirectiveSetter(.service, "PassEnvironment") { value, unit throws(InvalidValue) in
            try value.addWords(to: &unit.execution.passEnvironment)
        },
        DirectiveSetter(.service, "UnsetEnvironment") { value, unit throws(InvalidValue) in
            try value.addWords(to: &unit.execution.unsetEnvironment)
        },

        // MARK: Limits and properties
        DirectiveSetter(.service, "LimitCPU") { v, u throws(InvalidValue) in try v.setLimit(.cpu, in: &u) },
        DirectiveSetter(.service, "LimitFSIZE") { v, u throws(InvalidValue) in try v.setLimit(.fileSize, in: &u) },
        DirectiveSetter(.service, "LimitDATA") { v, u throws(InvalidValue) in try v.setLimit(.data, in: &u) },
        DirectiveSetter(.service, "LimitSTACK") { v, u throws(InvalidValue) in try v.setLimit(.stack, in: &u) },
        DirectiveSetter(.service, "LimitCORE") { v, u throws(InvalidValue) in try v.setLimit(.core, in: &u) },
        DirectiveSetter(.service, "LimitRSS") { v, u throws(InvalidValue) in try v.setLimit(.residentSet, in: &u) },
        DirectiveSetter(.service, "LimitNOFILE") { v, u throws(InvalidValue) in try v.setLimit(.openFiles, in: &u) },
        DirectiveSetter(.service, "LimitAS") { v, u throws(InvalidValue) in try v.setLimit(.addressSpace, in: &u) },
        DirectiveSetter(.service, "LimitNPROC") { v, u throws(InvalidValue) in try v.setLimit(.processes, in: &u) },
        DirectiveSetter(.service, "LimitMEMLOCK") { v, u throws(InvalidValue) in
            try v.setLimit(.lockedMemory, in: &u)
        },
        DirectiveSetter(.service, "LimitLOCKS") { v, u throws(InvalidValue) in try v.setLimit(.locks, in: &u) },
        DirectiveSetter(.service, "LimitSIGPENDING") { v, u throws(InvalidValue) in
            try v.setLimit(.pendingSignals, in: &u)
        },
        DirectiveSetter(.service, "LimitMSGQUEUE") { v, u throws(InvalidValue) in
            try v.setLimit(.messageQueue, in: &u)
        },
        DirectiveSetter(.service, "LimitNICE") { v, u throws(InvalidValue) in try v.setLimit(.nice, in: &u) },
        DirectiveSetter(.service, "LimitRTPRIO") { v, u throws(InvalidValue) in
            try v.setLimit(.realTimePriority, in: &u)
        },
        DirectiveSetter(.service, "LimitRTTIME") { v, u throws(InvalidValue) in try v.setLimit(.realTimeTime, in: &u)
        },
        DirectiveSetter(.service, "Nice") { value, unit throws(InvalidValue) in
            unit.execution.nice = try value.integer(in: -20...19)
        },
        DirectiveSetter(.service, "OOMScoreAdjust") { value, unit throws(InvalidValue) in
            unit.execution.oomScoreAdjust = try value.integer(in: -1000...1000)
        },
        DirectiveSetter(.service, "NoNewPrivileges") { value, unit throws(InvalidValue) in
            unit.execution.noNewPrivileges = try value.boolean()
        },
        DirectiveSetter(.service, "IgnoreSIGPIPE") { value, unit throws(InvalidValue) in
            unit.execution.ignoreSIGPIPE = try value.boolean()
        },

        // MARK: Streams and logging
        DirectiveSetter(.service, "StandardInput") {
            value, unit throws(InvalidValue) in
            unit.execution.standardInput = try value.standardInput() ?? .null
        },
        DirectiveSetter(.service, "StandardOutput") {
            value, unit throws(InvalidValue) in
            unit.execution.standardOutput = try value.standardOutput()
        },
        DirectiveSetter(.service, "StandardError") {
            value, unit throws(InvalidValue) in
            unit.execution.standardError = try value.standardOutput()
        },
        DirectiveSetter(.service, "SyslogIdentifier") { value, unit throws(InvalidValue) in
            unit.execution.syslogIdentifier = try value.expandedText()
        },
        DirectiveSetter(.service, "SyslogFacility") { value, unit throws(InvalidValue) in
            unit.execution.syslogFacility = try SyslogNames.facility(value.text)
        },
        DirectiveSetter(.service, "SyslogLevel") { value, unit throws(InvalidValue) in
            unit.execution.syslogLevel = try SyslogNames.level(value.text)
        },
        DirectiveSetter(.service, "SyslogLevelPrefix") { value, unit throws(InvalidValue) in
            unit.execution.syslogLevelPrefix = try value.boolean()
        },
    ]
}
