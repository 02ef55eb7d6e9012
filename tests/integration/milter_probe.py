"""A scripted rcptguard-probe: it speaks the wire, and knows no network.

What it does with an address is in `habits`; `verify` and `note` requests are
kept for the test to look at.  It runs in threads of the test.
"""

import os
import socket
import threading
import time


class Probe:
    def __init__(self, path, backlog=64):
        self.path = path
        self.lock = threading.Lock()
        self.requests = []              # all, as dicts
        self.habits = {}                # local part -> function or answer
        self.silent = False             # hung: reads, never answers
        self.connections = []
        self.listener = socket.socket(socket.AF_UNIX)
        if os.path.exists(path):
            os.unlink(path)
        self.listener.bind(path)
        os.chmod(path, 0o666)
        self.listener.listen(backlog)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections.append(sock)
            threading.Thread(target=self.serve, args=(sock,),
                             daemon=True).start()

    def serve(self, sock):
        buffer = b""
        while True:
            try:
                data = sock.recv(65536)
            except OSError:
                return
            if not data:
                return
            buffer += data
            while b"\n\n" in buffer:
                message, buffer = buffer.split(b"\n\n", 1)
                self.handle(sock, parse(message))

    def handle(self, sock, request):
        with self.lock:
            self.requests.append(request)
        if request["request"] != "verify" or self.silent:
            return
        local = request["address"].split("@")[0]
        habit = self.habits.get(local, "accepted")
        answer = habit(request) if callable(habit) else habit
        if answer is None:
            return
        if isinstance(answer, str):
            answer = reply(request, answer)
        try:
            sock.sendall(answer)
        except OSError:
            pass

    def of_kind(self, kind, **attributes):
        with self.lock:
            return [r for r in self.requests if r["request"] == kind
                    and all(r.get(k) == v for k, v in attributes.items())]

    def drop_connections(self):
        with self.lock:
            sockets, self.connections = self.connections, []
        for sock in sockets:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            sock.close()

    def close(self):
        """Dead: the socket is gone and every connection ends."""
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.drop_connections()


def parse(message):
    return dict(line.split("=", 1)
                for line in message.decode("utf-8").split("\n"))


STATES = {"accepted": "deliverable", "no_such_user": "undeliverable",
          "catch_all": "risky", "disposable": "risky",
          "no_such_domain": "undeliverable", "mailbox_full": "risky",
          "greylisted": "unknown", "timeout": "unknown",
          "budget_exhausted": "not_checked",
          "probe_running": "pending"}


def reply(request, reason, **more):
    fields = {"id": request["id"], "state": STATES[reason], "reason": reason,
              "source": "probe", "age_s": 0, "took_ms": 1, **more}
    return "".join(f"{k}={v}\n" for k, v in fields.items()).encode() + b"\n"


def after(seconds, reason):
    """A habit: the answer comes later than the request."""
    def habit(request):
        time.sleep(seconds)
        return reply(request, reason)
    return habit


def at_the_wait(request):
    """A habit: as the real probe while its work is not done.

    Somewhat early: Python on a busy machine may be late by more than the
    milter allows, and then counts as hung.
    """
    time.sleep(int(request["wait_ms"]) * 0.8 / 1000)
    return reply(request, "probe_running")
