"""The mark of a view."""

import pytest

from tests.support.fakes import FakeViewStore
from workers.errors import DependencyUnavailable, ViewLost
from workers.ports import mark_offset
from workers.streams.view import NoView, View, view_name


async def test_the_mark_names_this_acquire_and_the_next_offset() -> None:
    """Readers of the directory compare the offset; the owner compares all of it."""
    view = View(FakeViewStore(), "v")
    await view.rebuild({"a": b"1"}, 7)
    assert 7 == mark_offset(view.mark)
    await view.write(9, {"a": b"2"})
    assert 9 == mark_offset(view.mark)
    assert [b"2", None] == await view.read(["a", "b"])


async def test_a_snapshot_of_an_earlier_owner_at_the_same_offset_is_lost() -> None:
    """The log may have lost its end and grown again: the same offset, other records. The token tells."""
    store = FakeViewStore()
    await View(store, "v").rebuild({"a": b"old"}, 5)
    snapshot = store.snapshot()
    owner = View(store, "v")
    await owner.rebuild({"a": b"new"}, 5)
    store.restore(snapshot)
    with pytest.raises(ViewLost):
        await owner.read(["a"])


async def test_a_zombies_late_write_is_refused() -> None:
    """Its token is not the owner's, although its offset is the expected one."""
    store = FakeViewStore()
    zombie, owner = View(store, "v"), View(store, "v")
    await zombie.rebuild({}, 5)
    await owner.rebuild({}, 5)
    with pytest.raises(ViewLost):
        await zombie.write(6, {"a": b"late"})
    assert [None] == await owner.read(["a"])


async def test_a_write_after_a_flush_makes_no_view() -> None:
    """Else a mark that looks right would stand over an empty view."""
    store = FakeViewStore()
    owner = View(store, "v")
    await owner.rebuild({"a": b"1"}, 5)
    store.flush()
    with pytest.raises(ViewLost):
        await owner.write(6, {"b": b"2"})
    assert (None, [None]) == await store.read("v", ["b"])


async def test_a_topic_that_did_not_move_on_is_not_followed() -> None:
    """A mark is used once: its equality must prove the contents."""
    owner = View(FakeViewStore(), "v")
    await owner.rebuild({}, 5)
    with pytest.raises(ViewLost):
        await owner.write(5, {"a": b"1"})


async def test_a_disturbed_rebuild_is_tried_again() -> None:
    """It raises what `acquire` waits for."""
    store = FakeViewStore()
    store.flush_during_rebuild = True
    with pytest.raises(DependencyUnavailable):
        await View(store, "v").rebuild({"a": b"1"}, 5)


async def test_a_processor_without_a_view_reads_none() -> None:
    """That is a bug, not an empty answer."""
    with pytest.raises(LookupError):
        await NoView().read(["a"])


def test_views_of_clusters_and_installations_are_apart() -> None:
    """Name of the hash, as DESIGN part 7 has it."""
    assert "p.view:c1:tickets.state:3" == view_name("p.", "c1", "tickets.state", 3)
