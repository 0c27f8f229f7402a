// A second driver for the same inputs: many more of them in the same time. It takes the corpus, that which libFuzzer has
// grown included, and changes its inputs at random, from a seed that is printed. No coverage is measured, so the parsers
// run at their own speed. The input at hand is in a file that is mapped: whatever ends the process, it is there.
//
//     fuzz-mutate SEED COUNT FINDING CORPUS-FOLDER
//     fuzz-mutate replay FINDING
//
// Exit status: 0 all inputs passed; otherwise the process was ended by a trap, by SIGALRM (an input took more than ten
// seconds) or by the kernel (more than 1 GiB of memory), and FINDING has the input.
import Glibc

/// Random numbers from a seed: SplitMix64.
private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
        return bits ^ (bits >> 31)
    }

    /// A number below a limit, which is at least 1.
    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
}

/// Inputs made of others.
private struct Mutator {
    let corpus: [[UInt8]]
    var random: Generator
    private static let longest = 4096
    /// What parsers look for.
    private static let words: [[UInt8]] = [
        "%", "%%", "$", "${A}", "$A", "\\", "\\x20", "\\u00e9", "\"", "'", ";", "~", "-", "+", "!", "!!", "@", ":", "|",
        "=", "[Service]\n", "[Unit]\n", "\nExecStart=", "\n", "\\\n", "\u{1}", "\u{0}", "\u{e9}", "infinity",
        "18446744073709551616", "-1", "0", "99999", "%n", "%i", "%t", "/", "//", "..", "*", "?", "[", "]", ",", "1..5",
        "/7", "1min 30s", "4G", "50%", "daily", "UTC", "x@y.service", ".service", " ", "\t", "#",
    ].map { Array($0.utf8) }

    mutating func next() -> [UInt8] {
        var input = corpus[random.below(corpus.count)]
        for _ in 0...random.below(8) { change(&input) }
        if input.count > Self.longest { input.removeLast(input.count - Self.longest) }
        return input
    }

    private mutating func change(_ input: inout [UInt8]) {
        // The first byte says what the rest is, and changes seldom.
        let first = min(input.count, random.below(16) == 0 ? 0 : 1)
        let place = first + random.below(input.count - first + 1)
        switch random.below(8) {
        case 0 where place < input.count: input[place] = UInt8(truncatingIfNeeded: random.next())
        case 1 where place < input.count: input[place] ^= 1 << UInt8(random.below(8))
        case 2:
            let end = min(input.count, place + 1 + random.below(16))
            input.removeSubrange(place..<end)
        case 3:
            // Something of the same input once more: long lists, deep nesting.
            let end = min(input.count, place + 1 + random.below(64))
            let piece = Array(input[place..<end])
            for _ in 0...random.below(4) where input.count < Self.longest { input.insert(contentsOf: piece, at: place) }
        case 4:
            // The end of another one.
            let other = corpus[random.below(corpus.count)]
            guard other.count > 1 else { return }
            input.removeSubrange(place...)
            input += other[(1 + random.below(other.count - 1))...]
        case 5: input.insert(UInt8(0x20 + random.below(0x5f)), at: place)
        default: input.insert(contentsOf: Self.words[random.below(Self.words.count)], at: place)
        }
    }
}

@main
struct FuzzMutate {
    private static func fail(_ text: String) -> Never {
        let line = Array("fuzz-mutate: \(text)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
        exit(2)
    }

    /// The inputs of a folder.
    private static func inputs(in folder: String) -> [[UInt8]] {
        guard let stream = opendir(folder) else { fail("cannot read \(folder)") }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        // The same seed makes the same inputs of the same folder.
        return names.sorted().compactMap { name in
            guard let file = fopen("\(folder)/\(name)", "r") else { return nil }
            defer { fclose(file) }
            var bytes = [UInt8](repeating: 0, count: 4096)
            bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
            return bytes.isEmpty ? nil : bytes
        }
    }

    /// Runs one input, of the file that was left by a process that ended.
    private static func replay(_ path: String) {
        guard let file = fopen(path, "r") else { fail("cannot read \(path)") }
        var bytes = [UInt8](repeating: 0, count: 8192)
        bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
        fclose(file)
        let count = bytes.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        guard bytes.count >= 4 + count else { fail("\(path) is no finding") }
        let input = Array(bytes[4..<4 + count])
        print("fuzz-mutate: the input is \(String(decoding: input, as: UTF8.self).debugDescription)")
        _ = input.withUnsafeBufferPointer { $0.baseAddress.map { fuzzOneInput($0, input.count) } }
        print("fuzz-mutate: it passed")
    }

    static func main() {
        let arguments = CommandLine.arguments
        if arguments.count == 3, arguments[1] == "replay" { return replay(arguments[2]) }
        guard arguments.count == 5, let seed = UInt64(arguments[1]), let count = Int(arguments[2]) else {
            fail("usage: fuzz-mutate SEED COUNT FINDING CORPUS-FOLDER, or fuzz-mutate replay FINDING")
        }
        var limit = rlimit(rlim_cur: 1 << 30, rlim_max: 1 << 30)
        guard setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else { fail("cannot limit the memory") }
        let size = 8192
        let descriptor = open(arguments[3], O_RDWR | O_CREAT | O_TRUNC, 0o644)
        guard descriptor >= 0, ftruncate(descriptor, off_t(size)) == 0,
            let map = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), map != MAP_FAILED
        else { fail("cannot write \(arguments[3])") }
        let corpus = inputs(in: arguments[4])
        guard !corpus.isEmpty else { fail("there is no input in \(arguments[4])") }
        var mutator = Mutator(corpus: corpus, random: Generator(state: seed))
        for number in 0..<count {
            let input = mutator.next()
            // Its length, then its bytes.
            map.storeBytes(of: UInt32(input.count), as: UInt32.self)
            input.withUnsafeBytes { if let start = $0.baseAddress { memcpy(map + 4, start, input.count) } }
            // A system call for each input would take as long as many of them.
            if number & 0xff == 0 { alarm(10) }
            _ = input.withUnsafeBufferPointer { $0.baseAddress.map { fuzzOneInput($0, input.count) } }
        }
        alarm(0)
        unlink(arguments[3])
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        let memory = usage.ru_maxrss / 1024
        print("fuzz-mutate: seed \(seed): \(count) inputs, made of \(corpus.count), passed; at most \(memory) MiB")
    }
}
