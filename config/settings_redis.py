"""How to reach Redis, and who we are there. The environment variable of each is `STELLWERK_REDIS__<NAME>`."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from config.settings_section import Section

_SCHEMES = ("redis", "rediss", "unix")


class RedisSettings(Section):
    url: str | None = Field(
        default=None,
        repr=False,
        description="redis://host:port/0 or rediss://…; none: `up` starts an embedded Valkey",
    )
    username: str | None = Field(default=None, description="who logs in (an ACL user); none: `default`")
    password: SecretStr | None = Field(default=None, description="with which password")
    ssl_ca: Path | None = Field(
        default=None, description="PEM file of the server's CA, for rediss://; none: the system's CAs"
    )
    ssl_cert: Path | None = Field(default=None, description="PEM file of our client certificate")
    ssl_key: Path | None = Field(default=None, description="PEM file of its key")
    timeout_seconds: float = Field(default=5.0, gt=0, description="for one round trip")

    def _problems(self) -> Iterator[str]:
        """Of what is asked for, nothing may silently not happen."""
        scheme, has_login = _parts(self.url)
        if scheme not in {None, *_SCHEMES}:
            yield "STELLWERK_REDIS__URL must begin with redis:// or rediss:// (TLS)"
        if has_login and (self.username or self.password):
            yield "STELLWERK_REDIS__URL names a user; take it out, or unset STELLWERK_REDIS__USERNAME and __PASSWORD"
        if self.username and not self.password:
            yield "STELLWERK_REDIS__USERNAME needs STELLWERK_REDIS__PASSWORD; set both"
        if scheme != "rediss" and (self.ssl_ca or self.ssl_cert or self.ssl_key):
            yield "STELLWERK_REDIS__SSL_… would not be used; set STELLWERK_REDIS__URL to rediss://…, or unset them"
        if (self.ssl_cert is None) != (self.ssl_key is None):
            yield "STELLWERK_REDIS__SSL_CERT and STELLWERK_REDIS__SSL_KEY belong together; set both or neither"


def _parts(url: str | None) -> tuple[str | None, bool]:
    """Scheme, and whether a user or a password is in it."""
    if url is None:
        return None, False
    try:
        found = urlsplit(url)
    except ValueError:
        return "", False
    return found.scheme, "@" in found.netloc
