"""rcptguard-probe and rcptguard-milter, two users, and their configuration."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess

from processes import Process, setpriv, wait_for

# Numbers without names: the tests add no users to the machine.
PROBE_UID, MILTER_UID, SHARED_GID = 61001, 61002, 61000
BUILD = os.environ.get("RCPTGUARD_BUILD", os.getcwd())
RULES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..",
                     "etc")
PROGRAMS = {"rcptguard-probe": "probe", "rcptguard-milter": "milter",
            "rcptguard": "cli"}

# A time, wherever JSON has one.
TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"

CONFIG = """\
state_dir = "{root}/state";
run_dir = "{root}/run";
identity: {{
  helo = "{helo}";
  sender = "{sender}";
  contact = "{sender}";
  preflight = "{preflight}"; {identity_keys}
}};
dns: {{ servers = [ {dns} ]; timeout = "{dns_timeout}"; }};
smtp: {{
  port = {port};
  connect_timeout = "{connect_timeout}";
  reply_timeout = "{reply_timeout}";
  session_timeout = "{session_timeout}";
  allow_networks = [ {allow} ];
  {smtp_keys}
}};
store: {{ max_size = "64MiB"; }};
budget: {{ enabled = {budget}; }};
log: {{ verdicts = "{root}/log/verdicts.jsonl"; {log_keys} }};
milter: {{ socket = "{milter_socket}"; group = "{group}"; {milter_keys} }};
probe: {{
  metrics = "{metrics}"; page = "{page}"; group = "{probe_group}";
  replies = "{root}/etc/replies.conf"; providers = "{root}/etc/providers.conf";
  {probe_keys}
}};
guards = (
{guards}
);
"""


def guard(name="signup", match="", mode="enforce", wait="3s",
          flood="enabled = false;", **actions):
    """One guard of the configuration; actions by state.

    Its limits are off unless the test is about them: cases have many bad
    addresses, and the same good one again and again.
    """
    acts = {"undeliverable": "reject", **actions}
    words = " ".join(f'{k} = "{v}";' for k, v in acts.items())
    return (f'  {{ name = "{name}"; match: {{ {match} }}; mode = "{mode}";'
            f' wait = "{wait}"; flood: {{ {flood} }};'
            f' actions: {{ {words} }}; }}')


def missing():
    """The program that is not built yet, or None."""
    for name, directory in PROGRAMS.items():
        path = os.path.join(BUILD, directory, name)
        if not os.access(path, os.X_OK):
            return f"{path} is not built"
    return None


class Guard:
    """The two daemons before a mail server, watching a simnet."""

    def __init__(self, workspace, network, simnet, mta, guards=None,
                 **settings):
        self.workspace, self.mta = workspace, mta
        self.probe = self.milter = None
        self.copy_programs()
        self.directories()
        self.socket = os.path.join(mta.socket_directory, "milter.sock")
        self.settings = {
            "root": workspace.path, "dns": f'"{simnet.dns}"',
            "dns_timeout": "2s", "helo": "verify.test.example",
            "sender": "postmaster@verify.test.example", "budget": "false",
            "preflight": "off", "identity_keys": "",
            "port": network.smtp_port, "allow": f'"{network.cidr}"',
            "connect_timeout": "5s", "reply_timeout": "10s",
            "session_timeout": "30s", "milter_socket": "unix:" + self.socket,
            "group": mta.group, "metrics": "", "page": "",
            "milter_keys": "", "probe_group": "", "probe_keys": "",
            "smtp_keys": "", "log_keys": "", **settings}
        self.configure(guards or [guard()])

    def copy_programs(self):
        """Also the rules; the daemons' users may not enter the build."""
        self.workspace.directory("bin")
        for name, directory in PROGRAMS.items():
            shutil.copy(os.path.join(BUILD, directory, name),
                        self.workspace.file("bin", name))
        etc = self.workspace.directory("etc")
        for name in ("replies.conf", "providers.conf"):
            shutil.copy(os.path.join(RULES, name), etc)

    def directories(self):
        w = self.workspace
        shared = {"mode": 0o2750, "uid": PROBE_UID, "gid": SHARED_GID}
        w.directory("state", **shared)
        w.directory("run", **shared)
        w.directory("log", **shared)
        w.directory(self.mta.socket_directory, uid=MILTER_UID,
                    **self.mta.socket_owner)

    def configure(self, guards):
        self.config = self.workspace.write(
            CONFIG.format(guards=",\n".join(guards), **self.settings),
            "rcptguard.conf")

    around = ()         # words that a daemon is started within, as root

    def spawn(self, name, uid):
        return Process(
            name, [*self.around] + setpriv(uid, SHARED_GID) + [
                self.workspace.file("bin", name), "--config", self.config],
            self.workspace.file(name + ".err"),
            {"RCPTGUARD_LOG": "stderr",
             "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0",
             "UBSAN_OPTIONS": "print_stacktrace=1"})

    @property
    def probe_socket(self):
        return self.workspace.file("run", "probe.sock")

    def start_probe(self, checked=True):
        """checked: once preflight's first round has ended.

        Where preflight is enforced no probe leaves before that, and whoever
        asks is told preflight_failed.
        """
        self.probe = self.spawn("rcptguard-probe", PROBE_UID)
        wait_for("socket of the probe",
                 lambda: answers(self.probe, self.probe_socket))
        if checked and self.has_preflight():
            wait_for("preflight's first round",
                     lambda: self.has_said("preflight: "))

    def has_preflight(self):
        """As the file says now: a test may have written it anew."""
        with open(self.config, encoding="utf-8") as file:
            return re.search(r'preflight = "(\w+)"',
                             file.read()).group(1) != "off"

    def has_said(self, words):
        must_live(self.probe)
        return words in self.probe.said()

    def start_milter(self):
        self.milter = self.spawn("rcptguard-milter", MILTER_UID)
        wait_for("socket of the milter",
                 lambda: answers(self.milter, self.socket))

    def start(self):
        self.workspace.at_end(self.stop)
        self.start_probe()
        self.start_milter()
        return self

    def stop(self):
        """Ends both; anything but a clean end is a failure of the test."""
        faults = []
        for process in (self.milter, self.probe):
            if process is None or process.child.returncode is not None:
                continue
            status = process.stop()
            if status != 0:
                faults.append(f"{process.name} ended with {status}:\n"
                              + process.output()[-4000:])
        for process in (self.milter, self.probe):
            if process is not None and "Sanitizer" in process.output():
                faults.append(f"{process.name}:\n{process.output()[-8000:]}")
        if faults:
            raise AssertionError("\n".join(faults))

    def hang_probe(self):
        self.probe.signal(signal.SIGSTOP)

    def wake_probe(self):
        self.probe.signal(signal.SIGCONT)

    def cli(self, *words):
        """The command line of the tool, as root, with our configuration."""
        return [self.workspace.file("bin", "rcptguard"), words[0],
                "--config", self.config, *words[1:]]

    def ask_tool(self, *words):
        """What the admin's command prints as JSON."""
        done = subprocess.run(self.cli(*words), capture_output=True,
                              timeout=120, check=False)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def status(self):
        return self.ask_tool("status", "--json")["probe"]

    def stored(self, address):
        """The state in the store, or None."""
        found = self.ask_tool("cache", "get", address, "--json")
        return found and found["state"]

    def verdicts(self):
        """The verdict log's whole lines, as objects."""
        try:
            with open(self.workspace.file("log", "verdicts.jsonl"),
                      encoding="utf-8") as file:
                # at once: a line read in two halves would be two lines
                return [json.loads(line)
                        for line in file.read().split("\n")[:-1]]
        except FileNotFoundError:
            return []

    def logs(self):
        return "".join(f"--- {p.name}\n{p.output()[-6000:]}"
                       for p in (self.probe, self.milter) if p is not None)


def must_live(process):
    if not process.alive():
        raise RuntimeError(f"{process.name} ended with "
                           f"{process.child.returncode}:\n{process.output()}")


def answers(process, path):
    """Whether a server takes connections at path."""
    must_live(process)
    with socket.socket(socket.AF_UNIX) as sock:
        try:
            sock.connect(path)
        except OSError:
            return False
    return True
