"""Settings of Redis as the one URL that its client takes."""

from pathlib import Path
from typing import Any

import pytest
import trustme
from pydantic import SecretStr
from redis.asyncio import Redis
from redis.exceptions import (
    AuthenticationError,
    AuthenticationWrongNumberOfArgsError,
    NoPermissionError,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError

from config.settings_redis import RedisSettings
from config.settings_rows import without_login
from workers.adapters.redis_client import redis_failure
from workers.entrypoints.redis_address import redis_address
from workers.errors import NotAdmitted, WrongConfiguration

NASTY = "p@ss/w:rd?#% ü"


def as_the_client_sees(url: str) -> dict[str, Any]:
    found: dict[str, Any] = Redis.from_url(url).connection_pool.connection_kwargs
    return found


def test_user_and_password_arrive_as_they_were_given() -> None:
    """Whatever characters are in them; and the masked URL has none."""
    settings = RedisSettings(url="redis://redis:6379/3", username="stellwerk-work", password=SecretStr(NASTY))
    seen = as_the_client_sees(redis_address(settings))
    assert ("stellwerk-work", NASTY, "redis", 6379, 3) == tuple(
        seen[name] for name in ("username", "password", "host", "port", "db")
    )
    assert "p%40ss" not in without_login(redis_address(settings))


def test_certificates_are_options_of_the_client(tmp_path: Path) -> None:
    """Beside what the URL says already."""
    ca = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(ca)
    seen = as_the_client_sees(redis_address(RedisSettings(url="rediss://redis/0?protocol=3", ssl_ca=ca)))
    assert (str(ca), 3) == (seen["ssl_ca_certs"], int(seen["protocol"]))


def test_a_certificate_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    """And does not look like a Redis that is away."""
    with pytest.raises(WrongConfiguration, match="STELLWERK_REDIS__SSL_CA"):
        redis_address(RedisSettings(url="rediss://redis/0", ssl_ca=tmp_path / "none.pem"))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (AuthenticationError("invalid username-password pair"), "refused our login"),
        (AuthenticationWrongNumberOfArgsError("wrong number"), "refused our login"),
        (NoPermissionError("this user has no permissions"), "topics acls --redis"),
        (ResponseError("NOAUTH Authentication required."), "refused our login"),
    ],
)
def test_a_refusal_is_told_apart_from_an_outage(error: Exception, words: str) -> None:
    """Services wait for both; the words differ."""
    found = redis_failure(error)  # type: ignore[arg-type]
    assert isinstance(found, NotAdmitted)
    assert words in found.public


def test_an_outage_is_no_refusal() -> None:
    """It is only waited for."""
    assert not isinstance(redis_failure(RedisConnectionError("refused")), NotAdmitted)
