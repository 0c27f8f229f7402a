// Files that exist in memory alone (memfd_create(2)).
import CLinux

/// Anonymous files.
public enum MemoryFile {
    /// Makes an empty one that stays open across execve(2): it is made to be inherited.
    /// - Parameter name: for /proc/PID/fd, where people see it.
    /// - Returns: the descriptor, or -1 with errno set.
    public static func make(name: String) -> CInt {
        daimon_memfd_create(name, 0)
    }
}
