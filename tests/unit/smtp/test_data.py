"""DATA: what ends it, what is taken out, what is refused. RFC 5321 §4.5.2."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.adapters.smtp_data import Data, DataFault, DataReader, has_line_longer_than

LIMIT = 10_000
pieces = st.lists(
    st.sampled_from([b"\r\n", b".", b"\r", b"\n", b"a", b"..", b"\0", b"\xff", b"\r\n.", b"\r\n..", b" "]),
    max_size=40,
).map(b"".join)


def _feed(stream: bytes, cuts: list[int], limit: int = LIMIT, line_limit: int = LIMIT) -> Data | None:
    reader = DataReader(limit, line_limit)
    places = [0, *sorted({cut % (len(stream) + 1) for cut in cuts}), len(stream)]
    chunks = [stream[start:end] for start, end in pairwise(places)]
    for number, chunk in enumerate(chunks):
        data = reader.feed(chunk)
        if data is not None:
            return Data(data.content, data.rest + b"".join(chunks[number + 1 :]), data.fault)
    return None


def _reference(stream: bytes) -> tuple[bytes, bytes] | None:
    """Line by line, as RFC 5321 tells it: content and rest."""
    lines = re.findall(rb"(?s).*?\r\n|.+\Z", stream)
    for number, line in enumerate(lines):
        if line == b".\r\n":
            content = b"".join(one.removeprefix(b".") for one in lines[:number])
            return content, b"".join(lines[number + 1 :])
    return None


@given(pieces, pieces, st.lists(st.integers(0, 500), max_size=8))
def test_chunks_cut_anywhere_give_what_lines_give(before: bytes, after: bytes, cuts: list[int]) -> None:
    """Content and rest are those of a reader of lines; or a forged end is refused at the same place."""
    stream = before + b"\r\n.\r\n" + after
    expected = _reference(stream)
    data = _feed(stream, cuts)
    assert data is not None
    assert expected is not None
    assert expected[1] == data.rest
    assert data.fault in {None, DataFault.FORGED_END}
    if data.fault is None:
        assert expected[0] == data.content


@given(pieces, st.lists(st.integers(0, 500), max_size=8))
def test_stuffed_and_unstuffed_is_the_same(content: bytes, cuts: list[int]) -> None:
    """What a client stuffs comes out octet by octet."""
    content = content.replace(b"\r\n", b"\n").replace(b"\r", b"").replace(b"\n", b"\r\n") + b"\r\n"
    stuffed = re.sub(rb"(?m)^\.", b"..", content)
    assert Data(content, b"QUIT\r\n") == _feed(stuffed + b".\r\nQUIT\r\n", cuts)


@given(pieces)
def test_only_cr_lf_dot_cr_lf_ends_data(stream: bytes) -> None:
    """No other line end does, whatever stands around it."""
    ended = _feed(stream, []) is not None
    assert (b"\r\n.\r\n" in b"\r\n" + stream) == ended


@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n", b"\n.\r", b"\r.\n"]
)
def test_what_other_servers_take_for_an_end_is_refused(end: bytes) -> None:
    """SMTP smuggling: the second mail stays in the first one, and that is refused."""
    stream = b"Subject: a\r\n\r\nhello" + end + b"MAIL FROM:<evil@x>\r\n\r\n.\r\n"
    data = _feed(stream, [])
    assert data is not None
    assert DataFault.FORGED_END is data.fault
    assert b"" == data.rest


def test_a_forged_end_at_the_very_beginning_is_refused() -> None:
    """A lone dot on the first line, ended by LF only."""
    data = _feed(b".\nMAIL FROM:<a@x>\r\n.\r\n", [])
    assert data is not None
    assert DataFault.FORGED_END is data.fault


@pytest.mark.parametrize("dots", [0, 15, 16, 17, 100])
def test_dots_within_lines_hide_none_at_a_lines_beginning(dots: int) -> None:
    """However many come first: stuffed ones are taken out, and forged ends found."""
    text = b"a.b" * dots + b"\r\n"
    assert Data(text + b".c\r\n", b"") == _feed(text + b"..c\r\n.\r\n", [])
    assert Data(b"", b"", DataFault.FORGED_END) == _feed(text + b"\n.\r\n.\r\n", [])


@pytest.mark.parametrize(
    "content", [b"a\nb\r\n", b"a\rb\r\n", b"\0\r\n", b"\xff\xfe\r\n", b"a\r\r\n", b"\r\n\r\n"]
)
def test_strange_octets_are_kept(content: bytes) -> None:
    """A bare CR or LF in the text is no attack; NUL and 8 bit are content."""
    assert Data(content, b"") == _feed(content + b".\r\n", [])


def test_an_empty_mail_is_a_mail() -> None:
    """The dot may come first."""
    assert Data(b"", b"NOOP\r\n") == _feed(b".\r\nNOOP\r\n", [1, 2, 3])


def test_content_of_exactly_the_limit_is_taken_even_when_all_dots_are_stuffed() -> None:
    """The limit is on the content, not on the wire."""
    content = b".\r\n" * 100
    stuffed = b"..\r\n" * 100
    assert Data(content, b"") == _feed(stuffed + b".\r\n", list(range(500)), limit=300)
    too_big = _feed(stuffed + b".\r\n", list(range(500)), limit=299)
    assert Data(b"", b"", DataFault.TOO_BIG) == too_big


def test_too_much_is_thrown_away_as_it_comes() -> None:
    """A client that sends for ever fills no memory, and the session goes on behind the end."""
    reader = DataReader(1000, 1000)
    most = 0
    for _ in range(1000):
        assert reader.feed(b"x" * 98 + b"\r\n") is None
        most = max(most, reader.held_bytes)
    data = reader.feed(b".\r\nRSET\r\n")
    assert Data(b"", b"RSET\r\n", DataFault.TOO_BIG) == data
    assert most <= 1000 + 1000 // 3 + 5 + 100


@given(st.lists(st.integers(0, 30), max_size=12), st.integers(1, 25))
def test_the_longest_line_is_found_by_looking_at_few_places(lengths: list[int], limit: int) -> None:
    """The same answer as looking at each line."""
    content = b"".join(b"x" * length + b"\n" for length in lengths)
    assert any(length > limit for length in lengths) == has_line_longer_than(limit, content)


def test_lines_beyond_998_octets_are_taken_up_to_the_limit() -> None:
    """Real mail has them."""
    content = b"x" * 5000 + b"\r\n"
    assert Data(content, b"") == _feed(content + b".\r\n", [], line_limit=6000)
    refused = _feed(content + b".\r\n", [], line_limit=4000)
    assert Data(b"", b"", DataFault.LINE_TOO_LONG) == refused
