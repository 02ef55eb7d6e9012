#!/usr/bin/env python3
"""What `rcptguard report` tells of a real run, and of logs that are rotated,
compressed, broken, hostile or large."""

import collections
import gzip
import html.parser
import json
import os
import re
import stat
import subprocess

import harness
from harness import guard, wait_for

SCENARIO = r"""
host mx1 pipelining rcpt alice ok rcpt bob ok rcpt slow* after 3s ok
host strict pipelining rcpt * "550 5.7.1 Service unavailable, Client host \
    [{client}] blocked using Spamhaus"
domain good.example mx 10 mx1
domain null.example null-mx
domain strict.example mx 10 strict
""".replace("\\\n", "")
SIGNUPS = [("alice@good.example", "no-reply@shop.example"),
           ("nobody1@good.example", "no-reply@shop.example"),
           ("nobody2@Good.Example", "no-reply@shop.example"),
           ("info@null.example", "no-reply@shop.example"),
           ("bob@strict.example", "no-reply@shop.example"),
           ("alice@good.example", "no-reply@shop.example"),
           ("nobody3@good.example", "news@watched.example"),
           ("bob@good.example", "news@watched.example"),
           ("slow@good.example", "no-reply@shop.example")]
ATTACK = [f"made-up{i}@good.example" for i in range(3)] + \
    ["late@null.example", "bob@strict.example"]
EVIL = "<script>alert(1)</script>&\"'\x1b[31m\u202e\x9b"
VOID = {"meta", "hr"}


class Page(html.parser.HTMLParser):
    """Whether tags go together, and what a page would load or run."""

    def __init__(self, text):
        super().__init__()
        self.open, self.loads, self.words = [], [], []
        self.tables = 0
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tables += tag == "table"
        self.loads += [(tag, name, value) for name, value in attrs
                       if name in ("src", "href") or name.startswith("on")]
        if tag in ("script", "link", "img", "iframe", "object"):
            self.loads.append((tag, "", ""))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            raise ValueError(f"</{tag}> closes nothing")

    def handle_data(self, data):
        self.words.append(data)


