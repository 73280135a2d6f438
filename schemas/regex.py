"""Regular expressions of policies: RE2, so linear time whatever the expression and the mail say."""

from functools import lru_cache
from typing import Annotated, Protocol

import re2
from pydantic import AfterValidator

MAX_PATTERN_CHARS = 2_000
_MAX_PROGRAM_BYTES = 8 * 1024 * 1024


class Pattern(Protocol):
    """What we use of a compiled RE2 expression. Of a `str` RE2's Python part would count the characters before each
    match, which takes longer than matching."""

    def search(self, text: bytes) -> object | None: ...


@lru_cache(maxsize=4_096)
def compile_regex(pattern: str) -> Pattern:
    """Compile once per process. Raises `ValueError` with RE2's own words for what it does not know."""
    if len(pattern) > MAX_PATTERN_CHARS:
        raise ValueError(f"longer than {MAX_PATTERN_CHARS} characters")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_PROGRAM_BYTES
    try:
        compiled: Pattern = re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else "unknown syntax"
        text = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise ValueError(
            f"RE2 refuses this expression ({text}); it knows no look-around and no \\1"
        ) from error
    return compiled


def _checked(pattern: str) -> str:
    compile_regex(pattern)
    return pattern


Regex = Annotated[str, AfterValidator(_checked)]
