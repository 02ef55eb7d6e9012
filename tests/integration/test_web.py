#!/usr/bin/env python3
"""The probe's HTTP listeners: metrics, the policy page, and rude clients."""

import http.client
import os
import re
import socket
import subprocess
import unittest

from probe_site import ProbeSite, tap, wait_for
from processes import setpriv
from guard import PROBE_UID, SHARED_GID

PORT = 9325
MANUAL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..",
                      "probe", "rcptguard-probe.8")
PROVIDERS = ('providers = ( { name = "big"; mx = [ "*.big.example" ]; '
             'method = "smtp"; } );\n')
SCENARIO = """
host mx.big.example pipelining rcpt good* ok rcpt slow* "451 4.3.0 Later"
host plain.mail.example rcpt good* ok rcpt full* "552 5.2.2 Full"
host rude.big.example banner "554 5.7.1 Your IP is blocked using a blocklist"
host mute.mail.example rcpt * hang
host gone.mail.example rcpt * drop
host shut.mail.example refused
domain big.example mx 10 mx.big.example
domain rude.example mx 10 rude.big.example
domain plain.example mx 10 plain.mail.example
domain mute.example mx 10 mute.mail.example
domain gone.example mx 10 gone.mail.example
domain shut.example mx 10 shut.mail.example
"""

SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\[\\n"])*)"')


def parse_metrics(text):
    """{name: {labels: value}} of an exposition; its faults are errors."""
    out, types, family = {}, {}, None
    assert text.endswith("\n")
    for line in text.split("\n")[:-1]:
        if line.startswith("# HELP "):
            family, words = line[7:].split(" ", 1)
            assert family not in types, line
            assert words.endswith("."), line
        elif line.startswith("# TYPE "):
            name, kind = line[7:].split(" ")
            assert name == family and kind in (
                "counter", "gauge", "histogram"), line
            assert (kind == "counter") == name.endswith("_total"), line
            types[name] = kind
        else:
            name, labels, value = SAMPLE.match(line).groups()
            pairs = LABEL.findall(labels or "")
            assert ",".join(f'{n}="{v}"' for n, v in pairs) == (
                labels or ""), line
            ends = ("_bucket", "_sum", "_count") \
                if types[family] == "histogram" else ("",)
            assert name in [family + e for e in ends], line
            key = tuple(sorted(pairs))
            assert key not in out.setdefault(name, {}), line
            out[name][key] = float(value)
    return out, types


class WebCase(unittest.TestCase):
    def site(self, metrics=True, page=False, **settings):
        site = ProbeSite(SCENARIO, **settings)
        self.addCleanup(site.close)
        site.workspace.write(PROVIDERS, "etc", "providers.conf")
        self.place(site, site.network.address(50) if metrics else None,
                   site.network.address(51) if page else None)
        self.assertEqual(self.reload(site)["result"], "ok")
        return site

    @staticmethod
    def place(site, metrics, page=None, port=PORT):
        site.guard.settings["metrics"] = f"{metrics}:{port}" if metrics \
            else ""
        site.guard.settings["page"] = f"{page}:{port}" if page else ""
        site.guard.configure(['{ name = "signup"; purpose = "a <shop>"; }'])

    @staticmethod
    def reload(site):
        with site.wire() as wire:
            return wire.ask("reload")

    @staticmethod
    def ask(host, path="/metrics", method="GET", headers=None, body=None,
            port=PORT):
        conn = http.client.HTTPConnection(host, port, timeout=120)
        try:
            conn.request(method, path, body, headers or {})
            answer = conn.getresponse()
            answer.text = answer.read().decode()
            return answer
        finally:
            conn.close()

    def metrics(self, site):
        return parse_metrics(self.ask(site.network.address(50)).text)[0]

    @staticmethod
    def taken(host):
        """Another program's listener; a connection of an earlier test of
        this place may still be in TIME-WAIT, which is no reason to fail."""
        return socket.create_server((host, PORT))

    def listens(self, host):
        with socket.socket() as sock:
            sock.settimeout(60)
            return sock.connect_ex((host, PORT)) == 0


class Metrics(WebCase):
    def test_they_are_well_formed_and_in_the_manual(self):
        site = self.site()
        site.verify("good1@big.example", guard="signup")
        answer = self.ask(site.network.address(50))
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.getheader("Content-Type"),
                         "text/plain; version=0.0.4; charset=utf-8")
        values, types = parse_metrics(answer.text)
        with open(MANUAL, encoding="utf-8") as file:
            manual = file.read()
        told = re.findall(r"^\.It Li rcptguard_(\w+)", manual, re.M)
        self.assertEqual(sorted("rcptguard_" + t for t in told),
                         sorted(types))
        self.assertEqual(set(values["rcptguard_degraded"].values()), {0})
        self.assertNotIn("good1", answer.text)

    def test_a_checked_address_and_a_decision_are_counted(self):
        site = self.site()
        site.verify("good1@big.example")
        for action, guard in (("reject", "signup"), ("reject", "signup"),
                              ("accept", "<nobody's>")):
            with site.wire() as wire:
                wire.send("note", note="decision", time="2026-11-21T20:00:00Z",
                          id="0123456789abcdef", address="a@big.example",
                          role="recipient", guard=guard, action=action,
                          mode="enforce", reason="no_such_user",
                          source="store", took_ms="4", age_s="1")
                wire.ask("status")      # the note has been read
        got = self.metrics(site)
        verdicts = got["rcptguard_verdicts_total"]
        self.assertEqual(verdicts[(("reason", "accepted"),
                                   ("source", "probe"),
                                   ("state", "deliverable"))], 1)
        self.assertEqual(verdicts[(("reason", "no_such_user"),
                                   ("source", "store"),
                                   ("state", "undeliverable"))], 3)
        self.assertEqual(got["rcptguard_decisions_total"], {
            (("action", "reject"), ("guard", "signup"),
             ("mode", "enforce")): 2,
            (("action", "accept"), ("guard", "other"),
             ("mode", "enforce")): 1})
        times = got["rcptguard_decision_seconds_bucket"]
        self.assertEqual((times[(("le", "0.002"),)],
                          times[(("le", "0.005"),)],
                          times[(("le", "+Inf"),)]), (0, 3, 3))

    def test_what_was_done_at_each_provider(self):
        site = self.site(reply_timeout="5s", session_timeout="20s")
        for address in ("good1@big.example", "slow1@big.example",
                        "nobody@big.example", "a@rude.example",
                        "full@plain.example", "a@mute.example",
                        "a@gone.example", "a@shut.example"):
            site.verify(address, wait_ms="20000")
        site.idle()
        want = {"big": {"accepted": 1, "tempfail": 1, "refused_us": 1,
                        # the random name of the catch-all test, and ours
                        "unknown_user": 2},
                "other": {"refused": 1, "timeout": 1, "closed": 1,
                          "no_connect": 1}}
        got = self.metrics(site)
        for provider, outcomes in want.items():
            for key, value in got["rcptguard_provider_outcomes_total"].items():
                if ("provider", provider) in key:
                    self.assertEqual(
                        value, outcomes.get(dict(key)["outcome"], 0),
                        (provider, key))
        rows = {p["provider"]: p for p in site.status()["providers"]}
        self.assertEqual(set(rows), set(want))
        for provider, hosts in (
                ("big", ("mx.big.example", "rude.big.example")),
                ("other", ("plain.mail.example", "mute.mail.example",
                           "gone.mail.example"))):
            seen = [site.simnet.host(h) for h in hosts]
            key = (("provider", provider), ("source", "any"))
            connects = sum(h["connections"] for h in seen) \
                + (provider == "other")         # one that is shut
            rcpts = sum(1 for e in site.simnet.events("command")
                        if e["host"] in hosts and e["verb"] == "RCPT")
            self.assertEqual(got["rcptguard_provider_connects_total"][key],
                             connects)
            self.assertEqual(got["rcptguard_provider_rcpts_total"][key],
                             rcpts)
            self.assertEqual((rows[provider]["connects"],
                              rows[provider]["rcpts"]), (connects, rcpts))
        text = subprocess.run(site.guard.cli("status"), capture_output=True,
                              text=True, check=False).stdout
        self.assertIn(f"big from any: {rows['big']['connects']} connects, "
                      f"{rows['big']['rcpts']} asked", text)
        self.assertIn("1 accepted, 2 unknown users, 0 other 5xx, 1 4xx, "
                      "1 refusals of us", text)

    def test_the_version_is_shown(self):
        site = self.site()
        version = subprocess.run(
            [site.workspace.file("bin", "rcptguard"), "--version"],
            capture_output=True, text=True, check=True).stdout.split()[1]
        text = subprocess.run(site.guard.cli("status"), capture_output=True,
                              text=True, check=False).stdout
        self.assertIn(f", version {version}\n", text)
        self.assertEqual(site.status()["version"], version)
        self.assertEqual(self.metrics(site)["rcptguard_build_info"],
                         {(("version", version),): 1})


class Start(WebCase):
    def test_the_risk_is_told_in_one_line(self):
        site = self.site()
        told = [line for line in site.probe.output().splitlines()
                if "blocklists" in line]
        self.assertEqual(len(told), 1, told)
        self.assertIn("nothing here is a guarantee", told[0])
        self.assertIn("RISKS in rcptguard-probe(8)", told[0])
        with open(MANUAL, encoding="utf-8") as file:
            self.assertIn("\n.Sh RISKS\n", file.read())


