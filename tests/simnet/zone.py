"""The simulated DNS as data: a Scenario's domains, ready to be asked.

Names are tuples of lower-case labels (bytes), so any octet may be in one.
answer() takes a query's octets and gives an Outcome; the server sends it.
"""

import ipaddress
import re
import struct
from dataclasses import dataclass, field

TYPES = {"a": 1, "ns": 2, "cname": 5, "ptr": 12, "mx": 15, "soa": 6, "txt": 16,
         "aaaa": 28}
TYPE_NAMES = {number: name for name, number in TYPES.items()}
RCODES = {"formerr": 1, "servfail": 2, "nxdomain": 3, "refused": 5}
OPT = 41
CHAIN_MAX = 32
UDP_SIZE = 512


def labels(name):
    r"""Labels of a name in master file form (\DDD and \X are octets)."""
    out, label = [], bytearray()
    parts = re.findall(r"\\(\d{3})|\\(.)|(\.)|([^\\.])", name, re.S)
    for ddd, escaped, dot, plain in parts:
        if dot:
            if label:
                out.append(bytes(label))
            label = bytearray()
        elif ddd:
            label.append(int(ddd))
        else:
            label += (escaped or plain).encode()
    if label:
        out.append(bytes(label))
    return tuple(out)


def key(parts):
    return tuple(part.lower() for part in parts)


def wire_name(parts):
    return b"".join(bytes([len(p)]) + p for p in parts) + b"\0"


@dataclass
class Node:
    records: dict = field(default_factory=dict)  # type -> rdata in order
    faults: list = field(default_factory=list)
    delays: dict = field(default_factory=dict)
    ttl: int = 300
    soa: int | None = None      # seconds of what is not there


@dataclass
class Outcome:
    reply: bytes            # empty: no answer
    delay: float
    name: str               # for the journal
    type: str
    what: str


class Zone:
    """addresses: host name -> list of addresses, for the A/AAAA of hosts."""

    def __init__(self, scenario, addresses):
        self.nodes = {}
        self.inner = set()          # names that only have names below them
        self.asked = {}             # (key, fault index) -> questions so far
        self.addresses = addresses
        self.fqdns = {h.name: h.fqdn for h in scenario.hosts.values()}
        for host in scenario.hosts.values():
            for address in addresses[host.name]:
                rrtype = "aaaa" if ":" in address else "a"
                self.add(self.node(host.fqdn), rrtype, address)
        for domain in scenario.domains:
            self.add_domain(domain)
        for parts in list(self.nodes):
            self.inner.update(parts[i:] for i in range(1, len(parts)))

    def node(self, name):
        return self.nodes.setdefault(key(labels(name)), Node())

    def add(self, node, rrtype, value):
        for rdata in self.rdata(rrtype, value):
            node.records.setdefault(rrtype, []).append(rdata)

    def rdata(self, rrtype, value):
        """A list: a host's name may stand for several addresses."""
        if rrtype in ("a", "aaaa"):
            family = 6 if rrtype == "aaaa" else 4
            values = self.addresses.get(value, [value])
            return [a.packed for a in map(ipaddress.ip_address, values)
                    if a.version == family]
        if rrtype == "mx":
            preference, target = value
            target = self.fqdns.get(target, target)
            return [struct.pack(">H", preference) + wire_name(labels(target))]
        if rrtype == "txt":
            octets = value.encode()
            chunks = [octets[i:i + 255] for i in range(0, len(octets), 255)]
            return [b"".join(bytes([len(c)]) + c for c in chunks or [b""])]
        return [wire_name(labels(value))]

    def add_domain(self, domain):
        owner = domain.name
        for i in range(domain.chain):
            alias = f"c{i}.{domain.name}."
            self.add(self.node(owner), "cname", alias)
            owner = alias
        base = self.node(domain.name)
        base.faults = domain.faults
        base.delays = domain.delays
        base.soa = domain.soa
        for name, rrtype, value in domain.records:
            node = self.node(name or owner)
            node.ttl = domain.ttl
            self.add(node, rrtype, value)

    def find(self, parts):
        """The node of a name, by way of a wildcard if there is one."""
        if parts in self.nodes:
            return self.nodes[parts]
        for i in range(1, len(parts)):
            node = self.nodes.get((b"*",) + parts[i:])
            if node is not None:
                return node
        return None

    def resolve(self, parts, rrtype):
        """Answer records [(owner, type, ttl, rdata)] and whether it exists."""
        records, owner = [], parts
        for _ in range(CHAIN_MAX):
            node = self.find(owner)
            if node is None:
                return records, bool(records) or owner in self.inner
            if rrtype in node.records or "cname" not in node.records:
                records += [(owner, rrtype, node.ttl, rdata)
                            for rdata in node.records.get(rrtype, [])]
                return records, True
            rdata = node.records["cname"][0]
            records.append((owner, "cname", node.ttl, rdata))
            owner = key(read_name(rdata, 0)[0])
        return records, True

    def authority(self, parts):
        """The SOA record of the nearest name above that has one."""
        for i in range(len(parts)):
            node = self.nodes.get(parts[i:])
            if node is not None and node.soa is not None:
                numbers = struct.pack(">5I", 1, 7200, 3600, 86400, node.soa)
                return [(parts[i:], "soa", 86400, wire_name(parts[i:])
                         + wire_name((b"hostmaster",) + parts[i:])
                         + numbers)]
        return []

    def fault(self, parts, rrtype):
        node = self.find(parts)
        if node is None:
            return None
        for i, fault in enumerate(node.faults):
            if fault.type not in ("", rrtype):
                continue
            seen = self.asked.get((parts, i), 0)
            self.asked[parts, i] = seen + 1
            if fault.first == 0 or seen < fault.first:
                return fault.kind
        return None

    def delay(self, parts, rrtype):
        node = self.find(parts)
        if node is None:
            return 0.0
        return node.delays.get(rrtype, node.delays.get("", 0.0))

    def answer(self, query, tcp):
        """None if the octets are no query at all."""
        q = read_query(query)
        if q is None:
            return None
        rrtype = TYPE_NAMES.get(q.type, f"type{q.type}")
        parts = key(q.parts)
        shown = ".".join(p.decode("ascii", "backslashreplace") for p in parts)
        fault = self.fault(parts, rrtype)
        wait = self.delay(parts, rrtype)
        if fault == "timeout":
            return Outcome(b"", wait, shown, rrtype, fault)
        if fault == "garbage":
            return Outcome(query[:2] + b"\x81\x80" + b"\xff" * 40, wait,
                           shown, rrtype, fault)
        if fault in RCODES:
            reply = build(q, RCODES[fault], [])
            return Outcome(reply, wait, shown, rrtype, fault)
        records, exists = self.resolve(parts, rrtype)
        if fault == "empty":
            records, exists = [], True
        reply = build(q, 0 if exists else 3, records,
                      authority=[] if records else self.authority(parts))
        what = f"{len(records)} records" if exists else "nxdomain"
        if not tcp and (len(reply) > q.size or fault == "truncate"):
            reply, what = build(q, 0, [], truncated=True), "truncated"
        if fault == "wrong-id":
            reply = bytes([reply[0] ^ 0x5a]) + reply[1:]
        if fault == "lie-count":
            reply = reply[:6] + b"\xff\xff" + reply[8:]
        return Outcome(reply, wait, shown, rrtype, fault or what)


