"""A real Sendmail of the test's own: directories, ports, queue and log.

Debian's Sendmail cannot be installed beside Postfix; fetch_sendmail unpacks
it, and it runs from there. What it would ask of the whole machine is its own
by private_host.c. All mail that is accepted goes to one host of the simnet.

The recipe is README's, with other names and ports. Three daemons: SIGNUP with
the recipe's filter; STRICT with the same and F=T; and OTHER without one. SIGNUP
takes logins; a socket of the test's says whose password is right.
"""

import contextlib
import glob
import os
import re
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import threading

from processes import Process, setpriv, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.normpath(os.path.join(HERE, "..", ".."))
FETCHED = os.environ.get("RCPTGUARD_SENDMAIL",
                         os.path.join(TOP, "build", "sendmail"))
NUMBERS = {"SIGNUP": 250, "OTHER": 249, "STRICT": 248}
PASSWORD = "right"

MC = """\
divert(-1)
define(`_USE_ETC_MAIL_')
define(`MAIL_SETTINGS_DIR', `{mail}/')
divert(0)dnl
include(`{cf}/m4/cf.m4')dnl
OSTYPE(`linux')dnl
define(`QUEUE_DIR', `{queue}')dnl
define(`confPID_FILE', `{root}/sendmail.pid')dnl
define(`STATUS_FILE', `{root}/statistics')dnl
define(`ALIAS_FILE', `')dnl
define(`HELP_FILE', `')dnl
define(`confDOMAIN_NAME', `mta.test.example')dnl
define(`confLOG_LEVEL', `14')dnl
define(`confTO_IDENT', `0')dnl
define(`confDELIVERY_MODE', `background')dnl
define(`confAUTH_MECHANISMS', `PLAIN')dnl
define(`confAUTH_OPTIONS', `A')dnl
define(`SMART_HOST', `relay:[{sink}]')dnl
define(`RELAY_MAILER_ARGS', `TCP $h {sink_port}')dnl
define(`LOCAL_MAILER_PATH', `/bin/false')dnl
define(`LOCAL_MAILER_ARGS', `false')dnl
FEATURE(`no_default_msa')dnl
FEATURE(`nocanonify')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`relay_entire_domain')dnl
{recipe}
{extra}
MAILER(`local')dnl
MAILER(`smtp')dnl
LOCAL_CONFIG
ESASL_CONF_PATH={root}/sasl
Cwwhere.example
C{{R}}127.
"""
SASL = """\
pwcheck_method: saslauthd
saslauthd_path: {root}/sasl/mux
mech_list: PLAIN
"""


def tree():
    """Where Sendmail's files are: of the machine, or fetched; or None."""
    for place in ("/", FETCHED):
        if os.access(os.path.join(place, "usr/libexec/sendmail/sendmail"),
                     os.X_OK):
            return place
    return None


def missing():
    """Why there can be no Sendmail here; or None."""
    if os.geteuid() != 0:
        return "a private Sendmail needs root"
    if tree() is None:
        return f"no Sendmail in {FETCHED}: tests/integration/fetch_sendmail " \
            "puts it there (contrib/quickstart test calls it)"
    if shutil.which("m4") is None:
        return "m4 is not installed (Debian package m4)"
    return None


def recipe():
    """(filter, daemon): the lines of README's recipe."""
    with open(os.path.join(TOP, "README"), encoding="utf-8") as file:
        text = file.read()
    return [re.search(rf"^ +({word}\(.*?\)dnl)$", text,
                      re.M | re.S).group(1)
            for word in ("MAIL_FILTER", "DAEMON_OPTIONS")]


class Passwords:
    """What saslauthd is: says whether a password is right."""

    def __init__(self, path):
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(path)
        self.server.listen(10)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            with client, client.makefile("rwb") as file:
                words = [file.read(struct.unpack("!H", file.read(2))[0])
                         for _ in range(4)]
                answer = b"OK" if words[1] == PASSWORD.encode() else b"NO"
                file.write(struct.pack("!H", len(answer)) + answer)

    def close(self):
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.thread.join()


