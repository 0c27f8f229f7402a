// Unit names, the table of directives, finding and loading files.
import Glibc
import Testing

@testable import Units

@Suite struct UnitNameTests {
    @Test(arguments: [
        ("web", "web.service"), ("web.service", "web.service"), ("web@blue", "web@blue.service"),
        ("web@.service", "web@.service"),
        ("a.b", "a.b.service"), ("x.socket", "x.socket"), ("a\\x2db:c_d", "a\\x2db:c_d.service"),
        ("a@b@c", "a@b@c.service"),
    ])
    func accepted(_ text: String, _ full: String) {
        #expect(UnitName(parsing: text)?.description == full)
    }

    @Test(arguments: [
        "", ".service", "a/b", "../x", ".", "..", "..service", "...service", "@x", "a b", "é", "a\n", "a\u{0}",
        String(repeating: "a", count: 248), "%n",
    ])
    func refused(_ text: String) {
        #expect(UnitName(parsing: text) == nil)
    }

    @Test func parts() throws {
        let name = try #require(UnitName(parsing: "my-web@blue@2.service"))
        #expect(name.prefix == "my-web" && name.instance == "blue@2" && name.suffix == ".service")
        #expect(name.withoutSuffix == "my-web@blue@2" && !name.isTemplate)
        #expect(name.template?.description == "my-web@.service")
        #expect(UnitName(parsing: "web@.service")?.isTemplate == true)
        #expect(UnitName(parsing: "web")?.instance == nil)
        #expect(UnitName(parsing: String(repeating: "a", count: 247)) != nil)
    }

