"""What is read without validation is what pydantic would have read, and nothing that it refuses."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from schemas.event import Event, IdSet, UtcTime
from schemas.mail import Attachment, EnrichedMail, InboundMail, SenderCandidate, Supersedes
from schemas.orders import PlacedOrder
from schemas.trusted import trusted
from tests.golden.story import worlds
from tests.support.builders import a_sender
from tests.support.routing_builders import a_mail

read = trusted(EnrichedMail)

FULL = a_mail(
    sender=a_sender(candidates=(SenderCandidate(contact_id="p-jan", company_id=None, address_book="board"),)),
    attachments=(Attachment(name="ů.pdf", content_type="application/pdf", size_bytes=3, sha256="0f"),),
    supersedes=Supersedes(attempt=1, outcome="dead-lettered"),
    attempt=2,
)
"""With every kind of part."""

TIMES = st.one_of(
    st.datetimes(timezones=st.timezones() | st.none(), allow_imaginary=False).map(str),
    st.from_regex(
        r"20[0-3][0-9]-0[1-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-9]{2}(:[0-9]{2}([.,][0-9]{0,9})?)?(Z|z|\+01:00|)"
    ),
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    TIMES,
    st.lists(st.text(max_size=3) | st.lists(st.text(max_size=3), max_size=3), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


def taken(reader: Any, value: bytes) -> Any:
    """What is read, with all that a model remembers; None: it was refused."""
    try:
        return _whole(reader(value))
    except ValidationError:
        return None


def _whole(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return type(value), {name: _whole(field) for name, field in value.__dict__.items()}
    if isinstance(value, tuple):
        return tuple(_whole(each) for each in value)
    return type(value), value


@given(st.data())
def test_a_mail_with_anything_in_any_place_is_read_or_refused_as_by_its_model(data: st.DataObject) -> None:
    """Fields changed, left out and added, also in its parts."""
    document = json.loads(FULL.write())
    for _ in range(data.draw(st.integers(1, 3))):
        place = document
        while isinstance(inner := place[data.draw(st.sampled_from(sorted(place)))], dict) and inner:
            place = inner
        name = data.draw(st.sampled_from([*sorted(place), "unknown"]))
        if data.draw(st.booleans()):
            place[name] = data.draw(VALUES)
        elif len(place) > 1:
            place.pop(name, None)
    value = json.dumps(document, ensure_ascii=data.draw(st.booleans())).encode("utf-8", "surrogatepass")
    assert taken(EnrichedMail.read, value) == taken(read, value)


@given(TIMES)
def test_every_form_of_a_time_is_read_as_by_its_model(time: str) -> None:
    """Nanoseconds, other zones, none."""
    value = json.dumps(json.loads(FULL.write()) | {"received_at": time}).encode()
    assert taken(EnrichedMail.read, value) == taken(read, value)


def test_the_mails_of_many_worlds_are_read_as_they_were_written() -> None:
    """Equal, and written as the same bytes again."""
    mails = [
        cause
        for world in worlds()
        for history in world.histories
        for cause in history
        if isinstance(cause, EnrichedMail)
    ]
    assert len(mails) > 500
    for mail in mails:
        value = mail.write()
        assert taken(EnrichedMail.read, value) == taken(read, value)
        assert value == read(value).write()


def test_a_copy_with_changes_is_made_as_usual() -> None:
    """As of any model."""
    again = read(FULL.write())
    assert FULL.model_copy(update={"attempt": 3}) == again.model_copy(update={"attempt": 3})
    assert FULL == again


@pytest.mark.parametrize("value", [b"", b"{}", b"null", b"[]", b"\xff", FULL.write()[:-1]])
def test_what_is_no_mail_is_refused(value: bytes) -> None:
    """By the error that every reader knows."""
    with pytest.raises(ValidationError):
        read(value)


class _Named(Event):
    names: dict[str, str]


class _Sorted(Event):
    names: IdSet


class _Paused(Event):
    pauses: tuple[UtcTime, ...]


@pytest.mark.parametrize("model", [_Named, _Sorted, _Paused, PlacedOrder, InboundMail])
def test_a_model_that_needs_more_than_types_is_not_read_so(model: type[Event]) -> None:
    """Found when the program starts, not when a value is read."""
    with pytest.raises(TypeError):
        trusted(model)
