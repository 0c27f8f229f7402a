// A shared owner of a descriptor, for closures and arrays, which cannot hold what cannot be copied.
import Glibc
import Linux

/// Keeps a descriptor open as long as anything refers to this object.
final class DescriptorBox {
    let descriptor: OwnedDescriptor

    init(_ descriptor: consuming OwnedDescriptor) {
        self.descriptor = descriptor
    }

    /// Reads from the beginning: a file of the cgroup file system reports the next change only after that.
    /// - Returns: false when it cannot be read any more: the cgroup is removed (ENODEV), and the kernel reports that
    ///   for ever.
    func rewind() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 256)
        return pread(descriptor.rawValue, &bytes, bytes.count, 0) >= 0
    }
}

/// The same for a descriptor of signals.
final class SignalBox {
    let signals: SignalDescriptor

    init(_ signals: consuming SignalDescriptor) {
        self.signals = signals
    }
}
