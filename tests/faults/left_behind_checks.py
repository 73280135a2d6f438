"""Laws of what is left when all is quiet: views, transactions, processes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tests.faults.evidence import Evidence


def views_equal_their_topics(evidence: Evidence) -> Iterator[str]:
    """Each hash has exactly the last values of its partition of `tickets.state`."""
    expected: dict[int, dict[str, bytes]] = defaultdict(dict)
    for record in evidence.of("tickets.state"):
        if record.key == "~positions":  # the lanes' own, for their next start
            continue
        if record.value is None:
            expected[record.partition].pop(record.key, None)
        else:
            expected[record.partition][record.key] = record.raw
    for partition, fields in expected.items():
        name = next((v for v in evidence.views if v.endswith(f"tickets.state:{partition}")), None)
        found = dict(evidence.views.get(name or "", {}))
        if found.pop("@at", None) is None:
            yield f"the view of tickets.state-{partition} has no mark"
        different = [f for f in fields.keys() | found.keys() if fields.get(f) != found.get(f)]
        if different:
            yield f"the view of tickets.state-{partition} differs in {len(different)} fields: {different[:3]}"


def directory_view_is_whole(evidence: Evidence) -> Iterator[str]:
    before = {k: v for k, v in evidence.directory_view_before.items() if k != "@at"}
    after = {k: v for k, v in evidence.directory_view.items() if k != "@at"}
    different = [k for k in before.keys() | after.keys() if before.get(k) != after.get(k)]
    if different or "@at" not in evidence.directory_view:
        yield f"the directory view differs in {len(different)} fields: {sorted(different)[:3]}"


def nothing_is_left_open(evidence: Evidence) -> Iterator[str]:
    for place in evidence.unstable:
        yield f"open transaction: {place}"
    for process in evidence.processes:
        yield f"orphan process: {process}"
