#!/usr/bin/env python3
"""Who we are: preflight's checks on a network that has the right records."""

import datetime
import socket
import subprocess
import unittest

import probe_site
import tap
from probe_site import ProbeSite, wait_for

KEY = "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

GOOD = f"""
host out pipelining rcpt alice ok
host ours pipelining rcpt postmaster ok rcpt abuse ok rcpt probe ok
domain good.example mx 10 out
domain us.example mx 10 ours txt "v=spf1 ip4:NET.200 ip4:NET.201 -all"
domain _dmarc.us.example txt "v=DMARC1; p=none"
domain s1._domainkey.us.example txt "v=DKIM1; k=ed25519; p={KEY}"
domain verify.us.example a NET.200
domain verify2.us.example a NET.201
domain 200.REV.in-addr.arpa ptr verify.us.example
domain 201.REV.in-addr.arpa ptr verify2.us.example
domain www.us.example a NET.99
"""

KEYS = """
  policy_url = "https://www.us.example/probes";
  dkim_selector = "s1"; domain_since = "2020-01-01";
  check_hosts = [ "out.sim.example" ]; mail_sources = [ "192.0.2.0/24" ];
  sources = ( { address = "NET.200"; },
              { address = "NET.201"; helo = "verify2.us.example"; } );
"""

ONE = KEYS[:KEYS.index("  sources")] + """
  sources = ( { address = "NET.200"; } );
"""

# What the good set loses, and what then is said.
BROKEN = (
    ("no PTR", "domain 200.REV.in-addr.arpa ptr verify.us.example\n", "",
     "ptr", "fail"),
    ("a PTR that does not lead back",
     "200.REV.in-addr.arpa ptr verify.us.example",
     "200.REV.in-addr.arpa ptr www.us.example", "ptr", "fail"),
    ("SPF without the source", "ip4:NET.200", "ip4:192.0.2.1", "spf", "fail"),
    ("no DMARC", "domain _dmarc.us.example", "domain _other.us.example",
     "dmarc", "fail"),
    ("a revoked DKIM key", "p=" + KEY, "p=", "dkim", "fail"),
    ("a page that is nowhere", "domain www.", "domain ftp.", "policy_page",
     "fail"),
    ("abuse@ refuses", "rcpt abuse ok", "", "abuse", "fail"),
    ("the sender takes no bounces", "rcpt probe ok", "", "bounces", "fail"),
    ("a check host that is closed", "host out pipelining",
     "host out refused pipelining", "port25", "fail"),
)


class Site(ProbeSite):
    def words(self, text):
        reverse = ".".join(reversed(self.network.prefix.split(".")))
        return text.replace("NET", self.network.prefix).replace(
            "REV", reverse)

    def build(self, scenario, settings):
        settings = {"helo": "verify.us.example",
                    "sender": "probe@us.example", "preflight": "enforce",
                    **settings,
                    "identity_keys": self.words(settings.get("keys", KEYS))}
        settings.pop("keys", None)
        zones = self.workspace.write(settings.pop("zones", ""), "dnsbl.conf",
                                     mode=0o644)
        settings["identity_keys"] += f'blocklists = "{zones}";'
        super().build(self.words(scenario), settings)

    def load(self, scenario):
        self.simnet.load(self.words(scenario))

    def cli(self, *words):
        return subprocess.run(self.guard.cli(*words), capture_output=True,
                              text=True, timeout=100, check=False)

    def preflight(self):
        return self.guard.ask_tool("preflight", "--json")

    def sources(self):
        """State by address."""
        return {s["address"]: s["state"]
                for s in self.guard.ask_tool("source", "list", "--json")}

    def run_probe(self):
        """A probe that does not start: its end."""
        return subprocess.run(
            probe_site.setpriv(probe_site.PROBE_UID, probe_site.SHARED_GID)
            + [self.workspace.file("bin", "rcptguard-probe"), "--config",
               self.guard.config], capture_output=True, text=True,
            timeout=120, env={"RCPTGUARD_LOG": "stderr"}, check=False)

    def clients(self, host):
        return self.simnet.host(host)["connections"]


