// Random units, and random commands about them.
import Engine
import Units

extension SetHistory {
    private static let kinds: [DependencyKind] = [
        .requires, .requires, .requisite, .wants, .wants, .bindsTo, .bindsTo, .partOf, .upholds, .conflicts, .before,
        .after, .after, .after, .onFailure, .onSuccess, .propagatesReloadTo, .propagatesStopTo, .stopPropagatedFrom,
        .reloadPropagatedFrom,
    ]

    static func randomDefinitions(_ chance: inout Chance) -> [UnitDefinition] {
        let services = (0..<(1 + chance.below(8))).map { "s\($0).service" }
        let targets = (0..<chance.below(3)).map { "t\($0).target" }
        let timers = (0..<chance.below(3)).map { "s\($0).timer" }
        let names = services + targets + timers
        let density = chance.pick([0, 1, 2, 4])
        return names.map { name in
            var graph = UnitGraph.Unit(name)
            for _ in 0..<chance.below(density + 1) {
                let kind = chance.pick(kinds)
                let other = chance.pick(names)
                graph.dependencies.append(.init(kind, other))
                // Requirements mostly go with an order.
                switch kind {
                case .requires, .bindsTo, .requisite:
                    if chance.once(in: 2) { graph.dependencies.append(.init(.after, other)) }
                case .wants, .partOf, .upholds, .conflicts, .before, .after, .onFailure, .onSuccess, .triggers,
                    .propagatesReloadTo, .reloadPropagatedFrom, .propagatesStopTo, .stopPropagatedFrom,
                    .joinsNamespaceOf, .requiresMountsFor, .wantsMountsFor:
                    break
                }
            }
            graph.stopsWhenUnneeded = chance.once(in: 8)
            if chance.once(in: 16) { graph.loadState = chance.pick([.masked, .badSetting, .notFound]) }
            if chance.once(in: 6) { graph.jobTimeout = .seconds(20) }
            if chance.once(in: 6) { graph.jobRunningTimeout = .seconds(10) }
            if chance.once(in: 6) { graph.onFailureJobMode = chance.pick([.fail, .replaceIrreversibly, .flush]) }
            var definition: UnitDefinition
            if timers.contains(name) {
                let unit = "s\(name.dropFirst().prefix { $0 != "." }).service"
                graph.dependencies.append(.init(.triggers, unit))
                graph.dependencies.append(.init(.before, unit))
                definition = UnitDefinition(graph, .timer(randomTimer(name, unit, &chance), zones: [:]))
            } else if targets.contains(name) {
                definition = UnitDefinition(graph, .passive(.target))
            } else {
                let unit = randomService(name, &chance)
                graph.canReload = !unit.execReload.isEmpty || unit.type == .notifyReload || unit.reloadSignalIsSet
                definition = UnitDefinition(graph, .service(unit))
            }
            if chance.once(in: 5) { definition.conditions = [Condition(.pathExists, "/x")] }
            if chance.once(in: 8) { definition.assertions = [Condition(.pathExists, "/y")] }
            return definition
        }
    }

    static func randomService(_ name: String, _ chance: inout Chance) -> ServiceUnit {
        var unit = ServiceUnit(name: UnitName(unchecked: name))
        unit.type = chance.pick([
            .simple, .simple, .exec, .notify, .notifyReload, .oneshot, .oneshot, .forking, .idle, .dbus,
        ])
        unit.execStart = [command]
        if unit.type == .oneshot, chance.once(in: 3) { unit.execStart.append(command) }
        if unit.type == .dbus { unit.busName = "org.example.Simulated" }
        if unit.type == .forking, chance.once(in: 2) { unit.pidFile = "/run/simulated.pid" }
        unit.guessMainPID = !chance.once(in: 3)
        unit.remainAfterExit = chance.once(in: 6)
        if chance.once(in: 6) { unit.execCondition = [command] }
        if chance.once(in: 5) { unit.execStartPre = [command] }
        if chance.once(in: 6) { unit.execStartPost = [command] }
        if chance.once(in: 6) { unit.execStop = [command] }
        if chance.once(in: 6) { unit.execStopPost = [command] }
        unit.restartMode = chance.pick([.normal, .normal, .direct])
        for _ in 0..<chance.pick([0, 0, 1, 2]) { unit.execReload.append(command) }
        unit.reloadSignalIsSet = chance.once(in: 3)
        unit.restart = chance.pick([.no, .no, .no, .always, .onFailure, .onSuccess, .onAbnormal])
        if unit.type == .oneshot, unit.restart == .always || unit.restart == .onSuccess { unit.restart = .onFailure }
        unit.restartDelay = chance.pick([.zero, .milliseconds(100), .seconds(1), .seconds(5), .infinity])
        unit.startLimitInterval = chance.pick([.zero, .seconds(10), .seconds(10), .infinity])
        unit.startLimitBurst = chance.pick([1, 2, 5])
        let spans: [TimeSpan] = [.milliseconds(500), .seconds(2), .seconds(10), .seconds(90)]
        unit.timeoutStart = chance.pick(spans)
        unit.timeoutStop = chance.pick(spans)
        unit.runtimeMax = chance.pick([.infinity, .infinity, .infinity, .seconds(30)])
        unit.watchdog = chance.pick([.zero, .zero, .seconds(5)])
        unit.killMode = chance.pick([.controlGroup, .controlGroup, .mixed, .process])
        return unit
    }

