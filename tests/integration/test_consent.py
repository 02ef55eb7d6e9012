#!/usr/bin/env python3
"""Who has not agreed to the terms in force is not probed for."""

import json
import subprocess
import unittest

from guard import MILTER_UID, SHARED_GID, guard
from probe_site import ProbeSite, tap, wait_for
from processes import setpriv

SCENARIO = """
host h1 at 11 pipelining rcpt known* ok
domain a.example mx 10 h1
""".strip()
REFUSED = ("not_checked", "submitter_not_allowed")
TAKEN = ("deliverable", "accepted")
MORE = """
submitters = (
  { name = "crm"; consent = "2026-01-15 v2 by Jo Doe"; },
  { name = "old"; origin = "signup"; consent = "2025-01-15 v1"; }
);
"""


def agreed(text, consent):
    return text.replace("mode =", f'consent = "{consent}"; mode =')


class Consent(unittest.TestCase):
    def setUp(self):
        self.site = ProbeSite(SCENARIO, identity_keys='terms = "v2";')
        self.addCleanup(self.site.close)
        self.number = 0
        self.set_guards(agreed(guard("good"), "2026-01-15 v2"),
                        agreed(guard("late"), "2026-01-15 v1"),
                        guard("none"))

    def set_guards(self, *guards):
        self.site.guard.configure(guards)
        with open(self.site.guard.config, "a", encoding="utf-8") as file:
            file.write(MORE)
        with self.site.wire() as wire:
            self.assertEqual(wire.ask("reload")["result"], "ok")

    def fresh(self):
        self.number += 1
        return f"known{self.number}@a.example"

    def judged(self, address=None, **attrs):
        answer = self.site.verify(address or self.fresh(), wait_ms="8000",
                                  **attrs)
        return answer["state"], answer["reason"]

    def tool(self, *words, status=0, uid=0):
        done = subprocess.run(
            (setpriv(uid, SHARED_GID) if uid else [])
            + self.site.guard.cli(*words), timeout=120, capture_output=True,
            check=False, encoding="utf-8")
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def connections(self):
        return sum(h["connections"]
                   for h in self.site.simnet.stats()["hosts"].values())

    def test_who_agreed_is_served_and_others_are_not(self):
        for name in ("late", "none", "old", "nobody", "x\\y"):
            self.assertEqual(self.judged(guard=name), REFUSED, name)
        self.assertEqual(self.connections(), 0)
        for name in ("good", "crm"):
            self.assertEqual(self.judged(guard=name), TAKEN, name)
        self.assertEqual(self.judged(), TAKEN)      # root, by hand

    def test_what_is_known_is_told_but_not_asked_again(self):
        address = self.fresh()
        self.assertEqual(self.judged(address), TAKEN)
        before = self.connections()
        self.assertEqual(self.judged(address, guard="none"), TAKEN)
        self.assertEqual(self.judged(address, guard="none", fresh="yes"),
                         REFUSED)
        self.assertEqual(self.connections(), before)

    def test_consent_is_in_force_after_a_reload(self):
        self.assertEqual(self.judged(guard="none"), REFUSED)
        self.set_guards(agreed(guard("none"), "2026-11-01 v2 by Jo Doe"))
        self.assertEqual(self.judged(guard="none"), TAKEN)

    def test_without_terms_nothing_changes(self):
        self.site.guard.settings["identity_keys"] = ""
        self.set_guards(guard("none"))
        for name in ("none", "nobody", "old"):
            self.assertEqual(self.judged(guard=name), TAKEN, name)
        self.assertNotIn("terms", self.tool("status", status=69))

    def test_who_names_no_guard_must_be_the_admin(self):
        def ask(uid):
            return json.loads(self.tool(
                "check", "--json", self.fresh(), uid=uid,
                status=3 if uid else 0))
        told = ask(MILTER_UID)
        self.assertEqual((told["state"], told["reason"]), REFUSED)
        self.assertEqual(ask(0)["state"], "deliverable")

    def test_it_is_said_by_all_who_should(self):
        status = self.site.status()
        self.assertEqual(status["terms"], "v2")
        self.assertEqual([n["submitter"] for n in status["no_consent"]],
                         ["late", "none", "old"])
        self.assertRegex(self.tool("status", status=69),
                         '"late" agreed to the terms v1 on 2026-01-15')
        checked = self.tool("config", "--check")
        self.assertRegex(checked, r'rcptguard\.conf:\d+: the guard "late" '
                         "agreed to the terms v1 on 2026-01-15, but v2")
        self.assertRegex(checked, r'rcptguard\.conf:\d+: the guard "none" '
                         "has not agreed to the terms v2")
        self.assertNotRegex(checked, '"good" (has|agree)')
        page = self.tool("policy-page")
        self.assertIn("terms, version v2", page)

    def test_the_page_says_why_and_what_follows(self):
        text = guard("shop", undeliverable="reject", mailbox_full="tag",
                     risky="hold", pending="accept")
        self.set_guards(text.replace("mode =", 'purpose = "the <shop>"; '
                                     "mode ="), guard("w", mode="observe"))
        page = self.tool("policy-page")
        self.assertIn("One of them: the &lt;shop&gt;", page)
        self.assertIn("<th>the &lt;shop&gt;</th><td>undeliverable: reject, "
                      "risky: hold, mailbox_full: tag</td>", page)
        self.assertIn("<th>w</th><td>nothing, it is only noted</td>", page)
        self.assertIn("no answer is a guarantee", page)

    def test_preflight_says_it(self):
        told = subprocess.run(
            self.site.guard.cli("preflight", "--json"), timeout=120,
            capture_output=True, check=False)
        checks = [c for c in json.loads(told.stdout)["checks"]
                  if c["name"] == "consent"]
        self.assertEqual([c["result"] for c in checks], ["warn", "warn"])
        self.assertIn("agreed to the terms v1", checks[0]["text"])

    def lines(self, count):
        return wait_for("the log's lines", lambda: (
            lambda v: v if len(v) >= count else None)(
                self.site.guard.verdicts()))

    def test_the_story_tells_why_and_the_line_whence(self):
        self.judged(guard="crm")
        self.judged(guard="old")
        self.tool("check", self.fresh())
        crm, old, hand = self.lines(3)
        self.assertEqual([(v.get("guard"), v["origin"])
                          for v in (crm, old, hand)],
                         [("crm", "import"), ("old", "signup"),
                          (None, "operator")])
        self.assertEqual(old["reason"], "submitter_not_allowed")
        self.assertEqual(old["evidence"]["rule"], "submitter.consent")
        told = self.tool("explain", old["id"])
        self.assertIn('"old" agreed to the terms v1 on 2025-01-15', told)
        self.assertRegex(told, r"came by +signup")

    def test_a_decision_of_the_milter_tells_the_same(self):
        with self.site.wire() as wire:
            wire.send("note", note="decision",
                      time="2026-11-21T10:00:00.000Z",
                      id="0123456789abcdef", address="x@a.example",
                      role="recipient", guard="none", origin="signup",
                      reason="submitter_not_allowed", action="accept",
                      mode="enforce", source="probe", age_s="0",
                      took_ms="1")
        line, = self.lines(1)
        self.assertIn('"none" has not agreed to the terms v2',
                      line["evidence"]["story"][0]["text"])


class Refused(unittest.TestCase):
    """Settings that name no consent are errors with file and line."""

    ROWS = [
        ('identity: { terms = "v 1"; };', "identity.terms",
         "is no version"),
        ('guards = ( { name = "a";\nconsent = "v1"; } );',
         "guards.consent", "is no consent"),
        ('submitters = ( { name = "a"; }, { name = "a"; } );',
         "submitters", "give each its own name"),
        ('submitters = ( { name = "a"; } ); guards = ( { name = "a"; } );',
         "guard", "is a guard's name too"),
    ]

    def test_rows(self):
        site = ProbeSite(SCENARIO)
        self.addCleanup(site.close)
        directory = site.workspace.directory("conf.d")
        for text, key, what in self.ROWS:
            with self.subTest(text):
                site.workspace.write(text, directory, "a.conf")
                done = subprocess.run(
                    site.guard.cli("config", "--check"), timeout=120,
                    capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, 78)
                self.assertRegex(done.stderr, rf"a\.conf:\d+: .*{key}")
                self.assertIn(what, done.stderr)


if __name__ == "__main__":
    tap.main()