class Preflight(unittest.TestCase):
    def setUp(self):
        self.site = None

    def tearDown(self):
        if self.site is not None:
            self.site.close()

    def open(self, scenario=GOOD, **settings):
        self.site = Site(scenario, **settings)
        return self.site

    def reconfigure(self, site, old, new):
        with open(site.guard.config, encoding="utf-8") as file:
            text = file.read()
        self.assertIn(old, text)
        site.workspace.write(text.replace(old, new), "rcptguard.conf")
        site.guard.stop()
        site.guard.start_probe()

    def assertNot(self, report):
        bad = [c for c in report["checks"]
               if c["result"] in ("warn", "fail")]
        self.assertEqual(bad, [])

    def test_the_good_set_scores_ten_and_probes(self):
        site = self.open()
        report = site.preflight()
        self.assertNot(report)
        self.assertEqual((report["score"], report["passes"]), (10, True))
        done = site.cli("preflight")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("score: 10 of 10", done.stdout)
        answer = site.verify("alice@good.example")
        self.assertEqual(answer["reason"], "accepted", answer)

    def test_each_broken_record_loses_its_point_and_has_a_fix(self):
        site = self.open(preflight="warn")
        for says, good, bad, name, result in BROKEN:
            with self.subTest(says):
                self.assertIn(good, GOOD)
                site.idle()     # a session would go on as it began
                site.load(GOOD.replace(good, bad))
                report = site.preflight()
                lost = [c for c in report["checks"]
                        if c["result"] in ("warn", "fail")]
                self.assertEqual({(c["name"], c["result"]) for c in lost},
                                 {(name, result)}, lost)
                self.assertTrue(all(c["fix"] for c in lost))
                self.assertEqual(report["score"], 9)
                self.assertEqual(report["passes"],
                                 not any(c["hard"] for c in lost))

    def test_nothing_is_sent_from_sources_that_fail(self):
        site = self.open(GOOD.replace("v=spf1", "v=spf2"))
        done = site.cli("preflight")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("no probe leaves", done.stdout)
        answer = site.verify("alice@good.example")
        self.assertEqual((answer["state"], answer["reason"]),
                         ("not_checked", "preflight_failed"))
        self.assertEqual(site.clients("out"), 0)
        self.assertEqual(site.clients("ours"), 0)
        site.load(GOOD)
        self.assertTrue(site.preflight()["passes"])
        answer = site.verify("alice@good.example", fresh="yes")
        self.assertEqual(answer["reason"], "accepted", answer)

    def test_nothing_leaves_before_the_first_round_has_ended(self):
        site = self.open(dns_timeout="5s")
        site.guard.stop()
        before = site.clients("out")
        site.load(GOOD.replace("domain us.example", "domain us.example "
                               "timeout\ndomain elsewhere.example"))
        site.guard.start_probe(checked=False)
        answer = site.verify("alice@good.example")
        self.assertEqual(answer["reason"], "preflight_failed", answer)
        self.assertEqual(site.clients("out"), before)
        site.load(GOOD)         # its second try is answered
        wait_for("first round", lambda: site.guard.has_said("preflight: "))
        answer = site.verify("alice@good.example", fresh="yes")
        self.assertEqual(answer["reason"], "accepted", answer)

    def test_a_key_that_is_named_and_broken_stops_all(self):
        site = self.open(GOOD.replace("p=" + KEY, "p="))
        report = site.preflight()
        self.assertFalse(report["passes"])
        self.assertEqual(set(site.sources().values()), {"resting"})
        answer = site.verify("alice@good.example")
        self.assertEqual(answer["reason"], "preflight_failed", answer)
        self.assertEqual(site.clients("out"), 0)
        # Without a selector it costs a point and stops nothing.
        site.guard.stop()
        self.reconfigure(site, 'dkim_selector = "s1";', "")
        report = site.preflight()
        self.assertEqual((report["score"], report["passes"]), (9, True))
        answer = site.verify("alice@good.example", fresh="yes")
        self.assertEqual(answer["reason"], "accepted", answer)

    def test_an_everybodys_domain_does_not_start(self):
        site = self.open()
        site.guard.stop()
        site.workspace.directory("lists")
        site.workspace.write("# date: 2099-01-01\n# licence: own\n"
                             "# source: this test\nus.example\n", "lists",
                             "free-mail")
        site.workspace.write(
            f'lists: {{ dir = "{site.workspace.path}/lists"; }};\n',
            site.workspace.directory("conf.d"), "lists.conf")
        done = site.run_probe()
        self.assertEqual(done.returncode, 78, done.stderr)
        for key in ("identity.helo", "identity.sender",
                    "identity.sources.helo"):
            self.assertRegex(done.stderr, rf"rcptguard.conf:\d+: {key} is "
                             "in us.example")
        done = site.cli("config", "--check", site.guard.config)
        self.assertEqual(done.returncode, 78, done.stdout)
        self.assertIn("identity.sender is in us.example", done.stderr)
        self.reconfigure(site, 'preflight = "enforce"',
                         'preflight = "warn"')
        self.assertIn("identity.sender is in us.example",
                      site.probe.output())

    def test_our_own_name_is_not_asked_from_outside(self):
        site = self.open(GOOD + "domain verify.us.example mx 10 ours\n",
                         budget="true")
        for domain in ("us.example", "verify.us.example", "US.Example"):
            answer = site.verify(f"somebody@{domain}", evidence="yes")
            self.assertEqual((answer["state"], answer["reason"]),
                             ("not_checked", "preflight_failed"), answer)
            self.assertIn("of this very domain", answer["evidence"])
        self.assertNotIn("somebody@us.example",
                         site.simnet.host("ours")["rcpts"])
        answer = site.verify("alice@good.example")
        self.assertEqual(answer["reason"], "accepted", answer)

    def test_mailboxes_of_the_helo_names_domain_are_asked_too(self):
        site = self.open(GOOD + "host desk pipelining rcpt postmaster ok\n"
                         "domain other.example mx 10 desk\n"
                         "domain v.other.example a NET.201\n",
                         keys=KEYS.replace("verify2.us", "v.other"))
        report = site.preflight()
        texts = {c["text"]: c["result"] for c in report["checks"]}
        self.assertEqual(
            (texts["postmaster@other.example: accepted"],
             texts["abuse@other.example: refused (no_such_user)"],
             texts["probe@us.example: accepted"]), ("ok", "fail", "ok"))
        self.assertEqual({c["name"] for c in report["checks"]
                          if c["result"] != "ok"} & {"page_name", "abuse"},
                         {"page_name", "abuse"})

    def test_a_young_domain_is_held_to_the_first_step(self):
        born = datetime.date.today() - datetime.timedelta(days=10)
        old = ONE.replace('"NET.200"; }', '"NET.200"; since = "2020-01-01"; }')
        site = self.open(budget="true", keys=old.replace("2020-01-01",
                                                         str(born), 1))
        site.workspace.write(
            'budget: { warmup = "6/day 1000/day"; };\n',
            site.workspace.directory("conf.d"), "ramp.conf")
        with site.wire() as wire:
            self.assertEqual(wire.ask("reload")["result"], "ok")
        lost = [c for c in site.preflight()["checks"]
                if c["name"] == "domain_age"]
        self.assertEqual(lost[0]["result"], "warn", lost)
        self.assertIn("10 days old, and held to the first step",
                      lost[0]["text"])
        said = [site.verify(f"p{i}@good.example", evidence="yes", fresh="yes")
                for i in range(6)]
        self.assertEqual(said[-1]["reason"], "warmup_limit", said)
        self.assertIn("our own domain is young", said[-1]["evidence"])
        ramp = site.status()["budget"]["sources"][0]
        self.assertEqual((ramp["held"], ramp["step"]), (True, 2), ramp)
        self.assertIn("held while our domain is young",
                      site.cli("status").stdout)
        # With the years it is free.
        self.reconfigure(site, str(born), "2020-01-01")
        answer = site.verify("alice@good.example", fresh="yes")
        self.assertEqual(answer["reason"], "accepted", answer)

    def test_a_domain_of_the_first_week_sends_nothing(self):
        born = datetime.date.today() - datetime.timedelta(days=5)
        site = self.open(keys=KEYS.replace("2020-01-01", str(born)))
        answer = site.verify("alice@good.example")
        self.assertEqual((answer["state"], answer["reason"]),
                         ("not_checked", "preflight_failed"))
        self.assertEqual(site.clients("out") + site.clients("ours"), 0)

    def test_check_hosts_are_left_alone_when_they_wish(self):
        site = self.open(GOOD.replace("host out", "host out at 77"))
        before = site.clients("out")
        self.assertGreater(before, 0)
        for wish in ("out.sim.example", "mx:*.sim.example",
                     site.network.address(77)):
            done = site.cli("exclude", wish)
            self.assertEqual(done.returncode, 0, done.stderr)
            report = site.preflight()
            found = [c for c in report["checks"] if c["name"] == "port25"]
            self.assertEqual((found[0]["result"], found[0]["text"]), (
                "skipped", "out.sim.example: not tried: it is excluded on "
                "request"))
            site.cli("exclude", "--remove", wish)
        self.assertEqual(site.clients("out"), before)

    def test_check_hosts_that_are_no_targets_are_not_dialled(self):
        site = self.open()
        listener = socket.create_server(("127.0.0.1",
                                         site.network.smtp_port))
        self.addCleanup(listener.close)
        listener.settimeout(0)
        self.reconfigure(site, "out.sim.example", "127.0.0.1")
        report = site.preflight()
        found = [c for c in report["checks"] if c["name"] == "port25"]
        self.assertEqual(found[0]["result"], "skipped", found)
        self.assertIn("127.0.0.1: not tried: it is", found[0]["text"])
        self.assertRaises(BlockingIOError, listener.accept)

    def test_dns_that_is_not_there_yet_stops_nothing(self):
        broken = "".join(f"domain {name} servfail\n" for name in (
            "us.example", "verify.us.example", "_dmarc.us.example",
            "s1._domainkey.us.example", "www.us.example"))
        site = self.open(GOOD[:GOOD.index("domain us.")] + broken, clock=True,
                         keys=KEYS[:KEYS.index("  sources")])
        self.assertEqual(set(site.sources().values()), {"healthy"})
        answer = site.verify("alice@good.example")
        self.assertEqual(answer["reason"], "accepted", answer)
        # and it is looked at again as soon as DNS may be back, not a day on
        site.load(GOOD.replace("ip4:NET.200 ", ""))
        site.clock.forward(310)
        wait_for("the next run", lambda: site.status() and site.sources()[
            "any IPv4"] == "resting")

    def test_warn_only_says_so(self):
        site = self.open(GOOD.replace("v=spf1", "v=spf2"), preflight="warn")
        self.assertEqual(site.cli("preflight").returncode, 1)
        answer = site.verify("alice@good.example")
        self.assertEqual(answer["reason"], "accepted", answer)

    def test_one_source_that_fails_leaves_the_other(self):
        site = self.open(GOOD.replace("ip4:NET.200 ", ""))
        states = site.sources()
        self.assertEqual(states[site.network.address(200)], "resting")
        self.assertEqual(states[site.network.address(201)], "healthy")
        answer = site.verify("alice@good.example", evidence="yes")
        self.assertEqual(answer["reason"], "accepted", answer)
        self.assertIn(site.network.address(201), answer["evidence"])
        self.assertEqual(set(site.simnet.host("out")["helos"]),
                         {"verify2.us.example"})

    def test_sources_that_rest_send_nothing(self):
        site = self.open()
        for number in (200, 201):
            done = site.cli("source", "rest", site.network.address(number))
            self.assertEqual(done.returncode, 0, done.stderr)
        before = site.clients("out")
        answer = site.verify("alice@good.example")
        self.assertEqual((answer["state"], answer["reason"]),
                         ("not_checked", "all_sources_resting"))
        self.assertEqual(site.clients("out"), before)
        # Its word survives the end of the probe.
        site.guard.stop()
        site.guard.start_probe()
        states = site.sources()
        self.assertEqual(states[site.network.address(200)], "resting")
        site.cli("source", "resume", site.network.address(200),
                 "--cause", "fixed")
        answer = site.verify("alice@good.example", fresh="yes")
        self.assertEqual(answer["reason"], "accepted", answer)

    def test_a_listed_source_rests_and_nothing_is_sent(self):
        listed = GOOD + """
domain 2.0.0.127.bl.example a 127.0.0.2
domain 200.REV.bl.example a 127.0.0.3 txt "probing, see bl.example/200"
domain 201.REV.bl.example a 127.255.255.254
domain 2.0.0.127.dead.example a 127.255.255.254
domain 201.REV.dead.example a 127.0.0.2
"""
        site = self.open(listed, zones="""
bl.example ip 127.0.0.2 https://bl.example/removal
code bl.example 127.0.0.3 caught by machine
dead.example ip 127.0.0.2 https://dead.example/
""", keys=ONE)
        found = wait_for("listing", lambda: site.status()["listings"])
        self.assertEqual(len(found), 1, found)
        self.assertEqual(
            (found[0]["zone"], found[0]["code"], found[0]["meaning"],
             found[0]["reason"], found[0]["removal"]),
            ("bl.example", "127.0.0.3", "caught by machine",
             "probing, see bl.example/200", "https://bl.example/removal"))
        self.assertIn("https://bl.example/removal",
                      site.cli("status").stdout)
        before = site.clients("out")
        answer = site.verify("alice@good.example")
        self.assertEqual((answer["state"], answer["reason"]),
                         ("not_checked", "all_sources_resting"))
        self.assertEqual(site.clients("out"), before)
        report = site.preflight()
        self.assertEqual([c["name"] for c in report["checks"]
                          if c["result"] == "fail"], ["listed"])
        site.cli("source", "resume", site.network.address(200),
                 "--cause", "fixed")
        answer = site.verify("alice@good.example", fresh="yes")
        self.assertEqual(answer["reason"], "accepted", answer)
        # the listing has cost it its place on the ramp
        ramp = {s["address"]: s for s in site.status()["budget"]["sources"]}
        self.assertTrue(ramp[site.network.address(200)]["recovering"], ramp)

    def test_a_source_that_several_refuse_rests(self):
        blocked = '"554 5.7.1 Your IP is blocked using a blocklist"'
        # However they fall to the two, so few good answers leave refusals
        # their share before the ramp, which they lower, ends the asking.
        hosts = [f"h{i}.mail.example" for i in range(14)]
        words = GOOD + "".join(
            f"host {h} pipelining BANNER rcpt a ok rcpt b ok rcpt c ok\n"
            f"domain d{i}.example mx 10 {h}\n"
            for i, h in enumerate(hosts))
        site = self.open(words.replace("BANNER ", ""),
                         budget='true; spacing = "0s"; all = ""; '
                         'source = ""')
        names = {"verify.us.example": site.network.address(200),
                 "verify2.us.example": site.network.address(201)}
        by = {address: [] for address in names.values()}
        for i in range(len(hosts)):
            site.verify(f"a@d{i}.example", wait_ms="20000")
            helo, = set(site.simnet.host(hosts[i])["helos"])
            by[names[helo]].append(i)
        # each host sticks to one of them; one with more gets into trouble
        two, one = sorted(by, key=lambda address: len(by[address]))
        self.assertGreater(len(by[one]), 6, by)
        site.load(words.replace("BANNER", "banner " + blocked))
        site.idle()
        before = {h: site.clients(h) for h in hosts}
        reasons = {one: [], two: []}
        for i in by[one]:
            reasons[one].append(site.verify(
                f"b@d{i}.example", wait_ms="20000")["reason"])
        asked = [r for r in reasons[one] if r != "all_sources_resting"]
        self.assertLess(len(asked), len(by[one]), reasons)
        self.assertEqual(set(reasons[one][len(asked):]),
                         {"all_sources_resting"}, reasons)
        # none of them was asked from the other address instead
        self.assertEqual(sum(site.clients(hosts[i]) - before[hosts[i]]
                             for i in by[one]), len(asked))
        site.load(words.replace("BANNER ", ""))
        for i in by[two]:
            self.assertEqual(site.verify(f"b@d{i}.example",
                                         wait_ms="20000")["reason"],
                             "accepted")
        health = {s["address"]: s for s in site.status()["sources"]}
        self.assertEqual((health[one]["state"], health[two]["state"]),
                         ("resting", "healthy"), health)
        self.assertEqual(health[one]["rests"][0]["by"], "refused")
        self.assertGreaterEqual(health[one]["refusals_day"], 5)
        self.assertGreaterEqual(health[one]["refusal_ratio"], 0.2)
        self.assertEqual(health[two]["refusals_day"], 0)
        self.assertLess(health[one]["last_good_age_s"], 600)
        self.assertEqual(health[one]["ramp"]["step"], 1)
        said = site.cli("source", "list").stdout
        self.assertIn("rests by refused: several providers refused it", said)
        self.assertIn("the last good one came", said)
        # it is known over a restart, and the admin can end it
        site.guard.stop()
        site.guard.start_probe()
        states = site.sources()
        self.assertEqual((states[one], states[two]), ("resting", "healthy"))
        site.cli("source", "resume", one, "--cause", "names were wrong")
        self.assertEqual(site.sources()[one], "healthy")
        answer = site.verify(f"c@d{by[one][-1]}.example", fresh="yes",
                             wait_ms="20000")
        self.assertEqual(answer["reason"], "accepted", answer)

    def test_a_second_instance_of_a_source_does_not_start(self):
        site = self.open()
        other = site.workspace.directory("second", mode=0o2750,
                                         uid=probe_site.PROBE_UID,
                                         gid=probe_site.SHARED_GID)
        with open(site.guard.config, encoding="utf-8") as file:
            text = file.read()
        root = site.workspace.path
        config = site.workspace.write(
            text.replace(f'"{root}/state"', f'"{other}"')
                .replace(f'"{root}/run"', f'"{other}"'), "second.conf")
        done = subprocess.run(
            probe_site.setpriv(probe_site.PROBE_UID, probe_site.SHARED_GID)
            + [site.workspace.file("bin", "rcptguard-probe"), "--config",
               config], capture_output=True, text=True, timeout=120,
            env={"RCPTGUARD_LOG": "stderr"}, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(site.network.address(200), done.stderr)


if __name__ == "__main__":
    tap.main()
