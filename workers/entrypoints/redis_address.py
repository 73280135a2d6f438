"""Where Redis is and who we are there, as the one URL that its client takes."""

import ssl
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from config.settings_redis import RedisSettings
from workers.errors import WrongConfiguration


def redis_address(redis: RedisSettings) -> str:
    """The URL with user, password and certificates in it: a secret. Needs `redis.url`.

    Raises `WrongConfiguration` where a certificate can't be used.
    """
    parts = urlsplit(redis.url or "")
    netloc = parts.netloc
    if redis.password is not None:
        user, password = redis.username or "default", redis.password.get_secret_value()
        netloc = f"{quote(user, safe='')}:{quote(password, safe='')}@{netloc}"
    query = "&".join(filter(None, (parts.query, urlencode(_certificates(redis)))))
    return urlunsplit(parts._replace(netloc=netloc, query=query))


def _certificates(redis: RedisSettings) -> dict[str, Path]:
    """As redis-py's options. Tried here: a file that can't be read must not look like a Redis that is away."""
    try:
        context = ssl.create_default_context(cafile=redis.ssl_ca)
        if redis.ssl_cert is not None:
            context.load_cert_chain(redis.ssl_cert, redis.ssl_key)
    except (OSError, ssl.SSLError) as error:
        raise WrongConfiguration(
            f"A certificate for Redis cannot be used ({error}): STELLWERK_REDIS__SSL_CA, STELLWERK_REDIS__SSL_CERT and "
            "STELLWERK_REDIS__SSL_KEY must be PEM files that this process may read."
        ) from error
    given = {"ssl_ca_certs": redis.ssl_ca, "ssl_certfile": redis.ssl_cert, "ssl_keyfile": redis.ssl_key}
    return {name: path for name, path in given.items() if path is not None}
