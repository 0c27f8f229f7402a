// The table of directives, fourth part: those of systemd.exec(5) and systemd.resource-control(5) without effect yet.

extension Directives {
    // MARK: - systemd.exec(5)

    static let notHonouredInExecution: [DirectiveGroup] = [
        DirectiveGroup(
            .service, .notHonoured("the service sees the file system as it is so far"),
            """
            RootDirectory RootImage RootImageOptions RootImagePolicy RootHash RootHashSignature RootVerity
            ExtensionDirectories ExtensionImages ExtensionImagePolicy MountImages MountImagePolicy
            ReadWriteDirectories ReadOnlyDirectories InaccessibleDirectories ReadWritePaths ReadOnlyPaths
            InaccessiblePaths ExecPaths NoExecPaths BindPaths BindReadOnlyPaths TemporaryFileSystem
            MountFlags
            """),
        DirectiveGroup(
            .service, .notHonoured("the service sees the file system as it is so far"), kind: .toggle,
            """
            RootEphemeral PrivateTmp PrivateDevices PrivateMounts ProtectSystem ProtectHome
            ProtectKernelTunables ProtectControlGroups MountAPIVFS BindLogSockets
            """),
        DirectiveGroup(
            .service, .notHonoured("the service shares the namespaces of its host so far"), kind: .toggle,
            """
            PrivateNetwork PrivateUsers PrivateIPC PrivatePIDs PrivateBPF ProtectHostname ProtectClock
            ProtectKernelLogs ProtectKernelModules DelegateNamespaces
            """),
        DirectiveGroup(
            .service, .notHonoured("the service shares the namespaces of its host so far"),
            """
            ProtectProc ProcSubset NetworkNamespacePath IPCNamespacePath UserNamespacePath LogNamespace
            BPFDelegateCommands BPFDelegateMaps BPFDelegatePrograms BPFDelegateAttachments
            """),
        DirectiveGroup(
            .service, .notHonoured("system calls are not filtered so far"),
            """
            SystemCallFilter SystemCallArchitectures SystemCallErrorNumber SystemCallLog
            RestrictAddressFamilies RestrictFileSystems
            """),
        DirectiveGroup(
            .service, .notHonoured("system calls are not filtered so far"), kind: .toggle,
            "MemoryDenyWriteExecute RestrictNamespaces RestrictRealtime RestrictSUIDSGID LockPersonality"),
        DirectiveGroup(
            .service, .notHonoured("capabilities and security labels are left as they are so far"),
            """
            CapabilityBoundingSet AmbientCapabilities SecureBits SELinuxContext AppArmorProfile
            SmackProcessLabel LandlockConfig KeyringMode Personality
            """),
        DirectiveGroup(
            .service, .notHonoured("the service's own directories are not made so far"),
            """
            RuntimeDirectory RuntimeDirectoryMode RuntimeDirectoryPreserve StateDirectory StateDirectoryMode
            StateDirectoryAccounting StateDirectoryQuota CacheDirectory CacheDirectoryMode
            CacheDirectoryAccounting CacheDirectoryQuota LogsDirectory LogsDirectoryMode
            LogsDirectoryAccounting LogsDirectoryQuota ConfigurationDirectory ConfigurationDirectoryMode
            TimeoutCleanSec
            """),
        DirectiveGroup(
            .service, .notHonoured("no credentials are passed to the service so far"),
            "SetCredential SetCredentialEncrypted LoadCredential LoadCredentialEncrypted ImportCredential"),
        DirectiveGroup(
            .service, .notHonoured("users are those of the system, without a login session, so far"), kind: .toggle,
            "DynamicUser RemoveIPC SetLoginEnvironment"),
        DirectiveGroup(
            .service, .notHonoured("users are those of the system, without a login session, so far"),
            "PAMName UtmpIdentifier UtmpMode"),
        DirectiveGroup(
            .service, .notHonoured("of the scheduling only Nice= is set so far"),
            """
            IOSchedulingClass IOSchedulingPriority CPUSchedulingPolicy CPUSchedulingPriority CPUAffinity
            NUMAPolicy NUMAMask TimerSlackNSec
            """),
        DirectiveGroup(
            .service, .notHonoured("of the scheduling only Nice= is set so far"), kind: .toggle,
            "CPUSchedulingResetOnFork MemoryKSM"),
        DirectiveGroup(
            .service, .notHonoured("the filter of core dumps is left as it is so far"), "CoredumpFilter"),
        DirectiveGroup(
            .service, .notHonoured("standard input comes from /dev/null or a file so far"),
            "StandardInputText StandardInputData"),
        DirectiveGroup(
            .service, .notHonoured("a service has no terminal so far"), "TTYPath TTYRows TTYColumns"),
        DirectiveGroup(
            .service, .notHonoured("a service has no terminal so far"), kind: .toggle,
            "TTYReset TTYVHangup TTYVTDisallocate"),
        DirectiveGroup(
            .service, .notHonoured("log lines are passed on without filter, limit or extra fields so far"),
            "LogLevelMax LogRateLimitIntervalSec LogRateLimitBurst LogExtraFields LogFilterPatterns"),
        DirectiveGroup(
            .service, .notHonoured("programs are looked up in the fixed search path so far"), "ExecSearchPath"),
        DirectiveGroup(.service, .notHonoured("obsolete; systemd has removed it"), "Capabilities"),
    ]

