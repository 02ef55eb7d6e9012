"""An endpoint such as an admin has: HTTP or HTTPS, and all that goes wrong.

What it does with a question is in the local part of the address asked about:
the first word of it names a habit of HABITS.
"""

import json
import re
import socket
import ssl
import threading

HABITS = {
    "good": '{"state":"deliverable","reason":"accepted"}',
    "bad": '{"state":"undeliverable","reason":"no_such_user"}',
    "gone": '{"reason":"mailbox_disabled","more":[1,{"a":null}]}',
    "stateonly": '{"state":"undeliverable"}',
    "service": '{"status":"invalid","sub_status":"mailbox_not_found"}',
    "full": '{"state":"risky","reason":"mailbox_full"}',
    "wrongstate": '{"state":"deliverable","reason":"no_such_user"}',
    "ourown": '{"reason":"budget_exhausted"}',
    "number": '{"reason":15}',
    "array": '["undeliverable"]',
    "garbage": '{"state":"undelivera',
    "odd": '{"reason":"\\u001b[31m"}',
    "empty": "",
}
STATUS = {"e404": 404, "e429": 429, "e500": 500}
SAYS_BAD = HABITS["bad"]


class Endpoint:
    """Answers at address and port until close(); context: TLS, or None."""

    def __init__(self, address, port, context=None):
        self.context = context
        self.requests, self.lock = [], threading.Lock()
        self.open = self.most = 0       # busy at the moment, and at most
        self.release = threading.Event()
        self.socket = socket.create_server((address, port), backlog=200)
        self.threads = [threading.Thread(target=self.serve)]
        self.threads[0].start()

    def serve(self):
        while True:
            try:
                sock, _ = self.socket.accept()
            except OSError:
                return
            thread = threading.Thread(target=self.connection, args=(sock,))
            self.threads.append(thread)
            thread.start()

    def connection(self, sock):
        try:
            sock.settimeout(20)
            if self.context:
                sock = self.context.wrap_socket(sock, server_side=True)
            self.answer(sock, read_request(sock))
        except (OSError, ValueError):
            pass
        finally:
            sock.close()

    def answer(self, sock, request):
        with self.lock:
            self.requests.append(request)
        habit = re.split(r"[^a-z0-9]", request["json"]["address"])[0]
        if habit == "slow":
            self.release.wait(10)
        elif habit == "busy":
            self.stay_busy()
        elif habit == "drop":
            return
        elif habit == "nohttp":
            sock.sendall(b"220 mail.example ESMTP\r\n" * 20)
            return
        elif habit == "huge":
            sock.sendall(reply(200, '{"reason":"no_such_user","x":"'
                               + "y" * 70000 + '"}'))
            return
        elif habit == "hugechunks":
            sock.sendall(b"HTTP/1.1 200 OK\r\n"
                         b"Transfer-Encoding: chunked\r\n\r\n")
            for _ in range(200):
                sock.sendall(b"400\r\n" + b" " * 1024 + b"\r\n")
            return
        elif habit == "hugehead":
            sock.sendall(b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 40000)
            return
        elif habit == "cut":
            sock.sendall(reply(200, SAYS_BAD + " " * 100)[:-50])
            return
        elif habit == "chunks":
            sock.sendall(b"HTTP/1.1 200 OK\r\n"
                         b"Transfer-Encoding: chunked\r\n\r\n")
            for octet in SAYS_BAD.encode():
                sock.sendall(b"1\r\n%c\r\n" % octet)
            sock.sendall(b"0\r\n\r\n")
            return
        elif habit == "old":
            sock.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + SAYS_BAD.encode())
            return
        elif habit == "redirect":
            sock.sendall(reply(307, SAYS_BAD, f"Location: {self.elsewhere}"))
            return
        body = HABITS.get(habit, HABITS["good"])
        if habit in STATUS:
            body = SAYS_BAD
        sock.sendall(reply(STATUS.get(habit, 200), body))

    elsewhere = "/"     # where a redirect points

    def stay_busy(self):
        """The count falls before the answer goes, so it is never too high."""
        with self.lock:
            self.open += 1
            self.most = max(self.most, self.open)
        self.release.wait(0.1)
        with self.lock:
            self.open -= 1

    def asked(self):
        with self.lock:
            return [r["json"]["address"] for r in self.requests]

    def close(self):
        self.release.set()
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for thread in self.threads:
            thread.join(30)


def reply(status, body, *headers):
    lines = [f"HTTP/1.1 {status} Said", "Content-Type: application/json",
             f"Content-Length: {len(body)}", *headers, "", body]
    return "\r\n".join(lines).encode()


def read_request(sock):
    """One request; ValueError if it is not one that a server could take."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += some(sock)
    head, body = data.split(b"\r\n\r\n", 1)
    first, *rest = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in rest)
    while len(body) < int(headers["Content-Length"]):
        body += some(sock)
    method, target, version = first.split(" ")
    return {"method": method, "target": target, "version": version,
            "headers": headers, "json": json.loads(body)}


def some(sock):
    data = sock.recv(65536)
    if not data:
        raise ValueError("the client left")
    return data


def context(pair):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(*pair)
    return made
