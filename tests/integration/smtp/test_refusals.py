"""Rules of the policy that refuse mail: what the client is told, and that nothing is stored."""

import pytest

from schemas.policy_rules import RejectAs
from tests.support.builders import raw_mail
from tests.support.smtp_dialogue import front_door
from workers.adapters.smtp_observer import Unobserved
from workers.routing.received_mail import ReceivedMail, RefusedByRule

ANSWER = RejectAs(code=554, status="5.7.1", text="no lottery here")


class Counting(Unobserved):
    def __init__(self) -> None:
        self.refusals: list[tuple[int, str]] = []

    def refused(self, code: int, reason: str) -> None:
        self.refusals.append((code, reason))


def screen(mail: ReceivedMail) -> None:
    if mail.recipients[0].mailbox.startswith("orders"):
        raise RefusedByRule("closed", ANSWER)


async def refuse(mail: ReceivedMail) -> tuple[str, ...]:
    raise RefusedByRule("lottery", ANSWER)


async def test_a_rule_answers_after_data_and_the_session_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    """R51: with the rule's own reply; counted and logged, for there is no receipt."""
    counting = Counting()
    async with front_door(accept=refuse, observer=counting) as door:
        client = await (await door.client()).greet()
        assert "554 5.7.1 no lottery here" == await client.send_mail(raw_mail(subject="secret"))
        await client.talk("C: NOOP\nS: 250 2.0.0")
        assert [(554, "rule")] == counting.refusals
    logged = "".join(capsys.readouterr())
    assert "smtp-refused-by-rule" in logged
    assert "lottery" in logged
    assert "secret" not in logged
    assert "jan@" not in logged


async def test_a_rule_on_the_envelope_answers_at_rcpt_for_this_recipient_only() -> None:
    """The others still get the mail."""
    async with front_door(screen=screen) as door:
        await door.talk(
            """S: 220
            C: EHLO client.example
            S: 250
            C: MAIL FROM:<jan@acme.test>
            S: 250
            C: RCPT TO:<orders@acme.example>
            S: 554 5.7.1 no lottery here
            C: RCPT TO:<support@acme.example>
            S: 250
            C: DATA
            S: 354
            C: Subject: x
            C: .
            S: 250 2.0.0"""
        )
    assert ["support@acme.example"] == [mail.mailbox for mail in door.mails]
