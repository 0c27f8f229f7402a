// The typed [Socket] section: what is listened on, and how (systemd.socket(5)).

/// A socket unit with every value typed and every default filled in.
public struct SocketUnit: Equatable, Sendable {
    /// One `Listen…=`.
    public struct Listener: Equatable, Sendable {
        /// What is made.
        public enum Kind: String, CaseIterable, Sendable {
            case stream = "Stream"
            case datagram = "Datagram"
            case sequentialPacket = "SequentialPacket"
            case fifo = "FIFO"
            case special = "Special"
            case netlink = "Netlink"
            case messageQueue = "MessageQueue"
            case usbFunction = "USBFunction"
        }

        /// What is made.
        public var kind: Kind
        /// The address, or the path, as `systemctl show` prints it.
        public var address: String
    }

    /// The [Unit] section and the dependencies.
    public var head: UnitHead
    /// What is listened on, in the order of the assignments.
    public var listeners: [Listener]
    /// The service that is started: `Service=`, or the one of the same name; nil with `accept`, where each connection has
    /// an instance of its own.
    public var service: UnitName?
    /// `Accept=`: a service for each connection.
    public var accept: Bool
    /// `Backlog=`: as listen(2) has it.
    public var backlog: UInt32
    /// `BindIPv6Only=`: `default`, `both` or `ipv6-only`.
    public var bindIPv6Only: String
    /// `BindToDevice=`.
    public var bindToDevice: String?
    /// `SocketUser=`.
    public var user: String?
    /// `SocketGroup=`.
    public var group: String?
    /// `SocketMode=`, of sockets and FIFOs.
    public var mode: UInt32
    /// `DirectoryMode=`, of folders that are made.
    public var directoryMode: UInt32
    /// `MaxConnections=`.
    public var maxConnections: UInt32
    /// `MaxConnectionsPerSource=`; 0 means no limit.
    public var maxConnectionsPerSource: UInt32
    /// `KeepAlive=`.
    public var keepAlive: Bool
    /// `KeepAliveTimeSec=`; zero leaves it to the kernel.
    public var keepAliveTime: TimeSpan
    /// `KeepAliveIntervalSec=`; zero leaves it to the kernel.
    public var keepAliveInterval: TimeSpan
    /// `KeepAliveProbes=`; 0 leaves it to the kernel.
    public var keepAliveProbes: UInt32
    /// `NoDelay=`.
    public var noDelay: Bool
    /// `FreeBind=`.
    public var freeBind: Bool
    /// `Transparent=`.
    public var transparent: Bool
    /// `Broadcast=`.
    public var broadcast: Bool
    /// `ReusePort=`.
    public var reusePort: Bool
    /// `DeferAcceptSec=`.
    public var deferAccept: TimeSpan
    /// `Priority=`; nil leaves it to the kernel.
    public var priority: Int32?
    /// `Mark=`; nil leaves it to the kernel.
    public var mark: Int32?
    /// `IPTTL=`; nil leaves it to the kernel.
    public var timeToLive: Int32?
    /// `ReceiveBuffer=` in bytes; nil leaves it to the kernel.
    public var receiveBuffer: UInt64?
    /// `SendBuffer=` in bytes; nil leaves it to the kernel.
    public var sendBuffer: UInt64?
    /// `PipeSize=` in bytes; nil leaves it to the kernel.
    public var pipeSize: UInt64?
    /// `PassCredentials=`.
    public var passCredentials: Bool
    /// `PassSecurity=`.
    public var passSecurity: Bool
    /// `PassPacketInfo=`.
    public var passPacketInfo: Bool
    /// `FileDescriptorName=`: the name in LISTEN_FDNAMES.
    public var descriptorName: String
    /// `Symlinks=`.
    public var symlinks: [String]
    /// `RemoveOnStop=`.
    public var removeOnStop: Bool
    /// `FlushPending=`.
    public var flushPending: Bool
    /// `TriggerLimitIntervalSec=`.
    public var triggerLimitInterval: TimeSpan
    /// `TriggerLimitBurst=`.
    public var triggerLimitBurst: UInt32
    /// `TimeoutSec=`.
    public var timeout: TimeSpan
    /// `ExecStartPre=`.
    public var execStartPre: [ExecCommand]
    /// `ExecStartPost=`.
    public var execStartPost: [ExecCommand]
    /// `ExecStopPre=`.
    public var execStopPre: [ExecCommand]
    /// `ExecStopPost=`.
    public var execStopPost: [ExecCommand]

    /// Reads a socket unit.
    /// - Parameter properties: the unit as properties, of type `.socket`.
    init(_ properties: UnitProperties) {
        head = UnitHead(properties)
        listeners = (properties.shared["Listen"] ?? []).compactMap { pair in
            Listener.Kind(rawValue: pair.label).map { Listener(kind: $0, address: pair.value) }
        }
        let accepts = properties.boolean("Accept", default: false)
        accept = accepts
        service = properties.triggered
        func isOn(_ name: String) -> Bool { properties.boolean(name, default: false) }
        backlog = properties.unsigned("Backlog") ?? UInt32(Int32.max)
        bindIPv6Only = properties.text("BindIPv6Only") ?? "default"
        bindToDevice = properties.text("BindToDevice").flatMap { $0.isEmpty ? nil : $0 }
        user = properties.text("SocketUser")
        group = properties.text("SocketGroup")
        mode = properties.mode("SocketMode") ?? 0o666
        directoryMode = properties.mode("DirectoryMode") ?? 0o755
        maxConnections = properties.unsigned("MaxConnections") ?? 64
        maxConnectionsPerSource = properties.unsigned("MaxConnectionsPerSource") ?? 0
        keepAlive = isOn("KeepAlive")
        keepAliveTime = properties.span("KeepAliveTimeSec") ?? .zero
        keepAliveInterval = properties.span("KeepAliveIntervalSec") ?? .zero
        keepAliveProbes = properties.unsigned("KeepAliveProbes") ?? 0
        noDelay = isOn("NoDelay")
        freeBind = isOn("FreeBind")
        transparent = isOn("Transparent")
        broadcast = isOn("Broadcast")
        reusePort = isOn("ReusePort")
        deferAccept = properties.span("DeferAcceptSec") ?? .zero
        priority = properties.signed("Priority")
        mark = properties.signed("Mark")
        timeToLive = properties.signed("IPTTL")
        receiveBuffer = properties.bytes("ReceiveBuffer")
        sendBuffer = properties.bytes("SendBuffer")
        pipeSize = properties.bytes("PipeSize")
        passCredentials = isOn("PassCredentials")
        passSecurity = isOn("PassSecurity")
        passPacketInfo = isOn("PassPacketInfo")
        descriptorName =
            properties.text("FileDescriptorName") ?? (accepts ? "connection" : properties.name.description)
        symlinks = properties.list("Symlinks")
        removeOnStop = isOn("RemoveOnStop")
        flushPending = isOn("FlushPending")
        triggerLimitInterval = properties.span("TriggerLimitIntervalSec") ?? .seconds(2)
        triggerLimitBurst = properties.unsigned("TriggerLimitBurst") ?? (accepts ? 200 : 20)
        timeout = properties.span("TimeoutSec") ?? .seconds(90)
        execStartPre = properties.commands("ExecStartPre")
        execStartPost = properties.commands("ExecStartPost")
        execStopPre = properties.commands("ExecStopPre")
        execStopPost = properties.commands("ExecStopPost")
    }
}
