// Numbers for DynamicUser=: the same one each time, one for each, given back.
import Glibc
import Linux
import Testing
import Units

@testable import Manager

@Suite(.enabled(if: geteuid() == 0, "numbers are given by root"))
struct DynamicUserTests {
    @Test func oneForEach() throws {
        let scratch = try Scratch()
        let wanted = DynamicUser.candidate(for: "daimon-test")
        #expect(DynamicUser.numbers.contains(wanted))
        let first = try DynamicUserLock.acquire(for: "daimon-test", suggestions: [0, 1000], in: scratch.path)
        #expect(first.uid == wanted)
        #expect(try Files.readText("\(scratch.path)/\(wanted)", limit: 100) == "daimon-test\n")
        let second = try DynamicUserLock.acquire(for: "daimon-test", suggestions: [], in: scratch.path)
        #expect(second.uid != wanted && DynamicUser.numbers.contains(second.uid))
        let suggested = DynamicUser.clamped(wanted + 1)
        let third = try DynamicUserLock.acquire(for: "daimon-test", suggestions: [suggested], in: scratch.path)
        #expect(third.uid == suggested)
        try first.release()
        let again = try DynamicUserLock.acquire(for: "daimon-test", suggestions: [], in: scratch.path)
        #expect(again.uid == wanted)
        try second.release()
        try third.release()
        try again.release()
        #expect(try Files.list(scratch.path) == [])
    }

    /// A number in the user database is somebody's.
    @Test func numbersOfTheSystem() throws {
        #expect(try UserDatabase.hasEntry(0) && !UserDatabase.hasEntry(DynamicUser.candidate(for: "daimon-test")))
        let context = ExecutionContext()
        let root = try UserDatabase.resolveDynamic(context, name: "root") { () throws(SystemError) in 61_184 }
        #expect(root.uid == 0 && root.name == "root")
        let own = try UserDatabase.resolveDynamic(context, name: "daimon-nobody") { () throws(SystemError) in 61_184 }
        #expect(own == Credentials(uid: 61_184, gid: 61_184, groups: [], name: "daimon-nobody"))
    }
}
