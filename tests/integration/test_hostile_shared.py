#!/usr/bin/env python3
"""A host that misbehaves in the midst of a session that several share.

Who is asked before and behind has his own answer all the same, and who is
asked just then has his own or none: nobody has another's, whether all are
asked in one group, or one command at a time.
"""

from probe_site import tap
from test_group import Known, NO_USER
from test_hosts import story
from test_hostile_steps import Case as HostileCase

LONG = "x" * 2100

HIS_OWN, NONE, EITHER = range(3)

# says, what comes in place of one recipient's reply ({good} is that reply),
# what he has then
INSTEAD = [
    ("a line of 999 columns", '"{good} ' + "x" * 990 + '"', HIS_OWN),
    ("a line of 2100", f'"{{good}} {LONG}"', NONE),
    ("a hundred lines", '"' + r"{code}-x\n" * 99 + '{good}"', HIS_OWN),
    ("a hundred and one", '"' + r"{code}-x\n" * 100 + '{good}"', NONE),
    ("a reply too many, of another code", r'"{good}\n{other}"', EITHER),
    ("codes that disagree within it", r'"{code}-x\n{other}"', NONE),
    ("a CR and no LF", r'"{good}\r\c"', EITHER),
    ("CRs before its LF", r'"{good}\r\r"', HIS_OWN),
    ("another's reply behind a CR", r'"{good}\r{other}"', HIS_OWN),
    ("a NUL", r'"{good}\0"', NONE),
    ("octets above 127", r'"{good}\xff\xfe\x80\xc0\xaf"', HIS_OWN),
    ("empty lines before it", r'"\n\n{good}"', HIS_OWN),
    ("half of it and FIN", r'close "{half}\c"', NONE),
    ("FIN", "drop", NONE),
    ("RST", "reset", NONE),
    ("silence", "hang", NONE),
    ("it, one octet a segment", 'drip 0ms "{good}"', HIS_OWN),
    ("it, and nothing behind it is heard", 'flush "{good}"', HIS_OWN),
    ("it, with the reply to the next command", 'late "{good}"', EITHER),
    ("it, and FIN", 'half-close "{good}"', HIS_OWN),
]

# says, what a host does at other steps once it is known
ELSEWHERE = [
    ("a success comes again, late", 'rcpt ok* again 40ms "250 2.1.5 Ok"'),
    ("the reply to RSET comes again, late", "rset again 40ms"),
    ("RSET is answered as a recipient is", f'rset "{NO_USER}"'),
    ("RSET is answered with many lines", r'rset "250-well\n250 2.0.0 Ok"'),
    ("RSET is answered by a NUL", r'rset "250 \0"'),
    ("MAIL is worded anew each time",
     'mail * "250 fine" then "250 good" then "250 nice" then "250 well"'),
    ("the second MAIL is called nested",
     'limit transactions 1 "503 5.5.1 nested MAIL"'),
    ("QUIT is followed by a refusal", rf'quit "221 bye\n{NO_USER}"'),
    ("a refusal instead of 221", f'quit "{NO_USER}"'),
    ("QUIT is answered for ever", "quit endless-lines"),
    ("QUIT is not answered", "quit hang"),
]


def instead(answer, good):
    other = "250 2.1.5 Ok" if good == NO_USER else NO_USER
    for name, text in (("good", good), ("other", other), ("code", good[:3]),
                       ("half", good[:7])):
        answer = answer.replace("{" + name + "}", text)
    return answer


