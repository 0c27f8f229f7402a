// Whether a name on the system bus is taken: what makes a service of Type=dbus ready (systemd.service(5)), by sd-bus(3).
// Nothing waits for an answer: a bus that hangs must not hold up a supervisor.
import CSystemd
import Glibc
import Linux

/// Follows the owner of one name on a message bus, for as long as this object lives.
public final class BusNameWatch {
    /// What became of the name.
    public enum Change: Equatable, Sendable {
        /// Somebody owns it.
        case owned
        /// Nobody owns it.
        case free
        /// There is no bus any more, or it does not let us listen: nothing will be heard from here on.
        case lost(SystemError)
    }

    /// Where the system bus is, if `DBUS_SYSTEM_BUS_ADDRESS` does not say otherwise (D-Bus specification).
    public static let systemBus = "unix:path=/run/dbus/system_bus_socket"

    private let name: String
    private let address: String
    private var bus: OpaquePointer?
    private let handler: (Change) -> Void
    private var isLost = false
    /// NameOwnerChanged has been told: an answer to the question that was sent before is older.
    private var isKnown = false

    /// Connects and begins to listen.
    /// - Parameters:
    ///   - name: a well-known name such as `org.example.Web`; checked, since it becomes part of a match rule.
    ///   - address: of the bus, in the form of the D-Bus specification; nil for the system's.
    ///   - loop: where to wait.
    ///   - handler: told first how it is, and then each change. It may drop this object.
    /// - Throws: the errno of sd_bus_start(3): ENOENT or ECONNREFUSED where there is no bus; a refusal for what is no name.
    public init(
        _ name: String, address: String? = nil, on loop: EventLoop, _ handler: @escaping (Change) -> Void
    ) throws(SystemError) {
        self.name = name
        self.address = address ?? getenv("DBUS_SYSTEM_BUS_ADDRESS").map { String(cString: $0) } ?? Self.systemBus
        self.handler = handler
        guard sd_bus_service_name_is_valid(name) > 0 else {
            throw .refused("follow the bus name", name, because: "it is not a name on a message bus")
        }
        try check(sd_bus_new(&bus), "make a bus connection to")
        try check(sd_bus_set_address(bus, self.address), "use the bus address")
        try check(sd_bus_set_bus_client(bus, 1), "be a client of")
        try check(sd_bus_start(bus), "connect to the bus at")
        try check(sd_bus_attach_event(bus, loop.event, 0), "wait for the bus at")
        let context = Unmanaged.passUnretained(self).toOpaque()
        // The slots belong to the connection, and end with it.
        try check(
            sd_bus_match_signal(
                bus, nil, nil, "/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local", "Disconnected",
                { _, context, _ in BusNameWatch.of(context) { $0.disconnected() } }, context),
            "notice the end of the bus at")
        let rule =
            "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"
            + "interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='\(name)'"
        try check(
            sd_bus_add_match_async(
                bus, nil, rule, { message, context, _ in BusNameWatch.of(context) { $0.ownerChanged(message) } },
                { message, context, _ in BusNameWatch.of(context) { $0.listening(message) } }, context),
            "listen to the bus at")
        try ask(context)
    }

    deinit {
        // Not flushed: there is nothing that the bus must still hear, and it may hang.
        sd_bus_close_unref(bus)
    }

    /// After the match, so that no change is missed in between; the bus answers in that order.
    private func ask(_ context: UnsafeMutableRawPointer) throws(SystemError) {
        var message: OpaquePointer?
        defer { sd_bus_message_unref(message) }
        try check(
            sd_bus_message_new_method_call(
                bus, &message, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner"),
            "ask the bus at")
        let appended = name.withCString { sd_bus_message_append_basic(message, CChar(UInt8(ascii: "s")), $0) }
        try check(appended, "ask the bus at")
        // No timeout: the bus starts while it is being asked, and may be slow; the service's own start has one.
        try check(
            sd_bus_call_async(
                bus, nil, message, { reply, context, _ in BusNameWatch.of(context) { $0.answered(reply) } }, context,
                .max),
            "ask the bus at")
    }

    private func check(_ result: CInt, _ operation: String) throws(SystemError) {
        guard result < 0 else { return }
        throw SystemError(operation, address, errno: -result)
    }

    // MARK: - What the bus says

    private static func of(_ context: UnsafeMutableRawPointer?, _ act: (BusNameWatch) -> Void) -> CInt {
        guard let context else { return 0 }
        // Held for the length of the call: the handler may drop the last reference.
        let watch = Unmanaged<BusNameWatch>.fromOpaque(context).takeUnretainedValue()
        withExtendedLifetime(watch) { act(watch) }
        return 0
    }

    private func ownerChanged(_ message: OpaquePointer?) {
        var fields: [String] = []
        for _ in 0..<3 {
            var text: UnsafePointer<CChar>?
            guard sd_bus_message_read_basic(message, CChar(UInt8(ascii: "s")), &text) > 0, let text else { return }
            fields.append(String(cString: text))
        }
        // The bus filters by the rule; it is its word all the same, and nobody else's name.
        guard fields[0] == name else { return }
        isKnown = true
        tell(fields[2].isEmpty ? .free : .owned)
    }

    private func listening(_ message: OpaquePointer?) {
        let number = sd_bus_message_get_errno(message)
        if number != 0 { lose(SystemError("listen to the bus at", address, errno: number)) }
    }

    private func answered(_ message: OpaquePointer?) {
        let number = sd_bus_message_get_errno(message)
        guard number == 0 else { return lose(SystemError("ask the bus at", address, errno: number)) }
        var isOwned: CInt = 0
        guard sd_bus_message_read_basic(message, CChar(UInt8(ascii: "b")), &isOwned) > 0, !isKnown else { return }
        tell(isOwned != 0 ? .owned : .free)
    }

    private func disconnected() { lose(SystemError("stay connected to the bus at", address, errno: ECONNRESET)) }

    private func lose(_ error: SystemError) {
        guard !isLost else { return }
        tell(.lost(error))
        isLost = true
    }

    private func tell(_ change: Change) {
        guard !isLost else { return }
        handler(change)
    }
}
