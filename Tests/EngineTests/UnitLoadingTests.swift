// From files to units: what is loaded along, what stands for what is not there.
import Testing
import Units

@testable import Engine

@Suite struct UnitLoadingTests {
    private func load(_ names: [String], limit: Int = 10_000, _ units: [String: String]) -> LoadedUnits {
        LoadedUnits.load(names, limit: limit) { name in
            units[name].map { SetHarness.unit(name, $0) }
                ?? UnitDefinition.withoutFile(name, on: SetHarness.machine)
        }
    }

    private func state(_ loaded: LoadedUnits, _ name: String) -> UnitDescription.LoadState? {
        loaded.definitions.first { $0.name == name }?.graph.loadState
    }

    @Test func everythingThatDependenciesNameIsLoadedOnce() {
        let loaded = load(
            ["a.service"],
            ["a.service": "[Unit]\nWants=b.service c.service", "b.service": "[Unit]\nAfter=a.service c.service\n"])
        #expect(Set(loaded.definitions.map(\.name)).count == loaded.definitions.count)
        #expect(state(loaded, "b.service") == .loaded)
        #expect(state(loaded, "c.service") == .notFound)
        for name in ["sysinit.target", "basic.target", "shutdown.target", "system.slice"] {
            #expect(state(loaded, name) == .loaded, "\(name)")
        }
    }

    @Test func theNumberIsBounded() {
        let loaded = LoadedUnits.load(["u0.service"], limit: 100) { name in
            let number = Int(name.dropFirst().prefix { $0 != "." }) ?? 0
            return SetHarness.unit(name, "[Unit]\nDefaultDependencies=no\nWants=u\(number + 1).service")
        }
        #expect(loaded.definitions.count == 100)
        #expect(loaded.problems.count == 1)
    }

    @Test func mountsOnTheWayAreRequired() {
        let loaded = load(["a.service"], ["a.service": "[Unit]\nRequiresMountsFor=/data/x /other"])
        guard let unit = loaded.definitions.first(where: { $0.name == "a.service" }) else { return }
        let mounts = unit.graph.dependencies.filter { $0.kind == .requires && $0.unit.hasSuffix(".mount") }.map(\.unit)
        #expect(Set(mounts) == ["-.mount", "data.mount"])
        #expect(state(loaded, "data.mount") == .loaded)
    }

    @Test(arguments: [
        ("data.mount", UnitDescription.LoadState.loaded), ("other.mount", .notFound), ("-.mount", .loaded),
        ("dev-null.device", .loaded), ("system.slice", .loaded), ("any.slice", .loaded), ("init.scope", .loaded),
        ("x.scope", .notFound), ("dbus.socket", .loaded), ("x.socket", .notFound), ("network-online.target", .loaded),
        ("multi-user.target", .loaded), ("x.target", .notFound), ("x.service", .notFound), ("x.timer", .notFound),
    ])
    func whatIsThereWithoutFiles(name: String, state: UnitDescription.LoadState) {
        #expect(UnitDefinition.withoutFile(name, on: SetHarness.machine).graph.loadState == state)
    }

    @Test func theBootOfAMachineIsNotPulledIn() {
        let text = "[Unit]\nWants=systemd-udevd.service\n"
        let vendor = SetHarness.unit("sysinit.target", text, path: "/usr/lib/systemd/system/sysinit.target")
        #expect(vendor.graph.dependencies.isEmpty)
        let own = SetHarness.unit("sysinit.target", text, path: "/etc/daimon/sysinit.target")
        #expect(own.graph.dependencies.contains { $0.unit == "systemd-udevd.service" })
    }

    @Test func aDeviceThatIsNotThereCannotBeHad() {
        let units = [
            "a.service": "[Unit]\nBindsTo=dev-sdz.device\nAfter=dev-sdz.device\n",
            "b.service": "[Unit]\nBindsTo=dev-null.device\nAfter=dev-null.device\n",
        ]
        var harness = SetHarness(units)
        harness.ask("start a")
        #expect(harness.happened().contains("a/start dependency"))
        harness.ask("start b")
        #expect(harness.state("b") == .active)
    }
}
