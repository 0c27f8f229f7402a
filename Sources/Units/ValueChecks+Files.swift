// Values that name files: folders of a service, files that are opened for it, images that are mounted (systemd.exec(5),
// systemd.service(5)).

extension PropertyReading {
    // MARK: - Folders

    /// A relative path that does not leave its folder, simplified.
    static func relative(_ path: String, at offset: Int) throws(InvalidValue) -> String {
        let parts = path.utf8.split(separator: UInt8(ascii: "/"))
        let simple = Paths.simplified(path)
        guard !path.isEmpty, path.utf8.first != UInt8(ascii: "/"), simple != ".",
            simple.utf8.count < Paths.lengthLimit, Paths.hasNamesOfFiles(simple),
            !parts.contains(where: { $0.elementsEqual("..".utf8) })
        else {
            throw InvalidValue(
                "\(Quoting.quoted(path)) is not a relative path without \"..\"; expected a name such as web or web/data",
                offset: offset)
        }
        return simple
    }

    // MARK: - Files

    /// How `OpenFile=` opens, in the order of systemd's bits.
    static let openFlags = ["read-only", "append", "truncate", "graceful"]

    /// The parts of `OpenFile=PATH:NAME:FLAGS`; C escapes are undone, specifiers are not known.
    /// - Returns: the parts, and the name that the path alone gives.
    static func openFileParts(
        _ text: String
    ) throws(InvalidValue) -> (path: String, name: String, base: String?, flags: [String]) {
        let separator = UInt8(ascii: ":")
        var reader = WordReader(text, [.unescape, .keepEmptyWords], separators: [separator])
        var parts: [(text: String, offset: Int)] = []
        while parts.count < 4, let word = try reader.next() {
            parts.append((try String(word: word.bytes, at: word.offset), word.offset))
        }
        guard let path = parts.first?.text, path.utf8.first == UInt8(ascii: "/"),
            path.utf8.count < Paths.lengthLimit, parts.count <= 3
        else {
            throw InvalidValue(
                "\(Quoting.quoted(text)) is not a file to open; expected an absolute path, /PATH:NAME or /PATH:NAME:FLAGS"
            )
        }
        let base = path.utf8.split(separator: UInt8(ascii: "/")).last { !$0.elementsEqual(".".utf8) }.map(Bytes.text)
        let (given, nameOffset) = parts.count > 1 ? parts[1] : ("", 0)
        guard let name = given.isEmpty ? base : given, name != ".." || !given.isEmpty else {
            throw InvalidValue("\(Quoting.quoted(path)) does not end in a name of a file; expected /PATH:NAME")
        }
        guard isDescriptorName(name) else {
            throw InvalidValue(
                "\(Quoting.quoted(name)) is not a name of a file descriptor; expected ASCII, at most 255 bytes",
                offset: nameOffset)
        }
        return (path, name, base, parts.count > 2 ? try openFlags(parts[2].text, at: parts[2].offset) : [])
    }

    /// The value as it is shown.
    static func openFile(_ text: String) throws(InvalidValue) -> PropertyValue {
        let separator = UInt8(ascii: ":")
        let (path, name, base, flags) = try openFileParts(text)
        // A colon of the path is shown so that the text can be read again.
        var shown = path.utf8.reduce(into: [UInt8]()) { shown, byte in
            if byte == separator { shown += Array("\\x3a".utf8) } else { shown.append(byte) }
        }
        if name != base || !flags.isEmpty { shown.append(separator) }
        if name != base { shown += Array(name.utf8) }
        if !flags.isEmpty { shown += Array(":\(flags.joined(separator: ","))".utf8) }
        return .structures([
            .init(
                Bytes.text(shown),
                ["path": JSON.string(path), "name": JSON.string(name), "flags": JSON.array(flags.map(JSON.string))])
        ])
    }

