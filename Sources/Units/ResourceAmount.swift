// Limits of control groups: an amount, a share of what the machine has, or none (systemd.resource-control(5)).

/// A limit of MemoryMax=, TasksMax= and their families: bytes or tasks, a share of what there is, or no limit.
public enum ResourceAmount: Equatable, Hashable, Sendable {
    /// Bytes, or tasks.
    case amount(UInt64)
    /// A share of the physical memory, or of the tasks that the system allows.
    case share(Permyriad)
    /// No limit.
    case infinity

    /// The limit in bytes or tasks.
    /// - Parameters:
    ///   - total: what the machine has, in the same unit.
    ///   - granule: what a share is rounded down to: the size of a page for memory, 1 for tasks.
    /// - Returns: nil for no limit.
    public func resolved(total: UInt64, granule: UInt64 = 1) -> UInt64? {
        switch self {
        case .amount(let amount): return amount
        case .share(let share):
            guard granule > 0 else { return share.of(total) }
            let (bytes, overflow) = share.of(total / granule).multipliedReportingOverflow(by: granule)
            return overflow ? .max : bytes
        case .infinity: return nil
        }
    }
}

/// The limits of memory, and what differs between them.
public enum MemoryLimit: Sendable {
    /// `MemoryMin=`, `MemoryLow=` and their variants: a protection, none when empty; 0 is one.
    case protection
    /// `MemoryHigh=`, `MemoryMax=`: a ceiling, none when empty; 0 would leave no memory and is refused.
    case ceiling
    /// `MemorySwapMax=`, `MemoryZSwapMax=`: a ceiling, none when empty, that may be 0.
    case ceilingOrNone

    /// Reads a limit of this sort.
    /// - Parameter text: `512M`, `40%`, `infinity`, or nothing for the default.
    /// - Returns: bytes, a share of the physical memory, or infinity.
    /// - Throws: a refusal of anything else, and of 0 where that is not allowed.
    public func parse(_ text: String) throws(InvalidValue) -> ResourceAmount {
        if text.isEmpty {
            switch self {
            case .protection: return .amount(0)
            case .ceiling, .ceilingOrNone: return .infinity
            }
        }
        if text == "infinity" { return .infinity }
        let value: ResourceAmount =
            if let parts = Permyriad.parts(Array(text.utf8)) {
                .share(try Permyriad(parsing: text, parts: parts))
            } else {
                .amount(try bytes(text))
            }
        switch self {
        case .protection, .ceilingOrNone: break
        case .ceiling:
            if value == .amount(0) || value == .share(Permyriad(parts: 0)) {
                throw InvalidValue("\(Quoting.quoted(text)) would leave no memory; expected more than 0, or infinity")
            }
        }
        return value
    }

    private func bytes(_ text: String) throws(InvalidValue) -> UInt64 {
        let bytes: UInt64
        do throws(InvalidValue) {
            bytes = try ByteSize.bytes(parsing: text)
        } catch {
            throw InvalidValue(error.message + "; a share as 40% and infinity are allowed too")
        }
        // The greatest number is infinity's; it must be asked for by name.
        if bytes == .max { throw InvalidValue("\(Quoting.quoted(text)) is too large; for no limit write infinity") }
        return bytes
    }
}

extension ResourceAmount {
    /// A limit of tasks: `TasksMax=`.
    /// - Parameter text: `512`, `15%`, or `infinity`. What an empty value means is the directive's.
    /// - Returns: tasks, a share of what the system allows, or infinity.
    /// - Throws: a refusal of anything else, 0 included.
    public static func tasks(parsing text: String) throws(InvalidValue) -> ResourceAmount {
        if text == "infinity" { return .infinity }
        if let parts = Permyriad.parts(Array(text.utf8)) { return .share(try Permyriad(parsing: text, parts: parts)) }
        guard let number = Numbers.unsigned(text) else {
            throw InvalidValue(
                "\(Quoting.quoted(text)) is not a limit of tasks; expected a number, a share as 15%, or infinity")
        }
        guard number > 0, number < .max else {
            throw InvalidValue("\(Quoting.quoted(text)) is out of range; expected at least 1, or infinity for no limit")
        }
        return .amount(number)
    }

    /// The processor time of `CPUQuota=`, which may be more than the whole: 200% is two processors.
    /// - Parameter text: `20%`, `150.5%`; nothing for no limit.
    /// - Returns: µs of processor time per second; infinity for no limit.
    /// - Throws: a refusal of anything else, 0% included.
    public static func processorTimePerSecond(parsing text: String) throws(InvalidValue) -> TimeSpan {
        if text.isEmpty { return .infinity }
        let share = try Permyriad(parsing: text, isBounded: false)
        if share.parts == 0 { throw InvalidValue("a quota of 0% would never run; expected more than 0%") }
        return TimeSpan(microseconds: share.of(1_000_000))
    }

    /// The weight of `CPUWeight=`, `IOWeight=` and their family.
    /// - Parameters:
    ///   - text: 1 to 10000. What an empty value means is the directive's.
    ///   - mayBeIdle: whether `idle` is allowed, as for the processor.
    /// - Returns: the weight; 0 for `idle`.
    /// - Throws: a refusal of anything else.
    public static func weight(parsing text: String, mayBeIdle: Bool) throws(InvalidValue) -> UInt64 {
        if mayBeIdle, text == "idle" { return 0 }
        guard let number = Numbers.unsigned(text), (1...10_000).contains(number) else {
            throw InvalidValue(
                "\(Quoting.quoted(text)) is not a weight; expected 1 to 10000\(mayBeIdle ? ", or idle" : "")")
        }
        return number
    }
}

extension Permyriad {
    fileprivate init(parsing text: String, parts: UInt32) throws(InvalidValue) {
        guard parts <= Self.whole.parts else {
            throw InvalidValue("\(Quoting.quoted(text)) is more than the whole; expected at most 100%")
        }
        self.init(parts: parts)
    }
}
