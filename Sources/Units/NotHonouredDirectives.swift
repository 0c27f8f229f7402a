// The table of directives, third part: [Unit], [Service] and [Install] directives of systemd without an effect so far.
// A name that is here is known: it is named in a warning instead of taken for a typing error.

extension Directives {
    private static let obsolete = Directive.Support.notHonoured("obsolete; systemd has removed it")

    // MARK: - [Unit]

    static let notHonouredInUnit: [DirectiveGroup] = [
        DirectiveGroup(
            .unit, .informational("tells where a generated unit comes from"), kind: .path, "SourcePath"),
        DirectiveGroup(
            .unit, .notHonoured("a unit runs by itself so far, dependencies and order among units are not followed"),
            kind: .words,
            """
            Requires Requisite Wants BindsTo BindTo Upholds Conflicts Before After OnSuccess OnFailure
            PropagatesReloadTo PropagateReloadTo ReloadPropagatedFrom PropagateReloadFrom PropagatesStopTo
            StopPropagatedFrom PartOf JoinsNamespaceOf RequiresMountsFor WantsMountsFor OnSuccessJobMode
            OnFailureJobMode OnFailureIsolate
            """),
        DirectiveGroup(
            .unit, .informational("about dependencies that are not followed so far"), kind: .boolean,
            "DefaultDependencies IgnoreOnIsolate AllowIsolate"),
        DirectiveGroup(
            .unit, .notHonoured("units are started and stopped by command only so far"), kind: .toggle,
            "StopWhenUnneeded RefuseManualStart RefuseManualStop SurviveFinalKillSignal"),
        DirectiveGroup(
            .unit, .notHonoured("there is no queue of jobs so far"),
            "JobTimeoutSec JobRunningTimeoutSec JobTimeoutAction JobTimeoutRebootArgument"),
        DirectiveGroup(
            .unit, .notHonoured("no action on the whole machine is taken on behalf of a unit so far"),
            """
            StartLimitAction FailureAction SuccessAction FailureActionExitStatus SuccessActionExitStatus
            RebootArgument
            """),
        DirectiveGroup(.unit, .notHonoured("a failed unit stays loaded until it is reset so far"), "CollectMode"),
        DirectiveGroup(
            .unit, .notHonoured("conditions are not checked so far, the unit starts whatever they say"),
            prefix: "Condition", conditions),
        DirectiveGroup(
            .unit, .notHonoured("assertions are not checked so far, the unit starts whatever they say"),
            prefix: "Assert", conditions),
        DirectiveGroup(.unit, obsolete, "RequiresOverridable RequisiteOverridable IgnoreOnSnapshot"),
    ]

    /// systemd.unit(5), "CONDITIONS AND ASSERTS": each is there with `Condition` and with `Assert` before it.
    private static let conditions: StaticString = """
        PathExists PathExistsGlob PathIsDirectory PathIsSymbolicLink PathIsMountPoint
        PathIsReadWrite PathIsEncrypted DirectoryNotEmpty FileNotEmpty
        FileIsExecutable NeedsUpdate FirstBoot Architecture Firmware Virtualization Host
        KernelCommandLine KernelVersion Version Credential Security Capability ACPower Memory
        CPUFeature CPUs Environment User Group ControlGroupController OSRelease
        MemoryPressure CPUPressure IOPressure KernelModuleLoaded
        """

    // MARK: - [Service]

    static let notHonouredInService: [DirectiveGroup] = [
        DirectiveGroup(
            .service, .notHonoured("of the commands only ExecStart= and ExecReload= are run so far"),
            kind: .commandLine, "ExecCondition ExecStartPre ExecStartPost ExecReloadPost ExecStop ExecStopPost"),
        DirectiveGroup(
            .service, .notHonoured("Type=forking is not run so far, the main process is the one that was started"),
            kind: .path, "PIDFile"),
        DirectiveGroup(
            .service, .informational("only for Type=forking, which is not run so far"), kind: .boolean,
            "GuessMainPID"),
        DirectiveGroup(.service, .notHonoured("Type=dbus is not run so far"), "BusName"),
        DirectiveGroup(
            .service, .notHonoured("the delay between restarts does not grow so far"),
            "RestartSteps RestartMaxDelaySec"),
        DirectiveGroup(.service, .notHonoured("there is one way to restart so far"), "RestartMode"),
        DirectiveGroup(
            .service, .notHonoured("there are no restart jobs so far, a stop sends KillSignal="), kind: .signal,
            "RestartKillSignal"),
        DirectiveGroup(
            .service, .notHonoured("a service has ended when its main process has, so far"), kind: .toggle,
            "RemainAfterExit ExitType"),
        DirectiveGroup(
            .service, .notHonoured("a process that exceeds its time is stopped, not aborted, so far"),
            "TimeoutStartFailureMode TimeoutStopFailureMode"),
        DirectiveGroup(.service, .notHonoured("no random time is added so far"), "RuntimeRandomizedExtraSec"),
        DirectiveGroup(
            .service, .notHonoured("descriptors are neither kept nor passed to the service so far"),
            """
            FileDescriptorStoreMax FileDescriptorStorePreserve Sockets OpenFile USBFunctionDescriptors
            USBFunctionStrings
            """),
        DirectiveGroup(
            .service, .notHonoured("descriptors are not passed to the service so far"), kind: .toggle, "NonBlocking"),
        DirectiveGroup(.service, .notHonoured("the kernel's OOM killer is not watched so far"), "OOMPolicy"),
        DirectiveGroup(
            .service, .notHonoured("no action on the whole machine is taken on behalf of a unit so far"),
            "StartLimitAction FailureAction RebootArgument"),
        DirectiveGroup(
            .service, .notHonoured("only ExecStart= is run with these settings so far"), kind: .toggle,
            "PermissionsStartOnly RootDirectoryStartOnly"),
        DirectiveGroup(.service, obsolete, "SysVStartPriority BusPolicy"),
    ]

    // MARK: - [Install]

    static let install: [DirectiveGroup] = [
        DirectiveGroup(
            .install, .informational("acted on by enable; nothing to do at run time"), kind: .words,
            "Alias WantedBy RequiredBy UpheldBy Also DefaultInstance")
    ]
}
