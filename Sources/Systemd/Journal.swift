// Log entries with fields, straight to the journal: sd-journal(3).
import CSystemd
import Glibc
import Linux

/// The system's journal.
public enum Journal {
    /// How urgent an entry is: syslog(3), the levels of sd-daemon(3).
    public enum Priority: CInt, Sendable, CaseIterable {
        /// The system is unusable.
        case emergency = 0
        /// Somebody must act at once.
        case alert
        /// A critical condition.
        case critical
        /// An error.
        case error
        /// A warning.
        case warning
        /// Normal, but worth noting.
        case notice
        /// Informational.
        case informational
        /// For the developer.
        case debug
    }

    /// A field besides the message: `UNIT=web`.
    public struct Field: Equatable, Sendable {
        /// Capital letters, digits and `_`, beginning with a letter, at most 64 (systemd.journal-fields(7)).
        public let name: String
        /// Any text, of several lines too.
        public let value: String

        /// A field.
        /// - Parameters:
        ///   - name: its name; see `name`.
        ///   - value: any text.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The most bytes of one entry's text; journald takes far more, a hostile text should not.
    public static let entryLimit = 768 * 1024

    /// Writes an entry (sd_journal_sendv(3)).
    /// - Parameters:
    ///   - message: `MESSAGE=`.
    ///   - priority: `PRIORITY=`.
    ///   - fields: further fields.
    /// - Throws: EINVAL for a name that is none, EMSGSIZE for an entry above `entryLimit`. Where journald does not run,
    ///   libsystemd succeeds and the entry is nowhere: log to standard error as well.
    public static func send(
        _ message: String, priority: Priority = .informational, fields: [Field] = []
    ) throws(SystemError) {
        let all = [Field("MESSAGE", message), Field("PRIORITY", String(priority.rawValue))] + fields
        var bytes: [UInt8] = []
        var lengths: [Int] = []
        for field in all {
            guard isName(field.name) else {
                throw SystemError(
                    "log the field", OneLine.text(field.name, limit: 64), errno: EINVAL,
                    advice: "a name has 1 to 64 capital letters, digits or _ and begins with a letter")
            }
            let text = Array("\(field.name)=\(field.value)".utf8)
            bytes += text
            lengths.append(text.count)
        }
        guard bytes.count <= entryLimit else {
            throw SystemError("log", "an entry of \(bytes.count) bytes", errno: EMSGSIZE)
        }
        // One buffer, addressed piece by piece: libsystemd copies before it returns.
        let result = bytes.withUnsafeMutableBytes { buffer in
            var vectors: [iovec] = []
            var offset = 0
            for length in lengths {
                vectors.append(iovec(iov_base: buffer.baseAddress.map { $0 + offset }, iov_len: length))
                offset += length
            }
            return sd_journal_sendv(vectors, CInt(vectors.count))
        }
        guard result >= 0 else { throw SystemError("write to the journal", errno: -result) }
    }

    /// A stream whose lines become entries: for the standard output of a child (sd_journal_stream_fd(3)).
    /// - Parameters:
    ///   - identifier: `SYSLOG_IDENTIFIER=` of the entries.
    ///   - priority: of lines without a `<N>` prefix.
    ///   - parsesPrefixes: whether a `<N>` prefix of a line sets its priority (sd-daemon(3)).
    /// - Returns: the stream, close-on-exec.
    /// - Throws: ENOENT where journald does not run.
    public static func stream(
        identifier: String, priority: Priority = .informational, parsesPrefixes: Bool = true
    ) throws(SystemError) -> OwnedDescriptor {
        let value = sd_journal_stream_fd(identifier, priority.rawValue, parsesPrefixes ? 1 : 0)
        guard value >= 0 else { throw SystemError("open a stream to the journal", errno: -value) }
        return OwnedDescriptor(owning: value)
    }

    /// Whether a name may be one of a field that a program sends.
    static func isName(_ name: String) -> Bool {
        guard (1...64).contains(name.utf8.count), let first = name.utf8.first, (65...90).contains(first) else {
            return false
        }
        return name.utf8.allSatisfy { (65...90).contains($0) || (48...57).contains($0) || $0 == 95 }
    }
}
