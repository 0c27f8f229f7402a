// Values of credentials and of data that a unit brings along (systemd.exec(5), "CREDENTIALS" and `StandardInputData=`).

extension PropertyReading {
    /// `LoadCredential=ID:PATH` and its family, `SetCredential=ID:VALUE`, `ImportCredential=GLOB:ID`.
    /// - Returns: the same with specifiers replaced; what is loaded without a path has the credential of that name.
    mutating func credential(_ text: String) throws(InvalidValue) -> String {
        // A backslash makes the next byte of the ID literal, a colon too.
        var reader = WordReader(text, [.keepEmptyWords], separators: [UInt8(ascii: ":")])
        let name = try specifiers.expand(Bytes.text(try reader.next()?.bytes ?? []))
        let tail = reader.isFinished ? nil : Bytes.text(reader.bytes[reader.position...])
        let offset = reader.position
        if directive.name == "ImportCredential" {
            let isGlob = name.utf8.last == UInt8(ascii: "*")
            let stem = isGlob ? String(name.dropLast()) : name
            guard !name.isEmpty, isGlob && stem.isEmpty || Self.isCredentialName(stem),
                !stem.utf8.contains(where: { "*?[".utf8.contains($0) })
            else {
                throw InvalidValue(
                    "\(Quoting.quoted(name)) is not a name of a credential; expected a file's name, perhaps with * at its end"
                )
            }
            guard let tail, !tail.isEmpty else { return name }
            let renamed = try specifiers.expand(tail, at: offset)
            guard Self.isCredentialName(renamed) else { throw Self.badCredentialName(renamed, at: offset) }
            return "\(name):\(renamed)"
        }
        if directive.name.hasPrefix("SetCredential") {
            guard let tail, !tail.isEmpty else {
                throw InvalidValue("\(Quoting.quoted(text)) has no value; expected ID:VALUE")
            }
            guard Self.isCredentialName(name) else { throw Self.badCredentialName(name, at: 0) }
            if directive.name == "SetCredential" {
                try Self.checkEscapes(tail, at: offset)
            } else {
                _ = try Base64.decode(tail, at: offset)
            }
            return "\(name):\(tail)"
        }
        guard Self.isCredentialName(name) else { throw Self.badCredentialName(name, at: 0) }
        guard let tail, !tail.isEmpty else { return "\(name):\(name)" }
        let source = try specifiers.expand(tail, at: offset)
        let isPath: Bool
        do throws(InvalidValue) { isPath = try Paths.absolute(source) == source } catch { isPath = false }
        guard isPath || Self.isCredentialName(source) else {
            throw InvalidValue(
                "\(Quoting.quoted(source)) is neither the name of a credential nor an absolute path without . and .. and "
                    + "double slashes", offset: offset)
        }
        return "\(name):\(source)"
    }

    private static func isCredentialName(_ name: String) -> Bool {
        Paths.isFileName(name) && isDescriptorName(name)
    }

    private static func badCredentialName(_ name: String, at offset: Int) -> InvalidValue {
        InvalidValue(
            "\(Quoting.quoted(name)) is not a name of a credential; expected a file's name in ASCII, without \":\"",
            offset: offset)
    }

    /// The value of a credential is bytes, so that NUL is allowed here.
    private static func checkEscapes(_ text: String, at offset: Int) throws(InvalidValue) {
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "\\") else {
                index += 1
                continue
            }
            let rest = bytes[(index + 1)...]
            if let escape = Escape(rest) {
                index += 1 + escape.length
            } else if let length = [("x00", 4), ("000", 4), ("u0000", 6), ("U00000000", 10)].first(where: {
                rest.starts(with: $0.0.utf8)
            })?.1 {
                index += length
            } else {
                throw InvalidValue(
                    "a backslash begins a C escape, and this is none; for one that stays write two",
                    offset: offset + index)
            }
        }
    }
}
