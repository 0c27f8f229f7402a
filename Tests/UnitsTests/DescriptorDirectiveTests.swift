// Directives about descriptors and memory: from the text of a unit to what runs.
import Testing

@testable import Units

struct DescriptorDirectiveTests {
    private func service(_ lines: String) throws -> ServiceUnit {
        let unit = UnitDescription(
            text: "[Service]\nExecStart=/bin/x\n\(lines)\n", name: UnitName(unchecked: "a.service"), path: nil)
        #expect(unit.diagnostics.filter { $0.severity == .error }.isEmpty, "\(unit.diagnostics)")
        guard case .service(let service)? = unit.typed else { throw CancellationError() }
        return service
    }

    @Test func theDefaults() throws {
        let unit = try service("")
        #expect(unit.fileDescriptorStoreMax == 0 && unit.fileDescriptorStorePreserve == .restart)
        #expect(unit.openFiles.isEmpty && unit.oomPolicy == .stop)
        #expect(unit.effectiveNotifyAccess == .none)
    }

    @Test func theStore() throws {
        let unit = try service("FileDescriptorStoreMax=7")
        #expect(unit.fileDescriptorStoreMax == 7)
        // Who is to store something must be allowed to say so (systemd.service(5), NotifyAccess=).
        #expect(unit.effectiveNotifyAccess == .main)
        #expect(try service("FileDescriptorStoreMax=7\nNotifyAccess=all").effectiveNotifyAccess == .all)
        for (text, wanted) in [
            ("yes", DescriptorPreservation.yes), ("no", .no), ("restart", .restart), ("on", .yes), ("0", .no),
        ] {
            #expect(try service("FileDescriptorStorePreserve=\(text)").fileDescriptorStorePreserve == wanted, "\(text)")
        }
    }

    @Test func openedFiles() throws {
        func file(_ path: String, _ name: String, _ access: OpenFile.Access = .readAndWrite, isGraceful: Bool = false)
            -> OpenFile
        {
            var file = OpenFile(path: path, name: name)
            file.access = access
            file.isGraceful = isGraceful
            return file
        }
        #expect(
            try service("OpenFile=/a/b\nOpenFile=/c:d\nOpenFile=/e::read-only,graceful\nOpenFile=/f\\x3ag:h:append")
                .openFiles == [
                    file("/a/b", "b"), file("/c", "d"), file("/e", "e", .readOnly, isGraceful: true),
                    file("/f:g", "h", .append),
                ])
        #expect(try service("OpenFile=/a\nOpenFile=\nOpenFile=/b:n:truncate").openFiles == [file("/b", "n", .truncate)])
    }

    @Test func wantOfMemory() throws {
        for policy in OOMPolicy.allCases { #expect(try service("OOMPolicy=\(policy.rawValue)").oomPolicy == policy) }
    }
}
