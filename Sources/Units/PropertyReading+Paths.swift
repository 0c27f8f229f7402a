// Lists whose words are paths, alone or with parts between colons: folders, mounts, folders of a service, search paths.

extension PropertyReading {
    // MARK: - Paths

    static func plainPath(_ word: String, at offset: Int) throws(InvalidValue) -> String {
        try Paths.absolute(word, at: offset)
    }

    /// A path that may be missing (`-`), or is seen from the root of the service (`+`).
    static func prefixedPath(_ word: String, at offset: Int) throws(InvalidValue) -> String {
        var prefix = ""
        var rest = word[...]
        for mark in ["-", "+"] where rest.hasPrefix(mark) {
            prefix += mark
            rest = rest.dropFirst()
        }
        return prefix + (try Paths.absolute(String(rest), at: offset + prefix.utf8.count))
    }

    /// `ExecSearchPath=`: absolute folders between colons. The first that is none ends the list.
    mutating func searchPath(_ text: String) throws(InvalidValue) -> [String] {
        var reader = WordReader(text, [.keepEmptyWords], separators: [UInt8(ascii: ":")])
        var result: [String] = []
        do throws(InvalidValue) {
            while let word = try reader.next() {
                let path = try specifiers.expand(try String(word: word.bytes, at: word.offset), at: word.offset)
                result.append(try Paths.absolute(path, at: word.offset))
            }
        } catch {
            problems.append(error)
        }
        return result
    }

    // MARK: - Mounts

    /// `BindPaths=SOURCE:TARGET:OPTION …`: the source may be missing (`-`), the target is the source where it is not told.
    /// A colon in quotation marks or behind a backslash is part of a path.
    mutating func bindMounts(_ text: String) throws(InvalidValue) -> [String] {
        let separators = WordReader.whitespace + [UInt8(ascii: ":")]
        var reader = WordReader(text, [.unquote, .keepEmptyWords], separators: separators)
        var result: [String] = []
        do throws(InvalidValue) {
            while let word = try reader.next() {
                // Two spaces have an empty word between them.
                if word.bytes.isEmpty, !reader.hasPassed(UInt8(ascii: ":")) { continue }
                do throws(InvalidValue) {
                    if let mount = try bindMount(word, &reader) { result.append(mount) }
                } catch {
                    note(error)
                }
            }
        } catch {
            problems.append(error)
        }
        return result
    }

    /// One mount whose source was read. What cannot be read ends the value, as in systemd: then there is none, and the
    /// reader is at its end.
    private mutating func bindMount(
        _ word: WordReader.Word, _ reader: inout WordReader
    ) throws(InvalidValue) -> String? {
        let text = try specifiers.expand(try String(word: word.bytes, at: word.offset), at: word.offset)
        let isOptional = text.utf8.first == UInt8(ascii: "-")
        let source = try Paths.absolute(isOptional ? String(text.dropFirst()) : text, at: word.offset)
        guard reader.hasPassed(UInt8(ascii: ":")), let next = try part(of: &reader) else {
            return "\(isOptional ? "-" : "")\(source):\(source):rbind"
        }
        // The option is read before the target is looked at only where there is one.
        let expanded = try specifiers.expand(try String(word: next.bytes, at: next.offset), at: next.offset)
        let target = try Paths.absolute(expanded, at: next.offset)
        var option = ""
        var offset = next.offset
        if reader.hasPassed(UInt8(ascii: ":")) {
            // What follows the second colon goes on to whitespace.
            let separators = reader.separators
            reader.separators = WordReader.whitespace
            reader.options.remove(.keepEmptyWords)
            defer {
                reader.separators = separators
                reader.options.insert(.keepEmptyWords)
            }
            if let last = try part(of: &reader) {
                option = Bytes.text(last.bytes)
                offset = last.offset
            }
        }
        // Without an option a mount takes along what is mounted below.
        guard ["", "rbind", "norbind"].contains(option) else {
            throw InvalidValue(
                "\(Quoting.quoted(option)) is not an option of a mount; expected SOURCE:TARGET:rbind or SOURCE:TARGET:norbind",
                offset: offset)
        }
        return "\(isOptional ? "-" : "")\(source):\(target)\(option == "norbind" ? "" : ":rbind")"
    }

