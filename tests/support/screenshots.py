"""README's pictures, taken of a running installation with the samples: `make screenshots`."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from aiokafka import AIOKafkaProducer

from tests.e2e.running_up import RunningUp, a_mail
from tests.support.chromium import WHAT_TO_INSTALL, Installed, chromium, installed_chromium
from tests.support.chromium_fetch import fetched_chromium
from tests.support.pages_tour import Operator
from workers.entrypoints.cli_demo import tell_story
from workers.entrypoints.demo_mails import JAN, ORDERS, RESELLER, STRANGER, SUPPORT
from workers.entrypoints.up import RunningStack

PICTURES = Path(__file__).parents[2] / "deploy" / "screenshots"
TOKEN = "of the pictures"
WIDTH = 1280
TRAFFIC_SECONDS = 100.0
SENDERS = (JAN, "anna.new@acme.test", RESELLER, STRANGER, "petra@globex.test")


def main() -> int:
    programs = installed_chromium() or fetched_chromium()
    if programs is None:
        print(WHAT_TO_INSTALL, file=sys.stderr)  # noqa: T201
        return 1
    PICTURES.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="stellwerk-pictures-") as directory:
        up = RunningUp.start(Path(directory), {"STELLWERK_HTTP__TOKEN": TOKEN})
        try:
            ticket = asyncio.run(_live_through(up))
            _take_all(up, programs, ticket)
        finally:
            up.stop()
    return 0


async def _live_through(up: RunningUp) -> str:
    """The demo's story, some minutes of traffic, and what cannot be processed. A ticket with one decision."""
    host, port = up.addresses["smtp"].rsplit(":", 1)
    stack = RunningStack((host, int(port)), ("", 0), up.addresses["kafka"], "", "", None)
    told = await tell_story(stack)
    producer = AIOKafkaProducer(bootstrap_servers=up.addresses["kafka"])
    await producer.start()
    for topic, value in (
        ("orders.placed", b'{"order_id": "4712"}'),
        ("orders.placed", b"Order 4713, please"),
    ):
        await producer.send_and_wait(topic, value, key=b"4712")
    await producer.stop()
    await asyncio.to_thread(_traffic, up)
    return told[1].outcome.receipt.ticket_id


def _traffic(up: RunningUp) -> None:
    chance, until, number = random.Random(7), time.monotonic() + TRAFFIC_SECONDS, 0
    while time.monotonic() < until:
        number += 1
        to = ORDERS if number % 4 == 0 else SUPPORT
        up.send(a_mail(chance.choice(SENDERS), f"Question {number}", "Hello."), to)
        time.sleep(chance.choice((0.1, 0.3, 0.6, 1.8)))


def _take_all(up: RunningUp, programs: Installed, ticket: str) -> None:
    address = f"http://{up.addresses['http']}"
    for dark, pages in (
        (False, (("flow", "/", 800), ("tickets", "/tickets", 760), ("sla", "/sla?within=3d", 640))),
        (True, (("explain", f"/explain/{ticket}", 960), ("dead-letters", "/dead-letters", 600))),
    ):
        with chromium(programs, dark=dark) as browser:
            operator = Operator(browser, address)
            operator.sign_in(TOKEN)
            for name, path, most in pages:
                operator.open(path)
                operator.picture(PICTURES / f"{name}.png", WIDTH, most)


if __name__ == "__main__":
    raise SystemExit(main())
