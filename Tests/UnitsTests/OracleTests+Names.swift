// Unit names, aliases, specifiers and file syntax against systemd's own results.
import Testing

@testable import Units

extension OracleTests {
    @Test func unitNames() throws {
        for row in try Oracle.cases("unit_name") {
            let line = Comment(rawValue: "line \(row["line"] ?? "?")")
            let expected = row["expected"] as? String
            let suffix = row["suffix"] as? String ?? ".service"
            switch try #require(row["function"] as? String) {
            case "unit_name_is_valid":
                let name = try #require(row["name"] as? String)
                let flags = try #require(row["flags"] as? String).split(separator: Character("|")).map(String.init)
                let kind = UnitName.kind(of: name)
                let isValid = flags.contains { flag in
                    switch flag {
                    case "UNIT_NAME_ANY": kind != nil
                    case "UNIT_NAME_PLAIN": kind == .plain
                    case "UNIT_NAME_INSTANCE": kind == .instance
                    case "UNIT_NAME_TEMPLATE": kind == .template
                    default: false
                    }
                }
                #expect(isValid == (try #require(row["valid"] as? Bool)), line)
            case "unit_name_replace_instance":
                let pattern = try #require(row["pattern"] as? String)
                let name = UnitName(full: pattern)?.replacingInstance(try #require(row["instance"] as? String))
                #expect(name?.description == expected, line)
            case "unit_name_from_path":
                let path = try #require(row["path"] as? String)
                #expect(UnitName(path: path, suffix: suffix)?.description == expected, line)
            case "unit_name_from_path_instance":
                let prefix = try #require(row["pattern"] as? String)
                let path = try #require(row["path"] as? String)
                #expect(UnitName(prefix: prefix, path: path, suffix: suffix)?.description == expected, line)
            case "unit_name_to_path":
                #expect(UnitName(full: try #require(row["unit"] as? String))?.path == row["path"] as? String, line)
            case "unit_name_mangle", "unit_name_mangle_with_suffix":
                let text = try #require((row["pattern"] ?? row["arg"]) as? String)
                let globs = row["allow_globs"] as? Bool ?? false
                let result = orNil { try UnitName.mangle(text, allowGlobs: globs) }
                #expect(result?.name == expected, line)
                if let result { #expect(result.isChanged == (row["ret"] as? String == "1"), line) }
            case let other: Issue.record("no check for \(other)")
            }
        }
    }

    @Test func aliases() throws {
        for row in try Oracle.cases("alias_symlink") {
            func base(_ key: String) throws -> String {
                String(try #require((row[key] as? String)?.split(separator: Character("/")).last))
            }
            let result: String
            do throws(UnitAlias.Refusal) {
                try UnitAlias.check(
                    link: orNil { try base("filename") } ?? "", target: orNil { try base("target") } ?? "")
                result = "0"
            } catch {
                switch error {
                case .invalidLink: result = "-EINVAL"
                case .invalidTarget: result = "-EXDEV"
                }
            }
            #expect(result == row["result"] as? String, "\(row)")
        }
    }
}

extension OracleTests {
    /// Facts that name themselves: the tables name the facts that they expect too.
    private static func facts(_ scope: RuntimeScope) -> SpecifierFacts {
        SpecifierFacts(scope: scope) { fact throws(InvalidValue) in
            switch fact {
            case .credentialsDirectory: "/run/user/1/credentials"
            case .controlGroupRoot: "/cgroup-root"
            case .userName: scope == .system ? "root" : "user"
            case .groupName: scope == .system ? "root" : "group"
            case .userId: scope == .system ? "0" : "uid"
            case .groupId: scope == .system ? "0" : "gid"
            case .architecture: "architecture"
            case .bootId: "boot_id"
            case .kernelRelease: "kernel_release"
            case .machineId: "machine_id"
            case .hostName: "hostname"
            case .shortHostName: "short_hostname"
            case .prettyHostName: "pretty_hostname"
            case .osId: "os_id"
            case .osVersionId: "os_version_id"
            case .osVariantId: "os_variant_id"
            case .osBuildId: "os_build_id"
            case .osImageId: "os_image_id"
            case .osImageVersion: "os_image_version"
            case .home: "home"
            case .shell: "shell"
            case .cacheDirectory: "m->prefix[EXEC_DIRECTORY_CACHE]"
            case .configurationDirectory: "m->prefix[EXEC_DIRECTORY_CONFIGURATION]"
            case .dataDirectory: "data"
            case .logDirectory: "m->prefix[EXEC_DIRECTORY_LOGS]"
            case .runtimeDirectory: "m->prefix[EXEC_DIRECTORY_RUNTIME]"
            case .stateDirectory: "m->prefix[EXEC_DIRECTORY_STATE]"
            case .temporaryDirectory: "tmp_dir"
            case .persistentTemporaryDirectory: "var_tmp_dir"
            }
        }
    }

    @Test func specifiers() throws {
        for row in try Oracle.cases("specifiers") {
            let scope: RuntimeScope
            switch row["context"] as? String {
            case "[Install] in SYSTEM": scope = .system
            case "[Install] in USER": scope = .user
            case "[Install] in GLOBAL": scope = .global
            // The table of units comes from a manager of a user.
            case nil: scope = .user
            case let other: throw Unknown(what: other ?? "")
            }
            let unit = try #require(row["unit"] as? String)
            var specifiers = Specifiers(
                name: try #require(UnitName(full: unit)), facts: Self.facts(scope), fragmentPath: "/tmp/filename")
            let pattern = try #require(row["pattern"] as? String)
            let result = orNil { try specifiers.expand(pattern) }
            if let expected = row["expected"] as? String {
                if expected.hasPrefix("*") {
                    #expect(result?.hasSuffix(expected.dropFirst()) == true, "\(row)")
                } else {
                    #expect(result == expected, "\(row)")
                }
                continue
            }
            let symbol = try #require((row["expected"] as? [String: Any])?["symbolic"] as? String)
            switch symbol {
            // Nothing is known of the user when a unit is enabled for all of them.
            case "NULL": #expect(result == nil, "\(row)")
            case "mid": #expect(result == "machine_id")
            case "bid": #expect(result == "boot_id")
            case "host": #expect(result == "hostname")
            case "filename": #expect(result == "/tmp/filename")
            default: #expect(result == symbol, "\(row)")
            }
        }
    }

    struct Unknown: Error { let what: String }

    @Test func fileSyntax() throws {
        for row in try Oracle.cases("file_syntax") {
            let id = try #require(row["id"] as? Int)
            let expected = row["setting1"] as? String
            let long = String(repeating: "ABCD", count: 1000)
            let longer = String(
                repeating: String(repeating: "x", count: 1000) + String(repeating: "abcde", count: 10), count: 1000)
            // Files that the table describes instead of holding them.
            let (input, value): (String, String?) =
                switch id {
                case 12: ("\n[Section]\n\nsetting1=\(long)\n", long)
                case 13: ("[Section]\nsetting1=\(long)\\\nfoobar", long + " foobar")
                case 14: ("[Section]\nsetting1=\(long)\\\nfoobar\\\n", long + " foobar")
                case 15: ("[Section]\nsetting1=\(longer)\n", nil)
                case 16:
                    (
                        "[Section]\nsetting1="
                            + String(
                                repeating: String(repeating: "x", count: 1000) + String(repeating: "abcde", count: 10)
                                    + "\\\n", count: 1000) + "xxx", nil
                    )
                default: (try #require(row["input"] as? String), expected)
                }
            #expect(input.utf8.count == row["bytes"] as? Int, "\(id)")
            let file = UnitFile(bytes: Array(input.utf8), path: "f", knownSections: ["Section"])
            #expect(file.assignments.last { $0.key == "setting1" }?.value == value, "\(id)")
            #expect(file.diagnostics.contains { $0.severity == .error } == (row["result"] as? String != "ok"), "\(id)")
        }
    }
}
