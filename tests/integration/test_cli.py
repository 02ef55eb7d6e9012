#!/usr/bin/env python3
"""The admin's command, before real daemons, a real Postfix and a simnet."""

import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import threading

import harness
from guard import SHARED_GID as GID
from processes import setpriv, wait_for
from tool import CONTROL, Tool, text_of

NAMES = ["time", "id", "address", "role", "state", "reason", "source",
         "age_s", "took_ms", "evidence"]
MAN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..",
                   "cli", "rcptguard.8")
COMMANDS = ["check", "explain", "log", "report", "status", "cache",
            "exclude", "override", "complaint", "list", "canary",
            "policy-page", "config", "reload", "classify", "preflight",
            "source", "listing", "incident", "learn"]


class Check(Tool):
    ROWS = [
        ("a good address", ["alice@good.example"], 0),
        ("an unknown user", ["no@good.example"], 1),
        ("a null MX", ["a@null.example"], 1),
        ("no address at all", ["no address"], 1),
        ("what no request can carry", ["a\nb@good.example"], 1),
        ("a full mailbox", ["full@good.example"], 2),
        ("DNS out of order", ["a@fail.example"], 3),
        ("a greylisting host", ["grey@good.example"], 3),
        ("a probe that takes longer", ["--wait", "0s", "slow0@good.example"],
         3),
        ("bad is worse than all", ["alice@good.example", "no@good.example",
                                   "a@fail.example", "full@good.example"], 1),
        ("unknown is worse than risky", ["full@good.example",
                                         "a@fail.example"], 3),
        ("risky is worse than good", ["full@good.example",
                                      "alice@good.example"], 2),
        ("no address given", [], 64),
        ("a wait too long", ["--wait", "61s", "alice@good.example"], 64),
        ("a wait that is none", ["--wait", "soon", "alice@good.example"], 64),
        ("no such option", ["--slow", "alice@good.example"], 64),
    ]

    def test_exit_status(self):
        for says, words, status in self.ROWS:
            with self.subTest(says):
                done = self.tool("check", *words)
                self.assertEqual(done.returncode, status,
                                 done.stdout + done.stderr)

    def test_json_has_the_names_of_the_log_in_the_order_given(self):
        addresses = ["no1@good.example", "alice@good.example",
                     "slow1@good.example", "full@good.example"]

        def asked():
            """With its evidence, which is stored a moment after a verdict."""
            done = self.tool("check", "--json", *addresses)
            told = [json.loads(line) for line in done.stdout.splitlines()]
            return told if all("evidence" in v for v in told) else None
        verdicts = wait_for("the evidence", asked)
        self.assertEqual([v["address"] for v in verdicts], addresses)
        self.assertEqual([v["state"] for v in verdicts],
                         ["undeliverable", "deliverable", "deliverable",
                          "risky"])
        for verdict in verdicts:
            self.assertEqual(list(verdict), NAMES)

    def test_many_at_once(self):
        addresses = [f"u{n}@good.example" for n in range(150)]
        done = self.tool("check", "--json", *addresses)
        self.assertEqual([json.loads(line)["address"]
                          for line in done.stdout.splitlines()], addresses)
        self.assertEqual(done.returncode, 1)

    def test_the_id_is_that_of_the_log_line(self):
        out = self.good("check", "bob@good.example")
        ident = re.search(r"rcptguard explain ([0-9a-z]{16})", out)[1]
        verdict = wait_for("line of the check", lambda: next(
            (v for v in self.site.guard.verdicts() if v["id"] == ident), None))
        self.assertEqual((verdict["address"], verdict["state"]),
                         ("bob@good.example", "deliverable"))
        self.assertIn("asked by", self.good("explain", ident))

    def test_fresh_asks_again(self):
        self.good("check", "alice@other.example")
        self.assertEqual(self.lines("check", "--json", "alice@other.example")
                         [0]["source"], "store")
        self.assertEqual(self.lines("check", "--json", "--fresh",
                                    "alice@other.example")[0]["source"],
                         "probe")

    def test_what_a_host_says_never_reaches_the_terminal(self):
        for words in (["check"], ["check", "--json"], ["explain"],
                      ["explain", "--json"]):
            with self.subTest(words[0] + " ".join(words[1:])):
                # the story is in the store a moment after the verdict
                out = harness.wait_for("the host's words", lambda: [
                    o for o in [self.tool(*words, "colour@good.example")
                                .stdout] if "31mred" in o])[0]
                self.assertNotRegex(out, CONTROL)


