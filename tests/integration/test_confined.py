#!/usr/bin/env python3
"""Both daemons, confined as their units have it, do all that they are for.

A system call that a unit takes away ends the daemon, so each case also shows
that none of them is needed.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import unittest

import confine
import harness
import test_salvage
from guard import BUILD, MILTER_UID, PROBE_UID, SHARED_GID, Guard, guard
from harness import wait_for
from processes import Process

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = pathlib.Path(HERE).parents[1]
WATCHDOG_MS = 1000
LOG_DIRECTORY = "/var/log/rcptguard"

SCENARIO = r"""
host mx1 pipelining rcpt alice ok rcpt known* ok
host tls starttls pipelining rcpt alice ok
host any pipelining rcpt * ok
host later pipelining rcpt * greylist 1h
domain good.example   mx 10 mx1
domain tls.example    mx 10 tls
domain any.example    mx 10 any
domain later.example  mx 10 later
domain gone.example   nxdomain
"""
ROWS = [
    ("alice@good.example", 250, "accepted"),
    ("nobody@good.example", 550, "no_such_user"),
    ("alice@tls.example", 250, "accepted"),
    ("alice@any.example", 250, "catch_all"),
    ("alice@later.example", 250, "greylisted"),
    ("alice@gone.example", 550, "no_such_domain"),
]


def unit_of(name):
    return os.path.join(BUILD, "contrib/systemd", name + ".service")


def signal_of_reload(name):
    """As the unit's ExecReload names it."""
    words = [v.split() for n, v in confine.directives(unit_of(name))
             if n == "ExecReload" and "kill" in v]
    return getattr(signal, "SIG" + words[-1][1].lstrip("-"))


