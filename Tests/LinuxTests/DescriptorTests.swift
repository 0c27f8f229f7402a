// Owned descriptors, whole files and waiting.
import CLinux
import Glibc
import Testing

@testable import Linux

@Suite struct DescriptorTests {
    private func pipe() throws -> (CInt, CInt) {
        var ends: [CInt] = [-1, -1]
        guard daimon_pipe2(&ends, O_CLOEXEC) == 0 else { throw SystemError("make a pipe") }
        return (ends[0], ends[1])
    }

    /// Device and inode: what a number refers to. A closed number may be anybody's in a process of many threads.
    private func identity(_ descriptor: CInt) -> [UInt] {
        var info = stat()
        return fstat(descriptor, &info) == 0 ? [UInt(info.st_dev), UInt(info.st_ino)] : []
    }

    @Test func closesAtTheEndOfItsScope() throws {
        let (input, output) = try pipe()
        let reader = OwnedDescriptor(owning: input)
        do {
            let writer = OwnedDescriptor(owning: output)
            try writer.writeAll("x".utf8)
        }
        // The end of the file is there only when the last writer is closed.
        let content = try reader.readAll(limit: 10)
        #expect(content == Array("x".utf8))
    }

    @Test func releaseGivesTheOwnershipAway() throws {
        let (input, output) = try pipe()
        let reader = OwnedDescriptor(owning: input)
        let before = identity(output)
        let number = OwnedDescriptor(owning: output).release()
        #expect(number == output && identity(output) == before)
        Glibc.close(output)
        let content = try reader.readAll(limit: 1)
        #expect(content.isEmpty)
    }

    @Test func duplicates() throws {
        let (input, output) = try pipe()
        let reader = OwnedDescriptor(owning: input)
        let writer = OwnedDescriptor(owning: output)
        let copy = try writer.duplicate(atLeast: 200)
        let number = copy.rawValue
        #expect(number >= 200 && identity(number) == identity(output))
        #expect(daimon_fcntl(number, F_GETFD, 0) & FD_CLOEXEC != 0)
        writer.close()
        try copy.writeAll("still open".utf8)
        copy.close()
        let content = try reader.readAll(limit: 100)
        #expect(content == Array("still open".utf8))
    }

    @Test func readsNoMoreThanTheLimit() throws {
        let scratch = try Scratch()
        let path = scratch.path
        let folder = try scratch.open().release()
        defer { Glibc.close(folder) }
        for size in [0, 1, 9, 10] {
            try Files.replace("f", with: String(repeating: "a", count: size), in: folder, mode: 0o600)
            #expect(try Files.read("f", limit: 10, in: folder).count == size)
        }
        try Files.replace("f", with: String(repeating: "a", count: 11), in: folder, mode: 0o600)
        let error = #expect(throws: SystemError.self) { try Files.read("\(path)/f", limit: 10) }
        #expect(error?.errno == EFBIG && error?.subject == "\(path)/f")
        // An endless file, as hostile as they come.
        #expect(throws: SystemError.self) { try Files.read("/dev/zero", limit: 200_000) }
    }

    @Test func writesEverythingThroughAFullPipe() throws {
        let (input, output) = try pipe()
        let reader = OwnedDescriptor(owning: input)
        var thread = pthread_t()
        // More than a pipe holds, so that write(2) comes back short while the reader is slow.
        let started = pthread_create(
            &thread, nil,
            { argument in
                let writer = OwnedDescriptor(owning: CInt(Int(bitPattern: argument)))
                do {
                    try writer.writeAll((0..<300_000).map { UInt8(truncatingIfNeeded: $0) })
                } catch {
                    Issue.record("\(error)")
                }
                return nil
            }, UnsafeMutableRawPointer(bitPattern: Int(output)))
        try #require(started == 0)
        let content = try reader.readAll(limit: 400_000)
        pthread_join(thread, nil)
        #expect(content == (0..<300_000).map { UInt8(truncatingIfNeeded: $0) })
    }

