// Values of devices in systemd.resource-control(5): a path, and a weight, a bandwidth or a latency.

extension PropertyReading {
    /// `IOReadBandwidthMax=` and its family: a device and how much it may do in a second, to the base of 1000.
    /// - Returns: without a text where there is no limit: then the one that was assigned before is taken back.
    mutating func bandwidth(_ text: String) throws(InvalidValue) -> PropertyValue {
        let isCount = directive.name.hasSuffix("IOPSMax")
        let (path, rest, offset) = try device(text, isCount ? "a number such as 1K" : "a bandwidth such as 5M")
        var limit: UInt64?
        if rest != "infinity" {
            let given = try Self.shifted(by: offset) { () throws(InvalidValue) in
                try ByteSize.bytes(parsing: rest, base: .decimal)
            }
            guard given > 0 else {
                throw InvalidValue("0 would stop all of it; expected a limit, or infinity for none", offset: offset)
            }
            limit = given == .max ? nil : given
        }
        return .structures([
            .init(
                limit.map { "\(path) \($0)" } ?? "",
                ["path": JSON.string(path), "limit": limit.map { String($0) } ?? "null"], name: path)
        ])
    }

    /// `IODeviceWeight=`: a device and its weight.
    mutating func deviceWeight(_ text: String) throws(InvalidValue) -> PropertyValue {
        let range: ClosedRange<UInt64> = directive.name.hasPrefix("BlockIO") ? 10...1000 : 1...10_000
        let (path, rest, offset) = try device(text, "a weight from \(range.lowerBound) to \(range.upperBound)")
        guard let weight = Numbers.unsigned(rest), range.contains(weight) else {
            throw InvalidValue(
                "\(Quoting.quoted(rest)) is not a weight; expected a number from \(range.lowerBound) to \(range.upperBound)",
                offset: offset)
        }
        return .structures([.init("\(path) \(weight)", ["path": JSON.string(path), "weight": String(weight)])])
    }

    /// `IODeviceLatencyTargetSec=`: a device and a span of time.
    mutating func deviceLatency(_ text: String) throws(InvalidValue) -> PropertyValue {
        let (path, rest, offset) = try device(text, "a span of time such as 25ms")
        let span = try Self.shifted(by: offset) { () throws(InvalidValue) in try TimeSpan(parsing: rest) }
        return .structures([
            .init(
                "\(path) \(span)",
                [
                    "path": JSON.string(path),
                    "targetUSec": span == .infinity ? "null" : String(span.microseconds),
                ])
        ])
    }

    /// The path at the beginning, which may be a relative one, and what follows it.
    private mutating func device(
        _ text: String, _ expected: String
    ) throws(InvalidValue) -> (path: String, rest: String, offset: Int) {
        var reader = WordReader(text, [.unquote])
        guard let word = try reader.next(), reader.position < reader.bytes.count else {
            throw InvalidValue(
                "\(Quoting.quoted(text)) is not a device with its value; expected /dev/NAME and behind it \(expected)")
        }
        let path = try specifiers.expand(try String(word: word.bytes, at: word.offset), at: word.offset)
        let isAbsolute = path.utf8.first == UInt8(ascii: "/")
        return (
            isAbsolute ? try Paths.absolute(path, at: word.offset) : try Self.relative(path, at: word.offset),
            Bytes.text(reader.bytes[reader.position...]), reader.position
        )
    }

    /// Reads a part of the value; a refusal stands where the part does.
    private static func shifted<Value>(
        by offset: Int, _ read: () throws(InvalidValue) -> Value
    ) throws(InvalidValue) -> Value {
        do throws(InvalidValue) {
            return try read()
        } catch {
            var error = error
            error.offset += offset
            throw error
        }
    }
}
