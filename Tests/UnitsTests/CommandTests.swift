// Command lines and the variables in them. Expected values as systemd 252 parses and expands them.
import Testing

@testable import Units

@Suite struct CommandLineTests {
    @Test(arguments: [
        (
            #"/bin/echo 01 "a b" 'c d' \x41\u00e9\n x"y"z "q\tq" %%n $$ ${FOO} $BAR"#,
            ["/bin/echo", "01", "a b", "c d", "Aé\n", "xyz", "q\tq", "%n", "$$", "${FOO}", "$BAR"]
        ),
        (#"/bin/echo '\x41' '\''"#, ["/bin/echo", "A", "'"]),
        (#"/bin/echo "\"""#, ["/bin/echo", "\""]),
        (#"/bin/echo \101 \1234"#, ["/bin/echo", "A", "S4"]),
        (#"/bin/echo \U0001F600 \s\a\b\f\v\r"#, ["/bin/echo", "😀", " \u{7}\u{8}\u{c}\u{b}\r"]),
        (#"/bin/echo 25 "" '' x"" y"#, ["/bin/echo", "25", "", "", "x", "y"]),
        (#""/bin/echo" 12"#, ["/bin/echo", "12"]),
        (#"/bin/../bin/echo 16"#, ["/bin/../bin/echo", "16"]),
        (#"%n 37"#, ["web.service", "37"]),
        (#"/bin/%n 38"#, ["/bin/web.service", "38"]),
        (#"/bin/echo 40 %"#, ["/bin/echo", "40", "%"]),
        (#"/bin/${FOO} 42"#, ["/bin/${FOO}", "42"]),
        (#"/bin/echo x\\ y"#, ["/bin/echo", "x\\", "y"]),
        ("/bin/echo 49   spaces\ttabs ", ["/bin/echo", "49", "spaces", "tabs"]),
        (
            #"/bin/echo $ $1 $$X ${A ${} $A$B ${A}${B} $-"#,
            ["/bin/echo", "$", "$1", "$$X", "${A", "${}", "$A$B", "${A}${B}", "$-"]
        ),
        (#"/bin/echo 1 \;"#, ["/bin/echo", "1", ";"]),
        (#"/bin/echo 1 ";" a;b c; ;"#, ["/bin/echo", "1", ";", "a;b", "c;"]),
        (#"/bin/ech"o" x"#, ["/bin/echo", "x"]),
        (#""/bin/echo x" y"#, ["/bin/echo x", "y"]),
        ("/bin/echo a\\\nb", ["/bin/echo", "a", "b"]),
        ("/bin/echo \\\n# comment\n; comment\n  cont \\\n  cont2", ["/bin/echo", "cont", "cont2"]),
        (#"/bin/echo 'it''s'"#, ["/bin/echo", "its"]),
        (#"/bin/echo \xc3\xa9"#, ["/bin/echo", "é"]),
        (#"; /bin/true"#, ["/bin/true"]),
        (#"/bin/true ;"#, ["/bin/true"]),
        (#"/bin/echo a \; b"#, ["/bin/echo", "a", ";", "b"]),
        (#"/bin\x2fecho x"#, ["/bin/echo", "x"]),
        (#"/bin/e%%o"#, ["/bin/e%o"]),
        (#"@/bin/echo "" x"#, ["", "x"]),
        (#"-:@/bin/echo argv0 x"#, ["argv0", "x"]),
        (#"/bin/echo %i%p%P%j"#, ["/bin/echo", "webwebweb"]),
        // Escapes are undone before specifiers are replaced, so these are specifiers and dollar signs like any other.
        (#"/bin/echo \x25n \x24A"#, ["/bin/echo", "web.service", "$A"]),
        // Unknown escapes stay as they are, with a warning.
        (
            #"/bin/echo \q "\q" \x00 \1 \400 \u12 \x4g e\ f"#,
            ["/bin/echo", "\\q", "\\q", "\\x00", "\\1", "\\400", "\\u12", "\\x4g", "e\\ f"]
        ),
    ])
    func words(_ line: String, _ expected: [String]) throws {
        let loaded = UnitLoader.parse(
            text: "[Service]\nExecStart=\(line)\n", path: "f", name: UnitName(unchecked: "web.service"))
        #expect(!loaded.hasErrors, "\(loaded.diagnostics)")
        #expect(loaded.unit.execStart.map(\.arguments) == [expected])
    }

    @Test func unknownEscapesAreWarnedOf() {
        let loaded = UnitLoader.parse(
            text: "[Service]\nExecStart=/bin/echo \\q\n", path: "f", name: UnitName(unchecked: "web.service"))
        #expect(loaded.diagnostics.map(\.severity) == [.warning])
        #expect(loaded.diagnostics.first?.location.column == 21)
    }

    @Test(arguments: [
        #"/bin/echo 17 "open"#, "./echo", "bin/echo", "- /bin/echo", "/bin/echo/", "--/bin/echo", "@@/bin/echo x",
        "::/bin/echo",
        "|/bin/echo", "@/bin/echo", "@ /bin/echo", "-", "@", #""""#, "/",
        "//",
        "/bin/echo %Z", "@/bin/echo ; b", ";", #"/bin/echo \xff"#,
    ])
    func refused(_ line: String) {
        let loaded = UnitLoader.parse(
            text: "[Service]\nExecStart=\(line)\n", path: "f", name: UnitName(unchecked: "web.service"))
        #expect(loaded.hasErrors)
    }

    @Test func prefixes() {
        let commands = service("ExecReload=-:@/bin/a zero ; -/bin/b ; :/bin/c", "ExecReload=plain").unit.execReload
        #expect(commands.map(\.path) == ["/bin/a", "/bin/b", "/bin/c", "plain"])
        #expect(commands.map(\.ignoreFailure) == [true, true, false, false])
        #expect(commands.map(\.noEnvironmentExpansion) == [true, false, true, false])
        #expect(commands.first?.arguments == ["zero"])
    }

    @Test func prefixesNotHonouredAreNamed() {
        let loaded = UnitLoader.parse(
            text: "[Service]\nExecStart=-|/bin/true\n", path: "f", name: UnitName(unchecked: "web.service"))
        #expect(
            loaded.diagnostics.map(\.description) == [
                "f:2:12: error: ExecStart=: the prefix | is not honoured yet; honoured are -, @, :, +, ! and !!"
            ])
    }

    private func parse(_ line: String) throws(InvalidValue) -> ExecCommand.Parsed {
        var specifiers = Specifiers(name: UnitName(unchecked: "web.service"))
        return try ExecCommand.parse(line, specifiers: &specifiers)
    }

    @Test func prefixesOfPrivilege() throws {
        typealias Case = (String, ExecCommand.Privilege, Bool, String?)
        let cases: [Case] = [
            ("/bin/x a", .none, false, nil), ("+/bin/x", .full, false, nil), ("!/bin/x", .elevated, false, nil),
            ("!!/bin/x", .ambient, false, nil), ("!-!/bin/x", .ambient, false, nil), ("-+/bin/x", .full, false, nil),
            ("|echo hi", .none, true, "|"), ("@|:echo hi", .none, true, "|"), ("|", .none, true, "|"),
        ]
        for (line, privilege, viaShell, prefix) in cases {
            let command = try #require(try parse(line).commands.first)
            #expect(command.privilege == privilege && command.viaShell == viaShell, "\(line)")
            let problem = command.notHonouredPrefix(in: line, at: 0)
            #expect(problem?.kind == (prefix == nil ? nil : .notHonoured), "\(line)")
            if let prefix { #expect(problem?.message.hasPrefix("the prefix \(prefix) is not") == true, "\(line)") }
        }
        #expect(try parse("-|/bin/x").commands.first?.notHonouredPrefix(in: "-|/bin/x", at: 0)?.offset == 1)
        #expect(try parse("|echo 'a b'").commands.first?.arguments == ["sh", "echo", "a b"])
        #expect(try parse("@|echo").commands.first?.arguments == ["-sh", "echo"])
        #expect(try parse("|").commands.first?.arguments == ["sh"])
        // To the shell any word is a command.
        #expect(try parse("||x").commands.first?.arguments == ["sh", "|x"])
    }

    @Test(arguments: ["!!!/bin/x", "+!/bin/x", "!+/bin/x", "++/bin/x", "@@/bin/x a", "/bin/.", "/bin/.."])
    func prefixesThatDoNotFitRefuseTheUnit(_ line: String) {
        let error = #expect(throws: InvalidValue.self) { try parse(line) }
        #expect(error?.refusesUnit == true)
    }

    /// As systemd 252 does each of these.
    @Test(arguments: [
        (#""/bin/echo x"#, []), (#"/bin/true a ; "/bin/echo x"#, ["/bin/true"]),
        (#"/bin/true a ; -/bin/echo "x"#, ["/bin/true"]), ("/bin/a ; -/bin/b %Z ; /bin/c", ["/bin/a"]),
        ("-@/bin/true", []), (#"-""#, []), ("-/bin/x/", []),
    ])
    func ignoredWithAWarning(_ line: String, _ expected: [String]) throws {
        let parsed = try parse(line)
        #expect(parsed.commands.map(\.path) == expected && parsed.warnings.count == 1)
        #expect(parsed.offsets.count == expected.count)
    }

    @Test func placesOfCommands() throws {
        #expect(try parse("/bin/a ;  -/bin/b x ; ; /bin/c").offsets == [0, 10, 24])
    }

    @Test func pathIsSimplifiedAndArgumentZeroIsNot() {
        let command = service("ExecReload=/usr//bin/./env x").unit.execReload.first
        #expect(command?.path == "/usr/bin/env")
        #expect(command?.arguments.first == "/usr//bin/./env")
    }
}

@Suite struct ExpansionTests {
    static let environment = [
        EnvironmentVariable(name: "ONE", value: "'one'"), EnvironmentVariable(name: "TWO", value: "'two two' too"),
        EnvironmentVariable(name: "EMPTY", value: ""), EnvironmentVariable(name: "X", value: "old"),
        EnvironmentVariable(name: "X", value: "a b"), EnvironmentVariable(name: "OPEN", value: #"a\ b "c d"#),
    ]

    @Test(arguments: [
        // The examples of systemd.service(5).
        ("${ONE} ${TWO} ${EMPTY}", ["'one'", "'two two' too", ""]), ("$ONE $TWO $EMPTY", ["one", "two two", "too"]),
        ("$X", ["a", "b"]), ("${X}", ["a b"]), ("-${X}-${X}", ["-a b-a b"]), ("x$X", ["x$X"]), ("$UNSET", []),
        ("${UNSET}", [""]), ("$$", ["$"]), ("$$X", ["$X"]), ("a$$$${X}", ["a$${X}"]), ("a$$${X}", ["a$a b"]), ("$", []),
        ("$-", []), ("$X$X", []), ("${X", ["${X"]), ("x${", ["x${"]), ("${}", [""]), ("${X:-d}", ["${X:-d}"]),
        ("5$", ["5$"]),
        ("$OPEN", ["a b", "c d"]), ("a$-${X}", ["a$-a b"]), ("${$$X:-a}", ["${$$X:-a}"]), ("${$$X", ["${$$X"]),
    ])
    func replaced(_ line: String, _ expected: [String]) {
        let words = line.split(separator: " ").map(String.init)
        let command = ExecCommand(path: "/x", arguments: words)
        #expect(command.expanded(environment: Self.environment) == expected)
    }

    @Test func colonLeavesDollarsAlone() {
        var command = ExecCommand(path: "/x", arguments: ["$X", "${X}", "$$"])
        command.noEnvironmentExpansion = true
        #expect(command.expanded(environment: Self.environment) == ["$X", "${X}", "$$"])
    }

    @Test func whatHasNoValueIsTold() {
        let command = ExecCommand(path: "/x", arguments: ["$U2", "${U1}${U2}${}", "$a-b", "${X}", "$$U3", "x$U4"])
        let expansion = command.expansion(environment: Self.environment)
        #expect(expansion.unset == ["U1", "U2"] && expansion.bad == ["", "a-b"])
    }

    @Test func manyVariablesAreQuick() {
        let environment = (0..<20_000).map { EnvironmentVariable(name: "V\($0)", value: "x") }
        let command = ExecCommand(path: "/x", arguments: Array(repeating: "$V0 ${V19999}", count: 20_000))
        // 800 million comparisons when each is searched for.
        let start = ContinuousClock.now
        _ = command.expanded(environment: environment)
        #expect(start.duration(to: .now) < .seconds(20))
    }

    @Test func deepAlternativesAreBounded() {
        let depth = 100_000
        let text = String(repeating: "${A:-", count: depth) + String(repeating: "}", count: depth)
        var replacement = VariableReplacement([], .alternatives)
        #expect(replacement.replaced(Array(text.utf8)[...]).count <= text.utf8.count)
    }

    @Test func growthIsBounded() {
        let big = EnvironmentVariable(name: "B", value: String(repeating: "x", count: 1 << 19))
        let word = String(repeating: "${B}", count: 1000)
        let command = ExecCommand(path: "/x", arguments: Array(repeating: word, count: 100))
        let total = command.expanded(environment: [big]).reduce(0) { $0 + $1.utf8.count }
        // Beyond what execve takes, so that it fails; far below what was asked for.
        #expect(total > 6 << 20 && total < 16 << 20)
    }
}
