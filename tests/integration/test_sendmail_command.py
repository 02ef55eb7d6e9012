#!/usr/bin/env python3
"""contrib/postfix-sendmail-command.txt, as it is written there."""

import os
import re

import harness
from harness import guard

RECIPE = os.path.join(harness.HERE, "..", "..", "contrib",
                      "postfix-sendmail-command.txt")
SCENARIO = """
host mx1 pipelining rcpt alice ok
domain good.example mx 10 mx1
"""
GUARDS = [guard("web-mail", 'listener = [ "SENDMAIL" ];'
                ' sender = [ "www-data@shop.example" ];', "enforce", "3s")]
TEXT = "Subject: Welcome\n\nFollow this link.\n"


def recipe(network):
    """(options of pickup, services) of the recipe, at a place of our own."""
    with open(RECIPE, encoding="utf-8") as file:
        text = file.read()
    block = re.search(r"^pickup .*?\n(?=\n)", text, re.M | re.S).group(0)
    place = f"{network.address(247)}:{network.mta_port}"
    block = block.replace("127.0.0.1:10026", place).replace(
        "[127.0.0.1]:10026", f"[{network.address(247)}]:{network.mta_port}")
    block = re.sub(r"^(\S+ +\S+ +\S+ +\S+ +)y", r"\1n", block, flags=re.M)
    pickup, _, services = block.partition("\nsgloop")
    return pickup.partition("\n")[2], "sgloop" + services


class SendmailCommand(harness.SiteCase):
    SCENARIO = SCENARIO
    GUARDS = GUARDS
    SETTINGS = {"mta_settings": {
        "pickup": lambda network: recipe(network)[0],
        "master_cf": lambda network: recipe(network)[1]}}

    def test_the_good_get_theirs_and_the_sender_learns_of_the_rest(self):
        postfix = self.site.postfix
        postfix.sendmail("www-data@shop.example",
                         ["alice@good.example", "nobody@good.example"], TEXT)
        harness.wait_for("message and bounce", lambda: {
            "alice@good.example", "www-data@shop.example"}
            <= set(self.site.delivered()))
        self.assertNotIn("nobody@good.example", self.site.delivered())
        verdict = self.site.verdict("nobody@good.example")
        bounce = [e["text"] for e in self.site.simnet.events("message")
                  if e["rcpts"] == ["www-data@shop.example"]][0]
        for words in ("Status: 5.1.1", verdict["id"], "nobody@good.example"):
            self.assertIn(words, bounce)
        harness.wait_for("empty queue", lambda: not postfix.queued())
        self.assertEqual(os.listdir(os.path.join(postfix.queue, "maildrop")),
                         [])

    def test_mail_of_others_is_not_touched(self):
        self.site.postfix.sendmail("root@shop.example",
                                   ["stranger@good.example"], TEXT)
        harness.wait_for("message", lambda: "stranger@good.example"
                         in self.site.delivered())


if __name__ == "__main__":
    harness.main()
