#!/usr/bin/env python3
"""Budgets, the warm-up and breakers in a real probe, beside a careless one.

Mail hosts here ban who asks too much. The same list of addresses goes through
a probe with its budgets and through one without; how often each was told that
it is banned is counted on the hosts' side.
"""

import json
import subprocess
import time
import unittest
from datetime import datetime, timezone

from probe_site import ProbeSite, tap

BANNED = "554 5.7.1 You are banned"
SCENARIO = f"""
host strict.mail.example pipelining limit unknown 5 "{BANNED}" rcpt good* ok
host busy.mail.example limit connections 3 per 1h "{BANNED}" rcpt good* ok
host plain.mail.example pipelining rcpt good* ok
domain strict.example mx 10 strict.mail.example
domain busy.example mx 10 busy.mail.example
domain plain.example mx 10 plain.mail.example
domain other.example mx 10 plain.mail.example
""" + "\n".join(f"host dead{i}.mail.example refused\n"
                f"domain dead{i}.example mx 10 dead{i}.mail.example"
                for i in range(12))


def budget(**rates):
    """The group budget with these settings, as guard.py has room for it."""
    settings = {"spacing": "0s", **rates}
    return "true; " + "; ".join(f"{name} = {json.dumps(value)}"
                                for name, value in settings.items())


class BudgetCase(unittest.TestCase):
    def site(self, words):
        site = ProbeSite(SCENARIO, budget=words)
        self.addCleanup(site.close)
        return site

    def verdicts(self, site, addresses):
        """(state, reason) of each, asked in turn; none takes long."""
        out = []
        for address in addresses:
            began = time.monotonic()
            answer = site.verify(address, evidence="yes", guard="signup")
            self.assertLess(time.monotonic() - began, 10, answer)
            out.append((answer["state"], answer["reason"]))
        return out

    @staticmethod
    def bans(site, host):
        """How often the host said that we are banned."""
        return sum(1 for e in site.simnet.events("reply")
                   if e["host"] == host and "banned" in e["text"])

    def put_off(self, site, address, reason, within):
        """The answer comes at once, and says when; nothing is sent."""
        before = sum(1 for _ in site.simnet.events("connect"))
        began = time.monotonic()
        answer = site.verify(address, evidence="yes", guard="signup")
        took = time.monotonic() - began
        self.assertEqual((answer["state"], answer["reason"]),
                         ("not_checked", reason), answer)
        self.assertLess(took, 5)
        evidence = json.loads(answer["evidence"])
        at = datetime.strptime(evidence["next_try_at"][:19],
                               "%Y-%m-%dT%H:%M:%S")
        wait = at.replace(tzinfo=timezone.utc).timestamp() - time.time()
        self.assertGreater(wait, 0)
        self.assertLess(wait, within * 1.06 + 30)
        story = " ".join(s.get("text", "") for s in evidence["story"])
        self.assertIn("not asked: ", story)
        self.assertIn("it can be asked again at ", story)
        self.assertEqual(sum(1 for _ in site.simnet.events("connect")),
                         before)
        return at


class Bans(BudgetCase):
    def test_a_list_of_dead_addresses(self):
        dead = [f"gone{i}@strict.example" for i in range(40)]
        careful = self.site(budget())
        got = self.verdicts(careful, dead)
        self.assertEqual(got[:5], [("undeliverable", "no_such_user")] * 5)
        self.assertEqual(got[5:],
                         [("not_checked", "budget_exhausted")] * 35)
        careless = self.site("false")
        self.verdicts(careless, dead)
        bans = (self.bans(careful, "strict.mail.example"),
                self.bans(careless, "strict.mail.example"))
        self.assertEqual(bans[0], 0)
        self.assertGreater(bans[1], 0)
        print(f"# dead addresses: banned {bans[0]} times with budgets, "
              f"{bans[1]} times without")

    def test_a_list_of_good_addresses(self):
        good = [f"good{i}@busy.example" for i in range(60)]
        careful = self.site(budget(mail_host="10/hour"))
        got = self.verdicts(careful, good)
        self.assertEqual(got[0], ("deliverable", "accepted"))
        self.assertEqual(got[-1], ("not_checked", "budget_exhausted"))
        careless = self.site("false")
        self.verdicts(careless, good)
        bans = (self.bans(careful, "busy.mail.example"),
                self.bans(careless, "busy.mail.example"))
        self.assertEqual(bans[0], 0)
        self.assertGreater(bans[1], 0)
        print(f"# good addresses: banned {bans[0]} times with budgets, "
              f"{bans[1]} times without")


