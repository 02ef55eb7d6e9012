#!/usr/bin/env python3
"""simnet itself: the language, the zone, and each habit seen by a client.

A row of a table reads as a sentence.  All rows of HABITS run in one simnet;
each is a host of its own.
"""

import os
import shutil
import socket
import ssl
import struct
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import network                                              # noqa: E402
import scenario                                             # noqa: E402
import tap                                                  # noqa: E402
import zone                                                 # noqa: E402
from client import Simnet                                   # noqa: E402

EHLO = b"EHLO probe.example\r\n"
MAIL = b"MAIL FROM:<postmaster@probe.example>\r\n"
HELLO = [(b"", b"220 .*"), (EHLO, b"250.*")]


def to_mail():
    return HELLO + [(MAIL, b"250 2.1.0 Ok\r\n")]


def rcpt(name):
    return b"RCPT TO:<%s@x.example>\r\n" % name


# (says, the host's habits, [(sent, all that must come back)]); a trailing .*
# allows more of the same line or lines; END is the end of the connection,
# SILENCE nothing for a while.
END, SILENCE = object(), object()
HABITS = [
    ("a plain host knows nobody", "",
     to_mail() + [(rcpt(b"bob"), b"550 5.1.1 <bob@x.example>: Recipient "
                   b"address rejected: User unknown\r\n"),
                  (b"QUIT\r\n", b"221 2.0.0 Bye\r\n"), (b"", END)]),
    ("a user by name, another by prefix, whatever the case",
     'rcpt alice "250 2.1.5 Ok" rcpt full* "452 4.2.2 Over quota"',
     to_mail() + [(rcpt(b"Alice"), b"250 2.1.5 Ok\r\n"),
                  (rcpt(b"full-1"), b"452 4.2.2 Over quota\r\n"),
                  (rcpt(b"fu"), b"550 5.1.1.*")]),
    ("a name as the probe makes them up has no known prefix", "rcpt ok* ok",
     to_mail() + [(rcpt(b"okay"), b"250 2.1.5 Ok\r\n"),
                  (rcpt(b"okiskte4rw006afop9kc"), b"550 5.1.1.*")]),
    ("catch-all", "rcpt * ok",
     to_mail() + [(rcpt(b"any"), b"250 2.1.5 Ok\r\n")]),
    ("a reply of three lines", r'rcpt * "550-No\n550-such\n550 5.1.1 user"',
     to_mail() + [(rcpt(b"x"), b"550-No\r\n550-such\r\n550 5.1.1 user\r\n")]),
    ("banner 554", 'banner "554 5.7.1 go away"',
     [(b"", b"554 5.7.1 go away\r\n")]),
    ("banner 421, then the end", 'banner "421 busy"',
     [(b"", b"421 busy\r\n"), (b"", END)]),
    ("banner of several lines", r'banner "220-a\n220 b"',
     [(b"", b"220-a\r\n220 b\r\n")]),
    ("an empty line before the banner", r'banner "\n220 hi"',
     [(b"", b"\r\n220 hi\r\n")]),
    ("a late banner", "banner after 300ms", [(b"", SILENCE), (b"", b"220.*")]),
    ("first busy, then fine", 'banner close "421 no" then ok',
     [(b"", b"421 no\r\n"), (b"", END)]),
    ("EHLO refused, HELO fine", 'ehlo "502 what"',
     [(b"", b"220.*"), (EHLO, b"502 what\r\n"),
      (b"HELO x\r\n", b"250 .*"), (MAIL, b"250 2.1.0 Ok\r\n")]),
    ("keywords as asked", 'pipelining smtputf8 keyword "SIZE 9" keywords 1',
     [(b"", b"220.*"),
      (EHLO, b"250-h%d.sim.example\r\n250-PIPELINING\r\n250-SMTPUTF8\r\n"
       b"250-SIZE 9\r\n250 XWORD0\r\n")]),
    ("MAIL refused with a text", 'mail * "550 5.7.1 we know you"',
     HELLO + [(MAIL, b"550 5.7.1 we know you\r\n")]),
    ("the null sender refused, others not", 'mail <> "550 no bounces"',
     HELLO + [(b"MAIL FROM:<>\r\n", b"550 no bounces\r\n"),
              (MAIL, b"250 2.1.0 Ok\r\n")]),
    ("greylisted, until its time is up, for this triplet",
     "rcpt * greylist 300ms",
     to_mail() + [(rcpt(b"g"), b"450 4.2.0.*"), (b"", SILENCE),
                  (rcpt(b"g"), b"250.*"), (rcpt(b"h"), b"450.*")]),
    ("greylisting spares the unknown", 'greylist 1h rcpt known ok',
     to_mail() + [(rcpt(b"known"), b"450.*"), (rcpt(b"no"), b"550 5.1.1.*")]),
    ("452 on the second RCPT of a session", "rcpt * ok limit rcpts 1 ok",
     to_mail() + [(rcpt(b"a"), b"250.*"), (rcpt(b"b"), b"452 4.5.3.*")]),
    ("dropped after RSET", "rset drop", to_mail() + [(b"RSET\r\n", END)]),
    ("reset at RCPT", "rcpt * reset", to_mail() + [(rcpt(b"a"), END)]),
    ("421 and the end at RCPT", 'rcpt * close "421 4.3.2 shutting down"',
     to_mail() + [(rcpt(b"a"), b"421 4.3.2 shutting down\r\n"), (b"", END)]),
    ("no answer at RCPT", "rcpt * hang", to_mail() + [(rcpt(b"a"), SILENCE)]),
    ("slow at RCPT", "rcpt * after 300ms ok",
     to_mail() + [(rcpt(b"a"), SILENCE), (b"", b"250 2.1.5 Ok\r\n")]),
    ("octet by octet", 'rcpt * drip 5ms "250 slow but sure"',
     to_mail() + [(rcpt(b"a"), b"250 slow but sure\r\n")]),
    ("codes that disagree", 'rcpt * mixed',
     to_mail() + [(rcpt(b"a"), b"550-one thing\r\n250 and another\r\n")]),
    ("an answer given twice", "mail * twice",
     HELLO + [(MAIL, b"250 2.1.0 Ok\r\n250 2.1.0 Ok\r\n")]),
    ("an answer given again, later", "mail * again 300ms",
     HELLO + [(MAIL, b"250 2.1.0 Ok\r\n"), (b"", SILENCE),
              (b"", b"250 2.1.0 Ok\r\n")]),
    ("RCPT answered before it is asked", 'rcpt * early "250 sure"',
     HELLO + [(MAIL, b"250 2.1.0 Ok\r\n250 sure\r\n"),
              (rcpt(b"a"), SILENCE)]),
    ("RCPT answered only with the RSET", 'rcpt * late "250 oh, him"',
     to_mail() + [(rcpt(b"a"), SILENCE),
                  (b"RSET\r\n", b"250 oh, him\r\n250 2.0.0 Ok\r\n")]),
    ("421 after three commands", "limit commands 3 ok rcpt * ok",
     to_mail() + [(rcpt(b"a"), b"250.*"), (b"NOOP\r\n", b"421 .*"),
                  (b"", END)]),
    ("banned after one unknown user", "limit unknown 1 ok",
     to_mail() + [(rcpt(b"a"), b"550 5.1.1.*"), (MAIL, b"550 5.7.1.*")]),
    ("STARTTLS offered, then not now", 'starttls "454 4.7.0 not now"',
     HELLO + [(b"STARTTLS\r\n", b"454 4.7.0 not now\r\n"),
              (MAIL, b"250 2.1.0 Ok\r\n")]),
    ("plaintext injected after the 220", r'starttls "220 go\n250 me too"',
     HELLO + [(b"STARTTLS\r\n", b"220 go\r\n250 me too\r\n")]),
    ("no handshake comes", "starttls tls stall",
     HELLO + [(b"STARTTLS\r\n", b"220.*"), (b"x" * 50, SILENCE)]),
    ("an alert for a handshake", "starttls tls alert",
     HELLO + [(b"STARTTLS\r\n", b"220 2.0.0 Go ahead\r\n"),
              (b"hello", b"\x15\x03\x01\x00\x02\x02\x28"), (b"", END)]),
    ("TLS comes first", "starttls require-tls",
     HELLO + [(MAIL, b"530 5.7.0.*")]),
    ("a last line without its end", r'rcpt * "250 ok\c"',
     to_mail() + [(rcpt(b"a"), b"250 ok")]),
    ("octets by number", r'banner "220 \x80\x1b[2J"',
     [(b"", b"220 \x80\x1b[2J\r\n")]),
    ("binary", "rcpt * binary", to_mail() + [(rcpt(b"a"), b"550 \x00.*")]),
    ("DATA is none of a probe's business", "rcpt * ok",
     to_mail() + [(rcpt(b"a"), b"250.*"), (b"DATA\r\n", b"502.*")]),
    ("a mailbox keeps what it is sent", "rcpt * ok mailbox",
     to_mail() + [(rcpt(b"a"), b"250.*"), (b"DATA\r\n", b"354.*"),
                  (b"Subject: x\r\n\r\nhello\r\n.\r\n",
                   b"250 2.0.0 Ok: kept\r\n")]),
]

