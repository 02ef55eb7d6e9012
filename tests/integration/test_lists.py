#!/usr/bin/env python3
"""What lists say of an address, and who is then never dialled."""

import json
import subprocess
import unittest

from probe_site import ProbeSite, tap, wait_for

HEADER = "# date: 2099-01-01\n# licence: own\n# source: this test\n"
LISTS = {
    "typo": "gmial.example gmail.example\n",
    "trap": "trapped.example\nhoneypot@\n",
    "dead": "closed.example\n",
    "disposable": "throw.example\n",
    "alias": "relay.example\n",
    "role": "info\nsales\n",
    "free-mail": "gmail.example\n",
    "disposable-mx": "mx.thrower.example\n",
    "parked-mx": "parking.example\n",
    "parked-ns": "parker.example\n",
}
SCENARIO = """
host good pipelining rcpt alice ok rcpt info ok
host bait pipelining rcpt * ok
host mx.thrower.example pipelining rcpt * ok
host m1.parking.example pipelining rcpt * ok
domain good.example mx 10 good
domain www.throw.example mx 10 bait
domain throw.example mx 10 bait
domain trapped.example mx 10 bait
domain gmial.example mx 10 bait
domain foe.example mx 10 bait
domain fresh.example mx 10 mx.thrower.example
domain second.example mx 10 good mx 20 mx.thrower.example
domain parked.example mx 10 m1.parking.example
domain relay.example mx 10 good
domain www.closed.example mx 10 bait
domain lot.example a bait ns ns1.other.example ns NS7.Parker.example
domain sub.lot.example a bait
domain bare.example a good ns ns1.host.example
domain lame.example a good servfail:ns
domain away.example mx 10 good ns ns1.parker.example
"""
TRAPS = ("bait", "mx.thrower.example", "m1.parking.example")


class ListsCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = ProbeSite(SCENARIO)
        cls.addClassCleanup(cls.site.close)
        cls.workspace = cls.site.workspace
        cls.workspace.directory("lists")
        cls.workspace.directory("conf.d")
        for name, text in LISTS.items():
            cls.put(name, HEADER + text)
        cls.workspace.write("friend@throw.example\n", "allow")
        cls.workspace.write("foe.example\n", "deny")
        cls.settings()

    @classmethod
    def put(cls, name, text):
        return cls.workspace.write(text, "lists", name)

    @classmethod
    def settings(cls, more=""):
        root = cls.workspace.path
        cls.workspace.write(
            f'lists: {{ dir = "{root}/lists"; allow = "{root}/allow"; '
            f'deny = "{root}/deny"; {more} }};\n', "conf.d", "10-lists.conf")
        answer = cls.reload()
        assert answer["result"] == "ok", answer

    @classmethod
    def reload(cls):
        with cls.site.wire() as wire:
            return wire.ask("reload")

    def asked(self, address):
        """State and reason of a fresh verdict."""
        answer = self.site.verify(address, fresh="yes", wait_ms=10000)
        return answer["state"], answer["reason"]

    def tool(self, *words):
        done = subprocess.run(self.site.guard.cli(*words), timeout=120,
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    def left_alone(self):
        for host in TRAPS:
            self.assertEqual(self.site.simnet.host(host)["connections"], 0,
                             host)


class Lists(ListsCase):
    def test_a_misspelt_domain_is_not_asked_but_corrected(self):
        for fresh in ("yes", "no"):     # the second from the store
            self.site.idle()
            # a verdict is served a moment before its evidence is stored
            answer = wait_for("evidence", lambda: [
                a for a in [self.site.verify("Bob@gmial.example", fresh=fresh,
                                             evidence="yes")]
                if "evidence" in a])[0]
            self.assertEqual((answer["reason"], answer["suggestion"]),
                             ("possible_typo", "Bob@gmail.example"))
            evidence = json.loads(answer["evidence"])
            self.assertEqual((evidence["rule"], evidence["text"]),
                             ("list.typo", "did you mean gmail.example?"))
        self.assertIn("lists/typo, line 4",
                      json.dumps(evidence["story"]))
        self.left_alone()

    def test_check_tells_the_suggestion(self):
        status, out, _ = self.tool("check", "--json", "bob@gmial.example")
        said = json.loads(out)
        self.assertEqual((status, said["reason"], said["suggestion"]),
                         (2, "possible_typo", "bob@gmail.example"))
        status, out, _ = self.tool("check", "bob@gmial.example")
        self.assertIn("bob@gmail.example?", out)
        _, out, _ = self.tool("check", "--json", "alice@good.example")
        self.assertNotIn("suggestion", json.loads(out))

    def test_traps_and_throwaways_are_never_dialled(self):
        for address, reason in (
                ("x@trapped.example", "possible_trap"),
                ("honeypot@good.example", "possible_trap"),
                ("x@throw.example", "disposable"),
                ("x@www.throw.example", "disposable"),
                ("x@foe.example", "denied"),
                ("x@fresh.example", "disposable"),
                ("x@second.example", "disposable"),
                ("x@parked.example", "possible_trap"),
                ("x@www.closed.example", "possible_trap"),
                ("x@lot.example", "possible_trap"),
                ("x@sub.lot.example", "possible_trap")):
            with self.subTest(address):
                self.assertEqual(self.asked(address), ("risky", reason))
        self.left_alone()
        self.assertNotIn("honeypot@good.example",
                         self.site.simnet.host("good")["rcpts"])

    def asked_of_dns(self, domain):
        return sorted((e["type"], e["name"])
                      for e in self.site.simnet.events("dns")
                      if e["name"].endswith(domain))

    def test_name_servers_are_asked_for_where_there_is_no_mx_alone(self):
        for address in ("alice@bare.example", "alice@lame.example",
                        "alice@away.example"):
            self.assertEqual(self.asked(address),
                             ("deliverable", "accepted"), address)
        self.assertEqual(self.asked_of_dns("bare.example"), [
            ("a", "bare.example"), ("aaaa", "bare.example"),
            ("mx", "bare.example"), ("ns", "bare.example")])
        # Who has a mail host is not asked about more than that.
        self.assertEqual(self.asked_of_dns("away.example"),
                         [("mx", "away.example")])
        self.assertEqual(self.asked("x@sub.lot.example")[1],
                         "possible_trap")
        self.assertIn(("ns", "lot.example"), self.asked_of_dns("lot.example"))
        self.assertNotIn(("ns", "sub.lot.example"),
                         self.asked_of_dns("lot.example"))
        answer = wait_for("evidence", lambda: [
            a for a in [self.site.verify("x@lot.example", evidence="yes")]
            if "evidence" in a])[0]
        evidence = json.loads(answer["evidence"])
        self.assertEqual(evidence["rule"], "list.parked-ns")
        self.assertIn("NS lot.example: ", answer["evidence"])
        self.assertIn("lists/parked-ns, line 4", answer["evidence"])

    def test_a_role_is_asked_first(self):
        self.assertEqual(self.asked("info@good.example"), ("risky", "role"))
        self.assertEqual(self.asked("sales@good.example"),
                         ("undeliverable", "no_such_user"))
        self.assertEqual(self.asked("alice@good.example"),
                         ("deliverable", "accepted"))
        rcpts = self.site.simnet.host("good")["rcpts"]
        self.assertIn("info@good.example", rcpts)
        self.assertIn("sales@good.example", rcpts)

    def test_an_alias_service_is_asked_as_any_other(self):
        self.assertEqual(self.asked("alice@relay.example"),
                         ("deliverable", "accepted"))

    def test_list_test_names_list_file_and_line(self):
        root = self.workspace.path
        status, out, _ = self.tool("list", "test", "bob@gmial.example")
        self.assertEqual((status, out), (
            0, f"typo: {root}/lists/typo:4: gmial.example; "
            "meant may be bob@gmail.example\n"))
        status, out, _ = self.tool("list", "test", "--json",
                                   "friend@throw.example")
        found = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([(f["list"], f["line"]) for f in found],
                         [("allow", 1), ("disposable", 4)])
        status, out, _ = self.tool("list", "test", "alice@good.example")
        self.assertEqual((status, out),
                         (1, "no list has alice@good.example\n"))
        self.assertEqual(self.tool("list", "test", "nobody")[0], 64)
        self.assertEqual(self.tool("list", "tset", "a@b.example")[0], 64)


class Changes(ListsCase):
    """Settings that the others would stumble over, on a site of its own."""

    def test_what_is_ignored_is_asked(self):
        self.addCleanup(self.settings)
        self.settings('disposable = "ignore"; role = "ignore"; '
                      'trap = "ignore"; typo = "ignore";')
        for address in ("x@throw.example", "x@parked.example",
                        "x@trapped.example", "x@gmial.example"):
            self.assertEqual(self.asked(address)[1], "catch_all", address)
        self.assertEqual(self.asked("info@good.example"),
                         ("deliverable", "accepted"))
        self.assertEqual(self.asked("x@foe.example"), ("risky", "denied"))

    def test_who_is_allowed_is_asked(self):
        self.assertEqual(self.asked("friend@throw.example"),
                         ("risky", "catch_all"))
        self.assertEqual(self.asked("foe@throw.example"),
                         ("risky", "disposable"))

    def test_a_fuller_list_is_put_in_place(self):
        self.assertEqual(self.asked("alice@good.example")[1], "accepted")
        old = HEADER + LISTS["disposable"]
        self.addCleanup(self.put, "disposable", old)
        wrong = self.workspace.write(old + "no domain\n", "wrong")
        status, _, err = self.tool("list", "update", "disposable", wrong)
        self.assertEqual(status, 65)
        self.assertIn(f"{wrong}:5: \"no\"", err)
        self.assertEqual(self.asked("alice@good.example")[1], "accepted")
        bare = self.workspace.write("good.example\n", "bare")
        status, _, err = self.tool("list", "update", "disposable", bare)
        self.assertEqual(status, 65)
        self.assertIn("licence", err)
        fuller = self.workspace.write(old + "good.example\n", "fuller")
        status, out, err = self.tool("list", "update", "disposable", fuller)
        self.assertEqual(status, 0, err)
        self.assertIn("2 entries", out)
        self.assertEqual(self.asked("alice@good.example")[1], "disposable")
        self.assertEqual(self.tool("list", "update", "deny", fuller)[0], 64)
        self.put("disposable", old)
        self.assertEqual(self.reload()["result"], "ok")

    def test_a_list_with_an_error_leaves_the_old_ones_in_force(self):
        self.addCleanup(self.reload)
        self.addCleanup(self.put, "trap", HEADER + LISTS["trap"])
        self.put("trap", "oops\n")
        answer = self.reload()
        self.assertEqual(answer["result"], "error")
        self.assertEqual(self.asked("x@trapped.example")[1], "possible_trap")
        self.assertIn("lists/trap:1:", self.site.probe.output())


if __name__ == "__main__":
    tap.main()
