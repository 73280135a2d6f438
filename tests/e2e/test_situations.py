"""deploy/SITUATIONS.md, played on one running installation with the very commands that stand there."""

from __future__ import annotations

import json
import shlex
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.e2e.running_up import Read, Reading, RunningUp, a_mail, reading
from tests.support import operated
from tests.support.kafka_by_hand import create_topic, ends
from tests.support.operated_up import operated_up
from tests.support.situations import Play, situations
from workers.adapters.embedded_kafka import EmbeddedKafka
from workers.adapters.embedded_valkey import EmbeddedValkey

NOW = datetime.now(UTC)
YESTERDAY, TOMORROW = (f"{NOW + timedelta(days=days):%Y-%m-%d}" for days in (-1, 1))
DAYS = dict.fromkeys(("2026-11-01", "2026-11-09", "2026-11-21"), YESTERDAY) | dict.fromkeys(
    ("2026-11-16", "2026-11-22"), TOMORROW
)
SUPPORT = "support@acme.example"


@pytest.fixture(scope="module")
def own(
    kafka: EmbeddedKafka, valkey: EmbeddedValkey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningUp]:
    """An installation of this file's own: its policy and its directory change."""
    with operated_up(kafka, valkey, tmp_path_factory.mktemp("own")) as running:
        yield running


@pytest.fixture
async def topics(own: RunningUp) -> AsyncIterator[Reading]:
    """What other systems read; and of ours what says which mail became which delivery."""
    names = ("mail.enriched", "tickets.routed", "messages.privacy-tagged", "tickets.command-results")
    async with reading(own, *names) as found:
        yield found


async def sent(
    up: RunningUp, topics: Reading, sender: str, mailbox: str = SUPPORT, number: int = 1
) -> list[dict[str, str]]:
    """So many new mails, each with a ticket of its own: their ids, once they are decided."""
    ids = [f"<{uuid4().hex}@test>" for _ in range(number)]
    for message_id in ids:
        assert 250 == up.send(a_mail(sender, message_id=message_id), mailbox)[0]
    return [(await topics.until("mail.enriched", 1, message_id=each))[0].value for each in ids]


async def ticket(topics: Reading, ticket_id: str, revision: int) -> dict[str, Any]:
    """As this revision left it."""
    return (await topics.until("tickets.routed", 1, ticket_id=ticket_id, revision=revision))[0].value


def verdict(up: RunningUp, delivery_id: str, user: str) -> str:
    return str(json.loads(up.run("access", delivery_id, "--as", user, "--json").stdout)["verdict"])


def test_the_document_tells_five_situations() -> None:
    """And each of them has commands."""
    assert 5 == len(situations())
    assert all(situations().values())


EMPTY = [
    (1, "explain <nobody@nowhere.test>", "nothing is known of this message-id"),
    (1, "explain ../../etc/passwd", "nothing is known of this delivery"),
    (1, "why-not T-000000000000 --handler petr", "no routed mail is known by this id"),
    (1, "reroute T-000000000000", "nothing is kept of this ticket"),
    (0, "reroute --apply --actor rosa --yes", "0 tickets re-routed"),
    (0, "policy diff policy.yaml --max-changes 0", "0 tickets would be others"),
    (0, "verify", "the same, bit for bit"),
    (2, "replay tickets.routed --to no.such-topic --yes", "no.such-topic"),
]


def test_before_the_first_mail_each_question_has_an_answer(own: RunningUp, tmp_path: Path) -> None:
    """No traceback, and the right exit code."""
    operated.write(operated.a_policy(), tmp_path / "policy.yaml")
    for code, words, said in EMPTY:
        done = own.run(*words.split(), where=tmp_path)
        assert code == done.returncode, (words, done.stderr)
        assert said in done.stdout + done.stderr
        assert "Traceback" not in done.stderr


async def test_a_handler_left(own: RunningUp, topics: Reading, tmp_path: Path) -> None:
    """R11: the open tickets go along, but the one that a person gave to karel."""
    mails = await sent(own, topics, "jan@acme.test", number=3)
    first, second, third = [each["ticket_id"] for each in mails]
    assert 0 == own.run("command", third, "assign", "karel", "--actor", "rosa").returncode
    operated.write(operated.with_handler(operated.a_policy(), "petr", "jana"), tmp_path / "policy.yaml")
    operated.write(operated.without_petr(operated.a_directory()), tmp_path / "directory.yaml")
    play = Play(own, "A handler left", tmp_path, DAYS)

    play.next("policy", "check")
    tried = play.next("policy", "diff")
    play.next("policy", "publish")
    dry = play.next("reroute")
    done = play.next("reroute")
    play.next("directory", "load")
    listed = play.next("tickets", "list")
    play.next("verify")

    assert [] == play.left
    assert "2 tickets would be others" in tried.stdout
    assert "2 tickets would change" in dry.stdout
    assert "2 tickets re-routed, 0 refused" in done.stdout
    assert first not in listed.stdout
    after = [await ticket(topics, id_, 2) for id_ in (first, second, third)]
    assert ["jana", "jana", "karel"] == [each["handler"] for each in after]
    assert ["reroute", "reroute", "command"] == [each["cause"]["kind"] for each in after]


