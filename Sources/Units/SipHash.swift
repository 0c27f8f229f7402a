// SipHash-2-4 (Aumasson and Bernstein, 2012): systemd ends the names of units that became too long in it.

enum SipHash {
    /// The hash of some bytes.
    /// - Parameters:
    ///   - bytes: what is hashed.
    ///   - key: its first and second eight bytes, little endian.
    /// - Returns: the hash as a number whose little-endian bytes are the published test vectors.
    static func hash(_ bytes: [UInt8], key: (UInt64, UInt64)) -> UInt64 {
        // The four constants are the paper's: "somepseudorandomlygeneratedbytes".
        var state = (
            key.0 ^ 0x736f_6d65_7073_6575, key.1 ^ 0x646f_7261_6e64_6f6d, key.0 ^ 0x6c79_6765_6e65_7261,
            key.1 ^ 0x7465_6462_7974_6573
        )
        var word: UInt64 = 0
        for (index, byte) in bytes.enumerated() {
            word |= UInt64(byte) << (8 * UInt64(index % 8))
            if index % 8 == 7 {
                absorb(word, into: &state)
                word = 0
            }
        }
        absorb(word | UInt64(truncatingIfNeeded: bytes.count) << 56, into: &state)
        state.2 ^= 0xff
        for _ in 0..<4 { round(&state) }
        return state.0 ^ state.1 ^ state.2 ^ state.3
    }

    private typealias State = (UInt64, UInt64, UInt64, UInt64)

    private static func absorb(_ word: UInt64, into state: inout State) {
        state.3 ^= word
        round(&state)
        round(&state)
        state.0 ^= word
    }

    private static func round(_ state: inout State) {
        state.0 = state.0 &+ state.1
        state.1 = rotated(state.1, 13) ^ state.0
        state.0 = rotated(state.0, 32)
        state.2 = state.2 &+ state.3
        state.3 = rotated(state.3, 16) ^ state.2
        state.0 = state.0 &+ state.3
        state.3 = rotated(state.3, 21) ^ state.0
        state.2 = state.2 &+ state.1
        state.1 = rotated(state.1, 17) ^ state.2
        state.2 = rotated(state.2, 32)
    }

    private static func rotated(_ value: UInt64, _ count: UInt64) -> UInt64 {
        value << count | value >> (64 - count)
    }
}
