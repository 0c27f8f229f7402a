// Paths in values: absolute, without "..", simplified, as systemd takes them.

package enum Paths {
    /// The most bytes of a path with its final NUL: PATH_MAX of limits.h.
    static let lengthLimit = 4096

    /// An absolute path.
    /// - Parameters:
    ///   - text: the path, specifiers already replaced.
    ///   - offset: where it stands in the value.
    ///   - mayGoUp: whether `..` is allowed.
    /// - Returns: the path without double slashes, `.` components and a slash at the end.
    /// - Throws: a refusal of a relative path, of one of more than 4095 bytes, and of `..` where that is not allowed.
    static func absolute(_ text: String, at offset: Int = 0, mayGoUp: Bool = false) throws(InvalidValue) -> String {
        guard text.utf8.first == UInt8(ascii: "/") else {
            throw InvalidValue(
                "\(Quoting.quoted(text)) is not an absolute path; expected one that begins with /", offset: offset)
        }
        guard text.utf8.count < lengthLimit else {
            throw InvalidValue("the path is longer than \(lengthLimit - 1) bytes", offset: offset)
        }
        let path = simplified(text)
        guard hasNamesOfFiles(path) else {
            throw InvalidValue("a name in the path is longer than \(nameLimit) bytes", offset: offset)
        }
        if !mayGoUp, goesUp(path) {
            throw InvalidValue("\(Quoting.quoted(text)) contains \"..\"; write the path without it", offset: offset)
        }
        return path
    }

    /// The most bytes of a file's name: NAME_MAX of limits.h.
    static let nameLimit = 255

    /// Whether no component is longer than the name of a file can be.
    static func hasNamesOfFiles(_ path: String) -> Bool {
        var length = 0
        for byte in path.utf8 {
            length = byte == UInt8(ascii: "/") ? 0 : length + 1
            if length > nameLimit { return false }
        }
        return true
    }

    /// Whether a component is `..`. By bytes: as characters, a slash and a combining mark after it are something else.
    static func goesUp(_ path: String) -> Bool {
        var dots = 0
        var isOnlyDots = true
        for byte in path.utf8 {
            if byte == UInt8(ascii: "/") {
                if isOnlyDots, dots == 2 { return true }
                dots = 0
                isOnlyDots = true
            } else {
                isOnlyDots = isOnlyDots && byte == UInt8(ascii: ".")
                dots += 1
            }
        }
        return isOnlyDots && dots == 2
    }

    /// A path without double slashes, `.` components and a slash at the end.
    static func simplified(_ path: String) -> String {
        let slash = UInt8(ascii: "/")
        let bytes = Array(path.utf8)
        let isAbsolute = bytes.first == slash
        var result: [UInt8] = []
        var start = 0
        for end in 0...bytes.count where end == bytes.count || bytes[end] == slash {
            let isDot = end - start == 1 && bytes[start] == UInt8(ascii: ".")
            if end > start, !isDot {
                if isAbsolute || !result.isEmpty { result.append(slash) }
                result += bytes[start..<end]
            }
            start = end + 1
        }
        if result.isEmpty { return isAbsolute ? "/" : "." }
        return Bytes.text(result)
    }

    /// Whether a name can be a file's in a directory.
    package static func isFileName(_ name: String) -> Bool {
        !name.isEmpty && name != "." && name != ".." && name.utf8.count <= nameLimit
            && !name.utf8.contains(UInt8(ascii: "/"))
    }
}