async def test_a_company_was_in_the_wrong_group(own: RunningUp, topics: Reading, tmp_path: Path) -> None:
    """R3 R10 P4: group, handler and level become right; its messages require the right book, too."""
    [mail] = await sent(own, topics, "bob@hooli.test")
    ticket_id, delivery_id = mail["ticket_id"], mail["delivery_id"]
    assert "karel" == (await ticket(topics, ticket_id, 1))["handler"]
    right = operated.a_directory()
    right["contact_groups"]["beta-testers"]["members"].remove(operated.HOOLI)
    right["contact_groups"]["key-accounts"]["members"].append(operated.HOOLI)
    right["contacts"][operated.HOOLI]["address_book"] = "board"
    operated.write(right, tmp_path / "directory.yaml")
    play = Play(own, "A company was in the wrong group for a week", tmp_path, DAYS | {"TICKET": ticket_id})

    why = play.next("why-not")
    play.next("directory", "load")
    dry = play.next("reroute")
    play.next("reroute")
    told = play.next("explain")

    now = await ticket(topics, ticket_id, 2)
    [tag] = await topics.until("messages.privacy-tagged", 1, delivery_id=delivery_id, tag_revision=2)
    assert [] == play.left
    assert "contact_groups.key-accounts.members: also c-hooli" in why.stdout
    assert "1 message would get a new tag" in dry.stdout
    assert (["key-accounts"], "key-helpdesk", "premium") == (
        now["groups"],
        now["area"],
        now["sla"]["contract"],
    )
    assert ["board", "customers"] == tag.value["requires"]["address_books"]
    assert f"{delivery_id}:2" == tag.headers["ce_id"]
    assert "requires also address_books:board" in " ".join(told.stdout.split())
    assert ["nothing", "content"] == [verdict(own, delivery_id, user) for user in ("karel", "rosa")]


async def test_a_mailbox_was_mapped_to_the_wrong_process(
    own: RunningUp, topics: Reading, tmp_path: Path
) -> None:
    """R13 P4: re-routing alone shows it to nobody new; a person's commands do."""
    [mail] = await sent(own, topics, "marie@example.net", operated.PARTS)
    ticket_id, delivery_id = mail["ticket_id"], mail["delivery_id"]
    right = {operated.PARTS: {"process": "ordering", "user_group": "sales"}}
    live = operated.with_handler(operated.a_policy(mailboxes=right), "petr", "jana")
    operated.write(live, tmp_path / "policy.yaml")
    words = DAYS | {"TICKET": ticket_id, "DELIVERY": delivery_id}
    play = Play(own, "A mailbox was mapped to the wrong process", tmp_path, words)

    warned = play.next("policy", "diff", code=1)
    play.next("policy", "diff")
    play.next("policy", "publish")
    play.next("reroute")
    play.next("reroute")
    seen_by_eva = verdict(own, delivery_id, "eva")
    play.next("command", "TICKET", "area")
    play.next("command", "TICKET", "assign")
    access = play.next("access")

    rerouted = await ticket(topics, ticket_id, 2)
    assert [] == play.left
    assert "somebody would see more" in warned.stderr
    assert ("ordering", "sales", "nothing") == (rerouted["process"], rerouted["area"], seen_by_eva)
    assert ["helpdesk", "sales"] == rerouted["requires"]["areas"]
    assert access.stdout.startswith("content")


async def test_a_downstream_team_lost_a_day(own: RunningUp, topics: Reading, tmp_path: Path) -> None:
    """A plain consumer that keeps `ce_id`s comes to the same tickets, also when the replay ran twice."""
    [mail] = await sent(own, topics, "jan@acme.test")
    await topics.until("tickets.routed", 1, ticket_id=mail["ticket_id"])
    await create_topic(own, "billing.tickets-again")

    plays = [Play(own, "A downstream team lost a day", tmp_path, DAYS) for _ in range(2)]

    written = {int(play.next("replay").stdout.split()[0]) for play in plays}

    assert [[], []] == [play.left for play in plays]
    [number] = written
    originals = await topics.until("tickets.routed", number)
    async with reading(own, "billing.tickets-again") as again:
        records = await again.until("billing.tickets-again", 2 * number)
    assert all(each.headers["stellwerk_replay"].startswith("tickets.routed-") for each in records)
    seen = {each.headers["ce_id"]: each for each in reversed(records)}  # the first of each id counts
    assert {each.headers["ce_id"]: each.raw for each in originals} == {
        id_: each.raw for id_, each in seen.items()
    }
    assert latest(originals) == latest(list(seen.values()))


