"""Colours of the pages: WCAG 2.2 AA (1.4.3 text, 1.4.11 what bounds a field or shows the focus), light and dark."""

import re
from importlib import resources

import pytest

STYLE = (resources.files("workers.adapters") / "pages" / "stellwerk.css").read_text()
LIGHT, DARK = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
TEXT = [
    (colour, on)
    for colour in ("text", "muted", "link", "good", "warn", "bad", "note")
    for on in ("page", "card")
] + [
    ("muted", "head"),
    ("text", "plain-in"),
    ("on-first", "first"),
    *((kind, f"{kind}-in") for kind in ("good", "warn", "bad", "note")),
]
EDGES = [("muted", "page"), ("muted", "card"), ("focus", "page"), ("focus", "card"), ("note", "card")]


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): #([0-9a-f]{3,6});", block))


def luminance(colour: str) -> float:
    """Relative, as WCAG has it."""
    digits = colour if len(colour) == 6 else "".join(2 * digit for digit in colour)
    channels = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("block", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("colour", "on"), TEXT, ids="-on-".join)
def test_text_is_legible(block: str, colour: str, on: str) -> None:
    """4.5 to 1."""
    known = colours(block)
    assert contrast(known[colour], known[on]) >= 4.5


@pytest.mark.parametrize("block", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("colour", "on"), EDGES, ids="-on-".join)
def test_fields_and_the_focus_are_seen(block: str, colour: str, on: str) -> None:
    """3 to 1."""
    known = colours(block)
    assert contrast(known[colour], known[on]) >= 3
