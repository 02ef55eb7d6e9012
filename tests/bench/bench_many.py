#!/usr/bin/env python3
"""Many probes in flight at hosts that never answer RCPT.

What each of them weighs in the probe (growth of its resident memory, by the
number of open sessions), plain and under TLS, whether it grows from round to
round, and how soon the loop answers `status` meanwhile, next to what it takes
when nothing is under way, also when domains are excluded and the settings are
read again.  Goals: 16 KiB plain, 64 KiB with TLS; no more in
the last round than in the one before, but for a twentieth (what all leave
behind that end at once is used again, but not given back); each status within
5 ms.

Who asks for the status is a process of its own, which asks all the time.  It
and the loop run before other programs if they may (root), but not as real-time
ones: from those the kernel takes 50 ms of a second for others.  The hosts are
on this machine too, so each status is measured twice: by the clock, and without
the time in which the loop, or who asks, had work to do and no processor
(schedstat).  The goal is for the second: what is left is the loop's work, and
its waiting for locks.

The other kinds are about what comes at once.  burst: all are of one domain,
whose name server is slow, and whose one host takes one session and refuses it.
silent: each has a domain of its own, of a name server that does not answer.

    bench_many.py [PROBES [plain|tls|burst|silent ...]]

RCPTGUARD_BUILD names the build directory, else it is the current one.
"""

import gc
import json
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
ROUNDS = 4
WARM = 200                  # sessions before the first look at its memory
SECONDS = 2                 # of asking when nothing begins or ends
ORDERS = 5
PAUSE = 0.001               # between two questions for the status
EACH = 250                  # requests that one client has under way
GOALS = {"plain": 16.0, "tls": 64.0}
KINDS = ["plain", "tls", "burst", "silent"]
GROWTH = 1.05               # from the last round but one to the last
STATUS_MS = 5.0
PROVIDERS = """
providers = ( { name = "bench"; mx = [ "*.sim.example" ]; method = "smtp";
    rcpts_per_session = 1; connections = %d; } );
"""


def slow_hosts(habit):
    lines = []
    for i in range(HOSTS):
        lines.append(f"host m{i} pipelining {habit} rcpt * hang")
        lines.append(f"domain d{i}.example mx 10 m{i}")
    return "\n".join(lines)


SCENARIOS = {
    "plain": slow_hosts(""),
    "tls": slow_hosts("starttls tls 1.3"),
    "burst": 'host m0 banner after 2s "554 5.7.1 no"\n'
             "domain d0.example delay 2s mx 10 m0",
    "silent": "domain *.bulk.example timeout",
}


def domain_of(kind, i):
    if kind == "silent":
        return f"d{i}.bulk.example"
    return f"d{i % HOSTS if kind in GOALS else 0}.example"


