// Finding units: search path, aliases, masks, drop-ins, dependency folders.
import Foundation
import Testing

@testable import Units

private let service = "[Service]\nExecStart=/bin/true\n"

extension Tree {
    func store(_ folders: String...) -> UnitStore {
        UnitStore(UnitSearchPath(folders.map { self($0) }))
    }

    func fragment(_ files: UnitFiles) -> String {
        switch files.fragment {
        case .file(let file): relative(file.path)
        case .masked(let path): "masked: \(relative(path))"
        case .notFound: "not found"
        }
    }
}

extension UnitStore {
    func files(of name: String) throws -> UnitFiles { files(of: try #require(UnitName(full: name))) }
}

@Suite struct UnitSearchPathTests {
    private func standard(_ scope: RuntimeScope, _ variables: [String: String] = [:]) -> [String] {
        UnitSearchPath.standard(scope, environment: { variables[$0] }).folders
    }

    /// What `systemd-analyze unit-paths` of 252 lists, after our own.
    @Test func systemAndUser() {
        #expect(
            standard(.system) == [
                "/etc/daimon", "/etc/systemd/system.control", "/run/systemd/system.control", "/run/systemd/transient",
                "/run/systemd/generator.early", "/etc/systemd/system", "/etc/systemd/system.attached",
                "/run/systemd/system", "/run/systemd/system.attached", "/run/systemd/generator",
                "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system",
                "/run/systemd/generator.late",
            ])
        #expect(
            standard(.user, ["HOME": "/home/x", "XDG_RUNTIME_DIR": "/run/user/5"]) == [
                "/etc/daimon", "/home/x/.config/systemd/user.control", "/run/user/5/systemd/user.control",
                "/run/user/5/systemd/transient", "/run/user/5/systemd/generator.early", "/home/x/.config/systemd/user",
                "/etc/xdg/systemd/user", "/etc/systemd/user", "/run/user/5/systemd/user", "/run/systemd/user",
                "/run/user/5/systemd/generator", "/home/x/.local/share/systemd/user", "/usr/local/share/systemd/user",
                "/usr/share/systemd/user", "/usr/local/lib/systemd/user", "/usr/lib/systemd/user",
                "/run/user/5/systemd/generator.late",
            ])
        #expect(
            standard(.user, ["XDG_CONFIG_HOME": "c"]).contains { $0.hasPrefix("/home") || $0.hasPrefix("c") } == false)
    }

    @Test func theVariable() {
        #expect(standard(.system, ["SYSTEMD_UNIT_PATH": "/a:/b//c/:/a"]) == ["/a", "/b/c"])
        #expect(standard(.system, ["SYSTEMD_UNIT_PATH": "/a:"]) == ["/a"] + standard(.system))
        #expect(standard(.system, ["SYSTEMD_UNIT_PATH": ""]) == standard(.system))
        let relative = standard(.system, ["SYSTEMD_UNIT_PATH": "a"])
        #expect(relative == [FileManager.default.currentDirectoryPath + "/a"])
        let many = String(repeating: "/x:", count: 100_000) + (0..<100_000).map { "/\($0)" }.joined(separator: ":")
        #expect(standard(.system, ["SYSTEMD_UNIT_PATH": many]).count <= 256)
    }
}

