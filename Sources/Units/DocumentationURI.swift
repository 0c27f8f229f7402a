// URIs of Documentation= (systemd.unit(5), "Documentation="; uri(7)).

/// Where something is documented.
enum DocumentationURI {
    /// The beginnings that are allowed, and have something after them.
    static let schemes = ["https://", "http://", "file:/", "info:", "man:"]

    /// Checks one word of `Documentation=`.
    /// - Parameters:
    ///   - text: the word, quotes undone and specifiers replaced.
    ///   - offset: where it stands in the value.
    /// - Returns: the URI as it is.
    /// - Throws: a refusal of another scheme, of nothing after it, and of what is not ASCII.
    static func check(_ text: String, at offset: Int = 0) throws(InvalidValue) -> String {
        guard let scheme = schemes.first(where: { text.utf8.starts(with: $0.utf8) }) else {
            throw InvalidValue(
                "\(Quoting.quoted(text)) is not a URI that systemd takes; expected one that begins with "
                    + Quoting.list(schemes), offset: offset)
        }
        guard text.utf8.count > scheme.utf8.count else {
            throw InvalidValue("nothing follows \(scheme); expected a URI such as man:daemon(7)", offset: offset)
        }
        guard text.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw InvalidValue(
                "\(Quoting.quoted(text)) is not ASCII; expected other characters percent-encoded (%% in a unit file)",
                offset: offset)
        }
        return text
    }
}
