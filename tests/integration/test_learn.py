#!/usr/bin/env python3
"""What became of a real Postfix's mail is learned from, and measured."""

import gzip
import json
import os
import re
import shutil
import subprocess
import time
import unittest

from guard import MILTER_UID, SHARED_GID
from harness import SiteCase, guard, main, wait_for
from probe_site import ProbeSite
from processes import setpriv

HOST = 60
UNKNOWN = '"550 5.1.1 <{rcpt}>: Recipient address rejected: User unknown"'
SCENARIO = f"""
host mx at {HOST} mailbox pipelining rcpt ann* ok \\
 rcpt gone* ok then {UNKNOWN} rcpt late* {UNKNOWN} then ok \\
 rcpt shy* "450 4.2.0 Greylisted, come again" then ok \\
 rcpt spam* ok then "550 5.7.1 Your message looks like spam" \\
 rcpt slow* ok then "452 4.2.2 Over quota"
host other mailbox rcpt ann* ok
domain good.example mx 10 mx
domain far.example mx 10 other
""".replace("\\\n", "")


def to_host(network):
    return (f"default_transport = smtp:[{network.address(HOST)}]:"
            f"{network.smtp_port}\n")


class Learning(SiteCase):
    SCENARIO = SCENARIO
    GUARDS = [guard(mode="observe")]
    SETTINGS = {"mta_settings": {"main_cf": to_host}}
    number = 0

    def tool(self, *words, status=0, text=None, uid=0):
        done = subprocess.run(
            (setpriv(uid, SHARED_GID) if uid else [])
            + self.site.guard.cli(*words), timeout=120, input=text,
            capture_output=True, check=False, encoding="utf-8")
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def fresh(self, local, domain="good.example"):
        Learning.number += 1
        return f"{local}{self.number}@{domain}"

    def send(self, address):
        """One signup with its mail, to its end."""
        with self.site.client() as session:
            session.mail("no-reply@shop.example")
            session.rcpt(address)
            reply = session.data()
            session.quit()
        wait_for("the verdict in the store",
                 lambda: self.site.guard.stored(address))
        return self.site.wait_until_sent(reply).get(address)

    def line_of(self, address):
        found = [line for line in self.site.mta.log().splitlines()
                 if f" to=<{address}>" in line]
        self.assertEqual(len(found), 1, found)
        return found[0] + "\n"

    def learn(self, text):
        told = self.tool("learn", text=text)
        self.assertRegex(told, r"^\d+ lines, \d+ outcomes, ")
        return tuple(int(n) for n in re.findall(r"\d+", told))

    def reason(self, address):
        found = self.site.guard.ask_tool("cache", "get", address, "--json")
        return found["reason"]

    def counts(self):
        return json.loads(self.tool("learn", "--report", "--json"))["all"]

    def learned(self, local, status, before, after, **counted):
        """Sends one, learns, and compares verdict and counts."""
        address = self.fresh(local)
        self.assertEqual(self.send(address), status)
        self.assertEqual(self.reason(address), before)
        was = self.counts()
        got = self.learn(self.line_of(address))
        self.assertEqual(got, (1, 1, 1, int(before != after)))
        self.assertEqual(self.reason(address), after)
        now = self.counts()
        self.assertEqual({k: now[k] - was[k] for k in was
                          if k[-4:] != "rate" and now[k] != was[k]}, counted)
        return address

    def test_a_good_one_that_bounces_is_known_to_be_bad(self):
        address = self.learned("gone", "bounced", "accepted", "no_such_user",
                               good_bounced=1)
        line = self.site.verdict(address, 1)
        self.assertEqual((line["source"], line["reason"]),
                         ("history", "no_such_user"))
        self.assertEqual(line["evidence"]["code"], 550)
        told = self.tool("explain", address)
        self.assertIn("their host refused the recipient of a message of ours",
                      told)
        self.assertIn("bad accepted", self.tool("learn", "--report"))

    def test_a_bad_one_that_takes_mail_is_known_to_be_good(self):
        self.learned("late", "sent", "no_such_user", "known_by_signal",
                     bad_sent=1)

    def test_one_that_said_nothing_is_known_by_its_mail(self):
        self.learned("shy", "sent", "greylisted", "known_by_signal",
                     open_sent=1)
        # It would have been asked again in a minute: there is no need now.
        self.assertEqual(
            self.site.guard.status()["probes"]["waiting_again"], 0)

    def test_a_good_one_that_takes_mail_is_counted(self):
        self.learned("ann", "sent", "accepted", "accepted", good_sent=1)

    def test_a_refusal_of_us_changes_nothing(self):
        self.learned("spam", "bounced", "accepted", "accepted",
                     good_refused=1)

    def test_a_delay_changes_nothing(self):
        address = self.fresh("slow")
        with self.site.client() as session:
            session.mail("no-reply@shop.example")
            session.rcpt(address)
            session.data()
            session.quit()
        wait_for("the delay", lambda: f" to=<{address}>"
                 in self.site.mta.log())
        line = self.line_of(address)
        self.assertIn("status=deferred", line)
        was = self.counts()
        self.learn(line)
        self.assertEqual(self.counts()["deferred"], was["deferred"] + 1)
        self.assertEqual(self.reason(address), "accepted")

    def test_a_line_told_twice_counts_once(self):
        address = self.learned("gone", "bounced", "accepted", "no_such_user",
                               good_bounced=1)
        was = self.counts()
        self.assertEqual(self.learn(2 * self.line_of(address)), (2, 2, 0, 0))
        self.assertEqual(self.counts(), was)

    def test_a_relay_that_is_not_theirs_teaches_nothing(self):
        address = self.fresh("ann", "far.example")
        self.assertEqual(self.send(address), "sent")    # by the wrong host
        was = self.counts()
        self.assertEqual(self.learn(self.line_of(address)), (1, 1, 0, 0))
        self.assertEqual(self.counts(), was)

    def test_who_is_not_known_is_not_counted(self):
        address = self.fresh("gone")
        self.send(address)
        line = self.line_of(address).replace(address, "nobody@good.example")
        self.assertEqual(self.learn(line), (1, 1, 0, 0))

    def test_an_old_line_changes_no_verdict(self):
        address = self.fresh("gone")
        self.send(address)
        line = re.sub(r"^.{15}", "Jan 01 00:00:00", self.line_of(address))
        self.assertEqual(self.learn(line)[2:], (0, 0))
        self.assertEqual(self.reason(address), "accepted")

    def test_what_is_not_a_log_is_read_without_harm(self):
        noise = bytes(range(1, 256)).decode("latin-1") * 200 + "\n"
        self.assertEqual(self.learn(noise + "\n" + "x" * 100000 + "\n")[2:],
                         (0, 0))

    def test_only_the_admin_may_teach(self):
        address = self.fresh("gone")
        self.send(address)
        line = self.line_of(address)
        self.assertIn("denied", self.tool("learn", text=line, status=77,
                                          uid=MILTER_UID))
        self.assertEqual(self.reason(address), "accepted")

    def test_a_file_is_read_on_where_it_ended_over_rotation(self):
        log = self.site.workspace.file("copy.log")
        first, second, third = (self.fresh("gone") for _ in range(3))
        for address in (first, second, third):
            self.send(address)

        def write(path, text, mode="a"):
            with open(path, mode, encoding="utf-8") as file:
                file.write(text)

        def learn():
            told = self.tool("learn", log)
            return tuple(int(n) for n in re.findall(r"\d+", told))
        write(log, self.line_of(first))
        self.assertEqual(learn(), (1, 1, 1, 1))
        self.assertEqual(learn(), (0, 0, 0, 0))
        write(log, self.line_of(second)[:50])           # being written
        self.assertEqual(learn(), (0, 0, 0, 0))
        write(log, self.line_of(second)[50:])
        os.rename(log, log + ".1")
        write(log, self.line_of(third))
        self.assertEqual(learn(), (2, 2, 2, 2))         # the rest of .1 too
        self.assertEqual(learn(), (0, 0, 0, 0))
        write(log, self.line_of(first), "w")            # cut and written anew
        self.assertEqual(learn()[2:], (0, 0))
        self.assertEqual(self.tool("learn", "--quiet", log), "")
        self.tool("learn", log + ".none", status=66)
        self.tool("learn", "copy.log", status=64)

    def test_a_file_is_read_on_over_many_rotations_and_gzip(self):
        log = self.site.workspace.file("often.log")
        first, second, third, fourth = (self.fresh("gone") for _ in range(4))
        for address in (first, second, third, fourth):
            self.send(address)

        def write(path, *addresses):
            with open(path, "a", encoding="utf-8") as file:
                file.write("".join(map(self.line_of, addresses)))

        def pack(path, to):
            """As gzip does: what it makes is another file, as old."""
            was = os.stat(path)
            with open(path, "rb") as file, gzip.open(to, "wb") as packed:
                packed.write(file.read())
            os.unlink(path)
            os.utime(to, ns=(was.st_atime_ns, was.st_mtime_ns))

        def learn():
            told = self.tool("learn", log)
            return tuple(int(n) for n in re.findall(r"\d+", told))
        write(log, first)
        self.assertEqual(learn(), (1, 1, 1, 1))
        # Read in part, rotated and packed; another one after it too.
        write(log, second)
        pack(log, log + ".3.gz")
        write(log, third)
        pack(log, log + ".2.gz")
        write(log, fourth)
        self.assertEqual(learn(), (3, 3, 3, 3))
        self.assertEqual(learn(), (0, 0, 0, 0))
        # copytruncate: the copy is another file, the log the same
        write(log, first)
        shutil.copyfile(log, log + ".1")
        os.truncate(log, 0)
        self.assertEqual(learn()[0], 1)         # the rest, of the copy
        self.assertEqual(learn()[0], 0)
        write(log, second, third)
        self.assertEqual(learn()[0], 2)

    def bounce(self, address, qid, status="5.1.1", words="550 5.1.1 No such "
               "user here", action="failed"):
        return (f"From: mailer-daemon@good.example\nTo: no-reply@shop.example"
                "\nMIME-Version: 1.0\nContent-Type: multipart/report; "
                'report-type=delivery-status;\n\tboundary="=_b"\n\n--=_b\n\n'
                "It bounced.\n\n--=_b\nContent-Type: message/delivery-status"
                "\n\nReporting-MTA: dns; mx.good.example\n\n"
                f"Final-Recipient: rfc822; {address}\nAction: {action}\n"
                f"Status: {status}\nRemote-MTA: dns; mx.good.example\n"
                f"Diagnostic-Code: smtp; {words}\n\n--=_b\n"
                "Content-Type: text/rfc822-headers\n\nReceived: from app by "
                f"mta.test.example (Postfix)\n\twith ESMTP id {qid};\n\tSat, "
                "21 Nov 2026 10:00:00 +0000\nSubject: x\n\n--=_b--\n")

    def test_a_bounce_message_counts_for_mail_that_the_log_told_of(self):
        address = self.fresh("ann")
        self.send(address)
        line = self.line_of(address)
        qid = re.search(r": (\w+): to=", line).group(1)
        message = self.bounce(address, qid)
        # nobody has told of the message yet
        self.assertIn(" 0 of addresses", self.tool("learn", "--dsn",
                                                   text=message))
        self.learn(line)
        for wrong in (self.bounce(address, "4ZZZZZZZZ"),
                      self.bounce(address, qid, action="delayed"),
                      self.bounce("ann0@good.example", qid)):
            self.assertIn(" 0 verdicts changed", self.tool(
                "learn", "--dsn", text=wrong))
        self.assertEqual(self.reason(address), "accepted")
        was = self.counts()
        self.assertIn(" 1 verdicts changed", self.tool(
            "learn", "--dsn", text=message.replace("\n", "\r\n")))
        self.assertEqual(self.reason(address), "no_such_user")
        now = self.counts()
        self.assertEqual(now["good_bounced"], was["good_bounced"] + 1)
        self.assertEqual(now["good_sent"], was["good_sent"] - 1)
        self.assertIn(" 0 verdicts changed", self.tool(
            "learn", "--dsn", text=message))

    def test_the_report_goes_by_provider(self):
        self.learned("ann", "sent", "accepted", "accepted", good_sent=1)
        told = json.loads(self.tool("learn", "--report", "--json"))
        self.assertEqual(told["days"], 30)
        self.assertEqual(sum(p["good_sent"] for p in told["providers"]),
                         told["all"]["good_sent"])
        self.assertIn("bad_accepted_rate", told["all"])


