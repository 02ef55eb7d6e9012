#!/usr/bin/env python3
"""What a probe costs is in its evidence: as the host saw it, octet for octet."""

import json
import subprocess
import unittest

from probe_site import ProbeSite, tap, wait_for

REFUSED = '"550-5.1.1 No such user\\n550 5.1.1 here"'
SCENARIO = f"""
host slow.mail.example rcpt * {REFUSED}
host quick.mail.example pipelining rcpt * {REFUSED}
host tls.mail.example pipelining starttls tls 1.3 rcpt * {REFUSED}
host old.mail.example pipelining starttls tls 1.2 rcpt * {REFUSED}
host mute.mail.example pipelining rcpt * drop
domain slow.example mx 10 slow.mail.example
domain quick.example mx 10 quick.mail.example
domain tls.example mx 10 tls.mail.example
domain old.example mx 10 old.mail.example
domain mute.example mx 10 mute.mail.example
"""


class Cost(unittest.TestCase):
    def setUp(self):
        self.site = ProbeSite(SCENARIO, smtp_keys="per_mx = 1;")
        self.addCleanup(self.site.close)

    def octets(self, host, kind, field):
        """Of commands up to RCPT, or of replies up to its own."""
        out = 0
        for e in self.site.simnet.events(kind):
            if e["host"] != host or e.get("verb") == "QUIT" \
                    or e.get("step") == "quit":
                continue
            out += len(e[field]) + 2
        return out

    def cost(self, address):
        answer = self.site.verify(address, evidence="yes", wait_ms="20000")
        self.site.idle()
        return json.loads(answer["evidence"])

    def test_as_the_host_saw_it(self):
        for says, name, trips in (
                ("a step at a time: connection, banner, three commands",
                 "slow", 5),
                ("MAIL and RCPT together", "quick", 4),
                ("STARTTLS, one round of TLS 1.3, EHLO again", "tls", 7),
                ("and two rounds of TLS 1.2", "old", 8)):
            with self.subTest(says):
                host = f"{name}.mail.example"
                evidence = self.cost(f"a@{name}.example")
                self.assertEqual(evidence["round_trips"], trips, evidence)
                self.assertEqual(evidence["sent"],
                                 self.octets(host, "command", "line"))
                self.assertEqual(evidence["received"],
                                 self.octets(host, "reply", "text"))
                self.assertLessEqual(evidence.get("session_ms", 0),
                                     evidence["took_ms"])

    def test_a_second_one_on_the_session_costs_a_round_trip(self):
        with self.site.wire() as wire:
            for name in "ab":
                wire.send("verify", id=name, wait_ms="20000", evidence="yes",
                          address=f"{name}@quick.example")
            costs = [json.loads(wire.answer()["evidence"])
                     for _ in range(2)]
        self.assertEqual(self.site.simnet.host("quick.mail.example")
                         ["connections"], 1)
        self.assertEqual([c["round_trips"] for c in costs], [4, 1], costs)
        self.assertLess(costs[1]["received"], costs[0]["received"])

    def test_what_ended_without_an_answer_has_its_cost_too(self):
        evidence = self.cost("a@mute.example")
        self.assertNotIn("code", evidence)
        self.assertEqual(evidence["round_trips"], 4, evidence)
        self.assertGreater(evidence["sent"], 0)

    def test_the_log_and_explain_tell_it(self):
        evidence = self.cost("a@quick.example")
        log = self.site.workspace.file("log", "verdicts.jsonl")
        self.site.verify("a@quick.example")

        def line():
            with open(log, encoding="utf-8") as file:
                lines = [json.loads(text) for text in file
                         if text.endswith("\n")]
            return [e for e in lines if e.get("evidence")]
        logged = wait_for("line", line)[-1]["evidence"]
        cost = {k: evidence[k] for k in ("sent", "received", "round_trips",
                                         "session_ms")
                if k in evidence}
        self.assertEqual({k: logged.get(k) for k in cost}, cost)
        told = subprocess.run(self.site.guard.cli("explain",
                                                  "a@quick.example"),
                              capture_output=True, text=True, check=False)
        self.assertIn(f"{cost['sent']} octets sent, {cost['received']} "
                      "received, 4 round trips", told.stdout)


if __name__ == "__main__":
    tap.main()
