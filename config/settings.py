"""All settings: environment variables `STELLWERK_…`, nested by `__`. DESIGN part 6.

A value may also come from a file: the one that `<VARIABLE>_FILE` names, or `<VARIABLE>` in the directory that
`STELLWERK_SECRETS_DIR` names. A variable beats a file. An empty variable counts as not set.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, PrivateAttr, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from config.setting_names import PREFIX, SettingPath, setting_paths
from config.settings_kafka import KafkaSettings
from config.settings_problems import settings_error
from config.settings_redis import RedisSettings
from config.settings_sections import (
    BlobSettings,
    HttpSettings,
    LogSettings,
    RoutingSettings,
    SmtpSettings,
)
from config.settings_sources import FileSource, VariableSource, origins
from config.settings_traces import TracesSettings
from workers.errors import WrongConfiguration


class Settings(BaseSettings):
    """Frozen. Read once by the composition (`workers.entrypoints`); nothing else knows of it."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        env_parse_none_str="null",
        frozen=True,
        extra="ignore",
    )
    _origins: Mapping[SettingPath, str] = PrivateAttr(default_factory=dict)

    secret: SecretStr | None = Field(
        default=None,
        min_length=1,
        description="of the installation, 16 or more random characters: signs ids; none: made in the data dir",
    )
    prefix: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9._-]{0,100}$",
        description="of topics, groups, transactional ids and Redis keys: installations can share a cluster",
    )
    data_dir: Path | None = Field(
        default=None,
        description="of secret, big mails, embedded Kafka; none: the user's own, an embedded Kafka keeps nothing",
    )
    kafka: KafkaSettings = KafkaSettings()
    redis: RedisSettings = RedisSettings()
    smtp: SmtpSettings = SmtpSettings()
    http: HttpSettings = HttpSettings()
    blobs: BlobSettings = BlobSettings()
    routing: RoutingSettings = RoutingSettings()
    log: LogSettings = LogSettings()
    traces: TracesSettings = TracesSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del env_settings, dotenv_settings, file_secret_settings
        return init_settings, VariableSource(settings_cls), FileSource(settings_cls)

    def origin_of(self, path: SettingPath) -> str:
        """`default`, `env` or `file`."""
        return self._origins.get(path, "default")


def load_settings() -> Settings:
    """From environment and files, now. Raises `WrongConfiguration` naming each wrong variable and what to do."""
    try:
        settings = Settings()
    except ValidationError as error:
        raise settings_error(error) from error
    except SettingsError as error:
        raise WrongConfiguration(
            f"A whole section must be JSON, or set its values one by one: {error}"
        ) from error
    settings._origins = origins(setting_paths(Settings))
    return settings
