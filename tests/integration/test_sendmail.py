#!/usr/bin/env python3
"""README's recipe for Sendmail, before a real one."""

import re
import signal

import harness
import sendmail
from harness import guard
from sendmail import PASSWORD, Sendmail
from smtpclient import Client

SCENARIO = """
host mx1 pipelining rcpt alice ok rcpt bob ok rcpt slow* after 2500ms ok \
rcpt full "452 4.2.2 The email account is over quota" \
rcpt grey* greylist 1h
domain good.example mx 10 mx1
domain null.example null-mx
domain fail.example servfail
"""
NETWORK = "127.0.0.77"      # where clients of the guard "office" come from
GUARDS = [
    guard("shop", 'auth = [ "shop", "web+shop=1@shop.example" ];', "enforce",
          "3s", undeliverable="tempfail"),
    guard("office", f'client = [ "{NETWORK}/32" ];', "enforce", "3s"),
    guard("watch", 'sender = [ "@watch.example" ];', "observe", "3s"),
    guard("tags", 'sender = [ "@tag.example" ];', "enforce", "3s",
          undeliverable="tag"),
    guard("holds", 'sender = [ "@hold.example" ];', "enforce", "3s",
          undeliverable="hold"),
    guard("brief", 'sender = [ "@brief.example" ];', "enforce", "1s"),
    guard("signup", 'listener = [ "SIGNUP" ];', "enforce", "8s"),
    guard("strict", 'listener = [ "STRICT" ];', "enforce", "8s"),
]
ROWS = [
    # says, address, code, enhanced code, state, reason
    ("a good address", "alice@good.example", 250, "2.1.5", "deliverable",
     "accepted"),
    ("an unknown user", "nobody@good.example", 550, "5.1.1", "undeliverable",
     "no_such_user"),
    ("a null MX", "alice@null.example", 550, "5.1.1", "undeliverable",
     "null_mx"),
    ("a full mailbox", "full@good.example", 250, "2.1.5", "risky",
     "mailbox_full"),
    ("a greylisting host", "grey@good.example", 250, "2.1.5", "unknown",
     "greylisted"),
    ("DNS out of order", "alice@fail.example", 250, "2.1.5", "unknown",
     "dns_failure"),
]
# Sendmail puts the recipient before a milter's text.
REFUSED = r"^550 5\.1\.1 <{address}>\.\.\. This address does not accept mail, please check " \
    r"its spelling \({id}\)$"
DOUBTED = r"^450 4\.1\.1 <{address}>\.\.\. This address does not seem to accept mail, .* " \
    r"\({id}\)$"


class SendmailCase(harness.SiteCase):
    SCENARIO = SCENARIO
    GUARDS = GUARDS
    SETTINGS = {"mta": Sendmail}

    def session(self, daemon="SIGNUP", source=None):
        mta = self.site.mta
        return Client(mta.network.address(sendmail.NUMBERS[daemon]), mta.port,
                      source=source)

    def rcpt(self, address, sender="no-reply@shop.example", **session):
        with self.session(**session) as client:
            client.mail(sender)
            reply = client.rcpt(address)
            client.quit()
        return reply

    def works_again(self):
        """A fresh bad address is refused again."""
        def refused():
            self.fresh = getattr(self, "fresh", 0) + 1
            return self.rcpt(f"n{self.fresh}-{self._testMethodName}"
                             "@good.example").code == 550
        harness.wait_for("verdict on a fresh address", refused, step=0.2)


