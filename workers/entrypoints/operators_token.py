"""The token of HTTP where nobody configured one: made once, kept beside the installation's secret."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from config.settings import Settings
from workers.entrypoints.data_directory import kept_secret

TOKEN_FILE = "http-token"  # noqa: S105 - the file's name


@dataclass(frozen=True, slots=True)
class OperatorsToken:
    """`file`: where it is kept; None: it is configured, and whoever did that knows it."""

    settings: Settings
    file: Path | None


def with_operators_token(settings: Settings, directory: Path) -> OperatorsToken:
    """For `up` and `demo` only. In production nothing is made: without a token everybody gets 401.

    Raises `WrongConfiguration` where the directory cannot be written.
    """
    if settings.http.token is not None or settings.kafka.production:
        return OperatorsToken(settings, None)
    file = directory / TOKEN_FILE
    token = SecretStr(kept_secret(file).decode())
    http = settings.http.model_copy(update={"token": token})
    return OperatorsToken(settings.model_copy(update={"http": http}), file)
