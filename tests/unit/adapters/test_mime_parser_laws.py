"""What holds of every mail: any octets, and any structure that a generator can make of MIME."""

from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.mail_generator import any_octets, mime_mails
from workers.adapters.attachment_list import MAX_ATTACHMENTS
from workers.adapters.mime_headers import MAX_HEADER_BYTES
from workers.adapters.mime_parameters import parse_parameters
from workers.adapters.mime_parser import parse_mail, read_mail
from workers.adapters.text_preview import TEXT_BYTES
from workers.routing.address_headers import address_key, first_address
from workers.routing.encoded_words import decode_words
from workers.routing.mail_charsets import decode_text
from workers.routing.parsed_mail import ParsedMail


def assert_fit_for_a_record(mail: ParsedMail) -> None:
    """Bounded, and every string can be written as UTF-8 JSON."""
    assert len(mail.text.encode()) <= TEXT_BYTES
    assert len(mail.subject.encode()) <= MAX_HEADER_BYTES
    assert len(mail.attachments) <= MAX_ATTACHMENTS
    for name, value in (*mail.headers, *mail.returned_headers):
        assert name.isascii()
        assert len(value.encode()) <= MAX_HEADER_BYTES
        assert not any(c < " " for c in value)
    for attachment in mail.attachments:
        assert len(attachment.name.encode()) <= 255
        assert not any(c < " " for c in attachment.name)


@given(any_octets())
@example(b"")
@example(b":")
@example(b"\n")
@example(b"a:\n b\r\n\r\n")
def test_any_octets_are_read(raw: bytes) -> None:
    """Nothing that a stranger sends raises, also without the net of `parse_mail`."""
    assert_fit_for_a_record(read_mail(raw))


@given(mime_mails())
def test_any_structure_is_read(raw: bytes) -> None:
    """Nested, mislabelled and broken parts give an answer that fits a record."""
    mail = read_mail(raw)

    assert_fit_for_a_record(mail)
    assert not mail.unparsed


@given(mime_mails(), st.data())
def test_a_mail_cut_anywhere_is_read(raw: bytes, data: st.DataObject) -> None:
    """Bounces return beginnings of mails."""
    assert_fit_for_a_record(read_mail(raw[: data.draw(st.integers(0, len(raw)))]))


@given(mime_mails())
def test_reading_twice_is_the_same(raw: bytes) -> None:
    """P3: parsing is a function of the octets."""
    assert parse_mail(raw) == parse_mail(raw)


@given(st.text(max_size=300))
def test_any_header_value_is_read(value: str) -> None:
    """Each reader of a header takes any text."""
    found = first_address(value)

    assert found == "" or ("@" in found and found in value)
    assert address_key(found) == address_key(address_key(found))
    assert "\udcff" not in decode_words(value)
    parse_parameters(value)


@given(st.binary(max_size=200), st.text(max_size=50))
def test_any_charset_is_decoded(octets: bytes, charset: str) -> None:
    """Also those that are none; the result can always be written."""
    decode_text(octets, charset)[0].encode()


@given(
    st.binary(max_size=200),
    st.sampled_from(["utf-8", "gb2312", "windows-1258", "utf-7", "iso-2022-jp", "hz", "utf-16", "idna", "x"]),
)
def test_known_charsets_take_any_octets(octets: bytes, charset: str) -> None:
    """A charset that lies costs characters, never the mail."""
    decode_text(octets, charset)[0].encode()
