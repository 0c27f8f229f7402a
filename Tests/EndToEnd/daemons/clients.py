"""clients: one real request to each kind of daemon, in the daemon's own protocol, over sockets or with its own client.

Each function returns the part of the answer that does not change from run to run, as a short text, and raises an OSError
or a Refused where there is no answer or a wrong one. Nothing here waits for a daemon: the caller tries again.
"""
import os
import socket
import ssl
import struct
import subprocess
import threading
import time

TIMEOUT = 5


class Refused(Exception):
    """The daemon answered, and not as it should."""


def expect(condition, answer):
    if not condition:
        raise Refused(f"unexpected answer: {answer!r}")


def conversation(address, question, enough):
    """Connects, sends, and reads until `enough` says that the answer is complete or the other side closes."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.settimeout(TIMEOUT)
        connection.connect(address)
        if question:
            connection.sendall(question)
        answer = b""
        while not enough(answer):
            piece = connection.recv(65536)
            if not piece:
                break
            answer += piece
        return answer


def http(port, path="/", server=None):
    """The status line, and the program of the Server header where it has one."""
    question = f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode()
    answer = conversation(("127.0.0.1", port), question, lambda _: False).decode(errors="replace")
    lines = answer.split("\r\n")
    expect(" 200 " in lines[0] + " ", lines[0])
    if server:
        expect(any(line.lower().startswith("server: " + server) for line in lines), lines[:8])
    return "200"


def redis():
    question = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nvalue\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"
    answer = conversation(("127.0.0.1", 6379), question, lambda got: got.count(b"\r\n") >= 3)
    expect(answer == b"+OK\r\n$5\r\nvalue\r\n", answer)
    return "value"


def memcached():
    question = b"set k 0 0 5\r\nvalue\r\nget k\r\n"
    answer = conversation(("127.0.0.1", 11211), question, lambda got: got.endswith(b"END\r\n"))
    expect(answer == b"STORED\r\nVALUE k 0 5\r\nvalue\r\nEND\r\n", answer)
    return "value"


def dns(name="daimon.test", address="192.0.2.7"):
    """An A record that is in the daemon's configuration."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    question = struct.pack(">6H", 4711, 0x0100, 1, 0, 0, 0) + labels + struct.pack(">2H", 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        connection.settimeout(TIMEOUT)
        connection.connect(("127.0.0.1", 53))
        connection.send(question)
        answer = connection.recv(4096)
    expect(answer[:2] == question[:2] and answer.endswith(socket.inet_aton(address)), answer)
    return address


def mqtt():
    """CONNECT, and the CONNACK that accepts it (MQTT 3.1.1, 3.1 and 3.2)."""
    body = b"\0\4MQTT\4\2\0\x3c\0\4test"
    answer = conversation(("127.0.0.1", 1883), bytes([0x10, len(body)]) + body, lambda got: len(got) >= 4)
    expect(answer == b"\x20\2\0\0", answer)
    return "accepted"


def ftp():
    with socket.create_connection(("127.0.0.1", 21), TIMEOUT) as connection:
        stream = connection.makefile("rwb")
        banner = stream.readline()
        stream.write(b"NOOP\r\nQUIT\r\n")
        stream.flush()
        rest = stream.read()
    expect(banner.startswith(b"220 ") and b"530 " in rest and b"221 " in rest, banner + rest)
    return "220 530 221"


def fastcgi(path, script):
    """What a script prints (FastCGI 1.0: begin, parameters, empty input; the answer's output records)."""
    def record(kind, content):
        return struct.pack(">BBHHBB", 1, kind, 1, len(content), 0, 0) + content

    parameters = {"REQUEST_METHOD": "GET", "SCRIPT_FILENAME": script, "SCRIPT_NAME": "/x", "REQUEST_URI": "/x"}
    pairs = b"".join(bytes([len(k), len(v)]) + k.encode() + v.encode() for k, v in parameters.items())
    question = record(1, struct.pack(">HB5x", 1, 0)) + record(4, pairs) + record(4, b"") + record(5, b"")
    answer = conversation(path, question, lambda _: False)
    expect(b"\r\n\r\nhello from 42" in answer, answer)
    return "hello from 42"


def tls_echo(port, backend_port):
    """A line through the daemon's TLS to a server of ours behind it, and back."""
    with socket.create_server(("127.0.0.1", backend_port)) as backend:
        backend.settimeout(TIMEOUT)

        def serve():
            try:
                connection, _ = backend.accept()
                with connection:
                    connection.sendall(connection.recv(100).upper())
            except OSError:
                pass  # nobody came: the client says so

        server = threading.Thread(target=serve)
        server.start()
        try:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE  # the certificate is the package's self-signed one
            with socket.create_connection(("127.0.0.1", port), TIMEOUT) as plain:
                with context.wrap_socket(plain) as connection:
                    connection.sendall(b"hello")
                    answer = connection.recv(100)
        finally:
            if server.is_alive():
                # The backend's own accept must not outlast the request.
                try:
                    socket.create_connection(("127.0.0.1", backend_port), 1).close()
                except OSError:
                    pass
            server.join()
    expect(answer == b"HELLO", answer)
    return "HELLO"


def command(*arguments, answer=None, text=None):
    """Runs the daemon's own client."""
    done = subprocess.run(arguments, input=(text or "").encode(), capture_output=True, timeout=20, check=False)
    output = done.stdout.decode(errors="replace").strip()
    expect(done.returncode == 0, (output, done.stderr.decode(errors="replace")))
    if answer is not None:
        expect(answer in output, output)
        return answer
    return output


def bus(name, path, member, *arguments, answer):
    return command(
        "dbus-send", "--system", "--print-reply", "--reply-timeout=5000", f"--dest={name}", path, member, *arguments,
        answer=answer)


def log_line(file):
    """A line into the system's log arrives in the file. systemd hands its own log on by this socket of the daemon's."""
    mark = f"mark-{time.monotonic_ns()}"
    place = "/run/systemd/journal/syslog"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as connection:
        connection.connect(place if os.path.exists(place) else "/dev/log")
        connection.send(f"<190>test: {mark}".encode())
    appears(file, mark)
    return "logged"


def appears(file, text=""):
    """Waits until the file is there and holds the text."""
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end:
        try:
            with open(file, encoding="utf-8", errors="replace") as opened:
                if text in opened.read():
                    return "done"
        except FileNotFoundError:
            pass
        time.sleep(0.01)
    raise Refused(f"{file} does not say {text!r}")
