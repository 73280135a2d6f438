"""Text of strangers made harmless for a record: no control characters, and never longer than agreed."""

import re

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_SPACES = re.compile(r"[ \t\r\n]+")


def one_line(text: str, max_bytes: int) -> str:
    """White space collapsed to single spaces; control characters (NUL, ESC, …) become U+FFFD."""
    if not text.isprintable():
        text = _CONTROL.sub("\ufffd", _SPACES.sub(" ", text))
    return first_bytes(text.strip(), max_bytes)


def many_lines(text: str, max_bytes: int) -> str:
    """Lines end in `\\n`; control characters other than tab become U+FFFD."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return first_bytes(_CONTROL.sub("\ufffd", text).strip(), max_bytes)


def first_bytes(text: str, max_bytes: int) -> str:
    """At most so many octets of UTF-8, in whole characters."""
    if len(text) * 4 <= max_bytes:
        return text
    return text.encode()[:max_bytes].decode("utf-8", "ignore")
