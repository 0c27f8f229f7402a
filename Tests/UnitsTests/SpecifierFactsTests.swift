// What specifiers tell of a machine.
import Foundation
import Testing

@testable import Units

@Suite struct SpecifierFactsTests {
    private func expand(
        _ text: String, _ scope: RuntimeScope = .system, root: String = "", _ variables: [String: String] = [:],
        name: String = "web.service"
    ) throws -> String {
        var specifiers = Specifiers(
            name: UnitName(unchecked: name),
            facts: .system(scope: scope, root: root, environment: { variables[$0] }), fragmentPath: "/etc/x/web.service"
        )
        return try specifiers.expand(text)
    }

    @Test func ofTheSystem() throws {
        #expect(
            try expand("%u %U %g %G %h %s %S %C %L %E %D %t %T %V %d %y %Y")
                == "root 0 root 0 /root /bin/sh /var/lib /var/cache /var/log /etc /usr/share /run /tmp /var/tmp "
                + "/run/credentials/web.service /etc/x/web.service /etc/x")
        var names = utsname()
        #expect(uname(&names) == 0)
        let release = withUnsafeBytes(of: names.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        #expect(try expand("%v") == release)
        #expect(try expand("%b").utf8.count == 32)
    }

    @Test func ofAUser() throws {
        let variables = [
            "HOME": "/home/x/", "XDG_RUNTIME_DIR": "/run/user/5", "XDG_STATE_HOME": "relative", "SHELL": "/bin/zsh",
        ]
        if geteuid() != 0 {
            #expect(try expand("%h %s", .user, variables) == "/home/x /bin/zsh")
        }
        #expect(try expand("%t %d", .user, variables) == "/run/user/5 /run/user/5/credentials/web.service")
        let home = try expand("%h", .user, variables)
        #expect(
            try expand("%S %C %L %E %D", .user, variables)
                == "\(home)/.local/state \(home)/.cache \(home)/.local/state/log \(home)/.config \(home)/.local/share")
        #expect(try expand("%S %L", .user, ["XDG_STATE_HOME": "/s"]) == "/s /s/log")
        #expect(try expand("%T %V", .user, ["TMPDIR": "/nonexistent", "TEMP": "x", "TMP": "/usr"]) == "/usr /usr")
        #expect(throws: InvalidValue.self) { try expand("%t", .user) }
    }

    @Test func ofFiles() throws {
        let tree = try Tree()
        try tree.write(
            "ID=debian\nVERSION_ID=\"12\"\nVARIANT_ID='server'\nBUILD_ID=b\nIMAGE_ID=i\nIMAGE_VERSION=3\n",
            to: "usr/lib/os-release")
        try tree.write("0123456789ABCDEF0123456789abcdef\n", to: "etc/machine-id")
        try tree.write("PRETTY_HOSTNAME=\"Ann's machine\"\n", to: "etc/machine-info")
        #expect(
            try expand("%o|%w|%W|%B|%M|%A|%m|%q", root: tree.path)
                == "debian|12|server|b|i|3|0123456789abcdef0123456789abcdef|Ann's machine")
        try tree.write("ID=x\n", to: "etc/os-release")
        #expect(try expand("%o|%w", root: tree.path) == "x|")
        try tree.write("uninitialized\n", to: "etc/machine-id")
        #expect(
            throws: InvalidValue(
                "the specifier %m cannot be resolved: \(tree.path)/etc/machine-id does not hold the machine id: expected 32 "
                    + "hexadecimal digits", offset: 0)
        ) { try expand("%m", root: tree.path) }
        // A device without an end in its place.
        unlink(tree("etc/machine-id"))
        try tree.link("etc/machine-id", to: "/dev/zero")
        #expect(throws: InvalidValue.self) { try expand("%m", root: tree.path) }
    }

    /// Nothing is asked for before it is needed, and nothing twice.
    @Test func factsAreAskedForOnce() throws {
        final class Count: @unchecked Sendable { var value = 0 }
        let count = Count()
        let facts = SpecifierFacts { _ throws(InvalidValue) in
            count.value += 1
            return "x"
        }
        var specifiers = Specifiers(name: UnitName(unchecked: "web.service"), facts: facts)
        #expect(try specifiers.expand("%n %i %p") == "web.service  web")
        #expect(count.value == 0)
        #expect(try specifiers.expand("%o%o%o") == "xxx")
        #expect(try specifiers.expand("%o") == "x")
        #expect(count.value == 1)
        #expect(throws: InvalidValue.self) { try specifiers.expand("%y") }
    }

    @Test(arguments: [
        ("web@a-b.service", "/a/b"), ("a-b.service", "/a/b"), (#"a\x2db.service"#, "/a-b"), ("-.service", "/"),
    ])
    func paths(_ name: String, _ path: String) throws {
        #expect(try expand("%f", name: name) == path)
    }

    @Test(arguments: ["a--b.service", "-a.service", "web@..-x.service"])
    func noPaths(_ name: String) {
        #expect(throws: InvalidValue.self) { try expand("%f", name: name) }
    }
}
