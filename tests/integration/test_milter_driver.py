#!/usr/bin/env python3
"""rcptguard-milter alone, between a scripted MTA and a scripted probe."""

import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import threading
import time
import unittest

import harness                                              # noqa: F401
import network
import tap
from guard import BUILD, guard
from milter_client import (NOBODY, NODATA, NOEOH, NOHDRS, NOHELO, NOUNKNOWN,
                           Closed, Session)
from milter_probe import Probe, after, at_the_wait, reply
from processes import Process, Workspace, setpriv, wait_for

PROGRAM = os.path.join(BUILD, "milter", "rcptguard-milter")
PUT = os.path.join(BUILD, "tests", "integration", "put_verdicts")
CONFIG = """\
state_dir = "{root}/state";
run_dir = "{root}/run";
identity: {{
  helo = "verify.test.example";
  sender = "postmaster@verify.test.example";
  contact = "abuse@test.example";
}};
log: {{ verdicts = "{root}/verdicts.jsonl"; addresses = "{addresses}"; }};
milter: {{ socket = "{socket}"; group = ""; max_holds = {max_holds}; }};
guards = (
{guards}
);
"""
CONTINUE = ("continue",)
WAIT = "3s"
WAIT_MS = 3000
# Text of the two kinds of temporary reply, and of the refusal.
DOUBT = r"450 4\.1\.1 This address .* \([0-9a-z]{16}\)$"
CHECKING = r"451 4\.7\.1 This address is still .* \([0-9a-z]{16}\)$"
REFUSED = r"550 5\.1\.1 This address .* \([0-9a-z]{16}\)$"


class MilterCase(unittest.TestCase):
    GUARDS = [guard(wait=WAIT, pending="tempfail")]
    MAX_HOLDS = 50

    def setUp(self):
        self.workspace = Workspace()
        self.addCleanup(self.workspace.close)
        for name in ("run", "state", "sock"):
            self.workspace.directory(name)
        self.socket = self.workspace.file("sock", "milter.sock")
        self.addresses = "clear"
        self.configure(self.GUARDS)
        self.probe = None
        self.start_probe()
        self.milter = None
        self.start_milter()

    def configure(self, guards):
        self.config = self.workspace.write(CONFIG.format(
            root=self.workspace.path, socket=self.name(),
            addresses=self.addresses, max_holds=self.MAX_HOLDS,
            guards=",\n".join(guards)), "rcptguard.conf")

    def name(self):
        return "unix:" + self.socket

    def start_probe(self):
        self.probe = Probe(self.workspace.file("run", "probe.sock"))
        self.addCleanup(self.probe.close)

    def spawn(self, log="milter.err"):
        return Process("rcptguard-milter", setpriv(0, 0) + [
            PROGRAM, "--config", self.config], self.workspace.file(log),
            {"RCPTGUARD_LOG": "stderr", **self.environment()})

    def environment(self):
        return {}

    def is_open(self):
        return os.path.exists(self.socket)

    def start_milter(self):
        self.milter = self.spawn()
        self.addCleanup(self.end_milter, self.milter)
        wait_for("socket",
                 lambda: self.is_open() or not self.milter.alive())
        self.assertTrue(self.milter.alive(), self.milter.output())

    def end_milter(self, milter):
        milter.stop()
        output = milter.output()
        self.assertNotIn("Sanitizer", output)
        self.assertNotIn("runtime error", output)

    def session(self, **how):
        session = Session(self.socket)
        self.addCleanup(session.sock.close)
        self.assertEqual(session.connect(**how), CONTINUE)
        return session

    def rcpt(self, address, **how):
        session = self.session()
        self.assertEqual(session.mail(), CONTINUE)
        answer = session.rcpt(address, **how)
        session.quit()
        return answer

    def assert_reply(self, answer, pattern):
        self.assertEqual(answer[0], "reply", answer)
        self.assertRegex(answer[1], pattern)

    def log(self):
        return self.milter.output()

    def wait_for_line(self, pattern):
        return wait_for(f"line {pattern}",
                        lambda: re.search(pattern, self.log()))


