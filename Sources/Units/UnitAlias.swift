// Which symbolic link in the search path is another name of a unit (systemd.unit(5), "DESCRIPTION": aliases).

/// The rules of aliases by symbolic link.
public enum UnitAlias {
    /// Why a link is no alias.
    public enum Refusal: Error, Equatable, Sendable {
        /// The link itself can be none, whatever it points to.
        case invalidLink(String)
        /// What it points to does not fit the link.
        case invalidTarget(String)

        /// What is wrong and what was expected.
        public var message: String {
            switch self {
            case .invalidLink(let message), .invalidTarget(let message): message
            }
        }
    }

    /// Types of units that may have aliases.
    private static let aliasTypes = [".service", ".socket", ".target", ".device", ".timer", ".path"]
    /// Types of units that may be templates.
    private static let templateTypes = [".service", ".socket", ".target", ".timer", ".path"]

    /// Checks that a link may make one unit another name of the other.
    /// - Parameters:
    ///   - link: the name of the link, without its folder.
    ///   - target: the name of what it points to, without its folder.
    /// - Throws: a refusal where the types differ, a template and a plain unit meet, or the instances differ.
    public static func check(link: String, target: String) throws(Refusal) {
        guard let linkKind = UnitName.kind(of: link) else {
            throw .invalidLink("\(Quoting.quoted(link)) is no name of a unit")
        }
        let linkName = UnitName(unchecked: link)
        guard aliasTypes.contains(linkName.suffix) else {
            throw .invalidLink("units of type \(linkName.type) have no aliases")
        }
        guard linkKind == .plain || templateTypes.contains(linkName.suffix) else {
            throw .invalidLink("units of type \(linkName.type) are no templates")
        }
        guard let targetKind = UnitName.kind(of: target) else {
            throw .invalidTarget("it points to \(Quoting.quoted(target)), which is no name of a unit")
        }
        let targetName = UnitName(unchecked: target)
        guard targetKind == linkKind || (linkKind == .instance && targetKind == .template) else {
            throw .invalidTarget(
                "it points to \(Quoting.quoted(target)); expected \(expected(of: linkKind)), as the link is")
        }
        guard targetKind != .instance || targetName.instance == linkName.instance else {
            throw .invalidTarget(
                "it points to \(Quoting.quoted(target)); expected the same instance \(Quoting.quoted(linkName.instance ?? ""))"
            )
        }
        guard targetName.suffix == linkName.suffix else {
            throw .invalidTarget("it points to \(Quoting.quoted(target)); expected a unit of type \(linkName.type)")
        }
    }

    private static func expected(of kind: UnitName.Kind) -> String {
        switch kind {
        case .plain: "a unit without \"@\""
        case .template: "a template"
        case .instance: "an instance or its template"
        }
    }

    /// Whether a link in a `NAME.wants/` folder points to what its name says, so that no person is misled.
    /// - Parameters:
    ///   - link: the name of the link, without its folder.
    ///   - target: the name of what it points to, without its folder.
    ///   - ownerHasInstance: whether the unit whose folder it is passes its instance on.
    /// - Returns: whether it does.
    static func isDependencyLink(_ link: String, to target: String, ownerHasInstance: Bool) -> Bool {
        guard let kind = UnitName.kind(of: link) else { return false }
        let template = UnitName(unchecked: link).template?.description
        switch kind {
        case .plain: return link == target
        case .instance: return link == target || template == target
        case .template: return ownerHasInstance && link == target
        }
    }
}
