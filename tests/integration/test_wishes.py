#!/usr/bin/env python3
"""Other people's wishes: who asked not to be probed is not, from now on."""

import calendar
import html.parser
import json
import subprocess
import sys
import threading
import time
import unittest

import guard
from probe_site import ProbeSite, tap, wait_for

SCENARIO = """
host h1 at 11 pipelining rcpt known* ok rcpt slow* after 20s ok
host h2 at 12 pipelining rcpt known* ok rcpt slow* after 20s ok
host h3 at 21 pipelining rcpt known* ok
host mx1.big.example at 31 pipelining rcpt known* ok
domain a.example        mx 10 h1
domain sub.a.example    mx 10 h1
domain deep.sub.a.example mx 10 h1
domain b.example        mx 10 h1
domain c.example        mx 10 h2
domain d.example        mx 10 h3
domain e.example        mx 10 h1 mx 20 h2
domain big1.example     mx 10 mx1.big.example
domain big2.example     mx 10 mx1.big.example
""".strip()
EXCLUDED = ("not_checked", "excluded_by_request")
TAKEN = ("deliverable", "accepted")


class Balanced(html.parser.HTMLParser):
    """Fails where a tag is not closed in its place."""

    VOID = {"meta", "hr"}

    def read(self, page):
        self.open = []
        self.feed(page)
        self.close()
        if self.open:
            raise AssertionError(f"open at the end: {self.open}")

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            raise AssertionError(f"</{tag}> at {self.getpos()}")


class WishesCase(unittest.TestCase):
    SETTINGS = {}

    def setUp(self):
        self.site = ProbeSite(SCENARIO, reply_timeout="25s",
                              session_timeout="28s", **self.SETTINGS)
        self.addCleanup(self.site.close)
        self.number = 0

    def run_tool(self, *words, status=0, text=None):
        done = subprocess.run(self.site.guard.cli(*words), timeout=120,
                              capture_output=True, check=False, input=text,
                              encoding="utf-8")
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout if status == 0 else done.stderr

    def exclude(self, *words, **kw):
        return self.run_tool("exclude", *words, **kw)

    def listed(self):
        return [json.loads(line)["text"] for line in
                self.exclude("--list", "--json").splitlines()]

    def judged(self, domain, **attrs):
        """Of an address that was never asked for."""
        self.number += 1
        answer = self.site.verify(f"known{self.number}@{domain}",
                                  wait_ms="8000", **attrs)
        return answer["state"], answer["reason"]

    def connections(self):
        return sum(h["connections"]
                   for h in self.site.simnet.stats()["hosts"].values())

    def rcpts(self, domain):
        return [a for h in self.site.simnet.stats()["hosts"].values()
                for a in h["rcpts"] if a.endswith("@" + domain)]

    def address(self, number):
        return self.site.network.address(number)

    def restart(self):
        self.assertEqual(self.site.probe.stop(), 0)
        self.site.guard.start_probe()

    def never_dialled(self, *domains):
        before = self.connections()
        for domain in domains:
            self.assertEqual(self.judged(domain), EXCLUDED, domain)
            self.assertEqual(self.judged(domain, fresh="yes"), EXCLUDED)
        self.assertEqual(self.connections(), before)

    def asking(self, address):
        """A question whose answer is awaited in a thread."""
        found = []

        def ask():
            found.append(self.site.verify(address, wait_ms="30000"))
        thread = threading.Thread(target=ask)
        thread.start()
        self.addCleanup(thread.join)
        return thread, found

    def running(self, address):
        """A probe that its server holds up; its answer, in a thread."""
        thread, found = self.asking(address)
        wait_for("the question at its server",
                 lambda: self.rcpts(address.split("@")[1]))
        return thread, found


