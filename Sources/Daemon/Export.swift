// A program that imports Daemon needs no other import: notifications, inherited sockets, the journal, errors come too.
@_exported import Linux
@_exported import Systemd
