// The parts of libsystemd that the project uses: sd-bus(3), sd-daemon(3), sd-event(3),
// sd-journal(3).
#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>
