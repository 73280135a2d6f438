"""Whether anybody listens: tells a dead broker from a slow one within a second."""

import asyncio
import contextlib


async def any_reachable(servers: str, within_seconds: float) -> bool:
    """True where one of `host:port,host:port` takes a connection in time."""
    answers = await asyncio.gather(*(_reachable(server, within_seconds) for server in servers.split(",")))
    return any(answers)


async def _reachable(server: str, within_seconds: float) -> bool:
    host, _, port = server.strip().rpartition(":")
    try:
        connecting = asyncio.open_connection(host.strip("[]"), int(port))
        _, writer = await asyncio.wait_for(connecting, within_seconds)
    except (OSError, TimeoutError, ValueError):
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True
