// What sets the directives that are acted on, fourth part: folders, credentials and terminal of systemd.exec(5).

extension Directives {
    static let honouredOfPlace: [DirectiveSetter] =
        DirectoryKind.allCases.flatMap { kind in
            [
                DirectiveSetter(.service, "\(kind.rawValue)Directory") { value, unit throws(InvalidValue) in
                    var folders = unit.execution.folders[kind] ?? ServiceFolders()
                    if value.isEmpty { folders.folders = [] }
                    if !value.isEmpty, case .list(let entries)? = try value.typed() {
                        folders.folders += entries.map(ServiceFolders.Folder.init(entry:))
                    }
                    unit.execution.folders[kind] = folders
                },
                DirectiveSetter(.service, "\(kind.rawValue)DirectoryMode") { value, unit throws(InvalidValue) in
                    var folders = unit.execution.folders[kind] ?? ServiceFolders()
                    folders.mode = try Numbers.mode(value.text)
                    unit.execution.folders[kind] = folders
                },
            ]
        } + [
            DirectiveSetter(.service, "RuntimeDirectoryPreserve") { value, unit throws(InvalidValue) in
                guard case .text(let word)? = try value.typed() else { return }
                unit.execution.runtimeDirectoryPreservation = RuntimeDirectoryPreservation(rawValue: word) ?? .no
            },
            DirectiveSetter(.service, "RootDirectory") { value, unit throws(InvalidValue) in
                guard case .text(let path)? = value.isEmpty ? nil : try value.typed() else {
                    return unit.execution.rootDirectory = nil
                }
                unit.execution.rootDirectory = path == "/" ? nil : path
            },
            DirectiveSetter(.service, "RootDirectoryStartOnly") { value, unit throws(InvalidValue) in
                unit.execution.rootDirectoryStartOnly = try value.boolean()
            },
            DirectiveSetter(.service, "PrivateTmp") { value, unit throws(InvalidValue) in
                guard case .text(let word)? = try value.typed() else { return }
                unit.execution.privateTemporary = PrivateTemporary(rawValue: word) ?? .no
            },
            DirectiveSetter(.service, "LoadCredential") { value, unit throws(InvalidValue) in
                guard !value.isEmpty else { return unit.execution.credentials.removeAll { $0.isLoaded } }
                guard case .list(let entries)? = try value.typed(), let entry = entries.first else { return }
                let (name, source) = TableText.cut(entry, at: UInt8(ascii: ":"))
                unit.execution.credentials.replace(ServiceCredential(name: name, source: .file(source ?? name)))
            },
            DirectiveSetter(.service, "SetCredential") { value, unit throws(InvalidValue) in
                guard !value.isEmpty else { return unit.execution.credentials.removeAll { !$0.isLoaded } }
                guard case .list(let entries)? = try value.typed(), let entry = entries.first else { return }
                let (name, text) = TableText.cut(entry, at: UInt8(ascii: ":"))
                let bytes = try PropertyReading.unescaped(text ?? "", mayBeNUL: true)
                unit.execution.credentials.replace(ServiceCredential(name: name, source: .value(bytes)))
            },
            DirectiveSetter(.service, "SetLoginEnvironment") { value, unit throws(InvalidValue) in
                unit.execution.setsLoginEnvironment = value.isEmpty ? nil : try value.boolean()
            },
            DirectiveSetter(.service, "ExecSearchPath") { value, unit throws(InvalidValue) in
                guard !value.isEmpty else { return unit.execution.searchPath = [] }
                if case .list(let paths)? = try value.typed() { unit.execution.searchPath += paths }
            },
            DirectiveSetter(.service, "TTYPath") { value, unit throws(InvalidValue) in
                guard case .text(let path)? = value.isEmpty ? nil : try value.typed() else {
                    return unit.execution.terminalPath = "/dev/console"
                }
                unit.execution.terminalPath = path
            },
            DirectiveSetter(.service, "TTYReset") { value, unit throws(InvalidValue) in
                unit.execution.terminal.isReset = try value.boolean()
            },
            DirectiveSetter(.service, "TTYVHangup") { value, unit throws(InvalidValue) in
                unit.execution.terminal.isHungUp = try value.boolean()
            },
            DirectiveSetter(.service, "TTYRows") { value, unit throws(InvalidValue) in
                unit.execution.terminal.rows = value.isEmpty ? nil : UInt16(clamping: try value.unsigned())
            },
            DirectiveSetter(.service, "TTYColumns") { value, unit throws(InvalidValue) in
                unit.execution.terminal.columns = value.isEmpty ? nil : UInt16(clamping: try value.unsigned())
            },
            DirectiveSetter(.service, "StandardInputText") { value, unit throws(InvalidValue) in
                try value.addInput(to: &unit.execution)
            },
            DirectiveSetter(.service, "StandardInputData") { value, unit throws(InvalidValue) in
                try value.addInput(to: &unit.execution)
            },
        ]
}

extension ServiceFolders.Folder {
    /// Of the text that `show` makes: the link behind a mark that no path has, and the flag behind another.
    fileprivate init(entry: String) {
        let (path, rest) = TableText.cut(entry, at: PropertyReading.linkMark)
        let (link, flag) = TableText.cut(rest ?? "", at: PropertyReading.linkMark)
        self.init(path: path, link: link.isEmpty ? nil : link, isReadOnly: flag == "ro")
    }
}

extension ServiceCredential {
    fileprivate var isLoaded: Bool {
        switch source {
        case .file: true
        case .value: false
        }
    }
}

extension [ServiceCredential] {
    /// The later of two of one name and kind counts.
    fileprivate mutating func replace(_ credential: ServiceCredential) {
        removeAll { $0.name == credential.name && $0.isLoaded == credential.isLoaded }
        append(credential)
    }
}

extension AssignedValue {
    /// systemd's limit for what a unit brings along as input.
    private static let inputLimit = 64 << 20

    fileprivate mutating func addInput(to context: inout ExecutionContext) throws(InvalidValue) {
        guard !isEmpty else { return context.inputData = [] }
        guard case .list(let texts)? = try typed() else { return }
        for text in texts { context.inputData += try Base64.decode(text) }
        guard context.inputData.count <= Self.inputLimit else {
            context.inputData = []
            throw InvalidValue("the input of the service is longer than 64 MiB")
        }
        // Input that is given is read (systemd.exec(5)), unless the unit says otherwise.
        if context.standardInput == .null { context.standardInput = .data }
    }
}
