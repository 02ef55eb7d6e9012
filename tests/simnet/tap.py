"""Runs unittest cases and reports them as TAP, so that each one is counted.

A row run as a subTest is a case of its own.  The whole program has a time
limit; at its end, and at SIGTERM or SIGINT, the cases' own clean-up still
runs, because the signal becomes an exception in the main thread.
"""

import signal
import sys
import unittest

LIMIT_S = 900         # of a machine that is many times slower


class Ended(BaseException):
    """A signal, or the time limit, ends the program."""


class Result(unittest.TestResult):
    def __init__(self, out):
        super().__init__()
        self.out = out
        self.count = 0
        self.with_rows = set()

    def say(self, ok, test, note="", details=""):
        self.count += 1
        name = test.shortDescription() or sentence(test.id())
        line = f"{'ok' if ok else 'not ok'} {self.count} - " \
            + name.replace("#", "no. ").replace("\n", " ")
        print(line + (f" # {note}" if note else ""), file=self.out)
        for detail in details.splitlines():
            print("# " + detail, file=self.out)
        self.out.flush()

    def addSuccess(self, test):
        if test.id() not in self.with_rows:
            self.say(True, test)

    def fail(self, test, err):
        self.failures.append((test, err))
        self.say(False, test, details=self._exc_info_to_string(err, test))

    def addFailure(self, test, err):
        self.fail(test, err)

    def addError(self, test, err):
        if issubclass(err[0], Ended):
            raise err[1]
        self.fail(test, err)

    def addSkip(self, test, reason):
        self.say(True, test, f"SKIP {reason}")

    def addSubTest(self, test, subtest, err):
        self.with_rows.add(test.id())
        row = Row(test, subtest)
        if err is None:
            self.say(True, row)
        else:
            self.fail(row, err)


def sentence(name):
    """__main__.Names.test_junk_is_no_query -> Names: junk is no query"""
    group, _, case = name.rpartition(".")
    return f"{group.rpartition('.')[2]}: " \
        + case.removeprefix("test_").replace("_", " ")


class Row:
    """A subTest, named by what it says."""

    failureException = AssertionError

    def __init__(self, test, subtest):
        self.name = f"{sentence(test.id())}: " \
            f"{subtest._message or dict(subtest.params)}"

    def shortDescription(self):
        return self.name

    def id(self):
        return self.name


def end(number, _frame):
    signal.alarm(0)
    raise Ended(f"time limit of {LIMIT_S} s" if number == signal.SIGALRM
                else signal.Signals(number).name)


def main(module="__main__"):
    if "-v" in sys.argv[1:]:
        unittest.main(module)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
        signal.signal(number, end)
    signal.alarm(LIMIT_S)
    suite = unittest.defaultTestLoader.loadTestsFromName(module) \
        if len(sys.argv) == 1 else unittest.defaultTestLoader \
        .loadTestsFromNames(sys.argv[1:], sys.modules[module])
    result = Result(sys.stdout)
    try:
        suite.run(result)
    except Ended as ended:
        print(f"Bail out! {ended}", flush=True)
        sys.exit(1)
    print(f"1..{result.count}", flush=True)
    sys.exit(1 if result.failures else 0)


def skip_all(reason):
    print(f"1..0 # SKIP {reason}")
    sys.exit(0)
