// What specifiers tell of the machine and of the manager. Nothing is read before a specifier needs it.
import Glibc

/// For whom units are loaded; systemd's term.
public enum RuntimeScope: String, CaseIterable, Sendable {
    /// The machine.
    case system
    /// One user.
    case user
    /// All users, of whom none is known yet: what `systemctl --global` enables.
    case global

    /// Root's processes manage the machine, everybody else's what is theirs.
    public static var ofThisProcess: RuntimeScope { geteuid() == 0 ? .system : .user }
}

/// One fact that a specifier of systemd.unit(5) stands for and that is not in the unit's name.
public enum SpecifierFact: CaseIterable, Hashable, Sendable {
    case architecture, bootId, kernelRelease, machineId
    case hostName, shortHostName, prettyHostName
    /// Of os-release(5): ID, VERSION_ID, VARIANT_ID, BUILD_ID, IMAGE_ID, IMAGE_VERSION.
    case osId, osVersionId, osVariantId, osBuildId, osImageId, osImageVersion
    case userName, userId, groupName, groupId, home, shell
    case cacheDirectory, configurationDirectory, dataDirectory, logDirectory, runtimeDirectory, stateDirectory
    case credentialsDirectory
    case temporaryDirectory, persistentTemporaryDirectory
    /// The control group below which those of all units are.
    case controlGroupRoot

    /// The fact of a specifier's letter; nil where it is none of the machine's.
    static func of(letter: UInt8) -> SpecifierFact? {
        switch letter {
        case UInt8(ascii: "a"): .architecture
        case UInt8(ascii: "A"): .osImageVersion
        case UInt8(ascii: "b"): .bootId
        case UInt8(ascii: "B"): .osBuildId
        case UInt8(ascii: "C"): .cacheDirectory
        case UInt8(ascii: "D"): .dataDirectory
        case UInt8(ascii: "E"): .configurationDirectory
        case UInt8(ascii: "g"): .groupName
        case UInt8(ascii: "G"): .groupId
        case UInt8(ascii: "h"): .home
        case UInt8(ascii: "H"): .hostName
        case UInt8(ascii: "l"): .shortHostName
        case UInt8(ascii: "L"): .logDirectory
        case UInt8(ascii: "m"): .machineId
        case UInt8(ascii: "M"): .osImageId
        case UInt8(ascii: "o"): .osId
        case UInt8(ascii: "q"): .prettyHostName
        case UInt8(ascii: "s"): .shell
        case UInt8(ascii: "S"): .stateDirectory
        case UInt8(ascii: "t"): .runtimeDirectory
        case UInt8(ascii: "T"): .temporaryDirectory
        case UInt8(ascii: "u"): .userName
        case UInt8(ascii: "U"): .userId
        case UInt8(ascii: "v"): .kernelRelease
        case UInt8(ascii: "V"): .persistentTemporaryDirectory
        case UInt8(ascii: "w"): .osVersionId
        case UInt8(ascii: "W"): .osVariantId
        default: nil
        }
    }
}

/// Where the facts come from. A value, so that tests and other machines' units can have facts of their own.
public struct SpecifierFacts: Sendable {
    /// Tells one fact, or why it cannot be told. Asked at most once for each fact of a unit.
    public typealias LookUp = @Sendable (SpecifierFact) throws(InvalidValue) -> String

    /// For whom units are loaded.
    public let scope: RuntimeScope
    /// The time zones of calendar events, which are not of specifiers and of the machine as well.
    let timeZones: TimeZones
    private let lookUp: LookUp

    /// Facts from a function.
    /// - Parameters:
    ///   - scope: for whom units are loaded.
    ///   - timeZones: those of calendar events; any name is one unless it is said otherwise.
    ///   - lookUp: tells one fact, or throws why it cannot be told.
    public init(scope: RuntimeScope = .system, timeZones: TimeZones = .any, lookUp: @escaping LookUp) {
        self.scope = scope
        self.timeZones = timeZones
        self.lookUp = lookUp
    }

    /// One fact.
    /// - Parameter fact: which.
    /// - Returns: the text that stands for the specifier; empty where systemd.unit(5) says so.
    /// - Throws: why it cannot be told, and what is of a user where no user is known.
    public func value(of fact: SpecifierFact) throws(InvalidValue) -> String {
        switch fact {
        case .userName, .userId, .groupName, .groupId, .home, .shell:
            guard scope != .global else {
                throw InvalidValue("it tells something of a user, and the unit is for all users")
            }
        case .architecture, .bootId, .kernelRelease, .machineId, .hostName, .shortHostName, .prettyHostName, .osId,
            .osVersionId, .osVariantId, .osBuildId, .osImageId, .osImageVersion, .cacheDirectory,
            .configurationDirectory, .dataDirectory, .logDirectory, .runtimeDirectory, .stateDirectory,
            .credentialsDirectory, .temporaryDirectory, .persistentTemporaryDirectory, .controlGroupRoot:
            break
        }
        return try lookUp(fact)
    }
}
