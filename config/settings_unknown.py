"""Variables that look like settings and are none: mostly a typing error that would else go unnoticed."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from config.setting_names import PREFIX, setting_paths, variable
from config.settings import Settings
from config.settings_sources import SECRETS_DIR


def unknown_variables(names: Iterable[str]) -> dict[str, str | None]:
    """Of the environment's names: those with our prefix that nothing reads, with the setting that was meant (or None).

    Not errors: a container platform also sets such names, as `STELLWERK_SERVICE_HOST`.
    """
    known = {variable(path) for path in setting_paths(Settings)}
    sections = {variable((name,)) for name in Settings.model_fields}
    read = known | sections | {f"{name}_FILE" for name in known} | {SECRETS_DIR}
    unread = sorted(name for name in names if name.upper().startswith(PREFIX) and name.upper() not in read)
    return {
        name: next(iter(get_close_matches(name.upper(), known, n=1, cutoff=0.8)), None) for name in unread
    }
