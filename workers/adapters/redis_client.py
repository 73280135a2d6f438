"""The Redis client of batch loops: short bounds, few retries, and a server that must not forget by itself."""

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from workers.errors import DependencyUnavailable, WrongConfiguration

ANSWER_SECONDS = 2.0
CONNECT_SECONDS = 1.0
RETRIES = 1
KEEPS_EVERYTHING = "noeviction"


def redis_client(url: str) -> Redis:
    """A client for `redis://` or `rediss://`. Connects at the first command.

    The library's defaults (5 s, ten retries) would hold one look-up for a minute; ours wait at most about 5 s
    and then say so: the engine backs off and tries again itself.
    """
    retry = Retry(ExponentialBackoff(cap=0.2, base=0.02), RETRIES)
    return Redis.from_url(
        url,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=CONNECT_SECONDS,
        retry=retry,
        retry_on_error=[RedisConnectionError, RedisTimeoutError],
        health_check_interval=30,
    )


async def refuse_evicting_redis(client: Redis) -> None:
    """Raise `WrongConfiguration` where the server may evict: an evicted ticket would read as "no such ticket".

    Views have no expiry, so a `volatile-…` policy would spare them, but also the temporary hashes of a rebuild
    have one. `DependencyUnavailable` where Redis does not answer.
    """
    try:
        memory = await client.info("memory")
    except (RedisError, OSError) as error:
        raise DependencyUnavailable("Redis does not answer") from error
    policy = memory.get("maxmemory_policy", "unknown")
    if policy != KEEPS_EVERYTHING:
        raise WrongConfiguration(
            f"Redis has maxmemory-policy {policy}: set it to {KEEPS_EVERYTHING}", policy=policy
        )
