#!/usr/bin/env python3
"""The admin's own word stands before all else, with and without a probe."""

import json
import re
import subprocess
import time

import harness
from guard import TIME
from harness import guard

SCENARIO = """
host mx1 pipelining rcpt alice* ok rcpt slow* after 20s ok
host mx2 pipelining rcpt * "550 5.1.1 no such user"
host mx3 pipelining rcpt grey* greylist 1h
domain good.example mx 10 mx1
domain bad.example mx 10 mx2
domain grey.example mx 10 mx3
"""


class Overrides(harness.SiteCase):
    SCENARIO = SCENARIO
    GUARDS = [guard("bomb", 'sender = [ "@bomb.example" ];',
                    flood="per_mailbox = 1;"), guard(wait="5s")]
    SETTINGS = {"log_keys": "debug = true;"}

    def tool(self, *words, status=0, text=None):
        done = subprocess.run(self.site.guard.cli("override", *words),
                              timeout=120, capture_output=True, check=False,
                              input=text, encoding="utf-8")
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout if status == 0 else done.stderr

    def other_tool(self, *words):
        return subprocess.run(self.site.guard.cli(*words), timeout=120,
                              capture_output=True, check=False,
                              encoding="utf-8").stdout

    def put(self, what, state, *more):
        self.tool("add", what, "--state", state, *more)
        self.addCleanup(self.tool, "remove", what)

    def listed(self):
        return {o["what"]: o for o in map(
            json.loads, self.tool("list", "--json").splitlines())}

    def connections(self):
        return sum(h["connections"]
                   for h in self.site.simnet.stats()["hosts"].values())

    def judged(self, address):
        reply = self.site.rcpt(address)
        verdict = self.site.verdict(address, sum(
            v["address"] == address for v in self.seen))
        self.seen.append(verdict)
        return (reply.code, verdict["state"], verdict["reason"],
                verdict["source"])

    def setUp(self):
        self.seen = self.site.guard.verdicts()

    def test_in_force_at_once_and_nobody_is_asked(self):
        before = self.connections()
        for address, state, code, reason in [
                ("alice1@good.example", "undeliverable", 550,
                 "mailbox_disabled"),
                ("nobody1@bad.example", "deliverable", 250,
                 "known_by_signal"),
                ("alice2@good.example", "risky", 250, "denied")]:
            with self.subTest(state):
                self.put(address, state, "--note", "because")
                self.assertEqual(self.judged(address),
                                 (code, state, reason, "override"))
                asked = self.other_tool("check", "--fresh", address)
                self.assertIn("The admin's own word", asked)
        self.assertEqual(self.connections(), before)

    def test_it_goes_before_what_is_known_and_ends_with_it(self):
        address = "alice3@good.example"
        self.assertEqual(self.judged(address)[:2], (250, "deliverable"))
        self.site.until_stored(address)
        self.seen = self.site.guard.verdicts()
        self.tool("add", address, "--state", "undeliverable")
        self.assertEqual(self.judged(address)[0], 550)
        self.tool("remove", address)
        self.assertEqual(self.judged(address)[:2], (250, "deliverable"))
        until = time.strftime("%Y-%m-%dT%H:%M:%SZ",
                              time.gmtime(time.time() + 10))
        self.tool("add", address, "--state", "undeliverable", "--until",
                  until)
        harness.wait_for("end of the override",
                         lambda: self.site.rcpt(address).code == 250)
        self.assertIn(", over since ", self.tool("list"))
        self.tool("remove", address)

    def test_the_log_says_whose_word_stands_for_what(self):
        self.tool("add", "named@good.example", "--state", "risky")
        self.put("named.example", "undeliverable")
        self.tool("remove", "named@good.example")
        log = self.site.guard.probe.output()
        for told in ("override of named@good.example: risky, as user 0 says",
                     "override of named.example: undeliverable, as user 0",
                     "override of named@good.example: taken back, as user 0"):
            self.assertIn(told, log)

    def test_an_address_goes_before_its_domain(self):
        self.put("bad.example", "deliverable")
        self.put("Nobody2@bad.example", "undeliverable")
        self.assertEqual(self.judged("nobody2@bad.example")[0], 550)
        self.assertEqual(self.judged("nobody3@bad.example"),
                         (250, "deliverable", "known_by_signal", "override"))

    def test_it_outlives_the_probe_and_a_restart(self):
        self.put("alice4@good.example", "undeliverable")
        self.assertEqual(self.site.guard.probe.stop(), 0)
        self.assertEqual(self.site.rcpt("alice4@good.example").code, 550)
        self.assertIn("alice4@good.example", self.listed())
        self.site.guard.start_probe()
        self.assertEqual(self.judged("alice4@good.example")[3], "override")
        self.assertEqual(self.other_tool("check", "alice4@good.example")
                         .split("\n")[0], "alice4@good.example: "
                         "undeliverable (mailbox_disabled)")

    def test_explain_tells_who_and_why(self):
        self.put("alice5@good.example", "undeliverable", "--note",
                 "wrote that she wants no mail")
        told = self.other_tool("explain", "alice5@good.example")
        self.assertRegex(told, "alice5@good.example: undeliverable, said by "
                         "root on .*: wrote that she wants no mail")
        self.judged("alice5@good.example")
        told = self.other_tool("explain", self.seen[-1]["id"])
        self.assertIn("then, by override", told)
        self.assertIn(": wrote that she wants no mail", told)
        self.assertNotIn("mailbox exists but is disabled", told)
        story = json.loads(self.other_tool("explain", "--json",
                                           "alice5@good.example"))
        self.assertEqual((story["override"]["state"],
                          story["override"]["uid"]), ("undeliverable", 0))

    def test_log_debug_tells_of_guards_and_probes(self):
        with self.site.client() as session:
            session.mail("no-reply@bomb.example")
            self.assertEqual(session.rcpt("alice9@good.example").code, 250)
            session.quit()
        guard_name = r'login "", listener ".*": guard bomb'
        harness.wait_for("debug line", lambda: re.search(
            guard_name, self.site.guard.milter.output()))
        self.assertRegex(self.site.guard.probe.output(), r"debug: a probe of "
                         r"good\.example ended as accepted by rule .+, after "
                         r"\d+ ms")

    def test_until_a_span_is_over(self):
        self.put("one.example", "risky", "--until", "30d")
        one = self.listed()["one.example"]
        self.assertRegex(one["since"], TIME)
        self.assertRegex(one["until"], TIME)
        self.assertIn(", until ", self.tool("list"))

    def test_out_as_text_and_in_again(self):
        self.tool("add", "one.example", "--state", "risky", "--note", "x y",
                  "--until", "2099-01-31 12:00")
        self.tool("add", "a@two.example", "--state", "undeliverable")
        text = self.tool("export", "-")
        before = self.listed()
        self.tool("remove", "one.example", "a@two.example")
        self.assertNotIn("one.example", self.listed())
        self.tool("import", "-", text=text)
        after = self.listed()
        for what in ("one.example", "a@two.example"):
            for name in ("state", "note", "until"):
                self.assertEqual(after[what].get(name),
                                 before[what].get(name))
        said = self.tool("import", "-", status=65, text="one.example\n")
        self.assertIn("the state of an override is", said)
        said = self.tool("import", "-", status=65,
                         text="one.example\tticket=1\n")
        self.assertIn("-:1: ", said)
        self.tool("remove", "one.example", "a@two.example")

    def test_what_is_wrong_is_said(self):
        for words, status, says in [
                (["add", "a@one.example"], 64, "add needs --state"),
                (["add", "--state", "unknown", "a@one.example"], 65,
                 "deliverable, risky or undeliverable"),
                (["add", "--state", "risky", "one"], 65, "is no domain"),
                (["add", "--state", "risky", "a@@one.example"], 65, "a@@"),
                (["add", "--state", "risky", "--until", "2001-01-01",
                  "one.example"], 64, "no time to come"),
                (["remove", "none.example"], 65, "no such override"),
                (["forget", "one.example"], 64, 'there is no "forget"'),
                (["list", "one.example"], 64, "list takes no word")]:
            with self.subTest(" ".join(words)):
                self.assertIn(says, self.tool(*words, status=status))
        self.assertEqual(self.listed(), {})

    def test_greylisted_ones_are_not_asked_again(self):
        self.assertEqual(self.judged("grey1@grey.example")[2], "greylisted")
        harness.wait_for("it waits", lambda: self.site.guard.status()
                         ["probes"]["waiting_again"] == 1)
        self.put("grey1@grey.example", "deliverable")
        self.assertEqual(self.judged("grey1@grey.example"),
                         (250, "deliverable", "known_by_signal", "override"))

    def test_it_is_not_limited(self):
        self.put("alice6@good.example", "deliverable")
        for address, codes in [("alice6@good.example", [250, 250, 250]),
                               ("alice7@good.example", [250, 451, 451])]:
            got = []
            for _ in range(3):
                with self.site.client() as session:
                    session.mail("no-reply@bomb.example")
                    got.append(session.rcpt(address).code)
                    if got[-1] == 250:
                        session.data()
                    session.quit()
            self.assertEqual(got, codes, address)


if __name__ == "__main__":
    harness.main()
