#!/usr/bin/env python3
"""Several recipients of one mail host, asked in one write."""

import os
import random
import subprocess

from probe_site import tap, wait_for
from test_hosts import Case, SHORT, story

SEED = int(os.environ.get("GROUP_SEED", random.randrange(1 << 32)))
ONE_SESSION = {**SHORT, "smtp_keys": "per_mx = 1;"}
NO_USER = "550 5.1.1 no such user"
LONG = "\\n".join(["550-5.1.1 " + "no such user, " * 120] * 11 + [NO_USER])


class Known(Case):
    """Hosts that have answered a second recipient in a session."""

    SETTINGS = ONE_SESSION

    # Late, so that all wait by then on a busy machine too.
    BANNER = "banner after 400ms ok"

    def scenario(self, hosts):
        """hosts: name to habits."""
        return "".join(
            f"host {name} pipelining {self.BANNER} {habits} rcpt ok* ok\n"
            f"domain {name}.example mx 10 {name}\n"
            for name, habits in hosts.items())

    def make_known(self, name):
        """Until two have come together: the first may be gone too soon."""
        for i in range(100):
            verdicts = self.ask(f"ok-a{i}@{name}.example",
                                f"ok-b{i}@{name}.example")
            if any("and answered 1 before" in story(v) for v in verdicts):
                return
        self.fail(f"{name} is asked each in a session of its own")

    def begin(self, hosts):
        """They are known, and only then do they have their habits."""
        self.site.simnet.load(self.scenario(dict.fromkeys(hosts, "")))
        for name in hosts:
            self.make_known(name)
        self.site.idle()
        self.site.simnet.load(self.scenario(hosts))
        self.site.simnet.ask("forget")
        self.site.simnet.ask("reset")

    def in_group(self, verdicts):
        return [v for v in verdicts if "asked in one group" in story(v)]

    def right(self, verdicts, others=None):
        """Nobody has another's answer; others: by the local part's name."""
        wants = {"ok": "deliverable/accepted",
                 "bad": "undeliverable/no_such_user", **(others or {})}
        for verdict in verdicts:
            local = verdict["address"].partition("@")[0]
            want = wants.get(local) or wants[local.rstrip("0123456789")]
            self.assertIn(self.told(verdict),
                          [want] if isinstance(want, str) else want,
                          verdict["address"] + "\n" + story(verdict))


