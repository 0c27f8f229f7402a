// Rows of the table of directives: [Service] (systemd.service(5)) and killing (systemd.kill(5)).
// What the columns are is told in DirectiveTable.swift. Rows are sorted by the bytes of their names.

extension DirectiveTable {
    /// [Service].
    static var serviceRows: StaticString {
        """
        BusName|busName||scalar|BusName:s|partly the name is not watched so far, Type=dbus counts as started as exec does
        BusPolicy|text||scalar-reset||no @removed|-
        ExecCondition|commandLine||list-reset|ExecCondition:a(sasbttttuii),ExecConditionEx:a(sasasttttuii)|\
        partly @prefixes
        ExecReload|commandLine||list-reset|ExecReload:a(sasbttttuii),ExecReloadEx:a(sasasttttuii)|partly @prefixes
        ExecReloadPost|commandLine||list-reset|ExecReloadPost:a(sasbttttuii)|no @commands
        ExecStart|commandLine||list-reset|ExecStart:a(sasbttttuii),ExecStartEx:a(sasasttttuii)|partly @prefixes
        ExecStartPost|commandLine||list-reset|ExecStartPost:a(sasbttttuii),ExecStartPostEx:a(sasasttttuii)|\
        partly @prefixes
        ExecStartPre|commandLine||list-reset|ExecStartPre:a(sasbttttuii),ExecStartPreEx:a(sasasttttuii)|partly @prefixes
        ExecStop|commandLine||list-reset|ExecStop:a(sasbttttuii),ExecStopEx:a(sasasttttuii)|partly @prefixes
        ExecStopPost|commandLine||list-reset|ExecStopPost:a(sasbttttuii),ExecStopPostEx:a(sasasttttuii)|partly @prefixes
        ExitType|oneOf:main,cgroup|main|scalar|ExitType:s|yes
        FailureAction|action|none|scalar|Unit.FailureAction:s|no @machine|Unit.FailureAction
        FileDescriptorStoreMax|unsigned|0|scalar|FileDescriptorStoreMax:u|\
        partly with daimon restart another daimond begins, with an empty store; a restart by Restart= or by another unit keeps it
        FileDescriptorStorePreserve|booleanOr:restart|restart|scalar|FileDescriptorStorePreserve:s|\
        partly the store ends with daimond at the latest, which is when no unit of it is up any more
        GuessMainPID|boolean|yes|scalar|GuessMainPID:b|yes
        NonBlocking|toggle|no|scalar|NonBlocking:b|\
        info about descriptors of sockets alone, and none of those are passed to a service so far
        NotifyAccess|notifyAccess|none|scalar|NotifyAccess:s|yes
        OOMPolicy|oneOf:continue,stop,kill|stop|scalar|OOMPolicy:s|\
        partly a kill for want of memory is known only where the memory controller of cgroup v2 is there
        OpenFile|openFile||list-reset|OpenFile:a(sst)|yes
        PIDFile|path||scalar-reset|PIDFile:s|yes
        PermissionsStartOnly|boolean|no|scalar||yes|-
        RebootArgument|text||scalar-reset|Unit.RebootArgument:s|no @machine|Unit.RebootArgument
        ReloadSignal|signal|SIGHUP|scalar|ReloadSignal:i|yes
        RemainAfterExit|toggle|no|scalar|RemainAfterExit:b|yes
        Restart|restartPolicy|no|scalar|Restart:s|yes
        RestartForceExitStatus|exitStatuses||list-reset|RestartForceExitStatus:(aiai)|yes
        RestartMaxDelaySec|timeSpan|infinity|scalar|RestartMaxDelayUSec:t:µs|yes
        RestartMode|oneOf:normal,direct,debug|normal|scalar|RestartMode:s|\
        partly debug sets DEBUG_INVOCATION=1 and leaves the level of the log as it is
        RestartPreventExitStatus|exitStatuses||list-reset|RestartPreventExitStatus:(aiai)|yes
        RestartSec|timeSpan|100ms|scalar|RestartUSec:t:µs|yes
        RestartSteps|unsigned|0|scalar|RestartSteps:u|yes
        RootDirectoryStartOnly|boolean|no|scalar|RootDirectoryStartOnly:b|yes
        RuntimeMaxSec|timeSpan|infinity|scalar|RuntimeMaxUSec:t:µs|yes
        RuntimeRandomizedExtraSec|timeSpan|0|scalar|RuntimeRandomizedExtraUSec:t:µs|yes
        Sockets|units||list||no @descriptors
        StartLimitAction|action|none|scalar|Unit.StartLimitAction:s|no @machine|Unit.StartLimitAction
        StartLimitBurst|unsigned|5|scalar|Unit.StartLimitBurst:u|yes|Unit.StartLimitBurst
        StartLimitInterval|timeSpan|10s|scalar|Unit.StartLimitIntervalUSec:t:µs|yes|Unit.StartLimitIntervalSec
        SuccessExitStatus|exitStatuses||list-reset|SuccessExitStatus:(aiai)|yes
        SysVStartPriority|integer||scalar||no @removed|-
        TimeoutAbortSec|timeSpan|1min 30s|scalar-reset|TimeoutAbortUSec:t:µs|yes
        TimeoutSec|timeSpan||scalar|TimeoutStartUSec:t:µs,TimeoutStopUSec:t:µs|yes
        TimeoutStartFailureMode|oneOf:terminate,abort,kill|terminate|scalar|TimeoutStartFailureMode:s|yes
        TimeoutStartSec|timeSpan|1min 30s|scalar|TimeoutStartUSec:t:µs|yes
        TimeoutStopFailureMode|oneOf:terminate,abort,kill|terminate|scalar|TimeoutStopFailureMode:s|yes
        TimeoutStopSec|timeSpan|1min 30s|scalar|TimeoutStopUSec:t:µs|yes
        Type|serviceType|simple|scalar|Type:s|partly idle is as simple, dbus as exec so far
        USBFunctionDescriptors|path||scalar-reset|USBFunctionDescriptors:s|no @descriptors
        USBFunctionStrings|path||scalar-reset|USBFunctionStrings:s|no @descriptors
        WatchdogSec|timeSpan|0|scalar|WatchdogUSec:t:µs|yes
        """
    }

    /// systemd.kill(5).
    static var killingRows: StaticString {
        """
        FinalKillSignal|signal|SIGKILL|scalar|FinalKillSignal:i|yes
        KillMode|killMode|control-group|scalar-reset|KillMode:s|yes
        KillSignal|signal|SIGTERM|scalar|KillSignal:i|yes
        RestartKillSignal|signal||scalar|RestartKillSignal:i|yes
        SendSIGHUP|boolean|no|scalar|SendSIGHUP:b|yes
        SendSIGKILL|boolean|yes|scalar|SendSIGKILL:b|yes
        WatchdogSignal|signal|SIGABRT|scalar|WatchdogSignal:i|yes
        """
    }
}
