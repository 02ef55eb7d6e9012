#!/usr/bin/env python3
"""A signup's RCPT TO, judged by a real probe, through a real Postfix."""

import subprocess

import harness
from harness import guard

SCENARIO = r"""
host mx1 pipelining 8bitmime smtputf8 rcpt alice ok rcpt bob ok rcpt once ok \
    rcpt full "452 4.2.2 The email account is over quota" \
    rcpt gone "550 5.2.1 The email account is disabled" \
    rcpt grey* greylist 1h \
    rcpt later "451 4.3.0 Temporary lookup failure" \
    rcpt slow* after 2500ms ok
host plain rcpt alice ok
host tls starttls pipelining rcpt alice ok
host brokentls starttls pipelining tls garbage rcpt alice ok
host helo ehlo "502 5.5.1 what is EHLO?" rcpt alice ok
host listed banner "554 5.7.1 Service unavailable; Client host [{client}] \
blocked using zen.spamhaus.org"
host listedrcpt pipelining rcpt * "550 5.7.1 Service unavailable, Client host \
[{client}] blocked using Spamhaus"
host relay pipelining rcpt * "554 5.7.1 <{rcpt}>: Relay access denied"
host dead refused
host nobounce pipelining mail <> "550 5.7.1 no null senders" rcpt alice ok
host lines pipelining rcpt * "550-5.1.1 The account that you tried to reach\n\
550 5.1.1 does not exist"
domain good.example      mx 10 mx1
domain plain.example     mx 10 plain
domain tls.example       mx 10 tls
domain brokentls.example mx 10 brokentls
domain helo.example      mx 10 helo
domain listed.example    mx 10 listed
domain ourip.example     mx 10 listedrcpt
domain relay.example     mx 10 relay
domain second.example    mx 10 dead mx 20 mx1
domain lines.example     mx 10 lines
domain nomx.example      a mx1
domain null.example      null-mx
domain gone.example      nxdomain
domain fail.example      servfail
domain inside.example    mx 10 in=10.0.0.1
domain alias.example     cname good.example
domain nobounce.example  mx 10 nobounce
""".replace("\\\n", "")

ENFORCE = [
    guard("shop", 'auth = [ "shop" ];', "enforce", "3s",
          undeliverable="tempfail"),
    guard("office", 'client = [ "10.9.0.0/16" ];', "enforce", "3s"),
    guard("watch", 'sender = [ "@watch.example" ];', "observe", "3s"),
    guard("brief", 'sender = [ "@brief.example" ];', "enforce", "1s"),
    guard("signup", 'listener = [ "SIGNUP" ];', "enforce", "8s"),
]

ROWS = [
    # says, address, code, enhanced code or "", state, reason
    ("a good address", "alice@good.example", 250, "2.1.5",
     "deliverable", "accepted"),
    ("an unknown user", "nobody@good.example", 550, "5.1.1",
     "undeliverable", "no_such_user"),
    ("a full mailbox", "full@good.example", 250, "", "risky",
     "mailbox_full"),
    ("a disabled mailbox", "gone@good.example", 550, "",
     "undeliverable", "mailbox_disabled"),
    ("a greylisting host", "grey@good.example", 250, "", "unknown",
     "greylisted"),
    ("a host with a passing fault", "later@good.example", 250, "",
     "unknown", "temporary_error"),
    ("a host without pipelining", "alice@plain.example", 250, "",
     "deliverable", "accepted"),
    ("a host with TLS", "alice@tls.example", 250, "", "deliverable",
     "accepted"),
    ("a host with broken TLS", "alice@brokentls.example", 250, "",
     "deliverable", "accepted"),
    ("a host that knows no EHLO", "alice@helo.example", 250, "",
     "deliverable", "accepted"),
    ("a host that lists us, said at once", "alice@listed.example", 250, "",
     "unknown", "blocked_ip_listed"),
    ("a host that lists us, said at RCPT", "alice@ourip.example", 250, "",
     "unknown", "blocked_ip_listed"),
    ("a host that takes it for relaying", "alice@relay.example", 250, "",
     "unknown", "relay_denied"),
    ("the second host, when the first refuses", "alice@second.example", 250,
     "", "deliverable", "accepted"),
    ("an unknown user in two lines", "x@lines.example", 550, "5.1.1",
     "undeliverable", "no_such_user"),
    ("a domain with an address but no MX", "alice@nomx.example", 250, "",
     "deliverable", "accepted"),
    ("a domain that is an alias", "alice@alias.example", 250, "",
     "deliverable", "accepted"),
    ("a null MX", "alice@null.example", 550, "", "undeliverable", "null_mx"),
    ("no such domain", "alice@gone.example", 550, "", "undeliverable",
     "no_such_domain"),
    ("DNS out of order", "alice@fail.example", 250, "", "unknown",
     "dns_failure"),
    ("a mail host inside", "alice@inside.example", 550, "", "undeliverable",
     "unroutable_mx"),
    ("a host that refuses null senders", "alice@nobounce.example", 250, "",
     "deliverable", "accepted"),
]


