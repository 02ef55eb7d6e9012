"""A simulated mail host: one SMTP session, bent by the habits of its Host."""

import asyncio
import collections
import itertools
import re
import ssl
import time

from peer import Gone
from scenario import Answer

MAIL = re.compile(rb"FROM:\s*<(.*)>(.*)", re.I | re.S)
RCPT = re.compile(rb"TO:\s*<(.*)>(.*)", re.I | re.S)
ENDLESS_MAX = 64 * 1024 * 1024
VERBS = ("EHLO", "HELO", "STARTTLS", "MAIL", "RCPT", "RSET", "QUIT", "DATA",
         "BDAT", "NOOP")
NEXT_STEP = {"banner": "ehlo", "ehlo": "mail", "helo": "mail", "mail": "rcpt",
             "rcpt": "rset", "rset": "mail"}
LIMIT_DEFAULTS = {
    "connections": b"421 4.7.0 {host} Error: too many connections\r\n",
    "parallel": b"421 4.7.0 {host} Error: too many connections\r\n",
    "unknown": b"550 5.7.1 {client} banned: too many unknown users\r\n",
    "rcpts": b"452 4.5.3 Error: too many recipients\r\n",
    "commands": b"421 4.7.0 {host} Error: too many commands\r\n",
    "transactions": b"421 4.7.0 {host} Error: too many transactions\r\n",
}
HELLO_REQUEST = b"\x16\x03\x03\x00\x04" + bytes(4)
SERVER_HELLO = b"\x16\x03\x03\x02\x00\x02\x00\x01\xfc\x03\x03"    # begun
HARD_TO_HEAR = (b"\x00\xff\xfe\x01 \x1b[2J%n%s\x80\xc0\xaf\x00", 48)


class Memory:
    """What a host remembers from session to session."""

    def __init__(self):
        self.triplets = {}                          # greylist: first seen
        self.connections = collections.defaultdict(list)
        self.unknown = collections.defaultdict(list)
        self.turns = collections.Counter()          # of "then" answers
        self.open = 0


class World:
    """What all sessions of one simnet share."""

    def __init__(self, journal, contexts):
        self.journal = journal
        self.contexts = contexts                    # TLS habit -> SSLContext
        self.memory = collections.defaultdict(Memory)
        self.ids = itertools.count(1)
        self.sessions = set()


# A name that a catch-all test makes up (probe/random_name.h).
MADE_UP = re.compile(r"[a-z][a-z0-9]{19}@.*")


def matches(pattern, address):
    """PATTERN on an address: name, name*, *name, *, or any of it with @.

    A made-up name begins or ends like a known one by chance only, and that
    chance would be a test that fails once in a thousand times.
    """
    subject = address if "@" in pattern else address.rpartition("@")[0]
    if not address:
        subject = ""
    if pattern == "<>":
        return address == ""
    if pattern == "*":
        return True
    pattern, subject = pattern.lower(), subject.lower()
    if "*" in pattern and "@" not in pattern and MADE_UP.fullmatch(address):
        return False
    if pattern.endswith("*"):
        return subject.startswith(pattern[:-1])
    if pattern.startswith("*"):
        return subject.endswith(pattern[1:])
    return subject == pattern


def count_recent(times, window):
    if window == 0:
        return len(times)
    since = time.monotonic() - window
    return sum(1 for t in times if t > since)