class Group(Known):
    """One session at a time, so that they wait for each other."""

    MUTE = {"bad": "unknown/closed_early"}
    HABITS = [          # (says, name, what it does once it is known, verdicts)
        ("all are answered", "good", "", {}),
        ("answers come one by one, slowly", "slow", "rcpt ok* after 60ms ok",
         {}),
        ("answers come in single octets", "drip",
         'rcpt ok* drip 0ms "250 2.1.5 Ok" '
         f'rcpt bad* drip 0ms "{NO_USER}" rset drip 0ms', {}),
        ("it drops at a bad recipient", "drop", "rcpt bad* drop", MUTE),
        ("it resets at a bad recipient", "reset", "rcpt bad* reset", MUTE),
        ("it refuses a bad recipient and leaves", "leave",
         f'rcpt bad* close "{NO_USER}"', {}),
        ("behind a refusal it hears nothing", "deaf",
         f'rcpt bad* flush "{NO_USER}"', {}),
        ("goodbye after five", "bye",
         'limit rcpts 5 "421 4.7.0 Too many messages in this session"', {}),
        ("no sixth recipient", "five",
         'limit rcpts 5 "452 4.5.3 too many recipients"', {}),
        ("no sixth MAIL", "mail", 'limit transactions 5 "450 4.3.2 later"',
         {}),
        ("RSET ends it", "rset", "rset drop", {}),
        ("RSET is refused", "no-rset", 'rset "502 5.5.1 what"', {}),
        ("RSET is not answered", "mute", "rset hang", {}),
        ("RSET is answered late", "late", "rset late", {}),
        ("two refusals for one", "twice", f'rcpt bad1 twice "{NO_USER}"', {}),
        ("two successes for one", "double", 'rcpt ok2 twice "250 2.1.5 Ok"',
         {"ok2": ("deliverable/accepted", "unknown/protocol_error")}),
        ("two successes for a MAIL", "again", "mail * ok then twice then ok",
         {}),
        ("two successes for each MAIL, and all are worded alike", "alike",
         'mail * twice "250 ok" rset "250 ok" rcpt ok* "250 ok"',
         {"ok": ("deliverable/accepted", "unknown/temporary_error"),
          "bad": ("undeliverable/no_such_user", "unknown/temporary_error",
                  "deliverable/accepted", "risky/catch_all")}),
        ("refusals of 18 KiB", "long", f'rcpt bad* "{LONG}"', {}),
    ]
    ROUNDS = 8

    def test_each_has_its_own_answer(self):
        self.begin({name: habits for _, name, habits, _ in self.HABITS})
        for says, name, _, others in self.HABITS:
            with self.subTest(says):
                verdicts = self.ask(
                    *[f"{'bad' if i % 2 else 'ok'}{i}@{name}.example"
                      for i in range(self.ROUNDS)])
                self.right(verdicts, others)
                self.assertTrue(self.in_group(verdicts))
                self.assertEqual(
                    self.site.simnet.host(name)["violations"], [])

    def test_one_after_another_until_the_second_is_answered(self):
        self.site.simnet.load(self.scenario({"good": ""}))
        first = self.ask("ok1@good.example", "ok2@good.example")
        self.assertEqual(self.in_group(first), [])

    def test_not_where_RSET_is_answered_as_MAIL_is(self):
        """No reply would show then that one is missing or too many."""
        self.site.simnet.load(self.scenario(
            {"same": 'mail * "250 ok" rset "250 ok"'}))
        self.make_known("same")
        self.site.simnet.ask("reset")
        verdicts = self.ask(*[f"{'bad' if i % 2 else 'ok'}{i}@same.example"
                              for i in range(self.ROUNDS)])
        self.right(verdicts)
        self.assertEqual(self.in_group(verdicts), [])
        self.assertLessEqual(self.connections("same"), 2)

    def test_it_goes_out_in_one_write(self):
        """All wait four times: connection, banner, EHLO and the group."""
        self.begin({"good": ""})
        verdicts = self.ask(*[f"ok{i}@good.example"
                              for i in range(self.ROUNDS)])
        costs = [v["evidence"] for v in verdicts]
        self.assertEqual(sum(c.get("round_trips", 0) for c in costs), 4)
        self.assertEqual({c["sent"] for c in costs[2:]}, {costs[1]["sent"]})
        self.assertEqual({c["received"] for c in costs[2:]},
                         {costs[1]["received"]})
        self.site.idle()
        seen = self.site.simnet.host("good")
        # EHLO, the group, QUIT
        self.assertEqual((seen["connections"], seen["segments"]), (1, 3))

    def test_who_fails_a_group_is_asked_in_none_for_a_while(self):
        """Not even once it has answered a second one again."""
        hosts = {"hang": "rcpt x hang", "drop": "rcpt x drop",
                 "deaf": f'rcpt x flush "{NO_USER}"'}
        self.begin(hosts)
        for name in hosts:
            with self.subTest(name):
                self.assertTrue(self.in_group(self.ask(
                    *[f"{local}@{name}.example" for local in
                      ("ok0", "ok1", "x", "ok2", "ok3")])))
                for i in (10, 20):
                    verdicts = self.ask(*[f"ok{i + n}@{name}.example"
                                          for n in range(5)])
                    self.right(verdicts)
                    self.assertEqual(self.in_group(verdicts), [])

    def test_one_too_many_of_a_group_take_one_session_more(self):
        """Not one each; and the limit is no reason to ask them apart."""
        self.begin({"five": 'limit rcpts 5 "452 4.5.3 too many recipients"'})
        for first in (0, 20):
            self.site.simnet.ask("reset")
            self.right(self.ask(*[f"bad{first + i}@five.example"
                                  for i in range(10)]))
            self.assertLessEqual(self.connections("five"), 3)
        verdicts = self.ask(*[f"bad{i}@five.example" for i in range(50, 60)])
        self.assertTrue(self.in_group(verdicts))

    def test_where_MAIL_is_refused_it_still_ends_with_QUIT(self):
        self.begin({"mail": 'limit transactions 3 "450 4.3.2 later"'})
        self.right(self.ask(*[f"bad{i}@mail.example" for i in range(7)]))
        self.site.idle()
        self.assertEqual(self.site.simnet.host("mail")["missing_quit"], 0)


class GroupStalls(Known):
    """Who stands behind one that is not answered does not wait for him."""

    SETTINGS = {**SHORT, "reply_timeout": "40s", "session_timeout": "60s"}

    def make_known(self, name):
        verdicts = self.ask(*[f"ok-{i}@{name}.example" for i in range(8)])
        self.assertTrue(any("and answered 1 before" in story(v)
                            for v in verdicts))

    def test_it(self):
        self.begin({"hold": "rcpt held hang"})
        names = [f"{'held' if i == 2 else f'ok{i}'}@hold.example"
                 for i in range(12)]
        with self.site.wire() as wire:
            for name in names:
                wire.send("verify", id=name, address=name, wait_ms="50000",
                          evidence="yes")
            got = [wire.answer() for _ in names[1:]]
            asked = self.site.simnet.host("hold")["rcpts"]
        self.assertEqual({a["id"]: a["state"] for a in got},
                         {name: "deliverable" for name in names
                          if not name.startswith("held")})
        self.assertTrue(any("asked in one group" in a["evidence"] and
                            "to be asked again" in a["evidence"]
                            for a in got))
        # His time is not over yet, or he would have been asked once more.
        self.assertEqual(asked["held@hold.example"], 1)


