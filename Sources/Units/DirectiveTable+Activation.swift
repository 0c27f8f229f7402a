// Rows of the table of directives: the directives of [Socket], [Timer] and [Path].
// What the columns are is told in DirectiveTable.swift. Rows are sorted by the bytes of their names.

extension DirectiveTable {
    /// [Socket].
    static var socketRows: StaticString {
        """
        Accept|boolean|no|scalar|Accept:b|no @unit-types
        Backlog|unsigned|2147483647|scalar|Backlog:u|no @unit-types
        BindIPv6Only|oneOf:default,both,ipv6-only|default|scalar|BindIPv6Only:s|no @unit-types
        BindToDevice|interface||scalar-reset|BindToDevice:s|no @unit-types
        Broadcast|boolean|no|scalar|Broadcast:b|no @unit-types
        DeferAcceptSec|timeSpan|0|scalar|DeferAcceptUSec:t:µs|no @unit-types
        DirectoryMode|mode|0755|scalar|DirectoryMode:u|no @unit-types
        ExecStartPost|commandLine||list-reset|ExecStartPost:a(sasbttttuii)|no @unit-types
        ExecStartPre|commandLine||list-reset|ExecStartPre:a(sasbttttuii)|no @unit-types
        ExecStopPost|commandLine||list-reset|ExecStopPost:a(sasbttttuii)|no @unit-types
        ExecStopPre|commandLine||list-reset|ExecStopPre:a(sasbttttuii)|no @unit-types
        FileDescriptorName|descriptorName|%n|scalar-reset|FileDescriptorName:s|no @unit-types
        FlushPending|boolean|no|scalar|FlushPending:b|no @unit-types
        FreeBind|boolean|no|scalar|FreeBind:b|no @unit-types
        IPTOS|unsignedOr:0..255:low-delay,throughput,reliability,low-cost||scalar-reset|IPTOS:i|no @unit-types
        IPTTL|integer||scalar|IPTTL:i|no @unit-types
        KeepAlive|boolean|no|scalar|KeepAlive:b|no @unit-types
        KeepAliveIntervalSec|timeSpan|0|scalar|KeepAliveIntervalUSec:t:µs|no @unit-types
        KeepAliveProbes|unsigned|0|scalar|KeepAliveProbes:u|no @unit-types
        KeepAliveTimeSec|timeSpan|0|scalar|KeepAliveTimeUSec:t:µs|no @unit-types
        ListenDatagram|socketAddress||list-reset-all|Listen:a(ss)|no @unit-types
        ListenFIFO|path||list-reset-all|Listen:a(ss)|no @unit-types
        ListenMessageQueue|messageQueue||list-reset-all|Listen:a(ss)|no @unit-types
        ListenNetlink|netlinkAddress||list-reset-all|Listen:a(ss)|no @unit-types
        ListenSequentialPacket|socketAddress||list-reset-all|Listen:a(ss)|no @unit-types
        ListenSpecial|path||list-reset-all|Listen:a(ss)|no @unit-types
        ListenStream|socketAddress||list-reset-all|Listen:a(ss)|no @unit-types
        ListenUSBFunction|path||list-reset-all|Listen:a(ss)|no @unit-types
        Mark|integer||scalar|Mark:i|no @unit-types
        MaxConnections|unsigned|64|scalar|MaxConnections:u|no @unit-types
        MaxConnectionsPerSource|unsigned|0|scalar|MaxConnectionsPerSource:u|no @unit-types
        MessageQueueMaxMessages|integer|0|scalar|MessageQueueMaxMessages:x|no @unit-types
        MessageQueueMessageSize|integer|0|scalar|MessageQueueMessageSize:x:bytes|no @unit-types
        NoDelay|boolean|no|scalar|NoDelay:b|no @unit-types
        PassCredentials|boolean|no|scalar|PassCredentials:b|no @unit-types
        PassFileDescriptorsToExec|boolean|no|scalar|PassFileDescriptorsToExec:b|no @unit-types
        PassPacketInfo|boolean|no|scalar|PassPacketInfo:b|no @unit-types
        PassSecurity|boolean|no|scalar|PassSecurity:b|no @unit-types
        PipeSize|bytes|0|scalar|PipeSize:t:bytes|no @unit-types
        PollLimitBurst|unsigned|15|scalar|PollLimitBurst:u|no @unit-types
        PollLimitIntervalSec|timeSpan|2s|scalar|PollLimitIntervalUSec:t:µs|no @unit-types
        Priority|integer||scalar|Priority:i|no @unit-types
        ReceiveBuffer|bytes|0|scalar|ReceiveBuffer:t:bytes|no @unit-types
        RemoveOnStop|boolean|no|scalar|RemoveOnStop:b|no @unit-types
        ReusePort|boolean|no|scalar|ReusePort:b|no @unit-types
        SELinuxContextFromNet|boolean|no|scalar||no @unit-types
        SendBuffer|bytes|0|scalar|SendBuffer:t:bytes|no @unit-types
        Service|unit||scalar||no @unit-types
        SmackLabel|text||scalar-reset|SmackLabel:s|no @unit-types
        SmackLabelIPIn|text||scalar-reset|SmackLabelIPIn:s|no @unit-types
        SmackLabelIPOut|text||scalar-reset|SmackLabelIPOut:s|no @unit-types
        SocketGroup|name||scalar-reset|SocketGroup:s|no @unit-types
        SocketMode|mode|0666|scalar|SocketMode:u|no @unit-types
        SocketProtocol|oneOf:udplite,sctp,mptcp||scalar|SocketProtocol:i|no @unit-types
        SocketUser|name||scalar-reset|SocketUser:s|no @unit-types
        Symlinks|paths||list-reset|Symlinks:as|no @unit-types
        TCPCongestion|text||scalar-reset|TCPCongestion:s|no @unit-types
        TimeoutSec|timeSpan|1min 30s|scalar|TimeoutUSec:t:µs|no @unit-types
        Timestamping|oneOf:off,us,usec,µs,μs,ns,nsec|off|scalar|Timestamping:s|no @unit-types
        Transparent|boolean|no|scalar|Transparent:b|no @unit-types
        TriggerLimitBurst|unsigned|20|scalar|TriggerLimitBurst:u|no @unit-types
        TriggerLimitIntervalSec|timeSpan|2s|scalar|TriggerLimitIntervalUSec:t:µs|no @unit-types
        Writable|boolean|no|scalar|Writable:b|no @unit-types
        """
    }

