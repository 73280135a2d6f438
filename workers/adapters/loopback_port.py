"""A free TCP port on loopback."""

import random
import socket
from collections.abc import Container

from workers.errors import DependencyUnavailable

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


def port_to_use(wanted: int | None) -> int:
    """`wanted`, or any free one. Raises DependencyUnavailable when somebody listens on the wanted one."""
    if wanted is None:
        return free_port()
    if not is_free(wanted):
        raise DependencyUnavailable(
            f"{LOOPBACK}, port {wanted}, is in use: end what listens there, or choose another."
        )
    return wanted


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