class Explain(Tool):
    def test_at_once_after_a_check(self):
        """What is not on the disk yet is waited for."""
        out = self.tool("check", "soon@good.example").stdout
        ident = re.search(r"rcptguard explain ([0-9a-z]{16})", out)[1]
        self.assertIn("soon@good.example", self.good("explain", ident))
        self.tool("check", "sooner@good.example")
        self.assertIn("undeliverable",
                      self.good("explain", "sooner@good.example"))

    def test_an_address(self):
        self.decided("who@good.example")
        out = self.good("explain", "who@good.example")
        for words in ("who@good.example: undeliverable (no_such_user)",
                      "has no such mailbox", "MX good.example: 10 mx1",
                      "-->  RCPT TO:<who@good.example>", "<--  550 5.1.1",
                      "rule", "ask again", "valid until",
                      "store.negative_refresh"):
            self.assertIn(words, out)

    def test_a_decision_by_the_id_in_its_reply(self):
        reply = self.site.rcpt("refused@good.example")
        ident = self.site.verdict("refused@good.example")["id"]
        self.assertIn(ident, reply.text)
        out = self.good("explain", ident)
        for words in (f"Decision {ident}", "signup (enforce)", "reject",
                      "no-reply@shop.example",
                      "-->  RCPT TO:<refused@good.example>"):
            self.assertIn(words, out)

    def test_json(self):
        verdict = self.decided("json@good.example")
        story = json.loads(self.good("explain", "--json", verdict["id"]))
        self.assertEqual(story["decision"], verdict)
        self.assertEqual(story["verdict"]["reason"], "no_such_user")
        story = json.loads(self.good("explain", "--json",
                                     "json@good.example"))
        self.assertEqual(story["verdict"]["evidence"]["code"], 550)
        self.assertIn("expire_at", story["verdict"])

    def test_a_decision_whose_line_was_rotated_away(self):
        verdict = self.decided("rotated@good.example")
        os.rename(self.log, self.log + ".1")
        self.good("reload")
        self.assertIn("rotated@good.example",
                      self.good("explain", verdict["id"]))

    def test_an_address_that_only_the_log_knows(self):
        self.decided("forgotten@good.example")
        self.good("cache", "purge", "forgotten@good.example")
        out = self.good("explain", "forgotten@good.example")
        self.assertIn("Decision", out)
        self.assertIn("-->  RCPT TO:<forgotten@good.example>", out)

    def test_what_is_not_known_is_said(self):
        self.assertIn("rcptguard check",
                      self.bad(1, "explain", "stranger@good.example"))
        self.assertIn(self.log,
                      self.bad(1, "explain", "0123456789abcdef"))
        self.assertIn("neither an id", self.bad(64, "explain", "0123"))

    def test_a_hostile_log(self):
        verdict = self.decided("hostile@good.example")
        self.addCleanup(self.good, "reload")
        self.addCleanup(os.rename, self.log, self.log + ".hostile")
        line = dict(verdict, id="hostile000000000",
                    address="\x9b31m\x1b[2J@good.example\n",
                    guard="\x1b]0;title\x07")
        with open(self.log, "ab") as file:
            file.write(b"\x1b[2J{}\n" + b"x" * 100000 + b"\n[]\n\x00\n")
            file.write(json.dumps(line).encode() + b"\n")
            file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        for words in (["explain", "hostile000000000"],
                      ["explain", "--json", "hostile000000000"], ["log"],
                      ["log", "--json"], ["log", "-n", "5"]):
            with self.subTest(" ".join(words)):
                done = self.tool(*words)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn("31m", done.stdout)
                self.assertNotRegex(done.stdout + done.stderr, CONTROL)
        self.assertIn("hostile@good.example",
                      self.good("explain", verdict["id"]))


