#!/usr/bin/env python3
"""The probe under clients that vanish, reloads, faults of its own machine.

No Postfix: what is asked comes over the probe's own socket, so that what goes
wrong there is seen as it is.
"""

import collections
import json
import os
import random
import signal
import sys
import threading
import time
import unittest

import guard
from probe_site import ProbeSite, tap, wait_for

SEED = random.randrange(1 << 32)
TIMES = {"connect_timeout": "1s", "reply_timeout": "2s",
         "session_timeout": "4s", "dns_timeout": "500ms"}
SCENARIO = "\n".join(
    [f"host m{i} pipelining starttls rcpt good* ok rcpt slow* after 200ms ok "
     "rcpt drop* drop" for i in range(8)]
    + [f"host p{i} rcpt good* ok rcpt drop* drop" for i in range(4)]
    + [f"domain d{i}.example mx 10 m{i % 8}" for i in range(20)]
    + [f"domain e{i}.example mx 10 p{i % 4} mx 20 m{i % 8}"
       for i in range(20)]
    + ["domain slow.example delay 400ms mx 10 m1",
       "domain silent.example timeout"])


class ProbeCase(unittest.TestCase):
    def site(self, scenario, **settings):
        site = ProbeSite(scenario, **{**TIMES, **settings})
        self.addCleanup(site.close)
        return site


class Load:
    """What clients do, in threads, until it is ended."""

    def __init__(self, site):
        self.site = site
        self.random = random.Random(SEED)
        self.ending = threading.Event()
        self.errors = []
        self.threads = []

    def start(self, *jobs):
        self.threads = [threading.Thread(target=self.repeat, args=(job,))
                        for job in jobs]
        for thread in self.threads:
            thread.start()

    def repeat(self, job):
        while not self.ending.is_set():
            try:
                job()
            except OSError as error:    # a probe that ends may say no more
                if not self.ending.is_set():
                    self.errors.append(error)
            except AssertionError as error:
                self.errors.append(error)

    def run(self, seconds, probes, *jobs):
        """So long, and until so many probes have been started."""
        self.start(*jobs)
        time.sleep(seconds)
        wait_for(f"{probes} probes", lambda: self.site.status()["probes"]
                 ["started"] >= probes, step=0.1)
        self.end()

    def end(self):
        self.ending.set()
        for thread in self.threads:
            thread.join(60)

    def address(self):
        r = self.random
        return (f"{r.choice(['good', 'bad', 'slow', 'drop'])}"
                f"{r.randrange(100000)}@{r.choice('de')}{r.randrange(20)}"
                ".example")

    def vanish(self):
        """Asks much and leaves before the answers."""
        with self.site.wire() as wire:
            for i in range(self.random.randrange(1, 60)):
                wire.send("verify", id=i, address=self.address(),
                          fresh="yes", evidence="yes",
                          wait_ms=self.random.choice([0, 10, 500, 3000]))
            if self.random.random() < 0.5:
                time.sleep(self.random.random() * 0.3)

    def stay(self):
        """Each question has one answer, whatever happens meanwhile."""
        with self.site.wire() as wire:
            owed = set()
            for i in range(30):
                wire.send("verify", id=i, address=self.address())
                owed.add(str(i))
            while owed:
                answer = wire.answer()
                assert answer is not None, "closed with answers owed"
                assert "error" not in answer, answer
                owed.remove(answer["id"])

    def reload(self):
        with self.site.wire() as wire:
            answer = wire.ask("reload")
            assert answer and answer.get("result") == "ok", answer

    def names(self):
        with self.site.wire() as wire:
            for i in range(20):
                domain = self.random.choice(
                    ["slow.example", "silent.example",
                     f"none{self.random.randrange(1000)}.example"])
                wire.send("verify", id=i,
                          address=f"x{self.random.random()}@{domain}")
            time.sleep(0.1)

    def purge(self):
        with self.site.wire() as wire:
            wire.send("purge", id=1,
                      domain=f"d{self.random.randrange(20)}.example")
            if self.random.random() < 0.5:
                wire.answer()