BAD_LINES = [
    ("an unknown kind of line", "mailhost x", "expected host or domain"),
    ("a habit nobody has", "host a floats", "unknown habit"),
    ("a time without a unit", "host a banner after 3", "not a time"),
    ("a quote that never ends", 'host a banner "220', "unbalanced"),
    ("an unknown escape", r'host a banner "\q"', "unknown escape"),
    ("a mail host that is not there", "domain d.example mx 10 gone",
     "no host"),
    ("an address off the machine", "host a at 192.0.2.1", "not a loopback"),
    ("the same host twice", "host a\nhost a", "scenario:2: host a is there"),
    ("a fault of no known type", "domain d.example servfail:loc", "loc"),
    ("a pattern without an answer", "host a rcpt bob", "expected an answer"),
]

ZONE = r"""
host mx1 at 7
host mx6 at ::1
domain good.example     mx 10 mx1 mx 20 mx6
domain null.example     null-mx
domain nx.example       nxdomain
domain sf.example       servfail:mx a mx1
domain silent.example   timeout
domain none.example     a mx1
domain alias.example    cname good.example
domain loop.example     cname loop.example
domain far.example      cname-chain 20 mx 10 mx1
domain many.example     mx-many 1000 100 mx1
domain bad.example      mx 10 ev\010il\037s.example
domain priv.example     mx 10 in=10.0.0.1,fd00::1
domain flip.example     first 1 servfail mx 10 mx1
domain *.bulk.example   mx 10 mx1
domain text.example     txt "v=spf1 -all"
"""
ZONE_ROWS = [
    # says, name, type, rcode, how many records
    ("two mail hosts", "good.example", "mx", 0, 2),
    ("whatever the case", "GOOD.Example", "mx", 0, 2),
    ("no such type", "good.example", "txt", 0, 0),
    ("an address of a host", "mx1.sim.example", "a", 0, 1),
    ("its IPv6 address", "mx6.sim.example", "aaaa", 0, 1),
    ("not its IPv4 address", "mx6.sim.example", "a", 0, 0),
    ("null MX is one record", "null.example", "mx", 0, 1),
    ("no such domain", "nx.example", "mx", 3, 0),
    ("a domain nobody wrote down", "other.example", "mx", 3, 0),
    ("a name that only has names below it", "bulk.example", "mx", 0, 0),
    ("failure for one type", "sf.example", "mx", 2, 0),
    ("and not for another", "sf.example", "a", 0, 1),
    ("an alias and what it leads to", "alias.example", "mx", 0, 3),
    ("an alias of itself ends", "loop.example", "mx", 0, zone.CHAIN_MAX),
    ("a long chain", "far.example", "mx", 0, 21),
    ("a thousand hosts", "many.example", "mx", 0, 1000),
    ("a hundred addresses", "m9.many.example", "a", 0, 100),
    ("odd octets in a name", "bad.example", "mx", 0, 1),
    ("glue beside its domain", "in.priv.example", "a", 0, 1),
    ("IPv6 glue", "in.priv.example", "aaaa", 0, 1),
    ("any name below a star", "x17.bulk.example", "mx", 0, 1),
    ("text", "text.example", "txt", 0, 1),
]


