// The words of SystemCallFilter= and SystemCallLog= (systemd.exec(5)).

extension PropertyReading {
    /// A list of system calls and `@groups`, which `~` turns round.
    mutating func systemCalls(_ text: String) throws(InvalidValue) -> [String] {
        let isDenied = text.utf8.first == UInt8(ascii: "~")
        let takesErrors = directive.name == "SystemCallFilter"
        return try filter(text) { word, offset throws(InvalidValue) in
            try Self.systemCall(word, at: offset, takesError: takesErrors, isDenied: isDenied)
        }
    }

    /// A system call or a group, and behind `:` the error that it gives where it is forbidden.
    private static func systemCall(
        _ word: String, at offset: Int, takesError: Bool, isDenied: Bool
    ) throws(InvalidValue) -> String {
        var name = word
        if takesError {
            let (head, error) = TableText.cut(word, at: UInt8(ascii: ":"))
            name = head
            if let error {
                let errorOffset = offset + head.utf8.count + 1
                guard isErrorOfCall(error) else {
                    throw InvalidValue(
                        "\(Quoting.quoted(error)) is not an error; expected a name such as EPERM, a number to 4095, or kill",
                        suggestion: Suggestion.nearest(to: error, among: errorNames), offset: errorOffset)
                }
                guard isDenied else {
                    throw InvalidValue(
                        "a call that is allowed gives no error; expected \(Quoting.quoted(head)) alone, or ~ before the list",
                        offset: errorOffset)
                }
            }
        }
        if name.utf8.first == UInt8(ascii: "@") {
            let group = String(name.dropFirst())
            if SystemCallNames.groups.contains(group) { return word }
            throw InvalidValue(
                "\(Quoting.quoted(name)) is not a group of system calls; systemd-analyze syscall-filter lists them",
                suggestion: Suggestion.nearest(to: group, among: SystemCallNames.groups).map { "@\($0)" },
                offset: offset)
        }
        guard SystemCallNames.contains(name) else {
            throw InvalidValue(
                "\(Quoting.quoted(name)) is not a system call; expected one of syscalls(2), or a group such as @system-service",
                suggestion: SystemCallNames.nearest(to: name), offset: offset)
        }
        return word
    }

    /// Behind a call 0 is a number too.
    private static func isErrorOfCall(_ text: String) -> Bool {
        if text == "kill" { return true }
        return Numbers.unsigned(text).map { $0 <= 4095 } ?? (errorNumber(named: text) != nil)
    }

    /// The number of an error by its name, in upper or lower case; nil where there is none.
    static func errorNumber(named text: String) -> Int64? {
        // The longest is ESOCKTNOSUPPORT.
        guard (2...20).contains(text.utf8.count) else { return nil }
        let name = Bytes.text(text.utf8.map { (0x61...0x7a).contains($0) ? $0 - 0x20 : $0 })
        // Names that share a number with another.
        let others = ["EWOULDBLOCK": "EAGAIN", "ENOTSUP": "EOPNOTSUPP", "EDEADLOCK": "EDEADLK"]
        return errorNames.firstIndex(of: others[name] ?? name).map { Int64($0 + 1) }
    }
}
