"""Which entities an operator means: `contact p-jan`, `contact/p-jan`, `p-jan`, or a kind for all of it."""

from collections.abc import Collection, Sequence

from schemas.directory import ENTITY_KINDS
from workers.entrypoints.failures import Negative
from workers.errors import InvalidInput


def meant_keys(words: Sequence[str], keys: Collection[str]) -> list[str]:
    """The keys (`kind/id`) that the words mean, sorted; all of them for no words. May be empty."""
    match words:
        case []:
            return sorted(keys)
        case [kind] if kind in ENTITY_KINDS:
            return sorted(key for key in keys if key.startswith(f"{kind}/"))
        case [id_] if "/" not in id_:
            return sorted(key for key in keys if key.partition("/")[2] == id_)
        case [key]:
            return [key] if key in keys else []
        case [kind, id_]:
            return [f"{kind}/{id_}"] if f"{kind}/{id_}" in keys else []
    raise InvalidInput("Name one entity: KIND ID, KIND/ID or ID.")


def meant_key(words: Sequence[str], keys: Collection[str]) -> str:
    """The one that is meant. Raises `Negative` for none, `InvalidInput` for several."""
    found = meant_keys(words, keys)
    if not found:
        raise Negative(f"there is no entity {' '.join(words)}.")
    if len(found) > 1:
        raise InvalidInput(f"Which one is meant: {', '.join(found[:10])}?")
    return found[0]
