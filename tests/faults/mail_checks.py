"""Laws of conservation: what was accepted is stored, and decided once."""

from __future__ import annotations

import base64
from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.faults.evidence import Evidence

Place = tuple[int, int]


def places_of_first_receipts(evidence: Evidence) -> Counter[Place]:
    return Counter(
        (r.json["source"]["partition"], r.json["source"]["offset"])
        for r in evidence.of("routing.decisions")
        if r.json.get("attempt", 0) == 0 and r.json["source"]["topic"] == "mail.inbound"
    )


def inbound_has_no_holes(evidence: Evidence) -> Iterator[str]:
    """An idempotent, non-transactional producer leaves none; the P1 check stands on it."""
    offsets: dict[int, list[int]] = defaultdict(list)
    for record in evidence.of("mail.inbound"):
        offsets[record.partition].append(record.offset)
    for partition, found in offsets.items():
        if found != list(range(len(found))):
            yield f"mail.inbound-{partition} has holes or repeats: {len(found)} records, last {found[-1]}"


def each_250_is_stored(evidence: Evidence) -> Iterator[str]:
    """A record per mailbox for each 250, with the very octets; and never more records than tries."""
    stored: Counter[tuple[str, str]] = Counter(
        (r.json["sha256"], r.json["mailbox"]) for r in evidence.of("mail.inbound")
    )
    for told in evidence.told:
        for mailbox in told.mailboxes:
            found = stored.pop((told.digest, mailbox), 0)
            if found < told.accepted:
                yield f"{told.message_id} to {mailbox}: {told.accepted} answers 250, {found} records"
            if found > told.stored_at_most:
                yield f"{told.message_id} to {mailbox}: answers {told.answers}, {found} records"
    for (digest, mailbox), count in stored.items():
        yield f"{count} records of a mail that nobody sent: sha256 {digest[:12]} to {mailbox}"


def content_is_what_was_sent(evidence: Evidence) -> Iterator[str]:
    """Octets in the record or in the blob store hash to what the record says."""
    sent = {told.digest: told.content for told in evidence.told}
    for record in evidence.of("mail.inbound"):
        content = record.json["content"]
        if content.get("inline") is not None:
            octets = base64.b64decode(content["inline"])
        else:
            octets = evidence.blobs.get(record.json["sha256"], b"")
        if octets != sent.get(record.json["sha256"]) or len(octets) != record.json["size_bytes"]:
            yield f"mail.inbound-{record.partition}@{record.offset}: content is not what was sent"


def each_delivery_has_one_first_receipt(evidence: Evidence) -> Iterator[str]:
    receipts = places_of_first_receipts(evidence)
    for record in evidence.of("mail.inbound"):
        count = receipts.pop((record.partition, record.offset), 0)
        if count != 1:
            word = "lost: no receipt" if count == 0 else f"doubled: {count} receipts"
            yield f"mail.inbound-{record.partition}@{record.offset} ({record.json['message_id']}) {word}"
    for (partition, offset), count in receipts.items():
        yield f"{count} receipts for mail.inbound-{partition}@{offset}, which does not exist"


def each_delivery_decided_is_kept_once(evidence: Evidence) -> Iterator[str]:
    """`mail.enriched` has one record per decided delivery: what replays read."""
    kept = Counter(
        (r.json["source"]["partition"], r.json["source"]["offset"], r.json.get("attempt", 0))
        for r in evidence.of("mail.enriched")
    )
    for record in evidence.of("routing.decisions"):
        source, outcome = record.json["source"], record.json["outcome"]
        place = (source["partition"], source["offset"], record.json.get("attempt", 0))
        if source["topic"] == "mail.inbound" and outcome != "dead-lettered" and kept.get(place) != 1:
            yield f"mail.inbound-{place[0]}@{place[1]} is {kept.get(place, 0)} times in mail.enriched"


def nothing_of_ours_failed(evidence: Evidence) -> Iterator[str]:
    """No dead letters: faults around us, and senders' strange mail, are no reason to set a mail aside."""
    for record in evidence.of("routing.decisions"):
        if record.json["outcome"] == "dead-lettered":
            yield f"dead-lettered: {record.json['source']} because {record.json['reason']}"


def commands_are_answered_once(evidence: Evidence) -> Iterator[str]:
    asked = Counter(r.json["command_id"] for r in evidence.of("tickets.commands"))
    answered = Counter(r.json["command_id"] for r in evidence.of("tickets.command-results"))
    for command in asked:
        if answered.get(command, 0) != 1:
            yield f"command {command} was answered {answered.get(command, 0)} times"


def event_ids_are_unique(evidence: Evidence) -> Iterator[str]:
    """`ce_id` is unique per event: nothing that downstream reads is written twice."""
    for topic in _EVENTS:
        ids = Counter(record.id for record in evidence.of(topic))
        for event, count in ids.items():
            if count > 1 or not event:
                yield f"{topic}: {count} events with the id {event!r}"


_EVENTS = (
    "mail.enriched",
    "mail.forwarded",
    "tickets.routed",
    "messages.privacy-tagged",
    "tickets.sla",
    "routing.decisions",
    "tickets.command-results",
)
