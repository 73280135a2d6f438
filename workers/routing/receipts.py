"""Steps of a receipt: what was looked at, and why it was chosen or not (P7).

What goes in here is ids of the policy and the directory, and reasons written by us: never a mail's words (P5).
"""

from collections.abc import Iterable

from schemas.decision import Looked, Step


def chosen(candidate: str, why: str) -> Looked:
    """It gave the result."""
    return Looked(candidate=candidate, verdict="chosen", why=why)


def lost(candidate: str, why: str) -> Looked:
    """It would have given another result, but came later."""
    return Looked(candidate=candidate, verdict="lost", why=why)


def missed(candidate: str, why: str) -> Looked:
    """It was looked at and gave nothing."""
    return Looked(candidate=candidate, verdict="missed", why=why)


def ignored(candidate: str, why: str) -> Looked:
    """It was not looked at, and why not."""
    return Looked(candidate=candidate, verdict="ignored", why=why)


def step(name: str, result: str | None, because: str, looked_at: Iterable[Looked] = ()) -> Step:
    """One question and its answer."""
    return Step(step=name, looked_at=tuple(looked_at), result=result, because=because)
