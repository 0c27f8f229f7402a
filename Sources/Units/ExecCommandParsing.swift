// Command lines of ExecStart= and its family (systemd.service(5), "COMMAND LINES").

extension ExecCommand {
    /// What reading a command line gives: the commands, and what is worth a warning.
    struct Parsed {
        var commands: [ExecCommand] = []
        /// Where each command begins in the value, in bytes.
        var offsets: [Int] = []
        /// Warnings, with their places in the value.
        var warnings: [InvalidValue] = []
    }

    /// Reads one assignment: one command, or several with lone `;` between them.
    ///
    /// A command that cannot be read refuses the unit, unless it has the prefix `-`: then it and the rest of the line
    /// are left out with a warning. So they are where the first word of a command has an open quotation mark, prefix
    /// or not, as in systemd.
    /// - Parameters:
    ///   - text: the value, not empty.
    ///   - specifiers: replaces `%` in every word, after quotes and escapes are undone.
    /// - Returns: the commands in order, none for lone `;` alone, and the warnings.
    /// - Throws: a refusal, with `refusesUnit`, of a word that cannot be read, or of a program that is neither an
    ///   absolute path nor a plain name.
    static func parse(_ text: String, specifiers: inout Specifiers) throws(InvalidValue) -> Parsed {
        var reader = WordReader(text, [.unquote, .unescape])
        var parsed = Parsed()
        while let first = firstWord(&reader, &parsed.warnings) {
            // A lone ";" separates; where there is nothing to separate it is skipped, as systemd does.
            if first.bytes == [UInt8(ascii: ";")] { continue }
            let prefixes = Prefixes(first.bytes)
            do throws(InvalidValue) {
                parsed.commands.append(try command(first, prefixes, &reader, &specifiers))
                parsed.offsets.append(first.offset)
            } catch {
                guard prefixes.ignoresFailure else {
                    var refusal = error
                    refusal.refusesUnit = true
                    throw refusal
                }
                parsed.warnings.append(ignored(error))
                break
            }
        }
        for escape in reader.unknownEscapes {
            parsed.warnings.append(
                InvalidValue(
                    "\(Quoting.quoted("\\" + escape.text)) is not a known escape and stays as it is; "
                        + "write \"\\\\\" for a backslash", offset: escape.offset))
        }
        return parsed
    }

    /// The first word of a command; nil at the end, and with a warning where it cannot be read.
    private static func firstWord(_ reader: inout WordReader, _ warnings: inout [InvalidValue]) -> WordReader.Word? {
        do throws(InvalidValue) {
            return try reader.nextKeepingUnknownEscapes()
        } catch {
            warnings.append(ignored(error))
            return nil
        }
    }

    private static func ignored(_ error: InvalidValue) -> InvalidValue {
        var warning = error
        warning.message += "; the command and the rest of its line are ignored"
        return warning
    }

    private static func command(
        _ first: WordReader.Word, _ prefixes: Prefixes, _ reader: inout WordReader, _ specifiers: inout Specifiers
    ) throws(InvalidValue) -> ExecCommand {
        let word = try String(word: Array(first.bytes.dropFirst(prefixes.count)), at: first.offset)
        let typed = try specifiers.expand(word, at: first.offset)
        var command: ExecCommand
        if prefixes.viaShell {
            // With @ the shell is a login shell, which it knows by the dash before its name.
            command = ExecCommand(path: "/bin/sh", arguments: [prefixes.givesArgumentZero ? "-sh" : "sh"])
            if !typed.isEmpty { command.arguments.append(typed) }
        } else {
            try checkProgram(typed, at: first.offset)
            let path = typed.utf8.first == UInt8(ascii: "/") ? Paths.simplified(typed) : typed
            command = ExecCommand(path: path, arguments: prefixes.givesArgumentZero ? [] : [typed])
        }
        command.ignoreFailure = prefixes.ignoresFailure
        command.noEnvironmentExpansion = prefixes.keepsDollars
        command.privilege = prefixes.privilege
        command.viaShell = prefixes.viaShell

        while reader.skipSeparators() {
            if reader.skipLone(";") { break }
            if reader.skipLone("\\;") {
                command.arguments.append(";")
                continue
            }
            guard let next = try reader.nextKeepingUnknownEscapes() else { break }
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

    /// Refuses what cannot be a program.
    private static func checkProgram(_ text: String, at offset: Int) throws(InvalidValue) {
        guard let first = text.utf8.first else {
            throw InvalidValue("no program; expected an absolute path or a program's name", offset: offset)
        }
        guard text.utf8.count < Paths.lengthLimit else {
            throw InvalidValue("the program's path is longer than \(Paths.lengthLimit - 1) bytes", offset: offset)
        }
        guard Paths.hasNamesOfFiles(text) else {
            throw InvalidValue(
                "a name in the program's path is longer than \(Paths.nameLimit) bytes", offset: offset)
        }
        guard !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f || "\"'\\".utf8.contains($0) }) else {
            throw InvalidValue(
                "the program's name \(Quoting.quoted(text)) contains quotation marks, backslashes or control characters; "
                    + "expected a path or name without them", offset: offset)
        }
        let last = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).last
        guard let last, !last.isEmpty, !last.elementsEqual(".".utf8), !last.elementsEqual("..".utf8) else {
            throw InvalidValue("\(Quoting.quoted(text)) is a directory; expected a program", offset: offset)
        }
        guard first == UInt8(ascii: "/") || Paths.isFileName(text) else {
            throw InvalidValue(
                "\(Quoting.quoted(text)) is neither an absolute path nor a plain name; expected /path/to/program or program",
                offset: offset)
        }
    }

    /// The special prefixes before a program (systemd.service(5), "Special executable prefixes"): in any order, each
    /// once, only one of + ! !!. What does not fit is taken for the beginning of the path, and refused there.
    private struct Prefixes {
        var count = 0
        var ignoresFailure = false
        var givesArgumentZero = false
        var keepsDollars = false
        var viaShell = false
        var privilege = Privilege.none

        init(_ word: [UInt8]) {
            for byte in word {
                switch byte {
                case UInt8(ascii: "-") where !ignoresFailure: ignoresFailure = true
                case UInt8(ascii: "@") where !givesArgumentZero: givesArgumentZero = true
                case UInt8(ascii: ":") where !keepsDollars: keepsDollars = true
                case UInt8(ascii: "|") where !viaShell: viaShell = true
                case UInt8(ascii: "+") where privilege == .none: privilege = .full
                case UInt8(ascii: "!") where privilege == .none: privilege = .elevated
                // The second one need not follow the first at once: "!-!" is "!!" and "-".
                case UInt8(ascii: "!") where privilege == .elevated: privilege = .ambient
                default: return
                }
                count += 1
            }
        }
    }
}