    /// As systemd-escape(1) does.
    @Test(arguments: [
        ("a/b c", #"a-b\x20c"#), ("föö", #"f\xc3\xb6\xc3\xb6"#), (".x", #"\x2ex"#), ("-", #"\x2d"#), ("", ""),
        ("/", "-"),
        ("/a//b/", "-a--b-"), (#"a\b"#, #"a\x5cb"#), ("a.b_c:d", "a.b_c:d"), ("a@b", #"a\x40b"#), ("A-b", #"A\x2db"#),
    ])
    func escaping(_ text: String, _ escaped: String) {
        #expect(UnitName.escape(text) == escaped)
        #expect(UnitName.unescape(escaped) == text)
    }

    @Test(arguments: [#"\x"#, #"a\x2"#, #"\xg1"#, #"\x00"#, #"\xff"#, "\\"])
    func malformedEscapes(_ text: String) {
        #expect(UnitName.unescape(text) == nil)
    }

    @Test func specifiers() throws {
        let name = try #require(UnitName(parsing: #"a-b\x2dc@x-y\x20z"#))
        var specifiers = Specifiers(name: name)
        #expect(
            try specifiers.expand("%n|%N|%p|%P|%i|%I|%j|%J|%%|100%|%-")
                == #"a-b\x2dc@x-y\x20z.service|a-b\x2dc@x-y\x20z|a-b\x2dc|a/b-c|x-y\x20z|x/y z|b\x2dc|b-c|%|100%|%-"#)
        #expect(
            throws: InvalidValue(
                "the specifier %X does not exist; known are \(Specifiers.known); for a percent sign write %%", offset: 2
            )
        ) { try specifiers.expand("a %X") }
    }

    /// The order is systemd's; 252 was asked with a folder for each of these names.
    @Test(arguments: [
        ("web.service", "web.service"), ("foo--.service", "foo--.service foo-.service"),
        ("foo--bar.service", "foo--bar.service foo--.service foo-.service"),
        ("a-b-c.service", "a-b-c.service a-b-.service a-.service"), ("-x-y.service", "-x-y.service -x-.service"),
        (
            "foo-bar@x.service",
            "foo-bar@x.service foo-bar@.service foo-.service foo-@x.service foo-@.service"
        ),
        ("-.mount", "-.mount"),
    ])
    func dropInNames(_ name: String, _ expected: String) {
        #expect(UnitName(unchecked: name).dropInNames.map(\.description).joined(separator: " ") == expected)
    }

    /// Two hundred dashes and an instance: the names stay few.
    @Test func dropInNamesAreFew() {
        let name = UnitName(unchecked: String(repeating: "a-", count: 100) + "@b-c.service")
        #expect(UnitName.kind(of: name.description) == .instance)
        #expect(name.dropInNames.count < 400)
    }

    @Test func otherNames() {
        let name = UnitName(unchecked: "web@blue.service")
        #expect(name.changingSuffix(to: ".socket")?.description == "web@blue.socket")
        #expect(name.changingSuffix(to: ".sock") == nil)
        #expect(name.resolving(template: UnitName(unchecked: "log@.service"))?.description == "log@blue.service")
        let plain = UnitName(unchecked: "web.service")
        #expect(plain.resolving(template: UnitName(unchecked: "log@.service"))?.description == "log@web.service")
        #expect(plain.resolving(template: name) == name)
        #expect(UnitName(unchecked: "web@.service").replacingInstance("a/b") == nil)
        #expect(UnitName(full: "web") == nil && UnitName(full: "web.socket") != nil)
    }

    /// As systemd-escape(1) with --path does, for what both 252 and 257 take.
    @Test(arguments: [
        ("/", "-"), ("/home/ann", "home-ann"), ("/a b/ü", #"a\x20b-\xc3\xbc"#), ("/.x", #"\x2ex"#), ("/a//b/", "a-b"),
        ("/-", #"\x2d"#),
    ])
    func paths(_ path: String, _ escaped: String) {
        #expect(UnitName.escape(path: path) == escaped)
        #expect(UnitName.unescape(path: escaped) == Paths.simplified(path))
    }

    /// The vector of the paper: fifteen bytes 0 to 14 with the key 0 to 15.
    @Test func sipHash() {
        #expect(
            SipHash.hash(Array(0...14), key: (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908)) == 0xa129_ca61_49be_45e5)
    }
}

@Suite struct DirectiveTests {
    @Test func namesAreUnique() {
        var seen: Set<String> = []
        for directive in Directives.all {
            #expect(seen.insert("\(directive.section.rawValue).\(directive.name)").inserted, "\(directive.name)")
        }
    }

    /// What is honoured can be set, and nothing else can; but for what concerns a set of units.
    @Test func honouredMeansThatSomethingIsSet() {
        for directive in Directives.all {
            let isOfSets = directive.text(.support) == "set"
            switch directive.support {
            case .honoured, .partly: #expect((directive.set != nil) != isOfSets, "\(directive.name)")
            case .informational, .notHonoured: #expect(directive.set == nil, "\(directive.name)")
            }
        }
    }

    @Test(
        arguments: [
            ("Restrat", "Restart"), ("restart", "Restart"), ("ExecStrat", "ExecStart"), ("Enviroment", "Environment"),
            ("WorkingDir", "WorkingDirectory"), ("LimitNoFile", "LimitNOFILE"), ("Usr", "User"), ("xyzzyxyzzy", nil),
            (String(repeating: "x", count: 100_000), nil),
        ] as [(String, String?)])
    func nearest(_ typed: String, _ expected: String?) {
        #expect(Directives.nearest(to: typed, in: .service) == expected)
    }
}

@Suite struct LoadTests {
    /// A new folder, removed with everything in it at the end.
    private func withFolder(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/daimon-units-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            for name in ["web.service", "web@.service", "fifo.service", "bad name.service", "link.service"] {
                unlink("\(folder)/\(name)")
            }
            rmdir(folder)
        }
        try body(folder)
    }

    private func write(_ text: String, to path: String) throws {
        let file = try #require(fopen(path, "w"))
        fputs(text, file)
        fclose(file)
    }

    @Test func loads() throws {
        try withFolder { folder in
            try write("[Service]\nExecStart=/bin/echo %n %i\n", to: "\(folder)/web.service")
            try write("[Service]\nExecStart=/bin/echo %n %i\n", to: "\(folder)/web@.service")

            let loaded = UnitLoader.load(path: "\(folder)/web.service")
            #expect(!loaded.hasErrors)
            #expect(loaded.unit.fragmentPath == "\(folder)/web.service")
            #expect(loaded.unit.execStart.first?.arguments == ["/bin/echo", "web.service", ""])
            let blue = UnitLoader.load(path: "\(folder)/web@.service", name: UnitName(parsing: "web@blue"))
            #expect(blue.unit.execStart.first?.arguments == ["/bin/echo", "web@blue.service", "blue"])
            #expect(!blue.hasErrors)
        }
    }

    @Test func whatCannotBeReadIsSaid() throws {
        try withFolder { folder in
            let missing = UnitLoader.load(path: "\(folder)/web.service")
            #expect(
                missing.diagnostics.map(\.description) == [
                    "\(folder)/web.service: error: cannot open the file: No such file or directory; check the path"
                ])
            #expect(mkfifo("\(folder)/fifo.service", 0o600) == 0)
            #expect(
                UnitLoader.load(path: "\(folder)/fifo.service").diagnostics.map(\.message) == ["not a regular file"])
            #expect(UnitLoader.load(path: "\(folder)/bad name.service").hasErrors)
            #expect(UnitLoader.load(path: folder).hasErrors)
            #expect(UnitLoader.load(path: "").hasErrors)
        }
    }

    @Test func largeFilesAreRefused() throws {
        try withFolder { folder in
            let path = "\(folder)/web.service"
            try write("[Service]\nExecStart=/bin/true\n", to: path)
            #expect(truncate(path, off_t(UnitFile.sizeLimit) + 1) == 0)
            #expect(UnitLoader.load(path: path).diagnostics.first?.message.hasPrefix("the file is larger") == true)
        }
    }
}
