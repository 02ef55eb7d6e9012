#!/usr/bin/env python3
"""A damaged store: what the admin entered outlives it, or he is told."""

import os
import struct
import subprocess
import sys
import unittest

import guard
from probe_site import ProbeSite, tap, wait_for

SCENARIO = """
host h1 pipelining rcpt known* ok
domain a.example mx 10 h1
domain b.example mx 10 h1
domain c.example mx 10 h1
"""
PAGE = 4096
# A node's head: 28 octets under a key of 16.
A_VERDICT = struct.pack("<IHH", 28, 0, 16)
EXCLUDED = ("not_checked", "excluded_by_request")


class Salvage(unittest.TestCase):
    def setUp(self):
        self.site = ProbeSite(SCENARIO, budget="true")
        self.addCleanup(self.site.close)
        self.guard = self.site.guard
        self.path = self.site.workspace.file("state", "verdicts.mdb")
        for domain in ("a.example", "b.example"):
            subprocess.run(self.guard.cli("exclude", domain), check=True,
                           capture_output=True, timeout=120)
        self.judged("known@c.example")
        wait_for("stored verdict",
                 lambda: self.guard.stored("known@c.example"))

    def judged(self, address):
        answer = self.site.verify(address, wait_ms="8000")
        return answer["state"], answer["reason"]

    def harm(self, spoil):
        """With the probe stopped; spoil gets the file's octets."""
        self.assertEqual(self.guard.probe.stop(), 0)
        with open(self.path, "r+b") as file:
            octets = bytearray(file.read())
            spoil(octets)
            file.seek(0)
            file.write(octets)
        self.guard.start_probe()

    def log(self):
        return self.guard.probe.output()

    def test_exclusions_outlive_the_damage_of_another_page(self):
        def spoil(octets):
            for at in range(2 * PAGE, len(octets), PAGE):
                if A_VERDICT in octets[at:at + PAGE]:
                    octets[at + PAGE // 2:at + PAGE] = bytes(PAGE // 2)
        self.harm(spoil)
        self.assertIn("saved from it: ", self.log())
        self.assertIn("verdicts 0 of 1", self.log())
        self.assertIn("exclusions 2 of 2", self.log())
        self.assertNotIn("may be lost", self.log())
        self.assertNotIn("exclusions_lost", self.guard.status()["store"])
        for domain in ("a.example", "b.example"):
            self.assertEqual(self.judged(f"known@{domain}"), EXCLUDED)

    def test_lost_exclusions_are_told_until_the_file_is_removed(self):
        def spoil(octets):
            octets[2 * PAGE:] = bytes(len(octets) - 2 * PAGE)
        self.harm(spoil)
        self.assertIn("who asked not to be probed may be lost", self.log())
        self.assertIn("begin at the lowest step", self.log())
        aside = self.guard.status()["store"]["exclusions_lost"]
        self.assertEqual(self.guard.probe.stop(), 0)
        self.guard.start_probe()
        self.assertEqual(self.guard.status()["store"]["exclusions_lost"],
                         aside)
        os.unlink(aside)
        self.assertNotIn("exclusions_lost", self.guard.status()["store"])


if __name__ == "__main__":
    if guard.missing():
        print(f"Bail out! {guard.missing()}; RCPTGUARD_BUILD names the build")
        sys.exit(1)
    tap.main()
