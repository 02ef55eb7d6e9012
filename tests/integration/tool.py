"""The admin's command, run by a test before real daemons and a simnet."""

import json
import re
import subprocess

import harness

SCENARIO = r"""
host mx1 pipelining rcpt alice ok rcpt bob ok \
    rcpt full "452 4.2.2 The email account is over quota" \
    rcpt grey* greylist 1h \
    rcpt slow* after 2500ms ok \
    rcpt colour "550 5.1.1 \x1b[31mred\x9b and \xc2\x9b31m"
domain good.example mx 10 mx1
domain other.example mx 10 mx1
domain null.example null-mx
domain fail.example servfail
""".replace("\\\n", "")

# What makes a terminal do something, C1 controls in UTF-8 included.
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\x80-\x9f]")


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Tool(harness.SiteCase):
    SCENARIO = SCENARIO
    GUARDS = [harness.guard("signup", mode="enforce", wait="8s")]

    def tool(self, *words, **more):
        """Runs it as root with our configuration, and says how it ended."""
        return subprocess.run(
            self.site.guard.cli(*words), text=True, encoding="utf-8",
            errors="surrogateescape", capture_output=True, timeout=120,
            check=False, **more)

    def good(self, *words, status=0, **more):
        done = self.tool(*words, **more)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def bad(self, status, *words, **more):
        done = self.tool(*words, **more)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.assertNotEqual(done.stderr, "")
        return done.stderr

    def lines(self, *words):
        return [json.loads(line) for line in self.good(*words).splitlines()]

    def decided(self, address):
        """One decision on address; its line of the verdict log."""
        before = sum(v["address"] == address
                     for v in self.site.guard.verdicts())
        self.site.rcpt(address)
        return self.site.verdict(address, after=before)

    @property
    def log(self):
        return self.site.guard.workspace.file("log", "verdicts.jsonl")
