"""P3 over kept history: what is found, and what is not held against anybody."""

from datetime import timedelta

import pytest

from schemas.topics import (
    MAIL_ENRICHED,
    MESSAGES_PRIVACY_TAGGED,
    ROUTING_DECISIONS,
    TICKETS_COMMANDS,
    TICKETS_ROUTED,
)
from tests.support.recorded_history import EVERYTHING, RecordedHistory
from tests.support.routing_builders import MONDAY_NINE, SIGNER, a_command, a_mail
from workers.processors.kept_history import Period
from workers.processors.policy_archive import read_policies
from workers.processors.verification_report import Report
from workers.processors.verify import verify
from workers.routing.decider_version import DECIDER_VERSION
from workers.routing.identity import Signer

OTHER_TICKET = "T-000000000002"


@pytest.fixture
async def history() -> RecordedHistory:
    """Two tickets, a follow-up, two commands (one refused), under two policies."""
    told = RecordedHistory()
    await told.live()
    await told.mail(a_mail(1))
    await told.command(a_command("severity", "critical", at=MONDAY_NINE + timedelta(hours=1)))
    await told.command(a_command("status", "closed", actor="mallory", command_id="cmd-2"))
    changed = told.policy.policy.model_copy(update={"free_mail_domains": ("gmail.test",)})
    await told.live(changed)
    await told.mail(a_mail(2, ticket_id=OTHER_TICKET, received_at=MONDAY_NINE + timedelta(hours=2)))
    await told.mail(a_mail(3, received_at=MONDAY_NINE + timedelta(hours=3)))
    return told


async def verified(told: RecordedHistory, period: Period = EVERYTHING, signer: Signer = SIGNER) -> Report:
    return await verify(told.kept(period), await read_policies(told.topics), signer)


async def test_an_untouched_history_holds(history: RecordedHistory) -> None:
    """Mails and commands, accepted and refused."""
    report = await verified(history)
    assert (True, 5, 5, []) == (report.holds, report.decisions, report.same, report.examples)


@pytest.mark.parametrize(
    ("topic", "number", "old", "new", "field"),
    [
        (ROUTING_DECISIONS.name, 0, b"new ticket", b"old ticket", "reason"),
        (ROUTING_DECISIONS.name, 4, b'"area":"key-helpdesk"', b'"area":"sales"', "state_before"),
        (TICKETS_ROUTED.name, 1, b'"handler":"petr"', b'"handler":"eva"', "handler"),
        (MESSAGES_PRIVACY_TAGGED.name, 1, b"customers", b"everybody", "requires"),
        (MAIL_ENRICHED.name, 0, b"key-accounts", b"retail", "another right is asked for"),
        (TICKETS_COMMANDS.name, 0, b"critical", b"normal", "sla"),
    ],
)
async def test_a_changed_byte_is_corruption(
    history: RecordedHistory, topic: str, number: int, old: bytes, new: bytes, field: str
) -> None:
    """In an input or in an output: the field, or the question, that gives it away is named."""
    history.spoil(topic, number, old, new)

    report = await verified(history)

    assert not report.holds
    assert field in {name for each in report.examples for name in (each.what, *each.fields)}


async def test_a_tick_of_the_sla_clock_is_decided_again_by_when_the_broker_took_it() -> None:
    """What it claims itself counts neither then nor now."""
    told = RecordedHistory()
    await told.live()
    await told.mail(a_mail(1))
    due_at = MONDAY_NINE + timedelta(hours=4)
    value = {"kind": "breached", "clock": "respond", "due_at": due_at.isoformat()}
    tick = await told.command(a_command("clock", value, actor="stellwerk", at=due_at))
    assert ["breached"] == [event.kind for event in tick.sla_events]
    told.spoil(TICKETS_COMMANDS.name, 0, b'"at":"2026-03-02T13:00:00Z"', b'"at":"2026-03-02T09:00:00Z"')
    report = await verified(told)
    assert (True, 2, 2) == (report.holds, report.decisions, report.same)


async def test_what_other_code_decided_is_told_apart(history: RecordedHistory) -> None:
    """No corruption: the receipt names another decider."""
    history.spoil(
        ROUTING_DECISIONS.name, 0, f'"decider_version":"{DECIDER_VERSION}"'.encode(), b'"decider_version":"0"'
    )

    report = await verified(history)

    assert (True, 0, 1) == (report.holds, report.corrupt, report.by_other_code)


async def test_a_lost_input_is_corruption_but_an_expired_one_is_not(history: RecordedHistory) -> None:
    """Retention takes from the front."""
    del history.topics.log(MAIL_ENRICHED.name)[1]
    assert ["the input is lost"] == [each.what for each in (await verified(history)).examples]

    del history.topics.log(MAIL_ENRICHED.name)[0]
    report = await verified(history)
    assert (True, 2) == (report.holds, report.inputs_no_longer_kept)


async def test_what_compaction_took_is_not_missed(history: RecordedHistory) -> None:
    """`tickets.routed` keeps the latest revisions only."""
    routed = history.topics.log(TICKETS_ROUTED.name)
    routed[:] = routed[-2:]
    assert (await verified(history)).holds


async def test_an_event_that_no_receipt_explains_is_corruption(history: RecordedHistory) -> None:
    """Somebody else wrote into our topic."""
    tags = history.topics.log(MESSAGES_PRIVACY_TAGGED.name)
    tags.insert(1, tags[0]._replace(headers=(("ce_id", b"forged:1"),)))

    report = await verified(history)

    assert ({"messages.privacy-tagged-0": 1}, False) == (report.unexplained, report.holds)


async def test_only_the_period_is_looked_at(history: RecordedHistory) -> None:
    """By the broker's clock."""
    two = MONDAY_NINE + timedelta(hours=2)
    late, early = await verified(history, Period(since=two)), await verified(history, Period(until=two))
    assert (2, True, 3, True) == (late.decisions, late.holds, early.decisions, early.holds)


async def test_a_policy_that_was_altered_decides_nothing(history: RecordedHistory) -> None:
    """Its version is the digest of its content."""
    history.spoil("policy.versions", 0, b'"area":"key-helpdesk"', b'"area":"sales"')
    assert {"the policy is lost"} == {each.what for each in (await verified(history)).examples}


async def test_another_secret_is_recognised(history: RecordedHistory) -> None:
    """Every signed reply differs, and nothing else: that is a setting, not corruption."""
    report = await verified(history, signer=Signer(b"the secret of somebody else"))
    assert (False, True) == (report.holds, report.only_replies_differ)
