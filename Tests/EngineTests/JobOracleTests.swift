// systemd's own table of transactions, case by case. It is no part of the project: it is read from a folder beside it, where
// there is one.
import Foundation
import Testing
import Units

@testable import Engine

enum TransactionTable {
    static let file: URL? = {
        let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folders: [String?] = [
            ProcessInfo.processInfo.environment["DAIMON_ORACLE"],
            project.deletingLastPathComponent().appendingPathComponent("shared/oracle").path,
        ]
        return folders.compactMap { $0 }.map {
            URL(fileURLWithPath: $0).appendingPathComponent("transactions_256.json")
        }
        .first { FileManager.default.fileExists(atPath: $0.path) }
    }()
}

@Suite(
    .enabled(
        if: TransactionTable.file != nil, "no table of systemd's transactions (DAIMON_ORACLE, ../shared/oracle)"))
struct JobOracleTests {
    @Test func transactions() throws {
        let url = try #require(TransactionTable.file)
        let table = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
        let units = try #require(table["units"] as? [String: [String: [String]]])
        let cases = try #require(table["cases"] as? [[String: Any]])
        #expect(cases.count == 12)
        let text = units.map { name, dependencies in
            "\(name) " + dependencies.map { "\($0)=\($1.joined(separator: ","))" }.joined(separator: " ")
        }.joined(separator: "\n")
        var harness = JobHarness(text)
        for row in cases {
            let number = try #require(row["n"] as? Int)
            if row["clear"] as? Bool == true {
                harness.queue.cancelAll(at: harness.now)
                #expect(harness.installed.isEmpty)
            }
            for name in row["preset_running"] as? [String] ?? [] {
                harness.queue.adopt(.active, of: "\(name).service")
            }
            for name in row["preset_dead"] as? [String] ?? [] {
                harness.queue.adopt(.inactive, of: "\(name).service")
            }
            let mode = try #require((row["mode"] as? String).flatMap(JobMode.init))
            let before = harness.installed
            let error = harness.ask(try #require(row["job"] as? String), mode)
            #expect((error?.errno ?? "ok") == row["expect"] as? String, "case \(number)")
            if error != nil { #expect(harness.installed == before, "case \(number)") }
            for present in row["jobs_present"] as? [String] ?? [] {
                let words = present.split(separator: " ")
                #expect(harness.installed.contains("\(words[1])/\(words[0])"), "case \(number): \(harness.installed)")
            }
        }
    }
}
