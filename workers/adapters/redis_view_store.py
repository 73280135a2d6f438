"""Views in Redis (`ViewStore`): a hash per view, its field `@at` is the mark. DESIGN part 7, "Ticket view"."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from typing import cast
from uuid import uuid4

from redis.asyncio import Redis
from redis.exceptions import RedisError

from workers.adapters.redis_client import redis_failure

AT = "@at"
CHUNK = 500
ABANDONED_AFTER_SECONDS = 3600

# KEYS: view; ARGV: expected mark, new mark, number of fields to set, then field, value, …, then fields to delete.
WRITE = """
if redis.call('HGET', KEYS[1], '@at') ~= ARGV[1] then return 0 end
local last = 3 + 2 * tonumber(ARGV[3])
for i = 4, last, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
for i = last + 1, #ARGV do redis.call('HDEL', KEYS[1], ARGV[i]) end
redis.call('HSET', KEYS[1], '@at', ARGV[2])
return 1
"""

# KEYS: temporary hash, view; ARGV: number of fields that were written, mark. The count catches a flush in between.
RENAME = """
if redis.call('HLEN', KEYS[1]) ~= tonumber(ARGV[1]) then redis.call('DEL', KEYS[1]) return 0 end
redis.call('HSET', KEYS[1], '@at', ARGV[2])
redis.call('PERSIST', KEYS[1])
redis.call('RENAME', KEYS[1], KEYS[2])
return 1
"""


class RedisViewStore:
    """Every method raises `DependencyUnavailable` where Redis does not answer: what was written then is unknown,
    and the next read's mark tells. The temporary hash shares the view's slot, so a cluster can rename it."""

    def __init__(self, client: Redis) -> None:
        self._redis = client
        self._write = client.register_script(WRITE)
        self._rename = client.register_script(RENAME)

    async def read(self, view: str, fields: Sequence[str]) -> tuple[str | None, list[bytes | None]]:
        async with redis_answers():
            found = cast("list[bytes | None]", await self._redis.hmget(view, [AT, *fields]))
        mark, *values = found
        return (None if mark is None else mark.decode()), values

    async def write(self, view: str, expected: str, mark: str, updates: Mapping[str, bytes | None]) -> bool:
        _refuse_mark(updates)
        to_set = [(field, value) for field, value in updates.items() if value is not None]
        to_delete = [field for field, value in updates.items() if value is None]
        arguments = [expected, mark, len(to_set), *(part for pair in to_set for part in pair), *to_delete]
        async with redis_answers():
            return bool(await self._write(keys=[view], args=arguments))

    async def rebuild(self, view: str, mark: str, fields: Iterable[tuple[str, bytes]]) -> bool:
        """`fields` are unique; a hash that was given up expires by itself."""
        temporary = f"{{{view}}}:rebuild:{uuid4().hex}"
        written = 0
        async with redis_answers():
            for chunk in _chunks(fields):
                _refuse_mark(chunk)
                written += len(chunk)
                await self._fill(temporary, chunk)
            return bool(await self._rename(keys=[temporary, view], args=[written, mark]))

    async def _fill(self, temporary: str, chunk: dict[str, bytes]) -> None:
        pairs = [part for pair in chunk.items() for part in pair]
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.execute_command("HSET", temporary, *pairs)
        pipeline.execute_command("EXPIRE", temporary, ABANDONED_AFTER_SECONDS)
        await pipeline.execute()


def _chunks(fields: Iterable[tuple[str, bytes]]) -> Iterator[dict[str, bytes]]:
    remaining = iter(fields)
    while chunk := dict(islice(remaining, CHUNK)):
        yield chunk


def _refuse_mark(fields: Iterable[str]) -> None:
    if AT in fields:
        raise ValueError(f"{AT} is the mark, not a field")


@asynccontextmanager
async def redis_answers() -> AsyncIterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        raise redis_failure(error) from error
