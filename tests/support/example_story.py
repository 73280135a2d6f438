"""The story that `schemas/examples` tells, made by the real decisions: `python -m tests.support.example_story`.

Jan of ACME writes to support, petr evaluates the severity, a stranger answers into Jan's ticket, a value that is
no mail is set aside, and ACME orders. Run it when a model or a decision changed, and look at the difference.
"""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

from schemas import topics
from schemas.command import TicketCommand
from schemas.dead_letter import DeadLetter
from schemas.directory_view import ResolvedContact, ResolvedUser, contact_field
from schemas.event import Event
from schemas.lane_positions import LanePositions
from schemas.mail import EnrichedMail, InboundMail, Source
from schemas.orders import OrderLine, PlacedOrder, PricedOrder
from schemas.policy_events import PolicyActivation, PolicyVersion
from tests.support.builders import MAILBOX, raw_mail
from tests.support.example_world import DIRECTORY, POLICY
from tests.support.fakes_mail import FakeBlobStore, FakeInboundLog
from workers.adapters.mime_parser import parse_mail
from workers.ports import InRecord
from workers.processors.accept import AcceptMail
from workers.processors.enrich import Enricher
from workers.routing.apply_command import decide_command
from workers.routing.compiled_policy import CompiledPolicy, compile_policy
from workers.routing.decide import Decided, Forward, decide_mail
from workers.routing.directory_index import derive
from workers.routing.identity import Signer
from workers.routing.policy_version import as_version
from workers.routing.pricing import price_order
from workers.routing.received_mail import ReceivedMail, Recipient
from workers.routing.rights import Rights

EXAMPLES = Path(__file__).parents[2] / "schemas" / "examples"
SIGNER = Signer(b"the secret of the examples")
DIRECTORY_VERSION = "11"
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LATER = datetime(2026, 3, 2, 10, 15, tzinfo=UTC)


class Story:
    """Each call is one step of it; nothing here depends on a clock or on chance."""

    def __init__(self) -> None:
        self.version = as_version(POLICY)
        self.policy: CompiledPolicy = compile_policy(POLICY, self.version.version)
        self._view = derive({entity.key: entity.write() for entity in DIRECTORY.entities()})
        self._enricher = Enricher(SIGNER, FakeBlobStore(), parse_mail)

    async def accept(self, raw: bytes, mail_from: str, at: datetime) -> InboundMail:
        log = FakeInboundLog()
        accept = AcceptMail(SIGNER, log, FakeBlobStore(), now=lambda: at)
        to_support = (Recipient(MAILBOX, MAILBOX),)
        await accept(ReceivedMail(mail_from, to_support, raw, "192.0.2.7", "mail.acme.test", tls=True))
        return log.mails[0]

    async def enrich(self, inbound: InboundMail, offset: int) -> EnrichedMail:
        record = InRecord("mail.inbound", 2, offset, 0, inbound.ticket_id.encode(), inbound.write())
        prepared = await self._enricher.prepare(record)
        found = {field: self._view[field] for field in prepared.lookups if field in self._view}
        return self._enricher.finish(prepared, found, DIRECTORY_VERSION, self.policy)

    def rights(self) -> Rights:
        return Rights({"petr": ResolvedUser.read(self._view["user/petr"])})


async def tell() -> dict[str, Event]:
    """One event per topic, by the topic's name."""
    story = Story()
    body = (
        "--part\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nThe printer in room 7 is on fire.\r\n"
        '--part\r\nContent-Type: text/plain; name="crash.log"\r\n\r\n09:29 smoke\r\n--part--\r\n'
    )
    raw = raw_mail(body=body, content_type='multipart/mixed; boundary="part"')
    inbound = await story.accept(raw, "jan@acme.test", AT)
    mail = await story.enrich(inbound, 1041)
    opened = decide_mail(mail, None, story.policy, story.rights(), SIGNER)
    assert isinstance(opened, Decided), opened
    command = TicketCommand(
        command_id="0f0c8f5e-6a5b-4d6e-9a53-7d1f0c1b2a3c",
        ticket_id=mail.ticket_id,
        kind="severity",
        actor="petr",
        at=LATER,
        expected_revision=1,
        value="critical",
    )
    source = Source(topic="tickets.commands", partition=2, offset=7)
    raised = decide_command(
        command, opened.state, story.policy, story.rights(), SIGNER, source, DIRECTORY_VERSION
    )
    answer = raw_mail(
        sender="Mallory <mallory@evil.test>",
        subject="Re: Printer on fire",
        message_id="<m2@evil.test>",
        headers=(("In-Reply-To", "<m1@acme.test>"), ("References", "<m1@acme.test>")),
        body="What did Jan write?\r\n",
    )
    stranger = await story.enrich(await story.accept(answer, "mallory@evil.test", LATER), 1042)
    refused = decide_mail(stranger, raised.state, story.policy, story.rights(), SIGNER)
    assert isinstance(refused, Forward), refused
    assert raised.ticket is not None
    assert raised.state is not None
    return {
        topics.MAIL_INBOUND.name: inbound,
        topics.MAIL_ENRICHED.name: mail,
        topics.MAIL_FORWARDED.name: refused.moved(stranger),
        topics.TICKETS_STATE.name: raised.state,
        topics.TICKETS_COMMANDS.name: command,
        topics.TICKETS_COMMAND_RESULTS.name: raised.result,
        topics.TICKETS_ROUTED.name: raised.ticket,
        topics.MESSAGES_PRIVACY_TAGGED.name: opened.tags[0],
        topics.TICKETS_SLA.name: raised.sla_events[0],
        topics.ROUTING_DECISIONS.name: opened.receipt,
        topics.MAIL_DEAD_LETTER.name: _dead_letter(),
        topics.DIRECTORY_ENTITIES.name: next(e for e in DIRECTORY.entities() if e.key == "contact/p-jan"),
        topics.POLICY_VERSIONS.name: story.version,
        topics.POLICY_ACTIVATIONS.name: PolicyActivation(
            version=story.version.version, activated_at=datetime(2026, 3, 1, 18, 0, tzinfo=UTC), actor="admin"
        ),
        topics.ORDERS_PLACED.name: _placed(),
        topics.ORDERS_PRICED.name: _priced(story.version),
        topics.ORDERS_POSITIONS.name: LanePositions(next_offsets={"orders.placed": 41}),
    }


def _dead_letter() -> DeadLetter:
    return DeadLetter(
        stage="decode",
        reason="does not validate: envelope: missing",
        own_fault=True,
        topic="mail.inbound",
        partition=2,
        offset=1043,
        attempt=0,
        at=LATER,
    )


def _placed() -> PlacedOrder:
    lines = (OrderLine(sku="SKU-1", quantity=120), OrderLine(sku="SKU-2", quantity=2))
    return PlacedOrder(
        order_id="o-2026-0317", customer_id="c-acme", placed_at=LATER, currency="EUR", lines=lines
    )


def _priced(live: PolicyVersion) -> PricedOrder:
    view = derive({entity.key: entity.write() for entity in DIRECTORY.entities()})
    customer = ResolvedContact.read(view[contact_field("c-acme")])
    return price_order(_placed(), customer, live, DIRECTORY_VERSION)


def main() -> None:
    """Write all examples."""
    for name, event in asyncio.run(tell()).items():
        pretty = json.dumps(json.loads(event.write()), indent=2, ensure_ascii=False)
        (EXAMPLES / f"{name}.json").write_text(pretty + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
