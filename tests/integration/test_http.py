#!/usr/bin/env python3
"""Domains whose addresses an endpoint of the admin's judges (method "http").

Each row is asked by `rcptguard check`; whatever goes wrong must end as
unknown, and the story must say what it was.
"""

import concurrent.futures
import json
import os
import subprocess
import time

import harness
from certificate import make
from endpoint import Endpoint, context
from guard import SHARED_GID

# says, address, reason, what the story must have
ROWS = [
    ("a good answer", "good@http.example", "accepted",
     "the endpoint says accepted"),
    ("a bad answer", "bad@http.example", "no_such_user", "HTTP 200"),
    ("another reason, and members nobody knows", "gone@http.example",
     "mailbox_disabled", "mailbox_disabled"),
    ("a state alone", "stateonly@http.example", "no_such_user", ""),
    ("the words of a verification service", "service@http.example",
     "no_such_user", "mailbox_not_found"),
    ("a full mailbox", "full@http.example", "mailbox_full", ""),
    ("a reason of another state", "wrongstate@http.example",
     "temporary_error", "does not belong"),
    ("a reason that is ours alone", "ourown@http.example", "temporary_error",
     "budget_exhausted"),
    ("a reason that is a number", "number@http.example", "temporary_error",
     "no string"),
    ("an array", "array@http.example", "temporary_error", "no JSON object"),
    ("JSON cut off", "garbage@http.example", "temporary_error",
     "no JSON object"),
    ("escapes in a reason", "odd@http.example", "temporary_error",
     "no address has the reason"),
    ("what came is shown escaped, and once", "odd-2@http.example",
     "temporary_error", 'HTTP 200 {"reason":"\\x5Cu001b[31m"}'),
    ("no body", "empty@http.example", "temporary_error", "no JSON object"),
    ("no HTTP", "nohttp@http.example", "temporary_error", "no HTTP"),
    ("a body of 70 KB", "huge@http.example", "temporary_error",
     "more than 64 KiB"),
    ("200 KiB in chunks", "hugechunks@http.example", "temporary_error",
     "more than 64 KiB"),
    ("a header of 40 KB", "hugehead@http.example", "temporary_error",
     "too long a header"),
    ("a body shorter than said", "cut@http.example", "temporary_error",
     "closed the connection"),
    ("a body in chunks of one octet", "chunks@http.example", "no_such_user",
     ""),
    ("a server of HTTP/1.0", "old@http.example", "no_such_user", ""),
    ("a redirect, which is not followed", "redirect@http.example",
     "temporary_error", "HTTP 307 from the endpoint is no verdict"),
    ("404 with a verdict in it", "e404@http.example", "temporary_error",
     "HTTP 404"),
    ("too many questions", "e429@http.example", "temporary_error",
     "HTTP 429"),
    ("500 with a verdict in it", "e500@http.example", "temporary_error",
     "HTTP 500"),
    ("dropped after the question", "drop@http.example", "temporary_error",
     "closed the connection"),
    ("slower than its time", "slow@http.example", "temporary_error",
     "did not answer within 3000 ms"),
    ("a domain below", "bad@www.http.example", "no_such_user", ""),
    ("a domain by its mail host", "bad@bymx.example", "no_such_user",
     "MX bymx.example: 10 mx.http.example"),
    ("a local part of UTF-8", "bad-j\u00fcrgen@http.example", "no_such_user",
     ""),
    ("HTTPS by name", "bad@https.example", "no_such_user",
     "A api.test.example"),
    ("HTTPS by address", "bad@ip.example", "no_such_user", "TLSv1.3"),
    ("a certificate of another name", "bad@othername.example",
     "temporary_error", "hostname mismatch"),
    ("a certificate of another address", "bad@otherip.example",
     "temporary_error", "IP address mismatch"),
    ("a certificate nobody signed", "bad@untrusted.example",
     "temporary_error", "self-signed certificate"),
    ("plain HTTP where TLS is awaited", "bad@notls.example",
     "temporary_error", "did not answer within 3000 ms"),
    ("TLS where plain HTTP is awaited", "bad@notplain.example",
     "temporary_error", ""),
    ("nothing listens", "bad@refused.example", "temporary_error",
     "could not be connected to"),
    ("the first address refuses, the second answers", "bad@second.example",
     "no_such_user", "no connection"),
    ("a name that is not in DNS", "bad@noname.example", "temporary_error",
     "DNS has no address"),
    ("a name whose DNS fails", "bad@nodns.example", "temporary_error",
     "DNS has no address"),
]