@dataclass
class Query:
    id: int
    flags: int
    parts: tuple
    type: int
    question: bytes
    size: int               # octets that a UDP answer may have
    edns: bool


def read_name(octets, at):
    """Labels and the place after them. A query of ours is not compressed."""
    parts = []
    while True:
        n = octets[at]
        if n > 63:
            raise ValueError("compressed or bad label")
        at += 1
        if n == 0:
            return tuple(parts), at
        if at + n > len(octets):
            raise ValueError("label runs past the end")
        parts.append(octets[at:at + n])
        at += n


def read_query(octets):
    try:
        ident, flags, qd, _, _, ar = struct.unpack_from(">6H", octets)
        parts, at = read_name(octets, 12)
        rrtype, _ = struct.unpack_from(">HH", octets, at)
        question = octets[12:at + 4]
        size, edns = UDP_SIZE, False
        if ar and octets[at + 4] == 0:
            opt, size = struct.unpack_from(">HH", octets, at + 5)
            edns = opt == OPT
        if qd != 1 or flags & 0x8000:
            return None
        return Query(ident, flags, parts, rrtype, question,
                     max(size, UDP_SIZE) if edns else UDP_SIZE, edns)
    except (struct.error, ValueError, IndexError):
        return None


def build(q, rcode, records, truncated=False, authority=()):
    flags = 0x8080 | (q.flags & 0x0100) | rcode
    if truncated:
        flags |= 0x0200
    head = struct.pack(">6H", q.id, flags, 1, len(records), len(authority),
                       int(q.edns))
    out = [head, q.question]
    for owner, rrtype, ttl, rdata in [*records, *authority]:
        name = b"\xc0\x0c" if owner == key(q.parts) else wire_name(owner)
        out.append(name + struct.pack(">HHIH", TYPES[rrtype], 1, ttl,
                                      len(rdata)) + rdata)
    if q.edns:
        out.append(b"\0" + struct.pack(">HHIH", OPT, 1232, 0, 0))
    return b"".join(out)
