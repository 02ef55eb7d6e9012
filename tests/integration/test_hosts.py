#!/usr/bin/env python3
"""What the probe remembers of mail hosts, and how it shares sessions."""

import collections
import json
import signal
import subprocess
import time
import unittest

from probe_site import ProbeSite, tap, wait_for

SHORT = {"connect_timeout": "3s", "reply_timeout": "3s",
         "session_timeout": "15s"}
# A session of its own asks each host that accepts for a random name.
RANDOM = 1


def story(verdict):
    """What was told of its probe, a line a step."""
    return "\n".join(step.get("text", "") for step
                     in verdict["evidence"].get("story", []))


class Case(unittest.TestCase):
    """Each case has a probe and a simnet of its own."""

    SCENARIO = ""
    SETTINGS = SHORT

    def setUp(self):
        self.site = ProbeSite(self.SCENARIO, **self.SETTINGS)
        self.addCleanup(self.site.close)

    def ask(self, *addresses):
        """Verdicts as the tool's JSON has them, in order; asked at once."""
        done = subprocess.run(
            self.site.guard.cli("check", "--json", "--wait", "60s",
                                *addresses),
            text=True, check=False, capture_output=True, timeout=120)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(lines), len(addresses), done.stderr)
        return lines

    def one(self, address):
        return self.ask(address)[0]

    def reload(self):
        self.site.probe.signal(signal.SIGUSR1)
        wait_for("reload", lambda: "reloaded" in self.site.probe.output())

    def connections(self, name):
        return self.site.simnet.host(name)["connections"]

    def told(self, verdict):
        return f"{verdict['state']}/{verdict['reason']}"


class Rest(Case):
    SCENARIO = """
host busy banner "421 4.3.2 too busy"
host helo ehlo "550 5.7.1 HELO rejected: bad name"
host from pipelining mail * "550 5.7.1 Sender rejected"
host mute banner hang
host dead refused
host good pipelining rcpt ok* ok
host slow pipelining rcpt hang hang rcpt ok* ok
domain busy.example mx 10 busy
domain helo.example mx 10 helo
domain from.example mx 10 from
domain mute.example mx 10 mute
domain dead.example mx 10 dead
domain second.example mx 10 busy mx 20 good
domain slow.example mx 10 slow
"""

    def test_a_host_that_failed_is_left_alone(self):
        for name in ("busy", "helo", "from", "mute", "dead"):
            with self.subTest(name):
                first = self.one(f"ok-a@{name}.example")
                before = self.connections(name)
                second = self.one(f"ok-b@{name}.example")
                self.assertEqual(second["state"], "unknown")
                self.assertEqual(self.told(first), self.told(second))
                self.assertEqual(self.connections(name), before)
                self.assertIn("remembered from", story(second))
                for key in ("stage", "code", "mx", "ip", "text"):
                    self.assertEqual(second["evidence"].get(key),
                                     first["evidence"].get(key), key)

    def test_the_next_host_is_asked_meanwhile(self):
        for local in "abc":
            verdict = self.one(f"ok-{local}@second.example")
            self.assertEqual(verdict["state"], "deliverable")
        self.assertEqual(self.connections("busy"), 1)

    def test_the_recipients_own_troubles_are_no_hosts(self):
        self.assertEqual(self.told(self.one("hang@slow.example")),
                         "unknown/timeout")
        self.assertEqual(self.one("bad@slow.example")["state"],
                         "undeliverable")
        self.assertEqual(self.one("ok@slow.example")["state"],
                         "deliverable")

    def test_a_reload_forgets(self):
        self.assertEqual(self.one("ok-a@busy.example")["state"], "unknown")
        self.site.simnet.load(self.SCENARIO.replace(
            'busy banner "421 4.3.2 too busy"', "busy rcpt ok* ok"))
        self.assertEqual(self.one("ok-b@busy.example")["state"], "unknown")
        self.reload()
        self.assertEqual(self.one("ok-c@busy.example")["state"], "deliverable")


