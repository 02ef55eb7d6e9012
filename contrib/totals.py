#!/usr/bin/env python3
"""Counts the cases of a finished `make check`.

    totals.py BUILD-DIRECTORY

A test's cases are what its log says: lines of TAP, or check's own summary.
A program that says neither is one case; so is a fuzz target, however many
seeds it replays.  Prints what failed and why something was skipped, then one
line "N passed, N failed, N skipped"; the exit status is 1 if anything failed.
"""

import os
import re
import sys

CHECK = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)",
                   re.M)
SKIP_ALL = re.compile(r"^1\.\.0 # SKIP (.*)$", re.M)
RESULT = re.compile(r"^:test-result: (\w+)", re.M)
SAID = re.compile(r"^(?:FAIL|ERROR|SKIP|XPASS|XFAIL): .*$", re.M)
GOOD, SKIPPED = ("PASS", "XFAIL"), ("SKIP",)


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def tally(results, log):
    """(passed, failed, skipped) of one test, from its .trs and its .log."""
    if len(results) != 1:
        bad = [w for w in results if w not in GOOD + SKIPPED]
        skipped = sum(w in SKIPPED for w in results)
        return len(results) - len(bad) - skipped, len(bad), skipped
    if results[0] in SKIPPED:
        return 0, 0, 1
    summaries = CHECK.findall(log)
    total = sum(int(n) for n, _, _ in summaries) or 1
    failed = sum(int(f) + int(e) for _, f, e in summaries)
    if results[0] not in GOOD and failed == 0:
        failed = 1              # it crashed, or was not one of check's
    return total - failed, failed, 0


def results_below(directory):
    for path, _, files in sorted(os.walk(directory)):
        for name in sorted(files):
            if not name.endswith(".trs"):
                continue
            trs = os.path.join(path, name)
            test = os.path.relpath(trs, directory)[:-len(".trs")]
            yield test, RESULT.findall(read(trs)), read(trs[:-4] + ".log")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    sums, tests = [0, 0, 0], 0
    for test, results, log in results_below(sys.argv[1]):
        counts = tally(results, log)
        sums = [a + b for a, b in zip(sums, counts)]
        tests += 1
        if all(word in GOOD for word in results):
            continue
        said = SAID.findall(log) + SKIP_ALL.findall(log)
        odd = ", ".join(sorted(set(results) - set(GOOD)))
        print("\n  ".join([f"{odd}: {test}"] + said))
    if tests == 0:
        print("no test has run")
    print("{} passed, {} failed, {} skipped".format(*sums))
    sys.exit(0 if tests and sums[1] == 0 else 1)


if __name__ == "__main__":
    main()
