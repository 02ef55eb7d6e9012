#!/usr/bin/env python3
"""Wishes and complaints that come by mail."""

import json
import subprocess
import unittest

from guard import MILTER_UID, SHARED_GID
from probe_site import ProbeSite, tap
from processes import setpriv

SCENARIO = """
host h1 at 11 pipelining rcpt known* ok
domain a.example mx 10 h1
domain b.example mx 10 h1
""".strip()
ID = 'authserv_id = "mx.shop.example";'
EXCLUDED = ("not_checked", "excluded_by_request")
TAKEN = ("deliverable", "accepted")


def message(sender="postmaster@a.example", text="exclude a.example",
            proof="dmarc=pass header.from=a.example", ident="<1@a.example>",
            server="mx.shop.example"):
    return (f"Authentication-Results: {server};\n\t{proof}\n"
            f"From: {sender}\nTo: abuse@shop.example\n"
            f"Message-ID: {ident}\nSubject: your probes\n\n{text}\n")


class Mail(unittest.TestCase):
    def setUp(self):
        self.site = ProbeSite(SCENARIO, identity_keys=ID)
        self.addCleanup(self.site.close)
        self.number = 0

    def tool(self, *words, status=0, text=None, uid=0):
        data = text.encode() if isinstance(text, str) else text
        done = subprocess.run(
            (setpriv(uid, SHARED_GID) if uid else [])
            + self.site.guard.cli(*words), timeout=120, input=data,
            capture_output=True, check=False)
        told = (done.stdout + done.stderr).decode()
        self.assertEqual(done.returncode, status, told)
        return told

    def mail(self, text, **kw):
        return self.tool("exclude", "--mail", text=text, **kw)

    def complaints(self):
        return [json.loads(line) for line in
                self.tool("complaint", "list", "--json").splitlines()]

    def excluded(self):
        return [json.loads(line)["text"] for line in
                self.tool("exclude", "--list", "--json").splitlines()]

    def judged(self, domain):
        self.number += 1
        answer = self.site.verify(f"known{self.number}@{domain}",
                                  wait_ms="8000")
        return answer["state"], answer["reason"]

    def test_a_postmaster_is_heard_at_once(self):
        self.assertEqual(self.judged("a.example"), TAKEN)
        told = self.mail(message())
        self.assertIn("a.example is excluded from now on", told)
        self.assertEqual(self.judged("a.example"), EXCLUDED)
        self.assertEqual(self.judged("b.example"), TAKEN)
        ticket, = self.complaints()
        self.assertEqual(
            {k: ticket[k] for k in ("from", "about", "text", "exclusion",
                                    "state", "message_id", "names")},
            {"from": "postmaster@a.example", "about": "a.example",
             "text": "your probes: exclude a.example ",
             "exclusion": "a.example", "state": "open",
             "message_id": "<1@a.example>", "names": "a.example"})
        entry, = [json.loads(line) for line in
                  self.tool("exclude", "--list", "--json").splitlines()]
        self.assertEqual(entry["ticket"], ticket["id"])

    def test_the_page_says_how_to_ask(self):
        self.assertIn("<code>exclude</code>", self.tool("policy-page"))

    def test_others_open_a_ticket_and_no_more(self):
        rows = [
            ("nobody proves it", message(proof="dmarc=none")),
            ("another server proves it", message(server="mx.evil.example")),
            ("another domain is proven",
             message(proof="dmarc=pass header.from=b.example")),
            ("a user", message("ann@a.example")),
            ("for another domain", message(text="exclude b.example")),
            ("no wish", message(text="Stop it, I am a.example!")),
            ("not a message", "\x00\xff garbage"),
            ("nothing", ""),
        ]
        for number, (says, text) in enumerate(rows):
            with self.subTest(says):
                told = self.mail(text.replace("<1@", f"<{number}@"))
                self.assertIn("is open; not excluded by itself", told)
        self.assertEqual(self.excluded(), [])
        self.assertEqual(len(self.complaints()), len(rows))
        self.assertEqual(self.judged("a.example"), TAKEN)

    def test_without_a_server_of_ours_nobody_is_believed(self):
        self.site.guard.settings["identity_keys"] = ""
        self.site.guard.configure(['{ name = "g"; }'])
        self.assertIn("not excluded by itself", self.mail(message()))
        self.assertEqual(self.excluded(), [])

    def test_a_message_that_comes_twice_is_one_ticket(self):
        self.mail(message())
        self.assertIn("has this message already", self.mail(message()))
        self.assertEqual(len(self.complaints()), 1)
        self.mail(message(ident="<2@a.example>"))
        self.assertEqual(len(self.complaints()), 2)

    def test_whatever_goes_wrong_the_mail_is_tried_again(self):
        self.assertIn("denied", self.mail(message(), status=75,
                                          uid=MILTER_UID))
        self.assertEqual(self.site.probe.stop(), 0)
        self.mail(message(), status=75)
        self.site.guard.start_probe()
        self.mail(message())
        self.assertEqual(self.excluded(), ["a.example"])
        with open(self.site.guard.config, "a", encoding="utf-8") as file:
            file.write("nonsense")
        self.mail(message(), status=75)

    def test_a_huge_or_hostile_message_is_a_short_ticket(self):
        self.mail(message(text="\x1b[2J%n" + "x" * 3000000,
                          ident="<\x1b]0;x@a.example>"))
        self.mail(b"From: a@b.example\n" + bytes(range(256)) * 100)
        self.mail("Content-Type: multipart/mixed; boundary=a\n\n"
                  + "--a\n" * 100000)
        for ticket in self.complaints():
            self.assertLessEqual(len(ticket["text"]), 1000)
        self.assertNotIn("\x1b", self.tool("complaint", "list"))

    def test_mail_leaves_room_for_the_admin(self):
        with self.site.wire() as wire:
            for n in range(900):
                wire.send("complaint", id=str(n), do="add", via="mail",
                          what=f"{n:016d}", about="b.example",
                          text="x", exclusion="", **{"from": "x@b.example"})
                if n % 100 == 99:
                    for _ in range(100):
                        self.assertEqual(wire.answer().get("result"), "ok")
        self.assertIn("too many open", self.mail(message(), status=75))
        self.tool("complaint", "add", "--from", "p@a.example", "--about",
                  "a.example", "--text", "by phone")
        self.tool("complaint", "close", f"{7:016d}")
        self.tool("complaint", "close", f"{8:016d}")
        self.mail(message(ident="<3@a.example>"))
        ids = [c["id"] for c in self.complaints()]
        self.assertEqual(len(ids), 901)
        self.assertNotIn(f"{7:016d}", ids)

    def test_a_complaint_may_exclude_by_itself(self):
        def add():
            return self.tool("complaint", "add", "--from", "p@a.example",
                             "--about", "a.example", "--text", "stop")
        self.assertNotIn("excluded", add())
        self.site.guard.settings["identity_keys"] = \
            'complaints = "exclude";'
        self.site.guard.configure(['{ name = "g"; }'])
        self.assertIn("it is excluded from now on", add())
        self.assertEqual(self.excluded(), ["a.example"])
        self.assertEqual(self.judged("a.example"), EXCLUDED)
        self.assertEqual([c["exclusion"] for c in self.complaints()
                          if c["exclusion"]], ["a.example"])


if __name__ == "__main__":
    tap.main()