class GroupBesideBusy(Known):
    """A session that is busy has no share of what waits for another."""

    SETTINGS = {**SHORT, "reply_timeout": "40s", "session_timeout": "60s",
                "smtp_keys": "per_mx = 2;"}

    def test_it(self):
        self.begin({"hold": "rcpt held hang"})
        with self.site.wire() as wire:
            wire.send("verify", id="held", address="held@hold.example",
                      wait_ms="50000")
            wait_for("the first to be asked", lambda: self.site.simnet.host(
                "hold")["rcpts"].get("held@hold.example"))
            verdicts = self.ask(*[f"ok{i}@hold.example" for i in range(8)])
        self.assertEqual(sum(v["evidence"].get("round_trips", 0)
                             for v in verdicts), 4)


class GroupAndWish(Case):
    """An exclusion takes its own out of a group; the others are asked again."""

    DOMAINS = "domain h.example mx 10 h\ndomain wish.example mx 10 h\n"
    CLEAN = "host h pipelining rcpt ok* ok\n" + DOMAINS
    HELD = "host h pipelining rcpt held hang rcpt ok* ok\n" + DOMAINS
    SETTINGS = {**SHORT, "reply_timeout": "30s", "session_timeout": "30s",
                "smtp_keys": "per_mx = 1;"}

    def test_it(self):
        self.site.simnet.load(self.CLEAN)
        self.ask("ok-a@h.example", "ok-b@h.example", "ok@wish.example")
        self.site.idle()
        self.site.simnet.load(self.HELD)
        names = ["ok1@h.example", "held@wish.example", "ok2@h.example"]
        with self.site.wire() as wire:
            for name in names:
                wire.send("verify", id=name, address=name, wait_ms="25000",
                          evidence="yes")
            first = wire.answer()
            self.assertEqual(first["id"], names[0])
            wait_for("the question at its server", lambda:
                     self.site.simnet.host("h")["rcpts"].get(names[1]))
            subprocess.run(
                self.site.guard.cli("exclude", "wish.example"),
                check=True, capture_output=True, timeout=60)
            rest = {answer["id"]: answer for answer in
                    (wire.answer(), wire.answer())}
        self.assertEqual(rest[names[1]]["reason"], "excluded_by_request")
        self.assertEqual(rest[names[2]]["state"], "deliverable")
        self.assertIn("not answered there; to be asked again",
                      rest[names[2]]["evidence"])


