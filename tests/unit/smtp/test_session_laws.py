"""Laws of an SMTP session: they hold for whatever octets come, however the network cuts them."""

import asyncio
from typing import cast

from hypothesis import example, given

from tests.support.smtp_octets import (
    Wire,
    answers_are_replies,
    conversations,
    cuts,
    cuts_mean_nothing,
    shared,
)
from workers.adapters.smtp_session import SmtpSession
from workers.routing.received_mail import ReceivedMail

SMUGGLED = (
    b"EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<support@acme.example>\r\nDATA\r\na\n.\nMAIL FROM:<b@x>\r\n\r\n.\r\n"
)


@given(conversations(), cuts())
@example(SMUGGLED, [60, 62])
def test_answers_do_not_depend_on_how_octets_are_cut(octets: bytes, places: list[int]) -> None:
    """Nor does what is stored: a border between packets means nothing."""
    cuts_mean_nothing(octets, places)


@given(conversations())
@example(SMUGGLED)
def test_every_answer_is_a_reply_and_every_mail_stored_was_answered_250(octets: bytes) -> None:
    """Whatever stands between."""
    answers_are_replies(octets)


async def test_a_mail_that_cannot_be_given_up_does_not_keep_its_connection() -> None:
    """Given storing that has not begun when its time is over, then the second look ends the connection."""

    async def accept(mail: ReceivedMail) -> tuple[str, ...]:
        return ("a delivery",)

    wire = Wire()
    session = SmtpSession(shared(accept))
    session.connection_made(cast("asyncio.Transport", wire))
    session.data_received(b"EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<support@acme.example>\r\nDATA\r\na\r\n.\r\n")
    session.expire()
    after_the_first = wire.closed
    session.expire()
    assert (False, True) == (after_the_first, wire.closed)
    assert b"Accepted" not in wire.said
