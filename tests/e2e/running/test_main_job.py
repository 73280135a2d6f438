"""A mail in, a routed ticket out: what customers and downstream teams see."""

import base64
import json
from email.policy import SMTP

import pytest

from tests.e2e.running_up import Reading, RunningUp, a_mail, reading

DOWNSTREAM = ("tickets.routed", "messages.privacy-tagged", "tickets.sla", "routing.decisions")
SECRET_WORDS = ("xylophone-subject", "quagga-text", "walrus.pdf")


async def _receipt(topics: Reading, up: RunningUp, message_id: str, number: int = 1) -> dict[str, object]:
    """The `number`th receipt of the mail with this Message-ID."""
    accepted = await topics.until("mail.inbound", number, message_id=message_id)
    delivery = accepted[0].value["delivery_id"]
    receipts = await topics.until("routing.decisions", number, delivery_id=delivery)
    return receipts[number - 1].value


async def test_a_known_customers_mail_becomes_a_ticket_by_the_policy_of_its_group(up: RunningUp) -> None:
    """R10, R11, R14, R20: handler, user group, area and SLA come from the first group that has them."""
    mail = a_mail()
    assert up.send(mail, "support@acme.example")[0] == 250
    async with reading(up, "mail.inbound", *DOWNSTREAM) as topics:
        receipt = await _receipt(topics, up, mail["Message-ID"])
        [routed] = await topics.until("tickets.routed", ticket_id=receipt["ticket_id"])
        [tag] = await topics.until("messages.privacy-tagged", ticket_id=receipt["ticket_id"])
    ticket = routed.value
    assert ("routed", 1) == (receipt["outcome"], ticket["revision"])
    assert ("helpdesk", "key-helpdesk") == (ticket["process"], ticket["area"])
    assert ("petr", "second-level") == (ticket["handler"], ticket["user_group"])
    assert ("premium", "silver") == (ticket["sla"]["contract"], ticket["sla"]["level"])
    assert "group:key-accounts" == ticket["sources"]["handler"]
    assert ["board"] == ticket["requires"]["address_books"]
    assert ["key-helpdesk"] == ticket["requires"]["areas"]
    assert None is tag.value["private_to"]
    assert routed.key == ticket["ticket_id"].encode()
    assert f"{ticket['ticket_id']}:1" == routed.headers["ce_id"]
    assert ("1.0", "stellwerk.tickets.routed.v1") == (
        routed.headers["ce_specversion"],
        routed.headers["ce_type"],
    )


async def test_the_same_mail_twice_is_one_ticket_revision_and_two_receipts(up: RunningUp) -> None:
    """P1, P2: a sender's retry is known by its identity."""
    mail = a_mail()
    for _ in range(2):
        assert up.send(mail, "support@acme.example")[0] == 250
    async with reading(up, "mail.inbound", "routing.decisions", "tickets.routed") as topics:
        second = await _receipt(topics, up, mail["Message-ID"], 2)
        first = topics.all("routing.decisions", delivery_id=second["delivery_id"])[0].value
        routed = topics.all("tickets.routed", ticket_id=second["ticket_id"])
    assert ["routed", "duplicate"] == [first["outcome"], second["outcome"]]
    assert 1 == len(routed)


async def test_a_reply_joins_its_thread_and_a_strangers_claim_does_not(up: RunningUp) -> None:
    """A claim proves nothing: only the ticket's customer joins it."""
    mail = a_mail()
    reply = a_mail(References=mail["Message-ID"], subject="Re: The printer is on fire")
    forged = a_mail("mallory@evil.test", References=mail["Message-ID"])
    for each in (mail, reply, forged):
        assert up.send(each, "support@acme.example")[0] == 250
    async with reading(up, "mail.inbound", "routing.decisions", "tickets.routed") as topics:
        first = await _receipt(topics, up, mail["Message-ID"])
        second = await _receipt(topics, up, reply["Message-ID"])
        third = await _receipt(topics, up, forged["Message-ID"])
        [stranger] = await topics.until("tickets.routed", ticket_id=third["ticket_id"])
    assert (first["ticket_id"], 2) == (second["ticket_id"], second["revision"])
    assert first["ticket_id"] != third["ticket_id"]
    assert "thread_refused" in stranger.value["flags"]
    assert "mail.inbound" == third["source"]["topic"]  # type: ignore[index]


async def test_an_automatic_answer_opens_no_ticket(up: RunningUp) -> None:
    """R54: a proven response is suppressed, with a receipt."""
    mail = a_mail(subject="Out of office", Auto_Submitted="auto-replied")
    assert up.send(mail, "support@acme.example")[0] == 250
    async with reading(up, "mail.inbound", "routing.decisions", "tickets.routed") as topics:
        receipt = await _receipt(topics, up, mail["Message-ID"])
        assert [] == topics.all("tickets.routed", ticket_id=receipt["ticket_id"])
    assert "suppressed" == receipt["outcome"]


