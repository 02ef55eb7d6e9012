#!/usr/bin/env python3
"""Parts die, hang and come back while Postfix asks."""

import subprocess
import threading

import harness
from harness import guard

SCENARIO = """
host mx1 pipelining rcpt good* ok
domain good.example mx 10 mx1
"""
GUARDS = [guard("signup", "", "enforce", "1s")]
WAIT_MS = 1000
AT_ONCE_MS = 500        # not held for the wait


class Faults(harness.SiteCase):
    SCENARIO = SCENARIO
    GUARDS = GUARDS

    def setUp(self):
        """All is well, and two verdicts are in the store."""
        self.known = f"good-{self._testMethodName}@good.example"
        self.refused = f"bad-{self._testMethodName}@good.example"
        self.fresh = 0
        self.works_again()
        self.assertEqual(self.site.until_stored(self.known).code, 250)
        self.assertEqual(self.site.until_stored(self.refused).code, 550)

    def cached_answers(self):
        self.assertEqual(self.site.rcpt(self.known).code, 250)
        self.assertEqual(self.site.rcpt(self.refused).code, 550)

    def miss(self):
        self.fresh += 1
        return self.site.rcpt(
            f"new{self.fresh}-{self._testMethodName}@good.example")

    def misses_at_once(self):
        replies = [self.miss() for _ in range(9)]
        self.assertEqual({r.code for r in replies}, {250})
        self.assertLess(min(r.ms for r in replies), AT_ONCE_MS)
        return f"new{self.fresh}-{self._testMethodName}@good.example"

    def was_unknown(self, address):
        """What was decided without the probe is logged once it is back."""
        verdict = self.site.verdict(address)
        self.assertEqual((verdict["state"], verdict["reason"]),
                         ("unknown", "probe_unavailable"))

    def works_again(self):
        """A fresh bad address is refused again."""
        harness.wait_for("verdict on a fresh address",
                         lambda: self.miss().code == 550, step=0.2)

    def test_probe_killed(self):
        self.site.guard.probe.kill()
        self.cached_answers()
        missed = self.misses_at_once()
        self.site.guard.start_probe()
        self.works_again()
        self.was_unknown(missed)
        self.cached_answers()

    def test_probe_hung(self):
        self.site.guard.hang_probe()
        self.addCleanup(self.site.guard.wake_probe)
        self.cached_answers()
        first = self.miss()
        self.assertEqual(first.code, 250, first)
        self.assertLess(first.ms, 10000)    # less than Postfix waits
        self.cached_answers()
        missed = self.misses_at_once()
        self.site.guard.wake_probe()
        self.works_again()
        self.was_unknown(missed)

    def test_milter_killed_and_its_stale_socket(self):
        self.site.guard.milter.kill()
        self.assertEqual(self.site.rcpt(self.refused).code, 250)
        self.site.guard.start_milter()
        self.cached_answers()

    def test_second_instances_are_refused(self):
        for name in ("rcptguard-milter", "rcptguard-probe"):
            with self.subTest(name):
                uid = (harness.MILTER_UID if name.endswith("milter")
                       else harness.PROBE_UID)
                second = self.site.guard.spawn(name, uid)
                self.assertNotEqual(second.wait(), 0)
                self.cached_answers()
                self.assertEqual(self.miss().code, 550)

    def test_milter_restarted_under_load(self):
        load = Load(self.site, self.known, self.refused)
        for _ in range(3):
            load.run_for(30)
            self.assertEqual(self.site.guard.milter.stop(), 0)
            self.site.guard.start_milter()
        load.run_for(30)
        load.end()
        self.assertEqual(load.wrong, [])
        self.assertGreater(load.refusals, 50)
        self.cached_answers()

    def test_reload_keeps_answering(self):
        load = Load(self.site, self.known, self.refused)
        for _ in range(3):
            load.run_for(20)
            subprocess.run(self.site.guard.cli("reload"), check=True,
                           capture_output=True, timeout=120)
        load.run_for(20)
        load.end()
        self.assertEqual((load.wrong, load.passed), ([], 0))


class Load:
    """Sessions side by side; a good address must never be refused."""

    SESSIONS = 4

    def __init__(self, site, known, refused):
        self.site, self.known, self.refused = site, known, refused
        self.rounds = self.refusals = self.passed = 0
        self.wrong = []
        self.ending = threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.work, daemon=True)
                        for _ in range(self.SESSIONS)]
        for thread in self.threads:
            thread.start()

    def work(self):
        while not self.ending.is_set():
            try:
                with self.site.client() as session:
                    self.session(session)
            except (OSError, ConnectionError) as error:
                with self.lock:
                    self.wrong.append(f"session broke: {error}")

    def session(self, session):
        for _ in range(5):
            session.mail()
            good = session.rcpt(self.known)
            bad = session.rcpt(self.refused)
            session.rset()
            with self.lock:
                self.rounds += 1
                if good.code // 100 != 2:
                    self.wrong.append(f"good address: {good}")
                if bad.code == 550:
                    self.refusals += 1
                else:
                    self.passed += 1
        session.quit()

    def run_for(self, rounds):
        """Goes on until so many more rounds are done."""
        goal = self.rounds + rounds
        harness.wait_for("progress under load",
                         lambda: self.rounds >= goal)

    def end(self):
        self.ending.set()
        for thread in self.threads:
            thread.join(120)


if __name__ == "__main__":
    harness.main()