class Answers(MilterCase):
    GUARDS = [
        guard("observing", 'sender = [ "@watched.example" ];',
              mode="observe", wait=WAIT),
        guard("senders", 'sender = [ "@senders.example" ];', wait=WAIT,
              ).replace("mode =", 'verify = "sender"; mode ='),
        guard("signup", 'auth = [ "shop" ];', wait=WAIT, pending="tempfail",
              undeliverable="reject"),
        guard("gentle", 'auth = [ "gentle" ];', wait=WAIT,
              undeliverable="tempfail", unknown="tempfail"),
        guard("reasons", 'auth = [ "reasons" ];', wait=WAIT,
              undeliverable="tempfail", unknown="tempfail",
              no_such_domain="reject", mailbox_full="tempfail",
              timeout="accept"),
    ]

    def test_a_good_address_passes(self):
        self.assertEqual(self.rcpt("<good@one.example>"), CONTINUE)
        asked, = self.probe.of_kind("verify")
        self.assertEqual(
            (asked["address"], asked["role"], asked["guard"],
             asked["client"], asked["auth"], asked["wire"]),
            ("good@one.example", "recipient", "signup", "10.1.2.3", "shop",
             "1"))
        self.assertLessEqual(int(asked["wait_ms"]), WAIT_MS - 100)
        self.assertGreater(int(asked["wait_ms"]), WAIT_MS / 2)

    def test_a_bad_address_is_refused_with_its_id(self):
        self.probe.habits["bad"] = "no_such_user"
        answer = self.rcpt("<bad@one.example>")
        self.assert_reply(answer, REFUSED)
        ident = answer[1][-17:-1]
        self.assertEqual(self.probe.of_kind("verify")[0]["id"], ident)
        self.wait_for_line(
            f"id={ident} qid=- state=undeliverable reason=no_such_user "
            "action=reject mode=enforce code=550 rcpt=bad@one.example "
            "client=10.1.2.3 auth=shop sender=no-reply@shop.example "
            "guard=signup source=probe age=0 ms=")

    def test_a_decision_is_noted_to_the_probe(self):
        self.probe.habits["bad"] = "no_such_user"
        answer = self.rcpt("<bad@one.example>")
        note, = wait_for("note", lambda: self.probe.of_kind("note"))
        self.assertEqual(
            {k: note[k] for k in ("note", "wire", "id", "address", "role",
                                  "guard", "origin", "client", "auth",
                                  "sender",
                                  "reason", "action", "mode", "source")},
            {"note": "decision", "wire": "1", "id": answer[1][-17:-1],
             "address": "bad@one.example", "role": "recipient",
             "guard": "signup", "origin": "signup",
             "client": "10.1.2.3", "auth": "shop",
             "sender": "no-reply@shop.example", "reason": "no_such_user",
             "action": "reject", "mode": "enforce", "source": "probe"})

    def test_each_recipient_stands_for_itself(self):
        self.probe.habits["bad"] = "no_such_user"
        session = self.session()
        session.mail()
        self.assertEqual(session.rcpt("<a@one.example>"), CONTINUE)
        self.assert_reply(session.rcpt("<bad@one.example>"), REFUSED)
        self.assertEqual(session.rcpt("<b@one.example>"), CONTINUE)
        self.assertEqual(session.end(), CONTINUE)
        self.assertEqual(session.edits, [])

    def test_pending_is_tempfailed_by_the_probes_own_answer(self):
        self.probe.habits["slow"] = at_the_wait
        self.assert_reply(self.rcpt("<slow@one.example>"), CHECKING)
        self.wait_for_line("state=pending reason=probe_running "
                           "action=tempfail mode=enforce code=451")

    def test_states_have_their_actions(self):
        rows = [("no_such_user", DOUBT), ("greylisted", CHECKING),
                ("catch_all", None), ("accepted", None),
                ("budget_exhausted", None)]
        session = self.session()
        for reason, pattern in rows:
            with self.subTest(reason):
                self.probe.habits["x"] = reason
                session.mail(auth="gentle")
                answer = session.rcpt("<x@one.example>")
                session.abort()
                if pattern:
                    self.assert_reply(answer, pattern)
                else:
                    self.assertEqual(answer, CONTINUE)

    def test_a_reason_goes_before_its_state(self):
        rows = [("no_such_user", DOUBT), ("no_such_domain", r"550 5\.1\."),
                ("mailbox_full", r"45\d "), ("catch_all", None),
                ("greylisted", CHECKING), ("timeout", None)]
        session = self.session()
        for reason, pattern in rows:
            with self.subTest(reason):
                self.probe.habits["x"] = reason
                session.mail(auth="reasons")
                answer = session.rcpt("<x@one.example>")
                session.abort()
                if pattern:
                    self.assert_reply(answer, pattern)
                else:
                    self.assertEqual(answer, CONTINUE)

    def test_observe_says_and_does_not(self):
        self.probe.habits["bad"] = "no_such_user"
        session = self.session()
        session.mail("<a@watched.example>")
        self.assertEqual(session.rcpt("<bad@one.example>"), CONTINUE)
        self.wait_for_line("action=reject mode=observe code=- "
                           "rcpt=bad@one.example .* guard=observing")

    def test_a_bad_sender_is_refused_at_mail(self):
        self.probe.habits["bad"] = "no_such_user"
        session = self.session()
        answer = session.mail("<bad@senders.example>")
        self.assert_reply(answer, r"550 5\.1\.7 This sender address ")
        self.assertEqual(self.probe.of_kind("verify")[0]["role"], "sender")
        self.assertEqual(session.mail("<good@senders.example>"), CONTINUE)
        self.assertEqual(session.rcpt("<bad@one.example>"), CONTINUE)
        self.wait_for_line("code=550 role=sender client=10.1.2.3 auth=shop "
                           "sender=bad@senders.example guard=senders")
        note = wait_for("note", lambda: self.probe.of_kind("note"))[0]
        self.assertEqual(note["origin"], "mail")

    def test_who_no_guard_names_passes_unseen(self):
        session = self.session()
        session.mail(auth="other")
        self.assertEqual(session.rcpt("<bad@one.example>"), CONTINUE)
        self.assertEqual(session.end(), CONTINUE)
        self.assertEqual(self.probe.of_kind("verify"), [])

    def test_a_queue_id_is_tied_to_the_first_recipient(self):
        session = self.session()
        session.mail()
        session.rcpt("<a@one.example>")
        session.rcpt("<b@one.example>", qid="4QueueId")
        session.end(qid="4QueueId")
        self.wait_for_line("qid=4QueueId state=deliverable .* "
                           "rcpt=b@one.example")
        ident = self.wait_for_line(
            "id=([0-9a-z]{16}) qid=- .*rcpt=a@one.example").group(1)
        self.wait_for_line(f"id={ident} qid=4QueueId\n")

    def test_addresses_that_are_not_ours_to_judge_pass(self):
        session = self.session()
        for says, address, how in [
                ("completed by the MTA", "<user>", {}),
                ("postmaster alone", "<postmaster>", {}),
                ("one label", "<user@localhost>", {}),
                ("our own probe address",
                 "<Postmaster@VERIFY.test.example>", {}),
                ("delivered here", "<x@one.example>", {"mailer": "local"}),
                ("delivered here", "<x@one.example>",
                 {"mailer": "virtual"})]:
            with self.subTest(says):
                session.mail()
                self.assertEqual(session.rcpt(address, **how), CONTINUE)
                session.abort()
        self.assertEqual(self.probe.of_kind("verify"), [])

    def test_bounces_and_probes_are_never_judged(self):
        self.probe.habits["bad"] = "no_such_user"
        session = self.session()
        for sender in ("<>", "<postmaster@verify.test.example>"):
            with self.subTest(sender):
                session.mail(sender)
                self.assertEqual(session.rcpt("<bad@one.example>"), CONTINUE)
                session.abort()
        self.assertEqual(self.probe.of_kind("verify"), [])

    def test_bad_syntax_is_refused_without_the_probe(self):
        session = self.session()
        for address in ("<a..b@one.example>", "<a@one..example>",
                        "<" + "x" * 65 + "@one.example>",
                        "<a\tb@one.example>", "<a@[1.2.3.999]>",
                        "<a\udcff@one.example>",
                        "<" + "x" * 60000 + "@one.example>"):
            with self.subTest(address[:40]):
                session.mail()
                self.assert_reply(session.rcpt(address), REFUSED)
                session.abort()
        self.assertEqual(self.probe.of_kind("verify"), [])
        self.wait_for_line("reason=bad_syntax .*source=rules")

    def test_an_address_without_brackets_and_with_arguments(self):
        session = self.session()
        session.mail("no-reply@shop.example", "SIZE=1000", "BODY=8BITMIME")
        self.assertEqual(
            session.rcpt("good@one.example", "NOTIFY=NEVER"), CONTINUE)
        self.assertEqual(self.probe.of_kind("verify")[0]["address"],
                         "good@one.example")

    def test_only_what_is_needed_is_asked_of_the_mta(self):
        session = self.session()
        for step in (NOHELO, NODATA, NOEOH, NOBODY, NOUNKNOWN, NOHDRS):
            self.assertTrue(session.steps & step, hex(step))
        self.assertEqual(session.actions, 0x100)
        self.assertEqual(session.wanted[0], ["v", "{daemon_name}",
                                             "{client_addr}"])
        self.assertEqual(session.wanted[2], ["i", "{auth_authen}"])
        self.assertEqual(session.wanted[3], ["i", "{rcpt_mailer}"])

    def test_hostile_macros_stay_in_their_fields(self):
        session = self.session(listener="a\nid=forged")
        session.mail(auth='gentle')
        session.abort()
        session.mail('<"a b %n%s mode=x"@watched.example>',
                     auth="x\nid=forged\n\nrequest=purge")
        session.rcpt("<good@one.example>", qid="1\n2")
        line = self.wait_for_line(
            r"id=\S+ qid=1\\x0A2 .*guard=observing.*").group(0)
        self.assertIn(r'auth="x\x0Aid=forged\x0A\x0Arequest=purge"', line)
        note, = wait_for("note", lambda: self.probe.of_kind("note"))
        self.assertEqual(note["auth"], r"x\x0Aid=forged\x0A\x0Arequest=purge")
        self.assertNotIn("\nid=forged", self.log())


