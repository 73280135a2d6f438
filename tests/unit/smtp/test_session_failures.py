"""What a client hears, and the log says, when its mail can't be stored."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from schemas.policy_rules import RejectAs
from tests.support.smtp_octets import answers
from workers.errors import DependencyUnavailable, InvalidInput
from workers.routing.received_mail import MailLoop, RefusedByRule

MAIL = (
    b"EHLO client.example\r\n",
    b"MAIL FROM:<jan@acme.test>\r\n",
    b"RCPT TO:<support@acme.example>\r\n",
    b"DATA\r\n",
    b"Subject: a\r\n\r\nhello\r\n.\r\n",
)


@pytest.mark.parametrize(
    ("error", "answer", "events"),
    [
        (DependencyUnavailable("away", error="OSError"), b"451 4.3.0 ", ["smtp-mail-deferred"]),
        (RefusedByRule("spam", RejectAs(code=554, text="No")), b"554 5.7.1 ", ["smtp-refused-by-rule"]),
        (MailLoop("circles"), b"554 5.4.6 ", []),
        (InvalidInput("no"), b"554 5.6.0 ", []),
        (ValueError("a bug"), b"451 4.3.0 ", ["smtp-session-failed"]),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_each_way_of_not_being_stored_has_its_answer_and_its_line(
    error: Exception, answer: bytes, events: list[str]
) -> None:
    """Only a bug is called one."""
    with capture_logs() as lines:
        said, mails = answers(MAIL, failing_by=error)
    assert [] == mails
    assert said.rpartition(b"\r\n354 ")[2].partition(b"\r\n")[2].startswith(answer)
    assert events == [line["event"] for line in lines]