class Answers(WebCase):
    def test_only_what_is_there_and_only_reading(self):
        site = self.site(page=True)
        close, public = (site.network.address(n) for n in (50, 51))
        for says, host, path, method, status in (
                ("metrics", close, "/metrics", "GET", 200),
                ("a sign of life", close, "/healthz", "GET", 200),
                ("the page", close, "/", "GET", 200),
                ("the page by its name", close, "/policy", "GET", 200),
                ("a query is ignored", close, "/policy?x=1", "GET", 200),
                ("a path below", close, "/metrics/", "GET", 404),
                ("a path around", close, "/../metrics", "GET", 404),
                ("a coded path", close, "/%6detrics", "GET", 404),
                ("another", close, "/favicon.ico", "GET", 404),
                ("the public page", public, "/", "GET", 200),
                ("and by its name", public, "/policy", "GET", 200),
                ("no metrics for the public", public, "/metrics", "GET", 404),
                ("nor a sign of life", public, "/healthz", "GET", 404),
                ("HEAD of metrics", close, "/metrics", "HEAD", 200),
                ("HEAD of the page", public, "/", "HEAD", 200),
                ("HEAD of nothing", public, "/x", "HEAD", 404),
                ("POST", public, "/", "POST", 405),
                ("PUT", close, "/metrics", "PUT", 405),
                ("DELETE", close, "/", "DELETE", 405),
                ("OPTIONS", close, "/", "OPTIONS", 405)):
            with self.subTest(says):
                answer = self.ask(host, path, method)
                self.assertEqual(answer.status, status)
                self.assertEqual(answer.getheader("Connection"), "close")
                self.assertEqual(answer.getheader("X-Content-Type-Options"),
                                 "nosniff")
                self.assertEqual(answer.text == "", method == "HEAD")
                if status == 405:
                    self.assertEqual(answer.getheader("Allow"), "GET, HEAD")

    def test_the_page_is_that_of_the_settings_in_force(self):
        site = self.site(page=True)
        for host in site.network.address(50), site.network.address(51):
            answer = self.ask(host, "/")
            printed = subprocess.run(
                site.guard.cli("policy-page"), capture_output=True,
                text=True, check=True).stdout
            # but for the day: midnight may come between
            day = re.compile(r", \d{4}-\d\d-\d\d\.")
            self.assertEqual(day.sub("", answer.text), day.sub("", printed))
            self.assertIn("a &lt;shop&gt;", answer.text)
            policy = answer.getheader("Content-Security-Policy")
            self.assertIn("default-src 'none'", policy)
            self.assertIn("frame-ancestors 'none'", policy)
            self.assertEqual(answer.getheader("Referrer-Policy"),
                             "no-referrer")
        etag = answer.getheader("ETag")
        for tags, status in ((etag, 304), ("W/" + etag, 304), ("*", 304),
                             (f'"x", {etag}', 304), ('"x"', 200)):
            again = self.ask(host, "/", headers={"If-None-Match": tags})
            self.assertEqual((again.status, again.text == ""),
                             (status, status == 304), tags)
        site.guard.settings["sender"] = "other@verify.test.example"
        site.guard.configure([])
        self.assertEqual(self.reload(site)["result"], "ok")
        again = self.ask(host, "/", headers={"If-None-Match": etag})
        self.assertEqual(again.status, 200)
        self.assertNotEqual(again.getheader("ETag"), etag)
        self.assertIn("other@verify.test.example", again.text)