class Stress(ProbeCase):
    def test_clients_vanish_while_settings_change(self):
        site = self.site(SCENARIO)
        load = Load(site)
        load.run(8, 101, load.vanish, load.vanish, load.stay, load.reload,
                 load.names, load.purge)
        self.assertEqual(load.errors, [])
        status = site.idle()
        self.assertGreater(status["probes"]["started"], 100)
        self.assertEqual(status["sessions"]["waiting"], 0)
        for name, seen in site.simnet.stats()["hosts"].items():
            self.assertEqual(seen["violations"], [], name)
            self.assertEqual(seen["missing_quit"], 0, name)

    def test_ends_cleanly_in_the_middle_of_everything(self):
        """Nothing is left allocated: the sanitizers' leak check sees it."""
        site = self.site(SCENARIO)
        load = Load(site)
        load.start(load.vanish, load.vanish, load.reload, load.names,
                   load.purge)
        time.sleep(3)
        load.ending.set()
        status = site.probe.stop()
        load.end()
        self.assertEqual(status, 0, site.probe.output()[-4000:])


class RuleSeven(ProbeCase):
    def test_a_failed_probe_leaves_verdict_and_evidence(self):
        site = self.site("host m pipelining rcpt x ok then drop\n"
                         "domain d.example mx 10 m")
        first = site.verify("x@d.example", fresh="yes", evidence="yes")
        self.assertEqual(first["reason"], "accepted")
        site.idle()
        failed = site.verify("x@d.example", fresh="yes", evidence="yes")
        self.assertEqual(failed["state"], "unknown")
        at_once = site.verify("x@d.example")
        self.assertEqual(at_once["reason"], "accepted")
        site.idle()
        later = wait_for("evidence", lambda: [
            a for a in [site.verify("x@d.example", evidence="yes")]
            if "evidence" in a])[0]
        self.assertEqual(later["reason"], "accepted")
        self.assertIn('"code":250', later["evidence"].replace(" ", ""))
        lines = wait_for("four lines", lambda: (
            lambda v: v if len(v) == 4 else None)(site.guard.verdicts()))
        for line in lines:
            if line["reason"] != "accepted":
                self.assertNotEqual(
                    line.get("evidence", {}).get("code"), 250, line)


