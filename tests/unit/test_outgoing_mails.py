"""Mails to send, from the command line and from files."""

from email import message_from_bytes, policy
from pathlib import Path

import pytest

from workers.adapters.smtp_client import OutgoingMail
from workers.entrypoints.outgoing_mails import mails_of_file, message_id_of, written_mail
from workers.errors import InvalidInput

EML = b"From: Jan <jan@acme.test>\nTo: Support <support@acme.example>, b@c.test\nCc: d@e.test\nSubject: x\n\nHello.\n"


def a_file(directory: Path, name: str, content: bytes) -> Path:
    path = directory / name
    path.write_bytes(content)
    return path


def test_a_written_mail_has_the_usual_headers() -> None:
    """Enough for any server."""
    mail = written_mail("Jan <jan@acme.test>", ["support@acme.example"], "Hello", "Text ü\n")
    parsed = message_from_bytes(mail.content, policy=policy.default)

    assert ("jan@acme.test", ("support@acme.example",)) == (mail.mail_from, mail.rcpt_to)
    assert {"From", "To", "Subject", "Date", "Message-ID"} <= set(parsed.keys())
    assert parsed["Message-ID"] == message_id_of(mail)
    assert "Text ü" == parsed.get_content().strip()


def test_given_headers_beat_the_usual_ones() -> None:
    """A test mail may be strange on purpose."""
    mail = written_mail("a@b.test", ["c@d.test"], "S", "T", [("message-id", "<own@b.test>"), ("X-Test", "1")])

    assert "<own@b.test>" == message_id_of(mail)
    assert 1 == mail.content.lower().count(b"message-id:")
    assert b"X-Test: 1" in mail.content


def test_an_eml_file_goes_to_those_it_names(tmp_path: Path) -> None:
    """Its octets stay as they are."""
    [mail] = mails_of_file(a_file(tmp_path, "one.eml", EML), None, ())
    assert OutgoingMail("jan@acme.test", ("support@acme.example", "b@c.test", "d@e.test"), EML) == mail


def test_recipients_that_are_given_are_the_only_ones(tmp_path: Path) -> None:
    """An archive must not be sent to the world by accident."""
    [mail] = mails_of_file(a_file(tmp_path, "one.eml", EML), "x@y.test", ["support@acme.example"])
    assert ("x@y.test", ("support@acme.example",)) == (mail.mail_from, mail.rcpt_to)


def test_an_mbox_gives_all_its_mails(tmp_path: Path) -> None:
    """It is known by its beginning, not by its name."""
    box = b"".join(
        b"From jan Mon Jan  5 09:00:00 2026\n" + EML.replace(b"x", str(n).encode()) + b"\n" for n in range(3)
    )

    mails = list(mails_of_file(a_file(tmp_path, "archive", box), None, ["support@acme.example"]))

    assert [b"Subject: 0", b"Subject: 1", b"Subject: 2"] == [mail.content.splitlines()[3] for mail in mails]


def test_a_mail_without_recipients_says_what_to_give(tmp_path: Path) -> None:
    """Exit 2."""
    with pytest.raises(InvalidInput, match="--to"):
        list(mails_of_file(a_file(tmp_path, "one.eml", b"Subject: x\n\n"), None, ()))


def test_a_file_that_is_not_there_is_a_wrong_use(tmp_path: Path) -> None:
    """Exit 2."""
    with pytest.raises(InvalidInput, match="cannot be read"):
        list(mails_of_file(tmp_path / "none.eml", None, ["a@b.test"]))
