"""Laws of tickets: revisions, order, and which mails meet."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.faults.evidence import Evidence, Rec


def _in_order_per_key(records: list[Rec]) -> dict[str, list[Rec]]:
    by_key: dict[str, list[Rec]] = defaultdict(list)
    for record in records:
        by_key[record.key].append(record)
    return by_key


def revisions_count_up(evidence: Evidence) -> Iterator[str]:
    """1, 2, 3, … per ticket; a ticket lives in one partition."""
    for ticket, records in _in_order_per_key(evidence.of("tickets.routed")).items():
        revisions = [r.json["revision"] for r in records]
        if len({r.partition for r in records}) != 1:
            yield f"{ticket} is in several partitions"
        if revisions != list(range(1, len(revisions) + 1)):
            yield f"{ticket} has revisions {revisions}"


def states_equal_the_last_revision(evidence: Evidence) -> Iterator[str]:
    routed = {key: records[-1] for key, records in _in_order_per_key(evidence.of("tickets.routed")).items()}
    states = _last_states(evidence)
    for ticket, record in routed.items():
        state = states.get(ticket)
        found = None if state is None or state.value is None else state.json["ticket"]["revision"]
        if found != record.json["revision"]:
            yield f"{ticket} is at revision {record.json['revision']}, its state at {found}"
    for ticket in states.keys() - routed.keys():
        yield f"{ticket} has a state and was never routed"


def _last_states(evidence: Evidence) -> dict[str, Rec]:
    records = [r for r in evidence.of("tickets.state") if not r.key.startswith("~")]
    return {key: found[-1] for key, found in _in_order_per_key(records).items()}


def each_routed_delivery_made_one_revision(evidence: Evidence) -> Iterator[str]:
    """One revision, one enriched mail and one first tag for each `routed`; none of a revision without one."""
    first = [r.json for r in evidence.of("routing.decisions") if r.json.get("delivery_id")]
    routed = Counter(r["delivery_id"] for r in first if r["outcome"] == "routed" and not r.get("attempt"))
    causes = Counter(
        r.json["cause"]["id"]
        for r in evidence.of("tickets.routed")
        if r.json["cause"]["kind"] in ("new-mail", "follow-up")
    )
    tags = Counter(
        r.json["delivery_id"] for r in evidence.of("messages.privacy-tagged") if r.json["tag_revision"] == 1
    )
    for delivery, count in routed.items():
        if count != 1:
            yield f"delivery {delivery} was routed {count} times"
        if causes.get(delivery) != 1:
            yield f"delivery {delivery} made {causes.get(delivery, 0)} revisions"
        if tags.get(delivery) != 1:
            yield f"delivery {delivery} was tagged {tags.get(delivery, 0)} times"
    for delivery in causes.keys() - routed.keys():
        yield f"a revision for delivery {delivery}, which has no receipt that says routed"


def threads_keep_their_order(evidence: Evidence) -> Iterator[str]:
    """Per ticket, deliveries come in the order of acceptance, and a conversation's mails in its own order."""
    accepted = {(r.partition, r.offset): r.json["sha256"] for r in evidence.of("mail.inbound")}
    order: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for record in evidence.of("routing.decisions"):
        value = record.json
        if (
            value["outcome"] == "routed"
            and value["source"]["topic"] == "mail.inbound"
            and not value.get("attempt")
        ):
            source = value["source"]
            order[value["ticket_id"]].append((value["revision"], source["partition"], source["offset"]))
    numbers = {told.digest: (told.thread, told.number) for told in evidence.told}
    for ticket, deliveries in order.items():
        places = [(p, o) for _, p, o in sorted(deliveries)]
        if len({p for p, _ in places}) == 1 and places != sorted(places):
            yield f"{ticket}: deliveries in the order {places}"
        yield from _conversation_order(ticket, [numbers.get(accepted.get(p, "")) for p in places])


def _conversation_order(ticket: str, numbers: list[tuple[str, int] | None]) -> Iterator[str]:
    by_thread: dict[str, list[int]] = defaultdict(list)
    for found in numbers:
        if found is not None:
            by_thread[found[0]].append(found[1])
    for thread, sequence in by_thread.items():
        if sequence != sorted(sequence):
            yield f"{ticket}: conversation {thread} in the order {sequence}"


def conversations_meet_in_one_ticket(evidence: Evidence) -> Iterator[str]:
    """The mails of one customer's conversation with one mailbox all go to one ticket."""
    threads = {told.digest: told for told in evidence.told}
    tickets: dict[tuple[str, str], set[str]] = defaultdict(set)
    inbound = {(r.partition, r.offset): r for r in evidence.of("mail.inbound")}
    for record in evidence.of("routing.decisions"):
        source = record.json["source"]
        mail = inbound.get((source["partition"], source["offset"]))
        if mail is None or source["topic"] != "mail.inbound" or record.json["outcome"] != "routed":
            continue
        told = threads.get(mail.json["sha256"])
        if told is not None:
            tickets[(told.thread, mail.json["mailbox"])].add(record.json["ticket_id"])
    for (thread, mailbox), found in tickets.items():
        if len(found) != 1:
            yield f"conversation {thread} with {mailbox} is in {len(found)} tickets: {sorted(found)}"
