// What one job brings along, kind of dependency by kind, and what is refused.
import Testing
import Units

@testable import Engine

struct TransactionTests {
    /// Units | the active ones | what is asked for | the jobs that are queued then.
    static let cases = """
        # Starts.
        a Requires=b; b | | start a | a/start b/start
        a Requires=b; b | b | start a | a/start
        a Wants=b; b Wants=c; c | | start a | a/start b/start c/start
        a BindsTo=b; b | | start a | a/start b/start
        a Upholds=b; b | | start a | a/start b/start
        a Requisite=b; b | | start a | a/start b/verify-active
        a Requisite=b; b | b | start a | a/start
        a PartOf=b; b | | start a | a/start
        a Conflicts=b; b | b | start a | a/start b/stop
        a Conflicts=b; b | | start a | a/start
        b Conflicts=a; a | b | start a | a/start b/stop
        # With fail, what the other names is not worth stopping it; what the unit itself names is.
        b Conflicts=a; a | b | start a fail | a/start
        a Conflicts=b; b | b | start a fail | a/start b/stop
        a After=b Before=c; b; c | | start a | a/start
        a Wants=b; b !masked | | start a | a/start
        a Wants=b,c; c | | start a | a/start c/start
        a Wants=b; b Requires=missing | | start a | a/start
        a Wants=b,c; b Requires=c,missing; c | | start a | a/start c/start
        a Wants=b; b !bad | | start a | a/start
        a Requires=b; b OnFailure=c; c | | start a | a/start b/start
        a Requires=b After=b; b Requires=c After=c; c | | start a | a/start b/start c/start
        # A cycle of requirements is no matter.
        a Requires=b; b Requires=a | | start a | a/start b/start
        # What something else stops and starts at once: the start that matters wins.
        a Requires=b Wants=c; b; c Conflicts=b | | start a | a/start b/start
        # Of two that do not matter, the stop because of Conflicts= wins.
        a Wants=b,c; b; c Conflicts=b | | start a | a/start c/start
        # Stops.
        a Requires=b; b | a b | stop b | a/stop b/stop
        a Requires=b; b | a b | stop a | a/stop
        a Requires=b; b | b | stop b | b/stop
        a Wants=b; b | a b | stop b | b/stop
        a BindsTo=b; b | a b | stop b | a/stop b/stop
        a Requisite=b; b | a b | stop b | a/stop b/stop
        a PartOf=b; b | a b | stop b | a/stop b/stop
        a Upholds=b; b | a b | stop b | b/stop
        a PropagatesStopTo=b; b | a b | stop a | a/stop b/stop
        b StopPropagatedFrom=a; a | a b | stop a | a/stop b/stop
        a Conflicts=b; b | a | stop b | b/stop
        a Requires=b; b Requires=c; c | a b c | stop c | a/stop b/stop c/stop
        # Restarts.
        a Requires=b; b | a b | restart b | a/restart b/restart
        a Requires=b; b | b | restart b | b/restart
        a Requires=b; b | a | restart a | a/restart b/start
        a PartOf=b; b | a b | restart b | a/restart b/restart
        a PropagatesStopTo=b; b | a b | restart a | a/restart b/stop
        a PropagatesStopTo=b Wants=b; b | a b | restart a | a/restart b/restart
        a | | try-restart a | a/nop
        a | a | try-restart a | a/restart
        a Requires=b; b | b | start b restart-dependencies | b/start
        a Requires=b; b | a | start b restart-dependencies | a/restart b/start
        # Reloads.
        a PropagatesReloadTo=b !reload; b !reload | a b | reload a | a/reload b/reload
        b ReloadPropagatedFrom=a !reload; a !reload | a b | reload a | a/reload b/reload
        a PropagatesReloadTo=b !reload; b !reload | a | reload a | a/reload
        a PropagatesReloadTo=b !reload; b | a b | reload a | a/reload
        a !reload | | reload-or-start a | a/start
        a !reload | a | reload-or-start a | a/reload
        a !reload | | try-reload a | a/nop
        # Modes.
        a Requires=b; b | | start a ignore-dependencies | a/start
        a Requires=b; b | | start a ignore-requirements | a/start
        t.timer Triggers=a; a | a t.timer | stop a triggering | a/stop t.timer/stop
        t.timer Triggers=a; a | a t.timer | stop a | a/stop
        x.target Wants=a !isolate; a; b; c | a b | start x.target isolate | b/stop x.target/start
        x.target Wants=s.socket !isolate; s.socket Triggers=a; a; b | a b s.socket | start x.target isolate | b/stop x.target/start
        """.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init)

    @Test(arguments: cases)
    func jobs(_ row: String) throws {
        let cells = row.split(separator: "|", omittingEmptySubsequences: false)
            .map { $0.split(separator: " ").map(String.init) }
        try #require(cells.count == 4 && cells[2].count >= 2)
        var harness = JobHarness(cells[0].joined(separator: " "), active: cells[1])
        let mode = try #require(cells[2].count == 3 ? JobMode(rawValue: cells[2][2]) : .replace)
        let error = harness.ask(cells[2][0...1].joined(separator: " "), mode)
        #expect(error == nil)
        #expect(harness.installed == cells[3])
    }

    @Test(arguments: [
        ("a Requires=b", "start a", JobMode.replace, JobError.Kind.noSuchUnit, "Unit b.service not found."),
        ("a Requires=b; b !masked", "start a", .replace, .unitMasked, "Unit b.service is masked."),
        ("a BindsTo=b; b !bad", "start a", .replace, .badUnitSetting, "Unit b.service has a bad unit file setting."),
        ("a Requisite=b", "start a", .replace, .noSuchUnit, "Unit b.service not found."),
        ("a", "start b", .replace, .noSuchUnit, "Unit b.service not found."),
        ("a", "reload a", .replace, .jobTypeNotApplicable, "Job type reload is not applicable for unit a.service."),
        (
            "a !nostart", "start a", .replace, .onlyByDependency,
            "Operation refused, unit a.service may be requested by dependency only (it is configured to refuse manual"
                + " start/stop)."
        ),
        ("a", "start a", .isolate, .noIsolation, "Operation refused, unit a.service may not be isolated."),
        ("a !isolate", "stop a", .isolate, .invalidArguments, "Isolate is only valid for start."),
        (
            "a Requires=b Conflicts=b; b", "start a", .replace, .transactionJobsConflicting,
            "Transaction contains conflicting jobs 'stop' and 'start' for a.service. Probably contradicting"
                + " requirement dependencies configured."
        ),
        (
            "a Requires=b After=b; b After=a", "start a", .replace, .transactionOrderIsCyclic,
            "Transaction order is cyclic. See system logs for details."
        ),
    ])
    func refusals(_ units: String, _ ask: String, _ mode: JobMode, _ kind: JobError.Kind, _ message: String) {
        var harness = JobHarness(units, active: ask.hasPrefix("reload") ? ["a"] : [])
        #expect(harness.ask(ask, mode, isManual: true) == JobError(kind, message))
        #expect(harness.installed.isEmpty)
    }

    @Test func manualStopsAndRestartsAreRefused() {
        var harness = JobHarness("a !nostop; b !nostart; c Requires=b", active: ["a"])
        #expect(harness.ask("stop a", isManual: true)?.kind == .onlyByDependency)
        #expect(harness.ask("restart a", isManual: true)?.kind == .onlyByDependency)
        #expect(harness.ask("start c", isManual: true) == nil)
        #expect(harness.ask("stop gone", isManual: true)?.kind == .noSuchUnit)
    }

    @Test func whatIsGoneCanBeStopped() {
        var harness = JobHarness("a !notfound", active: ["a"])
        #expect(harness.ask("stop a", isManual: true) == nil)
        harness.run()
        #expect(harness.state("a") == .inactive)
        #expect(harness.ask("stop a", isManual: true)?.message == "Unit a.service not loaded.")
    }

    @Test func irreversibleJobsStay() {
        var harness = JobHarness("a; b Conflicts=a")
        #expect(harness.ask("start a", .replaceIrreversibly) == nil)
        let error = harness.ask("start b")
        #expect(error?.kind == .transactionIsDestructive)
        #expect(
            error?.message == "Transaction for b.service/start is destructive (a.service has 'start' job queued, but"
                + " 'stop' is included in transaction).")
        #expect(harness.installed == ["a/start"])
        #expect(harness.ask("restart a") == nil)
        #expect(harness.installed == ["a/restart"])
    }

    @Test func aConflictingJobIsReplaced() {
        var harness = JobHarness("a; b")
        harness.ask("start a")
        harness.ask("start b")
        #expect(harness.ask("stop a", .fail)?.kind == .transactionIsDestructive)
        harness.ask("stop a")
        #expect(harness.installed == ["a/stop", "b/start"])
        harness.ask("stop b", .flush)
        #expect(harness.installed == ["b/stop"])
        harness.run()
        #expect(
            harness.happened() == [
                "a/start canceled", "a/stop canceled", "b/start canceled", "b/stop done",
            ])
    }

    // MARK: - Cycles

    @Test func aCycleIsBrokenWhereItMattersNot() {
        var harness = JobHarness("a Wants=b After=b; b Wants=c After=c; c After=a")
        #expect(harness.ask("start a") == nil)
        // b lies between: without it, c is of no use.
        #expect(harness.installed == ["a/start"] || harness.installed == ["a/start", "b/start"])
        harness.run()
        let lines = harness.lines.filter { $0.contains("cycle") || $0.contains("Found") }
        #expect(lines.count == 4)
        #expect(lines[0].contains("Found ordering cycle on "))
        #expect(lines[1].contains("Found dependency on ") && lines[2].contains("Found dependency on "))
        #expect(lines[3].contains(" deleted to break ordering cycle starting with a.service/start"))
    }

    @Test func theMessagesOfACycle() {
        var harness = JobHarness("a Wants=b After=b; b After=a")
        #expect(harness.ask("start a") == nil)
        #expect(harness.installed == ["a/start"])
        harness.run()
        #expect(
            harness.lines == [
                "a: Found ordering cycle on b.service/start", "a: Found dependency on a.service/start",
                "a: Job b.service/start deleted to break ordering cycle starting with a.service/start",
            ])
    }

    @Test func theMessagesOfACycleThatStays() {
        var harness = JobHarness("a Requires=b After=b; b After=a")
        #expect(harness.ask("start a")?.errno == "EDEADLK")
        harness.run()
        #expect(
            harness.lines == [
                "a: Found ordering cycle on b.service/start", "a: Found dependency on a.service/start",
                "a: Unable to break cycle starting with a.service/start",
                "a: Requested transaction contains an unfixable cyclic ordering dependency: Transaction order is cyclic."
                    + " See system logs for details.",
            ])
    }

    @Test func anInstalledJobIsPartOfACycle() {
        var harness = JobHarness(
            "a; b Wants=c After=a; c Before=a; a After=b; d Requires=e After=e; e After=f; f After=d")
        harness.ask("start f")
        // e matters to d, and f is queued already: it cannot be left out.
        #expect(harness.ask("start d")?.kind == .transactionOrderIsCyclic)
        #expect(harness.installed == ["f/start"])
    }

    /// Many cycles, each of which loses a job.
    @Test func manyCycles() {
        let pairs = (0..<300).map { "x\($0) Wants=y\($0) After=y\($0); y\($0) After=x\($0)" }
        let all = "t.target Wants=" + (0..<300).map { "x\($0)" }.joined(separator: ",")
        var harness = JobHarness(pairs.joined(separator: ";") + ";" + all)
        #expect(harness.ask("start t.target") == nil)
        // Of each pair one is left; y goes with x.
        #expect(harness.installed.count > 300 - 1 && harness.installed.count <= 301)
    }
}