class Session:
    def __init__(self, world, host, peer):
        self.world, self.host, self.peer = world, host, peer
        self.memory = world.memory[host.name]
        self.journal = world.journal
        self.id = next(world.ids)
        self.client = peer.client
        self.greeted = self.tls = self.quit_seen = False
        self.sender = None
        self.rcpts = []
        self.asked_rcpts = self.commands = self.transactions = 0
        self.withheld = b""         # a late reply
        self.given_early = set()    # steps already answered

    async def run(self):
        self.journal.connected(self.host.name, self.id, self.client)
        self.memory.open += 1
        self.memory.connections[self.client].append(time.monotonic())
        by_client = False
        try:
            await self.talk()
        except Gone as gone:
            by_client = gone.by_client
        except (ConnectionError, ssl.SSLError, OSError):
            by_client = True
        except Exception as bug:    # ours: tests must see it
            self.violation(f"simnet is wrong: {bug!r}")
            raise
        finally:
            self.memory.open -= 1
            segments = self.peer.segments()
            self.peer.transport.close()
            self.journal.closed(self.host.name, self.id, self.quit_seen,
                                by_client, segments)

    async def talk(self):
        code = await self.answer("banner", b"220 {host} ESMTP\r\n")
        if code == 421 or code == 521:
            raise Gone(by_client=False)
        while True:
            line = await self.peer.line()
            verb, _, rest = line.partition(b" ")
            name = verb.decode("ascii", "replace").upper()
            self.note_command(name, line)
            handler = getattr(self, "do_" + name.lower(), None)
            if name not in VERBS:
                handler = self.do_other
            await handler(rest)

    def note_command(self, verb, line):
        counted = verb if verb in VERBS else "other"
        self.commands += 1
        self.journal.command(self.host.name, self.id, counted, line)
        if self.peer.bare_lf:
            self.violation("line ended with LF alone")
        if len(line) > 510 and verb not in ("MAIL", "RCPT"):
            self.violation("command line longer than 512 octets")
        if b"\0" in line or b"\r" in line:
            self.violation("control octet in a command")
        if verb in ("DATA", "BDAT") and not self.host.mailbox:
            self.violation(f"{verb} from a probe")
        if verb == "STARTTLS" and self.peer.buffer:
            self.violation("octets after STARTTLS")
        if (self.peer.buffer and verb in VERBS and verb != "DATA"
                and not self.host.offers(b"PIPELINING")):
            self.violation(f"pipelined after {verb} without PIPELINING")

    def violation(self, what):
        self.journal.violation(self.host.name, self.id, what)

    # Commands: each gives the step's own reply and what it means.

    async def do_ehlo(self, rest):
        self.journal.hosts[self.host.name].helos[text(rest)] += 1
        words = [w for w in self.host.keywords
                 if not (self.tls and w == b"STARTTLS")]
        lines = [b"{host}"] + words
        reply = b"".join(b"250-" + line + b"\r\n" for line in lines[:-1])
        code = await self.answer("ehlo", reply + b"250 " + lines[-1] + b"\r\n")
        self.greeted = code == 250
        self.sender, self.rcpts = None, []

    async def do_helo(self, rest):
        self.journal.hosts[self.host.name].helos[text(rest)] += 1
        code = await self.answer("helo", b"250 {host}\r\n")
        self.greeted = code == 250
        self.sender, self.rcpts = None, []

    async def do_starttls(self, rest):
        if self.tls or not self.host.offers(b"STARTTLS"):
            await self.answer("starttls", b"502 5.5.1 not offered\r\n")
            return
        self.peer.hold_reading()
        self.peer.buffer.clear()
        if await self.answer("starttls", b"220 2.0.0 Go ahead\r\n") == 220:
            await self.handshake()
        else:
            self.peer.transport.resume_reading()

    async def handshake(self):
        habit = self.host.tls
        self.peer.transport.resume_reading()
        if habit == "drop":
            raise Gone(by_client=False)
        if habit == "reset":
            self.peer.reset()
            raise Gone(by_client=False)
        if habit == "stall":
            await self.peer.until_gone()
        if habit in ("alert", "flood", "garbage", "half", "slow"):
            await self.peer.octets()
        if habit == "half":
            await self.peer.write(SERVER_HELLO)
            raise Gone(by_client=False)
        if habit == "slow":
            for octet in SERVER_HELLO + bytes(500):
                await self.peer.write(bytes([octet]))
                await self.peer.pause(1)
        while habit == "flood":     # until they leave
            await self.peer.write(HELLO_REQUEST * 4000)
        if habit == "alert":
            await self.peer.write(b"\x15\x03\x01\x00\x02\x02\x28")
            raise Gone(by_client=False)
        if habit == "garbage":
            # Of random octets one in 256 begin like a record, and the
            # client waits for the rest of it.
            await self.peer.write(bytes(range(255, -1, -1)) * 8)
            await self.peer.until_gone()
        await self.peer.start_tls(self.world.contexts[habit])
        version = self.peer.transport.get_extra_info("ssl_object").version()
        self.journal.hosts[self.host.name].tls += 1
        self.journal.event("tls", host=self.host.name, session=self.id,
                           version=version)
        self.tls, self.greeted, self.sender = True, False, None
        if habit == "break":
            self.peer.write_below(b"250 2.0.0 Ok\r\n")

    async def do_mail(self, rest):
        m = MAIL.match(rest)
        sender = text(m.group(1)) if m else ""
        default, subject = b"250 2.1.0 Ok\r\n", sender
        if m is None:
            default = b"501 5.5.4 Syntax: MAIL FROM:<address>\r\n"
        elif self.host.require_tls and not self.tls:
            default = b"530 5.7.0 Must issue a STARTTLS command first\r\n"
        elif not self.greeted:
            default = b"503 5.5.1 Error: send HELO/EHLO first\r\n"
        elif self.sender is not None:
            default = b"503 5.5.1 Error: nested MAIL command\r\n"
        if m:
            self.journal.hosts[self.host.name].senders[sender] += 1
        self.transactions += 1
        if await self.answer("mail", default, subject) // 100 == 2:
            self.sender, self.rcpts = sender, []

    async def do_rcpt(self, rest):
        m = RCPT.match(rest)
        rcpt = text(m.group(1)) if m else ""
        default = b"550 5.1.1 <{rcpt}>: Recipient address rejected: " \
            b"User unknown\r\n"
        if m is None:
            default = b"501 5.5.4 Syntax: RCPT TO:<address>\r\n"
        elif self.sender is None:
            default = b"503 5.5.1 Error: need MAIL command\r\n"
        self.asked_rcpts += 1
        if m:
            self.journal.hosts[self.host.name].rcpts[rcpt] += 1
        use_rules = m is not None and self.sender is not None
        code = await self.answer("rcpt", default, rcpt, use_rules)
        if code // 100 == 2:
            self.rcpts.append(rcpt)
        elif code // 100 == 5:
            self.memory.unknown[self.client].append(time.monotonic())

    async def do_rset(self, rest):
        self.sender, self.rcpts = None, []
        await self.answer("rset", b"250 2.0.0 Ok\r\n")

    async def do_quit(self, rest):
        self.quit_seen = True
        await self.answer("quit", b"221 2.0.0 Bye\r\n")
        raise Gone(by_client=False)

    async def do_noop(self, rest):
        await self.answer("noop", b"250 2.0.0 Ok\r\n")

    async def do_other(self, rest):
        await self.answer("other", b"500 5.5.2 Error: command not "
                          b"recognized\r\n")

    async def do_bdat(self, rest):
        await self.answer("bdat", b"502 5.5.1 no BDAT here\r\n")

    async def do_data(self, rest):
        default = b"354 End data with <CR><LF>.<CR><LF>\r\n"
        if not self.host.mailbox:
            default = b"502 5.5.1 no DATA here\r\n"
        elif not self.rcpts:
            default = b"503 5.5.1 Error: need RCPT command\r\n"
        if await self.answer("data", default) != 354:
            return
        lines = []
        while (line := await self.peer.line()) != b".":
            lines.append(line)
        self.journal.hosts[self.host.name].messages += 1
        self.journal.event("message", host=self.host.name, session=self.id,
                           sender=self.sender, rcpts=self.rcpts,
                           text=text(b"\n".join(lines)))
        self.sender, self.rcpts = None, []
        await self.emit("data", Answer("text"), b"250 2.0.0 Ok: kept\r\n")

    # Answers: which one, when, and in what shape.

    async def answer(self, step, default, subject=None, use_rules=True):
        """Gives the step's answer; its code, or 0 if none was sent."""
        if step in self.given_early:
            self.given_early.discard(step)
            return int(default[:3])
        if self.withheld:
            late, self.withheld = self.withheld, b""
            await self.peer.write(late)
        answer = self.limited(step)
        if answer is None and use_rules:
            answer = self.rule(step, subject)
        if answer is None:
            answer = Answer("ok" if step != "rcpt" else "text")
        if step == "rcpt" and use_rules:
            answer, default = self.greylisted(answer, default, subject)
        default = self.filled(default, subject)
        if answer.text:
            default = self.filled(answer.text, subject)
        return await self.emit(step, answer, default)

    def rule(self, step, subject):
        for i, rule in enumerate(self.host.rules):
            if rule.step != step:
                continue
            if rule.pattern and not matches(rule.pattern, subject or ""):
                continue
            turn = self.memory.turns[i, subject]
            self.memory.turns[i, subject] += 1
            return rule.answers[min(turn, len(rule.answers) - 1)]
        return None

    def limited(self, step):
        for limit in self.host.limits:
            if self.over(limit, step):
                answer = limit.answer
                octets = answer.text or LIMIT_DEFAULTS[limit.what]
                kind = answer.kind if answer.kind != "ok" else "text"
                if octets.startswith(b"421") and kind == "text":
                    kind = "close"
                return Answer(kind, octets, answer.after, answer.pace)
        return None

    def over(self, limit, step):
        memory, client = self.memory, self.client
        if limit.what == "connections":
            seen = count_recent(memory.connections[client], limit.window)
            return step == "banner" and seen > limit.count
        if limit.what == "parallel":
            return step == "banner" and memory.open > limit.count
        if limit.what == "unknown":
            seen = count_recent(memory.unknown[client], limit.window)
            return step != "quit" and seen >= limit.count
        if limit.what == "rcpts":
            return step == "rcpt" and self.asked_rcpts > limit.count
        if limit.what == "transactions":
            return step == "mail" and self.transactions > limit.count
        return self.commands > limit.count

    def greylisted(self, answer, default, subject):
        """Turns an acceptance into a refusal, until its time is up."""
        wait, text_later = self.host.greylist, answer.text
        accepts = answer.kind == "ok" or text_later[:1] == b"2"
        if answer.kind == "greylist":
            wait, accepts = answer.pace, True
        if answer.kind in ("ok", "greylist"):
            answer = Answer("text", text_later or b"250 2.1.5 Ok\r\n",
                            answer.after)
        if not (accepts and wait):
            return answer, default
        triplet = (self.client, self.sender, subject)
        first = self.memory.triplets.setdefault(triplet, time.monotonic())
        if time.monotonic() - first >= wait:
            return answer, default
        return Answer("text", b"450 4.2.0 <{rcpt}>: Recipient address "
                      b"rejected: Greylisted, try again later\r\n",
                      answer.after), default

    def filled(self, octets, subject):
        for name, value in (("host", self.host.fqdn), ("client", self.client),
                            ("rcpt", subject or "")):
            octets = octets.replace(b"{" + name.encode() + b"}",
                                    value.encode("utf-8", "surrogateescape"))
        return octets

    async def emit(self, step, answer, octets):
        if answer.after:
            await self.peer.pause(answer.after)
        if answer.kind in ("ok", "text"):
            early = self.early_for(step)
            await self.send(step, octets + early)
            return code_of(octets)
        return await getattr(self, "emit_" + answer.kind.replace("-", "_"))(
            step, answer, octets)

    def early_for(self, step):
        """What the next step's host says before it is asked."""
        following = NEXT_STEP.get(step)
        for rule in self.host.rules:
            if rule.step == following and rule.answers[0].kind == "early":
                self.given_early.add(following)
                return rule.answers[0].text or b"250 2.0.0 Ok\r\n"
        return b""

    async def send(self, step, octets):
        self.journal.reply(self.host.name, self.id, step, octets)
        await self.peer.write(octets)

    async def emit_early(self, step, answer, octets):
        return await self.emit(step, Answer("text"), octets)

    async def emit_late(self, step, answer, octets):
        self.withheld = octets
        return code_of(octets)

    async def emit_twice(self, step, answer, octets):
        await self.send(step, octets + octets)
        return code_of(octets)

    async def emit_again(self, step, answer, octets):
        await self.send(step, octets)
        await self.peer.pause(answer.pace)
        await self.send(step, octets)
        return code_of(octets)

    async def emit_flush(self, step, answer, octets):
        self.peer.buffer.clear()
        await self.send(step, octets)
        return code_of(octets)

    async def emit_close(self, step, answer, octets):
        await self.send(step, octets)
        raise Gone(by_client=False)

    async def emit_half_close(self, step, answer, octets):
        await self.send(step, octets)
        if self.peer.transport.can_write_eof():
            self.peer.transport.write_eof()
        await self.peer.until_gone()

    async def emit_drop(self, step, answer, octets):
        raise Gone(by_client=False)

    async def emit_reset(self, step, answer, octets):
        self.peer.reset()
        raise Gone(by_client=False)

    async def emit_cut(self, step, answer, octets):
        self.peer.cut()
        await self.peer.until_gone()

    async def emit_hang(self, step, answer, octets):
        await self.peer.until_gone()

    async def emit_drip(self, step, answer, octets):
        self.journal.reply(self.host.name, self.id, step, octets)
        for i in range(len(octets)):
            await self.peer.write(octets[i:i + 1])
            if answer.pace:
                await self.peer.pause(answer.pace)
            else:
                await asyncio.sleep(0)
        return code_of(octets)

    async def emit_endless(self, step, answer, octets):
        await self.flood(octets[:3] + b"-", b"x" * 4096)

    async def emit_endless_lines(self, step, answer, octets):
        await self.flood(b"", (octets[:3] + b"-and so on\r\n") * 300)

    async def flood(self, head, chunk):
        await self.peer.write(head)
        for _ in range(ENDLESS_MAX // len(chunk)):
            await self.peer.write(chunk)
            await asyncio.sleep(0)
        raise Gone(by_client=False)

    async def emit_binary(self, step, answer, octets):
        noise, times = HARD_TO_HEAR
        await self.send(step, octets[:3] + b" " + noise * times + b"\r\n")
        return code_of(octets)

    async def emit_mixed(self, step, answer, octets):
        other = b"550" if octets[:1] == b"2" else b"250"
        await self.send(step, octets[:3] + b"-one thing\r\n" + other
                        + b" and another\r\n")
        return code_of(octets)


def text(octets):
    return octets.decode("utf-8", "surrogateescape")


def code_of(octets):
    """The code of the first reply, as a client would read it; 0 if none."""
    for line in octets.split(b"\r\n"):
        if line and line[3:4] != b"-":
            return int(line[:3]) if line[:3].isdigit() else 0
    return 0