class Waiting(WishesCase):
    """The wish comes while a probe has no session yet."""

    SETTINGS = {"smtp_keys": "per_mx = 1;", "probe_keys": "parallel = 1;"}

    def waits_and_ends(self, domain, *words, goes_on=True):
        """The one session is slow1's; known1 of domain waits for it."""
        first, _ = self.running("slow1@b.example")
        thread, found = self.asking(f"known1@{domain}")
        wait_for("the other one to wait", lambda: self.site.status()
                 ["sessions"]["waiting"] == 1)
        self.exclude(*words)
        thread.join(12)                 # before the host answers
        self.assertTrue(found, "still waiting")
        self.assertEqual((found[0]["state"], found[0]["reason"]), EXCLUDED)
        self.assertEqual(first.is_alive(), goes_on)
        if goes_on:
            self.exclude("b.example")   # it has not to wait for its host
        first.join()
        self.site.idle()
        self.assertEqual(self.rcpts(domain), [])

    def test_for_a_session_of_its_host(self):
        self.waits_and_ends("a.example", "a.example")

    def test_for_any_session(self):
        self.waits_and_ends("c.example", "c.example")
        self.assertEqual(self.site.simnet.host("h2")["connections"], 0)

    def test_and_its_host_is_named(self):
        self.waits_and_ends("c.example", "mx:h2.*")
        self.assertEqual(self.site.simnet.host("h2")["connections"], 0)

    def test_and_the_host_of_both_is_named(self):
        self.waits_and_ends("a.example", self.address(11), goes_on=False)


