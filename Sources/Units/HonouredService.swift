// What sets the directives that are acted on, third part: the life of a service (systemd.service(5)), as far as it is more
// than one main process and its restart.

extension Directives {
    static let honouredInLife: [DirectiveSetter] = [
        DirectiveSetter(.service, "ExecCondition") { value, unit throws(InvalidValue) in
            try value.addCommands(to: &unit.execCondition)
        },
        DirectiveSetter(.service, "ExecStartPre") { value, unit throws(InvalidValue) in
            try value.addCommands(to: &unit.execStartPre)
        },
        DirectiveSetter(.service, "ExecStartPost") { value, unit throws(InvalidValue) in
            try value.addCommands(to: &unit.execStartPost)
        },
        DirectiveSetter(.service, "ExecStop") { value, unit throws(InvalidValue) in
            try value.addCommands(to: &unit.execStop)
        },
        DirectiveSetter(.service, "ExecStopPost") { value, unit throws(InvalidValue) in
            try value.addCommands(to: &unit.execStopPost)
        },
        DirectiveSetter(.service, "PIDFile") { value, unit throws(InvalidValue) in
            unit.pidFile = try value.typedText()
        },
        DirectiveSetter(.service, "GuessMainPID") { value, unit throws(InvalidValue) in
            unit.guessMainPID = try value.boolean()
        },
        DirectiveSetter(.service, "BusName") { value, unit throws(InvalidValue) in
            unit.busName = try value.typedText()
        },
        DirectiveSetter(.service, "RemainAfterExit") { value, unit throws(InvalidValue) in
            unit.remainAfterExit = try value.boolean()
        },
        DirectiveSetter(.service, "ExitType") { value, unit throws(InvalidValue) in
            unit.exitType = try value.choice("an exit type")
        },
        DirectiveSetter(.service, "RestartSteps") { value, unit throws(InvalidValue) in
            unit.restartSteps = try value.unsigned()
        },
        DirectiveSetter(.service, "RestartMaxDelaySec") { value, unit throws(InvalidValue) in
            unit.restartMaxDelay = try value.timeSpan()
        },
        DirectiveSetter(.service, "RestartMode") { value, unit throws(InvalidValue) in
            unit.restartMode = try value.choice("a restart mode")
        },
        DirectiveSetter(.service, "RestartKillSignal") { value, unit throws(InvalidValue) in
            unit.restartKillSignal = try value.signal()
        },
        DirectiveSetter(.service, "TimeoutStartFailureMode") { value, unit throws(InvalidValue) in
            unit.timeoutStartFailureMode = try value.choice("a failure mode")
        },
        DirectiveSetter(.service, "TimeoutStopFailureMode") { value, unit throws(InvalidValue) in
            unit.timeoutStopFailureMode = try value.choice("a failure mode")
        },
        DirectiveSetter(.service, "OOMPolicy") { value, unit throws(InvalidValue) in
            unit.oomPolicy = try value.choice("a policy for want of memory")
        },
        DirectiveSetter(.service, "FileDescriptorStoreMax") { value, unit throws(InvalidValue) in
            unit.fileDescriptorStoreMax = try value.unsigned()
        },
        DirectiveSetter(.service, "FileDescriptorStorePreserve") { value, unit throws(InvalidValue) in
            guard case .text(let word)? = try value.typed() else { return }
            unit.fileDescriptorStorePreserve = DescriptorPreservation(rawValue: word) ?? .restart
        },
        DirectiveSetter(.service, "OpenFile") { value, unit throws(InvalidValue) in
            guard !value.isEmpty else { return unit.openFiles = [] }
            unit.openFiles.append(try value.openFile())
        },
        DirectiveSetter(.service, "RuntimeRandomizedExtraSec") { value, unit throws(InvalidValue) in
            unit.runtimeRandomizedExtra = try value.timeSpan()
        },
    ]
}

extension AssignedValue {
    /// The value as its directive's kind has it, for kinds that are one text; nil when it is empty, which resets.
    fileprivate mutating func typedText() throws(InvalidValue) -> String? {
        guard !isEmpty, case .text(let text)? = try typed() else { return nil }
        return text
    }
}

extension AssignedValue {
    /// A file of `OpenFile=`.
    fileprivate func openFile() throws(InvalidValue) -> OpenFile {
        let parts = try PropertyReading.openFileParts(text)
        var file = OpenFile(path: parts.path, name: parts.name)
        for flag in parts.flags {
            if let access = OpenFile.Access(rawValue: flag) { file.access = access } else { file.isGraceful = true }
        }
        return file
    }
}

extension ServiceSettings {
    /// Why the unit cannot be run although each of its values is good, in words (systemd.service(5)); nil where it can.
    var contradiction: String? {
        if type != .oneshot, execStart.count > 1 {
            return "\(execStart.count) commands, and Type=\(type.rawValue) runs exactly one; "
                + "an empty ExecStart= above the last one resets the list"
        }
        if execStart.isEmpty, execStop.isEmpty || typeSetting.map({ $0 != .oneshot }) ?? false {
            return "the unit has no command to run; expected ExecStart=/path/to/program in [Service]"
        }
        if execStart.isEmpty, !remainAfterExit {
            return "a service without ExecStart= needs RemainAfterExit=yes, or it ends when it starts"
        }
        switch type {
        case .oneshot:
            if restart == .always || restart == .onSuccess {
                return "Type=oneshot with Restart=\(restart.rawValue) would start again for ever; "
                    + "expected on-failure or no"
            }
            if exitType == .cgroup { return "Type=oneshot ends with its commands; expected ExitType=main" }
        case .dbus:
            if busName == nil {
                return "Type=dbus needs the name that the service takes; expected BusName=org.example.Web"
            }
        case .simple, .exec, .forking, .notify, .notifyReload, .idle: break
        }
        return nil
    }
}