class Wire(ProbeCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = ProbeSite("host m rcpt * ok\ndomain d.example mx 10 m",
                               **TIMES)
        cls.addClassCleanup(cls.shared.close)

    def test_a_request_in_single_octets_is_cut_off(self):
        """Two seconds for all of it, not for each octet."""
        with self.shared.wire() as wire:
            began = time.monotonic()
            try:
                for octet in b"request=verify\n" * 10:
                    wire.sock.sendall(bytes([octet]))
                    time.sleep(0.1)
            except OSError:
                pass
            self.assertLess(time.monotonic() - began, 12)

    def test_a_request_after_another_has_its_own_time(self):
        with self.shared.wire() as wire:
            for i in range(6):          # 2.4 s of 2 in all
                wire.sock.sendall(b"request=status\nwire=1\n")
                time.sleep(0.4)
                wire.sock.sendall(f"id={i}\n\n".encode())
                self.assertEqual(wire.answer()["id"], str(i))

    def test_what_a_client_sent_before_it_went_is_done(self):
        """Notes wait their turn; the end of the connection does not."""
        ids = [f"gone{i:012d}" for i in range(1000)]
        with self.shared.wire() as wire:
            wire.sock.sendall(b"".join(
                wire.message("note", note="decision", id=name,
                             time="2026-11-21T17:11:53.000Z",
                             address="gone@d.example", reason="accepted",
                             source="store") for name in ids))

        def written():
            return ids == [line["id"] for line in self.shared.guard.verdicts()
                           if line["id"].startswith("gone")]

        wait_for("a line for every note, in order", written, 60, 0.1)

    def test_a_flood_of_one_client_does_not_hold_another(self):
        """A status is told while what came before it is worked off."""
        notes, ident = 1000, "flood" + 11 * "0"

        def seen(wire):
            status = json.loads(wire.answer()["status"])
            log = status["verdict_log"]
            return log["lines"] + log["dropped"] + status["store"]["held"]

        with self.shared.wire() as flood, self.shared.wire() as other:
            other.send("status", id="before")
            before = seen(other)
            # it wakes and finds all of it there
            self.shared.probe.signal(signal.SIGSTOP)
            try:
                flood.sock.sendall(b"".join(
                    flood.message("note", note="decision", id=ident,
                                  address="x@d.example", reason="accepted",
                                  source="store",
                                  time="2026-11-21T17:11:53.000Z")
                    for _ in range(notes))
                    + flood.message("status", id="last"))
                other.send("status", id="meanwhile")
            finally:
                self.shared.probe.signal(signal.SIGCONT)
            self.assertLess(seen(other) - before, notes / 2)
            self.assertGreaterEqual(seen(flood) - before, notes)

    def test_purge_says_what_is_wrong(self):
        for attrs, word in (({}, "usage"), ({"address": "x"}, "usage"),
                            ({"domain": "a b"}, "usage"),
                            ({"domain": "d.example", "address": "x@d.example"},
                             "usage")):
            with self.subTest(attrs), self.shared.wire() as wire:
                self.assertEqual(wire.ask("purge", **attrs)["error"], word)


class Queue(ProbeCase):
    def test_waiting_for_a_session_is_no_timeout_of_theirs(self):
        """What was never asked is not kept as if it had been."""
        hosts = range(10)
        site = self.site("\n".join(
            f"host m{i} rcpt * hang\ndomain d{i}.example mx 10 m{i}"
            for i in hosts), probe_keys="parallel = 2;", reply_timeout="2s",
            session_timeout="2s")
        with site.wire() as wire:
            for i in hosts:
                wire.send("verify", id=i, address=f"x@d{i}.example",
                          wait_ms=30000)
            reasons = [wire.answer()["reason"] for _ in hosts]
        self.assertIn("timeout", reasons)
        self.assertIn("probe_unavailable", reasons)
        stored = site.idle()["store"]["verdicts"]
        self.assertEqual(stored, reasons.count("timeout"))


class Many(ProbeCase):
    """What many wait for is told all of them, a few at a time."""

    PATIENT = {"connect_timeout": "60s", "reply_timeout": "60s",
               "session_timeout": "120s", "dns_timeout": "30s"}

    def answers(self, site, requests):
        """To requests (attributes each), 250 a connection, by their id."""
        wires, answers = [], {}
        for i, attrs in enumerate(requests):
            if i % 250 == 0:
                wires.append(site.wire())
                self.addCleanup(wires[-1].close)
            wires[-1].send("verify", id=i, wait_ms=60000, **attrs)
        for i in range(len(requests)):
            answer = wires[i // 250].answer()
            self.assertNotIn(answer["id"], answers)
            answers[answer["id"]] = answer
        return [answers[str(i)] for i in range(len(requests))]

    def test_all_wait_for_one_address(self):
        site = self.site("host m pipelining rcpt good after 2s ok\n"
                         "domain d.example mx 10 m", **self.PATIENT)
        answers = self.answers(site, [
            {"address": "good@d.example",
             "evidence": "yes" if i % 3 == 0 else "no"} for i in range(600)])
        self.assertEqual({a["reason"] for a in answers}, {"accepted"})
        for i, answer in enumerate(answers):
            self.assertEqual("evidence" in answer, i % 3 == 0)
        self.assertEqual(site.simnet.host("m")["rcpts"]["good@d.example"], 1)

    def test_all_wait_for_one_host_that_refuses(self):
        """One session's answer stands for all that wait."""
        site = self.site('host m banner after 2s "554 5.7.1 no"\n'
                         "domain d.example delay 500ms mx 10 m",
                         smtp_keys="per_mx = 1;", **self.PATIENT)
        answers = self.answers(site, [
            {"address": f"u{i}@d.example", "evidence": "yes"}
            for i in range(600)])
        self.assertEqual({a["state"] for a in answers}, {"unknown"})
        told = ["another session to this host was just refused"
                in a["evidence"] for a in answers]
        self.assertEqual(told.count(False), 1)
        self.assertTrue(all("MX d.example" in a["evidence"]
                            for a in answers))
        self.assertEqual(site.simnet.host("m")["connections"], 1)
        site.idle()

    def test_more_domains_than_questions_to_dns(self):
        """What is over 8192 waits, and is asked."""
        site = self.site("domain *.bulk.example delay 3s nxdomain",
                         probe_keys="queue = 20000;",
                         **{**self.PATIENT, "dns_timeout": "10s"})
        answers = self.answers(site, [
            {"address": f"u@d{i}.bulk.example"} for i in range(9000)])
        self.assertEqual({a["reason"] for a in answers}, {"no_such_domain"})
        site.idle()


class Reload(ProbeCase):
    def test_others_are_answered_meanwhile(self):
        site = self.site(SCENARIO)
        with site.wire() as wire:
            wire.sock.sendall(
                wire.message("reload", id="first")
                + wire.message("status", id="status")
                + wire.message("reload", id="second"))
            answers = [wire.answer() for _ in range(3)]
        self.assertEqual([a["id"] for a in answers],
                         ["status", "first", "second"])
        self.assertEqual([a.get("result") for a in answers],
                         [None, "ok", "ok"])
        # the file may have changed since the first was begun
        self.assertEqual(site.probe.output().count("rules reloaded"), 2)

    def test_each_is_told_of_the_file_that_it_could_see(self):
        site = self.site(SCENARIO)
        path = site.guard.config
        with open(path, encoding="utf-8") as file:
            good = file.read()
        with site.wire() as wire:
            for text, result in (good, "ok"), ("x = ;", "error"), (good, "ok"):
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
                self.assertEqual(wire.ask("reload")["result"], result)

    def test_the_daemon_ends_meanwhile(self):
        for _ in range(5):
            site = self.site(SCENARIO)
            with site.wire() as wire:
                wire.ask("status")
                site.probe.signal(signal.SIGSTOP)
                for i in range(3):
                    wire.send("reload", id=i)
                site.probe.signal(signal.SIGTERM)
                site.probe.signal(signal.SIGCONT)
                self.assertEqual(site.probe.stop(), 0,
                                 site.probe.output()[-4000:])


class Excluded(ProbeCase):
    def test_most_of_what_is_under_way(self):
        """Ended a piece at a time: a status is told before all of it is."""
        site = self.site("\n".join(
            f"host m{i} rcpt * hang\ndomain d{i}.gone.example mx 10 m{i}\n"
            f"domain d{i}.stay.example mx 10 m{i}" for i in range(20)),
            smtp_keys="per_mx = 20;", probe_keys="parallel = 400;",
            reply_timeout="60s", session_timeout="120s")
        gone, stay = site.wire(), site.wire()
        for wire, name, count in (gone, "gone", 240), (stay, "stay", 120):
            self.addCleanup(wire.close)
            for i in range(count):
                wire.send("verify", id=i, wait_ms=60000,
                          address=f"{name}{i}@d{i % 20}.{name}.example")
        wait_for("all at RCPT", lambda: sum(
            h["commands"].get("RCPT", 0)
            for h in site.simnet.stats()["hosts"].values())
            == 360, 60, 0.1)
        with site.wire() as wire:
            wire.sock.sendall(
                wire.message("exclude", id="x", do="add",
                             what=".gone.example")
                + wire.message("status", id="meanwhile")
                + wire.message("verify", id="y", address="x@d1.gone.example"))
            answers = {a["id"]: a for a in (wire.answer() for _ in "xyz")}
        status = json.loads(answers["meanwhile"]["status"])
        self.assertGreater(status["sessions"]["open"], 120)
        self.assertEqual(answers["y"]["reason"], "excluded_by_request")
        self.assertEqual(answers["x"]["result"], "ok")
        status = site.status()
        self.assertEqual(status["sessions"]["open"], 120)
        self.assertEqual(status["probes"]["in_flight"], 120)
        self.assertEqual({gone.answer()["reason"] for _ in range(240)},
                         {"excluded_by_request"})
        site.simnet.ask("hangup")
        self.assertEqual({stay.answer()["reason"] for _ in range(120)},
                         {"closed_early"})
        site.idle()

    def test_the_daemon_ends_meanwhile(self):
        site = self.site("host m rcpt * hang\ndomain d.example mx 10 m",
                         smtp_keys="per_mx = 20;")
        with site.wire() as wire:
            for i in range(20):
                wire.send("verify", id=i, address=f"x{i}@d.example")
            wait_for("sessions",
                     lambda: site.status()["sessions"]["open"] == 20)
            site.probe.signal(signal.SIGSTOP)
            for i in range(50):
                wire.send("exclude", id=i, do="add", what=f"mx:{i}.example")
            site.probe.signal(signal.SIGTERM)
            site.probe.signal(signal.SIGCONT)
            self.assertEqual(site.probe.stop(), 0,
                             site.probe.output()[-2400:])


class Slow(ProbeCase):
    """Sessions that wait long for a word: not in the loop's own set."""

    SCENARIO = "\n".join(
        line for i in range(4) for line in (
            f"host p{i} pipelining rcpt * hang",
            f"host t{i} starttls tls 1.3 rcpt slow* after 2s ok rcpt * hang",
            f"host b{i} banner after 2s ok rcpt slow* ok",
            f"domain p{i}.example mx 10 p{i}",
            f"domain t{i}.example mx 10 t{i}",
            f"domain b{i}.example mx 10 b{i}"))

    @staticmethod
    def watched(pid):
        """Of each epoll(7) descriptor: those that it watches."""
        sets = {}
        for fd in os.listdir(f"/proc/{pid}/fd"):
            try:
                if os.readlink(f"/proc/{pid}/fd/{fd}") != \
                        "anon_inode:[eventpoll]":
                    continue
                with open(f"/proc/{pid}/fdinfo/{fd}",
                          encoding="ascii") as file:
                    sets[int(fd)] = {int(line.split()[1]) for line in file
                                     if line.startswith("tfd:")}
            except FileNotFoundError:
                continue
        return sets

    def parked(self, site):
        """How many are watched in a set that another set watches."""
        sets = self.watched(site.probe.pid)
        return sum(len(fds) for fd, fds in sets.items()
                   if any(fd in other for other in sets.values()))

    def ask(self, site, letters, local, **attrs):
        wire = site.wire()
        self.addCleanup(wire.close)
        domains = [f"{x}{i}.example" for x in letters for i in range(4)]
        for domain in domains:
            wire.send("verify", id=domain, address=f"{local}@{domain}",
                      fresh="yes", wait_ms=60000, **attrs)
        return lambda: {a["id"][0] + "/" + a["reason"]
                        for a in (wire.answer() for _ in domains)}

    def wait_parked(self, site, count):
        wait_for(f"{count} who wait apart",
                 lambda: self.parked(site) == count)

    def test_they_wait_apart_and_are_heard(self):
        site = self.site(self.SCENARIO, reply_timeout="30s",
                         session_timeout="60s")
        answers = self.ask(site, "tb", "slow")
        self.wait_parked(site, 8)
        self.assertEqual(answers(), {"t/accepted", "b/accepted"})
        self.wait_parked(site, 0)
        site.idle()

    def test_their_end_is_heard(self):
        site = self.site(self.SCENARIO, reply_timeout="30s",
                         session_timeout="60s")
        answers = self.ask(site, "pt", "x")
        self.wait_parked(site, 8)
        site.simnet.ask("hangup")
        self.assertEqual(answers(), {"p/closed_early",
                                     "t/closed_early"})
        site.idle()
        self.assertEqual(self.parked(site), 0)

    def test_their_time_ends(self):
        """The whole of it, and not what they wait before they are parked."""
        site = self.site(self.SCENARIO, reply_timeout="3s",
                         session_timeout="60s")
        began = time.monotonic()
        answers = self.ask(site, "pt", "x")
        self.wait_parked(site, 8)
        self.assertEqual(answers(), {"p/timeout", "t/timeout"})
        self.assertGreaterEqual(time.monotonic() - began, 3)
        site.idle()
        self.assertEqual(self.parked(site), 0)

    def test_the_daemon_ends_with_them(self):
        site = self.site(self.SCENARIO, reply_timeout="30s",
                         session_timeout="60s")
        self.ask(site, "pt", "x")
        self.wait_parked(site, 8)
        self.assertEqual(site.probe.stop(), 0, site.probe.output()[-4000:])


class Restless(ProbeCase):
    """Clients who ask without end do not keep sessions from their turn."""

    FLOODS = {"status": {},
              "note": {"note": "decision", "id": "f" * 16,
                       "address": "x@d.example", "reason": "accepted",
                       "source": "store", "time": "2026-11-21T17:11:53Z"}}

    def flood(self, site, kind, over):
        wire = site.wire()
        self.addCleanup(wire.close)
        octets = wire.message(kind, **{"id": "s", **self.FLOODS[kind]}) * 50

        def send():
            while not over.is_set():
                wire.sock.sendall(octets)

        def read():
            while not over.is_set() and wire.sock.recv(1 << 18):
                pass

        def run(work):
            try:
                work()
            except OSError:
                pass            # the end of the test

        for work in (send, read):
            threading.Thread(target=run, args=(work,), daemon=True).start()

    def test_each_is_asked(self):
        site = self.site("host m pipelining rcpt good* ok\n"
                         "domain d.example mx 10 m\n")
        for kind in self.FLOODS:
            with self.subTest(kind):
                over = threading.Event()
                for _ in range(4):
                    self.flood(site, kind, over)
                try:
                    for i in range(3):
                        answer = site.verify(f"good-{kind}{i}@d.example",
                                             wait_ms=20000)
                        self.assertEqual(answer["reason"], "accepted")
                finally:
                    over.set()


class Handshakes(ProbeCase):
    """Hundreds of handshakes that come to nothing are under way at once."""

    STALLING, OTHERS = 400, 60

    def test_all_are_asked_in_plain_at_last(self):
        for end in ("drop", "reset"):
            with self.subTest(end):
                self.all_are_asked(end)

    def all_are_asked(self, end):
        site = self.site("".join(
            f"host {name} starttls tls {how} rcpt good* ok\n"
            f"domain {name}.example mx 10 {name}\n"
            for name, how in
            [(f"s{i}", "stall") for i in range(20)]
            + [(f"o{i}", end) for i in range(10)]),
            reply_timeout="4s", session_timeout="20s",
            smtp_keys="per_mx = 20;", probe_keys="parallel = 1000;")
        every = ([f"good{i}@s{i % 20}.example" for i in range(self.STALLING)]
                 + [f"good{i}@o{i % 10}.example" for i in range(self.OTHERS)])
        told = collections.Counter()
        wires = []
        for at in range(0, len(every), 100):
            wires.append((site.wire(), every[at:at + 100]))
            self.addCleanup(wires[-1][0].close)
            for address in every[at:at + 100]:
                wires[-1][0].send("verify", id=address, wait_ms=60000,
                                  address=address)
        for wire, asked in wires:
            told.update(wire.answer()["reason"] for _ in asked)
        self.assertEqual(told, {"accepted": self.STALLING + self.OTHERS})


class Descriptors(ProbeCase):
    def test_room_for_all_sessions_is_made_at_the_start(self):
        """Later the kernel would hold the loop while it makes it."""
        site = self.site(SCENARIO, probe_keys="parallel = 3000;")
        with open(f"/proc/{site.probe.pid}/status",
                  encoding="ascii") as file:
            slots = [int(line.split()[1]) for line in file
                     if line.startswith("FDSize:")]
        self.assertGreaterEqual(slots[0], 3000)

    def test_it_recovers_from_having_none_left(self):
        site = self.site("host m pipelining rcpt good* ok\n"
                         "domain d.example mx 10 m")
        self.assertEqual(site.verify("good@d.example")["reason"], "accepted")
        kept = site.wire()
        self.addCleanup(kept.close)
        self.assertIn("status", kept.ask("status"))     # it is accepted
        site.limit_files(8)
        states = {kept.verify(f"good{i}@d.example", wait_ms=9000)["state"]
                  for i in range(30)}
        site.idle_over(kept)
        states.add(kept.verify("good-last@d.example", wait_ms=9000)["state"])
        self.assertIn("unknown", states)
        self.assertLessEqual(states, {"unknown", "deliverable"})
        reloaded = kept.ask("reload")
        self.assertIn("result", reloaded)
        waiting = [site.wire() for _ in range(5)]
        for wire in waiting:
            self.addCleanup(wire.close)
        time.sleep(1)
        site.limit_files(1024)
        for wire in waiting:
            self.assertEqual(wire.verify("good@d.example")["reason"],
                             "accepted")
        answer = wait_for("a new verdict", lambda: (
            lambda a: a if a["reason"] == "no_such_user" else None)(
                site.verify(f"bad{random.random()}@d.example")))
        self.assertEqual(answer["state"], "undeliverable")
        told = site.probe.output().count("cannot be accepted")
        self.assertLessEqual(told, 2, "a line for each try")


class Disk(ProbeCase):
    def test_a_full_disk_loses_no_verdict(self):
        site = self.site("host m pipelining rcpt good* ok\n"
                         "domain d.example mx 10 m", state_size="1m")
        if not site.own_disk:
            self.skipTest("file systems cannot be mounted here")
        count = 1500
        with site.wire() as wire:
            for i in range(count):
                wire.send("verify", id=i, address=f"good{i}@d.example",
                          wait_ms=30000)
                if i % 100 == 99:
                    for _ in range(100):
                        self.assertEqual(wire.answer()["reason"], "accepted")
            full = wait_for("a commit that fails", lambda: (
                lambda s: s if s["store"]["failed_commits"] else None)(
                    site.status()))
            self.assertLess(full["store"]["verdicts"], count)
            known = wire.ask("verify", address=f"good{count - 1}@d.example")
            self.assertEqual((known["reason"], known["source"]),
                             ("accepted", "store"))
            wire.send("purge", id="p", address="good0@d.example")
            site.grow_disk("64m")
            self.assertEqual(wire.answer()["result"], "ok")
        status = site.idle()
        self.assertEqual(status["store"]["verdicts"], count - 1)


class Memory(ProbeCase):
    def setUp(self):
        self.probe_site = self.site(SCENARIO, memory=True)
        self.wrong = []
        self.answers = 0

    def ask(self):
        with self.probe_site.wire() as wire:
            for _ in range(20):
                good = random.random() < 0.5
                answer = wire.verify(
                    f"{'good' if good else 'bad'}{random.randrange(1 << 20)}"
                    f"@{random.choice('de')}{random.randrange(20)}.example",
                    evidence="yes")
                if answer is None:      # it had no memory for this client
                    return
                self.answers += 1
                state = answer.get("state")
                if state == ("undeliverable" if good else "deliverable"):
                    self.wrong.append(answer)

    def test_allocations_fail(self):
        memory = self.probe_site.memory
        load = Load(self.probe_site)
        load.start(self.ask, self.ask, self.ask)
        for rate in (300, 50, 10):
            memory.rate(rate)
            time.sleep(4)
            memory.rate(0)
            goal = self.answers + 40
            wait_for("more answers", lambda: self.answers >= goal)
            self.assertTrue(self.probe_site.probe.alive(),
                            self.probe_site.probe.output()[-4000:])
        load.end()
        if memory.failed() == 0:
            self.skipTest("this build's allocator cannot be made to fail")
        self.assertEqual(self.wrong, [])
        self.assertGreater(self.answers, 100)
        self.probe_site.idle()
        self.assertEqual(self.probe_site.verify("good@d1.example")["reason"],
                         "accepted")


if __name__ == "__main__":
    if guard.missing():
        print(f"Bail out! {guard.missing()}; RCPTGUARD_BUILD names the build")
        sys.exit(1)
    print(f"# seed {SEED}")
    tap.main()
