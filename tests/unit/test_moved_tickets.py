"""Tickets whose place tells that the topics were given more partitions by hand."""

from hypothesis import given
from hypothesis import strategies as st

from workers.adapters.moved_tickets import misplaced
from workers.key_partition import partition_of_key

IDS = st.lists(st.text("0123456789ABCDEF", min_size=12, max_size=12).map(lambda i: f"T-{i}".encode()))


@given(IDS, st.integers(1, 64))
def test_tickets_in_their_own_partitions_are_never_doubted(ids: list[bytes], count: int) -> None:
    """Whatever the count is, as long as it was never changed."""
    for number in range(count):
        assert not misplaced([key for key in ids if partition_of_key(key, count) == number], number, count)


def test_some_tickets_of_each_grown_partition_are_found_elsewhere() -> None:
    """From 4 to 8, and to 5: a few dozen tickets are enough to see it in every old partition."""
    ids = [f"T-{number:012X}".encode() for number in range(400)]
    for now in (5, 8, 12):
        for number in range(4):
            assert misplaced([key for key in ids if partition_of_key(key, 4) == number], number, now)


def test_what_is_no_ticket_has_no_place_of_its_own() -> None:
    """A lane's own marks lie in its partition, whatever they are called."""
    assert not misplaced([None, b"~positions", b"~taken:mail.inbound:1:2", b"@released"], 3, 4)