class Log(Tool):
    def rows(self, *words):
        """The table's rows, cell by cell, without its head."""
        return [re.split(r"  +", line)
                for line in self.good("log", *words).splitlines()[1:]]

    def test_filters(self):
        good = self.decided("bob@good.example")
        self.site.rcpt("gone@other.example", addr="192.0.2.7")
        self.site.verdict("gone@other.example")
        for says, words, found in [
                ("all", [], {"bob", "gone"}),
                ("by guard", ["--guard", "signup"], {"bob", "gone"}),
                ("by no guard", ["--guard", "nosuch"], set()),
                ("by state", ["--state", "deliverable"], {"bob"}),
                ("by reason", ["--reason", "no_such_user"], {"gone"}),
                ("by action", ["--action", "reject"], {"gone"}),
                ("by client", ["--client", "192.0.2.0/24"], {"gone"}),
                ("by address", ["--address", "BOB@good.example"],
                 {"bob"}),
                ("by domain", ["--address", "@other.example"], {"gone"}),
                ("since an hour", ["--since", "1h"], {"bob", "gone"}),
                ("until an hour ago", ["--until", "1h"], set()),
                ("since its very time", ["--since", good["time"],
                                         "--state", "deliverable"],
                 {"bob"}),
                ("until its very time", ["--until", good["time"],
                                         "--state", "deliverable"], set()),
                ("two at once", ["--state", "deliverable", "--address",
                                 "@other.example"], set())]:
            with self.subTest(says):
                names = {v["address"].split("@")[0]
                         for v in self.lines("log", "--json", *words)}
                self.assertEqual(names & {"bob", "gone"}, found)

    def test_wrong_filters_are_said(self):
        for words in (["--since", "then"], ["--state", "fine"],
                      ["--reason", "why"], ["--client", "10.0.0.1/8"],
                      ["--address", "nobody"], ["--action", "bounce"],
                      ["-n", "0"], ["-n", "-1"], ["-n", "x"],
                      ["--until", "1h", "--follow"], ["word"]):
            with self.subTest(" ".join(words)):
                self.assertIn("usage:", self.bad(64, "log", *words))

    def test_the_last_ones_across_the_rotated_file(self):
        for n in range(3):
            self.decided(f"old{n}@good.example")
        os.rename(self.log, self.log + ".1")
        self.good("reload")
        for n in range(2):
            self.decided(f"new{n}@good.example")
        self.assertEqual([row[-1].split("@")[0] for row in
                          self.rows("-n", "4", "--address", "@good.example")],
                         ["old1", "old2", "new0", "new1"])
        everything = [row[-1].split("@")[0] for row in self.rows()]
        self.assertEqual(everything[-5:],
                         ["old0", "old1", "old2", "new0", "new1"])

    def test_colour_is_for_a_terminal_that_wants_it(self):
        self.decided("alice@good.example")
        for says, terminal, env, coloured in [
                ("a terminal", True, {}, True),
                ("a terminal with NO_COLOR", True, {"NO_COLOR": "1"}, False),
                ("a dumb terminal", True, {"TERM": "dumb"}, False),
                ("a pipe", False, {}, False)]:
            with self.subTest(says):
                out = self.on_terminal(env) if terminal else \
                    self.good("log")
                self.assertIn("deliverable", out)
                self.assertEqual("\x1b[32m" in out, coloured)

    def on_terminal(self, env):
        ours, theirs = pty.openpty()
        subprocess.run(self.site.guard.cli("log", "--state", "deliverable"),
                       stdout=theirs, check=True, timeout=120,
                       env={**os.environ, "TERM": "xterm", **env})
        os.close(theirs)
        out = b""
        while select.select([ours], [], [], 0.2)[0]:
            try:
                part = os.read(ours, 65536)
            except OSError:
                break
            out += part
        os.close(ours)
        return out.decode()


class Follow(Tool):
    def setUp(self):
        self.child = None
        self.errors = self.site.guard.workspace.file("follow.err")

    def tearDown(self):
        if self.child:
            self.child.kill()
            self.child.wait()
            self.child.stdout.close()

    def follow(self, *words):
        with open(self.errors, "wb") as errors:
            self.child = subprocess.Popen(
                self.site.guard.cli("log", "--follow", "--json", *words),
                stdout=subprocess.PIPE, stderr=errors)
        os.set_blocking(self.child.stdout.fileno(), False)
        self.seen = ""

    def sees(self, *names):
        def have():
            self.seen += (self.child.stdout.read() or b"").decode()
            found = [json.loads(line)["address"].split("@")[0]
                     for line in self.seen.splitlines() if line.endswith("}")]
            return found if found[-len(names):] == list(names) else None
        return wait_for(" ".join(names), have)

    def test_over_rotation_and_truncation(self):
        self.decided("first@good.example")
        self.follow("--address", "@good.example")
        self.sees("first")
        self.decided("second@good.example")
        self.sees("first", "second")
        # logrotate renames; the probe goes on in the old file until told
        os.rename(self.log, self.log + ".1")
        self.decided_in(self.log + ".1", "third@good.example")
        self.sees("second", "third")
        self.good("reload")
        self.decided("fourth@good.example")
        self.sees("third", "fourth")
        # logrotate may also make the new file itself before it tells
        os.rename(self.log, self.log + ".1")
        os.close(os.open(self.log, os.O_CREAT | os.O_WRONLY, 0o640))
        os.chown(self.log, harness.PROBE_UID, -1)
        self.decided_in(self.log + ".1", "fifth@good.example")
        self.good("reload")
        self.decided("sixth@good.example")
        self.sees("fourth", "fifth", "sixth")
        # copytruncate
        os.truncate(self.log, 0)
        wait_for("word of the cut",
                 lambda: "was cut" in text_of(self.errors))
        self.decided("seventh@good.example")
        self.assertEqual(self.sees("seventh")[-7:],
                         ["first", "second", "third", "fourth", "fifth",
                          "sixth", "seventh"])

    def decided_in(self, path, address):
        self.site.rcpt(address)
        wait_for(f"{address} in {path}", lambda: address in text_of(path))

    def test_it_ends_when_nobody_reads(self):
        self.decided("alice@good.example")
        self.follow()
        self.sees("alice")
        self.child.stdout.close()
        self.assertEqual(self.child.wait(60), 74)

    def test_a_log_that_is_not_there_yet(self):
        os.rename(self.log, self.log + ".away")
        if os.path.exists(self.log + ".1"):
            os.unlink(self.log + ".1")
        self.follow()
        self.good("reload")
        self.decided("late@good.example")
        self.sees("late")


