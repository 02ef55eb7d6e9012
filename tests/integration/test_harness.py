#!/usr/bin/env python3
"""The arrangement itself: without the guard, Postfix takes and delivers."""

import os
import signal
import subprocess
import sys
import unittest

import harness


class WithoutGuard(harness.SiteCase):
    SETTINGS = {"with_guard": False}

    def test_mail_to_anybody_arrives(self):
        with self.site.client() as session:
            session.mail()
            for address in ("a@one.example", "b@two.example"):
                self.assertEqual(session.rcpt(address).code, 250)
            reply = session.data()
        self.assertEqual(self.site.wait_until_sent(reply),
                         {"a@one.example": "sent", "b@two.example": "sent"})
        self.assertEqual(sorted(self.site.delivered())[:2],
                         ["a@one.example", "b@two.example"])
        self.assertEqual(self.site.postfix.queued(), [])

    def test_xclient_gives_login_and_address(self):
        with self.site.client(LOGIN="shop", ADDR="10.1.2.3") as session:
            session.mail()
            session.rcpt("c@one.example")
            reply = session.data()
        ident = harness.queue_id(reply)
        harness.wait_for("log line", lambda: (
            f"{ident}: client=unknown[10.1.2.3]" in self.site.postfix.log()
            and "sasl_username=shop" in self.site.postfix.log()))


class Ending(unittest.TestCase):
    """However a test ends, none of its processes is left."""

    CODE = ("import harness, time\n"
            "site = harness.Site('', with_guard=False)\n"
            "harness.tap.signal.signal(15, harness.tap.end)\n"
            "try:\n"
            "    print(site.workspace.path, flush=True)\n"
            "    time.sleep(300)\n"
            "finally:\n    site.close()\n")

    def end_with(self, number):
        child = subprocess.Popen([sys.executable, "-c", self.CODE],
                                 cwd=harness.HERE, stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, text=True)
        path = child.stdout.readline().strip()
        child.send_signal(number)
        child.wait(60)
        child.stdout.close()
        harness.wait_for("end of all processes", lambda: not using(path))
        return path

    def test_sigterm(self):
        self.assertFalse(os.path.exists(self.end_with(signal.SIGTERM)))

    def test_sigkill(self):
        subprocess.run(["rm", "-rf", self.end_with(signal.SIGKILL)],
                       check=True)


def using(path):
    """Processes that name path on their command line or stand in it."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                words = file.read().decode("utf-8", "replace")
            where = os.readlink(f"/proc/{pid}/cwd")
        except OSError:
            continue
        if path in words or where.startswith(path):
            found.append(words)
    return found


if __name__ == "__main__":
    harness.main(needs_guard=False)
