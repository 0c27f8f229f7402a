// Fuzzing of everything in Units that reads what a person wrote: libFuzzer calls this with inputs that it makes up, led by
// which code they reach. The first byte of an input, a letter from `a` on, says what the rest is. A trap, an input that
// takes more than a few seconds, or memory without bound is a finding; `make fuzz` prints how to replay it.
//
// Compiled together with the sources of Units as one module (see the Makefile): the package needs no unsafe flags for it.
// What holds for every input stands in the other files of this folder as preconditions.

/// What libFuzzer calls.
/// - Parameters:
///   - data: the input.
///   - size: how many bytes it has.
/// - Returns: 0, as libFuzzer wants it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    guard size > 0 else { return 0 }
    let bytes = Array(UnsafeBufferPointer(start: data + 1, count: size - 1))
    let cases = FuzzCase.all
    cases[Int(data[0] &- UInt8(ascii: "a")) % cases.count].run(FuzzInput(bytes))
    return 0
}

/// An input without its first byte.
struct FuzzInput {
    let bytes: [UInt8]
    /// Most parsers take text; what is not UTF-8 is repaired, as it is where they are called.
    let text: String

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        text = String(decoding: bytes, as: UTF8.self)
    }

    /// A number from the input, for choices and for points in time.
    var number: UInt64 { bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }

    /// The input after the first byte, and that byte.
    var choice: (UInt8, rest: FuzzInput) { (bytes.first ?? 0, FuzzInput(Array(bytes.dropFirst()))) }

    /// The parts between bytes 0x01, which the files of units and most values never have.
    var parts: [FuzzInput] {
        bytes.split(separator: 1, omittingEmptySubsequences: false).map { FuzzInput(Array($0)) }
    }
}

/// What an input is read as.
struct FuzzCase {
    let name: StaticString
    let run: (FuzzInput) -> Void

    /// New ones go to the end: an input of the corpus keeps its meaning.
    nonisolated(unsafe) static let all: [FuzzCase] = [
        FuzzCase(name: "unit file", run: fuzzUnitFile),  // a
        FuzzCase(name: "command line", run: fuzzCommandLine),
        FuzzCase(name: "environment file", run: fuzzEnvironmentFile),
        FuzzCase(name: "time spans", run: fuzzTimeSpans),  // d
        FuzzCase(name: "names", run: fuzzNames),
        FuzzCase(name: "property", run: fuzzProperty),
        FuzzCase(name: "calendar event", run: fuzzCalendarEvent),  // g
        FuzzCase(name: "time zone", run: fuzzTimeZone),
        FuzzCase(name: "socket address", run: fuzzSocketAddress),
        FuzzCase(name: "condition", run: fuzzCondition),  // j
        FuzzCase(name: "amounts", run: fuzzAmounts),
        FuzzCase(name: "words", run: fuzzWords),
        FuzzCase(name: "specifiers", run: fuzzSpecifiers),  // m
        FuzzCase(name: "directive", run: fuzzDirective),
        FuzzCase(name: "description", run: fuzzDescription),
        FuzzCase(name: "versions and patterns", run: fuzzVersions),  // p
        FuzzCase(name: "paths", run: fuzzPaths),
    ]
}

/// What is refused has a reason.
func accepted<Value>(_ parse: () throws(InvalidValue) -> Value) -> Value? {
    do throws(InvalidValue) {
        return try parse()
    } catch {
        precondition(!error.message.isEmpty && isOneLine(error.message), "a refusal is one line")
        return nil
    }
}

/// What is shown to a person has one line and drives no terminal.
func isOneLine(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 >= 32 && $0 != 127 }
}

/// Text is the same when its bytes are; `==` of String is about characters.
func isSame(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }
