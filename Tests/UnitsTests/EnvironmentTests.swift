// Environment= and environment files. Expected values as systemd reads them: 20 000 generated files were compared with
// its own parser once; these are the ones worth keeping.
import Testing

@testable import Units

@Suite struct EnvironmentTests {
    @Test(arguments: [
        ("A=b\"c d\"", ["A=b\"c d\""]), ("A=\"b\"c\"d e\"", ["A=bc\"d e\""]), ("A='x'\"y\" z", ["A=xyz"]),
        ("A=x \\ ", ["A=x  "]), ("A=x  \n", ["A=x"]), ("A=x\rB=y", ["A=x", "B=y"]), ("A = x", ["A=x"]),
        ("A=\"x\\\ny\"", ["A=xy"]), ("A=\"x\\\ry\"", ["A=x\\\ry"]), ("A='x\\\ny'", ["A=x\\\ny"]),
        ("A=\"open", ["A=open"]),
        ("A='open\nB=x", ["A=open\nB=x"]), ("A=1\nB=2\nA=3", ["A=3", "B=2"]), ("A", []), ("=x", []), ("A=\\", ["A="]),
        ("# c \\\nA=x", ["A=x"]), ("#A=x\\\\\nB=y", ["B=y"]), ("A=x # no comment", ["A=x # no comment"]),
        ("A=x;y", ["A=x;y"]), ("", []), ("\u{feff}A=x", []), ("A=é\u{1}", ["A=é\u{1}"]),
    ])
    func files(_ text: String, _ expected: [String]) throws {
        let content = try EnvironmentFile.content(of: Array(text.utf8))
        #expect(content.variables.map { "\($0.name)=\($0.value)" } == expected)
        // What takes text alone agrees, but for repetitions.
        #expect(EnvironmentVariable.merged(EnvironmentFile.variables(in: text)) == content.variables)
    }

    @Test func invalidNamesAreTold() throws {
        let content = try EnvironmentFile.content(of: Array("export A=x\n1B=y\nC=z\n=q\n".utf8))
        #expect(content.invalidNames == ["export A", "1B"])
        #expect(content.variables == [EnvironmentVariable(name: "C", value: "z")])
    }

    @Test(arguments: [
        ([0x41, 0x3d, 0xff], 0), ([0x41, 0x3d, 0x00], 2), ([0x0a, 0x41, 0xff, 0x3d], 1),
        ([0x41, 0x3d, 0xef, 0xbf, 0xbe], 0),
    ])
    func refusedFiles(_ bytes: [UInt8], _ offset: Int) {
        let error = #expect(throws: InvalidValue.self) { try EnvironmentFile.content(of: bytes) }
        #expect(error?.offset == offset)
    }

    @Test func whatIsNoAssignmentMayBeAnything() throws {
        let bytes: [UInt8] = [0x23, 0xff, 0x0a, 0xfe, 0x0a, 0x41, 0x3d, 0x62]
        #expect(try EnvironmentFile.content(of: bytes).variables == [EnvironmentVariable(name: "A", value: "b")])
    }

    @Test func assignments() throws {
        let directive = try #require(Directives.find("Environment", in: .service))
        var value = AssignedValue(Specifiers(name: UnitName(unchecked: "a@b.service")))
        value.replace(by: #"A=1 B-C=2 "D=x y" E=%i %Z F=\q G=3"#, of: directive)
        var list = [EnvironmentVariable(name: "OLD", value: "")]
        // What follows an escape that is not known is not read; what stands before it counts.
        try value.addEnvironment(to: &list)
        #expect(list.map { "\($0.name)=\($0.value)" } == ["OLD=", "A=1", "D=x y", "E=b"])
        #expect(value.errors.map(\.offset) == [4, 23, 28] && !value.errors.contains(where: \.refusesUnit))
    }

    @Test func mergedKeepsThePlaceOfTheFirst() {
        let variables = ["A", "B", "A"].enumerated().map { EnvironmentVariable(name: $1, value: "\($0)") }
        #expect(EnvironmentVariable.merged(variables).map { "\($0.name)\($0.value)" } == ["A2", "B1"])
        #expect(EnvironmentVariable.cleaned(["A=0", "B=1", "A=2"]).map { "\($0.name)\($0.value)" } == ["B1", "A2"])
    }
}
