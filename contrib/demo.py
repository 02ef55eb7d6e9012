#!/usr/bin/env python3
"""The demonstration of `contrib/quickstart run`.

A real Postfix in a private instance, the two daemons before it, and a
simulated internet behind them.  Signups go through Postfix; each answer is
shown with the verdict behind it.  Then everything is stopped and removed.
"""

import argparse
import os
import socket
import subprocess
import sys
import textwrap

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TOP, "tests", "integration"))

import harness                                              # noqa: E402
from smtpclient import Client                               # noqa: E402

SCENARIO = """
host mx1 pipelining 8bitmime starttls rcpt alice ok rcpt bob ok rcpt new* ok \
rcpt postmaster ok rcpt abuse ok \
rcpt full "452 4.2.2 The email account that you tried to reach is over quota" \
rcpt slow after 3s ok
host grey pipelining greylist 5m rcpt * ok
host strict pipelining rcpt * "550 5.7.1 Service unavailable, Client host \
[{client}] blocked using Spamhaus"
domain good.example mx 10 mx1
domain grey.example mx 10 grey
domain strict.example mx 10 strict
domain null.example null-mx
domain busy.example mx 10 mx1
domain verify.test.example mx 10 mx1 a mx1 txt "v=spf1 a mx -all"
domain _dmarc.verify.test.example txt "v=DMARC1; p=reject"
domain left.example mx 10 mx1
"""
# Five bad addresses are an attack here, so that it is short to watch.
FLOOD = "min_recipients = 5; undeliverable_ratio = 0.5;"
GUARDS = [harness.guard("attacked", 'sender = [ "@forum.example" ];',
                        "enforce", "1s", FLOOD),
          harness.guard("signup", 'listener = [ "SIGNUP" ];', "enforce",
                        "1s")]
ATTACK = [(f"made-up{i}@good.example", "550 5.1.1, no such user")
          for i in range(5)] + [
    ("bob@grey.example", "450: not known, would pass at other times"),
    ("bob@good.example", "takes this user"),
]
SIGNUPS = [
    # address, what this world does
    ("alice@good.example", "takes this user"),
    ("nobody@good.example", "550 5.1.1, no such user"),
    ("alice@grey.example", "450, greylisted"),
    ("full@good.example", "452 4.2.2, over quota"),
    ("info@null.example", "null MX, takes no mail"),
    ("alice@strict.example", "550 5.7.1, our address is listed"),
    ("slow@good.example", "answers after 3 s"),
    ("alice@good.example", "the same again"),
]
# Two addresses and one random name, to see whether the host takes any.
BUDGETS = 'true; domain = "3/hour"; spacing = "0ms"'
# Postfix's own verification, through the same host, for comparison.
VERIFY_CF = """\
{address}:{port} inet n - n - - smtpd
  -o syslog_name=postfix/verify
  -o smtpd_recipient_restrictions=reject_unverified_recipient,permit
  -o address_verify_default_transport=smtp:[{mx}]:{smtp_port}
"""


def table(rows, titles):
    widths = [max(len(str(row[i])) for row in [titles] + rows)
              for i in range(len(titles))]
    lines = [titles, ["-" * w for w in widths]] + rows
    return "\n".join("  ".join(
        str(cell).ljust(w) for cell, w in zip(line, widths)).rstrip()
        for line in lines)


def short(text, width):
    return textwrap.shorten(text.replace("\n", " "), width, placeholder="...")


class Demo:
    def __init__(self, site):
        self.site = site
        self.seen = {}          # address -> verdicts so far

    def signup(self, address, world, sender="no-reply@shop.example"):
        """One signup: a row of the table."""
        reply = self.site.rcpt(address, sender=sender)
        verdict = self.site.verdict(address, self.seen.get(address, 0))
        self.seen[address] = self.seen.get(address, 0) + 1
        return [address, world, short(reply.text, 48),
                f"{verdict['state']}/{verdict['reason']}", verdict["source"],
                f"{reply.ms:.1f}"]

    def signups(self, rows, **how):
        print(table([self.signup(*row, **how) for row in rows], [
            "address", "what the world does", "Postfix's answer at RCPT",
            "state/reason", "from", "ms"]))

    def two_recipients(self):
        with self.site.client() as session:
            session.mail()
            for address in ("bob@good.example", "nix@good.example"):
                print(f"  RCPT TO:<{address}>  {session.rcpt(address)}")
            data = session.data()
            session.quit()
        print(f"  DATA  {data}")
        self.site.wait_until_sent(data)
        print("  arrived at:", ", ".join(self.site.delivered()))

    def verdict_log(self, address):
        """The log as the tool shows it, and one of its lines as it is."""
        self.tool("log")
        path = self.site.workspace.file("log", "verdicts.jsonl")
        with open(path, encoding="utf-8") as file:
            line = next(x for x in file if f'"{address}"' in x)
        print(f"\n  The line on {address}, as it is in {path}:\n")
        print("  " + line.rstrip())

    def tool(self, *words):
        print(f"$ rcptguard {' '.join(words)}", flush=True)
        done = subprocess.run(self.site.guard.cli(*words), text=True,
                              capture_output=True, check=False, timeout=60)
        print(textwrap.indent(done.stdout + done.stderr, "  ").rstrip())

    def compare(self):
        """A fresh address, asked by the guard and by Postfix's verify(8)."""
        ours = sorted(self.site.rcpt(f"new{i}@good.example").ms
                      for i in range(9))[4]
        network = self.site.network
        with Client(network.address(248), network.mta_port) as session:
            session.mail()
            theirs = session.rcpt("new9@good.example")
            session.quit()
        print(f"  rcptguard           {ours:8.1f} ms (median of 9, over a "
              "session that is open)")
        print(f"  Postfix's verify(8) {theirs.ms:8.1f} ms ({theirs.code})")


