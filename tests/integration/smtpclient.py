"""What an application sees: each reply, and how long it took."""

import base64
import re
import socket
import time
from dataclasses import dataclass


@dataclass
class Reply:
    code: int
    text: str           # all lines, as they came, joined by LF
    ms: float

    @property
    def enhanced(self):
        m = re.match(r"\d{3}[ -](\d\.\d{1,3}\.\d{1,3})", self.text)
        return m.group(1) if m else ""

    def __str__(self):
        return self.text


class Client:
    """One SMTP session, from the first word to QUIT."""

    def __init__(self, address, port, timeout=120, helo="app.test.example",
                 source=None):
        """source: the address that the session comes from."""
        self.sock = socket.create_connection(
            (address, port), timeout, source and (source, 0))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.sock.makefile("rb")
        self.helo = helo
        self.banner = self.read(time.monotonic())
        self.ehlo = self.command(f"EHLO {helo}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def read(self, since):
        lines = []
        while True:
            line = self.file.readline()
            if not line:
                raise ConnectionError(f"closed after {lines}")
            lines.append(line.decode("utf-8", "backslashreplace").rstrip())
            if line[3:4] != b"-":
                break
        ms = (time.monotonic() - since) * 1000
        return Reply(int(lines[-1][:3]), "\n".join(lines), ms)

    def command(self, line):
        since = time.monotonic()
        self.sock.sendall(line.encode() + b"\r\n")
        return self.read(since)

    def commands(self, lines):
        """All of them in one write; a reply for each."""
        since = time.monotonic()
        self.sock.sendall("".join(f"{x}\r\n" for x in lines).encode())
        return [self.read(since) for _ in lines]

    def xclient(self, **attributes):
        """Becomes another client (ADDR=, NAME=) or login (LOGIN=)."""
        words = " ".join(f"{k}={v}" for k, v in attributes.items())
        reply = self.command(f"XCLIENT {words}")
        if reply.code != 220:
            raise AssertionError(f"XCLIENT {words}: {reply}")
        return self.command(f"EHLO {self.helo}")

    def login(self, name, password):
        """AUTH PLAIN, RFC 4616."""
        words = base64.b64encode(f"\0{name}\0{password}".encode())
        return self.command("AUTH PLAIN " + words.decode())

    def mail(self, sender="no-reply@shop.example"):
        return self.command(f"MAIL FROM:<{sender}>")

    def rcpt(self, address):
        return self.command(f"RCPT TO:<{address}>")

    def rset(self):
        return self.command("RSET")

    def data(self, subject="Please confirm your address"):
        reply = self.command("DATA")
        if reply.code != 354:
            return reply
        return self.command(
            f"From: Shop <no-reply@shop.example>\r\nSubject: {subject}\r\n"
            "\r\nFollow this link to confirm your address.\r\n.")

    def quit(self):
        reply = self.command("QUIT")
        self.close()
        return reply

    def close(self):
        self.file.close()
        self.sock.close()


def queue_id(reply):
    """The queue id in Postfix's "250 2.0.0 Ok: queued as ID"."""
    m = re.search(r"queued as (\w+)", reply.text)
    return m.group(1) if m else None
