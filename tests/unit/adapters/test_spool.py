"""A mapping in a temporary file."""

from collections.abc import Iterator

import pytest

from workers.adapters.spool import Spool


@pytest.fixture
def spool() -> Iterator[Spool]:
    made = Spool()
    yield made
    made.close()


def test_it_is_a_mapping(spool: Spool) -> None:
    """Set, replaced, deleted, cleared."""
    spool["b"], spool["a"], spool["b"] = b"1", b"2", b"3"
    assert {"a": b"2", "b": b"3"} == dict(spool)
    assert (b"2", None, 1) == (spool.pop("a"), spool.pop("a", None), len(spool))
    spool.clear()
    assert 0 == len(spool)


def test_what_is_not_there_is_a_key_error(spool: Spool) -> None:
    """As with any mapping."""
    with pytest.raises(KeyError):
        spool["a"]
    with pytest.raises(KeyError):
        del spool["a"]
    assert spool.get("a") is None
