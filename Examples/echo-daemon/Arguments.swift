// The command line of the example.
import Daemon
import Glibc

/// What can be asked for.
struct Arguments {
    /// A mistake on the command line.
    struct Mistake: Error {
        let message: String
    }

    static let usage =
        "usage: echo-daemon [--foreground | --detach] [--port PORT] [--pid-file PATH] [--user NAME] [--timeout SECONDS]"

    var request = LaunchMode.Request.automatic
    var port: UInt16 = 7007
    var pidFile: String?
    var user: String?
    /// µs; nil waits for ever.
    var timeout: UInt64? = 90_000_000

    init(_ arguments: ArraySlice<String>) throws(Mistake) {
        var rest = arguments
        func value(of option: String) throws(Mistake) -> String {
            guard let value = rest.popFirst() else { throw Mistake(message: "\(option) needs a value") }
            return value
        }
        while let option = rest.popFirst() {
            switch option {
            case "--foreground": request = .foreground
            case "--detach": request = .detach
            case "--pid-file": pidFile = try value(of: option)
            case "--user": user = try value(of: option)
            case "--port":
                let text = try value(of: option)
                guard let number = UInt16(text) else { throw Mistake(message: "--port \(text): 0 to 65535") }
                port = number
            case "--timeout":
                let text = try value(of: option)
                guard let seconds = UInt64(text), seconds <= 86400 else {
                    throw Mistake(message: "--timeout \(text): 0 to 86400 seconds, 0 waits for ever")
                }
                timeout = seconds == 0 ? nil : seconds * 1_000_000
            default: throw Mistake(message: "unknown option \(option)")
            }
        }
    }
}
