"""Replies find their ticket by whatever their mail program kept; a claim of anybody else opens a ticket of its own."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.request import urlopen

import pytest

from tests.e2e.running_up import Reading, RunningUp, a_mail, reading

TOPICS = ("mail.inbound", "routing.decisions", "tickets.routed", "messages.privacy-tagged", "tickets.sla")


async def decided(
    topics: Reading, up: RunningUp, mail: Any, to: str = "support@acme.example"
) -> dict[str, Any]:
    """The mail's receipt."""
    assert 250 == (await asyncio.to_thread(up.send, mail, to))[0]
    [accepted] = await topics.until("mail.inbound", message_id=mail["Message-ID"])
    [receipt] = await topics.until("routing.decisions", delivery_id=accepted.value["delivery_id"])
    return receipt.value


def claims(reply: dict[str, str], message_id: str) -> dict[str, tuple[dict[str, str], str]]:
    """What different mail programs leave of a thread: headers of the answer, and where it goes."""
    box = "support@acme.example"
    return {
        "references": ({"References": f"<x@y> {reply['message_id']}"}, box),
        "in-reply-to of ours": ({"In_Reply_To": reply["message_id"]}, box),
        "in-reply-to of the first mail": ({"In_Reply_To": message_id}, box),
        "token in the subject": ({"subject": f"Aw: {reply['subject_token']} the printer"}, box),
        "plus-address": ({"subject": "no header at all"}, reply["reply_to"]),
    }


@pytest.fixture
async def topics(up: RunningUp) -> Any:
    async with reading(up, *TOPICS) as found:
        yield found


async def test_each_form_of_a_reply_finds_its_ticket(up: RunningUp, topics: Reading) -> None:
    """Given a ticket, when its customer's company answers in any of these ways, then each is its next message."""
    first = a_mail()
    ticket_id = (await decided(topics, up, first))["ticket_id"]
    [routed] = await topics.until("tickets.routed", ticket_id=ticket_id)
    for how, (headers, to) in claims(routed.value["reply"], first["Message-ID"]).items():
        receipt = await decided(topics, up, a_mail("lucie@acme.test", **headers), to)
        assert (ticket_id, "routed") == (receipt["ticket_id"], receipt["outcome"]), how


@pytest.mark.parametrize("stranger", ["mallory@evil.test", "somebody@globex.test"])
async def test_a_strangers_claim_opens_a_ticket_of_its_own(
    up: RunningUp, topics: Reading, stranger: str
) -> None:
    """Also with a token that somebody forwarded to them, and also of another company's customer."""
    first = a_mail()
    ticket_id = (await decided(topics, up, first))["ticket_id"]
    [routed] = await topics.until("tickets.routed", ticket_id=ticket_id)
    for how, (headers, to) in claims(routed.value["reply"], first["Message-ID"]).items():
        receipt = await decided(topics, up, a_mail(stranger, **headers), to)
        [own, *_] = await topics.until("tickets.routed", ticket_id=receipt["ticket_id"])
        assert ticket_id != receipt["ticket_id"], how
        assert "thread_refused" in own.value["flags"], how


async def test_a_guessed_token_claims_nothing(up: RunningUp, topics: Reading) -> None:
    """Given a right ticket with a wrong signature, then it is a word in a subject like any other."""
    first = a_mail()
    ticket_id = (await decided(topics, up, first))["ticket_id"]
    guess = a_mail("lucie@acme.test", subject=f"[#{ticket_id}-AAAAAAAAAAAA] let me in")
    receipt = await decided(topics, up, guess)
    [own] = await topics.until("tickets.routed", ticket_id=receipt["ticket_id"])
    assert ticket_id != receipt["ticket_id"]
    assert "thread_refused" not in own.value["flags"]


async def test_words_of_a_private_mail_are_nowhere_but_with_its_recipient(
    up: RunningUp, topics: Reading
) -> None:
    """R42 P5: no topic that others read, no log, no metric, no command's output."""
    mail = a_mail("lucie@acme.test", subject="okapi-subject", text="okapi-text", X_Odd="okapi-header")
    mail.add_attachment(b"okapi", maintype="application", subtype="pdf", filename="okapi.pdf")
    receipt = await decided(topics, up, mail, "jana@acme.example")
    await topics.until("messages.privacy-tagged", delivery_id=receipt["delivery_id"])
    said = [
        await asyncio.to_thread(up.run, *words)
        for words in (
            ("explain", receipt["delivery_id"], "--json"),
            ("tickets", "show", receipt["ticket_id"], "--json"),
            ("access", receipt["delivery_id"], "--as", "petr", "--json"),
        )
    ]
    metrics = await asyncio.to_thread(lambda: urlopen(f"http://{up.addresses['http']}/metrics").read())
    read_by_others = [each.raw for each in topics.seen if each.topic != "mail.inbound"]
    outputs = [(each.stdout + each.stderr).encode() for each in said]
    for octets in (*read_by_others, *outputs, metrics, up.log.read_bytes()):
        assert b"okapi" not in octets.lower()