class States(MilterCase):
    """Nothing of one message, or of one reply, reaches the next."""

    GUARDS = [guard(wait=WAIT, risky="hold"),
              ]

    def test_every_way_a_message_ends(self):
        self.probe.habits["risky"] = "disposable"
        self.probe.habits["bad"] = "no_such_user"
        for way in ("abort", "end", "mail", "refused"):
            with self.subTest(way):
                session = self.session()
                session.mail()
                session.rcpt("<risky@one.example>")
                if way == "refused":
                    self.assert_reply(session.rcpt("<bad@one.example>"),
                                      REFUSED)
                if way in ("abort", "refused"):
                    session.abort()
                elif way == "end":
                    self.assertEqual(session.end(), CONTINUE)
                    self.assertEqual(session.edits[0][0], "quarantine")
                self.assertEqual(session.mail(), CONTINUE)
                self.assertEqual(session.rcpt("<good@one.example>"),
                                 CONTINUE)
                self.assertEqual(session.end(), CONTINUE)
                self.assertEqual(session.edits, [])
                session.quit()

    def test_a_guard_of_one_message_is_not_the_next_ones(self):
        self.probe.habits["bad"] = "no_such_user"
        session = self.session()
        session.mail()
        self.assert_reply(session.rcpt("<bad@one.example>"), REFUSED)
        session.abort()
        session.mail("<>")
        self.assertEqual(session.rcpt("<bad@one.example>"), CONTINUE)

    def test_a_connection_may_end_at_any_point(self):
        for steps in range(4):
            session = Session(self.socket)
            if steps > 0:
                session.connect()
            if steps > 1:
                session.mail()
            if steps > 2:
                session.rcpt("<risky@one.example>")
            session.sock.close()
        self.assertEqual(self.rcpt("<good@one.example>"), CONTINUE)

    def test_hold_is_told_with_reason_and_id(self):
        self.probe.habits["risky"] = "disposable"
        session = self.session()
        self.assertEqual(session.actions, 0x120)
        session.mail()
        session.rcpt("<risky@one.example>")
        self.assertEqual(session.end(), CONTINUE)
        (kind, text), = session.edits
        self.assertEqual(kind, "quarantine")
        self.assertRegex(text, r"^rcptguard: disposable \([0-9a-z]{16}\)$")


