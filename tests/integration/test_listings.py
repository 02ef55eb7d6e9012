#!/usr/bin/env python3
"""What becomes of a source that a list names, over hours and months: the
probe's clocks are moved on."""

import json
import os
import subprocess
import time
import unittest

import probe_site
import tap
from guard import MILTER_UID, TIME
from probe_site import wait_for
from test_preflight import GOOD, ONE, Site

HOUR, DAY = 3600, 86400
SOURCES = 'sources = ( { address = "NET.200"; since = "2020-01-01"; } );'
OLD = ONE[:ONE.index("  sources")] + SOURCES
ZONES = "bl.example ip 127.0.0.2 https://bl.example/removal\n"
ALIVE = "domain 2.0.0.127.bl.example a 127.0.0.2\n"
LISTED = ('domain 200.REV.bl.example a 127.0.0.3 txt "too many unknown users"'
          "\n")


class TimeSite(Site):
    """Its notices go into a directory, and its time can be moved."""

    def __init__(self, scenario=GOOD + ALIVE, **settings):
        super().__init__(scenario, clock=True, **{
            "zones": ZONES, "keys": OLD, "budget": "true", **settings})

    def build(self, scenario, settings):
        self.notices = self.workspace.directory(
            "notices", mode=0o2770, uid=probe_site.PROBE_UID,
            gid=probe_site.SHARED_GID)
        settings["log_keys"] = f'notices = "{self.notices}";'
        super().build(scenario, settings)

    def forward(self, seconds):
        """Time passes; the probe's next turn sees it."""
        self.idle()
        self.clock.forward(seconds)
        self.status()

    def round(self, seconds):
        """Time passes, and the lists were asked after that."""
        before = self.status()["lists"]["asked_at"]
        self.forward(seconds)
        wait_for("round", lambda: self.status()["lists"]["asked_at"]
                 >= before + seconds)

    def restart(self):
        self.guard.stop()
        self.guard.start_probe()
        self.lists_asked()

    def lists_asked(self):
        """The first round at the lists has ended."""
        wait_for("round", lambda: self.status()["lists"]["asked_at"])

    def ramp(self):
        return {s["address"]: s for s in self.status()["budget"]["sources"]}[
            self.network.address(200)]

    def found(self):
        found = []
        for name in sorted(os.listdir(self.notices)):
            if name.startswith("."):
                continue
            with open(os.path.join(self.notices, name),
                      encoding="utf-8") as file:
                found.append(json.loads(file.read()))
        return found

    def notice(self, word):
        """The newest alarm of this kind, once it is there."""
        def newest():
            some = [n for n in self.found() if n["notice"] == word]
            return some[-1] if some else None
        return wait_for(word, newest)

    def reconfigure(self, old, new):
        with open(self.guard.config, encoding="utf-8") as file:
            text = file.read()
        self.workspace.write(text.replace(self.words(old), self.words(new)),
                             "rcptguard.conf")
        with self.wire() as wire:
            answer = wire.ask("reload")
        assert answer["result"] == "ok", answer


