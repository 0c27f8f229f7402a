// A thread that does nothing. Not a closure in main.swift: those belong to the main actor and trap in another thread.
import Glibc

func park(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    while true { pause() }
}
