#!/usr/bin/env python3
"""Each way to misbehave at each step of the dialogue, asked of the probe.

A host knows the address and would take it, so undeliverable is always wrong.
Apart from the rows that say so, what a host does there is no answer to the
question: unknown.  Each verdict comes within two session timeouts, since a
question may be asked once more on a second session; afterwards no session and
no descriptor is left, and the probe weighs little more than before.
"""

import os
import unittest

from probe_site import ProbeSite, tap, wait_for

SLACK_S = 30                # of a busy machine
MORE_KIB = 32 * 1024        # not freed, or held by the store's map
UNKNOWN = {"unknown"}
EITHER = {"unknown", "deliverable"}
GOOD = {"deliverable"}
LONG = "x" * 100000
HOSTS_A_SITE = 200

# At which step; the code of its good answer; what makes the probe come to
# it; what it is called in a scenario, with what goes before the fault.
STEPS = [
    ("the banner", 220, "", "banner"),
    ("EHLO", 250, "", "ehlo"),
    ("HELO", 250, 'ehlo "502 5.5.1 what?"', "helo"),
    ("STARTTLS", 220, "", "starttls"),
    ("EHLO under TLS", 250, "starttls", "ehlo ok then"),
    ("MAIL", 250, "", "mail *"),
    ("MAIL, pipelined", 250, "pipelining", "mail *"),
    ("MAIL under TLS", 250, "starttls", "mail *"),
    ("RCPT", 250, "", "rcpt user"),
    ("RCPT, pipelined", 250, "pipelining", "rcpt user"),
    ("RCPT under TLS", 250, "starttls pipelining", "rcpt user"),
    ("QUIT", 221, "", "quit"),
]

# says, the answer at a step whose good code is {code}, the states that are
# right
FAULTS = [
    ("no answer", "hang", UNKNOWN),
    ("FIN", "drop", UNKNOWN),
    ("FIN alone", "cut", UNKNOWN),
    ("RST", "reset", UNKNOWN),
    ("an octet a second", "drip 1s", UNKNOWN),
    ("a line that does not end", "endless", UNKNOWN),
    ("lines that do not end", "endless-lines", UNKNOWN),
    ("a line of 100 KB", f'"{{code}} {LONG}"', UNKNOWN),
    ("a hundred and one lines",
     '"' + r"{code}-x\n" * 100 + '{code} x"', UNKNOWN),
    ("72 KiB in eighty lines",
     '"' + ("{code}-" + "x" * 920 + r"\n") * 80 + '{code} x"', UNKNOWN),
    ("binary", "binary", UNKNOWN),
    ("NUL", r'"{code} a\0b"', UNKNOWN),
    ("NUL before the code", r'"\0{code} a"', UNKNOWN),
    ("a bare CR", r'"{code} a\rb"', EITHER),
    ("a bare LF at the end", r'"{code} a\x0a\c"', EITHER),
    ("a refusal behind a bare CR", r'"{code} a\r550 5.1.1 no such user"',
     EITHER),
    ("a tab for the space", r'"{code}\tok"', UNKNOWN),
    ("no space", '"{code}ok"', UNKNOWN),
    ("codes that disagree", r'"{code}-ok\n550 5.1.1 no such user"', UNKNOWN),
    ("a code without a class", '"000 ok"', UNKNOWN),
    ("a code of class 1", '"150 ok"', UNKNOWN),
    ("a code of class 6", '"650 5.1.1 no such user"', UNKNOWN),
    ("354", '"354 go on"', UNKNOWN),
    ("221", '"221 bye"', UNKNOWN),
    ("two digits", '"55 5.1.1 no such user"', UNKNOWN),
    ("four digits", '"5500 5.1.1 no such user"', UNKNOWN),
    ("no code", '"no such user"', UNKNOWN),
    ("a code and spaces before it", '"  {code} ok"', UNKNOWN),
    ("421", '"421 4.3.2 5.1.1 no such user"', UNKNOWN),
    ("the answer twice", 'twice "{code} ok"', EITHER),
    ("the answer, then 421", r'"{code} ok\n421 4.3.2 bye"', EITHER),
    ("the answer, then half of 421", r'"{code} ok\n42\c"', EITHER),
    ("the answer, then FIN", 'half-close "{code} ok"', EITHER),
    ("the answer with the next one", 'late "{code} ok"', EITHER),
    # any name is taken then, so it may be called a catch-all
    ("the answer before it is asked", 'early "{code} ok"',
     EITHER | {"risky"}),
]

