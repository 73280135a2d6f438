"""A change of directory or policy decides the next mails, with nobody restarted; who is erased is known no more."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import config
from tests.e2e.running_up import RunningUp, a_mail, reading
from tests.faults.evidence import Rec
from tests.faults.topic_reader import read_topics
from tests.support.eventually import eventually

POLICY = Path(config.__file__).parent / "policy.yaml"
GENEROUS_SECONDS = 30.0
NAME = "Zebulon Quince"


class Sending:
    """Sends a mail of one person again and again, each a ticket of its own, until told to stop."""

    def __init__(self, up: RunningUp, sender: str) -> None:
        self._up = up
        self._sender = sender
        self.stopped = False
        self.task = asyncio.create_task(self._send())

    async def _send(self) -> None:
        while not self.stopped:
            code, _ = await asyncio.to_thread(self._up.send, a_mail(self._sender), "support@acme.example")
            assert 250 == code

    async def stop(self) -> None:
        self.stopped = True
        await self.task


def topics_of(up: RunningUp, *names: str) -> dict[str, list[Rec]]:
    return read_topics(up.addresses["kafka"], names, up.prefix)


async def tickets_since(up: RunningUp, before: set[str]) -> list[dict[str, Any]]:
    """With `at`: when the broker took the ticket's record."""
    found = (await asyncio.to_thread(topics_of, up, "tickets.routed"))["tickets.routed"]
    return [{**each.json, "at": each.at} for each in found if each.json["ticket_id"] not in before]


async def typed(up: RunningUp, *words: str) -> dict[str, Any]:
    said = await asyncio.to_thread(up.told, *words, "--json")
    answer: dict[str, Any] = json.loads(said.splitlines()[-1])
    return answer


async def test_a_loaded_contact_decides_the_next_mail(up: RunningUp, tmp_path: Path) -> None:
    """R56 R3: given mails that keep coming, then soon after the load they are those of the company's customer."""
    id_, sender = f"p-{uuid4().hex[:8]}", f"{uuid4().hex[:8]}@quince.test"
    file = tmp_path / "new.csv"
    file.write_text(f"id,name,parent,email\n{id_},{NAME},c-acme,{sender}\n")
    before = {ticket["ticket_id"] for ticket in await tickets_since(up, set())}
    sending = Sending(up, sender)
    await eventually(lambda: tickets_since(up, before), within=GENEROUS_SECONDS, every=0.5)

    await typed(up, "directory", "load", str(file), "--book", "customers", "--yes")

    async def known() -> list[dict[str, Any]]:
        return [each for each in await tickets_since(up, before) if each["customer"]["contact_id"] == id_]

    await eventually(known, within=GENEROUS_SECONDS, every=0.5)
    await sending.stop()
    entities = await asyncio.to_thread(topics_of, up, "directory.entities")
    [published] = [each.at for each in entities["directory.entities"] if each.key == f"contact/{id_}"]
    tickets = await tickets_since(up, before)
    late = [each["at"] - published for each in tickets if each["customer"]["contact_id"] != id_]
    print(f"\ndirectory: still decided without the change {max(0.0, *late):.2f} s after it was published")  # noqa: T201
    [ticket, *_] = await known()
    assert ("petr", "c-acme", True) == (
        ticket["handler"],
        ticket["customer"]["company_id"],
        ticket["customer"]["known"],
    )
    assert {None} == {each["handler"] for each in tickets if each["customer"]["contact_id"] is None}


