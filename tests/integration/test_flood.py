#!/usr/bin/env python3
"""Bounce attacks and mail bombs, by a scripted MTA and by a real Postfix."""

import json
import signal
import subprocess

import harness
from harness import guard
from milter_client import Session
from test_milter_driver import CONTINUE, REFUSED, WAIT, MilterCase

LIMITS = ('min_recipients = 5; undeliverable_ratio = 0.5; window = "1h";'
          ' per_mailbox = 2; per_mailbox_window = "1h"; hold = "{hold}";')
ATTACKED = r"451 4\.7\.1 Many addresses given here lately .* " \
    r"\([0-9a-z]{16}\)$"
BOMBED = r"451 4\.7\.1 Much mail was sent to this address .* " \
    r"\([0-9a-z]{16}\)$"


def limits(hold="1h"):
    return LIMITS.format(hold=hold)


class Limits(MilterCase):
    GUARDS = [
        guard("watching", 'auth = [ "watched" ];', mode="observe", wait=WAIT,
              flood=limits()),
        guard("free", 'auth = [ "free" ];', wait=WAIT),
        guard("brief", 'auth = [ "brief" ];', wait=WAIT, flood=limits("2s")),
        guard("signup", "", wait=WAIT, flood=limits())]

    def setUp(self):
        super().setUp()
        self.number = 0

    def fresh(self, reason, session, form="<{}>", **how):
        """A recipient that was not seen before, of which the probe says so."""
        self.number += 1
        name = f"{reason.replace('_', '')}{self.number}"
        self.probe.habits[name] = reason
        return session.rcpt(form.format(f"{name}@one.example"), **how)

    def attack(self, auth="shop", count=5):
        session = self.session()
        session.mail(auth=auth)
        for _ in range(count):
            self.fresh("no_such_user", session)
        return session

    def send(self, address, auth="shop", abort=False):
        """One message; its answer at RCPT."""
        session = self.session()
        session.mail(auth=auth)
        answer = session.rcpt(address)
        if abort:
            session.abort()
        elif answer == CONTINUE:
            self.assertEqual(session.end(), CONTINUE)
        session.quit()
        return answer

    def notes(self, phase):
        return self.probe.of_kind("note", note="attack", phase=phase)

    def test_under_attack_only_the_known_good_pass(self):
        session = self.attack(count=4)
        for reason in ("catch_all", "greylisted", "budget_exhausted",
                       "accepted"):
            self.assertEqual(self.fresh(reason, session), CONTINUE)
        self.assert_reply(self.fresh("no_such_user", session), REFUSED)
        for reason in ("catch_all", "greylisted", "budget_exhausted"):
            with self.subTest(reason):
                self.assert_reply(self.fresh(reason, session), ATTACKED)
        self.assertEqual(self.fresh("accepted", session), CONTINUE)
        self.assert_reply(self.fresh("no_such_user", session), REFUSED)
        self.wait_for_line("reason=catch_all action=tempfail mode=enforce "
                           "code=451 .* flood=bounce_attack\n")
        line = self.wait_for_line(
            "id=([0-9a-z]{16}) flood=bounce_attack phase=begins guard=signup "
            "mode=enforce client=10.1.2.3 auth=shop judged=7 "
            "undeliverable=5 put_off=0 for=3600\n")
        note, = harness.wait_for("note", lambda: self.notes("begins"))
        self.assertEqual(
            (note["id"], note["guard"], note["auth"], note["client"],
             note["judged"], note["undeliverable"]),
            (line.group(1), "signup", "shop", "10.1.2.3", "7", "5"))
        harness.wait_for("decision's note", lambda: self.probe.of_kind(
            "note", note="decision", reason="catch_all",
            flood="bounce_attack"))

    def test_another_client_is_not_under_attack(self):
        self.attack()
        session = self.session()
        session.mail(auth="other")
        self.assertEqual(self.fresh("greylisted", session), CONTINUE)

    def test_observe_says_and_does_not(self):
        session = self.attack("watched")
        self.assertEqual(self.fresh("greylisted", session), CONTINUE)
        self.wait_for_line("phase=begins guard=watching mode=observe ")
        self.wait_for_line("reason=greylisted action=tempfail mode=observe "
                           "code=- .* flood=bounce_attack\n")
        for _ in range(4):
            self.assertEqual(self.send("<v@one.example>", "watched"),
                             CONTINUE)
        self.wait_for_line("action=tempfail mode=observe code=- "
                           "rcpt=v@one.example .* flood=mail_bomb\n")

    def test_without_limits_nothing_is_counted(self):
        session = self.attack("free", 20)
        self.assertEqual(self.fresh("greylisted", session), CONTINUE)
        for _ in range(4):
            self.assertEqual(self.send("<v@one.example>", "free"), CONTINUE)
        self.assertNotIn("flood=", self.log())

    def test_it_ends_by_itself(self):
        session = self.attack("brief")
        self.wait_for_line("phase=begins guard=brief")
        self.wait_for_line("phase=ends guard=brief client=10.1.2.3 "
                           "auth=brief ")
        self.assertEqual(self.fresh("greylisted", session), CONTINUE)
        harness.wait_for("note", lambda: self.notes("ends"))

    def test_a_reload_ends_nothing(self):
        self.attack()
        self.send("<v@one.example>", "other")
        self.configure(self.GUARDS[:3] + [
            guard("signup", "", wait=WAIT, flood=limits())])
        self.milter.signal(signal.SIGUSR1)
        self.wait_for_line("reload: .* is in force")
        self.send("<v@one.example>", "other")
        self.assert_reply(self.send("<v@one.example>", "other"), BOMBED)
        session = self.session()
        session.mail()
        self.assert_reply(self.fresh("greylisted", session), ATTACKED)

    def test_a_bomb_under_all_names(self):
        names = ["<j.doe@gmail.com>", "<jdoe+a@googlemail.com>",
                 "<JD.OE@gmail.com>", "<jdoe@gmail.com>"]
        answers = [self.send(name) for name in names]
        self.assertEqual(answers[:2], [CONTINUE, CONTINUE])
        self.assert_reply(answers[2], BOMBED)
        self.assert_reply(answers[3], BOMBED)
        self.assertEqual(self.send("<other@gmail.com>"), CONTINUE)
        self.wait_for_line("state=deliverable reason=accepted "
                           "action=tempfail mode=enforce code=451 "
                           "rcpt=jdoe@gmail.com .* flood=mail_bomb\n")

    def test_what_was_not_sent_does_not_count(self):
        for how in range(10):
            self.send("<v@one.example>", abort=True)
            session = Session(self.socket)
            session.connect()
            session.mail()
            session.rcpt("<v@one.example>")
            if how % 2:                     # a new MAIL without RSET
                session.mail()
            session.sock.close()
        for _ in range(2):
            self.assertEqual(harness.wait_for("room", lambda: (
                lambda a: a == CONTINUE and a)(self.send("<v@one.example>"))),
                CONTINUE)
        self.assert_reply(self.send("<v@one.example>"), BOMBED)

    def test_a_bomb_over_many_sessions_at_once(self):
        sessions = [self.session() for _ in range(5)]
        answers = []
        for session in sessions:
            session.mail()
            answers.append(session.rcpt("<v@one.example>"))
        self.assertEqual(answers[:2], [CONTINUE, CONTINUE])
        for answer in answers[2:]:
            self.assert_reply(answer, BOMBED)

    def test_mail_from_sendmail_is_never_deferred(self):
        session = self.session(host="localhost", address="127.0.0.1", port=0)
        session.mail("no-reply@shop.example", auth=None)
        for _ in range(8):
            self.fresh("no_such_user", session, "{}")
        self.assertEqual(self.fresh("greylisted", session, "{}"), CONTINUE)
        self.assertEqual(session.end(), CONTINUE)
        self.wait_for_line("reason=greylisted action=tempfail mode=enforce "
                           "code=- .* flood=bounce_attack\n")


