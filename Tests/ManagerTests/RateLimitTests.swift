// The limit on messages that strangers can provoke.
import Testing

@testable import Instances
@testable import Manager

@Suite struct RateLimitTests {
    @Test func aBurstPassesThenSilenceThenTheCount() {
        var limit = RateLimit(interval: 1000, burst: 2)
        #expect(limit.verdict(at: 5000) == .pass(suppressed: 0))
        #expect(limit.verdict(at: 5001) == .pass(suppressed: 0))
        #expect(limit.verdict(at: 5002) == .suppress)
        #expect(limit.verdict(at: 5999) == .suppress)
        #expect(limit.verdict(at: 6000) == .pass(suppressed: 2))
        #expect(limit.verdict(at: 6001) == .pass(suppressed: 0))
        #expect(limit.verdict(at: 6002) == .suppress)
    }
}