class Tags(MilterCase):
    GUARDS = [guard(wait=WAIT, risky="tag")]

    def test_forged_copies_go_and_ours_comes(self):
        self.probe.habits["risky"] = "disposable"
        session = self.session()
        self.assertFalse(session.steps & NOHDRS)
        session.mail()
        session.rcpt("<good@one.example>")
        session.rcpt("<risky@one.example>")
        for name in ("X-Rcptguard", "Subject", "x-RCPTGUARD", "X-Rcptguard"):
            self.assertEqual(session.header(name, "deliverable"), CONTINUE)
        self.assertEqual(session.end(), CONTINUE)
        self.assertEqual(session.edits[:3], [
            ("chgheader", n, "X-Rcptguard", "") for n in (3, 2, 1)])
        kind, name, value = session.edits[3]
        self.assertEqual((kind, name), ("addheader", "X-Rcptguard"))
        self.assertRegex(
            value, "^risky; reason=disposable; id=[0-9a-z]{16}$")

    def test_forged_copies_go_from_untagged_mail(self):
        session = self.session()
        session.mail()
        session.rcpt("<good@one.example>")
        session.header("X-Rcptguard", "forged")
        session.end()
        self.assertEqual(session.edits,
                         [("chgheader", 1, "X-Rcptguard", "")])