async def test_two_mailboxes_are_two_deliveries_and_bcc_stays_secret(up: RunningUp) -> None:
    """P1: one record per mailbox; each envelope names its own recipients only."""
    mail = a_mail()
    assert up.send(mail, "support@acme.example", "helpdesk@ACME.example", "orders@acme.example")[0] == 250
    async with reading(up, "mail.inbound", "routing.decisions") as topics:
        accepted = await topics.until("mail.inbound", 2, message_id=mail["Message-ID"])
    recipients = {r.value["mailbox"]: r.value["envelope"]["rcpt_to"] for r in accepted}
    assert ["orders@acme.example"] == recipients["orders@acme.example"]
    assert 2 == len(recipients["support@acme.example"])
    assert mail.as_bytes(policy=SMTP) == base64.b64decode(accepted[0].value["content"]["inline"])


def test_an_unknown_mailbox_is_refused_for_good_and_says_nothing_of_us(up: RunningUp) -> None:
    """RFC 5321 §4.2.3, RFC 3463: 550 5.1.1 at RCPT."""
    code, text = up.send(a_mail(), "nobody@acme.example")
    assert (550, "5.1.1") == (code, text.split()[0])
    assert not any(word in text.lower() for word in ("python", "kafka", "aiosmtpd", "redis"))


async def test_private_mail_names_its_only_reader(up: RunningUp) -> None:
    """R42, R44: a personal mailbox is private to its owner."""
    mail = a_mail()
    assert up.send(mail, "jana@acme.example")[0] == 250
    async with reading(up, "mail.inbound", "routing.decisions", "messages.privacy-tagged") as topics:
        receipt = await _receipt(topics, up, mail["Message-ID"])
        [tag] = await topics.until("messages.privacy-tagged", ticket_id=receipt["ticket_id"])
    assert "jana" == tag.value["private_to"]


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\x00\xff\xfe",
        b"no header at all",
        b"Subject: =?broken?q?\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n--x\r\n" * 20,
        b"From: " + b"<" * 5000 + b"\r\n\r\n\xe4",
    ],
    ids=["empty", "octets", "no-header", "broken-mime", "endless-from"],
)
async def test_what_cannot_be_parsed_is_routed_by_its_envelope(up: RunningUp, garbage: bytes) -> None:
    """P8: strange mail is accepted, decided, and has its receipt."""
    async with reading(up, "mail.inbound", "routing.decisions") as topics:
        octets = garbage + b"\r\n"
        assert up.send(octets, "support@acme.example", mail_from="odd@strange.test")[0] == 250
        accepted = await topics.until("mail.inbound", size_bytes=len(octets))
        receipts = await topics.until("routing.decisions", delivery_id=accepted[-1].value["delivery_id"])
    assert receipts[0].value["outcome"] in ("routed", "duplicate")


async def test_no_word_of_a_mail_reaches_topics_that_others_read(up: RunningUp) -> None:
    """P5: one guarded door to content."""
    mail = a_mail(subject=SECRET_WORDS[0], text=SECRET_WORDS[1])
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename=SECRET_WORDS[2])
    assert up.send(mail, "support@acme.example")[0] == 250
    async with reading(up, "mail.inbound", *DOWNSTREAM, "mail.enriched") as topics:
        receipt = await _receipt(topics, up, mail["Message-ID"])
        await topics.until("mail.enriched", delivery_id=receipt["delivery_id"])
        written = [r.raw for r in topics.seen if r.topic in DOWNSTREAM]
        ours = [r.raw for r in topics.seen if r.topic == "mail.enriched"]
    log = up.log.read_bytes()
    for word in SECRET_WORDS:
        assert not any(word.encode() in raw for raw in [*written, log])
        assert any(word.encode() in raw for raw in ours), "the words must be findable where they may be"


async def test_each_accepted_delivery_has_exactly_one_first_receipt(up: RunningUp) -> None:
    """P1 over everything that the other tests sent."""
    last = a_mail()
    assert up.send(last, "support@acme.example", "orders@acme.example")[0] == 250
    async with reading(up, "mail.inbound", "routing.decisions") as topics:
        accepted = await topics.until("mail.inbound", 2, message_id=last["Message-ID"])
        for each in accepted:
            await topics.until("routing.decisions", delivery_id=each.value["delivery_id"])
        inbound = {(r.partition, r.offset) for r in topics.all("mail.inbound")}
        receipts = [
            (r.value["source"]["partition"], r.value["source"]["offset"])
            for r in topics.all("routing.decisions", attempt=0)
            if r.value["source"]["topic"] == "mail.inbound"
        ]
    assert sorted(inbound) == sorted(receipts)


def test_operators_see_tickets_and_reasons(up: RunningUp) -> None:
    """DESIGN part 6: `tickets list`, `show` and `explain`, as JSON and nothing else."""
    up.send(a_mail(), "support@acme.example")
    listed = up.run("tickets", "list", "--json")
    assert 0 == listed.returncode, listed.stderr
    tickets = [json.loads(line) for line in listed.stdout.splitlines()]
    shown = up.run("tickets", "show", tickets[0]["ticket_id"], "--json")
    assert tickets[0]["ticket_id"] == json.loads(shown.stdout)["ticket_id"]
    explained = up.run("explain", tickets[0]["ticket_id"])
    assert 0 == explained.returncode, explained.stderr
    assert tickets[0]["process"] in explained.stdout
