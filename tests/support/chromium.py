"""A real headless Chromium with an empty profile, driven by Selenium, where there is one."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=Translate,OptimizationHints,MediaRouter",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
)
WHAT_TO_INSTALL = (
    "NO CHROMIUM: the operators' pages were not tried in a browser. Install it, on Debian and Ubuntu: "
    "apt-get install chromium chromium-driver"
)


@dataclass(frozen=True, slots=True)
class Installed:
    """The programs' paths."""

    browser: str
    driver: str


def installed_chromium() -> Installed | None:
    """As on the PATH; `TEST_CHROMIUM` and `TEST_CHROMEDRIVER` name others."""
    browser = os.environ.get("TEST_CHROMIUM") or _first(NAMES)
    driver = os.environ.get("TEST_CHROMEDRIVER") or _first(("chromedriver",))
    return Installed(browser, driver) if browser and driver else None


def fetched_chromium() -> Installed | None:
    """Installed by apt, where this is root on Debian or Ubuntu; else None. Never asks, never fails."""
    apt = shutil.which("apt-get")
    if os.geteuid() != 0 or apt is None:
        return None
    quiet = {"DEBIAN_FRONTEND": "noninteractive", **os.environ}
    packages = ("chromium", "chromium-driver", "fonts-dejavu-core")
    for command in (("update",), ("install", "--yes", "--no-install-recommends", *packages)):
        try:
            subprocess.run(
                [apt, "--quiet", *command], env=quiet, capture_output=True, timeout=240, check=True
            )
        except (OSError, subprocess.SubprocessError):
            return None
    return installed_chromium()


@contextmanager
def chromium(
    programs: Installed, *, width: int = 1280, height: int = 900, dark: bool = False
) -> Iterator[Chrome]:
    """Its window is that size exactly; its console is kept for `get_log("browser")`."""
    options = ChromeOptions()
    options.binary_location = programs.browser
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with TemporaryDirectory(prefix="chromium-") as profile:
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        log = str(Path(profile) / "driver.log")
        browser = Chrome(options=options, service=Service(programs.driver, log_output=log))
        try:
            size_of(browser, width, height)
            scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
            browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})
            browser.set_page_load_timeout(60)
            yield browser
        finally:
            browser.quit()


def size_of(browser: Chrome, width: int, height: int) -> None:
    """Of the page itself, whatever the window's frame takes."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def _first(names: tuple[str, ...]) -> str | None:
    return next((path for name in names if (path := shutil.which(name))), None)
