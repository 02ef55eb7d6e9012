#!/usr/bin/env python3
"""The example that mails notices: one message, and nothing is lost."""

import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "simnet"))

import tap                                                  # noqa: E402

SCRIPT = os.path.join(HERE, "notices", "rcptguard-notices")
SENDMAIL = """#!/bin/sh
[ -e "$MAIL.down" ] && exit 75
echo "$*" > "$MAIL.args"
cat > "$MAIL"
"""


class Notices(unittest.TestCase):
    def setUp(self):
        self.top = tempfile.TemporaryDirectory()
        self.dir = os.path.join(self.top.name, "spool")
        self.mail = os.path.join(self.top.name, "mail")
        os.mkdir(self.dir)
        self.sendmail = os.path.join(self.top.name, "sendmail")
        with open(self.sendmail, "w", encoding="utf-8") as file:
            file.write(SENDMAIL)
        os.chmod(self.sendmail, 0o755)

    def tearDown(self):
        self.top.cleanup()

    def put(self, name, text="{}"):
        with open(os.path.join(self.dir, name), "w",
                  encoding="utf-8") as file:
            file.write(text + "\n")

    def run_it(self):
        return subprocess.run(
            ["sh", SCRIPT, self.dir, "abuse@shop.example"],
            env={**os.environ, "SENDMAIL": self.sendmail, "MAIL": self.mail},
            capture_output=True, text=True, timeout=60, check=False)

    def message(self):
        with open(self.mail, encoding="utf-8") as file:
            return file.read()

    def test_all_in_one_message_and_then_removed(self):
        self.put("20261121T171153Z-listed-0123456789abcdef.json", '{"a":1}')
        self.put("20261121T181153Z-source_rests-0123456789abcdef.json",
                 '{"b":2}')
        self.put(".20261121T181153Z-listed-x.json")     # not whole yet
        self.assertEqual(self.run_it().returncode, 0)
        text = self.message()
        self.assertIn("Subject: rcptguard: listed source_rests (2)\n", text)
        self.assertLess(text.index('{"a":1}'), text.index('{"b":2}'))
        self.assertEqual(os.listdir(self.dir),
                         [".20261121T181153Z-listed-x.json"])

    def test_nothing_is_no_message(self):
        self.assertEqual(self.run_it().returncode, 0)
        self.assertFalse(os.path.exists(self.mail))

    def test_what_is_not_taken_stays(self):
        self.put("20261121T171153Z-listed-0123456789abcdef.json")
        with open(self.mail + ".down", "w", encoding="utf-8"):
            pass
        self.assertEqual(self.run_it().returncode, 75)
        self.assertEqual(len(os.listdir(self.dir)), 1)
        os.remove(self.mail + ".down")
        self.assertEqual(self.run_it().returncode, 0)
        self.assertEqual(os.listdir(self.dir), [])

    def test_names_that_the_probe_does_not_make(self):
        self.put("1-x\nBcc: x@y.example-1.json")
        secret = os.path.join(self.top.name, "secret")
        with open(secret, "w", encoding="utf-8") as file:
            file.write("secret")
        os.symlink(secret, os.path.join(self.dir, "1-listed-2.json"))
        self.assertEqual(self.run_it().returncode, 0)
        self.assertFalse(os.path.exists(self.mail))
        self.assertEqual(len(os.listdir(self.dir)), 2)


if __name__ == "__main__":
    tap.main()