    /// The next part; where it cannot be read nothing after it can be.
    private func part(of reader: inout WordReader) throws(InvalidValue) -> WordReader.Word? {
        do throws(InvalidValue) {
            return try reader.next()
        } catch {
            reader.stop()
            throw error
        }
    }

    /// `PATH:OPTIONS` of `TemporaryFileSystem=`. The path is read out of the word once more, with backslashes of its own;
    /// what they make of the options is for the mount to say.
    mutating func mountPoint(_ word: String, at offset: Int) throws(InvalidValue) -> String {
        var reader = WordReader(word, [.keepEmptyWords], separators: [UInt8(ascii: ":")])
        guard let first = try reader.next() else { throw InvalidValue("no path", offset: offset) }
        let path = try specifiers.expand(try String(word: first.bytes, at: offset), at: offset)
        let options = reader.isFinished ? "" : ":" + Bytes.text(reader.bytes[reader.position...])
        return try Paths.absolute(path, at: offset) + options
    }

    // MARK: - Folders of a service

    /// `StateDirectory=PATH:LINK:FLAGS` and its family: the parts have C escapes, where words have none, and `\:` is a
    /// colon. An escape that is not known ends the value.
    mutating func directories(_ text: String) throws(InvalidValue) -> [String] {
        var reader = WordReader(text, directive.listSyntax(of: kind).options)
        var result: [String] = []
        do throws(InvalidValue) {
            while let word = try reader.next() {
                let parts = try Self.parts(of: word)
                do throws(InvalidValue) {
                    result.append(try directory(parts))
                } catch {
                    note(error)
                }
            }
        } catch {
            problems.append(error)
        }
        return result
    }

    /// Between a folder of a service, the symbolic link to it and its flag: a colon may be part of either path.
    static let linkMark: UInt8 = 0

    private static func parts(of word: WordReader.Word) throws(InvalidValue) -> [(text: String, offset: Int)] {
        var reader = WordReader(
            Bytes.text(word.bytes), [.unescape, .unescapeSeparators, .keepEmptyWords], separators: [UInt8(ascii: ":")])
        var parts: [(text: String, offset: Int)] = []
        do throws(InvalidValue) {
            // systemd does not look at more than the flags.
            while parts.count < 3, let part = try reader.next() {
                parts.append((try String(word: part.bytes, at: part.offset), word.offset + part.offset))
            }
        } catch {
            throw InvalidValue(error.message, offset: word.offset + error.offset)
        }
        return parts
    }

    private mutating func directory(_ parts: [(text: String, offset: Int)]) throws(InvalidValue) -> String {
        guard let first = parts.first else { throw InvalidValue("no name of a folder") }
        let path = try relative(first.text, at: first.offset)
        // With DynamicUser= the folders of all such services are in there, out of the reach of others.
        guard path != "private", !path.utf8.starts(with: "private/".utf8) else {
            throw InvalidValue(
                "\(Quoting.quoted(path)) is where systemd keeps the folders of dynamic users; expected another name",
                offset: first.offset)
        }
        var link = ""
        if parts.count > 1, !parts[1].text.isEmpty {
            // The folder of configuration is the administrator's, and gets no link.
            guard directive.name != "ConfigurationDirectory" else {
                throw InvalidValue("ConfigurationDirectory= makes no symbolic links", offset: parts[1].offset)
            }
            link = try relative(parts[1].text, at: parts[1].offset)
        }
        if parts.count > 2, !parts[2].text.isEmpty, parts[2].text != "ro" {
            throw InvalidValue(
                "\(Quoting.quoted(parts[2].text)) is not a flag of a folder; expected ro, or nothing",
                offset: parts[2].offset)
        }
        let mark = Bytes.text([Self.linkMark])
        if parts.count > 2, !parts[2].text.isEmpty { return path + mark + link + mark + parts[2].text }
        return link.isEmpty ? path : path + mark + link
    }

    private mutating func relative(_ text: String, at offset: Int) throws(InvalidValue) -> String {
        let name = try specifiers.expand(text, at: offset)
        return try Self.relative(name, at: offset)
    }
}
