#!/usr/bin/env python3
"""Whatever rotation did with a log, every command reads all of it: the files
that gzip has packed too, and however far back they reach."""

import gzip
import json
import os
import subprocess
import time

import harness
from tool import Tool, text_of

DAY = 86400


class Rotated(Tool):
    """A week of verdicts, of which the log itself holds the last day's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ids = {}
        now = time.time()
        log = cls.site.guard.workspace.file("log", "verdicts.jsonl")
        cls.site.rcpt("alice@good.example")
        line = cls.site.verdict("alice@good.example")
        for day, name in ((7, ".3.gz"), (5, ".2.gz"), (3, ".1"), (1, "")):
            cls.write(log + name, line, day, now)

    @classmethod
    def write(cls, path, line, day, now):
        """Two verdicts of so many days ago."""
        lines = []
        for half in "ab":
            ident = f"{half}{day}".ljust(16, "0")
            at = time.strftime("%Y-%m-%dT%H:%M:%S.000Z",
                               time.gmtime(now - day * DAY))
            lines.append(json.dumps(dict(
                line, time=at, id=ident,
                address=f"{half}{day}@good.example"),
                separators=(",", ":")))
        text = "".join(text + "\n" for text in lines).encode()
        if path.endswith(".gz"):
            text = gzip.compress(text)
        with open(path, "wb") as file:
            file.write(text)
        if path[-1] != "l":             # not the log, which is in use
            os.utime(path, (now - day * DAY,) * 2)

    def names(self, *words):
        return [v["address"].split("@")[0]
                for v in self.lines("log", "--json", *words)]

    def test_the_log_in_whole_and_since(self):
        self.assertEqual(self.names(), ["a7", "b7", "a5", "b5", "a3", "b3",
                                        "a1", "b1"])
        self.assertEqual(self.names("--since", "6d"),
                         ["a5", "b5", "a3", "b3", "a1", "b1"])
        self.assertEqual(self.names("--since", "8d", "--until", "4d"),
                         ["a7", "b7", "a5", "b5"])

    def test_the_last_of_the_log(self):
        self.assertEqual(self.names("-n", "3"), ["b3", "a1", "b1"])
        self.assertEqual(self.names("-n", "5"), ["b5", "a3", "b3", "a1",
                                                 "b1"])
        self.assertEqual(self.names("-n", "1", "--until", "6d"), ["b7"])
        self.assertEqual(self.names("-n", "2", "--address",
                                    "a7@good.example"), ["a7"])

    def test_a_decision_of_last_week_is_explained(self):
        self.assertIn("b7@good.example",
                      self.good("explain", "b7".ljust(16, "0")))
        self.assertIn("a5".ljust(16, "0"),
                      self.good("explain", "a5@good.example"))

    def test_an_incident_of_last_week_is_told(self):
        told = json.loads(self.good("incident", "--hours", "240", "--json"))
        self.assertEqual(told["verdicts"], 8)
        told = json.loads(self.good("incident", "--hours", "24", "--at",
                                    "108h", "--json"))
        self.assertEqual(told["verdicts"], 2)
        done = self.tool("incident", "--hours", "240")
        self.assertIn("reach back to", done.stderr)
        done = self.tool("incident", "--hours", "96")
        self.assertNotIn("reach back to", done.stderr)

    def test_a_complaint_shows_the_newest_on_its_domain(self):
        self.good("complaint", "add", "--from", "unknown", "--about",
                  "good.example", "--text", "stop it")
        told = self.lines("complaint", "list", "--json")[0]
        self.assertEqual([v["id"][:2] for v in told["verdicts"]],
                         ["b1", "a1", "b3", "a3", "b5", "a5", "b7", "a7"])

    def test_what_cannot_be_unpacked_is_said(self):
        log = self.site.guard.workspace.file("log", "verdicts.jsonl")
        with open(log + ".4.xz", "wb") as file:
            file.write(b"?")
        self.addCleanup(os.unlink, log + ".4.xz")
        self.assertIn("1 rotated files", self.tool("log").stderr)
        os.utime(log + ".4.xz", (1, 1))
        done = self.tool("log", "--since", "1d")
        self.assertEqual(done.stderr, "")

    def test_following_begins_in_what_gzip_has_packed(self):
        """Ten lines, of which the log has two; and then what comes."""
        log = self.site.guard.workspace.file("log", "verdicts.jsonl")
        out = self.site.guard.workspace.file("followed")
        with open(out, "wb") as file:
            child = subprocess.Popen(
                self.site.guard.cli("log", "--follow", "--json"),
                stdout=file)
        self.addCleanup(child.wait)
        self.addCleanup(child.terminate)
        harness.wait_for("the last ten", lambda: text_of(out).count("\n")
                         == 8)
        self.addCleanup(os.truncate, log, os.path.getsize(log))
        with open(log, "ab") as file:
            file.write(text_of(log).splitlines()[-1].replace(
                "b1@", "new@").encode() + b"\n")
        harness.wait_for("what came", lambda: "new@" in text_of(out))


if __name__ == "__main__":
    harness.main()
