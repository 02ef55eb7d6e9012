"""Scenario files: what the simulated world does, one habit a line.

README beside this file describes the language.  parse() turns its text into
a Scenario or raises ScenarioError, which names the line and what is wrong.
Nothing in here touches a socket or a clock.
"""

import ipaddress
import re
from dataclasses import dataclass, field

STEPS = ("banner", "ehlo", "helo", "starttls", "mail", "rcpt", "rset", "quit",
         "data", "bdat", "noop", "other")
MATCHED_STEPS = ("mail", "rcpt")
BARE_ANSWERS = ("ok", "drop", "reset", "cut", "hang", "endless",
                "endless-lines", "binary", "mixed")
TEXT_ANSWERS = ("close", "twice", "early", "late", "half-close", "flush")
TIMED_ANSWERS = ("drip", "again", "greylist")
LIMITS = ("connections", "parallel", "unknown", "rcpts", "commands",
          "transactions")
TLS_MODES = ("ok", "garbage", "stall", "slow", "drop", "half", "reset",
             "alert", "break", "1.0", "1.1", "1.2", "1.3", "big", "dhe",
             "stranger", "flood")
EHLO_WORDS = {
    "pipelining": b"PIPELINING", "starttls": b"STARTTLS",
    "smtputf8": b"SMTPUTF8", "8bitmime": b"8BITMIME",
    "enhancedstatuscodes": b"ENHANCEDSTATUSCODES", "chunking": b"CHUNKING",
    "dsn": b"DSN",
}
DNS_FAULTS = ("nxdomain", "servfail", "refused", "formerr", "timeout",
              "garbage", "truncate", "wrong-id", "empty", "lie-count")
DNS_TYPES = ("mx", "a", "aaaa", "txt", "ptr", "cname", "ns")
HOST_ZONE = "sim.example"


class ScenarioError(Exception):
    """The scenario cannot be used; the text says where and why."""


@dataclass(frozen=True)
class Token:
    text: str               # as written; of a quoted one, without its quotes
    quoted: bool


@dataclass(frozen=True)
class Answer:
    kind: str               # "text", or a word of *_ANSWERS
    text: bytes = b""       # whole reply as sent; b"" = the step's own default
    after: float = 0.0      # seconds before it
    pace: float = 0.0       # drip: seconds an octet; others: seconds to wait


@dataclass
class Rule:
    step: str
    pattern: str            # "" for steps without a subject
    answers: list           # the last one repeats


@dataclass
class Limit:
    what: str
    count: int
    window: float           # 0: since the start
    answer: Answer


@dataclass
class Host:
    name: str
    at: list = field(default_factory=list)      # numbers, or addresses
    keywords: list = field(default_factory=list)
    rules: list = field(default_factory=list)
    limits: list = field(default_factory=list)
    greylist: float = 0.0
    tls: str = "ok"
    require_tls: bool = False
    mailbox: bool = False   # takes DATA and keeps the message
    refused: bool = False   # nothing listens
    blackhole: bool = False  # connections hang

    @property
    def fqdn(self):
        return self.name if "." in self.name else f"{self.name}.{HOST_ZONE}"

    def offers(self, keyword):
        return any(k.split(b" ")[0] == keyword for k in self.keywords)


@dataclass
class Fault:
    kind: str
    type: str               # a DNS type, or "" for all
    first: int              # 0: always; else the first so many questions


@dataclass
class Domain:
    name: str
    records: list = field(default_factory=list)  # (owner or "", type, value)
    faults: list = field(default_factory=list)
    delays: dict = field(default_factory=dict)   # type or "" -> seconds
    ttl: int = 300
    soa: int | None = None
    chain: int = 0


@dataclass
class Scenario:
    hosts: dict = field(default_factory=dict)
    domains: list = field(default_factory=list)


TOKEN = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|(#.*)|([^\s"]+))')


def tokens(line):
    """The tokens of a line; a # that begins one starts a comment."""
    out, at = [], 0
    line = line.rstrip()
    while at < len(line):
        m = TOKEN.match(line, at)
        if m is None:
            raise ScenarioError(f"unbalanced quote: {line[at:].strip()}")
        at = m.end()
        if m.group(2) is not None:
            break
        quoted = m.group(1) is not None
        out.append(Token(m.group(1) if quoted else m.group(3), quoted))
    return out


ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|.)", re.S)
ESCAPES = {"n": b"\r\n", "r": b"\r", "t": b"\t", "0": b"\0",
           "\\": b"\\", '"': b'"', "c": b""}


