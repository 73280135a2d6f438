"""What each service does in Redis, as `ACL SETUSER` lines. Pure.

`%R~` is a pattern of keys to read, `~` one to read and write. Scripts may do only what their user may.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from schemas.topics import DIRECTORY_ENTITIES, TICKETS_STATE
from workers.adapters.kafka_acls import principal_name

_CONNECTING = ("ping", "info", "client|setinfo", "client|setname")
_READING = ("hmget",)
_SCRIPTS = ("eval", "evalsha", "script|load", "del", "expire", "persist", "rename")
_VIEW = ("hget", "hset", "hdel", "hlen", *_READING, *_SCRIPTS)
_SCHEDULE = ("zadd", "zrem", "zcard", "zscore", "zrangebyscore", *_SCRIPTS)


@dataclass(frozen=True, slots=True)
class RedisRole:
    """`name` as in `kafka_roles`. Keys are without prefix; `{KEY}:rebuild:…` belongs to each that it owns."""

    name: str
    owns: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()


_TICKETS = f"view:*:{TICKETS_STATE.name}:*"
_DIRECTORY = f"view:*:{DIRECTORY_ENTITIES.name}:*"
_DUE = f"due:*:{TICKETS_STATE.name}:*"

_WORKERS = (
    RedisRole("route", owns=(_TICKETS,), reads=(_DIRECTORY,), commands=_VIEW),
    RedisRole("project", owns=(_DIRECTORY,), commands=_VIEW),
    RedisRole("price", reads=(_DIRECTORY,), commands=_READING),
    RedisRole("clock", owns=(_DUE,), commands=_SCHEDULE),
)
_WORK = RedisRole("work", owns=(_TICKETS, _DIRECTORY, _DUE), commands=(*_VIEW, *_SCHEDULE))

REDIS_ROLES: tuple[RedisRole, ...] = (_WORK, *_WORKERS)
"""`smtp` and everybody outside have none."""


def redis_acl(role: RedisRole, prefix: str) -> str:
    """A line that may be run again: it takes all rights and gives these; passwords stay as they are."""
    return " ".join(
        (
            "ACL SETUSER",
            principal_name(role.name, prefix),
            "on resetkeys resetchannels -@all",
            *_patterns(role, prefix),
            *(f"+{command}" for command in dict.fromkeys((*_CONNECTING, *role.commands))),
        )
    )


def _patterns(role: RedisRole, prefix: str) -> Iterator[str]:
    for key in role.owns:
        yield f"~{_full(key, prefix)}"
        yield f"~{{{_full(key, prefix)}}}:rebuild:*"
    for key in role.reads:
        yield f"%R~{_full(key, prefix)}"


def _full(key: str, prefix: str) -> str:
    """The installation's prefix stands before the key and before the topic in it."""
    kind, cluster, topic, partition = key.split(":")
    return f"{prefix}{kind}:{cluster}:{prefix}{topic}:{partition}"