class Signup(SendmailCase):
    def test_rows(self):
        for says, address, code, enhanced, state, reason in ROWS:
            with self.subTest(says):
                reply = self.rcpt(address)
                verdict = self.site.verdict(address)
                self.assertEqual((verdict["state"], verdict["reason"]),
                                 (state, reason))
                self.assertEqual((reply.code, reply.enhanced),
                                 (code, enhanced), reply)
                self.assertEqual((verdict["guard"], verdict["client"]),
                                 ("signup", "127.0.0.1"))

    def test_a_refusal_is_ours_word_for_word(self):
        reply = self.rcpt("who@good.example")
        verdict = self.site.verdict("who@good.example")
        self.assertRegex(reply.text, REFUSED.format(
            address="who@good.example", id=verdict["id"]))

    def test_pending_then_cached(self):
        first = self.rcpt("slow@good.example", sender="a@brief.example")
        self.assertEqual((first.code, first.enhanced), (451, "4.7.1"))
        self.assertIn(self.site.verdict("slow@good.example")["id"],
                      first.text)
        harness.wait_for("answer of the slow host", lambda: self.rcpt(
            "slow@good.example").code == 250, step=0.3)

    def test_the_other_recipients_are_not_touched(self):
        with self.session() as client:
            client.mail()
            codes = [client.rcpt(address).code for address in (
                "alice@good.example", "bad@good.example", "bob@good.example")]
            data = client.data()
        self.assertEqual(codes + [data.code], [250, 550, 250, 250])
        message = harness.wait_for("message", lambda: [
            e for e in self.site.simnet.events("message")
            if "bob@good.example" in e["rcpts"]])[0]
        self.assertEqual(sorted(message["rcpts"]),
                         ["alice@good.example", "bob@good.example"])
        self.assertNotIn("bad@good.example", self.site.delivered())
        self.assertNotIn("to=<bad@good.example>, ", "\n".join(
            line for line in self.site.mta.log().split("\n")
            if "stat=Sent" in line))

    def test_nothing_is_left_when_all_are_refused(self):
        with self.session() as client:
            client.mail()
            self.assertEqual(client.rcpt("no1@good.example").code, 550)
            self.assertEqual(client.data().code, 503)

    def test_a_pipelining_application(self):
        with self.session() as client:
            replies = client.commands([
                "MAIL FROM:<no-reply@shop.example>",
                "RCPT TO:<alice@good.example>", "RCPT TO:<p1@good.example>",
                "RCPT TO:<bob@good.example>", "RSET"])
        self.assertEqual([r.code for r in replies], [250, 250, 550, 250, 250])

    def test_parameters_are_no_part_of_the_address(self):
        with self.session() as client:
            client.command("MAIL FROM:<no-reply@shop.example> BODY=8BITMIME")
            good = client.command(
                "RCPT TO:<alice@good.example> NOTIFY=NEVER")
            bad = client.command("RCPT TO:<par@good.example> NOTIFY=FAILURE "
                                 "ORCPT=rfc822;par@good.example")
        self.assertEqual((good.code, bad.code), (250, 550))
        self.assertEqual(self.site.verdict("par@good.example")["sender"],
                         "no-reply@shop.example")

    def test_messages_rset_and_quit_in_one_session(self):
        with self.session() as client:
            for turn in "12":
                client.mail(f"m{turn}@shop.example")
                self.assertEqual(client.rcpt("two@good.example").code, 550)
                self.assertEqual(client.rcpt("alice@good.example").code, 250)
                client.rset()
                client.mail(f"n{turn}@shop.example")
                self.assertEqual(client.rcpt("alice@good.example").code, 250)
                self.assertEqual(client.data(f"turn {turn}").code, 250)
            client.mail()
            self.assertEqual(client.rcpt("two@good.example").code, 550)
            self.assertEqual(client.quit().code, 221)
        harness.wait_for("both messages", lambda: {
            e["sender"] for e in self.site.simnet.events("message")}
            >= {"n1@shop.example", "n2@shop.example"})
        self.assertNotIn("two@good.example", self.site.delivered())

    def test_a_client_that_leaves_while_it_is_asked(self):
        client = self.session()
        client.mail()
        client.sock.sendall(b"RCPT TO:<slow2@good.example>\r\n")
        client.close()
        self.works_again()

    def test_observing_accepts_and_says_what_it_would_do(self):
        reply = self.rcpt("nix@good.example", sender="a@watch.example")
        verdict = self.site.verdict("nix@good.example")
        self.assertEqual(reply.code, 250)
        self.assertEqual(
            [verdict[k] for k in ("guard", "mode", "action", "reason")],
            ["watch", "observe", "reject", "no_such_user"])

    def test_the_guard_of_a_login(self):
        for login in ("shop", "web+shop=1@shop.example"):
            with self.subTest(login), self.session() as client:
                self.assertEqual(client.login(login, PASSWORD).code, 235)
                client.mail()
                address = f"auth{len(login)}@good.example"
                reply = client.rcpt(address)
                verdict = self.site.verdict(address)
                self.assertEqual((verdict["guard"], verdict["auth"]),
                                 ("shop", login))
                self.assertRegex(reply.text,
                                 DOUBTED.format(
                                     address=address, id=verdict["id"]))

    def test_no_login_without_the_password(self):
        with self.session() as client:
            self.assertEqual(client.login("shop", "wrong").code, 535)
            client.mail()
            self.assertEqual(client.rcpt("l1@good.example").code, 550)
        verdict = self.site.verdict("l1@good.example")
        self.assertEqual((verdict["guard"], verdict.get("auth", "")),
                         ("signup", ""))

    def test_the_guard_of_a_network(self):
        reply = self.rcpt("net@good.example", source=NETWORK)
        verdict = self.site.verdict("net@good.example")
        self.assertEqual((reply.code, verdict["guard"], verdict["client"]),
                         (550, "office", NETWORK))

    def test_where_no_filter_stands_all_pass(self):
        self.assertEqual(self.rcpt("other@good.example",
                                   daemon="OTHER").code, 250)
        self.assertEqual(self.site.simnet.host("mx1")["rcpts"].get(
            "other@good.example", 0), 0)

    def test_what_sendmail_delivers_itself_is_not_judged(self):
        with self.session() as client:
            client.mail()
            for address in ("root", "root@where.example"):
                self.assertEqual(client.rcpt(address).code, 250, address)
            client.rcpt("later@null.example")
        self.site.verdict("later@null.example")     # none is still to come
        self.assertNotIn("root", [v["address"].partition("@")[0]
                                  for v in self.site.guard.verdicts()])

    def test_a_bounce_is_never_judged(self):
        self.assertEqual(self.rcpt("bounce@null.example", sender="").code,
                         250)

    def test_tag_and_hold(self):
        with self.session() as client:
            for sender in ("a@tag.example", "a@hold.example"):
                client.mail(sender)
                self.assertEqual(client.rcpt("held@null.example").code, 250)
                self.assertEqual(client.data().code, 250)
        message = harness.wait_for("tagged message", lambda: [
            e["text"] for e in self.site.simnet.events("message")
            if e["sender"] == "a@tag.example"])[0]
        self.assertRegex(message, "(?m)^X-Rcptguard: undeliverable; "
                         r"reason=null_mx; id=[0-9a-z]{16}\r?$")
        harness.wait_for("held message", lambda: "quarantine=" in
                         self.site.mta.log())
        self.assertNotIn("a@hold.example", [
            e["sender"] for e in self.site.simnet.events("message")])

    def test_the_log_has_the_queue_id_of_sendmail(self):
        with self.session() as client:
            client.mail()
            client.rcpt("queued@good.example")
        verdict = self.site.verdict("queued@good.example")
        line = harness.wait_for("line of the log", lambda: [
            line for line in self.site.guard.milter.output().split("\n")
            if verdict["id"] in line])[0]
        ident = re.search(r" qid=(\w+) ", line).group(1)
        self.assertRegex(self.site.mta.log(),
                         rf"(?m)^{ident}: .*<queued@good\.example>")