def ask(z, name, rrtype, tcp=True):
    query = struct.pack(">6H", 77, 0x0100, 1, 0, 0, 0) \
        + zone.wire_name(zone.labels(name)) \
        + struct.pack(">HH", zone.TYPES[rrtype], 1)
    return z.answer(query, tcp)


def make_zone(text):
    parsed = scenario.parse(text)
    return zone.Zone(parsed, {
        h.name: [p if isinstance(p, str) else f"127.9.9.{p}" for p in h.at]
        for h in parsed.hosts.values()})


class Language(unittest.TestCase):
    def test_bad_lines_are_named(self):
        for says, text, complaint in BAD_LINES:
            with self.subTest(says):
                with self.assertRaises(scenario.ScenarioError) as caught:
                    scenario.parse(text)
                self.assertIn(complaint, str(caught.exception))

    def test_comments_and_empty_lines(self):
        parsed = scenario.parse('# a\n\nhost a  # b\nhost b banner "2 # 3"\n')
        self.assertEqual(list(parsed.hosts), ["a", "b"])
        self.assertEqual(parsed.hosts["b"].rules[0].answers[0].text,
                         b"2 # 3\r\n")


class Names(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.zone = make_zone(ZONE)

    def test_rows(self):
        z = self.zone
        for says, name, rrtype, rcode, count in ZONE_ROWS:
            with self.subTest(says):
                reply = ask(z, name, rrtype).reply
                ident, flags, _, answers = struct.unpack_from(">4H", reply)
                self.assertEqual((ident, flags & 15, answers),
                                 (77, rcode, count))

    def test_silence_is_no_answer(self):
        self.assertEqual(ask(self.zone, "silent.example", "mx").reply,
                         b"")

    def test_long_answers_are_cut_on_udp_only(self):
        z = self.zone
        udp = ask(z, "many.example", "mx", tcp=False).reply
        self.assertLessEqual(len(udp), 512)
        self.assertTrue(udp[2] & 2)
        self.assertFalse(ask(z, "many.example", "mx").reply[2] & 2)

    def test_a_fault_may_pass(self):
        codes = [ask(self.zone, "flip.example", "mx").reply[3] & 15
                 for _ in "123"]
        self.assertEqual(codes, [2, 0, 0])

    def test_odd_octets_are_sent_as_they_are(self):
        reply = ask(self.zone, "bad.example", "mx").reply
        self.assertIn(b"\x07ev\nil%s\x07example\x00", reply)

    def test_junk_is_no_query(self):
        z = self.zone
        for junk in (b"", b"x", b"\0" * 12, b"\xff" * 40):
            self.assertIsNone(z.answer(junk, True))


class Live(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.network = network.claim()
        cls.directory = tempfile.mkdtemp(prefix="simnet-test-")
        lines = [f"host h{i} at {i + 60} {habits}"
                 for i, (_, habits, _) in enumerate(HABITS)]
        lines += ["host mute at 1 blackhole", "host shut at 2 refused",
                  "host tls at 3 starttls rcpt * ok",
                  "host old at 4 starttls tls 1.2",
                  "host count at 5 limit parallel 1 ok",
                  "host flood at 6 banner endless",
                  "domain d.example mx 10 tls"]
        cls.text = "\n".join(lines)
        cls.simnet = Simnet(cls.network, cls.directory, cls.text)

    @classmethod
    def tearDownClass(cls):
        cls.simnet.stop()
        cls.network.release()
        shutil.rmtree(cls.directory)

    def connect(self, number, wait=5):
        sock = socket.create_connection(
            (self.network.address(number), self.network.smtp_port), wait)
        self.addCleanup(sock.close)
        return sock

    def expect(self, sock, wanted):
        if wanted is SILENCE:
            sock.settimeout(0.15)
            with self.assertRaises(TimeoutError):
                sock.recv(1)
            time.sleep(0.2)
            sock.settimeout(5)
            return
        if wanted is END:
            try:
                self.assertEqual(sock.recv(4096), b"")
            except ConnectionResetError:
                pass
            return
        loose = wanted.endswith(b".*")
        wanted = wanted.removesuffix(b".*")
        got = b""
        while len(got) < len(wanted) or (loose and got[-1:] != b"\n"):
            octets = sock.recv(4096)
            self.assertNotEqual(octets, b"", f"ended after {got}")
            got += octets
        if loose:
            got = got[:len(wanted)]
        self.assertEqual(got, wanted)

    def test_habits(self):
        for i, (says, _, dialogue) in enumerate(HABITS):
            with self.subTest(says):
                sock = self.connect(i + 60)
                for sent, wanted in dialogue:
                    sock.sendall(sent)
                    if isinstance(wanted, bytes):
                        wanted = wanted.replace(b"h%d", b"h%d" % i)
                    self.expect(sock, wanted)
                sock.close()

    def test_a_black_hole_never_connects(self):
        with self.assertRaises(TimeoutError):
            self.connect(1, 0.5)

    def test_a_refusing_host(self):
        with self.assertRaises(ConnectionRefusedError):
            self.connect(2)

    def start_tls(self, number):
        sock = self.connect(number)
        for sent, wanted in HELLO + [(b"STARTTLS\r\n", b"220.*")]:
            sock.sendall(sent)
            self.expect(sock, wanted)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        inside = context.wrap_socket(sock)
        self.addCleanup(inside.close)
        return inside

    def test_tls_and_what_is_offered_inside(self):
        inside = self.start_tls(3)
        inside.sendall(EHLO)
        self.expect(inside, b"250 tls.sim.example\r\n")
        inside.sendall(MAIL)
        self.expect(inside, b"250 2.1.0 Ok\r\n")
        self.assertEqual(inside.version(), "TLSv1.3")

    def test_an_older_tls(self):
        self.assertEqual(self.start_tls(4).version(), "TLSv1.2")

    def test_one_at_a_time(self):
        first = self.connect(5)
        self.expect(first, b"220.*")
        second = self.connect(5)
        self.expect(second, b"421.*")
        self.expect(second, END)

    def test_endless(self):
        sock = self.connect(6)
        got = 0
        while got < 1000000:
            got += len(sock.recv(65536))

    def test_dns_over_udp(self):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(sock.close)
        sock.settimeout(5)
        query = struct.pack(">6H", 9, 0x0100, 1, 0, 0, 0) \
            + zone.wire_name(zone.labels("d.example")) \
            + struct.pack(">HH", 15, 1)
        sock.sendto(query, (self.network.address(53), self.network.dns_port))
        self.assertIn(b"\x03tls\x03sim\x07example\x00", sock.recv(512))

    def test_counts(self):
        text = self.text + "\nhost seen at 7 rcpt * ok"
        self.simnet.load(text)
        for quits in (True, False):
            sock = self.connect(7)
            for sent, wanted in to_mail() + [
                    (rcpt(b"a"), b"250.*"), (b"DATA\r\n", b"502.*")]:
                sock.sendall(sent)
                self.expect(sock, wanted)
            if quits:
                sock.sendall(b"QUIT\r\n")
                self.expect(sock, b"221.*")
            sock.close()
        deadline = time.monotonic() + 5
        while (seen := self.simnet.host("seen"))["open"]:
            self.assertLess(time.monotonic(), deadline)
        self.assertEqual(
            (seen["connections"], seen["quits"], seen["missing_quit"],
             seen["rcpts"], seen["commands"]["DATA"], seen["violations"]),
            (2, 1, 1, {"a@x.example": 2}, 2, ["DATA from a probe"] * 2))

    def test_a_bad_scenario_leaves_the_old_one(self):
        with self.assertRaisesRegex(RuntimeError, "unknown habit"):
            self.simnet.load("host x floats")
        self.expect(self.connect(3), b"220 tls.*")


if __name__ == "__main__":
    tap.main()
