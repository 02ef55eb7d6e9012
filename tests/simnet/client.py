"""Starts a simnet and speaks to its control socket; for tests and the demo."""

import json
import os
import socket
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))


class Simnet:
    """A running simnet, which dies with the thread that started it.

    network is from network.claim(); its files are in directory.
    """

    def __init__(self, network, directory, scenario):
        self.network = network
        self.directory = directory
        self.log = os.path.join(directory, "simnet.log")
        self.control = os.path.join(directory, "simnet.ctl")
        self.lock = threading.Lock()
        self.versions = 0
        self.errors = open(os.path.join(directory, "simnet.err"), "w+",
                           encoding="utf-8")
        ready, ready_end = os.pipe()
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "--",
             sys.executable, os.path.join(HERE, "simnet.py"),
             "--scenario", self.write(scenario), "--network", network.prefix,
             "--port", str(network.smtp_port),
             "--dns-port", str(network.dns_port),
             "--log", self.log, "--control", self.control,
             "--ready-fd", str(ready_end)],
            pass_fds=(ready_end,), stderr=self.errors)
        os.close(ready_end)
        with os.fdopen(ready) as file:
            if file.read() != "ready\n":
                self.process.wait()
                self.errors.seek(0)
                raise RuntimeError(self.errors.read() or "simnet ended")
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(self.control)
        self.answers = self.socket.makefile("r", encoding="utf-8")

    @property
    def dns(self):
        return f"{self.network.address(53)}:{self.network.dns_port}"

    def write(self, scenario):
        self.versions += 1
        path = os.path.join(self.directory, f"scenario.{self.versions}")
        with open(path, "w", encoding="utf-8") as file:
            file.write(scenario)
        return path

    def ask(self, request):
        with self.lock:
            self.socket.sendall(request.encode() + b"\n")
            answer = json.loads(self.answers.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def stats(self):
        return self.ask("stats")

    def host(self, name):
        """The counts of one host; all zero if nothing came to it yet."""
        empty = {"connections": 0, "open": 0, "max_open": 0, "tls": 0,
                 "quits": 0, "missing_quit": 0, "segments": 0, "commands": {},
                 "replies": {}, "rcpts": {}, "senders": {}, "helos": {},
                 "messages": 0, "violations": []}
        return self.stats()["hosts"].get(name, empty)

    def load(self, scenario):
        """Another scenario from now on; hosts keep what they remember."""
        self.ask("load " + self.write(scenario))

    def reset(self):
        self.ask("reset")

    def all_events(self):
        with open(self.log, encoding="utf-8") as file:
            return [json.loads(line) for line in file
                    if line.endswith("}\n")]

    def events(self, kind):
        return [e for e in self.all_events() if e["event"] == kind]

    def events_of(self, host):
        """All that one host saw and said, in order."""
        return [e for e in self.all_events() if e.get("host") == host]

    def stop(self):
        self.answers.close()
        self.socket.close()
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.errors.close()
