// The users of DynamicUser= (systemd.exec(5)): their names and numbers, as systemd chooses them.

/// A user that is there as long as its service runs.
public enum DynamicUser {
    /// The numbers that are kept free for them, of users as of groups.
    public static let numbers: ClosedRange<UInt32> = 61184...65519

    /// The name where `User=` tells none: the unit's, or a hash of it where that is no user's name.
    /// - Parameter unit: the unit.
    /// - Returns: at most 31 bytes.
    public static func name(for unit: UnitName) -> String {
        let name = unit.prefix
        let isName = name.utf8.enumerated().allSatisfy { index, byte in
            (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) || byte == UInt8(ascii: "_")
                || index > 0 && ((0x30...0x39).contains(byte) || byte == UInt8(ascii: "-"))
        }
        if isName, (1...31).contains(name.utf8.count) { return name }
        let digits = String(
            SipHash.hash(Array(name.utf8), key: (0x964e_5828_e6af_1a58, 0xec07_928c_3bf5_4eb4)), radix: 16)
        return "_du" + String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    /// The number to try first: the same one each time, so that files that are left keep their owner.
    /// - Parameter name: of the user.
    /// - Returns: one of `numbers`; the same as systemd's.
    public static func candidate(for name: String) -> UInt32 {
        clamped(
            UInt32(
                truncatingIfNeeded: SipHash.hash(Array(name.utf8), key: (0xf548_cecf_317e_5337, 0x59ec_d98d_5739_bb8a)))
        )
    }

    /// Any number as one of `numbers`.
    /// - Parameter number: random, or a hash.
    /// - Returns: one of `numbers`.
    public static func clamped(_ number: UInt32) -> UInt32 {
        number % UInt32(numbers.count) + numbers.lowerBound
    }
}
