"""rcptguard-probe alone with a simnet, and a client of its socket."""

import collections
import ctypes
import json
import mmap
import os
import shlex
import socket
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "simnet")]

import client                                               # noqa: E402
import network                                              # noqa: E402
import tap                                                  # noqa: E402
from guard import BUILD, Guard, PROBE_UID, SHARED_GID       # noqa: E402
from processes import Process, Workspace, setpriv, wait_for  # noqa: E402

__all__ = ["ProbeSite", "Wire", "tap", "wait_for"]

NoMta = collections.namedtuple("NoMta", "socket_directory socket_owner group")


class Wire:
    """One connection to the probe; answers come in any order."""

    def __init__(self, path, timeout=120):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(timeout)
        self.sock.connect(path)
        self.file = self.sock.makefile("r", encoding="utf-8", newline="\n")

    @staticmethod
    def message(request, **attrs):
        lines = [f"request={request}", "wire=1"]
        lines += [f"{name}={value}" for name, value in attrs.items()]
        return ("\n".join(lines) + "\n\n").encode()

    def send(self, request, **attrs):
        self.sock.sendall(self.message(request, **attrs))

    def answer(self):
        """The next answer; None at the end of the connection."""
        attrs = {}
        while True:
            line = self.file.readline()
            if not line:
                return None
            if line == "\n":
                return attrs
            name, _, value = line.rstrip("\n").partition("=")
            attrs[name] = value

    def ask(self, request, **attrs):
        self.send(request, id="q", **attrs)
        return self.answer()

    def verify(self, address, **attrs):
        return self.ask("verify", address=address, **attrs)

    def close(self):
        self.file.close()
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def preloaded(workspace, name):
    """The library that NAME.c makes, for LD_PRELOAD."""
    library = workspace.file(name + ".so")
    subprocess.run(shlex.split(os.environ.get("CC", "cc"))
                   + ["-D_GNU_SOURCE", "-shared", "-fPIC", "-O1", "-o",
                      library, os.path.join(HERE, name + ".c"), "-ldl"],
                   check=True)
    return library


def shared(path, kind):
    """What is in the file, for programs that read it at any moment: each write
    of a number is whole, where that of struct.pack_into begins with zeros."""
    with open(path, "r+b") as file:
        return kind.from_buffer(mmap.mmap(file.fileno(),
                                          ctypes.sizeof(kind)))


class FailingMemory:
    """Makes a program's allocations fail, one in so many."""

    def __init__(self, workspace):
        self.library = preloaded(workspace, "fail_malloc")
        path = workspace.write("\0" * 8, "memory", mode=0o666)
        self.counts = shared(path, ctypes.c_uint32 * 2)
        # A preloaded library comes before the sanitizer's.
        self.words = ["env", f"LD_PRELOAD={self.library}",
                      f"FAIL_MALLOC={path}",
                      "ASAN_OPTIONS=verify_asan_link_order=0:"
                      "allocator_may_return_null=1:detect_leaks=1"]

    def rate(self, n):
        self.counts[0] = n

    def failed(self):
        return self.counts[1]


def has_own_clock():
    """A sanitizer that is linked in whole comes before what is preloaded."""
    done = subprocess.run(
        ["nm", "-D", "--defined-only",
         os.path.join(BUILD, "probe", "rcptguard-probe")],
        capture_output=True, text=True, check=False)
    return " clock_gettime" in done.stdout


class Clock:
    """Makes a program's clocks run ahead."""

    def __init__(self, workspace):
        path = workspace.write("\0" * 8, "clock", mode=0o644)
        self.seconds = shared(path, ctypes.c_int64)
        # A preloaded library comes before the sanitizer's.
        self.words = ["env",
                      f"LD_PRELOAD={preloaded(workspace, 'shift_clock')}",
                      f"SHIFT_CLOCK={path}",
                      "ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=1"]

    def ahead(self):
        return self.seconds.value

    def forward(self, seconds):
        self.seconds.value += seconds


class ProbeGuard(Guard):
    before = ()

    def command(self, name, uid):
        return setpriv(uid, SHARED_GID) + [
            *self.before, self.workspace.file("bin", name), "--config",
            self.config]

    def spawn(self, name, uid):
        return Process(name, self.command(name, uid),
                       self.workspace.file(name + ".err"),
                       {"RCPTGUARD_LOG": "stderr"})


class ProbeSite:
    """memory: its allocations can be made to fail; clock: its time can be
    moved; state_size: of a file system of its own for the state directory,
    where one can be mounted."""

    def __init__(self, scenario, memory=False, clock=False, state_size=None,
                 **settings):
        if clock and has_own_clock():
            raise unittest.SkipTest("the sanitizer's clock cannot be set")
        self.workspace = Workspace()
        self.own_disk = False
        self.state_size = state_size
        self.memory = FailingMemory(self.workspace) if memory else None
        self.clock = Clock(self.workspace) if clock else None
        self.network = network.claim()
        try:
            self.build(scenario, settings)
        except BaseException:
            self.close()
            raise

    def build(self, scenario, settings):
        self.simnet = client.Simnet(
            self.network, self.workspace.directory("simnet"), scenario)
        self.workspace.at_end(self.simnet.stop)
        preload = self.memory or self.clock
        kind = ProbeGuard if preload else Guard
        self.guard = kind(
            self.workspace, self.network, self.simnet,
            NoMta(self.workspace.file("socket"), {}, ""), None, **settings)
        if self.state_size:
            self.mount_state()
        if preload:
            self.guard.before = preload.words
        self.workspace.at_end(self.guard.stop)
        self.guard.start_probe()

    def mount_state(self):
        state = self.workspace.file("state")
        self.own_disk = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={self.state_size},"
             f"mode=2750,uid={PROBE_UID},gid={SHARED_GID}", "none", state],
            stderr=subprocess.DEVNULL, check=False).returncode == 0
        if self.own_disk:
            self.workspace.at_end(lambda: subprocess.run(
                ["umount", state], check=True))

    def grow_disk(self, size):
        subprocess.run(["mount", "-o", f"remount,size={size}",
                        self.workspace.file("state")], check=True)

    @property
    def probe(self):
        return self.guard.probe

    def wire(self, **kw):
        return Wire(self.guard.probe_socket, **kw)

    def verify(self, address, **attrs):
        with self.wire() as wire:
            return wire.verify(address, **attrs)

    def status(self):
        with self.wire() as wire:
            return json.loads(wire.ask("status")["status"])

    def idle(self):
        with self.wire() as wire:
            return self.idle_over(wire)

    @staticmethod
    def idle_over(wire):
        """Waits until nothing is under way, and gives the status."""
        def nothing():
            s = json.loads(wire.ask("status")["status"])
            return s if (s["probes"]["in_flight"] == 0
                         and s["probes"]["waiters"] == 0
                         and s["sessions"]["open"] == 0
                         and s["store"].get("held", 0) == 0) else None
        return wait_for("rest", nothing, 60, 0.05)

    def limit_files(self, n):
        """As the probe's user: another would need CAP_SYS_RESOURCE."""
        subprocess.run(setpriv(PROBE_UID, SHARED_GID)
                       + ["prlimit", f"--pid={self.probe.pid}",
                          f"--nofile={n}:"], check=True)

    def close(self):
        try:
            self.workspace.close()
        finally:
            self.network.release()
