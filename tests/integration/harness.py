"""One import for the integration tests: a whole site, and cases on it.

A Site is a network of its own, a simnet, a real Postfix before which the two
daemons stand, and a directory that goes with it.  SiteCase builds one for its
class and shows all logs when a case fails.
"""

import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "simnet")]

import client                                               # noqa: E402
import network                                              # noqa: E402
import postfix                                              # noqa: E402
import tap                                                  # noqa: E402
from guard import (Guard, MILTER_UID, PROBE_UID, guard,       # noqa: E402
                   missing)
from processes import Workspace, wait_for                   # noqa: E402
from smtpclient import Client, queue_id                     # noqa: E402

__all__ = ["Client", "Guard", "MILTER_UID", "PROBE_UID", "Site", "SiteCase",
           "guard", "main", "queue_id", "wait_for"]

SINK = "host sink at 200 mailbox pipelining rcpt * ok\n"
SINK_NUMBER = 200


class Site:
    GUARD = Guard

    def __init__(self, scenario, guards=None, with_guard=True,
                 mta=postfix.Postfix, mta_settings=None, **settings):
        """mta: the class of its mail server; the rest is the guard's."""
        self.workspace = Workspace(parent=getattr(mta, "PARENT", None))
        self.network = network.claim()
        self.guard = None
        try:
            self.build(scenario, guards, with_guard, mta, mta_settings or {},
                       settings)
        except BaseException:
            print(self.logs())
            self.close()
            raise

    def build(self, scenario, guards, with_guard, mta, mta_settings,
              settings):
        self.simnet = client.Simnet(
            self.network, self.workspace.directory("simnet"), SINK + scenario)
        self.workspace.at_end(self.simnet.stop)
        self.mta = mta(
            self.workspace, self.network, self.network.address(SINK_NUMBER),
            with_guard, **mta_settings)
        if with_guard:
            self.guard = self.GUARD(
                self.workspace, self.network, self.simnet, self.mta, guards,
                **settings)
            self.guard.start()
        self.mta.start()

    @property
    def postfix(self):
        """The mail server, where a test is about Postfix's own habits."""
        return self.mta

    def load(self, scenario):
        self.simnet.load(SINK + scenario)

    def client(self, listener="SIGNUP", **xclient):
        """A session with a guarded service; ADDR= LOGIN= of whom it is."""
        address = self.mta.address if listener == "SIGNUP" \
            else self.mta.other_address
        session = Client(address, self.mta.port)
        if xclient:
            session.xclient(**xclient)
        return session

    def rcpt(self, address, sender="no-reply@shop.example", **xclient):
        """One signup up to RCPT, in a session of its own: its reply."""
        with self.client(**xclient) as session:
            session.mail(sender)
            reply = session.rcpt(address)
            session.quit()
        return reply

    def verdict(self, address, after=0):
        """The newest line of the verdict log on address, waited for.

        after: how many lines on it there were before.
        """
        def newest():
            lines = [v for v in self.guard.verdicts()
                     if v["address"] == address]
            return lines[-1] if len(lines) > after else None
        return wait_for(f"verdict on {address}", newest)

    def until_stored(self, address):
        """Asks until the verdict comes from the store; its last reply."""
        def asked():
            before = sum(v["address"] == address
                         for v in self.guard.verdicts())
            reply = self.rcpt(address)
            return self.verdict(address, before)["source"] == "store" \
                and reply
        return wait_for(f"stored verdict on {address}", asked)

    def delivered(self):
        """All recipients, each time a message came to the sink."""
        return [r for e in self.simnet.events("message") for r in e["rcpts"]]

    def wait_until_sent(self, data_reply):
        """What became of each recipient of a message Postfix took."""
        ident = queue_id(data_reply)
        wait_for("end of delivery",
                 lambda: f"{ident}: removed" in self.mta.log())
        return self.mta.delivered(ident)

    def logs(self):
        parts = []
        if hasattr(self, "mta"):
            parts.append("--- mail server\n" + self.mta.log()[-4000:])
        if self.guard:
            parts.append(self.guard.logs())
        return "\n".join(parts)

    def close(self):
        try:
            self.workspace.close()
        finally:
            self.network.release()


class SiteCase(unittest.TestCase):
    """Cases on one Site; SCENARIO, GUARDS and SETTINGS say what it is."""

    SCENARIO = ""
    GUARDS = None
    SETTINGS = {}

    @classmethod
    def setUpClass(cls):
        cls.site = Site(cls.SCENARIO, cls.GUARDS, **cls.SETTINGS)
        cls.addClassCleanup(cls.site.close)

    def run(self, result=None):
        bad_before = len(result.failures) + len(result.errors) \
            if result else 0
        out = super().run(result)
        if result and len(result.failures) + len(result.errors) > bad_before:
            print("\n".join("# " + line
                            for line in self.site.logs().splitlines()))
        return out


def main(needs_guard=True, mta=postfix):
    """Runs the calling file's cases, or says why they cannot run here."""
    if mta.missing():
        tap.skip_all(mta.missing())
    if needs_guard and missing():
        print(f"Bail out! {missing()}; RCPTGUARD_BUILD names the build")
        sys.exit(1)
    tap.main()
