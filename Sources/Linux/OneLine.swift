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
            // C1 controls too: a terminal that shows the status obeys them. And what turns the direction of writing
            // makes a line say something else to a reader than to a program.
            let isControl = scalar.value < 32 || (127..<160).contains(scalar.value) || isDirection(scalar)
            let kept: Unicode.Scalar = isControl ? " " : scalar
            bytes += UTF8.width(kept)
            if bytes > limit { break }
            line.unicodeScalars.append(kept)
        }
        return line
    }

    /// Marks, embeddings, overrides and isolates of the bidirectional algorithm (Unicode Standard Annex 9).
    private static func isDirection(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x61c, 0x200e, 0x200f, 0x202a...0x202e, 0x2066...0x2069: true
        default: false
        }
    }
}
