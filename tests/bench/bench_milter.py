#!/usr/bin/env python3
"""Cached recipients through rcptguard-milter, beside a bare libmilter program.

Both are driven in turn, in short slices, so that the machine's moods fall on
both.  A peer in the probe's place reads the notes of the decisions, so that
what they cost is in the figures.  Prints rates and their ratio (goal: 0.9 or more), and the processor
time that each takes for one recipient, which a busy machine changes least.
"""

import os
import socket
import statistics
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "integration")]

from processes import Process, Workspace, wait_for          # noqa: E402

BUILD = os.environ.get("RCPTGUARD_BUILD", os.getcwd())
COUNT, ROUNDS, SECONDS = 20000, 12, 0.5
CONFIG = """\
state_dir = "{root}/state";
run_dir = "{root}/run";
identity: {{ helo = "verify.test.example";
             sender = "postmaster@verify.test.example";
             contact = "abuse@test.example"; preflight = "off"; }};
log: {{ verdicts = ""; }};
milter: {{ socket = "unix:{root}/sock/milter.sock"; group = ""; }};
guards = ( {{ name = "signup"; match: {{ auth = [ "shop" ];
                                         sender = [ "@shop.example" ]; }};
             mode = "enforce"; }} );
"""


def program(*path):
    return os.path.join(BUILD, *path)


def fill(workspace):
    lines = "".join(f"user{i}@domain{i % 1000}.example accepted 60 86400 "
                    "172800\n" for i in range(COUNT))
    subprocess.run([program("tests", "integration", "put_verdicts"),
                    workspace.directory("state")], input=lines, text=True,
                   check=True)


def start(workspace, name, command):
    """Its log goes to a file, as a syslog daemon's would."""
    path = workspace.file("sock", name + ".sock")
    process = Process(name, command, workspace.file(name + ".err"),
                      {"RCPTGUARD_LOG": "stderr"})
    workspace.at_end(process.stop)
    wait_for(f"{name}'s socket", lambda: os.path.exists(path))
    return path, process.pid


def swallow(connection):
    while connection.recv(1 << 20):
        pass


def take_notes(listener):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=swallow, args=(connection,),
                         daemon=True).start()


def listen(path):
    """In the probe's place; ends with this process."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    threading.Thread(target=take_notes, args=(listener,), daemon=True).start()


def cpu_us(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1e6 / os.sysconf("SC_CLK_TCK")


def drive(milter, sessions):
    path, pid = milter
    before = cpu_us(pid)
    out = subprocess.run([program("tests", "bench", "milter_driver"), path,
                          str(sessions), str(SECONDS), str(COUNT)],
                         capture_output=True, text=True, check=True).stdout
    rate, _, p50, p99 = map(float, out.split())
    return rate, p50, p99, (cpu_us(pid) - before) / (rate * SECONDS)


def compare(ours, bare, sessions):
    rows = [(drive(bare, sessions), drive(ours, sessions))
            for _ in range(ROUNDS)]
    ratio = statistics.median(o[0] / b[0] for b, o in rows)
    b = [statistics.median(r[0][i] for r in rows) for i in range(4)]
    o = [statistics.median(r[1][i] for r in rows) for i in range(4)]
    print(f"cached RCPT, {sessions:3} sessions: {o[0]:7.0f}/s, bare libmilter "
          f"{b[0]:7.0f}/s, ratio {ratio:.2f} (goal 0.90); "
          f"p50 {o[1]:.0f} us (bare {b[1]:.0f}), p99 {o[2]:.0f} us "
          f"(bare {b[2]:.0f}); cpu {o[3]:.1f} us each (bare {b[3]:.1f})",
          flush=True)


def main():
    workspace = Workspace("rcptguard-bench-")
    try:
        for name in ("run", "sock", "state"):
            workspace.directory(name)
        fill(workspace)
        listen(workspace.file("run", "probe.sock"))
        config = workspace.write(CONFIG.format(root=workspace.path),
                                 "rcptguard.conf")
        bare = start(workspace, "bare", [
            program("tests", "bench", "bare_milter"),
            workspace.file("sock", "bare.sock")])
        ours = start(workspace, "milter", [
            program("milter", "rcptguard-milter"), "--config", config])
        for sessions in (1, 10, 50):
            compare(ours, bare, sessions)
    finally:
        workspace.close()


main()