class Faults(MilterCase):
    GUARDS = [guard(wait=WAIT, pending="tempfail"),
              ]

    def timed(self, address):
        begin = time.monotonic()
        answer = self.rcpt(address)
        return answer, time.monotonic() - begin

    def passes_at_once(self, tries=5):
        """Not held for the wait; a busy machine may stall all but one."""
        answers = [self.timed("<good@one.example>") for _ in range(tries)]
        self.assertEqual({answer for answer, _ in answers}, {CONTINUE})
        self.assertLess(min(took for _, took in answers), 0.5)

    def test_a_dead_probe_is_unknown_at_once(self):
        self.rcpt("<warm@one.example>")         # a kept connection, too
        self.probe.close()
        self.passes_at_once()
        self.wait_for_line("state=unknown reason=probe_unavailable "
                           "action=accept")
        self.wait_for_line("probe at .*not running")
        self.start_probe()
        self.probe.habits["bad"] = "no_such_user"
        self.assert_reply(self.rcpt("<bad@one.example>"), REFUSED)

    def test_notes_wait_for_a_dead_probe(self):
        self.probe.close()
        for n in range(20):
            self.rcpt(f"<user{n}@one.example>")
        self.wait_for_line("rcpt=user19@one.example")
        self.start_probe()
        wait_for("all notes", lambda: len(self.probe.of_kind("note")) == 20)
        self.assertEqual([n["address"] for n in self.probe.of_kind("note")],
                         [f"user{n}@one.example" for n in range(20)])

    def test_a_hung_probe_holds_one_wait_and_then_nobody(self):
        self.probe.silent = True
        answer, took = self.timed("<good@one.example>")
        self.assertEqual(answer, CONTINUE)
        self.assertGreater(took, 0.9)
        self.passes_at_once()
        self.probe.silent = False
        self.probe.habits["bad"] = "no_such_user"
        wait_for("the trial", lambda: self.rcpt("<bad@one.example>")
                 != CONTINUE, seconds=60, step=0.2)
        self.assert_reply(self.rcpt("<bad@one.example>"), REFUSED)

    def test_a_probe_that_answers_after_the_wait_is_not_waited_for(self):
        self.probe.habits["late"] = after(12, "no_such_user")
        answer, took = self.timed("<late@one.example>")
        self.assertEqual(answer, CONTINUE)
        self.assertLess(took, 10)

    def test_garbage_is_unknown(self):
        rows = [
            ("no message", b"\0\xff garbage\r\n\n"),
            ("another id", b"id=other\nstate=undeliverable\n"
             b"reason=no_such_user\n\n"),
            ("no reason", lambda r: f"id={r['id']}\n\n".encode()),
            ("an unknown reason", lambda r:
             f"id={r['id']}\nreason=bad\n\n".encode()),
            ("an endless answer", b"a=" + b"x" * 70000),
            ("an error", lambda r: (f"id={r['id']}\nerror=busy\n"
                                    "text=too\x1b much\n\n").encode()),
            ("half, then the end", lambda r: b"id="),
        ]
        for says, habit in rows:
            with self.subTest(says):
                self.probe.habits["x"] = habit
                if says.startswith("half"):
                    def habit(request):
                        threading.Timer(
                            0.1, self.probe.drop_connections).start()
                        return b"id="
                    self.probe.habits["x"] = habit
                self.assertEqual(self.rcpt("<x@one.example>"), CONTINUE)
                wait_for("a healthy answer", lambda: self.good_again(),
                         seconds=60, step=0.1)

    def good_again(self):
        self.probe.habits["fine"] = "no_such_user"
        return self.rcpt("<fine@one.example>") != CONTINUE

    def test_a_full_backlog_is_unknown_at_once(self):
        self.probe.close()
        self.probe.listener = socket.socket(socket.AF_UNIX)
        self.probe.listener.bind(self.probe.path)
        self.probe.listener.listen(0)
        fill = []
        for _ in range(4):
            sock = socket.socket(socket.AF_UNIX)
            sock.setblocking(False)
            try:
                sock.connect(self.probe.path)
            except BlockingIOError:
                break
            fill.append(sock)
        self.passes_at_once()
        for sock in fill:
            sock.close()

    def test_a_second_instance_is_refused_and_the_first_stays(self):
        second = self.spawn("second.err")
        self.assertEqual(second.wait(), 75)
        self.assertIn("another rcptguard-milter", second.output())
        self.assertIn(str(self.milter.pid), second.output())
        self.assertEqual(self.rcpt("<good@one.example>"), CONTINUE)

    def test_a_killed_one_leaves_nothing_that_hinders_the_next(self):
        self.milter.kill()
        self.assertTrue(os.path.exists(self.socket))
        self.start_milter()
        wait_for("service", lambda: self.serves())

    def serves(self):
        try:
            return self.rcpt("<good@one.example>") == CONTINUE
        except (OSError, Closed):
            return False

    def test_socket_mode_and_what_lies_beside_it(self):
        mode = os.stat(self.socket).st_mode
        self.assertEqual(stat.S_IMODE(mode), 0o660)
        others = [n for n in os.listdir(os.path.dirname(self.socket))
                  if n.startswith("milter.sock.")
                  and stat.S_ISSOCK(os.stat(os.path.join(
                      os.path.dirname(self.socket), n)).st_mode)]
        self.assertEqual(others, [])

    def test_a_directory_open_to_all_is_refused(self):
        self.milter.stop()
        os.chmod(os.path.dirname(self.socket), 0o777)
        again = self.spawn("again.err")
        self.assertEqual(again.wait(), 78)
        self.assertIn("writable by others", again.output())

    def test_closed_standard_descriptors(self):
        self.milter.stop()
        line = (f"exec {PROGRAM} --config {self.config} "
                "0<&- 1>&- 2>&-")
        again = Process("closed", setpriv(0, 0) + ["sh", "-c", line],
                        self.workspace.file("closed.err"))
        self.addCleanup(again.stop)
        wait_for("service", lambda: self.serves())
        links = {os.readlink(f"/proc/{again.pid}/fd/{n}") for n in range(3)}
        self.assertEqual(links, {"/dev/null"})


