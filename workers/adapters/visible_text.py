"""Text of strangers for a page: what would not be seen, or would change what is seen around it, stands as words."""

import unicodedata

_SHOWN = frozenset({"L", "N", "P", "S"})
_MARKS_IN_A_ROW = 2


def visible(text: str, limit: int) -> str:
    """At most `limit` characters of it, then how many more there are.

    Control and format characters (bidi overrides, zero-width ones, tags), separators other than the space,
    surrogates, unassigned characters and piled-up marks become `[U+202E]`.
    """
    shown = text[:limit]
    if not (shown.isascii() and shown.isprintable()):
        shown = "".join(_characters(shown))
    return shown if len(text) <= limit else f"{shown}… ({len(text) - limit} more)"


def _characters(text: str) -> list[str]:
    out: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category[0] == "M" else 0
        plain = character == " " or category[0] in _SHOWN or 0 < marks <= _MARKS_IN_A_ROW
        out.append(character if plain else f"[U+{ord(character):04X}]")
    return out