def heading(text):
    print(f"\n== {text}\n", flush=True)


def verify_service(network):
    return VERIFY_CF.format(address=network.address(248),
                            port=network.mta_port, mx=network.address(1),
                            smtp_port=network.smtp_port)


def simulated():
    site = harness.Site(SCENARIO, GUARDS,
                        mta_settings={"master_cf": verify_service})
    try:
        demo = Demo(site)
        heading("Signups through a real Postfix; the world is simulated")
        demo.signups(SIGNUPS)
        heading("The slow host has answered meanwhile; asked again")
        harness.wait_for("answer of the slow host",
                         lambda: known(site, "slow@good.example"), 15, 0.2)
        demo.seen["slow@good.example"] = count(site, "slow@good.example")
        demo.signups([("slow@good.example", "was slow")])
        heading("A bounce attack: who is not known to be good must wait")
        demo.signups(ATTACK, sender="no-reply@forum.example")
        heading("A domain whose owner asked not to be probed")
        demo.tool("exclude", "left.example", "--note", "asked by mail")
        demo.signups([("alice@left.example", "asked to be left alone")])
        heading("A domain that was asked often enough for this hour")
        site.guard.settings["budget"] = BUDGETS
        site.guard.configure(GUARDS)
        demo.tool("reload")
        demo.signups([("alice@busy.example", "takes this user"),
                      ("bob@busy.example", "takes this user too"),
                      ("new@busy.example", "would take this one")])
        heading("Would the world believe who we say we are?")
        demo.tool("preflight")
        heading("One message to a good and an unknown address")
        demo.two_recipients()
        heading("The verdict log")
        demo.verdict_log("nobody@good.example")
        heading("Why was nobody@good.example refused?")
        demo.tool("explain", "nobody@good.example")
        heading("A fresh address, from RCPT to the answer")
        demo.compare()
        heading("How it stands")
        demo.tool("status")
        heading("What was done, in all")
        demo.tool("report")
    finally:
        site.close()
    print("\nEverything is stopped and removed.")


def known(site, address):
    """Whether the tool finds a verdict, without asking the world again."""
    done = subprocess.run(site.guard.cli("cache", "get", address),
                          capture_output=True, check=False, timeout=30)
    return done.returncode == 0


def count(site, address):
    return sum(v["address"] == address for v in site.guard.verdicts())


LIVE_NOTE = """\
The guard probes the real world from this machine: DNS, and SMTP to port 25 of
the addresses' mail hosts, as {helo}, MAIL FROM:<{sender}>.
No message is sent; the private Postfix keeps what it takes. The guard only
observes: all answers are 250, and the table shows what it would have done.
"""


def live(args):
    helo = args.helo or socket.getfqdn()
    sender = args.sender or f"postmaster@{helo}"
    heading("Signups through a real Postfix, in the real world")
    print(LIVE_NOTE.format(helo=helo, sender=sender))
    guards = [harness.guard("signup", 'listener = [ "SIGNUP" ];', "observe",
                            "8s")]
    site = harness.Site("", guards, dns="", allow="", port=25, budget="true",
                        helo=helo, sender=sender)
    try:
        demo = Demo(site)
        demo.signups([(address, "") for address in args.live])
        heading("The verdict log")
        demo.verdict_log(args.live[0])
        for address in args.live:
            print()
            demo.tool("explain", address)
        heading("What was done, in all")
        demo.tool("report")
    finally:
        site.close()
    print("\nEverything is stopped and removed.")


def arguments():
    parser = argparse.ArgumentParser(
        prog="contrib/quickstart run", description=__doc__.splitlines()[0])
    parser.add_argument("--live", nargs="+", metavar="ADDRESS",
                        help="ask the real world about these addresses")
    parser.add_argument("--helo", help="our name for --live; "
                        "default: this machine's")
    parser.add_argument("--sender", help="MAIL FROM for --live; "
                        "default: postmaster at that name")
    return parser.parse_args()


def main():
    args = arguments()
    reason = harness.postfix.missing() or harness.missing()
    if reason:
        sys.exit(f"quickstart: {reason}")
    for number in (harness.tap.signal.SIGTERM, harness.tap.signal.SIGINT):
        harness.tap.signal.signal(number, harness.tap.end)
    try:
        if args.live:
            live(args)
        else:
            simulated()
    except harness.tap.Ended as ended:
        sys.exit(f"quickstart: {ended}; everything is stopped and removed")


if __name__ == "__main__":
    main()
