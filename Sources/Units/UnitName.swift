// Unit names: prefix, instance, suffix (systemd.unit(5), "DESCRIPTION").

/// A full unit name such as `web.service` or `web@blue.service`.
public struct UnitName: Equatable, Hashable, Sendable, CustomStringConvertible {
    /// The full name.
    public let description: String

    /// A name taken as it is; use the parser's checked initializer for what a person typed.
    /// - Parameter full: a valid full unit name.
    public init(unchecked full: String) {
        self.description = full
    }
}
