#!/usr/bin/env python3
"""The age of our own domain and of recipients', as an RDAP server says."""

import collections
import datetime
import http.server
import json
import os
import socket
import ssl
import subprocess
import threading
import unittest

from probe_site import ProbeSite, tap, wait_for
import certificate

SCENARIO = """
host out pipelining rcpt alice ok rcpt bob ok rcpt info ok
host ours pipelining rcpt postmaster ok rcpt abuse ok rcpt probe ok
domain fresh.example mx 10 out
domain a.fresh.example mx 10 out
domain old.example mx 10 out
domain us.example mx 10 ours txt "v=spf1 ip4:NET.200 -all"
domain _dmarc.us.example txt "v=DMARC1; p=none"
domain verify.us.example a NET.200
domain rdap.us.example a NET.97
domain inner.us.example a 127.0.0.1
domain 200.REV.in-addr.arpa ptr verify.us.example
"""


def day(age):
    at = (datetime.datetime.now(datetime.timezone.utc)
          - datetime.timedelta(days=age, minutes=5))
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def about(name, age):
    return {"objectClassName": "domain", "ldhName": name, "events": [
        {"eventAction": "registration", "eventDate": day(age)},
        {"eventAction": "last changed", "eventDate": day(0)}]}


class Rdap:
    """Ages by domain; the first part of a path is a habit."""

    def __init__(self, address, context=None):
        self.ages, self.asked = {}, collections.Counter()
        self.places = {}        # where a habit redirects to, with {name}
        self.most, self.open = 0, 0
        self.go = threading.Event()
        self.go.set()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.answer(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((address, 0), Handler)
        self.port = self.server.server_port
        self.url = f"http://{address}:{self.port}"
        if context:
            self.server.socket = context.wrap_socket(
                self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def answer(self, request):
        _, habit, name = request.path.split("/")
        self.open += 1
        self.most = max(self.most, self.open)
        self.asked[name] += 1
        self.go.wait(20)
        self.open -= 1
        if habit == "drop":
            return
        if habit in self.places:
            self.redirect(request, self.places[habit].format(name=name))
            return
        status, body = 200, json.dumps(about(name, self.ages.get(name, 0)))
        if name not in self.ages or habit == "404":
            status, body = 404, json.dumps({"errorCode": 404})
        elif habit == "garbage":
            body = body[:-3]
        elif habit == "other":
            body = json.dumps(about("other.example", 1))
        elif habit == "huge":
            body += " " * 70000
        request.send_response(status)
        request.send_header("Content-Type", "application/rdap+json")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        try:
            request.wfile.write(body.encode())
        except OSError:
            pass

    @staticmethod
    def redirect(request, place):
        request.send_response(302)
        if place:
            request.send_header("Location", place)
        request.send_header("Content-Length", "0")
        request.end_headers()

    def close(self):
        self.go.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class Site(ProbeSite):
    def build(self, scenario, settings):
        reverse = ".".join(reversed(self.network.prefix.split(".")))
        self.rdap = Rdap(self.network.address(98))
        self.workspace.at_end(self.rdap.close)
        self.rdap.ages.update(settings.pop("ages", {}))
        self.habit = "domain"
        self.keys = settings.pop("keys", {})
        self.settings()
        zones = self.workspace.write("", "dnsbl.conf", mode=0o644)
        settings = {
            "helo": "verify.us.example", "sender": "probe@us.example",
            "identity_keys": f'blocklists = "{zones}"; sources = '
            f'( {{ address = "{self.network.address(200)}"; '
            'since = "2020-01-01"; } );', **settings}
        super().build(scenario.replace("NET", self.network.prefix).replace(
            "REV", reverse), settings)

    def settings(self, habit="domain"):
        url = f"{self.rdap.url}/{habit}/"
        groups = "".join(f"{group}: {{ {text.replace('URL', url)} }};\n"
                         for group, text in self.keys.items())
        self.workspace.write(groups, self.workspace.directory("conf.d"),
                             "rdap.conf")

    def reload(self, habit):
        self.settings(habit)
        with self.wire() as wire:
            answer = wire.ask("reload")
        assert answer["result"] == "ok", answer

    def age(self):
        report = self.guard.ask_tool("preflight", "--json")
        return [c for c in report["checks"] if c["name"] == "domain_age"][0]


class Own(unittest.TestCase):
    def open(self, age, **settings):
        ages = {"us.example": age} if age is not None else {}
        site = Site(SCENARIO, ages=ages,
                    keys={"identity": 'rdap = "URL";'},
                    **{"preflight": "enforce", "budget": "true", **settings})
        self.addCleanup(site.close)
        return site

    def test_of_the_first_week_sends_nothing_and_is_asked_for_once(self):
        site = self.open(3)
        for _ in range(3):
            found = site.age()
            self.assertEqual((found["result"], found["text"]),
                             ("fail", "us.example is 3 days old"))
        answer = site.verify("alice@old.example")
        self.assertEqual(answer["reason"], "preflight_failed", answer)
        for host in ("out", "ours"):
            self.assertEqual(site.simnet.host(host)["connections"], 0)
        site.idle()
        site.guard.stop()
        site.guard.start_probe()
        self.assertEqual(site.age()["result"], "fail")
        self.assertEqual(site.rdap.asked, {"us.example": 1})

    def test_of_the_second_week_is_held(self):
        site = self.open(10)
        self.assertEqual(site.age()["result"], "warn")
        answer = site.verify("alice@old.example")
        self.assertEqual(answer["reason"], "accepted", answer)
        self.assertTrue(site.status()["budget"]["sources"][0]["held"])

    def test_an_old_one_is_free(self):
        site = self.open(4000)
        self.assertEqual(site.age()["text"], "us.example is 4000 days old")
        site.verify("alice@old.example")
        self.assertFalse(site.status()["budget"]["sources"][0]["held"])

    def test_without_an_answer_nothing_is_stopped(self):
        site = self.open(3, preflight="enforce")
        for habit, note in (
                ("404", "HTTP 404"), ("garbage", "no JSON object"),
                ("other", "another domain"), ("huge", "more than 64 KiB"),
                ("drop", "gave no answer")):
            with self.subTest(habit):
                found = self.found_by(site, habit)
                self.assertEqual(found["result"], "skipped", found)
                self.assertIn("is not known: ", found["text"])
                self.assertIn(note, found["text"])
                asked = site.rdap.asked["us.example"]
                self.assertEqual(site.age()["result"], "skipped")
                self.assertEqual(site.rdap.asked["us.example"], asked)
                answer = site.verify("alice@old.example", fresh="yes")
                self.assertEqual(answer["reason"], "accepted", answer)

    def found_by(self, site, habit):
        """What was known is of another server, and would stay known."""
        site.guard.stop()
        site.settings(habit)
        self.forget(site)
        site.guard.start_probe()
        return site.age()

    @staticmethod
    def trusting(cert):
        """A system whose CA store is this certificate alone."""
        store = os.path.realpath(ssl.get_default_verify_paths().openssl_capath)
        name = subprocess.run(
            ["openssl", "x509", "-hash", "-noout", "-in", cert],
            capture_output=True, check=True, text=True).stdout.strip() + ".0"
        return ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none "$1" && '
                'install -m 644 "$2" "$1/$3" && shift 3 && exec "$@"', "sh",
                store, cert, name]

    def registry(self, site):
        """Another server, over TLS, that a redirect may lead to."""
        cert, key = certificate.make(site.workspace.directory("tls"), "rdap",
                                     ["rdap.us.example"])
        site.guard.around = self.trusting(cert)
        rdap = Rdap(site.network.address(97),
                    certificate.context((cert, key)))
        site.workspace.at_end(rdap.close)
        rdap.ages["us.example"] = 4000
        rdap.url = f"https://rdap.us.example:{rdap.port}"
        rdap.places = {"hop1": "/domain/{name}", "hop2": "/hop1/{name}",
                       "hop3": "/hop2/{name}"}
        return rdap

    def test_redirects_are_followed_to_https_and_no_further(self):
        site = self.open(3)
        registry = self.registry(site)
        stranger = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(stranger.close)
        port = stranger.getsockname()[1]
        by_address = f"https://{site.network.address(97)}:{registry.port}"
        for place, note in (
                (registry.url + "/domain/{name}", None),
                (registry.url + "/hop2/{name}", None),
                (registry.url + "/hop3/{name}", "more than 3 times"),
                ("/domain/{name}", "is not https"),
                (site.rdap.url + "/domain/{name}", "is not https"),
                ("ftp://rdap.us.example/{name}", "names no https URL"),
                ("", "names no place"),
                (registry.url + "/404/{name}", "HTTP 404"),
                (by_address + "/domain/{name}", "address mismatch"),
                (f"https://127.0.0.1:{port}/", "(127.0.0.1) is not asked"),
                (f"https://localhost:{port}/", "is not asked"),
                (f"https://inner.us.example:{port}/", "is not asked")):
            with self.subTest(place):
                site.rdap.places["moved"] = place
                found = self.found_by(site, "moved")
                if note is None:
                    self.assertEqual(found["text"],
                                     "us.example is 4000 days old")
                else:
                    self.assertEqual(found["result"], "skipped", found)
                    self.assertIn(note, found["text"])
        stranger.setblocking(False)
        self.assertRaises(BlockingIOError, stranger.accept)

    @staticmethod
    def forget(site):
        """The probe that reads settings anew has an empty store."""
        for name in ("verdicts.mdb", "verdicts.mdb-lock"):
            os.remove(site.workspace.file("state", name))


class Recipients(unittest.TestCase):
    KEYS = {"lists": 'rdap = "URL"; too_new = "30d";'}

    def open(self, keys):
        site = Site(SCENARIO, keys=keys,
                    ages={"fresh.example": 5, "old.example": 900})
        self.addCleanup(site.close)
        return site

    def asked(self, site, address):
        answer = site.verify(address, fresh="yes", wait_ms=10000)
        return answer["state"], answer["reason"]

    def test_a_young_domain_is_risky_once_it_is_known(self):
        site = self.open(self.KEYS)
        site.rdap.go.clear()
        # The server has not answered, and nobody waits for it.
        self.assertEqual(self.asked(site, "alice@a.fresh.example"),
                         ("deliverable", "accepted"))
        self.assertEqual(self.asked(site, "bob@fresh.example"),
                         ("deliverable", "accepted"))
        site.rdap.go.set()
        wait_for("age", lambda: self.asked(
            site, "alice@a.fresh.example") == ("risky", "domain_too_new"))
        self.assertEqual(self.asked(site, "bob@fresh.example"),
                         ("risky", "domain_too_new"))
        # That nobody is there is worse, and a role is a role.
        self.assertEqual(self.asked(site, "nobody@fresh.example"),
                         ("undeliverable", "no_such_user"))
        self.asked(site, "alice@old.example")
        wait_for("question", lambda: site.rdap.asked["old.example"])
        self.assertEqual(self.asked(site, "alice@old.example"),
                         ("deliverable", "accepted"))
        self.assertEqual(site.rdap.asked,
                         {"fresh.example": 1, "old.example": 1})
        self.assertEqual(site.rdap.most, 1)
        # It is remembered over a restart.
        site.idle()
        site.guard.stop()
        site.guard.start_probe()
        self.assertEqual(self.asked(site, "bob@fresh.example"),
                         ("risky", "domain_too_new"))
        self.assertEqual(site.rdap.asked["fresh.example"], 1)

    def test_it_is_not_asked_for_by_itself(self):
        site = self.open({"lists": 'rdap = "URL";'})
        self.assertEqual(self.asked(site, "alice@fresh.example"),
                         ("deliverable", "accepted"))
        self.assertEqual(self.asked(site, "bob@fresh.example"),
                         ("deliverable", "accepted"))
        site.idle()
        self.assertEqual(site.rdap.asked, {})


if __name__ == "__main__":
    tap.main()
