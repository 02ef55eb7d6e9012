"""One TCP peer as seen by a host: lines in, octets out, every odd ending."""

import asyncio
import os
import socket
import struct

LINE_MAX = 64 * 1024
DATA_SEGS_IN = 152              # in struct tcp_info of <linux/tcp.h>


class Gone(Exception):
    """The connection has ended; by_client says who ended it."""

    def __init__(self, by_client):
        super().__init__("gone")
        self.by_client = by_client


class Peer(asyncio.Protocol):
    def __init__(self, serve):
        self.serve = serve          # serve(peer): a coroutine function
        self.transport = None
        self.buffer = bytearray()
        self.wake = asyncio.Event()
        self.room = asyncio.Event()
        self.room.set()
        self.eof = False
        self.task = None
        self.bare_lf = False        # a line ended in LF alone

    def connection_made(self, transport):
        first = self.transport is None
        self.transport = transport
        if not first:               # now inside TLS
            return
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.task = asyncio.get_running_loop().create_task(self.serve(self))

    def data_received(self, data):
        self.buffer += data
        self.wake.set()
        if len(self.buffer) > LINE_MAX:
            self.transport.pause_reading()

    def eof_received(self):
        self.eof = True
        self.wake.set()
        return False

    def connection_lost(self, exc):
        self.eof = True
        self.wake.set()
        self.room.set()

    def pause_writing(self):
        self.room.clear()

    def resume_writing(self):
        self.room.set()

    @property
    def client(self):
        return self.transport.get_extra_info("peername")[0]

    def segments(self):
        """How many with data have come; 0 if the connection is no more."""
        try:
            sock = self.transport.get_extra_info("socket")
            info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
            return struct.unpack_from("I", info, DATA_SEGS_IN)[0]
        except (OSError, struct.error):
            return 0

    async def line(self):
        """The next line without its end; Gone at the end of input."""
        while True:
            at = self.buffer.find(b"\n")
            if at >= 0:
                line = bytes(self.buffer[:at])
                del self.buffer[:at + 1]
                self.bare_lf = not line.endswith(b"\r")
                return line.rstrip(b"\r")
            if self.eof or len(self.buffer) > LINE_MAX:
                raise Gone(by_client=True)
            self.wake.clear()
            await self.wake.wait()

    async def octets(self):
        """Whatever comes next; Gone at the end of input."""
        while not self.buffer:
            if self.eof:
                raise Gone(by_client=True)
            self.wake.clear()
            await self.wake.wait()
        taken = bytes(self.buffer)
        self.buffer.clear()
        return taken

    async def write(self, octets):
        if self.transport.is_closing():
            raise Gone(by_client=True)
        self.transport.write(octets)
        await self.room.wait()
        if self.transport.is_closing():
            raise Gone(by_client=True)

    async def until_gone(self):
        """Reads and forgets until the client leaves."""
        while not self.eof:
            self.buffer.clear()
            self.transport.resume_reading()
            self.wake.clear()
            await self.wake.wait()
        raise Gone(by_client=True)

    async def pause(self, seconds):
        """Sleeps; wakes early if the client is gone."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while not self.eof:
            left = end - loop.time()
            if left <= 0:
                return
            self.wake.clear()
            try:
                await asyncio.wait_for(self.wake.wait(), left)
            except asyncio.TimeoutError:
                return
        raise Gone(by_client=True)

    def reset(self):
        """Ends with RST."""
        sock = self.transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            struct.pack("ii", 1, 0))
        self.transport.abort()

    def cut(self):
        """Ends what we send with FIN; TLS, if there is any, says nothing."""
        sock = self.transport.get_extra_info("socket")
        if sock is not None:
            sock.shutdown(socket.SHUT_WR)

    def write_below(self, octets):
        """Octets of the connection itself, below TLS."""
        sock = self.transport.get_extra_info("socket")
        os.write(sock.fileno(), octets)

    def hold_reading(self):
        self.transport.pause_reading()

    async def start_tls(self, context):
        loop = asyncio.get_running_loop()
        self.transport = await loop.start_tls(
            self.transport, self, context, server_side=True,
            ssl_handshake_timeout=60)
