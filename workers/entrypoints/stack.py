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