@Suite struct UnitStoreTests {
    @Test func theFirstFolderHidesTheOthers() throws {
        let tree = try Tree()
        try tree.write(service, to: "a/web.service")
        try tree.write(service, to: "b/web.service")
        try tree.write(service, to: "b/other.service")
        try tree.write(service, to: "a/web@.service")
        try tree.write(service, to: "b/web@blue.service")
        let store = tree.store("missing", "a", "b")
        #expect(tree.fragment(try store.files(of: "web.service")) == "a/web.service")
        #expect(tree.fragment(try store.files(of: "other.service")) == "b/other.service")
        // The instance's own file in any folder counts before the template in any.
        #expect(tree.fragment(try store.files(of: "web@blue.service")) == "b/web@blue.service")
        #expect(tree.fragment(try store.files(of: "web@red.service")) == "a/web@.service")
        let missing = try store.files(of: "none.service")
        #expect(missing.fragment == .notFound && missing.problems.isEmpty)
        #expect(missing.searched == ["missing", "a", "b"].map { tree($0) })
        let loaded = UnitLoader.load(name: UnitName(unchecked: "none.service"), in: store)
        #expect(
            loaded.diagnostics.map(\.message) == [
                "there is no such unit; searched in \(tree("missing")), \(tree("a")), \(tree("b"))"
            ])
    }

    @Test func aliases() throws {
        let tree = try Tree()
        try tree.write(service, to: "b/real.service")
        try tree.write(service, to: "b/tmpl@.service")
        try tree.write(service, to: "outside/other.service")
        try tree.link("a/alias.service", to: "../b/real.service")
        try tree.link("a/second.service", to: "alias.service")
        try tree.link("a/real.service", to: tree("b/real.service"))
        try tree.link("a/linked.service", to: tree("outside/other.service"))
        try tree.link("a/altmpl@.service", to: tree("b/tmpl@.service"))
        try tree.link("a/bad.service", to: tree("b/tmpl@.service"))
        try tree.link("a/gone.service", to: "nothing.service")
        let store = tree.store("a", "b")
        for name in ["real.service", "alias.service", "second.service"] {
            let files = try store.files(of: name)
            #expect(tree.fragment(files) == "b/real.service")
            #expect(files.names.map(\.description) == ["real.service", "alias.service", "second.service"])
        }
        #expect(tree.fragment(try store.files(of: "linked.service")) == "a/linked.service")
        #expect(try store.files(of: "linked.service").id.description == "linked.service")
        let instance = try store.files(of: "altmpl@z.service")
        #expect(tree.fragment(instance) == "b/tmpl@.service")
        #expect(instance.names.map(\.description) == ["tmpl@z.service", "altmpl@z.service"])
        let bad = try store.files(of: "bad.service")
        #expect(bad.fragment == .notFound)
        #expect(
            bad.problems.map(\.description) == [
                "\(tree("a/bad.service")): error: does not count as a unit: the symbolic link is no alias: it points to "
                    + "\"tmpl@.service\"; expected a unit without \"@\", as the link is"
            ])
        let gone = try store.files(of: "gone.service")
        #expect(gone.problems.map(\.message) == ["it is an alias of nothing.service, and there is no such unit"])
    }

    @Test func masks() throws {
        let tree = try Tree()
        try tree.link("a/web.service", to: "/dev/null")
        try tree.write(service, to: "b/web.service")
        try tree.write("", to: "a/empty.service")
        let store = tree.store("a", "b")
        #expect(tree.fragment(try store.files(of: "web.service")) == "masked: a/web.service")
        #expect(tree.fragment(try store.files(of: "empty.service")) == "masked: a/empty.service")
        let loaded = UnitLoader.load(name: UnitName(unchecked: "web.service"), in: store)
        #expect(
            loaded.diagnostics.map(\.description) == [
                "\(tree("a/web.service")): error: the unit is masked: the file is empty or a link to /dev/null, so that nobody "
                    + "starts it"
            ])
    }

    /// Measured on systemd 252, with a file of its own and one called same.conf in each folder.
    @Test(arguments: [
        (
            "foo--.service",
            "a/foo--.service.d/foo--.conf a/foo-.service.d/foo-.conf a/foo--.service.d/same.conf a/service.d/service.conf"
        ),
        (
            "tmpl@z.service",
            "a/altmpl@.service.d/altmpl@.conf a/altmpl@z.service.d/altmpl@z.conf a/tmpl@z.service.d/same.conf "
                + "a/service.d/service.conf a/tmpl@.service.d/tmpl@.conf a/tmpl@z.service.d/tmpl@z.conf"
        ),
        (
            "foo-bar@x.service",
            "a/foo-.service.d/foo-.conf a/foo-@.service.d/foo-@.conf a/foo-@x.service.d/foo-@x.conf "
                + "a/foo-bar@.service.d/foo-bar@.conf a/foo-bar@x.service.d/foo-bar@x.conf "
                + "a/foo-bar@x.service.d/same.conf a/service.d/service.conf"
        ),
    ])
    func dropInsInOrder(_ name: String, _ expected: String) throws {
        let tree = try Tree()
        for unit in ["foo-bar@.service", "foo--.service", "tmpl@.service"] { try tree.write(service, to: "b/\(unit)") }
        try tree.link("b/altmpl@.service", to: "tmpl@.service")
        for stem in [
            "foo-bar@x", "foo-bar@", "foo-@x", "foo-@", "foo-", "foo--", "altmpl@", "altmpl@z", "tmpl@z", "tmpl@",
        ] {
            try tree.write("[Unit]\n", to: "a/\(stem).service.d/\(stem).conf")
            try tree.write("[Unit]\n", to: "a/\(stem).service.d/same.conf")
        }
        try tree.write("[Unit]\n", to: "a/service.d/service.conf")
        try tree.write("[Unit]\n", to: "a/service.d/same.conf")
        let files = try tree.store("a", "b").files(of: name)
        #expect(files.dropIns.map { tree.relative($0.path) }.joined(separator: " ") == expected)
    }

    /// As names do, the path of an instance leads to its template where it has no file; and a store that only asks for
    /// what belongs to one file finds the same as one that has read all folders.
    @Test func aPathOfAnInstanceAndAStoreThatProbes() throws {
        let tree = try Tree()
        try tree.write("[Service]\nExecStart=/bin/echo %i\n", to: "b/web@.service")
        try tree.write("[Service]\nNice=1\n", to: "a/web@.service.d/1.conf")
        try tree.write("[Service]\nNice=2\n", to: "c/service.d/2.conf")
        try tree.write("[Service]\nNice=3\n", to: "b/web@blue.service.d/3.conf")
        let path = tree("b/web@blue.service")
        let searchPath = UnitSearchPath([tree("a"), tree("none"), tree("c")])
        let listed = try #require(UnitStore(searchPath).files(atPath: path))
        let probed = try #require(UnitStore(probing: searchPath).files(atPath: path))
        #expect(listed == probed)
        #expect(probed.fragmentPath == tree("b/web@.service"))
        #expect(
            probed.dropIns.map(\.path) == [
                tree("a/web@.service.d/1.conf"), tree("c/service.d/2.conf"), tree("b/web@blue.service.d/3.conf"),
            ])
        #expect(UnitLoader.load(probed).unit.execStart.first?.arguments == ["/bin/echo", "blue"])
    }

    @Test func dropInsApplyAndTellTheirPlaces() throws {
        let tree = try Tree()
        try tree.write("[Service]\nExecStart=/bin/true\nNice=1\nRestart=alway\n", to: "b/web.service")
        try tree.write("[Service]\nNice=2\nUser=www\n", to: "b/web.service.d/10-a.conf")
        try tree.write("nonsense\n[Service]\nNice=x\n", to: "b/web.service.d/20-b.conf")
        try tree.write("[Service]\nNice=3\n", to: "a/web.service.d/10-a.conf")
        try tree.write("[Service]\nNice=4\n", to: "a/web.service.d/30-not-a-drop-in")
        try tree.write("[Service]\nNice=4\n", to: "a/web.service.d/.hidden.conf")
        try tree.write("[Service]\nGroup=no\n", to: "b/web.service.d/40-masked.conf")
        try tree.link("a/web.service.d/40-masked.conf", to: "/dev/null")
        try tree.link("a/web.service.d/50-gone.conf", to: "/nonexistent")
        let loaded = UnitLoader.load(name: UnitName(unchecked: "web.service"), in: tree.store("a", "b"))
        #expect(
            loaded.unit.execution.nice == 3 && loaded.unit.execution.user == nil && loaded.unit.execution.group == nil)
        #expect(loaded.unit.fragmentPath == tree("b/web.service"))
        let lines = loaded.diagnostics.map { tree.relative($0.description) }
        #expect(lines.count == 4)
        #expect(lines[0].hasPrefix("b/web.service:4:9: warning: Restart=: \"alway\""))
        #expect(lines[1].hasPrefix("b/web.service.d/20-b.conf:1:1: warning: \"nonsense\""))
        #expect(lines[2].hasPrefix("b/web.service.d/20-b.conf:3:6: warning: Nice=: \"x\""))
        #expect(lines[3].hasPrefix("a/web.service.d/50-gone.conf: note: cannot open the file"))
    }

    /// A path that was given: the drop-ins beside it, and those of the search path after them.
    @Test func dropInsBesideAPath() throws {
        let tree = try Tree()
        try tree.write(service, to: "here/web@.service")
        try tree.write("[Service]\nNice=5\n", to: "here/web@blue.service.d/1.conf")
        try tree.write("[Service]\nNice=6\n", to: "a/web@.service.d/1.conf")
        try tree.write("[Service]\nUser=www\n", to: "a/web@.service.d/2.conf")
        let name = UnitName(unchecked: "web@blue.service")
        let alone = UnitLoader.load(path: tree("here/web@.service"), name: name)
        #expect(alone.unit.execution.nice == 5 && alone.unit.execution.user == nil && !alone.hasErrors)
        let both = UnitLoader.load(path: tree("here/web@.service"), name: name, in: tree.store("a"))
        #expect(both.unit.execution.nice == 5 && both.unit.execution.user == "www")
    }

    @Test func dependencyFolders() throws {
        let tree = try Tree()
        try tree.write("[Unit]\n", to: "b/multi@.target")
        try tree.link("b/multi@x.target.wants/web.service", to: "../web.service")
        try tree.link("b/multi@.target.wants/log@.service", to: "../log@.service")
        try tree.link("a/multi@.target.wants/masked.service", to: "/dev/null")
        try tree.link("b/multi@.target.wants/masked.service", to: "../masked.service")
        try tree.write(service, to: "b/multi@.target.requires/plain.service")
        try tree.link("b/multi@.target.requires/data.socket", to: "/nonexistent/other.socket")
        try tree.link("b/multi@.target.upholds/no name", to: "/x")
        let files = try tree.store("a", "b").files(of: "multi@x.target")
        #expect(
            files.dependencies.map { "\($0.kind.rawValue)=\($0.unit)" } == [
                "Wants=log@x.service", "Wants=web.service", "Requires=data.socket",
            ])
        #expect(files.problems.count == 3 && files.problems.allSatisfy { $0.severity == .warning })
    }
}
