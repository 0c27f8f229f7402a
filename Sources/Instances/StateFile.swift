// What an instance writes down about itself and its units, so that others can tell the truth about it even after daimond was
// killed. The file is a log: blocks of KEY=VALUE lines, each ended by an empty line; of two blocks of one unit the later
// counts, and one that was not written to its end does not. Now and then it is written anew (Manager/StateStore.swift).
import Engine
import Glibc
import Linux
import Units

/// The state of an instance, as it is stored and shown.
package struct InstanceState: Equatable, Sendable {
    /// What was asked for, by full names; the first names the instance where no option does.
    package var asked: [String] = []
    /// What was given for it: paths and names; empty for a unit from a command line.
    package var given: [String] = []
    /// Whether something of it runs, or is to: what a daimond that was killed leaves standing.
    package var isUp = false
    /// How daimond was started: `supervised`, `foreground` or `background`.
    package var launchMode = ""
    /// The boot in which this was written (random(4)): the pids of another one mean nothing.
    package var bootID = ""
    /// The supervisor itself; nil when none was running at the time of writing.
    package var daimond: ProcessIdentity?
    /// The directory of the instance's cgroup, where it has one: those of its units are below.
    package var controlGroup: String?
    /// The pid file named by `--pid-file`, beside the instance's own.
    package var extraPIDFile: String?
    /// How often its services were asked to reload and have done so, and whether that failed the last time.
    package var serviceReloads: UInt64 = 0
    package var serviceReloadFailed = false
    /// How often its units were read again, and what was wrong the last time, a line each.
    package var reloads: UInt64 = 0
    package var reloadProblems: [String] = []
    /// Its units: those asked for, and the services and timers that these lead to.
    package var units: [UnitState] = []

    /// The state of an instance of which nothing is known.
    package init() {}

    /// The unit that was asked for first, or one of which nothing is known.
    package var primary: UnitState { unit(asked.first ?? "") ?? units.first ?? UnitState() }

    /// A unit.
    /// - Parameter name: its full name.
    /// - Returns: nil for what is not of the instance.
    package func unit(_ name: String) -> UnitState? { units.first { $0.id == name } }

    /// The processes of the run that this state tells of.
    /// - Parameter daimondIsAlive: whether they are still daimond's descendants.
    /// - Returns: how to tell them from all others; nothing is looked up yet.
    package func tree(daimondIsAlive: Bool) -> ProcessTree {
        var tree = ProcessTree(
            cgroup: controlGroup, invocationID: primary.invocationID, supervisor: daimondIsAlive ? daimond?.pid : nil,
            main: primary.main)
        let first = primary.id
        tree.others = units.filter { $0.id != first && !$0.invocationID.isEmpty }.map {
            ProcessTree.Member(invocationID: $0.invocationID, main: $0.main)
        }
        return tree
    }
}

// MARK: - The file

extension InstanceState {
    /// More than the states of ten thousand units need; a longer file is not ours.
    package static let limit = 32 << 20

    /// The block of the instance itself.
    package var encodedHead: String {
        var block = StateBlock()
        block.put("Version", "2")
        for name in asked { block.put("Asked", name) }
        for text in given { block.put("Given", text) }
        block.put("Up", isUp ? "yes" : "no")
        block.put("LaunchMode", launchMode)
        block.put("BootID", bootID)
        block.put("DaimondPID", daimond.map { "\($0.pid) \($0.startTime)" })
        block.put("InstanceControlGroup", controlGroup)
        block.put("PIDFile", extraPIDFile)
        block.put("ServiceReloads", serviceReloads == 0 ? nil : String(serviceReloads))
        block.put("ServiceReloadFailed", serviceReloadFailed ? "yes" : nil)
        block.put("Reloads", reloads == 0 ? nil : String(reloads))
        for line in reloadProblems { block.put("ReloadProblem", line) }
        return block.end()
    }

    /// The whole file.
    package var encoded: String { encodedHead + units.map(\.encoded).joined() }

    /// Reads a file.
    /// - Parameter text: what `encoded` gave and later blocks, or anything else: what cannot be read is left at its default.
    package init(decoding text: String) {
        var places: [String: Int] = [:]
        var head: [Substring] = []
        var pending: [Substring] = []
        // By bytes, for a file of a thousand units; and what follows the last newline was not written to its end.
        for part in text.utf8.split(separator: 0x0a, omittingEmptySubsequences: false).dropLast() {
            guard part.isEmpty else {
                pending.append(Substring(part))
                continue
            }
            if let first = pending.first, first.utf8.starts(with: "Id=".utf8) {
                let unit = UnitState(pending)
                if let place = places[unit.id] {
                    units[place] = unit
                } else {
                    places[unit.id] = units.count
                    units.append(unit)
                }
            } else if !pending.isEmpty {
                head = pending
            }
            pending = []
        }
        units.removeAll { $0.isGone }
        for line in head {
            guard let (key, value) = StateBlock.split(line) else { continue }
            switch key {
            case "Asked": asked.append(value)
            case "Given": given.append(value)
            case "Up": isUp = value == "yes"
            case "LaunchMode": launchMode = value
            case "BootID": bootID = value
            case "DaimondPID": daimond = StateBlock.identity(value)
            case "InstanceControlGroup": controlGroup = value
            case "PIDFile": extraPIDFile = value
            case "ServiceReloads": serviceReloads = UInt64(value) ?? 0
            case "ServiceReloadFailed": serviceReloadFailed = value == "yes"
            case "Reloads": reloads = UInt64(value) ?? 0
            case "ReloadProblem": reloadProblems.append(value)
            default: break  // a key of a newer version
            }
        }
    }
}

extension UnitState {
    fileprivate init(_ lines: [Substring]) {
        self.init()
        for line in lines {
            guard let (key, value) = StateBlock.split(line) else { continue }
            if key == "Id" { id = value } else { take(key, value) }
        }
    }
}

/// A block of lines: one value, one line, so that what a service says of itself cannot write other keys.
struct StateBlock {
    private var text = ""

    mutating func put(_ key: String, _ value: String?) {
        guard let value, !value.isEmpty else { return }
        text += "\(key)=\(StateBlock.escape(value))\n"
    }

    consuming func end() -> String { text + "\n" }

    static func split(_ line: Substring) -> (Substring, String)? {
        guard let sign = line.utf8.firstIndex(of: 0x3d) else { return nil }
        return (line[..<sign], unescape(line[line.utf8.index(after: sign)...]))
    }

    static func identity(_ text: String) -> ProcessIdentity? {
        let fields = text.split(separator: " ")
        guard fields.count == 2, let pid = pid_t(fields[0]), pid > 0, let start = UInt64(fields[1]) else { return nil }
        return ProcessIdentity(pid: pid, startTime: start)
    }

    private static func escape(_ text: String) -> String {
        // Nearly nothing has to be.
        guard text.utf8.contains(where: { $0 == 0x5c || $0 == 0x0a || $0 == 0x0d }) else { return text }
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
        guard text.utf8.contains(0x5c) else { return String(text) }
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