class Manager:
    """What sd_notify(3) tells to."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        os.chmod(path, 0o666)
        self.socket.setblocking(False)
        self.path = path
        self.words = []

    def told(self):
        """All so far, the sign of life once only."""
        while True:
            try:
                word = self.socket.recv(4096).decode()
            except BlockingIOError:
                return self.words
            if not (word == "WATCHDOG=1" and word in self.words):
                self.words.append(word)

    def forget(self):
        self.told()
        self.words = []


def with_a_name(workspace, file, line):
    """A copy of a file of /etc, with one line more."""
    return workspace.write(
        pathlib.Path("/etc", file).read_text(encoding="utf-8") + line + "\n",
        "etc-" + file)


class Confined(Guard):
    def __init__(self, workspace, *rest, **settings):
        notices = workspace.directory("notices", mode=0o750, uid=PROBE_UID,
                                      gid=SHARED_GID)
        self.group = with_a_name(workspace, "group",
                                 f"rcptguard:x:{SHARED_GID}:")
        super().__init__(workspace, *rest, **settings,
                         probe_group="rcptguard",
                         log_keys=f'notices = "{notices}";')
        self.managers = {
            name: Manager(workspace.file(name + ".notify"))
            for name in ("rcptguard-probe", "rcptguard-milter")}

    def within(self, name, *words):
        """A command line that runs words as the unit of name would."""
        places = {
            "/var/lib/rcptguard": self.workspace.file("state"),
            LOG_DIRECTORY: self.workspace.file("log"),
            "/run/rcptguard": self.workspace.file("run"),
            "/var/spool/rcptguard": self.workspace.file("notices"),
            "/var/spool/postfix/rcptguard": self.mta.socket_directory,
            "/etc/group": self.group,
        }
        uid = PROBE_UID if name == "rcptguard-probe" else MILTER_UID
        return [sys.executable, os.path.join(HERE, "confine.py"),
                unit_of(name), str(uid), str(SHARED_GID),
                self.workspace.path, *(f"{a}={b}" for a, b in places.items()),
                "--", *words]

    def spawn(self, name, uid):
        manager = self.managers[name]
        manager.forget()
        return Process(
            name, self.within(name, self.workspace.file("bin", name),
                              "--config", self.config),
            self.workspace.file(name + ".err"),
            # The sanitizer's search for leaks would need ptrace(2).
            {"ASAN_OPTIONS": "detect_leaks=0", "RCPTGUARD_LOG": "stderr",
             "NOTIFY_SOCKET": manager.path,
             "WATCHDOG_USEC": str(WATCHDOG_MS * 1000)})


class ConfinedSite(harness.Site):
    GUARD = Confined


class Units(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = ConfinedSite(
            SCENARIO, [guard(wait="8s")], preflight="warn", budget="true")
        cls.addClassCleanup(cls.site.close)
        cls.guard = cls.site.guard

    def run(self, result=None):
        before = len(result.failures) if result else 0
        out = super().run(result)
        if result and len(result.failures) > before:
            print("\n".join("# " + line
                            for line in self.site.logs().splitlines()))
        return out

    def daemon(self, name):
        return self.guard.probe if name == "rcptguard-probe" \
            else self.guard.milter

    def judged(self, address, reason):
        reply = self.site.rcpt(address)
        self.assertEqual(self.site.verdict(address)["reason"], reason)
        return reply.code

    def test_it_judges(self):
        for address, code, reason in ROWS:
            with self.subTest(address):
                self.assertEqual(self.judged(address, reason), code)

    def test_files_that_it_reads_by_name_are_there(self):
        for name, folder in (("rcptguard-probe", "probe"),
                             ("rcptguard-milter", "milter")):
            for source in (*TOP.glob(folder + "/*.c"),
                           *TOP.glob("common/*.c")):
                for path in re.findall(r'"(/(?:proc|sys|dev)/[^"]+)"',
                                       source.read_text(encoding="utf-8")):
                    with self.subTest(f"{name} {path}"):
                        subprocess.run(self.guard.within(
                            name, "/usr/bin/head", "-c1", path), check=True,
                            capture_output=True, timeout=60)

    def test_the_manager_is_told_of_life_and_reload(self):
        for name, manager in self.guard.managers.items():
            with self.subTest(name):
                wait_for("sign of life", lambda m=manager:
                         "WATCHDOG=1" in m.told())
                self.assertIn("READY=1", manager.told())
                manager.forget()
                self.daemon(name).signal(signal_of_reload(name))
                wait_for("end of the reload", lambda m=manager:
                         "READY=1" in m.told())
                self.assertEqual([w for w in manager.told()
                                  if w != "WATCHDOG=1"],
                                 ["RELOADING=1", "READY=1"])

    def test_a_reload_is_checked_first_while_it_runs(self):
        for name in self.guard.managers:
            with self.subTest(name):
                check = self.guard.within(
                    name, self.guard.workspace.file("bin", name), "--check",
                    "--config", self.guard.config)
                self.assertEqual(self.status(check), 0)
                self.with_wrong_settings(
                    lambda c=check: self.assertEqual(self.status(c), 78))

    @staticmethod
    def status(command):
        return subprocess.run(command, capture_output=True, check=False,
                              env={**os.environ, "ASAN_OPTIONS":
                                   "detect_leaks=0"},
                              timeout=120).returncode

    def with_wrong_settings(self, action):
        good = self.guard.config + ".good"
        shutil.copy(self.guard.config, good)
        with open(self.guard.config, "a", encoding="utf-8") as file:
            file.write("no_such_key = 1;\n")
        try:
            action()
        finally:
            os.replace(good, self.guard.config)

    def test_a_damaged_store_is_salvaged(self):
        self.site.until_stored("known-1@good.example")
        path = self.site.workspace.file("state", "verdicts.mdb")
        self.guard.probe.stop()
        with open(path, "r+b") as file:
            octets = file.read()
            for at in range(2 * test_salvage.PAGE, len(octets),
                            test_salvage.PAGE):
                page = octets[at:at + test_salvage.PAGE]
                if test_salvage.A_VERDICT in page:
                    file.seek(at + test_salvage.PAGE // 2)
                    file.write(bytes(test_salvage.PAGE // 2))
        self.guard.start_probe()
        self.assertIn("saved from it: ", self.guard.probe.said())
        self.assertEqual(self.judged("known-2@good.example", "accepted"), 250)

    def test_zz_both_end_well(self):
        for name, manager in self.guard.managers.items():
            with self.subTest(name):
                self.assertEqual(self.daemon(name).stop(), 0)
                self.assertIn("STOPPING=1", manager.told())


class Rotation(unittest.TestCase):
    """The shipped rules, by the real logrotate, on a probe that writes."""

    @classmethod
    def setUpClass(cls):
        cls.site = ConfinedSite(SCENARIO, [guard(wait="8s")])
        cls.addClassCleanup(cls.site.close)

    def setUp(self):
        self.guard = self.site.guard
        self.work = self.site.workspace
        self.log = pathlib.Path(self.work.file("log", "verdicts.jsonl"))
        self.names = {
            "group": self.guard.group,
            "passwd": with_a_name(
                self.work, "passwd", f"rcptguard-probe:x:{PROBE_UID}:"
                f"{SHARED_GID}::/:/bin/false")}
        self.work.write("#!/bin/sh\n"
                        '[ "$1" = -USR1 ] && shift || exit 2\n'
                        f'pgrep "$@" | grep -qx {self.guard.probe.pid} '
                        f"&& kill -USR1 {self.guard.probe.pid}\n",
                        "bin", "pkill", mode=0o755)

    def rotate(self):
        """With users and the directory of an installation.

        Other tests' probes have that name and user, too: pkill's choice is
        asked for, and only ours is signalled.
        """
        script = " && ".join([
            *(f"mount --bind {path} /etc/{file}"
              for file, path in self.names.items()),
            "mount -t tmpfs none /var/log", f"mkdir {LOG_DIRECTORY}",
            f"mount --bind {self.work.file('log')} {LOG_DIRECTORY}",
            f"exec logrotate --force --state {self.work.file('rotated')} "
            f"{TOP / 'contrib/logrotate/rcptguard'}"])
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-c", script], capture_output=True,
            text=True, check=False, timeout=120,
            env={**os.environ, "PATH": self.work.file("bin")
                 + ":/usr/sbin:/usr/bin:/sbin:/bin"})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        wait_for("new log", self.log.exists)

    def addresses(self, path):
        return [json.loads(line)["address"]
                for line in path.read_text(encoding="utf-8").splitlines()]

    def test_lines_go_on_in_a_new_file(self):
        before = self.log.with_name("verdicts.jsonl.1")
        self.written("known-a@good.example")
        self.rotate()
        self.written("known-b@good.example")
        self.assertIn("known-a@good.example", self.addresses(before))
        self.assertNotIn("known-a@good.example", self.addresses(self.log))
        with open(self.guard.config, "a", encoding="utf-8") as file:
            file.write("no_such_key = 1;\n")
        self.rotate()
        self.written("known-c@good.example")
        self.assertEqual(self.addresses(before), ["known-b@good.example"])
        self.assertEqual(self.addresses(self.log), ["known-c@good.example"])
        self.assertTrue(self.log.with_name("verdicts.jsonl.2.gz").exists())
        st = self.log.stat()
        self.assertEqual((st.st_mode & 0o777, st.st_uid, st.st_gid),
                         (0o640, PROBE_UID, SHARED_GID))

    def written(self, address):
        self.site.rcpt(address)
        wait_for("line on " + address, lambda: self.log.exists()
                 and address in self.addresses(self.log))


def cannot():
    if os.geteuid() != 0:
        return "to confine a daemon as systemd does takes root"
    for program, package in (("systemd-analyze", "systemd"),
                             ("logrotate", "logrotate"),
                             ("pgrep", "procps")):
        if not shutil.which(program, path="/usr/sbin:/usr/bin"):
            return f"{program} is missing: apt-get install {package}"
    if subprocess.run(["unshare", "--mount", "true"], check=False,
                      capture_output=True).returncode != 0:
        return "no mounts may be made here"
    return None


if __name__ == "__main__":
    if cannot():
        harness.tap.skip_all(cannot())
    harness.main()