SCENARIO = """
host mx1 pipelining rcpt alice* ok rcpt later "451 4.3.0 Try again"
host any pipelining rcpt * ok
domain good.example mx 10 mx1
domain any.example mx 10 any
"""


class Site(harness.SiteCase):
    """A real Postfix, milter and probe."""

    SCENARIO = SCENARIO
    GUARDS = [guard("bomb", 'sender = [ "@bomb.example" ];',
                    flood='per_mailbox = 2;'),
              guard("signup", 'listener = [ "SIGNUP" ];',
                    flood=limits())]

    def tool(self, *words):
        done = subprocess.run(self.site.guard.cli(*words), timeout=120,
                              capture_output=True, check=False, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def attacks(self):
        return json.loads(self.tool("status", "--json"))["attacks"]

    def test_an_attack_from_its_first_address_over_a_restart(self):
        self.assertEqual(self.attacks(), [])
        self.assertEqual(self.site.rcpt("known@any.example").code, 250)
        self.assertEqual(self.site.rcpt("alice@good.example").code, 250)
        replies = [self.site.rcpt(f"nobody{i}@good.example")
                   for i in range(5)]
        self.assertEqual({r.code for r in replies}, {550})
        reply = self.site.rcpt("later@good.example")
        self.assertEqual((reply.code, reply.enhanced), (451, "4.7.1"))
        self.assertIn("Many addresses", reply.text)
        self.assertEqual(self.site.rcpt("alice@good.example").code, 250)
        self.assertEqual(self.site.rcpt("alice1@good.example").code, 250)
        verdict = self.site.verdict("later@good.example")
        self.assertEqual((verdict["action"], verdict["flood"]),
                         ("tempfail", "bounce_attack"))
        self.assertIn("a bounce attack was under way",
                      self.tool("explain", verdict["id"]))
        attack, = harness.wait_for("attack in the store", self.attacks)
        self.assertEqual((attack["guard"], attack["auth"],
                          attack["client"], attack["undeliverable"]),
                         ("signup", "", "127.0.0.1", 3))
        self.assertIn("attack", self.tool("status"))
        self.assertEqual(self.site.guard.milter.stop(), 0)
        self.site.guard.start_milter()
        reply = self.site.rcpt("later@good.example")
        self.assertEqual((reply.code, reply.enhanced), (451, "4.7.1"))
        self.assertEqual(self.site.rcpt("alice@good.example").code, 250)
        self.assertEqual(self.attacks()[0]["id"], attack["id"])

    def test_a_bomb_stops_after_two_messages(self):
        codes = []
        with self.site.client() as session:
            for name in ("alice", "alice+a", "Alice+b", "alice+c"):
                session.mail("no-reply@bomb.example")
                reply = session.rcpt(f"{name}@good.example")
                codes.append(reply.code)
                if reply.code == 250:
                    self.site.wait_until_sent(session.data())
                else:
                    self.assertIn("Much mail was sent", reply.text)
                    session.rset()
        self.assertEqual(codes, [250, 250, 451, 451])


if __name__ == "__main__":
    harness.main()