# Once it was asked, what is said of QUIT changes nothing.
LAST = "QUIT"

# What a host does about TLS, the states that are right.
TLS = [
    ("garbage", GOOD), ("stall", GOOD), ("slow", GOOD), ("drop", GOOD),
    ("half", GOOD), ("reset", GOOD), ("alert", GOOD), ("1.0", GOOD),
    ("1.1", GOOD), ("1.2", GOOD), ("1.3", GOOD), ("big", GOOD),
    ("dhe", GOOD), ("stranger", GOOD), ("flood", GOOD), ("break", UNKNOWN),
]

# says, the host's habits, the states that are right
ODD = [
    ("ten thousand keywords", "keywords 10000 rcpt user ok", UNKNOWN),
    ("EHLO refused, HELO taken", 'ehlo "500 5.5.1 what?" rcpt user ok',
     GOOD),
    ("EHLO and HELO refused", 'ehlo "500 no" helo "500 no" rcpt user ok',
     UNKNOWN),
    ("pipelined replies in one segment", "pipelining mail * late rcpt user ok",
     EITHER),
    ("a reply to MAIL alone, pipelined", "pipelining rcpt user hang",
     UNKNOWN),
    ("a reply too many, pipelined",
     r'pipelining rcpt user "250 2.1.5 ok\n250 2.0.0 ok"', UNKNOWN),
    ("PIPELINING offered under TLS alone",
     "starttls pipelining rcpt user ok", GOOD),
    ("refused at once, and taken", r'rcpt user "550 5.1.1 no\n250 2.1.5 ok"',
     UNKNOWN),
    ("taken at once, and refused", r'rcpt user "250 2.1.5 ok\n550 5.1.1 no"',
     UNKNOWN),
    ("both in one reply", r'rcpt user "250-2.1.5 ok\n550 5.1.1 no"', UNKNOWN),
    ("plaintext behind STARTTLS",
     r'starttls "220 go\n250 2.1.5 ok" rcpt user ok', UNKNOWN),
    # What comes once the handshake has begun has only broken that.
    ("plaintext behind STARTTLS, in bits",
     r'starttls drip 0ms "220 go\n250 2.1.5 ok" rcpt user ok', EITHER),
    ("plaintext in the handshake",
     r'starttls drip 20ms "220 go\n250 2.1.5 ok" rcpt user ok', GOOD),
    ("a banner under TLS as well",
     r'starttls ehlo ok then drip 5ms "220 mx\n250 mx" rcpt user "550 no"',
     UNKNOWN),
    ("the second greeting refused under TLS",
     'starttls ehlo ok then "550 5.1.1 no such user" rcpt user ok', UNKNOWN),
]

# What comes at RSET, between two recipients of one session.
BETWEEN = [f for f in FAULTS if not f[1].startswith("early")]


def rows():
    """says, the host's habits, the states that are right"""
    for where, code, before, step in STEPS:
        for says, answer, states in FAULTS:
            if answer.startswith("early") and step == "banner":
                continue                # there is nothing before it
            if where == LAST:
                states = GOOD
            # Pipelined, the second comes where RCPT's reply is awaited: for
            # any name, if it is not read with that.
            if answer.startswith("twice") and \
                    where == "MAIL, pipelined":
                states = states | {"risky"}
            yield (f"{says} at {where}", " ".join((
                before, step, answer.replace("{code}", str(code)),
                "" if "rcpt" in step else "rcpt user ok")), states)
    yield from ODD


def parts():
    """As many rows as a simnet has addresses for."""
    everything = list(rows())
    for at in range(0, len(everything), HOSTS_A_SITE):
        yield everything[at:at + HOSTS_A_SITE]


def scenario(part):
    lines = []
    for i, (_, habits, _) in enumerate(part):
        lines.append(f"host h{i} {habits}")
        lines.append(f"domain h{i}.example mx 10 h{i}")
    return "\n".join(lines)


def memory_kib(pid, of="VmRSS"):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file
                    if line.startswith(of + ":"))


def keeps_what_is_freed(pid):
    """A sanitizer does, to find who uses it; its shadow is terabytes."""
    return memory_kib(pid, "VmSize") > 1 << 30


