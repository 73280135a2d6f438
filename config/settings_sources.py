"""Settings from files, as container platforms hand secrets over, and where each value came from."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource

from config.setting_names import PREFIX, SettingPath, setting_paths, variable
from workers.errors import WrongConfiguration

SECRETS_DIR = PREFIX + "SECRETS_DIR"
_MAX_BYTES = 65_536


class VariableSource(EnvSettingsSource):
    """The environment without `<VARIABLE>_FILE`, which is not a setting of a section but names a file."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        names = {f"{variable(path)}_FILE".lower() for path in setting_paths(self.settings_cls)}
        return {name: value for name, value in super()._load_env_vars().items() if name.lower() not in names}


class FileSource(PydanticBaseSettingsSource):
    """Values of `<VARIABLE>_FILE` and of the secrets directory, line ends at the end cut off."""

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        super().__init__(settings_cls)
        self._paths = setting_paths(settings_cls)

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Not used: `__call__` gives all at once."""
        raise NotImplementedError(field, field_name)

    def __call__(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for path in self._paths:
            if file := setting_file(path):
                section = values
                for name in path[:-1]:
                    section = section.setdefault(name, {})
                section[path[-1]] = _read(file, path)
        return values


def setting_file(path: SettingPath) -> Path | None:
    """The file that gives this setting, if there is one."""
    if named := os.environ.get(variable(path) + "_FILE"):
        return Path(named)
    directory = os.environ.get(SECRETS_DIR)
    if not directory:
        return None
    names = (variable(path), variable(path).lower())
    return next((file for name in names if (file := Path(directory, name)).is_file()), None)


def origins(paths: Iterable[SettingPath]) -> dict[SettingPath, str]:
    """`env` or `file` for each setting that is not at its default."""
    given = {name.upper() for name, value in os.environ.items() if value}
    found: dict[SettingPath, str] = {}
    for path in paths:
        if {variable(path[:depth]) for depth in range(1, len(path) + 1)} & given:
            found[path] = "env"
        elif setting_file(path):
            found[path] = "file"
    return found


def _read(file: Path, path: SettingPath) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(_MAX_BYTES).decode().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongConfiguration(
            f"{variable(path)}_FILE: {file} cannot be read ({error}); check the path and its rights"
        ) from error
