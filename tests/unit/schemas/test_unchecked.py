"""What is made without validation is what validation would have made."""

import json
from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from schemas.mail import EnrichedMail
from schemas.policy import Policy
from schemas.ticket import Cause, Sla, TicketState
from schemas.unchecked import unchecked, with_changes
from tests.golden.story import World, worlds
from tests.support.routing_builders import SIGNER
from workers.routing.compiled_policy import compile_policy
from workers.routing.decide import decide_mail
from workers.routing.outcome import Decided
from workers.routing.rights import Rights


def test_fields_come_in_the_order_of_the_model_and_have_its_defaults() -> None:
    """So equal events are equal bytes."""
    made = unchecked(Sla)(level="gold", contract="premium")
    assert Sla(contract="premium", level="gold") == made
    assert list(Sla.model_fields) == list(json.loads(made.model_dump_json()))


def test_a_copy_with_changes_leaves_the_original_alone() -> None:
    """Also its record of which fields were set."""
    make = unchecked(Cause)
    cause = make(kind="clock", id="1")
    assert "2" == cause.model_copy(update={"id": "2"}).id
    assert (make(kind="clock", id="1"), {"kind", "id"}) == (cause, cause.model_fields_set)


def test_a_model_with_changes_is_written_in_the_model_s_order_also_where_it_was_read_without_a_field() -> (
    None
):
    """And leaves the model that it is of alone."""
    read = Sla.model_validate_json('{"level": "gold", "contract": "premium"}')
    made = with_changes(read, {"resolve_due_at": None, "level": "silver"})
    assert read.model_copy(update={"level": "silver"}) == made
    assert read.model_copy(update={"level": "silver"}).model_dump_json() == made.model_dump_json()
    assert "gold" == read.level


@pytest.mark.parametrize("world", list(worlds())[:6])
def test_every_event_of_a_decision_is_what_its_model_validates(world: World) -> None:
    """The same values of the same types, and the same bytes: none is coerced, reordered or refused."""
    for decided in _decided(world):
        for event in (decided.ticket, decided.state, decided.receipt, *decided.tags, *decided.sla_events):
            if event is not None:
                assert event == type(event).model_validate_json(event.write())
                _is_valid(event)


def _decided(world: World) -> Iterator[Decided]:
    policy = compile_policy(Policy.model_validate(world.policy), "p")
    for history in world.histories:
        state: TicketState | None = None
        for cause in history:
            if isinstance(cause, EnrichedMail):
                decision = decide_mail(cause, state, policy, Rights(world.users), SIGNER)
                if isinstance(decision, Decided):
                    yield decision
                    state = decision.state or state


def _is_valid(model: BaseModel) -> None:
    """Strictly, part by part: instances of models are taken as they are."""
    fields = dict(model)
    assert fields == dict(type(model).model_validate(fields, strict=True))
    for value in fields.values():
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, BaseModel):
                _is_valid(part)
