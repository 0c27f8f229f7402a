// Command lines of ExecStart= and its family (systemd.service(5), "COMMAND LINES").

extension ExecCommand {
    /// What reading a command line gives: the commands, and what is worth a warning.
    struct Parsed {
        var commands: [ExecCommand] = []
        /// Warnings, with their places in the value.
        var warnings: [InvalidValue] = []
    }

    /// Reads one assignment: one command, or several with lone `;` between them.
    /// - Parameters:
    ///   - text: the value, not empty.
    ///   - specifiers: replaces `%` in every word, after quotes and escapes are undone.
    /// - Returns: the commands in order, none for lone `;` alone, and the warnings.
    /// - Throws: a refusal of the first word that cannot be read, of a prefix that is not honoured, or of a program
    ///   that is neither an absolute path nor a plain name.
    static func parse(_ text: String, specifiers: inout Specifiers) throws(InvalidValue) -> Parsed {
        var reader = WordReader(text, escapes: .lenient)
        var parsed = Parsed()
        while let first = try reader.next() {
            // A lone ";" separates; where there is nothing to separate it is skipped, as systemd does.
            if first.bytes == [UInt8(ascii: ";")] { continue }
            parsed.commands.append(try command(first, &reader, &specifiers, &parsed.warnings))
        }
        for escape in reader.unknownEscapes {
            parsed.warnings.append(
                InvalidValue(
                    "\(Quoting.quoted("\\" + escape.text)) is not a known escape and stays as it is; "
                        + "write \"\\\\\" for a backslash", offset: escape.offset))
        }
        return parsed
    }

    private static func command(
        _ first: WordReader.Word, _ reader: inout WordReader, _ specifiers: inout Specifiers,
        _ warnings: inout [InvalidValue]
    ) throws(InvalidValue) -> ExecCommand {
        let word = try String(word: first.bytes, at: first.offset)
        let prefixes = try Prefixes(word, at: first.offset)
        let typed = try specifiers.expand(String(word.utf8.dropFirst(prefixes.count)) ?? "", at: first.offset)
        let path = try program(typed, at: first.offset, &warnings)
        var command = ExecCommand(path: path, arguments: prefixes.givesArgumentZero ? [] : [typed])
        command.ignoreFailure = prefixes.ignoresFailure
        command.noEnvironmentExpansion = prefixes.keepsDollars

        while reader.skipWhitespace() {
            if reader.skipLone(";") { break }
            if reader.skipLone("\\;") {
                command.arguments.append(";")
                continue
            }
            guard let next = try reader.next() else { break }
            let argument = try String(word: next.bytes, at: next.offset)
            command.arguments.append(try specifiers.expand(argument, at: next.offset))
        }
        if command.arguments.isEmpty {
            throw InvalidValue(
                "the prefix @ wants the program's own name for itself after the path; expected @/path NAME ARGUMENT…",
                offset: first.offset)
        }
        return command
    }

    /// The program of a command line, checked.
    private static func program(
        _ text: String, at offset: Int, _ warnings: inout [InvalidValue]
    ) throws(InvalidValue) -> String {
        guard !text.isEmpty else {
            throw InvalidValue("no program; expected an absolute path or a program's name", offset: offset)
        }
        guard !text.utf8.contains(0), text.utf8.count < Paths.lengthLimit else {
            throw InvalidValue("the program's path is longer than \(Paths.lengthLimit - 1) bytes", offset: offset)
        }
        guard text.utf8.last != UInt8(ascii: "/") else {
            throw InvalidValue("\(Quoting.quoted(text)) is a directory; expected a program", offset: offset)
        }
        let isAbsolute = text.utf8.first == UInt8(ascii: "/")
        guard isAbsolute || Paths.isFileName(text) else {
            throw InvalidValue(
                "\(Quoting.quoted(text)) is neither an absolute path nor a plain name; expected /path/to/program or program",
                offset: offset)
        }
        // systemd refuses such a name. It is a legal file name, so it is run, and the difference is told.
        if text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f || "\"'\\".utf8.contains($0) }) {
            warnings.append(
                InvalidValue(
                    "the program's name \(Quoting.quoted(text)) contains quotation marks, backslashes or control characters; "
                        + "systemd refuses such a name", offset: offset))
        }
        return isAbsolute ? Paths.simplified(text) : text
    }

    /// The special prefixes before a program (systemd.service(5), "Special executable prefixes").
    private struct Prefixes {
        var count = 0
        var ignoresFailure = false
        var givesArgumentZero = false
        var keepsDollars = false

        init(_ word: String, at offset: Int) throws(InvalidValue) {
            for byte in word.utf8 {
                switch byte {
                case UInt8(ascii: "-") where !ignoresFailure: ignoresFailure = true
                case UInt8(ascii: "@") where !givesArgumentZero: givesArgumentZero = true
                case UInt8(ascii: ":") where !keepsDollars: keepsDollars = true
                case UInt8(ascii: "+"), UInt8(ascii: "!"), UInt8(ascii: "|"):
                    let prefix = String(Character(Unicode.Scalar(byte)))
                    throw InvalidValue(
                        "the prefix \(prefix) is not honoured yet; honoured are -, @ and :",
                        offset: offset + count, kind: .notHonoured)
                default: return
                }
                count += 1
            }
        }
    }
}
