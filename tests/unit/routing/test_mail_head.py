"""Reading the head of raw octets: fast, bounded, and never surprised."""

import re
import time
from email.header import Header
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import raw_mail
from workers.routing.encoded_words import decode_words
from workers.routing.mail_head import ids_in, read_head


def test_folded_values_are_read_as_one_line() -> None:
    """RFC 5322 §2.2.3."""
    head = read_head(
        raw_mail(subject="Printer\r\n on\r\n\tfire", headers=(("References", "<a@x>\r\n <b@x>"),))
    )
    assert "Printer on\tfire" == head.subject
    assert ("<a@x>", "<b@x>") == head.references


def test_names_are_found_in_any_case_and_received_is_counted() -> None:
    """`MESSAGE-ID` and `received` are the same headers."""
    head = read_head(b"received: a\r\nRECEIVED: b\r\nMESSAGE-ID: <m@x>\r\nIn-reply-TO: <p@x>\r\n\r\nbody")
    assert 2 == head.received_count
    assert "<m@x>" == head.message_id
    assert ("<p@x>",) == head.in_reply_to


def test_the_body_is_not_read_for_headers() -> None:
    """A quoted mail's Message-ID is not this mail's."""
    head = read_head(b"From: a@x\r\n\r\nMessage-ID: <quoted@x>\r\nReceived: x\r\n")
    assert not head.has_message_id
    assert 0 == head.received_count
    assert sha256(b"Message-ID: <quoted@x>\r\nReceived: x\r\n").digest() == head.body_digest


def test_a_mail_without_an_id_gets_one_from_its_digest() -> None:
    """The same mail the same, another mail another."""
    one, again, other = (
        read_head(raw_mail(message_id=None, body=body)).message_id for body in ("a", "a", "b")
    )
    assert one == again != other
    assert one.startswith("<")


def test_two_senders_of_an_empty_mail_without_an_id_are_not_one() -> None:
    """The derived id covers the head, too."""
    one, other = (
        read_head(raw_mail(message_id=None, sender=sender, body="")) for sender in ("a@x.test", "b@x.test")
    )
    assert one.message_id != other.message_id


def test_what_a_relay_adds_does_not_change_the_identity() -> None:
    """A mail sent twice comes with other Received headers, and perhaps folded elsewhere."""
    first = read_head(raw_mail(headers=(("References", "<a@x> <b@x>"),)))
    second = read_head(b"Received: from relay\r\n" + raw_mail(headers=(("References", "<a@x>\r\n <b@x>"),)))
    assert (first.identity, first.body_digest) == (second.identity, second.body_digest)


def test_a_second_from_header_makes_another_identity() -> None:
    """Also one that is empty: nothing can be hidden from the id."""
    identities = {read_head(extra + raw_mail()).identity for extra in (b"", b"From:\r\n", b"From: x\r\n")}
    assert 3 == len(identities)


def test_ids_keep_no_comments_and_no_white_space() -> None:
    """References as they are, not as they should be."""
    assert ["<a@x>", "<b@x>"] == ids_in('Your mail of "Monday" <a @x>(comment)\t<b@x>')
    assert ["<a@x>", "<b@x>"] == ids_in("a@x b@x")
    assert [] == ids_in("  ")


def test_thousands_of_references_keep_the_first_and_the_last() -> None:
    """The first is the thread's root, our own are at the right end."""
    many = " ".join(f"<{number}@x>" for number in range(5000))
    references = read_head(f"References: {many}\r\n\r\n".encode()).references
    assert 1001 == len(references)
    assert ("<0@x>", "<4999@x>") == (references[0], references[-1])


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "iso-2022-jp", "utf-16"])
def test_encoded_subjects_are_decoded(charset: str) -> None:
    """RFC 2047, folded into as many words as a client likes."""
    subject = "Žluťoučký kůň" if charset == "utf-8" else "日本" * 30 if charset == "iso-2022-jp" else "Grüße"
    encoded = Header(subject, charset, maxlinelen=40, header_name="Subject").encode(linesep="\r\n")
    assert subject == read_head(raw_mail(subject=encoded)).subject


def test_a_character_cut_in_two_by_encoded_words_is_joined() -> None:
    """Many clients do it although RFC 2047 §5 forbids it."""
    assert "Grüße" == decode_words("=?utf-8?Q?Gr=C3?= =?utf-8?Q?=BC=C3=9Fe?=")


@pytest.mark.parametrize(
    "charset", ["no-such-charset", "idna", "unicode_escape", "undefined", "hex", "rot13"]
)
def test_a_charset_that_is_none_does_no_harm(charset: str) -> None:
    """Python has codecs that are not charsets."""
    assert "a b" == decode_words(f"=?{charset}?Q?a_b?=")


def test_raw_octets_in_a_header_are_read_somehow() -> None:
    """UTF-8 where it is, else Latin-1."""
    assert "Grüße" == read_head("Subject: Grüße\r\n\r\n".encode()).subject
    assert "Grüße" == read_head("Subject: Grüße\r\n\r\n".encode("latin-1")).subject


@given(
    st.binary(max_size=400)
    | st.lists(
        st.sampled_from(
            [
                b"Subject:",
                b"References: <",
                b"=?utf-8?B?",
                b"?=",
                b"\r\n",
                b"\n",
                b"\r",
                b" ",
                b"\xff",
                b"\0",
                b">",
                b":",
            ]
        ),
        max_size=60,
    ).map(b"".join)
)
def test_garbage_never_raises(raw: bytes) -> None:
    """Every octet string has a head, an id and a body inside itself."""
    head = read_head(raw)
    assert head.message_id
    assert 0 <= head.body_starts_at <= len(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"References: " + b"<a@b>" * 300_000,
        b"References: " + b"<" * 1_000_000,
        b"Subject:\n" + b" \n" * 400_000,
        b"Subject: " + b"=?utf-8?q?a?= " * 80_000,
        b"Received: x\r\n" * 100_000,
        b"Subject: " + b"[#T-" * 200_000,
    ],
    ids=lambda raw: raw[:20].decode(),
)
def test_a_hostile_head_takes_no_time(raw: bytes) -> None:
    """A mail of a megabyte that is all header; bounds are generous for slow machines."""
    began = time.perf_counter()
    read_head(raw)
    assert time.perf_counter() - began < 2.0


@given(
    st.lists(
        st.sampled_from([b"\r\n", b"\n", b"\r", b" ", b":", b"a", b"From: a", b"from:b", b"Subject : s"]),
        max_size=30,
    ).map(b"".join)
)
def test_a_head_ends_at_its_first_empty_line_and_has_the_headers_before_it(raw: bytes) -> None:
    """By whatever mixture of line ends; ids hang on it."""
    empty = re.search(rb"\A\r\n|\r?\n\r?\n", raw)
    head = read_head(raw)
    block = raw[: empty.start()] if empty else raw
    assert (empty.end() if empty else len(raw)) == head.body_starts_at
    for name in ("from", "subject"):
        found = re.findall(rb"(?im)^%s[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)" % name.encode(), block)
        expected = [re.sub(rb"[\r\n]", b"", value).decode() for value in found]
        assert expected == list(head.values.get(name, []))
