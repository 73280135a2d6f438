"""Schedules in Redis (`ScheduleStore`): a sorted set each, whose member `@at MARK` proves whose it is."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from uuid import uuid4

from redis.asyncio import Redis

from workers.adapters.redis_view_store import ABANDONED_AFTER_SECONDS, CHUNK, redis_answers

MARK = "@at "

# KEYS: schedule; ARGV: expected mark, new mark, number of entries to set, then score, entry, …, then entries to remove.
WRITE = """
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
local last = 3 + 2 * tonumber(ARGV[3])
for i = 4, last, 2 do redis.call('ZADD', KEYS[1], ARGV[i], ARGV[i + 1]) end
for i = last + 1, #ARGV do redis.call('ZREM', KEYS[1], ARGV[i]) end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('ZADD', KEYS[1], '+inf', ARGV[2])
return 1
"""

# KEYS: schedule; ARGV: mark, latest time, limit.
DUE = """
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return false end
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[2], 'LIMIT', 0, ARGV[3])
"""

# KEYS: temporary set, schedule; ARGV: number of entries that were written, mark. The count catches a flush in between.
RENAME = """
if redis.call('ZCARD', KEYS[1]) ~= tonumber(ARGV[1]) then redis.call('DEL', KEYS[1]) return 0 end
redis.call('ZADD', KEYS[1], '+inf', ARGV[2])
redis.call('PERSIST', KEYS[1])
redis.call('RENAME', KEYS[1], KEYS[2])
return 1
"""


class RedisScheduleStore:
    """Every method raises `DependencyUnavailable` where Redis does not answer: what was written then is unknown."""

    def __init__(self, client: Redis) -> None:
        self._redis = client
        self._write = client.register_script(WRITE)
        self._due = client.register_script(DUE)
        self._rename = client.register_script(RENAME)

    async def rebuild(self, schedule: str, mark: str, entries: Iterable[tuple[str, int]]) -> bool:
        """Entries are unique; a set that was given up expires by itself."""
        temporary = f"{{{schedule}}}:rebuild:{uuid4().hex}"
        written = 0
        async with redis_answers():
            for chunk in _chunks(entries):
                written += len(chunk)
                await self._fill(temporary, chunk)
            return bool(await self._rename(keys=[temporary, schedule], args=[written, MARK + mark]))

    async def write(self, schedule: str, expected: str, mark: str, changes: Mapping[str, int | None]) -> bool:
        to_set = [part for entry, at in changes.items() if at is not None for part in (at, entry)]
        to_remove = [entry for entry, at in changes.items() if at is None]
        arguments = [MARK + expected, MARK + mark, len(to_set) // 2, *to_set, *to_remove]
        async with redis_answers():
            return bool(await self._write(keys=[schedule], args=arguments))

    async def due(self, schedule: str, mark: str, until_ms: int, limit: int) -> list[str] | None:
        async with redis_answers():
            found = await self._due(keys=[schedule], args=[MARK + mark, until_ms, limit])
        return None if found is None else [entry.decode() for entry in found]

    async def _fill(self, temporary: str, chunk: dict[str, int]) -> None:
        pipeline = self._redis.pipeline(transaction=False)
        scored = [part for entry, at in chunk.items() for part in (at, entry)]
        pipeline.execute_command("ZADD", temporary, *scored)
        pipeline.execute_command("EXPIRE", temporary, ABANDONED_AFTER_SECONDS)
        await pipeline.execute()


def _chunks(entries: Iterable[tuple[str, int]]) -> Iterator[dict[str, int]]:
    remaining = iter(entries)
    while chunk := dict(islice(remaining, CHUNK)):
        yield chunk