    @Test func errorsOfDescriptors() throws {
        let (input, output) = try pipe()
        let reader = OwnedDescriptor(owning: input)
        let writer = OwnedDescriptor(owning: output)
        var errors: [SystemError] = []
        do throws(SystemError) { try reader.writeAll([1]) } catch { errors.append(error) }
        do throws(SystemError) { _ = try writer.readAll(limit: 1) } catch { errors.append(error) }
        do throws(SystemError) {
            _ = try OwnedDescriptor.open("/nowhere/file", O_RDONLY).rawValue
        } catch {
            #expect(error.description == "cannot open /nowhere/file: No such file or directory (ENOENT)")
            errors.append(error)
        }
        #expect(errors.map(\.errno) == [EBADF, EBADF, ENOENT])
        #expect(errors.first?.description.hasPrefix("cannot write 1 bytes to descriptor \(input): ") == true)
    }

    // MARK: - Whole files

    @Test func replacesInOneStep() throws {
        let scratch = try Scratch()
        let path = scratch.path
        let folder = try scratch.open()
        try Files.replace("state", with: "old", in: folder.rawValue, mode: 0o640)
        let reader = try OwnedDescriptor.open("state", O_RDONLY, in: folder.rawValue)
        try Files.replace("state", with: "new content", in: folder.rawValue, mode: 0o600)
        // Who has the old file open keeps the whole of it.
        let old = try reader.readAll(limit: 100)
        #expect(old == Array("old".utf8))
        #expect(try Files.readText("\(path)/state", limit: 100) == "new content")
        var info = stat()
        #expect(stat("\(path)/state", &info) == 0 && info.st_mode & 0o777 == 0o600)
        #expect(try Files.list(path) == ["state"])
    }

    @Test func aFailedReplaceLeavesTheOldAndNothingElse() throws {
        let scratch = try Scratch()
        let path = scratch.path
        let folder = try scratch.open().release()
        defer { Glibc.close(folder) }
        // A directory cannot be replaced by a file: the last step fails.
        mkdir("\(path)/state", 0o700)
        let error = #expect(throws: SystemError.self) {
            try Files.replace("state", with: "x", in: folder, mode: 0o600)
        }
        #expect(error?.errno == EISDIR && error?.operation == "write")
        #expect(try Files.list(path) == ["state"])
        // Nor is a link that somebody put in the place of the temporary file followed.
        symlink("\(path)/target", "\(path)/.other.new")
        try Files.replace("other", with: "x", in: folder, mode: 0o600)
        #expect(access("\(path)/target", F_OK) != 0)
        #expect(try Files.list(path).sorted() == ["other", "state"])
    }

    @Test func readingDoesNotHangAndFollowsNoLinkWhenToldSo() throws {
        let scratch = try Scratch()
        let path = scratch.path
        mkfifo("\(path)/fifo", 0o600)
        #expect(try Files.read("\(path)/fifo", limit: 10).isEmpty)
        symlink("/etc/passwd", "\(path)/link")
        let error = #expect(throws: SystemError.self) {
            try Files.read("\(path)/link", limit: 1 << 20, followLinks: false)
        }
        #expect(error?.errno == ELOOP)
        #expect(try !Files.read("\(path)/link", limit: 1 << 20).isEmpty)
        #expect(throws: SystemError.self) { try Files.list("\(path)/fifo") }
    }

    // MARK: - Waiting

    @Test func waitsUntilTheDeadlineAndNoLonger() throws {
        let (input, output) = try pipe()
        let reader = OwnedDescriptor(owning: input)
        let writer = OwnedDescriptor(owning: output)
        #expect(try !Descriptors.waitReadable(input, until: 0))
        let begin = Clock.monotonic()
        #expect(try !Descriptors.waitReadable(input, until: begin + 20_500))
        #expect(Clock.monotonic() >= begin + 20_500)
        try writer.writeAll([1])
        #expect(try Descriptors.waitReadable(input, until: nil))
        #expect(try Descriptors.waitReadable(input, until: 0))
        // The end of a file is something to be noticed too.
        writer.close()
        let content = try reader.readAll(limit: 1)
        #expect(content == [1])
        #expect(try Descriptors.waitReadable(input, until: nil))
        reader.close()
    }
}
