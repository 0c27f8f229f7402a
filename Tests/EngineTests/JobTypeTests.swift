// Jobs as such: which two become one, which change nothing, which exclude each other; errors and their names.
import Testing
import Units

@testable import Engine

struct JobTypeTests {
    /// The types that a job in a queue can have.
    static let queued: [JobType] = [.start, .verifyActive, .stop, .reload, .restart]

    @Test(arguments: [
        (JobType.start, [JobType.start, .start, nil, .reloadOrStart, .restart]),
        (.verifyActive, [.start, .verifyActive, nil, .reload, .restart]),
        (.stop, [nil, nil, .stop, nil, nil]),
        (.reload, [.reloadOrStart, .reload, nil, .reload, .restart]),
        (.restart, [.restart, .restart, nil, .restart, .restart]),
    ])
    func merging(_ type: JobType, _ expected: [JobType?]) {
        #expect(Self.queued.map { type.merged(with: $0) } == expected)
    }

    @Test func mergingHasTheLawsOfAUnion() {
        for state in ActiveState.allCases {
            func sum(_ a: JobType?, _ b: JobType?) -> JobType? {
                guard let a, let b else { return nil }
                return a.merged(with: b)?.collapsed(in: state)
            }
            for a in Self.queued {
                for b in Self.queued {
                    #expect(a.merged(with: b) == b.merged(with: a))
                    for c in Self.queued {
                        #expect(sum(sum(a, b), c) == sum(a, sum(b, c)), "\(a) \(b) \(c) in \(state)")
                    }
                }
            }
        }
    }

    @Test(arguments: [
        (ActiveState.active, [true, true, false, false, false]), (.reloading, [true, true, false, true, false]),
        (.inactive, [false, false, true, false, false]), (.failed, [false, false, true, false, false]),
        (.activating, [false, false, false, false, false]), (.deactivating, [false, false, false, false, false]),
    ])
    func redundancy(_ state: ActiveState, _ expected: [Bool]) {
        #expect(Self.queued.map { $0.isRedundant(in: state) } == expected)
        #expect(JobType.nop.isRedundant(in: state))
    }

    @Test(arguments: ActiveState.allCases)
    func collapsing(_ state: ActiveState) {
        let isUp = state == .active || state == .reloading
        #expect(JobType.tryRestart.collapsed(in: state) == (isUp ? .restart : .nop))
        #expect(JobType.tryReload.collapsed(in: state) == (isUp ? .reload : .nop))
        #expect(JobType.reloadOrStart.collapsed(in: state) == (isUp ? .reload : .start))
        for type in Self.queued { #expect(type.collapsed(in: state) == type) }
    }

    @Test func nothingConflictsWithNothing() {
        for type in JobType.allCases {
            #expect(!type.conflicts(with: .nop) && !JobType.nop.conflicts(with: type))
            #expect(!type.conflicts(with: type) && type.includes(type))
        }
        #expect(JobType.stop.conflicts(with: .start) && JobType.restart.conflicts(with: .stop))
        #expect(JobType.restart.includes(.start) && !JobType.start.includes(.restart))
        #expect(JobType.start.includes(.verifyActive) && !JobType.start.includes(.reload))
    }

    /// After a before b: waiting of a's job for b's, and of b's for a's.
    @Test(arguments: [
        (JobType.start, JobType.start, false, true), (.start, .stop, true, false), (.stop, .start, false, true),
        (.stop, .stop, true, false), (.restart, .restart, true, false), (.restart, .start, false, true),
        (.reload, .start, false, true), (.start, .restart, true, false), (.verifyActive, .start, false, true),
        (.nop, .start, false, false), (.start, .nop, false, false),
    ])
    func order(_ a: JobType, _ b: JobType, _ aWaits: Bool, _ bWaits: Bool) {
        #expect(JobOrder.waits(a, false, .before, b, false) == aWaits)
        #expect(JobOrder.waits(b, false, .after, a, false) == bWaits)
        #expect(!JobOrder.waits(a, true, .before, b, false) && !JobOrder.waits(b, false, .after, a, true))
    }

    @Test func errorsHaveTheNamesOfSystemd() {
        #expect(
            JobError(.transactionIsDestructive, "").name == "org.freedesktop.systemd1.TransactionIsDestructive")
        #expect(JobError(.onlyByDependency, "").name == "org.freedesktop.systemd1.OnlyByDependency")
        #expect(JobError(.invalidArguments, "").name == "org.freedesktop.DBus.Error.InvalidArgs")
        #expect(JobError(.noSuchUnit, "").errno == "ENOENT")
    }
}
