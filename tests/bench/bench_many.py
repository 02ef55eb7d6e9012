#!/usr/bin/env python3
"""Many probes in flight at hosts that never answer RCPT.

What each of them weighs in the probe (growth of its resident memory, by the
number of open sessions), plain and under TLS, and how soon the loop answers
`status` meanwhile, next to what it takes when nothing is under way.  Goals:
16 KiB plain, 64 KiB with TLS; less than 5 ms.

    bench_many.py [PROBES [plain|tls]]

RCPTGUARD_BUILD names the build directory, else it is the current one.
"""

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
ROUNDS = 500
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


class Status:
    """Times of one client that asks for the status again and again."""

    def __init__(self, site):
        self.wire, self.ms = site.wire(), []

    def ask(self):
        began = time.monotonic()
        answer = self.wire.ask("status")
        self.ms.append((time.monotonic() - began) * 1000)
        return answer["status"]

    def sessions(self):
        text = self.ask()
        return int(text.split('"sessions":{"open":')[1].split(",")[0])

    def rounds(self, count):
        for _ in range(count):
            self.ask()
            time.sleep(0.002)
        return self.take()

    def take(self):
        """Median, 99th percentile and worst, and begins anew."""
        ms, self.ms = sorted(self.ms), []
        return (statistics.median(ms), ms[len(ms) * 99 // 100], ms[-1])


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


def measure(site, count):
    rules = site.guard.workspace.file("etc", "providers.conf")
    with open(rules, "w", encoding="utf-8") as file:
        file.write(PROVIDERS)
    site.guard.probe.stop()
    site.guard.start_probe()
    site.simnet.socket.settimeout(300)      # it is slower than the probe
    load, status = Load(site), Status(site)
    idle = status.rounds(ROUNDS)
    load.grow_to(WARM)
    wait_for("warm sessions", lambda: settled(site, WARM), 60, 0.1)
    before = resident_kib(site.probe.pid)
    load.grow_to(count)
    wait_for("sessions", lambda: status.sessions() >= count, 300, 0.02)
    wait_for("all at RCPT", lambda: settled(site, count), 300, 0.5)
    grown = resident_kib(site.probe.pid) - before
    while_growing = status.take()
    full = status.rounds(ROUNDS)
    load.close()
    status.wire.close()
    return grown / (count - WARM), [
        ("nothing under way", idle), ("while they begin", while_growing),
        ("all at RCPT", full)]


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
    kinds = sys.argv[2:] or ["plain", "tls"]
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard < count + 500:
        print(f"bench_many: {count} probes need as many descriptors; the "
              f"limit is {hard}", file=sys.stderr)
        return 77
    print(f"{count} probes in flight   KiB each    goal   status ms:"
          "  median     p99   worst")
    good = True
    for kind in kinds:
        weight, times = run(kind, count)
        good &= weight <= GOALS[kind] and times[-1][1][0] < STATUS_MS
        for says, ms in times:
            print(f"{kind:6} {says:18} {weight:8.1f} {GOALS[kind]:8.0f}"
                  f"             {ms[0]:8.2f}{ms[1]:8.2f}{ms[2]:8.2f}",
                  flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