class Listings(unittest.TestCase):
    def setUp(self):
        self.site = None

    def tearDown(self):
        if self.site is not None:
            self.site.close()

    def open(self, *args, **settings):
        self.site = TimeSite(*args, **settings)
        self.site.lists_asked()
        self.address = self.site.network.address(200)
        return self.site

    def asked(self, reason, **attrs):
        answer = self.site.verify("alice@good.example", fresh="yes", **attrs)
        self.assertEqual(answer["reason"], reason, answer)
        return answer

    def list_it(self):
        """The list names the source; the hourly round finds it."""
        self.site.load(GOOD + ALIVE + LISTED)
        self.site.forward(HOUR)
        wait_for("listing", lambda: self.site.status()["listings"])

    def of_list(self):
        return self.site.guard.ask_tool("listing", "list", "--json")

    def test_listed_removed_clean_and_up_again(self):
        site = self.open()
        self.asked("accepted")
        self.assertEqual(site.ramp()["step"], 4)
        self.assertEqual(site.status()["listings"], [])
        site.load(GOOD + ALIVE + LISTED)
        site.forward(HOUR - 900)
        self.assertEqual(site.status()["listings"], [])
        site.forward(1800)              # the hourly round
        wait_for("listing", lambda: site.status()["listings"])
        self.asked("all_sources_resting")
        notice = site.notice("listed")
        self.assertEqual(
            (notice["what"], notice["zone"], notice["see"], notice["alarm"]),
            (self.address, "bl.example", "https://bl.example/removal", True))
        self.assertIn("too many unknown users", notice["text"])
        self.assertEqual(site.notice("source_rests")["what"], self.address)
        self.assertEqual(site.notice("ramp_fell")["source"], self.address)

        # Still listed an hour later: nothing is told or taken twice.
        fallen = site.ramp()
        self.assertEqual((fallen["step"], fallen["recovering"]), (3, True))
        site.round(HOUR)
        self.assertEqual(site.ramp()["step"], 3)
        self.assertEqual(len([n for n in site.found()
                              if n["notice"] == "listed"]), 1)

        # Removal is asked for: half an hour later the list is asked again.
        site.forward(600)
        done = site.cli("listing", "requested", self.address, "bl.example",
                        "--note", "ticket 17")
        self.assertEqual(done.returncode, 0, done.stderr)
        status = site.cli("status").stdout
        self.assertIn("requested, by root", status)
        self.assertIn("ticket 17", status)
        site.load(GOOD + ALIVE)
        site.forward(900)
        self.assertEqual(len(site.status()["listings"]), 1)
        site.forward(1000)
        wait_for("delisting", lambda: not site.status()["listings"])
        site.notice("delisted")
        site.idle()
        site.restart()
        old = self.of_list()
        self.assertEqual([(l["ticket"], l["note"]) for l in old],
                         [("closed", "ticket 17")])
        self.assertGreater(old[0]["gone_at"], old[0]["since"])

        # Off the list is not clean yet; seven days later it is.
        site.round(6 * DAY)
        self.asked("all_sources_resting")
        site.forward(DAY + HOUR)
        wait_for("rest's end", lambda: site.sources()[self.address] ==
                 "healthy")
        site.notice("source_resumes")

        # Then it climbs: half of its step, the whole of it, the next one.
        self.asked("accepted")
        ramp = site.ramp()
        self.assertEqual((ramp["step"], ramp["recovering"], ramp["limit"]),
                         (3, True, 50000))
        site.forward(31 * DAY)
        self.asked("accepted")
        ramp = site.ramp()
        self.assertEqual((ramp["step"], ramp["recovering"], ramp["limit"]),
                         (3, False, 100000))
        site.forward(31 * DAY)
        self.asked("accepted")
        self.assertEqual(site.ramp()["step"], 4)

    def test_resume_names_a_cause(self):
        site = self.open()
        self.list_it()
        done = site.cli("source", "resume", self.address)
        self.assertEqual(done.returncode, 64, done.stderr)
        self.assertIn("--cause", done.stderr)
        with site.wire() as wire:
            for cause in ({}, {"cause": "  "}, {"cause": "x" * 201},
                          {"cause": "a\x1bb"}):
                answer = wire.ask("source", do="resume",
                                  address=self.address, **cause)
                self.assertEqual(answer.get("error"), "usage", answer)
        self.asked("all_sources_resting")
        done = site.cli("source", "resume", self.address, "--cause",
                        "form without a captcha; closed")
        self.assertEqual(done.returncode, 0, done.stderr)
        orders = [s["order"]["at"] for s in site.guard.ask_tool(
            "source", "list", "--json") if "order" in s]
        self.assertEqual(len(orders), 1)
        for at in orders + [l["since"] for l in self.of_list()]:
            self.assertRegex(at, TIME)
        self.asked("accepted")
        site.idle()
        site.round(HOUR)                # listed still, and known
        self.asked("accepted")
        site.idle()
        site.restart()
        self.asked("accepted")
        for shown in (site.cli("status").stdout,
                      site.cli("source", "list").stdout):
            self.assertIn("resume, by root", shown)
            self.assertIn("form without a captcha; closed", shown)
        self.assertIn("closed", site.notice("source_resumes")["text"])

    def test_a_list_that_is_dead_says_nothing(self):
        site = self.open()
        self.list_it()
        site.load(GOOD)                 # no control entry any more
        site.round(HOUR)
        self.assertNotIn("list_broken", [n["notice"] for n in site.found()])
        site.forward(HOUR)
        self.assertEqual(site.notice("list_broken")["what"], "bl.example")
        site.round(8 * DAY)
        self.assertEqual(len(site.status()["listings"]), 1)
        self.asked("all_sources_resting")
        site.load(GOOD + ALIVE + LISTED)
        site.forward(HOUR)
        site.notice("list_works")

    def incident(self, *words):
        return self.site.guard.ask_tool("incident", "--json", *words)

    def test_the_hours_before(self):
        site = self.open(GOOD + ALIVE + "domain two.example mx 10 out\n")
        self.asked("accepted")
        with site.wire() as wire:       # as the milter tells a decision
            wire.send("note", note="decision", id="0123456789abcdef",
                      time=time.strftime("%Y-%m-%dT%H:%M:%S.000Z",
                                         time.gmtime()),
                      address="alice@good.example", role="recipient",
                      guard="shop", auth="web", reason="accepted",
                      source="probe", action="accept", mode="enforce",
                      age_s="0", took_ms="3")
        # A domain's fifth unknown user is its last; the name that nobody
        # has, which was tried after alice, is the first of good.example.
        for i in range(12):
            site.verify(f"u{i}@good.example")
        for i in range(6):
            site.verify(f"u{i}@two.example")
        site.idle()
        before = self.incident("--hours", "2")
        self.assertNotIn("listing", before)
        self.list_it()
        site.guard.stop()               # no daemon is needed
        report = self.incident()
        self.assertEqual((report["listing"]["what"],
                          report["listing"]["zone"]),
                         (self.address, "bl.example"))
        self.assertEqual(report["until"], report["listing"]["time"])
        for one in (before, report):
            self.assertEqual(
                {k: one["all"][k] for k in ("probes", "accepted",
                                            "unknown_users")},
                {"probes": 10, "accepted": 1, "unknown_users": 9}, one)
            self.assertEqual((one["verdicts"], one["not_probed"]), (20, 9))
        self.assertEqual(
            [(p["provider"], p["source"], p["probes"])
             for p in report["providers"]],
            [("out.sim.example", self.address, 10)])
        reply = report["replies"][0]
        self.assertEqual((reply["count"], reply["of_us"], reply["code"]),
                         (9, False, 550))
        self.assertTrue(reply["rule"])
        self.assertEqual(
            [(s["guard"], s["auth"], s["verdicts"], s["unknown_users"])
             for s in report["submitters"]],
            [("", "", 19, 9), ("shop", "web", 1, 0)])
        kinds = [c["notice"] for c in report["changes"]]
        self.assertLess(kinds.index("unknown_users"), kinds.index("listed"))
        self.assertIn("ramp_fell", kinds)
        advice = " ".join(a["text"] for a in report["review"])
        self.assertIn("admin's own checks brought 9 of 9", advice)
        self.assertIn("9 of 10 answers (90 %) of out.sim.example", advice)
        self.assertIn("2 breakers opened", advice)
        other = self.incident("--source", "192.0.2.1", "--at", "2020-01-01")
        self.assertEqual(other["all"]["probes"], 0)
        shown = site.cli("incident").stdout
        for words in (f"then {self.address} was listed by bl.example",
                      "20 verdicts in the log, 9 of them not probed",
                      f"out.sim.example from {self.address}: 10 probes",
                      "the admin: 19 verdicts", "shop, login web",
                      "unknown_users good.example", "to review:",
                      "https://bl.example/removal"):
            self.assertIn(words, shown)
        for words in (("--hours", "0"), ("--hours", "x"), ("--hours", "721"),
                      ("--source", "x"), ("--at", "soon")):
            self.assertEqual(site.cli("incident", *words).returncode, 64)

    def test_wrong_orders_are_refused(self):
        site = self.open()
        for words, says in (
                (("listing", "requested", self.address, "bl.example"),
                 "not on such a list"),
                (("listing", "requested", self.address), "two words"),
                (("listing", "note", self.address, "bl.example"), "--note"),
                (("listing", "sold", self.address, "x"), "sold"),
                (("source", "retire", self.address), "--cause"),
                (("source", "retire", "x", "--cause", "y"), "no IP"),
                (("source", "retire", self.address, "--by", self.address,
                  "--cause", "y"), "replace itself"),
                (("source", "unretire", self.address, "--cause", "y"),
                 "not retired"),
                (("source", "resume", "192.0.2.77", "--cause", "y"),
                 "no such address"),
                (("source", "rest", self.address, "--by", "192.0.2.1"),
                 "--by")):
            with self.subTest(words):
                done = site.cli(*words)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(says, done.stderr)

    def test_only_the_admin_gives_orders(self):
        site = self.open()
        for words, status in (
                (("source", "list"), 0), (("listing", "list"), 0),
                (("source", "rest", self.address), 77),
                (("source", "resume", self.address, "--cause", "x"), 77),
                (("source", "retire", self.address, "--cause", "x"), 77),
                (("listing", "note", self.address, "bl.example", "--note",
                  "x"), 77)):
            with self.subTest(words):
                done = subprocess.run(
                    probe_site.setpriv(MILTER_UID, probe_site.SHARED_GID)
                    + site.guard.cli(*words), capture_output=True, text=True,
                    timeout=120, check=False)
                self.assertEqual(done.returncode, status, done.stderr)
        self.assertEqual(site.sources()[self.address], "healthy")

    def test_a_source_is_retired_and_replaced(self):
        site = self.open(preflight="warn")
        self.asked("accepted")
        new = site.network.address(201)
        done = site.cli("source", "retire", self.address, "--by", new,
                        "--cause", "its network is on every list")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("identity.sources", done.stderr)
        self.asked("all_sources_resting")
        site.idle()
        before = site.simnet.host("out")["helos"]["verify.us.example"]
        # The new one is there, the old one too; the new one's SPF is wrong.
        site.load((GOOD + ALIVE).replace(" ip4:NET.201", ""))
        site.reconfigure(
            SOURCES, SOURCES.replace(" );", ', { address = "NET.201"; helo = '
                                     '"verify2.us.example"; since = '
                                     '"2019-01-01"; } );'))
        self.assertIn(f"source {self.address} is retired",
                      site.probe.output())
        site.preflight()
        self.assertEqual(site.sources()[new], "resting")
        self.asked("all_sources_resting")
        site.load(GOOD + ALIVE)
        site.preflight()
        self.asked("accepted")
        ramp = {s["address"]: s for s in site.status()["budget"]["sources"]}
        self.assertEqual(ramp[new]["step"], 1)
        self.assertEqual(ramp[self.address]["step"], 4)
        site.idle()
        site.restart()
        self.assertIn(f"source {self.address} is retired",
                      site.probe.output())
        self.asked("accepted", evidence="yes")
        self.assertEqual(site.sources()[self.address], "resting")
        shown = site.cli("status").stdout
        self.assertIn("its network is on every list", shown)
        self.assertIn("its ramp ended at step 4", shown)
        self.assertIn(f"replaced by {new}, which has passed", shown)
        helos = site.simnet.host("out")["helos"]
        self.assertEqual(helos["verify.us.example"], before)
        self.assertGreater(helos["verify2.us.example"], 0)
        done = site.cli("source", "resume", self.address, "--cause", "no")
        self.assertIn("it is retired", done.stderr)
        # A slip of the hand can be taken back, at the lowest step.
        done = site.cli("source", "unretire", self.address, "--cause",
                        "wrong address")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(site.ramp()["step"], 1)
        site.preflight()
        self.assertEqual(site.sources()[self.address], "healthy")

    def test_as_much_as_there_may_be_is_shown(self):
        rows = ", ".join('{ address = "NET.%d"; }' % n
                         for n in range(100, 164))
        lists = "".join(LISTED.replace("200.REV", f"{n}.REV").replace(
            "too many", "too many " * 12) for n in range(100, 164))
        site = self.open(GOOD + ALIVE + lists, preflight="warn", keys=(
            OLD.replace(SOURCES, f"sources = ( {rows} );")))
        cause = "w" * 200
        wait_for("listings", lambda: len(site.guard.ask_tool(
            "listing", "list", "--json")) == 64)
        with site.wire() as client:
            for n in range(64):
                for do, address in (
                        ("rest", site.network.address(100 + n)),
                        ("retire", f"198.51.100.{n + 1}")):
                    answer = client.ask("source", do=do, address=address,
                                        cause=cause)
                    self.assertIsNotNone(answer, f"{do} of {n + 1}")
                    self.assertNotIn("error", answer)
            answer = client.ask("status")
        self.assertIsNotNone(answer, "no status")
        shown = json.loads(answer["status"])
        for name in ("sources", "retired", "listings"):
            self.assertEqual(len(shown[name]), 64, name)
        self.assertEqual(site.cli("status").stdout.count(cause), 128)

    def test_a_full_directory_takes_no_more(self):
        site = self.open()
        for i in range(1000):
            with open(os.path.join(site.notices, f"{i}.json"), "w",
                      encoding="utf-8") as file:
                file.write("{}\n")
        self.list_it()
        wait_for("refusal", lambda: site.status()["notices"]["refused"] >= 1)
        self.assertEqual(len(os.listdir(site.notices)), 1000)
        self.assertIn("could not be put into", site.cli("status").stdout)


if __name__ == "__main__":
    tap.main()
