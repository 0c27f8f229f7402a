// What EnvironmentFile= brings into a service's environment, and what is said of files that it cannot bring.
import Glibc
import Testing
import Units

@testable import Manager

@Suite struct EnvironmentFilesTests {
    private func read(
        _ path: String, _ missingIsAllowed: Bool = false
    ) throws -> (variables: [String], warnings: [String]) {
        var warnings: [String] = []
        let variables = try EnvironmentFiles.read(
            [EnvironmentFile(path: path, missingIsAllowed: missingIsAllowed)]
        ) { warnings.append($0) }
        return (variables.map { "\($0.name)=\($0.value)" }, warnings)
    }

    @Test func aFileIsReadAndWrongNamesAreTold() throws {
        let folder = try Scratch()
        try folder.write("web", "# comment\nA='b c'\nexport B=1\nC=\"d\\\ne\"\n")
        let result = try read("\(folder.path)/web")
        #expect(result.variables == ["A=b c", "C=de"])
        #expect(
            result.warnings == [
                "\(folder.path)/web: export B is not a name of a variable; the line is left out"
            ])
    }

    @Test func aPatternIsAllFilesThatMatchSorted() throws {
        let folder = try Scratch()
        try folder.write("2.conf", "A=two\n")
        try folder.write("1.conf", "A=one\nB=one\n")
        try folder.write("3.other", "A=three\n")
        #expect(try read("\(folder.path)/*.conf").variables == ["A=one", "B=one", "A=two"])
        #expect(try read("\(folder.path)/*.none", true) == ([], []))
        let error = #expect(throws: SpawnError.self) { try read("\(folder.path)/*.none") }
        #expect("\(try #require(error))".contains("no file matches"))
    }

    @Test(arguments: ["A=\u{0}\n", "big"])
    func aBadFileEndsTheStartUnlessTheUnitAllowsForIt(_ content: String) throws {
        let folder = try Scratch()
        let bad = "\(folder.path)/bad"
        try folder.write("bad", content == "big" ? String(repeating: "#", count: 1 << 21) : content)
        #expect(throws: SpawnError.self) { try read(bad) }
        let allowed = try read(bad, true)
        #expect(allowed.variables == [])
        #expect(allowed.warnings.count == 1 && allowed.warnings[0].contains(bad))
        // A missing one is not worth a line.
        #expect(try read("\(folder.path)/missing", true) == ([], []))
        #expect(throws: SpawnError.self) { try read("\(folder.path)/missing") }
    }
}