DNS = """\
host mx at 30
domain mx.http.example a mx
domain bymx.example mx 10 mx.http.example
domain api.test.example a {https}
domain alias.test.example a {https}
domain two.test.example a {nobody} a {plain}
domain broken.test.example servfail
"""

PROVIDERS = """
providers = (
  {{ name = "plain"; domains = [ "http.example", "*.http.example" ];
    mx = [ "mx.http.example" ]; method = "http"; http_timeout = "3s";
    http = "http://{plain}:{port}/verify?key=in-the-query";
    http_header_file = "{secret}"; connections = 40; }},
  {{ name = "two-at-once"; domains = [ "busy.example" ]; method = "http";
    http = "http://{plain}:{port}/"; connections = 2; }},
  {entries}
  {{ name = "off"; domains = [ "off.example" ]; method = "none"; }}
);
grammars = (
  {{ id = "own.digits"; domains = [ "digits.example" ]; user = "[0-9]+"; }}
);
"""
ENTRY = """{{ name = "e{n}"; domains = [ "{domain}" ]; method = "http";
    http = "{url}"; {more} }},
"""


class Asked(harness.SiteCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        net, w = cls.site.network, cls.site.workspace
        cls.port = net.extra_port
        cls.where = {name: net.address(210 + i) for i, name in
                     enumerate(("plain", "https", "other", "nobody"))}
        pair = make(w.directory("tls"), "api", ["api.test.example"])
        by_ip = make_for_address(w, cls.where["other"])
        cls.plain = cls.endpoint("plain")
        cls.https = cls.endpoint("https", context(pair))
        cls.other = cls.endpoint("other", context(by_ip))
        cls.plain.elsewhere = f"http://{cls.where['plain']}:{cls.port}/other"
        cls.secret = w.write("X-Api-Key: in-the-header\n", "api.key",
                             mode=0o440)
        cls.chown(cls.secret)
        cls.site.load(DNS.format(**cls.where))
        cls.providers(pair[0], by_ip[0])
        done = cls.tool("reload")
        assert done.returncode == 0, done.stdout + done.stderr
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            cls.verdicts = dict(zip((row[1] for row in ROWS), pool.map(
                cls.check, (row[1] for row in ROWS))))

    @classmethod
    def endpoint(cls, name, tls=None):
        made = Endpoint(cls.where[name], cls.port, tls)
        cls.site.workspace.at_end(made.close)
        return made

    @classmethod
    def chown(cls, path):
        os.chown(path, 0, SHARED_GID)

    @classmethod
    def providers(cls, named, addressed):
        at = {k: f"{v}:{cls.port}" for k, v in cls.where.items()}
        named, addressed = (f'http_ca_file = "{p}";'
                            for p in (named, addressed))
        entries = [
            ("https.example", f"https://api.test.example:{cls.port}/v1",
             named),
            ("ip.example", f"https://{at['other']}/v1", addressed),
            ("othername.example", f"https://alias.test.example:{cls.port}/",
             named),
            ("otherip.example", f"https://{at['https']}/", named),
            ("untrusted.example", f"https://api.test.example:{cls.port}/",
             ""),
            ("notls.example", f"https://{at['plain']}/",
             named + ' http_timeout = "3s";'),
            ("notplain.example", f"http://{at['https']}/", ""),
            ("refused.example", f"http://{at['nobody']}/", ""),
            ("second.example", f"http://two.test.example:{cls.port}/", ""),
            ("noname.example", f"http://nobody.test.example:{cls.port}/",
             ""),
            ("nodns.example", f"http://broken.test.example:{cls.port}/", ""),
        ]
        text = "".join(ENTRY.format(n=n, domain=d, url=u, more=m)
                       for n, (d, u, m) in enumerate(entries))
        cls.site.workspace.write(
            PROVIDERS.format(plain=cls.where["plain"], port=cls.port,
                             secret=cls.secret, entries=text),
            "etc", "providers.conf")

    @classmethod
    def tool(cls, *words):
        return subprocess.run(
            cls.site.guard.cli(*words), text=True, encoding="utf-8",
            capture_output=True, timeout=120, check=False)

    @classmethod
    def check(cls, address):
        done = cls.tool("check", "--json", "--wait", "20s", address)
        if not done.stdout:
            raise AssertionError(done.stderr)
        return json.loads(done.stdout)

    def test_each_ends_as_it_should(self):
        for says, address, reason, story in ROWS:
            with self.subTest(says):
                verdict = self.verdicts[address]
                told = self.tool("explain", address).stdout
                self.assertEqual(verdict["reason"], reason, told)
                self.assertEqual(verdict["evidence"].get("rule"), "http")
                self.assertIn(story, told)
                self.assertNotIn("in-the-query", told)
                self.assertNotIn("in-the-header", told)
                self.assertTrue(all(c.isprintable() or c == "\n"
                                    for c in told), told)

    def test_the_question(self):
        request = next(r for r in self.plain.requests
                       if r["json"]["address"] == "good@http.example")
        self.assertEqual(request["method"], "POST")
        self.assertEqual(request["target"], "/verify?key=in-the-query")
        headers = request["headers"]
        self.assertEqual(headers["Host"],
                         f"{self.where['plain']}:{self.port}")
        self.assertEqual(headers["Content-Type"], "application/json")
        self.assertEqual(headers["X-Api-Key"], "in-the-header")
        self.assertEqual(sorted(request["json"]), ["address", "id"])
        ids = [r["json"]["id"] for r in self.plain.requests]
        self.assertEqual(len(ids), len(set(ids)))

    def test_a_redirect_is_asked_nowhere(self):
        self.assertNotIn("/other", [r["target"]
                                    for r in self.plain.requests])

    def test_nothing_is_told_to_who_cannot_prove_its_name(self):
        for address in ("bad@othername.example", "bad@otherip.example",
                        "bad@untrusted.example"):
            self.assertNotIn(address, self.https.asked())
            told = self.tool("explain", address).stdout
            self.assertIn("--  to ask: POST /", told)
            self.assertNotRegex(told, r"ms +-->")

    def test_the_evidence_names_provider_and_status(self):
        evidence = self.verdicts["bad@http.example"]["evidence"]
        self.assertEqual((evidence["provider"], evidence["code"],
                          evidence["ip"]),
                         ("plain", 200, self.where["plain"]))
        self.assertEqual(self.verdicts["e500@http.example"]["evidence"]
                         ["code"], 500)

    def test_a_verdict_is_remembered_and_a_fault_does_not_replace_it(self):
        address = "remembered@http.example"
        self.assertEqual(self.check(address)["state"], "deliverable")
        again = self.check(address)
        self.assertEqual((again["state"], again["source"]),
                         ("deliverable", "store"))
        self.assertEqual(self.plain.asked().count(address), 1)

    def test_no_more_connections_than_said(self):
        addresses = [f"busy-{n}@busy.example" for n in range(20)]
        done = self.tool("check", "--json", "--wait", "20s", *addresses)
        states = [json.loads(line)["state"]
                  for line in done.stdout.splitlines()]
        self.assertEqual(states, ["deliverable"] * 20)
        self.assertEqual(self.plain.most, 2)

    def test_who_waits_too_long_in_the_row_is_answered(self):
        """40 may ask at once; the rest wait, but no longer than their time."""
        addresses = [f"slow-{n}@http.example" for n in range(100)]
        done = self.tool("check", "--json", "--wait", "20s", *addresses)
        reasons = {json.loads(line)["reason"]
                   for line in done.stdout.splitlines()}
        self.assertEqual(reasons, {"temporary_error"})

    def many_slow(self, word):
        """100 questions under way: 40 asked, 60 in the row."""
        addresses = [f"slow-{word}{n}@http.example" for n in range(100)]
        child = subprocess.Popen(
            self.site.guard.cli("check", "--json", "--wait", "20s",
                                *addresses), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.kill)
        harness.wait_for("questions", lambda: sum(
            a in addresses for a in self.plain.asked()) >= 40)
        return child

    def test_a_reload_loses_no_question(self):
        child = self.many_slow("reload")
        self.assertEqual(self.tool("reload").returncode, 0)
        verdicts = [json.loads(line) for line in child.stdout]
        self.assertEqual([v["reason"] for v in verdicts],
                         ["temporary_error"] * 100)
        self.assertEqual(self.check("good-3@http.example")["state"],
                         "deliverable")

    def test_the_probe_ends_cleanly_amid_questions(self):
        guard = self.site.guard
        self.many_slow("end")
        self.assertEqual(guard.probe.stop(), 0, guard.probe.output())
        self.assertNotIn("Sanitizer", guard.probe.output())
        guard.start_probe()
        self.assertEqual(self.check("good-4@http.example")["state"],
                         "deliverable")

    def test_through_postfix(self):
        self.assertEqual(self.site.rcpt("bad-2@http.example").code, 550)
        self.assertEqual(self.site.rcpt("good-2@http.example").code, 250)
        self.assertEqual(self.site.rcpt("e500-2@http.example").code, 250)

    def test_a_domain_without_a_method_is_not_asked(self):
        verdict = self.check("x@off.example")
        self.assertEqual(verdict["reason"], "provider_signals_only")
        self.assertNotIn("off.example", str(self.site.simnet.stats()))

    def test_a_name_that_cannot_exist_is_decided_without_dns(self):
        verdict = self.check("letters@digits.example")
        self.assertEqual((verdict["reason"], verdict["source"]),
                         ("bad_syntax", "rules"))
        self.assertEqual(verdict["evidence"]["rule"], "own.digits")
        self.assertNotIn("digits.example", str(self.site.simnet.stats()))


class Files(harness.SiteCase):
    """A file that will not do leaves the old settings in force."""

    ROWS = [
        ("no such file", None, 0, "No such file"),
        ("a secret that others may read", "X-Key: a\n", 0o444, "chmod o-r"),
        ("a secret that others may write", "X-Key: a\n", 0o466, "writ"),
        ("no header", "just a key\n", 0o440, "one line such as"),
        ("two lines", "X-Key: a\nX-More: b\n", 0o440, "one line such as"),
        ("a header that is not the admin's to write",
         "Content-Length: 5\n", 0o440, "one line such as"),
        ("no value", "X-Key: \n", 0o440, "one line such as"),
        ("a file of 5 KB", "X-Key: " + "a" * 5000, 0o440, "4096"),
    ]

    def reload(self, more):
        text = ENTRY.format(n=1, domain="a.example",
                            url="https://127.0.0.1/", more=more)
        self.site.workspace.write(f"providers = ( {text.rstrip()[:-1]} );",
                                  "etc", "providers.conf")
        return subprocess.run(self.site.guard.cli("reload"), text=True,
                              capture_output=True, timeout=120, check=False)

    def refused(self, more, why):
        before = len(self.site.guard.probe.output())
        done = self.reload(more)
        self.assertEqual(done.returncode, 78)
        self.assertIn(why, done.stderr)
        harness.wait_for("reason in the log", lambda: why in
                         self.site.guard.probe.output()[before:])

    def test_header_files(self):
        for says, text, mode, why in self.ROWS:
            with self.subTest(says):
                path = self.site.workspace.file("key")
                if text is not None:
                    self.site.workspace.write(text, "key", mode=mode)
                    Asked.chown(path)
                self.refused(f'http_header_file = "{path}";', why)

    def test_certificates_that_are_none(self):
        path = self.site.workspace.write("no certificate\n", "ca.pem")
        self.refused(f'http_ca_file = "{path}";', "ca.pem")

    def test_the_check_of_the_daemon_tells_too(self):
        self.reload('http_ca_file = "/nonexistent.pem";')
        done = subprocess.run(
            [self.site.workspace.file("bin", "rcptguard-probe"), "--check",
             "--config", self.site.guard.config], text=True,
            capture_output=True, timeout=120, check=False,
            env={**os.environ, "RCPTGUARD_LOG": "stderr"})
        self.assertEqual(done.returncode, 78, done.stderr)
        self.assertIn("/nonexistent.pem", done.stderr)


def make_for_address(workspace, address):
    """A certificate for an address (RFC 5280, 4.2.1.6)."""
    directory = workspace.directory("tls")
    cert, key = f"{directory}/ip.pem", f"{directory}/ip.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj",
         "/CN=address", "-addext", f"subjectAltName=IP:{address}",
         "-keyout", key, "-out", cert], check=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return cert, key


if __name__ == "__main__":
    harness.main()