class Stored(MilterCase):
    """Verdicts that the store has."""

    GUARDS = [guard(wait="4s", pending="tempfail")]

    def put(self, *lines):
        """ADDRESS REASON, seconds: checked ago, refresh in, expire in."""
        subprocess.run([PUT, self.workspace.file("state")],
                       input="".join(line + "\n" for line in lines),
                       text=True, check=True, timeout=120)

    def serves_bad(self):
        """Whether the store is read: its bad address is refused."""
        return self.rcpt("<bad@one.example>") != CONTINUE

    def setUp(self):
        super().setUp()
        self.put("bad@one.example no_such_user 60 3600 7200",
                 "stale@one.example accepted 60 -1 7200",
                 "gone@one.example no_such_user 60 -9 -1")
        self.probe.habits["bad"] = "accepted"   # only the store refuses
        wait_for("the store", self.serves_bad)
        self.wait_for_line("source=store")

    def test_a_verdict_in_force_needs_no_probe(self):
        self.probe.close()
        for _ in range(5):
            self.assert_reply(self.rcpt("<bad@one.example>"), REFUSED)
            self.assert_reply(self.rcpt("<BAD@One.Example>"), REFUSED)
        self.wait_for_line(r"reason=no_such_user .* source=store age=6\d ")

    def test_one_past_its_refresh_is_served_and_asked_again_once(self):
        for _ in range(3):
            self.assertEqual(self.rcpt("<stale@one.example>"), CONTINUE)
        asked, = wait_for("request", lambda: self.probe.of_kind(
            "verify", address="stale@one.example"))
        self.assertEqual(asked["wait_ms"], "0")
        self.wait_for_line("rcpt=stale@one.example .*source=store")
        wait_for("notes", lambda: len(self.probe.of_kind(
            "note", address="stale@one.example")) == 3)
        self.assertEqual(len(self.probe.of_kind(
            "verify", address="stale@one.example")), 1)

    def test_an_expired_one_is_a_miss(self):
        self.probe.habits["gone"] = "accepted"
        self.assertEqual(self.rcpt("<gone@one.example>"), CONTINUE)
        self.wait_for_line("rcpt=gone@one.example .*source=probe")

    def test_a_hung_probe_holds_nobody_who_is_stored(self):
        self.probe.silent = True
        held = self.session()
        held.mail()
        thread = threading.Thread(
            target=lambda: held.rcpt("<fresh@one.example>"))
        thread.start()
        wait_for("a held call", lambda: self.probe.of_kind(
            "verify", address="fresh@one.example"))
        self.assert_reply(self.rcpt("<bad@one.example>"), REFUSED)
        self.assertTrue(thread.is_alive(), "answered while another is held")
        thread.join(60)

    def test_no_session_is_left_behind_one_that_waits(self):
        """libmilter's pool may leave it without a worker (listener.h)."""
        self.probe.habits["slow"] = at_the_wait
        for _ in range(5):
            sessions = [self.session() for _ in range(16)]
            for session in sessions:
                session.mail()
            order = []

            def ask(session, name):
                session.rcpt(f"<{name}@one.example>")
                order.append(name)
            threads = [threading.Thread(target=ask, args=(
                s, "slow" if n % 4 == 0 else "bad"))
                for n, s in enumerate(sessions)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
            self.assertEqual(order, ["bad"] * 12 + ["slow"] * 4)
            for session in sessions:
                session.quit()

    def test_a_store_that_goes_and_comes_is_followed(self):
        shutil.rmtree(self.workspace.file("state"))
        wait_for("end of the store", lambda: not self.serves_bad())
        self.wait_for_line("verdicts come from the probe alone")
        self.workspace.directory("state")
        self.put("bad@one.example no_such_user 60 3600 7200")
        wait_for("the new store", self.serves_bad)

    def test_a_damaged_store_is_no_verdict(self):
        self.milter.stop()
        with open(self.workspace.file("state", "verdicts.mdb"), "r+b") as f:
            f.seek(4096)
            f.write(os.urandom(60000))
        self.start_milter()
        wait_for("service", lambda: os.path.exists(self.socket))
        self.assertEqual(self.rcpt("<bad@one.example>"), CONTINUE)
        self.assertEqual(self.rcpt("<good@one.example>"), CONTINUE)
        self.assertTrue(self.milter.alive())


class Stop(MilterCase):
    GUARDS = [guard(wait="8s", pending="tempfail", unknown="accept")]

    def stop_with(self, number):
        self.probe.silent = True
        answers, sessions = [], []
        for _ in range(20):
            session = self.session()
            session.mail()
            sessions.append(session)

        def held(session):
            answers.append(session.rcpt("<slow@one.example>"))
        threads = [threading.Thread(target=held, args=(s,))
                   for s in sessions]
        for thread in threads:
            thread.start()
        wait_for("20 held calls",
                 lambda: len(self.probe.of_kind("verify")) == 20)
        begin = time.monotonic()
        self.milter.signal(number)
        for thread in threads:
            thread.join(10)
        answered = time.monotonic() - begin
        self.assertEqual(answers, [CONTINUE] * 20)
        self.assertLess(answered, 6)
        self.assertEqual(self.milter.wait(), 0)
        self.assertFalse(os.path.exists(self.socket))
        self.assertEqual(
            self.log().count("reason=probe_unavailable action=accept"), 20)

    def test_sigterm_answers_all_held_calls(self):
        self.stop_with(signal.SIGTERM)

    def test_sighup_is_a_stop_too(self):
        self.stop_with(signal.SIGHUP)

    def test_an_idle_one_stops_soon(self):
        session = self.session()
        self.milter.signal(signal.SIGTERM)
        self.assertEqual(self.milter.wait(), 0)
        with self.assertRaises((Closed, OSError)):
            session.mail()


class Manager(MilterCase):
    """What a service manager hears."""

    def environment(self):
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.settimeout(60)
        path = self.workspace.file("notify")
        self.manager.bind(path)
        self.addCleanup(self.manager.close)
        return {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "400000"}

    def expect(self, state):
        while True:
            heard = self.manager.recv(100).decode()
            if heard == state:
                return
            self.assertEqual(heard, "WATCHDOG=1")

    def test_start_watchdog_reload_and_stop(self):
        self.expect("READY=1")
        self.assertEqual(self.rcpt("<good@one.example>"), CONTINUE)
        self.expect("WATCHDOG=1")
        self.milter.signal(signal.SIGUSR1)
        self.expect("RELOADING=1")
        self.expect("READY=1")
        self.milter.signal(signal.SIGTERM)
        self.expect("STOPPING=1")


class Tcp(MilterCase):
    GUARDS = [guard(wait="8s", pending="tempfail")]

    def setUp(self):
        self.network = network.claim()
        self.addCleanup(self.network.release)
        super().setUp()

    def name(self):
        host, port = self.network.address(1), self.network.mta_port
        self.socket = (host, port)
        return f"inet:{host}:{port}"

    def is_open(self):
        with socket.socket() as sock:
            return sock.connect_ex(self.socket) == 0

    def test_held_calls_and_a_stop(self):
        self.probe.silent = True
        sessions = [self.session() for _ in range(8)]
        answers = []
        for session in sessions:
            session.mail()
        threads = [threading.Thread(target=lambda s=s: answers.append(
            s.rcpt("<slow@one.example>"))) for s in sessions]
        for thread in threads:
            thread.start()
        wait_for("8 held calls",
                 lambda: len(self.probe.of_kind("verify")) == 8)
        self.milter.signal(signal.SIGTERM)
        wait_for("answers before the wait ends", lambda: len(answers) == 8, 7)
        self.assertEqual(answers, [CONTINUE] * 8)
        self.assertEqual(self.milter.wait(), 0)


class Holds(MilterCase):
    MAX_HOLDS = 3
    GUARDS = [guard(wait="8s", pending="tempfail")]

    def test_above_the_cap_misses_are_unknown_at_once(self):
        self.probe.habits["slow"] = at_the_wait
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(
            self.rcpt("<slow@one.example>"))) for _ in range(3)]
        for thread in threads:
            thread.start()
        wait_for("3 held calls",
                 lambda: len(self.probe.of_kind("verify")) == 3)
        # a fourth one that waited would be told that it is pending
        self.assertEqual(self.rcpt("<slow@one.example>"), CONTINUE)
        self.assertEqual(answers, [])
        self.wait_for_line("max_holds")
        for thread in threads:
            thread.join(60)
        self.assertEqual(len(answers), 3)
        for answer in answers:
            self.assert_reply(answer, CHECKING)