class Wishes(WishesCase):
    def test_a_domain_alone(self):
        self.exclude("a.example", "--note", "asked by mail")
        self.never_dialled("a.example")
        self.assertEqual(self.rcpts("a.example"), [])
        self.assertEqual(self.judged("sub.a.example"), TAKEN)
        self.assertEqual(self.judged("b.example"), TAKEN)

    def test_a_domain_and_what_is_below_it(self):
        self.exclude(".a.example")
        self.never_dialled("a.example", "sub.a.example", "deep.sub.a.example")
        self.assertEqual(self.judged("b.example"), TAKEN)

    def test_mail_hosts_by_name(self):
        self.exclude("mx:*.big.example")
        self.never_dialled("big1.example", "big2.example")
        self.assertEqual(self.judged("b.example"), TAKEN)

    def test_a_mail_host_by_address_and_none_instead_of_it(self):
        self.assertEqual(self.judged("e.example"), TAKEN)
        self.exclude(self.address(11))
        self.site.idle()
        self.never_dialled("a.example", "b.example", "e.example")
        self.assertEqual(self.judged("c.example"), TAKEN)

    def test_mail_hosts_by_network(self):
        net = self.address(8).rsplit(".", 1)[0] + ".8/29"
        self.exclude(net)
        self.assertEqual(self.listed(), [net])
        self.never_dialled("a.example", "c.example")
        self.assertEqual(self.judged("d.example"), TAKEN)

    def test_what_was_known_is_not_told_any_more(self):
        self.assertEqual(self.site.verify("known@a.example")["state"],
                         "deliverable")
        wait_for("the verdict in the store",
                 lambda: self.site.guard.stored("known@a.example"))
        self.exclude("a.example")
        # the milter reads the store itself: nothing of the domain is there
        self.assertIsNone(self.site.guard.stored("known@a.example"))
        answer = self.site.verify("known@a.example")
        self.assertEqual((answer["state"], answer["reason"]), EXCLUDED)

    def ends_at_once(self, *words):
        thread, found = self.running("slow@a.example")
        self.exclude(*words)
        thread.join(12)         # before its host would answer
        self.assertTrue(found, "still running")
        self.assertEqual((found[0]["state"], found[0]["reason"]), EXCLUDED)
        wait_for("the session's end",
                 lambda: self.site.simnet.host("h1")["open"] == 0, 12)
        wait_for("the log's line", lambda: "is in force after"
                 in self.site.probe.output())
        self.never_dialled("a.example")

    def test_a_probe_under_way_to_an_excluded_domain(self):
        self.ends_at_once("a.example")

    def test_a_probe_under_way_to_an_excluded_host(self):
        self.ends_at_once("mx:h1.*")

    def test_a_probe_under_way_to_an_excluded_address(self):
        self.ends_at_once(self.address(11))

    def test_two_at_once_end_the_sessions_of_each(self):
        found = [self.running(f"slow@{d}.example") for d in "ac"]
        with self.site.wire() as wire:
            wire.sock.sendall(b"".join(
                wire.message("exclude", id=what, do="add", what=what)
                for what in ("mx:h1.*", "mx:h2.*")))
            for _ in found:
                self.assertNotIn("error", wire.answer())
        for thread, answers in found:
            thread.join(12)
            self.assertEqual((answers[0]["state"], answers[0]["reason"]),
                             EXCLUDED)
        for host in ("h1", "h2"):
            wait_for(f"the end of the session to {host}", lambda host=host:
                     self.site.simnet.host(host)["open"] == 0, 12)

    def test_others_on_the_way_to_the_same_host_go_on(self):
        thread, found = self.running("slow1@b.example")
        self.exclude("a.example")
        self.assertTrue(thread.is_alive())
        self.exclude("b.example")
        thread.join(12)
        self.assertEqual((found[0]["state"], found[0]["reason"]), EXCLUDED)

    def test_taken_back(self):
        self.exclude("a.example", "mx:h2.*", self.address(21))
        self.never_dialled("a.example", "c.example", "d.example")
        for entry in ("A.example", "mx:h2.*", self.address(21)):
            self.exclude("--remove", entry)
        self.assertEqual(self.listed(), [])
        for domain in ("a.example", "c.example", "d.example"):
            self.assertEqual(self.judged(domain), TAKEN)
        self.assertIn("no such exclusion",
                      self.exclude("--remove", "a.example", status=65))

    def test_over_a_restart(self):
        self.exclude(".a.example", "--ticket", "T-1", "--note", "n")
        self.exclude("mx:h2.*")
        self.exclude("d.example")
        self.exclude("--remove", "d.example")
        before = self.exclude("--list", "--json")
        one = json.loads(before.splitlines()[0])
        self.assertEqual((one["ticket"], one["note"], one["uid"]),
                         ("T-1", "n", 0))
        since = calendar.timegm(time.strptime(one["since"][:19],
                                              "%Y-%m-%dT%H:%M:%S"))
        self.assertLess(abs(since - time.time()), 3600)
        self.restart()
        self.assertEqual(self.exclude("--list", "--json"), before)
        self.assertEqual(sorted(self.listed()), [".a.example", "mx:h2.*"])
        self.never_dialled("sub.a.example", "c.example")
        self.assertEqual(self.judged("d.example"), TAKEN)

    def test_killed_right_after_the_answer(self):
        self.exclude("a.example")
        self.site.probe.child.kill()
        self.site.probe.child.wait()
        self.site.guard.start_probe()
        self.never_dialled("a.example")

    def test_until(self):
        self.assertIn("no time to come", self.exclude(
            "a.example", "--until", "2001-01-01", status=64))
        self.exclude("a.example", "--until", "2099-12-31")
        self.never_dialled("a.example")
        self.assertIn("until 2099-12-31", self.exclude("--list"))

    def test_until_a_span_is_over(self):
        self.exclude("a.example", "--until", "30d")
        end = json.loads(self.exclude("--list", "--json"))["until"]
        self.assertRegex(end, guard.TIME)
        left = calendar.timegm(time.strptime(end[:19], "%Y-%m-%dT%H:%M:%S"))
        self.assertGreater(left, time.time() + 29 * 86400)

    def test_out_as_text_and_in_again(self):
        path = self.site.workspace.file("wishes.txt")
        self.exclude("a.example", "--note", "a wish, \"quoted\" = plain",
                     "--ticket", "T-1", "--until", "2099-12-31 12:00")
        self.exclude("mx:*.big.example", "2001:db8::/32", ".sub.example")
        before = [{k: v for k, v in json.loads(line).items() if k != "since"}
                  for line in self.exclude("--list", "--json").splitlines()]
        self.exclude("--export", path)
        for entry in self.listed():
            self.exclude("--remove", entry)
        self.assertIn("4 exclusions", self.exclude("--import", path))
        after = [{k: v for k, v in json.loads(line).items() if k != "since"}
                 for line in self.exclude("--list", "--json").splitlines()]
        self.assertEqual(after, before)

    def test_many_are_listed_whole(self):
        names = [f"n{i}.example" for i in range(130)]
        text = "# a comment\n\n" + "\n".join(names) + "\n"
        self.exclude("--import", "-", text=text)
        self.assertEqual(self.listed(), names)

    def test_what_is_wrong_is_said_and_where(self):
        for wrong, says in (("bob@a.example", "mailbox"), ("com", "one label"),
                            ("192.0.2.1/24", "host bits"),
                            ("mx:*", "every mail host"),
                            ("0.0.0.0/0", "whole Internet")):
            self.assertIn(says, self.exclude(wrong, status=65))
        self.assertEqual(self.listed(), [])
        told = self.exclude("--import", "-", status=65,
                            text="a.example\n\nb.example\tuntil=soon\n")
        self.assertIn("-:3: its until= is no time", told)
        self.assertEqual(self.listed(), ["a.example"])

    def complaints(self):
        return [json.loads(line) for line in
                self.run_tool("complaint", "list", "--json").splitlines()]

    def test_a_complaint_from_open_to_closed(self):
        self.site.verify("known@a.example")
        wait_for("the log's line", self.site.guard.verdicts)
        logged = self.site.guard.verdicts()[0]["id"]
        self.run_tool("complaint", "add", "--from", "bob@a.example",
                      "--about", "a.example", "--text", "stop <this>",
                      "--exclude")
        self.never_dialled("a.example")
        (one,) = self.complaints()
        self.assertEqual(
            [one[k] for k in ("from", "about", "text", "state", "exclusion")],
            ["bob@a.example", "a.example", "stop <this>", "open",
             "a.example"])
        self.assertIn({"id": logged}, one["verdicts"])
        wish = json.loads(self.exclude("--list", "--json"))
        self.assertEqual(wish["ticket"], one["id"])
        self.assertNotIn("until", wish)
        for at in (one["at"], one["changed_at"], wish["since"]):
            self.assertRegex(at, guard.TIME)
        self.run_tool("complaint", "answer", one["id"])
        self.assertEqual(self.complaints()[0]["state"], "answered")
        self.restart()
        self.run_tool("complaint", "close", one["id"])
        self.assertEqual(self.complaints()[0]["state"], "closed")
        with open(self.site.workspace.file("state", "verdicts.mdb"),
                  "rb") as file:
            self.assertNotIn(b"stop <this>", file.read())

    def run_json(self, command):
        done = subprocess.run(self.site.guard.cli(*command.split(), "--json"),
                              timeout=120, capture_output=True, check=False)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def times_in(self, value):
        """The times in a value, however deep."""
        if isinstance(value, list):
            return [t for one in value for t in self.times_in(one)]
        if not isinstance(value, dict):
            return []
        own = [v for k, v in value.items() if k.endswith("_at")
               or k in ("at", "began", "since", "time", "until")]
        return own + self.times_in(list(value.values()))

    def test_times_in_json_have_one_form(self):
        self.site.verify("known@b.example")
        self.exclude("a.example", "--until", "30d")
        self.run_tool("override", "add", "--state", "risky", "--until",
                      "30d", "c.example")
        self.run_tool("complaint", "add", "--from", "bob@a.example",
                      "--about", "a.example", "--text", "stop")
        for command in ("exclude --list", "override list", "complaint list",
                        "preflight", "status", "log",
                        "explain known@b.example", "explain x@c.example",
                        "cache get known@b.example", "check x@c.example",
                        "incident"):
            with self.subTest(command):
                times = self.times_in(self.run_json(command))
                self.assertNotEqual(times, [])
                for at in times:
                    self.assertRegex(str(at), guard.TIME)

    def test_a_wrong_complaint_is_no_complaint(self):
        self.run_tool("complaint", "add", "--from", "x@a.example", status=64)
        self.run_tool("complaint", "add", "--from", "x@a.example",
                      "--about", "com", "--text", "t", status=65)
        for who in ("bob", "bob@", "Bob <bob@a.example>", "", "Unknown"):
            self.assertIn(f'--from "{who}" is no address; write one such as',
                          self.run_tool("complaint", "add", "--from", who,
                                        "--about", "a.example", "--text",
                                        "t", "--exclude", status=64))
        with self.site.wire() as wire:
            self.assertEqual(wire.ask(
                "complaint", do="add", what="0" * 16, about="a.example",
                text="t", exclusion="", **{"from": "bob"})["error"], "usage")
        self.run_tool("complaint", "close", "0" * 16, status=65)
        self.assertEqual(self.complaints(), [])
        self.assertEqual(self.listed(), [])

    def test_a_complaint_by_telephone(self):
        self.run_tool("complaint", "add", "--from", "unknown", "--about",
                      "a.example", "--text", "a call at noon")
        self.assertEqual(self.complaints()[0]["from"], "unknown")

    def test_a_list_is_noticed_and_no_longer_probed(self):
        self.site.guard.settings["budget"] = (
            'true; all = ""; source = ""; provider = ""; domain = ""; '
            'mail_host = ""; warmup = ""; spacing = "0s"')
        self.site.guard.configure([guard.guard()])
        with self.site.wire() as wire:
            self.assertEqual(wire.ask("reload")["result"], "ok")
        reasons = [self.site.verify(f"known{i:04}@b.example", guard="shop",
                                    wait_ms="8000")["reason"]
                   for i in range(210)]
        self.assertEqual(set(reasons[:190]), {"accepted"})
        self.assertEqual(set(reasons[201:]), {"submitter_not_allowed"})
        seen = len(self.rcpts("b.example"))
        self.assertEqual(self.site.verify("knownx@b.example", guard="shop")
                         ["reason"], "submitter_not_allowed")
        self.assertEqual(len(self.rcpts("b.example")), seen)
        # what is known is told; another submitter is served; said once
        self.assertEqual(self.site.verify("known0001@b.example", guard="shop")
                         ["reason"], "accepted")
        self.assertEqual(self.site.verify("knowny@b.example", guard="forum")
                         ["reason"], "accepted")
        self.assertEqual(self.site.probe.output().count(
            "looks like a list"), 1)

    def test_the_page_is_well_formed_and_says_who_and_how(self):
        page = self.run_tool("policy-page")
        Balanced().read(page)
        for says in ("verify.test.example", "postmaster@verify.test.example",
                     "no message is ever sent", "signing up",
                     "How to be left alone"):
            self.assertIn(says, page)
        path = self.site.workspace.file("policy.html")
        self.run_tool("policy-page", "--out", path)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), page)

    def test_the_page_names_sources_and_purposes_and_promises_nothing(self):
        settings = self.site.guard.settings
        settings["identity_keys"] = (
            'sources = ( { address = "192.0.2.7"; since = "2026-01-15"; }, '
            '{ address = "2001:db8::25"; helo = "v6.test.example"; } );')
        self.site.guard.configure(
            ['{ name = "shop"; purpose = "accounts at the <shop>"; }',
             '{ name = "forum"; purpose = "logins of the forum"; }'])
        page = self.run_tool("policy-page")
        Balanced().read(page)
        for says in ("192.0.2.7", "2001:db8::25", "v6.test.example",
                     "2026-01-15", "accounts at the &lt;shop&gt;",
                     "logins of the forum",
                     "no answer is a guarantee that mail arrives"):
            self.assertIn(says, page)

    def test_what_the_page_shows_is_escaped(self):
        settings = self.site.guard.settings
        settings["sender"] = "a'b&c@verify.test.example"
        self.site.guard.configure([guard.guard()])
        page = self.run_tool("policy-page")
        Balanced().read(page)
        self.assertIn("a&#39;b&amp;c@verify.test.example", page)
        self.assertNotIn("a'b", page)

    def test_a_verdict_names_the_policy_that_was_in_force(self):
        answer = self.site.verify("known@b.example", evidence="yes")
        version = self.run_tool("policy-page", "--policy-version").strip()
        self.assertEqual(json.loads(answer["evidence"])["policy"], version)
        self.assertIn(f"Policy version {version}",
                      self.run_tool("policy-page"))
        self.site.guard.settings["reply_timeout"] = "9s"
        self.site.guard.settings["sender"] = "other@verify.test.example"
        self.site.guard.configure([guard.guard()])
        with self.site.wire() as wire:
            self.assertEqual(wire.ask("reload")["result"], "ok")
        answer = self.site.verify("known2@b.example", evidence="yes")
        newer = json.loads(answer["evidence"])["policy"]
        self.assertNotEqual(newer, version)
        self.assertEqual(
            self.run_tool("policy-page", "--policy-version").strip(), newer)


if __name__ == "__main__":
    if guard.missing():
        print(f"Bail out! {guard.missing()}; RCPTGUARD_BUILD names the build")
        sys.exit(1)
    tap.main()
