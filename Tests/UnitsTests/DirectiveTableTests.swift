// The table of directives: its form, that it knows what systemd knows, that it is found fast, and the page made from it.
import Foundation
import Testing

@testable import Units

@Suite struct DirectiveTableTests {
    // MARK: - Form

    private static let everything = Directive.Section.allCases.flatMap { Directives.all(in: $0) }

    @Test func rowsAreSortedAndFound() {
        for group in DirectiveTable.Group.allCases {
            let rows = group.rows
            let names = DirectiveTable.allRows(of: rows).map { DirectiveTable.text(.name, ofRow: $0, in: rows) }
            #expect(names == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }, "\(group)")
            #expect(Set(names).count == names.count, "\(group)")
            for (name, row) in zip(names, DirectiveTable.allRows(of: rows)) {
                #expect(DirectiveTable.find(name, in: group) == row, "\(group) \(name)")
                for other in [name + "x", String(name.dropLast()), name.lowercased(), name + "|", "\n" + name] {
                    #expect(names.contains(other) == (DirectiveTable.find(other, in: group) != nil), "\(other)")
                }
            }
        }
        #expect(DirectiveTable.find("", in: DirectiveTable.Group.unit) == nil)
        #expect(DirectiveTable.find("~", in: DirectiveTable.Group.unit) == nil)
        #expect(DirectiveTable.starts(of: "").isEmpty)
    }

