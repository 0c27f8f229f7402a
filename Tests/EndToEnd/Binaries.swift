// Where the programs under test are: in DAIMON_BIN_DIR, or beside the test bundle in the build folder.
import Foundation
import Testing

/// The programs under test, by absolute path.
enum Binaries {
    static var daimond: String { path("daimond") }
    static var daimon: String { path("daimon") }
    static var probe: String { path("probe") }

    /// The folder that holds them.
    static let directory: String = {
        if let given = ProcessInfo.processInfo.environment["DAIMON_BIN_DIR"], !given.isEmpty {
            return URL(fileURLWithPath: given).standardizedFileURL.path
        }
        // The bundle is BUILD/daimonPackageTests.xctest: an argument of the runner, or the runner itself.
        let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments[0]
        let program = URL(fileURLWithPath: bundle).standardizedFileURL.deletingLastPathComponent().path
        // The C probe is made for debug and release alike; what is not there fails with its path in the message.
        return program
    }()

    /// The top of the source tree.
    static let sourceTree = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    private static func path(_ name: String) -> String { "\(directory)/\(name)" }
}

/// Whether the tests run as root: most of what a daemon does needs it.
let isRoot = geteuid() == 0
