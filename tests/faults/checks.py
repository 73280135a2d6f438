"""All laws, and what breaks them. Every violation is one sentence with its places."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.faults.evidence import Evidence
from tests.faults.left_behind_checks import (
    directory_view_is_whole,
    nothing_is_left_open,
    views_equal_their_topics,
)
from tests.faults.mail_checks import (
    commands_are_answered_once,
    content_is_what_was_sent,
    each_250_is_stored,
    each_delivery_decided_is_kept_once,
    each_delivery_has_one_first_receipt,
    event_ids_are_unique,
    inbound_has_no_holes,
    nothing_of_ours_failed,
)
from tests.faults.ticket_checks import (
    conversations_meet_in_one_ticket,
    each_routed_delivery_made_one_revision,
    revisions_count_up,
    states_equal_the_last_revision,
    threads_keep_their_order,
)

Check = Callable[[Evidence], Iterator[str]]

CHECKS: tuple[Check, ...] = (
    inbound_has_no_holes,
    each_250_is_stored,
    content_is_what_was_sent,
    each_delivery_has_one_first_receipt,
    revisions_count_up,
    states_equal_the_last_revision,
    each_routed_delivery_made_one_revision,
    each_delivery_decided_is_kept_once,
    event_ids_are_unique,
    threads_keep_their_order,
    conversations_meet_in_one_ticket,
    nothing_of_ours_failed,
    commands_are_answered_once,
    views_equal_their_topics,
    directory_view_is_whole,
    nothing_is_left_open,
)


def violations(evidence: Evidence) -> list[str]:
    """Every violation of every law, with the law's name."""
    return [f"{check.__name__}: {found}" for check in CHECKS for found in check(evidence)]