class Faults(SendmailCase):
    def test_probe_killed(self):
        self.site.guard.probe.kill()
        self.addCleanup(self.site.guard.start_probe)
        self.assertEqual(self.rcpt("missed@good.example").code, 250)

    def test_milter_hung(self):
        """The session goes on after the recipe's R=."""
        self.site.guard.milter.signal(signal.SIGSTOP)
        self.addCleanup(self.site.guard.milter.signal, signal.SIGCONT)
        self.assertEqual(self.rcpt("hung@null.example").code, 250)
        self.site.guard.milter.signal(signal.SIGCONT)
        self.works_again()

    def test_milter_killed(self):
        """Without F= all passes; with F=T it is deferred."""
        self.site.guard.milter.kill()
        self.assertEqual(self.rcpt("dead@null.example").code, 250)
        with self.session(daemon="STRICT") as client:
            self.assertEqual(client.mail().code // 100, 4)
        self.site.guard.start_milter()
        self.works_again()
        self.assertEqual(self.rcpt("dead@null.example",
                                   daemon="STRICT").code, 550)

    def test_milter_killed_in_a_session(self):
        with self.session() as open_one, \
                self.session(daemon="STRICT") as strict:
            for client in (open_one, strict):
                client.mail()
                self.assertEqual(client.rcpt("s1@null.example").code, 550)
            self.site.guard.milter.kill()
            self.assertEqual(open_one.rcpt("s2@null.example").code, 250)
            self.assertEqual(strict.rcpt("s2@null.example").code // 100, 4)
        self.site.guard.start_milter()
        self.works_again()


if __name__ == "__main__":
    harness.main(mta=sendmail)
