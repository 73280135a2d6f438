"""Orders in, prices out, as the command line explains them."""

from __future__ import annotations

import asyncio
import json

from tests.e2e.running_up import RunningUp, reading
from tests.support.shop_orders import an_order, shops_producer


async def test_up_prices_orders_and_the_command_explains_the_same_price(up: RunningUp) -> None:
    """R30-R33, with the samples: p-jan inherits the lists of ACME's two groups."""
    async with shops_producer(up.addresses["kafka"]) as producer:
        value = an_order(1, "p-jan", 120)
        await producer.send_and_wait(f"{up.prefix}orders.placed", value, key=b"o-1")
    async with reading(up, "orders.priced") as topics:
        [answer] = await topics.until("orders.priced", order_id="o-1")
    [line] = answer.value["lines"]
    assert ("8.90", "key-prices", ["beta-prices"]) == (line["unit_price"], line["price_list"], line["lost"])
    assert "stellwerk.orders.priced.v1" == answer.headers["ce_type"]

    wanted = ("price", "--customer", "p-jan", "--item", "SKU-1", "--quantity", "120", "--json")
    explained = await asyncio.to_thread(up.run, *wanted)
    assert 0 == explained.returncode, explained.stderr
    assert line == {name: json.loads(explained.stdout)[name] for name in line}


async def test_the_command_says_why_there_is_no_price(up: RunningUp) -> None:
    """Exit 1, and the reason."""
    for customer, item, reason in (("p-jan", "SKU-9", "no such item"), ("p-no", "SKU-1", "no such customer")):
        told = await asyncio.to_thread(up.run, "price", "--customer", customer, "--item", item)
        assert 1 == told.returncode
        assert reason in told.stdout
