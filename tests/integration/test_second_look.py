#!/usr/bin/env python3
"""What one answer cannot say: catch-all hosts, and who was put off."""

import harness

SCENARIO = """
host mx1 pipelining rcpt alice ok rcpt bob ok
host any pipelining rcpt * ok
host lax rcpt * "252 2.1.5 Cannot VRFY user, but will accept message"
host coy pipelining rcpt alice ok rcpt bob ok \
    rcpt * "451 4.7.1 Please try again later"
host one pipelining limit rcpts 1 "452 4.5.3 Too many recipients" rcpt * ok
host grey pipelining \
    rcpt early "450 4.2.0 Greylisted, try again in 1 seconds" then ok \
    rcpt no "450 4.2.0 Greylisted, try again in 1 seconds" then \
    "550 5.1.1 User unknown" \
    rcpt late "450 4.2.0 Greylisted, try again in 12 seconds" then ok
domain good.example mx 10 mx1
domain any.example  mx 10 any
domain any2.example mx 10 any
domain lax.example  mx 10 lax
domain coy.example  mx 10 coy
domain one.example  mx 10 one
domain grey.example mx 10 grey
""".replace("\\\n", "")

GUARDS = [harness.guard("signup", "", "enforce", "8s")]


class SecondLook(harness.SiteCase):
    SCENARIO = SCENARIO
    GUARDS = GUARDS

    def judged(self, address):
        reply = self.site.rcpt(address)
        verdict = self.site.verdict(address)
        return reply.code, verdict["state"], verdict["reason"]

    def rcpts(self, host):
        return self.site.simnet.host(host)["rcpts"]

    def names_nobody_has(self, host, domain, known):
        return [a for a in self.rcpts(host)
                if a.endswith("@" + domain) and a not in known]

    def test_a_host_that_refuses_a_random_name_is_believed(self):
        self.assertEqual(self.judged("alice@good.example"),
                         (250, "deliverable", "accepted"))
        self.assertEqual(self.judged("bob@good.example"),
                         (250, "deliverable", "accepted"))
        asked = self.names_nobody_has(
            "mx1", "good.example", {"alice@good.example", "bob@good.example"})
        self.assertEqual(len(asked), 1, asked)

    def test_a_host_that_takes_any_name(self):
        for name in ("alice", "bob", "carol"):
            self.assertEqual(self.judged(f"{name}@any.example"),
                             (250, "risky", "catch_all"))
        known = {f"{n}@any.example" for n in ("alice", "bob", "carol")}
        asked = self.names_nobody_has("any", "any.example", known)
        self.assertEqual(len(asked), 1, asked)
        # another domain of the same host is another question
        self.assertEqual(self.judged("alice@any2.example"),
                         (250, "risky", "catch_all"))
        asked = self.names_nobody_has("any", "any2.example",
                                      {"alice@any2.example"})
        self.assertEqual(len(asked), 1, asked)

    def test_the_finding_survives_a_restart(self):
        self.judged("dora@any.example")
        before = sum(self.rcpts("any").values())
        harness.wait_for("the finding in the store", lambda: self.site.guard
                         .status()["store"]["domains"] > 0)
        self.site.guard.probe.stop()
        self.site.guard.start_probe()
        self.assertEqual(self.judged("emil@any.example"),
                         (250, "risky", "catch_all"))
        self.assertEqual(sum(self.rcpts("any").values()), before + 1)

    def test_252_says_by_itself_that_nothing_was_checked(self):
        self.assertEqual(self.judged("alice@lax.example"),
                         (250, "risky", "catch_all"))
        self.assertEqual(list(self.rcpts("lax")), ["alice@lax.example"])

    def test_a_test_that_was_put_off_shows_nothing(self):
        self.assertEqual(self.judged("alice@coy.example"),
                         (250, "deliverable", "accepted"))
        self.assertEqual(self.judged("bob@coy.example"),
                         (250, "deliverable", "accepted"))
        asked = self.names_nobody_has(
            "coy", "coy.example", {"alice@coy.example", "bob@coy.example"})
        self.assertEqual(len(asked), 1, asked)

    def test_the_random_name_has_a_session_of_its_own(self):
        self.assertEqual(self.judged("alice@one.example"),
                         (250, "risky", "catch_all"))
        seen = self.site.simnet.host("one")
        self.assertEqual((seen["connections"], seen["commands"]["RCPT"]),
                         (2, 2))

    def becomes(self, address, state):
        harness.wait_for(f"{address} {state}", lambda: self.site.guard
                         .stored(address) == state, 90, 0.3)

    def test_put_off_then_taken(self):
        self.assertEqual(self.judged("early@grey.example"),
                         (250, "unknown", "greylisted"))
        self.becomes("early@grey.example", "deliverable")
        self.assertEqual(self.rcpts("grey")["early@grey.example"], 2)

    def test_put_off_then_refused(self):
        self.assertEqual(self.judged("no@grey.example"),
                         (250, "unknown", "greylisted"))
        self.becomes("no@grey.example", "undeliverable")
        self.assertEqual(self.judged("no@grey.example")[0], 550)

    def test_who_waits_is_not_forgotten_over_a_restart(self):
        self.assertEqual(self.judged("late@grey.example"),
                         (250, "unknown", "greylisted"))
        harness.wait_for("it waits", lambda: self.site.guard.status()
                         ["probes"]["waiting_again"] > 0)
        self.site.guard.probe.stop()
        with open(self.site.guard.workspace.file("state", "verdicts.mdb"),
                  "rb") as file:
            self.assertNotIn(b"late@grey", file.read())
        self.site.guard.start_probe()
        self.becomes("late@grey.example", "deliverable")


if __name__ == "__main__":
    harness.main()
