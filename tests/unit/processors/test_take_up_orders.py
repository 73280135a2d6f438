"""What an operator hears of an order that another one gave a moment before."""

from datetime import timedelta

from schemas import topics
from schemas.decision import RoutingDecision
from schemas.mail import Source
from schemas.take_up import TakeUp
from tests.support.fake_topics import CLOCK, FakeTopics
from tests.support.shipped_examples import an_example
from workers.ports import InRecord, OutRecord
from workers.processors.events_out import source_id
from workers.processors.take_up_orders import carry_out

SOURCE = Source(topic="mail.inbound", partition=1, offset=7)
ORIGINAL = InRecord("mail.inbound", 1, 7, 0, b"T-1", b"{}")


def an_order(attempt: int = 1) -> TakeUp:
    return TakeUp(
        action="redrive",
        record=SOURCE,
        source=SOURCE,
        attempt=attempt,
        timestamp_ms=0,
        actor="petr",
        at=CLOCK + timedelta(seconds=5),
    )


async def a_receipt(written: FakeTopics, attempt: int) -> RoutingDecision:
    receipt = an_example(topics.ROUTING_DECISIONS).model_copy(update={"source": SOURCE, "attempt": attempt})
    headers = (("ce_id", source_id(SOURCE, attempt).encode()),)
    await written.write([OutRecord("routing.decisions", b"T-1", receipt.write(), headers)])
    return receipt


async def test_the_receipt_of_an_order_that_was_carried_out_meanwhile_is_the_answer() -> None:
    """Two operators redrive at once: the slower one must not hear "not decided yet"."""
    written = FakeTopics()
    receipt = await a_receipt(written, attempt=1)
    assert [receipt] == await carry_out(written, written, [(an_order(), ORIGINAL)], wait_seconds=0.1)


async def test_the_receipt_of_an_earlier_attempt_is_not() -> None:
    """It is what the order supersedes."""
    written = FakeTopics()
    await a_receipt(written, attempt=0)
    assert [None] == await carry_out(written, written, [(an_order(), ORIGINAL)], wait_seconds=0.1)
