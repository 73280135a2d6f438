"""All settings for people: name, value, origin, meaning. Secrets are masked."""

from __future__ import annotations

from functools import reduce
from urllib.parse import urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, SecretStr

from config.setting_names import SettingPath, setting_fields, variable
from config.settings import Settings

MASK = "********"


class SettingRow(BaseModel):
    """`name`: the environment variable. `origin`: default, env or file. `value`: empty for none."""

    model_config = ConfigDict(frozen=True)

    name: str
    value: str
    origin: str
    help: str


def describe(settings: Settings) -> list[SettingRow]:
    """A row for each setting, in the order of their models."""
    return [
        SettingRow(
            name=variable(path),
            value=_shown(_value(settings, path)),
            origin=settings.origin_of(path),
            help=field.description or "",
        )
        for path, field in setting_fields(type(settings))
    ]


def _value(settings: Settings, path: SettingPath) -> object:
    value: object = reduce(getattr, path, settings)
    return value


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        return MASK
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return without_login(str(value)) if "://" in str(value) else str(value)


def without_login(url: str) -> str:
    """The URL with user and password masked."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url
    return urlunsplit(parts._replace(netloc=f"{MASK}@{parts.netloc.rpartition('@')[2]}"))
