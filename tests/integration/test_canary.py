#!/usr/bin/env python3
"""A provider whose answers stop meaning anything is not asked any more."""

import json
import subprocess
import unittest

from probe_site import ProbeSite, tap, wait_for

HOST = "mx.bird.example"
REFUSED = '"550 5.1.1 User unknown"'
BLOCKED = '"554 5.7.1 Your IP is blocked using a blocklist"'
PROVIDERS = ('providers = ( { name = "bird"; mx = [ "mx.bird.example" ]; '
             'method = "smtp"; } );\n')


def scenario(known="ok", nobody=REFUSED, banner=""):
    return (f"host {HOST} pipelining {banner} rcpt known {known} "
            f"rcpt nobody {nobody} rcpt bob ok rcpt carol ok rcpt dora ok\n"
            f"host other rcpt bob ok\n"
            f"domain bird.example mx 10 {HOST}\n"
            f"domain other.example mx 10 other\n")


class Canaries(unittest.TestCase):
    def setUp(self):
        self.site = ProbeSite(scenario())
        self.addCleanup(self.site.close)
        self.site.workspace.write(PROVIDERS, "etc", "providers.conf")
        self.site.workspace.directory("conf.d")
        self.site.workspace.write(
            'canaries = ( { provider = "bird"; good = "known@bird.example"; '
            'bad = "nobody@bird.example"; every = "1s"; rounds = 2; } );\n',
            "conf.d", "10-canaries.conf")
        with self.site.wire() as wire:
            answer = wire.ask("reload")
        self.assertEqual(answer["result"], "ok", answer)

    def canary(self):
        return self.site.status()["canaries"][0]

    def until(self, state, **facts):
        def so():
            canary = self.canary()
            return canary["state"] == state and canary if all(
                canary.get(k) == v for k, v in facts.items()) else None
        try:
            return wait_for(f"{state} {facts}", so, 90, 0.1)
        except BaseException:
            print("#", self.canary())
            raise

    def reason(self, address):
        return self.site.verify(address, fresh="yes",
                                wait_ms=10000)["reason"]

    def tool(self, *words):
        done = subprocess.run(self.site.guard.cli(*words), timeout=120,
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    def alarms(self):
        return self.site.probe.output().count("alarm: the answers of bird")

    def test_drift_lowers_and_recovers(self):
        self.until("trusted", drift="none", good_reason="accepted",
                   bad_reason="no_such_user")
        self.assertEqual(self.reason("bob@bird.example"), "accepted")
        self.assertEqual(self.tool("canary")[0], 0)

        self.site.simnet.load(scenario(nobody="ok"))
        self.until("signals_only", drift="all_accepted")
        self.assertEqual(self.reason("carol@bird.example"),
                         "provider_signals_only")
        self.assertEqual(self.reason("bob@other.example"), "accepted")
        self.assertNotIn("carol@bird.example",
                         self.site.simnet.host(HOST)["rcpts"])
        self.assertEqual(self.alarms(), 1)
        status, out = self.tool("canary", "--json")
        said = json.loads(out)
        self.assertEqual((status, said["provider"], said["state"]),
                         (1, "bird", "signals_only"))
        self.assertIn("not asked", self.tool("canary")[1])

        wrong = self.canary()["wrong"]     # it goes on, with one alarm
        wait_for("more rounds", lambda: self.canary()["wrong"] > wrong + 1,
                 step=0.1)
        self.assertEqual(self.alarms(), 1)

        self.site.simnet.load(scenario())
        self.until("trusted", drift="none")
        self.assertEqual(self.reason("carol@bird.example"), "accepted")
        self.assertIn("right again", self.site.probe.output())

    def test_it_is_lowered_over_a_restart(self):
        self.site.simnet.load(scenario(known=REFUSED))
        self.until("signals_only", drift="all_refused")
        self.site.guard.probe.stop()
        self.site.guard.start_probe()
        self.assertEqual(self.canary()["state"], "signals_only")
        self.assertEqual(self.reason("dora@bird.example"),
                         "provider_signals_only")
        self.assertNotIn("damaged", self.site.probe.output())

    def test_refused_for_our_own_sake(self):
        self.site.simnet.load(scenario(known=BLOCKED, nobody=BLOCKED))
        self.until("signals_only", drift="refused_us")

    def test_a_host_that_says_nothing_shows_no_drift(self):
        self.until("trusted", drift="none")
        self.site.simnet.load(scenario(known='"451 4.3.0 Later"',
                                       nobody='"451 4.3.0 Later"'))
        canary = self.until("trusted", drift="unclear")
        later = wait_for("more rounds", lambda: (
            lambda c: c if c["asked_at"] > canary["asked_at"] + 3 else None)(
                self.canary()), 90, 0.1)
        self.assertEqual((later["state"], later["wrong"]), ("trusted", 0))

    def test_no_canaries(self):
        self.site.workspace.write("canaries = ( );\n", "conf.d",
                                  "10-canaries.conf")
        with self.site.wire() as wire:
            self.assertEqual(wire.ask("reload")["result"], "ok")
        self.assertEqual(self.site.status()["canaries"], [])
        self.assertEqual(self.tool("canary", "--json"), (0, ""))


if __name__ == "__main__":
    tap.main()
