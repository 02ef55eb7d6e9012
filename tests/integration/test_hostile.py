#!/usr/bin/env python3
"""The probe among hosts and name servers that misbehave.

Each row is asked through Postfix under a guard that rejects whatever is
undeliverable, so a wrong 5xx shows.  Timeouts are short here; the bounds hold
for any.
"""

import concurrent.futures
import json
import os
import subprocess
import time

import harness
from harness import guard

# says, the host's habits, the domain's habits ("" for one MX, that host),
# state, the reasons that are right
GOOD = "rcpt user ok"       # nobody else: no host is a catch-all
HOSTS = [
    ("a host that never speaks", "banner hang", "", "unknown",
     ("timeout",)),
    ("a host that takes a second to speak", f"banner after 900ms {GOOD}", "",
     "deliverable", ("accepted",)),
    ("a host that speaks for ever", "banner endless", "", "unknown",
     ("temporary_error",)),
    ("a banner without end of lines", "banner endless-lines", "", "unknown",
     ("temporary_error",)),
    ("a banner in binary", "banner binary", "", "unknown",
     ("temporary_error",)),
    ("a banner of many lines",
     r'banner "220-one\n220-two\n220 three" ' + GOOD, "", "deliverable",
     ("accepted",)),
    ("a busy host", 'banner "421 4.3.2 too busy"', "", "unknown",
     ("temporary_error",)),
    ("a host that drops us at once", "banner drop", "", "unknown",
     ("closed_early", "no_connect")),
    ("a host that resets us at once", "banner reset", "", "unknown",
     ("closed_early", "no_connect")),
    ("a host that refuses all greetings",
     'ehlo "550 5.7.1 go away" helo "550 5.7.1 go away"', "", "unknown",
     ("blocked_policy",)),
    ("a thousand keywords", f"keywords 1000 {GOOD}", "", "unknown",
     ("temporary_error",)),
    ("a host that refuses our sender",
     'mail * "550 5.7.1 Sender rejected"', "", "unknown",
     ("blocked_policy",)),
    ("a host that says our sender is no user",
     'mail * "550 5.1.1 Sender unknown user"', "", "unknown",
     ("blocked_policy",)),
    ("one octet at a time", 'pipelining rcpt user drip 1ms "250 2.1.5 Ok"', "",
     "deliverable", ("accepted",)),
    ("each reply in a segment for each octet",
     'banner drip 0ms rcpt * drip 0ms "550 5.1.1 no such user"', "",
     "undeliverable", ("no_such_user",)),
    ("one octet a second, past the deadline",
     'rcpt * drip 1s "550 5.1.1 no such user, I am afraid"', "", "unknown",
     ("timeout",)),
    ("no answer at RCPT", "rcpt * hang", "", "unknown", ("timeout",)),
    ("dropped at RCPT", "rcpt * drop", "", "unknown", ("closed_early",)),
    ("reset at RCPT", "rcpt * reset", "", "unknown", ("closed_early",)),
    ("half closed after RCPT",
     'pipelining rcpt * half-close "550 5.1.1 no such user"', "",
     "undeliverable", ("no_such_user",)),
    ("421 at RCPT", 'rcpt * close "421 4.7.0 later"', "", "unknown",
     ("rate_limited",)),
    ("codes that disagree at RCPT", "rcpt * mixed", "", "unknown",
     ("temporary_error",)),
    ("binary at RCPT", "rcpt * binary", "", "unknown",
     ("temporary_error",)),
    ("endless at RCPT", "rcpt * endless-lines", "", "unknown",
     ("temporary_error",)),
    ("a bare 550", 'rcpt * "550"', "", "unknown", ("ambiguous_refusal",)),
    ("550 without a word on the user", 'rcpt * "550 5.7.1 no"', "",
     "unknown", ("blocked_policy", "ambiguous_refusal")),
    ("a refusal given before it was asked",
     'rcpt * early "550 5.1.1 no such user"', "", "unknown",
     ("temporary_error",)),
    ("a refusal given twice to MAIL",
     f'mail * twice "550 5.1.1 no such user" {GOOD}', "", "unknown",
     ("blocked_policy", "temporary_error")),
    ("a second reply to EHLO", f'ehlo twice {GOOD}', "", "unknown",
     ("temporary_error",)),
    ("format characters and escapes in a refusal",
     r'rcpt * "550 5.1.1 %n%s%s\x1b[2J\x07 no such user"', "",
     "undeliverable", ("no_such_user",)),
    ("a refusal with CR LF games",
     r'rcpt * "550-5.1.1 no such user\x0d550 x\n550 5.1.1 no such user"', "",
     "undeliverable", ("no_such_user",)),
    ("STARTTLS refused", f'starttls "454 4.7.0 not now" {GOOD}', "",
     "deliverable", ("accepted",)),
    ("garbage for a handshake", f"starttls tls garbage {GOOD}", "",
     "deliverable", ("accepted",)),
    ("the end for a handshake", f"starttls tls drop {GOOD}", "",
     "deliverable", ("accepted",)),
    ("a reset for a handshake", f"starttls tls reset {GOOD}", "",
     "deliverable", ("accepted",)),
    ("an alert for a handshake", f"starttls tls alert {GOOD}", "",
     "deliverable", ("accepted",)),
    ("TLS 1.2", f"starttls tls 1.2 {GOOD}", "", "deliverable",
     ("accepted",)),
    ("TLS 1.3", f"starttls tls 1.3 {GOOD}", "", "deliverable",
     ("accepted",)),
    ("no word in the handshake", f"starttls tls stall {GOOD}", "",
     "deliverable", ("accepted",)),
    ("TLS of long ago", f"starttls tls 1.0 {GOOD}", "", "deliverable",
     ("accepted",)),
    ("a certificate of 130 KB", f"starttls tls big {GOOD}", "", "deliverable",
     ("accepted",)),
    ("plaintext injected behind STARTTLS",
     r'starttls "220 go\n250 2.1.0 Ok\n550 5.1.1 no such user" '
     'rcpt user "250 2.1.5 Ok"', "", "unknown", ("temporary_error",)),
    ("TLS and nothing without",
     'starttls tls alert require-tls ' + GOOD, "", "unknown",
     ("tls_required",)),
    ("452 on the second recipient", f"limit rcpts 1 ok {GOOD}", "",
     "deliverable", ("accepted",)),
    ("reset at EHLO", "ehlo reset", "", "unknown", ("closed_early",)),
    ("reset at STARTTLS", "starttls reset", "", "unknown",
     ("closed_early",)),
    ("reset at MAIL", "pipelining mail * reset", "", "unknown",
     ("closed_early",)),
    ("reset at MAIL, said alone", "mail * reset", "", "unknown",
     ("closed_early",)),
    ("reset at RCPT, said with MAIL", "pipelining rcpt * reset", "",
     "unknown", ("closed_early",)),
    ("reset at QUIT", f"quit reset {GOOD}", "", "deliverable",
     ("accepted",)),
    ("no answer to QUIT", f"quit hang {GOOD}", "", "deliverable",
     ("accepted",)),
    ("dropped at EHLO", "ehlo drop", "", "unknown", ("closed_early",)),
    ("no answer to EHLO", "ehlo hang", "", "unknown", ("timeout",)),
    ("no answer to STARTTLS", "starttls hang", "", "unknown", ("timeout",)),
    ("no answer to MAIL", "mail * hang", "", "unknown", ("timeout",)),
    ("a banner of one octet a second", "banner drip 1s", "", "unknown",
     ("timeout",)),
    ("EHLO answered by an octet a second", "ehlo drip 1s", "", "unknown",
     ("timeout",)),
    ("the answer to MAIL comes late", f"mail * late {GOOD}", "", "unknown",
     ("timeout",)),
    ("the answer to RCPT comes late", "rcpt * late", "", "unknown",
     ("timeout",)),
    ("a late refusal of another's",
     'ehlo late rcpt * "550 5.1.1 no such user"', "", "unknown",
     ("timeout",)),
    ("codes that disagree in the banner", "banner mixed", "", "unknown",
     ("temporary_error",)),
    ("codes that disagree at EHLO", "ehlo mixed", "", "unknown",
     ("temporary_error",)),
    ("codes that disagree at MAIL", "mail * mixed", "", "unknown",
     ("temporary_error",)),
    ("EHLO without an end", "ehlo endless-lines", "", "unknown",
     ("temporary_error",)),
    ("EHLO in binary", "ehlo binary", "", "unknown",
     ("temporary_error",)),
    ("MAIL without an end", "mail * endless", "", "unknown",
     ("temporary_error",)),
    ("354 to RCPT", 'rcpt * "354 go ahead"', "", "unknown",
     ("temporary_error",)),
    ("a code of two digits", 'rcpt * "55 5.1.1 no such user"', "", "unknown",
     ("temporary_error",)),
    ("a code of no class", 'rcpt * "650 5.1.1 no such user"', "", "unknown",
     ("temporary_error",)),
    ("a refusal injected with STARTTLS's answer",
     r'starttls "220 go\n250 x\n250 x\n550 5.1.1 no such user" '
     'rcpt * "550 5.1.1 no such user"', "", "unknown",
     ("temporary_error",)),
    ("nothing listens", "refused", "", "unknown", ("no_connect",)),
    ("connections hang", "blackhole", "", "unknown",
     ("no_connect", "timeout")),
]
NAMES = [
    ("a resolver that fails", "servfail", "unknown", ("dns_failure",)),
    ("a resolver that refuses", "refused", "unknown", ("dns_failure",)),
    ("a resolver that is silent", "timeout", "unknown", ("dns_failure",)),
    ("a resolver that sends garbage", "garbage", "unknown",
     ("dns_failure",)),
    ("an answer to another question", "wrong-id", "unknown",
     ("dns_failure",)),
    ("a count that lies", "lie-count mx 10 fine", "unknown",
     ("dns_failure",)),
    ("an answer cut on UDP", "truncate mx 10 fine", "deliverable",
     ("accepted",)),
    ("an alias of itself", None, "unknown", ("dns_failure",)),
    ("twenty aliases", "cname-chain 20 mx 10 fine", "unknown",
     ("dns_failure",)),
    ("five aliases", "cname-chain 5 mx 10 fine", "deliverable",
     ("accepted",)),
    ("a thousand mail hosts", "mx-many 1000 100 fine", "deliverable",
     ("accepted",)),
    ("a mail host with odd octets", r"mx 10 ev\010il\037s.example",
     "unknown", ("dns_failure",)),
    ("a mail host named by an address", "mx 10 10.0.0.1.", "unknown",
     ("dns_failure",)),
    ("localhost as mail host", "mx 10 localhost.", "undeliverable",
     ("no_mail_host",)),
    ("a private mail host", "mx 10 in=192.168.1.1", "undeliverable",
     ("unroutable_mx",)),
    ("a mail host on the loopback", "mx 10 in=127.0.0.1", "undeliverable",
     ("unroutable_mx",)),
    ("a mail host at a mapped address", "mx 10 in=::ffff:10.1.1.1",
     "undeliverable", ("unroutable_mx",)),
    ("a private mail host beside one DNS does not tell of",
     "mx 10 in=192.168.1.1 mx 20 broken.example.", "unknown",
     ("dns_failure",)),
    ("a private mail host beside one whose name is none",
     r"mx 10 in=192.168.1.1 mx 20 ev\010il.example.", "unknown",
     ("dns_failure",)),
    ("five private mail hosts",
     " ".join(f"mx {i} in{i}=10.0.0.{i}" for i in range(1, 6)), "unknown",
     ("dns_failure",)),
    ("a mail host without an address", "mx 10 nowhere.example.",
     "undeliverable", ("no_mail_host",)),
    ("a null MX beside a real one", "mx 0 . mx 10 fine", "deliverable",
     ("accepted",)),
    ("MX in order, A fails", "mx 10 broken.example.", "unknown",
     ("dns_failure",)),
]
BASE = f"host fine at 199 {GOOD}\ndomain broken.example servfail\n"
# connect, reply, session, DNS: twice each, and what Postfix itself takes; on a
# machine that is several times slower
BOUND_S = 60