class Report(harness.SiteCase):
    SCENARIO = SCENARIO
    GUARDS = [guard("watching", 'sender = [ "@watched.example" ];', "observe",
                    "1s"),
              guard("attacked", 'sender = [ "@forum.example" ];', "enforce",
                    "1s", "min_recipients = 3; undeliverable_ratio = 0.5;"),
              guard("signup", 'listener = [ "SIGNUP" ];', "enforce", "1s")]
    ran = False

    def setUp(self):
        if not Report.ran:
            self.day()
            Report.ran = True

    def decide(self, address, sender):
        lines = self.site.guard.verdicts()
        before = sum(v["address"].lower() == address.lower() for v in lines)
        self.site.rcpt(address, sender=sender)
        wait_for(f"the line of {address}", lambda: sum(
            v["address"].lower() == address.lower()
            for v in self.site.guard.verdicts()) > before)

    def day(self):
        for address, sender in SIGNUPS:
            self.decide(address, sender)
        wait_for("the answer of the slow host",
                 lambda: self.site.guard.stored("slow@good.example"), 60)
        self.decide("slow@good.example", "no-reply@shop.example")
        for address in ATTACK:
            self.decide(address, "no-reply@forum.example")
        done = self.tool("check", "alice@good.example")
        self.assertEqual(done.returncode, 0, done.stderr)

    def tool(self, *words, **env):
        return subprocess.run(
            self.site.guard.cli(*words), capture_output=True, timeout=300,
            check=False, encoding="utf-8", env={**os.environ, **env})

    def good(self, *words, **env):
        done = self.tool("report", *words, **env)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def told(self, *words):
        return json.loads(self.good("--json", *words))

    def decisions(self):
        return [v for v in self.site.guard.verdicts() if "action" in v]

    def config_with(self, log):
        """Our settings, with another verdict log."""
        workspace = self.site.guard.workspace
        with open(self.site.guard.config, encoding="utf-8") as file:
            text = file.read()
        here = workspace.file("log", "verdicts.jsonl")
        self.assertIn(here, text)
        return workspace.write(text.replace(here, log), "report.conf")

    def of_log(self, log, *words):
        config = self.config_with(log)
        tool = self.site.guard.cli("report")[0]
        return subprocess.run(
            [tool, "--config", config, "report", *words], timeout=300,
            capture_output=True, check=False, encoding="utf-8")

    # --- a real run ---------------------------------------------------------

    def test_sums_are_those_of_the_log(self):
        lines = self.decisions()
        told = self.told("--top", "1000")
        self.assertEqual(told["summary"]["verdicts"], len(lines))
        self.assertEqual(told["summary"]["asked"], 1)
        for table, name in (("states", "state"), ("reasons", "reason"),
                            ("guards", "guard")):
            count = collections.Counter(v[name] for v in lines)
            self.assertEqual({row[name]: row["verdicts"]
                              for row in told[table] if row["verdicts"]},
                             dict(count))
        domains = collections.Counter(
            v["address"].rpartition("@")[2].lower() for v in lines)
        self.assertEqual({row["domain"]: row["verdicts"]
                          for row in told["domains"]}, dict(domains))
        senders = collections.Counter(v["sender"] for v in lines
                                      if v["state"] == "undeliverable")
        self.assertEqual({row["sender"]: row["undeliverable"]
                          for row in told["senders"]}, dict(senders))
        self.assertEqual(sum(row["verdicts"] for row in told["days"]),
                         len(lines))

    def test_what_was_done_and_what_would_have_been(self):
        told = self.told()
        lines = self.decisions()
        done = collections.Counter(v["action"] for v in lines
                                   if v["mode"] == "enforce")
        self.assertEqual([told["summary"][name] for name in (
            "passed", "deferred", "refused", "observed", "would_refuse")],
            [done["accept"], done["tempfail"], done["reject"], 2, 1])
        self.assertEqual([(row["reason"], row["reject"])
                          for row in told["observed"]], [("no_such_user", 1)])

    def test_what_became_of_the_deferred(self):
        told = self.told()["deferred"]
        self.assertEqual(told["passed"], 1)           # the slow one
        self.assertGreaterEqual(told["may_come"], 1)  # under attack
        self.assertEqual(told["never_back"], 0)
        self.assertGreaterEqual(told["waited_s"], 0)

    def test_an_attack_and_a_refusal_of_us(self):
        told = self.told()
        self.assertEqual([(row["flood"], row["guard"])
                          for row in told["floods"]],
                         [("bounce_attack", "attacked")])
        self.assertIn("blocked_ip_listed",
                      [row["reason"] for row in told["limits"]])
        self.assertGreaterEqual(sum(row["refused_us"]
                                    for row in told["refusals"]), 1)

    def test_one_guard_and_a_span(self):
        told = self.told("--guard", "watching")
        self.assertEqual(told["summary"]["verdicts"], 2)
        self.assertEqual([row["guard"] for row in told["guards"]],
                         ["watching"])
        self.assertNotIn("summary", self.told("--until", "1h"))
        text = self.good("--since", "2001-01-01", "--until", "2001-01-02")
        self.assertIn("No guard judged anything in this time.", text)
        done = self.tool("report", "--guard", "nobody")
        self.assertEqual(done.returncode, 0)
        self.assertIn('no guard "nobody"', done.stderr)
        self.assertIn("of this name", done.stdout)

    def test_text_is_for_80_columns(self):
        for locale in ("C", "C.UTF-8"):
            text = self.good(LC_ALL=locale)
            self.assertLess(max(map(len, text.splitlines())), 80)
            for part in ("In short", "By state", "By reason", "By day",
                         "What became of those deferred", "Attacks",
                         "How long the verdicts took", "Mistakes"):
                self.assertRegex(text, rf"(?m)^{part}")

    def test_a_page_stands_alone(self):
        path = self.site.guard.workspace.file("report.html")
        self.assertEqual(self.good("--html", path), "")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        page = Page(text)
        self.assertEqual((page.open, page.loads), ([], []))
        self.assertNotRegex(text, r"https?:|url\(|@import")
        self.assertGreaterEqual(page.tables, 12)
        self.assertIn("good.example", " ".join(page.words))
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o640)
        self.assertIn("</html>", self.good("--html", "-"))
        done = self.tool("report", "--html", "/nowhere/at/all.html")
        self.assertEqual(done.returncode, 73)
        self.assertIn("/nowhere/at/all.html", done.stderr)

    def test_wrong_options_are_said(self):
        for words, told in ((["--top", "0"], "--top 0"),
                            (["--top", "x"], "--top x"),
                            (["--since", "soon"], "--since soon"),
                            (["--until", "2d", "--since", "1d"],
                             "not before"),
                            (["--json", "--html", "x"], "exclude")):
            done = self.tool("report", *words)
            self.assertEqual(done.returncode, 64, done.stdout)
            self.assertIn(told, done.stderr)

    # --- logs ---------------------------------------------------------------

    def directory(self, name):
        path = os.path.join(self.site.guard.workspace.path, name)
        os.mkdir(path)
        return os.path.join(path, "v.jsonl")

    def test_rotated_and_compressed_files_are_read(self):
        log = self.directory("rotated")
        lines = [json.dumps(v) + "\n" for v in self.site.guard.verdicts()]
        third = len(lines) // 3
        with gzip.open(log + ".2.gz", "wt", encoding="utf-8") as file:
            file.writelines(lines[:third])
        with open(log + ".1", "w", encoding="utf-8") as file:
            file.writelines(lines[third:2 * third])
        with open(log, "w", encoding="utf-8") as file:
            file.writelines(lines[2 * third:])
        done = self.of_log(log, "--json")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        told, whole = json.loads(done.stdout), self.told()
        self.assertEqual(told["log"]["files"], 3)
        for part in ("summary", "states", "reasons", "deferred", "clients",
                     "domains", "floods", "days"):
            self.assertEqual(told[part], whole[part])
        os.rename(log + ".2.gz", log + ".2.xz")
        done = self.of_log(log, "--json")
        self.assertIn("1 rotated files", done.stderr)

    def test_a_damaged_file_is_no_reason_to_be_silent(self):
        log = self.directory("damaged")
        packed = gzip.compress("".join(
            json.dumps(v) + "\n" for v in self.decisions()).encode())
        with open(log + ".1.gz", "wb") as file:
            file.write(packed[:-40])
        with open(log, "w", encoding="utf-8") as file:
            file.write(json.dumps(self.decisions()[0]) + "\nnonsense\n{}\n")
            file.write("x" * 70000 + "\n")
            file.write('{"time":"2026')             # is being written
        done = self.of_log(log, "--json")
        self.assertEqual(done.returncode, 0)
        self.assertIn("v.jsonl.1.gz: damaged", done.stderr)
        told = json.loads(done.stdout)
        self.assertEqual((told["log"]["alien"], told["log"]["broken_files"]),
                         (3, 1))
        self.assertGreaterEqual(told["summary"]["verdicts"], 1)

    def test_no_log_and_an_empty_one(self):
        log = self.directory("empty")
        done = self.of_log(log)
        self.assertEqual(done.returncode, 66)
        self.assertIn("there is no verdict log", done.stderr)
        with open(log, "w", encoding="utf-8"):
            pass
        done = self.of_log(log)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("No guard judged anything", done.stdout)

    def test_hostile_lines_command_nothing(self):
        log = self.directory("hostile")
        line = self.decisions()[1]
        line.update({name: EVIL for name in (
            "guard", "client", "auth", "sender", "mode", "flood")})
        line["address"] = f"{EVIL}@{EVIL}"
        line["evidence"] = {"provider": EVIL, "text": EVIL}
        with open(log, "w", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        done = self.of_log(log)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertNotRegex(done.stdout, r"[\x00-\x09\x0b-\x1f\x7f-\x9f]|"
                            "\u202e")
        page = Page(self.of_log(log, "--html", "-").stdout)
        self.assertEqual((page.open, page.loads), ([], []))
        self.assertIn("<script>alert(1)</script>", "".join(page.words))
        told = json.loads(self.of_log(log, "--json").stdout)
        self.assertEqual(told["summary"]["verdicts"], 1)

    def test_many_keys_are_cut_and_it_is_said(self):
        log = self.directory("large")
        line = {**self.decisions()[1], "evidence": {}}
        with gzip.open(log + ".1.gz", "wt", encoding="utf-8",
                       compresslevel=1) as file:
            for i in range(12000):
                line["address"] = f"a@d{i if i % 2 else 'often'}.example"
                file.write(json.dumps(line) + "\n")
        done = self.of_log(log)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"doften\.example +6000 ")
        self.assertIn("More than 4096 different", done.stdout)
        self.assertTrue(re.search(r"judged +12000\b", done.stdout))


if __name__ == "__main__":
    harness.main()
