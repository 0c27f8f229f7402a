// The words and the JSON of `daimon verify` and `daimon show`. The schema of the JSON is told in docs/commands.md.
import Linux
import Units

enum InspectText {
    /// Text of a unit without what would drive a terminal.
    static func clean(_ text: String) -> String {
        if text.utf8.allSatisfy({ (0x20..<0x7f).contains($0) }) { return text }
        // A tab moves the cursor and nothing else, and command lines have them.
        return text.split(separator: "\t", omittingEmptySubsequences: false).map {
            OneLine.text(String($0), limit: 1 << 20)
        }
        .joined(separator: "\t")
    }

    // MARK: - verify

    /// Says what is wrong, then what is honoured.
    static func say(_ unit: UnitDescription, as given: String) {
        if case .masked(let path) = unit.files.fragment {
            let reason = "the file is empty or a link to /dev/null, so that nobody starts the unit"
            return Terminal.say("\(clean(path)): masked: \(reason)\n")
        }
        var text = ""
        for problem in unit.diagnostics where problem.kind != .notHonoured { text += "\(problem)\n" }
        let withoutEffect = unit.withoutEffect
        var honoured: [String] = []
        for row in unit.support where !withoutEffect.contains(row.directive) {
            // What the unit does not use of a directive is no news, nor is an assignment that asks for nothing.
            let isNamed = unit.diagnostics.contains { $0.kind == .notHonoured && $0.directive == row.directive }
            switch row.support {
            case .honoured, .informational: honoured.append(row.directive)
            case .partly(let reason):
                if isNamed { text += line(row, "honoured in part", reason) } else { honoured.append(row.directive) }
            case .notHonoured(let reason):
                let isAsked = unit.type != .service || isNamed
                if isAsked { text += line(row, "not honoured", reason) } else { honoured.append(row.directive) }
            }
        }
        for problem in unit.diagnostics where problem.kind == .notHonoured && problem.severity == .error {
            let directive = problem.directive.map { "\($0)=: " } ?? ""
            text += "\(problem.location): cannot be started: \(directive)\(problem.message)\n"
        }
        let names = honoured.joined(separator: " ")
        text += "\(clean(given)): honoured: \(names.isEmpty ? "nothing" : names)\n"
        Terminal.say(text)
    }

    private static func line(_ row: UnitDescription.Support, _ word: String, _ reason: String) -> String {
        "\(row.location): \(row.directive)=: \(word): \(reason)\n"
    }

    /// A unit with its problems and what becomes of its directives.
    static func json(verifying unit: UnitDescription, as given: String) -> String {
        var fields = [
            "\"unit\":\(JSON.string(unit.name.description))", "\"given\":\(JSON.string(given))",
            "\"loadState\":\(JSON.string(unit.loadState.rawValue))", "\"refused\":\(unit.isRefused)",
            "\"wrong\":\(unit.hasProblems)",
        ]
        let problems = unit.diagnostics.map { problem -> String in
            var object = [
                "\"severity\":\(JSON.string(problem.severity.rawValue))", "\"kind\":\(JSON.string(word(problem.kind)))",
                "\"file\":\(JSON.string(problem.location.source))", "\"line\":\(problem.location.line)",
                "\"column\":\(problem.location.column)",
            ]
            if let directive = problem.directive { object.append("\"directive\":\(JSON.string(directive))") }
            object.append("\"message\":\(JSON.string(problem.message))")
            if let suggestion = problem.suggestion { object.append("\"suggestion\":\(JSON.string(suggestion))") }
            return "{\(object.joined(separator: ","))}"
        }
        fields.append("\"problems\":\(JSON.array(problems))")
        let withoutEffect = unit.withoutEffect
        let rows = unit.support.filter { !withoutEffect.contains($0.directive) }.map { row -> String in
            let (word, reason): (String, String?) =
                switch row.support {
                case .honoured: ("honoured", nil)
                case .partly(let reason): ("partly", reason)
                case .informational(let reason): ("informational", reason)
                case .notHonoured(let reason): ("not", reason)
                }
            return "{\"section\":\(JSON.string(row.section.rawValue)),\"directive\":\(JSON.string(row.directive)),"
                + "\"honoured\":\(JSON.string(word))" + (reason.map { ",\"reason\":\(JSON.string($0))" } ?? "")
                + ",\"line\":\(row.location.line)}"
        }
        fields.append("\"directives\":\(JSON.array(rows))")
        return "{\(fields.joined(separator: ","))}"
    }

    private static func word(_ kind: Diagnostic.Kind) -> String {
        switch kind {
        case .unreadable: "unreadable"
        case .syntax: "syntax"
        case .unknown: "unknown"
        case .invalidValue: "invalid-value"
        case .inconsistent: "inconsistent"
        case .notHonoured: "not-honoured"
        }
    }

    /// What is no unit at all, in the same shape.
    static func json(noUnit given: String, because message: String) -> String {
        let problem =
            "{\"severity\":\"error\",\"kind\":\"unreadable\",\"file\":\(JSON.string(given)),\"line\":0,\"column\":0,"
            + "\"message\":\(JSON.string(message))}"
        return "{\"unit\":null,\"given\":\(JSON.string(given)),\"loadState\":\"not-found\",\"refused\":true,"
            + "\"wrong\":true,\"problems\":[\(problem)],\"directives\":[]}"
    }

    // MARK: - show

    /// A unit with its properties.
    static func json(showing unit: UnitDescription, _ entries: [UnitProperties.Entry]) -> String {
        let rows = entries.map { entry -> String in
            "\(JSON.string(entry.name)):{\"type\":\(JSON.string(entry.signature))"
                + (entry.unit.map { ",\"unit\":\(JSON.string($0.rawValue))" } ?? "")
                + ",\"value\":\(entry.value.json),\"default\":\(entry.isDefault)}"
        }
        let fragment = unit.files.fragmentPath.map(JSON.string) ?? "null"
        return "{\"name\":\(JSON.string(unit.name.description)),"
            + "\"fragmentPath\":\(fragment),\"dropInPaths\":\(JSON.array(unit.files.dropIns.map { JSON.string($0.path) })),\n"
            + " \"properties\":{\n  \(rows.joined(separator: ",\n  "))\n }}"
    }
}
