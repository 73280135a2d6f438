"""Chromium where none is installed: by apt on Debian and Ubuntu, as root, else unpacked into the user's cache.

Never asks and never raises: None where it cannot be had.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.support.chromium import Installed, installed_chromium

PACKAGES = ("chromium", "chromium-driver", "fonts-dejavu-core")
SECONDS = 240


def fetched_chromium() -> Installed | None:
    """About 130 MB, the first time."""
    if shutil.which("apt-get") is None:
        return None
    try:
        return _installed_by_root() if os.geteuid() == 0 else _unpacked()
    except (OSError, subprocess.SubprocessError):
        return None


def _installed_by_root() -> Installed | None:
    _run("apt-get", "--quiet", "update")
    _run("apt-get", "--quiet", "install", "--yes", "--no-install-recommends", *PACKAGES)
    return installed_chromium()


def _unpacked() -> Installed | None:
    """With the libraries that the system lacks."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stellwerk-chromium"
    if not (root / "whole").exists():
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        _run("apt-get", "--quiet", "download", *missing_packages(), cwd=root)
        for archive in root.glob("*.deb"):
            _run("dpkg-deb", "--extract", str(archive), str(root))
            archive.unlink()
        (root / "whole").touch()
    return unpacked_in(root)


def missing_packages() -> list[str]:
    """What apt would install: Chromium with the libraries that this system lacks."""
    plan = _run("apt-get", "--simulate", "install", "--no-install-recommends", *PACKAGES)
    return [line.split()[1] for line in plan.splitlines() if line.startswith("Inst ")]


def unpacked_in(root: Path) -> Installed:
    libraries = {str(path.parent) for path in (root / "usr" / "lib").rglob("lib*.so.*")}
    environment = {
        "LD_LIBRARY_PATH": ":".join(sorted(libraries)),
        "FONTCONFIG_PATH": str(root / "etc" / "fonts"),
        "XDG_DATA_DIRS": str(root / "usr" / "share"),
    }
    browser, driver = root / "usr" / "lib" / "chromium" / "chromium", root / "usr" / "bin" / "chromedriver"
    return Installed(str(browser), str(driver), environment)


def _run(*command: str, cwd: Path | None = None) -> str:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=SECONDS, check=True
    )
    return done.stdout
