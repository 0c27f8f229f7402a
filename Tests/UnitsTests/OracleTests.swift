// Tables of systemd's own results, input and expected output, checked case by case. The tables are no part of the project:
// they are read from a folder beside it, where there is one, and otherwise these tests say that they are skipped.
import Foundation
import Testing

@testable import Units

/// The suite; each file OracleTests+….swift checks some of the tables.
@Suite(
    .enabled(if: Oracle.folder != nil, "no folder with tables of systemd's results (DAIMON_ORACLE, ../shared/oracle)"))
struct OracleTests {
    /// Tables that say nothing about reading unit files, each with the test file that reads it.
    private static let elsewhere = [
        "transactions_256": "../EngineTests/JobOracleTests.swift"  // jobs and their order are the engine's
    ]

    /// A table that nobody looks at fails here, and so does one that is gone.
    @Test func everyTableIsChecked() throws {
        let folder = try #require(Oracle.folder)
        let tables = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json") }
            .map { String($0.dropLast(".json".count)) }
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        var text = ""
        let names = try FileManager.default.contentsOfDirectory(atPath: sources.path)
        for name in names where name.hasPrefix("OracleTests+") {
            text += try String(contentsOf: sources.appendingPathComponent(name), encoding: .utf8)
        }
        for table in tables where Self.elsewhere[table] == nil {
            #expect(text.contains("cases(\"\(table)\")"), "no test reads the table \(table)")
        }
        #expect(Set(Self.elsewhere.keys).isSubset(of: tables))
        for (table, file) in Self.elsewhere {
            let reader = try String(contentsOf: sources.appendingPathComponent(file), encoding: .utf8)
            #expect(reader.contains("\(table).json"), "\(file) does not read the table \(table)")
        }
    }
}

/// The tables.
enum Oracle {
    /// The folder; nil where there is none.
    static let folder: String? = {
        // Tests/UnitsTests/OracleTests.swift -> the project.
        let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let candidates: [String?] = [
            ProcessInfo.processInfo.environment["DAIMON_ORACLE"],
            project.deletingLastPathComponent().appendingPathComponent("shared/oracle").path,
        ]
        return candidates.compactMap { $0 }.first { FileManager.default.fileExists(atPath: $0) }
    }()

    /// The cases of a table.
    /// - Parameter name: its file without `.json`.
    /// - Returns: one dictionary a case. A table that is missing or has no cases fails the test: it would check nothing.
    /// - Throws: what reading the file throws.
    static func cases(_ name: String) throws -> [[String: Any]] {
        let folder = try #require(Oracle.folder)
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name).json"))
        let table = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let cases = try #require(table["cases"] as? [[String: Any]])
        #expect(!cases.isEmpty)
        if let count = table["count"] as? Int { #expect(cases.count == count) }
        return cases
    }
}

/// What is refused is nil: for tables in which a refusal is an expected result.
func orNil<Value>(_ body: () throws -> Value) -> Value? {
    do { return try body() } catch { return nil }
}
