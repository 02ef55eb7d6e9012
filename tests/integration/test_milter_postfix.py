#!/usr/bin/env python3
"""What the milter makes of a real Postfix's habits."""

import os

import harness
from harness import guard

SCENARIO = """
host mx1 pipelining rcpt alice ok rcpt bob ok
domain good.example mx 10 mx1
domain dead.example mx 0 .
"""
MAIN_CF = """\
mydestination = here.example
append_dot_mydomain = yes
myorigin = here.example
non_smtpd_milters = unix:rcptguard/milter.sock
"""
TEXT = "Subject: Welcome\n\nFollow this link.\n"


class Habits(harness.SiteCase):
    SCENARIO = SCENARIO
    GUARDS = [guard("tags", 'sender = [ "@tag.example" ];', "enforce", "3s",
                    undeliverable="tag"),
              guard("holds", 'sender = [ "@hold.example" ];', "enforce",
                    "3s", undeliverable="hold"),
              guard("all", "", "enforce", "3s", unknown="tempfail")]
    SETTINGS = {"mta_settings": {"main_cf": MAIN_CF}}

    def log(self):
        return self.site.guard.milter.output()

    def maildrop(self):
        return os.listdir(os.path.join(self.site.postfix.queue, "maildrop"))

    def test_sendmail_with_one_bad_recipient_is_bounced(self):
        self.site.postfix.sendmail("www-data@shop.example",
                                   ["nobody@good.example"], TEXT)
        harness.wait_for("bounce", lambda: "www-data@shop.example"
                         in self.site.delivered())
        bounce = [e["text"] for e in self.site.simnet.events("message")
                  if e["rcpts"] == ["www-data@shop.example"]][0]
        self.assertIn("This address does not accept mail", bounce)
        harness.wait_for("lines of the log", lambda: all(
            w in self.log() for w in ("at=end-of-message", "via=non_smtpd")))
        harness.wait_for("empty maildrop", lambda: not self.maildrop())

    def test_sendmail_with_a_bad_one_among_two_is_delivered(self):
        self.site.postfix.sendmail("list@shop.example",
                                   ["bob@good.example",
                                    "none@good.example"], TEXT)
        harness.wait_for("message", lambda: {
            "bob@good.example", "none@good.example"}
            <= set(self.site.delivered()))
        harness.wait_for("empty maildrop", lambda: not self.maildrop())

    def test_what_postfix_completes_or_keeps_is_not_judged(self):
        with self.site.client() as session:
            session.mail()
            for address in ("root", "postmaster", "root@here.example"):
                self.assertEqual(session.rcpt(address).code, 250, address)
            # a line on a later one shows that none is still to come
            session.rcpt("alice@good.example")
        harness.wait_for("line of the log",
                         lambda: "rcpt=alice@good.example " in self.log())
        for address in ("rcpt=root ", "rcpt=postmaster ",
                        "rcpt=root@here.example"):
            self.assertNotIn(address, self.log())

    def test_hold_and_tag(self):
        with self.site.client() as session:
            session.mail("a@tag.example")
            self.assertEqual(session.rcpt("nobody@dead.example").code, 250)
            session.data()
            session.mail("a@hold.example")
            self.assertEqual(session.rcpt("nobody@dead.example").code, 250)
            held = harness.queue_id(session.data())
        message = harness.wait_for("tagged message", lambda: [
            e["text"] for e in self.site.simnet.events("message")
            if e["rcpts"] == ["nobody@dead.example"]])[0]
        self.assertRegex(message, "(?m)^X-Rcptguard: undeliverable; "
                         r"reason=null_mx; id=[0-9a-z]{16}\r?$")
        harness.wait_for("held message", lambda: any(
            held in line and '"hold"' in line
            for line in self.site.postfix.queued()))

    def test_a_bounce_is_never_judged(self):
        with self.site.client() as session:
            session.mail("")
            self.assertEqual(session.rcpt("nobody@dead.example").code, 250)


if __name__ == "__main__":
    harness.main()