class Shared(Known, HostileCase):
    """Hosts that are known to answer several, and then are not nice."""

    SETTINGS = {"connect_timeout": "3s", "reply_timeout": "3s",
                "session_timeout": "9s", "smtp_keys": "per_mx = 1;"}
    REPLY_S, SESSION_S = 3, 9
    OFFERS = ("pipelining", "")
    EACH = 6                    # who is asked third meets it
    AT_ONCE = 20                # hosts

    def scenario(self, hosts):
        """hosts: name to habits; a name's last letter is what it offers. What
        is known of a host is known of its address: each has its own."""
        for name in hosts:
            self.places.setdefault(name, len(self.places) + 60)
        return "".join(
            f"host {name} at {self.places[name]} "
            f"{self.OFFERS[int(name[-1])]} {self.BANNER} {habits} "
            f'rcpt ok* ok rcpt bad* "{NO_USER}"\n'
            f"domain {name}.example mx 10 {name}\n"
            for name, habits in hosts.items())

    def setUp(self):
        self.places = {}
        super().setUp()

    @staticmethod
    def third_instead(answer):
        """Of two kinds, since each has a good answer of its own."""
        return (f'rcpt ok2 {instead(answer, "250 2.1.5 Ok")} '
                f"rcpt bad2 {instead(answer, NO_USER)}")

    def names(self, name, third):
        return [f"{kind}{n}@{name}.example" for n, kind in enumerate(
            ["ok", "bad", third] + ["bad", "ok"] * ((self.EACH - 3) // 2)
            + ["bad"])]

    def judge(self, verdicts, exempt=()):
        """exempt: local parts that need no answer."""
        for verdict in verdicts:
            local = verdict["address"].partition("@")[0]
            want = "deliverable" if local.startswith("ok") \
                else "undeliverable"
            states = {want, "unknown"} if local in exempt else {want}
            self.assertIn(verdict["state"], states, verdict["address"] + " "
                          + self.told(verdict) + "\n" + story(verdict))

    def make_all_known(self, names):
        """All at once, some hundred at a time; otherwise as make_known."""
        for i in range(100):
            verdicts = self.ask(*[f"ok-{x}{i}@{name}.example"
                                  for name in names for x in "ab"])
            told = {v["address"].partition("@")[2] for v in verdicts
                    if "and answered 1 before" in story(v)}
            names = [n for n in names if f"{n}.example" not in told]
            if not names:
                return
        self.fail(f"each is asked in a session of its own by {names}")

    def play(self, rows, thirds):
        """Verdicts by name. rows: name to habits once it is known; thirds:
        name to who is asked third, "ok" or "bad"."""
        self.site.simnet.load(self.scenario(dict.fromkeys(rows, "")))
        self.make_all_known(list(rows))
        self.site.idle()
        self.site.simnet.load(self.scenario(rows))
        for what in ("forget", "reset"):
            self.site.simnet.ask(what)
        before = self.descriptors(self.site)
        names = [a for name in rows for a in self.names(name, thirds[name])]
        verdicts = self.ask(*names)
        self.left_nothing(self.site, before)
        return {name: verdicts[i * self.EACH:(i + 1) * self.EACH]
                for i, name in enumerate(rows)}

    def parts(self, rows):
        """As many as are told of in a moment on a busy machine, too."""
        rows = list(rows.items())
        for at in range(0, len(rows), self.AT_ONCE):
            yield dict(rows[at:at + self.AT_ONCE])

    def test_one_reply_is_strange(self):
        rows = {f"{kind}-h{i}-{n}": self.third_instead(answer)
                for i, (_, answer, _) in enumerate(INSTEAD)
                for n in range(len(self.OFFERS)) for kind in ("ok", "bad")}
        thirds = {name: name.split("-")[0] for name in rows}
        for part in self.parts(rows):
            for name, verdicts in self.play(part, thirds).items():
                says, _, has = INSTEAD[int(name.split("-")[1][1:])]
                with self.subTest(f"{says}: {name}"):
                    self.judge(verdicts, () if has == HIS_OWN else
                               (f"{thirds[name]}2",))
                    if has == NONE:
                        self.assertEqual(verdicts[2]["state"], "unknown",
                                         story(verdicts[2]))

    def test_other_steps_are_strange(self):
        rows = {f"h{i}-{n}": habits for i, (_, habits) in enumerate(ELSEWHERE)
                for n in range(len(self.OFFERS))}
        thirds = dict.fromkeys(rows, "ok")
        for part in self.parts(rows):
            for name, verdicts in self.play(part, thirds).items():
                says, _ = ELSEWHERE[int(name.split("-")[0][1:])]
                with self.subTest(f"{says}: {name}"):
                    self.judge(verdicts)


if __name__ == "__main__":
    tap.main()