class Case(unittest.TestCase):
    REPLY_S, SESSION_S = 4, 12

    def probe_site(self, lines, **more):
        site = ProbeSite(lines, connect_timeout=f"{self.REPLY_S}s",
                         reply_timeout=f"{self.REPLY_S}s",
                         session_timeout=f"{self.SESSION_S}s", **more)
        self.addCleanup(site.close)
        return site

    @staticmethod
    def descriptors(site):
        return len(os.listdir(f"/proc/{site.probe.pid}/fd"))

    def left_nothing(self, site, before):
        site.idle()
        wait_for("descriptors to be closed",
                 lambda: self.descriptors(site) <= before + 2)
        self.assertTrue(site.probe.alive())
        for name, seen in site.simnet.stats()["hosts"].items():
            self.assertEqual(seen["violations"], [], name)

    def told(self, answers, says, states, key):
        with self.subTest(says):
            answer = answers[key]
            self.assertIn(answer["state"], states, answer["reason"])
            self.assertLess(int(answer["took_ms"]) / 1000,
                            2 * self.SESSION_S + SLACK_S)


class Rows(Case):
    def judge(self, part):
        site = self.probe_site(scenario(part))
        with site.wire() as wire:
            wire.ask("status")
            descriptors = self.descriptors(site)
            weight = memory_kib(site.probe.pid)
            for i in range(len(part)):
                wire.send("verify", id=str(i), wait_ms=60000,
                          address=f"user@h{i}.example")
            answers = {}
            for _ in part:
                answer = wire.answer()
                answers[answer["id"]] = answer
            for i, (says, _, states) in enumerate(part):
                self.told(answers, says, states, str(i))
            self.left_nothing(site, descriptors)
            if not keeps_what_is_freed(site.probe.pid):
                self.assertLess(memory_kib(site.probe.pid),
                                weight + MORE_KIB)


class Steps(Rows):
    def test_rows(self):
        for part in parts():
            self.judge(part)


class Tls(Rows):
    """The simnet makes some keys first, which may take it seconds."""

    REPLY_S, SESSION_S = 10, 25

    def test_tls(self):
        self.judge([(f"TLS: {habit}", f"starttls tls {habit} rcpt user ok",
                     states) for habit, states in TLS])

    def test_a_prime_of_the_hosts_own_is_refused(self):
        """It could be one that takes most of a second, and holds the loop."""
        site = self.probe_site("host h starttls tls dhe rcpt user ok\n"
                               "domain h.example mx 10 h")
        self.assertEqual(site.verify("user@h.example", wait_ms=60000)["state"],
                         "deliverable")
        self.assertEqual(site.simnet.host("h")["tls"], 0)


class Slow(Case):
    """A reply has a time of its own, however its octets come."""

    REPLY_S, SESSION_S = 2, 60

    def test_it(self):
        site = self.probe_site(
            f'host h rcpt user drip 500ms "250 {"x" * 500}"\n'
            "domain h.example mx 10 h")
        answer = site.verify("user@h.example", wait_ms="60000")
        self.assertEqual((answer["state"], answer["reason"]),
                         ("unknown", "timeout"))
        self.assertLess(int(answer["took_ms"]), self.SESSION_S * 1000)


class Between(Case):
    """A host that is asked two recipients on one session."""

    def test_rows(self):
        lines = []
        for i, (_, answer, _) in enumerate(BETWEEN):
            answer = answer.replace("{code}", "250")
            for kind, habit in (("p", "pipelining"), ("a", "")):
                lines.append(f"host {kind}{i} {habit} rcpt user* ok "
                             f"rset {answer}")
                lines.append(f"domain {kind}{i}.example mx 10 {kind}{i}")
        site = self.probe_site("\n".join(lines), smtp_keys="per_mx = 1;")
        answers = {}
        with site.wire() as wire:
            wire.ask("status")
            before = self.descriptors(site)
            names = [f"user{n}@{kind}{i}.example" for i in range(len(BETWEEN))
                     for kind in "pa" for n in (1, 2)]
            for name in names:
                wire.send("verify", id=name, address=name, wait_ms=60000)
            for _ in names:
                answer = wire.answer()
                answers[answer["id"]] = answer
            for i, (says, _, _) in enumerate(BETWEEN):
                for kind, how in (("p", "pipelined"), ("a", "alone")):
                    for n in (1, 2):
                        self.told(answers, f"{says} at RSET, {how}: "
                                  f"recipient {n}", EITHER,
                                  f"user{n}@{kind}{i}.example")
            self.left_nothing(site, before)


if __name__ == "__main__":
    tap.main()
