// Finding the program of a command, and daimond's own environment.
import CLinux
import Glibc
import Linux
import Units

enum Programs {
    /// Whether `/bin` and `/sbin` are those of `/usr`.
    static var isUsrMerged: Bool {
        ["bin", "sbin"].allSatisfy { name in
            var own = stat()
            var other = stat()
            return stat("/\(name)", &own) == 0 && stat("/usr/\(name)", &other) == 0 && own.st_ino == other.st_ino
                && own.st_dev == other.st_dev
        }
    }

    /// The file to execute: a path as it is, a bare name looked up in the service's PATH.
    /// - Parameters:
    ///   - name: of the unit.
    ///   - environment: of the service.
    ///   - root: where the service's root is, without a slash at its end.
    /// - Returns: the name itself when it has a slash, else the first executable file of that name, by absolute path.
    /// - Throws: `.before` with status 203 (EXEC) and ENOENT when no absolute folder of PATH has it.
    static func find(_ name: String, environment: [EnvironmentVariable], root: String = "") throws(SpawnError) -> String
    {
        guard !name.contains("/") else { return name }
        let path = environment.last { $0.name == "PATH" }?.value ?? ServiceEnvironment.searchPath
        for folder in path.split(separator: ":") where folder.hasPrefix("/") {
            let candidate = "\(folder)/\(name)"
            if isProgram(root + candidate) { return candidate }
        }
        throw .before(
            exitStatus: 203,
            SystemError("execute", name, errno: ENOENT, advice: "it is in none of the folders of PATH=\(path)"))
    }

    /// Whether a path names a file that may be executed: a folder of that name is none.
    private static func isProgram(_ path: String) -> Bool {
        var info = stat()
        return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }
}

/// The environment of this process.
enum OwnEnvironment {
    /// Every variable, as it is now.
    static func variables() -> [EnvironmentVariable] {
        var result: [EnvironmentVariable] = []
        var index = 0
        while let text = daimon_environment_entry(index) {
            let assignment = String(cString: text)
            if let sign = assignment.firstIndex(of: "=") {
                result.append(
                    EnvironmentVariable(
                        name: String(assignment[..<sign]), value: String(assignment[assignment.index(after: sign)...])))
            }
            index += 1
        }
        return result
    }

    /// One variable.
    static func value(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}
