"""The parts of a mail, as people ask for them."""

from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.adapters.mail_parts import TEXT_BYTES, attachment_of, attachments_of, text_of
from workers.adapters.mime_parser import parse_mail

MAILS = sorted((Path(__file__).parents[2] / "support" / "mails").glob("*.eml"))


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_attachments_are_those_that_the_parser_lists(path: Path) -> None:
    """In its order, with its names, and content of the digest that it says."""
    raw = path.read_bytes()
    listed = attachments_of(raw)
    assert parse_mail(raw).attachments == listed or parse_mail(raw).unparsed
    for number, described in enumerate(listed):
        opened = attachment_of(raw, number)
        assert opened is not None
        assert described.sha256 == sha256(opened.content).hexdigest()
        assert (described.name, described.content_type) == (opened.name, opened.content_type)
    assert None is attachment_of(raw, len(listed))


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_the_whole_text_begins_like_its_preview(path: Path) -> None:
    """Words, not white space: the preview joins parts with fewer empty lines."""
    raw = path.read_bytes()
    preview = parse_mail(raw).text.split()
    assert preview == text_of(raw).split()[: len(preview)] or parse_mail(raw).unparsed


def test_long_text_is_whole() -> None:
    """Other than in records, where 8 KB are kept."""
    words = " ".join(map(str, range(20_000)))
    assert words.split() == text_of(f"From: jan@acme.test\r\n\r\n{words}".encode()).split()


@given(st.binary(max_size=2000))
def test_whatever_a_stranger_sends_has_parts(octets: bytes) -> None:
    """Nothing raises, and the text is bounded."""
    assert len(text_of(octets).encode()) <= TEXT_BYTES
    for number in range(len(attachments_of(octets))):
        assert attachment_of(octets, number) is not None
