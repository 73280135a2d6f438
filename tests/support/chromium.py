"""A real headless Chromium with an empty profile, driven by Selenium, where there is one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
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
    """The programs' paths, and what they need of the environment."""

    browser: str
    driver: str
    environment: Mapping[str, str] = field(default_factory=dict)


def installed_chromium() -> Installed | None:
    """As on the PATH; `TEST_CHROMIUM` and `TEST_CHROMEDRIVER` name others."""
    browser = os.environ.get("TEST_CHROMIUM") or _first(NAMES)
    driver = os.environ.get("TEST_CHROMEDRIVER") or _first(("chromedriver",))
    return Installed(browser, driver) if browser and driver else None


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
        browser = Chrome(
            options=options,
            service=Service(programs.driver, log_output=log, env={**os.environ, **programs.environment}),
        )
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
