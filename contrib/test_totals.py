#!/usr/bin/env python3
"""How totals.py counts."""

import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "tests", "simnet")]

import tap                                                  # noqa: E402
import totals                                               # noqa: E402

ROWS = [
    # says, results of the .trs, log, (passed, failed, skipped)
    ("check's own count", ["PASS"],
     "100%: Checks: 12, Failures: 0, Errors: 0\n", (12, 0, 0)),
    ("check's failures and errors", ["FAIL"],
     "75%: Checks: 12, Failures: 2, Errors: 1\n", (9, 3, 0)),
    ("two suites in one program", ["PASS"],
     "100%: Checks: 2, Failures: 0, Errors: 0\n"
     "100%: Checks: 3, Failures: 0, Errors: 0\n", (5, 0, 0)),
    ("a crash after all of check's cases", ["FAIL"],
     "100%: Checks: 4, Failures: 0, Errors: 0\n", (3, 1, 0)),
    ("a crash without a word", ["FAIL"], "", (0, 1, 0)),
    ("a program that only passes", ["PASS"], "12 seeds\n", (1, 0, 0)),
    ("lines of TAP", ["PASS", "FAIL", "SKIP"], "",
     (1, 1, 1)),
    ("TAP that ends early", ["PASS", "ERROR"], "",
     (1, 1, 0)),
    ("a program that is skipped", ["SKIP"], "1..0 # SKIP why\n",
     (0, 0, 1)),
]


class Counting(unittest.TestCase):
    def test_tally(self):
        for says, results, log, wanted in ROWS:
            with self.subTest(says):
                self.assertEqual(totals.tally(results, log), wanted)


if __name__ == "__main__":
    tap.main()
