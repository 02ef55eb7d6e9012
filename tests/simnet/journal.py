"""What happened: one JSON object a line, and counts for tests to ask for."""

import collections
import json
import time


class HostCounts:
    def __init__(self):
        self.connections = 0
        self.open = 0
        self.max_open = 0
        self.tls = 0
        self.quits = 0
        self.missing_quit = 0       # the client left without QUIT
        self.segments = 0           # with data, of connections that are over
        self.commands = collections.Counter()
        self.replies = collections.Counter()
        self.rcpts = collections.Counter()
        self.senders = collections.Counter()
        self.helos = collections.Counter()
        self.messages = 0
        self.violations = []

    def as_dict(self):
        return {name: dict(value) if isinstance(value, dict) else value
                for name, value in vars(self).items()}


class Journal:
    """file: an open text file, or None to keep only the counts."""

    def __init__(self, file):
        self.file = file
        self.begin = time.monotonic()
        self.hosts = collections.defaultdict(HostCounts)
        self.queries = collections.Counter()

    def event(self, what, **fields):
        if self.file is None:
            return
        at = round(time.monotonic() - self.begin, 6)
        line = {"t": at, "wall": round(time.time(), 3), "event": what}
        line.update(fields)
        self.file.write(json.dumps(line) + "\n")

    def connected(self, host, session, client):
        counts = self.hosts[host]
        counts.connections += 1
        counts.open += 1
        counts.max_open = max(counts.max_open, counts.open)
        self.event("connect", host=host, session=session, client=client)

    def closed(self, host, session, quit_seen, by_client, segments):
        counts = self.hosts[host]
        counts.open -= 1
        counts.segments += segments
        if quit_seen:
            counts.quits += 1
        elif by_client:
            counts.missing_quit += 1
        self.event("close", host=host, session=session, quit=quit_seen,
                   by="client" if by_client else "host")

    def command(self, host, session, verb, line):
        self.hosts[host].commands[verb] += 1
        self.event("command", host=host, session=session, verb=verb,
                   line=printable(line))

    def reply(self, host, session, step, octets):
        text = printable(octets)
        self.hosts[host].replies[text[:3]] += 1
        self.event("reply", host=host, session=session, step=step, text=text)

    def violation(self, host, session, what):
        self.hosts[host].violations.append(what)
        self.event("violation", host=host, session=session, text=what)

    def query(self, outcome, tcp):
        self.queries[f"{outcome.type} {outcome.name}"] += 1
        self.event("dns", name=outcome.name, type=outcome.type,
                   answer=outcome.what, tcp=tcp)

    def stats(self):
        return {"hosts": {n: c.as_dict() for n, c in self.hosts.items()},
                "queries": dict(self.queries)}

    def reset(self):
        """Forgets the counts; what is open stays counted as open."""
        still = {n: c.open for n, c in self.hosts.items() if c.open}
        self.hosts.clear()
        self.queries.clear()
        for name, count in still.items():
            self.hosts[name].open = self.hosts[name].max_open = count


def printable(octets):
    return octets.rstrip(b"\r\n").decode("utf-8", "backslashreplace")