    private static func openFlags(_ text: String, at offset: Int) throws(InvalidValue) -> [String] {
        var given: [String] = []
        var place = offset
        for part in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            defer { place += part.count + 1 }
            let flag = Bytes.text(part)
            if flag.isEmpty { continue }
            guard openFlags.contains(flag) else {
                throw InvalidValue(
                    "\(Quoting.quoted(flag)) is not a way to open a file; expected of \(Quoting.list(openFlags))",
                    suggestion: Suggestion.nearest(to: flag, among: openFlags), offset: place)
            }
            let excludes = flag == "graceful" ? [flag] : ["read-only", "append", "truncate"]
            guard !given.contains(where: { $0 == flag || excludes.contains($0) }) else {
                throw InvalidValue(
                    "\(Quoting.quoted(flag)) cannot stand here; expected one of read-only, append and truncate, once",
                    offset: place)
            }
            given.append(flag)
        }
        return openFlags.filter { given.contains($0) }
    }

    // MARK: - Images

    /// The partitions of an image that have names (systemd.exec(5), `RootImageOptions=`).
    private static let partitions = [
        "root", "usr", "home", "srv", "esp", "xbootldr", "swap", "root-verity", "usr-verity", "root-verity-sig",
        "usr-verity-sig", "tmp", "var",
    ]

    /// `MountImages=SOURCE:DESTINATION:PARTITION:OPTIONS…`, and `ExtensionImages=` without the destination.
    mutating func images(_ text: String) throws(InvalidValue) -> PropertyValue {
        var reader = WordReader(text, [.unquote, .keepEscapes])
        var result: [PropertyValue.Structure] = []
        while let word = try reader.next() {
            do throws(InvalidValue) {
                result.append(try image(try String(word: word.bytes, at: word.offset), at: word.offset))
            } catch {
                guard problems.count < 100 else { throw error }
                problems.append(error)
            }
        }
        return .structures(result, inLine: true)
    }

    private mutating func image(_ word: String, at offset: Int) throws(InvalidValue) -> PropertyValue.Structure {
        let hasDestination = directive.name == "MountImages"
        var reader = WordReader(
            word, [.unescape, .unescapeSeparators, .keepEmptyWords], separators: [UInt8(ascii: ":")])
        var parts: [(text: String, offset: Int)] = []
        while let part = try reader.next() {
            parts.append(
                (try specifiers.expand(try String(word: part.bytes, at: part.offset)), offset + part.offset))
        }
        let mayBeMissing = word.utf8.first == UInt8(ascii: "-")
        guard let first = parts.first else { throw InvalidValue("no image", offset: offset) }
        let source = try Paths.absolute(mayBeMissing ? String(first.text.dropFirst()) : first.text, at: offset)
        var shown = (mayBeMissing ? "-" : "") + source
        var fields = ["source": JSON.string(source)]
        var rest = parts.dropFirst()
        if hasDestination {
            guard let destination = rest.popFirst(), !destination.text.isEmpty else {
                throw InvalidValue(
                    "\(Quoting.quoted(word)) does not say where to mount it; expected IMAGE:DESTINATION", offset: offset
                )
            }
            let path = try Paths.absolute(destination.text, at: destination.offset)
            shown += ":\(path)"
            fields["destination"] = JSON.string(path)
        }
        var options: [String] = []
        while let partition = rest.popFirst() {
            var (name, values) = (partition.text, rest.popFirst()?.text ?? "")
            // Options alone are those of the root partition.
            if values.isEmpty { (name, values) = ("root", name) }
            if values.isEmpty { continue }
            if name.isEmpty { name = "root" }
            guard Self.partitions.contains(name) else {
                let problem = Self.unknownPartition(name, at: partition.offset)
                guard problems.count < 100 else { throw problem }
                problems.append(problem)
                continue
            }
            shown += ":\(name):\(values)"
            options.append("{\"partition\":\(JSON.string(name)),\"options\":\(JSON.string(values))}")
        }
        fields["ignoreErrors"] = mayBeMissing ? "true" : "false"
        fields["options"] = JSON.array(options)
        return .init(shown, fields)
    }

    private static func unknownPartition(_ name: String, at offset: Int) -> InvalidValue {
        InvalidValue(
            "\(Quoting.quoted(name)) is not a partition of an image; expected of \(Quoting.list(partitions))",
            suggestion: Suggestion.nearest(to: name, among: partitions), offset: offset)
    }

    /// `RootImageOptions=PARTITION:OPTIONS`, several of them; options alone are those of the root partition.
    mutating func mountOptions(_ text: String) throws(InvalidValue) -> PropertyValue {
        let options = try words(text) { word, offset throws(InvalidValue) -> PropertyValue.Structure in
            var (name, values) = TableText.cut(word, at: UInt8(ascii: ":"))
            if (values ?? "").isEmpty { (name, values) = ("root", name) }
            guard Self.partitions.contains(name) else { throw Self.unknownPartition(name, at: offset) }
            return .init(
                "\(name):\(values ?? "")", ["partition": JSON.string(name), "options": JSON.string(values ?? "")])
        }
        return .structures(options)
    }
}
