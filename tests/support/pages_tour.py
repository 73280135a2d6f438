"""An operator in a browser: signs in, looks around, reads what stands there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from tests.support.chromium import size_of

RECOMMENDATIONS = "recommendation"
LOAD_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Operator:
    """`address`: of the pages, without a slash at its end.

    Whatever leads to another page returns once that page is there as a whole: Selenium itself returns from a click
    or a key while the old page may still stand.
    """

    browser: Chrome
    address: str

    def sign_in(self, token: str, path: str = "/") -> None:
        """From the page that was asked for, and back to it if the token is the right one."""
        self.open(path)
        with self._turning_page():
            self.browser.find_element(By.ID, "token").send_keys(token + Keys.ENTER)

    def open(self, path: str) -> None:
        self.browser.get(self.address + path)

    def search(self, **fields: str) -> None:
        """Fill in the form of this page and send it."""
        for name, value in fields.items():
            field = self.browser.find_element(By.ID, name)
            if field.tag_name == "input":
                field.clear()
            field.send_keys(value)
        self.click(By.CSS_SELECTOR, "button.first")

    def follow(self, words: str) -> None:
        self.click(By.LINK_TEXT, words)

    def click(self, by: str, what: str) -> None:
        """On what leads to another page."""
        with self._turning_page():
            self.browser.find_element(by, what).click()

    @contextmanager
    def _turning_page(self) -> Iterator[None]:
        before = self._page
        yield
        WebDriverWait(self.browser, LOAD_SECONDS, ignored_exceptions=(WebDriverException,)).until(
            lambda _: self._page not in (None, before)
        )

    @property
    def _page(self) -> float | None:
        """Which one it is, by the time at which it began; None while it is not there as a whole."""
        began: float | None = self.browser.execute_script(
            "return document.readyState === 'complete' ? performance.timeOrigin : null"
        )
        return began

    @property
    def words(self) -> str:
        """What a person sees of the page's main part."""
        return self.browser.find_element(By.TAG_NAME, "main").text

    @property
    def tickets(self) -> list[str]:
        """Of the table of this page."""
        return [
            each.text for each in self.browser.find_elements(By.CSS_SELECTOR, 'tbody a[href^="/tickets/"]')
        ]

    @property
    def is_too_wide(self) -> bool:
        """The page itself; a wide table scrolls inside of it."""
        wide: bool = self.browser.execute_script(
            "return document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        return wide

    def complaints(self) -> list[str]:
        """What the browser said in its console since it was asked last: errors and policy violations."""
        return [
            entry["message"]
            for entry in self.browser.get_log("browser")  # type: ignore[no-untyped-call]
            if entry["source"] != RECOMMENDATIONS
        ]

    def picture(self, path: Path, width: int, most: int) -> None:
        """Of the whole page, down to `most` pixels."""
        size_of(self.browser, width, 400)
        height = self.browser.execute_script("return document.documentElement.scrollHeight")
        size_of(self.browser, width, min(height, most))
        self.browser.save_screenshot(str(path))
