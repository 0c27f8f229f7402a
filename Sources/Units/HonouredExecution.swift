// The table of directives, second part: those of systemd.exec(5) that are acted on.

extension Directives {
    static let honouredInExecution: [Directive] = [
        // MARK: Credentials and place
        Directive(.service, "User", .name) { value, unit throws(InvalidValue) in
            unit.execution.user = try value.account()
        },
        Directive(.service, "Group", .name) { value, unit throws(InvalidValue) in
            unit.execution.group = try value.account()
        },
        Directive(.service, "SupplementaryGroups", .words) { value, unit throws(InvalidValue) in
            try value.addAccounts(to: &unit.execution.supplementaryGroups)
        },
        Directive(.service, "UMask", .mode) { value, unit throws(InvalidValue) in
            unit.execution.umask = try Numbers.mode(value.text)
        },
        Directive(.service, "WorkingDirectory", .path) { value, unit throws(InvalidValue) in
            unit.execution.workingDirectory = try value.workingDirectory()
        },

        // MARK: Environment
        Directive(.service, "Environment", .environment) { value, unit throws(InvalidValue) in
            try value.addWords(to: &unit.execution.environment) { word, offset throws(InvalidValue) in
                try EnvironmentVariable(parsing: word, at: offset)
            }
        },
        Directive(.service, "EnvironmentFile", .environmentFile) { value, unit throws(InvalidValue) in
            try value.addEnvironmentFile(to: &unit.execution.environmentFiles)
        },
        Directive(.service, "PassEnvironment", .words) { value, unit throws(InvalidValue) in
            try value.addWords(to: &unit.execution.passEnvironment) { word, offset throws(InvalidValue) in
                try variableName(word, at: offset)
            }
        },
        Directive(.service, "UnsetEnvironment", .words) { value, unit throws(InvalidValue) in
            try value.addWords(to: &unit.execution.unsetEnvironment) { word, offset throws(InvalidValue) in
                if word.utf8.contains(UInt8(ascii: "=")) {
                    _ = try EnvironmentVariable(parsing: word, at: offset)
                    return word
                }
                return try variableName(word, at: offset)
            }
        },

        // MARK: Limits and properties
        Directive(.service, "LimitCPU", .limit) { v, u throws(InvalidValue) in try v.setLimit(.cpu, in: &u) },
        Directive(.service, "LimitFSIZE", .limit) { v, u throws(InvalidValue) in try v.setLimit(.fileSize, in: &u) },
        Directive(.service, "LimitDATA", .limit) { v, u throws(InvalidValue) in try v.setLimit(.data, in: &u) },
        Directive(.service, "LimitSTACK", .limit) { v, u throws(InvalidValue) in try v.setLimit(.stack, in: &u) },
        Directive(.service, "LimitCORE", .limit) { v, u throws(InvalidValue) in try v.setLimit(.core, in: &u) },
        Directive(.service, "LimitRSS", .limit) { v, u throws(InvalidValue) in try v.setLimit(.residentSet, in: &u) },
        Directive(.service, "LimitNOFILE", .limit) { v, u throws(InvalidValue) in try v.setLimit(.openFiles, in: &u) },
        Directive(.service, "LimitAS", .limit) { v, u throws(InvalidValue) in try v.setLimit(.addressSpace, in: &u) },
        Directive(.service, "LimitNPROC", .limit) { v, u throws(InvalidValue) in try v.setLimit(.processes, in: &u) },
        Directive(.service, "LimitMEMLOCK", .limit) { v, u throws(InvalidValue) in
            try v.setLimit(.lockedMemory, in: &u)
        },
        Directive(.service, "LimitLOCKS", .limit) { v, u throws(InvalidValue) in try v.setLimit(.locks, in: &u) },
        Directive(.service, "LimitSIGPENDING", .limit) { v, u throws(InvalidValue) in
            try v.setLimit(.pendingSignals, in: &u)
        },
        Directive(.service, "LimitMSGQUEUE", .limit) { v, u throws(InvalidValue) in
            try v.setLimit(.messageQueue, in: &u)
        },
        Directive(.service, "LimitNICE", .limit) { v, u throws(InvalidValue) in try v.setLimit(.nice, in: &u) },
        Directive(.service, "LimitRTPRIO", .limit) { v, u throws(InvalidValue) in
            try v.setLimit(.realTimePriority, in: &u)
        },
        Directive(.service, "LimitRTTIME", .limit) { v, u throws(InvalidValue) in try v.setLimit(.realTimeTime, in: &u)
        },
        Directive(.service, "Nice", .integer) { value, unit throws(InvalidValue) in
            unit.execution.nice = try value.integer(in: -20...19)
        },
        Directive(.service, "OOMScoreAdjust", .integer) { value, unit throws(InvalidValue) in
            unit.execution.oomScoreAdjust = try value.integer(in: -1000...1000)
        },
        Directive(.service, "NoNewPrivileges", .boolean) { value, unit throws(InvalidValue) in
            unit.execution.noNewPrivileges = try value.boolean()
        },
        Directive(.service, "IgnoreSIGPIPE", .boolean) { value, unit throws(InvalidValue) in
            unit.execution.ignoreSIGPIPE = try value.boolean()
        },

        // MARK: Streams and logging
        Directive(.service, "StandardInput", .standardInput, .partly("null and file: so far")) {
            value, unit throws(InvalidValue) in
            unit.execution.standardInput = try value.standardInput() ?? .null
        },
        Directive(.service, "StandardOutput", .standardOutput, .partly("not yet: tty, kmsg, socket, fd, …+console")) {
            value, unit throws(InvalidValue) in
            unit.execution.standardOutput = try value.standardOutput()
        },
        Directive(.service, "StandardError", .standardOutput, .partly("not yet: tty, kmsg, socket, fd, …+console")) {
            value, unit throws(InvalidValue) in
            unit.execution.standardError = try value.standardOutput()
        },
        Directive(.service, "SyslogIdentifier", .text) { value, unit throws(InvalidValue) in
            unit.execution.syslogIdentifier = try value.expandedText()
        },
        Directive(.service, "SyslogFacility", .syslogFacility) { value, unit throws(InvalidValue) in
            unit.execution.syslogFacility = try SyslogNames.facility(value.text)
        },
        Directive(.service, "SyslogLevel", .syslogLevel) { value, unit throws(InvalidValue) in
            unit.execution.syslogLevel = try SyslogNames.level(value.text)
        },
        Directive(.service, "SyslogLevelPrefix", .boolean) { value, unit throws(InvalidValue) in
            unit.execution.syslogLevelPrefix = try value.boolean()
        },
    ]

    @Sendable private static func variableName(_ word: String, at offset: Int) throws(InvalidValue) -> String {
        guard EnvironmentVariable.isValidName(word) else {
            throw InvalidValue(
                "\(Quoting.quoted(word)) is not a variable's name; expected letters, digits and _, not beginning with a digit",
                offset: offset)
        }
        return word
    }
}
