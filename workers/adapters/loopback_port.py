"""A free TCP port on loopback."""

import random
import socket
from collections.abc import Container

LOOPBACK = "127.0.0.1"
# Below the ports that systems give to outgoing connections (Linux: from 32768, macOS: from 49152): a client that
# tries again and again while its server is down would otherwise one day be given the server's port and connect
# to itself, and the server could not come back.
FIRST, LAST = 15_000, 32_000


def free_port(taken: Container[int] = ()) -> int:
    """Free now; somebody else may take it before you do."""
    while True:
        port = random.randint(FIRST, LAST)  # noqa: S311 - no secret
        if port not in taken and is_free(port):
            return port


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
