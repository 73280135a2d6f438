"""A running installation, as `up` gives it to those who use it: the demo, and tests."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StackOptions:
    """None: as configured, or, where nothing is, the samples and an embedded Kafka and Redis in a directory
    that is removed at the end. `any_port_if_taken`: a demo beside another must not fail for its ports."""

    policy: Path | None = None
    directory: Path | None = None
    data_dir: Path | None = None
    smtp_port: int | None = None
    http_port: int | None = None
    any_port_if_taken: bool = False


class Stack(Protocol):
    """Addresses are (host, port). It accepts mail as soon as it exists."""

    @property
    def smtp(self) -> tuple[str, int]: ...

    @property
    def http(self) -> tuple[str, int]: ...

    @property
    def kafka_bootstrap(self) -> str: ...

    @property
    def redis_url(self) -> str: ...

    @property
    def prefix(self) -> str: ...

    @property
    def token_file(self) -> Path | None:
        """Where the operators' token is; None: as configured."""
        ...


def pages_hint(stack: Stack) -> str:
    """Where the operators' pages are, and how to sign in."""
    host, port = stack.http
    token = "STELLWERK_HTTP__TOKEN" if stack.token_file is None else f"the token in {stack.token_file}"
    return f"http://{host}:{port}/  sign in with {token}"