    /// A word that is mistyped in the table would silently become the default of its column.
    @Test func everyColumnIsKnown() {
        for group in DirectiveTable.Group.allCases {
            let rows = group.rows
            for row in DirectiveTable.allRows(of: rows) {
                func column(_ column: DirectiveTable.Column) -> String {
                    DirectiveTable.text(column, ofRow: row, in: rows)
                }
                let name = column(.name)
                let kind = column(.kind).split(separator: ":").first.map(String.init) ?? ""
                #expect(Directive.ValueKind(rawValue: kind) != nil, "\(name): \(kind)")
                #expect(Directive.Merge(rawValue: column(.merge)) != nil, "\(name): \(column(.merge))")
                let support = column(.support).split(separator: " ", maxSplits: 1).map(String.init)
                #expect(["yes", "set", "partly", "info", "no"].contains(support.first), "\(name): \(support)")
                #expect((support.count == 1) == ["yes", "set"].contains(support.first), "\(name): \(support)")
                if let key = support.dropFirst().first, key.hasPrefix("@") {
                    #expect(!DirectiveTable.reason(String(key.dropFirst())).isEmpty, "\(name): \(key)")
                }
                for property in column(.properties).split(separator: ",") {
                    let fields = property.split(separator: ":").map(String.init)
                    #expect((2...3).contains(fields.count), "\(name): \(property)")
                    if fields.count == 3 { #expect(Directive.Property.Unit(rawValue: fields[2]) != nil, "\(name)") }
                }
            }
        }
    }

    @Test func everyReasonIsUsed() {
        let used = Self.everything.map { $0.text(.support) }
        for row in DirectiveTable.allRows(of: DirectiveTable.reasonRows) {
            let key = DirectiveTable.text(.name, ofRow: row, in: DirectiveTable.reasonRows)
            let isUsed = used.contains { $0.hasSuffix(" @\(key)") }
            #expect(isUsed, "\(key)")
        }
    }

    @Test func namesAreUniqueInASection() {
        for section in Directive.Section.allCases {
            let names = Directives.all(in: section).map(\.name)
            #expect(Set(names).count == names.count, "\(section)")
        }
    }

    /// The words and ranges of the second column, and the defaults, fit the kind.
    @Test func defaultsAreValuesOfTheirKind() throws {
        var checked = 0
        for directive in Self.everything {
            let note: Comment = "\(directive.section.rawValue).\(directive.name)"
            if directive.kind.hasWords { #expect(!directive.allowedValues.isEmpty, note) }
            if directive.kind == .unsignedOr { #expect(directive.allowedRange != nil, note) }
            guard let value = directive.defaultValue else { continue }
            checked += 1
            let range = directive.allowedRange
            switch directive.kind {
            case .boolean, .toggle: #expect(throws: Never.self, note) { try Numbers.boolean(value) }
            case .oneOf, .action, .jobMode, .booleanOr, .toggleOr, .restartPolicy, .notifyAccess, .killMode,
                .syslogFacility, .syslogLevel, .serviceType:
                #expect(directive.allowedValues.contains(value), note)
            case .integerOr: #expect(directive.allowedValues.contains(value) || Int64(value) != nil, note)
            case .integer, .unsigned:
                let number = try #require(Int64(value), note)
                #expect(range?.contains(number) == true, note)
            case .timeSpan, .nanoseconds: #expect(throws: Never.self, note) { try TimeSpan(parsing: value) }
            case .mode: #expect(throws: Never.self, note) { try Numbers.mode(value) }
            case .signal: #expect(throws: Never.self, note) { try Signal(parsing: value) }
            case .standardInput, .standardOutput, .text, .descriptorName, .limit, .memory, .tasks, .bytes, .unit,
                .capabilities,
                .coredumpFilter, .delegate, .namespaces, .percentage:
                break  // Written in ways of their own.
            default: Issue.record("\(note): a default of an unexpected kind")
            }
        }
        #expect(checked > 200)
    }

    @Test func deprecatedOnesHaveAKnownReplacement() {
        var replaced = 0
        for directive in Self.everything where directive.isDeprecated {
            if directive.text(.replacement) == "-" { continue }
            #expect(directive.replacement != nil, "\(directive.name)")
            #expect(directive.replacement?.isDeprecated == false, "\(directive.name)")
            replaced += 1
        }
        #expect(replaced > 20)
        #expect(Directives.find("BindTo", in: .unit)?.replacement?.name == "BindsTo")
        let moved = Directives.find("StartLimitInterval", in: .service)?.replacement
        #expect(moved?.section == .unit && moved?.name == "StartLimitIntervalSec")
        #expect(Directives.find("Restart", in: .service)?.isDeprecated == false)
    }

    @Test func settersAreInTheTable() {
        for setter in Directives.setters {
            let directive = Directives.find(setter.name, in: setter.section)
            let isActedOn =
                switch directive?.support {
                case .honoured, .partly: true
                case .informational, .notHonoured, nil: false
                }
            #expect(isActedOn, "\(setter.name)")
        }
    }

    // MARK: - Content

    @Test func whatARowSays() throws {
        let restart = try #require(Directives.find("RestartSec", in: .service))
        #expect(restart.kind == .timeSpan && restart.defaultValue == "100ms" && restart.merge == .scalar)
        #expect(
            restart.properties == [
                Directive.Property(interface: "Service", name: "RestartUSec", signature: "t", unit: .microseconds)
            ])
        let files = try #require(Directives.find("LimitNOFILE", in: .socket))
        #expect(files.properties.map(\.name) == ["LimitNOFILE", "LimitNOFILESoft"])
        #expect(files.properties.map(\.interface) == ["Socket", "Socket"])
        #expect(files.support == .notHonoured("only services, targets and timers are run so far"))
        #expect(Directives.find("LimitNOFILE", in: .service)?.support == .honoured)
        #expect(Directives.find("FailureAction", in: .service)?.properties.first?.interface == "Unit")
        #expect(Directives.find("PrivateTmp", in: .service)?.allowedValues == ["yes", "no", "disconnected"])
        #expect(Directives.find("CPUWeight", in: .slice)?.allowedValues == ["idle"])
        #expect(Directives.find("CPUWeight", in: .slice)?.allowedRange == 1...10000)
        #expect(Directives.find("Nice", in: .service)?.allowedRange == -20...19)
        #expect(Directives.find("After", in: .unit)?.merge == .list)
        #expect(Directives.find("ConditionHost", in: .unit)?.merge == .listResetAll)
        #expect(Directives.find("ExecStart", in: .timer) == nil)
        #expect(Directives.find("ListenStream") == nil)
        #expect(Directives.find("ListenStream", of: .socket)?.section == .socket)
        #expect(Directives.find("StartLimitBurst")?.section == .unit)
        #expect(Directives.nearest(to: "ListenStreem", of: .socket) == "ListenStream")
    }

    /// Taken or refused as systemd 257 does: each was tried there.
    @Test(
        arguments: [
            ("Service.PrivateTmp", "disconnected", nil), ("Service.PrivateTmp", "On", nil),
            ("Service.PrivateTmp", "foo", "\"foo\" is not a value of it; expected yes, no, disconnected"),
            ("Service.PrivateTmp", "", "the value is empty; expected yes, no, disconnected"),
            ("Service.RestartMode", "debug", nil),
            ("Service.RestartMode", "bar", "\"bar\" is not a value of it; expected normal, direct, debug"),
            ("Service.CPUWeight", "idle", nil), ("Service.CPUWeight", "", nil), ("Service.CPUWeight", "10000", nil),
            ("Service.CPUWeight", "lazy", "\"lazy\" is not a value of it; expected a number from 1 to 10000, idle"),
            ("Service.SecureBits", "noroot  keep-caps", nil), ("Service.SecureBits", "noroot foo", nil),
            ("Socket.IPTOS", "low-delay", nil), ("Socket.IPTOS", "16", nil), ("Socket.Timestamping", "µs", nil),
            ("Unit.FailureActionExitStatus", "", nil), ("Unit.JobTimeoutAction", "soft-reboot-force", nil),
            ("Unit.After", "", nil), ("Service.IOSchedulingClass", "2", nil), ("Unit.ConditionHost", "", nil),
        ] as [(String, String, String?)])
    func values(_ name: String, _ value: String, _ refusal: String?) throws {
        let parts = name.split(separator: ".").map(String.init)
        let section = try #require(Directive.Section(rawValue: parts[0]))
        let directive = try #require(Directives.find(parts[1], in: section))
        var message: String?
        do throws(InvalidValue) { try directive.check(value) } catch { message = error.message }
        #expect(message == refusal)
    }

    @Test func valuesOutOfRangeAreRefused() throws {
        for (name, value) in [
            ("CPUWeight", "0"), ("CPUWeight", "10001"), ("IOWeight", "idle"), ("IOSchedulingPriority", "8"),
            ("TTYRows", "-1"), ("RestartSteps", "4294967296"), ("RestartSteps", "x"),
            ("RestartSteps", String(repeating: "9", count: 100_000)), ("TimeoutCleanSec", "1 parsec"),
        ] {
            let directive = try #require(Directives.find(name, in: .service))
            #expect(throws: InvalidValue.self, "\(name)=\(value.prefix(20))") { try directive.check(value) }
        }
        let pressed = try #require(Directives.find("RestartMode", in: .service))
        do throws(InvalidValue) { try pressed.check("dirct") } catch { #expect(error.suggestion == "direct") }
    }

    /// The default of a directive passes its own check.
    @Test func defaultsPass() {
        for directive in Self.everything {
            guard let value = directive.defaultValue else { continue }
            #expect(throws: Never.self, "\(directive.name)") { try directive.check(value) }
        }
    }

    /// Hundreds of unit files are read when an instance starts, each with dozens of directives: a search must stay one.
    @Test func findingTakesMicroseconds() {
        let wanted = Directives.all.map { ($0.name, $0.section) }
        let clock = ContinuousClock()
        let rounds = 10
        let time = clock.measure {
            for _ in 0..<rounds {
                for (name, section) in wanted { _ = Directives.find(name, in: section) }
            }
        }
        // A build without optimization on a busy machine needs a few; going through all rows would take hundreds.
        #expect(time / (rounds * wanted.count) < .microseconds(100))
    }

    // MARK: - systemd's own list

    // Every name of `systemd --dump-configuration-items`; the command is that without its option.
    private func check(_ command: String) throws {
        let pipe = try #require(popen("\(command) --dump-configuration-items", "r"))
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&chunk, 1, chunk.count, pipe), count > 0 { text += chunk[..<count] }
        #expect(pclose(pipe) == 0)
        var section: Directive.Section?
        var checked = 0
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
            if line.hasPrefix("[") {
                let name = String(line.dropFirst().dropLast())
                section = Directive.Section(rawValue: name)
                #expect(section != nil, "\(name)")
            } else if let section, let equals = line.firstIndex(of: "=") {
                let name = String(line[..<equals])
                #expect(Directives.find(name, in: section) != nil, "\(section.rawValue).\(name)")
                checked += 1
            }
        }
        #expect(checked > 1000)
    }

    private static let systemd: String? = {
        let places: [String] = ["/usr/lib/systemd/systemd", "/lib/systemd/systemd"]
        return places.first { access($0, X_OK) == 0 }
    }()

    /// So that only typing errors are called unknown.
    @Test(.enabled(if: systemd != nil, "needs systemd installed, to list its directives"))
    func everyDirectiveOfTheInstalledSystemdIsKnown() throws {
        try check(try #require(Self.systemd))
    }

    /// The root file system of Debian trixie that the end-to-end tests make; its systemd is 257.
    private static let trixie: String? = {
        let roots = ProcessInfo.processInfo.environment["DAIMON_TEST_ROOTS"] ?? "/var/tmp/daimon-test-roots"
        let root = "\(roots)/trixie"
        return getuid() == 0 && access("\(root)/usr/lib/systemd/systemd", X_OK) == 0 ? root : nil
    }()

    @Test(.enabled(if: trixie != nil, "needs root, and Debian trixie's root file system of the end-to-end tests"))
    func everyDirectiveOfSystemd257IsKnown() throws {
        try check("chroot \(try #require(Self.trixie)) /usr/lib/systemd/systemd")
    }

    // MARK: - The page

    /// docs/directives.md is what the table says. `DAIMON_WRITE_DOCS=1 swift test --filter DirectiveTableTests` writes it.
    @Test func thePageIsCurrent() throws {
        // Tests/UnitsTests/DirectiveTableTests.swift -> the project. Links are followed: the page is beside the source.
        let project = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let page = project.appendingPathComponent("docs/directives.md")
        let wanted = Directives.markdown()
        if ProcessInfo.processInfo.environment["DAIMON_WRITE_DOCS"] == "1" {
            try wanted.write(to: page, atomically: true, encoding: .utf8)
        }
        let found = try String(contentsOf: page, encoding: .utf8)
        #expect(
            found == wanted,
            "docs/directives.md is out of date; run: DAIMON_WRITE_DOCS=1 swift test --filter DirectiveTableTests")
    }

    @Test func thePageHasEveryDirectiveAndNoBrokenRow() {
        let lines = Directives.markdown().split(separator: "\n")
        let rows = lines.filter { $0.hasPrefix("| `") }
        #expect(
            rows.count == DirectiveTable.Group.allCases.map { DirectiveTable.allRows(of: $0.rows).count }.reduce(0, +))
        for row in rows { #expect(row.filter { $0 == "|" }.count == 7, "\(row)") }
    }
}

extension DirectiveTable {
    /// All rows of a text, in bytes.
    fileprivate static func allRows(of rows: StaticString) -> [Range<Int>] {
        starts(of: rows).map { $0.place..<$0.end }
    }
}
