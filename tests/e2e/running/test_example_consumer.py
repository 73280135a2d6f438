"""deploy/examples/consumer: a team that knows only our topics comes to the same verdicts as we do."""

import json
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event
from cloudevents.core.formats.json import JSONFormat
from confluent_kafka import Consumer, TopicPartition
from jsonschema import Draft202012Validator

from schemas.topics import MAIL_DEAD_LETTER, TOPICS
from tests.e2e.running_up import RunningUp, a_mail, reading
from tests.support.eventually import eventually

CONSUMER = Path(__file__).parents[3] / "deploy" / "examples" / "consumer" / "consumer.py"
PUBLISHED = Path(__file__).parents[3] / "schemas" / "published" / "schemas"
SCHEMAS = {
    path.name.removesuffix(".v1.json"): Draft202012Validator(json.loads(path.read_text("utf-8")))
    for path in PUBLISHED.glob("*.json")
}
RIGHTS = {  # of config/directory.yaml, as another system would know them
    "petr": {
        "address_books": ["customers", "inbox", "board", "partners"],
        "areas": ["helpdesk", "key-helpdesk"],
        "user_groups": ["second-level", "support"],
    },
    "jana": {
        "address_books": ["customers", "inbox", "board", "partners"],
        "areas": ["helpdesk", "key-helpdesk"],
        "user_groups": ["second-level", "support"],
    },
    "karel": {
        "address_books": ["customers", "inbox", "partners"],
        "areas": ["helpdesk"],
        "user_groups": ["support"],
    },
    "olga": {
        "address_books": ["customers", "inbox"],
        "areas": ["sales"],
        "user_groups": ["field-sales"],
    },
    "martin": {},
}


class Downstream:
    """Another team's program, with its own database."""

    def __init__(self, up: RunningUp, directory: Path) -> None:
        self._up = up
        self._database = directory / "access.db"
        self._rights = directory / "rights.json"
        self._rights.write_text(json.dumps(RIGHTS))

    def run(self) -> tuple[dict[str, Any], int]:
        """To the topics' end: what each user may know of each delivery, and how many events were new."""
        address = (self._up.addresses["kafka"], self._up.prefix)
        done = subprocess.run(
            [sys.executable, CONSUMER, *address, self._database, self._rights, "--once"],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        return {each["delivery_id"]: each["access"] for each in answers}, int(done.stderr.split()[0])

    def forget_offsets(self) -> None:
        """As an operator who resets the group does: everything is read again, old revisions after new ones."""
        settings = {
            "bootstrap.servers": self._up.addresses["kafka"],
            "group.id": f"{self._up.prefix}downstream-example",
            "enable.auto.commit": False,
        }
        consumer = Consumer(settings)
        try:
            topics = [f"{self._up.prefix}{name}" for name in ("tickets.routed", "messages.privacy-tagged")]
            known = consumer.list_topics(timeout=30).topics
            starts = [TopicPartition(name, p, 0) for name in topics for p in known[name].partitions]
            consumer.commit(offsets=starts, asynchronous=False)
        finally:
            consumer.close()


async def _deliveries(up: RunningUp, *message_ids: str) -> list[str]:
    """The ids of these mails, once each is decided."""
    async with reading(up, "mail.inbound", "routing.decisions") as topics:
        accepted = [(await topics.until("mail.inbound", message_id=each))[0] for each in message_ids]
        ids = [record.value["delivery_id"] for record in accepted]
        for each in ids:
            await topics.until("routing.decisions", delivery_id=each)
    return ids


async def _our_verdicts(up: RunningUp, *deliveries: str) -> dict[str, dict[str, str]]:
    """What `POST /v1/access` says, by user and delivery."""
    headers = {"Authorization": f"Bearer {up.environment['STELLWERK_HTTP__TOKEN']}"}
    verdicts: dict[str, dict[str, str]] = {}
    async with aiohttp.ClientSession(f"http://{up.addresses['http']}", headers=headers) as http:
        for user in RIGHTS:
            asked = {"viewer": user, "deliveries": deliveries}
            verdicts[user] = await eventually(partial(_answer, http, asked), within=60)
    return verdicts


async def _answer(http: aiohttp.ClientSession, asked: Mapping[str, Any]) -> dict[str, str]:
    """Empty while it says "later"."""
    async with http.post("/v1/access", json=asked) as answer:
        verdicts: dict[str, str] = (await answer.json())["verdicts"] if answer.status == 200 else {}
        return verdicts


async def test_every_record_that_others_may_read_is_a_cloudevent(up: RunningUp) -> None:
    """By the official SDK and the published schema, as it lies on the broker. Within a type, an id is there once."""
    mail = a_mail()
    assert up.send(mail, "support@acme.example")[0] == 250
    names = {topic.name for topic in TOPICS if topic.audience != "ours"} - {MAIL_DEAD_LETTER.name}
    async with reading(up, "mail.inbound", *names) as topics:
        [accepted] = await topics.until("mail.inbound", message_id=mail["Message-ID"])
        await topics.until("routing.decisions", delivery_id=accepted.value["delivery_id"])
        records = list(topics.seen)

    ids = []
    for record in records:
        headers = {name: value.encode() for name, value in record.headers.items()}
        event = from_binary_event(KafkaMessage(headers, record.key, record.raw), JSONFormat())
        assert (f"stellwerk.{record.topic}.v1", record.headers["ce_id"]) == (event.get_type(), event.get_id())
        ids.append((event.get_type(), event.get_id()))
        SCHEMAS[record.topic].validate(record.value)
    assert len(ids) == len(set(ids))
    assert {"tickets.routed", "messages.privacy-tagged", "tickets.sla"} <= {each.topic for each in records}


async def test_another_team_gets_our_verdicts_from_the_topics_alone(up: RunningUp, tmp_path: Path) -> None:
    """P4: `requires` of ticket and message, and `private_to`. A replay finds nothing new and changes nothing."""
    mails = {
        a_mail(): "support@acme.example",
        a_mail("someone@stranger.test"): "support@acme.example",
        a_mail("lucie@acme.test"): "jana@acme.example",
    }
    for mail, mailbox in mails.items():
        assert up.send(mail, mailbox)[0] == 250
    customers, strangers, private = await _deliveries(up, *(mail["Message-ID"] for mail in mails))
    downstream = Downstream(up, tmp_path)

    found, new = downstream.run()

    verdicts = await _our_verdicts(up, customers, strangers, private)
    assert verdicts == {user: {each: found[each][user] for each in verdicts[user]} for user in RIGHTS}
    assert "existence" in found[private].values()
    assert {"nothing", "content"} <= set(found[strangers].values())
    assert new >= 6

    downstream.forget_offsets()

    assert (found, 0) == downstream.run()
