"""catalogue: the daemons that are tried, what an administrator would configure of them, and what they are asked.

The unit files are the packages' own. The configuration adds only what a request needs and the package cannot know: a name to
resolve, a page to serve, a certificate. Units are started one after the other, so several may want the same port.
"""
import glob
import os
import pwd
import shutil

import clients

SCRIPT = "/var/www/html/hello.php"
CRON_MARK = "/run/daimon-test-cron"
AT_MARK = "/run/daimon-test-at"
LOG = "/var/log/daimon-test.log"

CONFIGURATION = {
    SCRIPT: '<?php echo "hello from ", 40 + 2;\n',
    "/var/www/html/index.html": "hello\n",
    "/etc/cron.d/daimon-test": f"@reboot root echo done >{CRON_MARK}\n",
    "/etc/dnsmasq.d/daimon-test.conf": "no-resolv\nno-hosts\naddress=/daimon.test/192.0.2.7\n",
    "/etc/unbound/unbound.conf.d/daimon-test.conf": 'server:\n  local-data: "daimon.test. A 192.0.2.7"\n',
    "/etc/rsyslog.d/daimon-test.conf": f"local7.* {LOG}\n",
    "/etc/stunnel/echo.conf":
        "foreground = yes\npid =\n[echo]\naccept = 127.0.0.1:8443\nconnect = 127.0.0.1:8444\n"
        "cert = /etc/ssl/certs/ssl-cert-snakeoil.pem\nkey = /etc/ssl/private/ssl-cert-snakeoil.key\n",
}
APPENDED = {
    "/etc/haproxy/haproxy.cfg":
        "\nlisten daimon-test\n\tbind 127.0.0.1:8404\n\thttp-request return status 200 content-type text/plain string hello\n",
}


def configure():
    """Writes the configuration; once, before anything is started."""
    several = " ".join(sorted({unit for pair in ordered() for unit in pair}))
    together = f"[Unit]\nWants={several}\nPropagatesStopTo={several} {' '.join(TARGETS)}\n"
    for path, text in {**CONFIGURATION, f"/etc/systemd/system/{TOGETHER}": together}.items():
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    for path, text in APPENDED.items():
        with open(path, "a", encoding="utf-8") as file:
            file.write(text)
    key = "/root/.ssh/id_ed25519"
    os.makedirs("/root/.ssh", mode=0o700, exist_ok=True)
    if not os.path.exists(key):
        clients.command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
        os.rename(key + ".pub", "/root/.ssh/authorized_keys")


def remove(*paths):
    for path in paths:
        try:
            os.remove(path)
        except FileNotFoundError:
            pass


def cron():
    # Once for each start of the daemon: it keeps in mind in /run that the machine's start was seen.
    return clients.appears(CRON_MARK)


def at():
    remove(AT_MARK)
    clients.command("at", "now", text=f"echo done >{AT_MARK}\n")
    return clients.appears(AT_MARK)


def ssh():
    return clients.command(
        "ssh", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "BatchMode=yes",
        "-o", "ConnectTimeout=5", "root@127.0.0.1", "echo hello; id -u", answer="hello\n0")


def postgresql():
    return clients.command("runuser", "-u", "postgres", "--", "psql", "-AtXc", "select 40 + 2", answer="42")


def avahi():
    return clients.bus(
        "org.freedesktop.Avahi", "/", "org.freedesktop.Avahi.Server.GetVersionString", answer='string "avahi')


def network():
    return clients.bus(
        "org.freedesktop.network1", "/org/freedesktop/network1", "org.freedesktop.network1.Manager.ListLinks",
        answer='string "lo"')


def wpa():
    return clients.bus(
        "fi.w1.wpa_supplicant1", "/fi/w1/wpa_supplicant1", "org.freedesktop.DBus.Properties.Get",
        "string:fi.w1.wpa_supplicant1", "string:DebugLevel", answer='variant       string "info"')


MANUALS = "/var/cache/man"


def remove_manuals():
    shutil.rmtree(MANUALS, ignore_errors=True)


def manuals():
    # The first command makes the folder anew as root, the second fills it as another user.
    if os.stat(MANUALS).st_uid != pwd.getpwnam("man").pw_uid:
        raise clients.Refused(f"{MANUALS} is another user's")
    return clients.appears(f"{MANUALS}/CACHEDIR.TAG")


class Daemon:
    """One unit: `request` is asked after each start, reload and restart; `before` makes way for a start; `spoiled` is a file
    of its configuration, and what makes a bad one of it."""

    def __init__(self, unit, request=None, before=None, spoiled=None):
        self.unit = unit
        self.request = request
        self.before = before or (lambda: None)
        self.spoiled = spoiled


