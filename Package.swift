// swift-tools-version: 6.2
// The package: one library product (Daemon), two executables (daimond, daimon), one example.
// The rooms and the direction of the arrows between them are told in docs/architecture.md.
import PackageDescription

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

let package = Package(
    name: "daimon",
    products: [
        .library(name: "Daemon", targets: ["Daemon"]),
        .executable(name: "daimond", targets: ["daimond"]),
        .executable(name: "daimon", targets: ["daimon"]),
        .executable(name: "echo-daemon", targets: ["echo-daemon"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
    ],
    targets: [
        // C that Swift cannot call, or that must run between clone and exec.
        .target(name: "CLinux", cSettings: [.define("_GNU_SOURCE")]),
        .systemLibrary(
            name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        // Swift over the kernel: owned descriptors, errno in words, pidfds, process identity.
        .target(name: "Linux", dependencies: ["CLinux"], swiftSettings: strict),
        // Swift over libsystemd: notify, watchdog, listen descriptors, journal, event loop.
        .target(name: "Systemd", dependencies: ["CSystemd", "Linux"], swiftSettings: strict),
        .target(name: "Daemon", dependencies: ["Systemd", "Linux", "CLinux"], swiftSettings: strict),
        .target(name: "Units", swiftSettings: strict),
        .target(name: "Engine", dependencies: ["Units"], swiftSettings: strict),
        // Instances as they lie on the machine, for those who run them and those who ask: no libsystemd, since the command
        // would be loading it, with six more libraries, for longer than it runs itself.
        .target(name: "Instances", dependencies: ["Engine", "Units", "Linux", "CLinux"], swiftSettings: strict),
        .target(
            name: "Manager",
            dependencies: ["Instances", "Engine", "Units", "Daemon", "Systemd", "Linux", "CLinux"],
            swiftSettings: strict),
        .executableTarget(
            name: "daimond", dependencies: ["Manager", "Instances", "Daemon", "Units", "Linux", "CLinux"],
            swiftSettings: strict),
        .executableTarget(
            name: "daimon",
            dependencies: [
                "Instances", "Engine", "Units", "Linux",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "echo-daemon", dependencies: ["Daemon"], path: "Examples/echo-daemon",
            swiftSettings: strict),
        // What the end-to-end tests start: it writes down the state it was started in.
        .executableTarget(
            name: "probe", path: "Tests/Probe", cSettings: [.define("_GNU_SOURCE")]),
        // What the tests of Daemon detach: it behaves as its first argument says. Detaching needs a process of one thread,
        // which a test process is not.
        .executableTarget(
            name: "detach-probe", dependencies: ["Daemon"], path: "Tests/DetachProbe", swiftSettings: strict),
        // Times the reading of unit files for Benchmarks/units.
        .executableTarget(
            name: "parse-units", dependencies: ["Units"], path: "Benchmarks/units/parse", swiftSettings: strict),
        // Random histories of sets of units: for the tests of Engine, and by the thousand, with `make simulate`.
        .target(
            name: "Simulation", dependencies: ["Engine", "Units"], path: "Tests/Simulation", swiftSettings: strict),
        .executableTarget(
            name: "simulate", dependencies: ["Simulation"], path: "Tests/Simulate", swiftSettings: strict),
        .testTarget(name: "LinuxTests", dependencies: ["Linux"], swiftSettings: strict),
        .testTarget(name: "SystemdTests", dependencies: ["Systemd", "CLinux"], swiftSettings: strict),
        .testTarget(
            name: "DaemonTests", dependencies: ["Daemon", "CLinux", "echo-daemon", "detach-probe"],
            swiftSettings: strict),
        .testTarget(name: "UnitsTests", dependencies: ["Units"], swiftSettings: strict),
        .testTarget(name: "EngineTests", dependencies: ["Engine", "Units", "Simulation"], swiftSettings: strict),
        .testTarget(name: "ManagerTests", dependencies: ["Manager", "Instances"], swiftSettings: strict),
        .testTarget(
            name: "EndToEnd",
            dependencies: ["Linux", "daimond", "daimon", "echo-daemon", "probe"],
            exclude: ["compare-show", "daemons", "debian-units", "generate-units", "systemd-container"],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