class Exhausted(BudgetCase):
    def asked(self, site):
        return sum(1 for e in site.simnet.events("command")
                   if e["verb"] == "RCPT")

    def test_at_once_with_the_time_and_over_a_restart(self):
        site = self.site(budget(domain="3/hour"))
        good = [f"good{i}@plain.example" for i in range(2)]
        self.assertEqual(self.verdicts(site, good),
                         [("deliverable", "accepted")] * 2)
        # The random name of the catch-all test was the third.
        self.assertEqual(self.asked(site), 3)
        at = self.put_off(site, "good9@plain.example", "budget_exhausted",
                          3600)
        self.assertEqual(self.verdicts(site, ["good0@plain.example"]),
                         [("deliverable", "accepted")])    # from the store
        site.guard.probe.stop()
        site.guard.start_probe()
        again = self.put_off(site, "good9@plain.example", "budget_exhausted",
                             3600)
        self.assertLess(abs((again - at).total_seconds()), 5)
        self.assertEqual(self.verdicts(site, ["good9@other.example"]),
                         [("deliverable", "accepted")])

    def test_the_warm_up_of_a_new_source(self):
        site = self.site(budget(warmup="4/day 100/week"))
        got = self.verdicts(site, [f"good{i}@plain.example"
                                   for i in range(3)])
        self.assertEqual(got, [("deliverable", "accepted")] * 3)
        self.put_off(site, "good8@other.example", "warmup_limit", 86400)
        site.guard.probe.stop()
        site.guard.start_probe()
        self.put_off(site, "good8@other.example", "warmup_limit", 86400)
        status = site.status()["budget"]
        self.assertEqual(status["sources"], [{
            "limit": 4, "span": "day", "used": 4, "step": 1,
            "recovering": False, "held": False, "address": "any"}])
        self.assertEqual(status["refused"]["warmup"], 1)

    def test_a_breaker_stays_open_over_a_restart(self):
        site = self.site(budget(unknown_per_domain=2))
        got = self.verdicts(site, [f"gone{i}@plain.example"
                                   for i in range(4)])
        self.assertEqual(got[2:],
                         [("not_checked", "budget_exhausted")] * 2)
        site.guard.probe.stop()
        site.guard.start_probe()
        self.put_off(site, "gone9@plain.example", "budget_exhausted", 3600)
        self.assertEqual(site.status()["budget"]["breakers_open"], 1)

    def test_a_reload_changes_the_limits_and_keeps_the_counts(self):
        site = self.site(budget(domain="2/hour"))
        self.verdicts(site, ["good0@plain.example"])
        self.put_off(site, "good1@plain.example", "budget_exhausted", 3600)
        site.guard.settings["budget"] = budget(domain="3/hour")
        site.guard.configure([])
        with site.wire() as wire:
            self.assertEqual(wire.ask("reload")["result"], "ok")
        self.assertEqual(self.verdicts(site, ["good1@plain.example"]),
                         [("deliverable", "accepted")])
        self.put_off(site, "good2@plain.example", "budget_exhausted", 3600)


class Spacing(BudgetCase):
    def test_a_host_sees_them_apart(self):
        """The n-th not before n times the spacing; none is lost."""
        site = self.site(budget(spacing="250ms", unknown_per_domain=100))
        with site.wire() as wire:
            began = time.time()
            for i in range(8):
                wire.send("verify", id=i, address=f"gone{i}@plain.example",
                          wait_ms=20000)
            reasons = [wire.answer()["reason"] for _ in range(8)]
        made = reasons.count("no_such_user")
        self.assertGreaterEqual(made, 3)
        self.assertEqual(made + reasons.count("budget_exhausted"), 8)
        seen = [e["wall"] - began for e in site.simnet.events("command")
                if e["verb"] == "RCPT"]
        self.assertEqual(len(seen), made)
        for n, at in enumerate(seen):
            self.assertGreaterEqual(at, n * 0.25 - 0.01, seen)


class Port25(BudgetCase):
    def test_nothing_connects_anywhere(self):
        site = self.site(budget(source=""))
        got = self.verdicts(site, [f"a@dead{i}.example" for i in range(10)])
        self.assertEqual(got, [("unknown", "no_connect")] * 10)
        got = self.verdicts(site, ["a@dead10.example", "good1@plain.example"])
        self.assertEqual(got, [("unknown", "port25_blocked")] * 2)
        self.assertTrue(site.status()["budget"]["port25_blocked"])


class Status(BudgetCase):
    def test_what_the_admin_sees(self):
        site = self.site(budget(all="50/hour"))
        self.verdicts(site, ["good0@plain.example"])
        text = subprocess.run(
            [site.workspace.file("bin", "rcptguard"), "--config",
             site.guard.config, "status"], capture_output=True, text=True,
            check=False).stdout
        self.assertIn("2 probes made", text)
        self.assertIn("2 of 50 per hour used", text)
        self.assertIn("any IPv4 as verify.test.example: healthy", text)
        self.assertIn("warm-up: step 1 of 4, 2 of 100 per day used", text)

    def test_switched_off(self):
        site = self.site("false")
        self.verdicts(site, ["good0@plain.example"])
        status = site.status()["budget"]
        self.assertFalse(status["enabled"])
        self.assertEqual(status["admitted"], 2)


if __name__ == "__main__":
    tap.main()
