"""Text of strangers on a page: nothing hides, nothing turns what stands around it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.adapters.visible_text import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, Žluťoučký 日本 ok", "plain, Žluťoučký 日本 ok"),
        ("a\u202egnp.exe", "a[U+202E]gnp.exe"),
        ("zero\u200bwidth\ufeff", "zero[U+200B]width[U+FEFF]"),
        ("bell\x07 tab\t line\n nul\0", "bell[U+0007] tab[U+0009] line[U+000A] nul[U+0000]"),
        ("no\u00a0break \u2028", "no[U+00A0]break [U+2028]"),
        ("tag\U000e0041", "tag[U+E0041]"),
        ("lone\ud800", "lone[U+D800]"),
        ("e\u0301 fine, z\u0301\u0302\u0303\u0304 not", "e\u0301 fine, z\u0301\u0302[U+0303][U+0304] not"),
    ],
)
def test_what_cannot_be_seen_stands_as_a_word(text: str, shown: str) -> None:
    """And what can be seen stays as it is."""
    assert shown == visible(text, 100)


def test_what_is_too_long_says_how_much_is_left_out() -> None:
    """A value of a megabyte takes no more room than one of a line."""
    assert "aaa… (999997 more)" == visible("a" * 1_000_000, 3)


@given(st.text(st.characters(codec=None), max_size=50))
def test_no_control_or_format_character_is_ever_left(text: str) -> None:
    """Whatever Unicode holds."""
    categories = {unicodedata.category(character) for character in visible(text, 50)}
    assert not {category for category in categories if category[0] in "CZ"} - {"Zs"}