def reply_octets(text):
    r"""The octets of a quoted reply: \n is CRLF, a final \c leaves it off."""
    out, at = [], 0
    for m in ESCAPE.finditer(text):
        out.append(text[at:m.start()].encode())
        code, at = m.group(1), m.end()
        if code[0] == "x" and len(code) == 3:
            out.append(bytes([int(code[1:], 16)]))
        elif code in ESCAPES:
            out.append(ESCAPES[code])
        else:
            raise ScenarioError(f"unknown escape \\{code}")
    out.append(text[at:].encode())
    whole = b"".join(out)
    return whole if text.endswith("\\c") else whole + b"\r\n"


UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds(text):
    m = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h)", text)
    if m is None:
        raise ScenarioError(f"not a time: {text} (a number and ms, s, m or h)")
    return float(m.group(1)) * UNITS[m.group(2)]


class Words:
    """The rest of a line, taken from the left."""

    def __init__(self, items):
        self.items = list(items)

    def __bool__(self):
        return bool(self.items)

    def peek(self):
        return self.items[0] if self.items else Token("", False)

    def is_word(self, *words):
        head = self.peek()
        return not head.quoted and head.text in words

    def word(self, what):
        if not self.items or self.items[0].quoted:
            raise ScenarioError(f"expected {what}")
        return self.items.pop(0).text

    def string(self, what):
        if not self.items or not self.items[0].quoted:
            raise ScenarioError(f'expected {what} in "quotes"')
        return self.items.pop(0).text

    def number(self, what):
        text = self.word(what)
        if not text.isdigit():
            raise ScenarioError(f"expected {what}, a number: {text}")
        return int(text)

    def optional_reply(self):
        if self.items and self.items[0].quoted:
            return reply_octets(self.items.pop(0).text)
        return b""


def begins_answer(words):
    return words.peek().quoted or words.is_word(
        "after", "drip", "again", *BARE_ANSWERS, *TEXT_ANSWERS)


def parse_answer(words):
    """[after TIME] ANSWER; a bare "after TIME" delays the step's own reply."""
    after = 0.0
    if words.is_word("after"):
        words.word("after")
        after = seconds(words.word("a time"))
        if not (words.peek().quoted or words.is_word(
                *TIMED_ANSWERS, *BARE_ANSWERS, *TEXT_ANSWERS)):
            return Answer("ok", after=after)
    if words.peek().quoted:
        return Answer("text", words.optional_reply(), after)
    kind = words.word("an answer: a quoted reply, or a word such as drop")
    if kind in BARE_ANSWERS:
        return Answer(kind, after=after)
    if kind in TEXT_ANSWERS:
        return Answer(kind, words.optional_reply(), after)
    if kind in TIMED_ANSWERS:
        pace = seconds(words.word("a time"))
        return Answer(kind, words.optional_reply(), after, pace)
    raise ScenarioError(f"unknown answer: {kind}")


def parse_rule(step, words):
    pattern = words.word("a pattern") if step in MATCHED_STEPS else ""
    answers = [parse_answer(words)]
    while words.is_word("then"):
        words.word("then")
        answers.append(parse_answer(words))
    return Rule(step, pattern, answers)


def parse_limit(words):
    what = words.word("what to limit")
    if what not in LIMITS:
        raise ScenarioError(f"unknown limit: {what}")
    count, window = words.number("a count"), 0.0
    if words.is_word("per"):
        words.word("per")
        window = seconds(words.word("a time"))
    return Limit(what, count, window, parse_answer(words))


def host_places(text):
    places = []
    for part in text.split(","):
        if part.isdigit() and 0 < int(part) < 255:
            places.append(int(part))
            continue
        try:
            address = ipaddress.ip_address(part)
        except ValueError:
            raise ScenarioError(f"not an address: {part}") from None
        if not address.is_loopback:
            raise ScenarioError(f"not a loopback address: {part}")
        places.append(str(address))
    return places


