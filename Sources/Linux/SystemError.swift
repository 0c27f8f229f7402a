// What went wrong: what was being done, to what, errno in words, and what to do about it.
import CLinux
import Glibc

/// A failed system call, told so that a person can act on it.
public struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was being done, as an infinitive: "open", "bind the notify socket".
    public let operation: String
    /// What it was done to: a path, a pid, a name.
    public let subject: String?
    /// errno(3) of the failed call; 0 when the refusal is our own.
    public let errno: CInt
    /// What to do about it, or why it was refused.
    public let advice: String?

    /// An error of a system call.
    /// - Parameters:
    ///   - operation: what was being done, as an infinitive.
    ///   - subject: what it was done to.
    ///   - errno: the error number; by default the calling thread's.
    ///   - advice: what a person can do about it.
    public init(_ operation: String, _ subject: String? = nil, errno: CInt = Glibc.errno, advice: String? = nil) {
        self.operation = operation
        self.subject = subject
        self.errno = errno
        self.advice = advice
    }

    /// A refusal that no system call made.
    /// - Parameters:
    ///   - operation: what was being done.
    ///   - subject: what it was done to.
    ///   - reason: why it is refused and what to do.
    /// - Returns: an error whose `errno` is 0 and whose advice is the reason.
    public static func refused(_ operation: String, _ subject: String? = nil, because reason: String) -> SystemError {
        SystemError(operation, subject, errno: 0, advice: reason)
    }

    /// One line: "cannot OPERATION SUBJECT: errno in words; advice".
    public var description: String {
        var text = "cannot \(operation)"
        if let subject { text += " \(subject)" }
        if errno != 0 { text += ": \(SystemError.words(errno))" }
        if let advice { text += (errno == 0 ? ": " : "; ") + advice }
        return text
    }

    /// An error number in words with its name: "No such file or directory (ENOENT)".
    /// - Parameter number: an errno(3) value.
    /// - Returns: one line, whatever the number.
    public static func words(_ number: CInt) -> String {
        let text = String(cString: daimon_errno_words(number))
        return "\(text) (\(String(cString: daimon_errno_name(number))))"
    }
}