class Change(Tool):
    def as_other(self, *words, uid=61099):
        return subprocess.run(
            setpriv(uid, GID) + self.site.guard.cli(*words),
            text=True, capture_output=True, timeout=120, check=False)

    def test_purge_an_address(self):
        self.decided("purge@good.example")
        self.good("cache", "get", "purge@good.example")
        self.assertIn("1 verdict forgotten",
                      self.good("cache", "purge", "purge@good.example"))
        self.bad(1, "cache", "get", "purge@good.example")
        self.assertIn("0 verdicts forgotten",
                      self.good("cache", "purge", "purge@good.example"))

    def test_purge_a_domain_only_on_demand(self):
        for name in ("one", "two"):
            self.decided(f"{name}@other.example")
        self.assertIn("--yes", self.bad(64, "cache", "purge",
                                        "@other.example"))
        self.good("cache", "get", "one@other.example")
        self.assertIn("2 verdicts", self.good("cache", "purge", "--yes",
                                              "@other.example"))
        self.bad(1, "cache", "get", "one@other.example")

    def test_only_root_and_the_probe_purge(self):
        self.decided("kept@good.example")
        for uid in (61099, harness.MILTER_UID):
            done = self.as_other("cache", "purge", "kept@good.example",
                                 uid=uid)
            self.assertEqual(done.returncode, 77, done.stderr)
        self.good("cache", "get", "kept@good.example")
        done = self.as_other("cache", "purge", "kept@good.example",
                             uid=harness.PROBE_UID)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_cache_stats_count_states(self):
        self.decided("count@good.example")
        stats = json.loads(self.good("cache", "stats", "--json"))
        self.assertGreaterEqual(stats["undeliverable"], 1)
        self.assertEqual(stats["verdicts"], sum(
            stats[s] for s in ("deliverable", "undeliverable", "risky",
                               "unknown", "not_checked", "expired")))
        self.assertIn("undeliverable", self.good("cache", "stats"))

    def test_wrong_words(self):
        for words in (["cache"], ["cache", "burn"], ["cache", "get"],
                      ["cache", "get", "noaddress"], ["cache", "stats", "x"],
                      ["cache", "purge", "noaddress"],
                      ["cache", "purge", "--yes", "@a b"], ["nosuch"],
                      ["config"], ["config", "--check", "--show"],
                      ["policy-page", "--policy-version", "--out", "x"],
                      ["reload", "now"], ["status", "--all"]):
            with self.subTest(" ".join(words)):
                self.bad(64, *words)