class Signup(harness.SiteCase):
    SCENARIO = SCENARIO
    GUARDS = ENFORCE

    def probed(self, host, address):
        return self.site.simnet.host(host)["rcpts"].get(address, 0)

    def test_rows(self):
        for says, address, code, enhanced, state, reason in ROWS:
            with self.subTest(says):
                reply = self.site.rcpt(address)
                verdict = self.site.verdict(address)
                self.assertEqual((verdict["state"], verdict["reason"]),
                                 (state, reason))
                self.assertEqual(reply.code, code, reply)
                if enhanced:
                    self.assertEqual(reply.enhanced, enhanced)
                self.assertEqual(
                    (verdict["guard"], verdict["mode"], verdict["role"]),
                    ("signup", "enforce", "recipient"))

    def test_a_refusal_names_its_verdict(self):
        reply = self.site.rcpt("who@good.example")
        self.assertEqual(reply.code, 550)
        self.assertIn(self.site.verdict("who@good.example")["id"], reply.text)

    def test_asked_twice_probed_once(self):
        for turn, source in enumerate(("probe", "store")):
            reply = self.site.rcpt("once@good.example")
            verdict = self.site.verdict("once@good.example", after=turn)
            self.assertEqual((reply.code, verdict["source"]), (250, source))
        self.assertEqual(self.probed("mx1", "once@good.example"), 1)

    def test_pending_then_cached(self):
        first = self.site.rcpt("slow@good.example", sender="a@brief.example")
        self.assertEqual((first.code, first.enhanced), (451, "4.7.1"))
        self.assertGreaterEqual(first.ms, 800)
        self.assertEqual(self.site.verdict("slow@good.example")["state"],
                         "pending")
        # the probe goes on; its answer is there at a later try
        harness.wait_for("answer of the slow host", lambda: self.site.rcpt(
            "slow@good.example").code == 250, step=0.3)
        again = self.site.rcpt("slow@good.example")
        self.assertEqual(again.code, 250)
        self.assertEqual(self.probed("mx1", "slow@good.example"), 1)

    def test_two_who_ask_share_one_probe(self):
        with self.site.client() as one, self.site.client() as two:
            for session in (one, two):
                session.mail("a@brief.example")
            for session in (one, two):
                session.sock.sendall(b"RCPT TO:<slow2@good.example>\r\n")
            codes = [s.read(0).code for s in (one, two)]
        self.assertEqual(codes, [451, 451])
        harness.wait_for("answer of the slow host", lambda: self.site.rcpt(
            "slow2@good.example").code == 250, step=0.3)
        self.assertEqual(self.probed("mx1", "slow2@good.example"), 1)

    def test_one_message_two_recipients(self):
        with self.site.client() as session:
            session.mail()
            good = session.rcpt("bob@good.example")
            bad = session.rcpt("bad@good.example")
            good_again = session.rcpt("alice@plain.example")
            data = session.data()
        self.assertEqual((good.code, bad.code, good_again.code, data.code),
                         (250, 550, 250, 250))
        self.assertEqual(self.site.wait_until_sent(data),
                         {"bob@good.example": "sent",
                          "alice@plain.example": "sent"})
        self.assertIn("bob@good.example", self.site.delivered())
        self.assertNotIn("bad@good.example", self.site.delivered())
        self.assertNotIn("to=<bad@good.example>,", self.site.postfix.log())

    def test_nothing_is_left_when_all_are_refused(self):
        with self.site.client() as session:
            session.mail()
            self.assertEqual(session.rcpt("no1@good.example").code, 550)
            self.assertEqual(session.data().code, 554)

    def test_a_pipelining_application(self):
        with self.site.client() as session:
            replies = session.commands([
                "MAIL FROM:<no-reply@shop.example>",
                "RCPT TO:<alice@good.example>", "RCPT TO:<p1@good.example>",
                "RCPT TO:<bob@good.example>", "RSET"])
        self.assertEqual([r.code for r in replies], [250, 250, 550, 250, 250])

    def test_two_messages_in_one_session(self):
        with self.site.client() as session:
            for _ in "12":
                session.mail()
                self.assertEqual(session.rcpt("two@good.example").code, 550)
                self.assertEqual(session.rcpt("alice@good.example").code, 250)
                session.rset()

    def test_observing_accepts_and_says_what_it_would_do(self):
        reply = self.site.rcpt("nix@good.example", sender="a@watch.example")
        verdict = self.site.verdict("nix@good.example")
        self.assertEqual(reply.code, 250)
        self.assertEqual(
            [verdict[k] for k in ("guard", "mode", "action", "reason")],
            ["watch", "observe", "reject", "no_such_user"])

    def test_the_guard_of_a_login(self):
        reply = self.site.rcpt("auth@good.example", LOGIN="shop")
        verdict = self.site.verdict("auth@good.example")
        self.assertEqual((reply.code, reply.enhanced), (450, "4.1.1"))
        self.assertEqual((verdict["guard"], verdict["auth"]),
                         ("shop", "shop"))

    def test_the_guard_of_a_network(self):
        reply = self.site.rcpt("net@good.example", ADDR="10.9.8.7")
        verdict = self.site.verdict("net@good.example")
        self.assertEqual((reply.code, verdict["guard"], verdict["client"]),
                         (550, "office", "10.9.8.7"))

    def test_where_no_guard_stands_all_pass(self):
        with self.site.client("OTHER") as session:
            session.mail()
            reply = session.rcpt("other@good.example")
        self.assertEqual(reply.code, 250)
        # a verdict on a later one shows that none is still to come
        self.site.rcpt("after@good.example")
        self.site.verdict("after@good.example")
        self.assertNotIn("other@good.example",
                         [v["address"] for v in self.site.guard.verdicts()])
        self.assertEqual(self.probed("mx1", "other@good.example"), 0)

    def test_zz_what_the_hosts_saw(self):
        """Hosts saw no DATA, no other fault, and QUIT where it was due."""
        for name, seen in self.site.simnet.stats()["hosts"].items():
            if name == "sink":
                continue
            self.assertEqual(seen["violations"], [], name)
            if name != "brokentls":     # nothing can be said there any more
                self.assertEqual(seen["missing_quit"], 0, name)
            self.assertEqual(set(seen["commands"]) - {
                "EHLO", "HELO", "STARTTLS", "MAIL", "RCPT", "RSET", "QUIT"},
                set(), name)
            self.assertLessEqual(set(seen["helos"]),
                                 {"verify.test.example"}, name)
            self.assertLessEqual(set(seen["senders"]),
                                 {"postmaster@verify.test.example"}, name)


class Tool(harness.SiteCase):
    SCENARIO = SCENARIO
    EXITS = [("alice@good.example", 0), ("no@good.example", 1),
             ("full@good.example", 2), ("alice@fail.example", 3)]

    def run_tool(self, *words):
        return subprocess.run(self.site.guard.cli(*words), text=True,
                              capture_output=True, timeout=120, check=False)

    def test_check_exits_by_state(self):
        for address, status in self.EXITS:
            with self.subTest(address):
                done = self.run_tool("check", address)
                self.assertEqual(done.returncode, status,
                                 done.stdout + done.stderr)

    def test_explain_retells_a_refusal(self):
        self.site.rcpt("why@good.example")
        self.site.verdict("why@good.example")
        done = self.run_tool("explain", "why@good.example")
        self.assertEqual(done.returncode, 0, done.stderr)
        for words in ("why@good.example", "RCPT TO:<why@good.example>",
                      "550 5.1.1", "mx1.sim.example"):
            self.assertIn(words, done.stdout)


if __name__ == "__main__":
    harness.main()
