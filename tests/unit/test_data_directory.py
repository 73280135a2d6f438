"""Where the secret and big mails lie, and which secret a service may start with."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from config.settings import Settings
from config.settings_kafka import KafkaSettings
from workers.entrypoints.data_directory import data_directory, service_secret
from workers.errors import WrongConfiguration


def settings(**fields: Any) -> Settings:
    return Settings().model_copy(update={"kafka": KafkaSettings(), "prefix": "", "secret": None} | fields)


def test_without_a_setting_it_is_the_users_own_one_for_each_prefix(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Never a temporary one: accepted mail may lie there."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert tmp_path / "stellwerk" / "default" == data_directory(settings(data_dir=None))
    assert tmp_path / "stellwerk" / "eu." == data_directory(settings(data_dir=None, prefix="eu."))
    assert Path("/srv/x") == data_directory(settings(data_dir=Path("/srv/x")))


def test_services_that_start_at_once_share_one_secret_and_keep_it(tmp_path: Path) -> None:
    """A second secret would give a mail that is sent again another identity."""
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: service_secret(settings(), tmp_path), range(8)))
    assert 1 == len(found)
    assert found == {service_secret(settings(), tmp_path)}
    assert 0o600 == (tmp_path / "secret").stat().st_mode & 0o777
    assert ["secret"] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.parametrize(("alone", "level"), [(True, "info"), (False, "warning")])
def test_a_made_secret_is_a_warning_only_where_other_services_may_lack_it(
    tmp_path: Path, alone: bool, level: str
) -> None:
    """An embedded installation, the demo's for one, has everything in one process; said once, when it is made."""
    with structlog.testing.capture_logs() as said:
        for _ in range(2):
            service_secret(settings(), tmp_path, alone=alone)
    assert [{"event": "secret-made", "log_level": level, "directory": str(tmp_path)}] == said


@pytest.mark.parametrize("secret", [None, "hunter2"])
def test_production_refuses_a_secret_that_is_missing_or_short(tmp_path: Path, secret: str | None) -> None:
    """Services on several machines would each make their own; a short one can be guessed."""
    given = SecretStr(secret) if secret else None
    with pytest.raises(WrongConfiguration, match="STELLWERK_SECRET"):
        service_secret(settings(secret=given, kafka=KafkaSettings(production=True)), tmp_path)


def test_a_directory_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """With the settings that help."""
    (tmp_path / "file").touch()
    with pytest.raises(WrongConfiguration, match="STELLWERK_DATA_DIR"):
        service_secret(settings(), tmp_path / "file" / "below")