class Sendmail(unittest.TestCase):
    """Lines as Sendmail writes them, of messages that are not there."""

    def setUp(self):
        self.site = ProbeSite("host h1 at 11 rcpt ann* ok rcpt bob* ok\n"
                              "domain a.example mx 10 h1\n")
        self.addCleanup(self.site.close)

    def learn(self, address, fields):
        self.site.verify(address)
        wait_for("the store", lambda: self.site.guard.stored(address))
        host = self.site.network.address(11)
        now = time.strftime("%Y-%m-%dT%H:%M:%S+00:00",
                            time.gmtime(time.time() + 1))
        line = (f"{now} mta sm-mta[7]: 5AKKKX2Z012345: to=<{address}>, "
                f"delay=00:00:01, mailer=esmtp, pri=30, "
                f"relay=h1.sim.example. [{host}], {fields}\n")
        done = subprocess.run(self.site.guard.cli("learn"), input=line,
                              timeout=120, capture_output=True, text=True,
                              check=True)
        return done.stdout, self.site.guard.ask_tool(
            "cache", "get", address, "--json")["reason"]

    def test_without_the_reply_it_is_counted_and_not_believed(self):
        told, reason = self.learn("ann1@a.example",
                                  "dsn=5.1.1, stat=User unknown")
        self.assertIn(" 1 of addresses", told)
        self.assertEqual(reason, "accepted")

    def test_with_the_reply_it_is_believed(self):
        told, reason = self.learn(
            "bob1@a.example", "reply=550 5.1.1 no such user, dsn=5.1.1, "
            "stat=User unknown")
        self.assertIn(" 1 verdicts changed", told)
        self.assertEqual(reason, "no_such_user")


if __name__ == "__main__":
    main()