class ChanceCase(Known):
    """Hosts with habits by chance, and many who ask at once.

    Whatever happens: each is answered once, and nobody has an answer that is
    another's. What cannot be known is unknown; that is not looked at here.
    """

    TIMES = {"connect_timeout": "2s", "reply_timeout": "1s",
             "session_timeout": "4s"}
    BANNER = ""
    MEMORY = False              # whether it can be made to fail
    HOSTS = 8
    EACH = 12
    HABITS = [
        "rcpt bad* drop", "rcpt bad2* reset", "rcpt bad* hang",
        "rcpt ok2* hang", "rcpt ok2* drop", "rcpt bad2* endless",
        f'rcpt bad* close "{NO_USER}"', f'rcpt bad* twice "{NO_USER}"',
        f'rcpt bad* late "{NO_USER}"', f'rcpt bad* flush "{NO_USER}"',
        f'rcpt bad* drip 0ms "{NO_USER}"', f'rcpt bad* "{LONG}"',
        f'rcpt bad* half-close "{NO_USER}"', "rcpt ok* after 20ms ok",
        'rcpt ok2* "421 4.3.2 going down"', 'rcpt ok* twice "250 2.1.5 Ok"',
        'rcpt ok* late "250 2.1.5 Ok"', 'rcpt ok* flush "250 2.1.5 Ok"',
        'rcpt ok3* "452 4.5.3 too many recipients"', "rcpt ok3* mixed",
        "rset drop", "rset reset", "rset hang", "rset late", "rset twice",
        'rset "502 5.5.1 what"', 'rset "250-2.0.0 well\\n250 2.0.0 Ok"',
        "mail * late", "mail * ok then ok then drop",
        'mail * ok then ok then "451 4.3.0 later"',
        'limit rcpts 3 "452 4.5.3 too many recipients"',
        'limit rcpts 2 "421 4.7.0 Too many messages in this session"',
        'limit rcpts 4 "421 4.3.2 bye"', "limit rcpts 3 drop",
        "limit rcpts 5 reset", "limit rcpts 2 hang",
        'limit transactions 3 "450 4.3.2 later"', "limit commands 9 ok",
        'limit parallel 1 "421 4.7.0 too many connections"',
    ]

    def setUp(self):
        self.chance = random.Random(SEED)
        self.SETTINGS = {**self.TIMES, "smtp_keys":
                         f"per_mx = {self.chance.randrange(1, 4)};",
                         "memory": self.MEMORY}
        super().setUp()

    def make_known(self, name):
        """Enough that some come together."""
        for i in range(100):
            verdicts = self.ask(*[f"ok-{i}-{n}@{name}.example"
                                  for n in range(12)])
            if any("and answered 1 before" in story(v) for v in verdicts):
                return
        self.fail(f"{name} is asked each in a session of its own")

    def habits(self):
        words = ["starttls tls 1.3"] if self.chance.random() < 0.3 else []
        words += self.chance.sample(self.HABITS, self.chance.choice([1, 1, 2]))
        # The hosts know all others: a host's first rule that matches counts.
        return " ".join(words)

    def hosts(self):
        hosts = {f"h{i}": self.habits() for i in range(self.HOSTS)}
        self.played = f"seed {SEED}: {hosts}"
        return hosts

    def addresses(self, hosts, mark):
        names = [f"{self.chance.choice(['ok', 'bad'])}{i}{mark}@{name}.example"
                 for name in hosts for i in range(self.EACH)]
        self.chance.shuffle(names)
        return names

    def send(self, wire, names):
        for name in names:
            wire.send("verify", id=name, address=name, wait_ms="60000")

    def collect(self, wire, names):
        """States by address."""
        states = {}
        for _ in names:
            answer = wire.answer()
            self.assertIsNotNone(answer)
            self.assertNotIn(answer["id"], states)
            states[answer["id"]] = answer["state"]
        self.assertEqual(set(states), set(names))
        wire.send("status", id="last")
        self.assertEqual(wire.answer()["id"], "last")
        return states

    def judge(self, states):
        wrong = {name: state for name, state in states.items()
                 if state == ("undeliverable" if name.startswith("ok")
                              else "deliverable")}
        self.assertEqual(wrong, {}, self.played)

    def at_rest(self):
        status = self.site.idle()
        self.assertEqual(status["sessions"]["waiting"], 0)


class Chance(ChanceCase):
    def test_each_is_answered_once_and_by_its_own(self):
        hosts = self.hosts()
        self.begin(hosts)
        with self.site.wire() as wire:
            for mark in "xy":
                names = self.addresses(hosts, mark)
                self.send(wire, names)
                states = self.collect(wire, names)
                self.judge(states)
                self.assertIn("deliverable", states.values())
        self.at_rest()

    def vanish(self, hosts):
        with self.site.wire() as wire:
            self.send(wire, self.addresses(hosts, "v"))

    def test_while_others_leave_and_settings_change(self):
        hosts = self.hosts()
        self.begin(hosts)
        names = self.addresses(hosts, "x")
        with self.site.wire() as wire:
            self.vanish(hosts)
            self.send(wire, names)
            subprocess.run(self.site.guard.cli("exclude", "h0.example"),
                           check=True, capture_output=True, timeout=60)
            self.vanish(hosts)
            self.reload()
            self.judge(self.collect(wire, names))
        self.at_rest()

    def test_an_end_in_the_midst_leaves_nothing(self):
        """The sanitizers' leak check sees it, in builds that have one."""
        hosts = self.hosts()
        self.begin(hosts)
        with self.site.wire() as wire:
            self.send(wire, self.addresses(hosts, "x"))
            self.assertIsNotNone(wire.answer())
            self.assertEqual(self.site.probe.stop(), 0,
                             self.site.probe.output()[-4000:])


class ChanceWithoutMemory(ChanceCase):
    MEMORY = True

    def test_who_gets_an_answer_gets_his_own(self):
        hosts = self.hosts()
        self.begin(hosts)
        states = {}
        for mark in "xyz":
            self.site.memory.rate(self.chance.choice([20, 60, 200]))
            names = self.addresses(hosts, mark)
            with self.site.wire() as wire:
                self.send(wire, names)
                for _ in names:
                    answer = wire.answer()
                    if answer is None:  # it had no memory for this client
                        break
                    if "state" in answer:
                        states[answer["id"]] = answer["state"]
            self.site.memory.rate(0)
        self.judge(states)
        self.at_rest()



if __name__ == "__main__":
    print(f"# seed {SEED}; GROUP_SEED says another")
    tap.main()
