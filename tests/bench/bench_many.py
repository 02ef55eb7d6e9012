#!/usr/bin/env python3
"""Many probes in flight at hosts that never answer RCPT.

What each of them weighs in the probe (growth of its resident memory, by the
number of open sessions), plain and under TLS, and how soon the loop answers
`status` meanwhile, next to what it takes when nothing is under way.  Goals:
16 KiB plain, 64 KiB with TLS; less than 5 ms, in the middle, at each time.

Who asks for the status is a process of its own, which asks all the time.  It
and the loop run before other programs if they may (root), so that what else
the machine does is not counted as the loop's.

    bench_many.py [PROBES [plain|tls]]

RCPTGUARD_BUILD names the build directory, else it is the current one.
"""

import multiprocessing
import os
import resource
import statistics
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "integration")]

from probe_site import ProbeSite, wait_for                  # noqa: E402

HOSTS = 10
WARM = 200                  # sessions before the first look at its memory
SECONDS = 2                 # of asking when nothing begins or ends
PAUSE = 0.001               # between two questions for the status
EACH = 250                  # requests that one client has under way
GOALS = {"plain": 16.0, "tls": 64.0}
STATUS_MS = 5.0
PROVIDERS = """
providers = ( { name = "bench"; mx = [ "*.sim.example" ]; method = "smtp";
    rcpts_per_session = 1; connections = 1000; } );
"""


def scenario(tls):
    habit = "starttls tls 1.3" if tls else ""
    lines = []
    for i in range(HOSTS):
        lines.append(f"host m{i} pipelining {habit} rcpt * hang")
        lines.append(f"domain d{i}.example mx 10 m{i}")
    return "\n".join(lines)


def resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        for line in file:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    raise RuntimeError("no VmRSS")


class Load:
    """Requests that wait, on as many connections as it takes."""

    def __init__(self, site):
        self.site, self.wires, self.asked = site, [], 0

    def grow_to(self, count):
        while self.asked < count:
            wire = self.site.wire(timeout=120)
            self.wires.append(wire)
            for _ in range(min(EACH, count - self.asked)):
                wire.send("verify", id=str(self.asked), wait_ms=60000,
                          address=f"u{self.asked}@d{self.asked % HOSTS}"
                                  ".example")
                self.asked += 1

    def close(self):
        for wire in self.wires:
            wire.close()


def go_first(pid):
    try:
        os.sched_setscheduler(pid, os.SCHED_RR, os.sched_param(1))
    except PermissionError:
        pass


def ask_on(site, end, results):
    """Until end is set: when each question was asked, and how long it took."""
    times = []
    go_first(0)
    with site.wire(timeout=60) as wire:
        while not end.is_set():
            began = time.monotonic()
            wire.ask("status")
            times.append((began, (time.monotonic() - began) * 1000))
            time.sleep(PAUSE)
    results.put(times)


class Asker:
    def __init__(self, site):
        fork = multiprocessing.get_context("fork")
        self.end, self.results = fork.Event(), fork.Queue()
        self.process = fork.Process(target=ask_on, daemon=True,
                                    args=(site, self.end, self.results))
        self.process.start()
        self.marks = []

    def phase(self, name):
        """One begins now."""
        self.marks.append((time.monotonic(), name))

    def finish(self):
        """Of each phase: name, how many, median, 99th percentile, worst."""
        self.phase("")
        self.end.set()
        times = self.results.get(timeout=60)
        self.process.join()
        rows = []
        for (since, name), (until, _) in zip(self.marks, self.marks[1:]):
            ms = sorted(took for at, took in times if since <= at < until)
            rows.append((name, len(ms), statistics.median(ms),
                         ms[len(ms) * 99 // 100], ms[-1]))
        return rows

    def kill(self):
        self.process.kill()
        self.process.join()


def settled(site, count):
    """All have said RCPT; the hosts counted them."""
    hosts = site.simnet.stats()["hosts"].values()
    return sum(h["commands"].get("RCPT", 0) for h in hosts) >= count


def run(kind, count):
    site = ProbeSite(
        scenario(kind == "tls"), connect_timeout="60s", reply_timeout="10m",
        session_timeout="30m",
        probe_keys=f"queue = {2 * count}; parallel = {min(count, 10000)};")
    try:
        return measure(site, count)
    finally:
        site.probe.kill()       # nobody waits for its sessions
        site.close()


def sessions(wire):
    text = wire.ask("status")["status"]
    return int(text.split('"sessions":{"open":')[1].split(",")[0])


def measure(site, count):
    rules = site.guard.workspace.file("etc", "providers.conf")
    with open(rules, "w", encoding="utf-8") as file:
        file.write(PROVIDERS)
    site.guard.probe.stop()
    site.guard.start_probe()
    go_first(site.probe.pid)
    site.simnet.socket.settimeout(300)      # it is slower than the probe
    asker = Asker(site)
    try:
        return watch(site, count, asker)
    finally:
        asker.kill()


def watch(site, count, asker):
    load, wire = Load(site), site.wire(timeout=60)
    asker.phase("nothing under way")
    time.sleep(SECONDS)
    load.grow_to(WARM)
    wait_for("warm sessions", lambda: settled(site, WARM), 60, 0.1)
    before = resident_kib(site.probe.pid)
    asker.phase("while they begin")
    load.grow_to(count)
    wait_for("sessions", lambda: sessions(wire) >= count, 300, 0.1)
    asker.phase("while they reach RCPT")
    wait_for("all at RCPT", lambda: settled(site, count), 300, 0.5)
    grown = resident_kib(site.probe.pid) - before
    asker.phase("all at RCPT")
    time.sleep(SECONDS)
    rows = asker.finish()
    load.close()
    wire.close()
    return grown / (count - WARM), rows


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
    kinds = sys.argv[2:] or ["plain", "tls"]
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard < count + 500:
        print(f"bench_many: {count} probes need as many descriptors; the "
              f"limit is {hard}", file=sys.stderr)
        return 77
    print(f"{count} probes in flight       KiB each  goal   status: asked"
          "  median ms     p99   worst")
    good = True
    for kind in kinds:
        weight, rows = run(kind, count)
        good &= weight <= GOALS[kind]
        for says, asked, median, most, worst in rows:
            good &= median < STATUS_MS
            print(f"{kind:6} {says:22} {weight:8.1f} {GOALS[kind]:5.0f}"
                  f"   {asked:13} {median:10.2f}{most:8.2f}{worst:8.2f}",
                  flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
