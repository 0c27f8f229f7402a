// Masks of processors and memory nodes, as sched_setaffinity(2) and set_mempolicy(2) take them; and which there are.
import Linux
import Units

enum ProcessorMasks {
    /// Fills in the masks of a unit, asking the machine where the unit leaves it to it.
    /// - Throws: `.before` with status 215 (CPUAFFINITY) or 242 (NUMA_POLICY).
    static func fill(_ surroundings: inout ExecSurroundings, for process: ProcessSettings) throws(SpawnError) {
        if process.affinityFollowsMemory {
            do throws(SystemError) {
                var processors = CPUList()
                for node in numbers(try nodes(of: process)) {
                    processors.formUnion(try list("/sys/devices/system/node/node\(node)/cpulist"))
                }
                surroundings.affinity = mask(processors)
            } catch {
                throw .before(exitStatus: 215, error)
            }
        } else if let list = process.affinity, !list.isEmpty {
            surroundings.affinity = mask(list)
        }
        guard process.memoryPolicy != nil else { return }
        do throws(SystemError) { surroundings.memoryNodes = mask(try nodes(of: process)) } catch {
            throw .before(exitStatus: 242, error)
        }
    }

    /// A bit for each number, in whole words of 64 as the kernel counts them.
    static func mask(_ list: CPUList) -> [UInt8] {
        guard let greatest = list.ranges.last?.upperBound else { return [] }
        var mask = [UInt8](repeating: 0, count: (Int(greatest) / 64 + 1) * 8)
        for number in numbers(list) { mask[number / 8] |= 1 << UInt8(number % 8) }
        return mask
    }

    private static func numbers(_ list: CPUList) -> [Int] { list.ranges.flatMap { $0.map { Int($0) } } }

    private static func nodes(of process: ProcessSettings) throws(SystemError) -> CPUList {
        if process.usesAllMemoryNodes { return try list("/sys/devices/system/node/online") }
        return process.memoryNodes ?? CPUList()
    }

    private static func list(_ path: String) throws(SystemError) -> CPUList {
        let text = try Files.readText(path, limit: 65536)
        var ignored: [InvalidValue] = []
        do throws(InvalidValue) { return try CPUList(parsing: text, ignored: &ignored) } catch {
            throw .refused("read", path, because: error.message)
        }
    }
}
