"""What is read of a mail: the corpus, and what must hold however hostile it is."""

import time

import pytest

from tests.support.builders import raw_mail
from tests.support.hostile_mails import HOSTILE
from tests.support.mail_corpus import corpus_mail, corpus_names
from workers.adapters.mime_headers import MAX_HEADER_BYTES, MAX_HEADERS_BYTES
from workers.adapters.mime_parser import read_mail
from workers.adapters.mime_structure import MAX_PARTS

# name, subject, beginning of the text, attachment names, defects
TABLE = [
    ("attachments_rfc2231", "Files", "See files.",
     ("Rechnung für März.pdf", "Fo\u0308to.png", "report.txt", "message.eml"), ()),
    ("boundary_missing", "x", "Readable all the same.", (), ("no-boundary",)),
    ("boundary_never_closed", "x", "Cut off in the mid", (), ("no-closing-boundary",)),
    ("broken_base64", "x", "It burns. No", (), ("transfer-encoding",)),
    ("charset_gb2312_en_dash", "打印机 – 着火", "打印机 – 着火", (), ()),
    ("charset_lying_ascii", "x", "Drucker brännt", (), ("charset",)),
    ("charset_lying_utf8", "x", "Drucker br\ufffdnnt \ufffd sofort", (), ("charset",)),
    ("charset_unknown", "x", "Drucker brännt", (), ("charset",)),
    ("charset_windows_1258", "Xin", "Tiê\u0301ng Viê\u0323t", (), ()),
    ("eight_bit_headers", "Drucker brännt", "x", (), ()),
    ("html_only", "Printer", "It burns & smokes.\nRoom 7", (), ()),
    ("mbox_from_line", "x", "x", (), ()),
    ("not_a_mail", "", "", (), ("no-header",)),
    ("nul_bytes", "a\ufffdb", "It\ufffdburns.", (), ()),
    ("subject_word_split_in_character", "Drucker brännt lichterloh", "x", (), ()),
    ("winmail", "Offer", "Příloha.", ("winmail.dat",), ()),
]  # fmt: skip


@pytest.mark.parametrize(("name", "subject", "text", "names", "defects"), TABLE)
def test_the_corpus_is_read(
    name: str, subject: str, text: str, names: tuple[str, ...], defects: tuple[str, ...]
) -> None:
    """Each strange form gives its words, its files and what was wrong with it."""
    mail = read_mail(corpus_mail(name))

    assert (subject, text, names, defects) == (
        mail.subject,
        mail.text,
        tuple(attachment.name for attachment in mail.attachments),
        mail.defects,
    )


@pytest.mark.parametrize("name", corpus_names())
def test_only_what_has_no_header_is_unparsed(name: str) -> None:
    """Everything else is read at least in part."""
    assert (name == "not_a_mail") == read_mail(corpus_mail(name)).unparsed


def test_attachments_are_described_by_their_decoded_content() -> None:
    """Size and digest are of the file, not of its base64."""
    pdf = read_mail(corpus_mail("attachments_rfc2231")).attachments[0]

    assert (19, "application/pdf") == (pdf.size_bytes, pdf.content_type)


def test_an_address_in_a_display_name_is_not_the_sender() -> None:
    """An encoded name that decodes to an address must not pass for one."""
    assert "mallory@evil.test" == read_mail(corpus_mail("spoofed_display_name")).from_address


def test_a_second_from_is_a_defect() -> None:
    """The first one counts, and somebody may want to know of the other."""
    mail = read_mail(raw_mail(headers=(("From", "other@evil.test"),)))

    assert ("jan@acme.test", ("several-from",)) == (mail.from_address, mail.defects)


def test_a_verdict_is_not_decoded_into_authentication_results() -> None:
    """An encoded word in an address there stays what it is."""
    forged = "mx; spf=pass smtp.mailfrom==?utf-8?q?=3Bdmarc=3Dpass?=@evil.test"
    mail = read_mail(raw_mail(headers=(("Authentication-Results", forged),)))

    assert forged == mail.first("authentication-results")


def test_a_deciding_header_is_found_behind_thousands() -> None:
    """10,000 lines before From and Auto-Submitted do not hide them."""
    flood = b"".join(b"X-Flood-%d: x\r\n" % n for n in range(10_000))
    mail = read_mail(flood + raw_mail(headers=(("Auto-Submitted", "auto-replied"),)))

    assert "jan@acme.test" == mail.from_address
    assert "auto-replied" == mail.first("auto-submitted")
    assert ("headers-cut",) == mail.defects


def test_headers_are_bounded_together() -> None:
    """However many and however long they are."""
    mail = read_mail(b"".join(b"X-%d: %s\r\n" % (n, b"\xc3\xa4" * 50_000) for n in range(400)) + b"\r\nx")

    assert sum(len(value.encode()) for _, value in mail.headers) <= MAX_HEADERS_BYTES + MAX_HEADER_BYTES


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_mail_is_read_in_bounded_time(what: str) -> None:
    """Each would take minutes or a deep stack where a step were quadratic or recursive."""
    raw = HOSTILE[what]

    started = time.process_time()
    mail = read_mail(raw)
    seconds = time.process_time() - started

    assert seconds < 1.5, f"{len(raw)} octets took {seconds:.1f} s"
    assert len(mail.part_types) <= MAX_PARTS
    assert len(mail.text.encode()) <= 8192
