// What jobs have to know of a unit: no more, so that a thousand units are small.
import Units

extension UnitGraph {
    /// A dependency as a unit names it.
    public struct Dependency: Hashable, Sendable {
        /// Its kind.
        public var kind: DependencyKind
        /// The other unit's full name.
        public var unit: String

        /// A dependency.
        /// - Parameters:
        ///   - kind: its kind.
        ///   - unit: the other unit's full name.
        public init(_ kind: DependencyKind, _ unit: String) {
            self.kind = kind
            self.unit = unit
        }
    }

    /// A unit's definition.
    public struct Unit: Sendable {
        /// The full name.
        public var name: String
        /// Other full names of the same unit.
        public var aliases: [String] = []
        /// `Description=`.
        public var description: String
        /// Whether the unit can be run, and if not, why.
        public var loadState: UnitDescription.LoadState
        /// What it names itself; empty in a graph, which knows both directions.
        public var dependencies: [Dependency]
        /// Whether it has a way to be reloaded; nil for what has none of its own and only passes a reload on.
        public var canReload: Bool?
        /// Whether it can be started.
        public var canStart = true
        /// Whether it can never be stopped, as `-.slice`.
        public var isPerpetual = false
        /// `StopWhenUnneeded=`.
        public var stopsWhenUnneeded = false
        /// `RefuseManualStart=`.
        public var refusesManualStart = false
        /// `RefuseManualStop=`.
        public var refusesManualStop = false
        /// `AllowIsolate=`.
        public var allowsIsolate = false
        /// `IgnoreOnIsolate=`.
        public var ignoresIsolate = false
        /// `JobTimeoutSec=`: from the moment that a job is queued.
        public var jobTimeout: TimeSpan = .infinity
        /// `JobRunningTimeoutSec=`: from the moment that a job runs.
        public var jobRunningTimeout: TimeSpan = .infinity
        /// `OnFailureJobMode=`.
        public var onFailureJobMode: JobMode = .replace
        /// `OnSuccessJobMode=`.
        public var onSuccessJobMode: JobMode = .fail

        /// A unit with every default.
        /// - Parameters:
        ///   - name: its full name.
        ///   - dependencies: what it names itself.
        ///   - loadState: whether it can be run.
        public init(
            _ name: String, _ dependencies: [Dependency] = [], loadState: UnitDescription.LoadState = .loaded
        ) {
            self.name = name
            self.description = name
            self.dependencies = dependencies
            self.loadState = loadState
            let suffix = name.utf8.lastIndex(of: UInt8(ascii: ".")).map { String(name[$0...]) } ?? ""
            canReload = suffix == ".service" ? false : nil
            // Slices and scopes that are always there, and what cannot be started at all.
            isPerpetual = name == "-.slice" || name == "init.scope" || name == "-.mount"
            canStart = suffix != ".device"
            // systemd.unit(5), "IgnoreOnIsolate=".
            let ignoring = [".slice", ".scope", ".device", ".swap", ".mount", ".automount"]
            ignoresIsolate = ignoring.contains { $0 == suffix }
        }

        /// A unit as its files define it.
        /// - Parameters:
        ///   - head: the typed `[Unit]` section with all dependencies.
        ///   - settings: what it says about its jobs.
        ///   - files: its files: their state, aliases, and the dependencies that folders add.
        ///   - loadState: whether it can be run.
        ///   - canReload: whether it has a way to be reloaded; nil for what only passes a reload on.
        public init(
            _ head: UnitHead, _ settings: JobSettings, files: UnitFiles?,
            loadState: UnitDescription.LoadState = .loaded, canReload: Bool?
        ) {
            var list = DependencyKind.allCases.filter(\.namesUnits).flatMap { kind in
                (head.dependencies[kind] ?? []).map { Dependency(kind, $0) }
            }
            for folder in files?.dependencies ?? [] { list += Self.dependencies(of: folder, head) }
            self.init(head.name.description, list, loadState: loadState)
            description = head.description
            aliases = (files?.names ?? []).map(\.description).filter { $0 != head.name.description }
            self.canReload = canReload
            stopsWhenUnneeded = head.stopsWhenUnneeded
            refusesManualStart = head.refusesManualStart
            refusesManualStop = head.refusesManualStop
            jobTimeout = settings.jobTimeout
            jobRunningTimeout = settings.jobRunningTimeout
            allowsIsolate = settings.allowsIsolate
            if let ignores = settings.ignoresIsolate { ignoresIsolate = ignores }
            onFailureJobMode = JobMode(rawValue: settings.onFailureJobMode) ?? .replace
            onSuccessJobMode = JobMode(rawValue: settings.onSuccessJobMode) ?? .fail
        }

        /// What a link in a folder such as `web.target.wants` says. A target waits also for what such a link pulls in.
        private static func dependencies(of folder: FolderDependency, _ head: UnitHead) -> [Dependency] {
            let other = folder.unit.description
            let kind: DependencyKind
            switch folder.kind {
            case .wants: kind = .wants
            case .requires: kind = .requires
            case .upholds: kind = .upholds
            }
            let isTarget = head.name.description.utf8.suffix(7).elementsEqual(".target".utf8)
            let isBefore = head.dependencies[.before]?.contains(other) ?? false
            guard isTarget, head.hasDefaultDependencies, !isBefore else { return [Dependency(kind, other)] }
            return [Dependency(kind, other), Dependency(.after, other)]
        }

        /// What is known of a unit that others name and that has no file.
        /// - Parameter name: its full name.
        /// - Returns: the standard targets and slices, which are there without files; for others, not found.
        static func unknown(_ name: String) -> Unit {
            var unit = Unit(name, loadState: .notFound)
            if name.utf8.suffix(6).elementsEqual(".slice".utf8) {
                unit.loadState = .loaded
            } else if standardTargets.contains(name) {
                unit.loadState = .loaded
                unit.refusesManualStart = name == "shutdown.target"
            }
            return unit
        }

        /// The targets of systemd.special(7) that units order themselves by or hang themselves into. Without a machine to
        /// boot, each is a point in the order and nothing else.
        public static let standardTargets: Set<String> = [
            "basic.target", "cryptsetup.target", "default.target", "getty.target", "graphical.target",
            "initrd.target", "local-fs-pre.target", "local-fs.target", "multi-user.target", "network-online.target",
            "network-pre.target", "network.target", "nss-lookup.target", "nss-user-lookup.target", "paths.target",
            "remote-fs-pre.target", "remote-fs.target", "rpcbind.target", "shutdown.target", "slices.target",
            "sockets.target", "sound.target", "swap.target", "sysinit.target", "time-set.target", "time-sync.target",
            "timers.target", "umount.target",
        ]
    }
}
