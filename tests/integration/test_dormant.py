#!/usr/bin/env python3
"""Months pass: a domain that was dead rises, and is taken for a trap."""

import unittest

from probe_site import ProbeSite, tap, wait_for

DAY = 86400
HOSTS = "host bait pipelining rcpt alice ok\n"
ALIVE = ("domain risen.example mx 10 bait\n"
         "domain unpaid.example mx 10 bait\n"
         "domain null.example mx 10 bait\n"
         "domain faulty.example mx 10 bait\n")
DEAD = "domain null.example null-mx\ndomain faulty.example servfail\n"


class Dormant(unittest.TestCase):
    def setUp(self):
        self.site = ProbeSite(HOSTS + DEAD, clock=True)
        self.addCleanup(self.site.close)

    def day(self, number):
        self.site.clock.forward(number * DAY - self.site.clock.ahead())

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
            self.day(number)
            self.assertEqual(self.asked("risen.example"), "no_such_domain")
            self.assertEqual(self.asked("null.example"), "null_mx")
            self.assertEqual(self.asked("faulty.example"), "dns_failure")
            self.restart()
        self.assertEqual(self.asked("unpaid.example"), "no_such_domain")
        self.day(100)
        self.site.simnet.load(HOSTS + ALIVE)
        before = self.site.simnet.host("bait")["connections"]
        self.assertEqual(self.asked("risen.example"), "possible_trap")
        self.assertEqual(self.site.simnet.host("bait")["connections"],
                         before)
        for domain in ("unpaid.example", "null.example", "faulty.example"):
            self.assertEqual(self.asked(domain), "accepted", domain)
        self.restart()
        self.day(400)
        self.assertEqual(self.asked("risen.example"), "possible_trap")
        answer = wait_for("evidence", lambda: [
            a for a in [self.site.verify("alice@risen.example",
                                         evidence="yes")]
            if "evidence" in a])[0]
        self.assertIn("dns.risen", answer["evidence"])
        self.day(100 + 366)
        self.assertEqual(self.asked("risen.example"), "accepted")

    def test_the_admin_makes_it_be_forgotten(self):
        for number in (0, 40, 80, 95):
            self.day(number)
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