def host_address(i):
    return f"user@h{i}.example"


def name_address(i):
    return f"user@n{i}.example"


def scenario():
    lines = [BASE]
    for i, (_, habits, names, _, _) in enumerate(HOSTS):
        lines.append(f"host h{i} at {i + 1 if i < 50 else i + 10} {habits}")
        lines.append(f"domain h{i}.example {names or f'mx 10 h{i}'}")
    for i, (_, names, _, _) in enumerate(NAMES):
        names = names or f"cname n{i}.example"
        lines.append(f"domain n{i}.example {names}")
    return "\n".join(lines)


class Hostile(harness.SiteCase):
    SCENARIO = scenario()
    GUARDS = [guard("signup", "", "enforce", "8s")]
    SETTINGS = {"connect_timeout": "3s", "reply_timeout": "5s",
                "session_timeout": "15s", "dns_timeout": "1s"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.descriptors = cls.own_descriptors()
        addresses = [host_address(i) for i in range(len(HOSTS))] \
            + [name_address(i) for i in range(len(NAMES))]
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            cls.replies = dict(zip(addresses,
                                   pool.map(cls.site.rcpt, addresses)))

    @classmethod
    def status(cls):
        done = subprocess.run(cls.site.guard.cli("status", "--json"),
                              capture_output=True, check=True, timeout=120)
        return json.loads(done.stdout)["probe"]

    @classmethod
    def own_descriptors(cls):
        """Those of the probe, but for its clients: milter and tool."""
        clients = cls.status()["clients"] - 1
        pid = cls.site.guard.probe.pid
        return len(os.listdir(f"/proc/{pid}/fd")) - clients

    def quiet(self):
        status = self.status()
        return status["sessions"]["open"] == 0 and \
            status["sessions"]["waiting"] == 0 and \
            status["probes"]["in_flight"] == 0

    def final(self, address):
        """The verdict on address once its probe has ended."""
        deadline = time.monotonic() + BOUND_S
        while True:
            verdict = self.site.verdict(address)
            if verdict["state"] != "pending":
                return verdict
            self.assertLess(time.monotonic(), deadline, "still pending")
            self.site.rcpt(address)

    def judge(self, address, state, reasons):
        verdict = self.final(address)
        told = f"{verdict['state']}/{verdict['reason']}"
        self.assertEqual(verdict["state"], state, told)
        self.assertIn(verdict["reason"], reasons)
        reply = self.replies[address]
        if verdict["state"] != "undeliverable":
            self.assertNotEqual(reply.code // 100, 5, f"{told}: {reply}")
        self.assertTrue(reply.text.isprintable() or "\n" in reply.text)

    def test_hosts(self):
        for i, (says, _, _, state, reasons) in enumerate(HOSTS):
            with self.subTest(says):
                self.judge(host_address(i), state, reasons)

    def test_names(self):
        for i, (says, _, state, reasons) in enumerate(NAMES):
            with self.subTest(says):
                self.judge(name_address(i), state, reasons)

    def test_zz_daemons_live_and_hosts_saw_nothing_wrong(self):
        self.assertTrue(self.site.guard.probe.alive())
        harness.wait_for("end of all sessions", self.quiet, 90, 0.1)
        # One of a client that is just leaving may be counted, or not.
        self.assertLessEqual(self.own_descriptors(), self.descriptors + 2)
        self.assertTrue(self.site.guard.milter.alive())
        stats = self.site.simnet.stats()
        for name, seen in stats["hosts"].items():
            self.assertEqual(seen["violations"], [], name)
        asked = sum(n for q, n in stats["queries"].items() if ".n10." in q)
        self.assertLessEqual(asked, 12, "of a thousand mail hosts")

    def test_logs_are_clean(self):
        """No control octet of theirs reached a log."""
        for text in (self.site.guard.probe.output(),
                     self.site.guard.milter.output(),
                     self.site.postfix.log()):
            bad = [c for c in text if not (c.isprintable() or c in "\n\t")]
            self.assertEqual(bad, [])


if __name__ == "__main__":
    harness.main()
