"""Steps of a receipt: what was looked at, and why it was chosen or not (P7).

What goes in here is ids of the policy and the directory, and reasons written by us: never a mail's words (P5).
"""

from collections.abc import Iterable
from functools import lru_cache

from schemas.decision import Looked, Step
from schemas.unchecked import unchecked
from schemas.vocabulary import Verdict

_step = unchecked(Step)


def chosen(candidate: str, why: str) -> Looked:
    """It gave the result."""
    return _looked(candidate, "chosen", why)


def lost(candidate: str, why: str) -> Looked:
    """It would have given another result, but came later."""
    return _looked(candidate, "lost", why)


def missed(candidate: str, why: str) -> Looked:
    """It was looked at and gave nothing."""
    return _looked(candidate, "missed", why)


def ignored(candidate: str, why: str) -> Looked:
    """It was not looked at, and why not."""
    return _looked(candidate, "ignored", why)


@lru_cache(maxsize=8_192)
def _looked(candidate: str, verdict: Verdict, why: str) -> Looked:
    """Frozen, and the same few over and over: candidates and reasons come from one policy."""
    return Looked(candidate=candidate, verdict=verdict, why=why)


def step(name: str, result: str | None, because: str, looked_at: Iterable[Looked] = ()) -> Step:
    """One question and its answer."""
    looked = tuple(looked_at)
    if not looked:
        return _bare_step(name, result, because)
    return _step(step=name, looked_at=looked, result=result, because=because)


@lru_cache(maxsize=4_096)
def _bare_step(name: str, result: str | None, because: str) -> Step:
    return Step(step=name, result=result, because=because)
