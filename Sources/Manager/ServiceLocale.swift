// The language that services are told: systemd's manager reads locale.conf(5) and passes it on to all of them, so a unit
// that works under it would find itself without umlauts elsewhere.
import Glibc
import Linux
import Units

enum ServiceLocale {
    /// Nobody's locale.conf is longer; whoever may write to it must not fill daimond's memory.
    private static let limit = 64 << 10

    /// Where it is read: the first that says something counts. Debian had the second for decades.
    private static let places = ["/etc/locale.conf", "/etc/default/locale"]

    /// locale.conf(5).
    private static let names: Set<String> = [
        "LANG", "LANGUAGE", "LC_CTYPE", "LC_NUMERIC", "LC_TIME", "LC_COLLATE", "LC_MONETARY", "LC_MESSAGES", "LC_PAPER",
        "LC_NAME", "LC_ADDRESS", "LC_TELEPHONE", "LC_MEASUREMENT", "LC_IDENTIFICATION",
    ]

    /// The variables of locale.conf(5); `LANG=C.UTF-8` where nothing is set, as systemd has it.
    /// - Parameter warn: told of a file that cannot be read.
    /// - Returns: in the order of the file.
    static func variables(warn: (String) -> Void) -> [EnvironmentVariable] {
        for place in places {
            do throws(SystemError) {
                let found = variables(of: try Files.read(place, limit: limit))
                if !found.isEmpty { return found }
            } catch {
                if error.errno != ENOENT { warn("\(error)") }
            }
        }
        return [EnvironmentVariable(name: "LANG", value: "C.UTF-8")]
    }

    /// The variables of a file, without those that have nothing to do with languages.
    /// - Parameter content: of locale.conf(5).
    /// - Returns: nothing for a file that is no text.
    static func variables(of content: [UInt8]) -> [EnvironmentVariable] {
        do throws(InvalidValue) {
            return try EnvironmentFile.content(of: content).variables.filter {
                names.contains($0.name) && !$0.value.isEmpty
            }
        } catch {
            // As systemd does, which goes on without.
            return []
        }
    }
}