def host_word(host, word, words):
    if word == "starttls":          # offered; and maybe answered oddly
        host.keywords.append(EHLO_WORDS[word])
        if begins_answer(words):
            host.rules.append(parse_rule(word, words))
    elif word in STEPS:
        host.rules.append(parse_rule(word, words))
    elif word in EHLO_WORDS:
        host.keywords.append(EHLO_WORDS[word])
    elif word == "keyword":
        host.keywords.append(reply_octets(words.string("a keyword") + "\\c"))
    elif word == "keywords":
        host.keywords += [b"XWORD%d" % i
                          for i in range(words.number("how many keywords"))]
    elif word == "at":
        host.at = host_places(words.word("numbers or addresses"))
    elif word == "limit":
        host.limits.append(parse_limit(words))
    elif word == "greylist":
        host.greylist = seconds(words.word("a time"))
    elif word == "tls":
        host.tls = words.word("a TLS habit")
        if host.tls not in TLS_MODES:
            raise ScenarioError(f"unknown TLS habit: {host.tls}")
    elif word in ("require-tls", "mailbox", "refused", "blackhole"):
        setattr(host, word.replace("-", "_"), True)
    else:
        raise ScenarioError(f"unknown habit of a host: {word}")


def parse_host(words, scenario):
    name = words.word("the host's name")
    if name in scenario.hosts:
        raise ScenarioError(f"host {name} is there already")
    host = Host(name)
    while words:
        host_word(host, words.word("a habit"), words)
    scenario.hosts[name] = host


def split_type(word, domain_type=""):
    """servfail:mx -> (servfail, mx)"""
    base, _, rrtype = word.partition(":")
    if rrtype and rrtype not in DNS_TYPES:
        raise ScenarioError(f"unknown record type: {rrtype}")
    return base, rrtype or domain_type


def add_mx(domain, words):
    preference = words.number("a preference")
    target = words.word("a mail host")
    if "=" in target:
        label, _, addresses = target.partition("=")
        target = f"{label}.{domain.name}."
        for address in addresses.split(","):
            rrtype = "aaaa" if ":" in address else "a"
            domain.records.append((target, rrtype, address))
    domain.records.append(("", "mx", (preference, target)))


def add_many_mx(domain, words):
    hosts = words.number("how many hosts")
    addresses = words.number("how many addresses each")
    target = words.word("the host they lead to")
    for i in range(hosts):
        owner = f"m{i}.{domain.name}."
        domain.records.append(("", "mx", (10 + i, owner)))
        domain.records += [(owner, "a", target)] * addresses


def domain_word(domain, word, words):
    base, rrtype = split_type(word)
    if word == "mx":
        add_mx(domain, words)
    elif word == "mx-many":
        add_many_mx(domain, words)
    elif word == "null-mx":
        domain.records.append(("", "mx", (0, ".")))
    elif word in ("a", "aaaa", "cname", "ptr", "ns"):
        domain.records.append(("", word, words.word("a value")))
    elif word == "txt":
        domain.records.append(("", "txt", words.string("the text")))
    elif word == "ttl":
        domain.ttl = words.number("seconds")
    elif word == "soa":
        domain.soa = words.number("seconds")
    elif word == "cname-chain":
        domain.chain = words.number("how many CNAMEs")
    elif base == "delay":
        domain.delays[rrtype] = seconds(words.word("a time"))
    elif base == "first":
        count = words.number("how many questions")
        kind, rrtype = split_type(words.word("a fault"))
        if kind not in DNS_FAULTS:
            raise ScenarioError(f"unknown fault: {kind}")
        domain.faults.append(Fault(kind, rrtype, count))
    elif base in DNS_FAULTS:
        domain.faults.append(Fault(base, rrtype, 0))
    else:
        raise ScenarioError(f"unknown habit of a domain: {word}")


def parse_domain(words, scenario):
    domain = Domain(words.word("the domain's name"))
    while words:
        domain_word(domain, words.word("a habit"), words)
    scenario.domains.append(domain)


def host_references(scenario):
    """Targets that are names of hosts must be hosts."""
    for domain in scenario.domains:
        for _, rrtype, value in domain.records:
            target = value[1] if rrtype == "mx" else value
            if rrtype not in ("mx", "a", "aaaa"):
                continue
            if "." in target or ":" in target or "\\" in target:
                continue
            if target not in scenario.hosts:
                raise ScenarioError(
                    f"domain {domain.name}: there is no host {target}")


def parse(text, name="scenario"):
    scenario = Scenario()
    for number, line in enumerate(text.splitlines(), 1):
        try:
            words = Words(tokens(line))
            if not words:
                continue
            what = words.word("host or domain")
            if what == "host":
                parse_host(words, scenario)
            elif what == "domain":
                parse_domain(words, scenario)
            else:
                raise ScenarioError(f"expected host or domain, not {what}")
        except ScenarioError as error:
            raise ScenarioError(f"{name}:{number}: {error}") from None
    try:
        host_references(scenario)
    except ScenarioError as error:
        raise ScenarioError(f"{name}: {error}") from None
    return scenario
