// Rows of the table of directives: how processes are run (systemd.exec(5)), in [Service], [Socket], [Mount] and [Swap].
// What the columns are is told in DirectiveTable.swift. Rows are sorted by the bytes of their names.

extension DirectiveTable {
    /// systemd.exec(5).
    static var executionRows: StaticString {
        """
        AmbientCapabilities|capabilities||list-reset|AmbientCapabilities:t|yes
        AppArmorProfile|securityLabel||scalar-reset|AppArmorProfile:(bs)|no @privileges
        BPFDelegateAttachments|words||list-reset||no @namespaces
        BPFDelegateCommands|words||list-reset||no @namespaces
        BPFDelegateMaps|words||list-reset||no @namespaces
        BPFDelegatePrograms|words||list-reset||no @namespaces
        BindLogSockets|toggle||scalar-reset|BindLogSockets:b|no @files
        BindPaths|bindPaths||list-reset|BindPaths:a(ssbt)|no @files
        BindReadOnlyPaths|bindPaths||list-reset|BindReadOnlyPaths:a(ssbt)|no @files
        CPUAffinity|cpuSet||list-reset|CPUAffinity:ay,CPUAffinityFromNUMA:b|yes
        CPUSchedulingPolicy|oneOf:other,batch,idle,fifo,rr,ext|other|scalar-reset|CPUSchedulingPolicy:i|yes
        CPUSchedulingPriority|integer:0..99|0|scalar|CPUSchedulingPriority:i|yes
        CPUSchedulingResetOnFork|toggle|no|scalar|CPUSchedulingResetOnFork:b|yes
        CacheDirectory|directories||list-reset|CacheDirectory:as,CacheDirectorySymlink:a(sst)|yes
        CacheDirectoryAccounting|boolean|no|scalar||no @directories
        CacheDirectoryMode|mode|0755|scalar|CacheDirectoryMode:u|yes
        CacheDirectoryQuota|quota||scalar-reset||no @directories
        Capabilities|text||scalar-reset||no @removed|-
        CapabilityBoundingSet|capabilities|~|list-reset|CapabilityBoundingSet:t|yes
        ConfigurationDirectory|directories||list-reset|ConfigurationDirectory:as|yes
        ConfigurationDirectoryMode|mode|0755|scalar|ConfigurationDirectoryMode:u|yes
        CoredumpFilter|coredumpFilter|0x33|list-reset|CoredumpFilter:t|yes
        DelegateNamespaces|namespaces||list-reset||no @namespaces
        DynamicUser|toggle|no|scalar|DynamicUser:b|partly the name is known to the service alone; of what it implies,\
         ProtectSystem=, ProtectHome=, RestrictSUIDSGID= and RemoveIPC= are not acted on
        Environment|environment||list-reset|Environment:as|yes
        EnvironmentFile|environmentFile||list-reset|EnvironmentFiles:a(sb)|yes
        ExecPaths|paths||list-reset|ExecPaths:as|no @files
        ExecSearchPath|searchPath||list-reset|ExecSearchPath:as|yes
        ExtensionDirectories|paths||list-reset|ExtensionDirectories:as|no @files
        ExtensionImagePolicy|imagePolicy||scalar-reset|ExtensionImagePolicy:s|no @files
        ExtensionImages|mountImages||list-reset|ExtensionImages:a(sba(ss))|no @files
        Group|name||scalar-reset|Group:s|yes
        IOSchedulingClass|integerOr:none,realtime,best-effort,idle|best-effort|scalar-reset|IOSchedulingClass:i|yes
        IOSchedulingPriority|integer:0..7|4|scalar-reset|IOSchedulingPriority:i|yes
        IPCNamespacePath|path||scalar-reset|IPCNamespacePath:s|no @namespaces
        IgnoreSIGPIPE|boolean|yes|scalar|IgnoreSIGPIPE:b|yes
        ImportCredential|credential||list-reset|ImportCredential:as,ImportCredentialEx:a(ss)|no @credentials
        InaccessibleDirectories|paths||list-reset|InaccessiblePaths:as|no @files|InaccessiblePaths
        InaccessiblePaths|paths||list-reset|InaccessiblePaths:as|no @files
        KeyringMode|oneOf:inherit,private,shared|private|scalar|KeyringMode:s|yes
        LandlockConfig|text||scalar-reset||no @privileges
        LimitAS|limit|infinity|scalar|LimitAS:t:bytes,LimitASSoft:t:bytes|yes
        LimitCORE|limit|0:infinity|scalar|LimitCORE:t:bytes,LimitCORESoft:t:bytes|yes
        LimitCPU|limit|infinity|scalar|LimitCPU:t:s,LimitCPUSoft:t:s|yes
        LimitDATA|limit|infinity|scalar|LimitDATA:t:bytes,LimitDATASoft:t:bytes|yes
        LimitFSIZE|limit|infinity|scalar|LimitFSIZE:t:bytes,LimitFSIZESoft:t:bytes|yes
        LimitLOCKS|limit|infinity|scalar|LimitLOCKS:t,LimitLOCKSSoft:t|yes
        LimitMEMLOCK|limit|8M|scalar|LimitMEMLOCK:t:bytes,LimitMEMLOCKSoft:t:bytes|yes
        LimitMSGQUEUE|limit|819200|scalar|LimitMSGQUEUE:t:bytes,LimitMSGQUEUESoft:t:bytes|yes
        LimitNICE|limit|0|scalar|LimitNICE:t,LimitNICESoft:t|yes
        LimitNOFILE|limit|1024:524288|scalar|LimitNOFILE:t,LimitNOFILESoft:t|yes
        LimitNPROC|limit||scalar|LimitNPROC:t,LimitNPROCSoft:t|yes
        LimitRSS|limit|infinity|scalar|LimitRSS:t:bytes,LimitRSSSoft:t:bytes|yes
        LimitRTPRIO|limit|0|scalar|LimitRTPRIO:t,LimitRTPRIOSoft:t|yes
        LimitRTTIME|limit|infinity|scalar|LimitRTTIME:t:µs,LimitRTTIMESoft:t:µs|yes
        LimitSIGPENDING|limit||scalar|LimitSIGPENDING:t,LimitSIGPENDINGSoft:t|yes
        LimitSTACK|limit|8M:infinity|scalar|LimitSTACK:t:bytes,LimitSTACKSoft:t:bytes|yes
        LoadCredential|credential||list-reset|LoadCredential:a(ss)|partly from files and the folders of credentials; no folders, sockets
        LoadCredentialEncrypted|credential||list-reset|LoadCredentialEncrypted:a(ss)|no credentials are not decrypted so far
        LockPersonality|toggle|no|scalar|LockPersonality:b|no @system-calls
        LogExtraFields|environment||list-reset|LogExtraFields:aay|no @log
        LogFilterPatterns|text||list-reset|LogFilterPatterns:a(bs)|no @log
        LogLevelMax|syslogLevel||scalar|LogLevelMax:i|no @log
        LogNamespace|name||scalar-reset|LogNamespace:s|no @namespaces
        LogRateLimitBurst|unsigned|0|scalar|LogRateLimitBurst:u|no @log
        LogRateLimitIntervalSec|timeSpan|0|scalar|LogRateLimitIntervalUSec:t:µs|no @log
        LogsDirectory|directories||list-reset|LogsDirectory:as,LogsDirectorySymlink:a(sst)|yes
        LogsDirectoryAccounting|boolean|no|scalar||no @directories
        LogsDirectoryMode|mode|0755|scalar|LogsDirectoryMode:u|yes
        LogsDirectoryQuota|quota||scalar-reset||no @directories
        MemoryDenyWriteExecute|toggle|no|scalar|MemoryDenyWriteExecute:b|no @system-calls
        MemoryKSM|toggle||scalar-reset|MemoryKSM:b|no @scheduling
        MountAPIVFS|toggle||scalar-reset|MountAPIVFS:b|no @files
        MountFlags|oneOf:shared,slave,private||scalar-reset|MountFlags:t|no @files
        MountImagePolicy|imagePolicy||scalar-reset|MountImagePolicy:s|no @files
        MountImages|mountImages||list-reset|MountImages:a(ssba(ss))|no @files
        NUMAMask|cpuSet||list-reset|NUMAMask:ay|yes
        NUMAPolicy|oneOf:default,preferred,bind,interleave,local||scalar-reset|NUMAPolicy:i|yes
        NetworkNamespacePath|path||scalar-reset|NetworkNamespacePath:s|no @namespaces
        Nice|integer:-20..19|0|scalar-reset|Nice:i|yes
        NoExecPaths|paths||list-reset|NoExecPaths:as|no @files
        NoNewPrivileges|boolean|no|scalar|NoNewPrivileges:b|yes
        OOMScoreAdjust|integer:-1000..1000|0|scalar-reset|OOMScoreAdjust:i|yes
        PAMName|text||scalar-reset|PAMName:s|no @users
        PassEnvironment|words||list-reset|PassEnvironment:as|yes
        Personality|oneOf:x86,x86-64,arm64,arm,ppc,ppc-le,ppc64,ppc64-le,s390,s390x||scalar-reset|Personality:s|yes
        PrivateBPF|toggle|no|scalar||no @namespaces
        PrivateDevices|toggle|no|scalar|PrivateDevices:b|no @files
        PrivateIPC|toggle|no|scalar|PrivateIPC:b|no @namespaces
        PrivateMounts|toggle||scalar-reset|PrivateMounts:b|no @files
        PrivateNetwork|toggle|no|scalar|PrivateNetwork:b|no @namespaces
        PrivatePIDs|toggle|no|scalar|PrivatePIDs:s|no @namespaces
        PrivateTmp|toggleOr:disconnected|no|scalar|PrivateTmp:b,PrivateTmpEx:s|partly without JoinsNamespaceOf=
        PrivateUsers|toggleOr:self,identity,full|no|scalar|PrivateUsers:b,PrivateUsersEx:s|no @namespaces
        ProcSubset|oneOf:all,pid|all|scalar|ProcSubset:s|no @namespaces
        ProtectClock|toggle|no|scalar|ProtectClock:b|no @namespaces
        ProtectControlGroups|toggleOr:private,strict|no|scalar|ProtectControlGroups:b,ProtectControlGroupsEx:s|\
        no @files
        ProtectHome|toggleOr:read-only,tmpfs|no|scalar|ProtectHome:s|no @files
        ProtectHostname|toggleOr:private|no|scalar|ProtectHostname:b|no @namespaces
        ProtectKernelLogs|toggle|no|scalar|ProtectKernelLogs:b|no @namespaces
        ProtectKernelModules|toggle|no|scalar|ProtectKernelModules:b|no @namespaces
        ProtectKernelTunables|toggle|no|scalar|ProtectKernelTunables:b|no @files
        ProtectProc|oneOf:default,noaccess,invisible,ptraceable|default|scalar|ProtectProc:s|no @namespaces
        ProtectSystem|toggleOr:full,strict|no|scalar|ProtectSystem:s|no @files
        ReadOnlyDirectories|paths||list-reset|ReadOnlyPaths:as|no @files|ReadOnlyPaths
        ReadOnlyPaths|paths||list-reset|ReadOnlyPaths:as|no @files
        ReadWriteDirectories|paths||list-reset|ReadWritePaths:as|no @files|ReadWritePaths
        ReadWritePaths|paths||list-reset|ReadWritePaths:as|no @files
        RemoveIPC|toggle|no|scalar|RemoveIPC:b|no @users
        RestrictAddressFamilies|addressFamilies||list-reset|RestrictAddressFamilies:(bas)|no @system-calls
        RestrictFileSystems|words||list-reset|RestrictFileSystems:(bas)|no @system-calls
        RestrictNamespaces|namespaces|no|list-reset|RestrictNamespaces:t|no @system-calls
        RestrictRealtime|toggle|no|scalar|RestrictRealtime:b|no @system-calls
        RestrictSUIDSGID|toggle|no|scalar|RestrictSUIDSGID:b|no @system-calls
        RootDirectory|path||scalar-reset|RootDirectory:s|partly by chroot(2) alone: nothing is mounted in it
        RootEphemeral|toggle|no|scalar|RootEphemeral:b|no @files
        RootHash|hash||scalar-reset|RootHash:ay,RootHashPath:s|no @files
        RootHashSignature|hash||scalar-reset|RootHashSignature:ay,RootHashSignaturePath:s|no @files
        RootImage|path||scalar-reset|RootImage:s|no @files
        RootImageOptions|mountOptions||list-reset|RootImageOptions:a(ss)|no @files
        RootImagePolicy|imagePolicy||scalar-reset|RootImagePolicy:s|no @files
        RootVerity|path||scalar-reset|RootVerity:s|no @files
        RuntimeDirectory|directories||list-reset|RuntimeDirectory:as,RuntimeDirectorySymlink:a(sst)|yes
        RuntimeDirectoryMode|mode|0755|scalar|RuntimeDirectoryMode:u|yes
        RuntimeDirectoryPreserve|booleanOr:restart|no|scalar|RuntimeDirectoryPreserve:s|partly kept over an automatic restart; a restart by command counts as a stop
        SELinuxContext|securityLabel||scalar-reset|SELinuxContext:(bs)|no @privileges
        SecureBits|someOf:keep-caps,keep-caps-locked,no-setuid-fixup,no-setuid-fixup-locked,noroot,noroot-locked||\
        scalar-reset|SecureBits:i|yes
        SetCredential|credential||list-reset|SetCredential:a(say)|yes
        SetCredentialEncrypted|credential||list-reset|SetCredentialEncrypted:a(say)|no credentials are not decrypted so far
        SetLoginEnvironment|toggle||scalar-reset|SetLoginEnvironment:b|yes
        SmackProcessLabel|securityLabel||scalar-reset|SmackProcessLabel:(bs)|no @privileges
        StandardError|standardOutput|inherit|scalar|StandardError:s,StandardErrorFileDescriptorName:s|partly @output
        StandardInput|standardInput|null|scalar|StandardInput:s,StandardInputFileDescriptorName:s|partly not yet: socket, fd; tty does not wait until the terminal is free
        StandardInputData|base64||list-reset|StandardInputData:ay|yes
        StandardInputText|text||list-reset|StandardInputData:ay|yes
        StandardOutput|standardOutput|journal|scalar|StandardOutput:s,StandardOutputFileDescriptorName:s|partly @output
        StateDirectory|directories||list-reset|StateDirectory:as,StateDirectorySymlink:a(sst)|yes
        StateDirectoryAccounting|boolean|no|scalar||no @directories
        StateDirectoryMode|mode|0755|scalar|StateDirectoryMode:u|yes
        StateDirectoryQuota|quota||scalar-reset||no @directories
        SupplementaryGroups|words||list-reset|SupplementaryGroups:as|yes
        SyslogFacility|syslogFacility|daemon|scalar|SyslogFacility:i|yes
        SyslogIdentifier|text||scalar-reset|SyslogIdentifier:s|yes
        SyslogLevel|syslogLevel|info|scalar|SyslogLevel:i|yes
        SyslogLevelPrefix|boolean|yes|scalar|SyslogLevelPrefix:b|yes
        SystemCallArchitectures|architectures||list-reset|SystemCallArchitectures:as|no @system-calls
        SystemCallErrorNumber|errorNumber||scalar-reset|SystemCallErrorNumber:i|no @system-calls
        SystemCallFilter|systemCalls||list-reset|SystemCallFilter:(bas)|no @system-calls
        SystemCallLog|systemCalls||list-reset|SystemCallLog:(bas)|no @system-calls
        TTYColumns|unsigned||scalar-reset|TTYColumns:q|yes
        TTYPath|path||scalar-reset|TTYPath:s|yes
        TTYReset|toggle|no|scalar|TTYReset:b|partly modes alone, no sequences are written to the terminal
        TTYRows|unsigned||scalar-reset|TTYRows:q|yes
        TTYVHangup|toggle|no|scalar|TTYVHangup:b|yes
        TTYVTDisallocate|toggle|no|scalar|TTYVTDisallocate:b|no @terminal
        TemporaryFileSystem|mountPoints||list-reset|TemporaryFileSystem:a(ss)|no @files
        TimeoutCleanSec|timeSpan|infinity|scalar|TimeoutCleanUSec:t:µs|no @directories
        TimerSlackNSec|nanoseconds|50us|scalar|TimerSlackNSec:t:ns|yes
        UMask|mode|0022|scalar|UMask:u|yes
        UnsetEnvironment|words||list-reset|UnsetEnvironment:as|yes
        User|name||scalar-reset|User:s|yes
        UserNamespacePath|path||scalar-reset|UserNamespacePath:s|no @namespaces
        UtmpIdentifier|text||scalar-reset|UtmpIdentifier:s|no @users
        UtmpMode|oneOf:init,login,user|init|scalar|UtmpMode:s|no @users
        WorkingDirectory|path||scalar-reset|WorkingDirectory:s|yes
        """
    }
}
