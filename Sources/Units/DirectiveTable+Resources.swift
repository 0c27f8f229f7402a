// Rows of the table of directives: the control group (systemd.resource-control(5)), in all sections that have one.
// What the columns are is told in DirectiveTable.swift. Rows are sorted by the bytes of their names.

extension DirectiveTable {
    /// systemd.resource-control(5).
    static var resourceRows: StaticString {
        """
        AllowedCPUs|cpuSet||list-reset|AllowedCPUs:ay|no @resources
        AllowedMemoryNodes|cpuSet||list-reset|AllowedMemoryNodes:ay|no @resources
        BPFProgram|bpfProgram||list-reset|BPFProgram:a(ss)|no @network
        BlockIOAccounting|boolean|no|scalar|BlockIOAccounting:b|no @version-1|-
        BlockIODeviceWeight|deviceWeight||list-reset|BlockIODeviceWeight:a(st)|no @version-1|-
        BlockIOReadBandwidth|deviceBandwidth||list-reset|BlockIOReadBandwidth:a(st):bytes|no @version-1|-
        BlockIOWeight|unsigned:10..1000||scalar-reset|BlockIOWeight:t|no @version-1|-
        BlockIOWriteBandwidth|deviceBandwidth||list-reset|BlockIOWriteBandwidth:a(st):bytes|no @version-1|-
        CPUAccounting|toggle|yes|scalar|CPUAccounting:b|no @resources
        CPUQuota|percentage||scalar-reset|CPUQuotaPerSecUSec:t:µs|no @resources
        CPUQuotaPeriodSec|timeSpan|infinity|scalar-reset|CPUQuotaPeriodUSec:t:µs|no @resources
        CPUShares|unsigned:2..262144||scalar-reset|CPUShares:t|no @version-1|-
        CPUWeight|unsignedOr:1..10000:idle||scalar-reset|CPUWeight:t|no @resources
        CoredumpReceive|toggle|no|scalar|CoredumpReceive:b|no @delegation
        DefaultMemoryLow|memory|0|scalar-reset|DefaultMemoryLow:t:bytes|no @resources
        DefaultMemoryMin|memory|0|scalar-reset|DefaultMemoryMin:t:bytes|no @resources
        DefaultStartupMemoryLow|memory|0|scalar-reset|DefaultStartupMemoryLow:t:bytes|no @resources
        Delegate|delegate|no|list-reset|Delegate:b,DelegateControllers:as|no @delegation
        DelegateSubgroup|name||scalar-reset|DelegateSubgroup:s|no @place
        DeviceAllow|deviceAllow||list-reset|DeviceAllow:a(ss)|no @network
        DevicePolicy|oneOf:auto,closed,strict|auto|scalar|DevicePolicy:s|no @network
        DisableControllers|controllers||list-reset|DisableControllers:as|no @resources
        IOAccounting|toggle|no|scalar|IOAccounting:b|no @resources
        IODeviceLatencyTargetSec|deviceLatency||list-reset|IODeviceLatencyTargetUSec:a(st):µs|no @resources
        IODeviceWeight|deviceWeight||list-reset|IODeviceWeight:a(st)|no @resources
        IOReadBandwidthMax|deviceBandwidth||list-reset|IOReadBandwidthMax:a(st):bytes|no @resources
        IOReadIOPSMax|deviceBandwidth||list-reset|IOReadIOPSMax:a(st)|no @resources
        IOWeight|unsigned:1..10000||scalar-reset|IOWeight:t|no @resources
        IOWriteBandwidthMax|deviceBandwidth||list-reset|IOWriteBandwidthMax:a(st):bytes|no @resources
        IOWriteIOPSMax|deviceBandwidth||list-reset|IOWriteIOPSMax:a(st)|no @resources
        IPAccounting|toggle|no|scalar|IPAccounting:b|no @resources
        IPAddressAllow|ipAddresses||list-reset|IPAddressAllow:a(iayu)|no @network
        IPAddressDeny|ipAddresses||list-reset|IPAddressDeny:a(iayu)|no @network
        IPEgressFilterPath|paths||list-reset|IPEgressFilterPath:as|no @network
        IPIngressFilterPath|paths||list-reset|IPIngressFilterPath:as|no @network
        ManagedOOMMemoryPressure|oneOf:auto,kill|auto|scalar-reset|ManagedOOMMemoryPressure:s|no @resources
        ManagedOOMMemoryPressureDurationSec|timeSpan||scalar-reset|ManagedOOMMemoryPressureDurationUSec:t:µs|\
        no @resources
        ManagedOOMMemoryPressureLimit|percentage||scalar-reset|ManagedOOMMemoryPressureLimit:u|no @resources
        ManagedOOMPreference|oneOf:none,avoid,omit|none|scalar|ManagedOOMPreference:s|no @resources
        ManagedOOMSwap|oneOf:auto,kill|auto|scalar-reset|ManagedOOMSwap:s|no @resources
        MemoryAccounting|toggle|yes|scalar|MemoryAccounting:b|no @resources
        MemoryHigh|memory|infinity|scalar-reset|MemoryHigh:t:bytes|no @resources
        MemoryLimit|memory|infinity|scalar-reset|MemoryLimit:t:bytes|no @version-1|-
        MemoryLow|memory|0|scalar-reset|MemoryLow:t:bytes|no @resources
        MemoryMax|memory|infinity|scalar-reset|MemoryMax:t:bytes|no @resources
        MemoryMin|memory|0|scalar-reset|MemoryMin:t:bytes|no @resources
        MemoryPressureThresholdSec|timeSpan|200ms|scalar|MemoryPressureThresholdUSec:t:µs|no @resources
        MemoryPressureWatch|booleanOr:auto,skip|auto|scalar|MemoryPressureWatch:s|no @resources
        MemorySwapMax|memory|infinity|scalar-reset|MemorySwapMax:t:bytes|no @resources
        MemoryZSwapMax|memory|infinity|scalar-reset|MemoryZSwapMax:t:bytes|no @resources
        MemoryZSwapWriteback|boolean|yes|scalar|MemoryZSwapWriteback:b|no @resources
        NFTSet|nftSet||list-reset|NFTSet:a(iiss)|no @network
        NetClass|text||scalar-reset||no @version-1|-
        RestrictNetworkInterfaces|interfaces||list-reset|RestrictNetworkInterfaces:(bas)|no @network
        Slice|unit|system.slice|scalar|Slice:s|no @place
        SocketBindAllow|socketBind||list-reset|SocketBindAllow:a(iiqq)|no @network
        SocketBindDeny|socketBind||list-reset|SocketBindDeny:a(iiqq)|no @network
        StartupAllowedCPUs|cpuSet||list-reset|StartupAllowedCPUs:ay|no @resources
        StartupAllowedMemoryNodes|cpuSet||list-reset|StartupAllowedMemoryNodes:ay|no @resources
        StartupBlockIOWeight|unsigned:10..1000||scalar-reset|StartupBlockIOWeight:t|no @version-1|-
        StartupCPUShares|unsigned:2..262144||scalar-reset|StartupCPUShares:t|no @version-1|-
        StartupCPUWeight|unsignedOr:1..10000:idle||scalar-reset|StartupCPUWeight:t|no @resources
        StartupIOWeight|unsigned:1..10000||scalar-reset|StartupIOWeight:t|no @resources
        StartupMemoryHigh|memory|infinity|scalar-reset|StartupMemoryHigh:t:bytes|no @resources
        StartupMemoryLow|memory|0|scalar-reset|StartupMemoryLow:t:bytes|no @resources
        StartupMemoryMax|memory|infinity|scalar-reset|StartupMemoryMax:t:bytes|no @resources
        StartupMemorySwapMax|memory|infinity|scalar-reset|StartupMemorySwapMax:t:bytes|no @resources
        StartupMemoryZSwapMax|memory|infinity|scalar-reset|StartupMemoryZSwapMax:t:bytes|no @resources
        TasksAccounting|toggle|yes|scalar|TasksAccounting:b|no @resources
        TasksMax|tasks||scalar-reset|TasksMax:t|no @resources
        """
    }
}
