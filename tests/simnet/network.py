"""A /24 of loopback for each test, so that tests run side by side.

A network is held by a lock on a file of its own; the kernel frees the lock
when its holder dies, so nothing is ever left behind that matters.
"""

import fcntl
import os
import random

REGISTRY = "/tmp/rcptguard-networks"
FIRST_A, COUNT_A = 80, 8        # 127.80.0 up to 127.87.255
FIRST_PORT = 20000              # below the ephemeral ports of Linux
PORTS_EACH = 4


class Network:
    """prefix "127.A.B" and ports that no other network of ours has."""

    def __init__(self, index, lock):
        self.prefix = f"127.{FIRST_A + index // 256}.{index % 256}"
        self.cidr = f"{self.prefix}.0/24"
        self.smtp_port, self.dns_port, self.mta_port, self.extra_port = (
            FIRST_PORT + index * PORTS_EACH + i for i in range(PORTS_EACH))
        self.lock = lock

    def address(self, number):
        return f"{self.prefix}.{number}"

    def release(self):
        os.close(self.lock)


def claim():
    os.makedirs(REGISTRY, mode=0o755, exist_ok=True)
    # 8 networks of A would need ports past the ephemeral ones begin.
    count = min(COUNT_A * 256, (32000 - FIRST_PORT) // PORTS_EACH)
    for index in random.sample(range(count), count):
        path = os.path.join(REGISTRY, str(index))
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return Network(index, lock)
        except BlockingIOError:
            os.close(lock)
    raise RuntimeError(f"all {count} test networks are in use ({REGISTRY})")
