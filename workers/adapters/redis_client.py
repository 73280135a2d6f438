"""The Redis client of batch loops: short bounds, few retries, and a server that must not forget by itself."""

import ssl

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthenticationWrongNumberOfArgsError,
    AuthorizationError,
    NoPermissionError,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from workers.errors import DependencyUnavailable, NotAdmitted, WrongConfiguration

ANSWER_SECONDS = 2.0
CONNECT_SECONDS = 1.0
RETRIES = 1
KEEPS_EVERYTHING = "noeviction"
_LOGIN_REFUSED = (AuthenticationError, AuthenticationWrongNumberOfArgsError, AuthorizationError)


def redis_client(url: str) -> Redis:
    """A client for `redis://` or `rediss://`, with its user and `ssl_…` options in it. Connects at the first command.

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
        raise redis_failure(error) from error
    policy = memory.get("maxmemory_policy", "unknown")
    if policy != KEEPS_EVERYTHING:
        raise WrongConfiguration(
            f"Redis has maxmemory-policy {policy}: set it to {KEEPS_EVERYTHING}", policy=policy
        )


def redis_failure(error: RedisError | OSError) -> DependencyUnavailable:
    """What the client's error means: `NotAdmitted` where the server is there and refuses us."""
    refusal = _refusal(error)
    if refusal:
        return NotAdmitted(refusal, error=type(error).__name__)
    return DependencyUnavailable("Redis does not answer", error=type(error).__name__)


def _refusal(error: BaseException) -> str | None:
    if isinstance(error, NoPermissionError) or _says(error, "NOPERM"):
        return "Redis does not let this user do that: `stellwerk topics acls --redis` prints what each service needs."
    if isinstance(error, _LOGIN_REFUSED) or _says(error, "NOAUTH", "WRONGPASS"):
        return "Redis refused our login: check STELLWERK_REDIS__USERNAME and STELLWERK_REDIS__PASSWORD."
    tls = _tls_error(error)
    if isinstance(tls, ssl.SSLCertVerificationError):
        return (
            f"Redis's certificate is not trusted ({tls.verify_message}): STELLWERK_REDIS__SSL_CA must be the PEM file "
            "of the CA that signed it, and the certificate must name the host in STELLWERK_REDIS__URL."
        )
    if tls is not None:
        return "The TLS handshake with Redis failed: does the port in STELLWERK_REDIS__URL speak TLS (rediss://)?"
    return None


def _says(error: BaseException, *codes: str) -> bool:
    """Some answers come as plain errors of the protocol, by their first word."""
    return isinstance(error, ResponseError) and str(error).partition(" ")[0] in codes


def _tls_error(error: BaseException | None) -> ssl.SSLError | None:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return error
        error = error.__cause__ or error.__context__
    return None
