// Rows of the table of directives: the directives of [Unit], [Install] and [X-Daimon] (systemd.unit(5)).
// What the columns are is told in DirectiveTable.swift. Rows are sorted by the bytes of their names.

extension DirectiveTable {
    /// [Unit].
    static var unitRows: StaticString {
        """
        After|units||list|After:as|set
        AllowIsolate|boolean|no|scalar|AllowIsolate:b|info no set of units is isolated so far
        AssertACPower|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertArchitecture|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertCPUFeature|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertCPUPressure|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertCPUs|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertCapability|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertControlGroupController|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertCredential|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertDirectoryNotEmpty|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertEnvironment|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertFileIsExecutable|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertFileNotEmpty|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertFirmware|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertFirstBoot|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertGroup|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertHost|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertIOPressure|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertKernelCommandLine|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertKernelModuleLoaded|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertKernelVersion|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertMemory|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertMemoryPressure|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertNeedsUpdate|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertOSRelease|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertPathExists|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertPathExistsGlob|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertPathIsDirectory|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertPathIsEncrypted|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertPathIsMountPoint|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertPathIsReadWrite|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertPathIsSocket|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertPathIsSymbolicLink|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertSecurity|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertUser|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertVersion|condition||list-reset-all|Asserts:a(sbbsi)|set
        AssertVirtualization|condition||list-reset-all|Asserts:a(sbbsi)|set
        Before|units||list|Before:as|set
        BindTo|units||list|BindsTo:as|set|BindsTo
        BindsTo|units||list|BindsTo:as|set
        CollectMode|oneOf:inactive,inactive-or-failed|inactive|scalar|CollectMode:s|\
        no a failed unit stays loaded until it is reset so far
        ConditionACPower|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionArchitecture|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionCPUFeature|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionCPUPressure|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionCPUs|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionCapability|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionControlGroupController|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionCredential|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionDirectoryNotEmpty|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionEnvironment|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionFileIsExecutable|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionFileNotEmpty|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionFirmware|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionFirstBoot|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionGroup|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionHost|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionIOPressure|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionKernelCommandLine|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionKernelModuleLoaded|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionKernelVersion|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionMemory|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionMemoryPressure|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionNeedsUpdate|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionOSRelease|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionPathExists|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionPathExistsGlob|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionPathIsDirectory|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionPathIsEncrypted|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionPathIsMountPoint|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionPathIsReadWrite|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionPathIsSocket|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionPathIsSymbolicLink|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionSecurity|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionUser|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionVersion|condition||list-reset-all|Conditions:a(sbbsi)|set
        ConditionVirtualization|condition||list-reset-all|Conditions:a(sbbsi)|set
        Conflicts|units||list|Conflicts:as|set
        DefaultDependencies|boolean|yes|scalar|DefaultDependencies:b|set
        Description|text|%n|scalar-reset|Description:s|yes
        Documentation|documentation||list-reset|Documentation:as|yes
        FailureAction|action|none|scalar|FailureAction:s|no @machine
        FailureActionExitStatus|exitStatus||scalar-reset|FailureActionExitStatus:i|no @machine
        IgnoreOnIsolate|boolean|no|scalar|IgnoreOnIsolate:b|info no set of units is isolated so far
        IgnoreOnSnapshot|boolean||scalar||no @removed|-
        JobRunningTimeoutSec|timeSpan|infinity|scalar|JobRunningTimeoutUSec:t:µs|set
        JobTimeoutAction|action|none|scalar|JobTimeoutAction:s|no @machine
        JobTimeoutRebootArgument|text||scalar-reset|JobTimeoutRebootArgument:s|no @machine
        JobTimeoutSec|timeSpan|infinity|scalar|JobTimeoutUSec:t:µs|set
        JoinsNamespaceOf|units||list|JoinsNamespaceOf:as|no each service has namespaces of its own so far
        OnFailure|units||list|OnFailure:as|set
        OnFailureIsolate|boolean|no|scalar|OnFailureJobMode:s|set|OnFailureJobMode
        OnFailureJobMode|jobMode|replace|scalar|OnFailureJobMode:s|set
        OnSuccess|units||list|OnSuccess:as|set
        OnSuccessJobMode|jobMode|fail|scalar|OnSuccessJobMode:s|set
        PartOf|units||list|PartOf:as|set
        PropagateReloadFrom|units||list|ReloadPropagatedFrom:as|set|ReloadPropagatedFrom
        PropagateReloadTo|units||list|PropagatesReloadTo:as|set|PropagatesReloadTo
        PropagatesReloadTo|units||list|PropagatesReloadTo:as|set
        PropagatesStopTo|units||list|PropagatesStopTo:as|set
        RebootArgument|text||scalar-reset|RebootArgument:s|no @machine
        RefuseManualStart|toggle|no|scalar|RefuseManualStart:b|set
        RefuseManualStop|toggle|no|scalar|RefuseManualStop:b|set
        ReloadPropagatedFrom|units||list|ReloadPropagatedFrom:as|set
        Requires|units||list|Requires:as|set
        RequiresMountsFor|paths||list|RequiresMountsFor:as|set
        RequiresOverridable|units||list|Requires:as|set|Requires
        Requisite|units||list|Requisite:as|set
        RequisiteOverridable|units||list|Requisite:as|set|Requisite
        SourcePath|path||scalar-reset|SourcePath:s|info tells where a generated unit comes from
        StartLimitAction|action|none|scalar|StartLimitAction:s|no @machine
        StartLimitBurst|unsigned|5|scalar|StartLimitBurst:u|yes
        StartLimitInterval|timeSpan|10s|scalar|StartLimitIntervalUSec:t:µs|yes|StartLimitIntervalSec
        StartLimitIntervalSec|timeSpan|10s|scalar|StartLimitIntervalUSec:t:µs|yes
        StopPropagatedFrom|units||list|StopPropagatedFrom:as|set
        StopWhenUnneeded|toggle|no|scalar|StopWhenUnneeded:b|set
        SuccessAction|action|none|scalar|SuccessAction:s|no @machine
        SuccessActionExitStatus|exitStatus||scalar-reset|SuccessActionExitStatus:i|no @machine
        SurviveFinalKillSignal|toggle|no|scalar|SurviveFinalKillSignal:b|no no machine is shut down by daimond so far
        Upholds|units||list|Upholds:as|set
        Wants|units||list|Wants:as|set
        WantsMountsFor|paths||list|WantsMountsFor:as|set
        """
    }

    /// [Install].
    static var installRows: StaticString {
        """
        Alias|units||list-reset||info @install
        Also|units||list-reset||info @install
        DefaultInstance|text||scalar-reset||info @install
        RequiredBy|units||list-reset||info @install
        UpheldBy|units||list-reset||info @install
        WantedBy|units||list-reset||info @install
        """
    }

    /// [X-Daimon]: what systemd does not have.
    static var daimonRows: StaticString {
        """
        StartSettleSec|timeSpan|100ms|scalar||yes
        """
    }
}
