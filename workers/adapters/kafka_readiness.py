"""Does a Kafka answer, and would it serve every partition now?"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

ASK_SECONDS = 5.0
ASK_AGAIN_SECONDS = 0.1


def wait_until_serving(bootstrap: str, *, within_seconds: float, running: Callable[[], bool]) -> bool:
    """True once a broker is listed and all partitions have a leader; False when time is up or it is not `running()`.

    Blocks. May be called from any thread, with or without a running loop in it.
    """
    deadline = time.monotonic() + within_seconds
    with ThreadPoolExecutor(1) as own_thread:  # a loop of its own, whatever runs in the caller's
        while time.monotonic() < deadline and running():
            if own_thread.submit(asyncio.run, is_serving(bootstrap)).result():
                return True
            time.sleep(ASK_AGAIN_SECONDS)
    return False


async def is_serving(bootstrap: str) -> bool:
    """One question to the broker; False for any answer but a whole one."""
    if not await _listens(bootstrap):
        return False
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=int(ASK_SECONDS * 1000))
    try:
        await admin.start()
        cluster = await admin.describe_cluster()
        topics = await admin.describe_topics()
    except (KafkaError, OSError):
        return False
    finally:
        await admin.close()
    partitions = [partition for topic in topics for partition in topic["partitions"]]
    return bool(cluster["brokers"]) and all(partition["leader"] >= 0 for partition in partitions)


async def _listens(bootstrap: str) -> bool:
    """Asked first because aiokafka logs an error for each refused connection."""
    host, port = bootstrap.rsplit(":", 1)
    try:
        _, writer = await asyncio.open_connection(host, int(port))
    except OSError:
        return False
    writer.close()
    return True