class Reload(Tool):
    def setUp(self):
        self.before = text_of(self.site.guard.config)
        self.addCleanup(self.write, self.before)

    def write(self, text):
        with open(self.site.guard.config, "w", encoding="utf-8") as file:
            file.write(text)

    def test_a_broken_file_is_refused_before_a_daemon_hears_of_it(self):
        log = self.site.guard.probe.output()
        self.write(self.before + "\nspeed = 11;\n")
        said = self.bad(78, "reload")
        self.assertRegex(said, r"rcptguard\.conf:\d+: .*speed")
        self.assertEqual(self.site.guard.probe.output(), log)
        self.assertRegex(self.bad(78, "config", "--check"), r":\d+: .*speed")
        self.assertEqual(self.site.rcpt("x@good.example").code, 550)

    def test_a_good_file_reaches_both(self):
        self.write(self.before.replace('undeliverable = "reject"',
                                       'undeliverable = "tempfail"'))
        out = self.good("reload")
        self.assertIn("rcptguard-probe: reloaded", out)
        self.assertIn(f"process {self.site.guard.milter.pid}", out)
        wait_for("the milter's new settings", lambda: self.site.rcpt(
            "y@good.example").code == 450)
        self.write(self.before)
        self.good("reload")
        wait_for("the milter's old settings", lambda: self.site.rcpt(
            "y@good.example").code == 550)

    def test_broken_rules_are_found(self):
        rules = self.site.guard.workspace.file("etc", "replies.conf")
        text = text_of(rules)
        self.addCleanup(self.site.guard.workspace.write, text, "etc",
                        "replies.conf")
        with open(rules, "a", encoding="utf-8") as file:
            file.write("\nrules2 = 1;\n")
        self.assertIn("replies.conf", self.bad(78, "config", "--check"))
        self.assertIn("keeps its old", self.bad(78, "reload"))

    def test_a_canary_of_no_provider_is_told(self):
        before = text_of(self.site.guard.config)
        self.addCleanup(self.write, before)
        probe = [self.site.guard.workspace.file("bin", "rcptguard-probe"),
                 "--check", "--config", self.site.guard.config]
        for provider, wrong in ("goggle", True), ("google", False):
            self.write(before + '\ncanaries = ( { good = "a@good.example";\n'
                       f'provider = "{provider}"; bad = "b@good.example"; '
                       "} );\n")
            line = before.count("\n") + 3
            told = (f"{self.site.guard.config}:{line}: canaries.provider: the "
                    f'rules name no provider "{provider}"')
            done = self.tool("config", "--check")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(told in done.stderr, wrong, done.stderr)
            self.assertEqual("but see above" in done.stdout, wrong)
            done = subprocess.run(probe, env={}, text=True, timeout=30,
                                  capture_output=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(told in done.stderr, wrong, done.stderr)

    def test_broken_zones_are_found(self):
        w = self.site.guard.workspace
        zones = w.write("", "zones.conf", mode=0o644)
        before = text_of(self.site.guard.config)
        probe = [w.file("bin", "rcptguard-probe"), "--check", "--config",
                 self.site.guard.config]
        self.write(before.replace(
            "identity: {", f'identity: {{ blocklists = "{zones}";', 1))
        try:
            self.good("reload")
            for text, told in (
                    ("# none\nbl..example ip 127.0.0.2 https://x/\n",
                     f"{zones}:2: the zone is no name"),
                    ("bl.example ipv4 127.0.0.2 https://x/\n",
                     f"{zones}:1: the type is ip or name"),
                    ("code bl.example 127.0.0 x\n", f"{zones}:1: it should"),
                    ("\0", f"{zones}: this is no text"),
                    ("#" * 70000, f"{zones}: the file is over")):
                w.write(text, "zones.conf", mode=0o644)
                with self.subTest(told):
                    self.assertIn(told, self.bad(78, "config", "--check"))
                    self.assertIn(told, self.bad(78, "reload"))
                    done = subprocess.run(
                        probe, env={}, text=True, capture_output=True,
                        timeout=120, check=False)
                    self.assertEqual(done.returncode, 78, done.stderr)
                    self.assertIn(told, done.stderr)
            os.unlink(zones)
            self.assertIn(f"{zones}: No such file", self.bad(
                78, "config", "--check"))
        finally:
            self.write(before)
            self.good("reload")

    def test_a_dead_milter_is_said_and_the_probe_reloads(self):
        self.site.guard.milter.stop()
        try:
            done = self.tool("reload")
            self.assertEqual(done.returncode, 69)
            self.assertIn("rcptguard-milter is not running", done.stderr)
            self.assertIn("rcptguard-probe: reloaded", done.stdout)
            self.bad_status("milter")
        finally:
            self.site.guard.start_milter()

    def bad_status(self, part):
        done = self.tool("status")
        self.assertEqual(done.returncode, 69)
        self.assertIn(f"rcptguard-{part}: not running", done.stdout)

    def test_settings_are_shown(self):
        shown = self.good("config", "--show")
        self.assertRegex(shown, r"rcptguard\.conf:\d+")
        json.loads(self.good("config", "--show", "--json"))
        self.write(shown)
        self.assertIn("good", self.good("config", "--check"))
        # every key at its default lacks only who we are
        self.write(self.good("config", "--defaults"))
        self.assertIn("identity.", self.bad(78, "config", "--check"))


class Dead(Tool):
    """The probe is killed; what needs no probe goes on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site.rcpt("dead@good.example")
        cls.ident = cls.site.verdict("dead@good.example")["id"]
        cls.site.guard.probe.kill()

    def test_status_tells_and_reads_the_store(self):
        done = self.tool("status")
        self.assertEqual(done.returncode, 69)
        self.assertIn("not running", done.stderr)
        self.assertRegex(done.stdout, r"verdicts +1\n")
        done = self.tool("status", "--json")
        status = json.loads(done.stdout)
        self.assertEqual((done.returncode, status["probe"]["state"],
                          status["milter"]["state"],
                          status["store"]["verdicts"]),
                         (69, "unavailable", "running", 1))

    def test_check_says_so(self):
        self.assertIn("start it", self.bad(69, "check", "a@good.example"))

    def test_purge_says_so(self):
        self.bad(69, "cache", "purge", "dead@good.example")

    def test_reload_reaches_the_milter(self):
        done = self.tool("reload")
        self.assertEqual(done.returncode, 69)
        self.assertIn("rcptguard-milter: told to reload", done.stdout)

    def test_stories_are_told(self):
        for what in ("dead@good.example", self.ident):
            self.assertIn("-->  RCPT TO:<dead@good.example>",
                          self.good("explain", what))
        self.good("cache", "get", "dead@good.example")
        self.good("cache", "stats")
        self.assertEqual(len(self.lines("log", "--json")), 1)


class Hung(Tool):
    def test_a_hung_probe_holds_nobody(self):
        self.site.guard.hang_probe()
        try:
            self.assertIn("did not answer in time", self.bad(69, "status"))
            self.assertIn("did not answer in time", self.bad(
                69, "check", "--wait", "0s", "a@good.example"))
        finally:
            self.site.guard.wake_probe()
        wait_for("the probe's answer",
                 lambda: self.tool("status").returncode == 0)


class Fake(Tool):
    """Something else answers in the probe's place."""

    ROWS = [
        # says, command, the answer ({id}: the request's), status, words
        ("no attributes", ["status"], b"hello\n\n", 69, "protocol"),
        ("another id", ["status"], b"id=0\nstatus={{}}\n\n", 69, "protocol"),
        ("status that is no JSON", ["status"], b"id={id}\nstatus=x\n\n", 69,
         "protocol"),
        ("the end", ["status"], b"", 69, "not running or has closed"),
        ("half an answer", ["check", "a@b.cd"], b"id={id}\nstate=", 69,
         "closed"),
        ("an error", ["check", "a@b.cd"],
         b"id={id}\nerror=busy\ntext=later\x1b[2J\n\n", 69, "later\\x1B["),
        ("a verdict without a reason", ["check", "a@b.cd"],
         b"id={id}\nstate=deliverable\nsource=probe\nage_s=0\ntook_ms=0\n"
         b"\n", 69, "protocol"),
        ("a reason that is none", ["check", "a@b.cd"],
         b"id={id}\nreason=fine\nsource=probe\nage_s=0\ntook_ms=0\n\n", 69,
         "protocol"),
        ("a probe that is full", ["check", "a@b.cd"],
         b"id={id}\nreason=probe_unavailable\nsource=probe\nage_s=0\n"
         b"took_ms=0\n\n", 69, "probe_unavailable"),
        ("evidence that is none", ["check", "--json", "a@b.cd"],
         b"id={id}\nreason=accepted\nsource=probe\nage_s=0\ntook_ms=0\n"
         b"evidence=x\n\n", 0, '"took_ms":0}'),
        ("a refused reload", ["reload"],
         b"id={id}\nresult=error\ntext=no\n\n", 78, "keeps its old"),
        ("a failed purge", ["cache", "purge", "a@b.cd"],
         b"id={id}\nresult=error\ntext=disk full\ncount=0\n\n", 69,
         "disk full"),
    ]

    def answer(self, server, template):
        connection, _ = server.accept()
        with connection:
            connection.settimeout(60)
            request = b""
            while not request.endswith(b"\n\n"):
                request += connection.recv(4096)
            ident = re.search(rb"\nid=(.*)\n", request)[1]
            connection.sendall(template.replace(b"{{}}", b"{}")
                               .replace(b"{id}", ident))

    def test_answers(self):
        self.site.guard.probe.stop()
        path = self.site.guard.probe_socket
        if os.path.exists(path):
            os.unlink(path)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path)
            server.listen()
            server.settimeout(60)
            for says, words, answer, status, expected in self.ROWS:
                with self.subTest(says):
                    helper = threading.Thread(target=self.answer,
                                              args=(server, answer))
                    helper.start()
                    done = self.tool(*words)
                    helper.join()
                    self.assertEqual(done.returncode, status,
                                     done.stdout + done.stderr)
                    self.assertIn(expected, done.stdout + done.stderr)
        os.unlink(path)


