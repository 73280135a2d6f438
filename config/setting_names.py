"""Settings by path (`("smtp", "port")`) and the environment variable of each."""

from collections.abc import Iterator

from pydantic import BaseModel
from pydantic.fields import FieldInfo

PREFIX = "STELLWERK_"
SettingPath = tuple[str, ...]


def setting_fields(
    model: type[BaseModel], above: SettingPath = ()
) -> Iterator[tuple[SettingPath, FieldInfo]]:
    """All settings, sections opened, in the order in which they are written down."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from setting_fields(kind, (*above, name))
        else:
            yield (*above, name), field


def setting_paths(model: type[BaseModel]) -> tuple[SettingPath, ...]:
    return tuple(path for path, _ in setting_fields(model))


def variable(path: SettingPath) -> str:
    """`STELLWERK_SMTP__PORT`"""
    return PREFIX + "__".join(path).upper()
