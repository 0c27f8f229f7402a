// What others wrote, made fit for a line of a log, of a terminal, or of a message.

/// Texts of strangers as one line.
package enum OneLine {
    /// A text as one line: control characters (a line break would begin a field of its own) become spaces, and it is
    /// cut between characters, never inside one.
    /// - Parameters:
    ///   - text: any text.
    ///   - limit: the most bytes of the result.
    /// - Returns: the line.
    package static func text(_ text: String, limit: Int) -> String {
        var line = ""
        var bytes = 0
        for scalar in text.unicodeScalars {
            // C1 controls too: a terminal that shows the status obeys them.
            let isControl = scalar.value < 32 || (127..<160).contains(scalar.value)
            let kept: Unicode.Scalar = isControl ? " " : scalar
            bytes += UTF8.width(kept)
            if bytes > limit { break }
            line.unicodeScalars.append(kept)
        }
        return line
    }
}