    /// [Timer].
    static var timerRows: StaticString {
        """
        AccuracySec|timeSpan|1min|scalar|AccuracyUSec:t:µs|set
        DeferReactivation|boolean|no|scalar|DeferReactivation:b|set
        FixedRandomDelay|boolean|no|scalar|FixedRandomDelay:b|set
        OnActiveSec|timeSpan||list-reset-all|TimersMonotonic:a(stt):µs|set
        OnBootSec|timeSpan||list-reset-all|TimersMonotonic:a(stt):µs|set
        OnCalendar|calendar||list-reset-all|TimersCalendar:a(sst):µs|set
        OnClockChange|boolean|no|scalar|OnClockChange:b|set
        OnStartupSec|timeSpan||list-reset-all|TimersMonotonic:a(stt):µs|set
        OnTimezoneChange|boolean|no|scalar|OnTimezoneChange:b|set
        OnUnitActiveSec|timeSpan||list-reset-all|TimersMonotonic:a(stt):µs|set
        OnUnitInactiveSec|timeSpan||list-reset-all|TimersMonotonic:a(stt):µs|set
        Persistent|boolean|no|scalar|Persistent:b|set
        RandomizedDelaySec|timeSpan|0|scalar|RandomizedDelayUSec:t:µs|set
        RemainAfterElapse|boolean|yes|scalar|RemainAfterElapse:b|set
        Unit|unit||first|Unit:s|set
        WakeSystem|boolean|no|scalar|WakeSystem:b|no the machine is not woken up so far
        """
    }

    /// [Path].
    static var pathRows: StaticString {
        """
        DirectoryMode|mode|0755|scalar|DirectoryMode:u|no @unit-types
        DirectoryNotEmpty|path||list-reset-all|Paths:a(ss)|no @unit-types
        MakeDirectory|boolean|no|scalar|MakeDirectory:b|no @unit-types
        PathChanged|path||list-reset-all|Paths:a(ss)|no @unit-types
        PathExists|path||list-reset-all|Paths:a(ss)|no @unit-types
        PathExistsGlob|path||list-reset-all|Paths:a(ss)|no @unit-types
        PathModified|path||list-reset-all|Paths:a(ss)|no @unit-types
        TriggerLimitBurst|unsigned|200|scalar|TriggerLimitBurst:u|no @unit-types
        TriggerLimitIntervalSec|timeSpan|2s|scalar|TriggerLimitIntervalUSec:t:µs|no @unit-types
        Unit|unit||first|Unit:s|no @unit-types
        """
    }
}
