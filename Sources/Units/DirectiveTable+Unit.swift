// Rows of the table of directives: the directives of [Unit], [Install] and [X-Daimon] (systemd.unit(5)).
// What the columns are is told in DirectiveTable.swift. Rows are sorted by the bytes of their names.

extension DirectiveTable {
    /// [Unit].
    static var unitRows: StaticString {
        """
        After|units||list|After:as|no @dependencies
        AllowIsolate|boolean|no|scalar|AllowIsolate:b|info @dependencies-apart
        AssertACPower|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertArchitecture|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertCPUFeature|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertCPUPressure|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertCPUs|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertCapability|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertControlGroupController|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertCredential|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertDirectoryNotEmpty|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertEnvironment|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertFileIsExecutable|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertFileNotEmpty|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertFirmware|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertFirstBoot|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertGroup|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertHost|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertIOPressure|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertKernelCommandLine|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertKernelModuleLoaded|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertKernelVersion|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertMemory|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertMemoryPressure|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertNeedsUpdate|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertOSRelease|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertPathExists|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertPathExistsGlob|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertPathIsDirectory|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertPathIsEncrypted|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertPathIsMountPoint|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertPathIsReadWrite|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertPathIsSocket|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertPathIsSymbolicLink|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertSecurity|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertUser|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertVersion|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        AssertVirtualization|condition||list-reset-all|Asserts:a(sbbsi)|no @asserts
        Before|units||list|Before:as|no @dependencies
        BindTo|units||list|BindsTo:as|no @dependencies|BindsTo
        BindsTo|units||list|BindsTo:as|no @dependencies
        CollectMode|oneOf:inactive,inactive-or-failed|inactive|scalar|CollectMode:s|\
        no a failed unit stays loaded until it is reset so far
        ConditionACPower|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionArchitecture|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionCPUFeature|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionCPUPressure|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionCPUs|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionCapability|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionControlGroupController|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionCredential|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionDirectoryNotEmpty|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionEnvironment|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionFileIsExecutable|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionFileNotEmpty|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionFirmware|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionFirstBoot|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionGroup|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionHost|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionIOPressure|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionKernelCommandLine|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionKernelModuleLoaded|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionKernelVersion|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionMemory|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionMemoryPressure|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionNeedsUpdate|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionOSRelease|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionPathExists|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionPathExistsGlob|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionPathIsDirectory|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionPathIsEncrypted|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionPathIsMountPoint|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionPathIsReadWrite|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionPathIsSocket|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionPathIsSymbolicLink|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionSecurity|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionUser|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionVersion|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        ConditionVirtualization|condition||list-reset-all|Conditions:a(sbbsi)|no @conditions
        Conflicts|units||list|Conflicts:as|no @dependencies
        DefaultDependencies|boolean|yes|scalar|DefaultDependencies:b|info @dependencies-apart
        Description|text|%n|scalar-reset|Description:s|yes
        Documentation|documentation||list-reset|Documentation:as|yes
        FailureAction|action|none|scalar|FailureAction:s|no @machine
        FailureActionExitStatus|exitStatus||scalar-reset|FailureActionExitStatus:i|no @machine
        IgnoreOnIsolate|boolean|no|scalar|IgnoreOnIsolate:b|info @dependencies-apart
        IgnoreOnSnapshot|boolean||scalar||no @removed|-
        JobRunningTimeoutSec|timeSpan|infinity|scalar|JobRunningTimeoutUSec:t:µs|no @jobs
        JobTimeoutAction|action|none|scalar|JobTimeoutAction:s|no @jobs
        JobTimeoutRebootArgument|text||scalar-reset|JobTimeoutRebootArgument:s|no @jobs
        JobTimeoutSec|timeSpan|infinity|scalar|JobTimeoutUSec:t:µs|no @jobs
        JoinsNamespaceOf|units||list|JoinsNamespaceOf:as|no @dependencies
        OnFailure|units||list|OnFailure:as|no @dependencies
        OnFailureIsolate|boolean|no|scalar|OnFailureJobMode:s|no @dependencies|OnFailureJobMode
        OnFailureJobMode|jobMode|replace|scalar|OnFailureJobMode:s|no @dependencies
        OnSuccess|units||list|OnSuccess:as|no @dependencies
        OnSuccessJobMode|jobMode|fail|scalar|OnSuccessJobMode:s|no @dependencies
        PartOf|units||list|PartOf:as|no @dependencies
        PropagateReloadFrom|units||list|ReloadPropagatedFrom:as|no @dependencies|ReloadPropagatedFrom
        PropagateReloadTo|units||list|PropagatesReloadTo:as|no @dependencies|PropagatesReloadTo
        PropagatesReloadTo|units||list|PropagatesReloadTo:as|no @dependencies
        PropagatesStopTo|units||list|PropagatesStopTo:as|no @dependencies
        RebootArgument|text||scalar-reset|RebootArgument:s|no @machine
        RefuseManualStart|toggle|no|scalar|RefuseManualStart:b|no @by-command
        RefuseManualStop|toggle|no|scalar|RefuseManualStop:b|no @by-command
        ReloadPropagatedFrom|units||list|ReloadPropagatedFrom:as|no @dependencies
        Requires|units||list|Requires:as|no @dependencies
        RequiresMountsFor|paths||list|RequiresMountsFor:as|no @dependencies
        RequiresOverridable|units||list|Requires:as|no @dependencies|Requires
        Requisite|units||list|Requisite:as|no @dependencies
        RequisiteOverridable|units||list|Requisite:as|no @dependencies|Requisite
        SourcePath|path||scalar-reset|SourcePath:s|info tells where a generated unit comes from
        StartLimitAction|action|none|scalar|StartLimitAction:s|no @machine
        StartLimitBurst|unsigned|5|scalar|StartLimitBurst:u|yes
        StartLimitInterval|timeSpan|10s|scalar|StartLimitIntervalUSec:t:µs|yes|StartLimitIntervalSec
        StartLimitIntervalSec|timeSpan|10s|scalar|StartLimitIntervalUSec:t:µs|yes
        StopPropagatedFrom|units||list|StopPropagatedFrom:as|no @dependencies
        StopWhenUnneeded|toggle|no|scalar|StopWhenUnneeded:b|no @by-command
        SuccessAction|action|none|scalar|SuccessAction:s|no @machine
        SuccessActionExitStatus|exitStatus||scalar-reset|SuccessActionExitStatus:i|no @machine
        SurviveFinalKillSignal|toggle|no|scalar|SurviveFinalKillSignal:b|no @by-command
        Upholds|units||list|Upholds:as|no @dependencies
        Wants|units||list|Wants:as|no @dependencies
        WantsMountsFor|paths||list|WantsMountsFor:as|no @dependencies
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
