"""An operator in a browser: signs in, looks around, reads what stands there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from tests.support.chromium import size_of

RECOMMENDATIONS = "recommendation"
LOAD_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Operator:
    """`address`: of the pages, without a slash at its end."""

    browser: Chrome
    address: str

    def sign_in(self, token: str, path: str = "/") -> None:
        """From the page that was asked for, and back to it."""
        self.open(path)
        self.browser.find_element(By.ID, "token").send_keys(token + Keys.ENTER)
        WebDriverWait(self.browser, LOAD_SECONDS).until(lambda browser: "/sign-in" not in browser.current_url)

    def open(self, path: str) -> None:
        self.browser.get(self.address + path)

    def search(self, **fields: str) -> None:
        """Fill in the form of this page and send it."""
        for name, value in fields.items():
            field = self.browser.find_element(By.ID, name)
            if field.tag_name == "input":
                field.clear()
            field.send_keys(value)
        before = self.browser.find_element(By.TAG_NAME, "html")
        self.browser.find_element(By.CSS_SELECTOR, "button.first").click()
        WebDriverWait(self.browser, LOAD_SECONDS).until(
            lambda browser: browser.find_element(By.TAG_NAME, "html") != before
        )

    def follow(self, words: str) -> None:
        self.browser.find_element(By.LINK_TEXT, words).click()

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
