"""A check that cannot fail proves nothing: each law finds the violation that is planted for it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.faults.checks import CHECKS, violations
from tests.faults.evidence import Evidence, Rec, Told

Plant = Callable[[Evidence], Any]

_MAILBOX = "support@acme.example"


def _told(number: int) -> Told:
    return Told(
        f"<m{number}>", (_MAILBOX,), f"mail {number}".encode(), "thread", number, "human", ["accepted"]
    )


def _rec(partition: int, offset: int, key: str, **value: Any) -> Rec:
    return Rec(partition, offset, key, value, json.dumps(value).encode(), id=f"{partition}-{offset}")


def _inbound(offset: int, told: Told) -> Rec:
    content = {"inline": base64.b64encode(told.content).decode()}
    return _rec(
        1,
        offset,
        "T-1",
        message_id=told.message_id,
        mailbox=_MAILBOX,
        sha256=told.digest,
        size_bytes=len(told.content),
        content=content,
    )


def _receipt(offset: int, revision: int, outcome: str = "routed", attempt: int = 0) -> Rec:
    source = {"topic": "mail.inbound", "partition": 1, "offset": offset}
    return _rec(
        1,
        100 + offset,
        "T-1",
        delivery_id=f"d{offset}",
        ticket_id="T-1",
        outcome=outcome,
        attempt=attempt,
        source=source,
        revision=revision,
        reason="r",
    )


def _routed(offset: int, revision: int) -> Rec:
    cause = {"kind": "follow-up" if revision > 1 else "new-mail", "id": f"d{offset}"}
    return _rec(1, 200 + revision, "T-1", ticket_id="T-1", revision=revision, cause=cause)


def _enriched(offset: int) -> Rec:
    return _rec(1, 300 + offset, "T-1", source={"partition": 1, "offset": offset})


def _tag(offset: int) -> Rec:
    return _rec(1, 400 + offset, "T-1", delivery_id=f"d{offset}", tag_revision=1)


def _healthy() -> Evidence:
    """A conversation of three mails, all decided, and one command."""
    told = [_told(n) for n in range(3)]
    state = _rec(1, 9, "T-1", ticket={"revision": 3})
    return Evidence(
        told=told,
        topics={
            "mail.inbound": [_inbound(n, told[n]) for n in range(3)],
            "routing.decisions": [_receipt(n, n + 1) for n in range(3)],
            "tickets.routed": [_routed(n, n + 1) for n in range(3)],
            "mail.enriched": [_enriched(n) for n in range(3)],
            "messages.privacy-tagged": [_tag(n) for n in range(3)],
            "tickets.state": [state],
            "tickets.commands": [_rec(1, 0, "T-1", command_id="c1")],
            "tickets.command-results": [_rec(1, 0, "T-1", command_id="c1")],
        },
        views={"view:x:tickets.state:1": {"@at": b"t:10", "T-1": state.raw}},
        directory_view_before={"@at": b"t:1", "address/a": b"1"},
        directory_view={"@at": b"u:1", "address/a": b"1"},
    )


def _swap_receipts(evidence: Evidence) -> None:
    receipts = evidence.topics["routing.decisions"]
    receipts[0], receipts[1] = _receipt(0, 2), _receipt(1, 1)


def _other_ticket(evidence: Evidence) -> None:
    evidence.topics["routing.decisions"][2].json["ticket_id"] = "T-2"


PLANTED: dict[str, Plant] = {
    "inbound_has_no_holes": lambda e: e.topics["mail.inbound"].pop(1),
    "each_250_is_stored": lambda e: e.told.append(_told(7)),
    "content_is_what_was_sent": lambda e: e.topics["mail.inbound"][0].json.update(size_bytes=1),
    "each_delivery_has_one_first_receipt": lambda e: e.topics["routing.decisions"].pop(),
    "revisions_count_up": lambda e: e.topics["tickets.routed"].append(_routed(2, 3)),
    "states_equal_the_last_revision": lambda e: e.topics["tickets.routed"].append(_routed(2, 4)),
    "each_routed_delivery_made_one_revision": lambda e: e.topics["messages.privacy-tagged"].pop(),
    "event_ids_are_unique": lambda e: e.topics.update({"tickets.sla": [_tag(0), _tag(0)]}),
    "each_delivery_decided_is_kept_once": lambda e: e.topics["mail.enriched"].append(_enriched(1)),
    "threads_keep_their_order": _swap_receipts,
    "conversations_meet_in_one_ticket": _other_ticket,
    "nothing_of_ours_failed": lambda e: e.topics["routing.decisions"].append(
        _receipt(2, 3, "dead-lettered", 1)
    ),
    "commands_are_answered_once": lambda e: e.topics["tickets.command-results"].clear(),
    "views_equal_their_topics": lambda e: e.views["view:x:tickets.state:1"].update({"T-1": b"old"}),
    "directory_view_is_whole": lambda e: e.directory_view.clear(),
    "nothing_is_left_open": lambda e: e.unstable.append("mail.enriched-0"),
}


def test_a_healthy_run_has_no_violation() -> None:
    """Given all as it should be, then no law complains."""
    assert violations(_healthy()) == []


def test_every_law_has_its_planted_violation() -> None:
    """Given the list of laws, then none is left untried."""
    assert {check.__name__ for check in CHECKS} == set(PLANTED)


@pytest.mark.parametrize("law", list(PLANTED))
def test_the_law_finds_what_is_planted(law: str) -> None:
    """Given a healthy run with one fault, then the law that forbids it names it."""
    evidence = _healthy()
    PLANTED[law](evidence)
    assert any(found.startswith(f"{law}: ") for found in violations(evidence)), violations(evidence)


@pytest.mark.parametrize(
    ("plant", "word"),
    [
        (lambda e: e.topics["routing.decisions"].append(_receipt(1, 2)), "doubled"),
        (lambda e: e.topics["routing.decisions"].append(_receipt(9, 2)), "does not exist"),
        (lambda e: e.topics["mail.inbound"].append(_inbound(3, _told(9))), "nobody sent"),
        (lambda e: e.views["view:x:tickets.state:1"].pop("@at"), "no mark"),
        (lambda e: e.views.clear(), "differs"),
        (lambda e: e.processes.append("1 stellwerk"), "orphan"),
    ],
)
def test_other_forms_of_the_same_are_found_too(plant: Plant, word: str) -> None:
    """Given a doubled, invented or unmarked thing, then the violation says so."""
    evidence = _healthy()
    plant(evidence)
    assert any(word in found for found in violations(evidence)), violations(evidence)
