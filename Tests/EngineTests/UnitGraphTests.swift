// The graph of units: inverses, aliases, what is there without a file, and units as their files define them.
import Testing

@testable import Engine
@testable import Units

struct UnitGraphTests {
    private func atoms(_ graph: UnitGraph, _ unit: String, _ other: String) throws -> DependencyAtoms {
        let place = try #require(graph.find("\(unit).service"))
        let target = try #require(graph.find("\(other).service"))
        return graph.edges[place].first { $0.unit == target }?.atoms ?? []
    }

    /// systemd.unit(5), "MAPPING OF UNIT PROPERTIES TO THEIR INVERSES": either unit may say it.
    @Test(arguments: [
        (DependencyKind.before, DependencyKind.after), (.propagatesReloadTo, .reloadPropagatedFrom),
        (.propagatesStopTo, .stopPropagatedFrom),
    ])
    func inverses(_ kind: DependencyKind, _ inverse: DependencyKind) throws {
        let one = graph("a \(kind.rawValue)=b; b")
        let other = graph("a; b \(inverse.rawValue)=a")
        #expect(try atoms(one, "a", "b") == atoms(other, "a", "b") && !atoms(one, "a", "b").isEmpty)
        #expect(try atoms(one, "b", "a") == atoms(other, "b", "a"))
    }

    @Test func oneEdgeForAllThatIsSaid() throws {
        let graph = graph("a Requires=b,b After=b Wants=a,b; b Before=a")
        #expect(
            try atoms(graph, "a", "b") == [
                .pullInStart, .pullInStartIgnored, .retroactiveStartReplace, .retroactiveStartFail, .checksUnneeded,
                .after,
            ])
        #expect(try #require(graph.find("a.service").map { graph.edges[$0].count }) == 1)
    }

    @Test func aliasesFindTheirUnit() throws {
        // Whether the alias is known before it is named, or after.
        for text in ["a Requires=also; b !alias:also", "b !alias:also; a Requires=also"] {
            let made = graph(text)
            #expect(made["also.service"]?.name == "b.service")
            #expect(try atoms(made, "a", "b").contains(.pullInStart))
        }
        var late = graph("a Requires=also")
        #expect(late["also.service"]?.loadState == .notFound)
        late.define([UnitGraph.Unit(line: "b !alias:also")])
        #expect(try atoms(late, "a", "b").contains(.pullInStart))
    }

    @Test func whatIsThereWithoutAFile() {
        let graph = graph("a After=basic.target,x.target Requires=system-a.slice")
        #expect(graph["basic.target"]?.loadState == .loaded)
        #expect(graph["system-a.slice"]?.loadState == .loaded)
        #expect(graph["x.target"]?.loadState == .notFound)
        #expect(graph["y.target"] == nil)
    }

    @Test func aUnitFromItsFiles() throws {
        let text = """
            [Unit]
            Description=A group
            Wants=web.service
            After=db.service
            StopWhenUnneeded=yes
            JobTimeoutSec=7
            OnFailureJobMode=isolate
            AllowIsolate=yes
            """
        var files = UnitFiles(
            id: UnitName(unchecked: "group.target"),
            names: [UnitName(unchecked: "group.target"), UnitName(unchecked: "bunch.target")],
            fragment: .file(UnitSourceFile(path: "group.target", content: .text(Array(text.utf8)))), searched: [])
        files.dependencies = [
            FolderDependency(kind: .requires, unit: UnitName(unchecked: "db.service"), path: "group.target.requires/db")
        ]
        let description = UnitDescription(files)
        guard case .target(let target)? = description.typed else { throw CancellationError() }
        let unit = UnitGraph.Unit(
            target.head, description.properties.jobSettings, files: files, loadState: description.loadState,
            canReload: nil)
        #expect(unit.description == "A group" && unit.aliases == ["bunch.target"] && unit.stopsWhenUnneeded)
        #expect(unit.jobTimeout == .seconds(7) && unit.jobRunningTimeout == .seconds(7))
        #expect(unit.allowsIsolate && unit.onFailureJobMode == .isolate && unit.onSuccessJobMode == .fail)
        #expect(
            Set(unit.dependencies) == [
                .init(.wants, "web.service"), .init(.after, "web.service"), .init(.requires, "db.service"),
                .init(.after, "db.service"), .init(.conflicts, "shutdown.target"), .init(.before, "shutdown.target"),
            ])
    }

    @Test func nothingIsNamedTwice() {
        // The last definition of a name counts.
        let made = graph("a Requires=b; b; a Wants=b")
        #expect(made.names == ["a.service", "b.service"])
        #expect(made.has(.pullInStart, from: 0, to: 1) == false && made.has(.pullInStartIgnored, from: 0, to: 1))
    }
}