class Told(Case):
    """What was learned is told to the admin."""

    SCENARIO = """
host few pipelining limit rcpts 1 "452 4.5.3 Error: too many" rcpt ok* ok
host from pipelining mail * "550 5.7.1 \\x1b[1mSender rejected"
host tls starttls tls garbage pipelining rcpt ok* ok
host good pipelining rcpt ok* ok
domain few.example mx 10 few
domain from.example mx 10 from
domain tls.example mx 10 tls
domain good.example mx 10 good
"""
    SETTINGS = {**SHORT, "smtp_keys": "per_mx = 1;"}

    def test_limits_are_in_status(self):
        self.ask(*[f"ok{n}@few.example" for n in range(3)],
                 "ok@from.example", "ok@tls.example", "ok@good.example")
        told = self.site.status()["mail_hosts"]
        self.assertEqual(told["limited"], 3)
        hosts = {h["host"].split(".")[0]: h for h in told["hosts"]}
        self.assertEqual(set(hosts), {"few", "from", "tls"})
        self.assertEqual(hosts["few"]["recipients"], 1)
        self.assertEqual(hosts["from"]["code"], 550)
        self.assertEqual(hosts["from"]["text"],
                         r"5.7.1 \x1B[1mSender rejected")
        now = time.time()
        for name, key, span in (("few", "recipients_until", 86400),
                                ("from", "rests_until", 60)):
            self.assertTrue(now < hosts[name][key] <= now + span + 1, name)
        self.assertIn("no_tls_until", hosts["tls"])
        done = subprocess.run(self.site.guard.cli("status"), text=True,
                              check=False, capture_output=True, timeout=60)
        for words in ("Mail hosts with limits of their own: 3",
                      "it is asked one recipient a session",
                      "it is left alone: ", "said at mail: 550 5.7.1 ",
                      "it is asked without TLS"):
            self.assertIn(words, done.stdout)
        self.assertNotIn("good.example", done.stdout)
        self.reload()
        self.assertEqual(self.site.status()["mail_hosts"],
                         {"limited": 0, "hosts": []})


class Lingers(Case):
    """A session waits a moment for the next question."""

    SCENARIO = "host h pipelining rcpt ok* ok\ndomain h.example mx 10 h\n"

    def test_it(self):
        with self.site.wire() as wire:
            for i in range(50):         # a busy machine may miss the moment
                answer = wire.verify(f"ok{i}@h.example", wait_ms="50000",
                                     evidence="yes")
                if "and answered 1 before" in answer["evidence"]:
                    return
        self.fail("each is asked in a session of its own")


