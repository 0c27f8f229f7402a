// systemd's own results for values: time spans, sizes, limits, scalars, signals and exit statuses.
import Foundation
import Testing

@testable import Units

extension OracleTests {
    /// A number of a table, exact: JSON numbers above 2^63 arrive as NSNumber.
    private func number(_ value: Any?) -> UInt64? {
        (value as? NSNumber)?.uint64Value
    }

    @Test func timeSpans() throws {
        for entry in try Oracle.cases("time_span") {
            let function = try #require(entry["function"] as? String)
            let input = try #require(entry["input"] as? String)
            let bareUnit = number(entry["default_unit_usec"])
            let actual: UInt64? = value { () throws(InvalidValue) in
                switch function {
                case "parse_sec", "config_parse_sec": try TimeSpan(parsing: input).microseconds
                case "parse_sec_fix_0": try TimeSpan(parsingWithZeroAsInfinity: input).microseconds
                case "parse_sec_def_infinity": try TimeSpan(parsingWithEmptyAsInfinity: input).microseconds
                case "parse_time": try TimeSpan(parsing: input, bareUnit: bareUnit ?? 0).microseconds
                case "parse_nsec", "config_parse_nsec": try TimeSpan.nanoseconds(parsing: input)
                default: throw InvalidValue("no counterpart of \(function)")
                }
            }
            if entry["result"] as? String == "ok" {
                #expect(actual != nil, "\(function) \(input)")
                // Two cases say only that the text is taken.
                if let expected = number(entry["value"]) { #expect(actual == expected, "\(function) \(input)") }
            } else {
                #expect(actual == nil, "\(function) \(input)")
            }
        }
    }

    @Test func byteSizes() throws {
        for entry in try Oracle.cases("byte_size") {
            let input = try #require(entry["input"] as? String)
            let base: ByteSize.Base = try #require(entry["base"] as? Int) == 1024 ? .binary : .decimal
            let result = try #require(entry["result"] as? String)
            do {
                let actual = try ByteSize.bytes(parsing: input, base: base)
                #expect(result == "ok" && actual == number(entry["value"]), "\(input)")
            } catch {
                #expect(result != "ok", "\(input)")
                // EINVAL is told apart from ERANGE by what the message says.
                let isSyntax = error.message.hasSuffix("to the base \(base == .binary ? 1024 : 1000))")
                if result == "ERANGE" || result == "EINVAL" {
                    #expect(isSyntax == (result == "EINVAL"), "\(input): \(error.message)")
                }
            }
        }
    }

    @Test func memoryLimits() throws {
        let sorts: [String: MemoryLimit] = [
            "MemoryMin": .protection, "MemoryLow": .protection, "MemoryHigh": .ceiling, "MemoryMax": .ceiling,
        ]
        for entry in try Oracle.cases("memory_limit") {
            let directive = try #require(entry["directive"] as? String)
            let sort = try #require(sorts[directive])
            let input = try #require(entry["input"] as? String)
            let expected = try #require(entry["expect"] as? String)
            let actual = value { () throws(InvalidValue) in try sort.parse(input) }
            switch expected {
            case "infinity": #expect(actual == .infinity, "\(directive)=\(input)")
            case "rejected (value unchanged)": #expect(actual == nil, "\(directive)=\(input)")
            default: #expect(actual == .amount(try #require(UInt64(expected))), "\(directive)=\(input)")
            }
        }
    }

    @Test func resourceLimits() throws {
        for entry in try Oracle.cases("rlimit") {
            let directive = try #require(entry["directive"] as? String)
            let limit = try #require(ResourceLimit.allCases.first { "Limit\($0.rawValue)" == directive })
            let input = try #require(entry["input"] as? String)
            let actual = value { () throws(InvalidValue) in try limit.parse(input) }
            if entry["rlim_cur"] == nil {
                #expect(actual == nil, "\(directive)=\(input)")
            } else {
                let bounds = ["rlim_cur", "rlim_max"].map {
                    entry[$0] as? String == "infinity" ? .max : number(entry[$0])
                }
                #expect(actual.map { [$0.soft, $0.hard] } == bounds, "\(directive)=\(input)")
            }
        }
    }

    @Test func scalars() throws {
        for entry in try Oracle.cases("scalars") {
            let kind = try #require(entry["kind"] as? String)
            guard let input = entry["input"] as? String else {
                // Not UTF-8: systemd's line reader refuses such a line before any value is parsed, and so does ours. The
                // case of a list in raw bytes (config_strv) is reached in systemd's test only.
                let hex = try #require((entry["input"] as? [String: String])?["hex"])
                #expect(Bytes.validText(bytes(hex: hex)) == nil, "\(hex)")
                continue
            }
            let expected = entry["expect"]
            switch kind {
            case "boolean":
                #expect(
                    value { () throws(InvalidValue) in try Numbers.boolean(input) } == expected as? Bool, "\(input)")
            case "mode", "config_mode":
                let actual = value { () throws(InvalidValue) in try Numbers.mode(input) }
                #expect(actual == (expected as? NSNumber)?.uint32Value, "\(input)")
            case "config_path":
                let actual = value { () throws(InvalidValue) in try Paths.absolute(input) }
                #expect((actual ?? "rejected") == expected as? String, "\(input)")
            case "config_int":
                let actual = Numbers.integer(input).flatMap(Int32.init(exactly:))
                #expect(actual == (expected as? NSNumber)?.int32Value, "\(input)")
            case "config_unsigned":
                let actual = Numbers.unsigned(input).flatMap(UInt32.init(exactly:))
                #expect(actual == (expected as? NSNumber)?.uint32Value, "\(input)")
            case "config_strv":
                var reader = WordReader(input, [.unquote, .unescape])
                var words: [String] = []
                while let word = try reader.next() { words.append(Bytes.text(word.bytes)) }
                #expect(words == expected as? [String], "\(input)")
            default: Issue.record("no counterpart of \(kind)")
            }
        }
    }

    private func bytes(hex: String) -> [UInt8] {
        let digits = hex.utf8.compactMap(Numbers.digit).map(UInt8.init)
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] * 16 + digits[$0 + 1] }
    }

    @Test func signalsAndExitStatuses() throws {
        for entry in try Oracle.cases("signal_exitstatus") {
            let input = try #require(entry["input"] as? String)
            let expected = try #require(entry["expect"] as? String)
            if entry["kind"] as? String == "exit_status" {
                var set = ExitStatusSet()
                let isTaken = value { () throws(InvalidValue) in try set.insert(parsing: input, at: 0) } != nil
                #expect(
                    (isTaken ? set.statuses.map(Int.init) : []) == Int(expected).flatMap { $0 < 0 ? nil : [$0] } ?? [])
                continue
            }
            let plain = value { () throws(InvalidValue) in try Signal(parsing: input).number }
            let prefixed = value { () throws(InvalidValue) in try Signal(parsing: "SIG" + input).number }
            let number: Int32? =
                switch expected {
                case "SIGRTMIN": 34
                case "SIGRTMAX": 64
                default: Int32(expected).flatMap { $0 > 0 ? $0 : nil }
                }
            #expect(plain == number, "\(input)")
            #expect(prefixed == (entry["SIG_prefix"] as? String == "same result" ? number : nil), "SIG\(input)")
        }
    }
}
