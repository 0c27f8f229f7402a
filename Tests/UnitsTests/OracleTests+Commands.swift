// systemd's tables of words, command lines, variables and environment files.
import Foundation
import Testing

@testable import Units

extension OracleTests {
    /// A string of a table, or the bytes it gives in hexadecimal.
    static func bytes(_ value: Any?) throws -> [UInt8] {
        if let text = value as? String { return Array(text.utf8) }
        let digits = Array(try #require((value as? [String: Any])?["hex"] as? String))
        return try stride(from: 0, to: digits.count, by: 2).map {
            try #require(UInt8(String(digits[$0..<($0 + 2)]), radix: 16))
        }
    }

    private static func options(_ names: [String]) throws -> WordReader.Options {
        let known: [String: WordReader.Options] = [
            "UNQUOTE": .unquote, "KEEP_QUOTE": .keepQuotes, "CUNESCAPE": .unescape,
            "UNESCAPE_RELAX": .keepUnknownEscapes, "UNESCAPE_SEPARATORS": .unescapeSeparators,
            "RETAIN_ESCAPE": .keepEscapes, "RELAX": .relaxed, "DONT_COALESCE_SEPARATORS": .keepEmptyWords,
            "RETAIN_SEPARATORS": .keepSeparators,
        ]
        return WordReader.Options(try names.map { try #require(known[$0], "\($0)") })
    }

    @Test func extractWord() throws {
        for test in try Oracle.cases("extract_word") {
            let id = try #require(test["id"] as? String)
            let input = try #require(test["input"] as? String)
            let steps = try #require(test["steps"] as? [[String: Any]])
            let separators = try #require(steps.first?["separators"] as? String)
            let warns = test["function"] as? String == "extract_first_word_and_warn"
            var reader = WordReader(input, [], separators: Array(separators.utf8))
            for (index, step) in steps.enumerated() {
                #expect(step["separators"] as? String == separators)
                reader.options = try Self.options(try #require(step["flags"] as? [String]))
                var word: WordReader.Word?
                var failed = false
                do throws(InvalidValue) {
                    word = warns ? try reader.nextKeepingUnknownEscapes() : try reader.next()
                } catch {
                    failed = true
                }
                let place: Comment = "\(id) step \(index)"
                switch try #require(step["ret"] as? String) {
                case "1": #expect(word?.bytes == Array(try #require(step["word"] as? String).utf8), place)
                case "0": #expect(word == nil && !failed, place)
                case "-EINVAL": #expect(failed, place)
                case let other: Issue.record("\(id): an unknown result \(other)")
                }
                // The table counts characters, as its source is written; systemd and the reader count bytes.
                if let consumed = step["consumed_bytes"] as? Int {
                    let prefix = Bytes.text(reader.bytes[..<reader.position])
                    #expect(reader.position == consumed || prefix.unicodeScalars.count == consumed, place)
                }
                if let rest = step["rest"] as? String {
                    #expect(Bytes.text(reader.bytes[reader.position...]) == rest, place)
                }
            }
        }
    }

    @Test func splitUnquote() throws {
        for test in try Oracle.cases("split_unquote") {
            let input = try #require(test["input"] as? String)
            var reader = WordReader(input, [.unquote])
            var words: [String]? = []
            do throws(InvalidValue) {
                while let word = try reader.next() { words?.append(Bytes.text(word.bytes)) }
            } catch {
                words = nil
            }
            #expect(words == test["words"] as? [String], "\(input)")
        }
    }

    @Test func execCommand() throws {
        for test in try Oracle.cases("exec_command") {
            let id = try #require(test["id"] as? String)
            var input = test["input"] as? String ?? ""
            var filler = ""
            if let generator = test["input_generator"] as? [String: Any] {
                let letter = try #require(generator["repeat"] as? String)
                filler = String(repeating: letter, count: try #require(generator["count"] as? Int))
                input = try #require(generator["prefix"] as? String) + filler
            }
            // As the directive does it: upon a list that has a command already, so that a reset shows.
            let earlier = ExecCommand(path: "/earlier", arguments: ["/earlier"])
            var list = [earlier]
            var refusal: InvalidValue?
            let directive = try #require(Directives.find("ExecStart", in: .service))
            var value = AssignedValue(Specifiers(name: UnitName(unchecked: "x.service")))
            value.replace(by: input, of: directive)
            do throws(InvalidValue) {
                try value.addCommands(to: &list)
            } catch {
                refusal = error
            }
            let expected = try #require(test["commands"] as? [[String: Any]]).map { command in
                var result = ExecCommand(
                    path: try #require(command["path"] as? String),
                    arguments: try #require(command["argv"] as? [String]).map { $0 == "<same run of x>" ? filler : $0 })
                result.ignoreFailure = try #require(command["ignore_failure"] as? Bool)
                return result
            }
            switch try #require(test["result"] as? String) {
            case "ok": #expect(refusal == nil && list == [earlier] + expected, "\(id): \(input.prefix(100))")
            case "ignored":
                #expect(refusal == nil && list == [earlier] && !value.warnings.isEmpty, "\(id): \(input)")
            case "reset": #expect(refusal == nil && list.isEmpty, "\(id)")
            case "ENOEXEC": #expect(refusal?.refusesUnit == true && list == [earlier], "\(id): \(input)")
            case let other: Issue.record("\(id): an unknown result \(other)")
            }
        }
    }

    @Test func environmentExpansion() throws {
        for test in try Oracle.cases("env_expand") {
            let id = try #require(test["id"] as? String)
            let environment = (test["env"] as? [String: String] ?? [:]).map { EnvironmentVariable(name: $0, value: $1) }
            switch id {
            case "replace_env_argv", "replace_env_argv_bad":
                let words = try #require(test["argv_in"] as? [String])
                let result = ExecCommand(path: "/x", arguments: words).expansion(environment: environment)
                #expect(result.arguments == test["argv_out"] as? [String])
                if let unset = test["unset"] as? [String] { #expect(result.unset == unset) }
                if let bad = test["bad"] as? [String] { #expect(result.bad == bad) }
            case "test_replace_env1", "test_replace_env2":
                let input = try #require(test["input"] as? String)
                let flags: [String: VariableReplacement.Options] = [
                    "ALLOW_BRACELESS": .withoutBraces, "ALLOW_EXTENDED": .alternatives,
                ]
                let name = try #require(test["flag"] as? String)
                let flag = try #require(flags[name])
                for (options, key) in [(flag, "with_flag"), (VariableReplacement.Options(), "without_flag")] {
                    var replacement = VariableReplacement(environment, options)
                    let result = Bytes.text(replacement.replaced(Array(input.utf8)[...]))
                    #expect(result == test[key] as? String, "\(input)")
                }
            case "env_name_is_valid":
                let name = try #require(test["input"] as? String)
                #expect(EnvironmentVariable.isValidName(name) == test["valid"] as? Bool, "\(name)")
            case "env_value_is_valid":
                let value = try Self.bytes(test["input"])
                #expect(EnvironmentVariable.isValidValue(value) == test["valid"] as? Bool, "\(value)")
            case "env_assignment_is_valid":
                let text = try #require(test["input"] as? String)
                var isValid = true
                do throws(InvalidValue) { _ = try EnvironmentVariable(parsing: text) } catch { isValid = false }
                #expect(isValid == test["valid"] as? Bool, "\(text)")
            case "env_clean":
                let assignments = try #require(test["assignments_in"] as? [String])
                let cleaned = EnvironmentVariable.cleaned(assignments)
                #expect(cleaned.map { "\($0.name)=\($0.value)" } == test["assignments_kept"] as? [String])
            default: Issue.record("an unknown function \(id)")
            }
        }
    }

    @Test func environmentFile() throws {
        for test in try Oracle.cases("env_file") {
            let id = try #require(test["id"] as? String)
            switch try #require(test["function"] as? String) {
            case "load_env_file":
                let input = try #require(test["input"] as? String)
                guard let expected = test["expect"] as? [String] else {
                    #expect(throws: InvalidValue.self, "\(id)") { try EnvironmentFile.content(of: Array(input.utf8)) }
                    continue
                }
                // load_env_file() itself looks at no name; who uses it leaves out those that are none.
                let all = EnvironmentFile.assignments(in: Array(input.utf8)).map {
                    EnvironmentVariable(name: Bytes.text($0.name), value: Bytes.text($0.value))
                }
                #expect(EnvironmentVariable.merged(all).map { "\($0.name)=\($0.value)" } == expected, "\(id)")
                let content = try EnvironmentFile.content(of: Array(input.utf8))
                let valid = EnvironmentVariable.merged(all).filter { EnvironmentVariable.isValidName($0.name) }
                #expect(content.variables == valid, "\(id)")
            case "write_env_file+load_env_file+sh":
                // Written as systemd writes such a file, since the project writes none; then read by a shell and by us.
                let value = try #require(test["value"] as? String)
                let escaped = value.map { "\"\\`$".contains($0) ? "\\\($0)" : "\($0)" }.joined()
                for text in ["NAME=\"\(escaped)\"\n", "NAME=\"\(escaped)\""] {
                    let content = try EnvironmentFile.content(of: Array(text.utf8))
                    #expect(content.variables == [EnvironmentVariable(name: "NAME", value: value)], "\(value)")
                    #expect(try Self.shellValue(of: text) == value)
                }
            case let other: Issue.record("an unknown function \(other)")
            }
        }
    }

    /// The variable NAME after a shell read a text.
    private static func shellValue(of text: String) throws -> String {
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", "eval \"$1\"; printf %s \"$NAME\"", "sh", text]
        let pipe = Pipe()
        shell.standardOutput = pipe
        try shell.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        shell.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }
}