class SecondRecipient(Case):
    """Each host takes one recipient a session, and has its own way to say so.

    One session at a time: with two, the addresses would be shared out.
    """

    HOSTS = [
        ("code", 'limit rcpts 1 "452 4.5.3 Error: too many recipients"'),
        ("region", 'limit rcpts 1 "451 4.4.4 Temporary server error. '
                   'Please try again later ATTR38"'),
        ("words", 'limit rcpts 1 "450 only one recipient for <>"'),
        ("bye", 'limit rcpts 1 "421 4.7.0 Too many messages in this session"'),
        ("drop", "limit rcpts 1 drop"),
        ("reset", "limit rcpts 1 reset"),
        ("rset", "rset drop"),
        ("rset-rst", "rset reset"),
        ("rset-hang", "rset hang"),
        ("mail", 'limit transactions 1 "450 4.3.2 again later"'),
    ]
    SCENARIO = "".join(
        f"host {name} pipelining {habit} rcpt ok* ok\n"
        f"domain {name}.example mx 10 {name}\n"
        for name, habit in HOSTS)
    ROUNDS = 6

    SETTINGS = {**SHORT, "smtp_keys": "per_mx = 1;"}

    def judge(self, name):
        addresses = [f"{'bad' if i % 2 else 'ok'}{i}@{name}.example"
                     for i in range(self.ROUNDS)]
        verdicts = self.ask(*addresses)
        for verdict in verdicts:
            state = "undeliverable" if verdict["address"].startswith("bad") \
                else "deliverable"
            self.assertEqual(verdict["state"], state,
                             self.told(verdict) + "\n" + story(verdict))
        return verdicts

    def test_all_are_answered(self):
        for name, _ in self.HOSTS:
            with self.subTest(name):
                verdicts = self.judge(name)
                again = [v for v in verdicts
                         if "once more, on a new connection" in story(v)]
                self.assertGreaterEqual(len(again), 1)
                self.assertEqual(
                    self.site.simnet.host(name)["violations"], [])

    def test_it_is_learned(self):
        """At once from words, after two times from drops."""
        for name, times in (("code", 1), ("region", 1), ("bye", 1),
                            ("drop", 2), ("rset", 2), ("rset-hang", 2)):
            with self.subTest(name):
                verdicts = self.judge(name)
                learned = [v for v in verdicts
                           if "one recipient a session" in story(v)]
                self.assertEqual(len(learned), 1)
                again = [v for v in verdicts if "once more" in story(v)]
                self.assertEqual(len(again), times)
                # one each, and the ones in vain are no connections more
                self.assertEqual(self.connections(name),
                                 self.ROUNDS + RANDOM)
                self.judge_next(name)

    def judge_next(self, name):
        verdicts = self.ask(*[f"ok-n{i}@{name}.example" for i in range(3)])
        self.assertEqual([v["state"] for v in verdicts], ["deliverable"] * 3)
        for verdict in verdicts:
            self.assertNotIn("once more", story(verdict))

    def test_a_refusal_after_a_drop_stands(self):
        """A host that never answers the second one costs one more session."""
        self.site.simnet.load(
            'host gone pipelining rcpt ok-first ok rcpt x hang\n'
            'domain gone.example mx 10 gone\n')
        verdicts = self.ask("ok-first@gone.example", "x@gone.example")
        self.assertEqual(self.told(verdicts[0]), "deliverable/accepted")
        self.assertEqual(self.told(verdicts[1]), "unknown/timeout")
        # one for the random name, and one more for whom it did not answer
        self.assertLessEqual(self.connections("gone"), 3)


class ProviderLimits(Case):
    """providers.conf says how a host is asked, and the random name does not
    change that."""

    SCENARIO = """
host two pipelining rcpt ok* ok
domain two.example mx 10 two
"""
    PROVIDERS = """
providers = ( { name = "two"; mx = [ "two.sim.example" ]; method = "smtp";
  rcpts_per_session = 2; connections = 1; } );
"""

    def rcpts_of_sessions(self):
        seen = collections.Counter(
            e["session"] for e in self.site.simnet.events("command")
            if e["verb"] == "RCPT")
        return sorted(seen.values(), reverse=True)

    def test_recipients_a_session(self):
        with open(self.site.workspace.file("etc", "providers.conf"), "w",
                  encoding="utf-8") as file:
            file.write(self.PROVIDERS)
        self.reload()
        # once alone, once in groups: it is known then to answer several
        for word, most in (("a", 9), ("b", 13)):
            verdicts = self.ask(*[f"ok-{word}{i}@two.example"
                                  for i in range(8)])
            self.assertEqual({self.told(v) for v in verdicts},
                             {"deliverable/accepted"})
            self.assertEqual(self.rcpts_of_sessions()[0], 2)
            self.site.idle()
            self.assertLessEqual(self.connections("two"), most)
        self.assertEqual(self.site.simnet.host("two")["max_open"], 1)


