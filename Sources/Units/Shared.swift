// A large value that many hold and few change.

/// A value held by reference: copies share it until one of them is changed.
struct Shared<Value: Equatable & Sendable>: Equatable, Sendable {
    /// Changed only while nobody else holds it, which is what makes it safe to send.
    private final class Storage: @unchecked Sendable {
        var value: Value

        init(_ value: Value) {
            self.value = value
        }
    }

    private var storage: Storage

    init(_ value: Value) {
        storage = Storage(value)
    }

    var value: Value {
        _read { yield storage.value }
        _modify {
            if !isKnownUniquelyReferenced(&storage) { storage = Storage(storage.value) }
            yield &storage.value
        }
    }

    static func == (left: Shared, right: Shared) -> Bool {
        left.storage === right.storage || left.storage.value == right.storage.value
    }
}
