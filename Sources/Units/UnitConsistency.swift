// Whether the directives of a unit of any type fit together: what systemd refuses then, and what it warns of because it has
// no effect. (What it refuses of the commands of a service is in ServiceConsistency.swift.)

extension UnitProperties {
    /// Something that is about several directives, or about one in the unit as a whole.
    struct Doubt {
        /// Where it is told; nil for the unit.
        var directive: String?
        /// What is wrong; whether systemd refuses the unit with it.
        var problem: InvalidValue
    }

    /// The directives that `doubts` looks at.
    static let inDoubts = causesOfDoubts.union([
        "BusName", "ExecStart", "JobTimeoutSec", "OnFailure", "RestartSec", "Type",
    ])

    /// Those without one of which there is nothing to tell.
    static let causesOfDoubts: Set<String> = [
        "JobRunningTimeoutSec", "KillMode", "ListenDatagram", "ListenSequentialPacket", "ListenStream",
        "MaxConnections", "OnFailureIsolate", "OnFailureJobMode", "RestartMaxDelaySec", "RestartSteps",
        "RuntimeMaxSec", "RuntimeRandomizedExtraSec", "USBFunctionDescriptors", "USBFunctionStrings",
    ]

    /// What does not fit together although every value alone is good.
    var doubts: [Doubt] {
        var result: [Doubt] = []
        func warn(_ directive: String, _ message: String) {
            result.append(Doubt(directive: directive, problem: InvalidValue(message, kind: .inconsistent)))
        }
        func refuse(_ directive: String, _ message: String) {
            result.append(
                Doubt(
                    directive: directive, problem: InvalidValue(message, kind: .inconsistent, refusesUnit: true)))
        }
        // Without a time of their own running jobs have that of all jobs, and 0 is none.
        let jobs = limit("JobTimeoutSec")
        let runningJobs = limit("JobRunningTimeoutSec")
        if runningJobs != .infinity, runningJobs > jobs {
            warn("JobRunningTimeoutSec", "it is greater than JobTimeoutSec=\(jobs) and has no effect")
        }
        if text("OnFailureJobMode", in: .unit) == "isolate", Set(list("OnFailure", in: .unit)).count > 1 {
            refuse("OnFailureJobMode", "isolate takes one unit, and OnFailure= names several")
        }
        if text("KillMode") == "none" {
            warn(
                "KillMode",
                "none is unsafe, nothing ends the processes of the unit; expected control-group or mixed")
        }
        switch type {
        case .service: addDoubtsOfService(warn)
        case .socket: addDoubtsOfSocket(refuse)
        case .timer, .path, .target, .mount, .automount, .swap, .slice, .scope, .device: break
        }
        return result
    }

    private func limit(_ name: String) -> TimeSpan {
        guard case .span(let span)? = scalar(name, in: .unit), span != .zero else { return .infinity }
        return span
    }

    private func addDoubtsOfService(_ warn: (String, String) -> Void) {
        let steps = unsigned("RestartSteps") ?? 0
        let greatestDelay = span("RestartMaxDelaySec") ?? .infinity
        if steps > 0, greatestDelay == .infinity {
            warn("RestartSteps", "without RestartMaxDelaySec= it has no effect")
        }
        if steps == 0, greatestDelay != .infinity {
            warn("RestartMaxDelaySec", "without RestartSteps= the delay does not grow up to it")
        }
        let delay = span("RestartSec") ?? TimeSpan(microseconds: 100_000)
        if greatestDelay < delay {
            warn("RestartMaxDelaySec", "it is less than RestartSec=\(delay), and is used instead of it")
        }
        let longest = span("RuntimeMaxSec") ?? .infinity
        if longest == .infinity, (span("RuntimeRandomizedExtraSec") ?? .zero) != .zero {
            warn("RuntimeRandomizedExtraSec", "without RuntimeMaxSec= it has no effect")
        }
        if longest != .infinity, serviceType == "oneshot" {
            warn("RuntimeMaxSec", "it has no effect with Type=oneshot; TimeoutStartSec= limits its commands")
        }
        let functions = ["USBFunctionDescriptors", "USBFunctionStrings"]
        for (name, other) in zip(functions, functions.reversed()) where text(name) != nil && text(other) == nil {
            warn(name, "without \(other)= it has no effect")
        }
    }

    private func addDoubtsOfSocket(_ refuse: (String, String) -> Void) {
        if unsigned("MaxConnections") == 0 {
            refuse("MaxConnections", "0 is too few; expected at least 1, with Accept=no too")
        }
        // The address as such is one. The unit needs what its path is mounted on, and that cannot be told.
        let goingUp = (shared["Listen"] ?? []).last {
            $0.value.utf8.first == UInt8(ascii: "/") && Paths.goesUp($0.value)
        }
        if let goingUp {
            refuse(
                "Listen\(goingUp.label)", "\(Quoting.quoted(goingUp.value)) contains \"..\"; write the path without it")
        }
    }
}

extension UnitDescription {
    /// What does not fit together, at the last assignments of the directives that it is told of.
    var doubts: [Diagnostic] {
        // Of what could not be read there is nothing to say.
        guard case .file(let file) = files.fragment, case .text = file.content else { return [] }
        let isWanted = { (resolved: ResolvedAssignment) in
            UnitProperties.inDoubts.contains(resolved.assignment.key)
        }
        // Most units have nothing of it, and are not looked at any further.
        let mayDoubt = assignments.contains { resolved in
            let key = resolved.assignment.key
            return key == "KillMode"
                ? resolved.assignment.value == "none" : UnitProperties.causesOfDoubts.contains(key)
        }
        guard mayDoubt else { return [] }
        let relevant = assignments.filter(isWanted)
        let properties = UnitProperties(name: name, type: type, assignments: relevant, specifiers: specifiers)
        let doubts = properties.doubts
        guard !doubts.isEmpty else { return [] }
        // By their current names. Of several addresses the one that goes up is meant.
        var places: [String: SourceLocation] = [:]
        for resolved in relevant where !resolved.assignment.value.isEmpty {
            guard let directive = resolved.directive else { continue }
            let name = (directive.replacement ?? directive).name
            if directive.kind == .socketAddress, places[name] != nil, !Paths.goesUp(resolved.assignment.value) {
                continue
            }
            places[name] = resolved.assignment.keyLocation
        }
        return doubts.map { doubt in
            Diagnostic(
                doubt.problem.refusesUnit ? .error : .warning, doubt.problem.kind,
                at: doubt.directive.flatMap { places[$0] } ?? SourceLocation(source: file.path),
                directive: doubt.directive,
                message: doubt.problem.message)
        }
    }
}