def resident_kib(pid):
    """Without pages of files: the store's may be given back at any time."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        for line in file:
            if line.startswith("RssAnon:"):
                return int(line.split()[1])
    raise RuntimeError("no RssAnon")


class Load:
    """Requests that wait, on as many connections as it takes."""

    def __init__(self, site, kind, tag):
        self.site, self.kind, self.tag = site, kind, tag
        self.wires, self.asked = [], 0

    def grow_to(self, count):
        while self.asked < count:
            wire = self.site.wire(timeout=120)
            self.wires.append(wire)
            for _ in range(min(EACH, count - self.asked)):
                domain = domain_of(self.kind, self.asked)
                wire.send("verify", id=str(self.asked), wait_ms=60000,
                          address=f"{self.tag}{self.asked}@{domain}")
                self.asked += 1

    def close(self):
        for wire in self.wires:
            wire.close()


def go_first(pid):
    try:
        os.setpriority(os.PRIO_PROCESS, pid, -20)
    except PermissionError:
        pass


class Unserved:
    """How long the main thread of a process had to wait for a processor."""

    def __init__(self, pid):
        self.file = os.open(f"/proc/{pid}/task/{pid}/schedstat", os.O_RDONLY)

    def ms(self):
        return int(os.pread(self.file, 96, 0).split()[1]) / 1e6


def ask_on(site, end, results):
    """Until end is set: when each question was asked, and what it took."""
    times = []
    gc.disable()                # it would be counted as the loop's
    go_first(0)
    who = [Unserved(site.probe.pid), Unserved(os.getpid())]
    with site.wire(timeout=60) as wire:
        while not end.is_set():
            idle, began = sum(u.ms() for u in who), time.monotonic()
            wire.ask("status")
            took = (time.monotonic() - began) * 1000
            idle = sum(u.ms() for u in who) - idle
            times.append((began, took, max(took - idle, 0)))
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
        """Of each phase: name, and the sorted times of all rounds, by the
        clock, and with a processor."""
        self.phase("")
        self.end.set()
        times = self.results.get(timeout=60)
        self.process.join()
        rows = {}
        for (since, name), (until, _) in zip(self.marks, self.marks[1:]):
            both = rows.setdefault(name, ([], []))
            for at, took, served in times:
                if since <= at < until:
                    both[0].append(took)
                    both[1].append(served)
        return [(name, sorted(took), sorted(served))
                for name, (took, served) in rows.items()]

    def kill(self):
        self.process.kill()
        self.process.join()


def settled(site, count):
    """All have said RCPT; the hosts counted them."""
    hosts = site.simnet.stats()["hosts"].values()
    return sum(h["commands"].get("RCPT", 0) for h in hosts) >= count


def run(kind, count):
    site = ProbeSite(
        SCENARIOS[kind], connect_timeout="60s", reply_timeout="10m",
        session_timeout="30m", dns_timeout="1s",
        probe_keys=f"queue = {2 * count}; parallel = {min(count, 10000)};")
    try:
        prepare(site, kind)
        asker = Asker(site)
        try:
            watch = hold if kind in GOALS else pass_by
            return watch(site, kind, count, asker)
        finally:
            asker.kill()
    finally:
        site.probe.kill()       # nobody waits for its sessions
        site.close()


def prepare(site, kind):
    rules = site.guard.workspace.file("etc", "providers.conf")
    with open(rules, "w", encoding="utf-8") as file:
        file.write(PROVIDERS % (1 if kind == "burst" else 1000))
    site.guard.probe.stop()
    site.guard.start_probe()
    go_first(site.probe.pid)
    site.simnet.socket.settimeout(300)      # it is slower than the probe


def under_way(wire):
    """Sessions, and probes."""
    status = json.loads(wire.ask("status")["status"])
    return status["sessions"]["open"], status["probes"]["in_flight"]


def hold(site, kind, count, asker):
    """Probes that all wait at RCPT, in rounds: what each weighs."""
    with site.wire(timeout=60) as wire:
        asker.phase("nothing under way")
        time.sleep(SECONDS)
        weights = [one_round(site, kind, count, asker, wire, f"r{i}-")
                   for i in range(ROUNDS)]
        return weights, asker.finish()


def order(wire, request, **attrs):
    answer = wire.ask(request, **attrs)
    if answer.get("result") != "ok":
        raise RuntimeError(f"{request}: {answer}")
    time.sleep(0.1)


def one_round(site, kind, count, asker, wire, tag):
    site.simnet.ask("reset")
    load = Load(site, kind, tag)
    load.grow_to(WARM)
    wait_for("warm sessions", lambda: settled(site, WARM), 60, 0.1)
    if not hasattr(site, "bare"):
        site.bare = resident_kib(site.probe.pid)
    asker.phase("while they begin")
    load.grow_to(count)
    wait_for("sessions", lambda: under_way(wire)[0] >= count, 300, 0.1)
    asker.phase("while they reach RCPT")
    wait_for("all at RCPT", lambda: settled(site, count), 300, 0.5)
    grown = resident_kib(site.probe.pid) - site.bare
    asker.phase("all at RCPT")
    time.sleep(SECONDS)
    asker.phase("at exclusions")
    for i in range(ORDERS):
        order(wire, "exclude", do="add", what=f"x{i}.elsewhere.example")
    asker.phase("at reloads")
    for _ in range(ORDERS):
        order(wire, "reload")
    asker.phase("while all are cut off")
    site.simnet.ask("hangup")
    wait_for("end of all", lambda: under_way(wire) == (0, 0), 300, 0.1)
    load.close()
    return grown / (count - WARM)


def pass_by(site, kind, count, asker):
    """Probes that come to nothing, all of them at about the same time."""
    load = Load(site, kind, "u")
    with site.wire(timeout=60) as wire:
        asker.phase("from begin to end")
        load.grow_to(count)
        wait_for("probes", lambda: under_way(wire)[1] > 0, 60, 0.01)
        wait_for("end of all", lambda: under_way(wire) == (0, 0), 300, 0.1)
        rows = asker.finish()
    load.close()
    return [], rows


def show(kind, weights, rows):
    good = True
    for name, took, served in rows:
        good &= served[-1] < STATUS_MS
        print(f"{kind:6} {name:22} {len(took):6} {statistics.median(took):9.2f}"
              f"{took[len(took) * 99 // 100]:8.2f}{took[-1]:8.2f}"
              f" {served[len(served) * 99 // 100]:10.2f}{served[-1]:8.2f}",
              flush=True)
    if weights:
        good &= max(weights) <= GOALS[kind]
        good &= weights[-1] <= GROWTH * weights[-2]
        print(f"{kind:6} KiB each, by round: "
              + ", ".join(f"{w:.1f}" for w in weights)
              + f"  (goal {GOALS[kind]:.0f})", flush=True)
    return good


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
    kinds = sys.argv[2:] or KINDS
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard < count + 500:
        print(f"bench_many: {count} probes need as many descriptors; the "
              f"limit is {hard}", file=sys.stderr)
        return 77
    print(f"{count} probes in flight: a status, in ms     by the clock    "
          "       with a processor\n"
          "                                asked   median     p99   worst"
          "        p99   worst")
    good = True
    for kind in kinds:
        good &= show(kind, *run(kind, count))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
