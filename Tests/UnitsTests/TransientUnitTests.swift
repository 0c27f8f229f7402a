// Units from the command line: properties, and commands that must come through byte for byte.
import Testing

@testable import Units

/// A generator whose whole history follows from its seed.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}

@Suite struct TransientUnitTests {
    private static let name = UnitName(unchecked: "web@blue.service")

    /// What the service is given in the end, as bytes: String equality would call different bytes equal.
    private func delivered(_ loaded: LoadedUnit) -> [[UInt8]] {
        let environment = [
            EnvironmentVariable(name: "A", value: "wrong"), EnvironmentVariable(name: "x", value: "wrong"),
        ]
        return loaded.unit.execStart.flatMap { $0.expanded(environment: environment) }.map { Array($0.utf8) }
    }

    private func check(_ arguments: [String], _ note: String) {
        var unit = TransientUnit(name: Self.name)
        let refusal = unit.setCommand(arguments)
        #expect(refusal == nil || refusal?.severity == .warning, "\(note): \(refusal?.description ?? "")")
        let wanted = arguments.map { Array($0.utf8) }
        #expect(delivered(unit.loaded()) == wanted, "\(note)")
        let parsed = UnitLoader.parse(text: unit.text, path: "t", name: Self.name)
        #expect(delivered(parsed) == wanted, "\(note): \(unit.text)")
        #expect(parsed.unit == unit.loaded().unit, "\(note)")
        // The path is simplified, so it is compared simplified; it names the same file.
        #expect(
            parsed.unit.execStart.first.map { Array($0.path.utf8) } == Array(Paths.simplified(arguments[0]).utf8),
            "\(note)")
    }

    @Test(arguments: [
        ["/bin/true"], ["/bin/echo", ""], ["/bin/echo", ";", "\\;", "a;b", "; ", "#", "[x]"],
        ["/bin/echo", "$A", "${A}", "$$", "$", "$$A", "x$A", "${", "5$"], ["/bin/echo", "%n", "%%", "%", "%Z", "100%"],
        ["/bin/echo", "\\", "\\\\", "\\x41", "a\\", "\\n"], ["/bin/echo", "\"", "'", "it's", "\"a b\"", "'"],
        ["/bin/echo", "\n", "\r\n", "\t", " ", "\u{1}\u{1f}\u{7f}", " lead", "trail "], ["/opt/a$b/$x", "$x"],
        ["/opt/my program", "a b"], ["/opt/%n", "%n"], ["/opt/@x", "@", "-", ":", "+", "!"], ["/bin//./echo", "x"],
        ["/bin/echo", "é", "e\u{301}", "=\u{301}", "\u{85}\u{2028}\u{feff}", "😀", "\u{fffd}"],
        ["/bin/echo", "\u{301}", "\"\u{301}", "\\\u{301}", "%\u{301}", "$\u{301}"],
    ])
    func awkwardCommands(_ arguments: [String]) {
        check(arguments, "\(arguments)")
    }

    /// 2000 generated commands of nasty pieces. A failure prints the seed; put in place of the random one, it replays.
    @Test func generatedCommands() {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SplitMix64(state: seed)
        let pieces = [
            "\\", "\"", "'", "$", "${", "}", "%", "%n", "%%", ";", " ", "\t", "\n", "\r", "x", "A", "41", "n", "#", "[",
            "]", "=",
            "@", "-", "+", ":", "!", "|", "\u{1}", "\u{7f}", "\u{1b}", "é", "\u{301}", "😀", "\u{feff}", "$A", "${A}",
            "\\x41", "/",
        ]
        for round in 0..<2000 {
            func word(_ most: Int) -> String {
                (0..<Int.random(in: 0...most, using: &generator)).map { _ in
                    Bool.random(using: &generator)
                        ? pieces.randomElement(using: &generator) ?? ""
                        : String(Unicode.Scalar(UInt8.random(in: 1...255, using: &generator)))
                }.joined()
            }
            // Ends in a letter: a path that ends in a slash is a directory and refused, as is one with these bytes.
            let program = String(
                word(4).unicodeScalars.filter { $0.value >= 0x20 && !"\"'\\\u{7f}".unicodeScalars.contains($0) })
            let arguments = ["/" + program + "p"] + (0..<Int.random(in: 0...5, using: &generator)).map { _ in word(8) }
            check(arguments, "seed \(seed) round \(round)")
        }
    }

    @Test(arguments: [
        [], ["./echo"], ["/bin/"], ["/opt/a\"b", "x"], ["/opt/a\\b", "x"], ["/opt/b\nc"], ["/bin/echo", "a\u{0}b"],
        ["/" + String(repeating: "x", count: 5000)],
    ])
    func refusedCommands(_ arguments: [String]) {
        var unit = TransientUnit(name: Self.name)
        #expect(unit.setCommand(arguments)?.severity == .error)
        #expect(unit.text == "")
    }

    @Test func invalidUTF8IsRefusedNotMangled() {
        var unit = TransientUnit(name: Self.name)
        let problem = unit.setCommand(bytes: [Array("/bin/echo".utf8), [0x61, 0xff]])
        #expect(problem?.message.hasPrefix("argument 1 ") == true)
        #expect(unit.setCommand(bytes: [Array("/bin/echo".utf8), Array("é".utf8)]) == nil)
    }

    @Test func propertiesFindTheirSection() {
        var unit = TransientUnit(name: Self.name)
        #expect(unit.setCommand(["/bin/sleep", "1"]) == nil)
        for property in [
            "Restart=always", "Description=A thing", "StartLimitBurst=3", "Environment=A=1 B=2", "StartSettleSec=1s",
        ] {
            #expect(unit.set(property: property) == nil)
        }
        #expect(
            unit.text == """
                [Unit]
                Description=A thing
                StartLimitBurst=3

                [Service]
                ExecStart=/bin/sleep 1
                Restart=always
                Environment=A=1 B=2

                [X-Daimon]
                StartSettleSec=1s

                """)
        let loaded = unit.loaded()
        #expect(loaded.diagnostics == [] && loaded.unit.restart == .always && loaded.unit.startLimitBurst == 3)
    }

    @Test(arguments: [
        (
            "Restart=alway",
            "-p Restart=alway: error: Restart=: \"alway\" is not a restart policy; allowed: no, on-success, "
                + "on-failure, on-abnormal, on-watchdog, on-abort, always; did you mean \"always\"?"
        ),
        ("Restrat=always", "-p Restrat=always: error: Restrat=: there is no such property; did you mean \"Restart\"?"),
        ("Restart", "-p Restart: error: not a property; expected KEY=VALUE, for example Restart=always"),
        (
            "User=x\nExecStartPre=/bin/evil",
            "-p User=x\\u{a}ExecStartPre=/bin/evil: error: User=: the value contains a line break "
                + "or NUL; in quotation marks write a line break as \\n"
        ),
        (
            "Environment=A=\\",
            "-p Environment=A=\\: error: Environment=: the value ends in a backslash; for one as the last "
                + "character write two"
        ),
    ])
    func badPropertiesAreSaidInOneLine(_ property: String, _ expected: String) {
        var unit = TransientUnit(name: Self.name)
        #expect(unit.set(property: property)?.description == expected)
        #expect(unit.text == "")
    }

    @Test func notHonouredIsKept() {
        var unit = TransientUnit(name: Self.name)
        #expect(unit.setCommand(["/bin/true"]) == nil)
        #expect(unit.set(property: "MemoryMax=1G")?.severity == .warning)
        #expect(unit.loaded().notHonoured.map(\.directive) == ["MemoryMax"])
        #expect(!unit.loaded().hasErrors)
    }

    @Test func variablesComeThrough() {
        var unit = TransientUnit(name: Self.name)
        let value = "a b \"c\" 'd' %n $X \\ \n é"
        #expect(unit.setCommand(["/bin/true"]) == nil)
        #expect(unit.setEnvironment("A", value) == nil)
        let parsed = UnitLoader.parse(text: unit.text, path: "t", name: Self.name)
        #expect(parsed.unit.execution.environment == [EnvironmentVariable(name: "A", value: value)])
        #expect(unit.setEnvironment("A-B", "x")?.severity == .error)
    }

    @Test func commandReplacesTheOneBefore() {
        var unit = TransientUnit(name: Self.name)
        #expect(unit.setCommand(["/bin/true"]) == nil)
        #expect(unit.setCommand(["/bin/false"]) == nil)
        #expect(unit.loaded().unit.execStart.map(\.path) == ["/bin/false"])
    }
}
