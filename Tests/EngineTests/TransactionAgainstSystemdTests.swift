// Transactions beside those of a booted systemd 257.13: random units were given to it, and `systemctl --show-transaction` told
// which jobs it queued, or why it refused. All services of these can be reloaded.
import Testing
import Units

@testable import Engine

struct TransactionAgainstSystemdTests {
    /// Units | the active ones | what was asked for, mode `replace` unless there is another | the jobs, or the error.
    static let records = """
        a Requires=b; b; c OnSuccess=b Requires=a,b | | start a restart-dependencies | a/start b/start
        a Requires=c PartOf=d; b !masked; c; d PartOf=c Requisite=c | | restart a | a/restart c/start
        a Conflicts=d BindsTo=c After=b,d; b Conflicts=a; c; d !notfound | c | start d fail | Unit d.service not found.
        a; b !masked | a | restart b | Unit b.service is masked.
        a PartOf=d After=b; b !notfound; c Wants=b,a After=d; d Requires=b | a c d | stop d fail | a/stop d/stop
        a BindsTo=b PartOf=c After=b,c; b Requires=a StopPropagatedFrom=a; c Requires=b | b c | stop b | b/stop c/stop
        a Requires=e After=b,d; b Conflicts=a Requires=e After=e; c Conflicts=a; d; e | a | stop e | a/stop e/stop
        a Requires=c; b !notfound; c | | start a fail | a/start c/start
        a StopPropagatedFrom=c After=c; b; c Wants=d; d Requisite=b | | start d | b/verify-active d/start
        a Requisite=c After=b,c; b Wants=a After=c; c | | start b restart-dependencies | a/start b/start c/verify-active
        a Conflicts=c; b After=c; c Conflicts=b | c | restart a | a/restart c/stop
        a BindsTo=c; b Wants=c Requisite=a Upholds=a; c | a b c | restart c fail | a/restart b/restart c/restart
        a StopPropagatedFrom=b PropagatesReloadTo=c; b StopPropagatedFrom=c; c | a c | stop b fail | a/stop b/stop
        a After=d,e; b Wants=e; c BindsTo=d Conflicts=a; d !notfound; e | a b | start d | Unit d.service not found.
        a Wants=b After=b,c; b After=c; c Conflicts=a,b PropagatesReloadTo=a | c | restart a | a/restart b/start c/stop
        a BindsTo=b Conflicts=b; b | | start a | Transaction contains conflicting jobs
        a Wants=c; b Requires=a; c Conflicts=b | b c | stop a fail | a/stop b/stop
        a Wants=b OnFailure=c Requires=c; b PartOf=a Requires=a; c Wants=a | c | start b | a/start b/start
        a Requires=c Upholds=b; b StopPropagatedFrom=c; c Conflicts=b | a b | restart a fail | a/restart b/stop c/start
        a OnSuccess=b Requisite=b; b !notfound | | stop b | Unit b.service not loaded.
        a BindsTo=b; b | | start a | a/start b/start
        a Wants=b Requires=b After=b; b Requisite=a | | start a fail | a/start b/start
        a Requires=c; b Requires=a; c StopPropagatedFrom=b | | restart a | a/restart c/start
        a PropagatesReloadTo=b BindsTo=b; b !masked | | restart b | Unit b.service is masked.
        a Requires=b; b !masked | a | start b fail | Unit b.service is masked.
        a PartOf=c; b !notfound; c Wants=d; d OnFailure=a; e !notfound | | stop e | Unit e.service not loaded.
        a Wants=b After=c; b !masked; c | a c | reload b fail | Unit b.service is masked.
        a After=b; b ReloadPropagatedFrom=a Requires=a | b | restart b fail | a/start b/restart
        a Requisite=b StopPropagatedFrom=b; b Wants=a; c | | start b | a/start b/start
        a; b Wants=a PropagatesStopTo=a | | start b | a/start b/start
        a Wants=b; b PartOf=a | | start a | a/start b/start
        a PropagatesStopTo=b; b BindsTo=a PartOf=a | a b | restart a fail | a/restart b/restart
        a After=b; b !masked | | start b fail | Unit b.service is masked.
        a OnSuccess=c Requires=c,d After=c; b !notfound; c !masked; d | a | restart a | Unit c.service is masked.
        a BindsTo=b Wants=b; b Requires=a | b | stop a fail | a/stop b/stop
        a; b !notfound; c | | try-restart b fail | Unit b.service not found.
        a BindsTo=c Upholds=c After=d; b After=c; c !notfound; d OnFailure=b | | stop c | Unit c.service not loaded.
        a PartOf=b Requisite=b After=c; b; c Requires=b Wants=a | a b c | restart b fail | a/restart b/restart c/restart
        a After=e; b Wants=c; c !notfound; d; e !notfound | a d | stop e ignore-requirements | Unit e.service not loaded.
        a; b Conflicts=a | a b | restart a | a/restart b/stop
        a Conflicts=b; b PartOf=a | a b | start a fail | a/start b/stop
        a Conflicts=b After=c; b; c Requires=a | a c | start a restart-dependencies | a/start c/restart
        a Upholds=b PartOf=c After=b; b; c Requires=b,a | b | restart c | a/start c/restart
        a Requires=c ReloadPropagatedFrom=d After=c; b !notfound; c; d | | stop b | Unit b.service not loaded.
        a PartOf=b Wants=b Requires=c After=c; b !masked; c Requires=a | c | restart a | a/restart c/restart
        a Requires=c After=c; b !notfound; c Requisite=b | a | stop b fail | Unit b.service not loaded.
        a Requires=b After=c; b StopPropagatedFrom=a PartOf=a; c BindsTo=a | a | restart b fail | a/restart b/restart
        a Conflicts=b; b Requisite=a Wants=a PropagatesReloadTo=a | b | start a | a/start b/stop
        a BindsTo=b After=b; b | | start a | a/start b/start
        a; b Requires=c PartOf=c; c !masked; d | a b | start b restart-dependencies | Unit c.service is masked.
        a Requisite=b Wants=c After=c; b After=c; c Requires=b | b | start a | a/start c/start
        a BindsTo=b; b Requires=a | | restart a | a/restart b/start
        a Requisite=c Conflicts=c After=b; b !masked; c | a c | restart a fail | Transaction contains conflicting jobs
        a BindsTo=c; b Conflicts=d Requires=d; c BindsTo=a Requires=b; d | a c | stop c | a/stop c/stop
        a Conflicts=b; b | b | restart a fail | a/restart b/stop
        a Upholds=b After=b; b !notfound | | try-restart b | Unit b.service not found.
        a Requisite=c; b Wants=c PropagatesReloadTo=a; c Requires=a | | restart c | a/start c/restart
        a Requires=b After=b; b StopPropagatedFrom=a | | restart a | a/restart b/restart
        a Conflicts=c; b Wants=c; c !notfound | | start c restart-dependencies | Unit c.service not found.
        a Wants=b; b PropagatesReloadTo=c Before=a After=c; c BindsTo=a | a c | stop a fail | a/stop c/stop
        a StopPropagatedFrom=b; b Requisite=a Before=a | a b | restart a fail | a/restart b/restart
        a Requisite=b Before=c; b !masked; c Upholds=a StopPropagatedFrom=b | c | reload b | Unit b.service is masked.
        a Requires=b Wants=b Before=b; b BindsTo=a Wants=a | | start b fail | a/start b/start
        a Requires=d PartOf=d; b !masked; c; d !masked | | start b fail | Unit b.service is masked.
        a Conflicts=b After=b; b | a | start b | a/stop b/start
        a Requisite=b Before=b; b Conflicts=a Wants=a BindsTo=a | a | restart a | a/restart b/verify-active
        a; b Conflicts=a Before=a | a | restart b | a/stop b/restart
        a Conflicts=b; b !masked | a | restart b | Unit b.service is masked.
        a Requires=b; b Requires=a Upholds=a | a | try-restart a | a/restart b/start
        a Requires=c Before=c; b StopPropagatedFrom=a After=c; c BindsTo=a Before=b | a | start a | a/start c/start
        a; b Conflicts=a After=a | a b | try-restart b | a/stop b/restart
        a Wants=c; b BindsTo=d; c PartOf=d After=a,d; d After=b | | start b fail | b/start d/start
        a Conflicts=b Requires=b; b | a b | stop b | a/stop b/stop
        a After=c; b BindsTo=a Wants=c; c Conflicts=a Wants=a Before=b | c | start b | a/start b/start c/stop
        a Conflicts=b Before=b; b Requires=c; c !notfound | a | stop c fail | Unit c.service not loaded.
        a Requires=b Requisite=b; b !masked | | start a | Unit b.service is masked.
        a Requisite=b After=b; b Before=a | | start a restart-dependencies | a/start b/verify-active
        a; b PartOf=a StopPropagatedFrom=a | a b | start a restart-dependencies | a/start b/restart
        a Requisite=c After=c; b; c !notfound; d Before=b | | restart c | Unit c.service not found.
        a Requires=b; b | | start a | a/start b/start
        a Conflicts=b; b StopPropagatedFrom=a Before=a | a b | start b restart-dependencies | a/stop b/start
        a; b BindsTo=c Conflicts=c; c Before=a | a | restart b | Transaction contains conflicting jobs
        a Requisite=c After=b; b Before=a; c Requisite=a Conflicts=a | | start c | Transaction contains conflicting jobs
        a; b Wants=a Requisite=d; c Wants=b; d Wants=a Requisite=b | | start c | a/start b/start c/start d/verify-active
        a; b Wants=a After=a; c After=a; d Requires=c | | restart d | c/start d/restart
        a; b | a b | reload b | b/reload
        a; b Requires=a Conflicts=a | b | reload a fail | a/reload
        a OnSuccess=b After=b; b PartOf=a; c PropagatesReloadTo=b | a c | start a restart-dependencies | a/start
        a After=b; b; c Conflicts=a After=d; d Requisite=e; e !masked | | stop e | e/stop
        a After=c; b; c | c | stop b | b/stop
        a Requisite=c; b; c | b c | start a restart-dependencies | a/start
        a BindsTo=d After=b; b BindsTo=a After=c; c !masked; d Wants=b Requisite=c | | stop c | c/stop
        a Requires=c; b Requires=c After=c; c !notfound | | stop b fail | b/stop
        a Wants=b After=b; b OnSuccess=a | a b | start b | b/start
        a Wants=c,b; b Requires=c; c; d !masked | a | stop d | d/stop
        a; b Requisite=c; c | a b | reload a ignore-requirements | a/reload
        a; b BindsTo=c Requires=c OnSuccess=a; c !notfound | | stop a fail | a/stop
        a Conflicts=b After=c,e; b Wants=a After=e; c; d OnSuccess=e; e Requisite=d | | start b fail | b/start
        a; b PropagatesStopTo=a | b | reload a fail | a/reload
        a Wants=b After=b; b PartOf=a | a | stop b | b/stop
        a Requires=b PropagatesStopTo=b; b | b | stop b fail | b/stop
        a Wants=b; b Conflicts=d PropagatesStopTo=a; c !masked; d PropagatesStopTo=a | b d | try-restart a | a/nop
        a Conflicts=b; b Requires=a | a | reload b fail | b/reload
        a Wants=b; b | b | try-restart a fail | a/nop
        a; b After=c; c ReloadPropagatedFrom=b | b | start b fail | b/start
        a Requires=c; b StopPropagatedFrom=c; c | a c | start b | b/start
        a; b | a b | try-restart a | a/restart
        a; b Wants=c; c | a b | start a restart-dependencies | a/start
        a Wants=b; b | a | stop b fail | b/stop
        a OnSuccess=d After=d; b PropagatesStopTo=d; c; d StopPropagatedFrom=e; e !notfound | | stop b fail | b/stop
        a; b !notfound | a | try-restart a | a/restart
        a; b Wants=a | a | reload b | b/reload
        a Requires=c; b Wants=f; c !masked; d; e PartOf=f After=f; f Requires=a | a e | try-restart d | d/nop
        a BindsTo=c After=b,c; b; c PropagatesReloadTo=b Wants=b OnFailure=b | c | stop b | b/stop
        a Wants=c After=c; b PropagatesReloadTo=a; c StopPropagatedFrom=a | | restart c ignore-requirements | c/restart
        a After=d; b Conflicts=d; c; d PropagatesStopTo=c Requisite=b | | stop a fail | a/stop
        a After=b; b ReloadPropagatedFrom=a | b | stop b | b/stop
        a BindsTo=c After=c; b OnSuccess=a After=c; c Requires=a | | restart b | b/restart
        a Wants=d After=c; b Wants=a,d Requires=e After=d; c !notfound; d; e | e | start d | d/start
        a; b Wants=a | a b | stop a | a/stop
        a StopPropagatedFrom=e Wants=e; b !masked; c Conflicts=e After=d; d Conflicts=c; e | | start d | d/start
        a After=c,d; b !masked; c; d Requires=b BindsTo=b | | stop c | c/stop
        a After=b; b !notfound; c OnSuccess=b | a | stop c ignore-requirements | c/stop
        a PropagatesStopTo=c After=d; b; c OnFailure=a; d | a b | stop b ignore-requirements | b/stop
        a BindsTo=b; b Upholds=c Conflicts=a; c | c | stop b | b/stop
        a Wants=d After=c; b After=c; c Conflicts=f After=f; d Upholds=f After=f; e !notfound; f | | stop b fail | b/stop
        a After=b,e; b; c PartOf=d Conflicts=a; d Wants=b,c BindsTo=b; e PartOf=c | b | restart b | b/restart
        a Requires=b After=c,d; b !masked; c PropagatesStopTo=d; d !masked | c | restart c | c/restart
        a ReloadPropagatedFrom=b; b OnSuccess=a PartOf=a; c Conflicts=b | a | start c | c/start
        a Conflicts=c; b Requires=c Wants=a; c StopPropagatedFrom=a Wants=b | | restart a fail | a/restart
        a Conflicts=b After=c; b !masked; c Conflicts=a; d | a c d | restart a fail | a/restart
        a Requires=c After=b; b; c | b c | reload b fail | b/reload
        a OnFailure=b; b | a | stop b fail | b/stop
        a; b Requires=a Requisite=a PropagatesStopTo=a | | start a | a/start
        a Upholds=c ReloadPropagatedFrom=c; b PropagatesStopTo=c; c | b | restart a ignore-requirements | a/restart
        a After=b,c; b Requisite=a; c Upholds=b BindsTo=a | a b c | start c fail | c/start
        a Requisite=b After=b; b Requires=a | | stop b | b/stop
        a OnSuccess=b After=b; b PropagatesStopTo=c; c Requisite=a | | start a fail | a/start
        a StopPropagatedFrom=c Requisite=c OnSuccess=b After=c; b After=c; c Conflicts=a | a b c | start a fail | a/start
        a PropagatesStopTo=b; b | a b | stop b | b/stop
        a StopPropagatedFrom=c ReloadPropagatedFrom=c; b Requisite=c After=c; c | a b c | stop b | b/stop
        a Conflicts=b PropagatesStopTo=b; b !notfound | a | try-restart a fail | a/restart
        a PropagatesReloadTo=b; b Wants=a Conflicts=c; c !masked | | stop c fail | c/stop
        a; b PropagatesReloadTo=a | a b | start a | a/start
        a After=b; b PropagatesStopTo=a; c | a c | reload c | c/reload
        a Wants=c ReloadPropagatedFrom=c After=b; b After=c; c Conflicts=a OnSuccess=a | | start c fail | c/start
        a; b !masked | a | stop a | a/stop
        a PropagatesStopTo=b OnFailure=b After=c; b !notfound; c | a c | restart a fail | a/restart
        a After=d,e; b After=c; c Wants=b; d; e StopPropagatedFrom=d | a c d e | try-restart a fail | a/restart
        a PropagatesReloadTo=b After=c; b After=c; c StopPropagatedFrom=a | | restart b | b/restart
        a Upholds=b After=c; b StopPropagatedFrom=a; c ReloadPropagatedFrom=b; d Requires=a | b c | start a | a/start
        a; b Conflicts=d; c PartOf=a After=d; d Wants=c OnSuccess=c | | start d ignore-requirements | d/start
        a Wants=c,b; b After=d; c !notfound; d StopPropagatedFrom=c Wants=c | a b d | try-restart d | d/restart
        a PartOf=c; b Upholds=a ReloadPropagatedFrom=a After=c; c Requires=b | | restart a | a/restart
        a After=b; b | a b | start a | a/start
        a; b PropagatesStopTo=a | b | stop b fail | b/stop
        a Wants=b After=b; b Wants=c; c !masked; d | a | start b restart-dependencies | b/start
        a; b OnFailure=a | b | stop a | a/stop
        a Wants=b After=b; b Conflicts=a Requisite=a | a | stop a fail | a/stop
        a After=b,c; b; c BindsTo=a Requires=a | | start a restart-dependencies | a/start
        a; b !masked | a | restart a ignore-requirements | a/restart
        a After=c; b Wants=a; c | b c | stop a | a/stop
        a; b; c StopPropagatedFrom=d; d Requires=b StopPropagatedFrom=c | | stop a | a/stop
        a PropagatesStopTo=b; b Wants=a | a b | start a fail | a/start
        a After=b,c; b Conflicts=a After=c; c ReloadPropagatedFrom=b | | restart a fail | a/restart
        a; b | b | stop a | a/stop
        a StopPropagatedFrom=c; b PartOf=c BindsTo=c After=c; c | | start a ignore-requirements | a/start
        a PartOf=c; b; c Wants=b | a c | start a fail | a/start
        a Requisite=b; b | a b | reload a | a/reload
        a Wants=f; b !masked; c !masked; d BindsTo=b PartOf=a After=e; e; f !notfound | a e | stop e fail | e/stop
        a Wants=d After=d,e; b PropagatesStopTo=d After=c; c After=d; d Wants=b; e !masked | | stop a fail | a/stop
        a After=b; b Requisite=d Wants=d; c Upholds=b After=d; d !masked; e PartOf=d Requires=b | | stop b | b/stop
        a After=b; b Wants=a StopPropagatedFrom=a | b | start a | a/start
        a; b PartOf=c Upholds=a After=c; c !masked | a b | restart b | b/restart
        a; b PropagatesStopTo=a | a | reload b | b/reload
        a Wants=c Requires=c After=b; b !notfound; c Wants=b Upholds=a; d PartOf=c | a c | stop d fail | d/stop
        a Conflicts=d Requires=d; b BindsTo=c After=d; c !notfound; d Requires=a | | start d ignore-requirements | d/start
        a PartOf=b After=b; b | b | stop b | b/stop
        a OnFailure=c After=b; b BindsTo=c; c | | start a fail | a/start
        a OnSuccess=b; b | b | restart a fail | a/restart
        a Conflicts=b After=c,d; b !masked; c; d Requisite=b; e Requisite=b,c After=f; f | | restart c | c/restart
        a Conflicts=b StopPropagatedFrom=c OnSuccess=b; b Wants=c After=c; c !masked | | stop c | c/stop
        a Requires=b After=b,c; b !notfound; c PartOf=b After=e; d Requires=c; e PartOf=c | | restart e | e/restart
        a After=b; b | a | start b fail | b/start
        a PartOf=b ReloadPropagatedFrom=b; b PropagatesStopTo=a | | start a restart-dependencies | a/start
        """.split(separator: "\n").map(String.init)

    @Test(arguments: records)
    func recorded(_ row: String) throws {
        let cells = row.split(separator: "|", omittingEmptySubsequences: false)
            .map { $0.split(separator: " ").map(String.init) }
        try #require(cells.count == 4 && cells[2].count >= 2)
        let units = cells[0].joined(separator: " ").split(separator: ";").map { "\($0) !reload" }
        var harness = JobHarness(units.joined(separator: ";"), active: cells[1])
        let mode = try #require(cells[2].count == 3 ? JobMode(rawValue: cells[2][2]) : .replace)
        let error = harness.ask(cells[2][0...1].joined(separator: " "), mode, isManual: true)
        let expected = cells[3].joined(separator: " ")
        guard let error else {
            #expect(harness.installed.joined(separator: " ") == expected)
            return
        }
        // Which contradiction is met first is a matter of chance there.
        #expect(error.message == expected || error.message.hasPrefix(expected + " '"))
    }
}
