// Random trees of units, found by the store and by the installed systemd: names, fragments, drop-ins, dependencies.
import Foundation
import Testing

@testable import Units

@Suite struct StoreAgainstSystemdTests {
    private static let systemd = find("/usr/lib/systemd/systemd", "/lib/systemd/systemd")
    private static let setpriv = find("/usr/bin/setpriv", "/bin/setpriv")

    private static func find(_ paths: String...) -> String? {
        paths.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// What systemd says of one unit.
    private struct Found: Equatable, CustomStringConvertible {
        var id = ""
        var aliases: [String] = []
        var state = ""
        var fragment = ""
        var dropIns: [String] = []
        var wants: [String] = []
        var description: String {
            "\(id) (\(aliases)) \(state) \(fragment)\n  \(dropIns)\n  wants \(wants)"
        }
    }

    private let units = [
        "web.service", "web-x.service", "web-x-y.service", "web--z.service", "other.service", "t@.service",
        "t@a.service",
        "t@b-c.service", "u@.service", "u@a.service", "web-t@.service", "web-t@a.service", "s.socket",
    ]
    /// The asked-for units, which are no templates.
    private var asked: [String] { units.filter { !$0.contains("@.") } }

    private func make(_ generator: inout SplitMix64) throws -> Tree {
        let tree = try Tree()
        func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &generator) < percent }
        func any(_ names: [String]) -> String { names.randomElement(using: &generator) ?? "" }
        for unit in ["sysinit.target", "basic.target", "shutdown.target", "-.slice", "system.slice", "sockets.target"] {
            try tree.write("[Unit]\nDefaultDependencies=no\n", to: "c/\(unit)")
        }
        for folder in ["a", "b", "c"] {
            for unit in units where chance(45) {
                let path = "\(folder)/\(unit)"
                switch Int.random(in: 0..<10, using: &generator) {
                case 0: try tree.write("", to: path)
                case 1: try tree.link(path, to: "/dev/null")
                case 2: try tree.link(path, to: tree("out/outside.service"))
                case 3...5:
                    try tree.link(path, to: chance(50) ? any(units) : "../\(any(["a", "b", "c"]))/\(any(units))")
                default:
                    try tree.write(
                        unit.hasSuffix(".socket")
                            ? "[Socket]\nListenStream=/run/x\nService=other.service\n"
                            : "[Service]\nType=oneshot\nExecStart=/bin/true\nRemainAfterExit=yes\n", to: path)
                }
            }
            let stems =
                units + ["web-.service", "web--.service", "web-@.service", "web-@a.service", "service", "socket"]
            for stem in stems where chance(40) {
                for file in ["1.conf", "2.conf", "10.conf", "x.conf", "x.txt", ".h.conf"] where chance(30) {
                    let path = "\(folder)/\(stem).d/\(file)"
                    if chance(10) { try tree.link(path, to: "/dev/null") } else { try tree.write("[Unit]\n", to: path) }
                }
                for file in asked + ["u@.service"] where chance(8) {
                    let path = "\(folder)/\(stem).wants/\(file)"
                    if chance(15) {
                        try tree.link(path, to: "/dev/null")
                    } else {
                        try tree.link(path, to: "../\(file)")
                    }
                }
            }
        }
        try tree.write("[Service]\nExecStart=/bin/true\n", to: "out/outside.service")
        try tree.write("[Unit]\nDefaultDependencies=no\nWants=\(asked.joined(separator: " "))\n", to: "c/all.target")
        return tree
    }

    private func ask(_ tree: Tree) throws -> [Found] {
        let process = Process()
        let arguments = [try #require(Self.systemd), "--test", "--system", "--unit=all.target"]
        let program = try #require(Self.setpriv)
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["--reuid", "65534", "--clear-groups", "--"] + arguments
        process.environment = ["SYSTEMD_UNIT_PATH": "\(tree("a")):\(tree("b")):\(tree("c"))", "PATH": "/usr/bin:/bin"]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        var result: [Found] = []
        var current: Found?
        for line in String(decoding: data, as: UTF8.self).components(separatedBy: "\n") {
            if line.hasPrefix("-> Unit ") || line.hasPrefix("\t-> Unit ") {
                if let current { result.append(current) }
                current = Found()
                current?.id = String(line.drop { $0 == "\t" }.dropFirst("-> Unit ".count).dropLast())
            }
            func value(_ key: String) -> String? {
                let text = line.drop { $0 == "\t" }
                return text.hasPrefix(key + ": ") ? String(text.dropFirst(key.count + 2)) : nil
            }
            if let alias = value("Alias") { current?.aliases.append(alias) }
            if let state = value("Unit Load State") { current?.state = state }
            if let path = value("Fragment Path") { current?.fragment = tree.relative(path) }
            if let path = value("DropIn Path") { current?.dropIns.append(tree.relative(path)) }
            if let wants = value("Wants") { current?.wants.append(wants.components(separatedBy: " (")[0]) }
        }
        if let current { result.append(current) }
        return result
    }

    @Test(
        .enabled(
            if: systemd != nil && setpriv != nil && geteuid() == 0, "needs systemd and setpriv, and root to leave it"),
        .timeLimit(.minutes(2)))
    func randomTrees() throws {
        let seed = UInt64(ProcessInfo.processInfo.environment["DAIMON_SEED"] ?? "") ?? .random(in: .min ... .max)
        var compared = 0
        for round in 0..<(Int(ProcessInfo.processInfo.environment["DAIMON_ROUNDS"] ?? "") ?? 4) {
            var generator = SplitMix64(state: seed &+ UInt64(round))
            let tree = try make(&generator)
            let store = tree.store("a", "b", "c")
            let links = try ["a", "b", "c"].flatMap { folder in
                try FileManager.default.contentsOfDirectory(atPath: tree(folder)).filter(units.contains).map { name in
                    let target = orNil {
                        try FileManager.default.destinationOfSymbolicLink(atPath: tree("\(folder)/\(name)"))
                    }
                    return "\(folder)/\(name)\(target.map { " -> \(tree.relative($0))" } ?? "")"
                }
            }.sorted().joined(separator: "\n  ")
            let all = try ask(tree)
            func canonical(_ name: String) -> String {
                all.first { $0.id == name || $0.aliases.contains(name) }?.id ?? name
            }
            for theirs in all {
                guard asked.contains(theirs.id) || theirs.aliases.contains(where: asked.contains) else { continue }
                let comment = Comment(rawValue: "DAIMON_SEED=\(seed &+ UInt64(round)) \(theirs)\n  \(links)")
                let files = try store.files(of: theirs.id)
                let fragment = tree.fragment(files)
                // Names of one unit that lead to several files contradict themselves: what systemd makes of them depends on
                // which it loads first.
                let fragments = ([theirs.id] + theirs.aliases + files.names.map(\.description)).map {
                    tree.fragment(store.files(of: UnitName(unchecked: $0)))
                }
                if Set(fragments).count > 1 { continue }
                switch theirs.state {
                case "masked": #expect(fragment == "masked: \(theirs.fragment)", comment)
                // What could not be merged with a unit of another name: it has a fragment, and which is told.
                case "error" where !theirs.fragment.isEmpty: #expect(fragment.hasSuffix(theirs.fragment), comment)
                case "not-found", "error": #expect(fragment == "not found", comment)
                default:
                    #expect(fragment == theirs.fragment, comment)
                    #expect(files.id.description == theirs.id, comment)
                    #expect(files.names.dropFirst().map(\.description) == theirs.aliases.sorted(), comment)
                    let dropIns = files.dropIns.map { tree.relative($0.path) }
                    if theirs.aliases.count < 2 {
                        #expect(dropIns == theirs.dropIns, comment)
                    } else {
                        // Which alias's folder counts first is chance there.
                        #expect(
                            dropIns.map(UnitStore.lastComponent) == theirs.dropIns.map(UnitStore.lastComponent), comment
                        )
                    }
                    // By the names of the units that they come to; on itself nothing depends.
                    let wants = Set(files.dependencies.map { canonical($0.unit.description) })
                    #expect(wants.subtracting([theirs.id]) == Set(theirs.wants), "\(wants) \(comment)")
                }
                compared += 1
            }
        }
        #expect(compared > 10)
    }
}