    // MARK: - systemd.resource-control(5)

    static let notHonouredInResources: [DirectiveGroup] = [
        DirectiveGroup(
            .service, .notHonoured("resources of the control group are neither limited nor counted so far"),
            """
            AllowedCPUs StartupAllowedCPUs AllowedMemoryNodes StartupAllowedMemoryNodes CPUWeight
            StartupCPUWeight CPUQuota CPUQuotaPeriodSec MemoryMin DefaultMemoryMin DefaultMemoryLow
            DefaultStartupMemoryLow MemoryLow StartupMemoryLow MemoryHigh StartupMemoryHigh MemoryMax
            StartupMemoryMax MemorySwapMax StartupMemorySwapMax MemoryZSwapMax StartupMemoryZSwapMax
            MemoryZSwapWriteback IOWeight StartupIOWeight IODeviceWeight IOReadBandwidthMax
            IOWriteBandwidthMax IOReadIOPSMax IOWriteIOPSMax IODeviceLatencyTargetSec TasksMax
            DisableControllers ManagedOOMSwap ManagedOOMMemoryPressure ManagedOOMMemoryPressureLimit
            ManagedOOMMemoryPressureDurationSec ManagedOOMPreference MemoryPressureThresholdSec
            MemoryPressureWatch
            """),
        DirectiveGroup(
            .service, .notHonoured("resources of the control group are neither limited nor counted so far"),
            kind: .toggle, "CPUAccounting MemoryAccounting IOAccounting TasksAccounting IPAccounting"),
        DirectiveGroup(
            .service, .notHonoured("devices and network of the control group are not restricted so far"),
            """
            DeviceAllow DevicePolicy IPAddressAllow IPAddressDeny IPIngressFilterPath IPEgressFilterPath
            BPFProgram SocketBindAllow SocketBindDeny RestrictNetworkInterfaces NFTSet
            """),
        DirectiveGroup(
            .service, .notHonoured("the service's place in the tree of control groups cannot be chosen so far"),
            "Slice DelegateSubgroup"),
        DirectiveGroup(
            .service, .notHonoured("the service's control group is not given into its own hands so far"),
            kind: .toggle, "Delegate CoredumpReceive"),
        DirectiveGroup(
            .service, .notHonoured("of control groups version 1, which are not used"),
            """
            CPUShares StartupCPUShares MemoryLimit BlockIOAccounting BlockIOWeight StartupBlockIOWeight
            BlockIODeviceWeight BlockIOReadBandwidth BlockIOWriteBandwidth NetClass
            """),
    ]
}
