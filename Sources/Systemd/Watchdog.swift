// What the service manager expects of us, and whether there is one.
import CSystemd
import Glibc
import Linux

/// The service manager's watchdog (sd_watchdog_enabled(3)).
public enum Watchdog {
    /// The time within which `WATCHDOG=1` must come, in µs; send it every half of that. From `WATCHDOG_USEC` and
    /// `WATCHDOG_PID`.
    /// - Parameter unsetEnvironment: whether the two variables are removed, so that children do not see them.
    /// - Returns: nil when no watchdog is set, or not for this process.
    /// - Throws: EINVAL or ERANGE when the variables hold something else than numbers.
    public static func interval(unsetEnvironment: Bool = false) throws(SystemError) -> UInt64? {
        var span: UInt64 = 0
        let result = sd_watchdog_enabled(unsetEnvironment ? 1 : 0, &span)
        guard result >= 0 else {
            throw SystemError(
                "read the watchdog interval", errno: -result, advice: "WATCHDOG_USEC and WATCHDOG_PID must be numbers")
        }
        return result > 0 ? span : nil
    }
}

/// Whether this machine runs on systemd.
public enum SystemdHost {
    /// Whether the system was booted with systemd (sd_booted(3)). Nothing here needs to be guarded by it: notifications
    /// and the rest are harmless without.
    public static func booted() throws(SystemError) -> Bool {
        let result = sd_booted()
        guard result >= 0 else { throw SystemError("learn whether systemd runs", errno: -result) }
        return result > 0
    }
}
