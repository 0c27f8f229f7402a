// Rows of the table of directives: [Service] (systemd.service(5)) and killing (systemd.kill(5)).
// What the columns are is told in DirectiveTable.swift. Rows are sorted by the bytes of their names.

extension DirectiveTable {
    /// [Service].
    static var serviceRows: StaticString {
        """
        BusName|busName||scalar|BusName:s|no Type=dbus is not run so far
        BusPolicy|text||scalar-reset||no @removed|-
        ExecCondition|commandLine||list-reset|ExecCondition:a(sasbttttuii),ExecConditionEx:a(sasasttttuii)|\
        no @commands
        ExecReload|commandLine||list-reset|ExecReload:a(sasbttttuii),ExecReloadEx:a(sasasttttuii)|partly @prefixes
        ExecReloadPost|commandLine||list-reset|ExecReloadPost:a(sasbttttuii)|no @commands
        ExecStart|commandLine||list-reset|ExecStart:a(sasbttttuii),ExecStartEx:a(sasasttttuii)|partly @prefixes
        ExecStartPost|commandLine||list-reset|ExecStartPost:a(sasbttttuii),ExecStartPostEx:a(sasasttttuii)|\
        no @commands
        ExecStartPre|commandLine||list-reset|ExecStartPre:a(sasbttttuii),ExecStartPreEx:a(sasasttttuii)|no @commands
        ExecStop|commandLine||list-reset|ExecStop:a(sasbttttuii),ExecStopEx:a(sasasttttuii)|no @commands
        ExecStopPost|commandLine||list-reset|ExecStopPost:a(sasbttttuii),ExecStopPostEx:a(sasasttttuii)|no @commands
        ExitType|oneOf:main,cgroup|main|scalar|ExitType:s|no @main-process
        FailureAction|action|none|scalar|Unit.FailureAction:s|no @machine|Unit.FailureAction
        FileDescriptorStoreMax|unsigned|0|scalar|FileDescriptorStoreMax:u|no @descriptors
        FileDescriptorStorePreserve|booleanOr:restart|restart|scalar|FileDescriptorStorePreserve:s|no @descriptors
        GuessMainPID|boolean|yes|scalar|GuessMainPID:b|info only for Type=forking, which is not run so far
        NonBlocking|toggle|no|scalar|NonBlocking:b|no descriptors are not passed to the service so far
        NotifyAccess|notifyAccess|none|scalar|NotifyAccess:s|yes
        OOMPolicy|oneOf:continue,stop,kill|stop|scalar|OOMPolicy:s|no the kernel's OOM killer is not watched so far
        OpenFile|openFile||list-reset|OpenFile:a(sst)|no @descriptors
        PIDFile|path||scalar-reset|PIDFile:s|no Type=forking is not run so far,\
         the main process is the one that was started
        PermissionsStartOnly|boolean|no|scalar||yes|-
        RebootArgument|text||scalar-reset|Unit.RebootArgument:s|no @machine|Unit.RebootArgument
        ReloadSignal|signal|SIGHUP|scalar|ReloadSignal:i|yes
        RemainAfterExit|toggle|no|scalar|RemainAfterExit:b|no @main-process
        Restart|restartPolicy|no|scalar|Restart:s|yes
        RestartForceExitStatus|exitStatuses||list-reset|RestartForceExitStatus:(aiai)|yes
        RestartMaxDelaySec|timeSpan|infinity|scalar|RestartMaxDelayUSec:t:µs|no @restart-delay
        RestartMode|oneOf:normal,direct,debug|normal|scalar|RestartMode:s|no there is one way to restart so far
        RestartPreventExitStatus|exitStatuses||list-reset|RestartPreventExitStatus:(aiai)|yes
        RestartSec|timeSpan|100ms|scalar|RestartUSec:t:µs|yes
        RestartSteps|unsigned|0|scalar|RestartSteps:u|no @restart-delay
        RootDirectoryStartOnly|boolean|no|scalar|RootDirectoryStartOnly:b|yes
        RuntimeMaxSec|timeSpan|infinity|scalar|RuntimeMaxUSec:t:µs|yes
        RuntimeRandomizedExtraSec|timeSpan|0|scalar|RuntimeRandomizedExtraUSec:t:µs|\
        no no random time is added so far
        Sockets|units||list||no @descriptors
        StartLimitAction|action|none|scalar|Unit.StartLimitAction:s|no @machine|Unit.StartLimitAction
        StartLimitBurst|unsigned|5|scalar|Unit.StartLimitBurst:u|yes|Unit.StartLimitBurst
        StartLimitInterval|timeSpan|10s|scalar|Unit.StartLimitIntervalUSec:t:µs|yes|Unit.StartLimitIntervalSec
        SuccessExitStatus|exitStatuses||list-reset|SuccessExitStatus:(aiai)|yes
        SysVStartPriority|integer||scalar||no @removed|-
        TimeoutAbortSec|timeSpan|1min 30s|scalar-reset|TimeoutAbortUSec:t:µs|yes
        TimeoutSec|timeSpan||scalar|TimeoutStartUSec:t:µs,TimeoutStopUSec:t:µs|yes
        TimeoutStartFailureMode|oneOf:terminate,abort,kill|terminate|scalar|TimeoutStartFailureMode:s|no @abort
        TimeoutStartSec|timeSpan|1min 30s|scalar|TimeoutStartUSec:t:µs|yes
        TimeoutStopFailureMode|oneOf:terminate,abort,kill|terminate|scalar|TimeoutStopFailureMode:s|no @abort
        TimeoutStopSec|timeSpan|1min 30s|scalar|TimeoutStopUSec:t:µs|yes
        Type|serviceType|simple|scalar|Type:s|partly simple, exec, notify and notify-reload so far
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
        RestartKillSignal|signal||scalar|RestartKillSignal:i|no there are no restart jobs so far,\
         a stop sends KillSignal=
        SendSIGHUP|boolean|no|scalar|SendSIGHUP:b|yes
        SendSIGKILL|boolean|yes|scalar|SendSIGKILL:b|yes
        WatchdogSignal|signal|SIGABRT|scalar|WatchdogSignal:i|yes
        """
    }
}
