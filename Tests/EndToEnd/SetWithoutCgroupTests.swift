// A set where no control group can be made, as in most containers: its services' processes are told apart by parentage and by
// their mark.
import Foundation
import Linux
import Testing

@Suite(.enabled(if: isRoot, "skipped: needs root")) struct SetWithoutCgroupTests {
    /// `daimon start` in a mount namespace in which control groups can only be read.
    private func start(_ units: UnitFolder, _ arguments: String...) throws -> CommandResult {
        let protect =
            "for mount in $(findmnt -rno TARGET -t cgroup2,cgroup,tmpfs | grep ^/sys/fs/cgroup); do"
            + " mount -o remount,bind,ro $mount || exit 99; done; exec \"$@\""
        return try Command.run(
            ["unshare", "--mount", "sh", "-c", protect, "sh", Binaries.daimon, "start"] + arguments,
            environment: units.environment)
    }

    private func grandchildren(_ units: UnitFolder, _ name: String) -> [pid_t] {
        units.instance.notedPids("\(name).children")
    }

    private func forking(_ units: UnitFolder, _ name: String, _ unit: [String] = [], service: [String] = []) throws {
        try units.probe(
            name, unit, service: service, "grandchildren 2 \(units.instance.path("\(name).children")) ready")
    }

    @Test func eachHasItsOwnProcesses() throws {
        let units = try UnitFolder()
        try units.probe("base")
        try forking(units, "bound", ["BindsTo=base.service", "After=base.service"])
        try forking(units, "free")
        let result = try start(units, "--name", "site", "base", "bound", "free")
        try #require(result.status == 0, "\(result)")
        #expect(try units.status("free.service")["ControlGroup"] == "", "the test proves nothing")
        let (bound, free) = (grandchildren(units, "bound"), grandchildren(units, "free"))
        #expect(bound.count == 2 && free.count == 2 && (bound + free).allSatisfy(isAlive))
        kill(try #require(units.mains("base").last), SIGKILL)
        try units.wait(for: "bound.service", "inactive (dead)")
        #expect(!bound.contains(where: isAlive), "\(units.instance.remains)")
        #expect(free.allSatisfy(isAlive) && isAlive(units.mains("free")[0]))
        #expect(try units.daimon("stop", "site").status == 0)
        #expect(units.instance.nothingIsLeft, "\(units.instance.remains)")
    }

    /// The processes of a life that is over do not count as those of the next.
    @Test func aRestartTakesItsOldProcessesAlong() throws {
        let units = try UnitFolder()
        try forking(units, "again", service: ["Restart=always", "RestartSec=10ms"])
        try forking(units, "other")
        let result = try start(units, "--name", "site", "again", "other")
        try #require(result.status == 0, "\(result)")
        let first = grandchildren(units, "again")
        kill(units.mains("again")[0], SIGKILL)
        try waitUntil("it is back") { grandchildren(units, "again").count == 4 }
        try units.wait(for: "again.service", "active (running)")
        #expect(!first.contains(where: isAlive))
        #expect(grandchildren(units, "again").suffix(2).allSatisfy(isAlive))
        #expect(grandchildren(units, "other").allSatisfy(isAlive))
        #expect(try units.daimon("stop", "site").status == 0)
        #expect(units.instance.nothingIsLeft, "\(units.instance.remains)")
    }

    /// A message counts for the service whose process sent it, also from a grandchild.
    @Test func messagesComeFromTheirService() throws {
        let units = try UnitFolder()
        for name in ["a", "b"] {
            let script = try units.instance.write(
                "\(name).sh",
                "#!/bin/sh\n\(Binaries.probe) notify READY=1 barrier exit 0\n"
                    + "(setsid \(Binaries.probe) status 'of \(name)' never-ready &)\nexec sleep 1000\n", mode: 0o755)
            try units.define(
                "\(name).service", "[Service]", "Type=notify", "NotifyAccess=all", "ExecStart=\(script)")
        }
        let result = try start(units, "--name", "site", "a", "b")
        try #require(result.status == 0, "\(result)")
        for name in ["a", "b"] {
            try waitUntil("the message of \(name) has come") {
                try units.status("\(name).service")["StatusText"] == "of \(name)"
            }
        }
        #expect(try units.daimon("stop", "site").status == 0)
        #expect(units.instance.nothingIsLeft, "\(units.instance.remains)")
    }

    /// What has cleared its environment, and left its parents, is nobody's by the mark; it must not outlive the instance.
    @Test func whatHidesItsMarkDoesNotOutliveTheInstance() throws {
        let units = try UnitFolder()
        let file = units.instance.path("hidden")
        for name in ["a", "b"] {
            let script = try units.instance.write(
                "\(name).sh",
                "#!/bin/sh\n(env -i \(Binaries.probe) grandchildren 2 \(file) exit 0)\nexec \(Binaries.probe) ready\n",
                mode: 0o755)
            try units.define("\(name).service", "[Service]", "Type=notify", "ExecStart=\(script)")
        }
        let result = try start(units, "--name", "site", "a", "b")
        try #require(result.status == 0, "\(result)")
        let hidden = units.instance.notedPids("hidden")
        #expect(hidden.count == 4 && hidden.allSatisfy(isAlive))
        #expect(try units.daimon("stop", "site").status == 0)
        #expect(!hidden.contains(where: isAlive))
    }

    /// What is older than a service that ends cannot be its child, though it hides whose it is.
    @Test func whatHidesItsMarkOutlivesTheEndOfAnother() throws {
        let units = try UnitFolder()
        let script = try units.instance.write(
            "hiding.sh",
            "#!/bin/sh\n(env -i \(Binaries.probe) grandchildren 2 \(units.instance.path("hidden")) exit 0)\n"
                + "exec \(Binaries.probe) sleep 20 ready\n", mode: 0o755)
        try units.define("hiding.service", "[Service]", "Type=notify", "ExecStart=\(script)")
        try units.probe("a", ["After=hiding.service"], service: ["Restart=always", "RestartSec=10ms"])
        let result = try start(units, "--name", "site", "hiding", "a")
        try #require(result.status == 0, "\(result)")
        let hidden = units.instance.notedPids("hidden")
        kill(units.mains("a")[0], SIGKILL)
        try waitUntil("it is back") { units.mains("a").count == 2 }
        try units.wait(for: "a.service", "active (running)")
        #expect(hidden.count == 2 && hidden.allSatisfy(isAlive))
        #expect(try units.daimon("stop", "site").status == 0)
        #expect(!hidden.contains(where: isAlive))
    }

    @Test func aKilledDaimondsSetIsStoppedAllTheSame() throws {
        let units = try UnitFolder()
        try forking(units, "a")
        try forking(units, "b")
        let result = try start(units, "--name", "site", "a", "b")
        try #require(result.status == 0, "\(result)")
        let daimond = try #require(units.instance.daimondPid("site"))
        kill(daimond, SIGKILL)
        try waitUntil("daimond is dead") { !isAlive(daimond) }
        let all = ["a", "b"].flatMap { units.mains($0) + grandchildren(units, $0) }
        #expect(all.count == 6 && all.allSatisfy(isAlive))
        #expect(try units.daimon("status", "site").status == 1)
        #expect(try units.daimon("stop", "site").status == 0)
        #expect(!all.contains(where: isAlive))
        #expect(units.instance.nothingIsLeft, "\(units.instance.remains)")
    }
}
