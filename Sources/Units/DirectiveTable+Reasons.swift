// Why directives of the table are not honoured, or in part, or need not be: reasons that several rows share.

extension DirectiveTable {
    /// `key|reason`, sorted by the bytes of the keys; a row of the table says `@key`.
    static var reasonRows: StaticString {
        """
        commands|not among the commands that are run so far
        credentials|no credentials of the machine are passed to the service so far
        delegation|the service's control group is not given into its own hands so far
        descriptors|sockets are not passed to the service so far
        directories|space and time for the service's own directories are not limited so far
        files|the service sees the file system as it is so far
        install|acted on by enable; nothing to do at run time
        log|log lines are passed on without filter, limit or extra fields so far
        machine|no action on the whole machine is taken on behalf of a unit so far
        namespaces|the service shares the namespaces of its host so far
        network|devices and network of the control group are not restricted so far
        output|not yet: socket, fd; +console needs a journal
        place|the service's place in the tree of control groups cannot be chosen so far
        prefixes|without the prefix for a shell
        privileges|security labels are left as they are so far
        removed|obsolete; systemd has removed it
        resources|resources of the control group are neither limited nor counted so far
        scheduling|the sharing of equal pages is left as it is so far
        system-calls|system calls are not filtered so far
        terminal|virtual consoles are neither cleared nor given back so far
        unit-types|only services, targets and timers are run so far
        users|users are those of the system, without a login session, so far
        version-1|of control groups version 1, which are not used
        """
    }
}
