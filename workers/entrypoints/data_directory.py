"""Where an installation keeps what neither Kafka nor Redis holds: its secret and big mails, unless configured."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

import structlog

from config.settings import Settings
from workers.errors import WrongConfiguration

SECRET_OCTETS = 32
SHORT_SECRET = 16
_HOW = "set STELLWERK_SECRET (or STELLWERK_SECRET_FILE) to the same 16 or more random characters for every service."

_log = structlog.get_logger(__name__)


def data_directory(settings: Settings) -> Path:
    """Of services on a configured cluster: as configured, else the user's own (XDG), one for each prefix.

    Never a temporary one: accepted mail may lie there, and a new secret would give a retried mail a new identity.
    """
    if settings.data_dir is not None:
        return settings.data_dir
    home = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return home / "stellwerk" / (settings.prefix or "default")


def service_secret(settings: Settings, directory: Path, *, alone: bool = False) -> bytes:
    """As configured, else the one that the directory keeps; made at the first start.

    Services on several machines would each make their own, and a short one can be guessed: in production both
    are `WrongConfiguration`. `alone`: nobody else can share this installation, so a made one is no warning.
    """
    if settings.secret is None:
        if settings.kafka.production:
            raise WrongConfiguration(f"In production the secret must be configured: {_HOW}")
        return _own_secret(directory / "secret", alone=alone)
    secret = settings.secret.get_secret_value().encode()
    if len(secret) < SHORT_SECRET:
        if settings.kafka.production:
            raise WrongConfiguration(f"The secret is too short for production: {_HOW}")
        _log.warning("secret-is-short", characters=len(secret), wanted=SHORT_SECRET)
    return secret


def _own_secret(path: Path, *, alone: bool) -> bytes:
    is_new = not path.exists()
    secret = kept_secret(path)
    if is_new and alone:
        _log.info("secret-made", directory=str(path.parent))
    elif is_new:
        _log.warning("secret-made", directory=str(path.parent))
    return secret


def kept_secret(path: Path) -> bytes:
    """What this file keeps for its owner alone; made now where there is none yet. Raises `WrongConfiguration`."""
    try:
        if not path.exists():
            _make_secret(path)
        return path.read_bytes()
    except OSError as error:
        raise WrongConfiguration(
            f"The secret cannot be kept in {path} ({error.strerror}): set STELLWERK_SECRET, or STELLWERK_DATA_DIR to a "
            "directory that can be written."
        ) from error


def _make_secret(path: Path) -> None:
    """Of several processes that start at once one makes it, and all read the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    fresh.touch(mode=0o600)
    fresh.write_text(secrets.token_hex(SECRET_OCTETS))
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(fresh)
    fresh.unlink()
