// systemd's table of socket addresses.
import Testing

@testable import Units

extension OracleTests {
    @Test func socketAddress() throws {
        for test in try Oracle.cases("socket_address") {
            var input = ""
            switch test["input_generator"] as? String {
            case nil:
                let bytes = try Self.bytes(test["input"])
                guard let text = Bytes.validText(bytes) else {
                    // An address is text before it is an address: a unit file that is not UTF-8 is refused earlier.
                    #expect(test["result"] as? String == "error")
                    continue
                }
                input = text
            case let generator?:
                // The generator is told in words: "@" and a number of the letter a.
                let count = generator.contains("(107)") ? 107 : 106
                #expect(generator.contains("(\(count)) times a"))
                input = "@" + String(repeating: "a", count: count)
            }
            let expected = try #require(test["result"] as? String)
            if test["kind"] as? String == "netlink" {
                let address = try Self.result { () throws(InvalidValue) in try SocketAddress.parseNetlink(input) }
                #expect((address != nil) == (expected == "ok"), "\(input)")
                let numbers: [String: UInt32] = ["NETLINK_ROUTE": 0, "NETLINK_KOBJECT_UEVENT": 15]
                if let name = test["protocol"] as? String {
                    let group = UInt32(try #require(test["groups"] as? Int))
                    let number = try #require(numbers[name])
                    #expect(address == .netlink(protocol: number, group: group), "\(input)")
                }
                continue
            }
            for hasIPv6 in [true, false] {
                let surroundings = SocketAddress.Surroundings(hasIPv6: hasIPv6) { $0 == "lo" ? 1 : nil }
                let address = try Self.result { () throws(InvalidValue) in
                    try SocketAddress.parse(input, in: surroundings)
                }
                // The table's IPv6 addresses are those of a machine that has it.
                if !hasIPv6, test["family"] as? String == "AF_INET6" {
                    #expect(address == nil)
                    continue
                }
                #expect((address != nil) == (expected == "ok"), "\(input)")
                guard let address else { continue }
                let shown = address.text { $0 == 1 ? "lo" : nil }
                if let printed = test["printed"] as? String {
                    #expect(shown == printed)
                } else if let printed = test["printed"] as? [String: String] {
                    #expect(shown == printed[hasIPv6 ? "ipv6_available" : "ipv4_only"])
                }
                #expect(try SocketAddress.parse(shown, in: surroundings) == address, "\(input)")
            }
        }
    }

    private static func result<Value>(_ body: () throws(InvalidValue) -> Value) throws -> Value? {
        do throws(InvalidValue) { return try body() } catch { return nil }
    }
}
