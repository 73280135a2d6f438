"""Pages as a test reads them."""

from html.parser import HTMLParser

import aiohttp

from tests.support.pages_world import TICKET

PLACES = ("/", "/tickets", f"/tickets/{TICKET}", "/sla", f"/explain/{TICKET}", "/dead-letters", "/reconcile")
BROWSER = {"Accept": "text/html,application/xhtml+xml;q=0.9"}


class Tags(HTMLParser):
    """Which elements a page has, and the attributes that could run something."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.running: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        self.running += [
            f"{tag} {name}" for name, _ in attributes if name.startswith("on") or name == "style"
        ]


async def page(client: aiohttp.ClientSession, path: str, **query: str) -> tuple[int, str]:
    async with client.get(path, params=query, allow_redirects=False, headers=BROWSER) as answer:
        return answer.status, await answer.text()