class Words(Tool):
    def run_bare(self, *words, **more):
        return subprocess.run(
            [self.site.guard.workspace.file("bin", "rcptguard"), *words],
            text=True, capture_output=True, timeout=120, check=False, **more)

    def test_help_and_version(self):
        done = self.run_bare("--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for name in COMMANDS:
            self.assertRegex(done.stdout, rf"(?m)^  {name} ")
        self.assertRegex(self.run_bare("--version").stdout,
                         r"^rcptguard \d+\.\d+\.\d+\n$")
        self.assertEqual(self.run_bare().returncode, 64)
        done = self.run_bare("frobnicate")
        self.assertEqual((done.returncode, done.stderr), (
            64, 'rcptguard: there is no command "frobnicate"; see '
            'rcptguard --help\n'))

    def test_what_is_wrong_with_an_option_is_named(self):
        for words, told in (
                (["check", "-zj", "a@b.example"], 'no option "-z"'),
                (["check", "-jz", "a@b.example"], 'no option "-z"'),
                (["check", "a@b.example", "--slow"], 'no option "--slow"'),
                (["check", "--json=1", "a@b.example"],
                 '"--json" takes no value'),
                (["check", "--wait"], '"--wait" lacks its value'),
                (["check", "-jw"], '"-w" lacks its value'),
                (["-xh"], 'no option "-x"'),
                (["--version=2"], '"--version" takes no value'),
                (["--config"], '"--config" lacks its value')):
            with self.subTest(" ".join(words)):
                done = self.run_bare(*words)
                self.assertEqual(done.returncode, 64)
                self.assertIn(told, done.stderr)

    def test_a_log_to_learn_from_is_a_file(self):
        done = self.tool("learn", self.site.guard.workspace.path)
        self.assertEqual(done.returncode, 66)
        self.assertIn("no regular one", done.stderr)

    def test_a_start_as_another_user_leaves_nothing_behind(self):
        w = self.site.guard.workspace
        state = w.directory("alien", mode=0o2750, uid=61003, gid=GID)
        config = w.write(text_of(self.site.guard.config).replace(
            w.file("state"), state), "alien.conf")
        done = subprocess.run(
            [w.file("bin", "rcptguard-probe"), "--config", config],
            env={"RCPTGUARD_LOG": "stderr"}, text=True, capture_output=True,
            timeout=120, check=False)
        self.assertEqual(done.returncode, 78, done.stderr)
        self.assertIn("belongs to uid 61003, and this is uid 0", done.stderr)
        self.assertEqual(os.listdir(state), [])

    def test_check_of_the_probe_looks_for_its_group(self):
        w = self.site.guard.workspace
        config = w.write(text_of(self.site.guard.config).replace(
            'page = ""; group = ""', 'page = ""; group = "nosuchgroup"'),
            "grouped.conf")
        done = subprocess.run(
            [w.file("bin", "rcptguard-probe"), "--check", "--config", config],
            env={}, text=True, capture_output=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 78, done.stderr)
        self.assertIn('probe.group: there is no group "nosuchgroup"; make it',
                      done.stderr)

    def test_check_of_a_daemon_speaks_without_a_terminal(self):
        for name in ("rcptguard-probe", "rcptguard-milter"):
            done = subprocess.run(
                [self.site.guard.workspace.file("bin", name), "--check",
                 "--config", "/nowhere"], env={}, text=True,
                capture_output=True, timeout=120, check=False)
            self.assertEqual(done.returncode, 78)
            self.assertIn("/nowhere: cannot open", done.stderr)

    def test_the_manual_names_every_option(self):
        manual = text_of(MAN)
        for name in COMMANDS:
            done = self.run_bare(name, "--help")
            self.assertEqual(done.returncode, 0)
            for option in re.findall(r"--([a-z]+)", done.stdout):
                with self.subTest(f"{name} --{option}"):
                    self.assertIn(f"Fl -{option}", manual)

    def test_config_stands_before_or_behind_the_command(self):
        config = self.site.guard.config
        for words in (["--config", config, "config", "--check"],
                      ["-c", config, "config", "--check"],
                      ["config", "--config", config, "--check"],
                      ["config", "--check", "-c", config],
                      ["config", "--check", config]):
            done = self.run_bare(*words)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("/nowhere", self.run_bare(
            "status", "--config", "/nowhere").stderr)

    def test_output_that_is_not_written_is_an_error(self):
        self.decided("alice@good.example")
        for words in (["log"], ["explain", "alice@good.example"],
                      ["config", "--defaults"], ["status"], ["--help"]):
            with self.subTest(" ".join(words)):
                command = self.site.guard.cli(*words) if words != [
                    "--help"] else [self.site.guard.cli("x")[0], "--help"]
                with open("/dev/full", "wb") as full:
                    done = subprocess.run(command, stdout=full, text=True,
                                          stderr=subprocess.PIPE, timeout=120,
                                          check=False)
                self.assertEqual(done.returncode, 74, done.stderr)
                self.assertIn("No space left", done.stderr)
                done = subprocess.run(
                    ["sh", "-c", 'exec "$@" >&-', "sh", *command], text=True,
                    stderr=subprocess.PIPE, timeout=120, check=False)
                self.assertEqual(done.returncode, 74, done.stderr)

    def test_classify_needs_no_settings(self):
        rules = [x for name in ("replies", "providers") for x in
                 (f"--{name}", self.site.guard.workspace.file(
                     "etc", f"{name}.conf"))]
        done = self.run_bare(
            "classify", *rules, input="rcpt\t550 5.1.1 User unknown\n"
            "banner\t554 No\nno reply\nrcpt\t550-5.1.1 No\\n550 5.1.1 such\n"
            "rcpt\t250 ok")
        rows = [line.split("\t") for line in done.stdout.splitlines()]
        self.assertEqual(done.returncode, 65)
        self.assertIn("line 3", done.stderr)
        self.assertEqual([row[0] for row in rows],
                         ["undeliverable", "unknown", "unknown",
                          "undeliverable", "deliverable"])
        self.assertEqual(rows[2], ["unknown", "ambiguous_refusal", "none"])
        self.assertTrue(all(len(row) == 3 for row in rows))
        self.assertEqual(self.run_bare("classify", *rules, input="")
                         .returncode, 0)
        done = self.run_bare("classify", *rules, "--provider", "nosuch",
                             input="")
        self.assertEqual(done.returncode, 64)
        self.assertEqual(self.run_bare(
            "classify", "--replies", "/nowhere", input="").returncode, 78)

    def test_completion_knows_what_the_program_knows(self):
        script = os.path.join(os.path.dirname(MAN), "completion", "rcptguard")
        tool = self.site.guard.cli("x")[0]
        for line, some in [("", {"check", "cache", "log"}),
                           ("c", {"check", "cache", "canary", "complaint",
                                  "config", "classify"}),
                           ("l", {"learn", "list", "listing", "log"}),
                           ("--config /x ex", {"explain", "exclude"}),
                           ("re", {"reload", "report"}),
                           ("report --h", {"--help", "--html"}),
                           ("log --st", {"--state"}),
                           ("log --state und", {"undeliverable"}),
                           ("check --", {"--fresh", "--wait", "--help"}),
                           ("--v", {"--version"}),
                           ("cache p", {"purge"})]:
            with self.subTest(line):
                words = [tool] + line.split(" ")
                done = subprocess.run(
                    ["bash", "-c", '. "$1"; shift; COMP_WORDS=("$@"); '
                     'COMP_CWORD=$(($# - 1)); _rcptguard; '
                     'printf "%s\\n" "${COMPREPLY[@]}"', "bash", script,
                     *words], text=True, capture_output=True, timeout=120,
                    check=False)
                self.assertEqual(done.stderr, "")
                found = set(done.stdout.split())
                if line.endswith("--") or not line:
                    self.assertLessEqual(some, found)
                else:
                    self.assertEqual(found, some)

    def test_the_examples_of_the_manual(self):
        self.decided("nobody@good.example")
        examples = re.findall(r"^\.Dl \$ (.*)$", text_of(MAN), re.M)
        self.assertGreaterEqual(len(examples), 6)
        shell = ('rcptguard() { word=$1; shift; "$tool" "$word" --config '
                 '"$config" $rules "$@"; }; set -o pipefail; ')
        for example in examples:
            with self.subTest(example):
                text = example.replace("\\(dq", '"').replace("\\e", "\\")
                env = {**os.environ, "tool": self.site.guard.cli("x")[0],
                       "config": self.site.guard.config, "rules": ""}
                if "classify" in text:
                    etc = self.site.guard.workspace.file("etc")
                    env["rules"] = (f"--replies {etc}/replies.conf "
                                    f"--providers {etc}/providers.conf")
                done = subprocess.run(["bash", "-c", shell + text], text=True,
                                      capture_output=True, timeout=120,
                                      env=env, check=False)
                self.assertIn(done.returncode,
                              (0, 1) if " check " in text else (0,),
                              done.stderr)
                self.assertEqual(done.stderr, "")
                self.assertNotEqual(done.stdout, "")


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    harness.main()