    /// Settings for a hostile world.
    static func harden(_ definition: inout UnitDefinition, _ chance: inout Chance) {
        guard case .service(var unit) = definition.kind else { return }
        unit.sendSIGKILL = !chance.once(in: 6)
        if unit.type != .oneshot { unit.exitType = chance.pick([.main, .main, .cgroup]) }
        unit.timeoutStartFailureMode = chance.pick(TimeoutFailureMode.allCases)
        unit.timeoutStopFailureMode = chance.pick(TimeoutFailureMode.allCases)
        unit.oomPolicy = chance.pick(OOMPolicy.allCases)
        unit.restartKillSignal = chance.once(in: 3) ? .interrupt : nil
        if chance.once(in: 3) { unit.pidFile = "/run/simulated.pid" }
        if chance.once(in: 4) { unit.notifyAccess = .all }
        definition.kind = .service(unit)
    }

    private static let command = ExecCommand(path: "/bin/service", arguments: ["service"])

    private static func randomTimer(_ name: String, _ unit: String, _ chance: inout Chance) -> TimerUnit {
        var lines = ["[Timer]", "Unit=\(unit)"]
        for _ in 0..<chance.pick([1, 1, 2]) {
            lines.append(
                chance.pick([
                    "OnActiveSec=3s", "OnBootSec=1min", "OnStartupSec=2s", "OnUnitActiveSec=20s",
                    "OnUnitInactiveSec=5s",
                    "OnCalendar=*:*:0/10", "OnCalendar=minutely", "OnClockChange=yes",
                ]))
        }
        if chance.once(in: 3) { lines.append("RandomizedDelaySec=2s") }
        if chance.once(in: 3) { lines.append("FixedRandomDelay=yes") }
        if chance.once(in: 3) { lines.append("Persistent=yes") }
        if chance.once(in: 3) { lines.append("RemainAfterElapse=no") }
        let description = UnitDescription(text: lines.joined(separator: "\n"), name: UnitName(unchecked: name))
        guard case .timer(let timer)? = description.typed else { preconditionFailure("a timer is a timer") }
        return timer
    }

    // MARK: - Commands

    mutating func command() throws(HistoryFailure) {
        let name = chance.pick(definitions).name
        if isHostile, chance.once(in: 8) { return try runOutOfMemory(name) }
        switch chance.below(24) {
        case 0..<15:
            let types: [JobType] = [
                .start, .start, .start, .stop, .stop, .restart, .restart, .reload, .tryRestart, .reloadOrStart,
                .verifyActive, .tryReload, .nop,
            ]
            var modes: [JobMode] = [.replace, .replace, .replace, .fail, .replaceIrreversibly, .flush]
            if !keepsOrder { modes += [.ignoreDependencies, .ignoreRequirements] }
            let type = chance.pick(types)
            if type == .stop { modes.append(.triggering) }
            if type == .start { modes.append(.restartDependencies) }
            try feed(.request(UnitRequest(type, name, mode: chance.pick(modes), isManual: chance.once(in: 2))))
        case 15, 16:
            if let job = units.queue.jobs.randomElement(&chance) { try feed(.cancel(job.id)) }
        case 17: try feed(.resetFailed(chance.once(in: 2) ? name : nil))
        case 18, 19:
            let jump = UInt64(chance.pick([1, 60, 3600, 86_400])) * 1_000_000
            clockOffset = chance.once(in: 2) ? clockOffset + jump : clockOffset - jump
            try feed(.clockChanged)
        case 20, 21: try reload()
        case 22: try feed(.timeZoneChanged(.utc))
        default:
            try feed(.remove([name]))
            plan(.event(.define(definitions)), within: 5_000_000)
        }
    }

    /// Units are read again: some are other than before, one perhaps is bad.
    private mutating func reload() throws(HistoryFailure) {
        var list: [UnitDefinition] = []
        for index in definitions.indices where chance.once(in: 2) {
            if case .service(let old) = definitions[index].kind {
                var unit = SetHistory.randomService(definitions[index].name, &chance)
                // What the graph says of it is to stay true.
                unit.type = old.type
                unit.execReload = old.execReload
                unit.reloadSignalIsSet = old.reloadSignalIsSet
                if isHostile {
                    // What was left alive by the one rule is not to be judged by the other.
                    unit.sendSIGKILL = old.sendSIGKILL
                    unit.killMode = old.killMode
                    unit.pidFile = old.pidFile
                    unit.exitType = old.exitType
                }
                definitions[index].kind = .service(unit)
            }
            var definition = definitions[index]
            if chance.once(in: 8), definition.graph.loadState == .loaded { definition.graph.loadState = .badSetting }
            list.append(definition)
        }
        try feed(.define(list))
    }

    static func describe(_ definition: UnitDefinition) -> String {
        let graph = definition.graph
        var words = [graph.name] + graph.dependencies.map { "\($0.kind.rawValue)=\($0.unit)" }
        if graph.stopsWhenUnneeded { words.append("StopWhenUnneeded") }
        if graph.loadState != .loaded { words.append(graph.loadState.rawValue) }
        switch definition.kind {
        case .service(let unit):
            words.append(
                "Type=\(unit.type.rawValue) Restart=\(unit.restart.rawValue) KillMode=\(unit.killMode.rawValue)")
            words.append("RestartSec=\(unit.restartDelay.microseconds)")
        case .timer(let unit, _): words.append("timer of \(unit.unit): \(unit.monotonic) \(unit.calendar)")
        case .passive: break
        }
        return words.joined(separator: " ")
    }
}

extension Array {
    func randomElement(_ chance: inout Chance) -> Element? { isEmpty ? nil : chance.pick(self) }
}
