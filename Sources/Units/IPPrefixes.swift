// Addresses with prefix lengths: `IPAddressAllow=` and `IPAddressDeny=` (systemd.resource-control(5)).

/// Networks.
enum IPPrefixes {
    /// The words that stand for several networks.
    private static let words: [String: [String]] = [
        "any": ["0.0.0.0/0", "::/0"], "localhost": ["127.0.0.0/8", "::1/128"],
        "link-local": ["169.254.0.0/16", "fe80::/64"], "multicast": ["224.0.0.0/4", "ff00::/8"],
    ]

    /// The networks of one word.
    /// - Parameters:
    ///   - word: an address, with a prefix length or without; or a word for several.
    ///   - offset: where it stands in the value.
    /// - Returns: each as `ADDRESS/LENGTH`, without the bits behind the prefix.
    /// - Throws: a refusal of anything else.
    static func networks(_ word: String, at offset: Int) throws(InvalidValue) -> [String] {
        if let networks = words[word] { return networks }
        let parts = word.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { Array($0) }
        if let address = parts.first, parts.count <= 2 {
            let length = parts.count == 2 ? Numbers.unsigned(digits: parts[1], radix: 10) : 128
            if let ipv4 = IPv4Address(parsing: address[...]), let length, length <= 32 || parts.count == 1 {
                let count = min(length, 32)
                let mask = count == 0 ? 0 : UInt32.max << UInt32(32 - count)
                return ["\(IPv4Address(value: ipv4.value & mask))/\(count)"]
            }
            if let ipv6 = IPv6Address(parsing: address[...]), let length, length <= 128 {
                let groups = ipv6.groups.enumerated().map { index, group in
                    let count = min(16, max(0, Int(length) - 16 * index))
                    return count == 0 ? 0 : group & (UInt16.max << UInt16(16 - count))
                }
                return ["\(IPv6Address(groups: groups))/\(length)"]
            }
        }
        throw InvalidValue(
            "\(Quoting.quoted(word)) is not a network; expected an address such as 10.0.0.0/8, any, localhost, link-local "
                + "or multicast", offset: offset)
    }
}
