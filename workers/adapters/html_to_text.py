"""The readable words of an HTML mail, in one pass that stops when enough was read."""

import re
from html import unescape

_TAG = re.compile(r"<(?:!--|(/?[a-z!?][a-z0-9]*)[^<>]*>?)", re.IGNORECASE | re.ASCII)
_BLOCK_NAMES = (
    "p div br tr li ul ol table h1 h2 h3 h4 h5 h6 blockquote pre hr section article header footer dt dd"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_UNREAD = {
    name: re.compile(f"</{name}[^<>]*>?", re.IGNORECASE | re.ASCII)
    for name in ("script", "style", "head", "title", "template")
}
_SPACES = re.compile(r"[ \t\r\n\f\xa0]+")
_INLINE_SPACES = re.compile(r"[ \t\xa0]+")
_BREAKS = re.compile(r" *\n[ \n]*")


def html_to_text(html: str, enough: int) -> str:
    """Text without tags, comments, scripts and styles; a line per block. Reads until about `enough` characters.

    Takes anything, in linear time: each `<` is looked at once, and what is not closed reaches to the end.
    """
    out: list[str] = []
    length, position = 0, 0
    while length <= enough:
        tag = _TAG.search(html, position)
        words = _SPACES.sub(" ", html[position : tag.start() if tag else len(html)])
        out.append(words)
        length += len(words) - words.isspace()
        if tag is None:
            break
        name = (tag[1] or "").lower()
        if name.strip("/") in _BLOCKS:
            out.append("\n")
        position = _after(html, tag, name)
    return _BREAKS.sub("\n", _INLINE_SPACES.sub(" ", unescape("".join(out)))).strip()


def _after(html: str, tag: re.Match[str], name: str) -> int:
    """Where reading goes on: behind the tag, the comment, or the end of what is not for reading."""
    if not name:
        end = html.find("-->", tag.end())
        return len(html) if end < 0 else end + 3
    closing = _UNREAD[name].search(html, tag.end()) if name in _UNREAD else tag
    return closing.end() if closing else len(html)