def of_this_machine(pattern, folder="/usr/lib/systemd/system"):
    """The name of a unit whose version is a part of it, as in php8.2-fpm."""
    found = sorted(glob.glob(f"{folder}/{pattern}"))
    if len(found) != 1:
        raise SystemExit(f"daemons: {folder}/{pattern} is to be one file, and is {found}")
    return os.path.basename(found[0])


# A target of ours makes one transaction of them: several names on a command line are one after the other to systemd.
TOGETHER = "daimon-test-together.target"
TARGETS = ["network.target", "network-online.target", "nss-lookup.target"]


def ordered():
    """Pairs of which the first is to be up before the second begins, by what their files say."""
    cluster = f"postgresql@{os.path.basename(glob.glob('/etc/postgresql/*')[0])}-main.service"
    return [
        # Of the second: After=rsyslog.service. Of the first: Before=postgresql.service.
        ("rsyslog.service", "haproxy.service"),
        (cluster, "postgresql.service"),
        # By network.target, which the first wants and comes before, and the second comes after.
        ("wpa_supplicant.service", "redis-server.service"),
        ("wpa_supplicant.service", "ssh.service"),
        ("wpa_supplicant.service", cluster),
        # By nss-lookup.target, in the same way.
        ("unbound.service", "nginx.service"),
    ]


def daemons():
    cluster = os.path.basename(glob.glob("/etc/postgresql/*")[0])
    php = of_this_machine("php*-fpm.service")
    php_socket = f"/run/php/{php.removesuffix('.service')}.sock"
    fpm = f"/etc/php/{php.removeprefix('php').removesuffix('-fpm.service')}/fpm/php-fpm.conf"
    return [
        # Type=forking
        Daemon("nginx.service", lambda: clients.http(80, server="nginx"), spoiled=("/etc/nginx/nginx.conf", "nonsense;")),
        Daemon("apache2.service", lambda: clients.http(80, server="apache"),
               spoiled=("/etc/apache2/apache2.conf", "Nonsense")),
        Daemon("dnsmasq.service", clients.dns, spoiled=("/etc/dnsmasq.conf", "nonsense")),
        Daemon("privoxy.service", lambda: clients.http(8118, "http://config.privoxy.org/"),
               spoiled=("/etc/privoxy/config", "actionsfile nonsense.action")),
        Daemon(f"postgresql@{cluster}-main.service", postgresql,
               spoiled=(f"/etc/postgresql/{cluster}/main/postgresql.conf", "nonsense = on")),
        # Type=oneshot
        Daemon("postgresql.service"),
        Daemon("man-db.service", manuals, remove_manuals),
        # Type=notify
        Daemon("redis-server.service", clients.redis, spoiled=("/etc/redis/redis.conf", "nonsense on")),
        Daemon("haproxy.service", lambda: clients.http(8404), spoiled=("/etc/haproxy/haproxy.cfg", "nonsense")),
        Daemon("mosquitto.service", clients.mqtt, spoiled=("/etc/mosquitto/mosquitto.conf", "nonsense on")),
        Daemon("rsyslog.service", lambda: clients.log_line(LOG)),
        Daemon("ssh.service", ssh, spoiled=("/etc/ssh/sshd_config", "Nonsense yes")),
        Daemon("unbound.service", clients.dns, spoiled=("/etc/unbound/unbound.conf", "nonsense: yes")),
        Daemon(php, lambda: clients.fastcgi(php_socket, SCRIPT), spoiled=(fpm, "nonsense = 1")),
        # Type=notify-reload
        Daemon("systemd-networkd.service", network),
        # Type=simple
        Daemon("lighttpd.service", lambda: clients.http(80, server="lighttpd"),
               spoiled=("/etc/lighttpd/lighttpd.conf", "nonsense")),
        Daemon("memcached.service", clients.memcached, spoiled=("/etc/memcached.conf", "-l nonsense.invalid")),
        Daemon("cron.service", cron, lambda: remove(CRON_MARK, "/run/crond.reboot")),
        Daemon("atd.service", at),
        Daemon("vsftpd.service", clients.ftp, spoiled=("/etc/vsftpd.conf", "nonsense=YES")),
        Daemon("tinyproxy.service", lambda: clients.http(8888, "http://tinyproxy.stats/"),
               spoiled=("/etc/tinyproxy/tinyproxy.conf", "Nonsense yes")),
        Daemon("stunnel@echo.service", lambda: clients.tls_echo(8443, 8444),
               spoiled=("/etc/stunnel/echo.conf", "nonsense = 1")),
        # Type=dbus
        Daemon("avahi-daemon.service", avahi, spoiled=("/etc/avahi/avahi-daemon.conf", "[nonsense]")),
        Daemon("wpa_supplicant.service", wpa),
    ]