def latest(records: list[Read]) -> dict[str, Any]:
    """Tickets as they stand, for somebody who reads in any order."""
    return {
        each.value["ticket_id"]: each.value for each in sorted(records, key=lambda r: r.value["revision"])
    }


async def test_a_mail_is_said_to_be_missing(own: RunningUp, topics: Reading, tmp_path: Path) -> None:
    """R4 R5: it is there, but not for karel, and what would show it to him is tried."""
    [mail] = await sent(own, topics, "jan@acme.test")
    words = {"<message-id@sender.example>": mail["message_id"], "DELIVERY": mail["delivery_id"]}
    play = Play(own, "A mail is said to be missing", tmp_path, words)

    story = play.next("explain")
    access = play.next("access", code=1)
    why = play.next("why-not")
    play.next("suppressed", "list")
    play.next("dead-letters", "list")
    play.next("reconcile")
    never = own.run("explain", "<never@came.test>")

    assert [] == play.left
    assert mail["ticket_id"] in story.stdout
    assert access.stdout.startswith("nothing  (address_books:board)")
    assert "user_groups.second-level.members: also karel" in why.stdout
    assert (1, "") == (never.returncode, never.stdout)
    assert "nothing is known of this message-id" in never.stderr


async def test_what_why_not_tells_gives_it_when_it_is_done(
    own: RunningUp, topics: Reading, tmp_path: Path
) -> None:
    """R3 R8 R10 R15 R22: each question has an answer; two of them are carried out by the letter."""
    [mail] = await sent(own, topics, "jan@acme.test")
    ticket_id = mail["ticket_id"]
    asked = {"handler": "eva", "group": "resellers", "area": "helpdesk", "level": "gold", "viewer": "karel"}
    found = {name: answers(own, ticket_id, name, value) for name, value in asked.items()}
    [(told, shown)] = [(each[0]["where"], each[0]["what"]) for each in found["viewer"][:1]]
    [typed] = [each[0]["what"] for each in found["handler"] if each[0]["where"] == "ticket"]
    directory = operated.without_petr(operated.a_directory())
    directory["user_groups"]["second-level"]["members"].append("karel")

    done = own.run(*shlex.split(typed)[1:])
    loaded = own.run("directory", "load", str(operated.write(directory, tmp_path / "d.yaml")), "--yes")

    assert all(found.values()), found
    assert ("directory", "user_groups.second-level.members: also karel") == (told, shown)
    assert (0, 0) == (done.returncode, loaded.returncode), done.stderr
    assert "eva" == (await ticket(topics, ticket_id, 2))["handler"]
    assert "content" == verdict(own, mail["delivery_id"], "karel")


def answers(up: RunningUp, id_: str, field: str, value: str) -> list[list[dict[str, str]]]:
    """The changes that would have given it."""
    said = up.told("why-not", id_, f"--{field}", value, "--json")
    found: list[list[dict[str, str]]] = json.loads(said)["changes"]
    return found


async def test_trying_a_policy_writes_nothing(own: RunningUp, topics: Reading, tmp_path: Path) -> None:
    """Neither `policy diff` nor a dry run: all topics end where they ended."""
    candidate = operated.with_handler(operated.a_policy(), "petr", "karel")
    path = operated.write(candidate, tmp_path / "policy.yaml")
    [mail] = await sent(own, topics, "jan@acme.test")
    await topics.until("tickets.routed", 1, ticket_id=mail["ticket_id"])
    before = await ends(own)

    few = own.run("policy", "diff", str(path), "--json", "--allow-newly-readable", "--max-changes=0")
    nobody = own.run("policy", "diff", str(path), "--json", "--mailbox", "nobody@acme.example")
    dry = own.run("reroute", mail["ticket_id"], "--json")

    assert [1, 0, 0] == [few.returncode, nobody.returncode, dry.returncode], few.stderr
    assert "more than 0" in few.stderr
    changes = [(each["field"], each["before"], each["after"]) for each in json.loads(few.stdout)["changes"]]
    assert ("handler", "jana", "karel") in changes
    assert 0 == json.loads(nobody.stdout)["changed_tickets"]
    assert not json.loads(dry.stdout)["applied"]
    assert before == await ends(own)