async def test_who_is_erased_is_matched_no_more_and_events_keep_ids_only(
    up: RunningUp, tmp_path: Path
) -> None:
    """Given mails of a person, when it is erased, then there is a tombstone and their next mail is a stranger's."""
    id_, sender = f"p-{uuid4().hex[:8]}", f"{uuid4().hex[:8]}@quince.test"
    file = tmp_path / "new.csv"
    file.write_text(f"id,name,email\n{id_},{NAME},{sender}\n")
    await typed(up, "directory", "load", str(file), "--book", "customers", "--yes")
    before: set[str] = {ticket["ticket_id"] for ticket in await tickets_since(up, set())}

    async def decided(known: bool) -> dict[str, Any] | None:
        up.send(a_mail(sender), "support@acme.example")
        found = [each for each in await tickets_since(up, before) if each["customer"]["known"] is known]
        return found[-1] if found else None

    ticket = await eventually(lambda: decided(True), within=GENEROUS_SECONDS, every=0.2)
    erased = await typed(up, "directory", "forget", "contact", id_, "--yes")
    stranger = await eventually(lambda: decided(False), within=GENEROUS_SECONDS, every=0.2)

    assert [f"contact/{id_}"] == erased["removed"]
    assert id_ == ticket["customer"]["contact_id"]
    assert (None, ["inbox"]) == (stranger["customer"]["contact_id"], stranger["requires"]["address_books"])
    written = await asyncio.to_thread(
        topics_of,
        up,
        "directory.entities",
        "tickets.routed",
        "messages.privacy-tagged",
        "routing.decisions",
        "tickets.sla",
    )
    assert written["directory.entities"][-1].value is None
    assert f"contact/{id_}" == written["directory.entities"][-1].key
    published = b"".join(
        each.raw for name, found in written.items() for each in found if name != "directory.entities"
    )
    assert id_.encode() in published
    assert sender.encode() not in published
    assert NAME.encode() not in published


async def test_a_published_policy_decides_the_next_mail(up: RunningUp, tmp_path: Path) -> None:
    """Given a policy with one rule more, when it is published, then it decides, and each decision names its version."""
    sender = f"{uuid4().hex[:8]}@quince.test"
    changed = tmp_path / "policy.yaml"
    rule = f"rules:\n  - {{id: live, when: {{sender: {sender}}}, set: {{handler: olga}}, stop: true}}\n"
    changed.write_text(POLICY.read_text().replace("\nrules:\n", f"\n{rule}"))
    before = {ticket["ticket_id"] for ticket in await tickets_since(up, set())}
    sending = Sending(up, sender)
    await eventually(lambda: tickets_since(up, before), within=GENEROUS_SECONDS, every=0.5)
    try:
        published = await typed(up, "policy", "publish", str(changed), "--yes")

        async def live() -> list[dict[str, Any]]:
            return [each for each in await tickets_since(up, before) if each["handler"] == "olga"]

        decided = await eventually(live, within=GENEROUS_SECONDS, every=0.5)
        await sending.stop()
    finally:
        await sending.stop()
        await typed(up, "policy", "publish", str(POLICY), "--yes")
    activations = (await asyncio.to_thread(topics_of, up, "policy.activations"))["policy.activations"]
    at = max(each.at for each in activations if each.json["version"] == published["version"])
    tickets = await tickets_since(up, before)
    late = [each["at"] - at for each in tickets if each["policy_version"] != published["version"]]
    print(f"\npolicy: still decided by the one before {max(0.0, *late):.2f} s after the activation")  # noqa: T201
    assert {published["version"]} == {each["policy_version"] for each in decided}
    assert {"rule:live"} == {each["sources"]["handler"] for each in decided}


async def test_a_rule_refuses_a_spammer_at_rcpt_for_good(up: RunningUp) -> None:
    """R51: the sample's rule; nothing is stored."""
    mail = a_mail("win@mail.spam.test")
    code, text = await asyncio.to_thread(up.send, mail, "support@acme.example")
    assert (550, "5.7.1 we do not accept mail from this domain") == (code, text)
    found = await asyncio.to_thread(topics_of, up, "mail.inbound")
    assert mail["Message-ID"] not in {each.json["message_id"] for each in found["mail.inbound"]}


async def test_a_reply_reopens_a_ticket_that_was_closed_lately(up: RunningUp) -> None:
    """R21: within `reopen_within` of its process it is the same ticket, with its SLA as it was."""
    mail = a_mail()
    reply = a_mail(References=mail["Message-ID"])
    await asyncio.to_thread(up.send, mail, "support@acme.example")
    async with reading(up, "mail.inbound", "tickets.routed", "routing.decisions") as topics:
        [accepted] = await topics.until("mail.inbound", message_id=mail["Message-ID"])
        ticket_id = accepted.value["ticket_id"]
        [opened] = await topics.until("tickets.routed", ticket_id=ticket_id)
        await typed(up, "command", ticket_id, "status", "closed", "--actor", "petr")
        await asyncio.to_thread(up.send, reply, "support@acme.example")
        tickets = await topics.until("tickets.routed", 3, ticket_id=ticket_id)
    assert ["open", "closed", "open"] == [each.value["status"] for each in tickets]
    assert opened.value["sla"]["level"] == tickets[-1].value["sla"]["level"]
    assert "follow-up" == tickets[-1].value["cause"]["kind"]