class Sendmail:
    # Sendmail opens no socket below a directory that all may write to.
    PARENT = "/var/lib"
    group = ""          # the daemon is root: it needs no group

    def __init__(self, workspace, network, sink, with_guard=True, extra=""):
        """extra: more lines of the .mc file."""
        self.workspace, self.network, self.sink = workspace, network, sink
        self.port = network.mta_port
        self.address, self.other_address = (
            network.address(NUMBERS[name]) for name in ("SIGNUP", "OTHER"))
        self.root = workspace.directory("sendmail")
        self.queue = workspace.directory("sendmail", "queue", mode=0o700)
        self.socket_directory = workspace.file("sendmail", "rcptguard")
        self.socket_owner = {"mode": 0o755}
        self.maillog = workspace.file("maillog")
        self.with_guard, self.extra = with_guard, extra
        self.process = None

    def recipe(self):
        """README's lines; each word that is put in must be there."""
        lines = "\f".join(recipe())
        for old, new in (
                ("/run/rcptguard-milter", self.socket_directory),
                ("Port=587", f"Port={self.port}"),
                ("Addr=127.0.0.1", "Addr=" + self.address)):
            assert old in lines, old
            lines = lines.replace(old, new)
        the_filter, daemon = lines.split("\f")
        if not self.with_guard:
            return self.other(daemon, "SIGNUP", "")
        return "\n".join((
            the_filter, daemon,
            the_filter.replace("`rcptguard'", "`strict'").replace(
                "T=C", "F=T, T=C"),
            self.other(daemon, "STRICT", "strict"),
            self.other(daemon, "OTHER", "")))

    def other(self, daemon, name, filters):
        daemon = daemon.replace("SIGNUP", name).replace(
            self.address, self.network.address(NUMBERS[name]))
        return re.sub(r"InputMailFilters=\w+", "InputMailFilters=" + filters,
                      daemon)

    def write_config(self):
        cf = os.path.join(tree(), "usr/share/sendmail/cf")
        os.makedirs(os.path.join(self.root, "sasl"), exist_ok=True)
        self.workspace.write("", "sendmail", "statistics")
        self.workspace.write(SASL.format(root=self.root),
                             "sendmail", "sasl", "Sendmail.conf", mode=0o600)
        self.workspace.write(MC.format(
            root=self.root, mail=self.root, queue=self.queue, cf=cf,
            sink=self.sink, sink_port=self.network.smtp_port,
            recipe=self.recipe(), extra=self.extra), "sendmail.mc")
        done = subprocess.run(
            ["m4", f"-D_CF_DIR_={cf}/", self.workspace.file("sendmail.mc")],
            capture_output=True, text=True, check=True)
        self.workspace.write(done.stdout, "sendmail.cf")

    def library(self):
        path = self.workspace.file("private_host.so")
        subprocess.run(shlex.split(os.environ.get("CC", "cc"))
                       + ["-shared", "-fPIC", "-O1", "-o", path,
                          os.path.join(HERE, "private_host.c")], check=True)
        return path

    def start(self):
        self.write_config()
        passwords = Passwords(os.path.join(self.root, "sasl", "mux"))
        self.workspace.at_end(passwords.close)
        place = tree()
        self.process = Process("sendmail", setpriv() + [
            "env", "LD_PRELOAD=" + self.library(),
            "LD_LIBRARY_PATH=" + ":".join(
                glob.glob(os.path.join(place, "usr/lib/*-linux-*"))),
            "PRIVATE_HOST_NAME=mta.test.example",
            "PRIVATE_HOST_LOG=" + self.maillog,
            os.path.join(place, "usr/libexec/sendmail/sendmail"),
            "-C", self.workspace.file("sendmail.cf"), "-bD"],
            self.workspace.file("sendmail.out"))
        self.workspace.at_end(self.stop)
        wait_for("Sendmail", self.ready)
        return self

    def ready(self):
        if not self.process.alive():
            raise RuntimeError("Sendmail ended: " + self.log()
                               + self.process.output())
        with socket.socket() as sock:
            return sock.connect_ex((self.other_address, self.port)) == 0

    def log(self):
        try:
            with open(self.maillog, encoding="utf-8",
                      errors="replace") as file:
                return file.read() + self.process.output()
        except FileNotFoundError:
            return ""

    def stop(self):
        """Ends the daemon and the children of its sessions."""
        if self.process is None:
            return
        self.process.stop()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
