#!/usr/bin/env python3
"""Months pass: a domain that was dead rises, and is taken for a trap."""

import ctypes
import os
import shlex
import subprocess
import unittest

import probe_site
from guard import BUILD
from probe_site import ProbeSite, tap, wait_for

DAY = 86400
HOSTS = "host bait pipelining rcpt alice ok\n"
ALIVE = ("domain risen.example mx 10 bait\n"
         "domain unpaid.example mx 10 bait\n"
         "domain null.example mx 10 bait\n"
         "domain faulty.example mx 10 bait\n")
DEAD = "domain null.example null-mx\ndomain faulty.example servfail\n"


class Clock:
    """The probe's wall clock, some days ahead."""

    def __init__(self, workspace):
        self.library = workspace.file("fake_clock.so")
        subprocess.run(shlex.split(os.environ.get("CC", "cc"))
                       + ["-shared", "-fPIC", "-O1", "-o", self.library,
                          os.path.join(probe_site.HERE, "fake_clock.c")],
                       check=True)
        path = workspace.write("\0" * 8, "clock", mode=0o666)
        self.seconds = probe_site.shared(path, ctypes.c_int64)
        self.words = ["env", f"LD_PRELOAD={self.library}",
                      f"FAKE_CLOCK={path}",
                      "ASAN_OPTIONS=verify_asan_link_order=0"]

    def day(self, number):
        self.seconds.value = number * DAY


class Site(ProbeSite):
    def __init__(self, scenario):
        self.clock = None
        super().__init__(scenario)

    def build(self, scenario, settings):
        super().build(scenario, settings)
        self.guard.stop()
        self.clock = Clock(self.workspace)
        self.guard.spawn = self.spawn
        self.guard.start_probe()

    def spawn(self, name, uid):
        return probe_site.Process(
            name, probe_site.setpriv(uid, probe_site.SHARED_GID)
            + self.clock.words
            + [self.workspace.file("bin", name), "--config",
               self.guard.config],
            self.workspace.file(name + ".err"), {"RCPTGUARD_LOG": "stderr"})


def has_own_clock():
    """A sanitizer that is linked in whole comes before what is preloaded."""
    done = subprocess.run(
        ["nm", "-D", "--defined-only",
         os.path.join(BUILD, "probe", "rcptguard-probe")],
        capture_output=True, text=True, check=False)
    return " clock_gettime" in done.stdout


class Dormant(unittest.TestCase):
    def setUp(self):
        if has_own_clock():
            self.skipTest("the sanitizer's clock cannot be set")
        self.site = Site(HOSTS + DEAD)
        self.addCleanup(self.site.close)

    def asked(self, domain, name="alice"):
        """The probe's own DNS is forgotten first, as after hours."""
        with self.site.wire() as wire:
            self.assertEqual(wire.ask("reload")["result"], "ok")
            answer = wire.verify(f"{name}@{domain}", fresh="yes",
                                 wait_ms=10000)
        return answer["reason"]

    def restart(self):
        self.site.idle()
        self.site.guard.stop()
        self.site.guard.start_probe()

    def test_a_domain_that_was_dead_for_months_rises(self):
        for number in (0, 30, 60, 95):
            self.site.clock.day(number)
            self.assertEqual(self.asked("risen.example"), "no_such_domain")
            self.assertEqual(self.asked("null.example"), "null_mx")
            self.assertEqual(self.asked("faulty.example"), "dns_failure")
            self.restart()
        self.assertEqual(self.asked("unpaid.example"), "no_such_domain")
        self.site.clock.day(100)
        self.site.simnet.load(HOSTS + ALIVE)
        before = self.site.simnet.host("bait")["connections"]
        self.assertEqual(self.asked("risen.example"), "possible_trap")
        self.assertEqual(self.site.simnet.host("bait")["connections"],
                         before)
        for domain in ("unpaid.example", "null.example", "faulty.example"):
            self.assertEqual(self.asked(domain), "accepted", domain)
        self.restart()
        self.site.clock.day(400)
        self.assertEqual(self.asked("risen.example"), "possible_trap")
        answer = wait_for("evidence", lambda: [
            a for a in [self.site.verify("alice@risen.example",
                                         evidence="yes")]
            if "evidence" in a])[0]
        self.assertIn("dns.risen", answer["evidence"])
        self.site.clock.day(100 + 366)
        self.assertEqual(self.asked("risen.example"), "accepted")

    def test_the_admin_makes_it_be_forgotten(self):
        for number in (0, 40, 80, 95):
            self.site.clock.day(number)
            self.assertEqual(self.asked("risen.example"), "no_such_domain")
        self.site.simnet.load(HOSTS + ALIVE)
        self.assertEqual(self.asked("risen.example"), "possible_trap")
        with self.site.wire() as wire:
            wire.ask("purge", domain="risen.example")
        self.assertEqual(self.asked("risen.example"), "accepted")
        self.restart()
        self.assertEqual(self.asked("risen.example"), "accepted")


if __name__ == "__main__":
    tap.main()
