#!/usr/bin/env python3
"""A small internet on loopback: one DNS server and any number of mail hosts.

    simnet.py --scenario FILE --network 127.A.B --port P --dns-port D
              [--log FILE] [--control SOCKET] [--ready-fd N]

DNS (UDP and TCP) is on 127.A.B.53, each mail host on its own address of the
network, all on one port.  README beside this file describes the scenario
language and what may be asked on the control socket.
"""

import argparse
import asyncio
import json
import os
import shutil
import signal
import socket
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import certificate                                          # noqa: E402
import scenario                                             # noqa: E402
from journal import Journal                                 # noqa: E402
from mxhost import Session, World                           # noqa: E402
from peer import Peer                                       # noqa: E402
from zone import Zone                                       # noqa: E402

DNS_NUMBER = 53
DNS_BUFFER = 16 * 1024 * 1024
SO_RCVBUFFORCE = 33             # of Linux; Python has no name for it
# Above it the kernel drops SYNs, and sends them again a second later, hundreds
# at one tick of its timer: that would hold whichever program runs.
BACKLOG = 4096


class DnsUdp(asyncio.DatagramProtocol):
    def __init__(self, simnet):
        self.simnet = simnet

    def connection_made(self, transport):
        self.transport = transport
        sock = transport.get_extra_info("socket")
        try:                    # so that a burst is not lost
            sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, DNS_BUFFER)
        except PermissionError:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, DNS_BUFFER)

    def datagram_received(self, data, addr):
        outcome = self.simnet.ask(data, tcp=False)
        if outcome is None or not outcome.reply:
            return
        loop = asyncio.get_running_loop()
        loop.call_later(outcome.delay, self.transport.sendto, outcome.reply,
                        addr)


class Simnet:
    def __init__(self, args, journal, contexts):
        self.args = args
        self.journal = journal
        self.world = World(journal, contexts)
        self.scenario = scenario.Scenario()
        self.zone = None
        self.listeners = {}         # (host, address) -> Server or sockets
        self.peers = set()          # of sessions
        self.stopped = asyncio.Event()

    def ask(self, query, tcp):
        outcome = self.zone.answer(query, tcp)
        if outcome is not None:
            self.journal.query(outcome, tcp)
        return outcome

    def place(self, hosts):
        """host name -> addresses; numbers are of our network."""
        taken = {n for h in hosts.values() for n in h.at} | {DNS_NUMBER}
        free = (n for n in range(1, 255) if n not in taken)
        places = {}
        for host in hosts.values():
            numbers = host.at or [next(free, None)]
            if numbers == [None]:
                raise scenario.ScenarioError("more than 253 hosts")
            places[host.name] = [
                n if isinstance(n, str) else f"{self.args.network}.{n}"
                for n in numbers]
        return places

    async def load(self, path):
        """Puts a scenario in force; hosts keep what they remember."""
        with open(path, encoding="utf-8") as file:
            new = scenario.parse(file.read(), os.path.basename(path))
        places = self.place(new.hosts)
        zone = Zone(new, places)
        wanted = {(h.name, a): h for h in new.hosts.values()
                  for a in places[h.name] if not h.refused}
        for spot in list(self.listeners):
            old = self.scenario.hosts[spot[0]]
            if spot not in wanted or wanted[spot].blackhole != old.blackhole:
                self.close_listener(spot)
        self.scenario, self.zone = new, zone
        for spot, host in wanted.items():
            if spot not in self.listeners:
                self.listeners[spot] = await self.listen(host, spot[1])

    def close_listener(self, spot):
        for closable in self.listeners.pop(spot):
            closable.close()

    async def listen(self, host, address):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, self.args.port))
        if host.blackhole:
            return self.fill(sock, family, address)
        name = host.name
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: Peer(lambda peer: self.session(name, peer)),
            sock=sock, backlog=BACKLOG)
        return [server]

    def fill(self, sock, family, address):
        """A full queue that nobody empties: further connections hang."""
        sock.listen(0)
        fillers = [sock]
        for _ in range(4):
            filler = socket.socket(family, socket.SOCK_STREAM)
            filler.setblocking(False)
            filler.connect_ex((address, self.args.port))
            fillers.append(filler)
        return fillers

    async def session(self, name, peer):
        host = self.scenario.hosts.get(name)
        if host is None:            # a reload took it away
            peer.transport.abort()
            return
        self.peers.add(peer)
        try:
            await Session(self.world, host, peer).run()
        finally:
            self.peers.discard(peer)

    async def serve_dns(self):
        loop = asyncio.get_running_loop()
        place = (f"{self.args.network}.{DNS_NUMBER}", self.args.dns_port)
        await loop.create_datagram_endpoint(lambda: DnsUdp(self),
                                            local_addr=place)
        await asyncio.start_server(self.dns_tcp, *place)

    async def dns_tcp(self, reader, writer):
        try:
            while True:
                size = int.from_bytes(await reader.readexactly(2), "big")
                outcome = self.ask(await reader.readexactly(size), tcp=True)
                if outcome is None:
                    break
                await asyncio.sleep(outcome.delay)
                if outcome.reply:
                    writer.write(len(outcome.reply).to_bytes(2, "big")
                                 + outcome.reply)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def control(self, reader, writer):
        """One request a line, one JSON object a line in return."""
        while line := await reader.readline():
            words = line.decode("utf-8", "replace").split()
            try:
                answer = await self.request(words)
            except (scenario.ScenarioError, OSError) as error:
                answer = {"error": str(error)}
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        writer.close()

    async def request(self, words):
        match words:
            case ["stats"]:
                return self.journal.stats()
            case ["reset"]:
                self.journal.reset()
                return {}
            case ["forget"]:
                for memory in self.world.memory.values():
                    memory.__init__()
                return {}
            case ["rekey"]:
                self.world.contexts.clear()
                return {}
            case ["hangup"]:
                for peer in list(self.peers):
                    peer.reset()
                return {}
            case ["load", path]:
                await self.load(path)
                return {}
            case ["stop"]:
                self.stopped.set()
                return {}
        return {"error": "stats, reset, forget, rekey, hangup, load FILE "
                "or stop"}


async def serve(args, journal, contexts):
    simnet = Simnet(args, journal, contexts)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, simnet.stopped.set)
    await simnet.load(args.scenario)
    await simnet.serve_dns()
    if args.control:
        await asyncio.start_unix_server(simnet.control, args.control)
    if args.ready_fd is not None:
        os.write(args.ready_fd, b"ready\n")
        os.close(args.ready_fd)
    await simnet.stopped.wait()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenario", required=True)
    parser.add_argument("--network", required=True,
                        help="three octets, such as 127.9.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--dns-port", type=int, required=True)
    parser.add_argument("--log", help="JSON lines of all that happens")
    parser.add_argument("--control", help="UNIX socket for stats and reloads")
    parser.add_argument("--ready-fd", type=int)
    args = parser.parse_args()
    if not args.network.startswith("127."):
        parser.error("--network: only loopback, 127.A.B")
    return args


def main():
    args = arguments()
    secrets = tempfile.mkdtemp(prefix="simnet-")
    log = open(args.log, "w", buffering=1, encoding="utf-8") \
        if args.log else None
    try:
        contexts = certificate.contexts(secrets)
        asyncio.run(serve(args, Journal(log), contexts))
    except (scenario.ScenarioError, OSError) as error:
        print(f"simnet: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(secrets, ignore_errors=True)
        if log:
            log.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