class Gentle(Case):
    """However many are asked for at once: the load as the host sees it."""

    SCENARIO = """
host calm pipelining rcpt ok* after 150ms ok \\
    rcpt * after 150ms "550 5.1.1 no such user"
domain one.example mx 10 calm
domain two.example mx 10 calm
""".replace("\\\n", "")
    NUMBER = 24

    def setUp(self):
        pass                            # each row has a site of its own

    def most_under_way(self):
        """Recipients that the host was asked at one time."""
        now, most = {}, 0
        for event in self.site.simnet.events_of("calm"):
            session = event["session"]
            if event["event"] == "command" and event["verb"] == "RCPT":
                now[session] = now.get(session, 0) + 1
                self.assertEqual(now[session], 1, "two in one session")
            elif event["event"] == "reply" and event["step"] == "rcpt":
                now[session] -= 1
            most = max(most, sum(now.values()))
        return most

    def test_sessions_and_questions_side_by_side(self):
        for most, keys in ((1, "per_mx = 1;"), (2, ""), (5, "per_mx = 5;")):
            with self.subTest(f"{most} of them"):
                self.site = ProbeSite(self.SCENARIO, **{
                    **self.SETTINGS, "smtp_keys": keys})
                self.addCleanup(self.site.close)
                verdicts = self.ask(*[
                    f"{('ok', 'bad')[i % 2]}{i}@{('one', 'two')[i % 3 > 1]}"
                    ".example" for i in range(self.NUMBER)])
                self.assertEqual(
                    [v["state"] for v in verdicts],
                    ["deliverable", "undeliverable"] * (self.NUMBER // 2))
                self.site.idle()
                self.assertEqual(
                    self.site.simnet.host("calm")["max_open"], most)
                self.assertEqual(self.most_under_way(), most)


class Utf8(Case):
    SCENARIO = """
host old pipelining rcpt ok* ok
host older pipelining rcpt ok* ok
host new pipelining smtputf8 rcpt ok* ok
host dead refused
domain old.example mx 10 old mx 20 older
domain mixed.example mx 10 old mx 20 new
domain half.example mx 10 old mx 20 dead
domain new.example mx 10 new
"""

    def test_who_takes_utf8(self):
        rows = [("new", "deliverable/accepted"),
                ("mixed", "deliverable/accepted"),
                ("old", "undeliverable/no_mail_host"),
                ("half", "unknown/ambiguous_refusal")]
        for name, told in rows:
            with self.subTest(name):
                verdict = self.one(f"ok-m\u00fcller@{name}.example")
                self.assertEqual(self.told(verdict), told, story(verdict))
        verdict = self.one("ok-mueller@old.example")
        self.assertEqual(self.told(verdict), "deliverable/accepted")
        self.assertEqual(self.site.simnet.host("older")["rcpts"], {})


class Resumption(Case):
    """A second session to a host over TLS needs no certificate again."""

    SCENARIO = """
host new pipelining starttls tls 1.3 rcpt ok* ok
host old pipelining starttls tls 1.2 rcpt ok* ok
host other pipelining starttls tls 1.3 rcpt ok* ok
domain new.example mx 10 new
domain old.example mx 10 old
domain other.example mx 10 other
"""

    def tls(self, address):
        """Of a session of its own."""
        verdict = self.one(address)
        self.assertEqual(self.told(verdict), "deliverable/accepted",
                         story(verdict))
        self.site.idle()
        return verdict["evidence"]["tls"]

    def test_the_next_sessions_resume(self):
        for name, version in (("new", "TLSv1.3"), ("old", "TLSv1.2")):
            with self.subTest(name):
                self.assertEqual(self.tls(f"ok-a@{name}.example"), version)
                for local in "bcd":
                    self.assertEqual(self.tls(f"ok-{local}@{name}.example"),
                                     version + " resumed")
                self.assertEqual(self.connections(name), 4 + RANDOM)

    def test_never_with_another_host(self):
        self.assertEqual(self.tls("ok-a@new.example"), "TLSv1.3")
        self.assertEqual(self.tls("ok-a@other.example"), "TLSv1.3")

    def test_a_host_that_forgot_is_met_anew(self):
        """Another key for its tickets: a full handshake, and no harm."""
        self.tls("ok-a@new.example")
        self.site.simnet.ask("rekey")
        self.assertEqual(self.tls("ok-b@new.example"), "TLSv1.3")
        self.assertEqual(self.tls("ok-c@new.example"), "TLSv1.3 resumed")


class TwoFamilies(Case):
    """The hosts have an address in each family; IPv4 is the first."""

    SCENARIO = """
host four at 1 pipelining rcpt ok* ok
host six at ::1 pipelining rcpt ok* ok
host hole at 3 blackhole
host none at 4 refused
domain four.example mx 10 m.four.example.
domain m.four.example a four aaaa ::1
domain hole.example mx 10 m.hole.example.
domain m.hole.example a hole aaaa ::1
domain none.example mx 10 m.none.example.
domain m.none.example a none aaaa ::1
"""
    SETTINGS = {**SHORT, "connect_timeout": "5s",
                "allow": '"127.0.0.0/8", "::1/128"'}

    def test_the_first_that_answers_is_alone(self):
        verdict = self.one("ok-a@four.example")
        self.assertEqual(verdict["state"], "deliverable")
        self.assertEqual(verdict["evidence"]["ip"],
                         self.site.network.address(1))
        self.assertEqual(self.connections("six"), 0)

    def test_the_other_family_steps_in_for_a_slow_one(self):
        verdict = self.one("ok-a@hole.example")
        self.assertEqual(verdict["state"], "deliverable", story(verdict))
        self.assertEqual(verdict["evidence"]["ip"], "::1")
        self.assertIn("connecting to ::1 too", story(verdict))
        self.assertGreaterEqual(verdict["took_ms"], 300)
        self.assertLess(verdict["took_ms"], 4900)
        self.assertEqual(self.connections("six"), 1 + RANDOM)

    def test_next_time_the_faster_goes_first(self):
        self.one("ok-a@hole.example")
        self.site.idle()
        verdict = self.one("ok-b@hole.example")
        self.assertEqual(verdict["state"], "deliverable", story(verdict))
        self.assertNotIn("too", story(verdict))

    def test_one_that_refuses_is_followed_by_the_next(self):
        verdict = self.one("ok-a@none.example")
        self.assertEqual(verdict["state"], "deliverable", story(verdict))
        self.assertEqual(verdict["evidence"]["ip"], "::1")

    def test_both_slow_is_one_time(self):
        self.site.simnet.load(self.SCENARIO.replace(
            "host six at ::1 pipelining rcpt ok* ok",
            "host six at ::1 blackhole"))
        verdict = self.one("ok-a@hole.example")
        self.assertEqual(self.told(verdict), "unknown/no_connect")
        self.assertLess(verdict["took_ms"], 9900)


class SilentNames(Case):
    """DNS that is silent about what need not be waited for.

    All tries together would take four times 15 s.
    """

    SCENARIO = """
host m pipelining rcpt ok* ok
host dead refused
domain family.example mx 10 m.family.example.
domain m.family.example a m timeout:aaaa
domain backup.example mx 10 m mx 20 m.backup.example.
domain m.backup.example timeout
domain first.example mx 10 m.first.example. mx 20 m
domain m.first.example delay 3s a m
domain both.example mx 10 dead mx 20 m.both.example.
domain m.both.example timeout
"""
    SETTINGS = {**SHORT, "dns_timeout": "15s"}

    def test_there_is_whom_to_ask(self):
        for domain in ("family", "backup"):
            with self.subTest(domain):
                verdict = self.one(f"ok@{domain}.example")
                self.assertEqual(self.told(verdict), "deliverable/accepted",
                                 story(verdict))
                self.assertIn("not all answers came in time", story(verdict))
                self.assertLess(verdict["took_ms"], 14000)

    def test_the_preferred_one_is_waited_for(self):
        """Where nobody can be asked but a backup."""
        verdict = self.one("ok@first.example")
        self.assertEqual(verdict["evidence"]["mx"], "m.first.example",
                         story(verdict))
        self.assertGreater(verdict["took_ms"], 2900)

    def test_what_was_not_told_makes_no_address_undeliverable(self):
        verdict = self.one("ok@both.example")
        self.assertEqual(self.told(verdict), "unknown/no_connect",
                         story(verdict))
        verdict = self.one("ok-m\u00fcller@backup.example")
        self.assertEqual(verdict["state"], "unknown", story(verdict))


if __name__ == "__main__":
    tap.main()
