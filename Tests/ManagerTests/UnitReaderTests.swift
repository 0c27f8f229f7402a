// From names to definitions: files of a folder, units given by path or text, and what a second reading makes of them.
import Engine
import Glibc
import Instances
import Linux
import Testing
import Units

@testable import Manager

@Suite struct UnitReaderTests {
    private func reader(_ scratch: borrowing Scratch) -> (UnitReader, UnitStore) {
        let store = UnitStore(probing: UnitSearchPath([scratch.path]))
        return (UnitReader(store), store)
    }

    private func description(_ definition: UnitDefinition?) -> String { definition?.graph.description ?? "none" }

    private func unit(_ loaded: UnitReader.Reading, _ name: String) -> UnitDefinition? {
        loaded.units.definitions.first { $0.name == name }
    }

    @Test func everythingThatIsLedTo() throws {
        let scratch = try Scratch()
        try scratch.write("a.service", "[Unit]\nRequires=b.service\n[Service]\nExecStart=/bin/a\n")
        try scratch.write("b.service", "[Unit]\nWants=c.service\n[Service]\nExecStart=/bin/b\n")
        try scratch.write("bad.service", "[Unit]\nWants=a.service\n[Service]\n")
        try scratch.write("alone.service", "[Service]\nExecStart=/bin/alone\n")
        let (reader, _) = reader(scratch)
        let loaded = reader.load(["a.service", "bad.service"])
        #expect(loaded.units.problems == [])
        #expect(unit(loaded, "a.service")?.graph.loadState == .loaded)
        #expect(unit(loaded, "b.service")?.graph.loadState == .loaded)
        #expect(unit(loaded, "c.service")?.graph.loadState == .notFound)
        #expect(unit(loaded, "bad.service")?.graph.loadState == .badSetting)
        #expect(unit(loaded, "alone.service") == nil)
        #expect(
            unit(loaded, "sysinit.target")?.graph.loadState == .loaded, "a step of the boot is there without a file")
        #expect(
            reader.load(["no name", "nowhere.service"]).units.definitions.allSatisfy { $0.graph.loadState != .loaded })
    }

    /// Nothing is silently ignored, also in what was not asked for.
    @Test func whatIsNotHonouredInWhatIsLedTo() throws {
        let scratch = try Scratch()
        try scratch.write("a.service", "[Unit]\nWants=b.service\nAfter=c.service\n[Service]\nExecStart=/bin/a\n")
        try scratch.write("b.service", "[Service]\nExecStart=/bin/b\nNonsense=yes\n")
        // Only there for the order: it is not started.
        try scratch.write("c.service", "[Service]\nExecStart=/bin/c\nNonsense=yes\n")
        let (reader, _) = reader(scratch)
        let diagnostics = reader.load(["a.service"]).diagnostics
        #expect(diagnostics.map(\.location.source) == ["\(scratch.path)/b.service"])
        #expect(diagnostics.map(\.directive) == ["Nonsense"] && diagnostics.first?.kind == .unknown, "\(diagnostics)")
    }

    /// What was given stays what it is, whatever lies in the folders by its name; a second reading takes the file again.
    @Test func whatWasGivenByItsPath() throws {
        let scratch = try Scratch()
        let folder = try Scratch()
        try scratch.write("a.service", "[Unit]\nDescription=of the folder\n[Service]\nExecStart=/bin/a\n")
        try folder.write("a.service", "[Unit]\nDescription=of the path\n[Service]\nExecStart=/bin/a\n")
        var (reader, store) = reader(scratch)
        let path = "\(folder.path)/a.service"
        let files = try #require(store.files(atPath: path))
        reader.take(UnitDescription(files), from: .path(path), dropIn: nil)
        #expect(description(unit(reader.load(["a.service"]), "a.service")) == "of the path")
        try folder.write("a.service", "[Unit]\nDescription=changed\n[Service]\nExecStart=/bin/a\n")
        #expect(description(unit(reader.load(["a.service"]), "a.service")) == "of the path")
        #expect(description(unit(reader.loadAgain(["a.service"]), "a.service")) == "changed")
        // Gone, it cannot be read, and is not replaced by another file of that name.
        unlink(path)
        let gone = unit(reader.loadAgain(["a.service"]), "a.service")
        #expect(gone?.graph.loadState == .error, "\(description(gone))")
        // A file that cannot be used is said to be so.
        try folder.write("a.service", "[Service]\n")
        #expect(unit(reader.loadAgain(["a.service"]), "a.service")?.graph.loadState == .badSetting)
    }

    @Test func settingsOfTheCommandLineStay() throws {
        let scratch = try Scratch()
        try scratch.write("a.service", "[Unit]\nDescription=of the file\n[Service]\nExecStart=/bin/a\n")
        var (reader, store) = reader(scratch)
        let dropIn = Array("[Unit]\nDescription=of the command line\n".utf8)
        var files = store.files(of: try #require(UnitName(full: "a.service")))
        files.append(dropIn: dropIn, from: "-p")
        reader.take(UnitDescription(files), from: .name, dropIn: dropIn)
        #expect(description(unit(reader.load(["a.service"]), "a.service")) == "of the command line")
        try scratch.write("a.service", "[Unit]\nDescription=changed\nWants=b.service\n[Service]\nExecStart=/bin/a\n")
        let again = reader.loadAgain(["a.service"])
        #expect(description(unit(again, "a.service")) == "of the command line")
        #expect(unit(again, "b.service") != nil, "the file was not read again")
        // Without its file there is nothing that they could be settings of.
        unlink("\(scratch.path)/a.service")
        #expect(unit(reader.loadAgain(["a.service"]), "a.service")?.graph.loadState == .notFound)
    }

    /// A unit that is only a text has nothing that could be read again.
    @Test func aTextStaysWhatItWas() throws {
        let scratch = try Scratch()
        var (reader, _) = reader(scratch)
        let name = try #require(UnitName(full: "text.service"))
        let text = Array("[Unit]\nDescription=a text\n[Service]\nExecStart=/bin/a\n".utf8)
        reader.take(UnitDescription(UnitFiles(text: text, from: "here", name: name)), from: .text, dropIn: nil)
        #expect(description(unit(reader.load(["text.service"]), "text.service")) == "a text")
        // `daimon start --name cron -- …` does not become cron.
        try scratch.write("text.service", "[Unit]\nDescription=another\n[Service]\nExecStart=/bin/a\n")
        #expect(description(unit(reader.loadAgain(["text.service"]), "text.service")) == "a text")
    }

    @Test func filesThatCameLaterAreFound() throws {
        let scratch = try Scratch()
        let (reader, _) = reader(scratch)
        #expect(unit(reader.load(["a.service"]), "a.service")?.graph.loadState == .notFound)
        try scratch.write("a.service", "[Service]\nExecStart=/bin/a\n")
        #expect(unit(reader.loadAgain(["a.service"]), "a.service")?.graph.loadState == .loaded)
        mkdir("\(scratch.path)/a.service.wants", 0o755)
        symlink("../b.service", "\(scratch.path)/a.service.wants/b.service")
        #expect(unit(reader.loadAgain(["a.service"]), "b.service") != nil)
        unlink("\(scratch.path)/a.service")
        symlink("/dev/null", "\(scratch.path)/a.service")
        #expect(unit(reader.loadAgain(["a.service"]), "a.service")?.graph.loadState == .masked)
        unlink("\(scratch.path)/a.service.wants/b.service")
        rmdir("\(scratch.path)/a.service.wants")
    }
}
