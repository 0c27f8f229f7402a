// Signals as something to read, in the same loop as everything else: signalfd(2).
import CLinux
import Glibc

/// Signals that are read instead of interrupting. They are blocked for the calling thread from here on; a program with
/// several threads makes one before it starts the others, which inherit the mask.
public struct SignalDescriptor: ~Copyable {
    private let descriptor: OwnedDescriptor

    /// The descriptor, readable when a signal is there.
    public var rawValue: CInt { descriptor.rawValue }

    /// Blocks the signals and makes them readable.
    /// - Parameter signals: which, such as SIGTERM and SIGHUP; SIGKILL and SIGSTOP cannot be read.
    /// - Throws: EMFILE and the like.
    public init(_ signals: [CInt]) throws(SystemError) {
        guard daimon_block_signals(SIG_BLOCK, signals, signals.count) == 0 else { throw SystemError("block signals") }
        let value = daimon_signal_descriptor(signals, signals.count)
        guard value >= 0 else { throw SystemError("make a descriptor for signals") }
        descriptor = OwnedDescriptor(owning: value)
    }

    /// The next signal, without waiting; nil when none is there.
    public borrowing func next() throws(SystemError) -> CInt? {
        let signal = daimon_read_signal(descriptor.rawValue)
        guard signal >= 0 else { throw SystemError("read a signal") }
        return signal == 0 ? nil : signal
    }
}
