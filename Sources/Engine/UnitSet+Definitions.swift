// Definitions that are read for the first time, or again: what runs goes on, with what it was started by.
import Units

extension UnitSet {
    mutating func define(_ definitions: [UnitDefinition]) {
        var graphs: [UnitGraph.Unit] = []
        for definition in definitions where isAccepted(definition) {
            graphs.append(definition.graph)
            removed.remove(definition.name)
            if records[definition.name] != nil {
                records[definition.name]?.isRemoved = false
                next[definition.name] = definition
            } else {
                add(definition)
            }
        }
        queue.define(graphs)
        for graph in graphs {
            guard let record = records[graph.name] else { continue }
            if graph.isPerpetual, graph.loadState == .loaded, record.told != .active {
                // It has been there from the beginning.
                records[graph.name]?.machine = .passive(PassiveMachine(.present(notice: nil), isActive: true))
                records[graph.name]?.told = .active
                records[graph.name]?.toldSubState = "active"
                queue.adopt(.active, of: graph.name)
            }
            if next[graph.name] != nil { takeNext(graph.name) }
        }
    }

    /// Whether a definition is better than the one that is there. A file that went bad must not harm what works.
    private mutating func isAccepted(_ new: UnitDefinition) -> Bool {
        guard let old = records[new.name], old.definition.graph.loadState == .loaded else { return true }
        switch new.graph.loadState {
        case .loaded, .masked: return true
        case .badSetting, .error:
            log(
                .error, new.name,
                "The new definition cannot be used (\(new.graph.loadState.rawValue)); the old one stays in force.")
            return false
        case .notFound:
            remove([new.name])
            return false
        }
    }

    private mutating func add(_ definition: UnitDefinition) {
        records[definition.name] = Record(definition: Self.kept(definition), machine: machine(for: definition))
    }

    /// A definition without what the graph has, too.
    private static func kept(_ definition: UnitDefinition) -> UnitDefinition {
        var definition = definition
        definition.graph.dependencies = []
        return definition
    }

    private func machine(for definition: UnitDefinition) -> Machine {
        switch definition.kind {
        case .service(let unit):
            // What cannot be started has perhaps no command at all.
            guard unit.isRunnable else { return .passive(PassiveMachine(.unsupported("it has no command"))) }
            return .service(
                ServiceMachine(
                    unit: unit, endsWhenFirstStartFails: false, asksBeforeRestart: true))
        case .timer(let unit, let zones):
            return .timer(TimerMachine(unit: unit, zones: zones, fixedRandom: fixedRandom(definition.name)))
        case .passive(let role): return .passive(PassiveMachine(role))
        }
    }

    /// The same number for the same unit on the same machine, and another for another (FNV-1a).
    private func fixedRandom(_ name: String) -> UInt64 {
        var hash = 0xcbf2_9ce4_8422_2325 ^ machineSeed
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash ^ (hash >> 29)
    }

    /// Puts a new definition in force, as far as the unit is in a state for it.
    mutating func takeNext(_ unit: String) {
        guard var record = records[unit], let new = next[unit] else { return }
        switch (record.machine, new.kind) {
        case (.service(var machine), .service(let unit)) where unit.isRunnable:
            switch machine.state.phase {
            // Before its life, after it, or between two.
            case .rest, .waiting: break
            case .starting, .up, .stopping, .ending: return
            }
            machine.redefine(unit)
            record.machine = .service(machine)
        case (.timer(var machine), .timer(let settings, let zones)):
            let done = machine.redefine(settings, zones: zones, world(of: unit))
            record.machine = .timer(machine)
            record.definition = Self.kept(new)
            next[unit] = nil
            records[unit] = record
            perform(done, of: unit)
            tellState(unit)
            return
        case (.passive(var machine), .passive(let role)):
            machine.role = role
            record.machine = .passive(machine)
        case (.service, _), (.timer, _), (.passive, _):
            // Another kind of thing altogether: only when the old one is down.
            guard record.told.isInactiveOrFailed else { return }
            let isMeaningful = new.graph.loadState == .loaded
            if isMeaningful { record.machine = machine(for: new) }
        }
        record.definition = Self.kept(new)
        next[unit] = nil
        records[unit] = record
    }

    // MARK: - Removal

    mutating func remove(_ names: [String]) {
        for name in names where records[name] != nil {
            records[name]?.isRemoved = true
            removed.insert(name)
        }
    }

    /// Forgets the units that are to go and are down. As in systemd one that has failed stays until that is forgotten, or
    /// nobody could see why.
    mutating func dropRemoved() {
        if removed.isEmpty { return }
        let gone = removed.filter { name in
            guard let record = records[name] else { return true }
            return record.told == .inactive && queue.job(of: name) == nil
        }.sorted()
        if gone.isEmpty { return }
        for name in gone {
            records[name] = nil
            next[name] = nil
            up.remove(name)
            removed.remove(name)
        }
        queue.remove(gone)
    }

    // MARK: - Failures

    mutating func resetFailed(_ name: String?) {
        let units = name.map { name in resolve(name).map { [$0] } ?? [] } ?? names
        for unit in units {
            guard var record = records[unit] else { continue }
            switch record.machine {
            case .service:
                feed(unit, .resetFailed)
                continue
            case .timer(var machine):
                machine.resetFailed()
                record.machine = .timer(machine)
            case .passive: break
            }
            records[unit] = record
            tellState(unit)
        }
    }
}