class LongHolds(MilterCase):
    GUARDS = [guard(wait="5s", pending="tempfail")]

    def test_all_recipients_of_a_message_share_one_patience(self):
        self.probe.habits["slow"] = at_the_wait
        session = self.session()
        session.mail()
        begin = time.monotonic()
        for _ in range(2):
            self.assert_reply(session.rcpt("<slow@one.example>"), CHECKING)
        # What is left of it shrinks to the 200 ms of an answer without a
        # wait, which our probe may miss on a busy machine.
        answers = [session.rcpt("<slow@one.example>") for _ in range(18)]
        self.assertLess(time.monotonic() - begin, 40)
        self.assertLessEqual({answer[0] for answer in answers},
                             {"reply", "continue"})
        # The last ones were asked for all the same, without a wait.
        self.assertEqual(self.probe.of_kind("verify")[-1]["wait_ms"], "0")


class Simulated(MilterCase):
    """Postfix's cleanup(8), as it plays a session for sendmail(1)."""

    GUARDS = [guard(wait=WAIT, unknown="tempfail")]

    def begin(self):
        session = self.session(host="localhost", address="127.0.0.1",
                               port=0, listener="site.example")
        self.assertEqual(
            session.mail("no-reply@shop.example", auth=None), CONTINUE)
        return session

    def setUp(self):
        super().setUp()
        self.probe.habits["bad"] = "no_such_user"
        self.probe.habits["grey"] = "greylisted"

    def test_a_single_bad_recipient_is_refused_at_the_end(self):
        session = self.begin()
        self.assertEqual(session.rcpt("bad@one.example", mailer=None),
                         CONTINUE)
        self.assert_reply(session.end(), REFUSED)
        self.wait_for_line("qid=4XyZ12abc code=550 at=end-of-message")
        self.wait_for_line("non_smtpd_milters")

    def test_one_of_two_takes_nobodys_mail_away(self):
        session = self.begin()
        session.rcpt("bad@one.example", mailer=None)
        session.rcpt("good@one.example", mailer=None)
        self.assertEqual(session.end(), CONTINUE)
        self.assertEqual(session.edits, [])

    def test_nothing_is_tempfailed(self):
        session = self.begin()
        self.assertEqual(session.rcpt("grey@one.example", mailer=None),
                         CONTINUE)
        self.assertEqual(session.end(), CONTINUE)

    def test_the_cure_is_told_once(self):
        for _ in range(3):
            session = self.begin()
            session.rcpt("bad@one.example", mailer=None)
            session.end()
            session.quit()
        wait_for("three decisions",
                 lambda: self.log().count("via=non_smtpd") == 3)
        self.assertEqual(self.log().count("mail from sendmail(1)"), 1)

    def test_a_real_session_from_localhost_is_refused_at_once(self):
        session = self.session(host="localhost", address="127.0.0.1",
                               port=40000)
        session.mail()
        self.assert_reply(session.rcpt("<bad@one.example>"), REFUSED)


