"""What `stellwerk price` says, from topics in memory."""

from __future__ import annotations

import pytest

from schemas.directory import Directory
from schemas.orders import OrderLine
from schemas.policy import Policy
from schemas.policy_events import PolicyActivation
from schemas.topics import DIRECTORY_ENTITIES, POLICY_ACTIVATIONS, POLICY_VERSIONS
from tests.support.builders import RECEIVED_AT, a_directory, a_policy
from tests.support.fake_topics import FakeTopics
from workers.errors import DependencyUnavailable, InvalidInput
from workers.processors.explain_price import explain_price
from workers.routing.policy_version import as_version
from workers.routing.pricing import NO_CUSTOMER

LINE = OrderLine(sku="SKU-1", quantity=2)


async def published(policy: Policy | None = None, directory: Directory | None = None) -> FakeTopics:
    topics, version = FakeTopics(), as_version(policy or a_policy())
    await topics.publish(POLICY_VERSIONS, version.version, version)
    activation = PolicyActivation(version=version.version, activated_at=RECEIVED_AT, actor="admin")
    await topics.publish(POLICY_ACTIVATIONS, "", activation)
    for entity in (directory or a_directory()).entities():
        await topics.publish(DIRECTORY_ENTITIES, entity.key, entity)
    return topics


async def test_it_is_decided_as_an_order_of_that_line() -> None:
    """Jan inherits the company's list; the only currency need not be named; nothing is written."""
    topics = await published()
    written = len(topics.writes)
    answer = await explain_price(topics, "p-jan", LINE, None, RECEIVED_AT)
    [line] = answer.lines
    assert ("9.90", "19.80", "key-prices", "EUR") == (
        line.unit_price,
        line.amount,
        line.price_list,
        answer.currency,
    )
    assert written == len(topics.writes)


async def test_a_customer_whom_nobody_knows_has_no_price() -> None:
    """Said, not guessed."""
    answer = await explain_price(await published(), "p-nobody", LINE, "EUR", RECEIVED_AT)
    assert (False, NO_CUSTOMER) == (answer.priced, answer.reason)


async def test_of_several_currencies_one_must_be_named() -> None:
    """The first one would be a guess."""
    products = {"SKU-9": {"price": "1", "currency": "CZK"}}
    topics = await published(a_policy(products=products))
    with pytest.raises(InvalidInput, match="CZK, EUR"):
        await explain_price(topics, "p-jan", LINE, None, RECEIVED_AT)
    assert (await explain_price(topics, "p-jan", LINE, "EUR", RECEIVED_AT)).priced


async def test_without_a_policy_there_is_nothing_to_say() -> None:
    """Waited for."""
    with pytest.raises(DependencyUnavailable):
        await explain_price(FakeTopics(), "p-jan", LINE, "EUR", RECEIVED_AT)
