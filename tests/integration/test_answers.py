#!/usr/bin/env python3
"""What one answer cannot say, where two things happen at once.

A wait that an exclusion, a budget or a good verdict meets; sessions that end
with ten recipients waiting; hosts of one domain that know different things.
"""

import collections
import json
import random
import signal
import subprocess
import unittest

from guard import guard
from probe_site import ProbeSite, tap, wait_for

DAY = 86400
GREY = '"450 4.2.0 Greylisted, come back later"'
SHORT = {"connect_timeout": "2s", "reply_timeout": "2s",
         "session_timeout": "8s"}


def story(answer):
    return "\n".join(step.get("text", "") for step in
                     json.loads(answer["evidence"]).get("story", []))


def told(answer):
    return f"{answer['state']}/{answer['reason']}"


class Case(unittest.TestCase):
    """Each case has a probe and a simnet of its own."""

    SCENARIO = ""
    SETTINGS = SHORT

    def setUp(self):
        self.site = ProbeSite(self.SCENARIO, **self.SETTINGS)
        self.addCleanup(self.site.close)

    def one(self, address, **attrs):
        return self.site.verify(address, evidence="yes", **attrs)

    def rcpts(self, address):
        """How often the hosts were asked for it."""
        return sum(1 for e in self.site.simnet.events("command")
                   if e["verb"] == "RCPT" and address in e["line"])

    def ask_all(self, addresses):
        """All at once on one connection: each answered once, and no more."""
        with self.site.wire() as wire:
            for address in addresses:
                wire.send("verify", id=address, address=address,
                          wait_ms="60000", evidence="yes")
            got = [wire.answer() for _ in addresses]
            last = wire.ask("status")
        self.assertEqual(collections.Counter(a["id"] for a in got),
                         collections.Counter(addresses))
        self.assertEqual(last["id"], "q")
        return {a["id"]: a for a in got}

    def tool(self, *words):
        done = subprocess.run(self.site.guard.cli(*words), text=True,
                              check=False, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def connections(self, name):
        return self.site.simnet.host(name)["connections"]


class Waiting(Case):
    """Time is moved, so the schedule is that of the program."""

    SCENARIO = f"""
host grey pipelining rcpt new* {GREY} rcpt ok* ok
domain grey.example mx 10 grey
"""
    SETTINGS = {**SHORT, "clock": True}

    def forward(self, seconds):
        """The probe sees that time has passed, and does what is due."""
        self.site.clock.forward(seconds)
        self.site.status()
        self.site.idle()

    def schedule(self, address, waits):
        """(waited, asked in all) for each of these waits."""
        out = []
        for wait in waits:
            self.forward(wait)
            out.append((wait, self.rcpts(address)))
        return out


class Greylist(Waiting):
    def test_a_minute_five_fifteen_thirty_and_no_more(self):
        self.assertEqual(told(self.one("new@grey.example")),
                         "unknown/greylisted")
        self.assertEqual(
            self.schedule("new@grey.example",
                          (50, 11, 290, 11, 890, 11, 1790, 11, 1900, 3600)),
            [(50, 1), (11, 2), (290, 2), (11, 3), (890, 3), (11, 4),
             (1790, 4), (11, 5), (1900, 5), (3600, 5)])
        self.assertEqual(self.site.status()["probes"]["waiting_again"], 0)

    def test_who_asks_meanwhile_hears_so_at_once_and_starts_nothing(self):
        self.one("new@grey.example")
        self.schedule("new@grey.example", (61, 301))
        for wait in (310, 310, 200):
            self.site.clock.forward(wait)
            answer = self.one("new@grey.example")
            self.assertEqual(told(answer), "unknown/greylisted")
            self.assertEqual(answer["source"], "store")
        self.assertEqual(self.rcpts("new@grey.example"), 3)
        self.forward(90)
        self.assertEqual(self.rcpts("new@grey.example"), 4)

    def test_the_count_goes_on_after_a_restart(self):
        self.one("new@grey.example")
        self.schedule("new@grey.example", (61, 301))
        self.site.guard.probe.stop()
        self.site.guard.start_probe()
        self.assertEqual(
            self.schedule("new@grey.example", (880, 30, 1780, 30, 3600)),
            [(880, 3), (30, 4), (1780, 4), (30, 5), (3600, 5)])

    def test_a_good_verdict_in_force_does_not_make_it_endless(self):
        """Rule R7 keeps the good one; the attempts count all the same."""
        self.assertEqual(told(self.one("ok@grey.example")),
                         "deliverable/accepted")
        self.site.idle()
        self.site.simnet.load(self.SCENARIO.replace("rcpt new", "rcpt ok"))
        self.site.clock.forward(8 * DAY)
        self.assertEqual(told(self.one("ok@grey.example")),
                         "deliverable/accepted")
        wait_for("the refresh", lambda: self.rcpts("ok@grey.example") == 2)
        self.site.idle()
        self.assertEqual(
            self.schedule("ok@grey.example",
                          (61, 61, 240, 61, 840, 61, 1740, 61, 7200)),
            [(61, 3), (61, 3), (240, 4), (61, 4), (840, 5), (61, 5),
             (1740, 6), (61, 6), (7200, 6)])
        self.assertEqual(told(self.one("ok@grey.example")),
                         "deliverable/accepted")

    def test_silences_before_it_are_no_part_of_the_series(self):
        self.site.simnet.load(self.SCENARIO.replace("grey pipelining",
                                                    "grey refused"))
        for _ in range(6):
            self.assertEqual(told(self.one("new@grey.example", fresh="yes")),
                             "unknown/no_connect")
            self.site.idle()
        self.site.simnet.load(self.SCENARIO)
        with self.site.wire() as wire:      # the host rests no more
            self.assertEqual(wire.ask("reload")["result"], "ok")
        self.assertEqual(told(self.one("new@grey.example", fresh="yes")),
                         "unknown/greylisted")
        self.assertEqual(
            self.schedule("new@grey.example", (61, 301, 901, 1801, 3600)),
            [(61, 2), (301, 3), (901, 4), (1801, 5), (3600, 5)])

    def test_it_is_not_asked_again_once_it_is_excluded(self):
        self.one("new@grey.example")
        self.tool("exclude", "grey.example")
        self.assertEqual(self.site.status()["probes"]["waiting_again"], 0)
        self.schedule("new@grey.example", (61, 301))
        self.assertEqual(self.rcpts("new@grey.example"), 1)
        self.assertEqual(self.site.status()["probes"]["waiting_again"], 0)
        self.assertEqual(told(self.one("new@grey.example")),
                         "not_checked/excluded_by_request")

    def test_what_was_purged_is_not_asked_again(self):
        """Nor is its name kept: the admin has wished it away."""
        for what, words in (("an address", ("new1@grey.example",)),
                            ("a domain", ("--yes", "@grey.example"))):
            with self.subTest(what):
                self.one("new1@grey.example")
                self.one("new2@grey.example")
                self.site.idle()
                before = self.rcpts("new1@grey.example")
                self.tool("cache", "purge", *words)
                self.schedule("new1@grey.example", (61, 301))
                self.assertEqual(self.rcpts("new1@grey.example"), before)
        self.assertEqual(self.site.status()["probes"]["waiting_again"], 0)

    def test_an_excluded_mail_host_is_not_asked_again(self):
        self.one("new@grey.example")
        self.tool("exclude", "mx:grey.*.example")
        self.schedule("new@grey.example", (61, 301))
        self.assertEqual(self.rcpts("new@grey.example"), 1)
        self.assertEqual(self.site.status()["probes"]["waiting_again"], 0)


class GreylistSources(Waiting):
    """With several sources each address goes on from the one it began at."""

    HOSTS = 8
    SCENARIO = "".join(f"""
host g{i} pipelining rcpt * {GREY}
domain g{i}.example mx 10 g{i}
""" for i in range(HOSTS))

    def setUp(self):
        super().setUp()
        sources = ", ".join(
            f'{{ address = "{self.site.network.address(n)}"; '
            f'helo = "out{n}.test.example"; }}' for n in (240, 241, 242))
        self.site.guard.settings["identity_keys"] = \
            f"sources = ( {sources} );"
        self.site.guard.configure([guard()])
        self.restart()

    def restart(self):
        self.site.guard.probe.stop()
        self.site.guard.start_probe()

    def envelopes(self):
        """(client, HELO name, sender) of each host's sessions."""
        out = collections.defaultdict(set)
        who = {}
        for e in self.site.simnet.events("connect"):
            who[e["session"]] = e["client"]
        for e in self.site.simnet.events("command"):
            if e["verb"] in ("EHLO", "MAIL"):
                out[e["host"]].add((who[e["session"]], e["line"]))
        return out

    def test_the_same_source_name_and_sender(self):
        for i in range(self.HOSTS):
            self.assertEqual(told(self.one(f"x@g{i}.example")),
                             "unknown/greylisted")
        self.site.idle()
        first = self.envelopes()
        self.assertGreater(len({c for seen in first.values()
                                for c, _ in seen}), 1)
        self.forward(61)
        self.restart()
        self.forward(301)
        self.assertEqual([self.rcpts(f"x@g{i}.example")
                          for i in range(self.HOSTS)], [3] * self.HOSTS)
        self.assertEqual(self.envelopes(), first)


    def test_names_of_one_machine_share_its_sessions_and_its_source(self):
        """And what is told, and counted, is the one that was used."""
        self.site.simnet.load(
            f"host one at 9 pipelining rcpt * {GREY}\n" + "".join(
                f"domain m{i}.example a one\n"
                f"domain d{i}.example mx 10 m{i}.example.\n"
                for i in range(self.HOSTS)))
        answers = self.ask_all([f"x@d{i}.example" for i in range(self.HOSTS)])
        seen = {e["client"] for e in self.site.simnet.events("connect")
                if e["host"] == "one"}
        self.assertEqual(seen, {json.loads(a["evidence"])["source"]
                                for a in answers.values()})
        self.assertEqual(len(seen), 1)


class SourceRests(Case):
    """No address of ours may dial the other family of a host."""

    SCENARIO = """
host dead at 4 refused
host four at 5 pipelining rcpt ok* ok
domain dead.example mx 10 m.dead.example.
domain m.dead.example a dead aaaa ::1
domain both.example mx 10 m.dead.example. mx 20 four
domain six.example mx 10 m.six.example.
domain m.six.example aaaa ::1
"""
    SETTINGS = {**SHORT, "allow": '"127.0.0.0/8", "::1/128"'}

    def test_what_the_reachable_one_did_is_told(self):
        self.site.guard.settings["identity_keys"] = (
            "sources = ( "
            f'{{ address = "{self.site.network.address(240)}"; }}, '
            '{ address = "::1"; } );')
        self.site.guard.configure([guard()])
        self.site.guard.probe.stop()
        self.site.guard.start_probe()
        self.tool("source", "rest", "::1")
        for local in ("ok1", "ok2"):            # the second from memory
            self.assertEqual(told(self.one(f"{local}@dead.example")),
                             "unknown/no_connect")
        self.assertEqual(told(self.one("ok@both.example")),
                         "deliverable/accepted")
        self.assertEqual(told(self.one("ok@six.example")),
                         "not_checked/all_sources_resting")


class GreylistBudget(Waiting):
    """The hour's budget is used up when it should be asked again."""

    SETTINGS = {**Waiting.SETTINGS,
                "budget": 'true; spacing = "0s"; domain = "2/hour"'}

    def test_it_waits_for_the_budget_and_loses_no_attempt(self):
        self.assertEqual(told(self.one("new@grey.example")),
                         "unknown/greylisted")
        self.assertEqual(told(self.one("ok@grey.example")),
                         "deliverable/accepted")
        self.site.idle()
        self.forward(61)
        self.assertEqual(self.rcpts("new@grey.example"), 1)
        self.assertEqual(self.site.status()["probes"]["waiting_again"], 1)
        self.site.simnet.load(self.SCENARIO.replace("new* " + GREY,
                                                    "new* ok"))
        for _ in range(8):
            self.forward(600)
        self.assertEqual(self.rcpts("new@grey.example"), 2)
        self.assertEqual(told(self.one("new@grey.example")),
                         "deliverable/accepted")


class RandomName(Waiting):
    """What the catch-all test shows when its answer is put off."""

    OPEN = """
host any pipelining rcpt * ok
host some pipelining rcpt ok* ok
host coy pipelining rcpt ok* ok rcpt * "451 4.3.0 Database is down"
domain any.example mx 10 any
domain some.example mx 10 some
domain coy.example mx 10 coy
"""
    SCENARIO = OPEN.replace("rcpt * ok", f"rcpt ok* ok rcpt * {GREY}").replace(
        "some pipelining rcpt ok* ok",
        f"some pipelining rcpt ok* ok rcpt * {GREY}")

    def random_names(self, host):
        return {a: n for a, n in self.site.simnet.host(host)["rcpts"].items()
                if not a.startswith("ok")}

    def test_greylisting_hides_no_catch_all(self):
        """The same random name comes again, and is not new any more."""
        for domain in ("any", "some"):
            self.assertEqual(told(self.one(f"ok1@{domain}.example")),
                             "deliverable/accepted")
        self.site.idle()
        first = {d: list(self.random_names(d)) for d in ("any", "some")}
        self.site.simnet.load(self.OPEN)
        self.site.clock.forward(62)
        for domain, seen in (("any", "risky/catch_all"),
                             ("some", "deliverable/accepted")):
            with self.subTest(domain):
                answer = self.one(f"ok2@{domain}.example")
                self.assertEqual(told(answer), seen, story(answer))
                self.assertEqual(self.random_names(domain),
                                 {first[domain][0]: 2})
        # Who was let through meanwhile is looked at again.
        self.site.clock.forward(3601)
        self.one("ok1@any.example")
        wait_for("its refresh", lambda: told(self.one("ok1@any.example"))
                 == "risky/catch_all")

    def test_it_is_put_off_as_often_as_others_and_then_is_another(self):
        for n, wait in enumerate((0, 62, 302, 902, 1802)):
            self.forward(wait)
            self.one(f"ok{n}@any.example")
        self.assertEqual(list(self.random_names("any").values()), [5])
        self.forward(3602)
        self.one("ok6@any.example")
        self.assertEqual(sorted(self.random_names("any").values()), [1, 5])

    def test_what_shows_nothing_is_tried_once_an_hour(self):
        for local in ("ok1", "ok2"):
            self.assertEqual(told(self.one(f"{local}@coy.example")),
                             "deliverable/accepted")
            self.site.idle()
        self.assertEqual(len(self.random_names("coy")), 1)
        self.forward(3700)
        self.one("ok3@coy.example")
        self.assertEqual(len(self.random_names("coy")), 2)


class RandomNameMeets(Case):
    """The catch-all test, and what forbids it."""

    SCENARIO = """
host slow pipelining rcpt ok* ok rcpt * hang
host any pipelining rcpt * ok
domain slow.example mx 10 slow
domain any.example mx 10 any
"""

    def test_an_exclusion_while_it_is_under_way(self):
        for words in (("slow.example",), ("mx:slow.*",)):
            with self.subTest(words[0]), self.site.wire() as wire:
                wire.send("verify", id="1", address="ok@slow.example")
                wait_for("the random name", lambda: len(
                    self.site.simnet.host("slow")["rcpts"]) == 2)
                self.tool("exclude", *words)
                self.assertEqual(told(wire.answer()),
                                 "not_checked/excluded_by_request")
                self.site.idle()
                self.tool("exclude", "--remove", *words)
                self.site.simnet.reset()

    def test_a_host_that_does_not_answer_it(self):
        answer = self.one("ok@slow.example")
        self.assertEqual(told(answer), "deliverable/accepted")
        self.assertRegex(story(answer), r"shows nothing \([a-z0-9]{20}: "
                         r"at rcpt the host did not answer in time\)")


class RandomNameBudget(Waiting):
    SETTINGS = {**Waiting.SETTINGS,
                "budget": 'true; spacing = "0s"; domain = "1/hour"'}
    SCENARIO = RandomNameMeets.SCENARIO

    def test_it_is_not_asked_and_the_acceptance_holds_for_an_hour(self):
        answer = self.one("ok@any.example")
        self.assertEqual(told(answer), "deliverable/accepted")
        self.assertIn("it was not asked", story(answer))
        self.assertEqual(list(self.site.simnet.host("any")["rcpts"]),
                         ["ok@any.example"])
        self.site.idle()
        # Refreshed after an hour, once the budget lets it be asked again;
        # rule R7 keeps what is known meanwhile.
        before = self.rcpts("any.example")
        self.site.clock.forward(4000)
        again = self.one("ok@any.example")
        self.assertEqual((again["source"], told(again)),
                         ("store", "deliverable/accepted"))
        wait_for("the refresh", lambda: self.rcpts("any.example") > before)


class Remembered(Waiting):
    """For how long an answer of DNS is asked for no more."""

    SCENARIO = """
host m pipelining rcpt ok* ok
domain short.example ttl 20 mx 10 m.short.example.
domain m.short.example ttl 20 a m
domain five.example ttl 300 mx 10 m.five.example.
domain m.five.example ttl 86400 a m
domain addr.example ttl 86400 mx 10 m.addr.example.
domain m.addr.example ttl 120 a m
domain long.example ttl 86400 mx 10 m.long.example.
domain m.long.example ttl 86400 a m
domain null.example ttl 120 null-mx
domain soa5.example soa 300 txt "x"
domain soa1.example soa 10 txt "x"
domain soad.example soa 86400 txt "x"
domain empty.example soa 120 txt "x"
domain fail.example servfail
domain part.example ttl 86400 mx 10 m.part.example.
domain m.part.example ttl 86400 a m servfail:aaaa
"""
    # says, domain, not asked again after, asked again after so much more
    ROWS = [
        ("a TTL of seconds", "short.example", 10, 15),
        ("the TTL of the MX record", "five.example", 250, 60),
        ("the TTL of the address, when it is less", "addr.example", 110, 20),
        ("an hour at most", "long.example", 3500, 200),
        ("five minutes, where a part was not told", "part.example", 290, 20),
        ("a null MX", "null.example", 110, 20),
        ("no such name: as the SOA record says", "x.soa5.example", 290, 20),
        ("however short", "x.soa1.example", 5, 10),
        ("a quarter of an hour at most", "x.soad.example", 890, 20),
        ("no such record: the same", "empty.example", 110, 20),
        ("a minute where none says", "x.nowhere.example", 50, 20),
    ]

    def asked(self, domain):
        return sum(1 for e in self.site.simnet.events("dns")
                   if e["name"] == domain and e["type"] == "mx")

    def test_as_it_says_and_bounded(self):
        for says, domain, kept, more in self.ROWS:
            with self.subTest(says):
                first = self.one(f"a@{domain}")
                self.site.clock.forward(kept)
                second = self.one(f"b@{domain}")
                self.assertEqual(first["reason"], second["reason"])
                self.assertEqual(self.asked(domain), 1, story(second))
                self.assertIn("from memory", story(second))
                self.site.clock.forward(more)
                self.one(f"c@{domain}")
                self.assertEqual(self.asked(domain), 2)

    def test_domains_of_one_host_ask_for_it_once_at_a_time(self):
        count = 20
        self.site.simnet.load(
            "host m pipelining rcpt ok* ok\n"
            "domain m.shared.example delay 500ms a m\n" + "".join(
                f"domain d{i}.example mx 10 m.shared.example.\n"
                for i in range(count)))
        answers = self.ask_all([f"ok@d{i}.example" for i in range(count)])
        self.assertEqual({told(a) for a in answers.values()},
                         {"deliverable/accepted"})
        asked = [e["type"] for e in self.site.simnet.events("dns")
                 if e["name"] == "m.shared.example"]
        self.assertLess(len(asked), count)

    def test_a_failure_is_not_remembered(self):
        for local in "ab":
            before = self.asked("fail.example")
            self.assertEqual(told(self.one(f"{local}@fail.example")),
                             "unknown/dns_failure")
            self.assertGreater(self.asked("fail.example"), before)


class TenAtOnce(Case):
    SCENARIO = """
host one pipelining limit parallel 1 "421 4.7.0 Too many connections" \
    rcpt ok* after 20ms ok
host drops pipelining limit parallel 1 drop rcpt ok* after 20ms ok
host from pipelining mail * "550 5.7.1 Sender rejected"
host null mail * "501 5.1.7 Bad sender address syntax"
host down banner "554 5.7.1 Go away"
host bye pipelining limit rcpts 3 "421 4.3.2 Shutting down" rcpt ok* ok
host cut pipelining limit rcpts 4 drop rcpt ok* ok
host five pipelining limit rcpts 5 "452 4.5.3 Too many recipients" rcpt ok* ok
host hang pipelining limit rcpts 3 hang rcpt ok* ok
""".replace("\\\n", "") + "".join(
        f"domain {n}.example mx 10 {n}\n" for n in (
            "one", "drops", "from", "null", "down", "bye", "cut", "five",
            "hang"))

    def ten(self, name, count=10):
        return self.ask_all([f"{'bad' if i % 3 == 2 else 'ok'}{i}"
                             f"@{name}.example" for i in range(count)])

    def right(self, answers):
        return [a for i, a in answers.items() if a["state"] == (
            "undeliverable" if i.startswith("bad") else "deliverable")]

    def test_a_host_that_takes_one_session_serves_all_on_it(self):
        """What it says of the second is not the recipient's answer."""
        for name in ("one", "drops"):
            with self.subTest(name):
                answers = self.ten(name)
                self.assertEqual(
                    [told(a) for a in answers.values()
                     if a not in self.right(answers)], [])
                self.assertLessEqual(self.connections(name), 6)

    def test_its_random_name_is_asked_after_the_session(self):
        answer = self.one("ok@one.example")
        self.assertEqual(told(answer), "deliverable/accepted")
        self.assertIn("a random name was refused", story(answer))

    def test_a_refusal_of_us_is_heard_once_and_not_by_each(self):
        for name, reason in (("from", "blocked_policy"), ("null", "blocked"),
                             ("down", "blocked_policy")):
            with self.subTest(name):
                answers = self.ten(name)
                self.assertEqual({a["state"] for a in answers.values()},
                                 {"unknown"})
                for answer in answers.values():
                    self.assertIn(reason, answer["reason"])
                self.assertLessEqual(self.connections(name), 2)
        self.assertRegex(self.site.probe.output(),
                         r"from\.sim\.example \[.*\] refuses us at mail: "
                         r"550 5\.7\.1 [^5]*Sender rejected .* it is not "
                         r"asked for 60 s; see what it says of identity\.sender")

    def test_a_session_that_ends_in_the_middle_loses_nobody(self):
        """All have one answer; none is asked more than twice."""
        for name, wrong in (("bye", 4), ("cut", 0), ("five", 0), ("hang", 4)):
            with self.subTest(name):
                answers = self.ten(name)
                others = [a for a in answers.values()
                          if a not in self.right(answers)]
                self.assertLessEqual(len(others), wrong,
                                     [told(a) for a in others])
                self.assertEqual({a["state"] for a in others} - {"unknown"},
                                 set())
                for address in answers:
                    self.assertLessEqual(self.rcpts(address), 2, address)

    def test_a_limit_is_learned_as_it_is(self):
        """Five a session are taken: the next sessions are of five."""
        answers = self.ten("five", 15)     # over two sessions
        self.assertEqual(len(self.right(answers)), 15)
        learned = [a for a in answers.values()
                   if "recipients a session" in story(a)]
        self.assertGreaterEqual(len(learned), 1)
        self.site.idle()
        before = self.connections("five")
        answers = self.ask_all([f"ok-n{i}@five.example" for i in range(20)])
        self.assertEqual({told(a) for a in answers.values()},
                         {"deliverable/accepted"})
        for answer in answers.values():
            self.assertNotIn("once more", story(answer))
        self.assertLessEqual(self.connections("five") - before, 6)
        self.assertIn("recipients a session", self.site.probe.output())


class AnyEnd(Case):
    """Hosts of many habits, each mixed of what ends or limits a session.

    Whatever they do, nobody has another's answer: who exists is never refused,
    who does not is never accepted, and each is answered once.
    """

    HOSTS, ROUNDS = 12, 6
    ENDS = ["drop", "reset", "hang", '"421 4.3.2 bye"', '"450 4.3.2 later"',
            'close "421 4.7.0 too many messages in this session"',
            '"452 4.5.3 too many recipients"', 'close "451 4.3.0 oops"']
    RSETS = ["drop", "reset", "hang", '"502 5.5.1 what"']
    BADS = ["drop", "reset", 'close "550 5.1.1 no such user"',
            'half-close "550 5.1.1 no such user"']
    SETTINGS = {**SHORT, "reply_timeout": "1s", "session_timeout": "6s"}

    def habits(self, dice):
        words = [dice.choice(["pipelining", "pipelining", ""])]
        for _ in range(dice.randint(0, 2)):
            what, most = dice.choice(
                [("rcpts", 12), ("commands", 12), ("transactions", 12),
                 ("parallel", 2), ("connections", 20)])
            words.append(f"limit {what} {dice.randint(1, most)} "
                         + dice.choice(self.ENDS))
        if dice.random() < 0.2:
            words.append("rset " + dice.choice(self.RSETS))
        if dice.random() < 0.2:
            words.append("rcpt bad* " + dice.choice(self.BADS))
        return " ".join(words + ["rcpt ok* ok"])

    def load(self, habits):
        hosts = [f"host h{i} {habit}\ndomain h{i}.example mx 10 h{i}\n"
                 for i, habit in enumerate(habits)]
        self.site.simnet.load("".join(hosts))
        return hosts

    def test_nobody_has_anothers_answer(self):
        dice = random.Random(20261122)
        self.load(["pipelining rcpt ok* ok"] * self.HOSTS)
        # Who is known to answer several is asked in groups.
        self.ask_all([f"ok-{x}@h{i}.example" for i in range(self.HOSTS)
                      for x in "ab"])
        for number in range(self.ROUNDS):
            self.site.idle()
            hosts = self.load([self.habits(dice)
                               for _ in range(self.HOSTS)])
            if number % 2:
                with self.site.wire() as wire:
                    wire.ask("reload")
            names = [f"{dice.choice(['ok', 'bad'])}{number}x{k}@h{i}.example"
                     for i in range(self.HOSTS)
                     for k in range(dice.randint(1, 25))]
            dice.shuffle(names)
            for name, answer in self.ask_all(names).items():
                want = "deliverable" if name.startswith("ok") \
                    else "undeliverable"
                self.assertIn(answer["state"], (want, "unknown"),
                              name + "\n" + "".join(hosts) + story(answer))
        for name, seen in self.site.simnet.stats()["hosts"].items():
            self.assertEqual(seen["violations"], [], name)


class OtherHosts(Case):
    """A domain's hosts that know different things."""

    SETTINGS = {**SHORT, "clock": True}

    SCENARIO = """
host dead refused
host good pipelining rcpt ok* ok
host any pipelining rcpt * ok
host lax rcpt * "252 2.1.5 I will accept it"
host busy banner "421 4.3.2 too busy"
host mta5.am0.yahoodns.net pipelining rcpt * ok
host mxs.mail.ru pipelining rcpt * ok
domain backup.example ttl 1 mx 10 good mx 20 any
domain down.example mx 10 dead mx 20 any
domain down2.example mx 10 busy mx 20 lax
domain equal.example mx 10 dead mx 10 any
domain far.example mx 10 dead mx 20 mta5.am0.yahoodns.net
domain far2.example mx 10 busy mx 20 mxs.mail.ru mx 30 good
domain moves.example ttl 1 mx 10 any
domain two.example ttl 1 mx 10 any
domain split.example mx 10 in=10.0.0.1 mx 20 mta5.am0.yahoodns.net
domain ru.example mx 10 mxs.mail.ru
domain yahoo.example mx 10 mta5.am0.yahoodns.net
"""

    def test_a_backup_that_takes_any_name_is_believed_for_a_while(self):
        """As long as it would be unknown; then the preferred one is asked."""
        for domain in ("down", "down2"):
            with self.subTest(domain):
                answer = self.one(f"x@{domain}.example")
                self.assertEqual(told(answer), "risky/catch_all",
                                 story(answer))
                self.assertIn("only a backup host was reached",
                              story(answer))
        # one of the same preference is no backup
        answer = self.one("x@equal.example")
        self.assertEqual(told(answer), "risky/catch_all", story(answer))
        self.assertNotIn("backup", story(answer))
        self.site.idle()
        self.site.simnet.load(self.SCENARIO.replace(
            "host dead refused", "host dead pipelining rcpt ok* ok"))
        self.site.clock.forward(20 * 60)
        self.assertEqual(told(self.one("x@down.example")),
                         "undeliverable/no_such_user")
        self.assertEqual(self.one("x@equal.example")["source"], "store")

    def test_nor_does_it_replace_what_is_known(self):
        self.assertEqual(told(self.one("ok@backup.example")),
                         "deliverable/accepted")
        self.assertEqual(told(self.one("bad@backup.example")),
                         "undeliverable/no_such_user")
        self.site.idle()
        self.site.simnet.load(self.SCENARIO.replace(
            "host good pipelining", "host good refused pipelining"))
        for address, known in (("ok@backup.example", "deliverable"),
                               ("bad@backup.example", "undeliverable")):
            answer = self.one(address, fresh="yes")
            self.assertEqual(told(answer), "risky/catch_all", story(answer))
            self.site.idle()
            self.assertEqual(self.one(address)["state"], known)

    def test_a_further_host_of_a_provider_that_is_not_asked(self):
        answer = self.one("x@far.example")
        self.assertEqual(told(answer), "unknown/no_connect", story(answer))
        self.assertIn("is not asked, by the rules for yahoo", story(answer))
        answer = self.one("ok@far2.example")
        self.assertEqual(told(answer), "deliverable/accepted", story(answer))
        for name in ("mta5.am0.yahoodns.net", "mxs.mail.ru"):
            self.assertEqual(self.connections(name), 0)

    def test_a_private_host_before_one_that_is_not_asked(self):
        """The other one takes its mail, for all that we know."""
        answer = self.one("x@split.example")
        self.assertEqual(answer["state"], "not_checked", story(answer))

    def test_by_rule_without_a_connection(self):
        for domain in ("ru", "yahoo"):
            answer = self.one(f"x@{domain}.example")
            self.assertEqual(told(answer),
                             "risky/provider_accepts_everything")
            self.assertEqual(json.loads(answer["evidence"])["rule"],
                             "provider.accepts-everything")
        self.assertEqual(self.site.simnet.events("connect"), [])

    def test_other_hosts_than_a_week_ago(self):
        """The finding is the host's, so the new one is asked anew."""
        self.assertEqual(told(self.one("ok@moves.example")),
                         "risky/catch_all")
        self.site.idle()
        self.site.simnet.load(self.SCENARIO.replace(
            "moves.example ttl 1 mx 10 any",
            "moves.example ttl 1 mx 10 good"))
        answer = wait_for("the new route", lambda: (
            lambda a: a if told(a) != "risky/catch_all" else None)(
                self.one("ok@moves.example", fresh="yes")))
        self.assertEqual(told(answer), "deliverable/accepted", story(answer))
        self.assertEqual(told(self.one("bad@moves.example")),
                         "undeliverable/no_such_user")

    def test_any_name_yesterday_and_a_refusal_today(self):
        """A finding says nothing against a refusal."""
        self.assertEqual(told(self.one("bad@two.example")),
                         "risky/catch_all")
        self.site.idle()
        self.site.simnet.load(self.SCENARIO.replace(
            "host any pipelining rcpt * ok", "host any rcpt ok* ok"))
        answer = self.one("bad2@two.example")
        self.assertEqual(told(answer), "undeliverable/no_such_user",
                         story(answer))


class Reload(Case):
    SCENARIO = """
host m pipelining rcpt odd* "550 5.7.1 zaphod says no" rcpt ok* ok
domain m.example mx 10 m
"""
    OWN = """
  { id = "own.zaphod"; reason = "no_such_user"; text = "zaphod says no";
    code = "5"; },
"""

    def write(self, change):
        path = self.site.workspace.file("etc", "replies.conf")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(change(text))
        return text

    def reload(self, says):
        before = self.site.probe.output().count(says)
        self.site.probe.signal(signal.SIGUSR1)
        wait_for(says, lambda: self.site.probe.output().count(says) > before)

    def classify(self, line):
        rules = [word for name in ("replies", "providers") for word in
                 (f"--{name}", self.site.workspace.file("etc",
                                                        f"{name}.conf"))]
        done = subprocess.run(
            [self.site.workspace.file("bin", "rcptguard"), "classify",
             *rules], input=line, text=True, capture_output=True,
            timeout=60, check=True)
        return done.stdout.strip()

    def test_own_rules_and_then_broken_ones(self):
        answer = self.one("odd1@m.example")
        self.assertEqual(answer["state"], "unknown")
        self.write(lambda text: text.replace("\nrules = (",
                                             "\nrules = (" + self.OWN, 1))
        self.reload("reloaded")
        answer = self.one("odd2@m.example")
        self.assertEqual(told(answer), "undeliverable/no_such_user")
        self.assertEqual(json.loads(answer["evidence"])["rule"],
                         "own.zaphod")
        self.assertEqual(self.classify("rcpt\t550 5.7.1 zaphod says no"),
                         "undeliverable\tno_such_user\town.zaphod")
        good = self.write(lambda text: text.replace(
            "zaphod says no", "zaphod (says no"))
        self.reload("old settings stay in force")
        self.assertRegex(self.site.probe.output(),
                         r"replies\.conf:\d+: ")
        done = subprocess.run(self.site.guard.cli("reload"), text=True,
                              check=False, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 78)
        self.assertRegex(done.stderr, r"keeps its old settings: \S+replies"
                         r"\.conf:\d+: text: \"zaphod \(says no\": ")
        answer = self.one("odd3@m.example")
        self.assertEqual(json.loads(answer["evidence"])["rule"],
                         "own.zaphod")
        self.assertEqual(told(self.one("ok@m.example")),
                         "deliverable/accepted")
        self.site.guard.probe.stop()
        with self.assertRaises(RuntimeError):
            self.site.guard.start_probe()
        self.assertRegex(self.site.probe.output(), r"replies\.conf:\d+: ")
        self.write(lambda _: good)
        self.site.guard.start_probe()


if __name__ == "__main__":
    tap.main()
