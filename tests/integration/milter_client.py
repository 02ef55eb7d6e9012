"""An MTA's side of the milter protocol, version 6, as far as tests need it.

One Session is one SMTP connection of a client to the MTA.  Replies are what
the MTA would act on: ("continue",), ("reply", "550 5.1.1 text"), ("reject",),
("tempfail",), ("accept",), ("discard",), and at end of message before it
("addheader", name, value), ("chgheader", index, name, value),
("quarantine", text).
"""

import socket
import struct

V6 = 6
ALL_ACTIONS = 0x1FF
ALL_STEPS = 0x1FFFFF & ~0x40000000
NOCONNECT, NOHELO, NOMAIL, NORCPT, NOBODY, NOHDRS, NOEOH = (
    1 << bit for bit in range(7))
NOUNKNOWN, NODATA = 0x100, 0x200

FINAL = {b"c": "continue", b"r": "reject", b"t": "tempfail", b"a": "accept",
         b"d": "discard", b"y": "reply"}


class Closed(Exception):
    """The milter ended the connection."""


def strings(*words):
    return b"".join(w.encode("utf-8", "surrogateescape") + b"\0"
                    for w in words)


class Session:
    def __init__(self, path, timeout=60.0, actions=ALL_ACTIONS,
                 steps=ALL_STEPS):
        """path: of a UNIX socket, or (host, port)."""
        self.sock = socket.socket(socket.AF_UNIX if isinstance(path, str)
                                  else socket.AF_INET)
        self.sock.settimeout(timeout)
        self.sock.connect(path)
        self.macros = {}
        self.negotiate(actions, steps)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, command, data=b""):
        self.sock.sendall(struct.pack("!I", len(data) + 1) + command + data)

    def receive(self, count):
        parts = b""
        while len(parts) < count:
            part = self.sock.recv(count - len(parts))
            if not part:
                raise Closed
            parts += part
        return parts

    def packet(self):
        length, = struct.unpack("!I", self.receive(4))
        data = self.receive(length)
        return data[:1], data[1:]

    def negotiate(self, actions, steps):
        self.send(b"O", struct.pack("!III", V6, actions, steps))
        command, data = self.packet()
        assert command == b"O", command
        self.version, self.actions, self.steps = struct.unpack(
            "!III", data[:12])
        self.wanted = {}
        rest = data[12:]
        while len(rest) > 4:
            stage, = struct.unpack("!I", rest[:4])
            names, rest = rest[4:].split(b"\0", 1)
            self.wanted[stage] = names.decode().split()

    def set_macros(self, command, **values):
        """Keys as {name} or a letter; a value of None leaves it out."""
        pairs = [word for name, value in values.items() if value is not None
                 for word in (f"{{{name}}}" if len(name) > 1 else name,
                              value)]
        self.send(b"D", command + strings(*pairs))

    def answer(self):
        """The final reply; what came before it is in self.edits."""
        self.edits = []
        while True:
            command, data = self.packet()
            if command in FINAL:
                word = FINAL[command]
                return (word, data.rstrip(b"\0").decode("latin-1")) \
                    if word == "reply" else (word,)
            self.edits.append(edit(command, data))

    def ask(self, command, data=b""):
        self.send(command, data)
        return self.answer()

    def connect(self, host="client.example", address="10.1.2.3", port=4711,
                listener="submission"):
        self.set_macros(b"C", daemon_name=listener, client_addr=address)
        family = b"6" if ":" in address else b"4"
        return self.ask(b"C", strings(host) + family
                        + struct.pack("!H", port) + strings(address))

    def mail(self, sender="<no-reply@shop.example>", *args, auth="shop",
             qid=None):
        self.set_macros(b"M", i=qid, auth_authen=auth)
        return self.ask(b"M", strings(sender, *args))

    def rcpt(self, address, *args, qid=None, mailer="smtp"):
        self.set_macros(b"R", i=qid, rcpt_mailer=mailer)
        return self.ask(b"R", strings(address, *args))

    def header(self, name, value):
        return self.ask(b"L", strings(name, value))

    def end(self, qid="4XyZ12abc"):
        """End of message, with the headers and body that are not skipped."""
        self.set_macros(b"E", i=qid)
        return self.ask(b"E")

    def abort(self):
        """RSET; the milter says nothing to it."""
        self.send(b"A")

    def quit(self):
        self.send(b"Q")
        self.sock.close()


def edit(command, data):
    text = data.rstrip(b"\0").split(b"\0")
    if command == b"h":
        return ("addheader", text[0].decode(), text[1].decode())
    if command == b"m":
        index, = struct.unpack("!I", data[:4])
        name, value = data[4:].split(b"\0")[:2]
        return ("chgheader", index, name.decode(), value.decode())
    if command == b"q":
        return ("quarantine", text[0].decode())
    return ("other", command, data)