class Reload(MilterCase):
    GUARDS = [guard(wait=WAIT, mode="observe")]

    def reload(self, line):
        before = len(self.log())
        self.milter.signal(signal.SIGUSR1)
        wait_for(line, lambda: line in self.log()[before:])

    def test_a_reload_changes_the_next_message_of_open_sessions(self):
        self.probe.habits["bad"] = "no_such_user"
        session = self.session()
        session.mail()
        self.assertEqual(session.rcpt("<bad@one.example>"), CONTINUE)
        self.configure([guard(wait=WAIT, mode="enforce")])
        self.reload("in force, 1 guards")
        self.assertEqual(session.rcpt("<bad@one.example>"), CONTINUE)
        session.abort()
        session.mail()
        self.assert_reply(session.rcpt("<bad@one.example>"), REFUSED)

    def test_a_broken_file_keeps_the_old_settings(self):
        self.probe.habits["bad"] = "no_such_user"
        self.configure([guard(wait=WAIT, mode="enforce")])
        self.reload("in force")
        for broken in ("guards = (", "milter: { sokcet = 1; };", "\0", ""):
            with self.subTest(broken):
                self.workspace.write(broken, "rcptguard.conf")
                self.reload("the old settings stay in force")
                self.assert_reply(self.rcpt("<bad@one.example>"), REFUSED)

    def test_what_needs_a_restart_is_said(self):
        self.MAX_HOLDS = 7
        self.socket, old = self.socket + "2", self.socket
        self.configure(self.GUARDS)
        self.socket = old
        self.reload("milter.socket has changed")
        self.configure([guard(wait=WAIT, risky="tag")])
        self.reload("first action \"tag\" needs a restart")

    def test_addresses_leave_the_log(self):
        self.rcpt("<seen@one.example>")
        self.wait_for_line("rcpt=seen@one.example")
        self.addresses = "domain"
        self.configure(self.GUARDS)
        self.reload("in force")
        self.rcpt("<hidden@one.example>")
        self.wait_for_line(r"rcpt=\*@one.example .*sender=\*@shop.example")
        self.assertNotIn("hidden@", self.log())

    def test_a_storm_of_signals(self):
        for _ in range(200):
            self.milter.signal(signal.SIGUSR1)
        self.assertEqual(self.rcpt("<good@one.example>"), CONTINUE)
        self.assertTrue(self.milter.alive())


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.workspace = Workspace()
        self.addCleanup(self.workspace.close)
        self.workspace.directory("sock")

    def run_with(self, *words):
        process = Process("run", [PROGRAM, *words],
                          self.workspace.file("out"),
                          {"RCPTGUARD_LOG": "stderr"})
        self.addCleanup(process.stop)
        return process.wait(), process.output()

    def write(self, guards, socket_path=None):
        return self.workspace.write(CONFIG.format(
            root=self.workspace.path, addresses="clear", max_holds=1,
            socket="unix:" + (socket_path
                              or self.workspace.file("sock", "m.sock")),
            guards=guards), "rcptguard.conf")

    def test_check(self):
        status, output = self.run_with("--check", "-c", self.write(guard()))
        self.assertEqual((status, "good" in output), (0, True), output)
        self.assertEqual(os.listdir(self.workspace.file("sock")), [])

    def test_check_names_file_and_line(self):
        path = self.write(guard().replace("wait", "wiat"))
        status, output = self.run_with("-t", "--config", path)
        self.assertEqual(status, 78)
        self.assertIn(f"{path}:", output)
        self.assertIn("wiat", output)

    def test_a_missing_directory_is_a_configuration_error(self):
        path = self.write(guard(), "/nonexistent-dir/m.sock")
        status, output = self.run_with("--config", path)
        self.assertEqual(status, 78)
        self.assertIn("/nonexistent-dir", output)

    def test_version_help_and_wrong_usage(self):
        status, output = self.run_with("-V")
        self.assertEqual(status, 0)
        self.assertRegex(output, r"rcptguard-milter \d+\.\d+\.\d+\n"
                         r"libmilter \d+\.\d+\.\d+\n")
        self.assertEqual(self.run_with("--help")[0], 0)
        self.assertEqual(self.run_with("--nonsense")[0], 64)
        self.assertEqual(self.run_with("extra")[0], 64)


if __name__ == "__main__":
    if not os.access(PROGRAM, os.X_OK):
        tap.skip_all(f"{PROGRAM} is not built")
    tap.main()