class Rude(WebCase):
    def descriptors(self, site):
        return len(os.listdir(f"/proc/{site.probe.pid}/fd"))

    def raw(self, host, data=b""):
        sock = socket.create_connection((host, PORT), 120)
        self.addCleanup(sock.close)
        sock.sendall(data)
        return sock

    def test_slow_clients_hold_neither_door_nor_descriptors(self):
        site = self.site()
        host = site.network.address(50)
        before = self.descriptors(site)
        most = 0
        for i in range(400):
            self.raw(host, b"GET /metrics HTTP/1.1\r\nX-A: " if i % 2 else b"")
            if i % 50 == 0:
                self.assertEqual(self.ask(host, "/healthz").text, "ok\n")
                most = max(most, self.descriptors(site))
        self.assertEqual(self.ask(host, "/healthz").text, "ok\n")
        self.assertLess(most, before + 250)
        # and those that are left go as well, whatever they do
        wait_for("their end",
                 lambda: self.descriptors(site) <= before + 2, 60, 0.2)

    def test_an_octet_now_and_then_prolongs_nothing(self):
        site = self.site()
        sock = self.raw(site.network.address(50), b"GET / HTTP/1.1\r\nX: ")
        sock.settimeout(0.2)

        def is_over():
            try:
                sock.sendall(b"x")
                return sock.recv(10) == b""
            except socket.timeout:
                return False
            except OSError:
                return True
        wait_for("its end", is_over, 120, 0)

    def test_too_much_and_no_http(self):
        site = self.site()
        host = site.network.address(50)
        for says, data in (
                ("a long header", b"GET / HTTP/1.1\r\nX: " + b"a" * 20000
                 + b"\r\n\r\n"),
                ("many headers", b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 4000
                 + b"\r\n"),
                ("a long path", b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\n\r\n"),
                ("a body", b"GET / HTTP/1.1\r\nContent-Length: 10\r\n\r\n"
                 + b"0123456789"),
                ("a huge body", b"POST / HTTP/1.1\r\n"
                 b"Content-Length: 99999999999\r\n\r\n"),
                ("a chunked body", b"POST / HTTP/1.1\r\n"
                 b"Transfer-Encoding: chunked\r\n\r\nfffffff\r\n"),
                ("a negative length", b"POST / HTTP/1.1\r\n"
                 b"Content-Length: -5\r\n\r\n"),
                ("another protocol", b"EHLO a.example\r\n\r\n"),
                ("a method nobody knows", b"BREW / HTTP/1.1\r\n\r\n"),
                ("no version", b"GET /\r\n\r\n"),
                ("a great version", b"GET / HTTP/9.9\r\n\r\n"),
                ("CONNECT", b"CONNECT a.example:25 HTTP/1.1\r\n\r\n"),
                ("TRACE", b"TRACE / HTTP/1.1\r\n\r\n"),
                ("a star", b"OPTIONS * HTTP/1.1\r\n\r\n"),
                ("octets", bytes(range(256)) * 64)):
            with self.subTest(says):
                sock = self.raw(host)
                got = b""
                try:
                    sock.sendall(data)
                    while part := sock.recv(4096):
                        got += part
                except OSError:
                    pass
                self.assertNotIn(b" 200 ", got.split(b"\r\n")[0])
                self.assertEqual(self.ask(host, "/healthz").status, 200)


class Places(WebCase):
    def test_a_reload_moves_opens_and_closes(self):
        site = self.site()
        one, two = (site.network.address(n) for n in (50, 51))
        self.assertTrue(self.listens(one))
        self.place(site, two)
        self.assertEqual(self.reload(site)["result"], "ok")
        self.assertFalse(self.listens(one))
        self.assertEqual(self.ask(two).status, 200)
        self.place(site, one, two)          # they change places
        self.assertEqual(self.reload(site)["result"], "ok")
        self.place(site, two, one)
        self.assertEqual(self.reload(site)["result"], "ok")
        self.assertEqual([self.ask(h).status for h in (one, two)],
                         [404, 200])
        self.place(site, None)
        self.assertEqual(self.reload(site)["result"], "ok")
        self.assertFalse(self.listens(one) or self.listens(two))

    def test_a_place_that_is_taken_leaves_the_old_in_force(self):
        site = self.site()
        one, two = (site.network.address(n) for n in (50, 51))
        with self.taken(two):
            self.place(site, two)
            answer = self.reload(site)
            self.assertEqual(answer["result"], "error")
            self.assertIn(f"probe.metrics: cannot listen on {two}:{PORT}",
                          answer["text"])
            self.assertIn("another program listens there", answer["text"])
        self.assertEqual(self.ask(one).status, 200)

    def test_a_taken_place_is_an_error_at_start(self):
        site = self.site()
        two = site.network.address(51)
        site.guard.stop()
        with self.taken(two):
            self.place(site, site.network.address(50), two)
            done = subprocess.run(
                setpriv(PROBE_UID, SHARED_GID)
                + [site.workspace.file("bin", "rcptguard-probe"), "--config",
                   site.guard.config], capture_output=True, text=True,
                timeout=120, env={"RCPTGUARD_LOG": "stderr"}, check=False)
        self.assertEqual(done.returncode, 78, done.stderr)
        self.assertIn(f"probe.page: cannot listen on {two}:{PORT}",
                      done.stderr)
        self.assertIn('set it to ""', done.stderr)
        self.place(site, None)
        site.guard.start_probe()

    def test_one_place_for_both_is_an_error_in_the_file(self):
        site = self.site()
        one = site.network.address(50)
        self.place(site, one, one)
        answer = self.reload(site)
        self.assertEqual(answer["result"], "error")
        self.assertIn("the same place", answer["text"])
        self.assertEqual(self.ask(one).status, 200)


if __name__ == "__main__":
    tap.main()
