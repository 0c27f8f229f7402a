// Lists of structures that several assignments make together: which replace others, and in which order they are shown.

extension PropertyValue {
    /// A structure such as `(st)` with its two faces.
    public struct Structure: Equatable, Sendable {
        /// What `systemctl show` prints.
        public var text: String
        /// The members by their names, as JSON.
        public var json: String
        /// A later one of this name takes the place of the earlier; nil where each counts for itself.
        var name: String?

        /// - Parameters:
        ///   - text: what is printed; empty for one that only takes back another.
        ///   - fields: the members, each as JSON.
        ///   - name: what it is about, where a later one replaces it.
        init(_ text: String, _ fields: [String: String], name: String? = nil) {
            self.text = text
            self.name = name
            let members = fields.sorted { $0.key < $1.key }.map { "\(JSON.string($0.key)):\($0.value)" }
            json = "{\(members.joined(separator: ","))}"
        }
    }
}

extension UnitProperties {
    /// All structures of a directive, as systemd keeps them; nil where it has none.
    static func structures(_ values: [PropertyValue], of kind: Directive.ValueKind) -> PropertyValue? {
        guard case .structures(_, let inLine)? = values.last else { return nil }
        var result: [PropertyValue.Structure] = []
        var places: [String: Int] = [:]
        for case .structures(let list, _) in values {
            for structure in list {
                if let name = structure.name, let place = places[name] {
                    result[place] = structure
                    continue
                }
                if let name = structure.name { places[name] = result.count }
                result.append(structure)
            }
        }
        result.removeAll { $0.text.isEmpty }
        // systemd puts these before those that it has.
        if kind == .socketBind || kind == .bpfProgram { result.reverse() }
        return .structures(result, inLine: inLine)
    }

    /// `RestrictNetworkInterfaces=`: what is assigned to an empty list decides whether it allows or forbids; then each
    /// assignment adds or takes away.
    static func interfaces(_ assignments: [[String]]) -> PropertyValue {
        var allows = true
        var names: Set<String> = []
        for words in assignments {
            let isInverted = words.first?.hasPrefix("~") == true
            if names.isEmpty { allows = !isInverted }
            let given = words.map { isInverted ? String($0.dropFirst()) : $0 }.filter { !$0.isEmpty }
            if allows != isInverted { names.formUnion(given) } else { names.subtract(given) }
        }
        return allows && names.isEmpty ? .list([]) : .filter(isAllowList: allows, names.sorted())
    }

    /// Credentials of which the later of one name counts, where the first of that name stands.
    static func lastOfEachCredential(_ credentials: some Sequence<String>) -> [String] {
        var result: [String] = []
        var places: [String: Int] = [:]
        for credential in credentials {
            let name = TableText.cut(credential, at: UInt8(ascii: ":")).head
            if let place = places[name] {
                result[place] = credential
            } else {
                places[name] = result.count
                result.append(credential)
            }
        }
        return result
    }
}
