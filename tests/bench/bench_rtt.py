#!/usr/bin/env python3
"""How many round trips a fresh address costs, beside the protocol's own count.

Each mail host stands behind a wire that holds every octet back for half a
round trip each way.  The wire cannot hold back the TCP handshake, so it holds
the greeting back for a whole round trip more.  The domain's DNS and its
catch-all test are done before; the count is that of the one address.  Its
unit is a round trip as a bare client has it in the same run: the wire and the
host take their time too.
"""

import asyncio
import os
import socket
import statistics
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "integration"),
                os.path.join(HERE, "..", "simnet")]

import harness                                              # noqa: E402

RTT = 0.050
ROUNDS = 7
EARLY = 0.0015                  # then the wire waits by itself
FIRST = 220                     # of the wires' addresses

# says, host's habits, several on one session, the protocol's count, goal
ROWS = [
    ("plain, a session of its own", "pipelining", False, 4, 4.2),
    ("plain, on a shared session", "pipelining", True, 1, 1.2),
    ("TLS 1.3, a session of its own", "pipelining starttls tls 1.3", False,
     7, 7.2),
    ("TLS 1.3, on a shared session", "pipelining starttls tls 1.3", True,
     1, 1.2),
]


def scenario(network):
    lines = []
    for i, (_, habits, *_) in enumerate(ROWS):
        lines += [f"host h{i} at {i + 1} {habits} rcpt user* ok",
                  f"domain w{i}.example a {network.address(FIRST + i)}",
                  f"domain d{i}.example mx 10 w{i}.example"]
    return "\n".join(lines) + "\n"


def ask(path, address):
    """The state of an address, by the probe."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(30)
        sock.connect(path)
        sock.sendall(f"request=verify\nwire=1\nid=bench\nguard=bench\n"
                     f"address={address}\nwait_ms=20000\n\n".encode())
        answer = b""
        while not answer.endswith(b"\n\n"):
            answer += sock.recv(65536)
    return dict(line.split("=", 1)
                for line in answer.decode().split("\n") if line)["state"]


class Wire:
    """Listens at one address and passes on to another, late."""

    def __init__(self, listen, target, port):
        self.listen, self.target, self.port = listen, target, port

    async def serve(self):
        await asyncio.start_server(self.client, self.listen, self.port)

    async def client(self, reader, writer):
        far = await asyncio.open_connection(self.target, self.port)
        await asyncio.gather(self.pump(reader, far[1], 0),
                             self.pump(far[0], writer, 1.5 * RTT))

    async def pump(self, reader, writer, first):
        """first: what the first octets wait for besides, the handshake."""
        loop = asyncio.get_running_loop()
        late = RTT / 2 + first
        try:
            while data := await reader.read(65536):
                due = loop.time() + late
                loop.call_at(due - EARLY, self.write, writer, due, data)
                late = RTT / 2
        except ConnectionError:
            pass
        loop.call_later(RTT / 2, writer.close)


    @staticmethod
    def write(writer, due, data):
        """The loop's timers are up to a millisecond late, on each way."""
        while (left := due - time.monotonic()) > 0:
            time.sleep(min(left, 0.0002))
        writer.write(data)


def start_wires(network):
    loop = asyncio.new_event_loop()
    for i in range(len(ROWS)):
        loop.run_until_complete(Wire(
            network.address(FIRST + i), network.address(i + 1),
            network.smtp_port).serve())
    threading.Thread(target=loop.run_forever, daemon=True).start()


def measure(site, row, shared):
    """Milliseconds from the question to the answer, one address at a time."""
    times = []
    for n in range(ROUNDS + 1):
        if not shared:
            harness.wait_for("no session", lambda: site.guard.status()
                             ["sessions"]["open"] == 0)
        began = time.monotonic()
        state = ask(site.guard.probe_socket,
                    f"user{n}x{shared:d}@d{row}.example")
        times.append((time.monotonic() - began) * 1000)
        if state != "deliverable":
            raise SystemExit(f"the probe says {state}")
    return statistics.median(times[1:])


def real_trip(network):
    """What one command costs a bare client, with the wire and the host."""
    times = []
    with socket.create_connection((network.address(FIRST),
                                   network.smtp_port), 30) as sock:
        sock.recv(4096)
        for command in [b"EHLO bench.example\r\n"] + ROUNDS * [b"NOOP\r\n"]:
            began = time.monotonic()
            sock.sendall(command)
            sock.recv(4096)
            times.append((time.monotonic() - began) * 1000)
        sock.sendall(b"QUIT\r\n")
    return statistics.median(times[1:])


def go_first():
    """What else the machine does is not counted; root may ask for that."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except PermissionError:
        pass


def main():
    go_first()
    site = harness.Site("")
    try:
        site.load(scenario(site.network))
        start_wires(site.network)
        trip = real_trip(site.network)
        print(f"a round trip of {RTT * 1000:.0f} ms costs a bare client "
              f"{trip:.1f} ms, the unit here")
        print(f"{'round trips for a fresh address':<44}"
              f"{'ours':>8}{'protocol':>10}{'goal':>8}")
        for i, (says, _, shared, count, goal) in enumerate(ROWS):
            trips = measure(site, i, shared) / trip
            print(f"{says:<44}{trips:>8.2f}{count:>10}{goal:>8}")
    finally:
        site.close()


if __name__ == "__main__":
    main()
